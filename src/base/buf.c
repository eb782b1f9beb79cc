/* A growable buffer of bytes. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

void
lf_buf_clear(LfBuf *buf)
{
  g_free(buf->p);
  *buf = (LfBuf){0};
}

char *
lf_buf_grow(LfBuf *buf, gsize more)
{
  gsize need;
  if (!g_size_checked_add(&need, buf->len, more) || need > G_MAXSSIZE / 2)
    g_error("buffer: %" G_GSIZE_FORMAT " + %" G_GSIZE_FORMAT " bytes overflow", buf->len, more);
  if (need > buf->cap) {
    gsize cap = MAX(buf->cap + buf->cap / 2, 64);
    buf->cap = MAX(cap, need);
    buf->p = g_realloc(buf->p, buf->cap);
  }
  return buf->p + buf->len;
}

void
lf_buf_printf(LfBuf *buf, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  lf_buf_append_str(buf, text);
}

char *
lf_buf_steal(LfBuf *buf)
{
  lf_buf_append_char(buf, '\0');
  char *p = buf->p;
  *buf = (LfBuf){0};
  return p;
}
