/* What the files of state/ know of an open state. */
#ifndef LF_STATE_STATE_INTERNAL_H
#define LF_STATE_STATE_INTERNAL_H

#include "state/db.h"
#include "state/state.h"

#include <stdatomic.h>

struct LfState {
  LfDb *db;
  LfHashKey hash_key;
  gboolean dead_counted; /* the next two are right; by the lock of the database, as are all */
  gint64 dead_rows;
  gint64 dead_bytes;
  atomic_ullong dead_lost;   /* deleted because there were too many */
  guint64 dead_lost_pending; /* of those, in the transaction under way */
};

/* Writes down what came of a ticket's dead events, in the transaction of a commit. */
gboolean lf_state_dead_commit(LfState *state, const LfTicket *ticket, const char *output, gint64 now_ms,
                              GError **error);

/* The transaction is over. */
void lf_state_dead_committed(LfState *state, gboolean ok);

#endif
