/* What an answer to _bulk says about each event. */
#ifndef LF_OUTPUT_ES_OUTCOME_H
#define LF_OUTPUT_ES_OUTCOME_H

#include "output/es_bulk.h"

typedef enum {
  LF_ES_DELIVERED, /* indexed now, or there already */
  LF_ES_AGAIN,     /* not now: the server is busy, or in a state that somebody can mend */
  LF_ES_DEAD,      /* never: the event itself is refused */
} LfEsVerdict;

/* `reason` ("type: reason (cause)") is empty for what is delivered; in the arena. */
typedef struct {
  LfEsVerdict verdict;
  guint status;
  LfSlice reason;
} LfEsOutcome;

/* Reads the answer to a body of `bulk->n` events: their ids, `_bulk`'s one operation `create`, a status each. `body` is
 * changed. `ids_may_change`: a pipeline of the server may give
 * an event another id. `index_of_event`: the index depends on the event, so that a name that is not allowed is the event's fault.
 * `*out` is NULL where all events are delivered (the usual case, found without a tree), else `bulk->n` outcomes in the
 * arena. Returns: FALSE with LF_JSON_ERROR where the answer is not one to this request: then nothing is known. */
gboolean lf_es_outcomes_read(LfArena *arena, LfBuf *body, const LfEsBulk *bulk, gboolean with_ids,
                             gboolean ids_may_change, gboolean index_of_event, LfEsOutcome **out, GError **error);

#endif
