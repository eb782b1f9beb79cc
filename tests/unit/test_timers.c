/* The timers of a loop, by numbers alone. */
#include "net/timers.h"

typedef struct {
  LfTimers *timers;
  gint64 due_ms;
  gint64 again_ms; /* it sets itself once more, for then; 0: it does not */
  GArray *fired;   /* of gint64: the times that were due, in the order of the calls */
} Call;

static void
on_timer(void *data)
{
  Call *call = data;
  g_array_append_val(call->fired, call->due_ms);
  if (call->again_ms == 0)
    return;
  call->due_ms = call->again_ms;
  call->again_ms = 0;
  lf_timers_add(call->timers, call->due_ms, on_timer, call);
}

static gint64
fired_at(const Call *call, guint i)
{
  return g_array_index(call->fired, gint64, i);
}

static void
test_order(void)
{
  enum { N = 500 };
  g_autoptr(LfTimers) timers = lf_timers_new();
  g_autoptr(GArray) fired = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_autofree Call *calls = g_new(Call, N);
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  g_assert_cmpint(lf_timers_due(timers), ==, G_MAXINT64);
  for (int i = 0; i < N; i++) {
    calls[i] = (Call){timers, g_rand_int_range(rand, 0, 300), 0, fired};
    lf_timers_add(timers, calls[i].due_ms, on_timer, &calls[i]);
  }
  for (gint64 now = -1; now < 310; now += 10) {
    lf_timers_fire(timers, now);
    g_assert_cmpint(lf_timers_due(timers), >, now);
    for (guint i = 0; i < fired->len; i++)
      g_assert_cmpint(fired_at(calls, i), <=, now);
  }
  g_assert_cmpuint(fired->len, ==, N);
  for (guint i = 1; i < N; i++)
    g_assert_cmpint(fired_at(calls, i - 1), <=, fired_at(calls, i));
}

static void
test_cancel(void)
{
  g_autoptr(LfTimers) timers = lf_timers_new();
  g_autoptr(GArray) fired = g_array_new(FALSE, FALSE, sizeof(gint64));
  Call a = {timers, 10, 0, fired}, b = {timers, 20, 0, fired}, c = {timers, 30, 0, fired};
  lf_timers_add(timers, 10, on_timer, &a);
  guint64 id = lf_timers_add(timers, 20, on_timer, &b);
  lf_timers_add(timers, 30, on_timer, &c);
  lf_timers_cancel(timers, id);
  lf_timers_cancel(timers, 0);
  lf_timers_fire(timers, 100);
  lf_timers_cancel(timers, id); /* it is over */
  g_assert_cmpuint(fired->len, ==, 2);
  g_assert_cmpint(fired_at(&a, 0), ==, 10);
  g_assert_cmpint(fired_at(&a, 1), ==, 30);
}

/* One that always sets itself again must not keep the loop from anything else. */
static void
test_set_while_firing(void)
{
  g_autoptr(LfTimers) timers = lf_timers_new();
  g_autoptr(GArray) fired = g_array_new(FALSE, FALSE, sizeof(gint64));
  Call call = {timers, 10, 5, fired};
  lf_timers_add(timers, 10, on_timer, &call);
  lf_timers_fire(timers, 50);
  g_assert_cmpuint(fired->len, ==, 1);
  g_assert_cmpint(lf_timers_due(timers), ==, 5);
  lf_timers_fire(timers, 50);
  g_assert_cmpuint(fired->len, ==, 2);
  g_assert_cmpint(lf_timers_due(timers), ==, G_MAXINT64);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/timers/order", test_order);
  g_test_add_func("/timers/cancel", test_cancel);
  g_test_add_func("/timers/set-while-firing", test_set_while_firing);
  return g_test_run();
}
