/* IP addresses and blocks of them, as Go's net package reads and compares them. */
#ifndef LF_TEXT_CIDR_H
#define LF_TEXT_CIDR_H

#include "base/slice.h"

/* An address; of IPv4 the form ::ffff:a.b.c.d, as Go has it. */
typedef struct {
  guint8 bytes[16];
} LfIp;

/* A block: the bits of `address` that `mask` has. One of IPv4 holds no address of IPv6, nor the other way round. */
typedef struct {
  LfIp address;
  LfIp mask;
  gboolean v4;
} LfCidr;

/* Reads "192.0.2.1" or "2001:db8::1" as net.ParseIP does: no zone, no leading zeros. Returns: FALSE where it is none. */
gboolean lf_ip_parse(LfSlice text, LfIp *out);

/* Reads "192.0.2.0/24" or "2001:db8::/32" as net.ParseCIDR does; bits behind the prefix do not count. Returns: FALSE where
 * it is none. */
gboolean lf_cidr_parse(LfSlice text, LfCidr *out);

/* Whether the address is in the block. */
gboolean lf_cidr_contains(const LfCidr *block, const LfIp *ip);

#endif
