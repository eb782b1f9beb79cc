/* The networks of Beats' condition `network`: blocks of addresses and named ranges. */
#ifndef LF_PROCESSOR_NETWORK_H
#define LF_PROCESSOR_NETWORK_H

#include "text/cidr.h"

/* A named range, or a block where `name` is NULL. */
typedef struct {
  const struct LfNetworkName *name;
  LfCidr block;
} LfNetwork;

/* Reads "192.0.2.0/24", "loopback", "private", … Returns: FALSE where it is neither. */
gboolean lf_network_parse(LfSlice text, LfNetwork *out);

/* Whether the address is in it. */
gboolean lf_network_contains(const LfNetwork *network, const LfIp *ip);

#endif
