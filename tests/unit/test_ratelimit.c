/* The token bucket and the waits between tries, by numbers alone. */
#include "net/ratelimit.h"
#include "net/retry.h"

static void
test_bucket(void)
{
  LfRateLimit limit;
  lf_ratelimit_init(&limit, 5, 1000);
  for (int i = 0; i < 5; i++)
    g_assert_cmpint(lf_ratelimit_take(&limit, 1000), ==, 0);
  g_assert_cmpint(lf_ratelimit_take(&limit, 1000), ==, 200);
  g_assert_cmpint(lf_ratelimit_take(&limit, 1000), ==, 400); /* who takes first goes first */
  g_assert_cmpint(lf_ratelimit_take(&limit, 1600), ==, 0);
  g_assert_cmpint(lf_ratelimit_take(&limit, 100), ==, 200); /* a clock that goes back gives nothing */
  lf_ratelimit_init(&limit, 5, 0);
  lf_ratelimit_take(&limit, 3600000); /* a long rest gives one burst, no more */
  int free_calls = 1;
  while (lf_ratelimit_take(&limit, 3600000) == 0)
    free_calls++;
  g_assert_cmpint(free_calls, ==, 5);
}

static void
test_no_limit_and_slow(void)
{
  LfRateLimit limit;
  lf_ratelimit_init(&limit, 0, 0);
  for (int i = 0; i < 1000; i++)
    g_assert_cmpint(lf_ratelimit_take(&limit, 0), ==, 0);
  lf_ratelimit_init(&limit, 0.5, 0);
  g_assert_cmpint(lf_ratelimit_take(&limit, 0), ==, 0);
  g_assert_cmpint(lf_ratelimit_take(&limit, 0), ==, 2000);
}

/* However they fall, n calls never take less than (n - burst) / rate. */
static void
test_rate_is_kept(void)
{
  LfRateLimit limit;
  gint64 now = 0;
  lf_ratelimit_init(&limit, 7, now);
  for (int i = 0; i < 700; i++)
    now += lf_ratelimit_take(&limit, now);
  g_assert_cmpint(now, >=, 99 * 1000 - 1);
  g_assert_cmpint(now, <=, 101 * 1000);
}

/* Throttling lowers the rate once a second, success raises it to the quota again and no further. */
static void
test_adapts(void)
{
  LfRateLimit limit;
  lf_ratelimit_init(&limit, 10, 0);
  lf_ratelimit_slow_down(&limit, 5000);
  g_assert_cmpfloat_with_epsilon(limit.per_second, 7, 1e-9);
  lf_ratelimit_slow_down(&limit, 5999);
  g_assert_cmpfloat_with_epsilon(limit.per_second, 7, 1e-9);
  lf_ratelimit_slow_down(&limit, 6000);
  g_assert_cmpfloat_with_epsilon(limit.per_second, 4.9, 1e-9);
  g_assert_cmpint(lf_ratelimit_take(&limit, 6000), >=, 200); /* the burst is gone */
  for (gint64 now = 7000; now < 30000; now += 1000)
    lf_ratelimit_slow_down(&limit, now);
  g_assert_cmpfloat_with_epsilon(limit.per_second, 1, 1e-9);
  lf_ratelimit_speed_up(&limit);
  g_assert_cmpfloat_with_epsilon(limit.per_second, 1.5, 1e-9);
  for (int i = 0; i < 100; i++)
    lf_ratelimit_speed_up(&limit);
  g_assert_cmpfloat_with_epsilon(limit.per_second, 10, 1e-9);
  lf_ratelimit_init(&limit, 0, 0);
  lf_ratelimit_slow_down(&limit, 1000);
  g_assert_cmpint(lf_ratelimit_take(&limit, 1000), ==, 0);
}

static void
test_retry(void)
{
  LfRetry retry = {200, 20000, 0};
  g_assert_cmpint(lf_retry_next(&retry, 0), ==, 200);
  g_assert_cmpint(lf_retry_next(&retry, 0.999), <, 600);
  for (int i = 0; i < 50; i++) {
    gint64 wait = lf_retry_next(&retry, 0.999);
    g_assert_cmpint(wait, >=, 200);
    g_assert_cmpint(wait, <=, 20000);
  }
  g_assert_cmpint(retry.last_ms, ==, 20000);
  lf_retry_reset(&retry);
  g_assert_cmpint(lf_retry_next(&retry, 0.5), <=, 600);
  for (int i = 0; i < 1000; i++) {
    double r = lf_retry_random();
    g_assert_true(r >= 0 && r < 1);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/ratelimit/bucket", test_bucket);
  g_test_add_func("/ratelimit/no-limit-and-slow", test_no_limit_and_slow);
  g_test_add_func("/ratelimit/rate-is-kept", test_rate_is_kept);
  g_test_add_func("/ratelimit/adapts", test_adapts);
  g_test_add_func("/retry", test_retry);
  return g_test_run();
}
