/* Format strings and mustache templates. */
#include "text/formatstring.h"
#include "text/mustache.h"
#include "value/json_read.h"

static LfValue
parse(LfArena *arena, const char *text)
{
  LfValue v = {0};
  g_assert_true(lf_json_read_copy(arena, lf_slice_str(text), &v, NULL));
  return v;
}

static void
test_formatstring(void)
{
  static const struct {
    const char *format, *want; /* NULL: a field is missing */
  } cases[] = {
      {"plain", "plain"},
      {"", ""},
      {"%{[a.b]}-%{[n]}", "x-5"},
      {"%{[missing]:fallback}", "fallback"},
      {"%{[missing]:}", ""},
      {"%{[missing]}", NULL},
      {"%{[nil]}", NULL},
      {"%{[l]}", "[1,\"two\"]"},
      {"%{+yyyy.MM.dd HH:mm:ss.SSS}", "2026.11.24 13:29:03.590"},
      {"%{+yy}%{+M}/%{+d}", "2611/24"},
      {"%{+'at' HH}", "at 13"},
      {"\\%{[a.b]}", "%{[a.b]}"},
      {"%{[@metadata.v]}", "9.2.2"},
      {"100%", "100%"},
      {"{}", "{}"},
  };
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue doc = parse(arena, "{\"a\":{\"b\":\"x\"},\"n\":5,\"nil\":null,\"l\":[1,\"two\"]}");
  LfValue meta = parse(arena, "{\"v\":\"9.2.2\"}");
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(LfBuf) out = {0};
    g_autoptr(GError) error = NULL;
    lf_buf_append_str(&out, "");
    LfFormatString *f = lf_formatstring_compile(arena, (LfPlace){0}, lf_slice_str(cases[i].format), &error);
    g_assert_no_error(error);
    gboolean ok = lf_formatstring_run(f, arena, &doc, &meta, G_GINT64_CONSTANT(1795526943590), &out);
    g_assert_cmpint(ok, ==, cases[i].want != NULL);
    lf_buf_append_char(&out, '\0');
    g_assert_cmpstr(out.p, ==, cases[i].want != NULL ? cases[i].want : "");
  }
}

static void
test_formatstring_errors(void)
{
  static const char *const wrong[] = {"%{", "%{}", "%{[a}", "%{[]}", "%{x}", "%{[a]x}", "%{+qqq}", "%{+'x}"};
  g_autoptr(LfArena) arena = lf_arena_new();
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    LfPlace place = {"f.yml", 3, 7};
    g_assert_null(lf_formatstring_compile(arena, place, lf_slice_str(wrong[i]), &error));
    g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
    g_assert_true(g_str_has_prefix(error->message, "f.yml:3:7: "));
  }
}

static LfValue *
root(LfSlice name, void *data)
{
  return lf_object_get(data, name);
}

static void
test_mustache(void)
{
  static const struct {
    const char *template, *want;
  } cases[] = {
      {"{{s}}", "a\\\"b\\nc"},
      {"{{{s}}}", "a\"b\nc"},
      {"{{&s}}", "a\"b\nc"},
      {"{{ m.x }}/{{m.l.1}}", "1/two"},
      {"{{d}} {{big}} {{small}} {{whole}}", "1.5 1.0E10 1.0E-5 3.0"},
      {"{{#m}}{{x}}{{s}}{{/m}}", "1a\\\"b\\nc"},
      {"{{#m.l}}<{{.}}>{{/m.l}}", "<1><two>"},
      {"{{#no}}x{{/no}}{{^no}}y{{/no}}", "y"},
      {"{{#f}}x{{/f}}{{#e}}x{{/e}}", ""},
      {"{{missing.deep}}{{m.x.y}}", ""},
      {"{{m}}", "{x=1, l={0=1, 1=two}}"},
      {"{{nil}}|{{t}}", "|true"},
      {"a{{! nothing }}b", "ab"},
      {"}} {", "}} {"},
  };
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue doc = parse(arena, "{\"s\":\"a\\\"b\\nc\",\"m\":{\"x\":1,\"l\":[1,\"two\"]},\"d\":1.5,\"big\":1e10,\"small\":1e-5,"
                             "\"whole\":3.0,\"f\":false,\"e\":[],\"nil\":null,\"t\":true}");
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(LfBuf) out = {0};
    g_autoptr(GError) error = NULL;
    LfMustache *m = lf_mustache_compile(arena, lf_slice_str(cases[i].template), &error);
    g_assert_no_error(error);
    lf_mustache_render(m, arena, root, &doc, &out);
    lf_buf_append_char(&out, '\0');
    g_assert_cmpstr(out.p, ==, cases[i].want);
  }
}

static void
test_mustache_errors(void)
{
  static const struct {
    const char *template;
    LfMustacheError code;
  } wrong[] = {
      {"{{", LF_MUSTACHE_ERROR_SYNTAX},       {"{{}}", LF_MUSTACHE_ERROR_SYNTAX},
      {"{{x", LF_MUSTACHE_ERROR_SYNTAX},      {"{{#x}}", LF_MUSTACHE_ERROR_SYNTAX},
      {"{{/x}}", LF_MUSTACHE_ERROR_SYNTAX},   {"{{#x}}{{/y}}", LF_MUSTACHE_ERROR_SYNTAX},
      {"{{>p}}", LF_MUSTACHE_ERROR_REFUSED},  {"{{=<% %>=}}", LF_MUSTACHE_ERROR_REFUSED},
      {"{{#toJson}}x{{/toJson}}", LF_MUSTACHE_ERROR_REFUSED},
  };
  g_autoptr(LfArena) arena = lf_arena_new();
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(lf_mustache_compile(arena, lf_slice_str(wrong[i].template), &error));
    g_assert_error(error, LF_MUSTACHE_ERROR, (int)wrong[i].code);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/formatstring/run", test_formatstring);
  g_test_add_func("/formatstring/errors", test_formatstring_errors);
  g_test_add_func("/mustache/render", test_mustache);
  g_test_add_func("/mustache/errors", test_mustache_errors);
  return g_test_run();
}
