/* Prints the steps of a check. */
#include "cmd/steps.h"

#include "base/utf8.h"
#include "cmd/cmd.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

enum {
  NAME_COLUMNS = 13,
  TEXT_MIN = 30, /* columns that a text needs beside its name; else it goes below */
  BELOW_INDENT = 6,
};

/* How a state is shown. */
static const struct {
  const char *mark;
  const char *word;
  LfTermStyle style;
} shown[] = {
    [LF_CHECK_OK] = {"✓", "ok", LF_TERM_GREEN},
    [LF_CHECK_WARNING] = {"!", "warning", LF_TERM_YELLOW},
    [LF_CHECK_FAILED] = {"✗", "FAILED", LF_TERM_RED},
    [LF_CHECK_SKIPPED] = {"-", "skipped", LF_TERM_DIM},
};

/* The locale's character set; where the locale is not installed, its name says what was meant. */
static gboolean
locale_is_utf8(void)
{
  static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
  if (locale != (locale_t)0) {
    gboolean utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return utf8;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
    const char *name = g_getenv(variables[i]);
    if (name == NULL || name[0] == '\0')
      continue;
    g_autofree char *upper = g_ascii_strup(name, -1);
    return strstr(upper, "UTF-8") != NULL || strstr(upper, "UTF8") != NULL;
  }
  return FALSE;
}

LfSteps
lf_steps_new(void)
{
  return (LfSteps){.term = lf_term_examine(stdout), .utf8 = locale_is_utf8()};
}

/* The next word or run of blanks of a line. */
static gsize
next_run(const char *p, const char *end)
{
  gboolean blank = *p == ' ';
  const char *q = p;
  while (q < end && (*q == ' ') == blank)
    q++;
  return (gsize)(q - p);
}

static guint
columns_of(const char *p, gsize len)
{
  guint n = 0;
  for (gsize i = 0; i < len; i++)
    n += ((guint8)p[i] & 0xc0) != 0x80; /* one for each character: close enough for wrapping */
  return n;
}

/* Appends one line, wrapped at blanks where `width` is not 0. What does not fit is never cut. */
static void
append_wrapped(LfBuf *out, const char *p, const char *end, guint indent, guint width)
{
  guint used = indent;
  while (p < end) {
    gsize n = next_run(p, end);
    guint columns = columns_of(p, n);
    if (*p == ' ') {
      const char *word = p + n;
      guint next = word < end ? columns_of(word, next_run(word, end)) : 0;
      if (width != 0 && used > indent && used + columns + next >= width) {
        lf_buf_printf(out, "\n%*s", (int)indent, "");
        used = indent;
        p = word;
        continue;
      }
    }
    lf_buf_append(out, p, n);
    used += columns;
    p += n;
  }
}

/* Foreign bytes must not move the cursor: control characters become a dot. */
static char *
printable(const char *text, gboolean utf8)
{
  LfBuf out = {0};
  for (const char *p = text, *end = text + strlen(text); p < end;) {
    gsize n = lf_utf8_sequence(p, end);
    gunichar c = n > 0 ? g_utf8_get_char_validated(p, (gssize)n) : 0xfffd;
    gboolean ascii = n == 1 && (guint8)*p >= 0x20 && (guint8)*p != 0x7f;
    if (ascii || *p == '\n')
      lf_buf_append_char(&out, *p);
    else if (utf8 && n > 1 && !g_unichar_iscntrl(c) && g_unichar_isprint(c))
      lf_buf_append(&out, p, n);
    else
      lf_buf_append_char(&out, '?');
    p += MAX(n, 1);
  }
  return lf_buf_steal(&out);
}

/* Appends all lines of a text, each at `indent`; the cursor stands there for the first. */
static void
append_text(const LfSteps *s, LfBuf *out, const char *text, guint indent)
{
  g_autofree char *clean = printable(text, s->utf8);
  guint width = s->term.tty ? s->term.width : 0;
  const char *p = clean;
  for (;;) {
    const char *end = strchrnul(p, '\n');
    append_wrapped(out, p, end, indent, width);
    lf_buf_append_char(out, '\n');
    if (*end == '\0')
      return;
    lf_buf_printf(out, "%*s", (int)indent, "");
    p = end + 1;
  }
}

void
lf_steps_title(LfSteps *s, const char *text)
{
  g_auto(LfBuf) out = {0};
  lf_buf_append_str(&out, lf_term_style(&s->term, LF_TERM_BOLD));
  append_text(s, &out, text, 0);
  out.len--; /* the style ends before the line does */
  lf_buf_append_str(&out, lf_term_style(&s->term, LF_TERM_PLAIN));
  lf_buf_append_char(&out, '\n');
  fwrite(out.p, 1, out.len, stdout);
  fflush(stdout);
}

void
lf_steps_say(LfCheckState state, const char *name, const char *text, const char *advice, void *data)
{
  LfSteps *s = data;
  g_auto(LfBuf) out = {0};
  const char *mark = s->utf8 ? shown[state].mark : shown[state].word;
  guint mark_columns = s->utf8 ? 1 : 7, indent = 2 + mark_columns + 1 + NAME_COLUMNS;
  const char *style = lf_term_style(&s->term, shown[state].style), *plain = lf_term_style(&s->term, LF_TERM_PLAIN);
  s->counts[state]++;
  lf_buf_printf(&out, "  %s%s%s%*s %s", style, mark, plain, (int)(mark_columns - columns_of(mark, strlen(mark))), "",
                name);
  if (s->term.tty && s->term.width < indent + TEXT_MIN) {
    indent = BELOW_INDENT;
    lf_buf_printf(&out, "\n%*s", (int)indent, "");
  } else {
    lf_buf_printf(&out, "%*s", (int)(NAME_COLUMNS - MIN(NAME_COLUMNS - 1, strlen(name))), "");
  }
  append_text(s, &out, text, indent);
  if (advice != NULL) {
    lf_buf_printf(&out, "%*s%s ", (int)indent, "", s->utf8 ? "→" : "->");
    append_text(s, &out, advice, indent + (s->utf8 ? 2 : 3));
  }
  fwrite(out.p, 1, out.len, stdout);
  fflush(stdout);
}

int
lf_steps_end(const LfSteps *s)
{
  guint failed = s->counts[LF_CHECK_FAILED], skipped = s->counts[LF_CHECK_SKIPPED],
        warnings = s->counts[LF_CHECK_WARNING];
  g_auto(LfBuf) rest = {0};
  if (warnings > 0)
    lf_buf_printf(&rest, ", %u to look at", warnings);
  if (failed > 0 && skipped > 0)
    lf_buf_printf(&rest, ", %u skipped", skipped);
  if (failed > 0)
    printf("%u of %u checks failed%.*s\n", failed, failed + skipped + warnings + s->counts[LF_CHECK_OK], (int)rest.len,
           rest.p != NULL ? rest.p : "");
  else
    printf("All is well%.*s\n", (int)rest.len, rest.p != NULL ? rest.p : "");
  return failed > 0 ? LF_EXIT_UNFINISHED : LF_EXIT_OK;
}
