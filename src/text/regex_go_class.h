/* Classes of characters and escapes in Go's regular expressions; used by text/regex_go alone. */
#ifndef LF_TEXT_REGEX_GO_CLASS_H
#define LF_TEXT_REGEX_GO_CLASS_H

#include "base/buf.h"

/* Reads a character of valid UTF-8. Returns: its length; `text` must not be empty. */
gsize lf_regex_go_read_char(LfSlice text, guint32 *out);

/* Whether a text can hold it: no half of a surrogate pair. */
gboolean lf_regex_go_is_scalar(guint32 c);

/* Appends a character as PCRE2 reads it in a class and outside. */
void lf_regex_go_append_char(LfBuf *out, guint32 c);

/* Reads an escape that is one character from a backslash on; `text` moves behind it. FALSE with the reason in `why` ((out)
 * (transfer full) (nullable)) where Go has no such. */
gboolean lf_regex_go_escape(LfSlice *text, guint32 *out, char **why);

/* Reads [...], \d, \pL, \p{Greek} and the like from its first character on, and appends the class to `out`. `fold`: the
 * flag i holds. FALSE with the reason. */
gboolean lf_regex_go_class(LfSlice *text, gboolean fold, LfBuf *out, char **why);

#endif
