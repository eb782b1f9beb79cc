/* The rename processor (Elasticsearch's RenameProcessor). */
#include "ingest/registry.h"

typedef struct {
  LfField field;
  LfField target;
  gboolean ignore_missing;
  gboolean override;
} Rename;

static gpointer
compile(LfStepOptions *o)
{
  Rename *r = lf_arena_alloc0(o->arena, sizeof *r);
  if (!lf_step_field(o, "field", TRUE, &r->field) || !lf_step_field(o, "target_field", TRUE, &r->target) ||
      !lf_step_bool(o, "ignore_missing", FALSE, &r->ignore_missing) ||
      !lf_step_bool(o, "override", FALSE, &r->override))
    return NULL;
  gboolean override_target; /* OpenSearch's name of the same option */
  if (!lf_step_bool(o, "override_target", FALSE, &override_target))
    return NULL;
  r->override |= override_target;
  return r;
}

static gboolean
run(gconstpointer self, LfIngestDoc *doc)
{
  const Rename *r = self;
  LfField field, target;
  LfValue *found, *old;
  if (!lf_field_resolve(doc, &r->field, &field) || !lf_doc_find(doc, &field, TRUE, &found))
    return FALSE;
  if (found == NULL) {
    if (r->ignore_missing)
      return TRUE;
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "field [%.*s] doesn't exist", (int)field.text.len, field.text.p);
  }
  if (!lf_field_resolve(doc, &r->target, &target) || !lf_doc_find(doc, &target, TRUE, &old))
    return FALSE;
  if (old != NULL && !r->override)
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "field [%.*s] already exists", (int)target.text.len,
                       target.text.p);
  LfValue value = *found;
  if (!lf_doc_remove(doc, &field))
    return FALSE;
  if (lf_doc_set(doc, &target, value))
    return TRUE;
  LfIngestError why = doc->error; /* the document is as before: nothing is lost by a target that cannot be set */
  lf_doc_set(doc, &field, value);
  doc->error = why;
  return FALSE;
}

const LfStepClass lf_step_rename = {"rename", "Rename a field", compile, run};
