/* The append processor (Elasticsearch's AppendProcessor). */
#include "ingest/registry.h"

typedef struct {
  LfField field;
  const LfValueSource *value;
  gboolean allow_duplicates;
} Append;

static gpointer
compile(LfStepOptions *o)
{
  Append *a = lf_arena_alloc0(o->arena, sizeof *a);
  const LfNode *value, *media_type;
  g_autoptr(GError) cause = NULL;
  if (!lf_step_field(o, "field", TRUE, &a->field) || !lf_step_node(o, "value", TRUE, &value) ||
      !lf_step_bool(o, "allow_duplicates", TRUE, &a->allow_duplicates) ||
      !lf_step_node(o, "media_type", FALSE, &media_type))
    return NULL;
  if (media_type != NULL && !lf_slice_is(media_type->text, "application/json")) {
    lf_place_error(o->error, media_type->place, LF_CONFIG_ERROR_REFUSED,
                   "processor append: media_type: only application/json is there yet");
    return NULL;
  }
  a->value = lf_value_source_compile(o->arena, value, &cause);
  if (a->value == NULL)
    lf_step_refuse_script(o, value->place, cause, cause->code == LF_MUSTACHE_ERROR_SYNTAX);
  return a->value != NULL ? a : NULL;
}

static gboolean
run(gconstpointer self, LfIngestDoc *doc)
{
  const Append *a = self;
  LfField field;
  if (!lf_field_resolve(doc, &a->field, &field))
    return FALSE;
  LfValue value = lf_doc_value(doc, a->value);
  return lf_doc_append(doc, &field, &value, a->allow_duplicates);
}

const LfStepClass lf_step_append = {"append", "Append values to a list, made from a single value where there is one",
                                    compile, run};
