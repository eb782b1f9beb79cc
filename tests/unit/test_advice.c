/* What a person is told about a call that AWS refuses: the missing action, on what, in whose policy. */
#include "aws/advice.h"

#define USER "arn:aws:iam::123456789012:user/x"
#define ROLE "arn:aws-cn:sts::123456789012:assumed-role/reader/logferry"
#define DENIED(who) "User: " who " is not authorized to perform: logs:FilterLogEvents on resource: arn:aws:logs:x "
#define GROUP "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/app:*"

/* What AWS says, and what is made of it. */
static const struct {
  const char *code;
  const char *message;
  LfAwsAttempt attempt;
  const char *hint; /* NULL: none */
} rows[] = {
#define GROUP_OF(...)                                                                                                  \
  {                                                                                                                    \
    .action = "logs:FilterLogEvents", .region = "eu-central-1", .log_group = "/ecs/app", __VA_ARGS__                   \
  }
    {"AccessDeniedException", DENIED(USER) "because no identity-based policy allows the logs:FilterLogEvents action",
     GROUP_OF(.account = NULL), "the policy of " USER " lacks logs:FilterLogEvents on " GROUP},
    {"AccessDenied", DENIED(USER), GROUP_OF(.account = "-"),
     "the policy of " USER " lacks logs:FilterLogEvents on " GROUP},
    {"AccessDeniedException", "no", GROUP_OF(.account = "123456789012"),
     "the policy of the caller probably lacks logs:FilterLogEvents on " GROUP},
    {"AccessDeniedException", "no", GROUP_OF(.caller = USER),
     "the policy of " USER " probably lacks logs:FilterLogEvents on " GROUP},
    {"AccessDeniedException", "no", GROUP_OF(.account = NULL),
     "the policy of the caller probably lacks logs:FilterLogEvents on "
     "arn:aws:logs:eu-central-1:*:log-group:/ecs/app:*"},
    {"AccessDeniedException",
     DENIED(ROLE) "because no session policy allows the logs:FilterLogEvents action",
     {.action = "logs:FilterLogEvents", .region = "cn-north-1", .log_group = "/ecs/app"},
     "the session policy of the role reader (" ROLE ") lacks logs:FilterLogEvents on "
     "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/ecs/app:*"},
    {"AccessDeniedException", DENIED(USER) "with an explicit deny in a service control policy",
     GROUP_OF(.account = NULL),
     "a service control policy of the organization, which holds for " USER " denies logs:FilterLogEvents on " GROUP},
    {"AccessDeniedException", DENIED(USER) "because no VPC endpoint policy allows the action",
     GROUP_OF(.account = NULL), "the policy of the VPC endpoint lacks logs:FilterLogEvents on " GROUP},
    {"AccessDeniedException",
     DENIED(USER) "because no permissions boundary allows the action",
     {.action = "logs:DescribeLogGroups", .region = "eu-central-1"},
     "the permissions boundary of " USER " lacks logs:DescribeLogGroups on *"},
    {"AccessDeniedException", DENIED(USER) "because no resource-based policy allows the action",
     GROUP_OF(.account = "999999999999"),
     "the log group is of account 999999999999 and the caller of 123456789012: that account has to share its log groups "
     "with the caller's (CloudWatch cross-account observability), and the policy of " USER
     " needs logs:FilterLogEvents on arn:aws:logs:eu-central-1:999999999999:log-group:/ecs/app:*"},
    {"AccessDeniedException", "User: arn:\x1b[2J is not authorized to perform: x", GROUP_OF(.account = NULL),
     "the policy of the caller lacks logs:FilterLogEvents on arn:aws:logs:eu-central-1:*:log-group:/ecs/app:*"},
    {"AccessDeniedException", "User: arn: is not authorized to perform: x", GROUP_OF(.account = NULL),
     "the policy of arn: lacks logs:FilterLogEvents on arn:aws:logs:eu-central-1:*:log-group:/ecs/app:*"},
    {"SignatureDoesNotMatch", "…", GROUP_OF(.account = NULL), "the secret access key does not belong to this key id"},
    {"MissingAuthenticationToken", "…", GROUP_OF(.account = NULL), NULL},
    {"", "…", GROUP_OF(.account = NULL), NULL},
};

static void
test_rows(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LfAwsFailure failure = {
        .kind = LF_AWS_DENIED, .status = 400, .code = rows[i].code, .message = rows[i].message, .request_id = "r-1"};
    g_autofree char *hint = lf_aws_policy_hint(&failure, &rows[i].attempt);
    g_assert_cmpstr(hint, ==, rows[i].hint);
  }
}

static void
test_explain(void)
{
  LfAwsFailure failure = {.kind = LF_AWS_DENIED,
                          .status = 400,
                          .code = "AccessDeniedException",
                          .message = DENIED(USER) "because",
                          .request_id = "r-1"};
  LfAwsAttempt attempt = GROUP_OF(.account = NULL);
  g_autofree char *text = lf_aws_failure_explain(&failure, &attempt);
  g_assert_cmpstr(text, ==,
                  "AccessDeniedException: " DENIED(USER) "because (request id r-1): the policy of " USER
                                                         " lacks logs:FilterLogEvents on " GROUP);
  failure.kind = LF_AWS_NETWORK;
  failure.code = "InternalFailure";
  failure.message = "a page\nand more";
  failure.request_id = NULL;
  g_autofree char *plain = lf_aws_failure_explain(&failure, &attempt);
  g_assert_cmpstr(plain, ==, "InternalFailure: a page");
}

static void
test_long_callers_are_left_out(void)
{
  g_autofree char *name = g_strnfill(5000, 'a');
  g_autofree char *message = g_strdup_printf("User: arn:aws:iam::1:user/%s is not authorized to perform: x", name);
  LfAwsFailure failure = {.kind = LF_AWS_DENIED, .code = "AccessDenied", .message = message};
  LfAwsAttempt attempt = {.action = "a:B", .region = "us-gov-west-1", .log_group = "g"};
  g_autofree char *hint = lf_aws_policy_hint(&failure, &attempt);
  g_assert_cmpstr(hint, ==, "the policy of the caller lacks a:B on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:g:*");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/advice/rows", test_rows);
  g_test_add_func("/advice/explain", test_explain);
  g_test_add_func("/advice/long", test_long_callers_are_left_out);
  return g_test_run();
}
