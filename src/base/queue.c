/* A queue between two threads, bounded by bytes. */
#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

typedef struct {
  gpointer data;
  gsize bytes;
} Item;

struct LfQueue {
  pthread_mutex_t lock;
  pthread_cond_t not_empty;
  pthread_cond_t not_full;
  Item *ring;
  guint cap;
  guint head;
  guint n;
  gsize bytes;
  gsize max_bytes;
  gboolean closed;
};

LfQueue *
lf_queue_new(gsize max_bytes)
{
  LfQueue *q = g_new0(LfQueue, 1);
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&q->lock, NULL);
  pthread_cond_init(&q->not_empty, &attr);
  pthread_cond_init(&q->not_full, &attr);
  pthread_condattr_destroy(&attr);
  q->max_bytes = max_bytes;
  q->cap = 16;
  q->ring = g_new(Item, q->cap);
  return q;
}

void
lf_queue_free(LfQueue *q)
{
  if (q == NULL)
    return;
  g_assert(q->n == 0);
  pthread_mutex_destroy(&q->lock);
  pthread_cond_destroy(&q->not_empty);
  pthread_cond_destroy(&q->not_full);
  g_free(q->ring);
  g_free(q);
}

static void
push(LfQueue *q, Item item)
{
  if (q->n == q->cap) {
    Item *ring = g_new(Item, (gsize)q->cap * 2);
    for (guint i = 0; i < q->n; i++)
      ring[i] = q->ring[(q->head + i) % q->cap];
    g_free(q->ring);
    q->ring = ring;
    q->head = 0;
    q->cap *= 2;
  }
  q->ring[(q->head + q->n++) % q->cap] = item;
  q->bytes += item.bytes;
}

gboolean
lf_queue_put(LfQueue *q, gpointer data, gsize bytes)
{
  pthread_mutex_lock(&q->lock);
  while (!q->closed && q->n > 0 && (q->bytes >= q->max_bytes || bytes > q->max_bytes - q->bytes))
    pthread_cond_wait(&q->not_full, &q->lock);
  gboolean open = !q->closed;
  if (open) {
    push(q, (Item){data, bytes});
    pthread_cond_signal(&q->not_empty);
  }
  pthread_mutex_unlock(&q->lock);
  return open;
}

gboolean
lf_queue_push(LfQueue *q, gpointer data, gsize bytes)
{
  pthread_mutex_lock(&q->lock);
  gboolean open = !q->closed;
  if (open) {
    push(q, (Item){data, bytes});
    pthread_cond_signal(&q->not_empty);
  }
  pthread_mutex_unlock(&q->lock);
  return open;
}

LfQueueResult
lf_queue_take(LfQueue *q, gint64 timeout_ms, gpointer *item)
{
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  if (timeout_ms > 0) {
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000;
    }
  }
  pthread_mutex_lock(&q->lock);
  int waited = timeout_ms == 0 ? ETIMEDOUT : 0;
  while (q->n == 0 && !q->closed && waited != ETIMEDOUT)
    waited = timeout_ms < 0 ? pthread_cond_wait(&q->not_empty, &q->lock)
                            : pthread_cond_timedwait(&q->not_empty, &q->lock, &until);
  LfQueueResult result = LF_QUEUE_ITEM;
  if (q->n > 0) {
    Item taken = q->ring[q->head];
    q->head = (q->head + 1) % q->cap;
    q->n--;
    q->bytes -= taken.bytes;
    *item = taken.data;
    pthread_cond_broadcast(&q->not_full);
  } else {
    result = q->closed ? LF_QUEUE_CLOSED : LF_QUEUE_TIMEOUT;
  }
  pthread_mutex_unlock(&q->lock);
  return result;
}

void
lf_queue_close(LfQueue *q)
{
  pthread_mutex_lock(&q->lock);
  q->closed = TRUE;
  pthread_cond_broadcast(&q->not_empty);
  pthread_cond_broadcast(&q->not_full);
  pthread_mutex_unlock(&q->lock);
}

gsize
lf_queue_bytes(LfQueue *q)
{
  pthread_mutex_lock(&q->lock);
  gsize bytes = q->bytes;
  pthread_mutex_unlock(&q->lock);
  return bytes;
}
