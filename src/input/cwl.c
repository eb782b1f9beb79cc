/* The aws-cloudwatch inputs of the process: their groups, found by name, ARN or prefix. */
#include "input/cwl.h"

#include "aws/advice.h"
#include "aws/endpoint.h"
#include "aws/logs.h"
#include "base/log.h"
#include "input/cwl_internal.h"

enum { LIST_PAGES_MAX = 2000, LIST_RETRY_BASE_MS = 1000, LIST_RETRY_CAP_MS = 60 * 1000 };

static void
input_free(gpointer data)
{
  LfCwlInput *input = data;
  lf_aws_session_free(input->session);
  lf_buf_clear(&input->list_token);
  g_free(input->region);
  g_free(input->url);
  g_free(input->failure);
  g_free(input->caller_account);
  g_free(input);
}

static void
group_free(gpointer data)
{
  lf_cwl_group_free(data);
}

LfCwl *
lf_cwl_new(const LfCwlOptions *options)
{
  LfCwl *cwl = g_new0(LfCwl, 1);
  cwl->options = *options;
  cwl->arena = lf_arena_new();
  cwl->inputs = g_ptr_array_new_with_free_func(input_free);
  cwl->groups = g_ptr_array_new_with_free_func(group_free);
  cwl->hash_key = lf_state_hash_key(options->state);
  pthread_mutex_init(&cwl->lock, NULL);
  return cwl;
}

void
lf_cwl_free(LfCwl *cwl)
{
  if (cwl == NULL)
    return;
  g_ptr_array_unref(cwl->groups);
  g_ptr_array_unref(cwl->inputs);
  lf_arena_free(cwl->arena);
  pthread_mutex_destroy(&cwl->lock);
  g_free(cwl);
}

static gboolean
add_arns(LfCwlInput *input, GError **error)
{
  for (guint i = 0; i < input->settings->n_arns; i++) {
    const LfCwlArn *a = &input->settings->arns[i];
    if (lf_cwl_group_new(input, a->arn, a->name, a->arn, a->account, a->region, error) == NULL)
      return FALSE;
  }
  return TRUE;
}

LfCredOptions
lf_cwl_cred_options(const LfCwlSettings *s, LfPlace place, const LfCredEnv *env)
{
  return (LfCredOptions){.access_key_id = s->access_key_id,
                         .secret_access_key = s->secret_access_key,
                         .session_token = s->session_token,
                         .credential_profile_name = s->credential_profile_name,
                         .shared_credential_file = s->shared_credential_file,
                         .role_arn = s->role_arn,
                         .external_id = s->external_id,
                         .role_duration_ms = s->role_duration_ms,
                         .role_expiry_window_ms = s->role_expiry_window_ms,
                         .region = s->n_arns > 0 ? s->arns[0].region : s->region_name,
                         .endpoint = s->endpoint,
                         .place = place,
                         .env = *env};
}

gboolean
lf_cwl_add(LfCwl *cwl, const LfCwlSettings *s, const LfSource *source, LfPlace place, GError **error)
{
  LfCwlInput *input = g_new0(LfCwlInput, 1);
  input->cwl = cwl;
  input->settings = s;
  input->source = source;
  input->place = place;
  input->retry = (LfRetry){LIST_RETRY_BASE_MS, LIST_RETRY_CAP_MS, 0};
  LfCredOptions cred = lf_cwl_cred_options(s, place, &cwl->options.env);
  input->session = lf_aws_session_new(cwl->options.aws, &cred, s->proxy_url);
  g_ptr_array_add(cwl->inputs, input);
  if (!lf_aws_endpoint_check_env(&cwl->options.env, error))
    return FALSE;
  if (s->n_arns > 0)
    return add_arns(input, error);
  input->region = g_strdup(s->region_name);
  input->url = lf_aws_endpoint("logs", input->region, s->endpoint, &cwl->options.env);
  if (s->log_group_name != NULL)
    return lf_cwl_group_new(input, s->log_group_name, s->log_group_name, NULL, "-", input->region, error) != NULL;
  return TRUE;
}

static void list_groups(void *data);

static void
list_failed(LfCwlInput *input, const char *text, LfAwsErrorKind kind, gboolean for_good)
{
  LfCwl *cwl = input->cwl;
  LfLogLevel level = kind == LF_AWS_CREDENTIALS ? LF_LOG_DEBUG : LF_LOG_ERROR; /* said once for all inputs already */
  if (!input->said || g_strcmp0(input->failure, text) != 0)
    lf_log(level, "input", "%s: log groups %s*: %s", input->source->input_id, input->settings->log_group_name_prefix,
           text);
  input->said = TRUE;
  input->list_token.len = 0; /* a token may be what was refused */
  input->pages = 0;
  char *kept = g_strdup(text);
  g_free(input->failure);
  input->failure = kept;
  input->failed = for_good;
  if (for_good)
    return;
  if (kind == LF_AWS_CREDENTIALS)
    lf_retry_reset(&input->retry);
  gint64 wait = lf_retry_next(&input->retry, lf_retry_random());
  if (kind == LF_AWS_CREDENTIALS)
    wait = MAX(wait, LF_CRED_RENEW_MS);
  input->timer = lf_http_after(cwl->options.http, wait, list_groups, input);
}

/* The account in an ARN: its fifth part. */
static char *
account_of(LfArena *arena, LfSlice arn, LfPlace place)
{
  LfCwlArn parsed;
  const char *text = lf_arena_dup(arena, arn).p;
  return lf_cwl_arn_parse(arena, place, text, &parsed, NULL) ? g_strdup(parsed.account) : g_strdup("-");
}

static void
add_listed(LfCwlInput *input, LfArena *arena, const LfLogsGroup *listed)
{
  g_autoptr(GError) error = NULL;
  const char *name = lf_arena_dup(arena, listed->name).p, *arn = lf_arena_dup(arena, listed->arn).p;
  g_autofree char *account = account_of(arena, listed->arn, input->place);
  LfCwlGroup *g = lf_cwl_group_new(input, arn, name, arn, account, input->region, &error);
  if (g == NULL) {
    lf_log_warning("input", "%s", error->message);
    return;
  }
  g->by_name = TRUE; /* what the caller's own account lists can be asked for by name, on any server */
  lf_cwl_group_start(g);
}

static gboolean
cwl_has_group(const LfCwlInput *input)
{
  for (guint i = 0; i < input->cwl->groups->len; i++)
    if (((const LfCwlGroup *)g_ptr_array_index(input->cwl->groups, i))->input == input)
      return TRUE;
  return FALSE;
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
  input->found |= cwl_has_group(input);
  if (!input->found)
    lf_log_warning("input", "%s: no log group's name begins with %s", input->source->input_id,
                   input->settings->log_group_name_prefix);
  input->listed = TRUE;
  g_clear_pointer(&input->failure, g_free);
}

static void
list_groups(void *data)
{
  LfCwlInput *input = data;
  g_auto(LfBuf) body = {0};
  input->timer = 0;
  if (input->cwl->stopping)
    return;
  lf_logs_describe_request(input->settings->log_group_name_prefix, lf_buf_slice(&input->list_token), &body);
  LfAwsRequest request =
      lf_cwl_request(input, input->region, input->url, "Logs_20140328.DescribeLogGroups", lf_buf_slice(&body));
  input->listing = lf_aws_call(input->session, &request, on_list, input);
}

void
lf_cwl_start(LfCwl *cwl)
{
  for (guint i = 0; i < cwl->inputs->len; i++) {
    LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (input->settings->log_group_name_prefix != NULL)
      list_groups(input);
    else
      input->listed = TRUE;
  }
  for (guint i = 0; i < cwl->groups->len; i++)
    lf_cwl_group_start(g_ptr_array_index(cwl->groups, i));
}

void
lf_cwl_stop(LfCwl *cwl)
{
  cwl->stopping = TRUE;
  lf_cwl_count_calls(cwl);
  for (guint i = 0; i < cwl->inputs->len; i++) {
    LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    lf_aws_cancel(input->listing);
    input->listing = NULL;
    lf_http_cancel(cwl->options.http, input->timer);
  }
  for (guint i = 0; i < cwl->groups->len; i++)
    lf_cwl_group_stop(g_ptr_array_index(cwl->groups, i));
}

gboolean
lf_cwl_finished(LfCwl *cwl)
{
  for (guint i = 0; i < cwl->inputs->len; i++) {
    const LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (!input->listed && !input->failed)
      return FALSE;
  }
  for (guint i = 0; i < cwl->groups->len; i++) {
    const LfCwlGroup *g = g_ptr_array_index(cwl->groups, i);
    if (!g->done && !g->failed)
      return FALSE;
  }
  return TRUE;
}

LfCwlCounts
lf_cwl_counts(LfCwl *cwl)
{
  pthread_mutex_lock(&cwl->lock);
  LfCwlCounts counts = cwl->counts;
  pthread_mutex_unlock(&cwl->lock);
  return counts;
}

GPtrArray *
lf_cwl_complaints(LfCwl *cwl)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < cwl->inputs->len; i++) {
    const LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (input->listed && input->settings->log_group_name_prefix != NULL && !input->found)
      g_ptr_array_add(lines, g_strdup_printf("log groups %s*: there are none", input->settings->log_group_name_prefix));
    if (!input->listed)
      g_ptr_array_add(lines, g_strdup_printf("log groups %s*: %s", input->settings->log_group_name_prefix,
                                             input->failure != NULL ? input->failure : "not listed yet"));
  }
  for (guint i = 0; i < cwl->groups->len; i++) {
    const LfCwlGroup *g = g_ptr_array_index(cwl->groups, i);
    if (g->failed || !g->done)
      g_ptr_array_add(lines, g_strdup_printf("log group %s: %s", g->shown,
                                             g->complaint != NULL ? g->complaint
                                             : !g->open ? "its account is not known: GetCallerIdentity was not answered"
                                                        : "not read to the end"));
  }
  return lines;
}
