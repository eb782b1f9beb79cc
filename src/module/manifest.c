/* A fileset's manifest.yml. */
#include "module/manifest.h"

#include "base/fs.h"
#include "config/expand.h"
#include "config/option/option.h"
#include "config/tree.h"
#include "value/yaml.h"

/* The operating system's name in `os.<name>`: Go's runtime.GOOS. */
#define GOOS "linux"

static gboolean
wrong(GError **error, const LfNode *node, const char *name, const char *want)
{
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s must be %s, not %s", name, want, found);
}

static gboolean
too_many(GError **error, const LfNode *list, const char *name)
{
  return lf_place_error(error, list->place, LF_CONFIG_ERROR_INVALID, "%s has %u entries, more than %d", name, list->n,
                        LF_MANIFEST_LIST_MAX);
}

static gboolean
is_null(const LfNode *node)
{
  return node == NULL || node->type == LF_NODE_NULL;
}

/* `min_elasticsearch_version`, which gives a variable another value for old clusters, is not looked at: there is no
 * cluster, the pipelines run here, and here is what the newest Elasticsearch has. */
static gboolean
read_var(LfArena *arena, const LfNode *node, LfManifestVar *out, GError **error)
{
  if (node->type != LF_NODE_MAP)
    return wrong(error, node, "an entry of var", "a map with a name");
  const LfNode *name = lf_node_get(node, "name");
  if (is_null(name))
    return lf_place_error(error, node->place, LF_CONFIG_ERROR_MISSING, "an entry of var has no name");
  if (name->type != LF_NODE_STRING)
    return wrong(error, name, "the name of a var", "a text");
  const LfNodeEntry *os = lf_node_entry(lf_node_get(node, "os"), lf_slice_str(GOOS));
  *out = (LfManifestVar){.name = lf_arena_dup(arena, name->text).p,
                         .place = name->place,
                         .fallback = os != NULL ? os->node : lf_node_get(node, "default")};
  return TRUE;
}

static gboolean
read_vars(LfArena *arena, const LfNode *list, LfManifest *out, GError **error)
{
  if (is_null(list))
    return TRUE;
  if (list->type != LF_NODE_LIST)
    return wrong(error, list, "var", "a list");
  if (list->n > LF_MANIFEST_LIST_MAX)
    return too_many(error, list, "var");
  out->vars = lf_arena_alloc_n(arena, list->n, sizeof *out->vars);
  for (; out->n_vars < list->n; out->n_vars++)
    if (!read_var(arena, list->entries[out->n_vars].node, &out->vars[out->n_vars], error))
      return FALSE;
  return TRUE;
}

/* Numbers and truth values are taken by their text, as go-ucfg unpacks them into a string. */
static gboolean
read_path(LfArena *arena, const LfNode *node, const char *name, LfManifestPath *out, GError **error)
{
  const char *text = lf_option_text(arena, node);
  if (text == NULL)
    return wrong(error, node, name, "a text");
  *out = (LfManifestPath){.text = lf_slice_str(text), .place = node->place};
  return TRUE;
}

static gboolean
read_pipelines(LfArena *arena, const LfNode *node, LfManifest *out, GError **error)
{
  if (is_null(node))
    return TRUE;
  gboolean list = node->type == LF_NODE_LIST;
  guint n = list ? node->n : 1;
  if (n > LF_MANIFEST_LIST_MAX)
    return too_many(error, node, "ingest_pipeline");
  out->pipelines = lf_arena_alloc_n(arena, n, sizeof *out->pipelines);
  for (; out->n_pipelines < n; out->n_pipelines++)
    if (!read_path(arena, list ? node->entries[out->n_pipelines].node : node, "ingest_pipeline",
                   &out->pipelines[out->n_pipelines], error))
      return FALSE;
  return TRUE;
}

static gboolean
read_requirement(LfArena *arena, const LfNode *node, LfManifestRequirement *out, GError **error)
{
  if (node->type != LF_NODE_MAP)
    return wrong(error, node, "an entry of requires.processors", "a map with a name");
  const LfNode *name = lf_node_get(node, "name"), *plugin = lf_node_get(node, "plugin");
  *out = (LfManifestRequirement){.name = name != NULL ? lf_option_text(arena, name) : NULL,
                                 .plugin = plugin != NULL ? lf_option_text(arena, plugin) : NULL};
  if (out->name == NULL)
    return lf_place_error(error, node->place, LF_CONFIG_ERROR_MISSING, "an entry of requires.processors has no name");
  return TRUE;
}

static gboolean
read_requires(LfArena *arena, const LfNode *list, LfManifest *out, GError **error)
{
  if (is_null(list))
    return TRUE;
  if (list->type != LF_NODE_LIST)
    return wrong(error, list, "requires.processors", "a list");
  if (list->n > LF_MANIFEST_LIST_MAX)
    return too_many(error, list, "requires.processors");
  out->requires = lf_arena_alloc_n(arena, list->n, sizeof *out->requires);
  for (; out->n_requires < list->n; out->n_requires++)
    if (!read_requirement(arena, list->entries[out->n_requires].node, &out->requires[out->n_requires], error))
      return FALSE;
  return TRUE;
}

/* The file as go-ucfg has it, which is what Filebeat reads manifests with: dotted names are paths, ${VAR} is expanded in
 * what is used. Returns: NULL with the error. */
static LfNode *
read_tree(LfArena *arena, const char *file, LfSlice text, GError **error)
{
  static const char *const used[] = {"module_version", "var", "ingest_pipeline", "input", "requires"};
  LfNode *root = lf_yaml_read(arena, file, text, error);
  if (root == NULL)
    return NULL;
  if (root->type != LF_NODE_MAP) {
    wrong(error, root, "a manifest", "a map");
    return NULL;
  }
  root = lf_tree_normalize(arena, root, error);
  if (root == NULL)
    return NULL;
  LfExpandScope scope = {.root = root};
  LfNode *out = lf_tree_map(arena, root->place);
  for (gsize i = 0; i < G_N_ELEMENTS(used); i++) {
    const LfNodeEntry *e = lf_node_entry(root, lf_slice_str(used[i]));
    LfNode *node = e != NULL ? lf_expand(arena, &scope, e->node, FALSE, error) : NULL;
    if (e != NULL && node == NULL)
      return NULL;
    if (e != NULL)
      lf_node_set(arena, out, e->key, e->place, node);
  }
  return out;
}

LfManifest *
lf_manifest_parse(LfArena *arena, const char *file, LfSlice text, GError **error)
{
  LfManifest *m = lf_arena_alloc0(arena, sizeof *m);
  const LfNode *root = read_tree(arena, file, text, error);
  const LfNode *version = lf_node_get(root, "module_version"), *input = lf_node_get(root, "input");
  if (root == NULL)
    return NULL;
  if (version != NULL)
    m->version = lf_option_text(arena, version);
  if (!read_vars(arena, lf_node_get(root, "var"), m, error) ||
      !read_pipelines(arena, lf_node_get(root, "ingest_pipeline"), m, error) ||
      !read_requires(arena, lf_node_get_path(root, "requires.processors"), m, error))
    return NULL;
  if (is_null(input)) {
    lf_place_error(error, root->place, LF_CONFIG_ERROR_MISSING,
                   "input is not set: a manifest names the template of its input, such as config/log.yml");
    return NULL;
  }
  return read_path(arena, input, "input", &m->input, error) ? m : NULL;
}

LfManifest *
lf_manifest_load(LfArena *arena, const char *file, GError **error)
{
  g_autoptr(GError) failed = NULL;
  gsize len;
  g_autofree char *text = lf_fs_read(file, LF_FS_TEXT_MAX, &len, &failed);
  if (text == NULL) {
    lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING, "%s", failed->message);
    return NULL;
  }
  return lf_manifest_parse(arena, file, lf_arena_dup(arena, lf_slice(text, len)), error);
}

const LfManifestVar *
lf_manifest_var(const LfManifest *m, LfSlice name)
{
  for (guint i = m->n_vars; i > 0; i--)
    if (lf_slice_is(name, m->vars[i - 1].name))
      return &m->vars[i - 1];
  return NULL;
}
