/* gzip, by zlib. */
#include "net/gzip.h"

#include <zlib.h>

enum {
  WINDOW_BITS = 15 + 16, /* zlib: 16 more asks for gzip's header and trailer */
  MEMORY_LEVEL = 8,      /* zlib's default */
  PIECE_MAX = 1 << 30,   /* zlib counts a call's bytes in 32 bits */
};

struct LfGzip {
  z_stream stream;
};

LfGzip *
lf_gzip_new(int level)
{
  LfGzip *gzip = g_new0(LfGzip, 1);
  g_assert(deflateInit2(&gzip->stream, level, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK);
  return gzip;
}

void
lf_gzip_free(LfGzip *gzip)
{
  if (gzip == NULL)
    return;
  deflateEnd(&gzip->stream);
  g_free(gzip);
}

void
lf_gzip_pack(LfGzip *gzip, LfSlice in, LfBuf *out)
{
  z_stream *z = &gzip->stream;
  int code = Z_OK;
  g_assert(deflateReset(z) == Z_OK);
  lf_buf_reserve(out, in.len / 8 + 1024);
  for (gsize at = 0; code != Z_STREAM_END;) {
    gsize piece = MIN(in.len - at, PIECE_MAX);
    gsize room = MIN(out->cap - out->len, PIECE_MAX);
    z->next_in = (Bytef *)(gpointer)(in.p + at);
    z->avail_in = (uInt)piece;
    z->next_out = (Bytef *)(gpointer)(out->p + out->len);
    z->avail_out = (uInt)room;
    code = deflate(z, at + piece == in.len ? Z_FINISH : Z_NO_FLUSH);
    g_assert(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
    at += piece - z->avail_in;
    out->len += room - z->avail_out;
    if (code != Z_STREAM_END)
      lf_buf_reserve(out, 16 * 1024);
  }
}
