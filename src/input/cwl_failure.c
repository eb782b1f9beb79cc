/* What follows from a page that cannot be had: one table. */
#include "input/cwl_failure.h"

#include <string.h>

/* `once` is what a run with --once does instead. The last row is for whatever has none. */
static const struct {
  LfAwsErrorKind kind;
  LfCwlAction action;
  LfCwlAction once;
  LfLogLevel level;
} rows[] = {
    {LF_AWS_NOT_FOUND, LF_CWL_LOOK, LF_CWL_FINAL, LF_LOG_WARNING},
    {LF_AWS_INVALID, LF_CWL_FINAL, LF_CWL_FINAL, LF_LOG_ERROR},
    {LF_AWS_DENIED, LF_CWL_FINAL, LF_CWL_FINAL, LF_LOG_ERROR},
    {LF_AWS_EXPIRED, LF_CWL_AGAIN, LF_CWL_FINAL, LF_LOG_ERROR},
    {LF_AWS_CREDENTIALS, LF_CWL_AGAIN, LF_CWL_FINAL, LF_LOG_DEBUG}, /* said where they are kept, once for all groups */
    {LF_AWS_TLS, LF_CWL_AGAIN, LF_CWL_FINAL, LF_LOG_ERROR},
    {LF_AWS_OTHER, LF_CWL_AGAIN, LF_CWL_AGAIN, LF_LOG_ERROR},
};

static gboolean
mentions(const LfAwsFailure *f, const char *words)
{
  g_autofree char *low = g_ascii_strdown(f->message, -1);
  return strstr(low, words) != NULL;
}

/* A token that the server no longer takes: AWS's tokens live 24 hours. */
static gboolean
is_token_refused(const LfCwlAsked *asked, const LfAwsFailure *f)
{
  return f->kind == LF_AWS_INVALID && asked->with_token && mentions(f, "token");
}

/* The group is of a class that FilterLogEvents does not read (CloudWatch Logs User Guide, "Log classes"). */
static gboolean
is_log_class(const LfAwsFailure *f)
{
  return f->status >= 400 && f->status < 500 && f->kind != LF_AWS_DENIED &&
         (mentions(f, "log class") || mentions(f, "log group class") || mentions(f, "infrequent access") ||
          mentions(f, "infrequent_access"));
}

/* A server of an older API takes names alone; how it says so differs. */
static gboolean
may_be_identifier(const LfCwlAsked *asked, const LfAwsFailure *f)
{
  return asked->by_identifier &&
         (f->kind == LF_AWS_NOT_FOUND || f->kind == LF_AWS_INVALID ||
          (f->kind == LF_AWS_OTHER && f->code[0] != '\0' && f->status >= 400 && f->status < 500));
}

LfCwlAction
lf_cwl_failure_action(const LfCwlAsked *asked, const LfAwsFailure *f, LfLogLevel *level)
{
  gsize i = 0;
  while (i + 1 < G_N_ELEMENTS(rows) && rows[i].kind != f->kind)
    i++;
  *level = rows[i].level;
  if (is_token_refused(asked, f)) {
    *level = LF_LOG_INFO;
    return LF_CWL_REREAD;
  }
  if (is_log_class(f)) {
    *level = LF_LOG_WARNING;
    return LF_CWL_SKIP;
  }
  if (f->kind == LF_AWS_NOT_FOUND && asked->with_streams && mentions(f, "log stream"))
    return LF_CWL_STREAM;
  if (may_be_identifier(asked, f) && !asked->knows_caller)
    return LF_CWL_ACCOUNT;
  if (may_be_identifier(asked, f) && asked->is_own)
    return LF_CWL_BY_NAME;
  if (f->kind == LF_AWS_OTHER && f->code[0] == '\0' && f->status >= 400) /* not AWS's own words: a proxy's, say */
    return LF_CWL_SPOILT;
  return asked->once ? rows[i].once : rows[i].action;
}
