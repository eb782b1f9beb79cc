/* Dead letters that somebody wants delivered after all: found while it runs, and delivered as they are. */
#ifndef LF_PUMP_REPLAY_H
#define LF_PUMP_REPLAY_H

#include "pump/pump.h"
#include "state/deadletter.h"

/* The sources that dead letters came from. Lives as long as batches of it do. */
typedef struct LfReplaySources LfReplaySources;

/* Returns: (transfer full): lf_replay_sources_free. */
LfReplaySources *lf_replay_sources_new(void);

/* Frees them. NULL is allowed. */
void lf_replay_sources_free(LfReplaySources *sources);

/* A dead letter as a batch of one event, ready for an output: no pipeline sees it again.
 * Returns: (transfer full): NULL where its document cannot be read. */
LfBatch *lf_replay_batch(LfReplaySources *sources, const LfDeadLetter *letter, GError **error);

/* Looks for marked dead letters and delivers them through a pump, some at a time. One thread uses it. */
typedef struct LfReplay LfReplay;

/* All is borrowed, and outlives it. */
LfReplay *lf_replay_new(LfState *state, LfPump *pump);

/* After the pump and the output have ended. NULL is allowed. */
void lf_replay_free(LfReplay *replay);

/* Looks, every two seconds at most, and delivers what there is room for. `now_ms`: monotonic.
 * Returns: whether all that were found are acknowledged, and none was left at the last look. */
gboolean lf_replay_poll(LfReplay *replay, gint64 now_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfReplaySources, lf_replay_sources_free)

#endif
