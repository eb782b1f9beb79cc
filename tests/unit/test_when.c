/* Beats' conditions: what meets them, what is refused and where, what is given up. */
#include "config/tree.h"
#include "processor/condition.h"
#include "value/json_read.h"
#include "value/yaml.h"

static const char document[] =
    "{\"@timestamp\":\"2025-11-24T00:00:00.000Z\",\"status\":\"OK\",\"n\":200,\"neg\":-1,\"f\":0.5,\"whole\":200.0,"
    "\"big\":18446744073709551615,\"t\":true,\"nil\":null,\"num\":\"200\",\"empty\":\"\",\"esc\":\"a\\n\\\"b\\\"\","
    "\"tags\":[\"alpha\",7,\"beta\"],\"http\":{\"code\":404,\"dotted.key\":\"x\",\"none\":{}},\"flat.one\":1,"
    "\"flat.http\":{\"code\":5},\"ip\":\"10.1.2.3\",\"ips\":[\"1.2.3.4\",\"fd00::1\"],\"bad\":\"10.1\",\"six\":\"::1\","
    "\"lines\":\"one\\ntwo ERROR\\nthree\",\"@metadata\":{\"_id\":\"in the document\"}}";

static LfWhen *
compile_text(LfArena *arena, const char *yaml, LfNotes *notes, GError **error)
{
  LfNode *node = lf_yaml_read(arena, "c", lf_slice_str(yaml), error);
  node = node != NULL ? lf_tree_normalize(arena, node, error) : NULL;
  return node != NULL ? lf_when_compile(arena, node, notes, error) : NULL;
}

static const struct {
  const char *yaml;
  gboolean want;
} cases[] = {
    {"equals: {status: OK}", TRUE},
    {"equals: {status: ok}", FALSE},
    {"equals.status: OK", TRUE},
    {"equals: {status: OK, n: 200}", TRUE},
    {"equals: {status: OK, n: 201}", FALSE},
    {"equals: {n: '200'}", FALSE},
    {"equals: {num: 200}", FALSE},
    {"equals: {num: '200'}", TRUE},
    {"equals: {whole: 200}", FALSE},
    {"equals: {neg: -1}", TRUE},
    {"equals: {t: true}", TRUE},
    {"equals: {t: yes}", TRUE},
    {"equals: {t: false}", FALSE},
    {"equals: {t: 'true'}", FALSE},
    {"equals: {t: 1}", FALSE},
    {"equals: {nil: ''}", FALSE},
    {"equals: {empty: ''}", TRUE},
    {"equals: {missing: ''}", FALSE},
    {"equals: {}", TRUE},
    {"equals: {esc: \"a\\n\\\"b\\\"\"}", TRUE},
    {"equals: {http.code: 404}", TRUE},
    {"equals: {http: {code: 404}}", TRUE},
    {"equals: {http.dotted.key: x}", TRUE},
    {"equals: {flat.one: 1}", TRUE},
    {"equals: {flat.http.code: 5}", FALSE},
    {"equals: {status.x: OK}", FALSE},
    {"equals: {http: x}", FALSE},
    {"equals: {tags: [alpha]}", FALSE},
    {"equals: {tags.0: alpha}", FALSE},
    {"equals: {'@timestamp': '2025-11-24T00:00:00.000Z'}", FALSE},
    {"equals: {'@metadata._id': id}", TRUE},
    {"equals: {'@metadata._id': 'in the document'}", FALSE},
    {"contains: {status: K}", TRUE},
    {"contains: {status: k}", FALSE},
    {"contains: {status: ''}", FALSE},
    {"contains: {empty: ''}", TRUE},
    {"contains: {tags: lph}", TRUE},
    {"contains: {tags: '7'}", FALSE},
    {"contains: {n: '2'}", FALSE},
    {"contains: {esc: '\"'}", TRUE},
    {"contains: {esc: '\\'}", FALSE},
    {"contains: {status: OK and more}", FALSE},
    {"contains: {'@timestamp': '2025'}", FALSE},
    {"regexp: {status: '^O'}", TRUE},
    {"regexp: {status: '(?i)^ok$'}", TRUE},
    {"regexp: {status: '^K'}", FALSE},
    {"regexp: {tags: '^beta$'}", TRUE},
    {"regexp: {n: '2'}", FALSE},
    {"regexp: {esc: '^a\\n\"'}", TRUE},
    {"regexp: {esc: 'a$'}", FALSE},
    {"regexp: {lines: '^.*ERROR.*$'}", TRUE},
    {"regexp: {lines: '^.* ?ERROR'}", TRUE},
    {"regexp: {lines: '(?i)^.*ERROR'}", FALSE},
    {"regexp: {lines: '^.*?ERROR'}", FALSE},
    {"regexp: {lines: '^.*ERROR|^.*x'}", FALSE},
    {"regexp: {lines: 'two\\Q.*'}", FALSE},
    {"regexp: {lines: 'one.*$'}", TRUE},
    {"regexp: {lines: 'one.*\\z'}", FALSE},
    {"regexp: {lines: '^.*$'}", TRUE},
    {"regexp: {status: ''}", TRUE},
    {"range: {http.code.gte: 404}", TRUE},
    {"range: {http.code: {gte: 400, lt: 500}}", TRUE},
    {"range: {http.code: {gt: 404}}", FALSE},
    {"range: {http.code: {lt: 404}}", FALSE},
    {"range: {http.code: {lte: 404}}", TRUE},
    {"range: {f.gt: 0.4, n.lt: '1e3'}", TRUE},
    {"range: {f.gt: 0.4, n.lt: 200}", FALSE},
    {"range: {whole.gte: 200, big.gt: 1}", TRUE},
    {"range: {num.gte: 1}", FALSE},
    {"range: {t.gte: 0}", FALSE},
    {"range: {missing.gte: 0}", FALSE},
    {"range: {neg.lt: 0}", TRUE},
    {"has_fields: [status, http.code]", TRUE},
    {"has_fields: status", TRUE},
    {"has_fields: [status, no]", FALSE},
    {"has_fields: [nil]", TRUE},
    {"has_fields: [http.none]", TRUE},
    {"has_fields: ['@timestamp']", TRUE},
    {"has_fields: ['@metadata']", FALSE},
    {"has_fields: ['@metadata._id']", TRUE},
    {"has_fields: ['@metadata.no']", FALSE},
    {"network: {ip: private}", TRUE},
    {"network: {ip: [public, 10.0.0.0/8]}", TRUE},
    {"network: {ip: 10.1.2.0/25, six: loopback}", TRUE},
    {"network: {ip: 10.1.2.0/25, six: private}", FALSE},
    {"network: {ips: 'fd00::/8'}", TRUE},
    {"network: {ips: loopback}", FALSE},
    {"network: {bad: public}", FALSE},
    {"network: {n: public}", FALSE},
    {"network: {missing: public}", FALSE},
    {"network: {ip: []}", FALSE},
    {"and: [{equals: {status: OK}}, {range: {n.gt: 1}}]", TRUE},
    {"and: [{equals: {status: OK}}, {range: {n.gt: 1000}}]", FALSE},
    {"or: [{equals: {status: no}}, {range: {n.gt: 1}}]", TRUE},
    {"or: [{equals: {status: no}}, {range: {n.gt: 1000}}]", FALSE},
    {"or: {equals: {status: OK}}", TRUE},
    {"not: {equals: {status: OK}}", FALSE},
    {"not: {equals: {missing: OK}}", TRUE},
    {"not.equals.status: no", TRUE},
    {"not: {not: {has_fields: [http]}}", TRUE},
    {"{not: {has_fields: [http]}, equals: {n: 200}}", TRUE}, /* equals goes before not */
    {"{equals: null, contains: {status: K}}", TRUE},
    {"{or: [], not: {equals: {n: 1}}}", TRUE},
};

static void
test_results(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    LfValue doc, meta;
    g_assert_true(lf_json_read_copy(arena, lf_slice_str(document), &doc, NULL));
    g_assert_true(lf_json_read_copy(arena, LF_SLICE_LIT("{\"_id\":\"id\"}"), &meta, NULL));
    LfWhen *when = compile_text(arena, cases[i].yaml, NULL, &error);
    g_assert_no_error(error);
    if (when == NULL)
      continue;
    gboolean got = lf_when_check(when, arena, &doc, &meta);
    if (got != cases[i].want)
      g_test_fail_printf("%s gave %d", cases[i].yaml, got);
    lf_when_clear(when);
  }
}

static void
test_refusals(void)
{
  static const struct {
    const char *yaml;
    const char *error;
  } refused[] = {
      {"{}", "c:1:1: missing or invalid condition"},
      {"{equals: null}", "c:1:1: missing or invalid condition"},
      {"{or: []}", "c:1:1: missing or invalid condition"},
      {"{network: {}}", "c:1:1: missing or invalid condition"},
      {"equal: {a: 1}", "c:1:1: missing or invalid condition: there is no equal (did you mean equals?)"},
      {"{equals: {a: 1}, foo: 2}", "c:1:18: missing or invalid condition: there is no foo;"},
      {"equals: {a: 1.5}", "c:1:13: equals: a is compared with a text, a whole number, true or false, not with"},
      {"equals: {a: null}", "c:1:13: equals: a is compared"},
      {"equals: text", "c:1:9: equals takes fields"},
      {"contains: {a: 5}", "c:1:15: contains: a takes a text, not the number 5; put it into quotes"},
      {"regexp: {a: '(?=x)'}",
       "c:1:13: regexp: a: it is no regular expression of Go: Go's regular expressions have no"},
      {"regexp: {a: 'x**'}", "c:1:13: regexp: a: it is no regular expression of Go: a repetition"},
      {"range: {a: 5}", "c:1:12: range: behind the field's name stands one of gt, gte, lt, lte"},
      {"range: {a.gtr: 5}", "c:1:16: range: behind the field's name stands one of gt, gte, lt, lte"},
      {"range: {a.b.gt: x}", "c:1:17: range: a.b.gt takes a number, not \"x\""},
      {"range: {a.gt: true}", "c:1:15: range: a.gt takes a number"},
      {"network: {a: loop-back}", "c:1:14: network: a takes a block"},
      {"network: {a: 127.0/8}", "c:1:14: network: a takes a block"},
      {"network: {a: [private, 1]}", "c:1:24: network: a takes a block"},
      {"has_fields: [[a]]", "c:1:14: has_fields takes the names of fields, not a list"},
      {"and: [{equals: {a: 1}}, x]", "c:1:25: missing or invalid condition"},
      {"not: [{equals: {a: 1}}]", "c:1:6: not takes one condition, not a list"},
      {"not: {and: [{regexp: {a: b}}, {regexp: {a: '['}}]}", "c:1:44: regexp: a: it is no regular expression"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    LfWhen *when = compile_text(arena, refused[i].yaml, NULL, &error);
    g_assert_null(when);
    g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
    if (error != NULL && !g_str_has_prefix(error->message, refused[i].error))
      g_test_fail_printf("%s: %s", refused[i].yaml, error->message);
    lf_when_clear(when);
  }
}

static void
test_depth(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfNode *inner = lf_yaml_read(arena, "c", LF_SLICE_LIT("equals: {n: 1}"), NULL);
  for (int i = 0; i < LF_DEPTH_MAX + 2; i++) {
    LfNode *outer = lf_node_new(arena, LF_NODE_MAP, (LfPlace){0});
    lf_node_set(arena, outer, LF_SLICE_LIT("not"), (LfPlace){0}, inner);
    inner = outer;
  }
  g_assert_null(lf_when_compile(arena, inner, NULL, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  g_assert_cmpstr(error->message, ==, "conditions are nested too deeply");
}

static void
test_notes(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfNotes) notes = {0};
  lf_when_clear(compile_text(arena, "{range: {n.gt: 1}, equals: {n: 1}}", &notes, NULL));
  lf_when_clear(compile_text(arena, "contains: {tags: [a, b]}", &notes, NULL));
  g_assert_cmpuint(notes.n, ==, 2);
  g_assert_true(g_str_has_prefix(notes.items[0].text, "c:1:2: range is ignored, as in Filebeat"));
  g_assert_true(g_str_has_prefix(notes.items[1].text, "c:1:18: contains: a list is never met"));
}

static guint lines;
static char last_line[512];

static void
take_line(LfLogLevel level, const char *line, gsize len, void *data)
{
  lines++;
  g_snprintf(last_line, sizeof last_line, "%.*s", (int)len, line);
}

/* A search that is given up fails the whole condition, behind `not` too, and is said once. */
static void
test_limit(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autofree char *as = g_strnfill(64, 'a');
  LfValue doc = lf_value_object(arena, 1);
  g_autofree char *text = g_strconcat(as, "b", NULL);
  lf_object_set_static(arena, &doc, "m", lf_value_string(lf_slice_str(text)));
  static const struct {
    const char *yaml;
    gboolean want;
  } limits[] = {
      {"regexp: {m: '^(a|aa)+$'}", FALSE},
      {"not: {regexp: {m: '^(a|aa)+$'}}", FALSE},
      {"or: [{regexp: {m: '^(a|aa)+$'}}, {has_fields: [m]}]", FALSE},
      {"or: [{has_fields: [m]}, {regexp: {m: '^(a|aa)+$'}}]", TRUE},
  };
  lf_log_set_sink(take_line, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
    LfWhen *when = compile_text(arena, limits[i].yaml, NULL, NULL);
    lines = 0;
    for (int k = 0; k < 2; k++)
      if (lf_when_check(when, arena, &doc, NULL) != limits[i].want)
        g_test_fail_printf("%s is met, or is not", limits[i].yaml);
    g_assert_cmpuint(lines, ==, limits[i].want ? 0 : 1);
    lf_when_clear(when);
  }
  lf_log_set_sink(NULL, NULL);
  g_assert_nonnull(strstr(last_line, "c:1:1: a regular expression takes too long"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/when/results", test_results);
  g_test_add_func("/when/refusals", test_refusals);
  g_test_add_func("/when/depth", test_depth);
  g_test_add_func("/when/notes", test_notes);
  g_test_add_func("/when/limit", test_limit);
  return g_test_run();
}
