/* The JSON writer. */
#ifndef LF_VALUE_JSON_WRITE_H
#define LF_VALUE_JSON_WRITE_H

#include "base/buf.h"
#include "value/value.h"

/* Appends the tree as compact JSON, members in their order. Strings that are still escaped and objects with kept bytes
 * are copied as they are. Control characters, quotes and backslashes are escaped, and U+2028 and U+2029, as Go's encoding/json does without
 * its HTML escapes; invalid UTF-8 becomes U+FFFD. Infinities and NaN, which JSON lacks, are written as null; so is
 * what is deeper than LF_DEPTH_MAX. */
void lf_json_write(LfBuf *out, const LfValue *v);

/* As lf_json_write with members sorted by their keys' bytes (Go's maps). */
void lf_json_write_sorted(LfBuf *out, const LfValue *v);

/* As lf_json_write over several lines, with `indent` spaces a level. */
void lf_json_write_pretty(LfBuf *out, const LfValue *v, int indent);

/* Appends a JSON string with its quotes. */
void lf_json_write_string(LfBuf *out, LfSlice s);

/* Appends the members of an object from the `first` on, a comma in front of each. */
void lf_json_write_members(LfBuf *out, const LfObject *object, guint32 first);

/* The members of an object from the `first` on as a run, for other objects that have copies of them: what they hold has to
 * be shared. Returns: (transfer none) (nullable): in the arena. */
const LfRun *lf_json_run(LfArena *arena, const LfObject *object, guint32 first);

#endif
