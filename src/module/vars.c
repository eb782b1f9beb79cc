/* The variables of a fileset. */
#include "module/vars.h"

#include "base/fs.h"
#include "base/utf8.h"
#include "config/option/option.h"

LfValue
lf_vars_builtin(LfArena *arena, const char *version, const char *module, const char *fileset)
{
  g_autofree char *host = lf_fs_hostname();
  char *dot = strchr(host, '.');
  const char *domain = dot != NULL ? dot + 1 : "";
  LfSlice hostname = dot != NULL ? lf_slice(host, (gsize)(dot - host)) : lf_slice_str(host);
  LfValue v = lf_value_object(arena, 6);
  lf_object_set_static(arena, &v, "prefix", lf_value_string(LF_SLICE_LIT("filebeat")));
  lf_object_set_static(arena, &v, "hostname", lf_value_string_dup(arena, hostname));
  lf_object_set_static(arena, &v, "domain", lf_value_string_dup(arena, lf_slice_str(domain)));
  lf_object_set_static(arena, &v, "module", lf_value_string(lf_slice_str(module)));
  lf_object_set_static(arena, &v, "fileset", lf_value_string(lf_slice_str(fileset)));
  lf_object_set_static(arena, &v, "beatVersion", lf_value_string(lf_slice_str(version)));
  return v;
}

/* Whether go-ucfg leaves a setting out of what it unpacks. */
static gboolean
is_nothing(const LfNode *node)
{
  return node == NULL || node->type == LF_NODE_NULL || (node->type == LF_NODE_MAP && node->n == 0);
}

LfValue
lf_vars_value(LfArena *arena, const LfNode *node)
{
  if (is_nothing(node))
    return lf_value_null();
  if (node->type != LF_NODE_LIST && node->type != LF_NODE_MAP)
    return lf_node_to_value(arena, node);
  gboolean list = node->type == LF_NODE_LIST;
  LfValue v = list ? lf_value_array(arena, node->n) : lf_value_object(arena, node->n);
  for (guint i = 0; i < node->n; i++) {
    LfValue item = lf_vars_value(arena, node->entries[i].node);
    if (list)
      lf_array_push(arena, &v, item);
    else
      lf_object_set(arena, &v, node->entries[i].key, item);
  }
  return v;
}

gboolean
lf_vars_render(LfArena *arena, LfPlace where, LfSlice text, LfTemplateDelims delims, const LfValue *vars,
               LfTemplateReads *reads, LfBuf *out, GError **error)
{
  LfTemplate *t = lf_template_parse(arena, where, text, delims, error);
  if (t == NULL)
    return FALSE;
  if (reads != NULL)
    lf_template_reads_add(reads, t);
  return lf_template_execute(t, arena, vars, out, error);
}

/* What is left for the defaults of one manifest. */
typedef struct {
  LfArena *arena;
  LfValue *vars;
  LfTemplateReads *reads;
  guint templates;
  gsize bytes;
  GError **error;
} Resolver;

/* Templates can cut a character in two; what is shown, parsed and sent is UTF-8. */
static LfSlice
make_valid(LfArena *arena, LfSlice s)
{
  const char *p = s.p, *end = s.p + s.len;
  for (gsize n; p < end && (n = lf_utf8_sequence(p, end)) > 0;)
    p += n;
  if (p == end)
    return lf_arena_dup(arena, s);
  g_autofree char *valid = g_utf8_make_valid(s.p, (gssize)s.len);
  return lf_arena_dup(arena, lf_slice_str(valid));
}

static gboolean
resolve_text(Resolver *z, const LfNode *node, LfValue *out)
{
  g_auto(LfBuf) made = {0};
  *out = lf_value_string(node->text);
  if (node->text.len < 2 || memmem(node->text.p, node->text.len, "{{", 2) == NULL)
    return TRUE;
  if (++z->templates > LF_VARS_TEMPLATES_MAX)
    return lf_place_error(z->error, node->place, LF_CONFIG_ERROR_INVALID,
                          "the defaults of this manifest hold more than %d templates", LF_VARS_TEMPLATES_MAX);
  if (!lf_vars_render(z->arena, node->place, node->text, LF_TEMPLATE_CONFIG, z->vars, z->reads, &made, z->error))
    return FALSE;
  z->bytes += made.len;
  if (z->bytes > LF_VARS_BYTES_MAX)
    return lf_place_error(z->error, node->place, LF_CONFIG_ERROR_INVALID,
                          "the defaults of this manifest grow to more than %d bytes", LF_VARS_BYTES_MAX);
  *out = lf_value_string(make_valid(z->arena, lf_buf_slice(&made)));
  return TRUE;
}

/* Texts below the first level of a list, and those in maps, are no templates. */
static gboolean
resolve_default(Resolver *z, const LfNode *node, LfValue *out)
{
  *out = lf_value_null();
  if (is_nothing(node))
    return TRUE;
  if (node->type == LF_NODE_STRING)
    return resolve_text(z, node, out);
  *out = lf_vars_value(z->arena, node);
  for (guint i = 0; node->type == LF_NODE_LIST && i < node->n; i++)
    if (node->entries[i].node->type == LF_NODE_STRING && !resolve_text(z, node->entries[i].node, &out->array->items[i]))
      return FALSE;
  return TRUE;
}

gboolean
lf_vars_resolve(LfArena *arena, const LfManifest *manifest, LfValue builtin, const LfNode *user, LfTemplateReads *reads,
                LfValue *out, GError **error)
{
  Resolver z = {.arena = arena, .vars = out, .reads = reads, .error = error};
  *out = lf_value_object(arena, manifest->n_vars + 1);
  lf_object_set_static(arena, out, "builtin", builtin);
  for (guint i = 0; i < manifest->n_vars; i++) {
    LfValue value;
    if (!resolve_default(&z, manifest->vars[i].fallback, &value))
      return FALSE;
    lf_object_set(arena, out, lf_slice_str(manifest->vars[i].name), value);
  }
  for (guint i = 0; user != NULL && user->type == LF_NODE_MAP && i < user->n; i++)
    if (!is_nothing(user->entries[i].node))
      lf_object_set(arena, out, user->entries[i].key, lf_vars_value(arena, user->entries[i].node));
  return TRUE;
}

static gboolean
undeclared(const LfManifest *manifest, const LfNodeEntry *e, const char *who, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < manifest->n_vars; i++)
    g_ptr_array_add(names, (gpointer)manifest->vars[i].name);
  g_ptr_array_add(names, NULL);
  g_autofree char *word = lf_slice_dup(e->key);
  g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
  const char *near = lf_option_near(word, (const char *const *)names->pdata, names->len - 1);
  return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID, "var.%s: %s has no such variable%s%s%s; it has %s",
                        word, who, near != NULL ? " (did you mean var." : "", near != NULL ? near : "",
                        near != NULL ? "?)" : "", all[0] != '\0' ? all : "none");
}

gboolean
lf_vars_check_declared(const LfManifest *manifest, const LfNode *user, const char *who, GError **error)
{
  for (guint i = 0; user != NULL && user->type == LF_NODE_MAP && i < user->n; i++)
    if (lf_manifest_var(manifest, user->entries[i].key) == NULL)
      return undeclared(manifest, &user->entries[i], who, error);
  return TRUE;
}
