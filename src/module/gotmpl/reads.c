/* Which variables a template reads. */
#include "module/gotmpl/reads.h"

#include "module/gotmpl/impl.h"

/* `root` says that the dot is the whole of the variables. */
static void read_pipe(LfTemplateReads *reads, const LfTmplPipe *pipe, gboolean root);
static void read_nodes(LfTemplateReads *reads, const LfTmplNode *node, gboolean root);

static void
add_name(LfTemplateReads *reads, LfSlice name)
{
  if (reads->names.type != LF_TYPE_OBJECT)
    reads->names = lf_value_object(reads->arena, 16);
  lf_object_set(reads->arena, &reads->names, name, lf_value_bool(TRUE));
}

static void
read_operand(LfTemplateReads *reads, const LfTmplOperand *o, gboolean root)
{
  if (o->type == LF_TMPL_OPERAND_PIPE)
    read_pipe(reads, o->pipe, root);
  gboolean whole =
      (o->type == LF_TMPL_OPERAND_DOT && root) || (o->type == LF_TMPL_OPERAND_VARIABLE && lf_slice_is(o->name, "$"));
  if (whole && o->n_fields > 0)
    add_name(reads, o->fields[0]);
  else if (whole)
    reads->all = TRUE;
}

static void
read_pipe(LfTemplateReads *reads, const LfTmplPipe *pipe, gboolean root)
{
  if (pipe == NULL)
    return;
  for (const LfTmplCommand *c = pipe->commands; c != NULL; c = c->next)
    for (guint i = 0; i < c->n_args; i++)
      read_operand(reads, &c->args[i], root);
}

/* Whether a pipe is the dot or $ alone: what {{ template "x" . }} hands on. */
static gboolean
is_whole(const LfTmplPipe *pipe)
{
  if (pipe == NULL || pipe->commands == NULL || pipe->commands->next != NULL || pipe->commands->n_args != 1)
    return FALSE;
  const LfTmplOperand *o = &pipe->commands->args[0];
  return o->n_fields == 0 &&
         (o->type == LF_TMPL_OPERAND_DOT || (o->type == LF_TMPL_OPERAND_VARIABLE && lf_slice_is(o->name, "$")));
}

static void
read_nodes(LfTemplateReads *reads, const LfTmplNode *node, gboolean root)
{
  for (; node != NULL; node = node->next) {
    gboolean moves = node->type == LF_TMPL_NODE_WITH || node->type == LF_TMPL_NODE_RANGE;
    /* a template that is handed everything is walked by itself, with its dot as the variables */
    if (node->type != LF_TMPL_NODE_TEMPLATE || !is_whole(node->pipe))
      read_pipe(reads, node->pipe, root);
    read_nodes(reads, node->body, root && !moves);
    read_nodes(reads, node->otherwise, root);
  }
}

void
lf_template_reads_add(LfTemplateReads *reads, const LfTemplate *t)
{
  for (const LfTmplDefinition *d = t->definitions; d != NULL; d = d->next)
    read_nodes(reads, d->body, TRUE);
}

gboolean
lf_template_reads_has(const LfTemplateReads *reads, LfSlice name)
{
  return reads->all || lf_object_get(&reads->names, name) != NULL;
}
