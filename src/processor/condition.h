/* Beats' conditions: `when` of processors and of an output's rules. */
#ifndef LF_PROCESSOR_CONDITION_H
#define LF_PROCESSOR_CONDITION_H

#include "config/option/notes.h"
#include "value/node.h"

typedef struct LfWhen LfWhen;

/* Compiles a map as libbeat/conditions has it: one of equals, contains, regexp, range, has_fields, network, or, and, not.
 * Of several in one map the first in this order counts, as in Beats, and `notes` (nullable) says so. `map` lives as long
 * as the condition, which is in the arena but for its regular expressions. Elastic's page: "Define processors", section
 * "Conditions". Returns: (transfer full): lf_when_clear; NULL with LF_CONFIG_ERROR at the place of what is wrong. */
LfWhen *lf_when_compile(LfArena *arena, const LfNode *map, LfNotes *notes, GError **error);

/* Frees the regular expressions. NULL is allowed. */
void lf_when_clear(LfWhen *when);

/* Whether a document meets it. A field's name is looked up as it stands before it is taken for a path; a field that is
 * missing or of another type meets nothing, @timestamp is there and equals nothing, `meta` (nullable) is what @metadata.x
 * means. `arena` takes what has to be unescaped. A search that takes too long fails the whole condition, and the log says
 * so once. */
gboolean lf_when_check(const LfWhen *when, LfArena *arena, const LfValue *doc, const LfValue *meta);

#endif
