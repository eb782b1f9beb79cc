/* Go's regular expressions in PCRE2's words: one pass over the pattern that writes as it reads. */
#include "text/regex_go.h"

#include "base/utf8.h"
#include "text/regex.h"
#include "text/regex_go_class.h"

enum { GROUPS_MAX = 200, REPEAT_MAX = 1000, UNLIMITED = -1 };

/* The flags of a place. */
enum { MULTI = 1, DOT_ALL = 2, LAZY = 4, FOLD = 8 };

/* What an atom of the whole pattern is, for LF_REGEX_GO_BEATS. */
typedef enum { ATOM_OTHER, ATOM_BEGIN, ATOM_END, ATOM_DOT, ATOM_DOT_STAR } AtomKind;

/* `start` is where its text begins in the output, flags that had to be written before it included; `inner` what stands in
 * the pattern between the parentheses of a group without flags that is not repeated. */
typedef struct {
  gsize start;
  AtomKind kind;
  LfSlice inner;
} Atom;

/* A group that is open: what comes back when it is closed. */
typedef struct {
  guint flags;
  gboolean folding;
  gsize start;
  guint copies;
  const char *inner; /* (nullable): the pattern behind the parenthesis, where no flag holds */
} Group;

/* `atom` is the start of what a repetition would repeat; `copies` how many of the innermost counted thing that is, as Go
 * bounds it. Flags are written only before what they change, so that a repetition behind them still finds its atom. */
typedef struct {
  LfSlice rest;
  LfBuf *out;
  gsize base;
  guint flags;
  gboolean folding; /* (?i) holds in what is written */
  gboolean has_atom;
  gsize atom;
  gboolean wrap;     /* it needs a group around it to be repeated */
  gboolean repeated; /* the last thing read was a repetition */
  guint copies;
  guint group_copies;  /* the most in this group so far */
  gboolean alternates; /* there is a | outside of all groups */
  Group groups[GROUPS_MAX];
  guint depth;
  LfBuf atoms; /* of Atom: those outside of all groups */
  char **why;
} Go;

static gboolean refuse(const Go *g, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
refuse(const Go *g, const char *format, ...)
{
  va_list args;
  if (g->why == NULL || *g->why != NULL)
    return FALSE;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  *g->why = g_utf8_make_valid(text, -1); /* what it quotes may be cut */
  va_end(args);
  return FALSE;
}

static gboolean
skip(Go *g, gsize n)
{
  g->rest = lf_slice(g->rest.p + n, g->rest.len - n);
  return TRUE;
}

static char
peek(const Go *g, gsize i)
{
  return i < g->rest.len ? g->rest.p[i] : '\0';
}

/* Nothing more will repeat the atom. */
static void
settle(Go *g)
{
  if (g->has_atom)
    g->group_copies = MAX(g->group_copies, g->copies);
  g->has_atom = FALSE;
  g->wrap = FALSE;
  g->copies = 1;
}

static void
note_atom(Go *g, AtomKind kind)
{
  if (g->depth == 0)
    lf_buf_append(&g->atoms, &(Atom){.start = g->out->len, .kind = kind}, sizeof(Atom));
}

/* The last atom outside of all groups; NULL inside of one. */
static Atom *
last_atom(Go *g)
{
  return g->depth == 0 ? (Atom *)(void *)(g->atoms.p + g->atoms.len) - 1 : NULL;
}

/* What the last atom turned out to be. */
static void
set_kind(Go *g, AtomKind kind)
{
  Atom *last = last_atom(g);
  if (last != NULL)
    *last = (Atom){.start = last->start, .kind = g->flags == 0 ? kind : ATOM_OTHER};
}

static void
begin_atom(Go *g)
{
  gboolean fold = (g->flags & FOLD) != 0;
  settle(g);
  note_atom(g, ATOM_OTHER);
  g->repeated = FALSE;
  if (fold != g->folding)
    lf_buf_append_str(g->out, fold ? "(?i)" : "(?-i)");
  g->folding = fold;
  g->has_atom = TRUE;
  g->atom = g->out->len;
}

static gboolean
literal(Go *g, guint32 c)
{
  begin_atom(g);
  if (lf_regex_go_is_scalar(c))
    lf_regex_go_append_char(g->out, c);
  else
    lf_buf_append_str(g->out, "(?!)"); /* half a surrogate pair is in no text */
  return TRUE;
}

/* An assertion; PCRE2 repeats none without a group around it. */
static gboolean
assertion(Go *g, const char *text, AtomKind kind)
{
  begin_atom(g);
  lf_buf_append_str(g->out, text);
  g->wrap = TRUE;
  set_kind(g, kind);
  return TRUE;
}

static void
wrap_atom(Go *g)
{
  gsize n = g->out->len - g->atom;
  lf_buf_append_str(g->out, "(?:)"); /* room */
  char *p = g->out->p + g->atom;
  memmove(p + 3, p, n);
  memcpy(p, "(?:", 3);
  p[n + 3] = ')';
}

static gboolean
repeat(Go *g, int min, int max, const char *text)
{
  gboolean lazy = (g->flags & LAZY) != 0;
  gboolean dot_star = max == UNLIMITED && min == 0 && !lazy && peek(g, 0) != '?';
  if (g->repeated)
    return refuse(g, "a repetition (*, +, ?, {n}) stands behind another one; Go has no possessive ones such as a*+");
  if (!g->has_atom)
    return refuse(g, "there is nothing before %s that it could repeat", text);
  if (peek(g, 0) == '?') {
    lazy = !lazy;
    skip(g, 1);
  }
  if (g->wrap)
    wrap_atom(g);
  lf_buf_append_str(g->out, text);
  if (lazy)
    lf_buf_append_char(g->out, '?');
  g->wrap = TRUE;
  g->repeated = TRUE;
  const Atom *last = last_atom(g);
  set_kind(g, dot_star && last != NULL && last->kind == ATOM_DOT ? ATOM_DOT_STAR : ATOM_OTHER);
  return TRUE;
}

/* Go counts copies in copies of counted repetitions, to 1000. */
static gboolean
counted(Go *g, int min, int max, const char *text)
{
  int n = max == UNLIMITED ? min : max;
  gboolean many = min >= 2 || max >= 2;
  if (!repeat(g, min, max, text))
    return FALSE;
  g->copies = max == 0 ? 1 : n > 0 ? g->copies * (guint)n : g->copies;
  return !many || g->copies <= REPEAT_MAX ||
         refuse(g, "repetitions of repetitions make more than %d copies", REPEAT_MAX);
}

/* A whole number without a leading zero. `*i` moves behind it. -2: it is too large. Returns: FALSE where there is none. */
static gboolean
read_count(const Go *g, gsize *i, int *out)
{
  gsize start = *i;
  *out = 0;
  while (g_ascii_isdigit(peek(g, *i))) {
    *out = *out < 0 || *out >= 100000000 ? -2 : *out * 10 + (peek(g, *i) - '0');
    ++*i;
  }
  return *i > start && (*i == start + 1 || peek(g, start) != '0');
}

/* {n}, {n,}, {n,m}; anything else is the character {. */
static gboolean
brace(Go *g)
{
  gsize i = 1;
  int min, max;
  char text[32];
  gboolean is_count = read_count(g, &i, &min);
  max = min;
  if (is_count && peek(g, i) == ',') {
    i++;
    max = UNLIMITED;
    if (peek(g, i) != '}')
      is_count = read_count(g, &i, &max);
  }
  if (!is_count || peek(g, i) != '}') {
    skip(g, 1);
    return literal(g, '{');
  }
  if (min < 0 || max < UNLIMITED || min > REPEAT_MAX || max > REPEAT_MAX || (max != UNLIMITED && min > max))
    return refuse(g, "%.*s is no repetition: at most %d times, the smaller number first", (int)i + 1, g->rest.p,
                  REPEAT_MAX);
  skip(g, i + 1);
  if (max == UNLIMITED)
    g_snprintf(text, sizeof text, "{%d,}", min);
  else
    g_snprintf(text, sizeof text, "{%d,%d}", min, max);
  return counted(g, min, max, text);
}

static gboolean
open_group(Go *g, guint inner_flags)
{
  if (g->depth == GROUPS_MAX)
    return refuse(g, "groups are nested deeper than %d", GROUPS_MAX);
  gsize start = g->out->len;
  settle(g);
  note_atom(g, ATOM_OTHER);
  g->groups[g->depth++] = (Group){.flags = g->flags,
                                  .folding = g->folding,
                                  .start = start,
                                  .copies = g->group_copies,
                                  .inner = (g->flags | inner_flags) == 0 ? g->rest.p : NULL};
  lf_buf_append_str(g->out, "(?:");
  g->group_copies = 1;
  g->flags = inner_flags;
  return TRUE;
}

static gboolean
close_group(Go *g)
{
  if (g->depth == 0)
    return refuse(g, "a ) has no (");
  settle(g);
  Group group = g->groups[--g->depth];
  Atom *last = last_atom(g);
  if (last != NULL && group.inner != NULL)
    last->inner = lf_slice(group.inner, (gsize)(g->rest.p - group.inner) - 1);
  lf_buf_append_char(g->out, ')');
  g->copies = g->group_copies;
  g->group_copies = group.copies;
  g->flags = group.flags;
  g->folding = group.folding;
  g->atom = group.start;
  g->has_atom = TRUE;
  return TRUE;
}

/* (?P<name>, (?<name>. `n` is what stands before the name. */
static gboolean
named_group(Go *g, gsize n)
{
  gsize i = n;
  while (peek(g, i) == '_' || g_ascii_isalnum(peek(g, i)))
    i++;
  if (i == n || peek(g, i) != '>')
    return refuse(g, "a group's name has to be of letters, digits and _, between < and >");
  skip(g, i + 1);
  return open_group(g, g->flags);
}

/* What Perl has behind (? and Go has not. */
static const struct {
  const char *start;
  const char *name;
} not_in_go[] = {
    {"(?=", "a lookahead"},
    {"(?!", "a negative lookahead"},
    {"(?<=", "a lookbehind"},
    {"(?<!", "a negative lookbehind"},
    {"(?>", "an atomic group"},
    {"(?#", "a comment"},
    {"(?(", "a condition"},
    {"(?|", "a branch reset"},
    {"(?'", "a name in quotes; (?P<name>…) is there"},
    {"(?P=", "a backreference"},
    {"(?P>", "a recursion"},
    {"(?R", "a recursion"},
    {"(?&", "a recursion"},
    {"(?x", "the flag x"},
};

/* (?flags) and (?flags:…). */
static gboolean
flag_group(Go *g)
{
  static const char letters[] = {'m', 's', 'U', 'i'}; /* in the order of the flags' bits */
  guint flags = g->flags;
  gboolean clear = FALSE, any = FALSE;
  gsize i = 2;
  for (; peek(g, i) != ':' && peek(g, i) != ')'; i++) {
    const char *letter = i < g->rest.len ? memchr(letters, g->rest.p[i], sizeof letters) : NULL;
    if (i < g->rest.len && g->rest.p[i] == '-' && !clear) {
      clear = TRUE;
      any = FALSE;
      continue;
    }
    if (letter == NULL)
      return refuse(g, "%.*s is not there in Go's regular expressions; (?:…), (?P<name>…) and the flags i, m, s, U are",
                    (int)(i + lf_utf8_sequence(g->rest.p + i, g->rest.p + g->rest.len)), g->rest.p);
    guint bit = 1u << (letter - letters);
    flags = clear ? flags & ~bit : flags | bit;
    any = TRUE;
  }
  if (clear && !any)
    return refuse(g, "%.*s names no flag behind -", (int)i + 1, g->rest.p);
  gboolean group = peek(g, i) == ':';
  skip(g, i + 1);
  if (group)
    return open_group(g, flags);
  g->flags = flags;
  return TRUE;
}

static gboolean
paren(Go *g)
{
  if (peek(g, 1) != '?') {
    skip(g, 1);
    return open_group(g, g->flags);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(not_in_go); i++)
    if (lf_slice_has_prefix(g->rest, not_in_go[i].start))
      return refuse(g, "Go's regular expressions have no %s…): %s", not_in_go[i].start, not_in_go[i].name);
  if (lf_slice_has_prefix(g->rest, "(?P<"))
    return named_group(g, 4);
  if (lf_slice_has_prefix(g->rest, "(?<"))
    return named_group(g, 3);
  return flag_group(g);
}

static gboolean
bar(Go *g)
{
  settle(g);
  g->alternates = g->alternates || g->depth == 0;
  lf_buf_append_char(g->out, '|');
  return skip(g, 1);
}

/* \Q…\E, or to the end: each character stands for itself. */
static gboolean
quoted(Go *g)
{
  skip(g, 2);
  while (g->rest.len > 0 && !lf_slice_has_prefix(g->rest, "\\E")) {
    guint32 c;
    skip(g, lf_regex_go_read_char(g->rest, &c));
    literal(g, c);
  }
  return skip(g, MIN(2, g->rest.len));
}

/* A class, in brackets or not, was read from `rest`, which has moved behind it. */
static gboolean class(Go *g)
{
  begin_atom(g);
  return lf_regex_go_class(&g->rest, (g->flags & FOLD) != 0, g->out, g->why);
}

static gboolean
escape(Go *g)
{
  guint32 c;
  char letter = peek(g, 1);
  if (letter == 'Q')
    return quoted(g);
  if (letter != '\0' && strchr("dDsSwWpP", letter) != NULL)
    return class(g);
  if (letter != '\0' && strchr("AbBz", letter) != NULL) {
    char text[] = {'\\', letter, '\0'};
    skip(g, 2);
    return assertion(g, text, letter == 'A' ? ATOM_BEGIN : ATOM_OTHER);
  }
  return lf_regex_go_escape(&g->rest, &c, g->why) && literal(g, c);
}

static gboolean
dot(Go *g)
{
  begin_atom(g);
  lf_buf_append_str(g->out, g->flags & DOT_ALL ? "." : "\\N");
  set_kind(g, ATOM_DOT);
  return skip(g, 1);
}

static gboolean
star(Go *g)
{
  char c = peek(g, 0), text[] = {c, '\0'};
  skip(g, 1);
  return repeat(g, c == '+', c == '?' ? 1 : UNLIMITED, text);
}

static gboolean
caret(Go *g)
{
  skip(g, 1);
  return g->flags & MULTI ? assertion(g, "(?m:^)", ATOM_OTHER) : assertion(g, "\\A", ATOM_BEGIN);
}

static gboolean
dollar(Go *g)
{
  skip(g, 1);
  return g->flags & MULTI ? assertion(g, "(?m:$)", ATOM_OTHER) : assertion(g, "\\z", ATOM_END);
}

typedef struct {
  char c;
  gboolean (*read)(Go *g);
} Token;

static const Token tokens[] = {
    {'(', paren}, {')', NULL}, {'|', bar},  {'[', class}, {'\\', escape}, {'.', dot},
    {'*', star},  {'+', star}, {'?', star}, {'{', brace}, {'^', caret},   {'$', dollar},
};

static gboolean
token(Go *g)
{
  char c = peek(g, 0);
  gboolean was_repeated = g->repeated, repeats = c != '\0' && strchr("*+?{", c) != NULL;
  g->repeated = repeats && was_repeated;
  if (c == ')') {
    skip(g, 1);
    return close_group(g);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(tokens); i++)
    if (tokens[i].c == c)
      return tokens[i].read(g);
  guint32 r;
  skip(g, lf_regex_go_read_char(g->rest, &r));
  return literal(g, r);
}

/* Cuts off what LF_REGEX_GO_BEATS says. Returns: what the pattern is then, where that is one group: empty otherwise. */
static LfSlice
trim(Go *g)
{
  const Atom *atoms = (const Atom *)(const void *)g->atoms.p;
  gsize first = 0, n = g->atoms.len / sizeof(Atom), end = g->out->len;
  if (g->alternates)
    return (LfSlice){0};
  while (first < n && (atoms[first].kind == ATOM_DOT_STAR ||
                       (atoms[first].kind == ATOM_BEGIN && first + 1 < n && atoms[first + 1].kind == ATOM_DOT_STAR)))
    first++;
  while (n > first && (atoms[n - 1].kind == ATOM_DOT_STAR ||
                       (atoms[n - 1].kind == ATOM_END && n - first > 1 && atoms[n - 2].kind == ATOM_DOT_STAR)))
    end = atoms[--n].start;
  gsize start = first < n ? atoms[first].start : end;
  g->out->len = end;
  memmove(g->out->p + g->base, g->out->p + start, end - start);
  g->out->len -= start - g->base;
  return n - first == 1 ? atoms[first].inner : (LfSlice){0};
}

static gboolean
translate(Go *g)
{
  gboolean ok = TRUE;
  while (ok && g->rest.len > 0)
    ok = token(g);
  return ok && (g->depth == 0 || refuse(g, "a ( is not closed"));
}

gboolean
lf_regex_go_translate(LfSlice pattern, guint flags, LfBuf *out, char **why)
{
  const gsize base = out->len;
  gboolean ok;
  Go g = {.why = why};
  if (why != NULL)
    *why = NULL;
  if (pattern.len > LF_REGEX_PATTERN_MAX)
    return refuse(&g, "it is longer than %d bytes", LF_REGEX_PATTERN_MAX);
  for (gsize i = 0, n; i < pattern.len; i += n)
    if ((n = lf_utf8_sequence(pattern.p + i, pattern.p + pattern.len)) == 0)
      return refuse(&g, "it is not UTF-8");
  lf_buf_reserve(out, 1);
  do { /* once more for what stands in a group around all of it */
    out->len = base;
    g = (Go){.rest = pattern, .out = out, .base = base, .copies = 1, .group_copies = 1, .why = why};
    lf_buf_reserve(&g.atoms, sizeof(Atom));
    ok = translate(&g);
    pattern = ok && (flags & LF_REGEX_GO_BEATS) ? trim(&g) : (LfSlice){0};
    lf_buf_clear(&g.atoms);
  } while (pattern.len > 0);
  return ok && (out->len - base <= LF_REGEX_TRANSLATED_MAX || refuse(&g, "it is too long"));
}
