/* Go templates: running the tree. */
#include "module/gotmpl/impl.h"

#include <stdarg.h>
#include <stdlib.h>

typedef struct {
  LfSlice name;
  LfTmplValue value;
} Var;

typedef struct {
  const LfTemplate *t;
  LfTmplRun run;
  LfTmplPrinter printer; /* to the caller's buffer */
  GArray *vars;          /* Var: a stack; the innermost is last */
  guint frame;           /* where the variables of the running definition begin */
  int depth;
  guint steps;
  GError **error;
} Exec;

/* How a list of nodes ended. */
typedef enum { FLOW_ERROR, FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE } Flow;

/* Where an error is reported: the bytes of a command, an operand or a node. */
typedef struct {
  guint32 at, end;
} Span;

#define SPAN(node) ((Span){(node)->at, (node)->end})

static gboolean fail(Exec *e, Span span, LfConfigError code, const char *format, ...) G_GNUC_PRINTF(4, 5);
static Flow walk_list(Exec *e, const LfTmplValue *dot, const LfTmplNode *list);
static gboolean eval_pipe(Exec *e, const LfTmplValue *dot, const LfTmplPipe *pipe, LfTmplValue *out);

/* Sets the error, which shows the place and a part of the template. Returns FALSE. */
static gboolean
fail(Exec *e, Span span, LfConfigError code, const char *format, ...)
{
  enum { SHOWN = 60 };
  va_list ap;
  va_start(ap, format);
  g_autofree char *message = g_strdup_vprintf(format, ap);
  va_end(ap);
  g_autofree char *valid = g_utf8_make_valid(message, -1);
  g_auto(LfBuf) shown = {0};
  gsize len = span.end > span.at ? span.end - span.at : 0;
  lf_buf_append(&shown, e->t->text.p + span.at, MIN(len, SHOWN));
  g_autofree char *text = g_utf8_make_valid(shown.len > 0 ? shown.p : "", (gssize)shown.len);
  return lf_place_error(e->error, lf_tmpl_place(e->t, span.at), code, "<%s%s>: %s", g_strdelimit(text, "\r\n\t", ' '),
                        len > SHOWN ? "..." : "", valid);
}

static gboolean
deeper(Exec *e, Span span)
{
  if (++e->depth <= LF_DEPTH_MAX)
    return TRUE;
  return fail(e, span, LF_CONFIG_ERROR_INVALID, "nested deeper than %d levels", LF_DEPTH_MAX);
}

static gboolean
step(Exec *e, Span span)
{
  if (e->steps++ < LF_TEMPLATE_STEPS_MAX)
    return TRUE;
  return fail(e, span, LF_CONFIG_ERROR_INVALID, "more than %d steps", LF_TEMPLATE_STEPS_MAX);
}

static gboolean
check_output(Exec *e, Span span)
{
  if (!e->printer.full)
    return TRUE;
  return fail(e, span, LF_CONFIG_ERROR_INVALID, "the output is longer than %d bytes", LF_TEMPLATE_OUTPUT_MAX);
}

static void
push_var(Exec *e, LfSlice name, LfTmplValue value)
{
  Var var = {.name = name, .value = value};
  g_array_append_val(e->vars, var);
}

static Var *
find_var(Exec *e, LfSlice name)
{
  for (guint i = e->vars->len; i > e->frame; i--) {
    Var *var = &g_array_index(e->vars, Var, i - 1);
    if (lf_slice_equal(var->name, name))
      return var;
  }
  return NULL;
}

static gboolean
set_var(Exec *e, Span span, LfSlice name, LfTmplValue value)
{
  Var *var = find_var(e, name);
  if (var == NULL)
    return fail(e, span, LF_CONFIG_ERROR_MISSING, "undefined variable %.*s", (int)name.len, name.p);
  var->value = value;
  return TRUE;
}

/* ---- operands ---- */

static gboolean
read_field(Exec *e, Span span, LfSlice name, gboolean last_has_args, LfTmplValue *v)
{
  int len = (int)name.len;
  if (lf_tmpl_is_nil(v))
    return fail(e, span, LF_CONFIG_ERROR_MISSING, "there is no %.*s in nil", len, name.p);
  if (v->kind != LF_TMPL_KIND_MAP)
    return fail(e, span, LF_CONFIG_ERROR_INVALID, "there is no field %.*s in a %s", len, name.p, lf_tmpl_type_name(v));
  if (last_has_args)
    return fail(e, span, LF_CONFIG_ERROR_INVALID, "%.*s takes no arguments", len, name.p);
  LfValue map = {.type = LF_TYPE_OBJECT, .object = (LfObject *)v->map};
  const LfValue *member = lf_object_get(&map, name);
  if (member == NULL)
    return fail(e, span, LF_CONFIG_ERROR_MISSING, "the map has no entry \"%.*s\"", len, name.p);
  *v = lf_tmpl_from_value(member);
  return TRUE;
}

/* Gives a value the shape that a parameter asks for. */
static gboolean
fit(Exec *e, Span span, LfTmplParam param, LfTmplValue *v)
{
  static const char *const expected[] = {
      [LF_TMPL_PARAM_STRING] = "string",
      [LF_TMPL_PARAM_LIST] = "[]interface {}",
  };
  if (param == LF_TMPL_PARAM_VALUE)
    return TRUE;
  if (param == LF_TMPL_PARAM_ANY) {
    if (v->kind == LF_TMPL_KIND_INVALID)
      v->kind = LF_TMPL_KIND_NIL;
    return TRUE;
  }
  if (param == LF_TMPL_PARAM_LIST && v->kind == LF_TMPL_KIND_INVALID)
    *v = (LfTmplValue){.kind = LF_TMPL_KIND_LIST};
  if (v->kind == (param == LF_TMPL_PARAM_LIST ? LF_TMPL_KIND_LIST : LF_TMPL_KIND_STRING))
    return TRUE;
  return fail(e, span, LF_CONFIG_ERROR_INVALID, "wrong type for value; expected %s; got %s", expected[param],
              lf_tmpl_type_name(v));
}

static gboolean call_function(Exec *e, const LfTmplValue *dot, Span span, const LfTmplFunc *func,
                              const LfTmplOperand *args, guint n_args, const LfTmplValue *final, LfTmplValue *out);

/* The value of an operand as such: `has_args` says that operands or a piped value follow it. A function that is the
 * first word of its command does not come here. */
static gboolean
eval_operand(Exec *e, const LfTmplValue *dot, const LfTmplOperand *op, gboolean has_args, LfTmplValue *out)
{
  const Var *var;
  if (has_args && op->n_fields == 0)
    return fail(e, SPAN(op), LF_CONFIG_ERROR_INVALID, "no function, but it is given arguments");
  switch (op->type) {
  case LF_TMPL_OPERAND_CONSTANT:
    if (op->overflow)
      return fail(e, SPAN(op), LF_CONFIG_ERROR_INVALID, "the number overflows int");
    *out = op->value;
    break;
  case LF_TMPL_OPERAND_NIL:
    return fail(e, SPAN(op), LF_CONFIG_ERROR_INVALID, "nil is not a command");
  case LF_TMPL_OPERAND_DOT:
    *out = *dot;
    break;
  case LF_TMPL_OPERAND_VARIABLE:
    var = find_var(e, op->name);
    if (var == NULL)
      return fail(e, SPAN(op), LF_CONFIG_ERROR_MISSING, "undefined variable %.*s", (int)op->name.len, op->name.p);
    *out = var->value;
    break;
  case LF_TMPL_OPERAND_FUNCTION:
    if (!call_function(e, dot, SPAN(op), op->func, NULL, 0, NULL, out))
      return FALSE;
    break;
  case LF_TMPL_OPERAND_PIPE:
    if (!eval_pipe(e, dot, op->pipe, out))
      return FALSE;
    break;
  }
  for (guint i = 0; i < op->n_fields; i++)
    if (!read_field(e, SPAN(op), op->fields[i], has_args && i + 1 == op->n_fields, out))
      return FALSE;
  return TRUE;
}

/* The value of an operand as an argument. */
static gboolean
eval_arg(Exec *e, const LfTmplValue *dot, LfTmplParam param, const LfTmplOperand *op, LfTmplValue *out)
{
  if (op->type != LF_TMPL_OPERAND_NIL)
    return eval_operand(e, dot, op, FALSE, out) && fit(e, SPAN(op), param, out);
  if (param == LF_TMPL_PARAM_STRING)
    return fail(e, SPAN(op), LF_CONFIG_ERROR_INVALID, "nil cannot stand for a string");
  out->kind = LF_TMPL_KIND_INVALID;
  return fit(e, SPAN(op), param, out);
}

/* ---- calls ---- */

static LfTmplParam
param_at(const LfTmplFunc *func, guint i)
{
  return i < G_N_ELEMENTS(func->params) ? func->params[i] : func->rest;
}

/* and, or: arguments are evaluated until one decides. */
static gboolean
call_lazy(Exec *e, const LfTmplValue *dot, const LfTmplFunc *func, const LfTmplOperand *args, guint n_args,
          const LfTmplValue *final, LfTmplValue *out)
{
  for (guint i = 0; i < n_args; i++) {
    if (!eval_arg(e, dot, LF_TMPL_PARAM_VALUE, &args[i], out))
      return FALSE;
    if (lf_tmpl_is_true(out) == func->stop_on)
      return TRUE;
  }
  if (final != NULL)
    *out = *final;
  return TRUE;
}

static gboolean
call_with(Exec *e, const LfTmplValue *dot, Span span, const LfTmplFunc *func, const LfTmplOperand *args, guint n_args,
          const LfTmplValue *final, LfTmplValue *argv, LfTmplValue *out)
{
  for (guint i = 0; i < n_args; i++)
    if (!eval_arg(e, dot, param_at(func, i), &args[i], &argv[i]))
      return FALSE;
  if (final != NULL) {
    argv[n_args] = *final;
    if (!fit(e, span, param_at(func, n_args), &argv[n_args]))
      return FALSE;
  }
  if (func->call(&e->run, argv, n_args + (final != NULL), out))
    return TRUE;
  g_autofree char *fault = g_steal_pointer(&e->run.fault);
  return fail(e, span, LF_CONFIG_ERROR_INVALID, "%s: %s", func->row.name, fault);
}

/* Calls a function with arguments and, where the call stands behind a pipe sign, with the value piped in. */
static gboolean
call_function(Exec *e, const LfTmplValue *dot, Span span, const LfTmplFunc *func, const LfTmplOperand *args,
              guint n_args, const LfTmplValue *final, LfTmplValue *out)
{
  enum { FEW = 8 };
  guint n = n_args + (final != NULL);
  const LfTemplateFunction *row = &func->row;
  if (n < (guint)row->min_args || (row->max_args >= 0 && n > (guint)row->max_args))
    return fail(e, span, LF_CONFIG_ERROR_INVALID, "wrong number of arguments for %s: want %s%d, got %u", row->name,
                row->max_args == row->min_args ? "" : "at least ", row->min_args, n);
  if (func->call == NULL)
    return call_lazy(e, dot, func, args, n_args, final, out);
  LfTmplValue few[FEW];
  if (n <= FEW)
    return call_with(e, dot, span, func, args, n_args, final, few, out);
  g_autofree LfTmplValue *many = g_new(LfTmplValue, n);
  return call_with(e, dot, span, func, args, n_args, final, many, out);
}

/* ---- pipelines ---- */

static gboolean
eval_command(Exec *e, const LfTmplValue *dot, const LfTmplCommand *cmd, const LfTmplValue *final, LfTmplValue *out)
{
  const LfTmplOperand *op = &cmd->args[0];
  if (op->type == LF_TMPL_OPERAND_FUNCTION && op->n_fields == 0)
    return call_function(e, dot, SPAN(cmd), op->func, cmd->args + 1, cmd->n_args - 1, final, out);
  return eval_operand(e, dot, op, cmd->n_args > 1 || final != NULL, out);
}

/* A pipeline takes values out of their interface{}; a nil in one becomes no value. */
static void
unbox(LfTmplValue *v)
{
  v->boxed = FALSE;
  if (v->kind == LF_TMPL_KIND_NIL)
    v->kind = LF_TMPL_KIND_INVALID;
}

static gboolean
eval_pipe(Exec *e, const LfTmplValue *dot, const LfTmplPipe *pipe, LfTmplValue *out)
{
  if (!deeper(e, SPAN(pipe)))
    return FALSE;
  LfTmplValue piped;
  for (const LfTmplCommand *cmd = pipe->commands; cmd != NULL; cmd = cmd->next) {
    const LfTmplValue *final = cmd == pipe->commands ? NULL : &piped;
    if (!step(e, SPAN(cmd)) || !eval_command(e, dot, cmd, final, out))
      return FALSE;
    unbox(out);
    piped = *out;
  }
  for (guint i = 0; i < pipe->n_decls; i++) {
    if (!pipe->assign)
      push_var(e, pipe->decls[i], *out);
    else if (!set_var(e, SPAN(pipe), pipe->decls[i], *out))
      return FALSE;
  }
  e->depth--;
  return TRUE;
}

/* ---- nodes ---- */

static Flow
walk_branch(Exec *e, const LfTmplValue *dot, const LfTmplNode *node)
{
  guint n_vars = e->vars->len;
  Flow flow = FLOW_NEXT;
  for (;;) {
    LfTmplValue v;
    if (!eval_pipe(e, dot, node->pipe, &v))
      return FLOW_ERROR;
    if (lf_tmpl_is_true(&v)) {
      flow = walk_list(e, node->type == LF_TMPL_NODE_WITH ? &v : dot, node->body);
      break;
    }
    if (!node->chained) {
      flow = walk_list(e, dot, node->otherwise);
      break;
    }
    node = node->otherwise;
  }
  g_array_set_size(e->vars, n_vars);
  return flow;
}

/* One turn of a loop. Go gives the element to a single variable, and the index to the first of two. */
static Flow
walk_turn(Exec *e, const LfTmplNode *node, guint n_vars, LfTmplValue index, LfTmplValue element)
{
  const LfTmplPipe *pipe = node->pipe;
  LfTmplValue values[2] = {pipe->n_decls == 2 ? index : element, element};
  if (!step(e, SPAN(pipe)))
    return FLOW_ERROR;
  for (guint i = 0; i < pipe->n_decls; i++) {
    if (!pipe->assign)
      g_array_index(e->vars, Var, n_vars - pipe->n_decls + i).value = values[i];
    else if (!set_var(e, SPAN(pipe), pipe->decls[i], values[i]))
      return FLOW_ERROR;
  }
  Flow flow = walk_list(e, &element, node->body);
  g_array_set_size(e->vars, n_vars);
  return flow == FLOW_CONTINUE ? FLOW_NEXT : flow;
}

static Flow
walk_turns(Exec *e, const LfTmplNode *node, const LfTmplValue *over, guint64 n)
{
  guint n_vars = e->vars->len;
  for (guint64 i = 0; i < n; i++) {
    LfTmplValue index = lf_tmpl_int((gint64)i), element = index;
    if (over->kind == LF_TMPL_KIND_LIST) {
      element = lf_tmpl_from_value(&over->list.items[i]);
    } else if (over->kind == LF_TMPL_KIND_MAP) {
      const LfMember *m = &over->map->members[i];
      index = lf_tmpl_string(lf_slice(m->key, m->key_len));
      element = lf_tmpl_from_value(&m->value);
    } else {
      element.kind = over->kind; /* int or uint8 */
    }
    Flow flow = walk_turn(e, node, n_vars, index, element);
    if (flow != FLOW_NEXT)
      return flow;
  }
  return FLOW_NEXT;
}

static Flow
walk_range(Exec *e, const LfTmplValue *dot, const LfTmplNode *node)
{
  guint outer_vars = e->vars->len;
  LfTmplValue over;
  guint64 n = 0;
  if (!eval_pipe(e, dot, node->pipe, &over))
    return FLOW_ERROR;
  switch (over.kind) {
  case LF_TMPL_KIND_LIST:
    n = over.list.len;
    break;
  case LF_TMPL_KIND_MAP:
    n = over.map->len;
    break;
  case LF_TMPL_KIND_INT:
  case LF_TMPL_KIND_BYTE:
    n = over.i > 0 ? (guint64)over.i : 0;
    if (node->pipe->n_decls > 1) {
      fail(e, SPAN(node->pipe), LF_CONFIG_ERROR_INVALID, "a loop over a number sets one variable only");
      return FLOW_ERROR;
    }
    break;
  case LF_TMPL_KIND_INVALID:
    break;
  default:
    fail(e, SPAN(node->pipe), LF_CONFIG_ERROR_INVALID, "range cannot loop over a %s", lf_tmpl_type_name(&over));
    return FLOW_ERROR;
  }
  Flow flow = n > 0 ? walk_turns(e, node, &over, n) : walk_list(e, dot, node->otherwise);
  g_array_set_size(e->vars, outer_vars);
  /* In Go a break in the else part, too, ends no more than this range. */
  return flow == FLOW_BREAK ? FLOW_NEXT : flow;
}

/* Runs another definition, which sees no variable but $. */
static Flow
walk_template(Exec *e, const LfTmplValue *dot, const LfTmplNode *node)
{
  const LfTmplDefinition *d = lf_tmpl_lookup(e->t, node->text);
  LfTmplValue v = {.kind = LF_TMPL_KIND_INVALID};
  if (d == NULL) {
    fail(e, SPAN(node), LF_CONFIG_ERROR_MISSING, "the template is not defined");
    return FLOW_ERROR;
  }
  if (node->pipe != NULL && !eval_pipe(e, dot, node->pipe, &v))
    return FLOW_ERROR;
  guint outer_frame = e->frame, n_vars = e->vars->len;
  e->frame = n_vars;
  push_var(e, LF_SLICE_LIT("$"), v);
  Flow flow = walk_list(e, &v, d->body);
  g_array_set_size(e->vars, n_vars);
  e->frame = outer_frame;
  return flow;
}

static Flow
walk_node(Exec *e, const LfTmplValue *dot, const LfTmplNode *node)
{
  LfTmplValue v;
  switch (node->type) {
  case LF_TMPL_NODE_TEXT:
    lf_tmpl_emit(&e->printer, node->text);
    return check_output(e, SPAN(node)) ? FLOW_NEXT : FLOW_ERROR;
  case LF_TMPL_NODE_ACTION:
    if (!eval_pipe(e, dot, node->pipe, &v))
      return FLOW_ERROR;
    if (node->pipe->n_decls > 0)
      return FLOW_NEXT;
    if (v.kind == LF_TMPL_KIND_INVALID)
      lf_tmpl_emit(&e->printer, LF_SLICE_LIT("<no value>"));
    else
      lf_tmpl_print_value(&e->printer, &v, 'v');
    return check_output(e, SPAN(node->pipe)) ? FLOW_NEXT : FLOW_ERROR;
  case LF_TMPL_NODE_IF:
  case LF_TMPL_NODE_WITH:
    return walk_branch(e, dot, node);
  case LF_TMPL_NODE_RANGE:
    return walk_range(e, dot, node);
  case LF_TMPL_NODE_TEMPLATE:
    return walk_template(e, dot, node);
  case LF_TMPL_NODE_BREAK:
    return FLOW_BREAK;
  case LF_TMPL_NODE_CONTINUE:
    return FLOW_CONTINUE;
  }
  g_assert_not_reached();
}

static Flow
walk_list(Exec *e, const LfTmplValue *dot, const LfTmplNode *list)
{
  if (list == NULL)
    return FLOW_NEXT;
  if (!deeper(e, SPAN(list)))
    return FLOW_ERROR;
  Flow flow = FLOW_NEXT;
  for (const LfTmplNode *node = list; node != NULL && flow == FLOW_NEXT; node = node->next)
    flow = step(e, SPAN(node)) ? walk_node(e, dot, node) : FLOW_ERROR;
  e->depth--;
  return flow;
}

gboolean
lf_template_execute(const LfTemplate *t, LfArena *arena, const LfValue *vars, LfBuf *out, GError **error)
{
  g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(Var));
  LfValue prepared = lf_tmpl_prepare(arena, vars);
  gsize before = out->len;
  Exec e = {
      .t = t,
      .run = {.arena = arena, .vars = &prepared},
      .printer = {.out = out, .max = before + LF_TEMPLATE_OUTPUT_MAX},
      .vars = stack,
      .error = error,
  };
  LfTmplValue dot = lf_tmpl_from_value(&prepared);
  unbox(&dot);
  push_var(&e, LF_SLICE_LIT("$"), dot);
  if (walk_list(&e, &dot, lf_tmpl_lookup(t, LF_SLICE_LIT("text"))->body) == FLOW_NEXT)
    return TRUE;
  out->len = before;
  return FALSE;
}
