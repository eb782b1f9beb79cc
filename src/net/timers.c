/* The timers of a loop: a binary heap, the earliest first. */
#include "net/timers.h"

typedef struct {
  gint64 due_ms;
  guint64 id;
  LfTimerFn fn; /* NULL: taken back */
  void *data;
} Timer;

struct LfTimers {
  GArray *heap; /* of Timer, by due_ms */
  guint64 last_id;
};

LfTimers *
lf_timers_new(void)
{
  LfTimers *timers = g_new0(LfTimers, 1);
  timers->heap = g_array_new(FALSE, FALSE, sizeof(Timer));
  return timers;
}

void
lf_timers_free(LfTimers *timers)
{
  if (timers == NULL)
    return;
  g_array_unref(timers->heap);
  g_free(timers);
}

static Timer *
items(const LfTimers *timers)
{
  return (Timer *)(void *)timers->heap->data;
}

static void
swap(LfTimers *timers, guint a, guint b)
{
  Timer *t = items(timers), keep = t[a];
  t[a] = t[b];
  t[b] = keep;
}

static void
sift_up(LfTimers *timers, guint i)
{
  const Timer *t = items(timers);
  for (; i > 0 && t[(i - 1) / 2].due_ms > t[i].due_ms; i = (i - 1) / 2)
    swap(timers, i, (i - 1) / 2);
}

static void
sift_down(LfTimers *timers, guint i)
{
  const Timer *t = items(timers);
  for (;;) {
    guint least = i, n = timers->heap->len;
    for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
      if (t[child].due_ms < t[least].due_ms)
        least = child;
    if (least == i)
      return;
    swap(timers, i, least);
    i = least;
  }
}

guint64
lf_timers_add(LfTimers *timers, gint64 due_ms, LfTimerFn fn, void *data)
{
  Timer t = {due_ms, ++timers->last_id, fn, data};
  g_array_append_val(timers->heap, t);
  sift_up(timers, timers->heap->len - 1);
  return t.id;
}

void
lf_timers_cancel(LfTimers *timers, guint64 id)
{
  Timer *t = items(timers);
  for (guint i = 0; id != 0 && i < timers->heap->len; i++)
    if (t[i].id == id)
      t[i].fn = NULL; /* it fires, and does nothing */
}

gint64
lf_timers_due(const LfTimers *timers)
{
  return timers->heap->len > 0 ? items(timers)[0].due_ms : G_MAXINT64;
}

void
lf_timers_fire(LfTimers *timers, gint64 now_ms)
{
  guint64 last = timers->last_id;
  while (timers->heap->len > 0) {
    Timer t = items(timers)[0];
    if (t.due_ms > now_ms || t.id > last)
      return;
    swap(timers, 0, timers->heap->len - 1);
    g_array_set_size(timers->heap, timers->heap->len - 1);
    sift_down(timers, 0);
    if (t.fn != NULL)
      t.fn(t.data);
  }
}
