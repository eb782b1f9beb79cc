/* A processor's `if`: comparisons of fields. Whatever else Painless can do is refused by name. */
#ifndef LF_INGEST_CONDITION_H
#define LF_INGEST_CONDITION_H

#include "ingest/pipeline.h"

typedef struct LfCondition LfCondition;

#define LF_CONDITION_ERROR (lf_condition_error_quark())
GQuark lf_condition_error_quark(void);

typedef enum {
  LF_CONDITION_ERROR_SYNTAX,  /* no Painless: Elasticsearch refuses it too */
  LF_CONDITION_ERROR_REFUSED, /* more than comparisons: not there yet */
} LfConditionError;

/* Compiles `ctx.a?.b == 'x' && !(ctx['n'] < 5) || ctx.c != null`: fields, literals (text, numbers, true, false, null),
 * == != === !== < <= > >= && || ! and parentheses, with Painless's meaning of null and of types.
 * Returns: (transfer none): in the arena; NULL with LF_CONDITION_ERROR. */
LfCondition *lf_condition_compile(LfArena *arena, LfSlice source, GError **error);

/* Evaluates for a document. Returns: FALSE with the document's error (script_exception) where Painless would throw. */
gboolean lf_condition_run(const LfCondition *condition, LfIngestDoc *doc, gboolean *result);

#endif
