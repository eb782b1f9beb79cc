/* The terminal: whether there is one, how wide it is, colours, a progress bar. */
#include "cmd/term.h"

#include "base/utf8.h"

#include <sys/ioctl.h>
#include <unistd.h>

LfTerm
lf_term_examine(FILE *stream)
{
  int fd = fileno(stream);
  struct winsize size;
  LfTerm term = {.width = 80, .stream = stream};
  const char *name = g_getenv("TERM"), *no_color = g_getenv("NO_COLOR");
  term.tty = isatty(fd) == 1;
  term.color = term.tty && name != NULL && strcmp(name, "dumb") != 0 && (no_color == NULL || no_color[0] == '\0');
  if (term.tty && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    term.width = size.ws_col;
  return term;
}

const char *
lf_term_style(const LfTerm *term, LfTermStyle style)
{
  static const char *const codes[] = {"\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[36m"};
  return term->color ? codes[style] : "";
}

static guint
columns_of(gunichar c)
{
  if (g_unichar_iszerowidth(c))
    return 0;
  return g_unichar_iswide(c) ? 2 : 1;
}

void
lf_term_append_cut(LfBuf *out, LfSlice text, guint columns)
{
  guint used = 0;
  gsize mark = out->len; /* where the text has one column left for the … */
  for (const char *p = text.p, *end = text.p + text.len; p < end;) {
    gsize n = lf_utf8_sequence(p, end);
    gunichar c = n > 0 ? g_utf8_get_char_validated(p, (gssize)n) : 0xfffd;
    if (g_unichar_iscntrl(c))
      c = 0xb7;
    guint wide = columns_of(c);
    if (used + wide > columns) {
      out->len = mark;
      if (columns > 0)
        lf_buf_append_str(out, "…");
      return;
    }
    char encoded[4];
    lf_buf_append(out, encoded, lf_utf8_encode(c, encoded));
    used += wide;
    if (used + 1 <= columns)
      mark = out->len;
    p += MAX(n, 1);
  }
}

void
lf_term_progress(const LfTerm *term, guint64 done, guint64 total, const char *text)
{
  if (!term->tty)
    return;
  guint percent = total > 0 ? (guint)(MIN(done, total) * 100 / total) : 0;
  guint bar = term->width > 60 ? 30 : term->width > 30 ? 10 : 0;
  guint filled = bar * percent / 100;
  g_auto(LfBuf) line = {0};
  lf_buf_append_str(&line, "\r\x1b[K");
  if (bar > 0) {
    lf_buf_append_char(&line, '[');
    for (guint i = 0; i < bar; i++)
      lf_buf_append_char(&line, i < filled ? '#' : ' ');
    lf_buf_append_str(&line, "] ");
  }
  lf_buf_printf(&line, "%3u %%  ", percent);
  guint used = (bar > 0 ? bar + 3 : 0) + 7;
  lf_term_append_cut(&line, lf_slice_str(text), term->width > used + 1 ? term->width - used - 1 : 0);
  fwrite(line.p, 1, line.len, term->stream);
  fflush(term->stream);
}

void
lf_term_progress_end(const LfTerm *term)
{
  if (!term->tty)
    return;
  fputs("\r\x1b[K", term->stream);
  fflush(term->stream);
}

char *
lf_term_bytes(guint64 bytes)
{
  static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = (double)bytes;
  gsize unit = 0;
  while (value >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
    value /= 1000;
    unit++;
  }
  return unit == 0 ? g_strdup_printf("%.0f %s", value, units[unit]) : g_strdup_printf("%.1f %s", value, units[unit]);
}
