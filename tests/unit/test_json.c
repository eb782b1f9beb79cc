/* The JSON reader and writer beyond the suite: what strings become, numbers, depth, duplicates, order. */
#include "value/json_read.h"
#include "value/json_write.h"

static char *
rewrite(const char *text, gsize len, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) out = {0};
  LfValue v;
  if (!lf_json_read_copy(arena, lf_slice(text, len), &v, error))
    return NULL;
  lf_json_write(&out, &v);
  return lf_buf_steal(&out);
}

#define ASSERT_REWRITE(text, want) \
  do { \
    g_autoptr(GError) e_ = NULL; \
    g_autofree char *got_ = rewrite(text, sizeof(text) - 1, &e_); \
    g_assert_no_error(e_); \
    g_assert_cmpstr(got_, ==, want); \
  } while (0)

static void
test_pass_through(void)
{
  ASSERT_REWRITE("{\"a\": \"x\\u0041\\/\\n\", \"b\" : [1.50, -0, 1E400, 12345678901234567890, 0.1e-7]}",
                 "{\"a\":\"x\\u0041\\/\\n\",\"b\":[1.50,-0,1E400,12345678901234567890,0.1e-7]}");
  ASSERT_REWRITE(" [true , false,null, \"\", {}, []] ", "[true,false,null,\"\",{},[]]");
  ASSERT_REWRITE("\"\xc5\xbelu\xc5\xa5 \xf0\x9f\x9a\x80\"", "\"\xc5\xbelu\xc5\xa5 \xf0\x9f\x9a\x80\"");
  ASSERT_REWRITE("9223372036854775807", "9223372036854775807");
  ASSERT_REWRITE("-9223372036854775808", "-9223372036854775808");
}

static void
test_repairs(void)
{
  ASSERT_REWRITE("\"a\xff\xc3z\"", "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
  ASSERT_REWRITE("\"\\ud800x\"", "\"\\ufffdx\"");
  ASSERT_REWRITE("\"\\udc00\\ud83d\\ude80\"", "\"\\ufffd\\ud83d\\ude80\"");
  ASSERT_REWRITE("\"\\ud83d\\u0041\"", "\"\\ufffd\\u0041\"");
}

static void
test_unescape(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue v;
  g_assert_true(lf_json_read_copy(
      arena, LF_SLICE_LIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u017e\\ud83d\\ude80\\u0000.\""), &v, NULL));
  LfSlice s = lf_value_text(arena, &v);
  g_assert_cmpmem(s.p, s.len, "\"\\/\b\f\n\r\t\xc5\xbe\xf0\x9f\x9a\x80\0.", 16);
  g_auto(LfBuf) out = {0};
  lf_json_write(&out, &v);
  lf_buf_append_char(&out, '\0');
  g_assert_cmpstr(out.p, ==, "\"\\\"\\\\/\\b\\f\\n\\r\\t\xc5\xbe\xf0\x9f\x9a\x80\\u0000.\"");
}

static void
test_duplicates(void)
{
  ASSERT_REWRITE("{\"a\":1,\"b\":2,\"\\u0061\":3}", "{\"a\":3,\"b\":2}");
  g_auto(LfBuf) many = {0};
  lf_buf_append_char(&many, '{');
  for (int i = 0; i < 5000; i++)
    lf_buf_printf(&many, "%s\"k%d\":%d", i > 0 ? "," : "", i % 2500, i);
  lf_buf_append_char(&many, '}');
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue v;
  g_assert_true(lf_json_read_copy(arena, lf_buf_slice(&many), &v, NULL));
  g_assert_cmpuint(v.object->len, ==, 2500);
  g_assert_cmpint(lf_object_get_str(&v, "k7")->i, ==, 2507);
}

static void
test_depth(void)
{
  for (int over = 0; over <= 1; over++) {
    g_auto(LfBuf) deep = {0};
    for (int i = 0; i < LF_DEPTH_MAX + over; i++)
      lf_buf_append_char(&deep, '[');
    lf_buf_append_str(&deep, "1");
    for (int i = 0; i < LF_DEPTH_MAX + over; i++)
      lf_buf_append_char(&deep, ']');
    g_autoptr(GError) error = NULL;
    g_autofree char *got = rewrite(deep.p, deep.len, &error);
    if (over)
      g_assert_error(error, LF_JSON_ERROR, LF_JSON_ERROR_DEPTH);
    else
      g_assert_cmpmem(got, strlen(got), deep.p, deep.len);
  }
}

static void
test_errors(void)
{
  static const struct {
    const char *text, *error;
  } cases[] = {
      {"", "offset 0: the text ends where a value was expected"},
      {"[1,", "offset 3: the text ends where a value was expected"},
      {"{\"a\" 1}", "offset 5: expected : behind a key"},
      {"[1 2]", "offset 3: expected , or ] in an array"},
      {"\"abc", "offset 4: the text ends inside a string"},
      {"\"a\\x\"", "offset 2: unknown escape in a string"},
      {"1 1", "offset 2: something stands behind the value"},
      {"tru", "offset 0: expected a value"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(rewrite(cases[i].text, strlen(cases[i].text), &error));
    g_assert_nonnull(error);
    g_assert_cmpstr(error->message, ==, cases[i].error);
  }
}

static void
test_write(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue o = lf_value_object(arena, 1);
  lf_object_set(arena, &o, LF_SLICE_LIT("z\""), lf_value_double(1.5));
  lf_object_set(arena, &o, LF_SLICE_LIT("d"), lf_value_double(1e21));
  lf_object_set(arena, &o, LF_SLICE_LIT("n"), lf_value_double(0.0 / 1.0 - 0.000000123));
  lf_object_set(arena, &o, LF_SLICE_LIT("i"), lf_value_double(G_MAXDOUBLE * 10));
  lf_object_set(arena, &o, LF_SLICE_LIT("s"), lf_value_string(LF_SLICE_LIT("\x01\xe2\x80\xa8<&>\xff\x7f")));
  g_auto(LfBuf) out = {0}, sorted = {0}, pretty = {0};
  lf_json_write(&out, &o);
  lf_buf_append_char(&out, '\0');
  g_assert_cmpstr(
      out.p, ==,
      "{\"z\\\"\":1.5,\"d\":1e+21,\"n\":-1.23e-7,\"i\":null,\"s\":\"\\u0001\\u2028<&>\xef\xbf\xbd\x7f\"}");
  lf_object_remove(&o, LF_SLICE_LIT("s"));
  lf_object_remove(&o, LF_SLICE_LIT("n"));
  lf_json_write_sorted(&sorted, &o);
  lf_buf_append_char(&sorted, '\0');
  g_assert_cmpstr(sorted.p, ==, "{\"d\":1e+21,\"i\":null,\"z\\\"\":1.5}");
  lf_json_write_pretty(&pretty, &o, 2);
  lf_buf_append_char(&pretty, '\0');
  g_assert_cmpstr(pretty.p, ==, "{\n  \"z\\\"\": 1.5,\n  \"d\": 1e+21,\n  \"i\": null\n}");
}

/* The vectorised scan must find what a plain loop finds, at every offset. */
static void
test_scan(void)
{
  char text[80];
  for (gsize len = 0; len < 70; len++)
    for (gsize at = 0; at <= len; at++) {
      static const char specials[] = {'"', '\\', '\x1f', '\x80', '\xff', '\0'};
      for (gsize s = 0; s < sizeof specials; s++) {
        memset(text, 'a' + (int)(at % 20), sizeof text);
        if (at < len)
          text[at] = specials[s];
        g_assert_true(lf_json_scan(text, text + len) == text + at);
      }
    }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/json/pass-through", test_pass_through);
  g_test_add_func("/json/repairs", test_repairs);
  g_test_add_func("/json/unescape", test_unescape);
  g_test_add_func("/json/duplicates", test_duplicates);
  g_test_add_func("/json/depth", test_depth);
  g_test_add_func("/json/errors", test_errors);
  g_test_add_func("/json/write", test_write);
  g_test_add_func("/json/scan", test_scan);
  return g_test_run();
}
