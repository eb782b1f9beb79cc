/* Events of CloudWatch Logs become documents, as Filebeat of the chosen version writes them. */
#ifndef LF_INPUT_CWL_EVENT_H
#define LF_INPUT_CWL_EVENT_H

#include "aws/logs.h"
#include "base/log.h"
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

/* Compiles what the events of one input and region share. Lives in the arena, and never changes.
 * Returns: (transfer none). */
LfCwlEventMaker *lf_cwl_event_maker_new(LfArena *arena, const LfConfig *config, const LfCwlSettings *settings,
                                        const LfAgent *agent, const char *region);

/* What became of a page's events. */
typedef struct {
  guint read;
  guint known;     /* their ids were seen: a repeat */
  guint late;      /* new, and before `late_before_ms` */
  guint outside;   /* not of the window: left out */
  guint malformed; /* without an id, a time or a message; said in the log */
  gint64 min_ms;   /* of the times of all events of the window, those of known ones too; max_ms < min_ms without any */
  gint64 max_ms;
  gint64 last_late_ms; /* how late the latest late one is */
} LfCwlPageCounts;

/* What a page is read with. `log_group` is how the group was configured (a name or an ARN), `group_name` its name; `ids`
 * are those that are known, and get the page's; the window's bounds are inclusive; `now_ms` is the local wall time,
 * `aws_now_ms` that of AWS. */
typedef struct {
  const char *log_group;
  const char *group_name;
  LfHashKey key;
  LfIdSet *ids;
  LfLogLimit *malformed; /* of the lines about malformed events; the input's */
  gint64 start_ms;
  gint64 end_ms;
  gint64 late_before_ms;
  gint64 now_ms;
  gint64 aws_now_ms;
} LfCwlFilling;

/* Chooses from a page's events those that are of the window and whose ids are not known: they move to the front, and
 * `ids` (room for all) gets the hashes of their ids. What is left out is counted, and said where it is malformed.
 * Returns: their number. */
guint lf_cwl_event_choose(LfLogsPage *events, const LfCwlFilling *filling, const char *input_id, LfHash128 *ids,
                          LfCwlPageCounts *counts);

/* Says how many lines about malformed events were not shown, where the time for it has come by `now_ms` (G_MAXINT64: it
 * has). */
void lf_cwl_event_say_hidden(LfLogLimit *malformed, const char *input_id, gint64 now_ms);

/* A batch of `n` chosen events, whose documents are made by lf_batch_fill; its ticket has their ids and times. `events`
 * and what they borrow from live in the page's arena. Returns: (transfer full). */
LfBatch *lf_cwl_event_batch(const LfCwlEventMaker *maker, const LfSource *source, LfPage *page,
                            const LfLogsEvent *events, const LfHash128 *ids, guint n, const LfCwlFilling *filling);

#endif
