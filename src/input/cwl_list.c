/* The log groups of a prefix: listed at the start and from time to time, so that new ones are read and gone ones found again. */
#include "input/cwl_internal.h"

#include "aws/advice.h"
#include "aws/logs.h"
#include "aws/words.h"
#include "base/log.h"

enum {
  LIST_PAGES_MAX = 2000,
  LIST_AGAIN_MIN_MS = 1000, /* a list is not asked for more often, whatever scan_frequency says */
};

static void list_groups(void *data);

static void
list_failed(LfCwlInput *input, const char *text, LfAwsErrorKind kind, gboolean for_good)
{
  LfCwl *cwl = input->cwl;
  LfLogLevel level = kind == LF_AWS_CREDENTIALS ? LF_LOG_DEBUG : LF_LOG_ERROR; /* said once for all inputs already */
  if (!lf_aws_same_complaint(input->failure, text))
    lf_log(level, "input", "%s: log groups %s*: %s", input->source->input_id, input->settings->log_group_name_prefix,
           text);
  input->list_token.len = 0; /* a token may be what was refused */
  input->pages = 0;
  char *kept = g_strdup(text);
  g_free(input->failure);
  input->failure = kept;
  input->failed = for_good && !input->listed; /* a list that was had once may be had again */
  if (input->failed)
    return;
  if (kind == LF_AWS_CREDENTIALS)
    lf_retry_reset(&input->retry);
  gint64 wait = lf_retry_next(&input->retry, lf_retry_random());
  input->timer = lf_http_after(cwl->options.http, kind == LF_AWS_CREDENTIALS ? MAX(wait, LF_CRED_RENEW_MS) : wait,
                               list_groups, input);
}

/* The account in an ARN: its fifth part. */
static char *
account_of(LfArena *arena, LfSlice arn, LfPlace place)
{
  LfCwlArn parsed;
  const char *text = lf_arena_dup(arena, arn).p;
  return lf_cwl_arn_parse(arena, place, text, &parsed, NULL) ? g_strdup(parsed.account) : g_strdup("-");
}

/* FilterLogEvents reads the standard class alone; a list of an older server has no class. */
static gboolean
is_readable(LfSlice log_class)
{
  return log_class.len == 0 || lf_slice_is(log_class, "STANDARD");
}

static void
add_listed(LfCwlInput *input, LfArena *arena, const LfLogsGroup *listed)
{
  g_autoptr(GError) error = NULL;
  const char *name = lf_arena_dup(arena, listed->name).p, *arn = lf_arena_dup(arena, listed->arn).p;
  g_autofree char *account = account_of(arena, listed->arn, input->place);
  LfCwlGroup *g = g_hash_table_lookup(input->by_arn, arn);
  if (g != NULL) {
    if (g->stage == LF_CWL_GONE)
      lf_cwl_group_start(g);
    return;
  }
  if (g_hash_table_contains(input->refused, arn))
    return;
  if (!is_readable(listed->log_class)) {
    g_hash_table_add(input->refused, g_strdup(arn));
    lf_log_warning("input", "%s: log group %s is skipped: FilterLogEvents does not read its log class, %.*s",
                   input->source->input_id, arn, (int)MIN(listed->log_class.len, 100), listed->log_class.p);
    return;
  }
  g = lf_cwl_group_new(input, arn, name, arn, account, input->region, &error);
  if (g == NULL) {
    g_hash_table_add(input->refused, g_strdup(arn));
    lf_log_warning("input", "%s", error->message);
    return;
  }
  g_hash_table_insert(input->by_arn, g->arn, g);
  if (input->listed)
    lf_log_info("input", "%s: log group %s is new", input->source->input_id, arn);
  g->is_new = input->listed || input->was_listed;
  /* what the caller's own account lists can be asked for by name, on any server; another account's by its ARN alone */
  g->by_name = !input->settings->include_linked_accounts;
  lf_cwl_group_start(g);
}

/* What the state has of a prefix that was listed; with other filters it has other positions, too. */
static char *
listed_note(const LfCwlInput *input)
{
  const LfCwlSettings *s = input->settings;
  g_auto(LfBuf) note = {0};
  const char *const parts[] = {
      input->url,           input->region,     s->log_group_name_prefix,
      s->log_stream_prefix, s->filter_pattern, s->include_linked_accounts ? "linked accounts" : NULL};
  lf_buf_append_str(&note, LF_STATE_LISTED);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    lf_buf_printf(&note, "%s|", parts[i] != NULL ? parts[i] : "");
  for (guint i = 0; i < s->log_streams.n; i++)
    lf_buf_printf(&note, "%s|", s->log_streams.items[i]);
  return lf_slice_dup(lf_buf_slice(&note));
}

static void
note_listed(LfCwlInput *input)
{
  g_autofree char *note = listed_note(input);
  g_autoptr(GError) error = NULL;
  if (!lf_state_set_note(input->cwl->options.state, note, &error))
    lf_log_warning("state", "%s", error->message);
}

/* New groups are looked for about as often as events are. */
static void
list_later(LfCwlInput *input)
{
  input->pages = 0;
  input->list_token.len = 0;
  if (!input->cwl->options.once)
    input->timer = lf_http_after(input->cwl->options.http, MAX(input->settings->scan_frequency_ms, LIST_AGAIN_MIN_MS),
                                 list_groups, input);
}

static void
on_list(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  LfCwlInput *input = data;
  input->listing = NULL;
  if (failure != NULL) {
    g_autofree char *text =
        lf_aws_failure_explain(failure, &(LfAwsAttempt){.action = "logs:DescribeLogGroups", .region = input->region});
    list_failed(input, text, failure->kind,
                failure->kind == LF_AWS_DENIED || (input->cwl->options.once && failure->kind == LF_AWS_CREDENTIALS));
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(LfArena) arena = lf_arena_new();
  LfLogsGroup *groups;
  guint n;
  LfSlice token;
  if (!lf_logs_describe_answer(arena, &answer->body, &groups, &n, &token, &error)) {
    list_failed(input, error->message, LF_AWS_OTHER, FALSE);
    return;
  }
  for (guint i = 0; i < n; i++)
    add_listed(input, arena, &groups[i]);
  gboolean repeats = token.len > 0 && lf_slice_equal(token, lf_buf_slice(&input->list_token));
  input->list_token.len = 0;
  lf_buf_append_slice(&input->list_token, token);
  if (token.len > 0 && !repeats && ++input->pages < LIST_PAGES_MAX) {
    list_groups(input);
    return;
  }
  if (token.len > 0)
    lf_log_warning("input", "%s: log groups %s*: the server's list has no end; what it named so far is read",
                   input->source->input_id, input->settings->log_group_name_prefix);
  input->found |= g_hash_table_size(input->by_arn) > 0;
  if (!input->found && !input->listed)
    lf_log_warning("input", "%s: no log group's name begins with %s", input->source->input_id,
                   input->settings->log_group_name_prefix);
  if (!input->listed)
    note_listed(input);
  input->listed = TRUE;
  if (input->failure != NULL)
    lf_log_info("input", "%s: log groups %s*: listed again", input->source->input_id,
                input->settings->log_group_name_prefix);
  g_clear_pointer(&input->failure, g_free);
  lf_retry_reset(&input->retry);
  list_later(input);
}

static void
list_groups(void *data)
{
  LfCwlInput *input = data;
  g_auto(LfBuf) body = {0};
  input->timer = 0;
  if (input->cwl->stopping)
    return;
  lf_logs_describe_request(input->settings->log_group_name_prefix, input->settings->include_linked_accounts,
                           lf_buf_slice(&input->list_token), &body);
  LfAwsRequest request =
      lf_cwl_request(input, input->region, input->url, "Logs_20140328.DescribeLogGroups", lf_buf_slice(&body));
  input->listing = lf_aws_call(input->session, &request, on_list, input);
}

void
lf_cwl_list(LfCwlInput *input)
{
  g_autofree char *note = listed_note(input);
  g_autoptr(GError) error = NULL;
  if (!lf_state_has_note(input->cwl->options.state, note, &input->was_listed, &error))
    lf_log_warning("state", "%s", error->message);
  list_groups(input);
}
