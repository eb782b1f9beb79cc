/* Proxies: their URLs; the environment's by the answers of Go's net/http; hosts that never go through one. */
#include "net/proxy.h"

#include <string.h>

/* The URLs that each line of `no_proxy` was asked about. */
static const struct {
  const char *scheme;
  const char *host;
  guint port;
} urls[] = {
    {"https", "example.com", 443},    {"https", "a.example.com", 443},  {"http", "a.example.com", 80},
    {"https", "a.example.com", 8443}, {"https", "notexample.com", 443}, {"https", "10.1.2.3", 443},
    {"https", "10.1.2.3", 8443},      {"https", "2001:db8::1", 443},    {"https", "2001:db8:ffff::1", 443},
    {"https", "localhost", 443},      {"https", "127.0.0.5", 443},      {"https", "::1", 443},
};

/* What http.ProxyFromEnvironment of Go 1.26 answers for each URL: x through the proxy, - without. */
static const struct {
  const char *value;
  const char *answers;
} no_proxy[] = {
    {"", "xxxxxxxxx---"},
    {"*", "------------"},
    {" * ", "------------"},
    {"example.com", "----xxxxx---"},
    {".example.com", "x---xxxxx---"},
    {"*.example.com", "x---xxxxx---"},
    {"EXAMPLE.com", "----xxxxx---"},
    {"com", "-----xxxx---"},
    {"example.com:443", "--xxxxxxx---"},
    {"example.com:80", "xx-xxxxxx---"},
    {"a.example.com:443, other", "x-xxxxxxx---"},
    {"10.0.0.0/8", "xxxxx--xx---"},
    {"10.1.2.3", "xxxxx--xx---"},
    {"10.1.2.3:8443", "xxxxxx-xx---"},
    {"10.1.2.3:443", "xxxxx-xxx---"},
    {"::1", "xxxxxxxxx---"},
    {"2001:db8::/32", "xxxxxxx-----"},
    {"[2001:db8::1]:443", "xxxxxxx-x---"},
    {"2001:db8::1", "xxxxxxx-x---"},
    {"[2001:db8::1]", "xxxxxxxxx---"},
    {"example.com,10.0.0.0/8", "----x--xx---"},
    {"0.0.0.0/0", "xxxxx--xx---"},
    {"::/0", "xxxxxxx-----"},
    {"10.0.0.0/33", "xxxxxxxxx---"},
    {"10.0.0/8", "xxxxxxxxx---"},
    {" example.com ", "----xxxxx---"},
    {"example.com,", "----xxxxx---"},
    {",", "xxxxxxxxx---"},
    {"..example.com", "xxxxxxxxx---"},
    {".", "xxxxxxxxx---"},
    {"10.1.2.0/24:443", "xxxxxxxxx---"},
    {"::ffff:10.1.2.3", "xxxxx--xx---"},
    {"example.com:", "----xxxxx---"},
    {":443", "xxxxxxxxx---"},
    {"http://example.com", "xxxxxxxxx---"},
    {"example.com.", "xxxxxxxxx---"},
    {"*example.com", "xxxxxxxxx---"},
    {"ample.com", "xxxxxxxxx---"},
};

typedef struct {
  const char *pairs[8][2];
} Env;

static const char *
get(const char *name, void *data)
{
  const Env *env = data;
  for (gsize i = 0; i < G_N_ELEMENTS(env->pairs) && env->pairs[i][0] != NULL; i++)
    if (strcmp(env->pairs[i][0], name) == 0)
      return env->pairs[i][1];
  return NULL;
}

/* The environment's proxy, "-" for none; (transfer full). */
static char *
find(Env env, const char *scheme, const char *host, guint port)
{
  g_auto(LfProxy) proxy = {0};
  return lf_proxy_from_env(scheme, host, port, get, &env, &proxy) ? lf_proxy_text(&proxy) : g_strdup("-");
}

static void
test_no_proxy(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(no_proxy); i++)
    for (gsize k = 0; k < G_N_ELEMENTS(urls); k++) {
      Env env = {{{"HTTPS_PROXY", "http://p:1"}, {"HTTP_PROXY", "http://q:2"}, {"NO_PROXY", no_proxy[i].value}}};
      const char *through = strcmp(urls[k].scheme, "https") == 0 ? "http://p:1" : "http://q:2";
      g_autofree char *found = find(env, urls[k].scheme, urls[k].host, urls[k].port);
      const char *want = no_proxy[i].answers[k] == 'x' ? through : "-";
      if (strcmp(found, want) != 0) {
        g_test_message("NO_PROXY=\"%s\" for %s:%u: %s, not %s", no_proxy[i].value, urls[k].host, urls[k].port, found,
                       want);
        g_test_fail();
      }
    }
}

/* Which variable counts, as Go has it; ALL_PROXY is none of its. */
static void
test_variables(void)
{
  static const struct {
    Env env;
    const char *http;
    const char *https;
  } rows[] = {
      {{{{"http_proxy", "http://l:1"}, {"HTTP_PROXY", "http://u:1"}}}, "http://u:1", "-"},
      {{{{"https_proxy", "l:1"}}}, "-", "http://l:1"},
      {{{{"ALL_PROXY", "http://a:1"}}}, "-", "-"},
      {{{{"HTTPS_PROXY", ""}, {"https_proxy", "l:1"}}}, "-", "http://l:1"},
      {{{{"HTTPS_PROXY", "u:1"}, {"no_proxy", "example.com"}}}, "-", "-"},
      {{{{"HTTPS_PROXY", "u:1"}, {"no_proxy", "example.com"}, {"NO_PROXY", "x"}}}, "-", "http://u:1"},
      {{{{"HTTPS_PROXY", "http://p:x"}}}, "-", "-"},
      {{{{NULL}}}, "-", "-"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *http = find(rows[i].env, "http", "example.com", 80),
                    *https = find(rows[i].env, "https", "example.com", 443);
    g_assert_cmpstr(http, ==, rows[i].http);
    g_assert_cmpstr(https, ==, rows[i].https);
  }
}

static void
test_urls(void)
{
  static const struct {
    const char *url;
    const char *text;
    const char *user;
    const char *password;
  } rows[] = {
      {"http://p:3128", "http://p:3128", NULL, NULL},
      {"p:3128", "http://p:3128", NULL, NULL},
      {"p", "http://p:80", NULL, NULL},
      {"HTTPS://p/", "https://p:443", NULL, NULL},
      {"socks5://p", "socks5://p:1080", NULL, NULL},
      {"socks5h://p:1", "socks5://p:1", NULL, NULL},
      {"http://u@p:1", "http://p:1", "u", NULL},
      {"http://u:@p:1", "http://p:1", "u", ""},
      {"http://u:a%20b%2f:@x@p:1/path?x", "http://p:1", "u", "a b/:@x"},
      {"http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080", NULL, NULL},
      {"http://[::1]", "http://[::1]:80", NULL, NULL},
      {"http://p:", "http://p:80", NULL, NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(LfProxy) proxy = {0};
    g_assert_true(lf_proxy_parse(rows[i].url, &proxy, NULL));
    g_autofree char *text = lf_proxy_text(&proxy);
    g_assert_cmpstr(text, ==, rows[i].text);
    g_assert_cmpstr(proxy.user, ==, rows[i].user);
    g_assert_cmpstr(proxy.password, ==, rows[i].password);
  }
}

static void
test_wrong_urls(void)
{
  static const char *const rows[][2] = {
      {"", "it is empty"},
      {"ftp://secret@p", "http://, https:// or socks5://"},
      {"http://", "names no host"},
      {"http://u:secret@", "names no host"},
      {"http://u:sec/ret@p:1", "%2F"},
      {"http://u:secret%zz@p", "%25"},
      {"http://u:secret@p:0", "1 to 65535"},
      {"http://u:secret@p:65536", "1 to 65535"},
      {"http://u:secret@p:1:2", "1 to 65535"},
      {"http://u:secret@p q", "white space"},
      {"http://u:secret@[::1", "no ]"},
      {"http://u:secret@[p]:1", "no name and no address"},
      {"http://u:secret@p\"", "no name and no address"},
      {"http://u:secret@::1", "names no host"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(LfProxy) proxy = {0};
    g_autofree char *why = NULL;
    g_assert_false(lf_proxy_parse(rows[i][0], &proxy, &why));
    g_assert_null(strstr(why, "sec"));
    g_assert_null(proxy.host);
    if (strstr(why, rows[i][1]) == NULL) {
      g_test_message("%s: %s", rows[i][0], why);
      g_test_fail();
    }
  }
}

static void
test_local(void)
{
  static const char *const local[] = {
      "localhost",     "LocalHost",      "127.0.0.1",    "127.1.2.3",       "::1", "169.254.169.254", "fd00:ec2::254",
      "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "::ffff:127.0.0.1"};
  static const char *const away[] = {
      "example.com", "localhost.example.com", "128.0.0.1", "169.254.1.1", "127.example.com", "", "::2"};
  for (gsize i = 0; i < G_N_ELEMENTS(local); i++)
    g_assert_true(lf_proxy_is_local(local[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(away); i++)
    g_assert_false(lf_proxy_is_local(away[i]));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/proxy/no-proxy", test_no_proxy);
  g_test_add_func("/proxy/variables", test_variables);
  g_test_add_func("/proxy/urls", test_urls);
  g_test_add_func("/proxy/wrong-urls", test_wrong_urls);
  g_test_add_func("/proxy/local", test_local);
  return g_test_run();
}
