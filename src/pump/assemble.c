/* From a configuration to what is run. */
#include "pump/assemble.h"

#include "input/input.h"

static LfSource
make_source(const LfConfig *config, const LfCwlSettings *s, const LfFileset *fileset, const LfPipeline *program,
            LfArena *arena)
{
  LfSource source = {.beat = "filebeat",
                     .version = config->compat.text,
                     .type = "_doc",
                     .pipeline_id = s->common.pipeline,
                     .index = s->common.index,
                     .program = program};
  if (fileset != NULL)
    source.input_id = lf_arena_printf(arena, "%s/%s", fileset->module, fileset->fileset).p;
  else
    source.input_id = s->common.id != NULL ? s->common.id : s->common.type;
  return source;
}

/* The pipeline that the input's events go to: one of the fileset's, by its id. A pipeline that the user names himself
 * lives in a cluster: it cannot be run here. */
static gboolean
find_program(LfArena *arena, const LfConfig *config, const LfFileset *fileset, const LfCwlSettings *s, LfPlace place,
             const LfPipeline **program, GError **error)
{
  *program = NULL;
  if (config->ingest_remote || s->common.pipeline == NULL || s->common.pipeline[0] == '\0')
    return TRUE;
  LfPipelines *pipelines = lf_pipelines_new(arena);
  for (guint i = 0; fileset != NULL && i < fileset->n_pipelines; i++)
    if (lf_pipelines_add(pipelines, fileset->pipelines[i].id, fileset->pipelines[i].node, NULL, error) == NULL)
      return FALSE;
  *program = lf_pipelines_find(pipelines, s->common.pipeline);
  if (*program != NULL)
    return TRUE;
  return lf_place_error(
      error, place, LF_CONFIG_ERROR_REFUSED,
      "pipeline: \"%s\" is no pipeline of a module here; pipelines that live in Elasticsearch cannot be "
      "run by logferry; ingest.mode: remote leaves them to the cluster",
      s->common.pipeline);
}

static gboolean
assemble_one(LfArena *arena, const LfConfig *config, const LfNode *node, const LfFileset *fileset, LfPlace place,
             LfNotes *notes, LfAssembled *out, GError **error)
{
  const LfPipeline *program;
  *out = (LfAssembled){.place = place, .fileset = fileset, .node = node};
  if (!lf_input_check_type(lf_node_get(node, "type"), place, error) ||
      !lf_cwl_options_read(node, arena, notes, &out->settings, error) ||
      !find_program(arena, config, fileset, &out->settings, place, &program, error))
    return FALSE;
  out->source = make_source(config, &out->settings, fileset, program, arena);
  return TRUE;
}

static guint
count_inputs(const LfConfig *config)
{
  guint n = config->n_inputs;
  for (guint i = 0; i < config->n_modules; i++)
    n += config->modules[i].n_filesets;
  return n;
}

static gboolean
assemble_module(LfArena *arena, const LfConfig *config, const LfModuleBlock *module, LfNotes *notes, LfAssembly *out,
                GError **error)
{
  for (guint i = 0; i < module->n_filesets; i++) {
    const LfFilesetBlock *block = &module->filesets[i];
    if (!block->enabled)
      continue;
    LfFileset *fileset = lf_fileset_load(arena, &config->paths, module, block, &config->compat, notes, error);
    if (fileset == NULL)
      return FALSE;
    const LfNode *enabled = lf_node_get(fileset->input, "enabled");
    if (enabled != NULL && enabled->type == LF_NODE_BOOL && !enabled->b)
      continue;
    if (!assemble_one(arena, config, fileset->input, fileset, block->place, notes, &out->inputs[out->n], error))
      return FALSE;
    out->n++;
  }
  return TRUE;
}

LfAssembly *
lf_assemble_all(LfArena *arena, const LfConfig *config, LfNotes *notes, GError **error)
{
  LfAssembly *a = lf_arena_alloc0(arena, sizeof *a);
  a->inputs = lf_arena_alloc_n(arena, count_inputs(config), sizeof(LfAssembled));
  for (guint i = 0; i < config->n_modules; i++)
    if (!assemble_module(arena, config, &config->modules[i], notes, a, error))
      return NULL;
  for (guint i = 0; i < config->n_inputs; i++) {
    const LfInputBlock *block = &config->inputs[i];
    if (!assemble_one(arena, config, block->node, NULL, block->place, notes, &a->inputs[a->n], error))
      return NULL;
    a->n++;
  }
  return a;
}

LfAssembly *
lf_assemble(LfArena *arena, const LfConfig *config, LfNotes *notes, GError **error)
{
  LfAssembly *a = lf_assemble_all(arena, config, notes, error);
  if (a != NULL && a->n == 0) {
    lf_place_error(
        error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING,
        "no input is enabled: add a block under filebeat.modules or filebeat.inputs, or enable a module (see "
        "logferry modules list)");
    return NULL;
  }
  return a;
}

void
lf_assembled_work(LfBatch *batch, void *data)
{
  const LfPipeline *pipeline = batch->source->program;
  if (pipeline == NULL)
    return;
  LfValue ingest = lf_ingest_metadata(batch->arena, lf_clock_wall_ns(lf_clock_system()));
  for (guint i = 0; i < batch->n_events; i++) {
    LfEvent *e = &batch->events[i];
    LfIngestDoc doc;
    lf_ingest_doc_init(&doc, batch->arena, e->doc, ingest);
    lf_object_set_static(batch->arena, &doc.meta, "_id", lf_value_string(e->id));
    if (!lf_pipeline_run(pipeline, &doc))
      e->dead = lf_arena_printf(batch->arena, "pipeline %s: %s: %s",
                                batch->source->pipeline_id != NULL ? batch->source->pipeline_id : "", doc.error.type,
                                doc.error.reason)
                    .p;
    LfValue *id = lf_object_get_str(&doc.meta, "_id");
    if (lf_value_is(id, LF_TYPE_STRING))
      e->id = lf_value_text(batch->arena, id);               /* a pipeline may give it another */
    LfValue *index = lf_object_get_str(&doc.meta, "_index"); /* it is there only where a pipeline has set it */
    if (lf_value_is(index, LF_TYPE_STRING))
      e->index = lf_value_text(batch->arena, index);
    e->dropped = doc.dropped;
    e->doc = doc.source;
  }
}
