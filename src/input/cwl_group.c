/* One log group: its row in the state, its account, its beginning and its end. */
#include "input/cwl_internal.h"

#include "aws/endpoint.h"
#include "aws/sts.h"
#include "aws/words.h"
#include "base/log.h"

enum {
  STATE_RETRY_MS = 10 * 1000,       /* how soon a state that cannot be read is looked at again */
  FUTURE_MAX_MS = 24 * 3600 * 1000, /* a frontier further ahead of now is damage */
  RETRY_BASE_MS = 500,
  RETRY_CAP_MS = 20 * 1000,
};

static void open_row(void *data);

void
lf_cwl_group_after(LfCwlGroup *g, gint64 ms, LfHttpTimerFn fn)
{
  g->timer = lf_http_after(g->input->cwl->options.http, ms, fn, g);
}

void
lf_cwl_group_complain(LfCwlGroup *g, LfLogLevel level, const char *text)
{
  if (lf_aws_same_complaint(g->complaint, text))
    return;
  lf_log(level, "input", "%s: log group %s: %s", g->input->source->input_id, g->shown, text);
  char *kept = g_strdup(text);
  g_free(g->complaint);
  g->complaint = kept;
}

gboolean
lf_cwl_group_has_ended(const LfCwlGroup *g)
{
  return g->stage == LF_CWL_DONE || g->stage == LF_CWL_SKIPPED || g->stage == LF_CWL_FAILED;
}

void
lf_cwl_group_end(LfCwlGroup *g, LfCwlStage how)
{
  LfCwl *cwl = g->input->cwl;
  if (lf_cwl_group_has_ended(g))
    return;
  lf_cwl_turn_leave(g);
  lf_cwl_worker_release(g);
  lf_cwl_ids_clear(&g->ids);
  pthread_mutex_lock(&cwl->lock);
  g->stage = how;
  cwl->counts.groups_done++;
  cwl->counts.groups_failed += how == LF_CWL_FAILED;
  pthread_mutex_unlock(&cwl->lock);
}

static void
pending_clear(LfAwsFailure *pending)
{
  g_free((char *)pending->code);
  g_free((char *)pending->message);
  g_free((char *)pending->request_id);
  *pending = (LfAwsFailure){0};
}

static void
on_identity(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  LfCwlGroup *g = data;
  g->call = NULL;
  char *account = answer != NULL ? lf_sts_identity_answer(lf_buf_slice(&answer->body)) : NULL;
  LfAwsFailure pending = g->pending;
  g->pending = (LfAwsFailure){0};
  if (account != NULL) {
    g_free(g->input->caller_account);
    g->input->caller_account = account;
  }
  if (account == NULL && g->open) {
    g_autofree char *text = lf_aws_failure_text(&pending);
    lf_cwl_group_complain(g, LF_LOG_ERROR, text);
    lf_cwl_reopen_later(g, STATE_RETRY_MS);
  } else if (account == NULL) {
    g_autofree char *why = failure != NULL ? lf_aws_failure_text(failure) : g_strdup("the answer has no account");
    g_autofree char *text = g_strdup_printf("whose account this is cannot be found out (GetCallerIdentity): %s", why);
    gboolean no_keys = failure != NULL && failure->kind == LF_AWS_CREDENTIALS; /* then it is said already */
    lf_cwl_group_complain(g, no_keys ? LF_LOG_DEBUG : LF_LOG_WARNING, text);
    lf_cwl_group_after(g, no_keys ? STATE_RETRY_MS : lf_retry_next(&g->retry, lf_retry_random()), open_row);
  } else if (!g->open) {
    g_clear_pointer(&g->complaint, g_free);
    open_row(g);
  } else { /* what the failure means is known now */
    lf_cwl_page_failed(g, &pending);
  }
  pending_clear(&pending);
}

void
lf_cwl_group_ask_identity(LfCwlGroup *g, const LfAwsFailure *pending)
{
  const LfCwlSettings *s = g->input->settings;
  pending_clear(&g->pending);
  if (pending != NULL)
    g->pending = (LfAwsFailure){.kind = pending->kind,
                                .status = pending->status,
                                .code = g_strdup(pending->code),
                                .message = g_strdup(pending->message),
                                .request_id = g_strdup(pending->request_id)};
  g_auto(LfAwsEndpoint) endpoint = {0};
  g_autoptr(GError) error = NULL;
  if (!lf_aws_endpoint_find("sts", g->region, &g->input->cred, &endpoint, &error)) {
    lf_cwl_group_complain(g, LF_LOG_ERROR, error->message);
    lf_cwl_group_end(g, LF_CWL_FAILED);
    return;
  }
  LfAwsRequest request = {.service = "sts",
                          .region = g->region,
                          .url = endpoint.url,
                          .body = LF_SLICE_LIT(LF_STS_IDENTITY_REQUEST),
                          .timeout_ms = s->api_timeout_ms,
                          .max_bytes = 64 * 1024};
  g->call = lf_aws_call(g->input->session, &request, on_identity, g);
}

static LfGroupKey
key_of(const LfCwlGroup *g)
{
  return (LfGroupKey){.endpoint = g->key_url,
                      .region = g->region,
                      .log_group = g->name,
                      .account = g->account,
                      .stream_filter = g->stream_filter,
                      .filter_pattern =
                          g->input->settings->filter_pattern != NULL ? g->input->settings->filter_pattern : ""};
}

static gboolean
row_is_taken(const LfCwlGroup *g, gint64 row)
{
  const LfCwlGroup *has = g_hash_table_lookup(g->input->cwl->by_row, &row);
  return has != NULL && has != g;
}

/* Where a group that is read for the first time begins. */
static gint64
first_start(const LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  if (s->start_time_ms != LF_OPTION_UNSET)
    return s->start_time_ms;
  if (s->start_position == LF_CWL_END && !g->is_new)
    return lf_cwl_now_ms(g->input->cwl) - s->scan_frequency_ms;
  return 0;
}

static gboolean
load_row(LfCwlGroup *g, LfGroupState *known, GError **error)
{
  LfState *state = g->input->cwl->options.state;
  gint64 now = lf_cwl_now_ms(g->input->cwl);
  if (!known->has_frontier) {
    known->frontier_ms = known->known_from_ms = first_start(g);
    if (!lf_state_set_frontier(state, known->row, known->frontier_ms, error))
      return FALSE;
  }
  if (known->frontier_ms > now + FUTURE_MAX_MS || known->frontier_ms < 0) {
    lf_log_warning("input",
                   "%s: log group %s: the state says that it was read up to a time that cannot be; it is read from "
                   "now on",
                   g->input->source->input_id, g->shown);
    known->frontier_ms = known->known_from_ms = now - g->input->settings->scan_frequency_ms;
  }
  lf_cwl_ruler_init(&g->ruler, g->input->settings->scan_frequency_ms, g->input->settings->lookback_ms);
  lf_cwl_ids_init(&g->ids, lf_cwl_ruler_deepest(&g->ruler));
  if (!lf_cwl_ids_open(&g->ids, state, known->row, error))
    return FALSE;
  g->row = known->row;
  g->known_from_ms = MIN(known->known_from_ms, known->frontier_ms);
  g->first_ms = known->frontier_ms;
  lf_cwl_plan_init(&g->plan, known->frontier_ms);
  g->lane = g->input->cwl->options.sink.lane(g->input->cwl->options.sink.data);
  g->open = TRUE;
  g_hash_table_insert(g->input->cwl->by_row, &g->row, g);
  return TRUE;
}

/* Finds the group's row in the state; who the caller is is only asked where it decides which row that is. */
static void
open_row(void *data)
{
  LfCwlGroup *g = data;
  LfCwl *cwl = g->input->cwl;
  LfGroupKey key = key_of(g);
  LfGroupLookup lookup;
  LfGroupState known;
  g_autoptr(GError) error = NULL;
  g->timer = 0;
  if (cwl->stopping)
    return;
  const char *caller = g->input->caller_account;
  gboolean ok = lf_state_find_group(cwl->options.state, &key, &lookup, &known, &error);
  gboolean unsure = lookup == LF_GROUP_UNSURE || (g->ask_account && strcmp(g->account, "-") == 0);
  if (ok && unsure && caller == NULL) {
    lf_cwl_group_ask_identity(g, NULL);
    return;
  }
  if (ok && (unsure || lookup != LF_GROUP_FOUND))
    ok = lf_state_open_group(cwl->options.state, &key, unsure ? caller : NULL, &known, &error);
  if (ok && row_is_taken(g, known.row)) {
    lf_cwl_group_complain(g, LF_LOG_ERROR,
                          "another input of the configuration reads this log group already, by its name or its ARN");
    lf_cwl_group_end(g, LF_CWL_FAILED);
    return;
  }
  if (!ok || !load_row(g, &known, &error)) { /* a state that is locked or full now need not be so for ever */
    lf_cwl_group_complain(g, LF_LOG_ERROR, error->message);
    lf_cwl_ids_clear(&g->ids);
    lf_cwl_group_after(g, STATE_RETRY_MS, open_row);
    return;
  }
  lf_cwl_scan(g);
}

void
lf_cwl_group_start(LfCwlGroup *g)
{
  lf_cwl_group_after(g, 0, g->open ? lf_cwl_scan : open_row);
}

void
lf_cwl_group_stop(LfCwlGroup *g)
{
  lf_cwl_turn_leave(g);
  lf_aws_cancel(g->call);
  g->call = NULL;
  lf_http_cancel(g->input->cwl->options.http, g->timer);
  g->timer = 0;
}

/* What the streams are filtered by, as one text for the key. */
static char *
stream_filter_text(const LfCwlSettings *s)
{
  if (s->log_stream_prefix != NULL)
    return g_strdup_printf("prefix:%s", s->log_stream_prefix);
  if (s->log_streams.n == 0)
    return g_strdup("");
  g_auto(LfBuf) names = {0};
  char hex[LF_SHA256_HEX];
  for (guint i = 0; i < s->log_streams.n; i++) {
    lf_buf_append_str(&names, s->log_streams.items[i]);
    lf_buf_append_char(&names, '\n');
  }
  lf_digest_sha256_hex(lf_buf_slice(&names), hex);
  return g_strdup_printf("names:%s", hex);
}

/* What tells groups apart in the state, as one text. (transfer full) */
static char *
key_text(const LfCwlGroup *g)
{
  return g_strjoin("\n", g->key_url, g->region, g->name, g->account, g->stream_filter, NULL);
}

/* Other credentials may be another account's, where a group of the same name is another group. */
static gboolean
same_credentials(const LfCwlSettings *a, const LfCwlSettings *b)
{
  return g_strcmp0(a->access_key_id, b->access_key_id) == 0 &&
         g_strcmp0(a->credential_profile_name, b->credential_profile_name) == 0 &&
         g_strcmp0(a->shared_credential_file, b->shared_credential_file) == 0;
}

/* What the events of an input's groups in a region have in common. */
static const LfCwlEventMaker *
maker_of(LfCwlInput *input, const char *region)
{
  const LfCwl *cwl = input->cwl;
  LfCwlEventMaker *maker = g_hash_table_lookup(input->makers, region);
  if (maker != NULL)
    return maker;
  maker = lf_cwl_event_maker_new(cwl->arena, cwl->options.config, input->settings, cwl->options.agent, region);
  g_hash_table_insert(input->makers, g_strdup(region), maker);
  return maker;
}

LfCwlGroup *
lf_cwl_group_new(LfCwlInput *input, const char *shown, const char *name, const char *arn, const char *account,
                 const char *region, GError **error)
{
  LfCwl *cwl = input->cwl;
  LfCwlGroup *g = g_new0(LfCwlGroup, 1);
  g->input = input;
  g->shown = g_strdup(shown);
  g->name = g_strdup(name);
  g->arn = g_strdup(arn);
  g->account = g_strdup(account);
  g->region = g_strdup(region);
  g_auto(LfAwsEndpoint) endpoint = {0};
  if (!lf_aws_endpoint_find("logs", region, &input->cred, &endpoint, error)) {
    lf_cwl_group_free(g);
    return NULL;
  }
  g->url = g_steal_pointer(&endpoint.url);
  g->key_url = g_steal_pointer(&endpoint.plain_url);
  g->stream_filter = stream_filter_text(input->settings);
  g->first_event_ms = G_MININT64;
  g->chunks = g_array_new(FALSE, FALSE, sizeof(LfCwlChunk));
  g->retry = (LfRetry){RETRY_BASE_MS, RETRY_CAP_MS, 0};
  g_autofree char *key = key_text(g);
  g->same_key = g_hash_table_lookup(cwl->by_key, key);
  for (LfCwlGroup *other = g->same_key; other != NULL; other = other->same_key) {
    if (same_credentials(input->settings, other->input->settings)) {
      g_autofree char *where = lf_place_format(other->input->place);
      lf_place_error(error, input->place, LF_CONFIG_ERROR_INVALID,
                     "log group %s is read by another input already (%s) with the same filter of streams; one of the "
                     "two must go",
                     shown, where);
      lf_cwl_group_free(g);
      return NULL;
    }
    g->ask_account = other->ask_account = TRUE;
  }
  g_hash_table_insert(cwl->by_key, g_steal_pointer(&key), g);
  g->maker = maker_of(input, region);
  pthread_mutex_lock(&cwl->lock);
  g_ptr_array_add(cwl->groups, g);
  cwl->counts.groups++;
  pthread_mutex_unlock(&cwl->lock);
  return g;
}

void
lf_cwl_group_free(LfCwlGroup *g)
{
  lf_cwl_ids_clear(&g->ids);
  lf_buf_clear(&g->token);
  g_array_unref(g->chunks);
  g_free(g->streams);
  g_clear_pointer(&g->alone, g_ptr_array_unref);
  g_clear_pointer(&g->missing, g_ptr_array_unref);
  g_free(g->shown);
  g_free(g->name);
  g_free(g->arn);
  g_free(g->account);
  g_free(g->region);
  g_free(g->url);
  g_free(g->key_url);
  g_free(g->stream_filter);
  g_free(g->complaint);
  pending_clear(&g->pending);
  g_free(g);
}
