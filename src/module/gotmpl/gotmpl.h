/* Templates in the language of Go's text/template, as manifests, fileset configurations and pipelines use it. */
#ifndef LF_MODULE_GOTMPL_H
#define LF_MODULE_GOTMPL_H

#include "base/buf.h"
#include "base/place.h"
#include "value/value.h"

/* A compiled template. It is not changed by running, so several threads may run it at once. */
typedef struct LfTemplate LfTemplate;

/* What opens and closes an action. */
typedef struct {
  LfSlice left;
  LfSlice right;
} LfTemplateDelims;

/* Filebeat's two pairs: {{ }} in manifests and configurations, {< >} in pipelines. */
#define LF_TEMPLATE_CONFIG ((LfTemplateDelims){LF_SLICE_LIT("{{"), LF_SLICE_LIT("}}")})
#define LF_TEMPLATE_PIPELINE ((LfTemplateDelims){LF_SLICE_LIT("{<"), LF_SLICE_LIT(">}")})

/* Ceilings; a template that meets one ends with an error that names it. Nesting ends at LF_DEPTH_MAX. */
enum {
  LF_TEMPLATE_TEXT_MAX = 16 * 1024 * 1024,   /* bytes of a template */
  LF_TEMPLATE_OUTPUT_MAX = 16 * 1024 * 1024, /* bytes that one run writes */
  LF_TEMPLATE_MADE_MAX = 64 * 1024 * 1024,   /* bytes of text that the functions of one run make */
  LF_TEMPLATE_STEPS_MAX = 10 * 1000 * 1000,  /* actions and loop iterations of one run */
};

/* A row of the table of functions: Go's predefined ones and Filebeat's. `max_args` is -1 for no upper bound. */
typedef struct {
  const char *name;
  const char *doc; /* one line */
  int min_args;
  int max_args;
} LfTemplateFunction;

/* The function at `index`. Returns: (transfer none) (nullable): NULL behind the last one. */
const LfTemplateFunction *lf_template_function(guint index);

/* Compiles a template (https://pkg.go.dev/text/template, as of Go 1.26). `place` is where the first byte of `text`
 * stands; the text is copied. An empty delimiter stands for {{ or }}.
 * Returns: (transfer none) (nullable): lives as long as the arena; NULL with LF_CONFIG_ERROR at the offending spot. */
LfTemplate *lf_template_parse(LfArena *arena, LfPlace place, LfSlice text, LfTemplateDelims delims, GError **error);

/* Runs the template over `vars` (not changed) and appends its text to `out`. Null, true and false, numbers, strings,
 * arrays and objects are what Go has as nil, bool, int or float64, string, []interface{} and map[string]interface{}; a
 * name that an object lacks is an error (Go's missingkey=error). IngestPipeline reads `builtin` in `vars`.
 * `arena` takes what the run makes; it may be the one of the template.
 * Returns: FALSE with LF_CONFIG_ERROR at the offending spot; `out` is then as it was. */
gboolean lf_template_execute(const LfTemplate *t, LfArena *arena, const LfValue *vars, LfBuf *out, GError **error);

/* The id under which Filebeat stores a pipeline: prefix-version-module-fileset-name, where the name is the last part of
 * `path` without its ending (filebeat/fileset/pipelines.go, FormatPipelineID).
 * Returns: (transfer full): g_free. */
char *lf_template_pipeline_id(const char *prefix, const char *version, const char *module, const char *fileset,
                              const char *path);

#endif
