/* Ingest pipelines: compiled from their map, run step by step (Elasticsearch's Pipeline and CompoundProcessor). */
#include "ingest/pipeline.h"

#include "ingest/registry.h"

typedef struct {
  struct Step *items;
  guint n;
} Steps;

typedef struct Step {
  const LfStepClass *cls;
  gpointer self;
  const char *tag; /* (nullable) */
  const LfCondition *condition; /* (nullable) */
  gboolean ignore_failure;
  Steps on_failure;
} Step;

struct LfPipeline {
  LfPipeline *next;
  const char *id;
  Steps steps;
  Steps on_failure;
};

struct LfPipelines {
  LfArena *arena;
  LfPipeline *first; /* the newest */
};

typedef struct {
  LfArena *arena;
  LfIngestError *refused;
  GError **error;
  const char *id;
} Compiler;

LfPipelines *
lf_pipelines_new(LfArena *arena)
{
  LfPipelines *p = lf_arena_alloc0(arena, sizeof *p);
  p->arena = arena;
  return p;
}

static gboolean compile_steps(Compiler *c, const LfNode *list, Steps *out, int depth);

static gboolean
refuse(Compiler *c, LfPlace place, const char *reason)
{
  if (c->refused != NULL)
    *c->refused = (LfIngestError){.type = "parse_exception", .reason = lf_arena_dup(c->arena, lf_slice_str(reason)).p};
  return lf_place_error(c->error, place, LF_CONFIG_ERROR_INVALID, "pipeline %s: %s", c->id, reason);
}

static gboolean
compile_condition(LfStepOptions *o, Step *step)
{
  const LfNode *node;
  LfSlice source;
  g_autoptr(GError) cause = NULL;
  if (!lf_step_node(o, "if", FALSE, &node) || node == NULL)
    return *o->error == NULL;
  const LfNode *text = node->type == LF_NODE_MAP ? lf_node_get(node, "source") : node;
  if (node->type == LF_NODE_MAP && text == NULL) {
    lf_place_error(o->error, node->place, LF_CONFIG_ERROR_REFUSED, "processor %s: if: a stored script is not there yet",
                   o->type);
    return FALSE;
  }
  if (text->type == LF_NODE_LIST || text->type == LF_NODE_MAP)
    return lf_step_refuse(o, text->place, "if", "property isn't a string");
  source = text->text;
  step->condition = lf_condition_compile(o->arena, source, &cause);
  return step->condition != NULL ||
         lf_step_refuse_script(o, text->place, cause, cause->code == LF_CONDITION_ERROR_SYNTAX);
}

/* Options that no processor read. */
static gboolean
check_left_over(Compiler *c, const LfStepOptions *o)
{
  g_auto(LfBuf) names = {0};
  LfPlace place = o->place;
  for (guint i = 0; i < o->map->n; i++) {
    if (o->used[i])
      continue;
    if (names.len == 0)
      place = o->map->entries[i].place;
    else
      lf_buf_append_str(&names, ", ");
    lf_buf_append_slice(&names, o->map->entries[i].key);
  }
  if (names.len == 0)
    return TRUE;
  g_autofree char *reason =
      g_strdup_printf("processor [%s] doesn't support one or more provided configuration parameters [%.*s]", o->type,
                      (int)names.len, names.p);
  return refuse(c, place, reason);
}

static gboolean
compile_common(Compiler *c, LfStepOptions *o, Step *step, int depth)
{
  const LfNode *on_failure;
  LfSlice tag, description;
  if (!lf_step_text(o, "tag", FALSE, &tag) || !lf_step_text(o, "description", FALSE, &description) ||
      !lf_step_bool(o, "ignore_failure", FALSE, &step->ignore_failure) || !compile_condition(o, step) ||
      !lf_step_node(o, "on_failure", FALSE, &on_failure))
    return FALSE;
  step->tag = tag.p != NULL ? lf_arena_dup(c->arena, tag).p : NULL;
  if (on_failure == NULL)
    return TRUE;
  if (on_failure->type != LF_NODE_LIST)
    return lf_step_refuse(o, on_failure->place, "on_failure", "property isn't a list");
  if (on_failure->n == 0)
    return lf_step_refuse(o, on_failure->place, "on_failure", "processors list cannot be empty");
  return compile_steps(c, on_failure, &step->on_failure, depth + 1);
}

static gboolean
compile_step(Compiler *c, const LfNodeEntry *entry, Step *step, int depth)
{
  g_autofree char *type = lf_slice_dup(entry->key);
  *step = (Step){.cls = lf_step_find(type)};
  if (step->cls == NULL && lf_step_is_known(type))
    return lf_place_error(c->error, entry->place, LF_CONFIG_ERROR_REFUSED,
                          "pipeline %s: the processor %s is not there yet", c->id, type);
  if (step->cls == NULL) {
    g_autofree char *reason = g_strdup_printf("No processor type exists with name [%s]", type);
    return refuse(c, entry->place, reason);
  }
  if (entry->node->type != LF_NODE_MAP) {
    LfValue v = lf_node_to_value(c->arena, entry->node);
    g_autofree char *reason = g_strdup_printf("property isn't a map, but of type [%s]", lf_doc_class_name(&v));
    return refuse(c, entry->node->place, reason);
  }
  LfStepOptions o = {.arena = c->arena,
                     .type = step->cls->name,
                     .map = entry->node,
                     .place = entry->place,
                     .used = lf_arena_alloc0(c->arena, entry->node->n * sizeof(gboolean)),
                     .refused = c->refused,
                     .error = c->error};
  if (!compile_common(c, &o, step, depth))
    return FALSE;
  step->self = step->cls->compile(&o);
  return step->self != NULL && check_left_over(c, &o);
}

static gboolean
compile_steps(Compiler *c, const LfNode *list, Steps *out, int depth)
{
  guint n = 0;
  if (depth > LF_DEPTH_MAX)
    return refuse(c, list->place, "on_failure is nested too deep");
  for (guint i = 0; i < list->n; i++)
    n += list->entries[i].node->n;
  out->items = lf_arena_alloc_n(c->arena, n, sizeof(Step));
  for (guint i = 0; i < list->n; i++) {
    const LfNode *item = list->entries[i].node;
    if (item->type != LF_NODE_MAP)
      return refuse(c, item->place, "[processors] property isn't a list of maps");
    for (guint k = 0; k < item->n; k++) /* nearly always one */
      if (!compile_step(c, &item->entries[k], &out->items[out->n++], depth))
        return FALSE;
  }
  return TRUE;
}

static gboolean
compile_list(Compiler *c, const LfNode *map, const char *name, gboolean required, Steps *out)
{
  const LfNode *list = lf_node_get(map, name);
  if (list == NULL || list->type == LF_NODE_NULL) {
    g_autofree char *reason = g_strdup_printf("[%s] required property is missing", name);
    return !required || refuse(c, map->place, reason);
  }
  if (list->type != LF_NODE_LIST) {
    g_autofree char *reason = g_strdup_printf("[%s] property isn't a list, but of type [%s]", name,
                                              list->type == LF_NODE_MAP ? "java.util.HashMap" : "java.lang.String");
    return refuse(c, list->place, reason);
  }
  if (!required && list->n == 0) {
    g_autofree char *reason = g_strdup_printf("pipeline [%s] cannot have an empty on_failure option defined", c->id);
    return refuse(c, list->place, reason);
  }
  return compile_steps(c, list, out, 0);
}

static gboolean
check_keys(Compiler *c, const LfNode *map)
{
  static const char *const allowed[] = {"description", "version", "_meta", "processors", "on_failure", "deprecated"};
  for (guint i = 0; i < map->n; i++) {
    gboolean found = FALSE;
    for (gsize k = 0; k < G_N_ELEMENTS(allowed); k++)
      found |= lf_slice_is(map->entries[i].key, allowed[k]);
    if (!found) {
      g_autofree char *reason =
          g_strdup_printf("pipeline [%s] doesn't support one or more provided configuration parameters [%.*s]", c->id,
                          (int)map->entries[i].key.len, map->entries[i].key.p);
      return refuse(c, map->entries[i].place, reason);
    }
  }
  return TRUE;
}

LfPipeline *
lf_pipelines_add(LfPipelines *pipelines, const char *id, const LfNode *node, LfIngestError *refused, GError **error)
{
  g_autoptr(GError) local = NULL;
  LfArena *arena = pipelines->arena;
  LfPipeline *p = lf_arena_alloc0(arena, sizeof *p);
  p->id = lf_arena_dup(arena, lf_slice_str(id)).p;
  Compiler c = {.arena = arena, .refused = refused, .error = &local, .id = p->id};
  gboolean ok = node->type == LF_NODE_MAP || refuse(&c, node->place, "a pipeline is a map");
  ok = ok && compile_list(&c, node, "processors", TRUE, &p->steps) &&
       compile_list(&c, node, "on_failure", FALSE, &p->on_failure) && check_keys(&c, node);
  if (!ok) {
    g_propagate_error(error, g_steal_pointer(&local));
    return NULL;
  }
  p->next = pipelines->first;
  pipelines->first = p;
  return p;
}

LfPipeline *
lf_pipelines_find(const LfPipelines *pipelines, const char *id)
{
  for (LfPipeline *p = pipelines->first; p != NULL; p = p->next)
    if (strcmp(p->id, id) == 0)
      return p;
  return NULL;
}

static gboolean run_steps(const Steps *steps, LfIngestDoc *doc);

static const char *const failure_keys[] = {"on_failure_message", "on_failure_processor_type",
                                           "on_failure_processor_tag"};

/* Runs handlers with what failed in _ingest; afterwards _ingest is without it again. */
static gboolean
run_handlers(const Steps *handlers, LfIngestDoc *doc)
{
  const char *const values[] = {doc->error.reason, doc->error.processor_type, doc->error.processor_tag};
  lf_value_make_writable(doc->arena, &doc->ingest);
  for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
    lf_object_set_static(doc->arena, &doc->ingest, failure_keys[i],
                         values[i] != NULL ? lf_value_string(lf_slice_str(values[i])) : lf_value_null());
  doc->error = (LfIngestError){0};
  gboolean ok = run_steps(handlers, doc);
  for (gsize i = 0; i < G_N_ELEMENTS(failure_keys); i++)
    lf_object_remove(&doc->ingest, lf_slice_str(failure_keys[i]));
  return ok;
}

static gboolean
failed_at(const Step *s, LfIngestDoc *doc)
{
  doc->error.processor_type = s->cls->name;
  doc->error.processor_tag = s->tag;
  return FALSE;
}

static gboolean
run_step(const Step *s, LfIngestDoc *doc)
{
  gboolean wanted = TRUE;
  if (s->condition != NULL && !lf_condition_run(s->condition, doc, &wanted))
    return failed_at(s, doc); /* a condition stands outside of what ignore_failure and on_failure cover */
  if (!wanted || s->cls->run(s->self, doc) || s->ignore_failure)
    return TRUE;
  failed_at(s, doc);
  return s->on_failure.n > 0 && run_handlers(&s->on_failure, doc);
}

static gboolean
run_steps(const Steps *steps, LfIngestDoc *doc)
{
  for (guint i = 0; i < steps->n && !doc->dropped; i++)
    if (!run_step(&steps->items[i], doc))
      return FALSE;
  return TRUE;
}

gboolean
lf_pipeline_run(const LfPipeline *p, LfIngestDoc *doc)
{
  return run_steps(&p->steps, doc) || (p->on_failure.n > 0 && run_handlers(&p->on_failure, doc));
}
