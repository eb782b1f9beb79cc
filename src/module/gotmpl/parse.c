/* Go templates: from tokens to the tree. */
#include "module/gotmpl/impl.h"

#include <stdarg.h>

typedef struct {
  LfTemplate *t;
  LfArena *arena;
  const LfTmplToken *tokens;
  guint n_tokens;
  guint i;      /* the next token */
  GArray *vars; /* LfSlice: variables that are known here */
  int loops;    /* loops around here, within the definition at hand */
  int depth;
  GError **error;
} Parser;

/* What ended a list of nodes. */
typedef enum { STOP_ERROR, STOP_EOF, STOP_END, STOP_ELSE } Stop;

static void fail_at(Parser *p, guint32 at, const char *format, ...) G_GNUC_PRINTF(3, 4);
static LfTmplPipe *parse_pipe(Parser *p, const char *context, LfTmplTokenType end);
static Stop parse_list(Parser *p, LfTmplNode **list);

LfPlace
lf_tmpl_place(const LfTemplate *t, gsize offset)
{
  LfPlace place = t->place;
  place.line = MAX(place.line, 1);
  place.column = MAX(place.column, 1);
  for (gsize i = 0; i < offset && i < t->text.len; i++) {
    if (t->text.p[i] == '\n') {
      place.line++;
      place.column = 1;
    } else if (((guint8)t->text.p[i] & 0xc0) != 0x80) {
      place.column++;
    }
  }
  return place;
}

LfTmplDefinition *
lf_tmpl_lookup(const LfTemplate *t, LfSlice name)
{
  LfTmplDefinition *d = t->definitions;
  while (d != NULL && !lf_slice_equal(d->name, name))
    d = d->next;
  return d;
}

static const LfTmplToken *
peek(const Parser *p)
{
  return &p->tokens[MIN(p->i, p->n_tokens - 1)];
}

static const LfTmplToken *
next(Parser *p)
{
  const LfTmplToken *token = peek(p);
  p->i++;
  return token;
}

static const LfTmplToken *
peek_past_space(Parser *p)
{
  while (peek(p)->type == LF_TMPL_TOKEN_SPACE)
    p->i++;
  return peek(p);
}

static const LfTmplToken *
next_past_space(Parser *p)
{
  peek_past_space(p);
  return next(p);
}

static void
fail_at(Parser *p, guint32 at, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  lf_place_error(p->error, lf_tmpl_place(p->t, at), LF_CONFIG_ERROR_INVALID, "%s", text);
}

/* At most 40 bytes of the template for a message, as a Go literal. Returns: (transfer full). */
static char *
excerpt(LfSlice s)
{
  g_auto(LfBuf) buf = {0};
  lf_tmpl_quote(&buf, lf_slice(s.p, MIN(s.len, 40)), FALSE);
  if (s.len > 40)
    lf_buf_append_str(&buf, "...");
  return lf_buf_steal(&buf);
}

static void
fail_unexpected(Parser *p, const LfTmplToken *token, const char *context)
{
  g_autofree char *what = excerpt(token->text);
  if (token->type == LF_TMPL_TOKEN_ERROR)
    fail_at(p, token->at, "%.*s", (int)token->text.len, token->text.p);
  else if (token->type == LF_TMPL_TOKEN_EOF)
    fail_at(p, token->at, "unexpected end of the template in %s: an {{end}} is missing", context);
  else
    fail_at(p, token->at, "unexpected %s in %s", what, context);
}

/* Takes a right delimiter. */
static gboolean
expect_close(Parser *p, const char *context)
{
  const LfTmplToken *token = next_past_space(p);
  if (token->type == LF_TMPL_TOKEN_RIGHT_DELIM)
    return TRUE;
  fail_unexpected(p, token, context);
  return FALSE;
}

static gboolean
deeper(Parser *p, guint32 at)
{
  if (++p->depth <= LF_DEPTH_MAX)
    return TRUE;
  fail_at(p, at, "nested deeper than %d levels", LF_DEPTH_MAX);
  return FALSE;
}

static gboolean
is_known_var(const Parser *p, LfSlice name)
{
  for (guint i = 0; i < p->vars->len; i++)
    if (lf_slice_equal(g_array_index(p->vars, LfSlice, i), name))
      return TRUE;
  return FALSE;
}

static gboolean
unquote(Parser *p, const LfTmplToken *token, LfSlice *out)
{
  if (lf_tmpl_unquote(p->arena, token->text, out))
    return TRUE;
  g_autofree char *what = excerpt(token->text);
  fail_at(p, token->at, "%s is no valid string literal", what);
  return FALSE;
}

static gboolean
parse_number(Parser *p, const LfTmplToken *token, LfTmplOperand *op)
{
  const char *wrong = lf_tmpl_number(token->type, token->text, &op->value, &op->overflow);
  if (wrong == NULL)
    return TRUE;
  g_autofree char *what = excerpt(token->text);
  fail_at(p, token->at, "%s: %s", wrong, what);
  return FALSE;
}

static gboolean
parse_function(Parser *p, const LfTmplToken *token, LfTmplOperand *op)
{
  op->type = LF_TMPL_OPERAND_FUNCTION;
  op->func = lf_tmpl_function(token->text);
  if (op->func != NULL)
    return TRUE;
  g_autofree char *what = excerpt(token->text);
  fail_at(p, token->at, "function %s is not defined", what);
  return FALSE;
}

static gboolean
parse_variable(Parser *p, const LfTmplToken *token, LfTmplOperand *op)
{
  op->type = LF_TMPL_OPERAND_VARIABLE;
  op->name = token->text;
  if (is_known_var(p, token->text))
    return TRUE;
  g_autofree char *what = excerpt(token->text);
  fail_at(p, token->at, "undefined variable %s", what);
  return FALSE;
}

/* Room for one more behind `n` elements; the room doubles each time that `n` is a power of two. */
static void *
room_for_one(LfArena *arena, void *elements, guint n, gsize size)
{
  if ((n & (n - 1)) != 0)
    return elements;
  return lf_arena_grow(arena, elements, n * size, MAX(n * 2, 1) * size);
}

static void
add_field(Parser *p, LfTmplOperand *op, LfSlice token)
{
  op->fields = room_for_one(p->arena, op->fields, op->n_fields, sizeof *op->fields);
  op->fields[op->n_fields++] = lf_slice(token.p + 1, token.len - 1);
}

/* What an operand begins with. Returns: FALSE on error; `*found` tells whether there is a term at all. */
static gboolean
parse_term(Parser *p, LfTmplOperand *op, gboolean *found)
{
  const LfTmplToken *token = next_past_space(p);
  *op = (LfTmplOperand){.at = token->at, .value = {.kind = LF_TMPL_KIND_INVALID}};
  *found = TRUE;
  switch (token->type) {
  case LF_TMPL_TOKEN_IDENTIFIER:
    return parse_function(p, token, op);
  case LF_TMPL_TOKEN_DOT:
    op->type = LF_TMPL_OPERAND_DOT;
    return TRUE;
  case LF_TMPL_TOKEN_FIELD:
    op->type = LF_TMPL_OPERAND_DOT;
    add_field(p, op, token->text);
    return TRUE;
  case LF_TMPL_TOKEN_NIL:
    op->type = LF_TMPL_OPERAND_NIL;
    return TRUE;
  case LF_TMPL_TOKEN_VARIABLE:
    return parse_variable(p, token, op);
  case LF_TMPL_TOKEN_BOOL:
    op->value = lf_tmpl_bool(token->text.p[0] == 't');
    return TRUE;
  case LF_TMPL_TOKEN_CHAR_CONSTANT:
  case LF_TMPL_TOKEN_NUMBER:
  case LF_TMPL_TOKEN_COMPLEX:
    return parse_number(p, token, op);
  case LF_TMPL_TOKEN_STRING:
  case LF_TMPL_TOKEN_RAW_STRING:
    op->value.kind = LF_TMPL_KIND_STRING;
    return unquote(p, token, &op->value.s);
  case LF_TMPL_TOKEN_LEFT_PAREN:
    op->type = LF_TMPL_OPERAND_PIPE;
    if (!deeper(p, token->at))
      return FALSE;
    op->pipe = parse_pipe(p, "parentheses", LF_TMPL_TOKEN_RIGHT_PAREN);
    p->depth--;
    return op->pipe != NULL;
  default:
    p->i--;
    *found = FALSE;
    return TRUE;
  }
}

/* A term and the fields that follow it without a space. */
static gboolean
parse_operand(Parser *p, LfTmplOperand *op, gboolean *found)
{
  guint first = p->i;
  if (!parse_term(p, op, found) || !*found)
    return *found == FALSE;
  gboolean bare_dot = op->type == LF_TMPL_OPERAND_DOT && op->n_fields == 0;
  const LfTmplToken *field = peek(p);
  if (field->type == LF_TMPL_TOKEN_FIELD &&
      (bare_dot || op->type == LF_TMPL_OPERAND_CONSTANT || op->type == LF_TMPL_OPERAND_NIL)) {
    g_autofree char *what = excerpt(p->tokens[first].text);
    fail_at(p, field->at, "unexpected . after %s", what);
    return FALSE;
  }
  while (peek(p)->type == LF_TMPL_TOKEN_FIELD)
    add_field(p, op, next(p)->text);
  const LfTmplToken *last = &p->tokens[p->i - 1];
  op->end = (guint32)(last->at + last->text.len);
  return TRUE;
}

/* Operands up to a pipe sign, which is taken, or to what closes the pipeline, which is not. */
static LfTmplCommand *
parse_command(Parser *p)
{
  LfTmplCommand *cmd = lf_arena_alloc0(p->arena, sizeof *cmd);
  cmd->at = peek_past_space(p)->at;
  for (;;) {
    LfTmplOperand op;
    gboolean found = TRUE;
    peek_past_space(p);
    if (!parse_operand(p, &op, &found))
      return NULL;
    if (found) {
      cmd->args = room_for_one(p->arena, cmd->args, cmd->n_args, sizeof op);
      cmd->args[cmd->n_args++] = op;
      cmd->end = op.end;
    }
    const LfTmplToken *token = next(p);
    if (token->type == LF_TMPL_TOKEN_SPACE)
      continue;
    if (token->type == LF_TMPL_TOKEN_RIGHT_DELIM || token->type == LF_TMPL_TOKEN_RIGHT_PAREN) {
      p->i--;
    } else if (token->type != LF_TMPL_TOKEN_PIPE) {
      fail_unexpected(p, token, "operand");
      return NULL;
    }
    break;
  }
  g_assert(cmd->n_args > 0); /* parse_pipe looks before it calls */
  return cmd;
}

/* The variables that a pipeline sets. In `range $i, $e := …` the comma is allowed, elsewhere not. */
static gboolean
parse_decls(Parser *p, LfTmplPipe *pipe, gboolean range)
{
  while (peek_past_space(p)->type == LF_TMPL_TOKEN_VARIABLE) {
    guint at_var = p->i;
    const LfTmplToken *var = next(p);
    const LfTmplToken *sign = peek_past_space(p);
    gboolean comma = sign->type == LF_TMPL_TOKEN_CHAR && lf_slice_is(sign->text, ",");
    if (!comma && sign->type != LF_TMPL_TOKEN_ASSIGN && sign->type != LF_TMPL_TOKEN_DECLARE) {
      p->i = at_var; /* an argument, after all */
      return TRUE;
    }
    next(p);
    if (comma && (!range || pipe->n_decls > 0)) {
      fail_at(p, sign->at, "too many declarations");
      return FALSE;
    }
    pipe->decls[pipe->n_decls++] = var->text;
    g_array_append_val(p->vars, var->text);
    if (!comma) {
      pipe->assign = sign->type == LF_TMPL_TOKEN_ASSIGN;
      return TRUE;
    }
    LfTmplTokenType after = peek_past_space(p)->type;
    if (after != LF_TMPL_TOKEN_VARIABLE && after != LF_TMPL_TOKEN_RIGHT_DELIM && after != LF_TMPL_TOKEN_RIGHT_PAREN) {
      fail_at(p, peek(p)->at, "range can only set variables");
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
starts_operand(LfTmplTokenType type)
{
  switch (type) {
  case LF_TMPL_TOKEN_BOOL:
  case LF_TMPL_TOKEN_CHAR_CONSTANT:
  case LF_TMPL_TOKEN_COMPLEX:
  case LF_TMPL_TOKEN_DOT:
  case LF_TMPL_TOKEN_FIELD:
  case LF_TMPL_TOKEN_IDENTIFIER:
  case LF_TMPL_TOKEN_NUMBER:
  case LF_TMPL_TOKEN_NIL:
  case LF_TMPL_TOKEN_RAW_STRING:
  case LF_TMPL_TOKEN_STRING:
  case LF_TMPL_TOKEN_VARIABLE:
  case LF_TMPL_TOKEN_LEFT_PAREN:
    return TRUE;
  default:
    return FALSE;
  }
}

/* Whether a command can take the value that the pipe brings: a constant, nil or a dot cannot. */
static gboolean
is_executable(const LfTmplCommand *cmd)
{
  const LfTmplOperand *op = &cmd->args[0];
  return op->type != LF_TMPL_OPERAND_CONSTANT && op->type != LF_TMPL_OPERAND_NIL &&
         !(op->type == LF_TMPL_OPERAND_DOT && op->n_fields == 0);
}

/* A pipeline with what closes it. */
static LfTmplPipe *
parse_pipe(Parser *p, const char *context, LfTmplTokenType end)
{
  LfTmplPipe *pipe = lf_arena_alloc0(p->arena, sizeof *pipe);
  LfTmplCommand **tail = &pipe->commands;
  pipe->at = peek_past_space(p)->at;
  if (!parse_decls(p, pipe, g_str_equal(context, "range")))
    return NULL;
  while (peek_past_space(p)->type != end) {
    if (!starts_operand(peek(p)->type)) {
      fail_unexpected(p, peek(p), context);
      return NULL;
    }
    LfTmplCommand *cmd = parse_command(p);
    if (cmd == NULL)
      return NULL;
    if (tail != &pipe->commands && !is_executable(cmd)) {
      fail_at(p, cmd->at, "a constant, nil or . cannot take the value of a pipe");
      return NULL;
    }
    *tail = cmd;
    tail = &cmd->next;
    pipe->end = cmd->end;
  }
  if (pipe->commands == NULL) {
    fail_at(p, peek(p)->at, "missing value for %s", context);
    return NULL;
  }
  next(p);
  return pipe;
}

static LfTmplNode *
new_node(Parser *p, LfTmplNodeType type, const LfTmplToken *token)
{
  LfTmplNode *node = lf_arena_alloc0(p->arena, sizeof *node);
  node->type = type;
  node->at = token->at;
  node->end = (guint32)(token->at + token->text.len);
  node->text = token->text;
  return node;
}

/* The bodies of if, with and range; the keyword is behind us. */
static LfTmplNode *
parse_control(Parser *p, LfTmplNodeType type, const LfTmplToken *keyword)
{
  const char *context = type == LF_TMPL_NODE_IF ? "if" : type == LF_TMPL_NODE_WITH ? "with" : "range";
  guint n_vars = p->vars->len;
  LfTmplNode *first = new_node(p, type, keyword), *node = first;
  for (;;) {
    node->pipe = parse_pipe(p, context, LF_TMPL_TOKEN_RIGHT_DELIM);
    if (node->pipe == NULL)
      return NULL;
    p->loops += type == LF_TMPL_NODE_RANGE;
    Stop stop = parse_list(p, &node->body);
    p->loops -= type == LF_TMPL_NODE_RANGE;
    if (stop == STOP_END)
      break;
    if (stop == STOP_ERROR)
      return NULL;
    const LfTmplToken *token = peek(p);
    if ((type == LF_TMPL_NODE_IF && token->type == LF_TMPL_TOKEN_IF) ||
        (type == LF_TMPL_NODE_WITH && token->type == LF_TMPL_TOKEN_WITH)) {
      node->chained = TRUE;
      node->otherwise = new_node(p, type, next(p));
      node = node->otherwise;
      continue;
    }
    stop = parse_list(p, &node->otherwise);
    if (stop == STOP_ELSE)
      fail_at(p, p->tokens[p->i - 1].at, "a second {{else}} of the same %s", context);
    if (stop != STOP_END)
      return NULL;
    break;
  }
  g_array_set_size(p->vars, n_vars);
  return first;
}

/* Whether a list of nodes is nothing but white space. */
static gboolean
is_empty(const LfTmplNode *list)
{
  for (; list != NULL; list = list->next) {
    if (list->type != LF_TMPL_NODE_TEXT)
      return FALSE;
    const char *s = list->text.p, *end = s + list->text.len;
    for (gsize len; s < end; s += len) {
      gunichar c = lf_tmpl_rune(s, end, &len);
      if (!g_unichar_isspace(c) && c != '\v' && c != 0x85)
        return FALSE;
    }
  }
  return TRUE;
}

/* Adds a definition. One that is empty gives way to another; two that are not are an error. */
static gboolean
define(Parser *p, guint32 at, LfSlice name, LfTmplNode *body)
{
  LfTmplDefinition *d = lf_tmpl_lookup(p->t, name);
  if (d == NULL) {
    d = lf_arena_alloc(p->arena, sizeof *d);
    *d = (LfTmplDefinition){.name = name, .body = body, .next = p->t->definitions};
    p->t->definitions = d;
  } else if (is_empty(d->body)) {
    d->body = body;
  } else if (!is_empty(body)) {
    g_autofree char *what = excerpt(name);
    fail_at(p, at, "template %s is defined twice", what);
    return FALSE;
  }
  return TRUE;
}

/* The body of a define or block, which sees no variable but $ and no loop around it. */
static gboolean
parse_definition(Parser *p, guint32 at, LfSlice name, const char *context)
{
  LfTmplNode *body = NULL;
  GArray *outer_vars = p->vars;
  int outer_loops = p->loops;
  LfSlice dollar = LF_SLICE_LIT("$");
  p->vars = g_array_new(FALSE, FALSE, sizeof(LfSlice));
  g_array_append_val(p->vars, dollar);
  p->loops = 0;
  Stop stop = parse_list(p, &body);
  g_array_unref(p->vars);
  p->vars = outer_vars;
  p->loops = outer_loops;
  if (stop == STOP_ELSE)
    fail_at(p, p->tokens[p->i - 1].at, "unexpected {{else}} in %s", context);
  return stop == STOP_END && define(p, at, name, body);
}

/* {{define "name"}} … {{end}}; the keyword is behind us. */
static gboolean
parse_define(Parser *p)
{
  const LfTmplToken *token = next_past_space(p);
  LfSlice name;
  if (token->type != LF_TMPL_TOKEN_STRING && token->type != LF_TMPL_TOKEN_RAW_STRING) {
    fail_unexpected(p, token, "define");
    return FALSE;
  }
  return unquote(p, token, &name) && expect_close(p, "define") && parse_definition(p, token->at, name, "define");
}

/* {{template "name" pipeline}} and {{block "name" pipeline}} … {{end}}; the keyword is behind us. */
static LfTmplNode *
parse_template(Parser *p, const LfTmplToken *keyword)
{
  gboolean block = keyword->type == LF_TMPL_TOKEN_BLOCK;
  const char *context = block ? "block" : "template";
  LfTmplNode *node = new_node(p, LF_TMPL_NODE_TEMPLATE, keyword);
  const LfTmplToken *token = next_past_space(p);
  if (token->type != LF_TMPL_TOKEN_STRING && token->type != LF_TMPL_TOKEN_RAW_STRING) {
    fail_unexpected(p, token, context);
    return NULL;
  }
  node->at = token->at;
  node->end = (guint32)(token->at + token->text.len);
  if (!unquote(p, token, &node->text))
    return NULL;
  if (!block && peek_past_space(p)->type == LF_TMPL_TOKEN_RIGHT_DELIM) {
    next(p);
    return node;
  }
  node->pipe = parse_pipe(p, context, LF_TMPL_TOKEN_RIGHT_DELIM);
  if (node->pipe == NULL || (block && !parse_definition(p, token->at, node->text, context)))
    return NULL;
  return node;
}

/* {{break}} and {{continue}}. */
static LfTmplNode *
parse_jump(Parser *p, const LfTmplToken *keyword)
{
  gboolean is_break = keyword->type == LF_TMPL_TOKEN_BREAK;
  const char *word = is_break ? "break" : "continue";
  if (!expect_close(p, word))
    return NULL;
  if (p->loops > 0)
    return new_node(p, is_break ? LF_TMPL_NODE_BREAK : LF_TMPL_NODE_CONTINUE, keyword);
  fail_at(p, keyword->at, "{{%s}} outside {{range}}", word);
  return NULL;
}

/* {{else}}, or the start of {{else if …}} and {{else with …}}, whose keyword is left for parse_control. */
static Stop
parse_else(Parser *p)
{
  LfTmplTokenType after = peek_past_space(p)->type;
  if (after == LF_TMPL_TOKEN_IF || after == LF_TMPL_TOKEN_WITH)
    return STOP_ELSE;
  return expect_close(p, "else") ? STOP_ELSE : STOP_ERROR;
}

static LfTmplNode *
parse_node(Parser *p, const LfTmplToken *token)
{
  switch (token->type) {
  case LF_TMPL_TOKEN_BLOCK:
  case LF_TMPL_TOKEN_TEMPLATE:
    return parse_template(p, token);
  case LF_TMPL_TOKEN_BREAK:
  case LF_TMPL_TOKEN_CONTINUE:
    return parse_jump(p, token);
  case LF_TMPL_TOKEN_IF:
    return parse_control(p, LF_TMPL_NODE_IF, token);
  case LF_TMPL_TOKEN_WITH:
    return parse_control(p, LF_TMPL_NODE_WITH, token);
  case LF_TMPL_TOKEN_RANGE:
    return parse_control(p, LF_TMPL_NODE_RANGE, token);
  default: {
    LfTmplNode *node = new_node(p, LF_TMPL_NODE_ACTION, token);
    p->i--;
    node->pipe = parse_pipe(p, "command", LF_TMPL_TOKEN_RIGHT_DELIM);
    return node->pipe != NULL ? node : NULL;
  }
  }
}

/* One text or action. Returns: STOP_EOF where the list goes on with `*node`, else what ends it. */
static Stop
parse_item(Parser *p, LfTmplNode **node)
{
  const LfTmplToken *token = next_past_space(p);
  if (token->type == LF_TMPL_TOKEN_TEXT) {
    *node = new_node(p, LF_TMPL_NODE_TEXT, token);
    return STOP_EOF;
  }
  if (token->type != LF_TMPL_TOKEN_LEFT_DELIM) {
    fail_unexpected(p, token, "input");
    return STOP_ERROR;
  }
  token = next_past_space(p);
  if (token->type == LF_TMPL_TOKEN_END)
    return expect_close(p, "end") ? STOP_END : STOP_ERROR;
  if (token->type == LF_TMPL_TOKEN_ELSE)
    return parse_else(p);
  *node = parse_node(p, token);
  return *node != NULL ? STOP_EOF : STOP_ERROR;
}

/* Nodes up to the {{end}} or {{else}} of what is around them. */
static Stop
parse_list(Parser *p, LfTmplNode **list)
{
  LfTmplNode **tail = list;
  if (!deeper(p, peek(p)->at))
    return STOP_ERROR;
  Stop stop = STOP_EOF;
  while (stop == STOP_EOF) {
    LfTmplNode *node;
    if (peek_past_space(p)->type == LF_TMPL_TOKEN_EOF) {
      fail_unexpected(p, peek(p), "a block");
      return STOP_ERROR;
    }
    stop = parse_item(p, &node);
    if (stop == STOP_EOF) {
      *tail = node;
      tail = &node->next;
    }
  }
  p->depth--;
  return stop;
}

/* Whether a {{define}} is next, which is allowed at the top alone; its delimiter and keyword are taken then. */
static gboolean
take_define(Parser *p)
{
  guint before = p->i;
  if (next(p)->type == LF_TMPL_TOKEN_LEFT_DELIM && next_past_space(p)->type == LF_TMPL_TOKEN_DEFINE)
    return TRUE;
  p->i = before;
  return FALSE;
}

/* The whole text: what is outside of definitions becomes the one named "text". */
static gboolean
parse_top(Parser *p)
{
  LfTmplNode *list = NULL, **tail = &list;
  while (peek(p)->type != LF_TMPL_TOKEN_EOF) {
    if (take_define(p)) {
      if (!parse_define(p))
        return FALSE;
      continue;
    }
    LfTmplNode *node;
    guint32 at = peek(p)->at;
    Stop stop = parse_item(p, &node);
    if (stop == STOP_END || stop == STOP_ELSE)
      fail_at(p, at, "unexpected {{%s}}", stop == STOP_END ? "end" : "else");
    if (stop != STOP_EOF)
      return FALSE;
    *tail = node;
    tail = &node->next;
  }
  return define(p, 0, LF_SLICE_LIT("text"), list);
}

LfTemplate *
lf_template_parse(LfArena *arena, LfPlace place, LfSlice text, LfTemplateDelims delims, GError **error)
{
  if (text.len > LF_TEMPLATE_TEXT_MAX) {
    lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "the template is longer than %d bytes", LF_TEMPLATE_TEXT_MAX);
    return NULL;
  }
  LfTemplate *t = lf_arena_alloc0(arena, sizeof *t);
  *t = (LfTemplate){.place = place, .text = lf_arena_dup(arena, text)};
  g_autoptr(GArray) tokens = lf_tmpl_lex(t->text, delims);
  g_autoptr(GArray) vars = g_array_new(FALSE, FALSE, sizeof(LfSlice));
  LfSlice dollar = LF_SLICE_LIT("$");
  g_array_append_val(vars, dollar);
  Parser p = {
      .t = t,
      .arena = arena,
      .tokens = (const LfTmplToken *)(void *)tokens->data,
      .n_tokens = tokens->len,
      .vars = vars,
      .error = error,
  };
  return parse_top(&p) ? t : NULL;
}
