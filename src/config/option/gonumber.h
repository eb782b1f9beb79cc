/* Numbers and words as Go's strconv reads and prints them, which is what Filebeat's configuration is read with. */
#ifndef LF_CONFIG_OPTION_GONUMBER_H
#define LF_CONFIG_OPTION_GONUMBER_H

#include "base/slice.h"

/* strconv.ParseInt(text, 0, 64): a sign, 0x, 0o, 0b or a leading 0, underscores between digits. FALSE for anything else
 * and for what does not fit. */
gboolean lf_gonumber_int(LfSlice text, gint64 *out);

/* strconv.ParseUint(text, 0, 64). */
gboolean lf_gonumber_uint(LfSlice text, guint64 *out);

/* strconv.ParseFloat(text, 64): decimal and hexadecimal forms, inf and nan in any case. FALSE for anything else and for
 * what is too large. */
gboolean lf_gonumber_float(LfSlice text, double *out);

/* strconv.ParseBool: 1, t, T, TRUE, true, True and their opposites. */
gboolean lf_gonumber_bool(LfSlice text, gboolean *out);

/* Room for the text of a number, with its NUL. */
enum { LF_GONUMBER_TEXT = 40 };

/* A double as fmt's %v prints it: 1, 1.5, 1e+06, +Inf. Returns: the length. */
gsize lf_gonumber_format(double d, char out[LF_GONUMBER_TEXT]);

#endif
