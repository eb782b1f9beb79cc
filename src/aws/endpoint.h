/* Where a service of AWS answers: regions, partitions and what the user says about it. */
#ifndef LF_AWS_ENDPOINT_H
#define LF_AWS_ENDPOINT_H

#include "aws/cred/cred.h"

/* The URL of a service ("logs", "sts") in a region. `endpoint` is the input's option (nullable): a bare domain becomes
 * https://<service>.<region>.<endpoint>, as Filebeat has it; a URL with a scheme is taken as it stands, for "logs"
 * alone. Then AWS_ENDPOINT_URL_CLOUDWATCH_LOGS or AWS_ENDPOINT_URL_STS, then AWS_ENDPOINT_URL, then the partition's own
 * domain. No slash at the end. Returns: (transfer full). */
char *lf_aws_endpoint(const char *service, const char *region, const char *endpoint, const LfCredEnv *env);

/* The partition's domain for a region: amazonaws.com, amazonaws.com.cn, … (transfer none) */
const char *lf_aws_domain(const char *region);

#endif
