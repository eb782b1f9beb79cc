/* The unit that travels: some events of one log group, and the ticket that stays behind them. */
#ifndef LF_VALUE_BATCH_H
#define LF_VALUE_BATCH_H

#include "base/digest.h"
#include "value/value.h"

/* What all events of one input share. Lives as long as the process; never changes while batches exist. */
typedef struct {
  const char *beat;        /* @metadata.beat */
  const char *version;     /* @metadata.version */
  const char *type;        /* @metadata.type: "_doc" */
  const char *pipeline_id; /* (nullable) @metadata.pipeline */
  const char *index;       /* (nullable) @metadata.raw_index, from the input's `index` */
  const char *input_id;    /* names the input in logs: module/fileset, or the input's type */
  const void *program;     /* what the ingest stage runs for it; NULL: nothing */
} LfSource;

/* One event. `doc` is the document without @metadata; it always has "@timestamp" as its first member when it leaves the
 * input. Everything lives in the batch's arena, but for shared values. */
typedef struct {
  LfValue doc;
  LfSlice id;          /* @metadata._id, unescaped */
  gint64 timestamp_ms; /* since 1970, UTC */
  gboolean dropped;    /* a step of the pipeline dropped it: counted, never written */
  LfSlice index;       /* the index that a pipeline gave it; empty: none */
  const char
      *dead; /* (nullable, in the arena or static) why it cannot be delivered: goes to the dead letters instead */
} LfEvent;

/* An event that could not be delivered, for the dead letters. Owned by its ticket. */
typedef struct {
  char *id;
  char *reason;
  char *json;  /* the document as the pipeline left it */
  char *index; /* (nullable) the index that a pipeline gave it */
} LfDead;

/* What is left of a batch once the output has its bytes: lives until the acknowledgement is in the state. */
typedef struct {
  const LfSource *source; /* the batch's */
  gint64 group_row;       /* the state's row of the log group */
  gint64 dead_row;        /* of a dead letter that is delivered again, the batch's one event: its row; else 0 */
  void *lane;             /* the pump's: the order of the group's batches */
  guint64 sequence;       /* 0, 1, 2 … per lane, without a gap */
  gint64 frontier_ms;     /* all that is older has been read once this batch is acknowledged; G_MININT64: no news */
  gint64 known_from_ms;   /* with a frontier: ids of older events are no longer needed */
  gint64 min_ms;          /* the events' timestamps; meaningless without ids */
  gint64 max_ms;
  guint n_ids;
  LfHash128 *ids;  /* of the events' ids */
  gsize bytes;     /* what the batch weighs in a queue */
  guint open;      /* the output's: events that it took and whose outcome is still to come */
  guint delivered; /* filled on the way: how the events ended */
  guint dropped;
  GPtrArray *dead; /* (nullable) of LfDead */
} LfTicket;

/* How the events of one lane ended, as far as that is acknowledged. */
typedef struct {
  guint64 acknowledged; /* batches: all with a lower sequence are in the state */
  guint64 delivered;
  guint64 dropped; /* by a pipeline's drop */
  guint64 dead;
} LfLaneCounts;

/* What several batches borrow from: the body of an answer and what was read out of it. Freed with the last of them. */
typedef struct LfPage LfPage;

typedef struct LfBatch LfBatch;

/* Makes a batch's documents, in its arena. */
typedef void (*LfBatchFillFn)(LfBatch *batch, const void *data);

/* A batch whose `fill` is set has `n_events` events that are no documents yet: `events` is NULL until lf_batch_fill, so
 * that the trees of a page never exist all at once. */
struct LfBatch {
  LfArena *arena;
  const LfSource *source;
  LfEvent *events;
  guint n_events;
  LfTicket *ticket;
  LfPage *page;          /* (nullable) */
  LfBatchFillFn fill;    /* (nullable) */
  const void *fill_data; /* in the page's arena */
};

/* A batch with an arena and a ticket of its own and no events. Returns: (transfer full): lf_batch_free. */
LfBatch *lf_batch_new(const LfSource *source);

/* A page with an arena of its own and one reference. Any thread may give a reference back; one thread, which has one,
 * allocates in the arena. */
LfPage *lf_page_new(void);
LfPage *lf_page_ref(LfPage *page);
void lf_page_unref(LfPage *page);
LfArena *lf_page_arena(const LfPage *page);

/* Makes the documents where they are still to be made. */
void lf_batch_fill(LfBatch *batch);

/* Room for `n` events, cleared. */
void lf_batch_set_events(LfBatch *batch, guint n);

/* Frees the arena with the events, and gives the page back; the ticket is freed too where it has not been taken. */
void lf_batch_free(LfBatch *batch);

/* Takes the ticket out. Returns: (transfer full): lf_ticket_free. */
LfTicket *lf_batch_take_ticket(LfBatch *batch);

/* Records an undeliverable event; all is copied. `index`: the one that a pipeline gave it; empty: none. */
void lf_ticket_add_dead(LfTicket *ticket, LfSlice id, const char *reason, LfSlice json, LfSlice index);

/* Turns one event that was counted as delivered into a dead letter; all is copied. */
void lf_ticket_kill(LfTicket *ticket, LfSlice id, const char *reason, LfSlice json, LfSlice index);

/* The same for an event whose document still lives; `reason` (in the arena or static) stays with it. */
void lf_batch_kill(LfBatch *batch, LfEvent *event, const char *reason);

/* Frees a ticket; NULL is allowed. */
void lf_ticket_free(LfTicket *ticket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfBatch, lf_batch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfPage, lf_page_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfTicket, lf_ticket_free)

#endif
