/* Whether an aws-cloudwatch input can read its log groups, tried step by step. */
#ifndef LF_INPUT_CWL_CHECK_H
#define LF_INPUT_CWL_CHECK_H

#include "aws/call.h"
#include "base/check.h"
#include "input/cwl_options.h"

/* An input, and whom to tell. All borrowed. `aws` is made on `http`; neither is used by anyone else meanwhile, and inputs
 * that share `aws` share their credentials. */
typedef struct {
  const LfCwlSettings *settings;
  LfPlace place;
  LfHttp *http;
  LfAws *aws;
  LfCredEnv env;
  LfCheckFn say;
  void *data;
} LfCwlCheckOptions;

/* Where the credentials come from, each region's endpoint, its name, connection and TLS, the caller (GetCallerIdentity),
 * each log group (FilterLogEvents over the last minute with limit 1; DescribeLogGroups for a prefix alone), the clock.
 * Nothing is changed anywhere, no event is shown. Blocks: each call has a few tries and half a minute at most. */
void lf_cwl_check(const LfCwlCheckOptions *options);

#endif
