/* Which index an event goes to, and through which pipeline of the cluster: `index`, `indices`, `pipeline`, `pipelines`. */
#ifndef LF_OUTPUT_ES_TARGET_H
#define LF_OUTPUT_ES_TARGET_H

#include "config/compat.h"
#include "config/option/notes.h"
#include "value/batch.h"
#include "value/node.h"

/* What the configuration says. */
typedef struct {
  const char *index;
  const LfNode *indices; /* (nullable) a list of rules */
  const char *pipeline;
  const LfNode *pipelines;
  gboolean of_input; /* events go through the pipeline of their input first of all (ingest.mode: remote) */
} LfEsTargetSettings;

typedef struct LfEsTargets LfEsTargets;

/* The index that Filebeat of this line writes to where nothing is set and no lifecycle alias is: one a day in 7.17, a
 * data stream from 8 on. In the arena. */
const char *lf_es_default_index(LfArena *arena, const char *beat_name, const LfCompat *compat);

/* Compiles the settings. `fallback` is the index where `index` is not set. Lives in the arena but for its buffers and
 * conditions.
 * `notes` (nullable) takes what is odd about them. Returns: (transfer full): lf_es_targets_clear; NULL with
 * LF_CONFIG_ERROR. */
LfEsTargets *lf_es_targets_new(LfArena *arena, const LfEsTargetSettings *settings, const char *fallback, LfPlace place,
                               LfNotes *notes, GError **error);
void lf_es_targets_clear(LfEsTargets *targets);

/* The action line of an event up to its id: {"create":{"_index":"x" and perhaps ,"pipeline":"p". A pipeline that set the
 * event's _index goes first, then the input's `index`, then `indices`, then `index`.
 * `*prefix`: (transfer none): until the next call. `why`: static, where FALSE is returned: no index can be made. */
gboolean lf_es_target(LfEsTargets *targets, const LfBatch *batch, const LfEvent *event, LfSlice *prefix,
                      const char **why);

/* Whether the index's name depends on more than the day, the input and the names that the rules have: on what is in an
 * event. */
gboolean lf_es_targets_of_event(const LfEsTargets *targets);

#endif
