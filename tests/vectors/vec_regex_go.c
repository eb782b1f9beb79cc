/* Go's regular expressions against answers of Go itself: regex_go.jsonl, a test a pattern. */
#include "support/files.h"
#include "text/regex.h"
#include "text/regex_go.h"

static LfArena *file_arena;
static const LfValue *common_texts;

/* What this PCRE2's Unicode, or \p{} under (?i), answers otherwise: refused here, taken by Go. */
static const char *const refused_here[] = {"(?i)\\p{Greek}"};

static gboolean
is_refused_here(LfSlice pattern)
{
  for (gsize i = 0; i < G_N_ELEMENTS(refused_here); i++)
    if (lf_slice_is(pattern, refused_here[i]))
      return TRUE;
  return FALSE;
}

static void
test_pattern(gconstpointer data)
{
  const LfValue *line = data;
  g_auto(LfBuf) translated = {0};
  g_autofree char *why = NULL;
  LfSlice pattern = lf_value_text(file_arena, lf_object_get_str(line, "pattern"));
  const LfValue *own = lf_object_get_str(line, "texts"), *texts = own != NULL ? own : common_texts;
  LfValue *answers = lf_object_get_str(line, "answers");
  gboolean ok = lf_regex_go_translate(pattern, 0, &translated, &why);
  g_autoptr(LfRegex) regex = ok ? lf_regex_new(lf_buf_slice(&translated), &why) : NULL;
  if (answers == NULL || is_refused_here(pattern)) {
    if (regex != NULL)
      g_test_fail_printf("it is taken, as %.*s", (int)translated.len, translated.p);
    g_assert_true(why != NULL && why[0] != '\0');
    return;
  }
  if (regex == NULL) {
    g_test_fail_printf("it is refused: %s", why);
    return;
  }
  LfSlice want = lf_value_text(file_arena, answers);
  g_assert_cmpuint(want.len, ==, texts->array->len);
  for (guint i = 0; i < want.len; i++) {
    LfSlice text = lf_value_text(file_arena, &texts->array->items[i]);
    LfRegexResult got = lf_regex_match(regex, text);
    if (got != (want.p[i] == '1' ? LF_REGEX_YES : LF_REGEX_NO))
      g_test_fail_printf("%d, not %c, for \"%.*s\"; it became %.*s", got, want.p[i], (int)text.len, text.p,
                         (int)translated.len, translated.p);
  }
}

static void
add_line(guint n, const LfValue *line)
{
  if (n == 0) {
    common_texts = lf_object_get_str(line, "texts");
  } else {
    g_autofree char *path = g_strdup_printf("/regex_go/%03u", n);
    g_test_add_data_func(path, line, test_pattern);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  file_arena = lf_arena_new();
  g_autofree char *path = test_source_path("tests/vectors/regex_go.jsonl");
  guint n;
  const LfValue *lines = test_json_lines(file_arena, path, &n);
  for (guint i = 0; i < n; i++)
    add_line(i, &lines[i]);
  int failed = g_test_run();
  lf_arena_free(file_arena);
  return failed;
}
