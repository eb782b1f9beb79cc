/* Blocks of memory that were given back and are used again. */
#include "base/spare.h"

#include <pthread.h>

/* How much is kept: of blocks below LARGE_MIN, and of larger ones, which are a page's body each. */
enum {
  BLOCKS_MAX = 96,
  BLOCK_MIN = 32 * 1024,
  LARGE_MIN = 1024 * 1024,
  SMALL_BYTES_MAX = 1024 * 1024,
  LARGE_BYTES_MAX = 2560 * 1024,
};

typedef struct {
  void *p;
  gsize size;
} Spare;

static struct {
  pthread_mutex_t lock;
  Spare blocks[BLOCKS_MAX];
  guint n;
  gsize bytes[2]; /* of small ones, of large ones */
  gboolean used;  /* since lf_spare_trim was called */
} spare = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Sizes that are nearly the same are one, so that a block fits again: in steps of an eighth. */
static gsize
rounded(gsize size)
{
  gsize step = ((gsize)1 << (g_bit_storage(size) - 1)) / 8;
  return (size + step - 1) / step * step;
}

static gsize *
bytes_like(gsize size)
{
  return &spare.bytes[size >= LARGE_MIN];
}

static gsize
most_like(gsize size)
{
  return size >= LARGE_MIN ? LARGE_BYTES_MAX : SMALL_BYTES_MAX;
}

void *
lf_spare_take(gsize size, gsize *got)
{
  void *p = NULL;
  *got = size;
  if (size < BLOCK_MIN || size > LARGE_BYTES_MAX)
    return g_malloc(size);
  *got = size = rounded(size);
  pthread_mutex_lock(&spare.lock);
  spare.used = TRUE;
  for (guint i = spare.n; i-- > 0 && p == NULL;) { /* the one that came last is the warmest */
    if (spare.blocks[i].size < size || spare.blocks[i].size / 2 > size)
      continue;
    p = spare.blocks[i].p;
    *got = spare.blocks[i].size;
    *bytes_like(*got) -= *got;
    spare.blocks[i] = spare.blocks[--spare.n];
  }
  pthread_mutex_unlock(&spare.lock);
  return p != NULL ? p : g_malloc(size);
}

void
lf_spare_give(void *block, gsize size)
{
  gboolean kept = FALSE;
  if (size >= BLOCK_MIN) {
    pthread_mutex_lock(&spare.lock);
    kept = spare.n < BLOCKS_MAX && *bytes_like(size) + size <= most_like(size);
    if (kept) {
      spare.blocks[spare.n++] = (Spare){block, size};
      *bytes_like(size) += size;
    }
    pthread_mutex_unlock(&spare.lock);
  }
  if (!kept)
    g_free(block);
}

gsize
lf_spare_trim(void)
{
  gsize freed = 0;
  pthread_mutex_lock(&spare.lock);
  if (!spare.used) {
    freed = spare.bytes[0] + spare.bytes[1];
    while (spare.n > 0)
      g_free(spare.blocks[--spare.n].p);
    spare.bytes[0] = spare.bytes[1] = 0;
  }
  spare.used = FALSE;
  pthread_mutex_unlock(&spare.lock);
  return freed;
}
