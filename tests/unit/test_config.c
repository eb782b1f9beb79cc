/* The loader: files, the command line, folders, outputs, modules, inputs, and what is said about the rest. */
#include "config/config.h"
#include "support/files.h"
#include "support/folder.h"

#include <sys/stat.h>

/* A folder of its own with configuration files, and what is made of them. */
typedef struct {
  char *dir;
  LfConfigSources sources;
  LfConfig *config;
  GError *error;
} Fixture;

static const char *
no_env(const char *name, void *data)
{
  return NULL;
}

static void
fixture_init(Fixture *f)
{
  *f = (Fixture){.dir = test_folder_new()};
  f->sources.path_home = f->dir;
  f->sources.getenv = no_env;
}

static void
fixture_clear(Fixture *f)
{
  lf_config_free(f->config);
  g_clear_error(&f->error);
  test_folder_remove(f->dir);
  g_free(f->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static LfConfig *
load(Fixture *f)
{
  g_clear_error(&f->error);
  g_clear_pointer(&f->config, lf_config_free);
  return f->config = lf_config_load(&f->sources, &f->error);
}

static LfConfig *
load_text(Fixture *f, const char *text)
{
  test_folder_write(f->dir, "filebeat.yml", text);
  return load(f);
}

static void
assert_loads(Fixture *f, const char *text)
{
  load_text(f, text);
  g_assert_no_error(f->error);
}

/* The error without the folder in front of it. */
static void
assert_error(Fixture *f, const char *want)
{
  g_assert_null(f->config);
  g_assert_nonnull(f->error);
  g_autofree char *dir = g_strconcat(f->dir, "/", NULL);
  g_auto(GStrv) parts = g_strsplit(f->error->message, dir, -1);
  g_autofree char *text = g_strjoinv("", parts);
  g_assert_cmpstr(text, ==, want);
}

static void
assert_fails(Fixture *f, const char *text, const char *want)
{
  load_text(f, text);
  assert_error(f, want);
}

static gboolean
has_note(const LfConfig *config, const char *part)
{
  for (guint i = 0; i < config->notes.n; i++)
    if (strstr(config->notes.items[i].text, part) != NULL)
      return TRUE;
  return FALSE;
}

#define OUT "output.console: ~\n"

static void
test_general(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  assert_loads(&f, OUT);
  LfConfig *c = f.config;
  g_assert_cmpstr(c->name, !=, "");
  g_assert_cmpstr(c->output.name, ==, "console");
  g_assert_cmpint(c->output.node->type, ==, LF_NODE_MAP);
  g_assert_cmpstr(c->compat.text, ==, "9.2.2");
  g_assert_cmpfloat(c->quota_filter_log_events, ==, 5);
  g_assert_cmpstr(c->paths.home, ==, f.dir);
  g_assert_cmpstr(c->paths.config, ==, f.dir);
  g_assert_true(g_str_has_suffix(c->paths.data, "/data"));
  g_assert_cmpint(c->log.level, ==, LF_LOG_INFO);
  g_assert_cmpstr(c->log.file_dir, ==, c->paths.logs);
  g_assert_cmpuint(c->log.file_permissions, ==, 0600);
  g_assert_cmpuint(c->notes.n, ==, 0);
  assert_loads(&f, OUT
               "name: shipper\ntags: [a, b]\nfields: {x: {z: 1}}\nfields_under_root: true\n"
               "quota.filter_log_events: 0\ncompat.filebeat: 7.17\npath.data: /var/lib/lf\n"
               "logging: {level: Warning, json: true, files: {path: log, name: nn, rotateeverybytes: 100, keepfiles: 3,"
               " permissions: 0640}}\n");
  c = f.config;
  g_assert_cmpstr(c->name, ==, "shipper");
  g_assert_cmpstr(c->tags.items[1], ==, "b");
  g_assert_true(c->fields_under_root && c->log.json);
  g_assert_cmpfloat(c->quota_filter_log_events, ==, 0);
  g_assert_cmpstr(c->compat.text, ==, "7.17.29");
  g_assert_cmpstr(c->paths.data, ==, "/var/lib/lf");
  g_assert_cmpint(c->log.level, ==, LF_LOG_WARNING);
  g_assert_true(g_str_has_suffix(c->log.file_dir, "/logs/log"));
  g_assert_cmpstr(c->log.file_name, ==, "nn");
  g_assert_cmpuint(c->log.file_permissions, ==, 0640);
}

static void
test_log_flags(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  const char *const selectors[] = {"input, state", "*", NULL};
  f.sources.selectors = selectors;
  assert_loads(&f, OUT "logging.selectors: [pump]\n");
  g_assert_cmpint(f.config->log.level, ==, LF_LOG_DEBUG);
  g_assert_cmpstr(f.config->log.selectors[0], ==, "pump");
  g_assert_cmpstr(f.config->log.selectors[2], ==, "state");
  g_assert_cmpstr(f.config->log.selectors[3], ==, "*");
  f.sources.selectors = NULL;
  f.sources.to_stderr = f.sources.verbose = TRUE;
  assert_loads(&f, OUT "logging.level: error\n");
  g_assert_cmpint(f.config->log.level, ==, LF_LOG_INFO);
  g_assert_true(f.config->log.to_stderr);
  g_assert_null(f.config->log.file_dir);
  f.sources.to_stderr = f.sources.verbose = FALSE;
  f.sources.environment = "container";
  assert_loads(&f, OUT);
  g_assert_true(f.config->log.to_stderr);
  assert_loads(&f, OUT "logging: {to_stderr: false, to_files: true}\n");
  g_assert_nonnull(f.config->log.file_dir);
}

static void
test_compat(void)
{
  static const struct {
    const char *word;
    const char *want;
  } cases[] = {{"9", "9.2.2"},       {"8", "8.19.8"}, {"7.17", "7.17.29"}, {"8.18.1", "8.18.1"}, {"'9.0.0'", "9.0.0"},
               {"7.17.3", "7.17.3"}, {"7", NULL},     {"6.8.1", NULL},     {"10", NULL},         {"8.18", NULL},
               {"7.16.3", NULL},     {"x", NULL},     {"9.2.2.1", NULL},   {"9.02.2", NULL},     {"[9]", NULL}};
  g_auto(Fixture) f;
  fixture_init(&f);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text = g_strdup_printf(OUT "compat.filebeat: %s\n", cases[i].word);
    load_text(&f, text);
    g_assert_cmpstr(f.config != NULL ? f.config->compat.text : NULL, ==, cases[i].want);
    if (cases[i].want == NULL)
      g_assert_error(f.error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_REFUSED);
  }
}

static void
test_sources_order(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  const char *const files[] = {"a.yml", "b.yml", NULL}, *const over[] = {"tags=z", "name=last", "path.logs=/o", NULL};
  test_folder_write(f.dir, "a.yml", OUT "name: a\ntags: [a, b, c]\nfields.x: 1\n");
  test_folder_write(f.dir, "b.yml", "name: b\ntags: [q]\nfields: {w: '${name}-${path.home}'}\n");
  f.sources.files = files;
  f.sources.overrides = over;
  f.sources.path_logs = "/l";
  load(&f);
  g_assert_no_error(f.error);
  g_assert_cmpstr(f.config->name, ==, "last");
  g_assert_cmpstr(f.config->paths.logs, ==, "/l");
  /* a text goes over a list as a whole, a list index by index */
  g_assert_cmpuint(f.config->tags.n, ==, 1);
  g_assert_cmpint(lf_node_get(f.config->fields, "x")->i, ==, 1);
  g_autofree char *want = g_strdup_printf("last-%s", f.dir);
  g_assert_true(lf_slice_is(lf_node_get(f.config->fields, "w")->text, want));
  g_assert_true(g_str_has_suffix(f.config->files[1], "/b.yml"));
  g_assert_null(f.config->files[2]);
}

static void
test_paths(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  f.sources.path_home = NULL;
  f.sources.binary_dir = "/opt/$odd";
  g_autofree char *file = g_build_filename(f.dir, "filebeat.yml", NULL);
  const char *const files[] = {file, NULL};
  f.sources.files = files;
  assert_loads(&f, OUT "path.data: ${path.home}/d\nfields.f: ${path.logs}\n");
  g_assert_cmpstr(f.config->paths.home, ==, "/opt/$odd");
  g_assert_cmpstr(f.config->paths.data, ==, "/opt/$odd/d");
  g_assert_true(lf_slice_is(lf_node_get(f.config->fields, "f")->text, "/opt/$odd/logs"));
}

static void
test_output(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  assert_fails(&f, "name: x\n",
               "filebeat.yml: no output is enabled: add output.elasticsearch, output.file or output.console");
  assert_fails(&f, "output: {console: {enabled: false}}\n",
               "filebeat.yml: no output is enabled: add output.elasticsearch, output.file or output.console");
  assert_fails(
      &f, "output.console: ~\noutput.file.path: /tmp\n",
      "filebeat.yml:2:1: output.file is the second enabled output; the first is filebeat.yml:1:1: output.console. "
      "Set enabled: false in one of them, or give -E output.console.enabled=false");
  assert_fails(&f, "output.consol: ~\n",
               "filebeat.yml:1:1: output.consol is no output; did you mean output.console? There are: console, file, "
               "elasticsearch");
  assert_fails(&f, "output.console: true\n", "filebeat.yml:1:17: output.console takes a map, not true");
  assert_fails(&f, "output.console.enabled: maybe\n", "filebeat.yml:1:25: enabled takes true or false, not \"maybe\"");
  static const char *const refused[] = {"logstash", "kafka", "redis", "discard"};
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autofree char *text = g_strdup_printf("output.%s.hosts: [a]\n", refused[i]);
    load_text(&f, text);
    g_assert_error(f.error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_REFUSED);
    g_assert_nonnull(strstr(f.error->message, refused[i]));
  }
  f.sources.output_optional = TRUE;
  assert_loads(&f, "name: x\n");
  g_assert_null(f.config->output.name);
}

static void
test_unused_variables(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  assert_loads(&f, OUT "output.file: {enabled: false, path: '${NO_SUCH}'}\nsetup.kibana.host: ${NO_SUCH}\n"
                       "filebeat.inputs: [{type: x, enabled: false, p: '${NO_SUCH}'}]\n"
                       "filebeat.modules: [{module: x, enabled: false, p: '${NO_SUCH}'}]\n");
  g_assert_cmpuint(f.config->n_inputs, ==, 0);
  assert_fails(
      &f, OUT "name: ${NO_SUCH}\n",
      "filebeat.yml:2:7: ${NO_SUCH} is neither a setting nor an environment variable; ${NO_SUCH:word} would give "
      "it a default");
  assert_fails(
      &f, OUT "filebeat.inputs: [{type: x, p: '${NO_SUCH}'}]\n",
      "filebeat.yml:2:32: ${NO_SUCH} is neither a setting nor an environment variable; ${NO_SUCH:word} would give "
      "it a default");
}

static void
test_unknown(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  load_text(&f, OUT "fielbeat.inputs: []\n");
  g_assert_nonnull(strstr(f.error->message,
                          "filebeat.yml:2:1: fielbeat is no option of the configuration; did you mean "
                          "filebeat? There are: name"));
  load_text(&f, OUT "filebeat.module: []\n");
  g_assert_nonnull(
      strstr(f.error->message, "filebeat.module is no option of filebeat; did you mean filebeat.modules?"));
  load_text(&f, OUT "logging.file.path: x\n");
  g_assert_nonnull(strstr(f.error->message, "logging.file is no option of logging; did you mean files?"));
  load_text(&f, OUT "level: debug\n");
  g_assert_nonnull(strstr(f.error->message, "did you mean logging.level?"));
  /* a setting that others refer to is there for them */
  assert_loads(&f, OUT "my.region: eu-west-1\nname: ${my.region}\n");
  g_assert_cmpstr(f.config->name, ==, "eu-west-1");
}

static void
visit_row(const LfOption *option, const char *name, void *data)
{
  guint *counts = data;
  if (option->type != LF_OPTION_REFUSED && option->type != LF_OPTION_IGNORED)
    return;
  g_auto(Fixture) f;
  fixture_init(&f);
  g_autofree char *text = g_strdup_printf(OUT "%s: x1\n", name);
  load_text(&f, text);
  if (option->type == LF_OPTION_REFUSED) {
    g_assert_error(f.error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_REFUSED);
    g_assert_nonnull(strstr(f.error->message, name));
    counts[0]++;
  } else {
    g_assert_no_error(f.error);
    g_assert_cmpuint(f.config->notes.n, ==, 1);
    g_assert_nonnull(strstr(f.config->notes.items[0].text, name));
    counts[1]++;
  }
}

static void
test_refused_and_ignored(void)
{
  guint counts[2] = {0};
  lf_options_walk(lf_config_table(), "", visit_row, counts);
  g_assert_cmpuint(counts[0], >, 2);
  g_assert_cmpuint(counts[1], >, 15);
}

static void
test_processors(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  assert_loads(&f,
               OUT "processors:\n- add_host_metadata: {when.not.contains.tags: forwarded}\n- add_cloud_metadata: ~\n"
                   "- add_docker_metadata: ~\n- add_kubernetes_metadata: ~\n");
  g_assert_cmpuint(f.config->notes.n, ==, 4);
  g_assert_true(has_note(f.config, "add_host_metadata is not there in logferry yet: events lack host.os"));
  g_assert_true(has_note(f.config, "add_cloud_metadata is not there in logferry yet: events lack cloud.instance"));
  g_assert_true(has_note(f.config, "add_docker_metadata is not there in logferry yet: events pass unchanged"));
  g_assert_true(has_note(f.config, "add_kubernetes_metadata is not there in logferry yet: events pass unchanged"));
  assert_fails(&f, OUT "processors:\n- drop_fields: {fields: [a]}\n",
               "filebeat.yml:3:3: the processor drop_fields is not there in logferry yet");
  assert_fails(&f, OUT "processors: [x]\n",
               "filebeat.yml:2:14: a processor is written as its name with its options below, not as \"x\"");
}

static void
test_modules(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  test_folder_write(f.dir, "modules.d/b.yml",
                    "- module: d\n  log: {var.where: '${path.config}', var.own: '${module}'}\n");
  test_folder_write(f.dir, "modules.d/a.yml",
                    "- module: c\n  log.enabled: true\n  log.var.x: 1\n  audit: {enabled: false}\n");
  test_folder_write(f.dir, "modules.d/x.yml.disabled", "- module: never\n");
  test_folder_write(f.dir, "modules.d/empty.yml", "# nothing\n");
  const char *const over[] = {"*.*.var.all=1",        "c.*.var.c=2",      "c.log.var.x=3",
                              "d.extra.enabled=true", "gone.log.var.x=1", NULL},
                    *const named[] = {"c, e", "f", NULL};
  const char *const over_named[] = {"e.log.enabled=true", "f.log.var.x=1", NULL};
  f.sources.module_overrides = over;
  assert_loads(&f, OUT "filebeat.config.modules: {path: 'modules.d/*.yml', reload.enabled: true}\n"
                       "filebeat.modules:\n- module: a\n  log:\n- {module: b, enabled: '${OFF:false}', log: ~}\n");
  LfConfig *c = f.config;
  g_assert_cmpuint(c->n_modules, ==, 3);
  g_assert_cmpstr(c->modules[0].name, ==, "a");
  g_assert_cmpstr(c->modules[1].name, ==, "c");
  g_assert_cmpstr(c->modules[2].name, ==, "d");
  g_assert_cmpint(lf_node_get(c->modules[0].filesets[0].var, "all")->i, ==, 1);
  const LfFilesetBlock *log = &c->modules[1].filesets[0];
  g_assert_cmpstr(log->name, ==, "log");
  g_assert_cmpuint(log->place.line, ==, 2);
  g_assert_cmpint(lf_node_get(log->var, "x")->i, ==, 3);
  g_assert_cmpint(lf_node_get(log->var, "c")->i, ==, 2);
  g_assert_false(c->modules[1].filesets[1].enabled);
  g_assert_cmpuint(c->modules[2].n_filesets, ==, 2);
  g_assert_cmpstr(c->modules[2].filesets[1].name, ==, "extra");
  g_assert_true(lf_slice_is(lf_node_get(c->modules[2].filesets[0].var, "where")->text, f.dir));
  g_assert_true(lf_slice_is(lf_node_get(c->modules[2].filesets[0].var, "own")->text, "d"));
  g_assert_true(has_note(c, "-M gone.log.var.x: module gone is not enabled; this changes nothing"));
  g_assert_true(has_note(c, "filebeat.config.modules.reload.enabled is ignored: files are read once"));
  f.sources.module_overrides = over_named;
  f.sources.modules = named;
  assert_loads(&f, OUT "filebeat.config.modules.path: modules.d/a.yml\n");
  g_assert_cmpuint(f.config->n_modules, ==, 3);
  g_assert_cmpstr(f.config->modules[1].name, ==, "e");
  g_assert_cmpint(lf_node_get(f.config->modules[2].filesets[0].var, "x")->i, ==, 1);
}

static void
test_module_errors(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
#define MODULES OUT "filebeat.modules:\n"
  assert_fails(
      &f, MODULES "- module: awsfargate\n",
      "filebeat.yml:3:3: module awsfargate has no enabled fileset: only the filesets that a block names run. Add "
      "\"log: {enabled: true}\" to it");
  assert_fails(&f, MODULES "- module: m\n  log.enabled: false\n",
               "filebeat.yml:3:3: module m has no enabled fileset: only the filesets that a block names run. Add "
               "\"log: {enabled: true}\" to it");
  assert_fails(&f, MODULES "- log: ~\n", "filebeat.yml:3:3: this block has no module");
  assert_fails(&f, MODULES "- x\n", "filebeat.yml:3:3: a block begins with \"- module: name\"; here is \"x\"");
  assert_fails(&f, MODULES "- module: [x]\n", "filebeat.yml:3:11: module takes a name, not a list");
  assert_fails(&f, MODULES "- module: m\n  var.x: 1\n",
               "filebeat.yml:4:3: var stands below a fileset, as in log.var, and not below module m itself");
  assert_fails(&f, MODULES "- module: m\n  log: 5\n",
               "filebeat.yml:4:8: log is a fileset of module m and takes a map, not the number 5");
  assert_fails(
      &f, MODULES "- module: m\n  log: {paths: [a]}\n",
      "filebeat.yml:4:9: log.paths is no option of the fileset log; did you mean var.paths? There are: enabled, "
      "var, input");
  assert_fails(
      &f, MODULES "- module: m\n  log: {enabeld: false}\n",
      "filebeat.yml:4:9: log.enabeld is no option of the fileset log; did you mean enabled? There are: enabled, "
      "var, input");
  const char *const over[] = {"m.log=1", NULL};
  f.sources.module_overrides = over;
  load_text(&f, OUT);
  assert_error(&f, "-M m.log: module and fileset come first, as in -M awsfargate.log.var.region_name=us-east-1 or -M "
                   "\"awsfargate.*.enabled=true\"");
}

static char **
fileset_names(const LfConfigPaths *paths, const char *module, void *data)
{
  g_assert_cmpstr(paths->home, !=, NULL);
  return strcmp(module, "m") == 0 ? g_strsplit("log,audit", ",", -1) : NULL;
}

static void
test_fileset_names(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  f.sources.fileset_names = fileset_names;
  assert_fails(&f, MODULES "- module: m\n  lgo.enabled: true\n",
               "filebeat.yml:4:3: module m has no fileset lgo; did you mean log? There are: log, audit");
  assert_fails(
      &f, MODULES "- module: m\n",
      "filebeat.yml:3:3: module m has no enabled fileset: only the filesets that a block names run. Add \"log: "
      "{enabled: true}\" to it; there are: log, audit");
  assert_loads(&f, MODULES "- module: m\n  lgo.enabled: false\n  audit: ~\n- {module: unknown, x: ~}\n");
}

static void
test_inputs(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  test_folder_write(f.dir, "inputs.d/one.yml", "- type: aws-cloudwatch\n  id: ${name}\n- {type: y, enabled: false}\n");
  assert_loads(&f, OUT "name: n\nfilebeat.inputs:\n- {type: a, x.z: '${name}'}\n- {type: b, enabled: false}\n"
                       "filebeat.config.inputs: {path: '${path.config}/inputs.d/*.yml'}\n");
  LfConfig *c = f.config;
  g_assert_cmpuint(c->n_inputs, ==, 2);
  g_assert_cmpstr(c->inputs[0].type, ==, "a");
  g_assert_true(lf_slice_is(lf_node_get_path(c->inputs[0].node, "x.z")->text, "n"));
  g_assert_true(lf_slice_is(lf_node_get(c->inputs[1].node, "id")->text, "n"));
  g_assert_true(g_str_has_suffix(c->inputs[1].place.file, "/inputs.d/one.yml"));
  assert_loads(&f, OUT "name: n\nfilebeat.config.inputs: {enabled: false, path: 'inputs.d/*.yml'}\n");
  g_assert_cmpuint(f.config->n_inputs, ==, 0);
  assert_fails(&f, OUT "filebeat.inputs: [{paths: x}]\n", "filebeat.yml:2:19: this block has no type");
  test_folder_write(f.dir, "inputs.d/two.yml", "filebeat.inputs: []\n");
  assert_fails(&f, OUT "filebeat.config.inputs.path: inputs.d/two.yml\n",
               "inputs.d/two.yml:1:1: the file is a list of blocks that begin with \"- type: name\"");
}

static const char *
lax_env(const char *name, void *data)
{
  return strcmp(name, "BEAT_STRICT_PERMS") == 0 ? "false" : NULL;
}

static void
test_permissions(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  test_folder_write(f.dir, "filebeat.yml", OUT "filebeat.config.modules.path: m.yml\n");
  test_folder_write(f.dir, "m.yml", "[]\n");
  g_autofree char *module = g_build_filename(f.dir, "m.yml", NULL);
  g_assert_cmpint(chmod(module, 0666), ==, 0);
  load(&f);
  g_assert_error(f.error, G_FILE_ERROR, G_FILE_ERROR_PERM);
  g_assert_nonnull(strstr(f.error->message, "--strict.perms=false"));
  f.sources.lax_perms = TRUE;
  load(&f);
  g_assert_no_error(f.error);
  f.sources.lax_perms = FALSE;
  f.sources.getenv = lax_env;
  load(&f);
  g_assert_no_error(f.error);
}

static void
test_missing_file(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  load(&f);
  assert_error(
      &f, "there is no configuration (-c FILE names one): filebeat.yml: cannot be opened: No such file or directory");
  assert_fails(&f, "[1]\n", "filebeat.yml:1:1: a configuration is a map of settings, not a list");
}

static void
test_export(void)
{
  g_auto(Fixture) f;
  fixture_init(&f);
  assert_loads(
      &f, OUT
      "output.file: {enabled: false, password: '${P:geheim}', url: 'http://u:geheim@h/'}\n"
      "filebeat.modules:\n- module: m\n  auth: {enabled: true, var.secret_access_key: geheim, var.session_token: geheim, "
      "var.api_key: geheim}\ncloud: {auth: ~}\nfields: {key_passphrase: [geheim], headers: {X-Any: geheim}, "
      "p.proxy_headers: {Y: geheim}}\n");
  g_autofree char *yaml = lf_config_to_yaml(f.config);
  g_assert_null(strstr(yaml, "geheim"));
  g_assert_nonnull(strstr(yaml, "password: xxxxx"));
  g_assert_nonnull(strstr(yaml, "http://u:xxxxx@h/"));
  g_assert_nonnull(strstr(yaml, "module: m"));
  g_assert_nonnull(strstr(yaml, "auth:\n        enabled: true")); /* a fileset of that name */
}

/* Filebeat's stock file, as it is and with another output. */
static void
test_stock(void)
{
  g_autofree char *home = test_source_path("tests/unit/data/config/stock");
  const char *const over[] = {"output.elasticsearch.enabled=false", "output.console.enabled=true", NULL};
  LfConfigSources sources = {.path_home = home, .getenv = no_env, .lax_perms = TRUE};
  g_autoptr(GError) error = NULL;
  g_autoptr(LfConfig) as_it_is = lf_config_load(&sources, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(as_it_is->output.name, ==, "elasticsearch");
  sources.overrides = over;
  g_autoptr(LfConfig) c = lf_config_load(&sources, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(c->output.name, ==, "console");
  g_assert_cmpuint(c->n_inputs, ==, 0);
  g_assert_cmpuint(c->n_modules, ==, 1);
  g_assert_cmpstr(c->modules[0].filesets[0].name, ==, "log");
  g_assert_cmpuint(c->notes.n, ==, 5);
  g_assert_true(has_note(c, "setup is ignored"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/config/general", test_general);
  g_test_add_func("/config/log-flags", test_log_flags);
  g_test_add_func("/config/compat", test_compat);
  g_test_add_func("/config/sources-order", test_sources_order);
  g_test_add_func("/config/paths", test_paths);
  g_test_add_func("/config/output", test_output);
  g_test_add_func("/config/unused-variables", test_unused_variables);
  g_test_add_func("/config/unknown", test_unknown);
  g_test_add_func("/config/refused-and-ignored", test_refused_and_ignored);
  g_test_add_func("/config/processors", test_processors);
  g_test_add_func("/config/modules", test_modules);
  g_test_add_func("/config/module-errors", test_module_errors);
  g_test_add_func("/config/fileset-names", test_fileset_names);
  g_test_add_func("/config/inputs", test_inputs);
  g_test_add_func("/config/permissions", test_permissions);
  g_test_add_func("/config/missing-file", test_missing_file);
  g_test_add_func("/config/export", test_export);
  g_test_add_func("/config/stock", test_stock);
  return g_test_run();
}
