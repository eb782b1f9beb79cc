/* Files: bounded reading, folders, where the program's own data is. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
file_error(GError **error, const char *path, const char *what, int code)
{
  g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s: %s: %s", path, what, g_strerror(code));
  return FALSE;
}

/* Reads to the end and closes the descriptor. */
static char *
read_all(int fd, const char *path, gsize max, gsize expected, gsize *len, GError **error)
{
  gsize size = 0, cap = MIN(expected, max) + 2;
  g_autofree char *buf = g_malloc(cap);
  for (;;) {
    gssize n = read(fd, buf + size, cap - 1 - size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      file_error(error, path, "cannot be read", errno);
      close(fd);
      return NULL;
    }
    if (n == 0)
      break;
    size += (gsize)n;
    if (size > max) {
      close(fd);
      g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: is larger than %" G_GSIZE_FORMAT " bytes", path, max);
      return NULL;
    }
    if (size + 1 == cap)
      buf = g_realloc(buf, cap = MIN(cap * 2, max + 2));
  }
  close(fd);
  buf[size] = '\0';
  *len = size;
  return g_steal_pointer(&buf);
}

static char *
open_and_read(const char *path, gboolean streams, gsize max, gsize *len, GError **error)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (streams ? 0 : O_NONBLOCK));
  struct stat st;
  if (fd < 0) {
    file_error(error, path, "cannot be opened", errno);
    return NULL;
  }
  gboolean known = fstat(fd, &st) == 0, stream = known && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode));
  if (!known || !(S_ISREG(st.st_mode) || (streams && stream))) {
    close(fd);
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: is %s", path,
                known && S_ISDIR(st.st_mode) ? "a directory, not a file" : "not a regular file");
    return NULL;
  }
  return read_all(fd, path, max, stream ? 4096 : (gsize)st.st_size, len, error);
}

char *
lf_fs_read(const char *path, gsize max, gsize *len, GError **error)
{
  return open_and_read(path, FALSE, max, len, error);
}

char *
lf_fs_read_stream(const char *path, gsize max, gsize *len, GError **error)
{
  return open_and_read(path, TRUE, max, len, error);
}

gboolean
lf_fs_mkdir_p(const char *path, int mode, GError **error)
{
  return g_mkdir_with_parents(path, mode) == 0 ? TRUE : file_error(error, path, "the folder cannot be made", errno);
}

gboolean
lf_fs_check_owner(const char *path, GError **error)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return file_error(error, path, "cannot be opened", errno);
  if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) /* whoever reads it says what is wrong with it, if anything */
    return TRUE;
  if (st.st_uid != geteuid() && st.st_uid != 0) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                "%s: belongs to user %u, but must belong to the user who runs logferry (%u) or to root; chown it, or "
                "start with --strict.perms=false",
                path, (unsigned)st.st_uid, (unsigned)geteuid());
    return FALSE;
  }
  if (st.st_mode & 022) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                "%s: can be written by others (mode %04o); run chmod go-w on it, or start with --strict.perms=false",
                path, (unsigned)(st.st_mode & 07777));
    return FALSE;
  }
  return TRUE;
}

gboolean
lf_fs_sync_dir(const char *path, GError **error)
{
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return file_error(error, path, "the folder cannot be opened", errno);
  int failed = fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
  close(fd);
  return failed == 0 ? TRUE : file_error(error, path, "the folder cannot be synced", failed);
}

static char *data_dir;

static void
find_data_dir(void)
{
  g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
  if (exe == NULL)
    return;
  g_autofree char *dir = g_path_get_dirname(exe);
  const char *const below[] = {"../share/logferry", "."};
  for (gsize i = 0; i < G_N_ELEMENTS(below); i++) {
    g_autofree char *candidate = g_canonicalize_filename(below[i], dir);
    g_autofree char *module = g_build_filename(candidate, "module", NULL);
    if (g_file_test(module, G_FILE_TEST_IS_DIR)) {
      data_dir = g_steal_pointer(&candidate);
      return;
    }
  }
}

const char *
lf_fs_data_dir(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_data_dir);
  return data_dir;
}

char *
lf_fs_hostname(void)
{
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
    return g_strdup("localhost");
  return g_strdup(name);
}
