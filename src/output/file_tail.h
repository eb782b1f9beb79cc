/* The end of a file that is not durable yet: bytes in memory, and how they get to the disk. */
#ifndef LF_OUTPUT_FILE_TAIL_H
#define LF_OUTPUT_FILE_TAIL_H

#include "base/buf.h"

/* The file is durable up to `durable`; there belongs what `buf` holds behind `lead` bytes of no meaning, which make blocks of
 * the file blocks of memory. Who appends does so to `buf`. Starts as {0}. */
typedef struct {
  LfBuf buf;
  gsize lead;
  guint64 durable;
  gboolean no_direct; /* the file's system refused direct writes */
} LfFileTail;

/* Makes an empty one ready for what is appended to it; nothing happens to one that is not. */
void lf_file_tail_begin(LfFileTail *tail);

/* How many bytes wait to be written. */
static inline gsize
lf_file_tail_len(const LfFileTail *tail)
{
  return tail->buf.len - tail->lead;
}

/* Puts bytes in front of all that it holds. */
void lf_file_tail_prepend(LfFileTail *tail, LfSlice bytes);

/* Writes it to the file and makes it durable (fdatasync), which empties it. Much at a time goes around the page cache where
 * the file system lets it (O_DIRECT, open(2)): that takes a third of the CPU time. Returns: 0 or an errno: then it is as it
 * was, and nothing is known of the file behind `durable`. */
int lf_file_tail_write(LfFileTail *tail, int fd);

/* Frees the memory; what waits is lost. */
void lf_file_tail_clear(LfFileTail *tail);

#endif
