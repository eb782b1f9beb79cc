/* Trees as go-ucfg makes them: dotted names, indexes, merging. */
#include "config/tree.h"

#include "config/option/gonumber.h"
#include "value/yaml.h"

typedef struct {
  LfArena *arena;
  LfNode *gap; /* one null for all elements that nobody gave */
  guint gaps;
  GError **error;
} Normalizer;

/* One part of a dotted name; `index` is -1 for a name. */
typedef struct {
  LfSlice name;
  gint64 index;
} Part;

static Part
make_part(LfSlice name)
{
  gint64 i;
  gboolean is_index = lf_gonumber_int(name, &i) && i >= 0 && i <= LF_TREE_INDEX_MAX;
  return (Part){name, is_index ? i : -1};
}

/* Takes the first part off `*rest`. FALSE where it was the last. */
static gboolean
next_part(LfSlice *rest, Part *part)
{
  const char *dot = rest->len > 0 ? memchr(rest->p, '.', rest->len) : NULL;
  if (dot == NULL) {
    *part = make_part(*rest);
    return FALSE;
  }
  *part = make_part(lf_slice(rest->p, (gsize)(dot - rest->p)));
  *rest = lf_slice(dot + 1, rest->len - part->name.len - 1);
  return TRUE;
}

static gboolean
is_container(const LfNode *node)
{
  return node->type == LF_NODE_MAP || node->type == LF_NODE_LIST;
}

LfNode *
lf_tree_map(LfArena *arena, LfPlace place)
{
  return lf_node_new(arena, LF_NODE_MAP, place);
}

/* A list that gets a name becomes a map whose keys are the indexes, as go-ucfg shows such a thing. */
static void
list_to_map(LfArena *arena, LfNode *node)
{
  node->type = LF_NODE_MAP;
  for (guint i = 0; i < node->n; i++)
    node->entries[i].key = lf_arena_printf(arena, "%u", i);
}

static LfSlice
part_key(LfArena *arena, Part part)
{
  return part.index >= 0 ? lf_arena_printf(arena, "%" G_GINT64_FORMAT, part.index) : part.name;
}

/* The slot of a part in a container, made where it is not there; an empty map becomes a list for its first index.
 * NULL with the error for too many gaps. */
static LfNodeEntry *
slot(Normalizer *z, LfNode *in, Part part, LfPlace place)
{
  if (part.index >= 0 && in->n == 0)
    in->type = LF_NODE_LIST;
  if (part.index < 0 && in->type == LF_NODE_LIST)
    list_to_map(z->arena, in);
  if (in->type == LF_NODE_MAP) {
    LfSlice key = part_key(z->arena, part);
    LfNodeEntry *e = lf_node_entry(in, key);
    return e != NULL ? e : lf_node_set(z->arena, in, key, place, z->gap);
  }
  while (in->n <= (guint)part.index) {
    if (++z->gaps > LF_YAML_NODES_MAX) {
      lf_place_error(z->error, place, LF_CONFIG_ERROR_INVALID, "too many list elements");
      return NULL;
    }
    lf_node_push(z->arena, in, z->gap);
  }
  return &in->entries[part.index];
}

static gboolean
conflict(Normalizer *z, LfPlace place, LfSlice name, const LfNode *old)
{
  g_autofree char *where = lf_place_format(old->place);
  g_autofree char *found = lf_node_describe(old);
  return lf_place_error(z->error, place, LF_CONFIG_ERROR_INVALID, "%.*s is given twice; %sit is %s already",
                        (int)name.len, name.p, where, is_container(old) ? found : "set");
}

static gboolean put(Normalizer *z, LfNode *into, LfSlice name, LfPlace place, LfNode *value, int depth);

/* Puts all of `from` into `to`. */
static gboolean
combine(Normalizer *z, LfNode *to, const LfNode *from, int depth)
{
  for (guint i = 0; i < from->n; i++) {
    const LfNodeEntry *e = &from->entries[i];
    LfSlice key = from->type == LF_NODE_LIST ? lf_arena_printf(z->arena, "%u", i) : e->key;
    if (!put(z, to, key, e->place, e->node, depth))
      return FALSE;
  }
  return TRUE;
}

/* Sets `name` (dotted) below `into`; null gives way to anything, containers are merged. */
static gboolean
put(Normalizer *z, LfNode *into, LfSlice name, LfPlace place, LfNode *value, int depth)
{
  LfSlice rest = name;
  Part part;
  gboolean more;
  do {
    if (++depth > LF_DEPTH_MAX)
      return lf_place_error(z->error, place, LF_CONFIG_ERROR_INVALID, "nested deeper than %d", LF_DEPTH_MAX);
    more = next_part(&rest, &part);
    LfNodeEntry *e = slot(z, into, part, place);
    if (e == NULL)
      return FALSE;
    LfNode *old = e->node;
    if (!more) {
      if (old->type == LF_NODE_NULL) {
        e->node = value;
        e->place = place;
        return TRUE;
      }
      if (value->type == LF_NODE_NULL)
        return TRUE;
      return is_container(old) && is_container(value) ? combine(z, old, value, depth) : conflict(z, place, name, old);
    }
    if (old->type == LF_NODE_NULL) {
      e->node = old = lf_tree_map(z->arena, place);
      e->place = place;
    }
    if (!is_container(old))
      return conflict(z, place, name, old);
    into = old;
  } while (more);
  return TRUE;
}

static LfNode *
normalize(Normalizer *z, const LfNode *node, int depth)
{
  if (depth > LF_DEPTH_MAX) {
    lf_place_error(z->error, node->place, LF_CONFIG_ERROR_INVALID, "nested deeper than %d", LF_DEPTH_MAX);
    return NULL;
  }
  LfNode *out = lf_arena_alloc(z->arena, sizeof *out);
  *out = *node;
  if (!is_container(node))
    return out;
  out->n = out->cap = 0;
  out->entries = NULL;
  for (guint i = 0; i < node->n; i++) {
    const LfNodeEntry *e = &node->entries[i];
    LfNode *child = normalize(z, e->node, depth + 1);
    if (child == NULL)
      return NULL;
    if (node->type == LF_NODE_LIST)
      lf_node_push(z->arena, out, child);
    else if (!put(z, out, e->key, e->place, child, depth))
      return NULL;
  }
  return out;
}

LfNode *
lf_tree_normalize(LfArena *arena, const LfNode *node, GError **error)
{
  Normalizer z = {.arena = arena, .gap = lf_node_new(arena, LF_NODE_NULL, node->place), .error = error};
  return normalize(&z, node, 0);
}

/* A copy of one level. */
static LfNode *
copy_level(LfArena *arena, const LfNode *node)
{
  LfNode *copy = lf_arena_alloc(arena, sizeof *copy);
  *copy = *node;
  copy->cap = node->n;
  copy->entries = lf_arena_alloc_n(arena, node->n, sizeof(LfNodeEntry));
  if (node->n > 0)
    memcpy(copy->entries, node->entries, node->n * sizeof(LfNodeEntry));
  return copy;
}

LfNode *
lf_tree_merge(LfArena *arena, const LfNode *to, const LfNode *from)
{
  if (from->type == LF_NODE_NULL && is_container(to))
    return (LfNode *)to;
  if (!is_container(to) || !is_container(from))
    return (LfNode *)from;
  if (from->n == 0)
    return (LfNode *)to;
  LfNode *out = copy_level(arena, to);
  if (out->n == 0)
    out->type = from->type;
  if (out->type == LF_NODE_LIST && from->type == LF_NODE_MAP)
    list_to_map(arena, out);
  for (guint i = 0; i < from->n; i++) {
    const LfNodeEntry *e = &from->entries[i];
    if (out->type == LF_NODE_LIST && i >= out->n) {
      lf_node_push(arena, out, e->node);
      continue;
    }
    LfSlice key = from->type == LF_NODE_LIST ? lf_arena_printf(arena, "%u", i) : e->key;
    LfNodeEntry *old = out->type == LF_NODE_LIST ? &out->entries[i] : lf_node_entry(out, key);
    if (old == NULL) {
      lf_node_set(arena, out, key, e->place, e->node);
      continue;
    }
    old->node = lf_tree_merge(arena, old->node, e->node);
    if (old->node == e->node)
      old->place = e->place;
  }
  return out;
}

LfNode *
lf_tree_get(const LfNode *root, LfSlice path)
{
  const LfNode *at = root;
  gboolean more = TRUE;
  while (more && at != NULL) {
    Part part;
    more = next_part(&path, &part);
    if (at->type == LF_NODE_LIST) {
      at = part.index >= 0 && part.index < at->n ? at->entries[part.index].node : NULL;
    } else {
      LfNodeEntry *e = lf_node_entry(at, part.name);
      at = e != NULL ? e->node : NULL;
    }
  }
  return (LfNode *)at;
}

void
lf_tree_set(LfArena *arena, LfNode *root, const char *path, LfPlace place, LfNode *value)
{
  for (;;) {
    const char *dot = strchrnul(path, '.');
    LfSlice key = lf_slice(path, (gsize)(dot - path));
    if (*dot == '\0') {
      lf_node_set(arena, root, key, place, value);
      return;
    }
    LfNodeEntry *e = lf_node_entry(root, key);
    LfNode *child = e != NULL && e->node->type == LF_NODE_MAP ? copy_level(arena, e->node) : lf_tree_map(arena, place);
    lf_node_set(arena, root, key, place, child);
    root = child;
    path = dot + 1;
  }
}
