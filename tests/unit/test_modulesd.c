/* modules.d: listing, enabling, disabling, and what is never overwritten. */
#include "module/modulesd.h"
#include "support/folder.h"

#include <glib/gstdio.h>

static gboolean
has(const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename(dir, name, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* "+a -b *c": enabled, disabled, shipped */
static char *
show(const LfModulesd *m)
{
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < m->files->len; i++) {
    const LfModulesdFile *f = g_ptr_array_index(m->files, i);
    g_string_append_printf(out, "%s%s%s", i > 0 ? " " : "", f->enabled ? "+" : f->shipped ? "*" : "-", f->name);
  }
  return g_string_free(out, FALSE);
}

static LfModulesd *
open_dir(const char *dir, const char *shipped)
{
  g_autoptr(GError) error = NULL;
  LfModulesd *m = lf_modulesd_open(dir, shipped, &error);
  g_assert_no_error(error);
  return m;
}

static void
test_list(void)
{
  g_autofree char *dir = test_folder_new(), *shipped = test_folder_new();
  test_folder_write(dir, "nginx.yml", "");
  test_folder_write(dir, "apache.yml.disabled", "");
  test_folder_write(dir, "both.yml", "");
  test_folder_write(dir, "both.yml.disabled", "");
  test_folder_write(dir, "notes.txt", "");
  test_folder_write(dir, ".yml", "");
  test_folder_write(dir, ".hidden.yml", "");
  test_folder_write(dir, "apache.yml.disabled.bak", "");
  test_folder_write(shipped, "nginx.yml.disabled", "");
  test_folder_write(shipped, "awsfargate.yml.disabled", "");
  g_autofree char *folder = g_build_filename(dir, "folder.yml", NULL);
  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  g_autoptr(LfModulesd) m = open_dir(dir, shipped);
  g_autoptr(LfModulesd) without = open_dir(dir, NULL);
  g_autofree char *all = show(m), *own = show(without);
  g_assert_cmpstr(all, ==, "-apache *awsfargate +both +nginx");
  g_assert_cmpstr(own, ==, "-apache +both +nginx");
  g_assert_nonnull(lf_modulesd_find(m, "nginx"));
  g_assert_null(lf_modulesd_find(m, "notes"));
  test_folder_remove(dir);
  test_folder_remove(shipped);
}

static void
test_rename(void)
{
  g_autofree char *dir = test_folder_new();
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  test_folder_write(dir, "a.yml.disabled", "text");
  g_autoptr(LfModulesd) m = open_dir(dir, NULL);
  g_assert_true(lf_modulesd_enable(m, "a", &change, &error));
  g_assert_cmpint(change, ==, LF_MODULESD_RENAMED);
  g_assert_true(has(dir, "a.yml") && !has(dir, "a.yml.disabled"));
  g_assert_true(lf_modulesd_enable(m, "a", &change, &error));
  g_assert_cmpint(change, ==, LF_MODULESD_ALREADY);
  g_assert_true(lf_modulesd_disable(m, "a", &change, &error));
  g_assert_cmpint(change, ==, LF_MODULESD_RENAMED);
  g_assert_true(!has(dir, "a.yml") && has(dir, "a.yml.disabled"));
  g_assert_true(lf_modulesd_disable(m, "a", &change, &error));
  g_assert_cmpint(change, ==, LF_MODULESD_ALREADY);
  g_assert_no_error(error);
  test_folder_remove(dir);
}

static void
test_never_overwrites(void)
{
  g_autofree char *dir = test_folder_new();
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  test_folder_write(dir, "a.yml", "mine");
  test_folder_write(dir, "a.yml.disabled", "mine too");
  g_autoptr(LfModulesd) m = open_dir(dir, NULL);
  g_assert_false(lf_modulesd_disable(m, "a", &change, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  g_assert_true(has(dir, "a.yml") && has(dir, "a.yml.disabled"));
  g_assert_true(lf_modulesd_find(m, "a")->enabled);
  test_folder_remove(dir);
}

static void
test_copy(void)
{
  g_autofree char *base = test_folder_new(), *shipped = test_folder_new();
  g_autofree char *dir = g_build_filename(base, "etc", "modules.d", NULL);
  g_autofree char *copy = g_build_filename(dir, "awsfargate.yml", NULL), *text = NULL;
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  test_folder_write(shipped, "awsfargate.yml.disabled", "- module: awsfargate\n");
  g_autoptr(LfModulesd) m = open_dir(dir, shipped);
  g_assert_false(m->exists);
  g_assert_true(lf_modulesd_disable(m, "awsfargate", &change, &error));
  g_assert_cmpint(change, ==, LF_MODULESD_ALREADY);
  g_assert_true(lf_modulesd_enable(m, "awsfargate", &change, &error));
  g_assert_no_error(error);
  g_assert_cmpint(change, ==, LF_MODULESD_COPIED);
  g_assert_true(m->exists && has(shipped, "awsfargate.yml.disabled"));
  g_assert_true(g_file_get_contents(copy, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "- module: awsfargate\n");
  g_assert_true(lf_modulesd_disable(m, "awsfargate", &change, &error));
  g_assert_true(has(dir, "awsfargate.yml.disabled"));
  test_folder_remove(base);
  test_folder_remove(shipped);
}

static void
test_unknown(void)
{
  g_autofree char *dir = test_folder_new();
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  test_folder_write(dir, "nginx.yml", "");
  test_folder_write(dir, "apache.yml.disabled", "");
  g_autoptr(LfModulesd) m = open_dir(dir, NULL);
  g_assert_false(lf_modulesd_enable(m, "ngnix", &change, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
  g_assert_true(g_str_has_prefix(error->message,
                                 "module ngnix doesn't exist (did you mean nginx?); there is apache, nginx for "));
  g_clear_error(&error);
  g_assert_false(lf_modulesd_disable(m, "../nginx", &change, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
  test_folder_remove(dir);
}

static void
test_no_folder(void)
{
  g_autofree char *dir = test_folder_new();
  g_autofree char *file = g_build_filename(dir, "x", NULL);
  g_autoptr(GError) error = NULL;
  test_folder_write(dir, "x", "");
  g_assert_null(lf_modulesd_open(file, NULL, &error));
  g_assert_true(error != NULL && error->domain == G_FILE_ERROR);
  test_folder_remove(dir);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/modulesd/list", test_list);
  g_test_add_func("/modulesd/rename", test_rename);
  g_test_add_func("/modulesd/never-overwrites", test_never_overwrites);
  g_test_add_func("/modulesd/copy", test_copy);
  g_test_add_func("/modulesd/unknown", test_unknown);
  g_test_add_func("/modulesd/no-folder", test_no_folder);
  return g_test_run();
}
