/* Batches and their tickets. */
#include "value/batch.h"

#include "value/json_write.h"

#include <stdatomic.h>

struct LfPage {
  LfArena *arena;
  atomic_uint refs;
};

LfPage *
lf_page_new(void)
{
  LfPage *page = g_new0(LfPage, 1);
  page->arena = lf_arena_new();
  atomic_init(&page->refs, 1);
  return page;
}

LfPage *
lf_page_ref(LfPage *page)
{
  atomic_fetch_add(&page->refs, 1);
  return page;
}

void
lf_page_unref(LfPage *page)
{
  if (page == NULL || atomic_fetch_sub(&page->refs, 1) != 1)
    return;
  lf_arena_free(page->arena);
  g_free(page);
}

LfArena *
lf_page_arena(const LfPage *page)
{
  return page->arena;
}

LfBatch *
lf_batch_new(const LfSource *source)
{
  LfBatch *batch = g_new0(LfBatch, 1);
  batch->arena = lf_arena_new();
  batch->source = source;
  batch->ticket = g_new0(LfTicket, 1);
  batch->ticket->frontier_ms = G_MININT64;
  batch->ticket->source = source;
  return batch;
}

void
lf_batch_set_events(LfBatch *batch, guint n)
{
  batch->events = lf_arena_alloc_n(batch->arena, n, sizeof(LfEvent));
  memset(batch->events, 0, n * sizeof(LfEvent));
  batch->n_events = n;
}

void
lf_batch_fill(LfBatch *batch)
{
  if (batch->fill == NULL)
    return;
  batch->fill(batch, batch->fill_data);
  batch->fill = NULL;
}

LfTicket *
lf_batch_take_ticket(LfBatch *batch)
{
  return g_steal_pointer(&batch->ticket);
}

void
lf_batch_free(LfBatch *batch)
{
  if (batch == NULL)
    return;
  lf_arena_free(batch->arena);
  lf_page_unref(batch->page);
  lf_ticket_free(batch->ticket);
  g_free(batch);
}

static void
dead_free(gpointer data)
{
  LfDead *dead = data;
  g_free(dead->id);
  g_free(dead->reason);
  g_free(dead->json);
  g_free(dead->index);
  g_free(dead);
}

void
lf_ticket_add_dead(LfTicket *ticket, LfSlice id, const char *reason, LfSlice json, LfSlice index)
{
  if (ticket->dead == NULL)
    ticket->dead = g_ptr_array_new_with_free_func(dead_free);
  LfDead *dead = g_new(LfDead, 1);
  *dead = (LfDead){lf_slice_dup(id), g_strdup(reason), lf_slice_dup(json), index.len > 0 ? lf_slice_dup(index) : NULL};
  g_ptr_array_add(ticket->dead, dead);
}

void
lf_ticket_kill(LfTicket *ticket, LfSlice id, const char *reason, LfSlice json, LfSlice index)
{
  g_assert(ticket->delivered > 0);
  ticket->delivered--;
  lf_ticket_add_dead(ticket, id, reason, json, index);
}

void
lf_batch_kill(LfBatch *batch, LfEvent *event, const char *reason)
{
  g_auto(LfBuf) json = {0};
  lf_json_write(&json, &event->doc);
  event->dead = reason;
  lf_ticket_kill(batch->ticket, event->id, reason, lf_buf_slice(&json), event->index);
}

void
lf_ticket_free(LfTicket *ticket)
{
  if (ticket == NULL)
    return;
  if (ticket->dead != NULL)
    g_ptr_array_unref(ticket->dead);
  g_free(ticket->ids);
  g_free(ticket);
}
