/* setup.template and setup.ilm: their options, and the documents that are made of them. */
#include "output/es_template.h"

#include "base/fs.h"
#include "module/mapping.h"
#include "text/formatstring.h"
#include "value/json_read.h"
#include "value/json_write.h"

#define BEAT "filebeat"

enum { PRIORITY = 150, ORDER = 1, TOTAL_FIELDS = 10000, DOCVALUE_FIELDS = 200, IGNORE_ABOVE = 1024 };

#define T(member) .offset = offsetof(LfEsSetupSettings, template.member)
#define I(member) .offset = offsetof(LfEsSetupSettings, ilm.member)

static const char *const types[] = {"index", "legacy", "component", NULL};

static const LfOption rows[] = {
    {"template.enabled", LF_OPTION_BOOL, T(enabled), .fallback = "true",
     .doc = "load an index template at the first connect"},
    {"template.name", LF_OPTION_STRING, T(name), .doc = "its name; filebeat-%{[agent.version]}"},
    {"template.pattern", LF_OPTION_STRING, T(pattern), .doc = "the indices or data streams that it is for"},
    {"template.type", LF_OPTION_ENUM, T(type), .words = types, .doc = "index, or legacy or component; index"},
    {"template.overwrite", LF_OPTION_BOOL, T(overwrite), .fallback = "false",
     .doc = "load it also where there is one of that name"},
    {"template.order", LF_OPTION_IGNORED, .doc = "priority decides"},
    {"template.priority", LF_OPTION_INT, T(priority), .fallback = "150", .min = 0, .max = 1e9,
     .doc = "which template wins where several match"},
    {"template.settings.index", LF_OPTION_MAP, T(settings), .doc = "index settings, over those of the template"},
    {"template.settings._source", LF_OPTION_MAP, T(source), .doc = "the mapping's _source"},
    {"template.append_fields", LF_OPTION_LIST, T(append_fields), .doc = "fields beside those of fields.yml"},
    {"template.fields", LF_OPTION_STRING, T(fields), .doc = "a fields.yml instead of ours; relative to path.config"},
    {"template.json.enabled", LF_OPTION_BOOL, T(json_enabled), .fallback = "false",
     .doc = "load a template from a JSON file as it is"},
    {"template.json.path", LF_OPTION_STRING, T(json_path), .doc = "that file; relative to path.config"},
    {"template.json.name", LF_OPTION_STRING, T(json_name), .doc = "the template's name"},
    {"template.json.data_stream", LF_OPTION_IGNORED, .fallback = "false", .doc = "the file itself says data_stream"},
    {"template.versions", LF_OPTION_IGNORED, .doc = "templates follow the version of the server"},
    {"ilm.enabled", LF_OPTION_ANY, I(enabled),
     .doc = "a lifecycle policy: auto where the server has such, true or false"},
    {"ilm.policy_name", LF_OPTION_STRING, I(policy_name), .fallback = BEAT, .doc = "the policy's name"},
    {"ilm.policy_file", LF_OPTION_STRING, I(policy_file), .doc = "a policy as JSON; relative to path.config"},
    {"ilm.check_exists", LF_OPTION_BOOL, I(check_exists), .fallback = "true",
     .doc = "look whether the policy is there; without it none is loaded"},
    {"ilm.overwrite", LF_OPTION_BOOL, I(overwrite), .fallback = "false", .doc = "load it also where it is there"},
    {"ilm.rollover_alias", LF_OPTION_STRING, I(rollover_alias), .fallback = BEAT "-%{[agent.version]}",
     .doc = "the write alias; compat.filebeat 7.17 alone"},
    {"ilm.pattern", LF_OPTION_STRING, I(pattern), .fallback = "'{now/d}-000001'",
     .doc = "how the alias's first index ends; compat.filebeat 7.17 alone"},
    {"dsl", LF_OPTION_IGNORED, .doc = "Elastic's serverless projects keep their own lifecycle"},
    {"kibana", LF_OPTION_IGNORED, .doc = "nothing is set up in Kibana"},
    {"dashboards", LF_OPTION_IGNORED, .doc = "nothing is set up in Kibana"},
    {"xpack", LF_OPTION_IGNORED, .doc = "nothing is set up in Kibana"},
};
static const LfOptionTable table = {LF_OPTION_TABLE_OF(rows)};

static gboolean
is_set(const char *text)
{
  return text != NULL && text[0] != '\0';
}

static gboolean
read_ilm_switch(LfEsIlmSettings *ilm, GError **error)
{
  const LfNode *node = ilm->enabled;
  gboolean empty = node == NULL || node->type == LF_NODE_NULL;
  gboolean word = !empty && node->type == LF_NODE_STRING;
  gboolean is_auto = empty || (word && node->text.len == 4 && g_ascii_strncasecmp(node->text.p, "auto", 4) == 0);
  gboolean on = !empty && ((node->type == LF_NODE_BOOL && node->b) || (word && lf_slice_is(node->text, "true")));
  gboolean off = !empty && ((node->type == LF_NODE_BOOL && !node->b) || (word && lf_slice_is(node->text, "false")));
  ilm->is_enabled = is_auto || on;
  ilm->is_required = on;
  if (is_auto || on || off)
    return TRUE;
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID,
                        "setup.ilm.enabled takes auto, true or false, not %s", found);
}

/* A format of the agent's own fields, as the names of templates and aliases are. NULL with an error. */
static const char *
fill_in(LfArena *arena, const LfConfig *config, const char *text, const char *option, GError **error)
{
  g_auto(LfBuf) out = {0};
  LfFormatString *format = lf_formatstring_compile(arena, (LfPlace){0}, lf_slice_str(text), error);
  if (format == NULL) {
    g_prefix_error(error, "%s: ", option);
    return NULL;
  }
  static const char *const roots[] = {"agent", "beat", "observer"};
  LfValue doc = lf_value_object(arena, 3);
  for (gsize i = 0; i < G_N_ELEMENTS(roots); i++) {
    LfValue agent = lf_value_object(arena, 2);
    lf_object_set_static(arena, &agent, "name", lf_value_string(LF_SLICE_LIT(BEAT)));
    lf_object_set_static(arena, &agent, "version", lf_value_string(lf_slice_str(config->compat.text)));
    lf_object_set_static(arena, &doc, roots[i], agent);
  }
  if (!lf_formatstring_run(format, arena, &doc, NULL, g_get_real_time() / 1000, &out) || out.len == 0) {
    lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
                   "%s: \"%s\" can have agent.version and agent.name, and no field of an event", option, text);
    return NULL;
  }
  return lf_arena_dup(arena, lf_buf_slice(&out)).p;
}

static gboolean
check(LfArena *arena, const LfConfig *config, const LfOptionReport *report, LfEsSetupSettings *out, GError **error)
{
  const LfOptionSeen *json = lf_option_report_get(report, "setup.template.json.enabled");
  LfFields fields = {0};
  LfEsServer server;
  LfEsTemplateNames names;
  lf_es_server_assume((guint)config->compat.major, (guint)config->compat.minor, &server);
  if (out->template.json_enabled && (!is_set(out->template.json_path) || !is_set(out->template.json_name)))
    return lf_place_error(error, json != NULL ? json->place : (LfPlace){0}, LF_CONFIG_ERROR_MISSING,
                          "setup.template.json.enabled needs setup.template.json.path and .name");
  return read_ilm_switch(&out->ilm, error) && lf_fields_read(arena, out->template.append_fields, &fields, error) &&
         lf_es_template_names(arena, out, config, &server, &names, error);
}

gboolean
lf_es_setup_read(LfArena *arena, const LfConfig *config, LfNotes *notes, LfEsSetupSettings *out, GError **error)
{
  LfOptionReport report = {0};
  LfOptionContext context = {.arena = arena, .prefix = "setup", .notes = notes, .report = &report};
  return lf_options_read(&table, config->setup, &context, out, error) && check(arena, config, &report, out, error);
}

static gboolean
set_lifecycle(LfArena *arena, const LfEsSetupSettings *s, const LfConfig *config, const LfEsServer *server,
              LfEsTemplateNames *out, GError **error)
{
  if (!s->ilm.is_enabled)
    return TRUE;
  if (!lf_es_server_has_ilm(server))
    return !s->ilm.is_required ||
           lf_place_error(error, s->ilm.enabled->place, LF_CONFIG_ERROR_INVALID,
                          "setup.ilm.enabled is true, and %s %s has no index lifecycle management; take auto or false",
                          server->name, server->number);
  out->policy = fill_in(arena, config, s->ilm.policy_name, "setup.ilm.policy_name", error);
  if (out->policy == NULL || config->compat.major >= 8)
    return out->policy != NULL;
  out->alias = fill_in(arena, config, s->ilm.rollover_alias, "setup.ilm.rollover_alias", error);
  if (out->alias == NULL)
    return FALSE;
  out->name = out->alias;
  out->pattern = lf_arena_printf(arena, "%s-*", out->alias).p;
  out->first_index = lf_arena_printf(arena, "<%s-%s>", out->alias, s->ilm.pattern).p;
  return TRUE;
}

gboolean
lf_es_template_names(LfArena *arena, const LfEsSetupSettings *s, const LfConfig *config, const LfEsServer *server,
                     LfEsTemplateNames *out, GError **error)
{
  const LfEsTemplateSettings *t = &s->template;
  gboolean streams = config->compat.major >= 8;
  const char *fallback = lf_arena_printf(arena, BEAT "-%s", config->compat.text).p;
  int type = t->type != LF_OPTION_UNSET ? t->type : t->json_enabled && !streams ? LF_ES_TEMPLATE_LEGACY : 0;
  *out = (LfEsTemplateNames){.type = (LfEsTemplateType)type};
  out->name = fill_in(arena, config, is_set(t->name) ? t->name : fallback, "setup.template.name", error);
  if (out->name == NULL)
    return FALSE;
  const char *pattern = streams ? out->name : lf_arena_printf(arena, "%s-*", out->name).p;
  out->pattern = fill_in(arena, config, is_set(t->pattern) ? t->pattern : pattern, "setup.template.pattern", error);
  if (out->pattern == NULL || !set_lifecycle(arena, s, config, server, out, error))
    return FALSE;
  out->data_stream = streams && type == LF_ES_TEMPLATE_INDEX;
  if (t->json_enabled)
    out->name = t->json_name;
  return TRUE;
}

/* Objects are merged, anything else is replaced. */
static void
merge(LfArena *arena, LfValue *to, const LfValue *from, guint depth)
{
  for (guint32 i = 0; from->type == LF_TYPE_OBJECT && i < from->object->len; i++) {
    const LfMember *m = &from->object->members[i];
    LfSlice key = lf_slice(m->key, m->key_len);
    LfValue *there = lf_object_get(to, key);
    if (lf_value_is(there, LF_TYPE_OBJECT) && m->value.type == LF_TYPE_OBJECT && depth < LF_DEPTH_MAX)
      merge(arena, there, &m->value, depth + 1);
    else
      lf_object_set(arena, to, key, m->value);
  }
}

static LfValue
text(const char *s)
{
  return lf_value_string(lf_slice_str(s));
}

/* What Filebeat sets: 5 s between refreshes, 10000 fields, what a query without a field looks at, the lifecycle. */
static LfValue
index_settings(LfArena *arena, const LfEsSetupSettings *s, const LfEsServer *server, const LfEsTemplateNames *names,
               LfMapping *mapping)
{
  LfValue index = lf_value_object(arena, 8), limit = lf_value_object(arena, 1), total = lf_value_object(arena, 1),
          query = lf_value_object(arena, 1);
  lf_object_set_static(arena, &limit, "limit", lf_value_int(TOTAL_FIELDS));
  lf_object_set_static(arena, &total, "total_fields", limit);
  lf_array_push(arena, &mapping->searched, text("fields.*"));
  lf_object_set_static(arena, &query, "default_field", mapping->searched);
  lf_object_set_static(arena, &index, "refresh_interval", text("5s"));
  lf_object_set_static(arena, &index, "mapping", total);
  lf_object_set_static(arena, &index, "query", query);
  if (!server->serverless)
    lf_object_set_static(arena, &index, "max_docvalue_fields_search", lf_value_int(DOCVALUE_FIELDS));
  if (names->policy != NULL) {
    LfValue lifecycle = lf_value_object(arena, 2);
    lf_object_set_static(arena, &lifecycle, "name", text(names->policy));
    if (names->alias != NULL)
      lf_object_set_static(arena, &lifecycle, "rollover_alias", text(names->alias));
    lf_object_set_static(arena, &index, "lifecycle", lifecycle);
  }
  if (s->template.settings != NULL) {
    LfValue user = lf_node_to_value(arena, s->template.settings);
    merge(arena, &index, &user, 0);
  }
  LfValue settings = lf_value_object(arena, 1);
  lf_object_set_static(arena, &settings, "index", index);
  return settings;
}

/* Strings of fields that nobody knows become keywords. */
static LfValue
strings_as_keyword(LfArena *arena)
{
  LfValue mapping = lf_value_object(arena, 2), rule = lf_value_object(arena, 2), out = lf_value_object(arena, 1);
  lf_object_set_static(arena, &mapping, "ignore_above", lf_value_int(IGNORE_ABOVE));
  lf_object_set_static(arena, &mapping, "type", text("keyword"));
  lf_object_set_static(arena, &rule, "mapping", mapping);
  lf_object_set_static(arena, &rule, "match_mapping_type", text("string"));
  lf_object_set_static(arena, &out, "strings_as_keyword", rule);
  return out;
}

static LfValue
mappings(LfArena *arena, const LfEsSetupSettings *s, const LfConfig *config, LfMapping *mapping)
{
  LfValue out = lf_value_object(arena, 5), meta = lf_value_object(arena, 2);
  lf_object_set_static(arena, &meta, "beat", text(BEAT));
  lf_object_set_static(arena, &meta, "version", text(config->compat.text));
  lf_array_push(arena, &mapping->dynamic_templates, strings_as_keyword(arena));
  lf_object_set_static(arena, &out, "_meta", meta);
  if (s->template.source != NULL)
    lf_object_set_static(arena, &out, "_source", lf_node_to_value(arena, s->template.source));
  lf_object_set_static(arena, &out, "date_detection", lf_value_bool(FALSE));
  lf_object_set_static(arena, &out, "dynamic_templates", mapping->dynamic_templates);
  lf_object_set_static(arena, &out, "properties", mapping->properties);
  return out;
}

static LfValue
patterns(LfArena *arena, const LfEsTemplateNames *names)
{
  LfValue out = lf_value_array(arena, 1);
  lf_array_push(arena, &out, text(names->pattern));
  return out;
}

/* Puts settings and mappings into the form of the template's type. */
static LfValue
wrap(LfArena *arena, const LfEsSetupSettings *s, const LfEsTemplateNames *names, LfValue settings, LfValue mapped)
{
  LfValue out = lf_value_object(arena, 4), template = lf_value_object(arena, 2);
  LfValue *body = names->type == LF_ES_TEMPLATE_LEGACY ? &out : &template;
  if (names->type != LF_ES_TEMPLATE_COMPONENT)
    lf_object_set_static(arena, &out, "index_patterns", patterns(arena, names));
  if (names->type == LF_ES_TEMPLATE_LEGACY)
    lf_object_set_static(arena, &out, "order", lf_value_int(ORDER));
  if (names->type == LF_ES_TEMPLATE_INDEX)
    lf_object_set_static(arena, &out, "priority", lf_value_int(s->template.priority));
  if (names->data_stream)
    lf_object_set_static(arena, &out, "data_stream", lf_value_object(arena, 0));
  lf_object_set_static(arena, body, "settings", settings);
  lf_object_set_static(arena, body, "mappings", mapped);
  if (body == &template)
    lf_object_set_static(arena, &out, "template", template);
  return out;
}

static char *
user_path(const LfConfig *config, const char *path)
{
  return g_canonicalize_filename(path, config->paths.config != NULL ? config->paths.config : ".");
}

/* The parts of fields/ of this program. */
static gboolean
load_own(LfArena *arena, const LfConfig *config, LfFields *out, GError **error)
{
  const char *const parts[] = {config->compat.major >= 8 ? "ecs.yml" : "ecs-1.yml", "beat.yml", "aws-cloudwatch.yml"};
  const char *dir = lf_fs_data_dir();
  if (dir == NULL)
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING,
                          "the folder fields of this program is not there; set setup.template.fields");
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *path = g_build_filename(dir, "fields", parts[i], NULL);
    if (!lf_fields_load(arena, path, out, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
load_fields(LfArena *arena, const LfEsSetupSettings *s, const LfConfig *config, const LfEsTemplateModule *modules,
            guint n, LfFields *out, GError **error)
{
  LfFields more = {0};
  if (is_set(s->template.fields)) {
    g_autofree char *path = user_path(config, s->template.fields);
    if (!lf_fields_load(arena, path, out, error))
      return FALSE;
  } else {
    if (!load_own(arena, config, out, error))
      return FALSE;
    for (guint i = 0; i < n; i++)
      if (!lf_fields_load_module(arena, modules[i].dir, modules[i].filesets, out, error))
        return FALSE;
  }
  return lf_fields_read(arena, s->template.append_fields, &more, error) && lf_fields_append(arena, out, &more, error);
}

/* A JSON file of the user's, as it is. */
static gboolean
load_json(LfArena *arena, const LfConfig *config, const char *name, LfBuf *out, GError **error)
{
  g_autoptr(GError) failed = NULL;
  g_autofree char *path = user_path(config, name);
  gsize len;
  g_autofree char *bytes = lf_fs_read(path, LF_FS_TEXT_MAX, &len, &failed);
  LfValue value;
  if (bytes == NULL)
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING, "%s", failed->message);
  if (!lf_json_read_copy(arena, lf_slice(bytes, len), &value, &failed) || value.type != LF_TYPE_OBJECT)
    return lf_place_error(error, (LfPlace){.file = g_intern_string(path)}, LF_CONFIG_ERROR_INVALID,
                          "it has to be one JSON object%s%s", failed != NULL ? ": " : "",
                          failed != NULL ? failed->message : "");
  lf_json_write(out, &value);
  return TRUE;
}

gboolean
lf_es_template_make(LfArena *arena, const LfEsSetupSettings *s, const LfConfig *config, const LfEsServer *server,
                    const LfEsTemplateNames *names, const LfEsTemplateModule *modules, guint n_modules, LfBuf *out,
                    GError **error)
{
  if (s->template.json_enabled)
    return load_json(arena, config, s->template.json_path, out, error);
  LfFields fields = {0};
  LfFieldServer types_of = lf_es_server_fields(server);
  LfMapping mapping;
  if (!load_fields(arena, s, config, modules, n_modules, &fields, error))
    return FALSE;
  lf_mapping_make(arena, &fields, &types_of, &mapping);
  LfValue settings = index_settings(arena, s, server, names, &mapping);
  LfValue whole = wrap(arena, s, names, settings, mappings(arena, s, config, &mapping));
  lf_json_write_sorted(out, &whole);
  return TRUE;
}

gboolean
lf_es_policy_make(LfArena *arena, const LfEsSetupSettings *s, const LfConfig *config, const LfEsServer *server,
                  LfBuf *out, GError **error)
{
  if (is_set(s->ilm.policy_file))
    return load_json(arena, config, s->ilm.policy_file, out, error);
  gboolean primary = server->major > 7 || (server->major == 7 && server->minor >= 13);
  lf_buf_printf(
      out, "{\"policy\":{\"phases\":{\"hot\":{\"actions\":{\"rollover\":{\"%s\":\"50gb\",\"max_age\":\"30d\"}}}}}}",
      primary ? "max_primary_shard_size" : "max_size");
  return TRUE;
}
