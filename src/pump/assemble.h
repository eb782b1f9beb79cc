/* From a configuration to what is run: inputs with their settings, sources and compiled pipelines. */
#ifndef LF_PUMP_ASSEMBLE_H
#define LF_PUMP_ASSEMBLE_H

#include "config/config.h"
#include "ingest/pipeline.h"
#include "input/cwl_options.h"
#include "module/fileset.h"
#include "value/batch.h"

/* One input, ready to run. `fileset` is NULL for an input that stands in the configuration by itself. */
typedef struct {
  LfPlace place;
  const LfFileset *fileset;
  const LfNode *node; /* the whole input, rendered and merged */
  LfCwlSettings settings;
  LfSource source;
} LfAssembled;

/* All inputs of a configuration, in its order. Lives in an arena. */
typedef struct {
  LfAssembled *inputs;
  guint n;
} LfAssembly;

/* Renders modules, reads every input's options, compiles pipelines.
 * Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR. */
LfAssembly *lf_assemble(LfArena *arena, const LfConfig *config, LfNotes *notes, GError **error);

/* The same, where there may be none. */
LfAssembly *lf_assemble_all(LfArena *arena, const LfConfig *config, LfNotes *notes, GError **error);

/* Runs a source's pipeline on the events of a batch: an LfPumpWorkFn; `data` is not used. */
void lf_assembled_work(LfBatch *batch, void *data);

#endif
