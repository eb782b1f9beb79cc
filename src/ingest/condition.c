/* A processor's `if`: comparisons of fields. */
#include "ingest/condition.h"

#include "base/number.h"
#include "ingest/doc.h"

G_DEFINE_QUARK(lf_condition_error_quark, lf_condition_error)

typedef enum { OP_VALUE, OP_FIELD, OP_NOT, OP_AND, OP_OR, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE } Op;

typedef struct {
  LfSlice name;
  gboolean null_safe; /* ?. : null where what it is looked up in is null */
} FieldPart;

struct LfCondition {
  Op op;
  LfValue value; /* OP_VALUE */
  FieldPart *parts; /* OP_FIELD */
  guint n_parts;
  const LfCondition *left;
  const LfCondition *right;
};

typedef struct {
  LfArena *arena;
  const char *p;
  const char *end;
  GError **error;
} Parser;

static LfCondition *parse_or(Parser *c, int depth);

static LfCondition *
refuse(Parser *c)
{
  int n = (int)MIN((gsize)(c->end - c->p), 40);
  if (c->p == c->end)
    g_set_error(c->error, LF_CONDITION_ERROR, LF_CONDITION_ERROR_SYNTAX, "unexpected end of script");
  else
    g_set_error(c->error, LF_CONDITION_ERROR, LF_CONDITION_ERROR_REFUSED,
                "if: only comparisons of fields are there yet, not \"%.*s\"", n, c->p);
  return NULL;
}

static void
skip_space(Parser *c)
{
  while (c->p < c->end && g_ascii_isspace(*c->p))
    c->p++;
}

static gboolean
take(Parser *c, const char *token)
{
  gsize n = strlen(token);
  skip_space(c);
  if ((gsize)(c->end - c->p) < n || memcmp(c->p, token, n) != 0)
    return FALSE;
  if (g_ascii_isalpha(token[0]) && c->p + n < c->end && (g_ascii_isalnum(c->p[n]) || c->p[n] == '_'))
    return FALSE;
  c->p += n;
  return TRUE;
}

static LfCondition *
node(Parser *c, Op op, const LfCondition *left, const LfCondition *right)
{
  LfCondition *n = lf_arena_alloc0(c->arena, sizeof *n);
  n->op = op;
  n->left = left;
  n->right = right;
  return n;
}

static LfCondition *
literal(Parser *c, LfValue value)
{
  LfCondition *n = node(c, OP_VALUE, NULL, NULL);
  n->value = value;
  return n;
}

/* A text in single or double quotes; a backslash stands before a backslash or the quote. */
static gboolean
parse_text(Parser *c, LfSlice *out)
{
  g_auto(LfBuf) text = {0};
  char quote = *c->p++;
  for (; c->p < c->end && *c->p != quote; c->p++) {
    if (*c->p == '\\') {
      if (c->end - c->p < 2 || (c->p[1] != '\\' && c->p[1] != quote))
        break;
      c->p++;
    }
    lf_buf_append_char(&text, *c->p);
  }
  if (c->p == c->end || *c->p != quote) {
    g_set_error(c->error, LF_CONDITION_ERROR, LF_CONDITION_ERROR_SYNTAX, "a text is not closed");
    return FALSE;
  }
  c->p++;
  *out = lf_arena_dup(c->arena, lf_buf_slice(&text));
  return TRUE;
}

static LfCondition *
parse_number(Parser *c)
{
  const char *start = c->p;
  if (*c->p == '-')
    c->p++;
  while (c->p < c->end && (g_ascii_isdigit(*c->p) || *c->p == '.'))
    c->p++;
  LfSlice text = lf_slice(start, (gsize)(c->p - start));
  gint64 i;
  if (lf_number_parse_int(text, &i) && i >= G_MININT32 && i <= G_MAXINT32)
    return literal(c, lf_value_int(i));
  if (lf_number_parse_int(text, &i) && c->p < c->end && (*c->p == 'L' || *c->p == 'l')) {
    c->p++;
    return literal(c, lf_value_int(i));
  }
  if (memchr(text.p, '.', text.len) != NULL && text.p[text.len - 1] != '.')
    return literal(c, lf_value_double(lf_number_parse_double(text)));
  c->p = start;
  return refuse(c);
}

static void
add_part(Parser *c, LfCondition *field, LfSlice name, gboolean null_safe)
{
  field->parts = lf_arena_grow(c->arena, field->parts, field->n_parts * sizeof(FieldPart),
                               (field->n_parts + 1) * sizeof(FieldPart));
  field->parts[field->n_parts++] = (FieldPart){name, null_safe};
}

static LfCondition *
parse_field(Parser *c)
{
  LfCondition *field = node(c, OP_FIELD, NULL, NULL);
  for (;;) {
    gboolean null_safe = take(c, "?.");
    if (null_safe || take(c, ".")) {
      skip_space(c);
      const char *start = c->p;
      while (c->p < c->end && (g_ascii_isalnum(*c->p) || *c->p == '_'))
        c->p++;
      if (c->p == start || field->n_parts >= LF_DEPTH_MAX)
        return refuse(c);
      add_part(c, field, lf_arena_dup(c->arena, lf_slice(start, (gsize)(c->p - start))), null_safe);
      skip_space(c);
      if (c->p < c->end && *c->p == '(')
        return refuse(c);
    } else if (take(c, "[")) {
      LfSlice name;
      skip_space(c);
      if (c->p == c->end || (*c->p != '\'' && *c->p != '"') || field->n_parts >= LF_DEPTH_MAX)
        return refuse(c);
      if (!parse_text(c, &name))
        return NULL;
      add_part(c, field, name, FALSE);
      if (!take(c, "]"))
        return refuse(c);
    } else {
      return field;
    }
  }
}

static LfCondition *
parse_primary(Parser *c, int depth)
{
  LfSlice text;
  if (take(c, "(")) {
    LfCondition *inner = parse_or(c, depth + 1);
    if (inner == NULL)
      return NULL;
    return take(c, ")") ? inner : refuse(c);
  }
  if (take(c, "ctx"))
    return parse_field(c);
  if (take(c, "null"))
    return literal(c, lf_value_null());
  if (take(c, "true"))
    return literal(c, lf_value_bool(TRUE));
  if (take(c, "false"))
    return literal(c, lf_value_bool(FALSE));
  skip_space(c);
  if (c->p < c->end && (*c->p == '\'' || *c->p == '"'))
    return parse_text(c, &text) ? literal(c, lf_value_string(text)) : NULL;
  if (c->p < c->end && (g_ascii_isdigit(*c->p) || *c->p == '-'))
    return parse_number(c);
  return refuse(c);
}

static LfCondition *
parse_unary(Parser *c, int depth)
{
  if (depth > LF_DEPTH_MAX)
    return refuse(c);
  skip_space(c);
  if (c->p < c->end && *c->p == '!' && !(c->p + 1 < c->end && c->p[1] == '=')) {
    c->p++;
    LfCondition *inner = parse_unary(c, depth + 1);
    return inner != NULL ? node(c, OP_NOT, inner, NULL) : NULL;
  }
  return parse_primary(c, depth);
}

/* The operators of a level, longer ones before their prefixes. */
typedef struct {
  const char *token;
  Op op;
} Operator;

static LfCondition *
parse_binary(Parser *c, int level, int depth)
{
  static const Operator levels[][5] = {
      {{"||", OP_OR}},
      {{"&&", OP_AND}},
      {{"===", OP_EQ}, {"!==", OP_NE}, {"==", OP_EQ}, {"!=", OP_NE}},
      {{"<=", OP_LE}, {">=", OP_GE}, {"<", OP_LT}, {">", OP_GT}},
  };
  if (level == (int)G_N_ELEMENTS(levels))
    return parse_unary(c, depth);
  LfCondition *left = parse_binary(c, level + 1, depth);
  while (left != NULL) {
    const Operator *o = levels[level];
    while (o->token != NULL && !take(c, o->token))
      o++;
    if (o->token == NULL)
      break;
    LfCondition *right = parse_binary(c, level + 1, depth);
    left = right != NULL ? node(c, o->op, left, right) : NULL;
  }
  return left;
}

static LfCondition *
parse_or(Parser *c, int depth)
{
  return depth > LF_DEPTH_MAX ? refuse(c) : parse_binary(c, 0, depth);
}

LfCondition *
lf_condition_compile(LfArena *arena, LfSlice source, GError **error)
{
  LfSlice text = lf_arena_dup(arena, source);
  Parser c = {.arena = arena, .p = text.p, .end = text.p + text.len, .error = error};
  take(&c, "return");
  LfCondition *root = parse_or(&c, 0);
  if (root == NULL)
    return NULL;
  take(&c, ";");
  skip_space(&c);
  return c.p == c.end ? root : refuse(&c);
}

static gboolean
throw(LfIngestDoc *doc)
{
  return lf_doc_fail(doc, "script_exception", "runtime error");
}

static gboolean
eval_field(const LfCondition *n, LfIngestDoc *doc, LfValue *out)
{
  const LfValue *at = &doc->source;
  static const LfValue null_value = {.type = LF_TYPE_NULL};
  for (guint i = 0; i < n->n_parts; i++) {
    LfSlice name = n->parts[i].name;
    if (at->type == LF_TYPE_NULL) {
      if (!n->parts[i].null_safe)
        return throw(doc);
      continue;
    }
    if (at->type != LF_TYPE_OBJECT)
      return throw(doc);
    const LfValue *next = lf_object_get(at, name);
    if (next == NULL && i == 0)
      next = lf_object_get(&doc->meta, name);
    if (next == NULL && i == 0 && lf_slice_is(name, "_ingest"))
      next = &doc->ingest;
    at = next != NULL ? next : &null_value;
  }
  *out = *at;
  return TRUE;
}

static gboolean eval(const LfCondition *n, LfIngestDoc *doc, LfValue *out);

static gboolean
eval_bool(const LfCondition *n, LfIngestDoc *doc, gboolean *out)
{
  LfValue v;
  if (!eval(n, doc, &v))
    return FALSE;
  if (v.type != LF_TYPE_BOOL)
    return throw(doc);
  *out = v.b;
  return TRUE;
}

static gboolean
eval_order(Op op, const LfValue *a, const LfValue *b, LfIngestDoc *doc, LfValue *out)
{
  if (!lf_value_is_number(a) || !lf_value_is_number(b))
    return throw(doc);
  double x = lf_value_as_double(a), y = lf_value_as_double(b);
  if (a->type == LF_TYPE_INT && b->type == LF_TYPE_INT) { /* beyond 2^53 doubles would not tell them apart */
    gint64 d = (a->i > b->i) - (a->i < b->i);
    x = (double)d;
    y = 0;
  }
  *out = lf_value_bool(op == OP_LT ? x < y : op == OP_LE ? x <= y : op == OP_GT ? x > y : x >= y);
  return TRUE;
}

static gboolean
eval(const LfCondition *n, LfIngestDoc *doc, LfValue *out)
{
  gboolean left = FALSE, right = FALSE;
  LfValue a, b;
  switch (n->op) {
  case OP_VALUE:
    *out = n->value;
    return TRUE;
  case OP_FIELD:
    return eval_field(n, doc, out);
  case OP_NOT:
    if (!eval_bool(n->left, doc, &left))
      return FALSE;
    *out = lf_value_bool(!left);
    return TRUE;
  case OP_AND:
  case OP_OR:
    if (!eval_bool(n->left, doc, &left))
      return FALSE;
    if (left == (n->op == OP_AND) && !eval_bool(n->right, doc, &right))
      return FALSE;
    *out = lf_value_bool(left == (n->op == OP_AND) ? right : left);
    return TRUE;
  case OP_EQ:
  case OP_NE:
    if (!eval(n->left, doc, &a) || !eval(n->right, doc, &b))
      return FALSE;
    *out = lf_value_bool(lf_value_equal(&a, &b) == (n->op == OP_EQ));
    return TRUE;
  default:
    return eval(n->left, doc, &a) && eval(n->right, doc, &b) && eval_order(n->op, &a, &b, doc, out);
  }
}

gboolean
lf_condition_run(const LfCondition *condition, LfIngestDoc *doc, gboolean *result)
{
  return eval_bool(condition, doc, result);
}
