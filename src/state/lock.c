/* The lock file: one process at a time reads on with a state. */
#include "state/state.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { TRY_EVERY_MS = 100 };

struct LfStateLock {
  int fd;
};

/* Whose lock it is, as that process wrote it down; 0 where it is not known. */
static long
holder(int fd)
{
  char text[32] = "";
  gssize n = pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? strtol(text, NULL, 10) : 0;
}

LfStateLock *
lf_state_lock(const char *path, gint64 wait_ms, gboolean (*stopped)(void), GError **error)
{
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: the lock file cannot be opened: %s",
                path, g_strerror(errno));
    return NULL;
  }
  const LfClock *clock = lf_clock_system();
  gint64 until = lf_clock_monotonic_ms(clock) + wait_ms;
  gboolean said = FALSE;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    int code = errno;
    gint64 left = until - lf_clock_monotonic_ms(clock);
    if ((code != EWOULDBLOCK && code != EINTR) || left <= 0 || (stopped != NULL && stopped())) {
      g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
                  "%s: another logferry (process %ld) works with this state; stop it, or use another --path.data", path,
                  holder(fd));
      close(fd);
      return NULL;
    }
    if (!said)
      lf_log_info("state", "%s: process %ld still works with this state; waiting up to %" G_GINT64_FORMAT " s", path,
                  holder(fd), wait_ms / 1000);
    said = TRUE;
    poll(NULL, 0, (int)MIN(left, TRY_EVERY_MS));
  }
  char text[32];
  int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (gsize)n, 0) != n)
    lf_log_debug("state", "%s: the process id could not be written", path); /* only an aid for people */
  LfStateLock *lock = g_new(LfStateLock, 1);
  lock->fd = fd;
  return lock;
}

void
lf_state_unlock(LfStateLock *lock)
{
  if (lock == NULL)
    return;
  close(lock->fd);
  g_free(lock);
}
