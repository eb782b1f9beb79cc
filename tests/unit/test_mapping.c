/* Mappings: each type as Filebeat writes it, what stands in on older servers and on OpenSearch. */
#include "module/mapping.h"
#include "value/json_write.h"

static const LfFieldServer elasticsearch = {.version = 900};

/* The mapping of a list of fields in YAML. */
static char *
map(const char *yaml, const LfFieldServer *server, char **dynamic, char **searched)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strconcat("- fields: ", yaml, "\n", NULL);
  LfBuf out = {0}, templates = {0}, names = {0};
  LfFields fields = {0};
  LfMapping m;
  lf_fields_parse(arena, "f.yml", lf_slice_str(text), &fields, &error);
  g_assert_no_error(error);
  lf_mapping_make(arena, &fields, server, &m);
  lf_json_write_sorted(&out, &m.properties);
  lf_json_write_sorted(&templates, &m.dynamic_templates);
  lf_json_write_sorted(&names, &m.searched);
  g_autofree char *t = lf_buf_steal(&templates), *n = lf_buf_steal(&names);
  if (dynamic != NULL)
    *dynamic = g_steal_pointer(&t);
  if (searched != NULL)
    *searched = g_steal_pointer(&n);
  return lf_buf_steal(&out);
}

static void
assert_maps(const LfFieldServer *server, const char *yaml, const char *json)
{
  g_autofree char *got = map(yaml, server, NULL, NULL);
  g_assert_cmpstr(got, ==, json);
}

static void
assert_dynamic(const char *yaml, const char *json)
{
  char *dynamic;
  g_autofree char *got = map(yaml, &elasticsearch, &dynamic, NULL);
  g_assert_nonnull(got);
  g_assert_cmpstr(dynamic, ==, json);
  g_free(dynamic);
}

static void
assert_searched(const char *yaml, const char *json)
{
  char *searched;
  g_autofree char *got = map(yaml, &elasticsearch, NULL, &searched);
  g_assert_nonnull(got);
  g_assert_cmpstr(searched, ==, json);
  g_free(searched);
}

/* What libbeat's template processor makes of each. */
static void
test_types(void)
{
  static const struct {
    const char *field;
    const char *json;
  } cases[] = {
      {"{name: f, type: long}", "{\"type\":\"long\"}"},
      {"{name: f, type: integer, copy_to: h.w}", "{\"copy_to\":\"h.w\",\"type\":\"long\"}"},
      {"{name: f, type: double, doc_values: false}", "{\"doc_values\":false,\"type\":\"double\"}"},
      {"{name: f, type: scaled_float}", "{\"scaling_factor\":1000,\"type\":\"scaled_float\"}"},
      {"{name: f, type: scaled_float, scaling_factor: 100}", "{\"scaling_factor\":100,\"type\":\"scaled_float\"}"},
      {"{name: f}", "{\"ignore_above\":1024,\"type\":\"keyword\"}"},
      {"{name: f, ignore_above: 256}", "{\"ignore_above\":256,\"type\":\"keyword\"}"},
      {"{name: f, ignore_above: -1}", "{\"type\":\"keyword\"}"},
      {"{name: f, type: text}", "{\"norms\":false,\"type\":\"text\"}"},
      {"{name: f, type: text, norms: true, analyzer: a, search_analyzer: s}",
       "{\"analyzer\":\"a\",\"search_analyzer\":\"s\",\"type\":\"text\"}"},
      {"{name: f, type: keyword, multi_fields: [{name: t, type: text, norms: true}, {name: raw}]}",
       "{\"fields\":{\"raw\":{\"ignore_above\":1024,\"type\":\"keyword\"},\"t\":{\"type\":\"text\"}},\"ignore_above\":"
       "1024,\"type\":\"keyword\"}"},
      {"{name: f, type: object, enabled: false}", "{\"enabled\":false,\"type\":\"object\"}"},
      {"{name: f, type: object, dynamic: false}", "{\"dynamic\":false,\"type\":\"object\"}"},
      {"{name: f, type: object, dynamic: strict}", "{\"dynamic\":\"strict\",\"type\":\"object\"}"},
      {"{name: f, type: array, index: false, object_type: keyword}", "{\"index\":false,\"type\":\"keyword\"}"},
      {"{name: f, type: alias, path: a.b}", "{\"path\":\"a.b\",\"type\":\"alias\"}"},
      {"{name: f, type: wildcard}", "{\"ignore_above\":1024,\"type\":\"wildcard\"}"},
      {"{name: f, type: constant_keyword, value: v}", "{\"type\":\"constant_keyword\",\"value\":\"v\"}"},
      {"{name: f, type: match_only_text}", "{\"type\":\"match_only_text\"}"},
      {"{name: f, type: flattened}", "{\"type\":\"flattened\"}"},
      {"{name: f, type: date}", "{\"type\":\"date\"}"},
      {"{name: f, type: ip}", "{\"type\":\"ip\"}"},
      {"{name: f, type: geo_point}", "{\"type\":\"geo_point\"}"},
      {"{name: f, type: histogram}", "{\"type\":\"histogram\"}"},
      {"{name: f, type: nested, dynamic: true, fields: [{name: g, type: long}]}",
       "{\"dynamic\":true,\"properties\":{\"g\":{\"type\":\"long\"}},\"type\":\"nested\"}"},
      {"{name: f, type: group, dynamic: strict, fields: [{name: g, type: long}]}",
       "{\"dynamic\":\"strict\",\"properties\":{\"g\":{\"type\":\"long\"}}}"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *list = g_strdup_printf("[%s]", cases[i].field),
                    *json = g_strdup_printf("{\"f\":%s}", cases[i].json);
    assert_maps(&elasticsearch, list, json);
  }
  assert_maps(&elasticsearch,
              "[{name: f, type: alias, path: a, migration: true}, {name: g, type: group}, {name: h, type: array}]",
              "{}");
}

static void
test_merged(void)
{
  assert_maps(&elasticsearch, "[{name: a.b, type: long}, {name: a, type: group, fields: [{name: c.d, type: ip}]}]",
              "{\"a\":{\"properties\":{\"b\":{\"type\":\"long\"},\"c\":{\"properties\":{\"d\":{\"type\":\"ip\"}}}}}}");
  assert_maps(&elasticsearch, "[{name: a, type: nested}, {name: a.b, type: long}, {name: a.b, type: ip}]",
              "{\"a\":{\"properties\":{\"b\":{\"type\":\"ip\"}},\"type\":\"nested\"}}");
  assert_maps(&elasticsearch, "[{name: a.b, type: long}, {name: a, type: object}]",
              "{\"a\":{\"properties\":{\"b\":{\"type\":\"long\"}},\"type\":\"object\"}}");
}

/* A module without fields of its own leaves nothing that a server would refuse. */
static void
test_empty_groups(void)
{
  assert_maps(&elasticsearch,
              "[{name: a, type: group, fields: [{name: b, type: group, fields: []}]}, {name: c.d, type: group}]", "{}");
  assert_maps(&elasticsearch, "[{name: a, type: group, fields: [{name: b, type: group}, {name: c, type: ip}]}]",
              "{\"a\":{\"properties\":{\"c\":{\"type\":\"ip\"}}}}");
}

static void
test_dynamic(void)
{
  assert_dynamic(
      "[{name: context, type: object, object_type: keyword}, {name: context, type: object, object_type: keyword}]",
      "[{\"context\":{\"mapping\":{\"type\":\"keyword\"},\"match_mapping_type\":\"string\",\"path_match\":"
      "\"context.*\"}}]");
  assert_dynamic(
      "[{name: l, type: group, fields: [{name: e, type: object, object_type: long, object_type_mapping_type: '*'}]}]",
      "[{\"l.e\":{\"mapping\":{\"type\":\"long\"},\"match_mapping_type\":\"*\",\"path_match\":\"l.e.*\"}}]");
  assert_dynamic("[{name: core.*.pct, type: object, object_type: scaled_float, scaling_factor: 100, "
                 "object_type_mapping_type: float}]",
                 "[{\"core.*.pct\":{\"mapping\":{\"scaling_factor\":100,\"type\":\"scaled_float\"},"
                 "\"match_mapping_type\":\"float\",\"path_match\":\"core.*.pct\"}}]");
  assert_dynamic(
      "[{name: c, type: object, object_type_params: [{object_type: float, object_type_mapping_type: float}, "
      "{object_type: boolean}, {object_type: scaled_float, scaling_factor: 10000}]}]",
      "[{\"c_float\":{\"mapping\":{\"type\":\"float\"},\"match_mapping_type\":\"float\",\"path_match\":\"c.*\"}},"
      "{\"c_boolean\":{\"mapping\":{\"type\":\"boolean\"},\"match_mapping_type\":\"boolean\",\"path_match\":"
      "\"c.*\"}},{\"c_*\":{\"mapping\":{\"scaling_factor\":10000,\"type\":\"scaled_float\"},"
      "\"match_mapping_type\":\"*\",\"path_match\":\"c.*\"}}]");
  assert_dynamic("[{name: x, type: object}]", "[]");
}

static void
test_searched(void)
{
  assert_searched(
      "[{name: a}, {name: b, type: text}, {name: c, type: long}, {name: d, default_field: false}, {name: e, "
      "index: false}, {name: a}]",
      "[\"a\",\"b\"]");
  assert_searched("[{name: g, type: group, default_field: false, fields: [{name: x}, {name: z, default_field: true, "
                  "multi_fields: [{name: t, type: text, default_field: true}]}]}]",
                  "[\"g.z\"]");
}

static void
test_servers(void)
{
  const LfFieldServer es_717 = {.version = 717}, es_710 = {.version = 710}, os_1 = {.opensearch = TRUE, .version = 103},
                      os_2 = {.opensearch = TRUE, .version = 219}, any = {.opensearch = TRUE};
  const char *keyword = "{\"f\":{\"ignore_above\":1024,\"type\":\"keyword\"}}";
  assert_maps(&es_717, "[{name: f, type: match_only_text}]", "{\"f\":{\"type\":\"match_only_text\"}}");
  assert_maps(&es_710, "[{name: f, type: match_only_text}]", "{\"f\":{\"norms\":false,\"type\":\"text\"}}");
  assert_maps(&os_1, "[{name: f, type: match_only_text}]", "{\"f\":{\"norms\":false,\"type\":\"text\"}}");
  assert_maps(&os_1, "[{name: f, type: wildcard}]", keyword);
  assert_maps(&os_2, "[{name: f, type: wildcard}]", "{\"f\":{\"ignore_above\":1024,\"type\":\"wildcard\"}}");
  assert_maps(&os_1, "[{name: f, type: flattened}]", "{\"f\":{\"enabled\":false,\"type\":\"object\"}}");
  assert_maps(&os_2, "[{name: f, type: flattened, index: false}]", "{\"f\":{\"type\":\"flat_object\"}}");
  assert_maps(&any, "[{name: f, type: flattened}]", "{\"f\":{\"type\":\"flat_object\"}}");
  assert_maps(&os_2, "[{name: f, type: constant_keyword}]", keyword);
  assert_maps(&os_2, "[{name: f, type: constant_keyword, value: v}]",
              "{\"f\":{\"type\":\"constant_keyword\",\"value\":\"v\"}}");
  assert_maps(&os_1, "[{name: f, type: constant_keyword, value: v}]", keyword);
  assert_maps(&os_2, "[{name: f, type: version}]", keyword);
  assert_maps(&os_2, "[{name: f, type: histogram}]", "{\"f\":{\"enabled\":false,\"type\":\"object\"}}");
}

/* Each type ends, on whatever server, in one that it has. */
static void
test_table(void)
{
  const LfFieldType *t;
  for (guint i = 0; (t = lf_fieldtype_nth(i)) != NULL; i++) {
    g_assert_true(lf_fieldtype_find(t->name) == t);
    for (guint version = 0; version < 1000; version += 50)
      for (int opensearch = 0; opensearch < 2; opensearch++) {
        LfFieldServer server = {.opensearch = opensearch, .version = version};
        g_assert_nonnull(lf_fieldtype_for(t, &server));
      }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/mapping/types", test_types);
  g_test_add_func("/mapping/merged", test_merged);
  g_test_add_func("/mapping/empty-groups", test_empty_groups);
  g_test_add_func("/mapping/dynamic", test_dynamic);
  g_test_add_func("/mapping/searched", test_searched);
  g_test_add_func("/mapping/servers", test_servers);
  g_test_add_func("/mapping/table", test_table);
  return g_test_run();
}
