/* The JSON reader: once, in place, lossless. */
#ifndef LF_VALUE_JSON_READ_H
#define LF_VALUE_JSON_READ_H

#include "value/value.h"

#define LF_JSON_ERROR (lf_json_error_quark())
GQuark lf_json_error_quark(void);

typedef enum {
  LF_JSON_ERROR_SYNTAX, /* not RFC 8259 */
  LF_JSON_ERROR_DEPTH,  /* deeper than LF_DEPTH_MAX */
} LfJsonError;

/* Reads one JSON text (RFC 8259) with nothing but white space around it. The bytes at `buf` are used in place: they may
 * be changed, and the tree borrows them, so they must live as long as the arena. Strings without escapes are marked
 * LF_VALUE_PLAIN, others LF_VALUE_ESCAPED; keys are unescaped. Invalid UTF-8 in a string and lone surrogates become
 * U+FFFD, as Go's encoding/json does; the last of equal keys wins.
 * Returns: FALSE with LF_JSON_ERROR, whose text begins with the byte's offset. */
gboolean lf_json_read(LfArena *arena, char *buf, gsize len, LfValue *out, GError **error);

/* As lf_json_read over a copy of the text. */
gboolean lf_json_read_copy(LfArena *arena, LfSlice text, LfValue *out, GError **error);

/* The bytes that the inside of a valid JSON string stands for. Returns: (transfer none): in the arena. */
LfSlice lf_json_unescape(LfArena *arena, LfSlice escaped);

/* Whether the bytes are valid UTF-8 that can stand in a JSON string as they are. */
gboolean lf_json_is_plain(LfSlice s);

/* The first byte from `p` on that is a quote, a backslash, a control character or not ASCII; `end` where none is. */
const char *lf_json_scan(const char *p, const char *end);

#endif
