/* Showing a configuration: its tree as YAML, without its secrets. */
#include "base/buf.h"
#include "config/config.h"
#include "value/yaml.h"

static const char mask[] = "xxxxx";

/* "scheme://user:password@host" with the password masked; anything else as it is. */
static LfSlice
mask_url(LfArena *arena, LfSlice text)
{
  const char *end = text.p + text.len, *user = text.len > 0 ? memmem(text.p, text.len, "://", 3) : NULL;
  if (user == NULL)
    return text;
  user += 3;
  const char *slash = user;
  while (slash < end && strchr("/?#", *slash) == NULL)
    slash++;
  const char *at = memrchr(user, '@', (gsize)(slash - user));
  const char *colon = at != NULL ? memchr(user, ':', (gsize)(at - user)) : NULL;
  if (colon == NULL)
    return text;
  return lf_arena_printf(arena, "%.*s%s%.*s", (int)(colon + 1 - text.p), text.p, mask, (int)(end - at), at);
}

/* A private key in PEM form that stands in the configuration itself. */
static gboolean
holds_key(LfSlice text)
{
  static const char line[] = "PRIVATE KEY-----";
  return text.len > 0 && memmem(text.p, text.len, line, sizeof line - 1) != NULL;
}

static gboolean
is_scalar(const LfNode *node)
{
  return node->type != LF_NODE_MAP && node->type != LF_NODE_LIST;
}

/* Whose values are a person's own names and texts: tokens stand in headers under any name. */
static gboolean
holds_headers(LfSlice key)
{
  const char *dot = memrchr(key.p != NULL ? key.p : "", '.', key.len);
  LfSlice name = dot != NULL ? lf_slice(dot + 1, key.len - (gsize)(dot + 1 - key.p)) : key;
  return lf_slice_is(name, "headers") || lf_slice_is(name, "proxy_headers");
}

/* `secret`: of a scalar, or of all scalars of a list or of headers. A map whose name is a secret's is none: a fileset may be
 * called auth. */
static LfNode *
mask_node(LfArena *arena, const LfNode *node, gboolean secret)
{
  LfNode *copy = lf_arena_alloc(arena, sizeof *copy);
  *copy = *node;
  if (is_scalar(node)) {
    if (secret && node->type != LF_NODE_NULL && node->text.len > 0)
      return lf_node_string(arena, node->place, lf_slice_str(mask));
    if (node->type == LF_NODE_STRING && holds_key(node->text))
      return lf_node_string(arena, node->place, lf_slice_str(mask));
    if (node->type == LF_NODE_STRING)
      copy->text = mask_url(arena, node->text);
    return copy;
  }
  copy->cap = node->n;
  copy->entries = lf_arena_alloc_n(arena, node->n, sizeof(LfNodeEntry));
  for (guint i = 0; i < node->n; i++) {
    const LfNodeEntry *e = &node->entries[i];
    copy->entries[i] = *e;
    gboolean below = node->type != LF_NODE_MAP      ? secret && is_scalar(e->node)
                     : e->node->type == LF_NODE_MAP ? holds_headers(e->key)
                                                    : secret || lf_option_name_is_secret(e->key);
    copy->entries[i].node = mask_node(arena, e->node, below);
  }
  return copy;
}

LfNode *
lf_config_mask(LfArena *arena, const LfNode *node)
{
  return mask_node(arena, node, FALSE);
}

char *
lf_config_to_yaml(const LfConfig *config)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfBuf out = {0};
  lf_yaml_write(&out, lf_config_mask(arena, config->root));
  return lf_buf_steal(&out);
}
