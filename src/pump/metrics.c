/* What a run says about itself: the periodic metrics lines. */
#include "pump/metrics.h"

#include "base/log.h"

enum { GROUP_LINES_MAX = 50 };

#define U64 "%" G_GUINT64_FORMAT

/* The shortest reach of looking back among the groups. */
static gint64
lookback_reach(const GArray *groups)
{
  gint64 least = -1;
  for (guint i = 0; i < groups->len; i++) {
    const LfCwlGroupStatus *g = &g_array_index(groups, LfCwlGroupStatus, i);
    if (g->lag_ms >= 0 && (least < 0 || g->lookback_ms < least))
      least = g->lookback_ms;
  }
  return MAX(least, 0);
}

static gint64
longest_lag(const GArray *groups)
{
  gint64 most = 0;
  for (guint i = 0; i < groups->len; i++)
    most = MAX(most, g_array_index(groups, LfCwlGroupStatus, i).lag_ms);
  return most;
}

static void
log_sum(const LfServiceStatus *s, const GArray *groups)
{
  const LfCwlGroupCounts *c = &s->input.sum;
  lf_log_info(
      "metrics",
      "log_groups_total=%u log_groups_failed=%u log_events_received_total=" U64 " cloudwatch_events_created_total=" U64
      " api_calls_total=" U64 " retries=" U64 " bytes=" U64 " repeated=" U64 " late=" U64 " malformed=" U64
      " outside=" U64 " lookback_calls=" U64 " lookback_ms=%" G_GINT64_FORMAT " lag_ms=%" G_GINT64_FORMAT
      " delivered=" U64 " dropped=" U64 " dead=" U64 " dead_replayed=" U64
      " dead_deleted=" U64 " windows_reread=" U64,
      s->input.groups, s->input.groups_failed, c->read, c->read - c->known - c->outside - c->malformed, c->calls,
      s->input.retries, c->bytes, c->known, c->late, c->malformed, c->outside, c->calls_back, lookback_reach(groups),
      longest_lag(groups), s->output.delivered, s->output.dropped, s->output.dead, s->output.replayed,
      s->output.dead_lost, s->input.reopened);
}

static void
log_group(const LfCwlGroupStatus *g)
{
  const LfCwlGroupCounts *c = &g->counts;
  g_autofree char *late =
      c->late > 0 ? g_strdup_printf(" last_late_ms=%" G_GINT64_FORMAT, c->last_late_ms) : g_strdup("");
  lf_log_info("metrics",
              "log_group=%s region=%s state=\"%s\" lag_ms=%" G_GINT64_FORMAT " received=" U64 " late=" U64
              "%s repeated=" U64 " delivered=" U64 " dropped=" U64 " dead=" U64 " calls=" U64 " lookback_calls=" U64
              " bytes=" U64,
              g->shown, g->region, g->state, g->lag_ms, c->read, c->late, late, c->known, g->ended.delivered,
              g->ended.dropped, g->ended.dead, c->calls, c->calls_back, c->bytes);
}

/* Whether something that a person would want to see has changed: calls that brought nothing new have not. */
static gboolean
has_changed(LfMetricsLog *log, const LfCwlGroupStatus *g)
{
  guint64 now = g->counts.read - g->counts.known;
  now = now * 31 + g->ended.delivered;
  now = now * 31 + g->ended.dropped + g->ended.dead;
  now = now * 31 + g_str_hash(g->state[0] == 'r' || g->state[0] == 'w' ? "" : g->state);
  g_autofree char *key = g_strdup_printf("%s %s", g->region, g->shown);
  if (log->said == NULL)
    log->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  const guint64 *before = g_hash_table_lookup(log->said, key);
  if (before != NULL && *before == now)
    return FALSE;
  g_hash_table_insert(log->said, g_steal_pointer(&key), g_memdup2(&now, sizeof now));
  return TRUE;
}

void
lf_metrics_log(LfMetricsLog *log, const LfServiceStatus *status, LfCwl *cwl)
{
  if (cwl == NULL)
    return;
  g_autoptr(GArray) groups = lf_cwl_status(cwl);
  guint lines = 0;
  log_sum(status, groups);
  for (guint i = 0; i < groups->len; i++) {
    const LfCwlGroupStatus *g = &g_array_index(groups, LfCwlGroupStatus, i);
    if (has_changed(log, g) && ++lines <= GROUP_LINES_MAX)
      log_group(g);
  }
  if (lines > GROUP_LINES_MAX)
    lf_log_info("metrics", "%u more log groups have changed", lines - GROUP_LINES_MAX);
}

void
lf_metrics_log_clear(LfMetricsLog *log)
{
  g_clear_pointer(&log->said, g_hash_table_unref);
}
