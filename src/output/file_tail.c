/* The end of a file that is not durable yet. */
#include "output/file_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
  BLOCK = 4096,              /* of direct writes: offset, length and address are multiples of it */
  DIRECT_MIN = 1024 * 1024,  /* less than that is better left in the page cache, for who reads along */
  BUFFERED_MAX = 256 * 1024, /* of one call: Linux takes a multiple of the time for the large pages of larger ones */
  ROOM = 4 * 1024 * 1024 + 512 * 1024, /* what is gathered before it is written, so that the address stays */
};

static void
empty(LfFileTail *t)
{
  t->buf.len = t->lead = 0;
  if (t->buf.cap > 2 * ROOM) /* one huge batch must not keep its memory for ever */
    lf_buf_clear(&t->buf);
}

void
lf_file_tail_begin(LfFileTail *t)
{
  if (lf_file_tail_len(t) > 0)
    return;
  t->buf.len = 0;
  char *p = lf_buf_reserve(&t->buf, ROOM);
  t->lead = (gsize)((t->durable - (guintptr)p) % BLOCK);
  t->buf.len = t->lead;
}

void
lf_file_tail_prepend(LfFileTail *t, LfSlice bytes)
{
  gsize len = lf_file_tail_len(t);
  char *p = lf_buf_reserve(&t->buf, bytes.len) - len;
  memmove(p + bytes.len, p, len);
  memcpy(p, bytes.p, bytes.len);
  t->buf.len += bytes.len;
}

/* One of the calls that write a tail. */
typedef struct {
  gsize len;
  gboolean direct;
} Piece;

/* What is written of the `left` bytes from `at` on in one call: whole blocks directly, what stands before and behind them
 * through the page cache. None of its pages is written in two calls. */
static Piece
next_piece(guint64 at, gsize left, gboolean direct)
{
  gsize into_block = (gsize)(at % BLOCK);
  if (direct && into_block == 0 && left >= BLOCK)
    return (Piece){left / BLOCK * BLOCK, TRUE};
  gsize most = direct && into_block > 0 ? BLOCK - into_block : BUFFERED_MAX - (gsize)(at % BUFFERED_MAX);
  return (Piece){MIN(left, most), FALSE};
}

/* Returns: 0 or an errno. */
static int
write_pieces(const LfFileTail *t, int fd, int flags, gboolean direct)
{
  gboolean is_direct = FALSE;
  int code = 0;
  for (gsize i = t->lead; i < t->buf.len && code == 0;) {
    guint64 at = t->durable + (i - t->lead);
    Piece piece = next_piece(at, t->buf.len - i, direct);
    if (piece.direct != is_direct && fcntl(fd, F_SETFL, piece.direct ? flags | O_DIRECT : flags) != 0) {
      code = errno;
      break;
    }
    is_direct = piece.direct;
    gssize n = pwrite(fd, t->buf.p + i, piece.len, (off_t)at);
    if (n > 0)
      i += (gsize)n;
    else if (n == 0)
      code = EIO;
    else if (errno != EINTR)
      code = errno;
  }
  if (is_direct && fcntl(fd, F_SETFL, flags) != 0 && code == 0)
    code = errno;
  return code;
}

int
lf_file_tail_write(LfFileTail *t, int fd)
{
  int flags = fcntl(fd, F_GETFL);
  gboolean aligned = ((guintptr)t->buf.p + t->lead) % BLOCK == t->durable % BLOCK;
  if (flags < 0)
    return errno;
  gboolean direct = aligned && !t->no_direct && lf_file_tail_len(t) >= DIRECT_MIN;
  int code = write_pieces(t, fd, flags, direct);
  if (code != 0 && direct) { /* file systems refuse it in many words */
    code = write_pieces(t, fd, flags, FALSE);
    t->no_direct = code == 0;
  }
  if (code == 0 && fdatasync(fd) != 0)
    code = errno;
  if (code == 0) {
    t->durable += lf_file_tail_len(t);
    empty(t);
  }
  return code;
}

void
lf_file_tail_clear(LfFileTail *t)
{
  lf_buf_clear(&t->buf);
  *t = (LfFileTail){0};
}
