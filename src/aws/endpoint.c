/* Where a service of AWS answers. */
#include "aws/endpoint.h"

/* Partitions by the beginning of their regions' names (AWS SDKs, partitions.json). */
static const struct {
  const char *prefix;
  const char *domain;
} partitions[] = {
    {"cn-", "amazonaws.com.cn"},    {"us-isob-", "sc2s.sgov.gov"},  {"us-iso-", "c2s.ic.gov"},
    {"us-isof-", "csp.hci.ic.gov"}, {"eu-isoe-", "cloud.adc-e.uk"}, {"eusc-", "amazonaws.eu"},
};

const char *
lf_aws_domain(const char *region)
{
  for (gsize i = 0; i < G_N_ELEMENTS(partitions); i++)
    if (g_str_has_prefix(region, partitions[i].prefix))
      return partitions[i].domain;
  return "amazonaws.com";
}

static char *
without_slash(const char *url)
{
  gsize n = strlen(url);
  while (n > 0 && url[n - 1] == '/')
    n--;
  return g_strndup(url, n);
}

char *
lf_aws_endpoint(const char *service, const char *region, const char *endpoint, const LfCredEnv *env)
{
  gboolean is_logs = strcmp(service, "logs") == 0;
  gboolean is_url = endpoint != NULL && strstr(endpoint, "://") != NULL;
  if (is_url && is_logs)
    return without_slash(endpoint);
  if (endpoint != NULL && endpoint[0] != '\0' && !is_url)
    return g_strdup_printf("https://%s.%s.%s", service, region, endpoint);
  const char *url = lf_cred_getenv(env, is_logs ? "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" : "AWS_ENDPOINT_URL_STS");
  if (url == NULL)
    url = lf_cred_getenv(env, "AWS_ENDPOINT_URL");
  if (url != NULL)
    return without_slash(url);
  return g_strdup_printf("https://%s.%s.%s", service, region, lf_aws_domain(region));
}

gboolean
lf_aws_endpoint_is_url(const char *url)
{
  const char *host = g_str_has_prefix(url, "https://") ? url + 8 : g_str_has_prefix(url, "http://") ? url + 7 : NULL;
  if (host == NULL || *host == '\0')
    return FALSE;
  gsize n = strlen(host);
  while (n > 0 && host[n - 1] == '/')
    n--;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum(host[i]) && strchr("-._:[]", host[i]) == NULL)
      return FALSE;
  return n > 0;
}

gboolean
lf_aws_endpoint_check_env(const LfCredEnv *env, GError **error)
{
  static const char *const names[] = {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *url = lf_cred_getenv(env, names[i]);
    if (url != NULL && !lf_aws_endpoint_is_url(url))
      return lf_place_error(
          error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
          "%s is \"%s\", but must be a URL such as https://logs.example.com: a scheme, a host, perhaps "
          "a port, and no path",
          names[i], url);
  }
  return TRUE;
}
