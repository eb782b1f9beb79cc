/* Numbers and words as Go's strconv reads and prints them. */
#include "config/option/gonumber.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Longer texts are no number that anyone writes. */
enum { NUMBER_MAX = 128 };

/* Whether each underscore stands between two digits, or between a base's prefix and a digit. */
static gboolean
underscores_ok(LfSlice s)
{
  gsize i = s.len > 0 && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
  gboolean hex = FALSE, digit_before = FALSE;
  if (s.len >= i + 2 && s.p[i] == '0' && strchr("bBoOxX", s.p[i + 1]) != NULL) {
    hex = g_ascii_tolower(s.p[i + 1]) == 'x';
    i += 2;
    digit_before = TRUE;
  }
  for (; i < s.len; i++) {
    char c = s.p[i];
    gboolean digit = g_ascii_isdigit(c) || (hex && g_ascii_isxdigit(c));
    if (c == '_') {
      gboolean digit_after = i + 1 < s.len && (hex ? g_ascii_isxdigit(s.p[i + 1]) : g_ascii_isdigit(s.p[i + 1]));
      if (!digit_before || !digit_after)
        return FALSE;
    }
    digit_before = digit;
  }
  return TRUE;
}

/* Copies without underscores. FALSE where they are misplaced or the text is too long. */
static gboolean
strip(LfSlice s, char out[NUMBER_MAX])
{
  gsize n = 0;
  if (s.len == 0 || s.len >= NUMBER_MAX || !underscores_ok(s))
    return FALSE;
  for (gsize i = 0; i < s.len; i++) {
    if (s.p[i] == '\0')
      return FALSE;
    if (s.p[i] != '_')
      out[n++] = s.p[i];
  }
  out[n] = '\0';
  return n > 0;
}

static gboolean
parse_magnitude(const char *p, guint64 *out)
{
  guint base = 10;
  if (p[0] == '0' && p[1] != '\0') {
    char c = g_ascii_tolower(p[1]);
    base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
    p += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
  }
  if (!g_ascii_isxdigit(*p))
    return FALSE;
  char *end;
  errno = 0;
  *out = g_ascii_strtoull(p, &end, base);
  return *end == '\0' && errno == 0;
}

gboolean
lf_gonumber_uint(LfSlice text, guint64 *out)
{
  char plain[NUMBER_MAX];
  return strip(text, plain) && parse_magnitude(plain, out);
}

gboolean
lf_gonumber_int(LfSlice text, gint64 *out)
{
  char plain[NUMBER_MAX];
  guint64 v;
  if (!strip(text, plain))
    return FALSE;
  gboolean negative = plain[0] == '-';
  if (!parse_magnitude(plain + (negative || plain[0] == '+'), &v) || v > (guint64)G_MAXINT64 + negative)
    return FALSE;
  *out = negative ? (gint64)(0 - v) : (gint64)v;
  return TRUE;
}

static const char *
skip_digits(const char *p, gboolean hex, gsize *n)
{
  for (; hex ? g_ascii_isxdigit(*p) : g_ascii_isdigit(*p); p++)
    ++*n;
  return p;
}

/* Go's grammar of a float without its sign; a hexadecimal one needs its exponent. */
static gboolean
is_float(const char *p)
{
  gboolean hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
  gsize digits = 0, exponent = 0;
  p = skip_digits(p + (hex ? 2 : 0), hex, &digits);
  if (*p == '.')
    p = skip_digits(p + 1, hex, &digits);
  if (digits == 0)
    return FALSE;
  if (g_ascii_tolower(*p) != (hex ? 'p' : 'e'))
    return *p == '\0' && !hex;
  p++;
  if (*p == '-' || *p == '+')
    p++;
  p = skip_digits(p, FALSE, &exponent);
  return exponent > 0 && *p == '\0';
}

gboolean
lf_gonumber_float(LfSlice text, double *out)
{
  char plain[NUMBER_MAX];
  if (!strip(text, plain))
    return FALSE;
  const char *p = plain + (plain[0] == '-' || plain[0] == '+');
  if (g_ascii_strcasecmp(p, "inf") == 0 || g_ascii_strcasecmp(p, "infinity") == 0) {
    *out = plain[0] == '-' ? -INFINITY : INFINITY;
    return TRUE;
  }
  if (g_ascii_strcasecmp(plain, "nan") == 0) {
    *out = NAN;
    return TRUE;
  }
  if (!is_float(p))
    return FALSE;
  *out = g_ascii_strtod(plain, NULL);
  return isfinite(*out);
}

gboolean
lf_gonumber_bool(LfSlice text, gboolean *out)
{
  static const char *const words[2][6] = {{"0", "f", "F", "false", "FALSE", "False"},
                                          {"1", "t", "T", "true", "TRUE", "True"}};
  for (int value = 0; value < 2; value++)
    for (gsize i = 0; i < 6; i++)
      if (lf_slice_is(text, words[value][i])) {
        *out = value;
        return TRUE;
      }
  return FALSE;
}

/* %v is %g with the shortest digits that read back as the same double; an exponent is written below 1e-4 and from 1e6
 * on. */
gsize
lf_gonumber_format(double d, char out[LF_GONUMBER_TEXT])
{
  if (!isfinite(d))
    return g_strlcpy(out, isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf", LF_GONUMBER_TEXT);
  if (d == 0)
    return g_strlcpy(out, signbit(d) ? "-0" : "0", LF_GONUMBER_TEXT);
  char format[8];
  int precision = 0;
  do {
    g_snprintf(format, sizeof format, "%%.%de", precision);
    g_ascii_formatd(out, LF_GONUMBER_TEXT, format, d);
  } while (precision++ < 16 && g_ascii_strtod(out, NULL) != d);
  int exponent = atoi(strchr(out, 'e') + 1);
  if (exponent >= -4 && exponent < 6) {
    g_snprintf(format, sizeof format, "%%.%df", MAX(precision - 1 - exponent, 0));
    g_ascii_formatd(out, LF_GONUMBER_TEXT, format, d);
  }
  return strlen(out);
}
