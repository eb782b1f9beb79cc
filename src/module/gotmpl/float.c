/* Go templates: floats as strconv.FormatFloat writes them. */
#include "module/gotmpl/impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MAX = 17 };

/* Decimal digits without leading or trailing zeros: 0.d1d2d3… × 10^point. */
typedef struct {
  char digits[DIGITS_MAX + 8];
  int n;
  int point;
} Decimal;

/* `d` with `n` digits, correctly rounded. */
static void
round_to(Decimal *dec, double d, int n)
{
  char format[8], text[64];
  g_snprintf(format, sizeof format, "%%.%de", n - 1);
  g_ascii_formatd(text, sizeof text, format, d);
  dec->n = 0;
  const char *p = text;
  for (; *p != 'e'; p++)
    if (*p != '.')
      dec->digits[dec->n++] = *p;
  dec->point = atoi(p + 1) + 1;
}

static gboolean
reads_back(const Decimal *dec, double d)
{
  char text[64];
  g_snprintf(text, sizeof text, "0.%.*se%d", dec->n, dec->digits, dec->point);
  return g_ascii_strtod(text, NULL) == d;
}

/* The next greater decimal of the same number of digits. Returns: FALSE where it has more. */
static gboolean
increment(Decimal *dec)
{
  for (int i = dec->n - 1; i >= 0; i--) {
    if (dec->digits[i] != '9') {
      dec->digits[i]++;
      return TRUE;
    }
    dec->digits[i] = '0';
  }
  return FALSE;
}

/* The shortest decimal that reads back as d > 0, and among those the nearest. */
static Decimal
shortest(double d)
{
  Decimal dec;
  for (int n = 1; n <= DIGITS_MAX; n++) {
    round_to(&dec, d, n);
    if (reads_back(&dec, d))
      break;
    /* Below a power of two doubles lie closer together than above: the nearest decimal may miss, its upper neighbour
     * hit. */
    Decimal up = dec;
    if (increment(&up) && reads_back(&up, d)) {
      dec = up;
      break;
    }
  }
  while (dec.n > 1 && dec.digits[dec.n - 1] == '0')
    dec.n--;
  return dec;
}

static void
append_exponent(LfBuf *out, const Decimal *dec, char letter)
{
  lf_buf_append_char(out, dec->digits[0]);
  if (dec->n > 1) {
    lf_buf_append_char(out, '.');
    lf_buf_append(out, dec->digits + 1, (gsize)dec->n - 1);
  }
  lf_buf_printf(out, "%c%+03d", letter, dec->point - 1);
}

static void
append_plain(LfBuf *out, const Decimal *dec)
{
  if (dec->point <= 0)
    lf_buf_append_char(out, '0');
  for (int i = 0; i < dec->point; i++)
    lf_buf_append_char(out, i < dec->n ? dec->digits[i] : '0');
  if (dec->n <= dec->point)
    return;
  lf_buf_append_char(out, '.');
  for (int i = dec->point; i < dec->n; i++)
    lf_buf_append_char(out, i >= 0 ? dec->digits[i] : '0');
}

static void
append_shortest(LfBuf *out, double d, char format)
{
  Decimal dec = {.digits = "0", .n = 1, .point = 1};
  if (d != 0)
    dec = shortest(d);
  gboolean upper = g_ascii_isupper(format);
  gboolean large = dec.point - 1 < -4 || dec.point - 1 >= 6;
  char kind = g_ascii_tolower(format);
  if (kind == 'e' || (kind == 'g' && large))
    append_exponent(out, &dec, upper ? 'E' : 'e');
  else
    append_plain(out, &dec);
}

/* With a precision, C and Go agree on e, f and g. */
static void
append_rounded(LfBuf *out, double d, char format, int precision)
{
  char c_format[16];
  gsize size = (gsize)precision + 400;
  g_autofree char *text = g_malloc(size);
  g_snprintf(c_format, sizeof c_format, "%%.%d%c", precision, format);
  lf_buf_append_str(out, g_ascii_formatd(text, (gint)size, c_format, d));
}

/* The 53 bits of the mantissa and the exponent of its last bit; as Go has them, also for subnormal numbers and 0. */
static guint64
mantissa(double d, int *exponent)
{
  guint64 bits;
  memcpy(&bits, &d, sizeof bits);
  guint64 m = bits & ((G_GUINT64_CONSTANT(1) << 52) - 1);
  int e = (int)(bits >> 52 & 0x7ff);
  if (e == 0)
    e = 1;
  else
    m |= G_GUINT64_CONSTANT(1) << 52;
  *exponent = e - 1075;
  return m;
}

/* 0x1.8p+01, with `precision` hexadecimal digits behind the point or as many as it takes. */
static void
append_hex(LfBuf *out, double d, gboolean upper, int precision)
{
  int e;
  guint64 m = mantissa(d, &e), one = G_GUINT64_CONSTANT(1) << 60;
  /* the leading bit goes to 1 << 60, so that 15 digits are below it */
  e += 60;
  while (m != 0 && m < one) {
    m <<= 1;
    e--;
  }
  if (m == 0)
    e = 0;
  if (precision >= 0 && precision < 15) {
    guint64 unit = one >> (4 * precision), rest = m & (unit - 1);
    m -= rest;
    if (rest > unit / 2 || (rest == unit / 2 && (m & unit) != 0))
      m += unit;
    if (m >= one * 2) {
      m >>= 1;
      e++;
    }
  }
  const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  lf_buf_append_str(out, upper ? "0X" : "0x");
  lf_buf_append_char(out, m != 0 ? '1' : '0');
  m = (m & (one - 1)) << 4;
  if (precision > 0 || (precision < 0 && m != 0))
    lf_buf_append_char(out, '.');
  for (int i = 0; precision < 0 ? m != 0 : i < precision; i++, m <<= 4)
    lf_buf_append_char(out, digits[m >> 60]);
  lf_buf_printf(out, "%c%+03d", upper ? 'P' : 'p', e);
}

void
lf_tmpl_format_float(LfBuf *out, double d, char format, int precision)
{
  if (isnan(d) || isinf(d)) {
    lf_buf_append_str(out, isnan(d) ? "NaN" : d > 0 ? "+Inf" : "-Inf");
    return;
  }
  if (signbit(d)) {
    lf_buf_append_char(out, '-');
    d = -d;
  }
  if (format == 'b') {
    int e;
    guint64 m = mantissa(d, &e);
    lf_buf_printf(out, "%" G_GUINT64_FORMAT "p%+d", m, e);
  } else if (format == 'x' || format == 'X') {
    append_hex(out, d, format == 'X', precision);
  } else if (precision < 0) {
    append_shortest(out, d, format);
  } else {
    append_rounded(out, d, format, precision);
  }
}
