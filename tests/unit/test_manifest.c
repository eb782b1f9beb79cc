/* Manifests: what is read, where errors point, what variables become. */
#include "module/manifest.h"

#include "module/vars.h"
#include "value/json_write.h"

static LfManifest *
parse(LfArena *arena, const char *text, GError **error)
{
  return lf_manifest_parse(arena, "m.yml", lf_slice_str(text), error);
}

static LfManifest *
parse_good(LfArena *arena, const char *text)
{
  g_autoptr(GError) error = NULL;
  LfManifest *m = parse(arena, text, &error);
  g_assert_no_error(error);
  g_assert_nonnull(m);
  return m;
}

static void
test_parts(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfManifest *m = parse_good(arena, "module_version: 1.0\n"
                                    "var:\n"
                                    "  - name: a\n"
                                    "    default: [x]\n"
                                    "    os.linux: [y]\n"
                                    "    os.windows: [z]\n"
                                    "  - name: b\n"
                                    "  - {name: c, default: 1, os: {darwin: 2}}\n"
                                    "  - {name: a, default: last}\n"
                                    "ingest_pipeline: ['p/{{.a}}.yml', ../q.json]\n"
                                    "input: config/{{.b}}.yml\n"
                                    "requires.processors:\n"
                                    "  - name: geoip\n"
                                    "    plugin: ingest-geoip\n"
                                    "machine_learning: [{job: '${no.such.variable}'}]\n");
  g_assert_cmpstr(m->version, ==, "1");
  g_assert_cmpuint(m->n_vars, ==, 4);
  g_assert_cmpstr(m->vars[0].name, ==, "a");
  g_assert_cmpuint(m->vars[0].fallback->n, ==, 1);
  g_assert_true(lf_slice_is(m->vars[0].fallback->entries[0].node->text, "y"));
  g_assert_null(m->vars[1].fallback);
  g_assert_cmpint(m->vars[2].fallback->i, ==, 1);
  g_assert_true(lf_manifest_var(m, LF_SLICE_LIT("a")) == &m->vars[3]);
  g_assert_null(lf_manifest_var(m, LF_SLICE_LIT("d")));
  g_assert_cmpuint(m->n_pipelines, ==, 2);
  g_assert_true(lf_slice_is(m->pipelines[0].text, "p/{{.a}}.yml"));
  g_assert_cmpuint(m->pipelines[1].place.line, ==, 10);
  g_assert_true(lf_slice_is(m->input.text, "config/{{.b}}.yml"));
  g_assert_cmpuint(m->input.place.column, ==, 8);
  g_assert_cmpuint(m->n_requires, ==, 1);
  g_assert_cmpstr(m->requires[0].name, ==, "geoip");
  g_assert_cmpstr(m->requires[0].plugin, ==, "ingest-geoip");
}

static void
test_least(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfManifest *m = parse_good(arena, "input: x\ningest_pipeline: one.yml\nvar: ~\n");
  g_assert_cmpuint(m->n_pipelines, ==, 1);
  g_assert_cmpuint(m->n_vars, ==, 0);
  g_assert_null(m->version);
  g_assert_cmpuint(parse_good(arena, "input: x\n")->n_pipelines, ==, 0);
}

static const struct {
  const char *text;
  const char *error;
} wrong[] = {
    {"", "m.yml:1:1: a manifest must be a map, not nothing"},
    {"- a\n", "m.yml:1:1: a manifest must be a map, not a list"},
    {"var: []\n", "m.yml:1:1: input is not set"},
    {"input: [a]\n", "m.yml:1:8: input must be a text, not a list"},
    {"input: {a: b}\n", "m.yml:1:8: input must be a text, not a map"},
    {"input: x\nvar: a\n", "m.yml:2:6: var must be a list, not \"a\""},
    {"input: x\nvar: [a]\n", "m.yml:2:7: an entry of var must be a map with a name, not \"a\""},
    {"input: x\nvar:\n  - default: 1\n", "m.yml:3:5: an entry of var has no name"},
    {"input: x\nvar:\n  - name: on\n", "m.yml:3:11: the name of a var must be a text, not true"},
    {"input: x\ningest_pipeline: {a: b}\n", "m.yml:2:18: ingest_pipeline must be a text, not a map"},
    {"input: x\ningest_pipeline: [[a]]\n", "m.yml:2:19: ingest_pipeline must be a text, not a list"},
    {"input: x\nrequires.processors: a\n", "m.yml:2:22: requires.processors must be a list, not \"a\""},
    {"input: x\nrequires.processors: [a]\n", "m.yml:2:23: an entry of requires.processors must be a map with a name"},
    {"input: x\nrequires.processors: [{plugin: a}]\n", "m.yml:2:23: an entry of requires.processors has no name"},
    {"input: x\nvar: [{name: a, default: '${LF_TEST_NOWHERE}'}]\n", "m.yml:2:26: "},
    {"input: x\nvar: [{name: a, os.linux: 1, os: {linux: 2}}]\n", "m.yml:2:"},
    {"input: \"\n", "m.yml:"},
};

static void
test_wrong(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(arena, wrong[i].text, &error));
    g_assert_true(error != NULL && error->domain == LF_CONFIG_ERROR);
    if (!g_str_has_prefix(error->message, wrong[i].error))
      g_assert_cmpstr(error->message, ==, wrong[i].error);
  }
}

static void
test_too_many(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  const char *const lists[][2] = {{"var", "- {name: a}\n"}, {"ingest_pipeline", "- a\n"}};
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    g_autoptr(GError) error = NULL;
    g_auto(LfBuf) text = {0};
    lf_buf_printf(&text, "input: x\n%s:\n", lists[i][0]);
    for (guint k = 0; k <= LF_MANIFEST_LIST_MAX; k++)
      lf_buf_append_str(&text, lists[i][1]);
    g_assert_null(lf_manifest_parse(arena, "m.yml", lf_buf_slice(&text), &error));
    g_assert_nonnull(strstr(error->message, "has 1001 entries, more than 1000"));
  }
}

static void
test_missing_file(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_assert_null(lf_manifest_load(arena, "/nowhere/manifest.yml", &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
  g_assert_true(g_str_has_prefix(error->message, "/nowhere/manifest.yml: "));
}

/* All variables as sorted JSON, without builtin; NULL with the error. */
static char *
resolve(const char *manifest, const char *key, LfTemplateReads *reads, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfTemplateReads own = {.arena = arena};
  LfManifest *m = parse_good(arena, manifest);
  LfNode *user = lf_node_new(arena, LF_NODE_MAP, (LfPlace){0});
  LfValue vars;
  if (key != NULL)
    lf_node_set(arena, user, lf_slice_str(key), (LfPlace){0}, lf_node_plain(arena, (LfPlace){0}, LF_SLICE_LIT("mine")));
  if (!lf_vars_resolve(arena, m, lf_vars_builtin(arena, "9.2.2", "mod", "set"), user, reads != NULL ? reads : &own,
                       &vars, error))
    return NULL;
  lf_object_remove(&vars, LF_SLICE_LIT("builtin"));
  LfBuf out = {0};
  lf_json_write_sorted(&out, &vars);
  return lf_buf_steal(&out);
}

static void
test_vars(void)
{
  static const struct {
    const char *manifest;
    const char *user;
    const char *json;
  } cases[] = {
      {"input: x\nvar: [{name: a, default: '{{.builtin.module}}-{{.builtin.fileset}}'}]", NULL, "{\"a\":\"mod-set\"}"},
      {"input: x\nvar: [{name: a, default: 1}, {name: b, default: ['{{.a}}', 2, '{{.a}}{{.a}}', [ '{{' ]]}]", NULL,
       "{\"a\":1,\"b\":[\"1\",2,\"11\",[\"{{\"]]}"},
      {"input: x\nvar: [{name: a, default: {}}, {name: b, default: []}, {name: c}]", NULL,
       "{\"a\":null,\"b\":[],\"c\":null}"},
      /* the user's value comes after the defaults, which still see the manifest's own */
      {"input: x\nvar: [{name: a, default: old}, {name: b, default: '{{.a}}'}]", "a", "{\"a\":\"mine\",\"b\":\"old\"}"},
      {"input: x\nvar: [{name: a, default: x}]", "other", "{\"a\":\"x\",\"other\":\"mine\"}"},
      {"input: x\nvar: [{name: a, default: '{{slice \"\xc3\xa9\" 0 1}}'}]", NULL, "{\"a\":\"\xef\xbf\xbd\"}"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *json = resolve(cases[i].manifest, cases[i].user, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(json, ==, cases[i].json);
  }
}

static void
test_vars_wrong(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *json =
      resolve("input: x\nvar:\n  - name: a\n    default: '{{.b}}'\n  - name: b\n", NULL, NULL, &error);
  g_assert_null(json);
  g_assert_true(error != NULL && g_str_has_prefix(error->message, "m.yml:4:16: "));
}

/* Defaults that double each other end at a ceiling, not in memory. */
static void
test_vars_ceiling(void)
{
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) text = {0};
  lf_buf_append_str(&text, "input: x\nvar:\n  - {name: v0, default: aaaaaaaaaaaaaaaa}\n");
  for (guint i = 1; i < 40; i++)
    lf_buf_printf(&text, "  - {name: v%u, default: '{{.v%u}}{{.v%u}}'}\n", i, i - 1, i - 1);
  lf_buf_append_char(&text, '\0');
  g_autofree char *json = resolve(text.p, NULL, NULL, &error);
  g_assert_null(json);
  g_assert_nonnull(strstr(error->message, "more than"));
}

static void
test_reads(void)
{
  static const struct {
    const char *text;
    const char *reads; /* names with commas behind; "*" for all */
  } cases[] = {
      {"plain", ""},
      {"{{.a}} {{ .b.c | tojson }}", "a,b,"},
      {"{{ if .a }}{{ .b }}{{ else if eq .c \"x\" }}{{ .d }}{{ else }}{{ .e }}{{ end }}", "a,b,c,d,e,"},
      {"{{ range .a }}{{ .b }}{{ $.c }}{{ else }}{{ .d }}{{ end }}", "a,c,d,"},
      {"{{ with $x := .a }}{{ .b }}{{ $x.c }}{{ end }}", "a,"},
      {"{{ printf \"%s\" (index .a 0) }}", "a,"},
      {"{{/* .a */}}{{ \".b\" }}", ""},
      {"{{ define \"t\" }}{{ .a }}{{ end }}{{ template \"t\" . }}", "a,"},
      {"{{ define \"t\" }}{{ .a }}{{ end }}{{ template \"t\" .b }}", "a,b,"},
      {"{{ . }}", "*"},
      {"{{ tojson $ }}", "*"},
  };
  static const char *const names[] = {"a", "b", "c", "d", "e"};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    g_auto(LfBuf) found = {0};
    LfTemplateReads reads = {.arena = arena};
    LfTemplate *t = lf_template_parse(arena, (LfPlace){0}, lf_slice_str(cases[i].text), LF_TEMPLATE_CONFIG, &error);
    g_assert_no_error(error);
    lf_template_reads_add(&reads, t);
    for (gsize k = 0; !reads.all && k < G_N_ELEMENTS(names); k++)
      if (lf_template_reads_has(&reads, lf_slice_str(names[k])))
        lf_buf_printf(&found, "%s,", names[k]);
    lf_buf_append_char(&found, '\0');
    g_assert_cmpstr(reads.all ? "*" : found.p, ==, cases[i].reads);
  }
}

static void
test_declared(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfManifest *m = parse_good(arena, "input: x\nvar: [{name: region_name}, {name: paths}]");
  LfPlace place = {.file = "f.yml", .line = 3, .column = 5};
  LfNode *user = lf_node_new(arena, LF_NODE_MAP, place);
  g_assert_true(lf_vars_check_declared(m, NULL, "module a, fileset b", &error));
  lf_node_set(arena, user, LF_SLICE_LIT("paths"), place, lf_node_string(arena, place, LF_SLICE_LIT("x")));
  g_assert_true(lf_vars_check_declared(m, user, "module a, fileset b", &error));
  lf_node_set(arena, user, LF_SLICE_LIT("regon_name"), place, lf_node_string(arena, place, LF_SLICE_LIT("x")));
  g_assert_false(lf_vars_check_declared(m, user, "module a, fileset b", &error));
  g_assert_cmpstr(error->message, ==,
                  "f.yml:3:5: var.regon_name: module a, fileset b has no such variable (did you mean "
                  "var.region_name?); it has region_name, paths");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/manifest/parts", test_parts);
  g_test_add_func("/manifest/least", test_least);
  g_test_add_func("/manifest/wrong", test_wrong);
  g_test_add_func("/manifest/too-many", test_too_many);
  g_test_add_func("/manifest/missing-file", test_missing_file);
  g_test_add_func("/vars/resolve", test_vars);
  g_test_add_func("/vars/wrong", test_vars_wrong);
  g_test_add_func("/vars/ceiling", test_vars_ceiling);
  g_test_add_func("/vars/reads", test_reads);
  g_test_add_func("/vars/declared", test_declared);
  return g_test_run();
}
