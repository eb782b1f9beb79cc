/* The table of ingest processors, and how one reads its options. */
#include "ingest/registry.h"

static const LfStepClass *const rows[] = {
    &lf_step_append, &lf_step_drop, &lf_step_fail, &lf_step_remove, &lf_step_rename, &lf_step_set,
};

/* Elasticsearch's processors (its reference, "Ingest processor reference") that are not there yet. */
static const char *const known[] = {
    "attachment",   "bytes",     "circle",     "community_id", "convert",       "csv",
    "date",         "date_index_name", "dissect", "dot_expander", "enrich",     "fingerprint",
    "foreach",      "geo_grid",  "geoip",      "grok",         "gsub",          "html_strip",
    "inference",    "ip_location", "join",     "json",         "kv",            "lowercase",
    "network_direction", "pipeline", "redact", "registered_domain", "reroute",  "script",
    "set_security_user", "sort", "split",      "terminate",    "trim",          "uppercase",
    "uri_parts",    "urldecode", "user_agent",
};

const LfStepClass *
lf_step_find(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strcmp(rows[i]->name, name) == 0)
      return rows[i];
  return NULL;
}

gboolean
lf_step_is_known(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (strcmp(known[i], name) == 0)
      return TRUE;
  return FALSE;
}

static const char *
class_of(LfStepOptions *o, const LfNode *node)
{
  LfValue v = lf_node_to_value(o->arena, node);
  return lf_doc_class_name(&v);
}

gboolean
lf_step_refuse(LfStepOptions *o, LfPlace place, const char *name, const char *what)
{
  g_autofree char *reason = g_strdup_printf("[%s] %s", name, what);
  if (o->refused != NULL)
    *o->refused = (LfIngestError){.type = "parse_exception", .reason = lf_arena_dup(o->arena, lf_slice_str(reason)).p};
  return lf_place_error(o->error, place, LF_CONFIG_ERROR_INVALID, "processor %s: %s", o->type, reason);
}

gboolean
lf_step_refuse_script(LfStepOptions *o, LfPlace place, const GError *cause, gboolean syntax)
{
  if (syntax && o->refused != NULL) {
    const char *reason = cause->domain == LF_CONDITION_ERROR ? "compile error" : cause->message;
    *o->refused = (LfIngestError){.type = "script_exception", .reason = lf_arena_dup(o->arena, lf_slice_str(reason)).p};
  }
  return lf_place_error(o->error, place, syntax ? LF_CONFIG_ERROR_INVALID : LF_CONFIG_ERROR_REFUSED,
                        "processor %s: %s", o->type, cause->message);
}

static const LfNode *
take(LfStepOptions *o, const char *name)
{
  for (guint i = 0; i < o->map->n; i++)
    if (lf_slice_is(o->map->entries[i].key, name)) {
      o->used[i] = TRUE;
      const LfNode *node = o->map->entries[i].node;
      return node->type == LF_NODE_NULL ? NULL : node;
    }
  return NULL;
}

gboolean
lf_step_node(LfStepOptions *o, const char *name, gboolean required, const LfNode **out)
{
  *out = take(o, name);
  if (*out == NULL && required)
    return lf_step_refuse(o, o->place, name, "required property is missing");
  return TRUE;
}

gboolean
lf_step_text(LfStepOptions *o, const char *name, gboolean required, LfSlice *out)
{
  const LfNode *node;
  *out = (LfSlice){0};
  if (!lf_step_node(o, name, required, &node))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (node->type != LF_NODE_STRING) {
    g_autofree char *what = g_strdup_printf("property isn't a string, but of type [%s]", class_of(o, node));
    return lf_step_refuse(o, node->place, name, what);
  }
  *out = lf_slice(node->text.p != NULL ? node->text.p : "", node->text.len);
  return TRUE;
}

gboolean
lf_step_bool(LfStepOptions *o, const char *name, gboolean fallback, gboolean *out)
{
  const LfNode *node = take(o, name);
  *out = fallback;
  if (node == NULL)
    return TRUE;
  if (node->type != LF_NODE_BOOL) {
    g_autofree char *what = g_strdup_printf("property isn't a boolean, but of type [%s]", class_of(o, node));
    return lf_step_refuse(o, node->place, name, what);
  }
  *out = node->b;
  return TRUE;
}

gboolean
lf_step_field(LfStepOptions *o, const char *name, gboolean required, LfField *out)
{
  LfSlice text;
  g_autoptr(GError) cause = NULL;
  *out = (LfField){0};
  if (!lf_step_text(o, name, required, &text))
    return FALSE;
  if (text.p == NULL || lf_field_compile(o->arena, text, out, &cause))
    return TRUE;
  return lf_step_refuse_script(o, o->place, cause, cause->code == LF_MUSTACHE_ERROR_SYNTAX);
}
