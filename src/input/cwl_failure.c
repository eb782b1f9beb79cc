/* What is done about a page that cannot be had: one table. */
#include "input/cwl_internal.h"

#include "aws/advice.h"
#include "base/log.h"

enum { TRY_AGAIN_MS = 10 * 1000 }; /* how soon what is missing is looked for again, at the least */

/* What follows from a failure. Throttling, failures of the service and of the network never come here: the call itself is
 * tried again until it works. */
typedef enum {
  AGAIN,   /* the window is read again, later */
  GONE,    /* the group is looked for again, no more often than it is scanned */
  FINAL,   /* the group ends */
  SPOILT,  /* an answer that makes no sense: the page is asked for again */
  ACCOUNT, /* it may only mean that the server does not know identifiers: whose is the group? */
  BY_NAME, /* the same, and the group is the caller's own: it is asked for by its name */
} Action;

/* Rows are looked at in their order; `once` is what a run with --once does instead. */
static const struct {
  LfAwsErrorKind kind;
  Action action;
  Action once;
  LfLogLevel level;
} rows[] = {
    {LF_AWS_NOT_FOUND, GONE, FINAL, LF_LOG_WARNING},  {LF_AWS_INVALID, FINAL, FINAL, LF_LOG_ERROR},
    {LF_AWS_DENIED, FINAL, FINAL, LF_LOG_ERROR},      {LF_AWS_EXPIRED, AGAIN, FINAL, LF_LOG_ERROR},
    {LF_AWS_CREDENTIALS, AGAIN, FINAL, LF_LOG_DEBUG}, /* said where they are kept, once for all groups */
    {LF_AWS_SKEWED, AGAIN, AGAIN, LF_LOG_ERROR},      {LF_AWS_OTHER, AGAIN, AGAIN, LF_LOG_ERROR},
};

static gboolean
mentions(const LfAwsFailure *f, const char *word)
{
  g_autofree char *low = g_ascii_strdown(f->message, -1);
  return strstr(low, word) != NULL;
}

/* A token that the server no longer takes: AWS's tokens live 24 hours. */
static gboolean
is_token_refused(const LfCwlGroup *g, const LfAwsFailure *f)
{
  return f->kind == LF_AWS_INVALID && g->token.len > 0 && mentions(f, "token");
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
may_be_identifier(const LfCwlGroup *g, const LfAwsFailure *f)
{
  return g->arn != NULL && !g->by_name &&
         (f->kind == LF_AWS_NOT_FOUND || f->kind == LF_AWS_INVALID ||
          (f->kind == LF_AWS_OTHER && f->code[0] != '\0' && f->status >= 400 && f->status < 500));
}

static Action
action_of(const LfCwlGroup *g, const LfAwsFailure *f, LfLogLevel *level)
{
  gsize i = 0;
  while (i + 1 < G_N_ELEMENTS(rows) && rows[i].kind != f->kind)
    i++;
  *level = rows[i].level;
  const char *caller = g->input->caller_account;
  if (may_be_identifier(g, f) && (caller == NULL || strcmp(g->account, caller) == 0))
    return caller == NULL ? ACCOUNT : BY_NAME;
  if (f->kind == LF_AWS_OTHER && f->code[0] == '\0' && f->status >= 400) /* not AWS's own words: a proxy's, say */
    return SPOILT;
  return g->input->cwl->options.once ? rows[i].once : rows[i].action;
}

static void
gone(LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  if (s->log_group_name_prefix == NULL) {
    lf_cwl_reopen_later(g, MAX(s->scan_frequency_ms, TRY_AGAIN_MS));
    return;
  }
  if (g->plan.open) /* the list says when it is there again */
    lf_cwl_plan_reopen(&g->plan);
  lf_cwl_worker_release(g);
  g->stage = LF_CWL_GONE;
}

void
lf_cwl_page_failed(LfCwlGroup *g, const LfAwsFailure *f)
{
  LfLogLevel level;
  LfAwsAttempt attempt = {.action = "logs:FilterLogEvents",
                          .region = g->region,
                          .account = strcmp(g->account, "-") != 0 ? g->account : g->input->caller_account,
                          .log_group = g->name};
  g_autofree char *text = lf_aws_failure_explain(f, &attempt);
  if (is_token_refused(g, f)) {
    lf_log_info("input", "%s: log group %s: the token of a page was refused; the window is read again: %s",
                g->input->source->input_id, g->shown, text);
    lf_cwl_reopen_later(g, 0);
    return;
  }
  if (is_log_class(f)) {
    g_autofree char *why =
        g_strdup_printf("is skipped: FilterLogEvents does not read groups of its log class: %s", text);
    lf_cwl_group_complain(g, LF_LOG_WARNING, why);
    lf_cwl_group_end(g, LF_CWL_SKIPPED);
    return;
  }
  if (f->kind == LF_AWS_NOT_FOUND && mentions(f, "log stream") && g->streams != NULL) {
    lf_cwl_stream_missing(g, text);
    return;
  }
  switch (action_of(g, f, &level)) {
  case ACCOUNT:
    lf_cwl_group_ask_identity(g, text);
    return;
  case BY_NAME:
    g->by_name = TRUE;
    lf_cwl_next_page(g);
    return;
  case SPOILT:
    lf_cwl_bad_answer(g, text);
    return;
  case GONE:
    lf_cwl_group_complain(g, level, text);
    gone(g);
    return;
  case FINAL:
    lf_cwl_group_complain(g, level, text);
    lf_cwl_group_end(g, LF_CWL_FAILED);
    return;
  case AGAIN:
    lf_cwl_group_complain(g, level, text);
    if (f->kind == LF_AWS_CREDENTIALS) /* looked for without growing pauses */
      lf_retry_reset(&g->retry);
    lf_cwl_reopen_later(g, TRY_AGAIN_MS);
    return;
  }
}
