/* Preloaded into the program by tests: makes the n-th write, sync or cut of the files of a name fail.
 *
 * FAILWRITE_FILES   what a path has to contain
 * FAILWRITE_AT      the number of the first operation that fails, from 1
 * FAILWRITE_TIMES   how many fail from there on (1)
 * FAILWRITE_ERRNO   with which errno; "short" as a word: a write takes half of its bytes, and the next one fails with ENOSPC
 * FAILWRITE_COUNT   a file that the number of operations so far is kept in, as long as n has not been reached; it is
 *                   removed then, so a run without a fault leaves it behind */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long count;

static long
number(const char *name, long otherwise)
{
  const char *text = getenv(name);
  return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

static int
is_watched(int fd)
{
  char link[64], path[PATH_MAX];
  const char *part = getenv("FAILWRITE_FILES");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (part == NULL || n <= 0)
    return 0;
  path[n] = '\0';
  return strstr(path, part) != NULL;
}

/* Whether this operation fails: 0, or an errno; -1 for half a write. */
static int
fate(int fd)
{
  if (!is_watched(fd))
    return 0;
  long at = number("FAILWRITE_AT", 0), times = number("FAILWRITE_TIMES", 1);
  const char *with = getenv("FAILWRITE_ERRNO"), *mark = getenv("FAILWRITE_COUNT");
  int is_short = with != NULL && strcmp(with, "short") == 0;
  pthread_mutex_lock(&lock);
  long n = ++count;
  pthread_mutex_unlock(&lock);
  if (n == at && mark != NULL)
    unlink(mark);
  if (is_short)
    return n == at ? -1 : n > at && n <= at + times ? ENOSPC : 0;
  return n >= at && n < at + times ? (int)number("FAILWRITE_ERRNO", EIO) : 0;
}

static int
failed(int code)
{
  errno = code;
  return -1;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
  int code = fate(fd);
  if (code > 0)
    return failed(code);
  return syscall(SYS_write, fd, bytes, code < 0 ? (n + 1) / 2 : n);
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
  int code = fate(fd);
  if (code > 0)
    return failed(code);
  return syscall(SYS_pwrite64, fd, bytes, code < 0 ? (n + 1) / 2 : n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at) __attribute__((alias("pwrite")));

int
fdatasync(int fd)
{
  int code = fate(fd);
  return code != 0 ? failed(code > 0 ? code : EIO) : (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
  int code = fate(fd);
  return code != 0 ? failed(code > 0 ? code : EIO) : (int)syscall(SYS_fsync, fd);
}

int
ftruncate(int fd, off_t length)
{
  int code = fate(fd);
  return code != 0 ? failed(code > 0 ? code : EIO) : (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate64(int fd, off_t length) __attribute__((alias("ftruncate")));
