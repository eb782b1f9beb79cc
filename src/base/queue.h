/* A queue between two threads, bounded by bytes: full, it stops the one who puts. */
#ifndef LF_BASE_QUEUE_H
#define LF_BASE_QUEUE_H

#include <glib.h>

typedef struct LfQueue LfQueue;

typedef enum {
  LF_QUEUE_ITEM,    /* an item was taken */
  LF_QUEUE_TIMEOUT, /* nothing came in time */
  LF_QUEUE_CLOSED,  /* closed, and nothing is left */
} LfQueueResult;

/* A queue of at most `max_bytes`; one item larger than that is let in when the queue is empty.
 * Returns: (transfer full): lf_queue_free. */
LfQueue *lf_queue_new(gsize max_bytes);

/* Frees the queue, which must be empty and have no waiters. */
void lf_queue_free(LfQueue *queue);

/* Puts an item that weighs `bytes`; waits while the queue is full.
 * Returns: FALSE where the queue is closed: the item stays the caller's. */
gboolean lf_queue_put(LfQueue *queue, gpointer item, gsize bytes);

/* Puts an item without waiting, also beyond the bound: for who bounds what it puts by itself.
 * Returns: FALSE where the queue is closed: the item stays the caller's. */
gboolean lf_queue_push(LfQueue *queue, gpointer item, gsize bytes);

/* Takes the oldest item; waits `timeout_ms` for one (-1: for ever, 0: not at all). */
LfQueueResult lf_queue_take(LfQueue *queue, gint64 timeout_ms, gpointer *item);

/* No more is let in; waiters wake. What is in the queue can still be taken. */
void lf_queue_close(LfQueue *queue);

/* Bytes in the queue now. */
gsize lf_queue_bytes(LfQueue *queue);

#endif
