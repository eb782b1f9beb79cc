/* Filesets: what Go and go-ucfg made of the same modules (data/module/go.json), places, warnings, what is refused. */
#include "base/fs.h"
#include "config/expand.h"
#include "config/tree.h"
#include "module/fileset.h"
#include "module/module_dir.h"
#include "support/files.h"
#include "support/folder.h"
#include "value/json_read.h"
#include "value/yaml.h"

#include <glib/gstdio.h>

static const LfCompat compat = {.text = "7.17.29", .major = 7, .minor = 17, .patch = 29};

/* A block's part as the configuration's loader hands it over. */
static LfNode *
block_part(LfArena *arena, const char *file, LfSlice yaml)
{
  g_autoptr(GError) error = NULL;
  LfNode *node = lf_yaml_read(arena, file, lf_arena_dup(arena, yaml), &error);
  node = node != NULL ? lf_tree_normalize(arena, node, &error) : NULL;
  LfExpandScope scope = {.root = node};
  node = node != NULL ? lf_expand(arena, &scope, node, FALSE, &error) : NULL;
  g_assert_no_error(error);
  return node;
}

typedef struct {
  const char *home;
  const char *module;
  const char *fileset;
  const char *var;
  const char *input;
} Block;

static LfFileset *
load(LfArena *arena, const Block *b, LfNotes *notes, GError **error)
{
  LfConfigPaths paths = {.home = b->home, .config = "/config", .data = "/data", .logs = "/logs"};
  LfPlace place = {.file = g_intern_static_string("filebeat.yml"), .line = 1, .column = 3};
  LfModuleBlock module = {.name = b->module, .place = place};
  LfFilesetBlock block = {.name = b->fileset, .enabled = TRUE, .place = place};
  if (b->var != NULL)
    block.var = block_part(arena, "filebeat.yml", lf_slice_str(b->var));
  if (b->input != NULL)
    block.input = block_part(arena, "filebeat.yml", lf_slice_str(b->input));
  return lf_fileset_load(arena, &paths, &module, &block, &compat, notes, error);
}

/* A home in which module/ is a folder of links to others. */
static char *
link_home(const char *const names[][2], gsize n)
{
  char *home = test_folder_new();
  g_autofree char *module = g_build_filename(home, "module", NULL);
  g_assert_cmpint(g_mkdir(module, 0700), ==, 0);
  for (gsize i = 0; i < n; i++) {
    g_autofree char *path = test_source_path(names[i][1]);
    g_autofree char *target = g_canonicalize_filename(path, NULL);
    g_autofree char *link = g_build_filename(module, names[i][0], NULL);
    g_assert_cmpint(symlink(target, link), ==, 0);
  }
  return home;
}

static char *
home_of_ours(void)
{
  static const char *const names[][2] = {{"shop", "tests/unit/data/module/shop"},
                                         {"old", "tests/unit/data/module/old"},
                                         {"awsfargate", "module/awsfargate"}};
  return link_home(names, G_N_ELEMENTS(names));
}

/* go-ucfg leaves out what is null when it unpacks into a map. */
static LfValue
without_nulls(LfArena *arena, const LfValue *v)
{
  if (v->type == LF_TYPE_ARRAY) {
    LfValue out = lf_value_array(arena, v->array->len);
    for (guint32 i = 0; i < v->array->len; i++)
      lf_array_push(arena, &out, without_nulls(arena, &v->array->items[i]));
    return out;
  }
  if (v->type != LF_TYPE_OBJECT)
    return *v;
  LfValue out = lf_value_object(arena, v->object->len);
  for (guint32 i = 0; i < v->object->len; i++) {
    LfMember *m = &v->object->members[i];
    LfValue value = without_nulls(arena, &m->value);
    if (value.type != LF_TYPE_NULL && (value.type != LF_TYPE_OBJECT || value.object->len > 0))
      lf_object_set(arena, &out, lf_slice(m->key, m->key_len), value);
  }
  return out;
}

static void
compare_pipelines(LfArena *arena, LfValue *go, const LfFileset *f)
{
  g_assert_cmpuint(go->array->len, ==, f->n_pipelines);
  for (guint i = 0; i < MIN(f->n_pipelines, go->array->len); i++) {
    LfValue *id = lf_object_get_str(&go->array->items[i], "id");
    LfValue *node = lf_object_get_str(&go->array->items[i], "node");
    LfValue ours = lf_node_to_value(arena, f->pipelines[i].node);
    g_assert_true(lf_slice_is(lf_value_text(arena, id), f->pipelines[i].id));
    g_assert_true(lf_value_equal(node, &ours));
  }
}

static void
compare_case(LfArena *arena, const char *home, LfValue *c)
{
  g_autoptr(GError) error = NULL;
  const char *words[4];
  const char *const keys[] = {"module", "fileset", "var", "input"};
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    words[i] = lf_arena_dup(arena, lf_value_text(arena, lf_object_get_str(c, keys[i]))).p;
  g_test_message("%s/%s var %s input %s", words[0], words[1], words[2], words[3]);
  LfValue *go = lf_object_get_str(c, "go");
  LfFileset *f = load(arena, &(Block){home, words[0], words[1], words[2], words[3]}, NULL, &error);
  g_assert_true((f == NULL) == (go->type == LF_TYPE_NULL));
  if (f == NULL || go->type == LF_TYPE_NULL)
    return;
  LfValue all = lf_node_to_value(arena, f->input);
  LfValue ours = without_nulls(arena, &all), theirs = without_nulls(arena, lf_object_get_str(go, "input"));
  g_assert_true(lf_value_equal(&ours, &theirs));
  compare_pipelines(arena, lf_object_get_str(go, "pipelines"), f);
}

static void
test_go(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *home = home_of_ours();
  g_autofree char *path = test_source_path("tests/unit/data/module/go.json");
  gsize len;
  g_autofree char *text = lf_fs_read(path, LF_FS_TEXT_MAX, &len, &error);
  g_assert_no_error(error);
  LfValue cases;
  g_assert_true(lf_json_read_copy(arena, lf_slice(text, len), &cases, &error));
  g_assert_cmpuint(cases.array->len, >, 10);
  for (guint32 i = 0; i < cases.array->len; i++)
    compare_case(arena, home, &cases.array->items[i]);
  test_folder_remove(home);
}

/* All of Filebeat's own modules, as far as they are here. */
static void
test_corpus(void)
{
  g_autofree char *corpus = test_shared_path("corpus/filebeat-7.17.29");
  if (!g_file_test(corpus, G_FILE_TEST_IS_DIR)) {
    g_test_skip("Filebeat's modules are not here (LF_SHARED)");
    return;
  }
  g_autofree char *home = test_folder_new();
  g_autofree char *link = g_build_filename(home, "module", NULL);
  g_assert_cmpint(symlink(corpus, link), ==, 0);
  LfConfigPaths paths = {.home = home};
  g_auto(GStrv) names = lf_module_names(&paths);
  guint n = 0;
  for (char **name = names; *name != NULL; name++) {
    g_auto(GStrv) filesets = lf_module_filesets(&paths, *name, NULL);
    for (char **set = filesets; set != NULL && *set != NULL; set++, n++) {
      g_autoptr(LfArena) arena = lf_arena_new();
      g_autoptr(GError) error = NULL;
      g_autofree char *config = g_strdup_printf("%s/%s/%s/config/file.yml", corpus, *name, *set);
      const char *input = g_file_test(config, G_FILE_TEST_EXISTS) ? "{input: file, paths: [x]}" : "{paths: [x]}";
      g_assert_nonnull(load(arena, &(Block){home, *name, *set, NULL, NULL}, NULL, &error));
      g_assert_no_error(error);
      g_assert_nonnull(load(arena, &(Block){home, *name, *set, input, NULL}, NULL, &error));
      g_assert_no_error(error);
    }
  }
  g_assert_cmpuint(n, ==, 35);
  test_folder_remove(home);
}

/* Each variable, a value for it, and what the rendered input then has: as YAML. */
static const char *const every_var[][2] = {
    {"log_group_arn: 'arn:aws:logs:us-east-1:1:log-group:a:*'",
     "log_group_arn: 'arn:aws:logs:us-east-1:1:log-group:a:*'"},
    {"log_group_arn: [a, b]", "log_group_arn: [a, b]"},
    {"log_group_name: /ecs/a", "log_group_name: /ecs/a"},
    {"log_group_name_prefix: /ecs/", "log_group_name_prefix: /ecs/"},
    {"region_name: eu-west-1", "region_name: eu-west-1"},
    {"log_streams: ['a#b', 'c: d']", "log_streams: ['a#b', 'c: d']"},
    {"log_stream_prefix: web/", "log_stream_prefix: web/"},
    {"start_position: lastSync", "start_position: lastSync"},
    {"scan_frequency: 2m", "scan_frequency: 2m"},
    {"latency: 90s", "latency: 90s"},
    {"lookback: 0", "lookback: 0"},
    {"lookback: 1h", "lookback: 1h"},
    {"start_time: -2h", "start_time: -2h"},
    {"end_time: '2026-11-24T08:00:00Z'", "end_time: '2026-11-24T08:00:00Z'"},
    {"filter_pattern: '?a \"b c\"'", "filter_pattern: '?a \"b c\"'"},
    {"include_linked_accounts_for_prefix_mode: true", "include_linked_accounts_for_prefix_mode: true"},
    {"number_of_workers: 3", "number_of_workers: 3"},
    {"api_timeout: 0s", "api_timeout: 0s"},
    {"api_timeout: 0", "api_timeout: 0"},
    {"api_sleep: 0", "api_sleep: 0"},
    {"shared_credential_file: '/a b'", "shared_credential_file: '/a b'"},
    {"credential_profile_name: p", "credential_profile_name: p"},
    {"access_key_id: AK", "access_key_id: AK"},
    {"secret_access_key: 's/+\"= '", "secret_access_key: 's/+\"= '"},
    {"session_token: t", "session_token: t"},
    {"role_arn: r", "role_arn: r"},
    {"external_id: '1'", "external_id: '1'"},
    {"assume_role.duration: 15m", "assume_role: {duration: 15m}"},
    {"assume_role.expiry_window: 5m", "assume_role: {expiry_window: 5m}"},
    {"endpoint: 'http://127.0.0.1:1'", "endpoint: 'http://127.0.0.1:1'"},
    {"proxy_url: 'http://p:3128'", "proxy_url: 'http://p:3128'"},
    {"fips_enabled: false", "fips_enabled: false"},
    {"fips_enabled: true", "fips_enabled: true"},
    {"ssl: {verification_mode: none, certificate_authorities: [a]}",
     "ssl: {verification_mode: none, certificate_authorities: [a]}"},
    {"ssl.verification_mode: none", "ssl: {verification_mode: none}"},
    {"default_region: us-east-2", "default_region: us-east-2"},
    {"tags: [a, b]", "tags: [a, b]"},
    {"input: aws-cloudwatch", "type: aws-cloudwatch"},
    {"{input: file, paths: [/a]}", "{type: log, paths: [/a]}"},
};

static void
test_every_var(void)
{
  g_autofree char *home = home_of_ours();
  for (gsize i = 0; i < G_N_ELEMENTS(every_var); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    g_auto(LfNotes) notes = {0};
    g_test_message("%s", every_var[i][0]);
    LfFileset *f = load(arena, &(Block){home, "awsfargate", "log", every_var[i][0], NULL}, &notes, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(notes.n, ==, 0);
    LfNode *want = block_part(arena, "want", lf_slice_str(every_var[i][1]));
    for (guint k = 0; f != NULL && k < want->n; k++) {
      const LfNodeEntry *found = lf_node_entry(f->input, want->entries[k].key);
      g_assert_nonnull(found);
      LfValue a = lf_node_to_value(arena, found->node), b = lf_node_to_value(arena, want->entries[k].node);
      g_assert_true(lf_value_equal(&a, &b));
    }
  }
  test_folder_remove(home);
}

static void
test_plain_block(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *home = home_of_ours();
  LfFileset *f = load(arena, &(Block){home, "awsfargate", "log", "{log_group_name: a}", NULL}, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(f->module, ==, "awsfargate");
  g_assert_cmpstr(f->fileset, ==, "log");
  g_assert_true(g_str_has_suffix(f->input_path, "/module/awsfargate/log/config/aws-cloudwatch.yml"));
  g_assert_cmpuint(f->place.line, ==, 1);
  g_assert_cmpuint(f->n_pipelines, ==, 1);
  g_assert_cmpstr(f->pipelines[0].id, ==, "filebeat-7.17.29-awsfargate-log-pipeline");
  g_assert_true(g_str_has_suffix(f->pipelines[0].path, "/awsfargate/log/ingest/pipeline.yml"));
  LfNode *processors = lf_node_get(f->pipelines[0].node, "processors");
  /* nothing was rendered in it: lines are the file's own */
  g_assert_cmpstr(processors->place.file, ==, f->pipelines[0].path);
  g_assert_cmpuint(processors->place.line, >, 1);
  g_assert_null(lf_node_get(f->input, "path"));
  test_folder_remove(home);
}

/* What the user wrote keeps the user's place; what the template wrote says that it was rendered. */
static void
test_places(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *home = home_of_ours();
  const char *var = "log_group_arn:\n  - a\n  - b\nscan_frequency: abc\nssl:\n  verification_mode: 7\n";
  LfFileset *f = load(arena, &(Block){home, "awsfargate", "log", var, "\n\nlatency: 5m"}, NULL, &error);
  g_assert_no_error(error);
  const LfNode *arns = lf_node_get(f->input, "log_group_arn"), *scan = lf_node_get(f->input, "scan_frequency");
  g_assert_cmpstr(scan->place.file, ==, "filebeat.yml");
  g_assert_cmpuint(scan->place.line, ==, 4);
  g_assert_cmpuint(lf_node_entry(f->input, LF_SLICE_LIT("scan_frequency"))->place.line, ==, 4);
  g_assert_cmpuint(arns->entries[1].node->place.line, ==, 3);
  g_assert_cmpuint(lf_node_get_path(f->input, "ssl.verification_mode")->place.line, ==, 6);
  g_assert_cmpstr(lf_node_get(f->input, "latency")->place.file, ==, "filebeat.yml");
  g_assert_true(g_str_has_suffix(lf_node_get(f->input, "start_position")->place.file, "aws-cloudwatch.yml (rendered)"));
  test_folder_remove(home);
}

/* Filebeat's own module declares log_streams and does not pass it on: one warning names all such variables. */
static void
test_unread(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfNotes) notes = {0};
  g_autofree char *home = test_folder_new();
  test_folder_write(home, "module/m/s/manifest.yml",
                    "var: [{name: input, default: a}, {name: used}, {name: log_streams}]\n"
                    "ingest_pipeline: 'p{{.number}}.yml'\ninput: '{{.input}}.yml'\n");
  test_folder_write(home, "module/m/s/a.yml", "type: x\n{{ if .used }}used: {{ .used }}{{ end }}\n");
  test_folder_write(home, "module/m/s/p1.yml", "processors: []\n{< .in_pipeline >}\n");
  const char *var = "used: 1\nlog_streams: [a]\nnumber: 1\nlatency: 5s\nin_pipeline: 'a: b'\nnull_one: ~\n";
  LfFileset *f = load(arena, &(Block){home, "m", "s", var, NULL}, &notes, &error);
  g_assert_no_error(error);
  g_assert_nonnull(f);
  g_assert_cmpuint(notes.n, ==, 1);
  g_assert_cmpint(notes.items[0].level, ==, LF_LOG_WARNING);
  g_assert_cmpstr(notes.items[0].text, ==,
                  "filebeat.yml:2:1: module m, fileset s: var.log_streams, var.latency (filebeat.yml:4:1): no template "
                  "of the fileset reads them, so they change nothing");
  g_assert_cmpstr(f->pipelines[0].id, ==, "filebeat-7.17.29-m-s-p1");
  test_folder_remove(home);
}

/* The texts of a fileset's files (`pipeline` is p.yml and p.json), and what the message must hold. */
static const struct {
  const char *manifest;
  const char *config;
  const char *pipeline;
  const char *error;
} refused[] = {
    {"input: ../../../c.yml", "", "", "s/manifest.yml:1:8: input: ../../../c.yml leads out of the module's folder"},
    {"input: a/../../../m/s/c.yml", "", "", "leads out of the module's folder"},
    {"input: ''", "", "", "manifest.yml:1:8: input is no path of a file"},
    {"input: .", "", "", "is a directory, not a file"},
    {"input: nowhere.yml", "", "", "manifest.yml:1:8: input: "},
    {"input: c.yml\ningest_pipeline: ../../p.yml", "", "", "manifest.yml:2:18: ingest_pipeline: ../../p.yml leads out"},
    {"input: c.yml\ningest_pipeline: s.txt", "", "", "s.txt: a pipeline's file ends in .yml, .yaml or .json"},
    {"input: c.yml\ningest_pipeline: manifest", "a: b", "", "manifest.yml:2:18: ingest_pipeline: "},
    {"input: c.yml", "a: {{ .nowhere }}", "", "s/c.yml:1:"},
    {"input: c.yml", "a: 1\nb: {{ nofunction }}", "", "s/c.yml:2:"},
    {"input: c.yml", "a: {{ if }}", "", "s/c.yml:1:"},
    {"input: c.yml", "- a", "", "s/c.yml:1:1: an input must be a map, not a list"},
    {"input: c.yml", "", "", "s/c.yml:1:1: an input must be a map, not nothing"},
    {"input: c.yml", "{{ \"- a\" }}", "", "s/c.yml (rendered):1:1: an input must be a map, not a list"},
    {"input: c.yml", "a: [", "", "s/c.yml:"},
    {"input: c.yml", "a.b: 1\na: 2", "", "s/c.yml:"},
    {"input: c.yml", "a: ${LF_TEST_NOWHERE}", "", "s/c.yml:1:4: "},
    {"input: c.yml\ningest_pipeline: p.yml", "a: b", "{< .x >}", "s/p.yml:1:"},
    {"input: c.yml\ningest_pipeline: p.yml", "a: b", "- x", "s/p.yml:1:1: a pipeline must be a map, not a list"},
    {"input: c.yml\ningest_pipeline: p.yml", "a: b", "a: [", "s/p.yml:"},
    {"input: c.yml\ningest_pipeline: p.json", "a: b", "{\"a\": ]}", "s/p.json: "},
    {"input: c.yml\ningest_pipeline: p.json", "a: b", "[]", "s/p.json: a pipeline must be a map, not a list"},
    {"input: '{{.a}}.yml'\nvar: [{name: a, default: '{{.b}}'}]", "", "", "s/manifest.yml:2:"},
};

static void
test_refused(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *home = test_folder_new();
    test_folder_write(home, "module/m/s/manifest.yml", refused[i].manifest);
    test_folder_write(home, "module/m/s/c.yml", refused[i].config);
    test_folder_write(home, "module/m/s/p.yml", refused[i].pipeline);
    test_folder_write(home, "module/m/s/p.json", refused[i].pipeline);
    test_folder_write(home, "module/m/s/s.txt", "a: b");
    g_test_message("%s | %s | %s", refused[i].manifest, refused[i].config, refused[i].pipeline);
    g_assert_null(load(arena, &(Block){home, "m", "s", NULL, NULL}, NULL, &error));
    g_assert_true(error != NULL && error->domain == LF_CONFIG_ERROR);
    if (strstr(error->message, refused[i].error) == NULL)
      g_assert_cmpstr(error->message, ==, refused[i].error);
    test_folder_remove(home);
  }
}

static void
test_names(void)
{
  static const struct {
    const char *module;
    const char *fileset;
    const char *error;
  } cases[] = {
      {"nowhere", "log", "filebeat.yml:1:3: there is no module \"nowhere\""},
      {"awsfargat", "log", "(did you mean awsfargate?)"},
      {"awsfargate", "logs", "filebeat.yml:1:3: the module awsfargate has no fileset logs: "},
      {"awsfargate", "_meta", "has no fileset _meta"},
      {"awsfargate", "..", "cannot be the name of a fileset"},
      {"awsfargate", "a/b", "cannot be the name of a fileset"},
      {"awsfargate", "", "cannot be the name of a fileset"},
      {"../module/awsfargate", "log", "cannot be the name of a module"},
      {".", "log", "cannot be the name of a module"},
      {"", "log", "cannot be the name of a module"},
      {"old", "orders", "filebeat.yml:1:3: the module old is called shop now"},
  };
  g_autofree char *home = home_of_ours();
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    g_assert_null(load(arena, &(Block){home, cases[i].module, cases[i].fileset, NULL, NULL}, NULL, &error));
    g_assert_true(error != NULL && error->domain == LF_CONFIG_ERROR);
    if (strstr(error->message, cases[i].error) == NULL)
      g_assert_cmpstr(error->message, ==, cases[i].error);
  }
  test_folder_remove(home);
}

static void
test_filesets(void)
{
  g_autofree char *home = home_of_ours();
  LfConfigPaths paths = {.home = home};
  g_auto(GStrv) shop = lf_module_filesets(&paths, "shop", NULL), names = lf_module_names(&paths);
  g_autofree char *sets = g_strjoinv(",", shop), *all = g_strjoinv(",", names);
  g_assert_cmpstr(sets, ==, "orders,plain");
  g_assert_nonnull(strstr(all, "awsfargate"));
  g_assert_null(lf_module_filesets(&paths, "nowhere", NULL));
  g_assert_null(lf_module_filesets(&paths, "old", NULL));
  g_assert_null(lf_module_filesets(&paths, "..", NULL));
  test_folder_remove(home);
}

static void
test_dir(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *dir = test_source_path("module/awsfargate");
  g_autofree char *slash = g_strconcat(dir, "/", NULL);
  LfNode *vars = block_part(arena, "v", LF_SLICE_LIT("log_group_name: x"));
  LfFileset *f = lf_fileset_load_dir(arena, slash, "log", vars, &compat, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(f->module, ==, "awsfargate");
  g_assert_true(lf_slice_is(lf_node_get(f->input, "log_group_name")->text, "x"));
  g_assert_nonnull(lf_fileset_load_dir(arena, dir, "log", NULL, &compat, NULL, &error));
  g_assert_null(lf_fileset_load_dir(arena, dir, "nowhere", NULL, &compat, NULL, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/fileset/go", test_go);
  g_test_add_func("/fileset/corpus", test_corpus);
  g_test_add_func("/fileset/every-var", test_every_var);
  g_test_add_func("/fileset/plain-block", test_plain_block);
  g_test_add_func("/fileset/places", test_places);
  g_test_add_func("/fileset/unread", test_unread);
  g_test_add_func("/fileset/refused", test_refused);
  g_test_add_func("/fileset/names", test_names);
  g_test_add_func("/fileset/filesets", test_filesets);
  g_test_add_func("/fileset/dir", test_dir);
  return g_test_run();
}
