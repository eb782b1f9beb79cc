/* Where a service of AWS answers: regions, partitions and what the user says about it. */
#ifndef LF_AWS_ENDPOINT_H
#define LF_AWS_ENDPOINT_H

#include "aws/cred/cred.h"

/* Where one service of one region is asked. Starts as {0}. */
typedef struct {
  char *url;       /* no slash at the end */
  char *plain_url; /* what tells the data apart: `url`, but AWS's plain endpoint where `url` is its FIPS or dual-stack one */
  const char *said_by; /* (nullable) what chose it, "the option endpoint", "AWS_ENDPOINT_URL"; NULL: AWS's own */
} LfAwsEndpoint;

/* Frees what it holds. */
void lf_aws_endpoint_clear(LfAwsEndpoint *endpoint);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfAwsEndpoint, lf_aws_endpoint_clear)

/* Finds the endpoint of a service ("logs", "sts") in a region. The first that says something: options->endpoint, where a
 * bare domain becomes https://<service>.<region>.<endpoint>, as Filebeat has it, and a URL with a scheme is taken as it
 * stands, for "logs" alone; AWS_ENDPOINT_URL_CLOUDWATCH_LOGS or AWS_ENDPOINT_URL_STS; AWS_ENDPOINT_URL; the profile's
 * `services` section and endpoint_url (the last four not with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS); then the
 * partition's own, the FIPS one with options->fips_enabled, AWS_USE_FIPS_ENDPOINT or the profile's use_fips_endpoint,
 * the dual-stack one with AWS_USE_DUALSTACK_ENDPOINT or use_dualstack_endpoint (SDKs and Tools Reference Guide).
 * `out`: (out): lf_aws_endpoint_clear.
 * Returns: FALSE with LF_CONFIG_ERROR: a URL that is none, or a service without a FIPS endpoint in this region. */
gboolean lf_aws_endpoint_find(const char *service, const char *region, const LfCredOptions *options,
                              LfAwsEndpoint *out, GError **error);

/* Whether FIPS endpoints are asked for. */
gboolean lf_aws_endpoint_wants_fips(const LfCredOptions *options);

/* What options->endpoint overrules that is set elsewhere: "AWS_ENDPOINT_URL", "fips_enabled". Returns: (transfer none)
 * (nullable): NULL for nothing. */
const char *lf_aws_endpoint_overruled(const LfCredOptions *options);

/* The partition's domain for a region: amazonaws.com, amazonaws.com.cn, … (transfer none) */
const char *lf_aws_domain(const char *region);

/* The partition's name for ARNs: aws, aws-cn, aws-us-gov, … (transfer none) */
const char *lf_aws_partition(const char *region);

/* The region where nothing names one: AWS_REGION, AWS_DEFAULT_REGION, the profile's, then that of the EC2 instance where
 * `ask_instance`, which may take two seconds; then `fallback`. Returns: (transfer full) (nullable): NULL only where
 * `fallback` is. */
char *lf_aws_region(const LfCredOptions *options, gboolean ask_instance, const char *fallback);

#endif
