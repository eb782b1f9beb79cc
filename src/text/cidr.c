/* IP addresses and blocks of them. */
#include "text/cidr.h"

#include <arpa/inet.h>

enum { TEXT_MAX = INET6_ADDRSTRLEN, BITS = 128, V4_BITS = 32 };

static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};

static gboolean
is_v4(const LfIp *ip)
{
  return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

gboolean
lf_ip_parse(LfSlice text, LfIp *out)
{
  char plain[TEXT_MAX + 1];
  if (text.len == 0 || text.len > TEXT_MAX || memchr(text.p, '\0', text.len) != NULL)
    return FALSE;
  memcpy(plain, text.p, text.len);
  plain[text.len] = '\0';
  if (memchr(plain, ':', text.len) != NULL)
    return inet_pton(AF_INET6, plain, out->bytes) == 1;
  memcpy(out->bytes, mapped, sizeof mapped);
  return inet_pton(AF_INET, plain, out->bytes + sizeof mapped) == 1;
}

gboolean
lf_cidr_parse(LfSlice text, LfCidr *out)
{
  const char *slash = text.len > 0 ? memchr(text.p, '/', text.len) : NULL;
  if (slash == NULL || !lf_ip_parse(lf_slice(text.p, (gsize)(slash - text.p)), &out->address))
    return FALSE;
  gboolean v4 = memchr(text.p, ':', (gsize)(slash - text.p)) == NULL;
  const char *p = slash + 1, *end = text.p + text.len;
  guint bits = 0, most = v4 ? V4_BITS : BITS;
  for (const char *c = p; c < end; c++) {
    bits = bits * 10 + (guint)(*c - '0');
    if (!g_ascii_isdigit(*c) || bits > most)
      return FALSE;
  }
  if (p == end)
    return FALSE;
  bits += v4 ? BITS - V4_BITS : 0;
  for (guint i = 0; i < sizeof out->mask.bytes; i++) {
    guint left = bits > i * 8 ? MIN(bits - i * 8, 8) : 0;
    out->mask.bytes[i] = (guint8)(0xff00 >> left);
    out->address.bytes[i] &= out->mask.bytes[i];
  }
  out->v4 = is_v4(&out->address);
  return TRUE;
}

gboolean
lf_cidr_contains(const LfCidr *block, const LfIp *ip)
{
  if (block->v4 != is_v4(ip))
    return FALSE;
  for (guint i = 0; i < sizeof ip->bytes; i++)
    if ((ip->bytes[i] & block->mask.bytes[i]) != (block->address.bytes[i] & block->mask.bytes[i]))
      return FALSE;
  return TRUE;
}
