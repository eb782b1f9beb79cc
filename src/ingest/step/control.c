/* The drop and fail processors. */
#include "ingest/registry.h"

static gpointer
compile_drop(LfStepOptions *o)
{
  return lf_arena_alloc0(o->arena, 1);
}

static gboolean
run_drop(gconstpointer self, LfIngestDoc *doc)
{
  doc->dropped = TRUE;
  return TRUE;
}

const LfStepClass lf_step_drop = {"drop", "Drop the document without an error", compile_drop, run_drop};

typedef struct {
  LfSlice message;
  const LfMustache *template; /* (nullable) */
} Fail;

static gpointer
compile_fail(LfStepOptions *o)
{
  Fail *f = lf_arena_alloc0(o->arena, sizeof *f);
  LfField field; /* a text with templates, as a field's name is one */
  if (!lf_step_field(o, "message", TRUE, &field))
    return NULL;
  f->message = field.text;
  f->template = field.template;
  return f;
}

static gboolean
run_fail(gconstpointer self, LfIngestDoc *doc)
{
  const Fail *f = self;
  LfSlice message = f->template != NULL ? lf_doc_render(doc, f->template) : f->message;
  return lf_doc_fail(doc, "fail_processor_exception", "%.*s", (int)message.len, message.p);
}

const LfStepClass lf_step_fail = {"fail", "Fail with a message", compile_fail, run_fail};
