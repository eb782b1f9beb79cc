/* The one output of a configuration. */
#include "config/load.h"
#include "config/tree.h"

typedef struct {
  const char *name;
  gboolean there;
} Known;

static const Known known[] = {{"console", TRUE}, {"file", TRUE},   {"elasticsearch", TRUE}, {"logstash", FALSE},
                              {"kafka", FALSE},  {"redis", FALSE}, {"discard", FALSE}};

static const Known *
find_known(LfSlice name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (lf_slice_is(name, known[i].name))
      return &known[i];
  return NULL;
}

static gboolean
check_name(const LfNodeEntry *e, GError **error)
{
  if (find_known(e->key) != NULL)
    return TRUE;
  const char *names[G_N_ELEMENTS(known)];
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    names[i] = known[i].name;
  g_autofree char *key = lf_slice_dup(e->key);
  const char *near = lf_option_near(key, names, G_N_ELEMENTS(names));
  return lf_place_error(
      error, e->place, LF_CONFIG_ERROR_INVALID, "output.%s is no output%s%s%s There are: console, file, elasticsearch",
      key, near != NULL ? "; did you mean output." : "", near != NULL ? near : "", near != NULL ? "?" : ".");
}

/* Checks one `output.<name>` and keeps it where it is enabled. */
static gboolean
take(LfConfigLoad *load, const LfNodeEntry *e, const LfNodeEntry **found, GError **error)
{
  gboolean enabled;
  if (e->node->type != LF_NODE_MAP && e->node->type != LF_NODE_NULL) {
    g_autofree char *node = lf_node_describe(e->node);
    return lf_place_error(error, e->node->place, LF_CONFIG_ERROR_INVALID, "output.%.*s takes a map, not %s",
                          (int)e->key.len, e->key.p, node);
  }
  if (!check_name(e, error) || !lf_load_enabled(load, &load->scope, e->node, &enabled, error))
    return FALSE;
  if (!enabled)
    return TRUE;
  if (*found == NULL) {
    *found = e;
    return TRUE;
  }
  const LfNodeEntry *first = *found;
  g_autofree char *where = lf_place_format(first->place);
  return lf_place_error(
      error, e->place, LF_CONFIG_ERROR_INVALID,
      "output.%.*s is the second enabled output; the first is %soutput.%.*s. Set enabled: false in one "
      "of them, or give -E output.%.*s.enabled=false",
      (int)e->key.len, e->key.p, where, (int)first->key.len, first->key.p, (int)first->key.len, first->key.p);
}

gboolean
lf_load_output(LfConfigLoad *load, const LfNode *output, GError **error)
{
  const LfNodeEntry *found = NULL;
  for (guint i = 0; output != NULL && i < output->n; i++)
    if (!take(load, &output->entries[i], &found, error))
      return FALSE;
  if (found == NULL)
    return load->sources->output_optional ||
           lf_place_error(error, load->merged->place, LF_CONFIG_ERROR_MISSING,
                          "no output is enabled: add output.elasticsearch, output.file or output.console");
  if (!find_known(found->key)->there && !load->sources->output_optional)
    return lf_place_error(error, found->place, LF_CONFIG_ERROR_REFUSED,
                          "output.%.*s is not there in logferry yet: there are elasticsearch, file and console; try -E "
                          "output.%.*s.enabled=false -E output.console.enabled=true",
                          (int)found->key.len, found->key.p, (int)found->key.len, found->key.p);
  const LfNode *node = found->node->type == LF_NODE_NULL ? lf_tree_map(load->arena, found->place) : found->node;
  node = lf_expand(load->arena, &load->scope, node, FALSE, error);
  if (node == NULL)
    return FALSE;
  load->config->output = (LfOutputBlock){lf_arena_dup(load->arena, found->key).p, found->place, node};
  if (load->config->setup != NULL && !lf_slice_is(found->key, "elasticsearch"))
    lf_notes_add(&load->config->notes, LF_LOG_WARNING, load->config->setup->place,
                 "setup is ignored; it is for output.elasticsearch");
  return !load->config->ingest_remote || lf_slice_is(found->key, "elasticsearch") ||
         lf_place_error(error, load->config->ingest_place, LF_CONFIG_ERROR_INVALID,
                        "ingest.mode: remote needs output.elasticsearch, whose cluster runs the pipelines; "
                        "output.%.*s takes local",
                        (int)found->key.len, found->key.p);
}
