/* Go templates: how package fmt shows a value for a verb. */
#include "module/gotmpl/impl.h"

#include "base/utf8.h"

#include <math.h>

static void print_at(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb, gboolean top);

/* ---- characters and padding ---- */

void
lf_tmpl_emit(LfTmplPrinter *pr, LfSlice s)
{
  if (pr->full || pr->out->len > pr->max || s.len > pr->max - pr->out->len) {
    pr->full = TRUE;
    return;
  }
  lf_buf_append_slice(pr->out, s);
}

static void
emit_str(LfTmplPrinter *pr, const char *s)
{
  lf_tmpl_emit(pr, lf_slice_str(s));
}

static void
emit_rune(LfTmplPrinter *pr, gunichar c)
{
  char text[4];
  lf_tmpl_emit(pr, lf_slice(text, lf_utf8_encode(c, text)));
}

static void
emit_repeated(LfTmplPrinter *pr, char c, gsize n)
{
  if (pr->full || pr->out->len > pr->max || n > pr->max - pr->out->len) {
    pr->full = TRUE;
    return;
  }
  memset(lf_buf_reserve(pr->out, n), c, n);
  pr->out->len += n;
}

static void
emit_padding(LfTmplPrinter *pr, gsize used)
{
  const LfTmplFlags *f = &pr->flags;
  if (f->has_width && (gsize)f->width > used)
    emit_repeated(pr, f->zero && !f->minus ? '0' : ' ', (gsize)f->width - used);
}

/* Characters, where each byte that is no UTF-8 counts as one. */
static gsize
count_runes(LfSlice s)
{
  gsize n = 0, len;
  for (gsize i = 0; i < s.len; i += len, n++)
    lf_tmpl_rune(s.p + i, s.p + s.len, &len);
  return n;
}

/* Appends with the padding that the width asks for. */
static void
emit_padded(LfTmplPrinter *pr, LfSlice s)
{
  gsize n = pr->flags.has_width ? count_runes(s) : 0;
  if (!pr->flags.minus)
    emit_padding(pr, n);
  lf_tmpl_emit(pr, s);
  if (pr->flags.minus)
    emit_padding(pr, n);
}

/* As emit_padded, but never with zeros. */
static void
emit_space_padded(LfTmplPrinter *pr, LfSlice s)
{
  gboolean zero = pr->flags.zero;
  pr->flags.zero = FALSE;
  emit_padded(pr, s);
  pr->flags.zero = zero;
}

/* ---- strings ---- */

/* Whether a raw literal can hold the string as it is. */
static gboolean
fits_raw(LfSlice s)
{
  gsize len;
  for (gsize i = 0; i < s.len; i += len) {
    gunichar c = lf_tmpl_rune(s.p + i, s.p + s.len, &len);
    if ((len == 1 && c == 0xfffd) || c == 0xfeff || c == '`' || c == 0x7f || (c < ' ' && c != '\t'))
      return FALSE;
  }
  return TRUE;
}

/* The first characters, as many as the precision allows. */
static LfSlice
cut(const LfTmplPrinter *pr, LfSlice s)
{
  if (!pr->flags.has_precision)
    return s;
  gsize i = 0, len;
  for (int n = 0; n < pr->flags.precision && i < s.len; n++, i += len)
    lf_tmpl_rune(s.p + i, s.p + s.len, &len);
  return lf_slice(s.p, i);
}

static void
print_quoted(LfTmplPrinter *pr, LfSlice s)
{
  g_auto(LfBuf) buf = {0};
  s = cut(pr, s);
  /* a quoted string is at least as long as the plain one */
  if (s.len > pr->max) {
    pr->full = TRUE;
    return;
  }
  if (pr->flags.sharp && fits_raw(s)) {
    lf_buf_append_char(&buf, '`');
    lf_buf_append_slice(&buf, s);
    lf_buf_append_char(&buf, '`');
  } else {
    lf_tmpl_quote(&buf, s, pr->flags.plus);
  }
  emit_padded(pr, lf_buf_slice(&buf));
}

/* Bytes in hexadecimal: %x and %X of a string. */
static void
print_hex_bytes(LfTmplPrinter *pr, LfSlice s, gboolean upper)
{
  const LfTmplFlags *f = &pr->flags;
  gsize n = f->has_precision && (gsize)f->precision < s.len ? (gsize)f->precision : s.len;
  const char *prefix = !f->sharp ? "" : upper ? "0X" : "0x", *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  gsize width = n == 0 ? 0 : f->space ? n * (2 + strlen(prefix)) + n - 1 : n * 2 + strlen(prefix);
  if (n == 0 || !f->minus)
    emit_padding(pr, width);
  for (gsize i = 0; i < n && !pr->full; i++) {
    guint8 c = (guint8)s.p[i];
    if (f->space && i > 0)
      emit_str(pr, " ");
    if (f->space || i == 0)
      emit_str(pr, prefix);
    char text[2] = {digits[c >> 4], digits[c & 15]};
    lf_tmpl_emit(pr, lf_slice(text, 2));
  }
  if (n > 0 && f->minus)
    emit_padding(pr, width);
}

static void
print_bad_verb(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  emit_str(pr, "%!");
  emit_rune(pr, verb);
  emit_str(pr, "(");
  emit_str(pr, lf_tmpl_type_name(v));
  if (!lf_tmpl_is_nil(v)) {
    emit_str(pr, "=");
    print_at(pr, v, 'v', FALSE);
  }
  emit_str(pr, ")");
}

static void
print_string(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  switch (verb) {
  case 'v':
    if (pr->flags.sharp_v) {
      print_quoted(pr, v->s);
      return;
    }
    emit_padded(pr, cut(pr, v->s));
    return;
  case 's':
    emit_padded(pr, cut(pr, v->s));
    return;
  case 'x':
  case 'X':
    print_hex_bytes(pr, v->s, verb == 'X');
    return;
  case 'q':
    print_quoted(pr, v->s);
    return;
  default:
    print_bad_verb(pr, v, verb);
  }
}

/* ---- integers ---- */

/* Digits of `u` in a base of 2, 8, 10 or 16. Returns: how many. */
static int
write_digits(guint64 u, guint base, gboolean upper, char out[64])
{
  const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  char reversed[64];
  int n = 0;
  do
    reversed[n++] = digits[u % base];
  while ((u /= base) > 0);
  for (int i = 0; i < n; i++)
    out[i] = reversed[n - 1 - i];
  return n;
}

static void
print_integer(LfTmplPrinter *pr, guint64 u, gboolean negative, guint base, gunichar verb)
{
  const LfTmplFlags *f = &pr->flags;
  gboolean signs = negative || f->plus || f->space;
  int want = 0; /* digits */
  if (f->has_precision) {
    want = f->precision;
    if (want == 0 && u == 0) {
      emit_space_padded(pr, (LfSlice){0});
      return;
    }
  } else if (f->zero && !f->minus && f->has_width) {
    want = f->width - (signs ? 1 : 0);
  }
  char digits[64];
  int n = write_digits(u, base, verb == 'X', digits);
  int zeros = MAX(want - n, 0);
  g_auto(LfBuf) buf = {0};
  if (signs)
    lf_buf_append_char(&buf, negative ? '-' : f->plus ? '+' : ' ');
  if (verb == 'O')
    lf_buf_append_str(&buf, "0o");
  if (f->sharp && base == 2)
    lf_buf_append_str(&buf, "0b");
  else if (f->sharp && base == 16)
    lf_buf_append_str(&buf, verb == 'X' ? "0X" : "0x");
  else if (f->sharp && base == 8 && zeros == 0 && digits[0] != '0')
    lf_buf_append_char(&buf, '0');
  if (zeros > 0)
    memset(lf_buf_reserve(&buf, (gsize)zeros), '0', (gsize)zeros);
  buf.len += (gsize)zeros;
  lf_buf_append(&buf, digits, (gsize)n);
  emit_space_padded(pr, lf_buf_slice(&buf));
}

/* U+0078, with # also the character itself. */
static void
print_unicode(LfTmplPrinter *pr, guint64 u)
{
  int digits = pr->flags.has_precision ? MAX(pr->flags.precision, 4) : 4;
  g_auto(LfBuf) buf = {0};
  lf_buf_printf(&buf, "U+%0*" G_GINT64_MODIFIER "X", digits, u);
  if (pr->flags.sharp && u <= 0x10ffff && lf_tmpl_is_print((gunichar)u)) {
    char text[4];
    lf_buf_append_str(&buf, " '");
    lf_buf_append(&buf, text, lf_utf8_encode((guint32)u, text));
    lf_buf_append_char(&buf, '\'');
  }
  emit_space_padded(pr, lf_buf_slice(&buf));
}

static void
print_int(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  gboolean is_byte = v->kind == LF_TMPL_KIND_BYTE, negative = v->i < 0;
  guint64 u = negative ? 0 - (guint64)v->i : (guint64)v->i, bits = (guint64)v->i;
  gunichar c = bits <= 0x10ffff ? (gunichar)bits : 0xfffd;
  g_auto(LfBuf) buf = {0};
  switch (verb) {
  case 'v':
    if (pr->flags.sharp_v && is_byte) {
      pr->flags.sharp = TRUE;
      print_integer(pr, u, FALSE, 16, 'v');
      pr->flags.sharp = FALSE;
      return;
    }
    print_integer(pr, u, negative, 10, verb);
    return;
  case 'd':
    print_integer(pr, u, negative, 10, verb);
    return;
  case 'b':
    print_integer(pr, u, negative, 2, verb);
    return;
  case 'o':
  case 'O':
    print_integer(pr, u, negative, 8, verb);
    return;
  case 'x':
  case 'X':
    print_integer(pr, u, negative, 16, verb);
    return;
  case 'c': {
    char text[4];
    emit_padded(pr, lf_slice(text, lf_utf8_encode(c, text)));
    return;
  }
  case 'q':
    lf_tmpl_quote_rune(&buf, c, pr->flags.plus);
    emit_padded(pr, lf_buf_slice(&buf));
    return;
  case 'U':
    print_unicode(pr, bits);
    return;
  default:
    print_bad_verb(pr, v, verb);
  }
}

/* ---- floats ---- */

/* The # flag: a decimal point in any case, and the trailing zeros that %g leaves away. `num` begins with a sign. */
static void
add_point(LfBuf *num, char format, int precision)
{
  gboolean hex = format == 'x' || format == 'X', point = FALSE, significant = FALSE;
  int missing = 0;
  if (format == 'g' || format == 'G' || format == 'x')
    missing = precision < 0 ? 6 : precision;
  gsize end = 1;
  for (; end < num->len; end++) {
    char c = num->p[end];
    if ((c | 0x20) == 'p' || (!hex && (c | 0x20) == 'e'))
      break;
    if (c == '.') {
      point = TRUE;
      continue;
    }
    significant = significant || c != '0';
    if (significant)
      missing--;
  }
  g_autofree char *tail = g_strndup(num->p + end, num->len - end);
  num->len = end;
  if (!point) {
    if (end == 2 && num->p[1] == '0')
      missing--;
    lf_buf_append_char(num, '.');
  }
  for (; missing > 0; missing--)
    lf_buf_append_char(num, '0');
  lf_buf_append_str(num, tail);
}

static void
print_number(LfTmplPrinter *pr, double d, char format, int precision)
{
  LfTmplFlags *f = &pr->flags;
  g_auto(LfBuf) num = {0};
  if (f->has_precision)
    precision = f->precision;
  lf_buf_append_char(&num, '+');
  lf_tmpl_format_float(&num, d, format, precision);
  gsize skip = num.p[1] == '-' || num.p[1] == '+';
  num.len -= skip;
  memmove(num.p, num.p + skip, num.len);
  if (f->space && num.p[0] == '+' && !f->plus)
    num.p[0] = ' ';
  if (isnan(d) || isinf(d)) {
    skip = isnan(d) && !f->space && !f->plus; /* infinity keeps its sign */
    emit_space_padded(pr, lf_slice(num.p + skip, num.len - skip));
    return;
  }
  if (f->sharp && format != 'b')
    add_point(&num, format, precision);
  if (!f->plus && num.p[0] == '+') {
    emit_padded(pr, lf_slice(num.p + 1, num.len - 1));
  } else if (f->zero && !f->minus && f->has_width && (gsize)f->width > num.len) {
    /* the sign stands before the zeros */
    lf_tmpl_emit(pr, lf_slice(num.p, 1));
    emit_padding(pr, num.len);
    lf_tmpl_emit(pr, lf_slice(num.p + 1, num.len - 1));
  } else {
    emit_padded(pr, lf_buf_slice(&num));
  }
}

/* The format and the precision that a verb stands for. Returns: FALSE where it is none for floats. */
static gboolean
float_format(gunichar verb, char *format, int *precision)
{
  if (verb >= 0x80 || verb == 0 || strchr("vbgGxXfFeE", (int)verb) == NULL)
    return FALSE;
  *format = verb == 'v' ? 'g' : verb == 'F' ? 'f' : (char)verb;
  *precision = strchr("feE", *format) != NULL ? 6 : -1;
  return TRUE;
}

static void
print_float(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  char format;
  int precision;
  if (!float_format(verb, &format, &precision)) {
    print_bad_verb(pr, v, verb);
    return;
  }
  if (v->kind == LF_TMPL_KIND_FLOAT) {
    print_number(pr, v->d, format, precision);
    return;
  }
  gboolean plus = pr->flags.plus;
  emit_str(pr, "(");
  print_number(pr, v->z.re, format, precision);
  pr->flags.plus = TRUE;
  print_number(pr, v->z.im, format, precision);
  emit_str(pr, "i)");
  pr->flags.plus = plus;
}

/* ---- everything ---- */

static void
print_list(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  gboolean sharp_v = pr->flags.sharp_v;
  emit_str(pr, sharp_v ? "[]interface {}{" : "[");
  for (guint32 i = 0; i < v->list.len && !pr->full; i++) {
    if (i > 0)
      emit_str(pr, sharp_v ? ", " : " ");
    LfTmplValue item = lf_tmpl_from_value(&v->list.items[i]);
    print_at(pr, &item, verb, FALSE);
  }
  emit_str(pr, sharp_v ? "}" : "]");
}

static void
print_map(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  gboolean sharp_v = pr->flags.sharp_v;
  emit_str(pr, sharp_v ? "map[string]interface {}{" : "map[");
  for (guint32 i = 0; i < v->map->len && !pr->full; i++) {
    const LfMember *m = &v->map->members[i];
    if (i > 0)
      emit_str(pr, sharp_v ? ", " : " ");
    LfTmplValue key = lf_tmpl_string(lf_slice(m->key, m->key_len)), value = lf_tmpl_from_value(&m->value);
    print_at(pr, &key, verb, FALSE);
    emit_str(pr, ":");
    print_at(pr, &value, verb, FALSE);
  }
  emit_str(pr, sharp_v ? "}" : "]");
}

static void
print_nil(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb, gboolean top)
{
  if (!top)
    emit_str(pr, pr->flags.sharp_v ? "interface {}(nil)" : "<nil>");
  else if (verb == 'v' || verb == 'T')
    emit_padded(pr, LF_SLICE_LIT("<nil>"));
  else
    print_bad_verb(pr, v, verb);
}

/* %p: where the elements of a list or a map are in memory. */
static void
print_pointer(LfTmplPrinter *pr, const LfTmplValue *v)
{
  if (v->kind != LF_TMPL_KIND_LIST && v->kind != LF_TMPL_KIND_MAP) {
    print_bad_verb(pr, v, 'p');
    return;
  }
  const void *at = v->kind == LF_TMPL_KIND_LIST ? (const void *)v->list.items : (const void *)v->map;
  pr->flags.sharp = !pr->flags.sharp;
  print_integer(pr, (guint64)(guintptr)at, FALSE, 16, 'v');
  pr->flags.sharp = !pr->flags.sharp;
}

/* `top` tells an operand from an element. */
static void
print_at(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb, gboolean top)
{
  switch (v->kind) {
  case LF_TMPL_KIND_INVALID:
  case LF_TMPL_KIND_NIL:
    print_nil(pr, v, verb, top);
    return;
  case LF_TMPL_KIND_BOOL:
    if (verb == 't' || verb == 'v')
      emit_padded(pr, v->b ? LF_SLICE_LIT("true") : LF_SLICE_LIT("false"));
    else
      print_bad_verb(pr, v, verb);
    return;
  case LF_TMPL_KIND_INT:
  case LF_TMPL_KIND_BYTE:
    print_int(pr, v, verb);
    return;
  case LF_TMPL_KIND_FLOAT:
  case LF_TMPL_KIND_COMPLEX:
    print_float(pr, v, verb);
    return;
  case LF_TMPL_KIND_STRING:
    print_string(pr, v, verb);
    return;
  case LF_TMPL_KIND_LIST:
  case LF_TMPL_KIND_MAP:
    /* %w is for errors, and refuses the whole value */
    if (verb == 'w')
      print_bad_verb(pr, v, verb);
    else if (v->kind == LF_TMPL_KIND_LIST)
      print_list(pr, v, verb);
    else
      print_map(pr, v, verb);
    return;
  }
}

void
lf_tmpl_print_value(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb)
{
  if (verb == 'T' && !lf_tmpl_is_nil(v))
    emit_padded(pr, cut(pr, lf_slice_str(lf_tmpl_type_name(v))));
  else if (verb == 'p' && !lf_tmpl_is_nil(v))
    print_pointer(pr, v);
  else
    print_at(pr, v, verb, TRUE);
}

void
lf_tmpl_sprint(LfTmplPrinter *pr, const LfTmplValue *args, guint n)
{
  gboolean after_string = TRUE;
  for (guint i = 0; i < n; i++) {
    gboolean string = args[i].kind == LF_TMPL_KIND_STRING;
    if (i > 0 && !string && !after_string)
      emit_str(pr, " ");
    lf_tmpl_print_value(pr, &args[i], 'v');
    after_string = string;
  }
}

void
lf_tmpl_sprintln(LfTmplPrinter *pr, const LfTmplValue *args, guint n)
{
  for (guint i = 0; i < n; i++) {
    if (i > 0)
      emit_str(pr, " ");
    lf_tmpl_print_value(pr, &args[i], 'v');
  }
  emit_str(pr, "\n");
}
