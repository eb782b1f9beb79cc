/* How a window of a log group is read: page by page, and what is done where a page cannot be had. */
#include "input/cwl_internal.h"

#include "aws/advice.h"
#include "aws/logs.h"
#include "base/log.h"
#include "input/cwl_failure.h"

enum {
  SAME_TOKENS_MAX = 3,      /* an answer that repeats the token that was sent, so often in a row */
  BAD_ANSWERS_MAX = 5,      /* unreadable answers to one request before the window is begun anew */
  TRY_AGAIN_MS = 10 * 1000, /* how soon what is missing or refused is tried again, at the least */
  SPARE_MAX = 500,          /* calls that can be saved up for looking back */
  LARGE_IDS = 1000,         /* of an open window: with more it is one of few that are read at the same time */
  BATCH_EVENTS = 240,       /* of a page: its documents fit into a CPU's cache, its ids into a page of the state */
};

static void on_page(LfHttpResponse *answer, const LfAwsFailure *failure, void *data);

void
lf_cwl_next_page(void *data)
{
  LfCwlGroup *g = data;
  g->timer = 0;
  if (g->input->cwl->stopping)
    return;
  if (g->large && !lf_cwl_large_take(g))
    lf_cwl_window_park(g);
  else
    lf_cwl_turn_wait(g);
}

/* While a call waits for its next try others have its turn; then it stands in line like them. */
static void
on_wait(gboolean due, void *data)
{
  LfCwlGroup *g = data;
  if (due) {
    lf_cwl_next_page(g);
    return;
  }
  lf_cwl_turn_pause(g);
  lf_cwl_turn_give(g->input->cwl);
}

/* What the call cost, also where it failed. */
static void
count_call(LfCwlGroup *g)
{
  LfCwl *cwl = g->input->cwl;
  LfAwsCounts cost = lf_aws_call_counts(g->call);
  pthread_mutex_lock(&cwl->lock);
  g->counts.calls += cost.calls;
  g->counts.bytes += cost.bytes;
  pthread_mutex_unlock(&cwl->lock);
  g->call = NULL;
}

void
lf_cwl_page_drop(LfCwlGroup *g)
{
  LfAwsCall *call = g->call;
  if (call != NULL)
    count_call(g);
  lf_aws_cancel(call);
  lf_cwl_turn_end(g, 0);
}

void
lf_cwl_request_page(LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  if (g->ids_due && !lf_cwl_window_load(g)) { /* the window is read again later */
    lf_cwl_page_drop(g);
    return;
  }
  if (g->call != NULL) { /* a try of it has failed: it has its turn again */
    lf_aws_resume(g->call);
    return;
  }
  const LfCwlChunk *chunk = &g_array_index(g->chunks, LfCwlChunk, g->chunk);
  g_auto(LfBuf) body = {0};
  gboolean by_identifier = g->arn != NULL && !g->by_name;
  LfLogsFilter filter = {.log_group = by_identifier ? g->arn : g->name,
                         .by_identifier = by_identifier,
                         .streams = chunk->n > 0 ? g->streams + chunk->first : NULL,
                         .n_streams = chunk->n,
                         .stream_prefix = s->log_stream_prefix,
                         .pattern = s->filter_pattern,
                         .start_ms = g->plan.start_ms,
                         .end_ms = g->plan.end_ms,
                         .token = lf_buf_slice(&g->token)};
  lf_logs_filter_request(&filter, &body);
  LfAwsRequest request =
      lf_cwl_request(g->input, g->region, g->url, "Logs_20140328.FilterLogEvents", lf_buf_slice(&body));
  request.on_wait = on_wait;
  request.has_room = lf_cwl_turn_has_room;
  g->call = lf_aws_call(g->input->session, &request, on_page, g);
}

static void
bad_answer(LfCwlGroup *g, const char *text)
{
  lf_cwl_group_complain(g, LF_LOG_WARNING, text);
  if (++g->bad_answers >= BAD_ANSWERS_MAX) {
    lf_cwl_reopen_later(g, 0);
    return;
  }
  lf_cwl_turn_pause(g);
  lf_cwl_group_after(g, lf_retry_next(&g->retry, lf_retry_random()), lf_cwl_next_page);
}

/* Hands a batch on that weighs `bytes`; without events it only says that a window was read to its end. */
static void
emit(LfCwlGroup *g, LfBatch *batch, gsize bytes, gboolean window_done)
{
  LfCwl *cwl = g->input->cwl;
  LfTicket *t = batch->ticket;
  t->sequence = g->sequence;
  lf_cwl_ids_emitted(&g->ids, t);
  cwl->ids_emitted += t->n_ids;
  if (window_done)
    lf_cwl_window_close(g, t);
  if (batch->n_events == 0 && t->frontier_ms == G_MININT64) {
    lf_batch_free(batch);
    return;
  }
  t->group_row = g->row;
  t->lane = g->lane;
  t->bytes = bytes;
  g->sequence++;
  (void)cwl->options.sink.emit(cwl->options.sink.data, batch); /* where it is refused the program stops */
}

/* Hands the chosen events of a page on in batches; the last one says where the window ends. The page is weighed with the
 * last of them, since it is freed with it. Returns: what all of it weighs. */
static gsize
emit_page(LfCwlGroup *g, LfPage *page, const LfLogsEvent *events, const LfHash128 *ids, guint n,
          const LfCwlFilling *filling, gboolean window_done)
{
  const LfSource *source = g->input->source;
  const LfCwlSink *sink = &g->input->cwl->options.sink;
  LfLaneCounts lane;
  gsize sum = 0;
  sink->counts(sink->data, g->lane, &lane);
  lf_cwl_ids_acknowledged(&g->ids, lane.acknowledged);
  if (n == 0)
    emit(g, lf_batch_new(source), 0, window_done);
  for (guint at = 0; at < n; at += BATCH_EVENTS) {
    guint some = MIN(n - at, BATCH_EVENTS);
    gboolean last = at + some == n;
    LfBatch *batch = lf_cwl_event_batch(g->maker, source, page, events + at, ids + at, some, filling);
    gsize bytes = some * sizeof *ids + (last ? lf_arena_size(lf_page_arena(page)) : 0);
    sum += bytes;
    emit(g, batch, bytes, last && window_done);
  }
  return sum;
}

/* A call that has read nothing but what is behind the frontier was spent on looking back, unless it is the one that the scan
 * would have made anyway: the last of a window that reaches beyond. At most every second call is. */
static gboolean
is_looking_back(const LfCwlGroup *g, const LfCwlPageCounts *page, gboolean window_done)
{
  if (g->plan.end_ms < g->plan.frontier_ms)
    return TRUE;
  return !window_done && page->max_ms >= page->min_ms && page->max_ms < g->plan.frontier_ms;
}

static void
count_page(LfCwlGroup *g, const LfCwlPageCounts *page, gboolean back)
{
  LfCwl *cwl = g->input->cwl;
  cwl->spare = back ? cwl->spare - 1 : MIN(cwl->spare + 1, SPARE_MAX);
  g->ruler.spent += back;
  lf_cwl_count_calls(cwl);
  pthread_mutex_lock(&cwl->lock);
  LfCwlGroupCounts *const both[] = {&g->counts, &cwl->counts.sum};
  for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
    both[i]->read += page->read;
    both[i]->known += page->known;
    both[i]->late += page->late;
    both[i]->outside += page->outside;
    both[i]->malformed += page->malformed;
    both[i]->calls_back += back;
    if (page->late > 0)
      both[i]->last_late_ms = page->last_late_ms;
  }
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
  g->stage = LF_CWL_READING;
  if (pause > 0)
    lf_cwl_group_after(g, pause, window_done ? lf_cwl_window_open : lf_cwl_next_page);
  else if (window_done)
    lf_cwl_window_open(g);
  else
    lf_cwl_next_page(g);
}

static void
say_outside(LfCwlGroup *g, guint n)
{
  if (n == 0 || g->said_outside)
    return;
  g->said_outside = TRUE;
  lf_log_warning("input",
                 "%s: log group %s: the server answers with events of other times than it was asked for (%u in this "
                 "page); they are left to the windows of their own times",
                 g->input->source->input_id, g->shown, n);
}

/* A stream that was asked for alone goes back to the others. */
static void
stream_is_there(LfCwlGroup *g, const char *name)
{
  g_ptr_array_remove(g->alone, (gpointer)name);
  if (g_ptr_array_remove(g->missing, (gpointer)name))
    lf_log_info("input", "%s: log group %s: the log stream %s is there", g->input->source->input_id, g->shown, name);
}

static void
handle_page(LfCwlGroup *g, LfPage *held, LfLogsPage *page)
{
  LfCwl *cwl = g->input->cwl;
  LfCwlPageCounts counts;
  LfCwlFilling filling = {.log_group = g->shown,
                          .group_name = g->name,
                          .key = cwl->hash_key,
                          .ids = &g->ids.set,
                          .malformed = &g->input->malformed,
                          .start_ms = g->plan.start_ms,
                          .end_ms = g->plan.end_ms,
                          .late_before_ms = g->plan.frontier_ms,
                          .now_ms = lf_clock_wall_ms(lf_clock_system()),
                          .aws_now_ms = lf_cwl_now_ms(cwl)};
  LfHash128 *ids = lf_arena_alloc_n(lf_page_arena(held), page->n_events, sizeof *ids);
  guint n = lf_cwl_event_choose(page, &filling, g->input->source->input_id, ids, &counts);
  if (g->first_event_ms == G_MININT64 && counts.max_ms >= counts.min_ms)
    g->first_event_ms = counts.min_ms;
  if (counts.max_ms >= counts.min_ms)
    g->seen_ms = MAX(g->seen_ms, counts.max_ms);
  say_outside(g, counts.outside);
  gboolean token_ok = take_token(g, page->token);
  gboolean chunk_done = page->token.len == 0;
  const LfCwlChunk *chunk = &g_array_index(g->chunks, LfCwlChunk, g->chunk);
  if (chunk_done && g->alone != NULL && chunk->n == 1)
    stream_is_there(g, g->streams[chunk->first]);
  g->chunk += chunk_done;
  gboolean window_done = chunk_done && g->chunk == g->chunks->len;
  gboolean back = is_looking_back(g, &counts, window_done), large = g->ids.set.n > LARGE_IDS;
  gboolean in_bounds = lf_cwl_plan_page(&g->plan, counts.read - counts.malformed - counts.outside, counts.min_ms,
                                        counts.max_ms, !window_done);
  count_page(g, &counts, back);
  if (window_done || counts.read > counts.known) /* a window that fails at the same page each time must not hurry */
    lf_retry_reset(&g->retry);
  lf_cwl_turn_end(g, emit_page(g, held, page->events, ids, n, &filling, window_done));
  if (!in_bounds) {
    lf_log_debug("input", "%s: the window has more than %u pages and is made smaller", g->shown, LF_CWL_PAGES_MAX);
    lf_cwl_window_open(g);
  } else if (!token_ok) {
    lf_cwl_group_complain(g, LF_LOG_WARNING, "the server repeats its token; the window is read again");
    lf_cwl_reopen_later(g, 0);
  } else if (!window_done && large && !lf_cwl_large_take(g)) {
    lf_cwl_window_park(g);
  } else {
    g->large = large && (g->large || !window_done);
    if (window_done && (!g->large || !g_queue_is_empty(&cwl->large_line)))
      lf_cwl_large_release(g); /* each has its turn with a window */
    go_on(g, window_done);
  }
  lf_cwl_turn_give(cwl);
}

/* One of the named streams is not there: the others are read without it. */
static void
stream_missing(LfCwlGroup *g, const char *text)
{
  LfCwlChunk *chunk = &g_array_index(g->chunks, LfCwlChunk, g->chunk);
  if (g->alone == NULL) {
    g->alone = g_ptr_array_new();
    g->missing = g_ptr_array_new();
  }
  g->token.len = 0;
  if (chunk->n > 1) { /* which of them? each is asked for by itself */
    LfCwlChunk whole = *chunk;
    g_array_remove_index(g->chunks, g->chunk);
    for (guint i = 0; i < whole.n; i++) {
      LfCwlChunk one = {whole.first + i, 1};
      g_ptr_array_add(g->alone, (gpointer)g->streams[one.first]);
      g_array_insert_val(g->chunks, g->chunk + i, one);
    }
    lf_cwl_next_page(g);
    return;
  }
  const char *name = g->streams[chunk->first];
  if (!g_ptr_array_find(g->alone, name, NULL))
    g_ptr_array_add(g->alone, (gpointer)name);
  if (!g_ptr_array_find(g->missing, name, NULL)) {
    g_ptr_array_add(g->missing, (gpointer)name);
    lf_log_warning(
        "input",
        "%s: log group %s: the log stream %s is not there; it is looked for at each scan, and the others are "
        "read: %s",
        g->input->source->input_id, g->shown, name, text);
  }
  if (++g->chunk < g->chunks->len) {
    lf_cwl_next_page(g);
    return;
  }
  LfCwlPageCounts none = {.min_ms = G_MAXINT64, .max_ms = G_MININT64};
  count_page(g, &none, is_looking_back(g, &none, TRUE));
  emit(g, lf_batch_new(g->input->source), 0, TRUE);
  go_on(g, TRUE);
}

static LfCwlAsked
asked_how(const LfCwlGroup *g)
{
  const char *caller = g->input->caller_account;
  return (LfCwlAsked){.once = g->input->cwl->options.once,
                      .with_token = g->token.len > 0,
                      .with_streams = g->streams != NULL,
                      .by_identifier = g->arn != NULL && !g->by_name,
                      .knows_caller = caller != NULL,
                      .is_own = caller != NULL && strcmp(g->account, caller) == 0};
}

/* The group is not there. One of a prefix is left until the list has it again. */
static void
look_again(LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  if (s->log_group_name_prefix == NULL) {
    lf_cwl_reopen_later(g, MAX(s->scan_frequency_ms, TRY_AGAIN_MS));
    return;
  }
  if (g->plan.open)
    lf_cwl_plan_reopen(&g->plan);
  lf_ids_clear(&g->ids.set);
  lf_cwl_large_release(g);
  lf_cwl_worker_release(g);
  g->stage = LF_CWL_GONE;
}

void
lf_cwl_page_failed(LfCwlGroup *g, const LfAwsFailure *f)
{
  LfCwlAsked asked = asked_how(g);
  LfAwsAttempt attempt = {.action = "logs:FilterLogEvents",
                          .region = g->region,
                          .account = strcmp(g->account, "-") != 0 ? g->account : g->input->caller_account,
                          .log_group = g->name};
  LfLogLevel level;
  LfCwlAction action = lf_cwl_failure_action(&asked, f, &level);
  g_autofree char *text = lf_aws_failure_explain(f, &attempt);
  g_autofree char *skipped = g_strdup_printf("is skipped: FilterLogEvents does not read its log class: %s", text);
  if (action == LF_CWL_AGAIN || action == LF_CWL_LOOK || action == LF_CWL_FINAL || action == LF_CWL_SKIP)
    lf_cwl_group_complain(g, level, action == LF_CWL_SKIP ? skipped : text);
  switch (action) {
  case LF_CWL_AGAIN:
    if (f->kind == LF_AWS_CREDENTIALS) /* looked for without growing pauses */
      lf_retry_reset(&g->retry);
    lf_cwl_reopen_later(g, TRY_AGAIN_MS);
    return;
  case LF_CWL_REREAD:
    lf_log(level, "input", "%s: log group %s: the token of a page was refused; the window is read again: %s",
           g->input->source->input_id, g->shown, text);
    lf_cwl_reopen_later(g, 0);
    return;
  case LF_CWL_LOOK:
    look_again(g);
    return;
  case LF_CWL_FINAL:
  case LF_CWL_SKIP:
    lf_cwl_group_end(g, action == LF_CWL_SKIP ? LF_CWL_SKIPPED : LF_CWL_FAILED);
    return;
  case LF_CWL_SPOILT:
    bad_answer(g, text);
    return;
  case LF_CWL_STREAM:
    stream_missing(g, text);
    return;
  case LF_CWL_ACCOUNT:
    lf_cwl_group_ask_identity(g, f);
    return;
  case LF_CWL_BY_NAME:
    g->by_name = TRUE;
    lf_cwl_next_page(g);
    return;
  }
}

static void
say_back(LfCwlGroup *g)
{
  if (g->complaint == NULL)
    return;
  lf_log_info("input", "%s: log group %s: is read again", g->input->source->input_id, g->shown);
  g_clear_pointer(&g->complaint, g_free);
}

static void
on_page(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  LfCwlGroup *g = data;
  LfCwl *cwl = g->input->cwl;
  count_call(g);
  if (failure != NULL) {
    lf_cwl_count_calls(cwl);
    lf_cwl_turn_end(g, 0);
    lf_cwl_page_failed(g, failure);
    lf_cwl_turn_give(cwl);
    return;
  }
  g_autoptr(GError) error = NULL;
  LfLogsPage page;
  g_autoptr(LfPage) held = lf_page_new();
  if (!lf_logs_filter_answer(lf_page_arena(held), &answer->body, &page, &error)) {
    lf_cwl_turn_end(g, 0);
    bad_answer(g, error->message);
    lf_cwl_turn_give(cwl);
    return;
  }
  say_back(g);
  lf_cwl_turn_answered(g);
  g->bad_answers = 0;
  g->lent = 0;
  if (g->window_date_ms == G_MAXINT64 && answer->date_ms >= 0)
    g->window_date_ms = answer->date_ms - (cwl->options.once ? 0 : lf_cwl_margin_ms(g));
  handle_page(g, held, &page);
}
