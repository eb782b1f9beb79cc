/* The names of output.file's files, as Filebeat of each line makes them. */
#include "output/file_names.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *path;
  gint64 order; /* the oldest has the lowest */
} Found;

/* The number behind "base." or "base-YYYYMMDD-"; -1 where the name is none of ours. */
static gint64
order_of(const LfFileNames *names, const char *name)
{
  gsize n = strlen(names->base);
  gint64 day, index = 0;
  if (strncmp(name, names->base, n) != 0)
    return -1;
  LfSlice rest = lf_slice_str(name + n);
  if (names->style == LF_FILE_NAMES_COUNT) {
    if (rest.len == 0)
      return G_MAXINT32;
    if (rest.p[0] != '.' || rest.len > 6 || !lf_number_parse_int(lf_slice(rest.p + 1, rest.len - 1), &index) ||
        index < 1)
      return -1;
    return G_MAXINT32 - index;
  }
  if (!g_str_has_suffix(rest.p, ".ndjson") || rest.len < 9 + 7 || rest.p[0] != '-' ||
      !lf_number_parse_int(lf_slice(rest.p + 1, 8), &day) || day < 0)
    return -1;
  LfSlice tail = lf_slice(rest.p + 9, rest.len - 9 - 7);
  if (tail.len > 0 && (tail.p[0] != '-' || tail.len > 9 ||
                       !lf_number_parse_int(lf_slice(tail.p + 1, tail.len - 1), &index) || index < 1))
    return -1;
  return day * 1000000000 + index;
}

static int
compare_found(gconstpointer a, gconstpointer b)
{
  const Found *x = *(const Found *const *)a, *y = *(const Found *const *)b;
  return (x->order > y->order) - (x->order < y->order);
}

static GPtrArray *
find_all(const LfFileNames *names)
{
  GPtrArray *all = g_ptr_array_new();
  GDir *dir = g_dir_open(names->dir, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    gint64 order = order_of(names, name);
    if (order < 0)
      continue;
    Found *found = g_new(Found, 1);
    *found = (Found){g_build_filename(names->dir, name, NULL), order};
    g_ptr_array_add(all, found);
  }
  if (dir != NULL)
    g_dir_close(dir);
  g_ptr_array_sort(all, compare_found);
  return all;
}

GPtrArray *
lf_file_names_list(const LfFileNames *names)
{
  GPtrArray *all = find_all(names);
  GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < all->len; i++) {
    Found *found = g_ptr_array_index(all, i);
    g_ptr_array_add(paths, found->path);
    g_free(found);
  }
  g_ptr_array_unref(all);
  return paths;
}

static char *
dated(const LfFileNames *names, gint64 now_ms, gint64 index)
{
  LfCivil c = lf_clock_civil(now_ms);
  g_autofree char *name =
      index == 0 ? g_strdup_printf("%s-%04d%02d%02d.ndjson", names->base, (int)c.year, c.month, c.day)
                 : g_strdup_printf("%s-%04d%02d%02d-%d.ndjson", names->base, (int)c.year, c.month, c.day, (int)index);
  return g_build_filename(names->dir, name, NULL);
}

char *
lf_file_names_active(const LfFileNames *names, gint64 now_ms)
{
  if (names->style == LF_FILE_NAMES_COUNT)
    return g_build_filename(names->dir, names->base, NULL);
  g_autoptr(GPtrArray) all = lf_file_names_list(names);
  if (all->len > 0)
    return g_strdup(g_ptr_array_index(all, all->len - 1));
  return dated(names, now_ms, 0);
}

static gboolean
raise_numbers(const LfFileNames *names, GError **error)
{
  g_autoptr(GPtrArray) all = lf_file_names_list(names);
  for (guint i = 0; i < all->len; i++) { /* the oldest first, so that no name is taken */
    const char *from = g_ptr_array_index(all, i);
    g_autofree char *name = g_path_get_basename(from);
    gint64 number = G_MAXINT32 - order_of(names, name);
    g_autofree char *to = g_strdup_printf("%s%c%s.%d", names->dir, G_DIR_SEPARATOR, names->base, (int)number + 1);
    if (rename(from, to) != 0) {
      g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: cannot be renamed to %s: %s", from, to,
                  g_strerror(errno));
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
lf_file_names_rotate(const LfFileNames *names, gint64 now_ms, char **next, GError **error)
{
  if (names->style == LF_FILE_NAMES_COUNT) {
    *next = lf_file_names_active(names, now_ms);
    return raise_numbers(names, error);
  }
  gint64 index = 0;
  g_autofree char *path = dated(names, now_ms, 0);
  g_autofree char *first = g_path_get_basename(path);
  gint64 today = order_of(names, first);
  g_autoptr(GPtrArray) all = find_all(names);
  for (guint i = 0; i < all->len; i++) {
    Found *found = g_ptr_array_index(all, i);
    if (found->order >= today && found->order < today + 1000000000)
      index = found->order - today + 1;
    g_free(found->path);
    g_free(found);
  }
  *next = dated(names, now_ms, index);
  return TRUE;
}

guint
lf_file_names_purge(const LfFileNames *names, guint keep, const char *active, guint64 *bytes)
{
  g_autoptr(GPtrArray) all = lf_file_names_list(names);
  guint removed = 0, others = 0;
  *bytes = 0;
  for (guint i = 0; i < all->len; i++)
    others += strcmp(g_ptr_array_index(all, i), active) != 0;
  for (guint i = 0; i < all->len && others > keep; i++) {
    const char *path = g_ptr_array_index(all, i);
    struct stat st = {0};
    if (strcmp(path, active) == 0)
      continue;
    others--;
    (void)stat(path, &st); /* for the count alone */
    if (unlink(path) == 0) {
      removed++;
      *bytes += (guint64)st.st_size;
    } else {
      lf_log_warning("output", "%s: cannot be removed: %s", path, g_strerror(errno));
    }
  }
  return removed;
}
