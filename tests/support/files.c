/* Files that tests read. */
#include "support/files.h"

#include "value/json_read.h"

char *
test_source_path(const char *below)
{
  const char *top = g_getenv("LF_TOP_SRCDIR");
  return g_build_filename(top != NULL ? top : ".", below, NULL);
}

char *
test_shared_path(const char *below)
{
  const char *shared = g_getenv("LF_SHARED");
  return g_build_filename(shared != NULL ? shared : "/nonexistent", below, NULL);
}

static void
read_text(LfArena *arena, const char *path, LfSlice text, LfValue *out)
{
  g_autoptr(GError) error = NULL;
  if (!lf_json_read_copy(arena, text, out, &error))
    g_error("%s: %s", path, error->message);
}

gboolean
test_json_read(LfArena *arena, const char *path, LfValue *out)
{
  g_autofree char *text = NULL;
  gsize len;
  if (!g_file_get_contents(path, &text, &len, NULL))
    return FALSE;
  read_text(arena, path, lf_slice(text, len), out);
  return TRUE;
}

const LfValue *
test_json_lines(LfArena *arena, const char *path, guint *n)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, &error))
    g_error("%s", error->message);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  LfValue *values = lf_arena_alloc_n(arena, g_strv_length(lines), sizeof *values);
  for (*n = 0; lines[*n] != NULL && lines[*n][0] != '\0'; (*n)++)
    read_text(arena, path, lf_slice_str(lines[*n]), &values[*n]);
  return values;
}
