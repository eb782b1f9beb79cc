/* The folder modules.d. */
#include "module/modulesd.h"

#include "base/fs.h"
#include "config/option/option.h"
#include "module/module_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define ENABLED ".yml"
#define DISABLED ".yml.disabled"

static gboolean
file_error(GError **error, const char *path, const char *what, int code)
{
  g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s: %s: %s", path, what, g_strerror(code));
  return FALSE;
}

static void
file_free(gpointer data)
{
  LfModulesdFile *file = data;
  g_free(file->name);
  g_free(file);
}

void
lf_modulesd_free(LfModulesd *m)
{
  if (m == NULL)
    return;
  g_free(m->dir);
  g_free(m->shipped_dir);
  g_ptr_array_unref(m->files);
  g_free(m);
}

static LfModulesdFile *
find(const LfModulesd *m, const char *name)
{
  for (guint i = 0; i < m->files->len; i++) {
    LfModulesdFile *file = g_ptr_array_index(m->files, i);
    if (strcmp(file->name, name) == 0)
      return file;
  }
  return NULL;
}

const LfModulesdFile *
lf_modulesd_find(const LfModulesd *m, const char *name)
{
  return find(m, name);
}

/* The file is enabled where it is there both ways, since then it is read. */
static void
add_file(LfModulesd *m, const char *entry, gboolean shipped)
{
  gboolean enabled = g_str_has_suffix(entry, ENABLED);
  if (!enabled && !g_str_has_suffix(entry, DISABLED))
    return;
  g_autofree char *name = g_strndup(entry, strlen(entry) - strlen(enabled ? ENABLED : DISABLED));
  if (!lf_module_name_is_plain(name))
    return;
  LfModulesdFile *file = find(m, name);
  if (file == NULL) {
    file = g_new0(LfModulesdFile, 1);
    file->name = g_steal_pointer(&name);
    file->shipped = shipped;
    g_ptr_array_add(m->files, file);
  }
  if (!shipped)
    file->enabled |= enabled;
}

static gboolean
scan(LfModulesd *m, const char *path, gboolean shipped, GError **error)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, error);
  for (const char *entry; dir != NULL && (entry = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *file = g_build_filename(path, entry, NULL);
    if (!g_file_test(file, G_FILE_TEST_IS_DIR))
      add_file(m, entry, shipped);
  }
  return dir != NULL;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  const LfModulesdFile *const *x = a, *const *y = b;
  return strcmp((*x)->name, (*y)->name);
}

LfModulesd *
lf_modulesd_open(const char *dir, const char *shipped_dir, GError **error)
{
  g_autoptr(LfModulesd) m = g_new0(LfModulesd, 1);
  m->dir = g_strdup(dir);
  m->shipped_dir = g_strdup(shipped_dir);
  m->files = g_ptr_array_new_with_free_func(file_free);
  m->exists = g_file_test(dir, G_FILE_TEST_EXISTS);
  if (m->exists && !scan(m, dir, FALSE, error))
    return NULL;
  if (shipped_dir != NULL)
    scan(m, shipped_dir, TRUE, NULL);
  g_ptr_array_sort(m->files, by_name);
  return g_steal_pointer(&m);
}

static gboolean
missing(const LfModulesd *m, const char *name, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < m->files->len; i++)
    g_ptr_array_add(names, ((LfModulesdFile *)g_ptr_array_index(m->files, i))->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
  const char *near = lf_option_near(name, (const char *const *)names->pdata, names->len - 1);
  return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING,
                        "module %s doesn't exist%s%s%s; there is %s for %s", name,
                        near != NULL ? " (did you mean " : "", near != NULL ? near : "", near != NULL ? "?)" : "",
                        all[0] != '\0' ? all : "none", m->dir);
}

static char *
path_in(const char *dir, const char *name, const char *ending)
{
  g_autofree char *base = g_strconcat(name, ending, NULL);
  return g_build_filename(dir, base, NULL);
}

static gboolean
rename_file(const LfModulesd *m, const char *name, const char *from_ending, const char *to_ending, GError **error)
{
  g_autofree char *from = path_in(m->dir, name, from_ending), *to = path_in(m->dir, name, to_ending);
  if (g_file_test(to, G_FILE_TEST_EXISTS))
    return file_error(error, to, "is there already, and is not overwritten", EEXIST);
  if (rename(from, to) != 0)
    return file_error(error, from, "cannot be renamed", errno);
  return lf_fs_sync_dir(m->dir, error);
}

/* Writes a file that must not be there yet; half a file is taken away again. */
static gboolean
write_new(const char *path, const char *text, gsize len, GError **error)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0)
    return file_error(error, path, "cannot be made", errno);
  gsize done = 0;
  while (done < len) {
    gssize n = write(fd, text + done, len - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += (gsize)n;
  }
  int failed = done < len || fsync(fd) != 0 ? errno : 0;
  close(fd);
  if (failed == 0)
    return TRUE;
  unlink(path);
  return file_error(error, path, "cannot be written", failed);
}

static gboolean
copy_shipped(LfModulesd *m, const char *name, GError **error)
{
  g_autofree char *from = path_in(m->shipped_dir, name, DISABLED), *to = path_in(m->dir, name, ENABLED);
  gsize len;
  g_autofree char *text = lf_fs_read(from, LF_FS_TEXT_MAX, &len, error);
  if (text == NULL || !lf_fs_mkdir_p(m->dir, 0755, error) || !write_new(to, text, len, error))
    return FALSE;
  m->exists = TRUE;
  return lf_fs_sync_dir(m->dir, error);
}

gboolean
lf_modulesd_enable(LfModulesd *m, const char *name, LfModulesdChange *change, GError **error)
{
  LfModulesdFile *file = find(m, name);
  if (file == NULL)
    return missing(m, name, error);
  *change = file->enabled ? LF_MODULESD_ALREADY : file->shipped ? LF_MODULESD_COPIED : LF_MODULESD_RENAMED;
  if (*change == LF_MODULESD_ALREADY)
    return TRUE;
  if (!(file->shipped ? copy_shipped(m, name, error) : rename_file(m, name, DISABLED, ENABLED, error)))
    return FALSE;
  file->enabled = TRUE;
  file->shipped = FALSE;
  return TRUE;
}

gboolean
lf_modulesd_disable(LfModulesd *m, const char *name, LfModulesdChange *change, GError **error)
{
  LfModulesdFile *file = find(m, name);
  if (file == NULL)
    return missing(m, name, error);
  *change = file->enabled ? LF_MODULESD_RENAMED : LF_MODULESD_ALREADY;
  if (file->enabled && !rename_file(m, name, ENABLED, DISABLED, error))
    return FALSE;
  file->enabled = FALSE;
  return TRUE;
}
