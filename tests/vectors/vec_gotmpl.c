/* Go templates against answers of Go itself: the shared vectors, a test a case. */
#include "module/gotmpl/gotmpl.h"
#include "value/json_read.h"

static LfArena *file_arena;
static const LfValue *vars;

static LfSlice
text_of(const LfValue *object, const char *key)
{
  LfValue *v = lf_object_get_str(object, key);
  return v != NULL ? lf_value_text(file_arena, v) : (LfSlice){0};
}

static void
test_case(gconstpointer data)
{
  const LfValue *c = data;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) out = {0};
  LfPlace place = {.file = "text", .line = 1, .column = 1};
  gboolean pipeline = lf_slice_is(text_of(c, "delims"), "{< >}");
  LfTemplate *t = lf_template_parse(arena, place, text_of(c, "template"),
                                    pipeline ? LF_TEMPLATE_PIPELINE : LF_TEMPLATE_CONFIG, &error);
  gboolean ok = t != NULL && lf_template_execute(t, arena, vars, &out, &error);
  if (lf_object_get_str(c, "error") != NULL) {
    g_assert_false(ok);
    g_assert_error(error, LF_CONFIG_ERROR, error->code);
    g_assert_true(g_str_has_prefix(error->message, "text:"));
    return;
  }
  g_assert_no_error(error);
  LfSlice want = text_of(c, "want");
  g_assert_cmpmem(out.p, out.len, want.p, want.len);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  const char *shared = g_getenv("LF_SHARED");
  g_autofree char *path = shared != NULL ? g_build_filename(shared, "vectors/gotemplate/cases.json", NULL) : NULL;
  g_autofree char *json = NULL;
  gsize len = 0;
  if (path == NULL || !g_file_get_contents(path, &json, &len, NULL)) {
    g_print("1..0 # SKIP the template vectors are not here (LF_SHARED)\n");
    return 0;
  }
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfValue root;
  file_arena = arena;
  if (!lf_json_read(arena, json, len, &root, &error)) {
    g_printerr("%s: %s\n", path, error->message);
    return 1;
  }
  vars = lf_object_get_str(&root, "vars");
  const LfValue *cases = lf_object_get_str(&root, "cases");
  g_assert(vars != NULL && lf_value_is(cases, LF_TYPE_ARRAY));
  for (guint32 i = 0; i < cases->array->len; i++) {
    LfSlice name = text_of(&cases->array->items[i], "name");
    g_autofree char *test = g_strdup_printf("/gotmpl/vectors/%.*s", (int)name.len, name.p);
    g_test_add_data_func(test, &cases->array->items[i], test_case);
  }
  return g_test_run();
}
