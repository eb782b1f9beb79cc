/* Numbers from text and back, without the locale. */
#ifndef LF_BASE_NUMBER_H
#define LF_BASE_NUMBER_H

#include "base/slice.h"

/* Room for any number that is formatted here, with its NUL. */
enum { LF_NUMBER_TEXT = 32 };

/* A whole decimal number, `-` allowed, leading zeros too. Returns: FALSE for anything else or what does not fit. */
gboolean lf_number_parse_int(LfSlice text, gint64 *out);

/* A decimal floating point number as in JSON (the text must be one already); the nearest double, infinity where it is
 * too large. */
double lf_number_parse_double(LfSlice text);

/* The shortest decimal text that reads back as `d`, as JSON has it: 1.5, 1e+21, -0; exponents from 1e21 and below 1e-6
 * (Go's encoding/json, ECMA-262 Number::toString). `d` must be finite. Returns: the length. */
gsize lf_number_format_double(double d, char out[LF_NUMBER_TEXT]);

/* Decimal text of an integer. Returns: the length. */
gsize lf_number_format_int(gint64 i, char out[LF_NUMBER_TEXT]);

#endif
