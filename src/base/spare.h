/* Blocks of memory that were given back and are used again, so that the kernel need not clear new ones for each page. */
#ifndef LF_BASE_SPARE_H
#define LF_BASE_SPARE_H

#include <glib.h>

/* A malloc'ed block of at least `size` bytes, and not many more; `*got` is its size. Any thread.
 * Returns: (transfer full): lf_spare_give, or g_free. */
void *lf_spare_take(gsize size, gsize *got);

/* Gives back a malloc'ed block of `size` bytes: kept while there is room for it, else freed. NULL is allowed. Any thread. */
void lf_spare_give(void *block, gsize size);

/* Frees what is kept, where nothing was taken since the last call. Returns: how many bytes. Any thread. */
gsize lf_spare_trim(void);

#endif
