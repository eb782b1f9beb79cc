/* Classes of characters and escapes in Go's regular expressions. */
#include "text/regex_go_class.h"

#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { RUNE_MAX = 0x10ffff, ASCII_N = 128, NAME_MAX_LEN = 40, KELVIN = 0x212a, LONG_S = 0x17f };

/* What is read, and where the class is written to. */
typedef struct {
  LfSlice rest;
  gboolean fold;
  LfBuf *out;
  char **why;
} Class;

static gboolean refuse(char **why, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
refuse(char **why, const char *format, ...)
{
  va_list args;
  if (why == NULL || *why != NULL)
    return FALSE;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  *why = g_utf8_make_valid(text, -1); /* what it quotes may be cut */
  va_end(args);
  return FALSE;
}

static LfSlice
behind(LfSlice text, gsize n)
{
  return lf_slice(text.p + n, text.len - n);
}

static char
at(LfSlice text, gsize i)
{
  return i < text.len ? text.p[i] : '\0';
}

gsize
lf_regex_go_read_char(LfSlice text, guint32 *out)
{
  *out = g_utf8_get_char(text.p);
  return lf_utf8_sequence(text.p, text.p + text.len);
}

gboolean
lf_regex_go_is_scalar(guint32 c)
{
  return c < 0xd800 || c > 0xdfff;
}

void
lf_regex_go_append_char(LfBuf *out, guint32 c)
{
  if (c < ASCII_N && (g_ascii_isalnum((char)c) || c == '_'))
    lf_buf_append_char(out, (char)c);
  else
    lf_buf_printf(out, "\\x{%x}", c);
}

/* A range less what no text holds. */
static void
append_range(LfBuf *out, guint32 lo, guint32 hi)
{
  lo = lf_regex_go_is_scalar(lo) ? lo : 0xe000;
  hi = lf_regex_go_is_scalar(hi) ? hi : 0xd7ff;
  if (lo > hi)
    return;
  lf_regex_go_append_char(out, lo);
  if (lo == hi)
    return;
  lf_buf_append_char(out, '-');
  lf_regex_go_append_char(out, hi);
}

/* Up to three octal digits. */
static gboolean
octal(LfSlice *text, guint32 *out)
{
  gsize i = 1;
  for (*out = 0; i < 4 && at(*text, i) >= '0' && at(*text, i) <= '7'; i++)
    *out = *out * 8 + (guint32)(at(*text, i) - '0');
  *text = behind(*text, i);
  return TRUE;
}

/* \x41, \x{10ffff}. */
static gboolean
hex(LfSlice *text, guint32 *out, char **why)
{
  gboolean braced = at(*text, 2) == '{';
  gsize start = braced ? 3 : 2, i = start;
  *out = 0;
  for (; g_ascii_isxdigit(at(*text, i)) && (braced || i < 4) && *out <= RUNE_MAX; i++)
    *out = *out * 16 + (guint32)g_ascii_xdigit_value(at(*text, i));
  if (braced ? i == start || at(*text, i) != '}' || *out > RUNE_MAX : i != 4)
    return refuse(why, "\\x takes two hexadecimal digits, or some up to 10FFFF in braces");
  *text = behind(*text, i + braced);
  return TRUE;
}

gboolean
lf_regex_go_escape(LfSlice *text, guint32 *out, char **why)
{
  static const char letters[] = "afnrtv", meanings[] = "\a\f\n\r\t\v";
  if (text->len < 2)
    return refuse(why, "there is nothing behind the last \\");
  char c = text->p[1];
  const char *letter = strchr(letters, c);
  if (c != '\0' && letter != NULL) {
    *out = (guint8)meanings[letter - letters];
    *text = behind(*text, 2);
    return TRUE;
  }
  if (c == '0' || (c >= '1' && c <= '7' && at(*text, 2) >= '0' && at(*text, 2) <= '7'))
    return octal(text, out);
  if (g_ascii_isdigit(c))
    return refuse(why, "Go's regular expressions have no backreferences (\\%c)", c);
  if (c == 'x')
    return hex(text, out, why);
  if ((guint8)c < ASCII_N && !g_ascii_isalnum(c)) {
    *out = (guint8)c;
    *text = behind(*text, 2);
    return TRUE;
  }
  guint32 rune;
  gsize n = lf_regex_go_read_char(behind(*text, 1), &rune);
  return refuse(why, "Go's regular expressions have no \\%.*s%s", (int)n, text->p + 1,
                c == 'Z' ? "; \\z is the end of the text" : "");
}

/* ASCII's classes as pairs of bounds; the first three are \d, \s, \w. */
static const struct {
  const char *name;
  LfSlice ranges;
} groups[] = {
    {"d", {"09", 2}},           {"s", {"\t\n\f\r  ", 6}}, {"w", {"09AZ__az", 8}},   {"alnum", {"09AZaz", 6}},
    {"alpha", {"AZaz", 4}},     {"ascii", {"\0\x7f", 2}}, {"blank", {"\t\t  ", 4}}, {"cntrl", {"\0\x1f\x7f\x7f", 4}},
    {"digit", {"09", 2}},       {"graph", {"!~", 2}},     {"lower", {"az", 2}},     {"print", {" ~", 2}},
    {"punct", {"!/:@[`{~", 8}}, {"space", {"\t\r  ", 4}}, {"upper", {"AZ", 2}},     {"word", {"09AZ__az", 8}},
    {"xdigit", {"09AFaf", 6}},
};
enum { PERL_GROUPS = 3 };

/* All but the group; under (?i) that is all but what the group folds to, which for k and s leaves ASCII. */
static void
append_negated(const Class *c, LfSlice ranges)
{
  gboolean in[ASCII_N] = {FALSE};
  for (gsize i = 0; i < ranges.len; i += 2)
    for (guint k = (guint8)ranges.p[i]; k <= (guint8)ranges.p[i + 1]; k++) {
      in[k] = TRUE;
      if (c->fold && g_ascii_isalpha((char)k))
        in[k ^ 0x20] = TRUE;
    }
  for (guint k = 0, from; k < ASCII_N; k++) {
    if (in[k])
      continue;
    for (from = k; k + 1 < ASCII_N && !in[k + 1];)
      k++;
    append_range(c->out, from, k);
  }
  guint32 from = ASCII_N;
  const struct {
    guint32 rune;
    gboolean out;
  } folded[] = {{LONG_S, c->fold && in['s']}, {KELVIN, c->fold && in['k']}};
  for (gsize i = 0; i < G_N_ELEMENTS(folded); i++)
    if (folded[i].out) {
      append_range(c->out, from, folded[i].rune - 1);
      from = folded[i].rune + 1;
    }
  append_range(c->out, from, RUNE_MAX);
}

static void
append_group(const Class *c, LfSlice ranges, gboolean negated)
{
  if (negated) {
    append_negated(c, ranges);
    return;
  }
  for (gsize i = 0; i < ranges.len; i += 2)
    append_range(c->out, (guint8)ranges.p[i], (guint8)ranges.p[i + 1]);
}

/* \d and its like. FALSE where there is none. */
static gboolean
read_perl(Class *c)
{
  for (gsize i = 0; i < PERL_GROUPS && at(c->rest, 0) == '\\'; i++)
    if (g_ascii_tolower(at(c->rest, 1)) == groups[i].name[0]) {
      append_group(c, groups[i].ranges, g_ascii_isupper(c->rest.p[1]));
      c->rest = behind(c->rest, 2);
      return TRUE;
    }
  return FALSE;
}

/* Categories by their names without case, spaces, - and _; what `fold`s has letters of the other case, or marks that are
 * the other case of some. NULL in `pcre`: any character, or ASCII's. */
static const struct {
  const char *name;
  const char *alias;
  const char *pcre;
  gboolean fold;
} categories[] = {
    {"any", NULL, NULL, FALSE},
    {"ascii", NULL, NULL, FALSE},
    {"c", "other", "C", FALSE},
    {"cc", "control", "Cc", FALSE},
    {"cc", "cntrl", "Cc", FALSE},
    {"cf", "format", "Cf", FALSE},
    {"cn", "unassigned", "Cn", FALSE},
    {"co", "privateuse", "Co", FALSE},
    {"cs", "surrogate", "Cs", FALSE},
    {"l", "letter", "L", FALSE},
    {"lc", "casedletter", "L&", FALSE},
    {"ll", "lowercaseletter", "Ll", TRUE},
    {"lm", "modifierletter", "Lm", FALSE},
    {"lo", "otherletter", "Lo", FALSE},
    {"lt", "titlecaseletter", "Lt", TRUE},
    {"lu", "uppercaseletter", "Lu", TRUE},
    {"m", "mark", "M", TRUE},
    {"m", "combiningmark", "M", TRUE},
    {"mc", "spacingmark", "Mc", FALSE},
    {"me", "enclosingmark", "Me", FALSE},
    {"mn", "nonspacingmark", "Mn", TRUE},
    {"n", "number", "N", FALSE},
    {"nd", "decimalnumber", "Nd", FALSE},
    {"nd", "digit", "Nd", FALSE},
    {"nl", "letternumber", "Nl", FALSE},
    {"no", "othernumber", "No", FALSE},
    {"p", "punctuation", "P", FALSE},
    {"p", "punct", "P", FALSE},
    {"pc", "connectorpunctuation", "Pc", FALSE},
    {"pd", "dashpunctuation", "Pd", FALSE},
    {"pe", "closepunctuation", "Pe", FALSE},
    {"pf", "finalpunctuation", "Pf", FALSE},
    {"pi", "initialpunctuation", "Pi", FALSE},
    {"po", "otherpunctuation", "Po", FALSE},
    {"ps", "openpunctuation", "Ps", FALSE},
    {"s", "symbol", "S", FALSE},
    {"sc", "currencysymbol", "Sc", FALSE},
    {"sk", "modifiersymbol", "Sk", FALSE},
    {"sm", "mathsymbol", "Sm", FALSE},
    {"so", "othersymbol", "So", FALSE},
    {"z", "separator", "Z", FALSE},
    {"zl", "lineseparator", "Zl", FALSE},
    {"zp", "paragraphseparator", "Zp", FALSE},
    {"zs", "spaceseparator", "Zs", FALSE},
};

/* From 10.40 on a script's bare name means Script_Extensions, which Go does not have; before, it had to be exact. */
static void
write_script(LfBuf *out, const char *name, LfSlice written, gboolean negated)
{
  lf_buf_printf(out, "\\%c{", negated ? 'P' : 'p');
#if PCRE2_MAJOR > 10 || PCRE2_MINOR >= 40
  lf_buf_printf(out, "sc:%s}", name);
#else
  lf_buf_append_slice(out, written);
  lf_buf_append_char(out, '}');
#endif
}

static gboolean
append_script(const Class *c, const char *name, LfSlice written, gboolean negated)
{
  static const char *const folding[] = {"common", "greek", "inherited"};
  for (gsize i = 0; i < G_N_ELEMENTS(folding) && c->fold; i++)
    if (strcmp(name, folding[i]) == 0)
      return refuse(c->why, "\\p{%s} is not there together with the flag i", name);
  if (strlen(name) < 3) /* PCRE2 has categories of its own */
    return refuse(c->why, "\\p{%s} is not there in Go's regular expressions", name);
  write_script(c->out, name, written, negated);
  return TRUE;
}

static gboolean
append_property(const Class *c, const char *name, LfSlice written, gboolean negated)
{
  if (strcmp(name, "assigned") == 0) {
    lf_buf_append_str(c->out, negated ? "\\p{Cn}" : "\\P{Cn}");
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(categories); i++) {
    if (strcmp(name, categories[i].name) != 0 && g_strcmp0(name, categories[i].alias) != 0)
      continue;
    if (categories[i].pcre == NULL && name[1] == 'n') {
      if (!negated)
        append_range(c->out, 0, RUNE_MAX);
    } else if (categories[i].pcre == NULL) {
      append_group(c, lf_slice("\0\x7f", 2), negated);
    } else if (categories[i].fold && c->fold) {
      return refuse(c->why, "\\p{%s} is not there together with the flag i", name);
    } else {
      lf_buf_printf(c->out, "\\%c{%s}", negated ? 'P' : 'p', categories[i].pcre);
    }
    return TRUE;
  }
  return append_script(c, name, written, negated);
}

/* \pL, \p{Greek}, \P{^Greek}; the p has been seen. */
static gboolean
read_property(Class *c)
{
  gboolean negated = c->rest.p[1] == 'P';
  char name[NAME_MAX_LEN];
  guint32 rune = 0;
  gsize n = 0, skipped = 0;
  if (c->rest.len < 3)
    return refuse(c->why, "\\p names no class");
  LfSlice text = behind(c->rest, 2);
  if (text.p[0] == '{') {
    const char *close = memchr(text.p, '}', text.len);
    if (close == NULL)
      return refuse(c->why, "\\p{ has no }");
    text = lf_slice(text.p + 1, (gsize)(close - text.p) - 1);
    skipped = 4 + text.len;
  } else {
    text.len = lf_regex_go_read_char(text, &rune);
    skipped = 2 + text.len;
  }
  if (at(text, 0) == '^') {
    negated = !negated;
    text = behind(text, 1);
  }
  for (gsize i = 0; i < text.len; i++) {
    if (memchr("_- ", text.p[i], 3) != NULL)
      continue;
    if (!g_ascii_isalnum(text.p[i]) || n + 1 >= sizeof name)
      return refuse(c->why, "\\p{%.*s} is not there in Go's regular expressions", (int)MIN(text.len, NAME_MAX_LEN),
                    text.p);
    name[n++] = g_ascii_tolower(text.p[i]);
  }
  name[n] = '\0';
  c->rest = behind(c->rest, skipped);
  return append_property(c, name, text, negated);
}

/* [:alpha:] in brackets. Sets `*found`. */
static gboolean
read_posix(Class *c, gboolean *found)
{
  const char *close = NULL;
  if (c->rest.len > 2 && c->rest.p[0] == '[' && c->rest.p[1] == ':')
    close = memmem(c->rest.p + 2, c->rest.len - 2, ":]", 2);
  *found = close != NULL;
  if (close == NULL)
    return TRUE;
  LfSlice name = lf_slice(c->rest.p + 2, (gsize)(close - c->rest.p) - 2);
  c->rest = behind(c->rest, name.len + 4);
  gboolean negated = at(name, 0) == '^';
  if (negated)
    name = behind(name, 1);
  for (gsize i = PERL_GROUPS; i < G_N_ELEMENTS(groups); i++)
    if (lf_slice_is(name, groups[i].name)) {
      append_group(c, groups[i].ranges, negated);
      return TRUE;
    }
  return refuse(c->why, "[:%.*s:] is no class of characters", (int)MIN(name.len, NAME_MAX_LEN), name.p);
}

static gboolean
read_bound(Class *c, guint32 *out)
{
  if (c->rest.len == 0)
    return refuse(c->why, "a [ is not closed");
  if (c->rest.p[0] == '\\')
    return lf_regex_go_escape(&c->rest, out, c->why);
  c->rest = behind(c->rest, lf_regex_go_read_char(c->rest, out));
  return TRUE;
}

/* A character, or two with - between them. */
static gboolean
read_range(Class *c)
{
  guint32 lo, hi;
  LfSlice whole = c->rest;
  if (!read_bound(c, &lo))
    return FALSE;
  hi = lo;
  if (c->rest.len >= 2 && c->rest.p[0] == '-' && c->rest.p[1] != ']') {
    c->rest = behind(c->rest, 1);
    if (!read_bound(c, &hi))
      return FALSE;
  }
  if (hi < lo)
    return refuse(c->why, "the range %.*s goes backwards", (int)(whole.len - c->rest.len), whole.p);
  append_range(c->out, lo, hi);
  return TRUE;
}

/* One of the things that stand between brackets. */
static gboolean
read_item(Class *c)
{
  gboolean found;
  if (!read_posix(c, &found))
    return FALSE;
  if (found)
    return TRUE;
  if (at(c->rest, 0) == '\\' && g_ascii_tolower(at(c->rest, 1)) == 'p')
    return read_property(c);
  return read_perl(c) || read_range(c);
}

static gboolean
read_brackets(Class *c, gboolean *negated)
{
  c->rest = behind(c->rest, 1);
  *negated = at(c->rest, 0) == '^';
  if (*negated)
    c->rest = behind(c->rest, 1);
  gboolean first = TRUE;
  for (; c->rest.len == 0 || c->rest.p[0] != ']' || first; first = FALSE)
    if (!read_item(c))
      return FALSE;
  c->rest = behind(c->rest, 1);
  return TRUE;
}

gboolean
lf_regex_go_class(LfSlice *text, gboolean fold, LfBuf *out, char **why)
{
  g_auto(LfBuf) items = {0};
  Class c = {.rest = *text, .fold = fold, .out = &items, .why = why};
  gboolean negated = FALSE;
  gboolean ok = text->p[0] == '[' ? read_brackets(&c, &negated) : read_item(&c);
  if (!ok)
    return FALSE;
  *text = c.rest;
  if (items.len == 0) { /* PCRE2 has no empty class */
    lf_buf_append_str(out, negated ? "." : "(?!)");
    return TRUE;
  }
  lf_buf_append_str(out, negated ? "[^" : "[");
  lf_buf_append_slice(out, lf_buf_slice(&items));
  lf_buf_append_char(out, ']');
  return TRUE;
}
