/* Named ranges of addresses, as Go's net package and libbeat's conditions define them. */
#include "processor/network.h"

/* What a named range is made of. */
enum {
  LOOPBACK = 1,
  UNSPECIFIED = 2,
  BROADCAST = 4,
  MULTICAST = 8,
  LINK_UNICAST = 16,
  LINK_MULTICAST = 32,
  INTERFACE_MULTICAST = 64,
  PRIVATE = 128,
};

typedef struct {
  guint part;
  LfCidr block;
} Part;

#define V4(a, b, c, d)                                                                                                 \
  {                                                                                                                    \
    {                                                                                                                  \
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d                                                             \
    }                                                                                                                  \
  }
#define V4_MASK(a, b, c, d)                                                                                            \
  {                                                                                                                    \
    {                                                                                                                  \
      255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, a, b, c, d                                           \
    }                                                                                                                  \
  }
#define V6(a, b, last)                                                                                                 \
  {                                                                                                                    \
    {                                                                                                                  \
      a, b, [15] = last                                                                                                \
    }                                                                                                                  \
  }
#define ALL                                                                                                            \
  {                                                                                                                    \
    {                                                                                                                  \
      255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255                                   \
    }                                                                                                                  \
  }

/* The scope of a multicast address is the low half of its second byte, whatever the flags before it. Private IPv6 is
 * fd00::/8 in Beats, half of what Go's IsPrivate takes. */
static const Part parts[] = {
    {LOOPBACK, {V4(127, 0, 0, 0), V4_MASK(255, 0, 0, 0), TRUE}},
    {LOOPBACK, {V6(0, 0, 1), ALL, FALSE}},
    {UNSPECIFIED, {V4(0, 0, 0, 0), V4_MASK(255, 255, 255, 255), TRUE}},
    {UNSPECIFIED, {V6(0, 0, 0), ALL, FALSE}},
    {BROADCAST, {V4(255, 255, 255, 255), V4_MASK(255, 255, 255, 255), TRUE}},
    {MULTICAST, {V4(224, 0, 0, 0), V4_MASK(240, 0, 0, 0), TRUE}},
    {MULTICAST, {V6(0xff, 0, 0), V6(0xff, 0, 0), FALSE}},
    {LINK_UNICAST, {V4(169, 254, 0, 0), V4_MASK(255, 255, 0, 0), TRUE}},
    {LINK_UNICAST, {V6(0xfe, 0x80, 0), V6(0xff, 0xc0, 0), FALSE}},
    {LINK_MULTICAST, {V4(224, 0, 0, 0), V4_MASK(255, 255, 255, 0), TRUE}},
    {LINK_MULTICAST, {V6(0xff, 2, 0), V6(0xff, 0x0f, 0), FALSE}},
    {INTERFACE_MULTICAST, {V6(0xff, 1, 0), V6(0xff, 0x0f, 0), FALSE}},
    {PRIVATE, {V4(10, 0, 0, 0), V4_MASK(255, 0, 0, 0), TRUE}},
    {PRIVATE, {V4(172, 16, 0, 0), V4_MASK(255, 240, 0, 0), TRUE}},
    {PRIVATE, {V4(192, 168, 0, 0), V4_MASK(255, 255, 0, 0), TRUE}},
    {PRIVATE, {V6(0xfd, 0, 0), V6(0xff, 0, 0), FALSE}},
};

typedef struct LfNetworkName {
  const char *name;
  guint parts;
  gboolean negated; /* all that is in none of the parts */
} Name;

static const Name names[] = {
    {"loopback", LOOPBACK, FALSE},
    {"global_unicast", BROADCAST | UNSPECIFIED | LOOPBACK | MULTICAST | LINK_UNICAST, TRUE},
    {"unicast", BROADCAST | UNSPECIFIED | LOOPBACK | MULTICAST | LINK_UNICAST, TRUE},
    {"link_local_unicast", LINK_UNICAST, FALSE},
    {"interface_local_multicast", INTERFACE_MULTICAST, FALSE},
    {"link_local_multicast", LINK_MULTICAST, FALSE},
    {"multicast", MULTICAST, FALSE},
    {"unspecified", UNSPECIFIED, FALSE},
    {"private", PRIVATE, FALSE},
    {"public", PRIVATE | LOOPBACK | UNSPECIFIED | BROADCAST | LINK_UNICAST | LINK_MULTICAST | INTERFACE_MULTICAST,
     TRUE},
};

gboolean
lf_network_parse(LfSlice text, LfNetwork *out)
{
  *out = (LfNetwork){0};
  for (gsize i = 0; i < G_N_ELEMENTS(names) && out->name == NULL; i++)
    if (lf_slice_is(text, names[i].name))
      out->name = &names[i];
  return out->name != NULL || lf_cidr_parse(text, &out->block);
}

gboolean
lf_network_contains(const LfNetwork *network, const LfIp *ip)
{
  if (network->name == NULL)
    return lf_cidr_contains(&network->block, ip);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if ((parts[i].part & network->name->parts) && lf_cidr_contains(&parts[i].block, ip))
      return !network->name->negated;
  return network->name->negated;
}
