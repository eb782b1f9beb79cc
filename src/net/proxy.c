/* Proxies: their URLs, and Go's rules for those of the environment. */
#include "net/proxy.h"

#include <arpa/inet.h>
#include <string.h>

enum { URL_MAX = 4096, PORT_MAX = 65535, ADDRESS_LEN = 16 };

static const struct {
  const char *name;
  guint port;
} schemes[] = {{"http", 80}, {"https", 443}, {"socks5", 1080}};

void
lf_proxy_clear(LfProxy *p)
{
  if (p->password != NULL)
    explicit_bzero(p->password, strlen(p->password));
  g_free(p->scheme);
  g_free(p->host);
  g_free(p->user);
  g_free(p->password);
  *p = (LfProxy){0};
}

char *
lf_proxy_text(const LfProxy *p)
{
  gboolean v6 = strchr(p->host, ':') != NULL;
  return g_strdup_printf("%s://%s%s%s:%u", p->scheme, v6 ? "[" : "", p->host, v6 ? "]" : "", p->port);
}

/* An address as 16 bytes, IPv4's mapped into IPv6's, as Go compares them. */
static gboolean
read_address(const char *text, guint8 out[ADDRESS_LEN])
{
  if (inet_pton(AF_INET6, text, out) == 1)
    return TRUE;
  memset(out, 0, ADDRESS_LEN);
  out[10] = out[11] = 0xff;
  return inet_pton(AF_INET, text, out + 12) == 1;
}

static gboolean
read_port(const char *text, guint *out)
{
  gsize n = strlen(text);
  if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
    return FALSE;
  *out = (guint)g_ascii_strtoull(text, NULL, 10);
  return *out >= 1 && *out <= PORT_MAX;
}

static gboolean
is_host_name(const char *host)
{
  for (const char *c = host; *c != '\0'; c++)
    if (!g_ascii_isalnum(*c) && strchr(".-_", *c) == NULL && (guint8)*c < 0x80)
      return FALSE;
  return host[0] != '\0' && g_utf8_validate(host, -1, NULL);
}

/* "user:password", each percent-encoded. */
static gboolean
read_user(const char *text, LfProxy *out)
{
  const char *colon = strchr(text, ':');
  g_autofree char *user = colon != NULL ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);
  out->user = g_uri_unescape_string(user, NULL);
  if (colon != NULL)
    out->password = g_uri_unescape_string(colon + 1, NULL);
  return out->user != NULL && (colon == NULL || out->password != NULL);
}

/* "host:port", "[::1]:port". Returns: what is wrong, NULL for nothing. */
static const char *
read_host(const char *text, guint port, LfProxy *out)
{
  guint8 address[ADDRESS_LEN];
  const char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
  if (text[0] == '[' && end == NULL)
    return "its address has no ]";
  gboolean v6 = text[0] == '[';
  out->host = end == NULL ? g_strdup(text) : g_strndup(text + v6, (gsize)(end - text) - v6);
  const char *rest = end == NULL ? "" : end + v6;
  out->port = port;
  if (v6 ? inet_pton(AF_INET6, out->host, address) != 1 : !is_host_name(out->host))
    return out->host[0] == '\0' ? "it names no host" : "its host is no name and no address";
  if (rest[0] != '\0' && (rest[0] != ':' || (rest[1] != '\0' && !read_port(rest + 1, &out->port))))
    return "its port is no number from 1 to 65535 (in a user or password write / as %2F, ? as %3F, # as %23)";
  return NULL;
}

static const char *
parse(const char *url, LfProxy *out)
{
  gsize len = strlen(url);
  if (len == 0 || len > URL_MAX)
    return len == 0 ? "it is empty" : "it is too long";
  for (gsize i = 0; i < len; i++)
    if ((guint8)url[i] <= 0x20 || url[i] == 0x7f)
      return "there is white space or a control character in it";
  const char *from = strstr(url, "://");
  g_autofree char *scheme = from != NULL ? g_ascii_strdown(url, from - url) : g_strdup("http");
  from = from != NULL ? from + 3 : url;
  guint port = 0;
  if (strcmp(scheme, "socks5h") == 0) { /* the same: names are looked up by the proxy, as Go does */
    g_free(scheme);
    scheme = g_strdup("socks5");
  }
  for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
    if (strcmp(scheme, schemes[i].name) == 0)
      port = schemes[i].port;
  if (port == 0)
    return "it takes http://, https:// or socks5:// in front of the proxy's host";
  out->scheme = g_steal_pointer(&scheme);
  g_autofree char *authority = g_strndup(from, strcspn(from, "/?#"));
  char *at = strrchr(authority, '@');
  if (at != NULL) {
    *at = '\0';
    gboolean ok = read_user(authority, out);
    const char *why = ok ? read_host(at + 1, port, out) : "a % in its user or password is no escape (write % as %25)";
    explicit_bzero(authority, strlen(authority));
    return why;
  }
  return read_host(authority, port, out);
}

gboolean
lf_proxy_parse(const char *url, LfProxy *out, char **why)
{
  LfProxy found = {0};
  const char *wrong = parse(url, &found);
  if (wrong != NULL) {
    lf_proxy_clear(&found);
    if (why != NULL)
      *why = g_strdup(wrong);
    return FALSE;
  }
  *out = found;
  return TRUE;
}

gboolean
lf_proxy_is_local(const char *host)
{
  static const char *const local[] = {"169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23",
                                      "fd00:ec2::23"};
  guint8 address[ADDRESS_LEN], other[ADDRESS_LEN];
  if (g_ascii_strcasecmp(host, "localhost") == 0)
    return TRUE;
  if (!read_address(host, address))
    return FALSE;
  static const guint8 v4[12] = {[10] = 0xff, [11] = 0xff}, one[ADDRESS_LEN] = {[15] = 1};
  if ((memcmp(address, v4, sizeof v4) == 0 && address[12] == 127) || memcmp(address, one, sizeof one) == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(local); i++)
    if (read_address(local[i], other) && memcmp(address, other, ADDRESS_LEN) == 0)
      return TRUE;
  return FALSE;
}

/* What NO_PROXY is compared with. */
typedef struct {
  const char *host; /* in lower case */
  const char *port;
  gboolean is_address;
  guint8 address[ADDRESS_LEN];
} Target;

/* "10.0.0.0/8". Returns: whether the text is a block; `*inside` whether the target is in it. */
static gboolean
match_block(const char *text, const Target *t, gboolean *inside)
{
  const char *slash = strchr(text, '/');
  guint8 net[ADDRESS_LEN];
  if (slash == NULL)
    return FALSE;
  g_autofree char *address = g_strndup(text, (gsize)(slash - text));
  gsize n = strlen(slash + 1);
  gboolean v4 = strchr(address, ':') == NULL;
  guint64 bits = g_ascii_strtoull(slash + 1, NULL, 10);
  if (n == 0 || n > 3 || strspn(slash + 1, "0123456789") != n || bits > (v4 ? 32 : 128) || !read_address(address, net))
    return FALSE;
  static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
  gboolean target_v4 = t->is_address && memcmp(t->address, mapped, sizeof mapped) == 0;
  *inside = t->is_address && v4 == target_v4;
  if (v4)
    bits += 96;
  for (guint i = 0; i < bits && *inside; i++)
    *inside = ((net[i / 8] ^ t->address[i / 8]) & (0x80 >> (i % 8))) == 0;
  return TRUE;
}

/* Takes "host:port" or "[v6]:port" apart as Go's net.SplitHostPort does. Returns: FALSE where it has no such form. */
static gboolean
split_host_port(char *text, char **host, const char **port)
{
  char *colon = strrchr(text, ':');
  if (colon == NULL)
    return FALSE;
  if (text[0] == '[') {
    char *end = strchr(text, ']');
    if (end == NULL || end + 1 != colon)
      return FALSE;
    *end = '\0';
    *host = text + 1;
  } else if (memchr(text, ':', (gsize)(colon - text)) != NULL) {
    return FALSE;
  } else {
    *host = text;
  }
  *colon = '\0';
  *port = colon + 1;
  return TRUE;
}

static gboolean
match_domain(const char *pattern, const Target *t)
{
  if (g_str_has_prefix(pattern, "*."))
    pattern++;
  g_autofree char *suffix = pattern[0] == '.' ? g_strdup(pattern) : g_strconcat(".", pattern, NULL);
  return g_str_has_suffix(t->host, suffix) || (pattern[0] != '.' && strcmp(t->host, pattern) == 0);
}

/* Whether one entry of NO_PROXY takes the target out. */
static gboolean
match_entry(char *entry, const Target *t)
{
  gboolean inside = FALSE;
  char *host = entry;
  const char *port = "";
  guint8 address[ADDRESS_LEN];
  if (entry[0] == '\0')
    return FALSE;
  if (strcmp(entry, "*") == 0)
    return TRUE;
  if (match_block(entry, t, &inside))
    return inside;
  split_host_port(entry, &host, &port);
  if (host[0] == '\0' || (port[0] != '\0' && strcmp(port, t->port) != 0))
    return FALSE;
  if (read_address(host, address))
    return t->is_address && memcmp(address, t->address, ADDRESS_LEN) == 0;
  return match_domain(host, t);
}

static const char *
get_either(LfProxyGetenvFn getenv, void *data, const char *upper, const char *lower)
{
  const char *value = getenv(upper, data);
  return value != NULL && value[0] != '\0' ? value : getenv(lower, data);
}

gboolean
lf_proxy_from_env(const char *scheme, const char *host, guint port, LfProxyGetenvFn getenv, void *data, LfProxy *out)
{
  gboolean https = strcmp(scheme, "https") == 0;
  const char *url = https ? get_either(getenv, data, "HTTPS_PROXY", "https_proxy")
                          : get_either(getenv, data, "HTTP_PROXY", "http_proxy");
  if (url == NULL || url[0] == '\0' || lf_proxy_is_local(host))
    return FALSE;
  g_autofree char *lower = g_ascii_strdown(host, -1), *port_text = g_strdup_printf("%u", port);
  Target t = {.host = lower, .port = port_text};
  t.is_address = read_address(lower, t.address);
  const char *no = get_either(getenv, data, "NO_PROXY", "no_proxy");
  g_auto(GStrv) entries = g_strsplit(no != NULL ? no : "", ",", -1);
  for (guint i = 0; entries[i] != NULL; i++) {
    g_autofree char *entry = g_ascii_strdown(g_strstrip(entries[i]), -1);
    if (match_entry(entry, &t))
      return FALSE;
  }
  return lf_proxy_parse(url, out, NULL);
}
