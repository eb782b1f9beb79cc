/* The set processor (Elasticsearch's SetProcessor). */
#include "ingest/registry.h"

typedef struct {
  LfField field;
  const LfValueSource *value; /* (nullable): copy_from instead */
  LfField copy_from;
  gboolean override;
  gboolean ignore_empty_value;
} Set;

static gpointer
compile(LfStepOptions *o)
{
  Set *s = lf_arena_alloc0(o->arena, sizeof *s);
  const LfNode *value, *copy_from, *media_type;
  g_autoptr(GError) cause = NULL;
  if (!lf_step_field(o, "field", TRUE, &s->field) || !lf_step_node(o, "copy_from", FALSE, &copy_from) ||
      !lf_step_node(o, "value", copy_from == NULL, &value) ||
      !lf_step_bool(o, "override", TRUE, &s->override) ||
      !lf_step_bool(o, "ignore_empty_value", FALSE, &s->ignore_empty_value) ||
      !lf_step_node(o, "media_type", FALSE, &media_type))
    return NULL;
  if (media_type != NULL && !lf_slice_is(media_type->text, "application/json")) {
    lf_place_error(o->error, media_type->place, LF_CONFIG_ERROR_REFUSED,
                   "processor set: media_type: only application/json is there yet");
    return NULL;
  }
  if (copy_from != NULL && value != NULL) {
    lf_step_refuse(o, o->place, "copy_from", "cannot set both `copy_from` and `value` in the same processor");
    return NULL;
  }
  if (copy_from != NULL)
    return lf_step_field(o, "copy_from", TRUE, &s->copy_from) ? s : NULL;
  s->value = lf_value_source_compile(o->arena, value, &cause);
  if (s->value == NULL)
    lf_step_refuse_script(o, value->place, cause, cause->code == LF_MUSTACHE_ERROR_SYNTAX);
  return s->value != NULL ? s : NULL;
}

/* A copied value is the target's own. What is missing is an error, as in getFieldValue. */
static gboolean
copy_value(const Set *s, LfIngestDoc *doc, LfValue *out)
{
  LfField from;
  LfValue *found;
  if (!lf_field_resolve(doc, &s->copy_from, &from) || !lf_doc_find(doc, &from, FALSE, &found))
    return FALSE;
  if (found == NULL && s->ignore_empty_value)
    *out = lf_value_null();
  else if (found == NULL)
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "field [%.*s] not present as part of path [%.*s]",
                       (int)from.path.parts[from.path.n - 1].len, from.path.parts[from.path.n - 1].p,
                       (int)from.text.len, from.text.p);
  else
    *out = lf_value_clone(doc->arena, found);
  return TRUE;
}

static gboolean
is_empty(LfIngestDoc *doc, LfValue *v)
{
  return v->type == LF_TYPE_NULL || (v->type == LF_TYPE_STRING && lf_value_text(doc->arena, v).len == 0);
}

static gboolean
run(gconstpointer self, LfIngestDoc *doc)
{
  const Set *s = self;
  LfField field;
  LfValue *old, value;
  if (!lf_field_resolve(doc, &s->field, &field))
    return FALSE;
  if (!s->override) {
    if (!lf_doc_find(doc, &field, FALSE, &old))
      return FALSE;
    if (old != NULL && old->type != LF_TYPE_NULL)
      return TRUE;
  }
  if (s->value == NULL) {
    if (!copy_value(s, doc, &value))
      return FALSE;
  } else {
    value = lf_doc_value(doc, s->value);
  }
  gboolean computed = s->value == NULL || lf_value_source_is_template(s->value);
  if (s->ignore_empty_value && computed && is_empty(doc, &value))
    return TRUE;
  return lf_doc_set(doc, &field, value);
}

const LfStepClass lf_step_set = {"set", "Set a field to a value or to a copy of another field", compile, run};
