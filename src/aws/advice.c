/* What a person can do about a call that AWS refuses. */
#include "aws/advice.h"

#include "aws/endpoint.h"

enum { ARN_MAX = 2048 };

/* Whose keys are not taken, whatever the action. */
static const struct {
  const char *code;
  const char *hint;
} keys[] = {
#define UNKNOWN                                                                                                        \
  "AWS does not know this key: it is mistyped, deleted or inactive, its session token is missing or wrong, it is of "  \
  "another partition, or the region is not enabled for the account"
#define WRONG "the secret access key does not belong to this key id"
    {"UnrecognizedClientException", UNKNOWN},
    {"InvalidClientTokenId", UNKNOWN},
    {"InvalidSignatureException", WRONG},
    {"SignatureDoesNotMatch", WRONG},
    {"OptInRequired", "the account has not signed up for the service or the region"},
};

/* Which policy AWS's message blames; the last row is for all others. */
static const struct {
  const char *says;
  const char *policy;
  gboolean of_caller;
} policies[] = {
    {"service control policy", "a service control policy of the organization, which holds for", TRUE},
    {"resource control policy", "a resource control policy of the organization", FALSE},
    {"VPC endpoint policy", "the policy of the VPC endpoint", FALSE},
    {"permissions boundary", "the permissions boundary of", TRUE},
    {"session policy", "the session policy of", TRUE},
    {"", "the policy of", TRUE},
};

static const char *
known(const char *text)
{
  return text != NULL && text[0] != '\0' && strcmp(text, "-") != 0 ? text : NULL;
}

/* The caller in "User: arn:… is not authorized to perform: …". Returns: (transfer full) (nullable). */
static char *
caller_in(const char *message)
{
  const char *from = strstr(message, "User: arn:");
  if (from == NULL)
    return NULL;
  from += strlen("User: ");
  gsize n = strcspn(from, " \t\r\n");
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isgraph(from[i]))
      return NULL;
  return n <= ARN_MAX ? g_strndup(from, n) : NULL;
}

/* The n-th part of an ARN, counted from 0. Returns: (transfer full) (nullable): NULL where it is empty or not there. */
static char *
arn_part(const char *arn, guint n)
{
  for (; arn != NULL && n > 0; n--) {
    arn = strchr(arn, ':');
    arn = arn != NULL ? arn + 1 : NULL;
  }
  gsize len = arn != NULL ? strcspn(arn, ":") : 0;
  return len > 0 ? g_strndup(arn, len) : NULL;
}

/* The ARN that a policy has to name. */
static char *
resource_of(const LfAwsAttempt *a, const char *caller)
{
  if (a->log_group == NULL)
    return g_strdup("*");
  g_autofree char *partition = arn_part(caller, 1), *account = arn_part(caller, 4);
  const char *whose = known(a->account) != NULL ? a->account : account;
  return g_strdup_printf("arn:%s:logs:%s:%s:log-group:%s:*",
                         partition != NULL ? partition : lf_aws_partition(a->region), a->region,
                         whose != NULL ? whose : "*", a->log_group);
}

/* "arn:aws:iam::1:user/x"; an assumed role's session with the role's name, whose policy it is. */
static char *
holder_of(const char *caller)
{
  if (caller == NULL)
    return g_strdup("the caller");
  const char *role = strstr(caller, ":assumed-role/");
  if (role == NULL)
    return g_strdup(caller);
  role += strlen(":assumed-role/");
  return g_strdup_printf("the role %.*s (%s)", (int)strcspn(role, "/"), role, caller);
}

static char *
policy_text(const char *message, const LfAwsAttempt *a)
{
  g_autofree char *said = caller_in(message);
  const char *caller = known(a->caller) != NULL ? a->caller : said;
  g_autofree char *resource = resource_of(a, caller), *holder = holder_of(caller);
  g_autofree char *own = arn_part(caller, 4), *groups = arn_part(resource, 4);
  gboolean plain = strstr(message, "not authorized to perform") != NULL;
  gsize i = 0;
  while (strstr(message, policies[i].says) == NULL)
    i++;
  g_autofree char *policy =
      policies[i].of_caller ? g_strdup_printf("%s %s", policies[i].policy, holder) : g_strdup(policies[i].policy);
  if (strstr(message, "explicit deny") != NULL)
    return g_strdup_printf("%s denies %s on %s", policy, a->action, resource);
  if (own != NULL && groups != NULL && strcmp(groups, "*") != 0 && strcmp(own, groups) != 0)
    return g_strdup_printf("the log group is of account %s and the caller of %s: that account has to share its log "
                           "groups with the caller's (CloudWatch cross-account observability), and %s needs %s on %s",
                           groups, own, policy, a->action, resource);
  return g_strdup_printf("%s %s %s on %s", policy, plain ? "lacks" : "probably lacks", a->action, resource);
}

char *
lf_aws_policy_hint(const LfAwsFailure *failure, const LfAwsAttempt *attempt)
{
  if (failure->kind != LF_AWS_DENIED)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    if (strcmp(failure->code, keys[i].code) == 0)
      return g_strdup(keys[i].hint);
  return strstr(failure->code, "AccessDenied") != NULL ? policy_text(failure->message, attempt) : NULL;
}

char *
lf_aws_failure_explain(const LfAwsFailure *failure, const LfAwsAttempt *attempt)
{
  char *text = lf_aws_failure_text(failure);
  g_autofree char *hint = lf_aws_policy_hint(failure, attempt);
  if (hint == NULL)
    return text;
  char *both = g_strdup_printf("%s: %s", text, hint);
  g_free(text);
  return both;
}
