/* Go templates: from text to tokens. */
#include "module/gotmpl/impl.h"

#include "base/utf8.h"

typedef struct {
  LfSlice text;
  LfSlice left, right;
  gsize pos;       /* next byte to look at */
  gsize start;     /* first byte of the token at hand */
  gsize action_at; /* the left delimiter of the action at hand */
  int parens;
  GArray *tokens;
  gboolean done;
} Lexer;

static const struct {
  const char *word;
  LfTmplTokenType type;
} keywords[] = {
    {"block", LF_TMPL_TOKEN_BLOCK},       {"break", LF_TMPL_TOKEN_BREAK},
    {"continue", LF_TMPL_TOKEN_CONTINUE}, {"define", LF_TMPL_TOKEN_DEFINE},
    {"else", LF_TMPL_TOKEN_ELSE},         {"end", LF_TMPL_TOKEN_END},
    {"false", LF_TMPL_TOKEN_BOOL},        {"if", LF_TMPL_TOKEN_IF},
    {"nil", LF_TMPL_TOKEN_NIL},           {"range", LF_TMPL_TOKEN_RANGE},
    {"template", LF_TMPL_TOKEN_TEMPLATE}, {"true", LF_TMPL_TOKEN_BOOL},
    {"with", LF_TMPL_TOKEN_WITH},
};

gunichar
lf_tmpl_rune(const char *p, const char *end, gsize *len)
{
  *len = lf_utf8_sequence(p, end);
  if (*len > 0)
    return g_utf8_get_char(p);
  *len = 1;
  return 0xfffd;
}

static gboolean
is_space(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static gboolean
is_alphanumeric(gunichar c)
{
  if (c < 0x80)
    return c == '_' || g_ascii_isalnum((char)c);
  switch (g_unichar_type(c)) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
  case G_UNICODE_DECIMAL_NUMBER:
    return TRUE;
  default:
    return FALSE;
  }
}

static void
push(Lexer *lx, LfTmplTokenType type, gsize at, LfSlice text)
{
  LfTmplToken token = {.type = type, .at = (guint32)at, .text = text};
  g_array_append_val(lx->tokens, token);
}

static void
fail(Lexer *lx, gsize at, const char *message)
{
  push(lx, LF_TMPL_TOKEN_ERROR, at, lf_slice_str(message));
  lx->done = TRUE;
}

/* The bytes from `start` to `pos` become a token. */
static void
take(Lexer *lx, LfTmplTokenType type)
{
  push(lx, type, lx->start, lf_slice(lx->text.p + lx->start, lx->pos - lx->start));
  lx->start = lx->pos;
}

static gboolean
starts_with(const Lexer *lx, gsize at, LfSlice what)
{
  return at <= lx->text.len && lx->text.len - at >= what.len && memcmp(lx->text.p + at, what.p, what.len) == 0;
}

/* Whether a right delimiter stands at `at`; `*len` counts it with its trim marker, `*trim` says that it has one. */
static gboolean
right_delim_at(const Lexer *lx, gsize at, gsize *len, gboolean *trim)
{
  *trim = lx->text.len - at >= 2 && is_space(lx->text.p[at]) && lx->text.p[at + 1] == '-' &&
          starts_with(lx, at + 2, lx->right);
  *len = lx->right.len + (*trim ? 2 : 0);
  return *trim || starts_with(lx, at, lx->right);
}

/* Steps over a right delimiter and the space that its trim marker takes. */
static void
skip_right_delim(Lexer *lx, gsize len, gboolean trim)
{
  lx->pos += len;
  while (trim && lx->pos < lx->text.len && is_space(lx->text.p[lx->pos]))
    lx->pos++;
  lx->start = lx->pos;
}

/* A comment; the opening of the action and the trim marker are behind us, slash and star before us. */
static void
lex_comment(Lexer *lx)
{
  gsize from = lx->pos + 2, len;
  gboolean trim;
  const char *end = from < lx->text.len ? memmem(lx->text.p + from, lx->text.len - from, "*/", 2) : NULL;
  if (end == NULL) {
    fail(lx, lx->action_at, "unclosed comment");
    return;
  }
  lx->pos = (gsize)(end - lx->text.p) + 2;
  if (!right_delim_at(lx, lx->pos, &len, &trim)) {
    fail(lx, lx->pos, "comment ends before closing delimiter");
    return;
  }
  skip_right_delim(lx, len, trim);
}

/* Text up to the next left delimiter, and that delimiter. Returns: whether an action is open now. */
static gboolean
lex_text(Lexer *lx)
{
  const char *at = lx->start < lx->text.len
                       ? memmem(lx->text.p + lx->start, lx->text.len - lx->start, lx->left.p, lx->left.len)
                       : NULL;
  gsize open = at != NULL ? (gsize)(at - lx->text.p) : lx->text.len;
  gsize inside = open + lx->left.len;
  gboolean trim =
      at != NULL && lx->text.len - inside >= 2 && lx->text.p[inside] == '-' && is_space(lx->text.p[inside + 1]);
  gsize text_end = open;
  while (trim && text_end > lx->start && is_space(lx->text.p[text_end - 1]))
    text_end--;
  if (text_end > lx->start)
    push(lx, LF_TMPL_TOKEN_TEXT, lx->start, lf_slice(lx->text.p + lx->start, text_end - lx->start));
  if (at == NULL) {
    push(lx, LF_TMPL_TOKEN_EOF, lx->text.len, LF_SLICE_LIT("end of the template"));
    lx->done = TRUE;
    return FALSE;
  }
  lx->action_at = open;
  lx->pos = inside + (trim ? 2 : 0);
  if (starts_with(lx, lx->pos, LF_SLICE_LIT("/*"))) {
    lex_comment(lx);
    return FALSE;
  }
  push(lx, LF_TMPL_TOKEN_LEFT_DELIM, open, lx->left);
  lx->start = lx->pos;
  lx->parens = 0;
  return TRUE;
}

/* Whether what stands at `pos` may follow a name. */
static gboolean
at_terminator(const Lexer *lx)
{
  if (lx->pos >= lx->text.len)
    return TRUE;
  char c = lx->text.p[lx->pos];
  return is_space(c) || (c != '\0' && strchr(".,|:)(", c) != NULL) || starts_with(lx, lx->pos, lx->right);
}

static void
skip_alphanumerics(Lexer *lx)
{
  gsize len;
  while (lx->pos < lx->text.len && is_alphanumeric(lf_tmpl_rune(lx->text.p + lx->pos, lx->text.p + lx->text.len, &len)))
    lx->pos += len;
}

/* A name; for fields and variables the sign before it is behind us. */
static void
lex_name(Lexer *lx, LfTmplTokenType type)
{
  if (at_terminator(lx) && type != LF_TMPL_TOKEN_IDENTIFIER) {
    take(lx, type == LF_TMPL_TOKEN_FIELD ? LF_TMPL_TOKEN_DOT : type);
    return;
  }
  skip_alphanumerics(lx);
  if (!at_terminator(lx)) {
    fail(lx, lx->pos, "unexpected character in a name");
    return;
  }
  LfSlice word = lf_slice(lx->text.p + lx->start, lx->pos - lx->start);
  for (gsize i = 0; type == LF_TMPL_TOKEN_IDENTIFIER && i < G_N_ELEMENTS(keywords); i++)
    if (lf_slice_is(word, keywords[i].word))
      type = keywords[i].type;
  take(lx, type);
}

/* A string or character constant; its opening quote is behind us. */
static void
lex_quoted(Lexer *lx, char quote, LfTmplTokenType type)
{
  while (lx->pos < lx->text.len) {
    char c = lx->text.p[lx->pos++];
    if (c == quote) {
      take(lx, type);
      return;
    }
    if (type == LF_TMPL_TOKEN_RAW_STRING)
      continue;
    if (c == '\\' && lx->pos < lx->text.len)
      c = lx->text.p[lx->pos++];
    if (c == '\n')
      break;
  }
  fail(lx, lx->start,
       type == LF_TMPL_TOKEN_CHAR_CONSTANT ? "unterminated character constant"
       : type == LF_TMPL_TOKEN_STRING      ? "unterminated string"
                                           : "unterminated raw string");
}

static gboolean
accept(Lexer *lx, const char *set)
{
  if (lx->pos >= lx->text.len || lx->text.p[lx->pos] == '\0' || strchr(set, lx->text.p[lx->pos]) == NULL)
    return FALSE;
  lx->pos++;
  return TRUE;
}

static void
accept_run(Lexer *lx, const char *set)
{
  while (accept(lx, set))
    continue;
}

/* What looks like a number; whether it is one is seen when its value is read. */
static gboolean
scan_number(Lexer *lx)
{
  const char *decimal = "0123456789_", *digits = decimal, *exponent = "eE";
  accept(lx, "+-");
  if (accept(lx, "0")) {
    if (accept(lx, "xX"))
      digits = "0123456789abcdefABCDEF_", exponent = "pP";
    else if (accept(lx, "oO"))
      digits = "01234567_", exponent = "";
    else if (accept(lx, "bB"))
      digits = "01_", exponent = "";
  }
  accept_run(lx, digits);
  if (accept(lx, "."))
    accept_run(lx, digits);
  if (accept(lx, exponent)) {
    accept(lx, "+-");
    accept_run(lx, decimal);
  }
  accept(lx, "i");
  gsize len;
  return lx->pos >= lx->text.len ||
         !is_alphanumeric(lf_tmpl_rune(lx->text.p + lx->pos, lx->text.p + lx->text.len, &len));
}

static void
lex_number(Lexer *lx)
{
  LfTmplTokenType type = LF_TMPL_TOKEN_NUMBER;
  gboolean ok = scan_number(lx);
  if (ok && lx->pos < lx->text.len && (lx->text.p[lx->pos] == '+' || lx->text.p[lx->pos] == '-')) {
    type = LF_TMPL_TOKEN_COMPLEX;
    ok = scan_number(lx) && lx->text.p[lx->pos - 1] == 'i';
  }
  if (ok)
    take(lx, type);
  else
    fail(lx, lx->start, "bad number");
}

static void
lex_space(Lexer *lx)
{
  gsize len;
  gboolean trim = FALSE;
  /* the last space may belong to a trim marker */
  while (lx->pos < lx->text.len && is_space(lx->text.p[lx->pos]) && !(right_delim_at(lx, lx->pos, &len, &trim) && trim))
    lx->pos++;
  take(lx, LF_TMPL_TOKEN_SPACE);
}

/* One character that is a token, or the start of one that is told by it. */
static void
lex_sign(Lexer *lx, char c)
{
  switch (c) {
  case '=':
    take(lx, LF_TMPL_TOKEN_ASSIGN);
    return;
  case ':':
    if (accept(lx, "="))
      take(lx, LF_TMPL_TOKEN_DECLARE);
    else
      fail(lx, lx->start, "expected :=");
    return;
  case '|':
    take(lx, LF_TMPL_TOKEN_PIPE);
    return;
  case '"':
    lex_quoted(lx, '"', LF_TMPL_TOKEN_STRING);
    return;
  case '`':
    lex_quoted(lx, '`', LF_TMPL_TOKEN_RAW_STRING);
    return;
  case '\'':
    lex_quoted(lx, '\'', LF_TMPL_TOKEN_CHAR_CONSTANT);
    return;
  case '$':
    lex_name(lx, LF_TMPL_TOKEN_VARIABLE);
    return;
  case '(':
    lx->parens++;
    take(lx, LF_TMPL_TOKEN_LEFT_PAREN);
    return;
  case ')':
    if (--lx->parens < 0)
      fail(lx, lx->start, "unexpected right paren");
    else
      take(lx, LF_TMPL_TOKEN_RIGHT_PAREN);
    return;
  default:
    if (g_ascii_isprint(c))
      take(lx, LF_TMPL_TOKEN_CHAR);
    else
      fail(lx, lx->start, "unexpected character in action");
  }
}

/* The next token of an action. Returns: whether the action goes on. */
static gboolean
lex_action(Lexer *lx)
{
  gsize len;
  gboolean trim;
  if (right_delim_at(lx, lx->pos, &len, &trim)) {
    if (lx->parens > 0) {
      fail(lx, lx->pos, "unclosed left paren");
      return FALSE;
    }
    push(lx, LF_TMPL_TOKEN_RIGHT_DELIM, lx->pos, lx->right);
    skip_right_delim(lx, len, trim);
    return FALSE;
  }
  if (lx->pos >= lx->text.len) {
    fail(lx, lx->action_at, "unclosed action");
    return FALSE;
  }
  char c = lx->text.p[lx->pos];
  gsize rune_len;
  if (is_space(c)) {
    lex_space(lx);
  } else if (c == '.' && lx->pos + 1 < lx->text.len && !g_ascii_isdigit(lx->text.p[lx->pos + 1])) {
    lx->pos++;
    lex_name(lx, LF_TMPL_TOKEN_FIELD);
  } else if (c == '.' || c == '+' || c == '-' || g_ascii_isdigit(c)) {
    lex_number(lx);
  } else if (is_alphanumeric(lf_tmpl_rune(lx->text.p + lx->pos, lx->text.p + lx->text.len, &rune_len))) {
    lex_name(lx, LF_TMPL_TOKEN_IDENTIFIER);
  } else {
    lx->pos++;
    lex_sign(lx, c);
  }
  return !lx->done;
}

GArray *
lf_tmpl_lex(LfSlice text, LfTemplateDelims delims)
{
  Lexer lx = {
      .text = text,
      .left = delims.left.len > 0 ? delims.left : LF_SLICE_LIT("{{"),
      .right = delims.right.len > 0 ? delims.right : LF_SLICE_LIT("}}"),
      .tokens = g_array_new(FALSE, FALSE, sizeof(LfTmplToken)),
  };
  while (!lx.done)
    if (lex_text(&lx))
      while (lex_action(&lx))
        continue;
  return lx.tokens;
}
