/* Runs a fuzz target over files it is given, and over all files of the directories it is given: no fuzzer needed. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int files;

static gboolean
replay_file(const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gsize len = 0;
  if (!g_file_get_contents(path, &text, &len, &error)) {
    fprintf(stderr, "%s\n", error->message);
    return FALSE;
  }
  /* a copy of the exact size, so that a read behind the end meets the sanitizer */
  g_autofree uint8_t *data = g_memdup2(text, len);
  LLVMFuzzerTestOneInput(len > 0 ? data : (const uint8_t *)"", len);
  files++;
  return TRUE;
}

static gboolean
replay(const char *path)
{
  if (!g_file_test(path, G_FILE_TEST_IS_DIR))
    return replay_file(path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
  if (dir == NULL) {
    fprintf(stderr, "%s\n", error->message);
    return FALSE;
  }
  gboolean ok = TRUE;
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    fprintf(stderr, "%s\n", child); /* the last line before a crash names its cause */
    ok = replay(child) && ok;
  }
  return ok;
}

int
main(int argc, char **argv)
{
  gboolean ok = TRUE;
  LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
  for (int i = 1; i < argc; i++)
    ok = replay(argv[i]) && ok;
  printf("%d files\n", files);
  return ok ? 0 : 1;
}
