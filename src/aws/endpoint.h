/* Where a service of AWS answers: regions, partitions and what the user says about it. */
#ifndef LF_AWS_ENDPOINT_H
#define LF_AWS_ENDPOINT_H

#include "aws/cred/cred.h"

/* The URL of a service ("logs", "sts") in a region. `endpoint` is the input's option (nullable): a bare domain becomes
 * https://<service>.<region>.<endpoint>, as Filebeat has it; a URL with a scheme is taken as it stands, for "logs"
 * alone. Then AWS_ENDPOINT_URL_CLOUDWATCH_LOGS or AWS_ENDPOINT_URL_STS, then AWS_ENDPOINT_URL, then the partition's own
 * domain. No slash at the end. Returns: (transfer full). */
char *lf_aws_endpoint(const char *service, const char *region, const char *endpoint, const LfCredEnv *env);

/* Whether a URL is one to which lf_aws_endpoint's callers can send: http or https, a host, a port perhaps, nothing else. */
gboolean lf_aws_endpoint_is_url(const char *url);

/* Checks the variables of the environment that lf_aws_endpoint reads. FALSE with LF_CONFIG_ERROR that names the wrong one. */
gboolean lf_aws_endpoint_check_env(const LfCredEnv *env, GError **error);

/* The partition's domain for a region: amazonaws.com, amazonaws.com.cn, … (transfer none) */
const char *lf_aws_domain(const char *region);

#endif
