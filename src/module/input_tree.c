/* The tree of a rendered input. */
#include "module/input_tree.h"

#include "config/tree.h"

typedef enum { RULE_MERGE, RULE_REPLACE, RULE_APPEND } Rule;

/* What Filebeat passes to ucfg as FieldReplaceValues("**.paths") and FieldAppendValues("**.processors"). */
static Rule
rule_of(LfSlice key)
{
  return lf_slice_is(key, "paths") ? RULE_REPLACE : lf_slice_is(key, "processors") ? RULE_APPEND : RULE_MERGE;
}

static LfNode *
append_lists(LfArena *arena, const LfNode *a, const LfNode *b)
{
  LfNode *list = lf_node_new(arena, LF_NODE_LIST, a->place);
  for (guint i = 0; i < a->n; i++)
    lf_node_push(arena, list, a->entries[i].node);
  for (guint i = 0; i < b->n; i++)
    lf_node_push(arena, list, b->entries[i].node);
  return list;
}

static LfNode *
merge_one(LfArena *arena, Rule rule, const LfNode *old, const LfNode *new)
{
  if (old->type == LF_NODE_LIST && new->type == LF_NODE_LIST &&new->n > 0 && rule != RULE_MERGE)
    return rule == RULE_REPLACE ? (LfNode *)new : append_lists(arena, old, new);
  if (old->type == LF_NODE_MAP && new->type == LF_NODE_MAP)
    return lf_input_tree_merge(arena, old, new);
  return lf_tree_merge(arena, old, new);
}

LfNode *
lf_input_tree_merge(LfArena *arena, const LfNode *to, const LfNode *from)
{
  LfNode *out = lf_node_new(arena, LF_NODE_MAP, to->place);
  for (guint i = 0; i < to->n; i++)
    lf_node_set(arena, out, to->entries[i].key, to->entries[i].place, to->entries[i].node);
  for (guint i = 0; i < from->n; i++) {
    const LfNodeEntry *e = &from->entries[i];
    const LfNodeEntry *old = lf_node_entry(out, e->key);
    LfNode *node = old != NULL ? merge_one(arena, rule_of(e->key), old->node, e->node) : e->node;
    lf_node_set(arena, out, e->key, old != NULL && node == old->node ? old->place : e->place, node);
  }
  return out;
}

static gboolean
same_scalar(const LfNode *a, const LfNode *b)
{
  if (a->type != b->type)
    return FALSE;
  switch (a->type) {
  case LF_NODE_NULL:
    return TRUE;
  case LF_NODE_BOOL:
    return a->b == b->b;
  case LF_NODE_INT:
    return a->i == b->i;
  case LF_NODE_FLOAT:
    return a->d == b->d;
  case LF_NODE_STRING:
    return lf_slice_equal(a->text, b->text);
  default:
    return FALSE;
  }
}

static void
place_node(LfNode *node, const LfNode *user)
{
  if (same_scalar(node, user)) {
    node->place = user->place;
  } else if (node->type == user->type && node->type == LF_NODE_MAP) {
    lf_input_tree_place(node, user);
  } else if (node->type == user->type && node->type == LF_NODE_LIST && node->n == user->n) {
    node->place = user->place;
    for (guint i = 0; i < node->n; i++)
      place_node(node->entries[i].node, user->entries[i].node);
  }
}

void
lf_input_tree_place(LfNode *input, const LfNode *user)
{
  if (user == NULL || user->type != LF_NODE_MAP)
    return;
  for (guint i = 0; i < input->n; i++) {
    LfNodeEntry *e = &input->entries[i];
    const LfNodeEntry *from = lf_node_entry(user, e->key);
    if (from == NULL)
      continue;
    LfPlace was = e->node->place;
    place_node(e->node, from->node);
    if (e->node->place.file != was.file || from->node->type == LF_NODE_MAP)
      e->place = from->place;
  }
}
