/* The ids of events that were emitted already, for the window that is being read. */
#ifndef LF_INPUT_CWL_IDS_H
#define LF_INPUT_CWL_IDS_H

#include "state/state.h"

/* Ids of one log group. What is acknowledged is in the state and loaded for each window; what is not yet is kept here.
 * Starts with lf_cwl_ids_init. */
typedef struct {
  LfIdSet set;    /* of the open window */
  GQueue pending; /* of batches that are not known to be acknowledged */
  gint64 max_ms;  /* the latest time of any event that was emitted; G_MININT64: none */
  guint64 kept;   /* about how many ids the state keeps */
  GArray *spans;  /* of what it keeps: how many ids up to which time */
  gint64 grain_ms;
} LfCwlIds;

/* `keep_ms`: how long ids are kept. */
void lf_cwl_ids_init(LfCwlIds *ids, gint64 keep_ms);

/* Frees what it holds. */
void lf_cwl_ids_clear(LfCwlIds *ids);

/* Learns what the state keeps, at the start. FALSE with LF_DB_ERROR. */
gboolean lf_cwl_ids_open(LfCwlIds *ids, LfState *state, gint64 row, GError **error);

/* Makes `set` the ids of a window: all known ones from `from_ms` to `to_ms`. `acknowledged`: batches with a lower sequence
 * are in the state. FALSE with LF_DB_ERROR. */
gboolean lf_cwl_ids_load(LfCwlIds *ids, LfState *state, gint64 row, gint64 from_ms, gint64 to_ms, guint64 acknowledged,
                         GError **error);

/* A batch with these ids is emitted; they are copied. */
void lf_cwl_ids_emitted(LfCwlIds *ids, const LfTicket *ticket);

/* Batches with a lower sequence are in the state: their ids are not kept here any more. */
void lf_cwl_ids_acknowledged(LfCwlIds *ids, guint64 acknowledged);

/* The ids before `ms` are forgotten by the state; where more than `most` would be left, those before the returned time
 * have to be, too. */
gint64 lf_cwl_ids_forget(LfCwlIds *ids, gint64 ms, guint64 most);

#endif
