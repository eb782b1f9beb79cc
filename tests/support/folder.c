/* Folders for tests. */
#include "support/folder.h"

#include <glib/gstdio.h>

char *
test_folder_new(void)
{
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp("logferry-test-XXXXXX", &error);
  g_assert_no_error(error);
  return folder;
}

void
test_folder_write(const char *folder, const char *below, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, below, NULL), *above = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(above, 0755), ==, 0);
  g_file_set_contents(path, text, -1, &error);
  g_assert_no_error(error);
  g_assert_cmpint(g_chmod(path, 0644), ==, 0);
}

void
test_folder_remove(const char *folder)
{
  gboolean is_link = g_file_test(folder, G_FILE_TEST_IS_SYMLINK);
  g_autoptr(GDir) dir = is_link ? NULL : g_dir_open(folder, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *child = g_build_filename(folder, name, NULL);
    test_folder_remove(child);
  }
  g_remove(folder);
}
