/* gzip: what request bodies are packed with. */
#ifndef LF_NET_GZIP_H
#define LF_NET_GZIP_H

#include "base/buf.h"

/* A packer that is used again and again; one thread at a time. */
typedef struct LfGzip LfGzip;

/* `level` is zlib's, 1 (fast) to 9 (small). Returns: (transfer full): lf_gzip_free. */
LfGzip *lf_gzip_new(int level);

/* Frees the packer. NULL is allowed. */
void lf_gzip_free(LfGzip *gzip);

/* Appends `in` as one gzip member (RFC 1952, by zlib) of its own to `out`. */
void lf_gzip_pack(LfGzip *gzip, LfSlice in, LfBuf *out);

#endif
