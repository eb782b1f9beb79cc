/* Go templates: Go's own answers (data/gotmpl_go.json), places of errors, ceilings, and what the interface promises. */
#include "module/gotmpl/gotmpl.h"
#include "support/files.h"
#include "support/gotmpl_cases.h"
#include "value/json_read.h"

#include <math.h>

static void
skip_go(void)
{
  g_test_skip("tests/unit/data/gotmpl_go.json is not here (LF_TOP_SRCDIR)");
}

/* ---- helpers ---- */

static LfValue
vars_of(LfArena *arena, const char *json)
{
  LfValue v;
  g_autoptr(GError) error = NULL;
  gboolean ok = lf_json_read_copy(arena, lf_slice_str(json), &v, &error);
  g_assert_no_error(error);
  g_assert(ok);
  return v;
}

/* Runs a template whose first byte is at config.yml:10:5. Returns: (transfer full): the text, or NULL with `error`. */
static char *
run(const char *text, const char *json, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) out = {0};
  LfValue vars = vars_of(arena, json);
  LfPlace place = {.file = "config.yml", .line = 10, .column = 5};
  LfTemplate *t = lf_template_parse(arena, place, lf_slice_str(text), LF_TEMPLATE_CONFIG, error);
  if (t == NULL || !lf_template_execute(t, arena, &vars, &out, error)) {
    g_assert_cmpuint(out.len, ==, 0);
    return NULL;
  }
  return lf_buf_steal(&out);
}

static void
check(const char *text, const char *json, const char *want)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *got = run(text, json, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(got, ==, want);
}

static void
check_error(const char *text, const char *json, LfConfigError code, const char *want)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *got = run(text, json, &error);
  g_assert_null(got);
  g_assert_error(error, LF_CONFIG_ERROR, (int)code);
  g_assert_cmpstr(error->message, ==, want);
}

/* As check_error; the message ends with `want`. */
static void
check_ceiling(const char *text, const char *json, const char *want)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *got = run(text, json, &error);
  g_assert_null(got);
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  if (!g_str_has_suffix(error->message, want))
    g_assert_cmpstr(error->message, ==, want);
}

static char *
repeat(const char *before, int n, const char *middle, const char *after)
{
  g_autoptr(GString) s = g_string_new(NULL);
  for (int i = 0; i < n; i++)
    g_string_append(s, before);
  g_string_append(s, middle);
  for (int i = 0; i < n; i++)
    g_string_append(s, after);
  return g_string_free(g_steal_pointer(&s), FALSE);
}

/* ---- places ---- */

static void
test_places(void)
{
  LfConfigError invalid = LF_CONFIG_ERROR_INVALID, missing = LF_CONFIG_ERROR_MISSING;
  check_error("{{ .x }}", "{}", missing, "config.yml:10:8: <.x>: the map has no entry \"x\"");
  check_error("a\nb {{ .x.y }}", "{\"x\":{}}", missing, "config.yml:11:6: <.x.y>: the map has no entry \"y\"");
  check_error("žš {{ .x }}", "{}", missing, "config.yml:10:11: <.x>: the map has no entry \"x\"");
  check_error("\n{{ if .t }}\n  {{ foo }}{{ end }}", "{}", invalid, "config.yml:12:6: function \"foo\" is not defined");
  check_error("{{ .a", "{}", invalid, "config.yml:10:5: unclosed action");
  check_error("x\n{{/* no end", "{}", invalid, "config.yml:11:1: unclosed comment");
  check_error("{{ \"a }}", "{}", invalid, "config.yml:10:8: unterminated string");
  check_error("{{ if .a }}", "{}", invalid,
              "config.yml:10:16: unexpected end of the template in a block: an {{end}} is missing");
  check_error("{{ $x }}", "{}", invalid, "config.yml:10:8: undefined variable \"$x\"");
  check_error("{{ print (eq 1\n \"a\") }}", "{}", invalid,
              "config.yml:10:15: <eq 1  \"a\">: eq: incompatible types for comparison: int and string");
  check_error("{{ inList .a \"x\" }}", "{\"a\":1}", invalid,
              "config.yml:10:15: <.a>: wrong type for value; expected []interface {}; got int");
  check_error("{{ IngestPipeline \"x\" }}", "{\"builtin\":{\"prefix\":\"filebeat\"}}", invalid,
              "config.yml:10:8: <IngestPipeline \"x\">: IngestPipeline: there is no string builtin.beatVersion");
}

/* A template without a file, and one in a file of which no more is known. */
static void
test_place_unknown(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_assert_null(lf_template_parse(arena, (LfPlace){0}, LF_SLICE_LIT("a\n {{"), LF_TEMPLATE_CONFIG, &error));
  g_assert_cmpstr(error->message, ==, "unclosed action");
  g_clear_error(&error);
  g_assert_null(lf_template_parse(arena, (LfPlace){.file = "f"}, LF_SLICE_LIT("a\n {{"), LF_TEMPLATE_CONFIG, &error));
  g_assert_cmpstr(error->message, ==, "f:2:2: unclosed action");
  g_assert_null(lf_template_parse(arena, (LfPlace){0}, LF_SLICE_LIT("{{"), LF_TEMPLATE_CONFIG, NULL));
}

/* ---- ceilings ---- */

static void
test_depth(void)
{
  g_autofree char *parens = repeat("(", 200, "1", ")");
  g_autofree char *fine = g_strdup_printf("{{ %s }}", parens);
  check(fine, "{}", "1");
  g_autofree char *more_parens = repeat("(", 5000, "1", ")");
  g_autofree char *deep = g_strdup_printf("{{ %s }}", more_parens);
  check_ceiling(deep, "{}", "nested deeper than 256 levels");
  g_autofree char *ifs = repeat("{{if true}}", 5000, "x", "{{end}}");
  check_ceiling(ifs, "{}", "nested deeper than 256 levels");
  g_autofree char *open = repeat("{{with 1}}", 5000, "", "");
  check_ceiling(open, "{}", "nested deeper than 256 levels");
  check_ceiling("{{define \"r\"}}{{template \"r\"}}{{end}}{{template \"r\"}}", "{}", "nested deeper than 256 levels");
  check_ceiling("x{{template \"text\" .}}", "{}", "nested deeper than 256 levels");
  g_autofree char *chain = repeat("{{else if false}}", 2000, "", "");
  g_autofree char *flat = g_strdup_printf("{{if false}}%s{{else}}last{{end}}", chain);
  check(flat, "{}", "last");
}

static void
test_steps(void)
{
  check_ceiling("{{range 9223372036854775807}}{{end}}", "{}", "more than 10000000 steps");
  check("{{range 100000}}{{end}}x", "{}", "x");
  /* no loop, no output, but two to the power of sixty calls */
  g_autoptr(GString) s = g_string_new("{{define \"0\"}}{{end}}");
  for (int i = 1; i <= 60; i++)
    g_string_append_printf(s, "{{define \"%d\"}}{{template \"%d\"}}{{template \"%d\"}}{{end}}", i, i - 1, i - 1);
  g_string_append(s, "{{template \"60\"}}");
  check_ceiling(s->str, "{}", "more than 10000000 steps");
}

static void
test_output(void)
{
  check_ceiling("{{range 1000000}}0123456789012345678901234567890123456789{{end}}", "{}",
                "the output is longer than 16777216 bytes");
  check_ceiling("{{range 1000}}{{printf \"%1000000d\" 1}}{{end}}", "{}", "the output is longer than 16777216 bytes");
  check_ceiling("{{range 1000}}{{$x := printf \"%1000000d\" 1}}{{end}}", "{}",
                "printf: the functions make more than 67108864 bytes of text");
  check_ceiling("{{printf \"%1000000v\" .l | len}}",
                "{\"l\":[[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"
                "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"
                "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"
                "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]]}",
                "printf: the functions make more than 67108864 bytes of text");
  g_autofree char *doubling = repeat("{{$x = print $x $x}}", 40, "", "");
  g_autofree char *text = g_strdup_printf("{{$x := \"ab\"}}%s", doubling);
  check_ceiling(text, "{}", "print: the functions make more than 67108864 bytes of text");
  check_ceiling("{{range 5000000}}{{$x := print}}{{end}}", "{}", "more than 10000000 steps");
}

static void
test_too_long(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_malloc0(LF_TEMPLATE_TEXT_MAX + 1);
  g_assert_null(
      lf_template_parse(arena, (LfPlace){0}, lf_slice(text, LF_TEMPLATE_TEXT_MAX + 1), LF_TEMPLATE_CONFIG, &error));
  g_assert_cmpstr(error->message, ==, "the template is longer than 16777216 bytes");
}

/* ---- the interface ---- */

/* Text is copied, output is appended, and taken back where the run fails. */
static void
test_buffers(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) out = {0};
  char *text = g_strdup("x{{ .a }}y");
  LfTemplate *t = lf_template_parse(arena, (LfPlace){0}, lf_slice_str(text), LF_TEMPLATE_CONFIG, &error);
  g_assert_no_error(error);
  memset(text, '#', strlen(text));
  g_free(text);
  LfValue good = vars_of(arena, "{\"a\":1}"), bad = vars_of(arena, "{}");
  lf_buf_append_str(&out, "before ");
  for (int i = 0; i < 2; i++) {
    g_autoptr(LfArena) run_arena = lf_arena_new();
    g_assert_true(lf_template_execute(t, run_arena, &good, &out, &error));
    g_assert_false(lf_template_execute(t, run_arena, &bad, &out, NULL));
  }
  g_assert_cmpmem(out.p, out.len, "before x1yx1y", 13);
  LfValue null = lf_value_null();
  g_assert_false(lf_template_execute(t, arena, &null, &out, &error));
}

/* Members in any order, escaped strings, numbers as text, and shared trees; the variables stay as they were. */
static void
test_variables(void)
{
  check("{{range $k, $v := .}}{{$k}}={{$v}} {{end}}", "{\"b\":\"\\u00e9\\n\",\"a\":1.50,\"\":1e3,\"ab\":-0}",
        "=1000 a=1.5 ab=-0 b=\303\251\n ");
  check("{{tojson .}}", "{\"b\":\"\\u00e9/\\n\",\"a\":1.50}", "{\"a\":1.5,\"b\":\"\303\251/\\n\"}\n");
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) out = {0};
  LfValue vars = vars_of(arena, "{\"z\":[1.0,\"\\u0041\"],\"a\":{\"y\":1,\"b\":2}}"),
          before = lf_value_clone(arena, &vars);
  lf_value_share(&vars);
  LfTemplate *t = lf_template_parse(arena, (LfPlace){0}, LF_SLICE_LIT("{{.}}"), LF_TEMPLATE_CONFIG, NULL);
  g_assert_true(lf_template_execute(t, arena, &vars, &out, NULL));
  lf_buf_append_char(&out, '\0');
  g_assert_cmpstr(out.p, ==, "map[a:map[b:2 y:1] z:[1 A]]");
  g_assert_true(lf_value_equal(&vars, &before));
  g_assert_cmpmem(vars.object->members[0].key, 1, "z", 1);
}

static void
test_not_finite(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) out = {0};
  LfValue vars = lf_value_object(arena, 0);
  lf_object_set_static(arena, &vars, "inf", lf_value_double(HUGE_VAL));
  lf_object_set_static(arena, &vars, "nan", lf_value_double(NAN));
  LfTemplate *t = lf_template_parse(
      arena, (LfPlace){0}, LF_SLICE_LIT("{{printf \"%v|%+v|%6.1f|%06.1f|%x|%t\" .inf .inf .inf .nan .nan .nan}}"),
      LF_TEMPLATE_CONFIG, &error);
  g_assert_no_error(error);
  g_assert_true(lf_template_execute(t, arena, &vars, &out, &error));
  lf_buf_append_char(&out, '\0');
  g_assert_cmpstr(out.p, ==, "+Inf|+Inf|  +Inf|   NaN|NaN|%!t(float64=NaN)");
  t = lf_template_parse(arena, (LfPlace){0}, LF_SLICE_LIT("{{tojson .}}"), LF_TEMPLATE_CONFIG, NULL);
  g_assert_false(lf_template_execute(t, arena, &vars, &out, &error));
  g_assert_cmpstr(error->message, ==, "<tojson .>: tojson: JSON has neither infinity nor NaN");
}

/* Any delimiters; empty ones stand for {{ }}. */
static void
test_delims(void)
{
  const struct {
    LfTemplateDelims delims;
    const char *text, *want;
  } cases[] = {
      {{{0}, {0}}, "{{1}}", "1"},
      {{LF_SLICE_LIT("<%"), LF_SLICE_LIT("%>")}, "<% 1 %>{{2}} <%- 3 -%> x<%/* c */%>", "1{{2}}3x"},
      {{LF_SLICE_LIT("$"), LF_SLICE_LIT("$")}, "$1$ $2$", "1 2"},
      {LF_TEMPLATE_PIPELINE, "{<1>}{{ {< \"{>}\" >} >}", "1{{ {>} >}"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    g_auto(LfBuf) out = {0};
    LfValue vars = lf_value_object(arena, 0);
    LfTemplate *t = lf_template_parse(arena, (LfPlace){0}, lf_slice_str(cases[i].text), cases[i].delims, &error);
    g_assert_no_error(error);
    g_assert_true(t != NULL && lf_template_execute(t, arena, &vars, &out, &error));
    g_assert_cmpmem(out.p, out.len, cases[i].want, strlen(cases[i].want));
  }
}

static void
test_pipeline_id(void)
{
  static const char *const cases[][2] = {
      {"ingest/pipeline.yml", "filebeat-7.17.29-awsfargate-log-pipeline"},
      {"pipeline", "filebeat-7.17.29-awsfargate-log-pipeline"},
      {"a/b.json", "filebeat-7.17.29-awsfargate-log-b"},
      {"a.d/b", "filebeat-7.17.29-awsfargate-log-b"},
      {"x.tar.gz", "filebeat-7.17.29-awsfargate-log-x.tar"},
      {"dir/", "filebeat-7.17.29-awsfargate-log-dir"},
      {"/", "filebeat-7.17.29-awsfargate-log-/"},
      {"", "filebeat-7.17.29-awsfargate-log-"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *id = lf_template_pipeline_id("filebeat", "7.17.29", "awsfargate", "log", cases[i][0]);
    g_assert_cmpstr(id, ==, cases[i][1]);
  }
}

/* Each row of the table is described, sorted, and refuses too few arguments. */
static void
test_functions(void)
{
  const LfTemplateFunction *row, *before = NULL;
  guint n = 0;
  for (; (row = lf_template_function(n)) != NULL; n++) {
    g_assert_true(row->doc[0] != '\0' && row->doc[strlen(row->doc) - 1] != '.');
    g_assert_true(before == NULL || strcmp(before->name, row->name) < 0);
    g_assert_true(row->max_args == -1 || row->max_args >= row->min_args);
    before = row;
    g_autofree char *text = g_strdup_printf("{{%s}}", row->name);
    g_autoptr(GError) error = NULL;
    g_autofree char *got = run(text, "{}", &error);
    g_assert_true((got != NULL) == (row->min_args == 0));
  }
  g_assert_cmpuint(n, ==, 22);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autofree char *path = test_source_path("tests/unit/data/gotmpl_go.json");
  g_test_add_func("/gotmpl/places", test_places);
  g_test_add_func("/gotmpl/place-unknown", test_place_unknown);
  g_test_add_func("/gotmpl/depth", test_depth);
  g_test_add_func("/gotmpl/steps", test_steps);
  g_test_add_func("/gotmpl/output", test_output);
  g_test_add_func("/gotmpl/too-long", test_too_long);
  g_test_add_func("/gotmpl/buffers", test_buffers);
  g_test_add_func("/gotmpl/variables", test_variables);
  g_test_add_func("/gotmpl/not-finite", test_not_finite);
  g_test_add_func("/gotmpl/delims", test_delims);
  g_test_add_func("/gotmpl/pipeline-id", test_pipeline_id);
  g_test_add_func("/gotmpl/functions", test_functions);
  if (!test_gotmpl_cases_add(arena, path, "/gotmpl/go"))
    g_test_add_func("/gotmpl/go", skip_go);
  return g_test_run();
}
