/* Where modules are. */
#include "module/module_dir.h"

#include "base/fs.h"
#include "value/yaml.h"

gboolean
lf_module_name_is_plain(const char *name)
{
  return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

/* The two folders that modules are in; the second may be NULL. */
static void
roots(const LfConfigPaths *paths, char *out[2])
{
  const char *shipped = lf_fs_data_dir();
  out[0] = g_build_filename(paths->home != NULL ? paths->home : ".", "module", NULL);
  out[1] = shipped != NULL ? g_build_filename(shipped, "module", NULL) : NULL;
}

gboolean
lf_module_is_shipped(const char *dir)
{
  if (lf_fs_data_dir() == NULL)
    return FALSE;
  g_autofree char *root = g_build_filename(lf_fs_data_dir(), "module", "", NULL);
  g_autofree char *full = g_canonicalize_filename(dir, NULL);
  return g_str_has_prefix(full, root);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds the folders in `root`; a `child` that is given must exist in each. */
static void
add_folders(GPtrArray *names, const char *root, const char *child)
{
  g_autoptr(GDir) dir = root != NULL ? g_dir_open(root, 0, NULL) : NULL;
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *path = g_build_filename(root, name, child, NULL);
    if (lf_module_name_is_plain(name) &&
        g_file_test(path, child != NULL ? G_FILE_TEST_IS_REGULAR : G_FILE_TEST_IS_DIR) &&
        !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
      g_ptr_array_add(names, g_strdup(name));
  }
}

/* Sorts, ends with NULL. Returns: (transfer full). */
static char **
finish(GPtrArray *names)
{
  g_ptr_array_sort(names, by_name);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

char **
lf_module_names(const LfConfigPaths *paths)
{
  GPtrArray *names = g_ptr_array_new();
  char *root[2];
  roots(paths, root);
  for (gsize i = 0; i < G_N_ELEMENTS(root); i++) {
    add_folders(names, root[i], NULL);
    g_free(root[i]);
  }
  return finish(names);
}

gboolean
lf_module_missing(const LfConfigPaths *paths, const char *name, LfPlace place, GError **error)
{
  char *root[2];
  roots(paths, root);
  g_auto(GStrv) names = lf_module_names(paths);
  g_autofree char *all = g_strjoinv(", ", names);
  const char *near = lf_option_near(name, (const char *const *)names, g_strv_length(names));
  lf_place_error(error, place, LF_CONFIG_ERROR_MISSING,
                 "there is no module \"%s\"%s%s%s; looked in %s and in %s; modules that are there: %s", name,
                 near != NULL ? " (did you mean " : "", near != NULL ? near : "", near != NULL ? "?)" : "", root[0],
                 root[1] != NULL ? root[1] : "no folder of this program's own", all[0] != '\0' ? all : "none");
  g_free(root[0]);
  g_free(root[1]);
  return FALSE;
}

/* The new name in the module.yml of a module that has been renamed, which is all that such a folder holds. Returns:
 * (transfer full) (nullable): NULL for any other module, and where its module.yml cannot be read. */
static char *
moved_to(const char *dir)
{
  g_autofree char *path = g_build_filename(dir, "module.yml", NULL);
  g_autoptr(LfArena) arena = lf_arena_new();
  gsize len;
  g_autofree char *text = lf_fs_read(path, LF_FS_TEXT_MAX, &len, NULL);
  LfNode *root = text != NULL ? lf_yaml_read(arena, path, lf_slice(text, len), NULL) : NULL;
  LfNode *to = lf_node_get(root, "movedTo");
  return to != NULL && to->type == LF_NODE_STRING && to->text.len > 0 ? lf_slice_dup(to->text) : NULL;
}

/* Returns: (transfer full) (nullable). */
static char *
find_dir(const LfConfigPaths *paths, const char *name)
{
  char *root[2];
  char *found = NULL;
  roots(paths, root);
  for (gsize i = 0; i < G_N_ELEMENTS(root); i++) {
    g_autofree char *dir = root[i] != NULL ? g_build_filename(root[i], name, NULL) : NULL;
    if (found == NULL && dir != NULL && g_file_test(dir, G_FILE_TEST_IS_DIR))
      found = g_steal_pointer(&dir);
    g_free(root[i]);
  }
  return found;
}

char *
lf_module_dir(const LfConfigPaths *paths, const char *name, GError **error)
{
  if (!lf_module_name_is_plain(name)) {
    lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
                   "\"%s\" cannot be the name of a module: it is the name of a folder, without slashes", name);
    return NULL;
  }
  g_autofree char *dir = find_dir(paths, name);
  if (dir == NULL) {
    lf_module_missing(paths, name, (LfPlace){0}, error);
    return NULL;
  }
  g_autofree char *moved = moved_to(dir);
  if (moved != NULL) {
    lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID, "the module %s is called %s now: write that name",
                   name, moved);
    return NULL;
  }
  return g_steal_pointer(&dir);
}

char **
lf_module_filesets(const LfConfigPaths *paths, const char *module, void *data)
{
  g_autofree char *dir = lf_module_dir(paths, module, NULL);
  if (dir == NULL)
    return NULL;
  GPtrArray *names = g_ptr_array_new();
  add_folders(names, dir, "manifest.yml");
  return finish(names);
}
