/* Ingest pipelines: compiled once, run on documents exactly as Elasticsearch's ingest node runs them. */
#ifndef LF_INGEST_PIPELINE_H
#define LF_INGEST_PIPELINE_H

#include "base/clock.h"
#include "base/place.h"
#include "value/node.h"

typedef struct LfPipeline LfPipeline;
typedef struct LfPipelines LfPipelines;

/* Why a document failed: the root cause, as _simulate's `error` has it, and the processor where it began. In the
 * document's arena. */
typedef struct {
  const char *type; /* "illegal_argument_exception" */
  const char *reason;
  const char *processor_type; /* (nullable) */
  const char *processor_tag;  /* (nullable) */
} LfIngestError;

/* A document under way. `source` is the document itself; `meta` an object of _index, _id, _routing, _version,
 * _version_type, _if_seq_no … as far as they are set (fields that processors reach beside the document); `ingest` the
 * object that `_ingest` means (timestamp, on_failure_* while a handler runs, _value inside foreach). */
typedef struct {
  LfArena *arena;
  LfValue source;
  LfValue meta;
  LfValue ingest;
  gboolean dropped;
  LfIngestError error; /* of a run that returned FALSE */
} LfIngestDoc;

/* A set of pipelines that know each other by name (the `pipeline` processor). Returns: (transfer none): in the arena. */
LfPipelines *lf_pipelines_new(LfArena *arena);

/* Compiles a pipeline and adds it under `id`. Nothing is run. A processor, option or script that Elasticsearch refuses
 * is refused with its words; one that Elasticsearch knows and this program does not yet is refused by name with
 * LF_CONFIG_ERROR_REFUSED. Texts begin with the place.
 * `refused` (nullable) is filled with Elasticsearch's `error` for a pipeline that it would refuse too.
 * Returns: (transfer none) (nullable). */
LfPipeline *lf_pipelines_add(LfPipelines *pipelines, const char *id, const LfNode *node, LfIngestError *refused,
                             GError **error);

/* The pipeline of that name. (nullable) */
LfPipeline *lf_pipelines_find(const LfPipelines *pipelines, const char *id);

/* What `_ingest` begins as, its `timestamp` `now_ns`: for one document or, since it is shared, for all of a batch. */
LfValue lf_ingest_metadata(LfArena *arena, gint64 now_ns);

/* Prepares a document: `source` is an object, `ingest` is lf_ingest_metadata's. `meta` starts empty. */
void lf_ingest_doc_init(LfIngestDoc *doc, LfArena *arena, LfValue source, LfValue ingest);

/* Runs the pipeline. Safe for several threads at once, each with its own document.
 * Returns: FALSE where the document failed and no on_failure took it: `doc->error` says why. `doc->dropped` is set by
 * the drop processor (and the run returns TRUE). */
gboolean lf_pipeline_run(const LfPipeline *pipeline, LfIngestDoc *doc);

#endif
