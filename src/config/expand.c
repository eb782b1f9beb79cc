/* Variables in a configuration, expanded. */
#include "config/expand.h"

#include "base/buf.h"
#include "config/flagvalue.h"
#include "config/option/option.h"
#include "config/tree.h"
#include "config/vartext.h"
#include "value/yaml.h"

/* The most bytes that expanded strings may have together: variables that double each other end here. */
enum { BYTES_MAX = 64 * 1024 * 1024 };

/* A reference that is being followed. */
typedef struct Active Active;
struct Active {
  LfSlice name;
  const Active *up;
};

/* `spent` and `bytes` count the work done; `exhausted` stays set, so that no default hides it. */
typedef struct {
  LfArena *arena;
  const LfExpandScope *scope;
  gboolean lenient;
  guint spent;
  gsize bytes;
  gboolean exhausted;
} Expander;

static LfNode *expand_node(Expander *z, const LfNode *node, const Active *active, int depth, GError **error);
static gboolean eval_text(Expander *z, LfPlace place, const LfVarText *text, const Active *active, int depth,
                          LfBuf *out, GError **error);

static gboolean
spend(Expander *z, LfPlace place, gsize bytes, int depth, GError **error)
{
  z->bytes += bytes;
  if (!z->exhausted && ++z->spent <= LF_YAML_NODES_MAX && z->bytes <= BYTES_MAX && depth <= LF_DEPTH_MAX)
    return TRUE;
  z->exhausted = TRUE;
  return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "the variables expand to too much");
}

static const char *
get_env(const Expander *z, LfSlice name)
{
  g_autofree char *copy = lf_slice_dup(name);
  const char *value = z->scope->getenv != NULL ? z->scope->getenv(copy, z->scope->data) : g_getenv(copy);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

static gboolean
has_variable(const LfNode *node)
{
  return node->type == LF_NODE_STRING && memchr(node->text.p, '$', node->text.len) != NULL;
}

/* The setting at a path, with variables on the way followed. Returns: NULL without an error where there is none. The
 * result is not expanded itself. */
static const LfNode *
find_setting(Expander *z, const LfNode *root, LfSlice path, const Active *active, int depth)
{
  const LfNode *at = root;
  while (at != NULL) {
    const char *dot = path.len > 0 ? memchr(path.p, '.', path.len) : NULL;
    LfSlice part = dot != NULL ? lf_slice(path.p, (gsize)(dot - path.p)) : path;
    LfNode *next = lf_tree_get(at, part);
    /* a single value is its own first element */
    if (next == NULL && at->type != LF_NODE_MAP && at->type != LF_NODE_LIST && at != root && lf_slice_is(part, "0"))
      next = (LfNode *)at;
    at = next;
    if (dot == NULL)
      return at;
    path = lf_slice(dot + 1, path.len - part.len - 1);
    if (at != NULL && has_variable(at))
      at = expand_node(z, at, active, depth + 1, NULL);
  }
  return NULL;
}

typedef enum { FROM_NOWHERE, FROM_SETTING, FROM_ENVIRONMENT } Origin;

/* Where a name leads: settings, environment, late settings. A name that is being followed already is looked for in the
 * environment only, as in go-ucfg; `*cyclic` tells. */
static Origin
look_up(Expander *z, LfSlice name, const Active *active, int depth, const LfNode **node, const char **env,
        gboolean *cyclic)
{
  *cyclic = FALSE;
  for (const Active *a = active; a != NULL; a = a->up)
    if (lf_slice_equal(a->name, name))
      *cyclic = TRUE;
  Active here = {name, active};
  if (!*cyclic && z->scope->root != NULL && (*node = find_setting(z, z->scope->root, name, &here, depth)) != NULL)
    return FROM_SETTING;
  if ((*env = get_env(z, name)) != NULL)
    return FROM_ENVIRONMENT;
  if (!*cyclic && z->scope->late != NULL && (*node = find_setting(z, z->scope->late, name, &here, depth)) != NULL)
    return FROM_SETTING;
  return FROM_NOWHERE;
}

static gboolean
not_found(LfPlace place, LfSlice name, gboolean cyclic, GError **error)
{
  if (cyclic)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "${%.*s} refers to itself", (int)name.len, name.p);
  return lf_place_error(
      error, place, LF_CONFIG_ERROR_MISSING,
      "${%.*s} is neither a setting nor an environment variable; ${%.*s:word} would give it a default", (int)name.len,
      name.p, (int)name.len, name.p);
}

/* Reads text as a value; strings within lists and maps may hold variables in turn. White space alone stays a text. */
static LfNode *
read_value(Expander *z, LfPlace place, LfSlice text, gboolean objects, const Active *active, int depth, GError **error)
{
  if (lf_flagvalue_is_blank(text))
    return lf_node_string(z->arena, place, text);
  LfNode *value = lf_flagvalue_parse(z->arena, place, text, objects, error);
  if (value == NULL || (value->type != LF_NODE_LIST && value->type != LF_NODE_MAP))
    return value;
  value = lf_tree_normalize(z->arena, value, error);
  return value != NULL ? expand_node(z, value, active, depth + 1, error) : NULL;
}

/* A string that is one reference alone. */
static LfNode *
follow(Expander *z, LfPlace place, LfSlice name, const Active *active, int depth, GError **error)
{
  const LfNode *node;
  const char *env;
  gboolean cyclic;
  Active here = {name, active};
  switch (look_up(z, name, active, depth, &node, &env, &cyclic)) {
  case FROM_SETTING:
    return expand_node(z, node, &here, depth + 1, error);
  case FROM_ENVIRONMENT:
    return read_value(z, place, lf_slice_str(env), FALSE, &here, depth, error);
  default:
    not_found(place, name, cyclic, error);
    return NULL;
  }
}

/* Appends what a name stands for as text. */
static gboolean
follow_text(Expander *z, LfPlace place, LfSlice name, const Active *active, int depth, LfBuf *out, GError **error)
{
  const LfNode *node;
  const char *env;
  gboolean cyclic;
  Active here = {name, active};
  switch (look_up(z, name, active, depth, &node, &env, &cyclic)) {
  case FROM_ENVIRONMENT:
    lf_buf_append_str(out, env);
    return spend(z, place, strlen(env), depth, error);
  case FROM_SETTING: {
    LfNode *value = expand_node(z, node, &here, depth + 1, error);
    if (value == NULL)
      return FALSE;
    const char *text = value->type == LF_NODE_NULL ? "null" : lf_option_text(z->arena, value);
    if (text == NULL) {
      g_autofree char *found = lf_node_describe(value);
      return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "${%.*s} is %s and cannot be part of a text",
                            (int)name.len, name.p, found);
    }
    lf_buf_append_str(out, text);
    return spend(z, place, strlen(text), depth, error);
  }
  default:
    return not_found(place, name, cyclic, error);
  }
}

/* ${name:+text}: whether the name is set, whatever it is. */
static gboolean
is_set(Expander *z, LfSlice name, const Active *active, int depth)
{
  const LfNode *node;
  const char *env;
  gboolean cyclic;
  return look_up(z, name, active, depth, &node, &env, &cyclic) != FROM_NOWHERE;
}

/* The forms with something on the right. */
static gboolean
eval_choice(Expander *z, LfPlace place, const LfVarPiece *piece, const Active *active, int depth, LfBuf *out,
            GError **error)
{
  g_auto(LfBuf) name = {0}, value = {0};
  gboolean named = eval_text(z, place, &piece->left, active, depth + 1, &name, NULL) && name.len > 0;
  if (piece->kind == LF_VAR_INSTEAD) {
    if (!named || !is_set(z, lf_buf_slice(&name), active, depth))
      return spend(z, place, 0, depth, error);
    return eval_text(z, place, &piece->right, active, depth + 1, out, error);
  }
  if (named && follow_text(z, place, lf_buf_slice(&name), active, depth + 1, &value, NULL) && value.len > 0) {
    lf_buf_append_slice(out, lf_buf_slice(&value));
    return spend(z, place, 0, depth, error);
  }
  if (piece->kind == LF_VAR_DEFAULT)
    return eval_text(z, place, &piece->right, active, depth + 1, out, error);
  g_auto(LfBuf) text = {0};
  if (!eval_text(z, place, &piece->right, active, depth + 1, &text, error))
    return FALSE;
  return lf_place_error(error, place, LF_CONFIG_ERROR_MISSING, "${%.*s} is not set: %.*s", (int)name.len, name.p,
                        (int)text.len, text.p != NULL ? text.p : "");
}

static gboolean
eval_text(Expander *z, LfPlace place, const LfVarText *text, const Active *active, int depth, LfBuf *out,
          GError **error)
{
  for (guint i = 0; i < text->n; i++) {
    const LfVarPiece *piece = &text->items[i];
    if (!spend(z, place, piece->text.len, depth, error))
      return FALSE;
    if (piece->kind == LF_VAR_TEXT) {
      lf_buf_append_slice(out, piece->text);
    } else if (piece->kind == LF_VAR_PLAIN) {
      g_auto(LfBuf) name = {0};
      if (!eval_text(z, place, &piece->left, active, depth + 1, &name, error) ||
          !follow_text(z, place, lf_buf_slice(&name), active, depth + 1, out, error))
        return FALSE;
    } else if (!eval_choice(z, place, piece, active, depth, out, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static LfNode *
expand_string(Expander *z, const LfNode *node, const Active *active, int depth, GError **error)
{
  LfVarText text;
  if (!lf_vartext_parse(z->arena, node->place, node->text, &text, error))
    return NULL;
  if (text.n == 1 && text.items[0].kind == LF_VAR_TEXT)
    return lf_node_string(z->arena, node->place, text.items[0].text);
  const LfVarPiece *only = text.n == 1 ? &text.items[0] : NULL;
  if (only != NULL && only->kind == LF_VAR_PLAIN && only->left.n == 1 && only->left.items[0].kind == LF_VAR_TEXT)
    return follow(z, node->place, only->left.items[0].text, active, depth, error);
  g_auto(LfBuf) out = {0};
  if (!eval_text(z, node->place, &text, active, depth, &out, error))
    return NULL;
  return read_value(z, node->place, lf_arena_dup(z->arena, lf_buf_slice(&out)), TRUE, active, depth, error);
}

static LfNode *
expand_node(Expander *z, const LfNode *node, const Active *active, int depth, GError **error)
{
  if (!spend(z, node->place, 0, depth, error))
    return NULL;
  if (has_variable(node)) {
    LfNode *value = expand_string(z, node, active, depth, z->lenient ? NULL : error);
    return value != NULL || !z->lenient ? value : lf_node_clone(z->arena, node);
  }
  LfNode *copy = lf_arena_alloc(z->arena, sizeof *copy);
  *copy = *node;
  if (node->type != LF_NODE_MAP && node->type != LF_NODE_LIST)
    return copy;
  copy->cap = node->n;
  copy->entries = lf_arena_alloc_n(z->arena, node->n, sizeof(LfNodeEntry));
  for (guint i = 0; i < node->n; i++) {
    copy->entries[i] = node->entries[i];
    copy->entries[i].node = expand_node(z, node->entries[i].node, active, depth + 1, error);
    if (copy->entries[i].node == NULL)
      return NULL;
  }
  return copy;
}

LfNode *
lf_expand(LfArena *arena, const LfExpandScope *scope, const LfNode *node, gboolean lenient, GError **error)
{
  Expander z = {.arena = arena, .scope = scope, .lenient = lenient};
  return expand_node(&z, node, NULL, 0, error);
}
