/* Numbers from text and back, without the locale. */
#include "base/number.h"

#include <math.h>
#include <stdio.h>

gboolean
lf_number_parse_int(LfSlice text, gint64 *out)
{
  gsize i = 0;
  gboolean negative = text.len > 0 && text.p[0] == '-';
  if (negative)
    i++;
  if (i == text.len)
    return FALSE;
  guint64 v = 0;
  const guint64 limit = negative ? (guint64)G_MAXINT64 + 1 : (guint64)G_MAXINT64;
  for (; i < text.len; i++) {
    guint digit = (guint)(guint8)text.p[i] - '0';
    if (digit > 9 || v > limit / 10 || v * 10 > limit - digit)
      return FALSE;
    v = v * 10 + digit;
  }
  *out = negative ? (gint64)(0 - v) : (gint64)v;
  return TRUE;
}

double
lf_number_parse_double(LfSlice text)
{
  char small[64];
  if (text.len < sizeof small) {
    memcpy(small, text.p, text.len);
    small[text.len] = '\0';
    return g_ascii_strtod(small, NULL);
  }
  g_autofree char *copy = lf_slice_dup(text);
  return g_ascii_strtod(copy, NULL);
}

/* The digits and the decimal exponent of the shortest text that reads back as d > 0: 0.d1d2d3… × 10^exponent. */
static int
shortest_digits(double d, char digits[20], int *exponent)
{
  char text[LF_NUMBER_TEXT];
  for (int precision = 0; precision <= 16; precision++) {
    char format[8];
    g_snprintf(format, sizeof format, "%%.%de", precision);
    g_ascii_formatd(text, sizeof text, format, d);
    if (g_ascii_strtod(text, NULL) == d || precision == 16)
      break;
    /* below a power of two doubles lie closer together than above it: where the nearest text misses, the next one may hit */
    char *last = strchr(text, 'e') - 1;
    if (*last == '9')
      continue;
    ++*last;
    if (g_ascii_strtod(text, NULL) == d)
      break;
  }
  int n = 0;
  const char *p = text;
  for (; *p != 'e'; p++)
    if (*p != '.')
      digits[n++] = *p;
  *exponent = (int)g_ascii_strtoll(p + 1, NULL, 10) + 1;
  while (n > 1 && digits[n - 1] == '0')
    n--;
  return n;
}

gsize
lf_number_format_double(double d, char out[LF_NUMBER_TEXT])
{
  g_assert(isfinite(d));
  char *p = out;
  if (signbit(d)) {
    *p++ = '-';
    d = -d;
  }
  if (d == 0) {
    *p++ = '0';
    *p = '\0';
    return (gsize)(p - out);
  }
  char digits[20];
  int e, n = shortest_digits(d, digits, &e);
  if (d < 1e-6 || d >= 1e21) {
    *p++ = digits[0];
    if (n > 1) {
      *p++ = '.';
      memcpy(p, digits + 1, (gsize)n - 1);
      p += n - 1;
    }
    p += g_snprintf(p, 8, "e%+d", e - 1);
  } else if (e <= 0) {
    *p++ = '0';
    *p++ = '.';
    for (int i = e; i < 0; i++)
      *p++ = '0';
    memcpy(p, digits, (gsize)n);
    p += n;
  } else {
    for (int i = 0; i < MAX(n, e); i++) {
      if (i == e)
        *p++ = '.';
      *p++ = i < n ? digits[i] : '0';
    }
  }
  *p = '\0';
  return (gsize)(p - out);
}

gsize
lf_number_format_int(gint64 i, char out[LF_NUMBER_TEXT])
{
  char reversed[24];
  guint64 v = i < 0 ? 0 - (guint64)i : (guint64)i;
  int n = 0;
  do
    reversed[n++] = (char)('0' + v % 10);
  while ((v /= 10) > 0);
  char *p = out;
  if (i < 0)
    *p++ = '-';
  while (n > 0)
    *p++ = reversed[--n];
  *p = '\0';
  return (gsize)(p - out);
}
