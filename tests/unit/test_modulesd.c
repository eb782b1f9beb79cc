/* modules.d: listing, enabling, disabling, and what is never overwritten. */
#include "module/modulesd.h"

#include <glib/gstdio.h>

static char *
make_dir(void)
{
  char *dir = g_dir_make_tmp("lf-modulesd-XXXXXX", NULL);
  g_assert_nonnull(dir);
  return dir;
}

static void
put(const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(dir, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static gboolean
has(const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename(dir, name, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void
remove_dir(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    if (g_file_test(child, G_FILE_TEST_IS_DIR))
      remove_dir(child);
    else
      g_unlink(child);
  }
  g_rmdir(path);
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
  g_autofree char *dir = make_dir(), *shipped = make_dir();
  put(dir, "nginx.yml", "");
  put(dir, "apache.yml.disabled", "");
  put(dir, "both.yml", "");
  put(dir, "both.yml.disabled", "");
  put(dir, "notes.txt", "");
  put(dir, ".yml", "");
  put(dir, ".hidden.yml", "");
  put(dir, "apache.yml.disabled.bak", "");
  put(shipped, "nginx.yml.disabled", "");
  put(shipped, "awsfargate.yml.disabled", "");
  g_autofree char *folder = g_build_filename(dir, "folder.yml", NULL);
  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  g_autoptr(LfModulesd) m = open_dir(dir, shipped);
  g_autoptr(LfModulesd) without = open_dir(dir, NULL);
  g_autofree char *all = show(m), *own = show(without);
  g_assert_cmpstr(all, ==, "-apache *awsfargate +both +nginx");
  g_assert_cmpstr(own, ==, "-apache +both +nginx");
  g_assert_nonnull(lf_modulesd_find(m, "nginx"));
  g_assert_null(lf_modulesd_find(m, "notes"));
  remove_dir(dir);
  remove_dir(shipped);
}

static void
test_rename(void)
{
  g_autofree char *dir = make_dir();
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  put(dir, "a.yml.disabled", "text");
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
  remove_dir(dir);
}

static void
test_never_overwrites(void)
{
  g_autofree char *dir = make_dir();
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  put(dir, "a.yml", "mine");
  put(dir, "a.yml.disabled", "mine too");
  g_autoptr(LfModulesd) m = open_dir(dir, NULL);
  g_assert_false(lf_modulesd_disable(m, "a", &change, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  g_assert_true(has(dir, "a.yml") && has(dir, "a.yml.disabled"));
  g_assert_true(lf_modulesd_find(m, "a")->enabled);
  remove_dir(dir);
}

static void
test_copy(void)
{
  g_autofree char *base = make_dir(), *shipped = make_dir();
  g_autofree char *dir = g_build_filename(base, "etc", "modules.d", NULL);
  g_autofree char *copy = g_build_filename(dir, "awsfargate.yml", NULL), *text = NULL;
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  put(shipped, "awsfargate.yml.disabled", "- module: awsfargate\n");
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
  remove_dir(base);
  remove_dir(shipped);
}

static void
test_unknown(void)
{
  g_autofree char *dir = make_dir();
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  put(dir, "nginx.yml", "");
  put(dir, "apache.yml.disabled", "");
  g_autoptr(LfModulesd) m = open_dir(dir, NULL);
  g_assert_false(lf_modulesd_enable(m, "ngnix", &change, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
  g_assert_true(g_str_has_prefix(error->message,
                                 "module ngnix doesn't exist (did you mean nginx?); there is apache, nginx for "));
  g_clear_error(&error);
  g_assert_false(lf_modulesd_disable(m, "../nginx", &change, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
  remove_dir(dir);
}

static void
test_no_folder(void)
{
  g_autofree char *dir = make_dir();
  g_autofree char *file = g_build_filename(dir, "x", NULL);
  g_autoptr(GError) error = NULL;
  put(dir, "x", "");
  g_assert_null(lf_modulesd_open(file, NULL, &error));
  g_assert_true(error != NULL && error->domain == G_FILE_ERROR);
  remove_dir(dir);
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
