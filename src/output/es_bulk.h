/* A _bulk body on its way: events as lines, and what is to be done with each by its outcome. */
#ifndef LF_OUTPUT_ES_BULK_H
#define LF_OUTPUT_ES_BULK_H

#include "base/buf.h"
#include "net/retry.h"
#include "value/batch.h"

/* One event in a body: its action line begins at `at`; `id_at` and `doc_at` count from there. Without an id `id_len` is 0.
 * The ticket is borrowed: it lives until no event of it is open. */
typedef struct {
  gsize at;
  guint32 id_at; /* behind the quote */
  guint32 id_len;
  guint32 doc_at;
  gboolean own_index; /* a pipeline gave the event its index */
  char *unsent_id;    /* (nullable) the event's, where it is not in the body; owned */
  LfTicket *ticket;
} LfEsItem;

typedef struct {
  LfBuf body;
  LfEsItem *items;
  guint n;
  guint cap;
  LfBuf packed; /* the body as it was sent, where it is compressed */
  LfRetry retry;
  gint64 began_ms;      /* monotonic: when it began to be filled */
  gint64 not_before_ms; /* monotonic: when it may be tried again */
  guint refusals;       /* times that a server refused the whole of it as wrong */
  guint64 refused_at;   /* how many bodies had been taken when it was refused first */
  gsize counted;        /* bytes that are counted for it */
  guint host;
  void *owner;
} LfEsBulk;

/* An empty body. Returns: (transfer full): lf_es_bulk_free. */
LfEsBulk *lf_es_bulk_new(void *owner);
void lf_es_bulk_free(LfEsBulk *bulk);

/* Makes it empty; its memory stays. */
void lf_es_bulk_reset(LfEsBulk *bulk);

/* Appends an event: `prefix` is the action line up to its id, `doc` the document. `with_id`: e->id is sent. */
void lf_es_bulk_add(LfEsBulk *bulk, LfSlice prefix, const LfEvent *event, gboolean with_id, gboolean escape_html,
                    LfTicket *ticket);

/* The document of the i-th event, without its line feed. */
LfSlice lf_es_bulk_doc(const LfEsBulk *bulk, guint i);

/* The i-th event's id as it stands in the body, escaped for JSON. */
LfSlice lf_es_bulk_id(const LfEsBulk *bulk, guint i);

/* The i-th event's own id, sent or not. In the arena, or as long as the item. */
LfSlice lf_es_bulk_event_id(const LfEsBulk *bulk, guint i, LfArena *arena);

/* The index that a pipeline gave the i-th event; empty where it gave none. In the arena. */
LfSlice lf_es_bulk_own_index(const LfEsBulk *bulk, guint i, LfArena *arena);

/* Moves the events from `first` on to the end of `to`. */
void lf_es_bulk_move(LfEsBulk *bulk, guint first, LfEsBulk *to);

/* Keeps the events whose `keep` is TRUE, in their order, and gives memory back that they do not need. */
void lf_es_bulk_keep(LfEsBulk *bulk, const gboolean *keep);

#endif
