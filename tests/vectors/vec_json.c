/* nst/JSONTestSuite: what must be accepted, what must be refused, and that nothing crashes. */
#include "base/fs.h"
#include "support/files.h"
#include "value/json_read.h"
#include "value/json_write.h"

static void
test_file(gconstpointer data)
{
  const char *path = data;
  g_autofree char *name = g_path_get_basename(path);
  g_autoptr(GError) error = NULL;
  gsize len;
  g_autofree char *text = lf_fs_read(path, 1 << 24, &len, &error);
  g_assert_no_error(error);
  g_autoptr(LfArena) arena = lf_arena_new();
  /* an exact copy, so that a sanitizer sees a byte read beyond the end */
  char *exact = g_malloc(MAX(len, 1));
  memcpy(exact, text, len);
  LfValue v;
  gboolean ok = lf_json_read(arena, exact, len, &v, &error);
  if (name[0] == 'y')
    g_assert_no_error(error);
  if (name[0] == 'n')
    g_assert_false(ok);
  if (!ok)
    g_assert_nonnull(error);
  if (ok) { /* what was read is written as JSON that reads back as the same */
    g_auto(LfBuf) out = {0};
    LfValue again;
    lf_json_write(&out, &v);
    g_assert_true(lf_json_read(arena, out.p, out.len, &again, NULL));
    g_assert_true(lf_value_equal(&v, &again));
  }
  g_free(exact);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autofree char *dir = test_shared_path("vectors/json/test_parsing");
  g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
  g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
  for (const char *name; d != NULL && (name = g_dir_read_name(d)) != NULL;) {
    if (!g_str_has_suffix(name, ".json"))
      continue;
    g_autofree char *test = g_strdup_printf("/json/%s", name);
    char *path = g_build_filename(dir, name, NULL);
    g_ptr_array_add(keep, path);
    g_test_add_data_func(test, path, test_file);
  }
  if (keep->len == 0) {
    g_print("1..0 # SKIP the JSON vectors are not here (LF_SHARED)\n");
    return 0;
  }
  return g_test_run();
}
