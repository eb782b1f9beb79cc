/* What follows from failures of FilterLogEvents: a row a failure, a column a way to run. */
#include "input/cwl_failure.h"

#define GROUP_GONE "The specified log group does not exist."
#define STREAM_GONE "The specified log stream does not exist."
#define TOKEN "The specified nextToken is invalid."
#define CLASS "This operation is not supported on log groups of the Infrequent Access log class"

enum { BY_ARN = 1, TOKEN_SENT = 2, STREAMS = 4, CALLER = 8, OWN = 16 };

static const struct {
  LfAwsErrorKind kind;
  guint status;
  const char *code;
  const char *message;
  guint how;
  LfCwlAction action;
  LfCwlAction once;
} rows[] = {
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", GROUP_GONE, 0, LF_CWL_LOOK, LF_CWL_FINAL},
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", GROUP_GONE, STREAMS, LF_CWL_LOOK, LF_CWL_FINAL},
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", STREAM_GONE, STREAMS, LF_CWL_STREAM, LF_CWL_STREAM},
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", STREAM_GONE, 0, LF_CWL_LOOK, LF_CWL_FINAL},
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", GROUP_GONE, BY_ARN, LF_CWL_ACCOUNT, LF_CWL_ACCOUNT},
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", GROUP_GONE, BY_ARN | CALLER | OWN, LF_CWL_BY_NAME,
     LF_CWL_BY_NAME},
    {LF_AWS_NOT_FOUND, 400, "ResourceNotFoundException", GROUP_GONE, BY_ARN | CALLER, LF_CWL_LOOK, LF_CWL_FINAL},
    {LF_AWS_INVALID, 400, "InvalidParameterException", TOKEN, TOKEN_SENT, LF_CWL_REREAD, LF_CWL_REREAD},
    {LF_AWS_INVALID, 400, "InvalidParameterException", TOKEN, 0, LF_CWL_FINAL, LF_CWL_FINAL},
    {LF_AWS_INVALID, 400, "InvalidParameterException", "Invalid filter pattern", TOKEN_SENT, LF_CWL_FINAL, LF_CWL_FINAL},
    {LF_AWS_INVALID, 400, "InvalidParameterException", "unknown member logGroupIdentifier", BY_ARN, LF_CWL_ACCOUNT,
     LF_CWL_ACCOUNT},
    {LF_AWS_INVALID, 400, "InvalidParameterException", CLASS, BY_ARN, LF_CWL_SKIP, LF_CWL_SKIP},
    {LF_AWS_OTHER, 400, "InvalidOperationException", CLASS, 0, LF_CWL_SKIP, LF_CWL_SKIP},
    {LF_AWS_DENIED, 400, "AccessDeniedException", "not authorized", BY_ARN, LF_CWL_FINAL, LF_CWL_FINAL},
    {LF_AWS_EXPIRED, 400, "ExpiredTokenException", "The security token included in the request is expired", TOKEN_SENT,
     LF_CWL_AGAIN, LF_CWL_FINAL},
    {LF_AWS_CREDENTIALS, 0, "", "there are none", 0, LF_CWL_AGAIN, LF_CWL_FINAL},
    {LF_AWS_TLS, 0, "", "unknown authority", 0, LF_CWL_AGAIN, LF_CWL_FINAL},
    {LF_AWS_SKEWED, 400, "RequestTimeTooSkewed", "", 0, LF_CWL_AGAIN, LF_CWL_AGAIN},
    {LF_AWS_OTHER, 407, "", "status 407", BY_ARN, LF_CWL_SPOILT, LF_CWL_SPOILT},
    {LF_AWS_OTHER, 0, "", "the answer is larger than it may be", BY_ARN, LF_CWL_AGAIN, LF_CWL_AGAIN},
    {LF_AWS_OTHER, 400, "UnknownOperationException", "", BY_ARN, LF_CWL_ACCOUNT, LF_CWL_ACCOUNT},
    {LF_AWS_OTHER, 400, "UnknownOperationException", "", 0, LF_CWL_AGAIN, LF_CWL_AGAIN},
};

static void
test_rows(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    for (int once = 0; once < 2; once++) {
      LfCwlAsked asked = {.once = once != 0,
                          .with_token = (rows[i].how & TOKEN_SENT) != 0,
                          .with_streams = (rows[i].how & STREAMS) != 0,
                          .by_identifier = (rows[i].how & BY_ARN) != 0,
                          .knows_caller = (rows[i].how & CALLER) != 0,
                          .is_own = (rows[i].how & OWN) != 0};
      LfAwsFailure f = {rows[i].kind, rows[i].status, rows[i].code, rows[i].message, NULL};
      LfLogLevel level;
      LfCwlAction got = lf_cwl_failure_action(&asked, &f, &level), want = once ? rows[i].once : rows[i].action;
      if (got != want)
        g_test_message("row %" G_GSIZE_FORMAT ", once %d", i, once);
      g_assert_cmpint(got, ==, want);
    }
}

/* Credentials are said once for all groups, elsewhere. */
static void
test_levels(void)
{
  LfCwlAsked asked = {0};
  LfLogLevel level;
  lf_cwl_failure_action(&asked, &(LfAwsFailure){.kind = LF_AWS_CREDENTIALS, .code = "", .message = ""}, &level);
  g_assert_cmpint(level, ==, LF_LOG_DEBUG);
  lf_cwl_failure_action(&asked, &(LfAwsFailure){.kind = LF_AWS_DENIED, .code = "", .message = ""}, &level);
  g_assert_cmpint(level, ==, LF_LOG_ERROR);
  lf_cwl_failure_action(&asked, &(LfAwsFailure){.kind = LF_AWS_NOT_FOUND, .code = "", .message = ""}, &level);
  g_assert_cmpint(level, ==, LF_LOG_WARNING);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/cwl-failure/rows", test_rows);
  g_test_add_func("/cwl-failure/levels", test_levels);
  return g_test_run();
}
