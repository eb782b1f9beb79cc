/* The pump: workers side by side, batches to the output in sequence per log group, acknowledgements into the state. */
#include "pump/pump.h"

#include "base/log.h"
#include "base/queue.h"
#include "state/deadletter.h"

#include <pthread.h>

/* So many dead letters are named, and then no more than their number, as often as this, until none came for as long. */
enum { SAY_DEAD_MAX = 10, SAY_DEAD_MS = 30 * 1000 };

/* The order of one log group's batches. */
typedef struct {
  guint64 next;       /* the sequence that the output gets next */
  GPtrArray *waiting; /* of LfBatch: worked on, before their turn */
  gboolean feeding;   /* a worker is handing batches of this lane over */
  gsize held_bytes;   /* its part of the pump's */
  gsize wake_below;   /* somebody waits until it holds less; 0: nobody does */
  LfLaneCounts counts;
} Lane;

struct LfPump {
  LfPumpOptions options;
  LfQueue *queue;
  pthread_t *threads;
  guint n_threads;
  pthread_mutex_t lock;  /* of lanes, counts and what is held */
  pthread_cond_t handed; /* a batch has gone to the output, or none will any more */
  GPtrArray *lanes;
  gsize held_bytes; /* of batches that were emitted and are not in the output's queue yet */
  guint64 held_events;
  gsize wake_at; /* somebody waits for so much room; 0: nobody does */
  LfPumpCounts counts;
  gboolean output_closed;
  guint dead_named;    /* the output's thread's, as the next two */
  guint64 dead_unsaid; /* dead letters that no line speaks of yet */
  gint64 dead_said_ms; /* monotonic: when a line said something of them */
};

static void
lane_free(gpointer data)
{
  Lane *lane = data;
  for (guint i = 0; i < lane->waiting->len; i++)
    lf_batch_free(g_ptr_array_index(lane->waiting, i));
  g_ptr_array_unref(lane->waiting);
  g_free(lane);
}

LfPump *
lf_pump_new(void)
{
  LfPump *pump = g_new0(LfPump, 1);
  pthread_mutex_init(&pump->lock, NULL);
  pthread_cond_init(&pump->handed, NULL);
  pump->lanes = g_ptr_array_new_with_free_func(lane_free);
  return pump;
}

void
lf_pump_set_state(LfPump *pump, LfState *state, const char *output_name)
{
  pump->options.state = state;
  pump->options.output_name = output_name;
}

void *
lf_pump_lane(void *data)
{
  LfPump *pump = data;
  Lane *lane = g_new0(Lane, 1);
  lane->waiting = g_ptr_array_new();
  pthread_mutex_lock(&pump->lock);
  g_ptr_array_add(pump->lanes, lane);
  pthread_mutex_unlock(&pump->lock);
  return lane;
}

gboolean
lf_pump_emit(void *data, LfBatch *batch)
{
  LfPump *pump = data;
  gsize bytes = batch->ticket->bytes;
  guint events = batch->n_events;
  pthread_mutex_lock(&pump->lock);
  pump->held_bytes += bytes;
  pump->held_events += events;
  ((Lane *)batch->ticket->lane)->held_bytes += bytes;
  pthread_mutex_unlock(&pump->lock);
  if (lf_queue_push(pump->queue, batch, bytes))
    return TRUE;
  lf_batch_free(batch);
  return FALSE;
}

/* Wants the lock. */
static gsize
room(const LfPump *pump)
{
  const LfPumpOptions *o = &pump->options;
  if (pump->held_bytes >= o->queue_bytes || (o->queue_events > 0 && pump->held_events >= o->queue_events))
    return 0;
  return o->queue_bytes - pump->held_bytes;
}

gboolean
lf_pump_has_room(void *data, gsize bytes)
{
  LfPump *pump = data;
  pthread_mutex_lock(&pump->lock);
  gboolean has = room(pump) >= bytes;
  if (!has)
    pump->wake_at = MIN(bytes, pump->options.queue_bytes);
  pthread_mutex_unlock(&pump->lock);
  return has;
}

gboolean
lf_pump_lane_holds_less(void *data, void *lane_data, gsize bytes)
{
  LfPump *pump = data;
  Lane *lane = lane_data;
  pthread_mutex_lock(&pump->lock);
  gboolean less = lane->held_bytes < bytes;
  if (!less)
    lane->wake_below = bytes;
  pthread_mutex_unlock(&pump->lock);
  return less;
}

gsize
lf_pump_held(void *data)
{
  LfPump *pump = data;
  pthread_mutex_lock(&pump->lock);
  gsize held = pump->held_bytes;
  pthread_mutex_unlock(&pump->lock);
  return held;
}

/* A batch is in the output's queue; wants the lock, and lets go of it meanwhile. */
static void
release(LfPump *pump, Lane *lane, gsize bytes, guint events)
{
  pump->held_bytes -= bytes;
  pump->held_events -= events;
  lane->held_bytes -= bytes;
  gboolean all = pump->wake_at > 0 && room(pump) >= pump->wake_at;
  gboolean own = lane->wake_below > 0 && lane->held_bytes < lane->wake_below;
  if (all)
    pump->wake_at = 0;
  if (own)
    lane->wake_below = 0;
  if (!(all || own) || pump->options.wake == NULL)
    return;
  pthread_mutex_unlock(&pump->lock);
  pump->options.wake(pump->options.wake_data);
  pthread_mutex_lock(&pump->lock);
}

/* The lane's next batch where it is there already. */
static LfBatch *
take_next(Lane *lane)
{
  for (guint i = 0; i < lane->waiting->len; i++) {
    LfBatch *batch = g_ptr_array_index(lane->waiting, i);
    if (batch->ticket->sequence == lane->next) {
      g_ptr_array_remove_index_fast(lane->waiting, i);
      lane->next++;
      return batch;
    }
  }
  return NULL;
}

/* Hands what has its turn to the output. One worker a lane does so at a time, without the lock, since the output may make
 * it wait. */
static void
feed(LfPump *pump, Lane *lane)
{
  lane->feeding = TRUE;
  for (LfBatch *next; (next = take_next(lane)) != NULL;) {
    gsize bytes = next->ticket->bytes; /* as it was emitted */
    guint events = next->n_events;
    next->ticket->bytes += lf_arena_size(next->arena); /* what a worker made of it is the output queue's to count */
    pthread_mutex_unlock(&pump->lock);
    gboolean taken = lf_output_put(pump->options.output, next);
    pthread_mutex_lock(&pump->lock);
    release(pump, lane, bytes, events);
    if (!taken && !pump->output_closed) {
      pump->output_closed = TRUE;
      lf_queue_close(pump->queue); /* nothing more can be delivered: the input stops */
    }
    pthread_cond_broadcast(&pump->handed);
  }
  lane->feeding = FALSE;
}

/* Brings the batch to the output in its turn, and returns when it is there: so no more batches are outside of the queues
 * than there are workers. The batch whose turn it is is always with a worker that waits for nobody. */
static void
hand_on(LfPump *pump, LfBatch *batch)
{
  Lane *lane = batch->ticket->lane;
  guint64 sequence = batch->ticket->sequence; /* the batch may be gone as soon as it is handed over */
  pthread_mutex_lock(&pump->lock);
  g_ptr_array_add(lane->waiting, batch);
  for (;;) {
    if (!lane->feeding)
      feed(pump, lane);
    if (lane->next > sequence || pump->output_closed)
      break;
    pthread_cond_wait(&pump->handed, &pump->lock);
  }
  pthread_mutex_unlock(&pump->lock);
}

static void *
work(void *data)
{
  LfPump *pump = data;
  gpointer item;
  while (lf_queue_take(pump->queue, -1, &item) == LF_QUEUE_ITEM) {
    LfBatch *batch = item;
    lf_batch_fill(batch);
    if (batch->n_events > 0)
      pump->options.work(batch, pump->options.work_data);
    hand_on(pump, batch);
  }
  return NULL;
}

void
lf_pump_start(LfPump *pump, const LfPumpOptions *options)
{
  pump->options = *options;
  pump->queue = lf_queue_new(options->queue_bytes);
  pump->n_threads = options->workers;
  pump->threads = g_new(pthread_t, options->workers);
  for (guint i = 0; i < options->workers; i++)
    g_assert(pthread_create(&pump->threads[i], NULL, work, pump) == 0);
}

static void
count_ticket(LfPumpCounts *counts, const LfTicket *t)
{
  Lane *lane = t->lane;
  guint dead = t->dead != NULL ? t->dead->len : 0;
  counts->batches++;
  counts->delivered += t->delivered;
  counts->dropped += t->dropped;
  counts->dead += t->dead_row == 0 ? dead : 0; /* else it was counted when it died first */
  counts->replayed += t->dead_row != 0 ? t->delivered : 0;
  lane->counts.acknowledged = t->sequence + 1;
  lane->counts.delivered += t->delivered;
  lane->counts.dropped += t->dropped;
  lane->counts.dead += dead;
}

void
lf_pump_lane_counts(void *data, void *lane, LfLaneCounts *out)
{
  LfPump *pump = data;
  pthread_mutex_lock(&pump->lock);
  *out = ((const Lane *)lane)->counts;
  pthread_mutex_unlock(&pump->lock);
}

static void
say_unsaid(LfPump *pump)
{
  if (pump->dead_unsaid > 0)
    lf_log_warning("output",
                   "%" G_GUINT64_FORMAT " more events could not be delivered and are kept as dead letters (`logferry "
                   "deadletter` lists them)",
                   pump->dead_unsaid);
  pump->dead_unsaid = 0;
}

static void
say_dead(LfPump *pump, const LfTicket *t)
{
  gint64 now = lf_clock_monotonic_ms(lf_clock_system());
  guint n = t->dead != NULL ? t->dead->len : 0;
  if (now - pump->dead_said_ms >= SAY_DEAD_MS) {
    pump->dead_named = pump->dead_unsaid == 0 ? 0 : pump->dead_named;
    pump->dead_said_ms = now;
    say_unsaid(pump);
  }
  for (guint i = 0; i < n; i++) {
    const LfDead *dead = g_ptr_array_index(t->dead, i);
    if (pump->dead_named == SAY_DEAD_MAX) {
      pump->dead_unsaid += n - i;
      break;
    }
    pump->dead_named++;
    pump->dead_said_ms = now;
    lf_log_warning("output", "event %s could not be delivered and is kept as a dead letter: %s", dead->id,
                   dead->reason);
  }
}

gboolean
lf_pump_ack(void *data, LfTicket **tickets, guint n, LfSlice position, gboolean durable, GError **error)
{
  LfPump *pump = data;
  gint64 now = lf_clock_wall_ms(lf_clock_system());
  gboolean ok =
      lf_state_commit(pump->options.state, tickets, n, pump->options.output_name, position, now, durable, error);
  pthread_mutex_lock(&pump->lock);
  for (guint i = 0; ok && i < n; i++)
    count_ticket(&pump->counts, tickets[i]);
  pthread_mutex_unlock(&pump->lock);
  for (guint i = 0; ok && i < n; i++) {
    say_dead(pump, tickets[i]);
    lf_ticket_free(tickets[i]);
  }
  return ok;
}

gboolean
lf_pump_finish(LfPump *pump, GError **error)
{
  if (pump->queue != NULL)
    lf_queue_close(pump->queue);
  for (guint i = 0; i < pump->n_threads; i++)
    pthread_join(pump->threads[i], NULL);
  pump->n_threads = 0;
  gboolean ok = lf_output_finish(pump->options.output, error);
  say_unsaid(pump);
  return ok;
}

void
lf_pump_free(LfPump *pump)
{
  if (pump == NULL)
    return;
  gpointer item;
  while (pump->queue != NULL && lf_queue_take(pump->queue, 0, &item) == LF_QUEUE_ITEM)
    lf_batch_free(item);
  lf_queue_free(pump->queue);
  g_free(pump->threads);
  g_ptr_array_unref(pump->lanes);
  pthread_cond_destroy(&pump->handed);
  pthread_mutex_destroy(&pump->lock);
  g_free(pump);
}

LfPumpCounts
lf_pump_counts(LfPump *pump)
{
  pthread_mutex_lock(&pump->lock);
  LfPumpCounts counts = pump->counts;
  LfState *state = pump->options.state;
  pthread_mutex_unlock(&pump->lock);
  counts.dead_lost = lf_state_dead_lost(state);
  return counts;
}
