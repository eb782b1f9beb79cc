/* Windows: neighbours share nothing, dense ones shrink, sparse ones grow, all of the time is covered. */
#include "input/cwl_plan.h"

#include <stdlib.h>

static void
test_one_window(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 1000);
  g_assert_false(lf_cwl_plan_open(&p));
  lf_cwl_plan_scan(&p, G_MAXINT64, 1999);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 1000);
  g_assert_cmpint(p.end_ms, ==, 1999);
  g_assert_true(lf_cwl_plan_page(&p, 5, 1500, 1500, FALSE));
  g_assert_cmpint(lf_cwl_plan_close(&p, G_MAXINT64), ==, 2000);
  g_assert_false(lf_cwl_plan_open(&p));
  lf_cwl_plan_scan(&p, G_MAXINT64, 1500); /* a clock that went back reads nothing twice */
  g_assert_false(lf_cwl_plan_open(&p));
  lf_cwl_plan_scan(&p, G_MAXINT64, 2000);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 2000);
  g_assert_cmpint(p.end_ms, ==, 2000);
}

static void
test_give_up(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 0);
  p.span_ms = 1000000;
  lf_cwl_plan_scan(&p, G_MAXINT64, 999999);
  g_assert_true(lf_cwl_plan_open(&p));
  for (guint page = 1; page <= LF_CWL_PAGES_MAX; page++)
    g_assert_true(lf_cwl_plan_page(&p, 10, page * 100, page * 100, TRUE));
  g_assert_false(lf_cwl_plan_page(&p, 10, 6500, 6500, TRUE));
  g_assert_cmpuint(p.given_up, ==, 1);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 0);
  g_assert_cmpint(p.end_ms, ==, LF_CWL_PAGES_AIM * 100); /* the events of the pages that a window aims at */
}

/* Two pages tell that the rest would be thousands: the window shrinks at once, and not to less than half of what it aims
 * at. */
static void
test_shrinks_early(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 0);
  lf_cwl_plan_scan(&p, G_MAXINT64, 9999999);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_true(lf_cwl_plan_page(&p, 10, 500000, 500999, TRUE));
  g_assert_false(lf_cwl_plan_page(&p, 10, 501000, 501999, TRUE));
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 0);
  g_assert_cmpint(p.end_ms, ==, 500000 + LF_CWL_PAGES_AIM * 1000 - 1);
  lf_cwl_plan_init(&p, 0); /* pages that are in no order cover the window, and say nothing */
  lf_cwl_plan_scan(&p, G_MAXINT64, 9999999);
  g_assert_true(lf_cwl_plan_open(&p));
  for (int i = 0; i < 10; i++)
    g_assert_true(lf_cwl_plan_page(&p, 10, 1000, 9000000, TRUE));
}

/* From the beginning of time on: all events lie in the last thousandth of the first window. */
static void
test_empty_past_costs_nothing(void)
{
  LfCwlPlan p;
  gint64 first = 999000000, now = 1000000000;
  guint reads = 0;
  lf_cwl_plan_init(&p, 0);
  lf_cwl_plan_scan(&p, G_MAXINT64, now);
  while (lf_cwl_plan_open(&p)) { /* a page a second, in the order of time */
    gint64 from = MAX(p.start_ms, first);
    gboolean whole = TRUE;
    for (gint64 at = from; whole && at <= p.end_ms; at += 1000, reads++)
      whole = lf_cwl_plan_page(&p, 100, at, MIN(at + 999, p.end_ms), at + 1000 <= p.end_ms);
    if (whole)
      lf_cwl_plan_close(&p, G_MAXINT64);
  }
  g_assert_cmpuint(p.given_up, ==, 1);
  g_assert_cmpuint(reads, <, 1000 + LF_CWL_PAGES_MAX + LF_CWL_PAGES_AIM);
}

/* Pages in no order of time: the window is halved, and it ends. */
static void
test_unordered_pages(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 0);
  lf_cwl_plan_scan(&p, G_MAXINT64, 1 << 20);
  guint windows = 0;
  while (lf_cwl_plan_open(&p) && windows++ < 1000) {
    gint64 pages = MAX((p.end_ms - p.start_ms) / 100, 1);
    gboolean whole = TRUE;
    for (gint64 i = 0; whole && i < pages; i++)
      whole = lf_cwl_plan_page(&p, 10, p.start_ms, p.end_ms, i + 1 < pages);
    if (whole)
      lf_cwl_plan_close(&p, G_MAXINT64);
  }
  g_assert_cmpint(p.next_ms, ==, (1 << 20) + 1);
}

static void
test_single_millisecond_is_read_whole(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 7);
  lf_cwl_plan_scan(&p, G_MAXINT64, 7);
  g_assert_true(lf_cwl_plan_open(&p));
  for (guint page = 0; page < 10 * LF_CWL_PAGES_MAX; page++)
    g_assert_true(lf_cwl_plan_page(&p, 10, 7, 7, TRUE));
  g_assert_cmpint(lf_cwl_plan_close(&p, G_MAXINT64), ==, 8);
}

static void
test_last_page_is_never_given_up(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 0);
  p.span_ms = 1000;
  lf_cwl_plan_scan(&p, G_MAXINT64, 100);
  g_assert_true(lf_cwl_plan_open(&p));
  for (guint page = 0; page < LF_CWL_PAGES_MAX; page++)
    g_assert_true(lf_cwl_plan_page(&p, 1, 1, 1, TRUE));
  g_assert_true(lf_cwl_plan_page(&p, 1, 1, 1, FALSE));
}

/* A group of any density, read by the plan alone: every millisecond lies in exactly one finished window. */
static void
test_covers_everything(void)
{
  for (guint seed = 1; seed <= 50; seed++) {
    srandom(seed);
    LfCwlPlan p;
    gint64 target = 1 + random() % 1000000, done = 0;
    guint windows = 0;
    guint events_per_page = 1 + (guint)random() % 50;
    double per_ms = (double)(random() % 1000) / 100;
    lf_cwl_plan_init(&p, 0);
    lf_cwl_plan_scan(&p, G_MAXINT64, target);
    while (lf_cwl_plan_open(&p) && windows < 100000) {
      gint64 start = p.start_ms, end = p.end_ms;
      g_assert_cmpint(start, ==, done);
      g_assert_cmpint(end, <=, target);
      double events = per_ms * (double)(end - start + 1);
      guint pages = MAX((guint)(MIN(events, 1e6) / events_per_page), 1);
      gboolean whole = TRUE;
      for (guint i = 0; whole && i < pages; i++) {
        gint64 at = start + (gint64)((double)(end - start) * (i + 1) / pages);
        whole = lf_cwl_plan_page(&p, events_per_page, at, at, i + 1 < pages);
      }
      if (whole)
        done = lf_cwl_plan_close(&p, G_MAXINT64);
      windows++;
    }
    g_assert_cmpint(done, ==, target + 1);
  }
}

static void
test_sizes_follow_density(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 0);
  p.span_ms = 1000;
  lf_cwl_plan_scan(&p, G_MAXINT64, G_MAXINT64 / 8);
  g_assert_true(lf_cwl_plan_open(&p));
  lf_cwl_plan_close(&p, G_MAXINT64); /* empty: the next one doubles */
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.end_ms - p.start_ms + 1, ==, 2000);
  for (guint i = 0; i < LF_CWL_PAGES_MAX; i++)
    lf_cwl_plan_page(&p, 1, p.start_ms, p.start_ms, TRUE);
  lf_cwl_plan_close(&p, G_MAXINT64); /* twice as many pages as aimed at: the next one halves */
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.end_ms - p.start_ms + 1, ==, 1000);
  for (guint i = 0; i < LF_CWL_EMPTY_PAGES_MAX; i++)
    g_assert_true(lf_cwl_plan_page(&p, 0, G_MININT64, G_MININT64, TRUE));
  g_assert_false(lf_cwl_plan_page(&p, 0, G_MININT64, G_MININT64, TRUE));
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.end_ms - p.start_ms + 1, ==, 500);
}

/* A window whose reading fails again and again gets smaller, down to a millisecond, and grows again afterwards. */
static void
test_failures_make_windows_smaller(void)
{
  LfCwlPlan p;
  gint64 last = G_MAXINT64;
  lf_cwl_plan_init(&p, 0);
  lf_cwl_plan_scan(&p, G_MAXINT64, 1000000);
  for (int i = 0; i < 40; i++) {
    g_assert_true(lf_cwl_plan_open(&p));
    g_assert_cmpint(p.start_ms, ==, 0);
    g_assert_cmpint(p.end_ms, <=, last);
    last = p.end_ms;
    lf_cwl_plan_page(&p, 10, p.start_ms, p.end_ms, TRUE);
    lf_cwl_plan_reopen(&p);
  }
  g_assert_cmpint(last, ==, 0);
  while (lf_cwl_plan_open(&p)) {
    lf_cwl_plan_page(&p, 1, p.start_ms, p.end_ms, FALSE);
    lf_cwl_plan_close(&p, G_MAXINT64);
  }
  g_assert_cmpint(p.next_ms, ==, 1000001);
}

/* A window that reaches into the server's future closes at the server's time. */
static void
test_clock_ahead(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 1000);
  lf_cwl_plan_scan(&p, G_MAXINT64, 9000);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(lf_cwl_plan_close(&p, 5000), ==, 5000);
  g_assert_false(lf_cwl_plan_open(&p)); /* until the next scan */
  lf_cwl_plan_scan(&p, G_MAXINT64, 9100);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 5000);
  g_assert_cmpint(lf_cwl_plan_close(&p, 10), ==, 5000); /* never backwards */
}

/* Far more pages than a window may have, all in the last millisecond: each give-up makes it smaller, and it ends. */
static void
test_dense_last_millisecond(void)
{
  LfCwlPlan p;
  guint rounds = 0;
  lf_cwl_plan_init(&p, 0);
  lf_cwl_plan_scan(&p, G_MAXINT64, 1000000);
  while (lf_cwl_plan_open(&p) && rounds++ < 200) {
    gboolean whole = TRUE;
    for (guint i = 0; p.end_ms == 1000000 && whole && i < 500; i++)
      whole = lf_cwl_plan_page(&p, 10, 1000000, 1000000, i + 1 < 500);
    if (whole)
      lf_cwl_plan_close(&p, G_MAXINT64);
  }
  g_assert_cmpint(p.next_ms, ==, 1000001);
}

/* A scan that looks back reads what is before the frontier first, and moves the frontier only beyond it. */
static void
test_looks_back(void)
{
  LfCwlPlan p;
  lf_cwl_plan_init(&p, 10000);
  p.span_ms = 1500;
  lf_cwl_plan_scan(&p, 8000, 10999);
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 8000);
  g_assert_cmpint(p.end_ms, ==, 9499);
  lf_cwl_plan_page(&p, 1, 8000, 8000, FALSE);
  g_assert_cmpint(lf_cwl_plan_close(&p, G_MAXINT64), ==, 10000);
  lf_cwl_plan_scan(&p, p.next_ms, 10999); /* resumed after a failure */
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 9500);
  g_assert_cmpint(lf_cwl_plan_close(&p, G_MAXINT64), ==, 11000);
  lf_cwl_plan_scan(&p, 10500, 10200); /* the clock went back: what was read is read again, and no more */
  g_assert_true(lf_cwl_plan_open(&p));
  g_assert_cmpint(p.start_ms, ==, 10500);
  g_assert_cmpint(p.end_ms, ==, 10999);
  g_assert_cmpint(lf_cwl_plan_close(&p, 10600), ==, 11000);
}

/* When an event of time 0 that becomes visible at `late` is seen, with scans each `step` that began at -`phase`. */
static gint64
seen_at(gint64 step, gint64 lookback, gint64 phase, gint64 late)
{
  LfCwlRuler r;
  gint64 frontier = -phase;
  lf_cwl_ruler_init(&r, step, lookback);
  for (gint64 now = -phase;; now += step) {
    gint64 from = frontier - lf_cwl_ruler_next(&r, 1e9, now, frontier);
    if (now >= late && from <= 0)
      return now;
    if (now > 4 * (late + lookback + step))
      return G_MAXINT64;
    frontier = now + 1;
    lf_cwl_ruler_end(&r);
  }
}

/* Wherever the scans lie: whatever is up to the look-back late is seen, in time. */
static void
test_ruler_catches(void)
{
  static const struct {
    gint64 step, lookback;
  } rows[] = {{100, 60000}, {6000, 60000}, {500, 500}, {700, 300}, {100, 1}, {1000, 7000}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gint64 step = rows[i].step, lookback = rows[i].lookback;
    for (gint64 late = 1; late <= lookback; late = MIN(late * 3 / 2 + 1, MAX(lookback, late + 1)))
      for (gint64 phase = 1; phase < 3 * lookback + 3 * step; phase += MAX(step / 3, lookback / 90)) {
        gint64 seen = seen_at(step, lookback, phase, late);
        g_assert_cmpint(seen, <=, 3 * late + 2 * step);
      }
  }
}

/* Begins the next scan, in time. */
static gint64
next(LfCwlRuler *r, double pages)
{
  gint64 now = (gint64)r->steps * r->step_ms;
  return lf_cwl_ruler_next(r, pages, now, now - r->step_ms + 1);
}

/* In a power of two of scans each mark has its turn: log2(lookback / step) times the reading. */
static void
test_ruler_costs(void)
{
  LfCwlRuler r;
  gint64 read = 0;
  lf_cwl_ruler_init(&r, 1000, 64000);
  g_assert_cmpuint(r.marks, ==, 6);
  g_assert_cmpint(lf_cwl_ruler_deepest(&r), ==, 96000);
  g_assert_cmpint(next(&r, 1e9), ==, 96000); /* after a restart as far as can be */
  lf_cwl_ruler_end(&r);
  for (int i = 0; i < 64; i++) {
    read += next(&r, 1e9);
    lf_cwl_ruler_end(&r);
  }
  g_assert_cmpint(read, ==, 64 * 1000 * 8); /* one for each mark but the last, and three for that */
  lf_cwl_ruler_init(&r, 1000, 0);
  g_assert_cmpint(next(&r, 1e9), ==, 0);
  lf_cwl_ruler_end(&r);
}

/* Without the calls for it the deepest marks go first, and come back once they can be paid. */
static void
test_ruler_saves(void)
{
  LfCwlRuler r;
  lf_cwl_ruler_init(&r, 1000, 8000);
  for (int i = 0; i < 16; i++) {
    gint64 depth = next(&r, 1e9);
    r.spent = (guint)(depth / 1000) * 10; /* ten pages a second */
    lf_cwl_ruler_end(&r);
  }
  g_assert_cmpint(r.reach_ms, ==, 8000);
  gint64 deepest = 0;
  for (int i = 0; i < 4; i++) {
    gint64 depth = next(&r, 40);
    deepest = MAX(deepest, depth);
    r.spent = (guint)(depth / 1000) * 10;
    lf_cwl_ruler_end(&r);
  }
  g_assert_cmpint(deepest, ==, 4000);
  g_assert_cmpint(r.reach_ms, ==, 2000);
  next(&r, 0);
  g_assert_cmpuint(r.mark, ==, r.marks);
  lf_cwl_ruler_end(&r);
  for (int i = 0; i < 16; i++) {
    next(&r, 1e9);
    lf_cwl_ruler_end(&r);
  }
  g_assert_cmpint(r.reach_ms, ==, 8000);
}

/* Scans that take long and come at odd times: what becomes visible while one is under way is seen all the same, since each
 * reading begins where the last to its mark could not know. `late` of an event of time 0 that is visible from then on. */
static gboolean
is_seen_in_slow_scans(GRand *rand, gint64 step, gint64 lookback, gint64 late)
{
  LfCwlRuler r;
  gint64 now = -g_rand_int_range(rand, 1, (gint32)(3 * lookback)), frontier = now;
  lf_cwl_ruler_init(&r, step, lookback);
  while (now < 8 * lookback + 100 * step) {
    gint64 from = frontier - lf_cwl_ruler_next(&r, 1e9, now, frontier);
    if (now >= late && from <= 0)
      return TRUE;
    frontier = MAX(frontier, now + 1);
    now += step + g_rand_int_range(rand, 0, (gint32)(g_rand_boolean(rand) ? 2 : 20 * step));
    lf_cwl_ruler_end(&r);
  }
  return FALSE;
}

static void
test_ruler_slow_scans(void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  for (int i = 0; i < 5000; i++) {
    gint64 lookback = g_rand_int_range(rand, 1, 60000), step = g_rand_int_range(rand, (gint32)lookback / 300 + 1, 1000);
    gint64 late = g_rand_int_range(rand, 1, (gint32)lookback + 1);
    g_assert_true(is_seen_in_slow_scans(rand, step, lookback, late));
  }
}

/* A scan that fails is begun again with the same mark. */
static void
test_ruler_repeats(void)
{
  LfCwlRuler r;
  lf_cwl_ruler_init(&r, 1000, 8000);
  g_assert_cmpint(next(&r, 1e9), ==, 12000);
  g_assert_cmpint(next(&r, 1e9), ==, 12000);
  lf_cwl_ruler_end(&r);
  g_assert_cmpint(next(&r, 1e9), ==, 2000);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/plan/one-window", test_one_window);
  g_test_add_func("/plan/give-up", test_give_up);
  g_test_add_func("/plan/shrinks-early", test_shrinks_early);
  g_test_add_func("/plan/empty-past", test_empty_past_costs_nothing);
  g_test_add_func("/plan/unordered", test_unordered_pages);
  g_test_add_func("/plan/single-millisecond", test_single_millisecond_is_read_whole);
  g_test_add_func("/plan/last-page", test_last_page_is_never_given_up);
  g_test_add_func("/plan/covers-everything", test_covers_everything);
  g_test_add_func("/plan/failures", test_failures_make_windows_smaller);
  g_test_add_func("/plan/clock-ahead", test_clock_ahead);
  g_test_add_func("/plan/dense-last-millisecond", test_dense_last_millisecond);
  g_test_add_func("/plan/looks-back", test_looks_back);
  g_test_add_func("/ruler/catches", test_ruler_catches);
  g_test_add_func("/ruler/costs", test_ruler_costs);
  g_test_add_func("/ruler/saves", test_ruler_saves);
  g_test_add_func("/ruler/repeats", test_ruler_repeats);
  g_test_add_func("/ruler/slow_scans", test_ruler_slow_scans);
  g_test_add_func("/plan/density", test_sizes_follow_density);
  return g_test_run();
}
