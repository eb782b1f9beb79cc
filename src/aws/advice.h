/* What a person can do about a call that AWS refuses: the policy's missing action by its name, or what is wrong with the
 * key. No I/O. */
#ifndef LF_AWS_ADVICE_H
#define LF_AWS_ADVICE_H

#include "aws/call.h"

/* What was tried. `account` and `caller` (an ARN) are NULL, or "-", where they are not known: then they are taken from
 * AWS's message. `log_group` is NULL for an action on all (`*`). Borrowed. */
typedef struct {
  const char *action; /* "logs:FilterLogEvents" */
  const char *region;
  const char *account;
  const char *log_group; /* a name */
  const char *caller;
} LfAwsAttempt;

/* "the policy of arn:… lacks logs:FilterLogEvents on arn:…:log-group:/ecs/app:*", by the wording of access denied
 * messages in the IAM User Guide ("Troubleshoot access denied error messages"), or what is wrong with the key.
 * Returns: (transfer full) (nullable): NULL where the failure is neither. */
char *lf_aws_policy_hint(const LfAwsFailure *failure, const LfAwsAttempt *attempt);

/* lf_aws_failure_text with the hint behind it. (transfer full) */
char *lf_aws_failure_explain(const LfAwsFailure *failure, const LfAwsAttempt *attempt);

#endif
