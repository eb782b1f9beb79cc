/* Go templates: formats as package fmt reads them. */
#include "module/gotmpl/impl.h"

#include "base/utf8.h"

typedef struct {
  LfTmplPrinter *pr;
  LfSlice format;
  gsize i; /* next byte of the format */
  const LfTmplValue *args;
  guint n_args;
  guint arg;          /* next argument */
  gboolean reordered; /* an index like [2] was met anywhere */
  gboolean bad_index; /* in the verb at hand */
  gboolean after_index;
} Format;

/* Widths, precisions and indexes above this are taken for mistakes. */
enum { NUMBER_MAX = 1000 * 1000 };

static void
emit_str(LfTmplPrinter *pr, const char *s)
{
  lf_tmpl_emit(pr, lf_slice_str(s));
}

static gboolean
at(const Format *f, char c)
{
  return f->i < f->format.len && f->format.p[f->i] == c;
}

/* Digits from `*i` on. A number that is too large eats the rest, as in Go. Returns: FALSE for no number. */
static gboolean
read_number(LfSlice s, gsize *i, int *out)
{
  gboolean found = FALSE;
  *out = 0;
  for (; *i < s.len && g_ascii_isdigit(s.p[*i]); ++*i) {
    if (*out > NUMBER_MAX) {
      *out = 0;
      *i = s.len;
      return FALSE;
    }
    *out = *out * 10 + (s.p[*i] - '0');
    found = TRUE;
  }
  return found;
}

/* An index in brackets, counted from 1, names the next argument. */
static void
read_index(Format *f)
{
  f->after_index = FALSE;
  if (!at(f, '['))
    return;
  f->reordered = TRUE;
  const char *open = f->format.p + f->i;
  gsize room = f->format.len - f->i;
  const char *close = room >= 3 ? memchr(open + 1, ']', room - 1) : NULL;
  if (close == NULL) {
    f->i++;
    f->bad_index = TRUE;
    return;
  }
  LfSlice inside = lf_slice(open + 1, (gsize)(close - open - 1));
  gsize end = 0;
  int number;
  gboolean ok = read_number(inside, &end, &number) && end == inside.len;
  f->i += inside.len + 2;
  f->after_index = ok;
  if (ok && number >= 1 && (guint)number <= f->n_args)
    f->arg = (guint)number - 1;
  else
    f->bad_index = TRUE;
}

/* The value of a `*`: an argument that is a whole number. */
static gboolean
read_star(Format *f, int *out)
{
  *out = 0;
  f->i++;
  f->after_index = FALSE;
  if (f->arg >= f->n_args)
    return FALSE;
  const LfTmplValue *v = &f->args[f->arg++];
  if ((v->kind != LF_TMPL_KIND_INT && v->kind != LF_TMPL_KIND_BYTE) || v->i > NUMBER_MAX || v->i < -NUMBER_MAX)
    return FALSE;
  *out = (int)v->i;
  return TRUE;
}

static void
read_flags(Format *f)
{
  LfTmplFlags *flags = &f->pr->flags;
  *flags = (LfTmplFlags){0};
  for (; f->i < f->format.len; f->i++) {
    switch (f->format.p[f->i]) {
    case '#':
      flags->sharp = TRUE;
      break;
    case '0':
      flags->zero = TRUE;
      break;
    case '+':
      flags->plus = TRUE;
      break;
    case '-':
      flags->minus = TRUE;
      break;
    case ' ':
      flags->space = TRUE;
      break;
    default:
      return;
    }
  }
}

static void
read_width(Format *f)
{
  LfTmplFlags *flags = &f->pr->flags;
  if (!at(f, '*')) {
    flags->has_width = read_number(f->format, &f->i, &flags->width);
    if (f->after_index && flags->has_width) /* %[3]2d */
      f->bad_index = TRUE;
    return;
  }
  flags->has_width = read_star(f, &flags->width);
  if (!flags->has_width)
    emit_str(f->pr, "%!(BADWIDTH)");
  if (flags->width < 0) {
    flags->width = -flags->width;
    flags->minus = TRUE;
    flags->zero = FALSE;
  }
}

static void
read_precision(Format *f)
{
  LfTmplFlags *flags = &f->pr->flags;
  if (!at(f, '.') || f->i + 1 >= f->format.len)
    return;
  f->i++;
  if (f->after_index) /* %[3].2d */
    f->bad_index = TRUE;
  read_index(f);
  if (!at(f, '*')) {
    read_number(f->format, &f->i, &flags->precision);
    flags->has_precision = TRUE; /* %.d is %.0d */
    return;
  }
  flags->has_precision = read_star(f, &flags->precision);
  if (flags->precision < 0) {
    flags->precision = 0;
    flags->has_precision = FALSE;
  }
  if (!flags->has_precision)
    emit_str(f->pr, "%!(BADPREC)");
}

static void
emit_bad_verb(Format *f, LfSlice verb, const char *why)
{
  emit_str(f->pr, "%!");
  lf_tmpl_emit(f->pr, verb);
  emit_str(f->pr, why);
}

/* The verb itself. Returns: FALSE at the end of the format. */
static gboolean
print_verb(Format *f)
{
  if (f->i >= f->format.len) {
    emit_str(f->pr, "%!(NOVERB)");
    return FALSE;
  }
  gsize len;
  gunichar verb = lf_tmpl_rune(f->format.p + f->i, f->format.p + f->format.len, &len);
  char text[4];
  LfSlice shown = lf_slice(text, lf_utf8_encode(verb, text));
  LfTmplFlags *flags = &f->pr->flags;
  f->i += len;
  if (verb == '%') {
    emit_str(f->pr, "%");
  } else if (f->bad_index) {
    emit_bad_verb(f, shown, "(BADINDEX)");
  } else if (f->arg >= f->n_args) {
    emit_bad_verb(f, shown, "(MISSING)");
  } else {
    if (verb == 'v' || verb == 'w') {
      flags->sharp_v = flags->sharp;
      flags->sharp = flags->plus = FALSE;
    }
    lf_tmpl_print_value(f->pr, &f->args[f->arg++], verb);
  }
  return TRUE;
}

/* Arguments that no verb has taken. */
static void
print_extra(Format *f)
{
  f->pr->flags = (LfTmplFlags){0};
  emit_str(f->pr, "%!(EXTRA ");
  for (guint i = f->arg; i < f->n_args; i++) {
    const LfTmplValue *v = &f->args[i];
    if (i > f->arg)
      emit_str(f->pr, ", ");
    emit_str(f->pr, lf_tmpl_type_name(v));
    if (lf_tmpl_is_nil(v))
      continue;
    emit_str(f->pr, "=");
    lf_tmpl_print_value(f->pr, v, 'v');
  }
  emit_str(f->pr, ")");
}

void
lf_tmpl_sprintf(LfTmplPrinter *pr, LfSlice format, const LfTmplValue *args, guint n)
{
  Format f = {.pr = pr, .format = format, .args = args, .n_args = n};
  while (f.i < format.len && !pr->full) {
    const char *from = format.p + f.i, *percent = memchr(from, '%', format.len - f.i);
    gsize plain = percent != NULL ? (gsize)(percent - from) : format.len - f.i;
    lf_tmpl_emit(pr, lf_slice(from, plain));
    f.i += plain;
    if (percent == NULL)
      break;
    f.i++;
    f.bad_index = FALSE;
    read_flags(&f);
    read_index(&f);
    read_width(&f);
    read_precision(&f);
    if (!f.after_index)
      read_index(&f);
    if (!print_verb(&f))
      break;
  }
  if (!f.reordered && f.arg < n)
    print_extra(&f);
}
