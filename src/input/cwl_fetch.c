/* One log group: its row in the state, its windows and pages, and what is done about failures. */
#include "input/cwl_internal.h"

#include "aws/advice.h"
#include "aws/endpoint.h"
#include "aws/logs.h"
#include "aws/sts.h"
#include "base/log.h"

enum {
  SAME_TOKENS_MAX = 3,       /* an answer that repeats the token that was sent, so often in a row */
  BAD_ANSWERS_MAX = 5,       /* unreadable answers to one request before the window is begun anew */
  GONE_RETRY_MS = 10 * 1000, /* how soon a missing group or missing credentials are looked for again, at the least */
  FUTURE_MAX_MS = 24 * 3600 * 1000, /* a frontier further ahead of now is damage */
  VISIBLE_AFTER_MS = 2000,          /* events are left this long to become visible before they are read past */
  RETRY_BASE_MS = 500,
  RETRY_CAP_MS = 20 * 1000,
};

static void next_scan(void *data);
static void request_page(void *data);
static void open_row(void *data);

static void
after(LfCwlGroup *g, gint64 ms, LfHttpTimerFn fn)
{
  g->timer = lf_http_after(g->input->cwl->options.http, ms, fn, g);
}

/* Says what is wrong, once until it changes. */
static void
complain(LfCwlGroup *g, LfLogLevel level, const char *text)
{
  if (g_strcmp0(g->complaint, text) == 0)
    return;
  lf_log(level, "input", "%s: log group %s: %s", g->input->source->input_id, g->shown, text);
  g_free(g->complaint);
  g->complaint = g_strdup(text);
}

static void
count_done(LfCwlGroup *g)
{
  LfCwl *cwl = g->input->cwl;
  pthread_mutex_lock(&cwl->lock);
  cwl->counts.groups_done++;
  cwl->counts.groups_failed += g->failed;
  pthread_mutex_unlock(&cwl->lock);
}

static void
end_group(LfCwlGroup *g, gboolean failed)
{
  if (g->done || g->failed)
    return;
  g->done = !failed;
  g->failed = failed;
  count_done(g);
}

/* Stops the group for good. */
static void
fail_group(LfCwlGroup *g, const char *text)
{
  complain(g, LF_LOG_ERROR, text);
  end_group(g, TRUE);
}

/* The window is read again from its start after a while; known ids are left out then. */
static void
reopen_later(LfCwlGroup *g, gint64 at_least_ms)
{
  if (g->plan.open)
    lf_cwl_plan_reopen(&g->plan);
  g->chunk = 0;
  g->token.len = 0;
  g->same_tokens = 0;
  g->bad_answers = 0;
  pthread_mutex_lock(&g->input->cwl->lock);
  g->input->cwl->counts.reopened++;
  pthread_mutex_unlock(&g->input->cwl->lock);
  gint64 wait = lf_retry_next(&g->retry, lf_retry_random()); /* once: MAX takes its arguments twice */
  after(g, MAX(wait, at_least_ms), next_scan);
}

/* An answer that cannot be read: the same page is asked for again, and only where that does not help the whole window. */
static void
bad_answer(LfCwlGroup *g, const char *text)
{
  complain(g, LF_LOG_WARNING, text);
  if (++g->bad_answers >= BAD_ANSWERS_MAX)
    reopen_later(g, 0);
  else
    after(g, lf_retry_next(&g->retry, lf_retry_random()), request_page);
}

static gint64
skewed_now(const LfCwlGroup *g)
{
  return lf_aws_now_ms(g->input->cwl->options.aws);
}

LfAwsRequest
lf_cwl_request(const LfCwlInput *input, const char *region, const char *url, const char *action, LfSlice body)
{
  return (LfAwsRequest){.service = "logs",
                        .region = region,
                        .url = url,
                        .target = action,
                        .limit = strchr(action, '.') + 1,
                        .body = body,
                        .timeout_ms = input->settings->api_timeout_ms,
                        .max_bytes = LF_LOGS_ANSWER_MAX};
}

static void
begin_window(void *data)
{
  LfCwlGroup *g = data;
  LfCwl *cwl = g->input->cwl;
  g->timer = 0;
  if (cwl->stopping || g->failed)
    return;
  g->chunk = 0;
  g->token.len = 0;
  g->same_tokens = 0;
  g->window_date_ms = G_MAXINT64;
  if (!(cwl->options.once && g->once_reached) && lf_cwl_plan_open(&g->plan)) {
    lf_log_debug("input", "%s: window %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, g->shown, g->plan.start_ms,
                 g->plan.end_ms);
    request_page(g);
    return;
  }
  if (cwl->options.once && (g->once_reached || g->plan.next_ms > g->once_target_ms)) {
    end_group(g, FALSE);
    return;
  }
  after(g, g->input->settings->scan_frequency_ms, next_scan);
}

/* Scans up to AWS's now; the latency keeps events back that may still be on their way. */
static void
next_scan(void *data)
{
  LfCwlGroup *g = data;
  g->timer = 0;
  gboolean once = g->input->cwl->options.once;
  gint64 target = skewed_now(g) - MAX(g->input->settings->latency_ms, once ? 0 : VISIBLE_AFTER_MS);
  if (once) {
    if (g->once_target_ms == 0)
      g->once_target_ms = target;
    target = g->once_target_ms;
  }
  lf_cwl_plan_scan(&g->plan, target);
  begin_window(g);
}

static guint
chunks(const LfCwlGroup *g)
{
  guint n = g->input->settings->log_streams.n;
  return n == 0 ? 1 : (n + LF_LOGS_STREAMS_MAX - 1) / LF_LOGS_STREAMS_MAX;
}

static void on_page(LfHttpResponse *answer, const LfAwsFailure *failure, void *data);

static void
request_page(void *data)
{
  LfCwlGroup *g = data;
  const LfCwlSettings *s = g->input->settings;
  g_auto(LfBuf) body = {0};
  g->timer = 0;
  if (g->input->cwl->stopping)
    return;
  gboolean by_identifier = g->arn != NULL && !g->by_name;
  guint first = g->chunk * LF_LOGS_STREAMS_MAX;
  LfLogsFilter filter = {.log_group = by_identifier ? g->arn : g->name,
                         .by_identifier = by_identifier,
                         .streams = s->log_streams.n > 0 ? s->log_streams.items + first : NULL,
                         .n_streams = s->log_streams.n > 0 ? MIN(s->log_streams.n - first, LF_LOGS_STREAMS_MAX) : 0,
                         .stream_prefix = s->log_stream_prefix,
                         .start_ms = g->plan.start_ms,
                         .end_ms = g->plan.end_ms,
                         .token = lf_buf_slice(&g->token)};
  lf_logs_filter_request(&filter, &body);
  LfAwsRequest request =
      lf_cwl_request(g->input, g->region, g->url, "Logs_20140328.FilterLogEvents", lf_buf_slice(&body));
  g->call = lf_aws_call(g->input->session, &request, on_page, g);
}

/* Hands a batch on; without events it only says that a window was read to its end. */
static gboolean
emit(LfCwlGroup *g, LfBatch *batch, gboolean window_done)
{
  LfCwl *cwl = g->input->cwl;
  LfTicket *t = batch->ticket;
  t->window_start_ms = g->plan.start_ms;
  t->window_end_ms = g->plan.end_ms;
  if (window_done) {
    g->once_reached = g->plan.end_ms >= g->once_target_ms;
    t->frontier_ms = lf_cwl_plan_close(&g->plan, g->window_date_ms);
    if (g->ids.n > 0 && g->ids.max_ms < t->frontier_ms)
      lf_ids_clear(&g->ids); /* no later window can meet them */
  }
  if (batch->n_events == 0 && !window_done) {
    lf_batch_free(batch);
    return TRUE;
  }
  t->group_row = g->row;
  t->lane = g->lane;
  t->sequence = g->sequence++;
  t->bytes = lf_arena_size(batch->arena);
  return cwl->options.sink.emit(cwl->options.sink.data, batch);
}

void
lf_cwl_count_calls(LfCwl *cwl)
{
  LfAwsCounts aws = lf_aws_counts(cwl->options.aws);
  pthread_mutex_lock(&cwl->lock);
  cwl->counts.calls = aws.calls;
  cwl->counts.retries = aws.retries;
  cwl->counts.bytes = aws.bytes;
  pthread_mutex_unlock(&cwl->lock);
}

static void
count_page(LfCwl *cwl, const LfCwlPageCounts *page, gboolean window_done)
{
  lf_cwl_count_calls(cwl);
  pthread_mutex_lock(&cwl->lock);
  cwl->counts.events += page->read;
  cwl->counts.known += page->known;
  cwl->counts.malformed += page->malformed;
  cwl->counts.pages++;
  cwl->counts.windows += window_done;
  pthread_mutex_unlock(&cwl->lock);
}

/* Keeps the token for the next page. Returns: FALSE where the server repeats itself without end. */
static gboolean
take_token(LfCwlGroup *g, LfSlice token)
{
  gboolean same = token.len > 0 && lf_slice_equal(token, lf_buf_slice(&g->token));
  g->same_tokens = same ? g->same_tokens + 1 : 0;
  g->token.len = 0;
  lf_buf_append_slice(&g->token, token);
  return g->same_tokens < SAME_TOKENS_MAX;
}

/* What comes behind a page. */
static void
go_on(LfCwlGroup *g, gboolean window_done)
{
  gint64 pause = MAX(g->input->settings->api_sleep_ms, 0);
  if (window_done && pause == 0)
    begin_window(g);
  else
    after(g, pause, window_done ? begin_window : request_page);
}

static void
handle_page(LfCwlGroup *g, LfBatch *batch, LfLogsPage *page)
{
  LfCwl *cwl = g->input->cwl;
  LfCwlPageCounts counts;
  lf_cwl_event_fill(g->maker, batch, &page->events, g->shown, g->name, cwl->hash_key, &g->ids,
                    lf_clock_wall_ms(lf_clock_system()), &counts);
  gboolean token_ok = take_token(g, page->token);
  gboolean chunk_done = page->token.len == 0;
  g->chunk += chunk_done;
  gboolean window_done = chunk_done && g->chunk == chunks(g);
  gboolean in_bounds =
      lf_cwl_plan_page(&g->plan, counts.read - counts.malformed, counts.min_ms, counts.max_ms, !window_done);
  count_page(cwl, &counts, window_done);
  if (window_done || counts.read > counts.known) /* a window that fails at the same page each time must not hurry */
    lf_retry_reset(&g->retry);
  if (!emit(g, batch, window_done))
    return;
  if (!in_bounds) {
    lf_log_debug("input", "%s: the window has more than %u pages and is made smaller", g->shown, LF_CWL_PAGES_MAX);
    begin_window(g);
  } else if (!token_ok) {
    complain(g, LF_LOG_WARNING, "the server repeats its token; the window is read again");
    reopen_later(g, 0);
  } else {
    go_on(g, window_done);
  }
}

static void handle_failure(LfCwlGroup *g, const LfAwsFailure *failure);

static void
on_page(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  LfCwlGroup *g = data;
  g->call = NULL;
  if (failure != NULL) {
    lf_cwl_count_calls(g->input->cwl);
    handle_failure(g, failure);
    return;
  }
  g_autoptr(GError) error = NULL;
  LfLogsPage page;
  LfBatch *batch = lf_batch_new(g->input->source);
  if (!lf_logs_filter_answer(batch->arena, &answer->body, &page, &error)) {
    lf_batch_free(batch);
    bad_answer(g, error->message);
    return;
  }
  if (g->complaint != NULL) {
    lf_log_info("input", "%s: log group %s: is read again", g->input->source->input_id, g->shown);
    g_clear_pointer(&g->complaint, g_free);
  }
  g->bad_answers = 0;
  if (g->window_date_ms == G_MAXINT64 && answer->date_ms >= 0)
    g->window_date_ms = answer->date_ms - (g->input->cwl->options.once ? 0 : VISIBLE_AFTER_MS);
  handle_page(g, batch, &page);
}

static void
on_identity(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  LfCwlGroup *g = data;
  g->call = NULL;
  char *account = answer != NULL ? lf_sts_identity_answer(lf_buf_slice(&answer->body)) : NULL;
  g_autofree char *pending = g_steal_pointer(&g->pending);
  if (account == NULL && g->open) {
    complain(g, LF_LOG_ERROR, pending);
    reopen_later(g, GONE_RETRY_MS);
    return;
  }
  if (account == NULL) {
    g_autofree char *why = failure != NULL ? lf_aws_failure_text(failure) : g_strdup("the answer has no account");
    g_autofree char *text = g_strdup_printf("whose account this is cannot be found out (GetCallerIdentity): %s", why);
    gboolean no_keys = failure != NULL && failure->kind == LF_AWS_CREDENTIALS; /* then it is said already */
    complain(g, no_keys ? LF_LOG_DEBUG : LF_LOG_WARNING, text);
    after(g, no_keys ? GONE_RETRY_MS : lf_retry_next(&g->retry, lf_retry_random()), open_row);
    return;
  }
  g_free(g->input->caller_account);
  g->input->caller_account = account;
  g_clear_pointer(&g->complaint, g_free);
  if (!g->open) {
    open_row(g);
  } else if (strcmp(account, g->account) == 0) {
    g->by_name = TRUE;
    request_page(g);
  } else {
    g_autofree char *text = g_strdup_printf("%s (the group is of account %s and the caller of %s, so that it cannot be "
                                            "asked for by its name alone)",
                                            pending, g->account, account);
    fail_group(g, text);
  }
}

/* `pending` (nullable): the failure that may only mean that the server does not know identifiers. */
static void
ask_identity(LfCwlGroup *g, const char *pending)
{
  const LfCwlSettings *s = g->input->settings;
  g_free(g->pending);
  g->pending = g_strdup(pending);
  g_autofree char *url = lf_aws_endpoint("sts", g->region, s->endpoint, &g->input->cwl->options.env);
  LfAwsRequest request = {.service = "sts",
                          .region = g->region,
                          .url = url,
                          .body = LF_SLICE_LIT(LF_STS_IDENTITY_REQUEST),
                          .timeout_ms = s->api_timeout_ms,
                          .max_bytes = 64 * 1024};
  g->call = lf_aws_call(g->input->session, &request, on_identity, g);
}

/* A token that the server no longer takes: AWS's tokens live 24 hours. */
static gboolean
is_token_refused(const LfCwlGroup *g, const LfAwsFailure *f)
{
  return g->token.len > 0 && (strstr(f->message, "nextToken") != NULL || strstr(f->message, "next token") != NULL ||
                              strstr(f->message, "token") != NULL);
}

static void
handle_invalid(LfCwlGroup *g, const LfAwsFailure *f, const char *text)
{
  if (is_token_refused(g, f)) {
    lf_log_info("input", "%s: log group %s: the token of a page was refused; the window is read again: %s",
                g->input->source->input_id, g->shown, text);
    reopen_later(g, 0);
  } else if (g->arn != NULL && !g->by_name) {
    ask_identity(g, text);
  } else {
    fail_group(g, text);
  }
}

/* Says which action the policy has to allow, and on what. */
static void
denied(LfCwlGroup *g, const LfAwsFailure *f)
{
  LfAwsAttempt attempt = {.action = "logs:FilterLogEvents",
                          .region = g->region,
                          .account = strcmp(g->account, "-") != 0 ? g->account : g->input->caller_account,
                          .log_group = g->name};
  g_autofree char *text = lf_aws_failure_explain(f, &attempt);
  fail_group(g, text);
}

static void
handle_failure(LfCwlGroup *g, const LfAwsFailure *f)
{
  gboolean once = g->input->cwl->options.once;
  g_autofree char *text = lf_aws_failure_text(f);
  switch (f->kind) {
  case LF_AWS_NOT_FOUND:
    if (g->arn != NULL && !g->by_name && g->input->caller_account == NULL) {
      ask_identity(g, text); /* a server that does not know identifiers may also put it so */
    } else if (g->arn != NULL && !g->by_name && strcmp(g->account, g->input->caller_account) == 0) {
      g->by_name = TRUE;
      request_page(g);
    } else if (once) {
      fail_group(g, text);
    } else {
      complain(g, LF_LOG_WARNING, text);
      reopen_later(g, MAX(g->input->settings->scan_frequency_ms, GONE_RETRY_MS));
    }
    return;
  case LF_AWS_INVALID:
    handle_invalid(g, f, text);
    return;
  case LF_AWS_DENIED:
    denied(g, f);
    return;
  case LF_AWS_CREDENTIALS: /* said where they are kept, once for all groups; looked for again without growing pauses */
    complain(g, LF_LOG_DEBUG, text);
    lf_retry_reset(&g->retry);
    G_GNUC_FALLTHROUGH;
  case LF_AWS_EXPIRED:
    if (once) {
      fail_group(g, text);
      return;
    }
    break;
  case LF_AWS_OTHER:
    if (f->code[0] == '\0' && f->status >= 400) { /* not AWS's own words: a proxy's, say */
      bad_answer(g, text);
      return;
    }
    if (g->arn != NULL && !g->by_name && f->status >= 400 && f->status < 500) {
      ask_identity(g, text);
      return;
    }
    break;
  default:
    break;
  }
  complain(g, LF_LOG_ERROR, text);
  reopen_later(g, GONE_RETRY_MS);
}

LfGroupKey
lf_cwl_group_key(const LfCwlGroup *g)
{
  return (LfGroupKey){.endpoint = g->url,
                      .region = g->region,
                      .log_group = g->name,
                      .account = g->account,
                      .stream_filter = g->stream_filter,
                      .filter_pattern = ""};
}

static gboolean
row_is_taken(const LfCwlGroup *g, gint64 row)
{
  const GPtrArray *all = g->input->cwl->groups;
  for (guint i = 0; i < all->len; i++) {
    const LfCwlGroup *other = g_ptr_array_index(all, i);
    if (other != g && other->open && other->row == row)
      return TRUE;
  }
  return FALSE;
}

/* Where a group that is read for the first time begins. */
static gint64
first_start(const LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  return s->start_position == LF_CWL_END ? skewed_now(g) - s->scan_frequency_ms : 0;
}

static gboolean
load_row(LfCwlGroup *g, LfGroupState *known, GError **error)
{
  LfState *state = g->input->cwl->options.state;
  if (!known->has_frontier) {
    known->frontier_ms = known->has_window ? known->window_start_ms : first_start(g);
    if (!lf_state_set_frontier(state, known->row, known->frontier_ms, error))
      return FALSE;
  }
  gint64 latest = skewed_now(g) + FUTURE_MAX_MS;
  if (known->frontier_ms > latest || known->frontier_ms < 0) {
    lf_log_warning("input",
                   "%s: log group %s: the state says that it was read up to a time that cannot be; it is read from "
                   "now on",
                   g->input->source->input_id, g->shown);
    known->frontier_ms = skewed_now(g) - g->input->settings->scan_frequency_ms;
  }
  g->row = known->row;
  lf_ids_clear(&g->ids);
  if (!lf_state_load_ids(state, g->row, &g->ids, error))
    return FALSE;
  lf_cwl_plan_init(&g->plan, known->frontier_ms);
  g->lane = g->input->cwl->options.sink.lane(g->input->cwl->options.sink.data);
  g->open = TRUE;
  return TRUE;
}

/* Finds the group's row in the state; who the caller is is only asked where it decides which row that is. */
static void
open_row(void *data)
{
  LfCwlGroup *g = data;
  LfCwl *cwl = g->input->cwl;
  LfGroupKey key = lf_cwl_group_key(g);
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
    ask_identity(g, NULL);
    return;
  }
  if (ok && (unsure || lookup != LF_GROUP_FOUND))
    ok = lf_state_open_group(cwl->options.state, &key, unsure ? caller : NULL, &known, &error);
  if (ok && row_is_taken(g, known.row)) {
    fail_group(g, "another input of the configuration reads this log group already, by its name or its ARN");
    return;
  }
  if (!ok || !load_row(g, &known, &error)) { /* a state that is locked or full now need not be so for ever */
    complain(g, LF_LOG_ERROR, error->message);
    after(g, GONE_RETRY_MS, open_row);
    return;
  }
  next_scan(g);
}

void
lf_cwl_group_start(LfCwlGroup *g)
{
  after(g, 0, open_row);
}

void
lf_cwl_group_stop(LfCwlGroup *g)
{
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

static gboolean
same_key(const LfCwlGroup *a, const LfCwlGroup *b)
{
  return strcmp(a->url, b->url) == 0 && strcmp(a->region, b->region) == 0 && strcmp(a->name, b->name) == 0 &&
         strcmp(a->account, b->account) == 0 && strcmp(a->stream_filter, b->stream_filter) == 0;
}

/* Other credentials may be another account's, where a group of the same name is another group. */
static gboolean
same_credentials(const LfCwlSettings *a, const LfCwlSettings *b)
{
  return g_strcmp0(a->access_key_id, b->access_key_id) == 0 &&
         g_strcmp0(a->credential_profile_name, b->credential_profile_name) == 0 &&
         g_strcmp0(a->shared_credential_file, b->shared_credential_file) == 0;
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
  g->url = lf_aws_endpoint("logs", region, input->settings->endpoint, &cwl->options.env);
  g->stream_filter = stream_filter_text(input->settings);
  g->ids.max_ms = G_MININT64;
  g->retry = (LfRetry){RETRY_BASE_MS, RETRY_CAP_MS, 0};
  for (guint i = 0; i < cwl->groups->len; i++) {
    LfCwlGroup *other = g_ptr_array_index(cwl->groups, i);
    if (!same_key(g, other))
      continue;
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
  g->maker = lf_cwl_event_maker_new(cwl->arena, cwl->options.config, input->settings, cwl->options.agent, region);
  g_ptr_array_add(cwl->groups, g);
  pthread_mutex_lock(&cwl->lock);
  cwl->counts.groups++;
  pthread_mutex_unlock(&cwl->lock);
  return g;
}

void
lf_cwl_group_free(LfCwlGroup *g)
{
  lf_ids_clear(&g->ids);
  lf_buf_clear(&g->token);
  g_free(g->shown);
  g_free(g->name);
  g_free(g->arn);
  g_free(g->account);
  g_free(g->region);
  g_free(g->url);
  g_free(g->stream_filter);
  g_free(g->complaint);
  g_free(g->pending);
  g_free(g);
}
