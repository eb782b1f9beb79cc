/* A growable buffer of bytes: the one place where growth is computed, with its overflow checked. */
#ifndef LF_BASE_BUF_H
#define LF_BASE_BUF_H

#include "base/slice.h"

/* `len` bytes at `p`, room for `cap`. Starts as {0}; lf_buf_clear frees. */
typedef struct {
  char *p;
  gsize len;
  gsize cap;
} LfBuf;

/* Frees the bytes and makes the buffer empty. */
void lf_buf_clear(LfBuf *buf);

/* Grows the buffer: lf_buf_reserve's other half. */
char *lf_buf_grow(LfBuf *buf, gsize more);

/* Makes room for `more` bytes behind `len`. Aborts on overflow or when memory is out.
 * Returns: (transfer none): where to write them; the caller adds to `len`. */
static inline char *
lf_buf_reserve(LfBuf *buf, gsize more)
{
  return more > 0 && buf->cap - buf->len >= more ? buf->p + buf->len : lf_buf_grow(buf, more);
}

/* The bytes so far. Returns: (transfer none): until the next append. */
static inline LfSlice
lf_buf_slice(const LfBuf *buf)
{
  return lf_slice(buf->p, buf->len);
}

static inline void
lf_buf_append(LfBuf *buf, const void *bytes, gsize n)
{
  if (n == 0)
    return;
  memcpy(lf_buf_reserve(buf, n), bytes, n);
  buf->len += n;
}

static inline void
lf_buf_append_slice(LfBuf *buf, LfSlice s)
{
  lf_buf_append(buf, s.p, s.len);
}

static inline void
lf_buf_append_str(LfBuf *buf, const char *s)
{
  lf_buf_append(buf, s, strlen(s));
}

static inline void
lf_buf_append_char(LfBuf *buf, char c)
{
  lf_buf_append(buf, &c, 1);
}

/* Appends formatted text. */
void lf_buf_printf(LfBuf *buf, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The bytes as a NUL-terminated string; the buffer is empty afterwards. Returns: (transfer full): g_free. */
char *lf_buf_steal(LfBuf *buf);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfBuf, lf_buf_clear)

#endif
