/* Where a service of AWS answers. */
#include "aws/endpoint.h"

#include "aws/cred/imds.h"
#include "aws/cred/profile_settings.h"

/* Partitions by the beginning of their regions' names (AWS SDKs, partitions.json); the last row is for all others. */
typedef struct {
  const char *prefix;
  const char *name;
  const char *domain;
  const char *dual_domain;
} Partition;

static const Partition partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
    {"us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"", "aws", "amazonaws.com", "api.aws"},
};

/* The regions with FIPS endpoints (AWS General Reference, "Amazon CloudWatch Logs endpoints and quotas" and "AWS STS"). In
 * us-gov the plain endpoints are FIPS ones. */
static const struct {
  const char *service;
  const char *region;
  gboolean plain;
} fips[] = {
    {"logs", "us-east-1", FALSE},    {"logs", "us-east-2", FALSE},    {"logs", "us-west-1", FALSE},
    {"logs", "us-west-2", FALSE},    {"logs", "ca-central-1", FALSE}, {"logs", "ca-west-1", FALSE},
    {"logs", "us-gov-east-1", TRUE}, {"logs", "us-gov-west-1", TRUE}, {"sts", "us-east-1", FALSE},
    {"sts", "us-east-2", FALSE},     {"sts", "us-west-1", FALSE},     {"sts", "us-west-2", FALSE},
    {"sts", "us-gov-east-1", TRUE},  {"sts", "us-gov-west-1", TRUE},
};

static const Partition *
partition_of(const char *region)
{
  const Partition *p = partitions;
  while (!g_str_has_prefix(region, p->prefix))
    p++;
  return p;
}

const char *
lf_aws_domain(const char *region)
{
  return partition_of(region)->domain;
}

const char *
lf_aws_partition(const char *region)
{
  return partition_of(region)->name;
}

void
lf_aws_endpoint_clear(LfAwsEndpoint *e)
{
  g_clear_pointer(&e->url, g_free);
  g_clear_pointer(&e->plain_url, g_free);
}

static char *
without_slash(const char *url)
{
  gsize n = strlen(url);
  while (n > 0 && url[n - 1] == '/')
    n--;
  return g_strndup(url, n);
}

/* Whether a URL is one to which can be sent: http or https, a host, a port perhaps, nothing else. */
static gboolean
is_url(const char *url)
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

static gboolean
take_url(LfAwsEndpoint *out, const char *url, const char *said_by, GError **error)
{
  if (!is_url(url))
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
                          "%s is \"%.200s\", but must be a URL such as https://logs.example.com: a scheme, a host, "
                          "perhaps a port, and no path",
                          said_by, url);
  out->url = without_slash(url);
  out->plain_url = g_strdup(out->url);
  out->said_by = said_by;
  return TRUE;
}

static const char *
env_name(const char *service)
{
  return strcmp(service, "logs") == 0 ? "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" : "AWS_ENDPOINT_URL_STS";
}

/* What environment and profile say. `*found`: they say something. */
static gboolean
find_configured(const char *service, const LfCredOptions *options, LfAwsEndpoint *out, gboolean *found, GError **error)
{
  const char *const names[] = {env_name(service), "AWS_ENDPOINT_URL"};
  *found = TRUE;
  if (lf_cred_getenv_bool(&options->env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
    *found = FALSE;
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *url = lf_cred_getenv(&options->env, names[i]);
    if (url != NULL)
      return take_url(out, url, names[i], error);
  }
  g_autofree char *url = NULL;
  /* a file that cannot be read is the business of whoever looks for keys in it */
  *found =
      lf_cred_profile_endpoint_url(options, strcmp(service, "logs") == 0 ? "cloudwatch_logs" : service, &url, NULL) &&
      url != NULL;
  return !*found || take_url(out, url, "the profile's endpoint_url", error);
}

/* A switch of the environment, or else of the profile. */
static gboolean
is_on(const LfCredOptions *options, const char *variable, const char *key)
{
  if (lf_cred_getenv(&options->env, variable) != NULL)
    return lf_cred_getenv_bool(&options->env, variable);
  g_autofree char *value = NULL;
  return lf_cred_profile_value(options, key, &value, NULL) && value != NULL && g_ascii_strcasecmp(value, "true") == 0;
}

gboolean
lf_aws_endpoint_wants_fips(const LfCredOptions *options)
{
  return options->fips_enabled || is_on(options, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
}

static gboolean
find_own(const char *service, const char *region, const LfCredOptions *options, LfAwsEndpoint *out, GError **error)
{
  const Partition *p = partition_of(region);
  const char *suffix = "";
  gboolean dual = is_on(options, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (lf_aws_endpoint_wants_fips(options)) {
    gsize i = 0;
    while (i < G_N_ELEMENTS(fips) && !(strcmp(fips[i].service, service) == 0 && strcmp(fips[i].region, region) == 0))
      i++;
    if (i == G_N_ELEMENTS(fips))
      return lf_place_error(
          error, options->place, LF_CONFIG_ERROR_INVALID,
          "fips_enabled: %s has no FIPS endpoint in %s. Set fips_enabled: false, or name one that you "
          "have with %s",
          strcmp(service, "logs") == 0 ? "CloudWatch Logs" : "STS", region, env_name(service));
    suffix = fips[i].plain && !dual ? "" : "-fips";
  }
  out->url = g_strdup_printf("https://%s%s.%s.%s", service, suffix, region, dual ? p->dual_domain : p->domain);
  out->plain_url = g_strdup_printf("https://%s.%s.%s", service, region, p->domain);
  return TRUE;
}

gboolean
lf_aws_endpoint_find(const char *service, const char *region, const LfCredOptions *options, LfAwsEndpoint *out,
                     GError **error)
{
  const char *endpoint = lf_cred_nonempty(options->endpoint);
  gboolean whole = endpoint != NULL && strstr(endpoint, "://") != NULL, found;
  *out = (LfAwsEndpoint){0};
  if (whole && strcmp(service, "logs") == 0) {
    out->url = without_slash(endpoint);
    out->plain_url = g_strdup(out->url);
    out->said_by = "the option endpoint";
    return TRUE;
  }
  if (endpoint != NULL && !whole) {
    out->url = g_strdup_printf("https://%s.%s.%s", service, region, endpoint);
    out->plain_url = g_strdup(out->url);
    out->said_by = "the option endpoint";
    return TRUE;
  }
  if (!find_configured(service, options, out, &found, error))
    return FALSE;
  return found || find_own(service, region, options, out, error);
}

const char *
lf_aws_endpoint_overruled(const LfCredOptions *options)
{
  if (lf_cred_nonempty(options->endpoint) == NULL)
    return NULL;
  if (lf_aws_endpoint_wants_fips(options))
    return options->fips_enabled ? "fips_enabled" : "the switch for FIPS endpoints";
  g_auto(LfAwsEndpoint) other = {0};
  gboolean found = FALSE;
  return find_configured("logs", options, &other, &found, NULL) && found ? other.said_by : NULL;
}

char *
lf_aws_region(const LfCredOptions *options, gboolean ask_instance, const char *fallback)
{
  const char *said = lf_cred_getenv(&options->env, "AWS_REGION");
  if (said == NULL)
    said = lf_cred_getenv(&options->env, "AWS_DEFAULT_REGION");
  if (said != NULL)
    return g_strdup(said);
  char *region = NULL;
  if (lf_cred_profile_value(options, "region", &region, NULL) && region != NULL)
    return region;
  if (ask_instance && (region = lf_cred_imds_region(&options->env)) != NULL)
    return region;
  return g_strdup(fallback);
}
