/* How a log group's time is cut into windows. */
#include "input/cwl_plan.h"

enum { REOPENS_BEFORE_SMALLER = 2 };

void
lf_cwl_plan_init(LfCwlPlan *plan, gint64 frontier_ms)
{
  *plan = (LfCwlPlan){.frontier_ms = frontier_ms, .next_ms = frontier_ms, .target_ms = frontier_ms - 1};
}

void
lf_cwl_plan_scan(LfCwlPlan *plan, gint64 from_ms, gint64 target_ms)
{
  plan->next_ms = MIN(plan->frontier_ms, from_ms);
  plan->target_ms = MAX(plan->frontier_ms - 1, target_ms);
}

static void
begin(LfCwlPlan *plan)
{
  plan->pages = 0;
  plan->empty_pages = 0;
  plan->first_ms = G_MAXINT64;
  plan->aim_max_ms = G_MININT64;
}

gboolean
lf_cwl_plan_open(LfCwlPlan *plan)
{
  if (plan->next_ms > plan->target_ms)
    return FALSE;
  plan->open = TRUE;
  plan->start_ms = plan->next_ms;
  plan->end_ms = plan->target_ms;
  if (plan->span_ms > 0 && plan->end_ms - plan->start_ms >= plan->span_ms)
    plan->end_ms = plan->start_ms + plan->span_ms - 1;
  begin(plan);
  return TRUE;
}

/* Where the window's events begin: what is empty before them says nothing about their density. */
static gint64
dense_start(const LfCwlPlan *plan)
{
  return CLAMP(plan->first_ms, plan->start_ms, plan->end_ms);
}

/* The window shrinks to the events of the pages that it aims at; where these are spread over most of it, as pages that
 * are not in the order of time are, to half. A single millisecond cannot shrink. */
static void
give_up(LfCwlPlan *plan)
{
  gint64 start = plan->pages > 0 ? dense_start(plan) : plan->start_ms, extent = plan->end_ms - start;
  gboolean ordered = plan->pages > 0 && plan->aim_max_ms >= start && plan->aim_max_ms - start <= extent / 4 * 3;
  gint64 end = ordered ? plan->aim_max_ms : start + extent / 2;
  if (end >= plan->end_ms) /* all events are in the last millisecond: what is before them, or half of it */
    end = start > plan->start_ms ? start - 1 : plan->start_ms + (plan->end_ms - plan->start_ms) / 2;
  plan->span_ms = end - plan->start_ms + 1;
  plan->open = FALSE;
  plan->given_up++;
}

/* Whether the first pages of a window that no density has sized yet cover so little of it that it has at least twice as
 * many as it may. Then it shrinks to what 32 such pages cover. */
static gboolean
shrinks_early(LfCwlPlan *plan)
{
  gint64 covered = plan->aim_max_ms - dense_start(plan) + 1, extent = plan->end_ms - dense_start(plan) + 1;
  if (plan->span_ms != 0 || plan->pages != LF_CWL_PAGES_EARLY || covered < 1 ||
      extent / covered < 2 * LF_CWL_PAGES_MAX / LF_CWL_PAGES_EARLY)
    return FALSE;
  plan->span_ms = dense_start(plan) - plan->start_ms + covered * (LF_CWL_PAGES_AIM / LF_CWL_PAGES_EARLY);
  plan->open = FALSE;
  plan->given_up++;
  return TRUE;
}

gboolean
lf_cwl_plan_page(LfCwlPlan *plan, guint n_events, gint64 min_ms, gint64 max_ms, gboolean more)
{
  if (n_events == 0) {
    plan->empty_pages++;
  } else {
    plan->pages++;
    plan->first_ms = MIN(plan->first_ms, min_ms);
    if (plan->pages <= LF_CWL_PAGES_AIM)
      plan->aim_max_ms = MAX(plan->aim_max_ms, max_ms);
  }
  if (more && n_events > 0 && shrinks_early(plan))
    return FALSE;
  gboolean too_many = plan->pages > LF_CWL_PAGES_MAX || plan->empty_pages > LF_CWL_EMPTY_PAGES_MAX;
  if (!too_many || !more || plan->start_ms == plan->end_ms)
    return TRUE;
  give_up(plan);
  return FALSE;
}

void
lf_cwl_plan_reopen(LfCwlPlan *plan)
{
  plan->reopened++;
  plan->failures++;
  plan->open = FALSE;
  gint64 span = plan->end_ms - plan->start_ms + 1;
  if (plan->failures < REOPENS_BEFORE_SMALLER || span < 2)
    return;
  gint64 extent = plan->pages > 0 ? plan->end_ms - dense_start(plan) : span;
  plan->span_ms = MAX(span - MAX(extent / 2, 1), 1);
}

gint64
lf_cwl_plan_close(LfCwlPlan *plan, gint64 date_ms)
{
  gint64 span = plan->end_ms - plan->start_ms + 1;
  plan->next_ms = plan->end_ms + 1;
  if (date_ms < plan->next_ms) { /* the window reached into the server's future: the rest waits for the next scan */
    plan->next_ms = MAX(date_ms, plan->start_ms);
    plan->target_ms = plan->next_ms - 1;
  }
  plan->open = FALSE;
  plan->failures = 0;
  if (plan->span_ms > 0) { /* once a window was too dense, sizes follow the density; an empty one doubles the next */
    gint64 dense = plan->end_ms - dense_start(plan) + 1;
    gint64 wanted = (gint64)((double)dense * LF_CWL_PAGES_AIM / MAX(plan->pages, 1));
    gint64 most = span > G_MAXINT64 / 4 ? span : span * 2;
    plan->span_ms = plan->pages == 0 ? most : CLAMP(wanted, 1, most);
  }
  plan->frontier_ms = MAX(plan->frontier_ms, plan->next_ms);
  return plan->frontier_ms;
}

void
lf_cwl_ruler_init(LfCwlRuler *r, gint64 step_ms, gint64 lookback_ms)
{
  *r = (LfCwlRuler){.step_ms = MAX(step_ms, 1), .lookback_ms = MAX(lookback_ms, 0)};
  while (r->lookback_ms > 0 && r->marks < LF_CWL_MARKS_MAX && (r->step_ms << r->marks++) < (r->lookback_ms + 1) / 2)
    continue;
  r->mark = r->marks;
  r->reach_ms = r->lookback_ms;
  for (guint i = 0; i < LF_CWL_MARKS_MAX; i++)
    r->read_ms[i] = G_MININT64;
}

/* Mark k has its turn each 2^k-th scan and reads two such turns back: what became visible between two of its turns, up to
 * one turn late, is there at the second. The last one does so for all that is up to `lookback_ms` late. */
static gint64
depth_of(const LfCwlRuler *r, guint mark)
{
  gint64 turn = r->step_ms << mark;
  return mark + 1 == r->marks ? r->lookback_ms + turn : MIN(2 * turn, r->lookback_ms + turn);
}

gint64
lf_cwl_ruler_deepest(const LfCwlRuler *r)
{
  return r->marks > 0 ? depth_of(r, r->marks - 1) : 0;
}

/* How late an event may be that reading to the mark finds for certain. */
static gint64
reach_of(const LfCwlRuler *r, guint mark)
{
  return MIN(r->step_ms << mark, r->lookback_ms);
}

/* Counts the steps up to now: at least one more than the last scan's, also where the clock went back. */
static void
take_turn(LfCwlRuler *r, gint64 now_ms)
{
  if (r->steps == 0)
    r->first_ms = now_ms;
  r->began_ms = now_ms;
  r->turn = MAX(r->steps + 1, now_ms > r->first_ms ? (guint64)((now_ms - r->first_ms) / r->step_ms) + 1 : 0);
}

/* The mark whose turn it is: the deepest that has one among the steps since the last scan. */
static guint
mark_in_turn(const LfCwlRuler *r)
{
  if (r->steps == 0)
    return r->marks - 1;
  guint64 changed = (r->steps - 1) ^ (r->turn - 1);
  return MIN((guint)(63 - __builtin_clzll(changed)), r->marks - 1);
}

/* How far behind the frontier reading to the mark begins: all that has become visible since the last such reading. */
static gint64
distance_of(const LfCwlRuler *r, guint mark, gint64 frontier_ms)
{
  gint64 depth = depth_of(r, mark), reach = mark + 1 == r->marks ? r->lookback_ms : reach_of(r, mark);
  return r->read_ms[mark] == G_MININT64 ? depth : MAX(depth, frontier_ms - r->read_ms[mark] + reach);
}

gint64
lf_cwl_ruler_next(LfCwlRuler *r, double pages, gint64 now_ms, gint64 frontier_ms)
{
  r->spent = 0;
  if (r->marks == 0)
    return 0;
  take_turn(r, now_ms);
  guint wanted = mark_in_turn(r), n = wanted + 1; /* marks that may be taken */
  while (n > 0 && r->cost[n - 1] > pages)
    n--;
  r->mark = n > 0 ? n - 1 : r->marks;
  gint64 reach = n == r->marks ? r->lookback_ms : n > 0 ? reach_of(r, n - 1) : 0;
  r->reach_ms = n <= wanted ? MIN(r->reach_ms, reach) : MAX(r->reach_ms, reach);
  for (guint i = n; i <= wanted; i++) /* what is not tried now may cost less another time */
    r->cost[i] -= MAX(r->cost[i] / 8, 1);
  return n > 0 ? distance_of(r, n - 1, frontier_ms) : 0;
}

void
lf_cwl_ruler_end(LfCwlRuler *r)
{
  if (r->marks == 0)
    return;
  if (r->mark < r->marks) {
    r->cost[r->mark] = r->spent;
    for (guint i = 0; i <= r->mark; i++)
      r->read_ms[i] = r->began_ms;
  }
  r->mark = r->marks;
  r->steps = r->turn;
}
