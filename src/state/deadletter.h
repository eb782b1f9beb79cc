/* Dead letters: events that an output or a pipeline refused, kept until somebody has them delivered after all or drops them. */
#ifndef LF_STATE_DEADLETTER_H
#define LF_STATE_DEADLETTER_H

#include "state/state.h"

/* How many are kept, and how many bytes: then the oldest go. */
enum { LF_DEAD_ROWS_MAX = 100000 };
#define LF_DEAD_BYTES_MAX ((gint64)256 * 1024 * 1024)

/* One of them. All texts are owned. */
typedef struct {
  gint64 id;
  gint64 at_ms; /* when it died last */
  char *log_group;
  char *output;
  char *event_id;
  char *reason;
  gboolean marked; /* to be delivered again */
  gint64 bytes;
  char *
      source; /* JSON: what the event needs beside its document (lf_dead_source_json); only where asked for, as the next */
  char *event; /* JSON: the document */
} LfDeadLetter;

/* Which ones: all conditions that are set hold. Starts as {0}: all. */
typedef struct {
  const char *log_group; /* (nullable) */
  const char *output;    /* (nullable) */
  gint64 id;             /* exactly this; 0: any */
  gint64 after_id;       /* later than this one */
  gboolean marked;       /* only those that are to be delivered again */
  gint64 max_bytes;      /* a list ends before it has more, but has one letter at least; 0: no bound. Lists alone */
} LfDeadFilter;

/* The first `limit` of them in the order of their ids, with the document where `whole`.
 * Returns: (transfer full) (element-type LfDeadLetter): NULL with LF_DB_ERROR. */
GPtrArray *lf_state_dead_list(LfState *state, const LfDeadFilter *filter, guint limit, gboolean whole, GError **error);

/* Marks them to be delivered again: a running process looks for them, or the next one does. `*n`: how many were not marked
 * yet. */
gboolean lf_state_dead_mark(LfState *state, const LfDeadFilter *filter, guint64 *n, GError **error);

/* Deletes them. `*n`: how many there were. */
gboolean lf_state_dead_drop(LfState *state, const LfDeadFilter *filter, guint64 *n, GError **error);

/* A marked one cannot be delivered: it stays, with this reason, and is not marked any more. */
gboolean lf_state_dead_fail(LfState *state, gint64 id, const char *reason, GError **error);

/* How many were deleted by this process because there were too many. Any thread. */
guint64 lf_state_dead_lost(LfState *state);

/* What is kept of a source ((nullable)) beside its event, as JSON: {"beat","version","type","pipeline","index","input"} and
 * "event_index", the index that a pipeline gave it ((nullable)). Returns: (transfer full): g_free. */
char *lf_dead_source_json(const LfSource *source, const char *event_index);

#endif
