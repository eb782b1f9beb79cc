/* Ids that are known: what is on its way, what the state keeps, and how much of it. */
#include "input/cwl_ids.h"

static LfTicket
ticket(guint64 sequence, gint64 at_ms, guint n, LfHash128 *ids)
{
  for (guint i = 0; i < n; i++)
    ids[i] = (LfHash128){sequence + 1, i + 1};
  return (LfTicket){.sequence = sequence, .min_ms = at_ms, .max_ms = at_ms, .n_ids = n, .ids = ids};
}

/* Over the bound the oldest go, and it is told from when on ids are left. */
static void
test_forget(void)
{
  LfCwlIds ids;
  LfHash128 room[100];
  lf_cwl_ids_init(&ids, 64000);
  for (guint i = 0; i < 50; i++) {
    LfTicket t = ticket(i, 10000 + (gint64)i * 2000, 100, room);
    lf_cwl_ids_emitted(&ids, &t);
  }
  g_assert_cmpuint(ids.kept, ==, 5000);
  g_assert_cmpint(lf_cwl_ids_forget(&ids, 20000, 10000), ==, 20000);
  g_assert_cmpuint(ids.kept, <=, 4600);
  gint64 from = lf_cwl_ids_forget(&ids, 20000, 1000);
  g_assert_cmpuint(ids.kept, <=, 1000);
  g_assert_cmpint(from, >, 80000);
  g_assert_cmpint(from, <, 108000);
  lf_cwl_ids_clear(&ids);
}

/* What is not acknowledged is known without the state; what the state has is let go. */
static void
test_pending(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey key = {"u", "r", "/g", "-", "", ""};
  LfGroupState g;
  LfCwlIds ids;
  LfHash128 room[3];
  g_assert_true(lf_state_open_group(state, &key, NULL, &g, NULL));
  lf_cwl_ids_init(&ids, 64000);
  g_assert_true(lf_cwl_ids_open(&ids, state, g.row, NULL));
  for (guint i = 0; i < 4; i++) {
    LfTicket t = ticket(i, 1000 * (gint64)(i + 1), 3, room);
    lf_cwl_ids_emitted(&ids, &t);
  }
  g_assert_true(lf_cwl_ids_load(&ids, state, g.row, 2000, 3000, 0, NULL));
  g_assert_cmpuint(ids.set.n, ==, 6);
  g_assert_true(
      lf_cwl_ids_load(&ids, state, g.row, 0, 9000, 2, NULL)); /* two are said to be in the state, which has none */
  g_assert_cmpuint(ids.set.n, ==, 6);
  g_assert_true(lf_cwl_ids_load(&ids, state, g.row, 5000, 9000, 2, NULL));
  g_assert_cmpuint(ids.set.n, ==, 0);
  lf_cwl_ids_clear(&ids);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/cwl-ids/forget", test_forget);
  g_test_add_func("/cwl-ids/pending", test_pending);
  return g_test_run();
}
