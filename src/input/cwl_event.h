/* Events of CloudWatch Logs become documents, as Filebeat of the chosen version writes them. */
#ifndef LF_INPUT_CWL_EVENT_H
#define LF_INPUT_CWL_EVENT_H

#include "config/config.h"
#include "input/cwl_options.h"
#include "state/ids.h"
#include "value/batch.h"

/* Who collects: the same in every event of the process. Strings are borrowed. */
typedef struct {
  const char *name; /* the shipper's: `name`, else the machine's */
  const char *hostname;
  const char *agent_id;
  const char *ephemeral_id;
} LfAgent;

typedef struct LfCwlEventMaker LfCwlEventMaker;

/* Compiles what the events of one input and region share. Lives in the arena; safe for use by one thread.
 * Returns: (transfer none). */
LfCwlEventMaker *lf_cwl_event_maker_new(LfArena *arena, const LfConfig *config, const LfCwlSettings *settings,
                                        const LfAgent *agent, const char *region);

/* What became of a page's events. */
typedef struct {
  guint read;
  guint known;     /* their ids were seen: a repeat */
  guint malformed; /* without an id, a time or a message; said in the log */
  gint64 min_ms;   /* of all events' times, those of known ones too; meaningless without any */
  gint64 max_ms;
} LfCwlPageCounts;

/* Fills the batch with the events of `events` (FilterLogEvents' array, in the batch's arena) whose ids are not in
 * `ids`, and the ticket with their ids and times. `log_group` is how the group was configured (a name or an ARN),
 * `group_name` its name. */
void lf_cwl_event_fill(LfCwlEventMaker *maker, LfBatch *batch, LfValue *events, const char *log_group,
                       const char *group_name, LfHashKey key, LfIdSet *ids, gint64 now_ms, LfCwlPageCounts *counts);

#endif
