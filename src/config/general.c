/* The general settings of a configuration: their table, and what is made of them. */
#include "config/general.h"

#include "base/fs.h"
#include "config/tree.h"

#define LOG(member) .offset = offsetof(LfGeneralLogging, member)
#define FILES(member) .offset = offsetof(LfGeneralFiles, member)
#define AT(member) .offset = offsetof(LfGeneral, member)

static const char *const level_words[] = {"debug", "info", "warning", "error", "critical", NULL};
static const char *const ingest_modes[] = {"local", "remote", NULL};
static const LfLogLevel levels[] = {LF_LOG_DEBUG, LF_LOG_INFO, LF_LOG_WARNING, LF_LOG_ERROR, LF_LOG_ERROR};

static const LfOption logging_rows[] = {
    {"level", LF_OPTION_ENUM, LF_OPTION_ANY_CASE, LOG(level), .fallback = "info", .words = level_words,
     .doc = "the least weight of a line that is written"},
    {"selectors", LF_OPTION_STRINGS, LOG(selectors), .doc = "the parts of the program whose debug lines are written"},
    {"to_stderr", LF_OPTION_ANY, LOG(to_stderr), .doc = "write the log to stderr and to no file"},
    {"to_files", LF_OPTION_ANY, LOG(to_files), .doc = "write the log to files; true unless it goes to stderr"},
    {"json", LF_OPTION_BOOL, LOG(json), .fallback = "false", .doc = "write the log as JSON lines"},
    {"files.path", LF_OPTION_STRING, LOG(path), .doc = "the folder of log files; path.logs by default"},
    {"files.name", LF_OPTION_STRING, LOG(file_name), .fallback = "logferry", .doc = "the name of the log file"},
    {"files.rotateeverybytes", LF_OPTION_SIZE, LOG(rotateeverybytes), .fallback = "10485760", .min = 1, .max = 1e15,
     .doc = "the size at which a new log file is begun"},
    {"files.keepfiles", LF_OPTION_INT, LOG(keepfiles), .fallback = "7", .min = 0, .max = 1024,
     .doc = "how many older log files are kept"},
    {"files.permissions", LF_OPTION_INT, LOG(permissions), .fallback = "0600", .min = 0, .max = 0777,
     .doc = "the mode of log files"},
    {"files.interval", LF_OPTION_IGNORED, .fallback = "0", .doc = "log files are rotated by size only"},
    {"files.rotateonstartup", LF_OPTION_IGNORED, .doc = "a start goes on with the log file that is there"},
    {"files.redirect_stderr", LF_OPTION_IGNORED, .fallback = "false", .doc = "stderr stays where it is"},
    {"files.suffix", LF_OPTION_IGNORED, .doc = "older log files end in .1, .2 and so on"},
    {"metrics", LF_OPTION_IGNORED, .doc = "the metrics line has its own rhythm"},
    {"ecs", LF_OPTION_IGNORED, .doc = "logging.json decides the form of a line"},
    {"to_syslog", LF_OPTION_IGNORED, .fallback = "false", .doc = "the log goes to files or to stderr"},
    {"to_eventlog", LF_OPTION_IGNORED, .fallback = "false", .doc = "that is a thing of Windows"},
    {"event_data", LF_OPTION_IGNORED, .doc = "no event is ever written to a log"},
};
static const LfOptionTable logging_table = {LF_OPTION_TABLE_OF(logging_rows)};

static const LfOption files_rows[] = {
    {"enabled", LF_OPTION_BOOL, FILES(enabled), .fallback = "true", .doc = "whether these files are read"},
    {"path", LF_OPTION_STRING, FILES(path), .doc = "which files, with * and ?; relative to path.config"},
    {"reload.enabled", LF_OPTION_IGNORED, .fallback = "false",
     .doc = "files are read once, at the start; a change needs a restart"},
    {"reload.period", LF_OPTION_ANY, LF_OPTION_HIDDEN, FILES(reload_period), .doc = "unused without reload.enabled"},
};
static const LfOptionTable files_table = {LF_OPTION_TABLE_OF(files_rows)};

#define IGNORED(name, text)                                                                                            \
  {                                                                                                                    \
    name, LF_OPTION_IGNORED, .doc = text                                                                               \
  }
#define REFUSED(name, harmless, text)                                                                                  \
  {                                                                                                                    \
    name, LF_OPTION_REFUSED, .fallback = harmless, .doc = text                                                         \
  }

static const LfOption root_rows[] = {
    {"name", LF_OPTION_STRING, AT(name),
     .doc = "the shipper's name, in host.name and agent.name; the machine's by default"},
    {"tags", LF_OPTION_STRINGS, AT(tags), .doc = "words for each event's `tags`"},
    {"fields", LF_OPTION_MAP, AT(fields), .doc = "fields for each event, below `fields`"},
    {"fields_under_root", LF_OPTION_BOOL, AT(fields_under_root), .fallback = "false",
     .doc = "put `fields` at the root of the event"},
    {"processors", LF_OPTION_LIST, AT(processors), .doc = "what changes every event"},
    {"filebeat.modules", LF_OPTION_LIST, AT(modules), .doc = "module blocks"},
    {"filebeat.inputs", LF_OPTION_LIST, AT(inputs), .doc = "input blocks"},
    {"filebeat.config.modules", LF_OPTION_TABLE, AT(config_modules), .table = &files_table,
     .doc = "files with module blocks"},
    {"filebeat.config.inputs", LF_OPTION_TABLE, AT(config_inputs), .table = &files_table,
     .doc = "files with input blocks"},
    {"output", LF_OPTION_MAP, AT(output), .doc = "where events go: one output"},
    {"path.home", LF_OPTION_STRING, AT(path.home),
     .doc = "the program's folder; that of the binary where it is laid out as Filebeat's, else the working directory"},
    {"path.config", LF_OPTION_STRING, AT(path.config),
     .doc = "the folder of configuration files; path.home by default"},
    {"path.data", LF_OPTION_STRING, AT(path.data), .doc = "the folder of the state; data in path.home by default"},
    {"path.logs", LF_OPTION_STRING, AT(path.logs), .doc = "the folder of log files; logs in path.home by default"},
    {"logging", LF_OPTION_TABLE, AT(logging), .table = &logging_table, .doc = "the program's own log"},
    {"quota.filter_log_events", LF_OPTION_DOUBLE, AT(quota_filter_log_events), .fallback = "5", .min = 0, .max = 1e6,
     .doc = "FilterLogEvents calls a second for an account and region; 0 is no limit"},
    {"queue.mem.bytes", LF_OPTION_SIZE, AT(queue_bytes), .fallback = "12MiB", .min = 65536, .max = 1e12,
     .doc = "how much of events may be in memory; beyond it nothing is read"},
    {"queue.mem.events", LF_OPTION_INT, AT(queue_events), .min = 1, .max = 1e9,
     .doc = "how many events may be in memory, where bytes do not say it first"},
    {"queue.mem.flush.min_events", LF_OPTION_INT, AT(batch_events), .min = 0, .max = 1e9,
     .doc = "the most events of a request, where bulk_max_size is more; 0 and 1: no limit of its own"},
    {"queue.mem.flush.timeout", LF_OPTION_DURATION, AT(queue_flush_ms), .min = 0, .max = 8.64e7,
     .doc = "how long a request may wait to be full: none ever does, so that any time is kept"},
    IGNORED("queue.disk", "what is not delivered waits in CloudWatch Logs, and nothing is spooled"),
    IGNORED("queue.spool", "what is not delivered waits in CloudWatch Logs, and nothing is spooled"),
    {"filebeat.shutdown_timeout", LF_OPTION_DURATION, AT(shutdown_ms), .fallback = "10s", .min = 0, .max = 8.64e7,
     .doc = "how long a stop waits for what is on its way to be delivered"},
    {"compat.filebeat", LF_OPTION_ANY, AT(compat), .fallback = "9",
     .doc = "which Filebeat's events are written: 9, 8, 7.17 or a full version such as 8.18.1"},
    REFUSED("filebeat.autodiscover", NULL, "inputs are found in the configuration alone"),
    IGNORED("filebeat.registry", "positions are in a database of their own below path.data"),
    {"ingest.mode", LF_OPTION_ENUM, AT(ingest_mode), .fallback = "local", .words = ingest_modes,
     .doc = "where pipelines run: here (local), or in the cluster that output.elasticsearch writes to (remote)"},
    {"filebeat.overwrite_pipelines", LF_OPTION_BOOL, AT(overwrite_pipelines), .fallback = "false",
     .doc = "load pipelines also where they are there; ingest.mode: remote alone"},
    {"setup", LF_OPTION_MAP, AT(setup), .doc = "index template and lifecycle of output.elasticsearch"},
    IGNORED("monitoring", "nothing is sent to a monitoring cluster"),
    IGNORED("xpack", "nothing is sent to a monitoring cluster"),
    IGNORED("http", "there is no status page yet"),
    IGNORED("max_procs", "the number of workers follows the machine"),
    IGNORED("seccomp", "no filter of system calls is set"),
    IGNORED("instrumentation", "no traces are sent"),
    IGNORED("keystore", "a keystore is not read yet; variables come from settings and the environment"),
    IGNORED("management", "the configuration is in files alone"),
    {"cloud.id", LF_OPTION_STRING, AT(cloud_id), .doc = "an Elastic Cloud deployment: sets output.elasticsearch.hosts"},
    {"cloud.auth", LF_OPTION_STRING, LF_OPTION_SECRET, AT(cloud_auth),
     .doc = "user:password for it: sets output.elasticsearch.username and password"},
    REFUSED("timestamp.precision", "millisecond", "events have milliseconds"),
    REFUSED("features.fqdn.enabled", "false", "host.name is the machine's short name"),
};
static const LfOptionTable root_table = {LF_OPTION_TABLE_OF(root_rows)};

const LfOptionTable *
lf_config_table(void)
{
  return &root_table;
}

/* Whether a variable somewhere names a setting below the top-level key: then the key is there for that. */
static gboolean
is_referred_to(const LfNode *node, LfSlice key)
{
  if (node->type == LF_NODE_STRING) {
    g_autofree char *text = lf_slice_dup(node->text), *name = g_strdup_printf("${%.*s", (int)key.len, key.p);
    gsize n = strlen(name);
    for (const char *p = strstr(text, name); p != NULL; p = strstr(p + 1, name))
      if (p[n] == '.' || p[n] == '}' || p[n] == ':')
        return TRUE;
    return FALSE;
  }
  for (guint i = 0; i < node->n; i++)
    if (is_referred_to(node->entries[i].node, key))
      return TRUE;
  return FALSE;
}

static gboolean
is_top_level_name(LfSlice key)
{
  for (gsize i = 0; i < G_N_ELEMENTS(root_rows); i++) {
    const char *name = root_rows[i].name;
    if (lf_slice_equal(key, lf_slice(name, strcspn(name, "."))))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_ignored(LfSlice key)
{
  for (gsize i = 0; i < G_N_ELEMENTS(root_rows); i++)
    if (root_rows[i].type == LF_OPTION_IGNORED && lf_slice_is(key, root_rows[i].name))
      return TRUE;
  return FALSE;
}

/* Expands the values of a map but for those of the named keys, which are only expanded where they are variables
 * themselves: a part that is not used may hold variables that are not set, as in Filebeat. */
static LfNode *
expand_but(LfConfigLoad *load, const LfNode *map, const char *const *left, GError **error)
{
  if (map->type != LF_NODE_MAP)
    return lf_expand(load->arena, &load->scope, map, FALSE, error);
  LfNode *out = lf_tree_map(load->arena, map->place);
  for (guint i = 0; i < map->n; i++) {
    const LfNodeEntry *e = &map->entries[i];
    LfNode *node = e->node;
    gboolean keep = map == load->merged && is_ignored(e->key);
    for (const char *const *name = left; *name != NULL; name++)
      keep = keep || lf_slice_is(e->key, *name);
    if (!keep || node->type == LF_NODE_STRING)
      node = lf_expand(load->arena, &load->scope, node, FALSE, error);
    if (node == NULL)
      return NULL;
    lf_node_set(load->arena, out, e->key, e->place, node);
  }
  return out;
}

static LfNode *
expand_root(LfConfigLoad *load, GError **error)
{
  static const char *const kept[] = {"output", "filebeat", "setup", NULL},
                           *const blocks[] = {"inputs", "modules", NULL},
                           *const unused[] = {"kibana", "dashboards", "xpack", NULL};
  LfNode *root = expand_but(load, load->merged, kept, error);
  if (root == NULL)
    return NULL;
  LfNodeEntry *filebeat = lf_node_entry(root, LF_SLICE_LIT("filebeat"));
  if (filebeat != NULL && (filebeat->node = expand_but(load, filebeat->node, blocks, error)) == NULL)
    return NULL;
  LfNodeEntry *setup = lf_node_entry(root, LF_SLICE_LIT("setup"));
  if (setup != NULL && (setup->node = expand_but(load, setup->node, unused, error)) == NULL)
    return NULL;
  for (guint i = root->n; i > 0; i--) {
    LfSlice key = root->entries[i - 1].key;
    if (!is_top_level_name(key) && is_referred_to(load->merged, key))
      lf_node_remove(root, key);
  }
  return root;
}

/* A bool that knows whether it was set. */
static gboolean
read_switch(const char *name, const LfNode *node, gboolean fallback, gboolean *out, GError **error)
{
  *out = fallback;
  if (node == NULL)
    return TRUE;
  if (node->type == LF_NODE_BOOL)
    *out = node->b;
  g_autofree char *found = lf_node_describe(node);
  return node->type == LF_NODE_BOOL ||
         lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes true or false, not %s", name, found);
}

/* Selectors of the configuration and of -d. */
static const char *const *
all_selectors(LfConfigLoad *load, const LfStrings *set)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; i < set->n; i++)
    g_ptr_array_add(all, (gpointer)set->items[i]);
  for (const char *const *d = load->sources->selectors; d != NULL && *d != NULL; d++) {
    g_auto(GStrv) words = g_strsplit(*d, ",", -1);
    for (guint i = 0; words[i] != NULL; i++)
      g_ptr_array_add(all, (gpointer)lf_arena_dup(load->arena, lf_slice_str(g_strstrip(words[i]))).p);
  }
  g_ptr_array_add(all, NULL);
  gsize bytes = all->len * sizeof(char *);
  return memcpy(lf_arena_alloc(load->arena, bytes), all->pdata, bytes);
}

/* libbeat's logp: stderr goes before files; -e, -v and -d go over the configuration; containers and systemd log to
 * stderr unless told otherwise. */
static gboolean
make_log_settings(LfConfigLoad *load, const LfGeneralLogging *g, GError **error)
{
  const LfConfigSources *sources = load->sources;
  LfLogSettings *log = &load->config->log;
  const char *environment = sources->environment;
  gboolean outside = environment != NULL && (g_ascii_strcasecmp(environment, "container") == 0 ||
                                             g_ascii_strcasecmp(environment, "systemd") == 0);
  gboolean to_files;
  if (!read_switch("logging.to_stderr", g->to_stderr, outside, &log->to_stderr, error) ||
      !read_switch("logging.to_files", g->to_files, !outside, &to_files, error))
    return FALSE;
  log->to_stderr = log->to_stderr || sources->to_stderr;
  log->level = levels[g->level];
  if (sources->verbose && log->level > LF_LOG_INFO)
    log->level = LF_LOG_INFO;
  if (sources->selectors != NULL && sources->selectors[0] != NULL)
    log->level = LF_LOG_DEBUG;
  log->json = g->json;
  log->file_name = g->file_name;
  log->file_max_bytes = (guint64)g->rotateeverybytes;
  log->file_keep = (guint)g->keepfiles;
  log->file_permissions = (guint)g->permissions;
  log->selectors = all_selectors(load, &g->selectors);
  if (to_files && !log->to_stderr) {
    g_autofree char *dir = g_canonicalize_filename(g->path != NULL ? g->path : ".", load->config->paths.logs);
    log->file_dir = lf_arena_dup(load->arena, lf_slice_str(dir)).p;
  }
  return TRUE;
}

/* The version is taken as it is written: 7.17, not the number 7.17. */
static gboolean
read_compat(LfConfigLoad *load, const LfNode *node, GError **error)
{
  if (lf_compat_parse(node->text, &load->config->compat))
    return TRUE;
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(
      error, node->place, LF_CONFIG_ERROR_REFUSED,
      "compat.filebeat takes 9, 8, 7.17 or a full version of one of these lines such as 8.18.1, not %s", found);
}

gboolean
lf_general_read(LfConfigLoad *load, LfGeneral *out, GError **error)
{
  LfConfig *config = load->config;
  LfNode *root = expand_root(load, error);
  LfOptionReport report = {0};
  LfOptionContext context = {.arena = load->arena, .prefix = "", .notes = &config->notes, .report = &report};
  if (root == NULL || !lf_options_read(&root_table, root, &context, out, error))
    return FALSE;
  g_autofree char *hostname = lf_fs_hostname();
  config->name =
      out->name != NULL && out->name[0] != '\0' ? out->name : lf_arena_dup(load->arena, lf_slice_str(hostname)).p;
  config->tags = out->tags;
  config->fields = out->fields;
  config->fields_under_root = out->fields_under_root;
  config->quota_filter_log_events = out->quota_filter_log_events;
  config->queue_bytes = out->queue_bytes;
  config->queue_events = out->queue_events;
  config->batch_events = out->batch_events > 1 ? out->batch_events : 0;
  config->shutdown_ms = out->shutdown_ms;
  config->setup = out->setup;
  config->ingest_remote = out->ingest_mode == 1;
  config->overwrite_pipelines = out->overwrite_pipelines;
  const LfOptionSeen *mode = lf_option_report_get(&report, "ingest.mode");
  config->ingest_place = mode != NULL ? mode->place : (LfPlace){0};
  return read_compat(load, out->compat, error) && make_log_settings(load, &out->logging, error) &&
         (out->processors == NULL || lf_load_processors(load, out->processors, error));
}
