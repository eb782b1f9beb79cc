/* Go templates against Go's own answers, a test a case. */
#include "support/gotmpl_cases.h"

#include "module/gotmpl/gotmpl.h"
#include "support/files.h"

/* A case, and what all cases of its file share. */
typedef struct {
  LfArena *arena;
  const LfValue *vars;
  const LfValue *self;
} Case;

static LfSlice
text_of(const Case *c, const char *key)
{
  LfValue *v = lf_object_get_str(c->self, key);
  return v != NULL ? lf_value_text(c->arena, v) : (LfSlice){0};
}

static LfSlice
from_hex(LfArena *arena, LfSlice hex)
{
  char *bytes = lf_arena_alloc(arena, hex.len / 2);
  for (gsize i = 0; i + 1 < hex.len; i += 2)
    bytes[i / 2] = (char)(g_ascii_xdigit_value(hex.p[i]) << 4 | g_ascii_xdigit_value(hex.p[i + 1]));
  return lf_slice(bytes, hex.len / 2);
}

static void
run_case(gconstpointer data)
{
  const Case *c = data;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) out = {0};
  LfPlace place = {.file = "text", .line = 1, .column = 1};
  gboolean pipeline = lf_slice_is(text_of(c, "delims"), "{< >}");
  LfTemplate *t = lf_template_parse(arena, place, text_of(c, "template"),
                                    pipeline ? LF_TEMPLATE_PIPELINE : LF_TEMPLATE_CONFIG, &error);
  gboolean ok = t != NULL && lf_template_execute(t, arena, c->vars, &out, &error);
  if (lf_object_get_str(c->self, "error") != NULL) {
    g_assert_false(ok);
    g_assert_error(error, LF_CONFIG_ERROR, error->code);
    g_assert_true(g_str_has_prefix(error->message, "text:"));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return;
  }
  g_assert_no_error(error);
  LfSlice want = text_of(c, "want");
  if (lf_object_get_str(c->self, "want_hex") != NULL)
    want = from_hex(arena, text_of(c, "want_hex"));
  g_assert_cmpmem(out.p, out.len, want.p, want.len);
}

gboolean
test_gotmpl_cases_add(LfArena *arena, const char *path, const char *prefix)
{
  LfValue root;
  if (!test_json_read(arena, path, &root))
    return FALSE;
  const LfValue *vars = lf_object_get_str(&root, "vars");
  const LfValue *cases = lf_object_get_str(&root, "cases");
  g_assert(vars != NULL && lf_value_is(cases, LF_TYPE_ARRAY));
  for (guint32 i = 0; i < cases->array->len; i++) {
    Case *c = lf_arena_alloc(arena, sizeof *c);
    *c = (Case){arena, vars, &cases->array->items[i]};
    LfSlice name = text_of(c, "name");
    g_autofree char *test = name.len > 0 ? g_strdup_printf("%s/%.*s", prefix, (int)name.len, name.p)
                                         : g_strdup_printf("%s/%04u", prefix, i);
    g_test_add_data_func(test, c, run_case);
  }
  return TRUE;
}
