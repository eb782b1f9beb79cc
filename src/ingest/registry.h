/* The table of ingest processors, and how one reads its options. */
#ifndef LF_INGEST_REGISTRY_H
#define LF_INGEST_REGISTRY_H

#include "ingest/condition.h"
#include "ingest/doc.h"

/* The options of one processor while it is compiled: what is read is marked, what is left over is refused. */
typedef struct {
  LfArena *arena;
  const char *type;
  const LfNode *map;
  LfPlace place;
  gboolean *used; /* an entry a key */
  LfIngestError *refused;
  GError **error;
} LfStepOptions;

/* Readers. A required option that is missing, or one of another type, sets the errors with Elasticsearch's words
 * ("[field] required property is missing") and returns FALSE. */
gboolean lf_step_text(LfStepOptions *o, const char *name, gboolean required, LfSlice *out);
gboolean lf_step_bool(LfStepOptions *o, const char *name, gboolean fallback, gboolean *out);
gboolean lf_step_field(LfStepOptions *o, const char *name, gboolean required, LfField *out);
/* Any value; `*out` NULL where it is missing and not required. A null counts as missing. */
gboolean lf_step_node(LfStepOptions *o, const char *name, gboolean required, const LfNode **out);

/* Refuses an option: an error that Elasticsearch has too (type parse_exception, "[name] what"). Returns FALSE. */
gboolean lf_step_refuse(LfStepOptions *o, LfPlace place, const char *name, const char *what);

/* Takes a template's or a script's error over. Returns FALSE. */
gboolean lf_step_refuse_script(LfStepOptions *o, LfPlace place, const GError *cause, gboolean syntax);

/* A row of the table. `compile` returns the compiled options (transfer none, in the arena). `run` returns FALSE with the
 * document's error. */
typedef struct {
  const char *name;
  const char *doc;
  gpointer (*compile)(LfStepOptions *options);
  gboolean (*run)(gconstpointer self, LfIngestDoc *doc);
} LfStepClass;

/* The row of that name. Returns: (transfer none) (nullable). */
const LfStepClass *lf_step_find(const char *name);

/* Whether Elasticsearch has a processor of that name that is not there yet. */
gboolean lf_step_is_known(const char *name);

extern const LfStepClass lf_step_append;
extern const LfStepClass lf_step_drop;
extern const LfStepClass lf_step_fail;
extern const LfStepClass lf_step_remove;
extern const LfStepClass lf_step_rename;
extern const LfStepClass lf_step_set;

#endif
