/* Go templates: literals, read and written. */
#include "module/gotmpl/impl.h"

#include "base/number.h"
#include "base/utf8.h"

#include <math.h>

/* ---- read ---- */

static int
hex_value(char c)
{
  return g_ascii_xdigit_value(c);
}

/* The digits of \xHH, \uHHHH or \UHHHHHHHH at `*p`. Returns: FALSE where there are too few. */
static gboolean
read_hex(const char **p, const char *end, int digits, guint32 *out)
{
  *out = 0;
  if (end - *p < digits)
    return FALSE;
  for (int i = 0; i < digits; i++) {
    int v = hex_value(*(*p)++);
    if (v < 0)
      return FALSE;
    *out = *out << 4 | (guint32)v;
  }
  return TRUE;
}

static gboolean
read_octal(const char **p, const char *end, guint32 *out)
{
  *out = 0;
  if (end - *p < 3)
    return FALSE;
  for (int i = 0; i < 3; i++) {
    char c = *(*p)++;
    if (c < '0' || c > '7')
      return FALSE;
    *out = *out << 3 | (guint32)(c - '0');
  }
  return *out <= 255;
}

/* One character of a quoted literal. `*byte` says that it stands for a byte, not for a code point.
 * Returns: FALSE for what is no character in these quotes. */
static gboolean
read_char(const char **p, const char *end, char quote, guint32 *out, gboolean *byte)
{
  static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
  *byte = FALSE;
  if (*p == end || **p == quote || **p == '\n')
    return FALSE;
  if (**p != '\\') {
    gsize len;
    *out = lf_tmpl_rune(*p, end, &len);
    *p += len;
    return TRUE;
  }
  if (++*p == end)
    return FALSE;
  char c = *(*p)++;
  const char *at = c != '\0' ? strchr(letters, c) : NULL;
  if (at != NULL || c == quote) {
    *out = at != NULL ? (guint32)values[at - letters] : (guint32)quote;
    return TRUE;
  }
  if (c == 'u' || c == 'U')
    return read_hex(p, end, c == 'u' ? 4 : 8, out) && *out <= 0x10ffff && !(*out >= 0xd800 && *out <= 0xdfff);
  *byte = TRUE;
  if (c == 'x')
    return read_hex(p, end, 2, out);
  --*p;
  return read_octal(p, end, out);
}

/* A raw string is what stands between its quotes, without carriage returns. */
static LfSlice
unquote_raw(LfArena *arena, LfSlice inside)
{
  char *to = lf_arena_alloc(arena, inside.len);
  gsize n = 0;
  for (gsize i = 0; i < inside.len; i++)
    if (inside.p[i] != '\r')
      to[n++] = inside.p[i];
  return lf_slice(to, n);
}

gboolean
lf_tmpl_unquote(LfArena *arena, LfSlice literal, LfSlice *out)
{
  if (literal.len < 2)
    return FALSE;
  LfSlice inside = lf_slice(literal.p + 1, literal.len - 2);
  if (literal.p[0] == '`') {
    *out = unquote_raw(arena, inside);
    return TRUE;
  }
  /* U+FFFD for a bad byte is the one thing that grows: three bytes for one */
  char *to = lf_arena_alloc_n(arena, inside.len, 3);
  gsize n = 0;
  const char *p = inside.p, *end = inside.p + inside.len;
  while (p < end) {
    guint32 c;
    gboolean byte;
    if (!read_char(&p, end, literal.p[0], &c, &byte))
      return FALSE;
    if (byte)
      to[n++] = (char)c;
    else
      n += lf_utf8_encode(c, to + n);
  }
  *out = lf_slice(to, n);
  return TRUE;
}

/* Whether underscores stand only between digits, a base prefix counting as one. */
static gboolean
underscores_ok(LfSlice s)
{
  gsize i = s.len > 0 && (s.p[0] == '-' || s.p[0] == '+');
  char last = '^';
  gboolean hex = FALSE;
  if (s.len - i >= 2 && s.p[i] == '0' && strchr("bBoOxX", s.p[i + 1]) != NULL) {
    hex = (s.p[i + 1] | 0x20) == 'x';
    last = '0';
    i += 2;
  }
  for (; i < s.len; i++) {
    char c = s.p[i];
    gboolean digit = g_ascii_isdigit(c) || (hex && g_ascii_isxdigit(c));
    if ((c == '_' && last != '0') || (c != '_' && !digit && last == '_'))
      return FALSE;
    last = digit ? '0' : c;
  }
  return last != '_';
}

/* A whole number with Go's prefixes (0x 0o 0b 0), without a sign. `*range` says that it is one, but above uint64.
 * Returns: FALSE where it is none. */
static gboolean
parse_uint(LfSlice s, guint64 *out, gboolean *range)
{
  guint base = 10;
  *out = 0;
  *range = FALSE;
  if (s.len == 0)
    return FALSE;
  if (s.p[0] == '0') {
    char c = s.len >= 3 ? s.p[1] | 0x20 : '\0';
    base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
    gsize skip = c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
    s = lf_slice(s.p + skip, s.len - skip);
  }
  for (gsize i = 0; i < s.len; i++) {
    if (s.p[i] == '_')
      continue;
    int digit = hex_value(s.p[i]);
    if (digit < 0 || (guint)digit >= base)
      return FALSE;
    if (!*range && (!g_uint64_checked_mul(out, *out, base) || !g_uint64_checked_add(out, *out, (guint)digit)))
      *range = TRUE;
  }
  return !*range;
}

/* The part of the grammar of Go's floats that the scanner has not checked; then the nearest double. */
static gboolean
parse_float(LfSlice s, double *out)
{
  g_autofree char *text = g_malloc(s.len + 1);
  gsize n = 0, digits = 0, i = 0;
  gboolean hex = FALSE, exponent = FALSE;
  if (!underscores_ok(s))
    return FALSE;
  if (i < s.len && (s.p[i] == '+' || s.p[i] == '-'))
    text[n++] = s.p[i++];
  if (s.len - i >= 2 && s.p[i] == '0' && (s.p[i + 1] | 0x20) == 'x') {
    hex = TRUE;
    text[n++] = '0';
    text[n++] = 'x';
    i += 2;
  }
  for (; i < s.len; i++) {
    char c = s.p[i];
    if (c == '_')
      continue;
    text[n++] = c;
    if (exponent ? g_ascii_isdigit(c) : hex ? g_ascii_isxdigit(c) : g_ascii_isdigit(c)) {
      digits++;
    } else if (!exponent && (c | 0x20) == (hex ? 'p' : 'e') && digits > 0) {
      exponent = TRUE;
      digits = 0;
    } else if (c != '.' && !(exponent && digits == 0 && (c == '+' || c == '-'))) {
      return FALSE;
    }
  }
  text[n] = '\0';
  if (digits == 0 || (hex && !exponent))
    return FALSE;
  *out = g_ascii_strtod(text, NULL);
  return isfinite(*out);
}

static gboolean
has_any(LfSlice s, const char *set)
{
  for (gsize i = 0; i < s.len; i++)
    if (strchr(set, s.p[i]) != NULL)
      return TRUE;
  return FALSE;
}

static const char *
read_complex(LfTmplTokenType type, LfSlice s, LfTmplValue *out)
{
  /* 1+2i: the sign between the parts is the last one that does not follow an exponent's letter */
  gsize split = 0;
  gboolean hex = has_any(s, "xX");
  for (gsize i = 1; type == LF_TMPL_TOKEN_COMPLEX && i < s.len; i++)
    if ((s.p[i] == '+' || s.p[i] == '-') && (s.p[i - 1] | 0x20) != 'p' && (hex || (s.p[i - 1] | 0x20) != 'e'))
      split = i;
  *out = (LfTmplValue){.kind = LF_TMPL_KIND_COMPLEX};
  if (split > 0 && !parse_float(lf_slice(s.p, split), &out->z.re))
    return "bad number";
  return parse_float(lf_slice(s.p + split, s.len - split - 1), &out->z.im) ? NULL : "bad number";
}

static const char *
read_character(LfSlice s, LfTmplValue *out)
{
  const char *p = s.p + 1, *end = s.p + s.len - 1;
  guint32 c;
  gboolean byte;
  if (!read_char(&p, end, '\'', &c, &byte) || p != end)
    return "malformed character constant";
  *out = lf_tmpl_int(c);
  return NULL;
}

const char *
lf_tmpl_number(LfTmplTokenType type, LfSlice s, LfTmplValue *out, gboolean *overflow)
{
  *overflow = FALSE;
  if (type == LF_TMPL_TOKEN_CHAR_CONSTANT)
    return read_character(s, out);
  if (type == LF_TMPL_TOKEN_COMPLEX || s.p[s.len - 1] == 'i')
    return read_complex(type, s, out);
  gboolean negative = s.p[0] == '-', sign = negative || s.p[0] == '+', range;
  guint64 u;
  double d;
  if (parse_uint(lf_slice(s.p + sign, s.len - sign), &u, &range) && underscores_ok(s)) {
    gboolean fits = u <= (guint64)G_MAXINT64 + (negative ? 1 : 0);
    if (!fits && sign)
      return "whole number out of range";
    *overflow = !fits;
    *out = lf_tmpl_int((gint64)(negative ? 0 - u : u));
    /* Go looks for the letters of a float in the text, and knows 0x only where no sign is before it: -0x1e is -30.0 */
    if (sign && s.len > 2 && (s.p[2] | 0x20) == 'x' && has_any(s, "eE"))
      *out = (LfTmplValue){.kind = LF_TMPL_KIND_FLOAT, .d = (double)out->i};
    return NULL;
  }
  if (!has_any(s, ".eEpP"))
    return range ? "whole number out of range" : "bad number";
  if (!parse_float(s, &d))
    return "bad number";
  *out = (LfTmplValue){.kind = LF_TMPL_KIND_FLOAT, .d = d};
  return NULL;
}

/* ---- written ---- */

gboolean
lf_tmpl_is_print(gunichar c)
{
  if (c < 0x80)
    return c >= 0x20 && c < 0x7f;
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_UNASSIGNED:
  case G_UNICODE_PRIVATE_USE:
  case G_UNICODE_SURROGATE:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
  case G_UNICODE_SPACE_SEPARATOR:
    return FALSE;
  default:
    return TRUE;
  }
}

static void
append_escaped(LfBuf *out, gunichar c, char quote, gboolean ascii)
{
  static const char controls[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
  char text[4];
  if (c == (gunichar)quote || c == '\\') {
    lf_buf_append_char(out, '\\');
    lf_buf_append_char(out, (char)c);
  } else if (lf_tmpl_is_print(c) && (c < 0x80 || !ascii)) {
    lf_buf_append(out, text, lf_utf8_encode(c, text));
  } else if (c != 0 && c < 0x20 && strchr(controls, (char)c) != NULL) {
    lf_buf_append_char(out, '\\');
    lf_buf_append_char(out, letters[strchr(controls, (char)c) - controls]);
  } else if (c < 0x80) {
    lf_buf_printf(out, "\\x%02x", c);
  } else {
    lf_buf_printf(out, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
  }
}

void
lf_tmpl_quote(LfBuf *out, LfSlice s, gboolean ascii)
{
  lf_buf_append_char(out, '"');
  gsize len;
  for (gsize i = 0; i < s.len; i += len) {
    gunichar c = lf_tmpl_rune(s.p + i, s.p + s.len, &len);
    if (len == 1 && c == 0xfffd)
      lf_buf_printf(out, "\\x%02x", (guint8)s.p[i]);
    else
      append_escaped(out, c, '"', ascii);
  }
  lf_buf_append_char(out, '"');
}

void
lf_tmpl_quote_rune(LfBuf *out, gunichar c, gboolean ascii)
{
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
    c = 0xfffd;
  lf_buf_append_char(out, '\'');
  append_escaped(out, c, '\'', ascii);
  lf_buf_append_char(out, '\'');
}
