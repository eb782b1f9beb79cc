/* What of a log group is read: scans, and the windows that they consist of. */
#include "input/cwl_internal.h"

#include "aws/logs.h"
#include "base/log.h"

enum {
  VISIBLE_AFTER_MS = 2000, /* without looking back, events are left this long to become visible */
  AHEAD_MAX_MS =
      10 * 1000, /* a frontier may be so far ahead of AWS's time: a Date has whole seconds, and clocks drift */
  STATE_RETRY_MS = 10 * 1000, /* how soon a state that cannot be read is looked at again */
  KEPT_IDS_MAX = 4000 * 1000, /* ids of all groups that the state keeps for looking back */
  KEPT_IDS_MIN = 20 * 1000,   /* of one group, whatever the others have */
};

/* Scans */

gint64
lf_cwl_margin_ms(const LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  gboolean waits = !g->input->cwl->options.once && s->lookback_ms == 0;
  return MAX(s->latency_ms, waits ? VISIBLE_AFTER_MS : 0);
}

/* Up to where to read now: AWS's now less the latency, or the end that was asked for. */
static gint64
scan_target(LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  gint64 target = lf_cwl_now_ms(g->input->cwl) - lf_cwl_margin_ms(g);
  if (s->end_time_ms != LF_OPTION_UNSET)
    target = MIN(target, s->end_time_ms);
  if (!g->input->cwl->options.once)
    return target;
  if (g->once_target_ms == 0)
    g->once_target_ms = target;
  return g->once_target_ms;
}

void
lf_cwl_scan(void *data)
{
  LfCwlGroup *g = data;
  g->timer = 0;
  if (g->input->cwl->stopping || lf_cwl_group_has_ended(g) || !lf_cwl_worker_take(g))
    return;
  gint64 target = scan_target(g), from = g->plan.next_ms; /* a scan that failed goes on where it was */
  if (!g->scanning) {
    gint64 back = lf_cwl_ruler_next(&g->ruler, g->input->cwl->spare, target, g->plan.frontier_ms);
    from = MIN(MAX(g->plan.frontier_ms - back, g->known_from_ms), g->plan.frontier_ms);
  }
  g->scanning = TRUE;
  lf_cwl_plan_scan(&g->plan, from, target);
  lf_cwl_window_open(g);
}

/* Everything up to the end that was asked for has been read, and what may become visible late has had its time. */
static gboolean
is_at_end(const LfCwlGroup *g)
{
  const LfCwlSettings *s = g->input->settings;
  if (g->input->cwl->options.once)
    return g->once_reached || g->plan.frontier_ms > g->once_target_ms;
  return s->end_time_ms != LF_OPTION_UNSET && g->plan.frontier_ms > s->end_time_ms &&
         lf_cwl_now_ms(g->input->cwl) >= s->end_time_ms + MAX(s->lookback_ms, VISIBLE_AFTER_MS);
}

/* A frontier ahead of AWS's time came from a server whose clock was wrong for a while: what has arrived since would be
 * passed over. It is taken back to behind the latest event that was emitted, from where on nothing is known. Returns: whether
 * it was so. */
static gboolean
pull_back(LfCwlGroup *g)
{
  gint64 now = lf_cwl_now_ms(g->input->cwl), latest = g->ids.max_ms;
  if (g->plan.frontier_ms <= now + AHEAD_MAX_MS || latest >= g->plan.frontier_ms)
    return FALSE;
  gint64 to = latest != G_MININT64 ? MIN(now, latest + 1) : now;
  lf_log_warning("input",
                 "%s: log group %s: it counts as read up to %.0f s ahead of AWS's time, since the server's clock was "
                 "wrong; it is read again from its latest event on",
                 g->input->source->input_id, g->shown, (double)(g->plan.frontier_ms - now) / 1000);
  lf_cwl_plan_init(&g->plan, to);
  g->known_from_ms = MIN(g->known_from_ms, to);
  g->once_reached = FALSE;
  return TRUE;
}

static void
end_scan(LfCwlGroup *g)
{
  g->scanning = FALSE;
  lf_cwl_large_release(g);
  lf_cwl_ruler_end(&g->ruler);
  lf_ids_clear(&g->ids.set);
  if (pull_back(g)) {
    g->stage = LF_CWL_RESTING;
    lf_cwl_group_after(g, 0, lf_cwl_scan);
    return;
  }
  if (is_at_end(g)) {
    lf_cwl_group_end(g, LF_CWL_DONE);
    return;
  }
  g->stage = LF_CWL_RESTING;
  lf_cwl_group_after(g, g->input->settings->scan_frequency_ms, lf_cwl_scan);
  lf_cwl_worker_release(g);
}

/* Windows */

/* The requests that make up a window: the configured names in runs of as many as the API takes, those that were not there
 * each by itself. */
static void
build_chunks(LfCwlGroup *g)
{
  const LfStrings *names = &g->input->settings->log_streams;
  guint n = 0, together;
  g_array_set_size(g->chunks, 0);
  g->chunk = 0;
  if (names->n == 0) {
    g_array_append_val(g->chunks, ((LfCwlChunk){0, 0}));
    return;
  }
  if (g->streams == NULL)
    g->streams = g_new(const char *, names->n);
  for (guint i = 0; i < names->n; i++)
    if (g->alone == NULL || !g_ptr_array_find(g->alone, names->items[i], NULL))
      g->streams[n++] = names->items[i];
  together = n;
  for (guint i = 0; i < names->n && g->alone != NULL; i++)
    if (g_ptr_array_find(g->alone, names->items[i], NULL))
      g->streams[n++] = names->items[i];
  for (guint i = 0; i < together; i += LF_LOGS_STREAMS_MAX)
    g_array_append_val(g->chunks, ((LfCwlChunk){i, MIN(together - i, LF_LOGS_STREAMS_MAX)}));
  for (guint i = together; i < n; i++)
    g_array_append_val(g->chunks, ((LfCwlChunk){i, 1}));
}

gboolean
lf_cwl_window_load(LfCwlGroup *g)
{
  const LfCwlOptions *o = &g->input->cwl->options;
  g_autoptr(GError) error = NULL;
  LfLaneCounts lane;
  o->sink.counts(o->sink.data, g->lane, &lane);
  g->ids_due = !lf_cwl_ids_load(&g->ids, o->state, g->row, g->plan.start_ms, g->plan.end_ms, lane.acknowledged, &error);
  if (!g->ids_due)
    return TRUE;
  lf_cwl_group_complain(g, LF_LOG_ERROR, error->message);
  lf_cwl_reopen_later(g, STATE_RETRY_MS);
  return FALSE;
}

void
lf_cwl_window_forget(LfCwlGroup *g)
{
  lf_ids_clear(&g->ids.set);
  g->ids_due = TRUE;
}

void
lf_cwl_window_park(LfCwlGroup *g)
{
  lf_cwl_window_forget(g);
  lf_cwl_large_wait(g);
}

void
lf_cwl_window_open(void *data)
{
  LfCwlGroup *g = data;
  LfCwl *cwl = g->input->cwl;
  g->timer = 0;
  if (cwl->stopping || lf_cwl_group_has_ended(g))
    return;
  g->token.len = 0;
  g->same_tokens = 0;
  g->window_date_ms = G_MAXINT64;
  if ((cwl->options.once && g->once_reached) || !lf_cwl_plan_open(&g->plan)) {
    end_scan(g);
    return;
  }
  lf_log_debug("input", "%s: window %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s", g->shown, g->plan.start_ms,
               g->plan.end_ms, g->plan.start_ms < g->plan.frontier_ms ? ", looking back" : "");
  build_chunks(g);
  lf_cwl_window_forget(g); /* of the window before */
  lf_cwl_next_page(g);
}

void
lf_cwl_reopen_later(LfCwlGroup *g, gint64 at_least_ms)
{
  LfCwl *cwl = g->input->cwl;
  if (g->plan.open)
    lf_cwl_plan_reopen(&g->plan);
  lf_ids_clear(&g->ids.set);
  lf_cwl_large_release(g);
  g->bad_answers = 0;
  pthread_mutex_lock(&cwl->lock);
  cwl->counts.reopened++;
  pthread_mutex_unlock(&cwl->lock);
  g->stage = LF_CWL_TROUBLED;
  gint64 wait = lf_retry_next(&g->retry, lf_retry_random()); /* once: MAX takes its arguments twice */
  lf_cwl_group_after(g, MAX(wait, at_least_ms), lf_cwl_scan);
  lf_cwl_worker_release(g);
}

void
lf_cwl_window_close(LfCwlGroup *g, LfTicket *t)
{
  LfCwl *cwl = g->input->cwl;
  gint64 before = g->plan.frontier_ms;
  g->once_reached = g->plan.end_ms >= g->once_target_ms;
  gint64 frontier = lf_cwl_plan_close(&g->plan, g->window_date_ms);
  if (frontier == before)
    return;
  gint64 now = lf_cwl_now_ms(cwl);
  if (g->ruler.marks > 0) /* the next scan reads as far back as if it had followed the beginning of this one at once */
    now = MIN(now, g->ruler.began_ms);
  guint64 most = MAX(KEPT_IDS_MAX / MAX(cwl->groups->len, 1), KEPT_IDS_MIN);
  gint64 from = CLAMP(now - lf_cwl_ruler_deepest(&g->ruler), g->known_from_ms, MAX(frontier, g->known_from_ms));
  t->frontier_ms = frontier;
  gint64 kept_from = lf_cwl_ids_forget(&g->ids, from, most); /* once: MIN takes its arguments twice */
  g->trimmed |= kept_from > from;
  t->known_from_ms = g->known_from_ms = MIN(kept_from, frontier);
}
