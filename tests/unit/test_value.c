/* The document tree, paths through it, and that shared values are never written to. */
#include "value/json_read.h"
#include "value/json_write.h"
#include "value/path.h"

static LfValue
parse(LfArena *arena, const char *text)
{
  LfValue v = {0};
  g_autoptr(GError) error = NULL;
  lf_json_read_copy(arena, lf_slice_str(text), &v, &error);
  g_assert_no_error(error);
  return v;
}

static void
assert_json(const LfValue *v, const char *want)
{
  g_auto(LfBuf) out = {0};
  lf_json_write(&out, v);
  lf_buf_append_char(&out, '\0');
  g_assert_cmpstr(out.p, ==, want);
}

static LfPath
path(LfArena *arena, const char *text)
{
  LfPath p;
  g_assert_true(lf_path_parse(arena, lf_slice_str(text), &p));
  return p;
}

static void
test_get_set(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue doc = parse(arena, "{\"a\":{\"b\":[10,{\"c\":1}]},\"s\":\"x\",\"n\":null}");
  LfPathStop stop;
  LfPath p = path(arena, "a.b.1.c");
  g_assert_cmpint(lf_path_get(&doc, &p, NULL)->i, ==, 1);
  static const struct {
    const char *path;
    LfPathResult result;
    guint index;
  } cases[] = {{"x.y", LF_PATH_ABSENT, 0},     {"a.b.7", LF_PATH_OUT_OF_BOUNDS, 2}, {"a.b.x", LF_PATH_NOT_INDEX, 2},
               {"s.x", LF_PATH_SCALAR, 1},     {"n.x", LF_PATH_NULL, 1},            {"a.b.-1", LF_PATH_OUT_OF_BOUNDS, 2},
               {"a.b.1.c.d", LF_PATH_SCALAR, 4}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    p = path(arena, cases[i].path);
    g_assert_null(lf_path_get(&doc, &p, &stop));
    g_assert_cmpint(stop.result, ==, cases[i].result);
    g_assert_cmpint(stop.index, ==, cases[i].index);
  }
  p = path(arena, "new.deep.er");
  g_assert_true(lf_path_set(arena, &doc, &p, lf_value_bool(TRUE), NULL));
  p = path(arena, "a.b.0");
  g_assert_true(lf_path_set(arena, &doc, &p, lf_value_int(11), NULL));
  p = path(arena, "s.x");
  g_assert_false(lf_path_set(arena, &doc, &p, lf_value_int(1), &stop));
  p = path(arena, "a.b.1");
  g_assert_true(lf_path_remove(arena, &doc, &p, NULL));
  assert_json(&doc, "{\"a\":{\"b\":[11]},\"s\":\"x\",\"n\":null,\"new\":{\"deep\":{\"er\":true}}}");
}

static void
test_shared_is_never_written(void)
{
  g_autoptr(LfArena) shared_arena = lf_arena_new();
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue shared = parse(shared_arena, "{\"h\":{\"n\":{\"x\":1},\"l\":[{\"k\":1}]}}");
  shared.object->json = LF_SLICE_LIT("{\"h\":{\"n\":{\"x\":1},\"l\":[{\"k\":1}]}}");
  lf_value_share(&shared);
  LfValue doc = lf_value_object(arena, 2);
  lf_object_set(arena, &doc, LF_SLICE_LIT("a"), shared);
  LfPath p = path(arena, "a.h.n.y");
  g_assert_true(lf_path_set(arena, &doc, &p, lf_value_int(2), NULL));
  p = path(arena, "a.h.l.0.k");
  g_assert_true(lf_path_remove(arena, &doc, &p, NULL));
  assert_json(&doc, "{\"a\":{\"h\":{\"n\":{\"x\":1,\"y\":2},\"l\":[{}]}}}");
  shared.object->json = (LfSlice){0};
  assert_json(&shared, "{\"h\":{\"n\":{\"x\":1},\"l\":[{\"k\":1}]}}");
}

static void
test_path_parse(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfPath p;
  g_assert_false(lf_path_parse(arena, LF_SLICE_LIT(""), &p));
  g_assert_false(lf_path_parse(arena, LF_SLICE_LIT("..."), &p));
  g_assert_true(lf_path_parse(arena, LF_SLICE_LIT(".a..b."), &p));
  g_assert_cmpuint(p.n, ==, 4);
  g_autofree char *long_path = g_strnfill(2 * (LF_DEPTH_MAX + 2), '.');
  for (gsize i = 0; long_path[i] != '\0'; i += 2)
    long_path[i] = 'a';
  g_assert_false(lf_path_parse(arena, lf_slice_str(long_path), &p));
}

static void
test_equal(void)
{
  static const struct {
    const char *a, *b;
    gboolean equal;
  } cases[] = {
      {"{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2.0],\"a\":1.0}", TRUE},
      {"{\"a\":1}", "{\"a\":1,\"b\":null}", FALSE},
      {"\"\\u0041\"", "\"A\"", TRUE},
      {"1", "\"1\"", FALSE},
      {"9007199254740993", "9007199254740992", FALSE},
      {"[1,2]", "[2,1]", FALSE},
      {"null", "false", FALSE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    LfValue a = parse(arena, cases[i].a), b = parse(arena, cases[i].b);
    g_assert_cmpint(lf_value_equal(&a, &b), ==, cases[i].equal);
  }
}

static void
test_clone(void)
{
  g_autoptr(LfArena) to = lf_arena_new();
  LfValue copy;
  {
    g_autoptr(LfArena) from = lf_arena_new();
    LfValue v = parse(from, "{\"k\\n\":[1.5,\"s\\t\",{\"x\":null}],\"b\":false}");
    copy = lf_value_clone(to, &v);
  }
  assert_json(&copy, "{\"k\\n\":[1.5,\"s\\t\",{\"x\":null}],\"b\":false}");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/value/get-set", test_get_set);
  g_test_add_func("/value/shared", test_shared_is_never_written);
  g_test_add_func("/value/path", test_path_parse);
  g_test_add_func("/value/equal", test_equal);
  g_test_add_func("/value/clone", test_clone);
  return g_test_run();
}
