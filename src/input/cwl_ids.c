/* The ids of events that were emitted already, for the window that is being read. */
#include "input/cwl_ids.h"

enum { SPANS = 64 }; /* how finely the times of kept ids are told apart */

/* A batch on its way. */
typedef struct {
  guint64 sequence;
  gint64 min_ms;
  gint64 max_ms;
  guint n;
  LfHash128 ids[];
} Pending;

/* So many ids whose events are not later than `max_ms`; begun with one of `first_ms`. */
typedef struct {
  gint64 first_ms;
  gint64 max_ms;
  guint64 n;
} Span;

void
lf_cwl_ids_init(LfCwlIds *ids, gint64 keep_ms)
{
  *ids = (LfCwlIds){.max_ms = G_MININT64, .grain_ms = keep_ms / SPANS};
  g_queue_init(&ids->pending);
  ids->spans = g_array_new(FALSE, FALSE, sizeof(Span));
}

void
lf_cwl_ids_clear(LfCwlIds *ids)
{
  lf_ids_clear(&ids->set);
  g_queue_clear_full(&ids->pending, g_free);
  g_clear_pointer(&ids->spans, g_array_unref);
}

static void
add_span(LfCwlIds *ids, gint64 max_ms, guint n)
{
  Span *last = ids->spans->len > 0 ? &g_array_index(ids->spans, Span, ids->spans->len - 1) : NULL;
  ids->kept += n;
  if (last != NULL && max_ms - last->first_ms <= ids->grain_ms) {
    last->max_ms = MAX(last->max_ms, max_ms);
    last->n += n;
    return;
  }
  Span span = {max_ms, max_ms, n};
  g_array_append_val(ids->spans, span);
}

static void
count_page(gint64 max_ms, guint64 n, void *data)
{
  LfCwlIds *ids = data;
  ids->max_ms = MAX(ids->max_ms, max_ms);
  add_span(ids, max_ms, (guint)MIN(n, G_MAXUINT));
}

gboolean
lf_cwl_ids_open(LfCwlIds *ids, LfState *state, gint64 row, GError **error)
{
  return lf_state_count_ids(state, row, count_page, ids, error);
}

void
lf_cwl_ids_acknowledged(LfCwlIds *ids, guint64 acknowledged)
{
  const Pending *p;
  while ((p = g_queue_peek_head(&ids->pending)) != NULL && p->sequence < acknowledged)
    g_free(g_queue_pop_head(&ids->pending));
}

gboolean
lf_cwl_ids_load(LfCwlIds *ids, LfState *state, gint64 row, gint64 from_ms, gint64 to_ms, guint64 acknowledged,
                GError **error)
{
  const Pending *p;
  lf_cwl_ids_acknowledged(ids, acknowledged);
  lf_ids_clear(&ids->set);
  if (ids->max_ms < from_ms) /* nothing as late as this was ever emitted */
    return TRUE;
  if (!lf_state_load_ids(state, row, from_ms, to_ms, &ids->set, error))
    return FALSE;
  for (GList *link = ids->pending.head; link != NULL; link = link->next) {
    p = link->data;
    for (guint i = 0; p->max_ms >= from_ms && p->min_ms <= to_ms && i < p->n; i++)
      lf_ids_add(&ids->set, p->ids[i]);
  }
  return TRUE;
}

void
lf_cwl_ids_emitted(LfCwlIds *ids, const LfTicket *t)
{
  if (t->n_ids == 0)
    return;
  gsize bytes = (gsize)t->n_ids * sizeof(LfHash128);
  Pending *p = g_malloc(sizeof *p + bytes);
  *p = (Pending){t->sequence, t->min_ms, t->max_ms, t->n_ids};
  memcpy(p->ids, t->ids, bytes);
  g_queue_push_tail(&ids->pending, p);
  ids->max_ms = MAX(ids->max_ms, t->max_ms);
  add_span(ids, t->max_ms, t->n_ids);
}

gint64
lf_cwl_ids_forget(LfCwlIds *ids, gint64 ms, guint64 most)
{
  guint gone = 0;
  for (; gone < ids->spans->len; gone++) {
    const Span *span = &g_array_index(ids->spans, Span, gone);
    if (span->max_ms >= ms && ids->kept <= most)
      break;
    ids->kept -= span->n;
    ms = MAX(ms, span->max_ms + 1);
  }
  g_array_remove_range(ids->spans, 0, gone);
  return ms;
}
