/* The inputs and modules of a configuration. */
#include "config/load.h"
#include "config/override.h"
#include "config/tree.h"

typedef struct {
  gboolean enabled;
} Switch;

static const LfOption switch_rows[] = {
    {"enabled", LF_OPTION_BOOL, .offset = offsetof(Switch, enabled), .fallback = "true", .doc = "whether it is used"},
};
static const LfOptionTable switch_table = {LF_OPTION_TABLE_OF(switch_rows), .open = TRUE};

gboolean
lf_load_enabled(LfConfigLoad *load, const LfExpandScope *scope, const LfNode *block, gboolean *enabled, GError **error)
{
  LfOptionContext context = {.arena = load->arena, .prefix = "", .where = "this part"};
  LfNodeEntry *e = lf_node_entry(block, LF_SLICE_LIT("enabled"));
  const LfNode *map = block;
  Switch out;
  if (e != NULL) {
    LfNode *value = lf_expand(load->arena, scope, e->node, FALSE, error), *only = lf_tree_map(load->arena, e->place);
    if (value == NULL)
      return FALSE;
    lf_node_set(load->arena, only, e->key, e->place, value);
    map = only;
  }
  gboolean ok = lf_options_read(&switch_table, map, &context, &out, error);
  *enabled = ok && out.enabled;
  return ok;
}

/* A block's variables see the block itself and path.*, then the environment, then (which Filebeat does not have) the
 * main configuration. */
static LfExpandScope
block_scope(LfConfigLoad *load, const LfNode *block)
{
  LfExpandScope scope = load->scope;
  LfNode *root = lf_tree_map(load->arena, block->place);
  lf_node_set(load->arena, root, LF_SLICE_LIT("path"), block->place, lf_node_get(load->merged, "path"));
  scope.root = lf_tree_merge(load->arena, root, block);
  scope.late = load->merged;
  return scope;
}

/* Appends `item` to an array in the arena. Returns: where it is. */
#define APPEND(arena, items, n, item)                                                                                  \
  ((items) = lf_arena_grow(arena, items, (n) * sizeof *(items), ((n) + 1) * sizeof *(items)), (items)[n] = (item),     \
   &(items)[(n)++])

/* A word that a block must have: `type`, `module`. */
static const char *
block_word(LfConfigLoad *load, const LfExpandScope *scope, const LfNode *block, const char *key, GError **error)
{
  const LfNode *node = lf_node_get(block, key);
  if (node == NULL || node->type == LF_NODE_NULL) {
    lf_place_error(error, block->place, LF_CONFIG_ERROR_MISSING, "this block has no %s", key);
    return NULL;
  }
  const LfNode *value = lf_expand(load->arena, scope, node, FALSE, error);
  if (value == NULL)
    return NULL;
  if (value->type != LF_NODE_STRING || value->text.len == 0 || memchr(value->text.p, '\0', value->text.len) != NULL) {
    g_autofree char *found = lf_node_describe(value);
    lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes a name, not %s", key, found);
    return NULL;
  }
  return lf_option_text(load->arena, value);
}

static gboolean
check_block(const LfNode *block, const char *key, GError **error)
{
  if (block->type == LF_NODE_MAP)
    return TRUE;
  g_autofree char *found = lf_node_describe(block);
  return lf_place_error(error, block->place, LF_CONFIG_ERROR_INVALID, "a block begins with \"- %s: name\"; here is %s",
                        key, found);
}

static gboolean
add_input(LfConfigLoad *load, const LfNode *block, gboolean own, GError **error)
{
  LfConfig *config = load->config;
  gboolean enabled;
  if (block->type == LF_NODE_NULL)
    return TRUE;
  if (!check_block(block, "type", error))
    return FALSE;
  LfExpandScope scope = own ? block_scope(load, block) : load->scope;
  if (!lf_load_enabled(load, &scope, block, &enabled, error))
    return FALSE;
  if (!enabled)
    return TRUE;
  LfInputBlock input = {.place = block->place, .type = block_word(load, &scope, block, "type", error)};
  if (input.type == NULL || (input.node = lf_expand(load->arena, &scope, block, FALSE, error)) == NULL)
    return FALSE;
  APPEND(load->arena, config->inputs, config->n_inputs, input);
  return TRUE;
}

gboolean
lf_load_inputs(LfConfigLoad *load, const LfNode *list, gboolean own, GError **error)
{
  for (guint i = 0; i < list->n; i++)
    if (!add_input(load, list->entries[i].node, own, error))
      return FALSE;
  return TRUE;
}

static const LfOption fileset_rows[] = {
    {"enabled", LF_OPTION_BOOL, .offset = offsetof(LfFilesetBlock, enabled), .fallback = "true",
     .doc = "whether the fileset runs"},
    {"var", LF_OPTION_MAP, .offset = offsetof(LfFilesetBlock, var), .doc = "the fileset's variables"},
    {"input", LF_OPTION_MAP, .offset = offsetof(LfFilesetBlock, input), .doc = "options over the rendered input"},
};
static const LfOptionTable fileset_table = {LF_OPTION_TABLE_OF(fileset_rows), .open = TRUE};

/* What is neither of a fileset's three parts is nearly always one of its variables. */
static gboolean
check_fileset_keys(const char *name, const LfNode *node, GError **error)
{
  for (guint i = 0; i < node->n; i++) {
    const LfNodeEntry *e = &node->entries[i];
    g_autofree char *key = lf_slice_dup(e->key);
    if (lf_options_find(&fileset_table, key) != NULL)
      continue;
    g_autofree char *near = lf_option_suggest(&fileset_table, "", key);
    return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID,
                          "%s.%s is no option of the fileset %s; did you mean %s%s? There are: enabled, var, input",
                          name, key, name, near != NULL ? "" : "var.", near != NULL ? near : key);
  }
  return TRUE;
}

/* Reads a fileset's map, -M merged over it. */
static gboolean
add_fileset(LfConfigLoad *load, LfModuleBlock *module, const LfExpandScope *scope, LfSlice name, LfPlace place,
            const LfNode *node, GError **error)
{
  const char *text = lf_arena_dup(load->arena, name).p;
  LfNode *over = lf_override_for_fileset(load->arena, load->overrides, module->name, text);
  if (node->type != LF_NODE_MAP && node->type != LF_NODE_NULL) {
    g_autofree char *found = lf_node_describe(node);
    return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID,
                          "%s is a fileset of module %s and takes a map, not %s", text, module->name, found);
  }
  LfNode *merged =
      lf_tree_merge(load->arena, node->type == LF_NODE_NULL ? lf_tree_map(load->arena, place) : node, over);
  LfNode *whole = lf_expand(load->arena, scope, merged, FALSE, error);
  if (whole == NULL || !check_fileset_keys(text, whole, error))
    return FALSE;
  LfFilesetBlock block = {0};
  LfOptionContext context = {.arena = load->arena, .prefix = text};
  if (!lf_options_read(&fileset_table, whole, &context, &block, error))
    return FALSE;
  block.name = text;
  block.place = place;
  block.node = whole;
  APPEND(load->arena, module->filesets, module->n_filesets, block);
  return TRUE;
}

static gboolean
names_fileset(const LfModuleBlock *module, LfSlice name)
{
  for (guint i = 0; i < module->n_filesets; i++)
    if (lf_slice_is(name, module->filesets[i].name))
      return TRUE;
  return FALSE;
}

/* The filesets that the block names, then those that only -M names. */
static gboolean
add_filesets(LfConfigLoad *load, LfModuleBlock *module, const LfNode *block, const LfExpandScope *scope, GError **error)
{
  static const char *const own[] = {"module", "enabled", "path"};
  for (guint i = 0; i < block->n; i++) {
    const LfNodeEntry *e = &block->entries[i];
    gboolean is_own = FALSE;
    for (gsize k = 0; k < G_N_ELEMENTS(own); k++)
      is_own = is_own || lf_slice_is(e->key, own[k]);
    if (lf_slice_is(e->key, "var") || lf_slice_is(e->key, "input"))
      return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID,
                            "%.*s stands below a fileset, as in log.%.*s, and not below module %s itself",
                            (int)e->key.len, e->key.p, (int)e->key.len, e->key.p, module->name);
    if (!is_own && !add_fileset(load, module, scope, e->key, e->place, e->node, error))
      return FALSE;
  }
  const LfNode *over = lf_node_get(load->overrides, module->name);
  for (guint i = 0; over != NULL && i < over->n; i++) {
    const LfNodeEntry *e = &over->entries[i];
    LfNode *empty = lf_tree_map(load->arena, e->place);
    if (!lf_slice_is(e->key, "*") && !names_fileset(module, e->key) &&
        !add_fileset(load, module, scope, e->key, e->place, empty, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether each fileset exists and at least one runs. */
static gboolean
check_filesets(LfConfigLoad *load, const LfModuleBlock *module, GError **error)
{
  const LfConfigSources *sources = load->sources;
  g_auto(GStrv) there = NULL;
  if (sources->fileset_names != NULL)
    there = sources->fileset_names(&load->config->paths, module->name, sources->fileset_names_data);
  g_autofree char *list = there != NULL ? g_strjoinv(", ", there) : NULL;
  gboolean any = FALSE;
  for (guint i = 0; i < module->n_filesets; i++) {
    const LfFilesetBlock *fileset = &module->filesets[i];
    any = any || fileset->enabled;
    if (!fileset->enabled || there == NULL || g_strv_contains((const char *const *)there, fileset->name))
      continue;
    const char *near = lf_option_near(fileset->name, (const char *const *)there, g_strv_length(there));
    return lf_place_error(
        error, fileset->place, LF_CONFIG_ERROR_INVALID, "module %s has no fileset %s%s%s%s There are: %s", module->name,
        fileset->name, near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : ".", list);
  }
  const char *example = there != NULL && there[0] != NULL ? there[0] : "log";
  return any || lf_place_error(error, module->place, LF_CONFIG_ERROR_MISSING,
                               "module %s has no enabled fileset: only the filesets that a block names run. Add \"%s: "
                               "{enabled: true}\" to it%s%s",
                               module->name, example, list != NULL ? "; there are: " : "", list != NULL ? list : "");
}

static gboolean
add_module(LfConfigLoad *load, const LfNode *block, GError **error)
{
  LfConfig *config = load->config;
  gboolean enabled;
  if (block->type == LF_NODE_NULL)
    return TRUE;
  if (!check_block(block, "module", error))
    return FALSE;
  LfExpandScope scope = block_scope(load, block);
  LfModuleBlock module = {.place = block->place};
  module.name = block_word(load, &scope, block, "module", error);
  if (module.name == NULL || !lf_load_enabled(load, &scope, block, &enabled, error))
    return FALSE;
  if (!enabled)
    return TRUE;
  module.node = lf_expand(load->arena, &scope, block, FALSE, error);
  if (module.node == NULL || !add_filesets(load, &module, block, &scope, error) ||
      !check_filesets(load, &module, error))
    return FALSE;
  APPEND(load->arena, config->modules, config->n_modules, module);
  return TRUE;
}

gboolean
lf_load_modules(LfConfigLoad *load, const LfNode *list, GError **error)
{
  for (guint i = 0; i < list->n; i++)
    if (!add_module(load, list->entries[i].node, error))
      return FALSE;
  return TRUE;
}

static gboolean
has_module(const LfConfig *config, const char *name)
{
  for (guint i = 0; i < config->n_modules; i++)
    if (strcmp(config->modules[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
add_named_module(LfConfigLoad *load, const char *name, GError **error)
{
  LfPlace place = {g_intern_static_string("--modules"), 0, 0};
  LfNode *block = lf_tree_map(load->arena, place);
  if (has_module(load->config, name))
    return TRUE;
  lf_node_set(load->arena, block, LF_SLICE_LIT("module"), place,
              lf_node_string(load->arena, place, lf_arena_dup(load->arena, lf_slice_str(name))));
  return add_module(load, block, error);
}

gboolean
lf_load_named_modules(LfConfigLoad *load, GError **error)
{
  for (const char *const *m = load->sources->modules; m != NULL && *m != NULL; m++) {
    g_auto(GStrv) names = g_strsplit(*m, ",", -1);
    for (guint i = 0; names[i] != NULL; i++)
      if (*g_strstrip(names[i]) != '\0' && !add_named_module(load, names[i], error))
        return FALSE;
  }
  for (guint i = 0; i < load->overrides->n; i++) {
    const LfNodeEntry *e = &load->overrides->entries[i];
    g_autofree char *name = lf_slice_dup(e->key);
    if (strcmp(name, "*") != 0 && !has_module(load->config, name))
      lf_notes_add(&load->config->notes, LF_LOG_WARNING, e->place, "module %s is not enabled; this changes nothing",
                   name);
  }
  return TRUE;
}
