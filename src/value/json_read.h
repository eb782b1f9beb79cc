/* The JSON reader: once, in place, lossless. */
#ifndef LF_VALUE_JSON_READ_H
#define LF_VALUE_JSON_READ_H

#include "base/buf.h"
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

/* As far as a string goes that is ASCII and has no escapes but those of one character: its closing quote, or the first byte
 * that has to be looked at; `end` where none is. `*escaped` is set where an escape was stepped over. */
const char *lf_json_scan_string(const char *p, const char *end, gboolean *escaped);

/* The first byte from `p` on that is a quote, a backslash, a control character or not ASCII; `end` where none is. */
const char *lf_json_scan(const char *p, const char *end);

/* A JSON text that is read piece by piece, without a tree: for the one answer that everything goes through. The pieces
 * accept and refuse what lf_json_read does, with its words. Starts as {.arena, .begin = text, .p = text, .end, .error};
 * `stack` is lf_buf_clear'ed at the end. */
typedef struct {
  LfArena *arena;
  char *begin;
  char *p; /* the next byte */
  char *end;
  LfBuf stack; /* members and items of the containers that are open */
  GError **error;
} LfJsonReader;

/* A string: `bytes` as they stand between the quotes, invalid UTF-8 replaced. */
typedef struct {
  LfSlice bytes;
  gboolean escaped; /* there are escapes in it */
  gboolean ascii;
} LfJsonText;

/* Steps over white space. */
static inline void
lf_json_reader_space(LfJsonReader *r)
{
  while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
    r->p++;
}

/* Reads the string whose quote is at r->p. */
gboolean lf_json_reader_string(LfJsonReader *r, LfJsonText *out);

/* Reads a key (unescaped) and its colon. */
gboolean lf_json_reader_key(LfJsonReader *r, LfJsonText *key);

/* Reads the value that comes next, white space in front allowed; `depth` is its own. As a tree, or only checked. */
gboolean lf_json_reader_value(LfJsonReader *r, int depth, LfValue *out);
gboolean lf_json_reader_skip(LfJsonReader *r, int depth);

/* Steps over the bracket at r->p, whose partner is `close`. Returns: whether anything is inside; where not, the partner
 * is stepped over too. */
gboolean lf_json_reader_open(LfJsonReader *r, char close);

/* Behind an item or a member: steps over the comma (`*more`) or over `close`. */
gboolean lf_json_reader_next(LfJsonReader *r, char close, gboolean *more);

/* Whether nothing but white space is left. */
gboolean lf_json_reader_end(LfJsonReader *r);

#endif
