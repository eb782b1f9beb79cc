/* Proxies: what a proxy's URL says, and which one the environment names for a request. No I/O. */
#ifndef LF_NET_PROXY_H
#define LF_NET_PROXY_H

#include <glib.h>

/* A proxy. `scheme` is http, https or socks5; `host` is a name or an address without brackets. `user` and `password`
 * are decoded, NULL where the URL has none. Strings are owned. Starts as {0}. */
typedef struct {
  char *scheme;
  char *host;
  guint port;
  char *user;
  char *password;
} LfProxy;

/* Overwrites the password and frees. */
void lf_proxy_clear(LfProxy *proxy);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfProxy, lf_proxy_clear)

/* Reads a proxy's URL, "http://user:password@host:3128". Without a scheme it is http's; without a port it is 80, 443 or
 * 1080. A path behind it is not looked at, as in Go. Returns: FALSE where it is wrong; `*why` ((out) (transfer full))
 * says how, without anything of the URL, which may hold a password. */
gboolean lf_proxy_parse(const char *url, LfProxy *out, char **why);

/* "http://host:3128", without user and password, for libcurl and for messages. (transfer full) */
char *lf_proxy_text(const LfProxy *proxy);

/* An environment variable's value. (transfer none) (nullable) */
typedef const char *(*LfProxyGetenvFn)(const char *name, void *data);

/* The environment's proxy for a request, by Go's rules (golang.org/x/net/http/httpproxy): HTTPS_PROXY for https and
 * HTTP_PROXY for http, upper case first, then lower case; NO_PROXY lists hosts with all below them, ".suffix", "*.suffix",
 * addresses, CIDR blocks, each perhaps with ":port"; "*" is everything. `host` is without brackets. Returns: FALSE where
 * the request goes without a proxy, also where the variable holds no URL. */
gboolean lf_proxy_from_env(const char *scheme, const char *host, guint port, LfProxyGetenvFn getenv, void *data,
                           LfProxy *out);

/* Whether a host never goes through a proxy, whoever asks for one: loopback, and the addresses where EC2, ECS and EKS
 * give out credentials. */
gboolean lf_proxy_is_local(const char *host);

#endif
