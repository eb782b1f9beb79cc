/* A processor's `if`: what comparisons give, what throws, what is no script, what is not there yet. */
#include "ingest/condition.h"
#include "value/json_read.h"

static void
test_results(void)
{
  static const struct {
    const char *source;
    int want; /* 1, 0, or -1: Painless throws */
  } cases[] = {
      {"ctx.s == 'text'", 1},
      {"ctx.s == \"text\" && ctx.n > 4", 1},
      {"ctx['s'] != 'text' || ctx.n <= 5", 1},
      {"!(ctx.n < 5)", 1},
      {"ctx.n == 5.0", 1},
      {"ctx.big == 9007199254740993L", 1},
      {"ctx.big > 9007199254740992L", 1},
      {"ctx.missing == null", 1},
      {"ctx.m?.x == 1", 1},
      {"ctx.missing?.x == null", 1},
      {"ctx.missing?.x?.y != null", 0},
      {"ctx.missing.x == null", -1},
      {"ctx.s.x == null", -1},
      {"ctx.missing > 1", -1},
      {"ctx.s > 1", -1},
      {"ctx.n", -1},
      {"ctx.b", 1},
      {"ctx.b == true", 1},
      {"false && ctx.missing.x == 1", 0},
      {"true || ctx.missing.x == 1", 1},
      {"ctx.n == 'text'", 0},
      {"'it\\'s' == ctx.q", 1},
      {"return ctx.n === 5;", 1},
      {"ctx.n >= 5 && ctx.n <= 5 && ctx.n != 6", 1},
      {"1 < 2 == true", 1},
      {"-5 < ctx.n", 1},
      {"ctx._index == 'i'", 1},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    LfValue source;
    LfIngestDoc doc;
    gboolean result = FALSE;
    g_assert_true(lf_json_read_copy(
        arena, LF_SLICE_LIT("{\"s\":\"text\",\"n\":5,\"m\":{\"x\":1},\"b\":true,\"q\":\"it's\",\"big\":9007199254740993}"),
        &source, NULL));
    lf_ingest_doc_init(&doc, arena, source, lf_ingest_metadata(arena, 0));
    lf_object_set_static(arena, &doc.meta, "_index", lf_value_string(LF_SLICE_LIT("i")));
    LfCondition *c = lf_condition_compile(arena, lf_slice_str(cases[i].source), &error);
    g_assert_no_error(error);
    gboolean ok = lf_condition_run(c, &doc, &result);
    if ((ok ? (int)result : -1) != cases[i].want)
      g_test_fail_printf("%s gave %d", cases[i].source, ok ? (int)result : -1);
    if (!ok)
      g_assert_cmpstr(doc.error.type, ==, "script_exception");
  }
}

static void
test_refused(void)
{
  static const struct {
    const char *source;
    LfConditionError code;
  } cases[] = {
      {"ctx.n ==", LF_CONDITION_ERROR_SYNTAX},
      {"", LF_CONDITION_ERROR_SYNTAX},
      {"ctx.s == 'open", LF_CONDITION_ERROR_SYNTAX},
      {"ctx.l.contains('a')", LF_CONDITION_ERROR_REFUSED},
      {"ctx.n instanceof Integer", LF_CONDITION_ERROR_REFUSED},
      {"ctx.n + 1 == 6", LF_CONDITION_ERROR_REFUSED},
      {"params.x == 1", LF_CONDITION_ERROR_REFUSED},
      {"ctx.l[0] == 1", LF_CONDITION_ERROR_REFUSED},
      {"ctx.n == 5 ? true : false", LF_CONDITION_ERROR_REFUSED},
      {"['a'].contains(ctx.s)", LF_CONDITION_ERROR_REFUSED},
  };
  g_autoptr(LfArena) arena = lf_arena_new();
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(lf_condition_compile(arena, lf_slice_str(cases[i].source), &error));
    g_assert_error(error, LF_CONDITION_ERROR, (int)cases[i].code);
  }
  g_autofree char *deep = g_strnfill(4 * LF_DEPTH_MAX, '(');
  g_autofree char *nots = g_strnfill(4 * LF_DEPTH_MAX, '!');
  g_assert_null(lf_condition_compile(arena, lf_slice_str(deep), NULL));
  g_assert_null(lf_condition_compile(arena, lf_slice_str(nots), NULL));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/condition/results", test_results);
  g_test_add_func("/condition/refused", test_refused);
  return g_test_run();
}
