/* A string with variables, taken apart. */
#include "config/vartext.h"

#include "base/buf.h"
#include "value/value.h"

typedef struct {
  LfArena *arena;
  LfPlace place;
  const char *p;
  const char *end;
  GError **error;
} Parser;

/* Never shows the text: it may hold a secret. */
static gboolean
fail(Parser *z, const char *what)
{
  return lf_place_error(z->error, z->place, LF_CONFIG_ERROR_INVALID, "%s (a $ that is no variable is written $$)",
                        what);
}

static LfVarPiece *
add_piece(Parser *z, LfVarText *to)
{
  if (to->n == to->cap) {
    guint cap = MAX(to->cap * 2, 2);
    to->items = lf_arena_grow(z->arena, to->items, to->cap * sizeof *to->items, cap * sizeof *to->items);
    to->cap = cap;
  }
  to->items[to->n] = (LfVarPiece){0};
  return &to->items[to->n++];
}

/* Moves the text that was gathered into a piece. */
static void
flush(Parser *z, LfBuf *text, LfVarText *to)
{
  if (text->len == 0)
    return;
  add_piece(z, to)->text = lf_arena_dup(z->arena, lf_buf_slice(text));
  text->len = 0;
}

static gboolean parse_variable(Parser *z, LfVarPiece *piece, int depth);

/* Reads pieces until the end, or, within a variable, until one of `stops` (":}" or "}"), which stays. */
static gboolean
parse_pieces(Parser *z, LfVarText *to, const char *stops, int depth)
{
  g_auto(LfBuf) text = {0};
  for (; z->p < z->end; z->p++) {
    char c = *z->p, next = z->p + 1 < z->end ? z->p[1] : '\0';
    if (c != '\0' && strchr(stops, c) != NULL && (c != ':' || z->p + 1 < z->end))
      break;
    if (c == '$' && next == '{') {
      flush(z, &text, to);
      LfVarPiece piece = {0};
      z->p += 2;
      if (!parse_variable(z, &piece, depth + 1))
        return FALSE;
      *add_piece(z, to) = piece;
      z->p--;
      continue;
    }
    if (c == '$' && (next == '$' || next == '}'))
      c = *++z->p;
    lf_buf_append_char(&text, c);
  }
  flush(z, &text, to);
  return TRUE;
}

/* Behind "${"; ends behind "}". */
static gboolean
parse_variable(Parser *z, LfVarPiece *piece, int depth)
{
  if (depth > LF_DEPTH_MAX)
    return fail(z, "variables nested too deeply");
  if (!parse_pieces(z, &piece->left, ":}", depth))
    return FALSE;
  piece->kind = LF_VAR_PLAIN;
  if (z->p < z->end && *z->p == ':') {
    z->p++;
    piece->kind = *z->p == '?' ? LF_VAR_ERROR : *z->p == '+' ? LF_VAR_INSTEAD : LF_VAR_DEFAULT;
    if (piece->kind != LF_VAR_DEFAULT)
      z->p++;
    if (!parse_pieces(z, &piece->right, "}", depth))
      return FALSE;
  }
  if (z->p == z->end)
    return fail(z, "a variable without its closing }");
  if (piece->left.n == 0)
    return fail(z, "a variable without a name");
  z->p++;
  return TRUE;
}

gboolean
lf_vartext_parse(LfArena *arena, LfPlace place, LfSlice text, LfVarText *out, GError **error)
{
  Parser z = {arena, place, text.p, text.p + text.len, error};
  *out = (LfVarText){0};
  return parse_pieces(&z, out, "", 0);
}
