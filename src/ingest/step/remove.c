/* The remove processor (Elasticsearch's RemoveProcessor). */
#include "ingest/registry.h"

typedef struct {
  LfField *fields;
  guint n;
  gboolean ignore_missing;
} Remove;

static gboolean
compile_field(LfStepOptions *o, const LfNode *node, LfField *out)
{
  g_autoptr(GError) cause = NULL;
  if (node->type != LF_NODE_STRING)
    return lf_step_refuse(o, node->place, "field", "property isn't a string");
  return lf_field_compile(o->arena, node->text, out, &cause) ||
         lf_step_refuse_script(o, node->place, cause, cause->code == LF_MUSTACHE_ERROR_SYNTAX);
}

static gpointer
compile(LfStepOptions *o)
{
  Remove *r = lf_arena_alloc0(o->arena, sizeof *r);
  const LfNode *field, *keep;
  if (!lf_step_node(o, "keep", FALSE, &keep) || !lf_step_node(o, "field", keep == NULL, &field) ||
      !lf_step_bool(o, "ignore_missing", FALSE, &r->ignore_missing))
    return NULL;
  if (keep != NULL) {
    lf_place_error(o->error, keep->place, LF_CONFIG_ERROR_REFUSED, "processor remove: keep is not there yet");
    return NULL;
  }
  gboolean list = field->type == LF_NODE_LIST;
  r->n = list ? field->n : 1;
  r->fields = lf_arena_alloc_n(o->arena, r->n, sizeof *r->fields);
  for (guint i = 0; i < r->n; i++)
    if (!compile_field(o, list ? field->entries[i].node : field, &r->fields[i]))
      return NULL;
  return r;
}

static gboolean
remove_one(const Remove *r, const LfField *option, LfIngestDoc *doc)
{
  LfField field;
  LfValue *found;
  if (option->template == NULL && option->text.len == 0 && !r->ignore_missing)
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "field path cannot be null nor empty");
  if (!lf_field_resolve(doc, option, &field))
    return FALSE;
  if (lf_slice_is(field.text, "_index")) /* every document has one */
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "cannot remove metadata field [_index]");
  if (!lf_doc_find(doc, &field, FALSE, &found))
    return FALSE;
  if (found == NULL && r->ignore_missing)
    return TRUE;
  return lf_doc_remove(doc, &field);
}

static gboolean
run(gconstpointer self, LfIngestDoc *doc)
{
  const Remove *r = self;
  for (guint i = 0; i < r->n; i++)
    if (!remove_one(r, &r->fields[i], doc))
      return FALSE;
  return TRUE;
}

const LfStepClass lf_step_remove = {"remove", "Remove fields", compile, run};
