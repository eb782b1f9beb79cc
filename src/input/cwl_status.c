/* What people want to know of the groups, visible to other threads. */
#include "input/cwl_internal.h"

static const char *const words[] = {
    [LF_CWL_STARTING] = "starting", [LF_CWL_RESTING] = "resting",       [LF_CWL_IN_LINE] = "waiting",
    [LF_CWL_READING] = "reading",   [LF_CWL_TROUBLED] = "trying again", [LF_CWL_GONE] = "gone",
    [LF_CWL_DONE] = "done",         [LF_CWL_SKIPPED] = "skipped",       [LF_CWL_FAILED] = "failed",
};

static void
status_clear(gpointer data)
{
  LfCwlGroupStatus *status = data;
  g_free(status->shown);
  g_free(status->region);
  g_free(status->complaint);
}

static GArray *
status_array(void)
{
  GArray *all = g_array_new(FALSE, FALSE, sizeof(LfCwlGroupStatus));
  g_array_set_clear_func(all, status_clear);
  return all;
}

/* How much of the time that this run wants to read has been read. */
static double
done_part(const LfCwlGroup *g, gint64 now)
{
  const LfCwlSettings *s = g->input->settings;
  gint64 end = s->end_time_ms != LF_OPTION_UNSET ? MIN(s->end_time_ms, now) : now;
  if (g->input->cwl->options.once && g->once_target_ms > 0)
    end = g->once_target_ms;
  gint64 begin = MAX(g->first_ms, g->first_event_ms); /* the empty time before the first event was no work */
  if (lf_cwl_group_has_ended(g) || (g->open && g->plan.frontier_ms > end))
    return 1;
  gint64 at = MAX(g->plan.frontier_ms, g->seen_ms);
  if (!g->open || end <= begin || at <= begin)
    return 0;
  return MIN((double)(at - begin) / (double)(end - begin), 1);
}

/* How late an event may be that is still seen: less where older ids had to be forgotten. */
static gint64
lookback_reach(const LfCwlGroup *g)
{
  return g->trimmed ? MIN(g->ruler.reach_ms, g->plan.frontier_ms - g->known_from_ms) : g->ruler.reach_ms;
}

void
lf_cwl_publish(LfCwl *cwl)
{
  GArray *all = status_array();
  gint64 now = lf_cwl_now_ms(cwl);
  g_array_set_size(all, cwl->groups->len);
  pthread_mutex_lock(&cwl->lock);
  for (guint i = 0; i < cwl->groups->len; i++) {
    const LfCwlGroup *g = g_ptr_array_index(cwl->groups, i);
    g_array_index(all, LfCwlGroupStatus, i) =
        (LfCwlGroupStatus){.shown = g_strdup(g->shown),
                           .region = g_strdup(g->region),
                           .lane = g->lane,
                           .state = words[g->stage],
                           .complaint = g_strdup(g->complaint),
                           .lag_ms = g->open ? MAX(now - g->plan.frontier_ms, 0) : -1,
                           .done = done_part(g, now),
                           .lookback_ms = lookback_reach(g),
                           .counts = g->counts};
  }
  GArray *before = cwl->published;
  cwl->published = all;
  pthread_mutex_unlock(&cwl->lock);
  if (before != NULL)
    g_array_unref(before);
}

GArray *
lf_cwl_status(LfCwl *cwl)
{
  GArray *copy = status_array();
  pthread_mutex_lock(&cwl->lock);
  for (guint i = 0; cwl->published != NULL && i < cwl->published->len; i++) {
    LfCwlGroupStatus status = g_array_index(cwl->published, LfCwlGroupStatus, i);
    status.shown = g_strdup(status.shown);
    status.region = g_strdup(status.region);
    status.complaint = g_strdup(status.complaint);
    g_array_append_val(copy, status);
  }
  pthread_mutex_unlock(&cwl->lock);
  for (guint i = 0; i < copy->len; i++) {
    LfCwlGroupStatus *status = &g_array_index(copy, LfCwlGroupStatus, i);
    if (status->lane != NULL)
      cwl->options.sink.counts(cwl->options.sink.data, status->lane, &status->ended);
  }
  return copy;
}

LfCwlCounts
lf_cwl_counts(LfCwl *cwl)
{
  pthread_mutex_lock(&cwl->lock);
  LfCwlCounts counts = cwl->counts;
  pthread_mutex_unlock(&cwl->lock);
  return counts;
}
