/* Beats format strings: text with %{[field]} and %{+date} in it. */
#ifndef LF_TEXT_FORMATSTRING_H
#define LF_TEXT_FORMATSTRING_H

#include "base/buf.h"
#include "base/place.h"
#include "value/path.h"

typedef struct LfFormatString LfFormatString;

/* Compiles a format as libbeat's common/fmtstr has it: %{[a.b]} is a field, %{[a.b]:text} has a default, %{+yyyy.MM.dd}
 * is the event's time in UTC by Joda-like letters (y, M, d, H, m, s, S and text in quotes); a backslash escapes.
 * Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR at `place`. */
LfFormatString *lf_formatstring_compile(LfArena *arena, LfPlace place, LfSlice text, GError **error);

/* Whether its text changes with the event's UTC day alone: no fields, and of a date only years, months and days. */
gboolean lf_formatstring_is_daily(const LfFormatString *format);

/* Whether it has a field of the event. */
gboolean lf_formatstring_has_fields(const LfFormatString *format);

/* Appends the text for a document. `meta` (nullable) is what [@metadata.x] means. A field that is a list or a map is
 * written as JSON. Returns: FALSE where a field without a default is missing or null; `out` is unchanged then. */
gboolean lf_formatstring_run(const LfFormatString *format, LfArena *arena, const LfValue *doc, const LfValue *meta,
                             gint64 timestamp_ms, LfBuf *out);

#endif
