/* Fuzzes the readers of a proxy's URL and of NO_PROXY: a line each. */
#include "net/proxy.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
get(const char *name, void *data)
{
  return strcmp(name, "NO_PROXY") == 0 ? data : strcmp(name, "HTTPS_PROXY") == 0 ? "http://p:1" : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const hosts[] = {"a.example.com", "10.1.2.3", "2001:db8::1", "localhost"};
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(LfProxy) proxy = {0};
  g_autofree char *why = NULL;
  char *second = strchr(text, '\n');
  if (second != NULL)
    *second++ = '\0';
  if (lf_proxy_parse(text, &proxy, &why)) {
    g_auto(LfProxy) again = {0};
    g_autofree char *shown = lf_proxy_text(&proxy), *shown_again = NULL;
    g_assert(why == NULL && proxy.port >= 1 && proxy.port <= 65535 && proxy.host[0] != '\0');
    g_assert(lf_proxy_parse(shown, &again, NULL) && again.user == NULL); /* what is shown has no user and no password */
    shown_again = lf_proxy_text(&again);
    g_assert_cmpstr(shown, ==, shown_again);
  } else {
    g_assert(why != NULL && proxy.host == NULL);
  }
  for (gsize i = 0; second != NULL && i < G_N_ELEMENTS(hosts); i++) {
    g_auto(LfProxy) found = {0};
    lf_proxy_from_env("https", hosts[i], 443, get, second, &found);
  }
  return 0;
}
