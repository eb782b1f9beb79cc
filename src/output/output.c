/* The table of outputs, and the thread that feeds one. */
#include "output/output.h"

#include "base/log.h"
#include "base/queue.h"
#include "config/ssl.h"
#include "value/json_write.h"

#include <pthread.h>

/* What was written is made durable and acknowledged after so many bytes or so long, and at once when nothing waits. While
 * more events than UNACKNOWLEDGED_MAX are not acknowledged, no further batch is taken. */
enum { SETTLE_BYTES = 2 * 1024 * 1024, SETTLE_MS = 200, ACK_RETRY_MS = 1000, UNACKNOWLEDGED_MAX = 500000 };

struct LfOutput {
  LfOutputHost host;
  LfOutputOptions options;
  gpointer self;
  LfQueue *queue;
  pthread_t thread;
  gboolean opened;        /* the first settlement is over */
  gboolean started;       /* the thread runs */
  GPtrArray *tickets;     /* written, not yet acknowledged; owned */
  guint64 unacknowledged; /* their events, and one for each of them */
  gint64 oldest_ms;       /* monotonic: when the first of them was written, or when it was looked which are done */
  pthread_mutex_t lock;
  pthread_cond_t wake;
  gboolean cancelled;
  gboolean failed;
  GError *error;
};

static const LfOutputClass *const classes[] = {&lf_output_console, &lf_output_file, &lf_output_elasticsearch};

const LfOutputClass *
lf_output_find(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
    if (strcmp(classes[i]->name, name) == 0)
      return classes[i];
  return NULL;
}

const LfOutputClass *
lf_output_nth(guint i)
{
  return i < G_N_ELEMENTS(classes) ? classes[i] : NULL;
}

const void *
lf_output_settings(const LfOutputClass *cls, const LfOutputBlock *block, LfArena *arena, LfNotes *notes, GError **error)
{
  LfOptionReport report = {0};
  LfSlice prefix = lf_arena_printf(arena, "output.%s", cls->name);
  LfOptionContext context = {.arena = arena, .prefix = prefix.p, .notes = notes, .report = &report};
  void *settings = lf_arena_alloc0(arena, cls->settings_size);
  if (!lf_options_read(cls->options, lf_ssl_without_disabled(arena, block->node), &context, settings, error))
    return NULL;
  if (cls->check != NULL && !cls->check(settings, &report, block->place, notes, error))
    return NULL;
  return settings;
}

static gboolean
host_wait(LfOutputHost *host, gint64 ms)
{
  LfOutput *o = (LfOutput *)host;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += ms / 1000;
  until.tv_nsec += ms % 1000 * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  pthread_mutex_lock(&o->lock);
  while (!o->cancelled && pthread_cond_timedwait(&o->wake, &o->lock, &until) == 0)
    continue;
  gboolean go_on = !o->cancelled;
  pthread_mutex_unlock(&o->lock);
  return go_on;
}

/* A state that cannot be written (a full disk, say) is tried again until it can be: what was delivered stays, and nothing
 * more is delivered meanwhile. */
static gboolean
acknowledge(LfOutput *o, LfTicket **tickets, guint n, LfSlice position, gboolean durable, GError **error)
{
  for (gboolean said = FALSE;; said = TRUE) {
    g_autoptr(GError) why = NULL;
    if (o->options.ack(o->options.ack_data, tickets, n, position, durable, &why)) {
      if (said)
        lf_log_info("output", "acknowledgements can be written down again");
      return TRUE;
    }
    if (!o->opened) { /* before the first event there is nothing to wait for */
      g_propagate_error(error, g_steal_pointer(&why));
      return FALSE;
    }
    if (!said)
      lf_log_error("output", "acknowledgements cannot be written down, and are tried again every second: %s",
                   why->message);
    if (!host_wait(&o->host, ACK_RETRY_MS)) {
      g_propagate_error(error, g_steal_pointer(&why));
      return FALSE;
    }
  }
}

/* What a ticket counts for; the same from when it was written to when it is acknowledged. */
static guint64
weight(const LfTicket *t)
{
  return (guint64)t->delivered + t->dropped + (t->dead != NULL ? t->dead->len : 0) + 1;
}

/* Divides the tickets, each part in their order: those that are done as all before them of the same lane are, and the
 * rest. */
static void
divide(const LfOutput *o, GPtrArray *done, GPtrArray *rest)
{
  GHashTable *held = g_hash_table_new(NULL, NULL); /* glib-ok: of lanes, some times a second */
  for (guint i = 0; i < o->tickets->len; i++) {
    LfTicket *t = g_ptr_array_index(o->tickets, i);
    if (t->open > 0)
      g_hash_table_add(held, t->lane);
    g_ptr_array_add(g_hash_table_contains(held, t->lane) ? rest : done, t);
  }
  g_hash_table_unref(held);
}

/* Acknowledges what is done: each lane in its order, whatever holds up another. The tickets are the state's then. */
static gboolean
acknowledge_done(LfOutput *o, LfSlice position, gboolean durable, GError **error)
{
  g_autoptr(GPtrArray) done = g_ptr_array_new();
  g_autoptr(GPtrArray) rest = g_ptr_array_new();
  guint64 sum = 0;
  divide(o, done, rest);
  for (guint i = 0; i < done->len; i++)
    sum += weight(g_ptr_array_index(done, i));
  gboolean any = done->len > 0 || position.len > 0 || !o->opened;
  if (any && !acknowledge(o, (LfTicket **)done->pdata, done->len, position, durable, error))
    return FALSE;
  g_ptr_array_unref(o->tickets);
  o->tickets = g_steal_pointer(&rest);
  o->unacknowledged -= sum;
  o->oldest_ms = o->tickets->len > 0 ? lf_clock_monotonic_ms(lf_clock_system()) : 0;
  return TRUE;
}

static gboolean
settle(LfOutput *o, gboolean durable, GError **error)
{
  g_auto(LfBuf) position = {0};
  return o->options.cls->sync(o->self, &position, error) &&
         acknowledge_done(o, lf_buf_slice(&position), durable, error);
}

static gboolean
host_settle(LfOutputHost *host, GError **error)
{
  return settle((LfOutput *)host, TRUE, error);
}

/* Fills the ticket with how the events ended in the pipeline: what is left counts as delivered. What is dead is copied,
 * since the arena goes. */
static void
count_outcomes(LfBatch *batch, LfTicket *ticket)
{
  g_auto(LfBuf) json = {0};
  for (guint i = 0; i < batch->n_events; i++) {
    LfEvent *e = &batch->events[i];
    if (e->dropped) {
      ticket->dropped++;
    } else if (e->dead != NULL) {
      json.len = 0;
      lf_json_write(&json, &e->doc);
      lf_ticket_add_dead(ticket, e->id, e->dead, lf_buf_slice(&json), e->index);
    } else {
      ticket->delivered++;
    }
  }
}

static gboolean
take_batch(LfOutput *o, LfBatch *batch, GError **error)
{
  count_outcomes(batch, batch->ticket);
  gboolean ok = o->options.cls->write(o->self, batch, error);
  LfTicket *ticket = lf_batch_take_ticket(batch); /* also of one that failed: what is under way may name it */
  if (!ok)
    ticket->open++; /* never acknowledged: not all of it was written */
  g_ptr_array_add(o->tickets, ticket);
  o->unacknowledged += weight(ticket);
  if (o->oldest_ms == 0)
    o->oldest_ms = lf_clock_monotonic_ms(lf_clock_system());
  lf_batch_free(batch);
  return ok;
}

/* Of an output whose outcomes come later: it is never waited for as long as there is something to write. */
static gboolean
step_later(LfOutput *o, gboolean *closed, GError **error)
{
  gpointer item;
  LfQueueResult result = o->unacknowledged > UNACKNOWLEDGED_MAX
                             ? LF_QUEUE_TIMEOUT
                             : lf_queue_take(o->queue, o->tickets->len > 0 ? 0 : -1, &item);
  *closed = result == LF_QUEUE_CLOSED;
  if (*closed)
    return o->tickets->len == 0 || settle(o, TRUE, error);
  if (!(result == LF_QUEUE_ITEM ? take_batch(o, item, error) : o->options.cls->work(o->self, SETTLE_MS, error)))
    return FALSE;
  gint64 age_ms = o->oldest_ms > 0 ? lf_clock_monotonic_ms(lf_clock_system()) - o->oldest_ms : 0;
  gboolean all_done = result != LF_QUEUE_ITEM && o->options.cls->pending(o->self) == 0;
  return !(all_done || age_ms >= SETTLE_MS) || acknowledge_done(o, (LfSlice){0}, FALSE, error);
}

static gboolean
step(LfOutput *o, gboolean *closed, GError **error)
{
  gpointer item;
  if (o->options.cls->work != NULL)
    return step_later(o, closed, error);
  LfQueueResult result = lf_queue_take(o->queue, o->tickets->len > 0 ? 0 : -1, &item);
  *closed = result == LF_QUEUE_CLOSED;
  if (result == LF_QUEUE_ITEM && !take_batch(o, item, error))
    return FALSE;
  gint64 age_ms = o->oldest_ms > 0 ? lf_clock_monotonic_ms(lf_clock_system()) - o->oldest_ms : 0;
  gboolean due = result != LF_QUEUE_ITEM || o->options.cls->pending(o->self) >= SETTLE_BYTES || age_ms >= SETTLE_MS;
  return !due || o->tickets->len == 0 || settle(o, *closed, error);
}

static void
drop_queue(LfOutput *o)
{
  gpointer item;
  lf_queue_close(o->queue);
  while (lf_queue_take(o->queue, 0, &item) == LF_QUEUE_ITEM)
    lf_batch_free(item);
}

static void *
run(void *data)
{
  LfOutput *o = data;
  GError *error = NULL;
  gboolean closed = FALSE;
  while (!closed && step(o, &closed, &error))
    continue;
  if (error != NULL && o->options.cls->work != NULL) /* what has its outcome must not come again */
    acknowledge_done(o, (LfSlice){0}, TRUE, NULL);
  pthread_mutex_lock(&o->lock);
  o->error = error;
  o->failed = error != NULL;
  pthread_mutex_unlock(&o->lock);
  drop_queue(o);
  return NULL;
}

LfOutput *
lf_output_open(const LfOutputOptions *options, GError **error)
{
  LfOutput *o = g_new0(LfOutput, 1);
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_cond_init(&o->wake, &attr);
  pthread_condattr_destroy(&attr);
  pthread_mutex_init(&o->lock, NULL);
  o->options = *options;
  o->host = (LfOutputHost){.compat = options->compat,
                           .beat_name = "filebeat",
                           .clock = options->clock,
                           .settle = host_settle,
                           .wait = host_wait,
                           .connected = options->connected,
                           .connected_data = options->connected_data,
                           .index_at_connect = options->index_at_connect,
                           .batch_events = options->batch_events,
                           .remote_pipelines = options->remote_pipelines};
  o->queue = lf_queue_new(options->queue_bytes);
  o->tickets = g_ptr_array_new();
  o->self = options->cls->open(&o->host, options->settings, options->arena, options->place, options->position, error);
  /* what the output is must be in the state before the first event is in the output */
  if (o->self == NULL || !host_settle(&o->host, error)) {
    lf_output_close(o);
    return NULL;
  }
  o->opened = TRUE;
  o->started = pthread_create(&o->thread, NULL, run, o) == 0;
  g_assert(o->started);
  return o;
}

static void
wake(LfOutput *o)
{
  if (o->options.cls->wake != NULL && o->self != NULL)
    o->options.cls->wake(o->self);
}

gboolean
lf_output_put(LfOutput *o, LfBatch *batch)
{
  if (lf_queue_put(o->queue, batch, batch->ticket->bytes)) {
    wake(o);
    return TRUE;
  }
  lf_batch_free(batch);
  return FALSE;
}

void
lf_output_cancel(LfOutput *o)
{
  pthread_mutex_lock(&o->lock);
  o->cancelled = TRUE;
  pthread_cond_broadcast(&o->wake);
  pthread_mutex_unlock(&o->lock);
  wake(o);
}

gboolean
lf_output_finish(LfOutput *o, GError **error)
{
  lf_queue_close(o->queue);
  wake(o);
  if (o->started)
    pthread_join(o->thread, NULL);
  o->started = FALSE;
  if (o->error == NULL)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&o->error));
  return FALSE;
}

void
lf_output_close(LfOutput *o)
{
  if (o == NULL)
    return;
  lf_output_finish(o, NULL);
  drop_queue(o);
  if (o->self != NULL)
    o->options.cls->close(o->self);
  lf_queue_free(o->queue);
  for (guint i = 0; i < o->tickets->len; i++)
    lf_ticket_free(g_ptr_array_index(o->tickets, i));
  g_ptr_array_unref(o->tickets);
  pthread_cond_destroy(&o->wake);
  pthread_mutex_destroy(&o->lock);
  g_free(o);
}

char *
lf_output_describe(LfOutput *o)
{
  return o->options.cls->describe(o->self);
}

gboolean
lf_output_failed(LfOutput *o)
{
  pthread_mutex_lock(&o->lock);
  gboolean failed = o->failed;
  pthread_mutex_unlock(&o->lock);
  return failed;
}
