/* The end of a file: each byte gets to its place, whichever way it is written and whatever fails on the way. */
#include "output/file_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the calls to pwrite below do, and what they have seen. */
static struct {
  int refuse_direct; /* with which errno; 0: not at all */
  guint short_every; /* so many calls take half of their bytes */
  guint fail_at;     /* this one fails with ENOSPC, from 1 */
  guint calls;
  guint direct;
} disk;

static ssize_t
disk_write(int fd, const void *bytes, size_t n, off_t at)
{
  gboolean direct = (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
  disk.calls++;
  disk.direct += direct;
  if (direct)
    g_assert_cmpuint((n | (gsize)at | (guintptr)bytes) % 4096, ==, 0);
  errno = direct && disk.refuse_direct ? disk.refuse_direct : disk.calls == disk.fail_at ? ENOSPC : 0;
  if (errno != 0)
    return -1;
  if (disk.short_every > 0 && disk.calls % disk.short_every == 0)
    n = (n + 1) / 2;
  if (direct && n % 4096 != 0)
    n = MAX(n / 4096 * 4096, 4096);
  return syscall(SYS_pwrite64, fd, bytes, n, at);
}

/* They stand before the C library's. */
ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
  return disk_write(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at) __attribute__((alias("pwrite")));

/* Files of these sizes that are gone on with by so much. */
static const gsize starts[] = {0, 1, 100, 4095, 4096, 4097, 262143, 1048577};
static const gsize sizes[] = {1, 4095, 4096, 8193, 262144, 1048575, 1048576, 1060001, 3145728, 3333333};

static char
byte_at(gsize at)
{
  return (char)(at * 2654435761u >> 13);
}

static int
make_file(char *name, gsize size)
{
  g_autofree char *bytes = g_malloc(size + 1);
  int fd = g_mkstemp_full(strcpy(name, "file-tail-XXXXXX"), O_RDWR, 0600);
  for (gsize i = 0; i < size; i++)
    bytes[i] = byte_at(i);
  g_assert_cmpint(fd, >=, 0);
  g_assert_cmpint(syscall(SYS_pwrite64, fd, bytes, size, 0), ==, (gssize)size);
  return fd;
}

static void
append(LfFileTail *tail, gsize n)
{
  lf_file_tail_begin(tail);
  for (gsize i = 0; i < n; i++)
    lf_buf_append_char(&tail->buf, byte_at(tail->durable + lf_file_tail_len(tail)));
}

static void
assert_file(int fd, gsize size)
{
  struct stat st;
  g_autofree char *bytes = g_malloc(size + 1);
  g_assert_cmpint(fstat(fd, &st), ==, 0);
  g_assert_cmpuint((gsize)st.st_size, ==, size);
  g_assert_cmpint(pread(fd, bytes, size, 0), ==, (gssize)size);
  for (gsize i = 0; i < size; i++)
    if (bytes[i] != byte_at(i))
      g_error("byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " is wrong", i, size);
  g_assert_cmpint(fcntl(fd, F_GETFL) & O_DIRECT, ==, 0);
}

/* Two writes behind each other; a failure between them is mended as an output does it. */
static void
write_twice(gsize start, gsize size)
{
  char name[32];
  LfFileTail tail = {.durable = start};
  int fd = make_file(name, start);
  for (guint round = 0; round < 2; round++) {
    gsize before = tail.durable;
    append(&tail, size);
    int code = lf_file_tail_write(&tail, fd);
    if (code != 0) {
      g_assert_cmpint(code, ==, ENOSPC);
      g_assert_cmpuint(tail.durable, ==, before);
      g_assert_cmpuint(lf_file_tail_len(&tail), ==, size);
      g_assert_cmpint(ftruncate(fd, (off_t)tail.durable), ==, 0);
      code = lf_file_tail_write(&tail, fd);
    }
    g_assert_cmpint(code, ==, 0);
    g_assert_cmpuint(tail.durable, ==, before + size);
    g_assert_cmpuint(lf_file_tail_len(&tail), ==, 0);
    assert_file(fd, tail.durable);
  }
  close(fd);
  unlink(name);
  lf_file_tail_clear(&tail);
}

static void
write_all(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(starts); i++)
    for (gsize k = 0; k < G_N_ELEMENTS(sizes); k++)
      write_twice(starts[i], sizes[k]);
}

static void
test_bytes(void)
{
  char name[32];
  int fd = make_file(name, 0);
  gboolean can = fcntl(fd, F_SETFL, O_RDWR | O_DIRECT) == 0;
  close(fd);
  unlink(name);
  memset(&disk, 0, sizeof disk);
  write_all();
  g_assert_cmpint(disk.direct > 0, ==, can);
  g_assert_cmpuint(disk.calls, >, disk.direct);
}

static void
test_refused(void)
{
  static const int errnos[] = {EINVAL, EOPNOTSUPP, EIO};
  for (gsize i = 0; i < G_N_ELEMENTS(errnos); i++) {
    memset(&disk, 0, sizeof disk);
    disk.refuse_direct = errnos[i];
    write_all();
  }
}

static void
test_short(void)
{
  for (guint every = 1; every < 4; every++) {
    memset(&disk, 0, sizeof disk);
    disk.short_every = every;
    write_twice(100, 3333333);
    write_twice(0, 5000);
  }
}

static void
test_full(void)
{
  gboolean met = TRUE;
  for (guint n = 1; met; n++) {
    memset(&disk, 0, sizeof disk);
    disk.fail_at = n;
    write_twice(4097, 3333333);
    met = disk.calls >= n;
    g_assert_cmpuint(n, <, 200);
  }
}

static void
test_prepend(void)
{
  char name[32];
  LfFileTail tail = {0};
  int fd = make_file(name, 0);
  memset(&disk, 0, sizeof disk);
  lf_file_tail_prepend(&tail, LF_SLICE_LIT("bc"));
  lf_buf_append_str(&tail.buf, "def");
  lf_file_tail_prepend(&tail, LF_SLICE_LIT("a"));
  g_assert_cmpuint(lf_file_tail_len(&tail), ==, 6);
  g_assert_cmpint(lf_file_tail_write(&tail, fd), ==, 0);
  char text[8] = "";
  g_assert_cmpint(pread(fd, text, sizeof text, 0), ==, 6);
  g_assert_cmpstr(text, ==, "abcdef");
  close(fd);
  g_assert_cmpint(lf_file_tail_write(&tail, fd), ==, EBADF);
  unlink(name);
  lf_file_tail_clear(&tail);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/output/file-tail/bytes", test_bytes);
  g_test_add_func("/output/file-tail/refused", test_refused);
  g_test_add_func("/output/file-tail/short", test_short);
  g_test_add_func("/output/file-tail/full", test_full);
  g_test_add_func("/output/file-tail/prepend", test_prepend);
  return g_test_run();
}
