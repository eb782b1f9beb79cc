/* Placed trees and the YAML reader; plain scalars against what gopkg.in/yaml.v2 2.4.0 made of them. */
#include "base/number.h"
#include "support/files.h"
#include "value/yaml.h"

#include <math.h>

static LfNode *
parse(LfArena *arena, const char *text)
{
  g_autoptr(GError) error = NULL;
  LfNode *node = lf_yaml_read(arena, "f.yml", lf_slice_str(text), &error);
  g_assert_no_error(error);
  return node;
}

static void
assert_error(const char *text, const char *want)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_assert_null(lf_yaml_read(arena, "f.yml", lf_slice_str(text), &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  if (strstr(error->message, want) == NULL)
    g_test_message("%s", error->message);
  g_assert_nonnull(strstr(error->message, want));
}

static const char *const type_words[] = {"null", "bool", "int", "float", "string", "list", "map"};

static gboolean
same_value(const LfNode *node, const char *want)
{
  char text[LF_NUMBER_TEXT];
  switch (node->type) {
  case LF_NODE_BOOL:
    return strcmp(want, node->b ? "true" : "false") == 0;
  case LF_NODE_INT:
    lf_number_format_int(node->i, text);
    return strcmp(want, text) == 0;
  case LF_NODE_FLOAT:
    if (isinf(node->d) || isnan(node->d))
      return strcmp(want, isnan(node->d) ? "NaN" : node->d > 0 ? "+Inf" : "-Inf") == 0;
    return g_ascii_strtod(want, NULL) == node->d;
  case LF_NODE_STRING:
    return lf_slice_is(node->text, want);
  default:
    return TRUE;
  }
}

static void
test_plain(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *path = test_source_path("tests/unit/data/config/yaml_plain.json");
  LfValue all;
  g_assert_true(test_json_read(arena, path, &all));
  LfNode *cases = lf_node_from_value(arena, (LfPlace){0}, &all);
  g_assert_cmpuint(cases->n, >, 100);
  for (guint i = 0; i < cases->n; i++) {
    const LfNode *c = cases->entries[i].node;
    g_autofree char *scalar = lf_slice_dup(lf_node_get(c, "text")->text),
                    *type = lf_slice_dup(lf_node_get(c, "type")->text),
                    *want = lf_slice_dup(lf_node_get(c, "value")->text), *yaml = g_strdup_printf("k: %s\n", scalar);
    g_clear_error(&error);
    LfNode *map = lf_yaml_read(arena, "f.yml", lf_slice_str(yaml), &error), *node = lf_node_get(map, "k");
    const char *got = node != NULL ? type_words[node->type] : "error";
    if (strcmp(got, type) != 0 || (node != NULL && !same_value(node, want))) {
      g_test_message("%s is %s, yaml.v2 has %s %s", scalar, got, type, want);
      g_test_fail();
    }
  }
}

static void
test_places(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfNode *root = parse(arena, "a:\n  b: [1,\n    2]\n'c d': \"x\"\n");
  LfNode *two = lf_node_get_path(root, "a.b")->entries[1].node;
  g_assert_cmpuint(two->place.line, ==, 3);
  g_assert_cmpuint(two->place.column, ==, 5);
  LfNodeEntry *e = lf_node_entry(root, LF_SLICE_LIT("c d"));
  g_assert_cmpuint(e->place.line, ==, 4);
  g_assert_cmpuint(e->node->place.column, ==, 8);
  g_assert_cmpstr(e->place.file, ==, "f.yml");
  g_assert_null(lf_node_get_path(root, "a.x.y"));
}

static void
test_yaml_forms(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfNode *root =
      parse(arena, "base: &b {x: 1, y2: 2}\nm:\n  <<: *b\n  x: 9\nl: [*b]\nt: |\n  two\n  lines\nx: 1\nx: 2\n");
  g_assert_cmpint(lf_node_get_path(root, "m.x")->i, ==, 9);
  g_assert_cmpint(lf_node_get_path(root, "m.y2")->i, ==, 2);
  g_assert_cmpint(lf_node_get(root, "x")->i, ==, 2);
  g_assert_true(lf_slice_is(lf_node_get(root, "t")->text, "two\nlines\n"));
  g_assert_true(lf_node_get(root, "t")->quoted);
  g_assert_cmpint(parse(arena, "")->type, ==, LF_NODE_NULL);
  g_assert_cmpint(parse(arena, "a: 1\n---\n")->type, ==, LF_NODE_MAP);
}

static void
test_yaml_errors(void)
{
  assert_error("a: [1\nb: 2\n", "f.yml:");
  assert_error("a: *nope\n", "no anchor &nope");
  assert_error("a: 1\n---\nb: 2\n", "only one YAML document");
  assert_error("? [a]\n: b\n", "a key must be a text");
  assert_error("<<: 1\n", "<< takes a map");
  assert_error("a: !!int x\n", "does not fit");
  assert_error("a: \xff\n", "not readable as YAML");
  assert_error("\ta: 1\n", "not readable as YAML");
}

/* Nesting, aliases that double each other, aliases that deepen each other, and wide maps end with an error. */
static void
test_limits(void)
{
  g_autoptr(GString) deep = g_string_new("a: "), twice = g_string_new("a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"),
                     deeper = g_string_new("a0: &a0 [1]\n"), wide = g_string_new("");
  for (int i = 0; i < 300; i++)
    g_string_append_c(deep, '[');
  for (int i = 1; i < 30; i++)
    g_string_append_printf(twice, "a%d: &a%d [*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1);
  for (int i = 1; i < 300; i++)
    g_string_append_printf(deeper, "a%d: &a%d [*a%d]\n", i, i, i - 1);
  for (int i = 0; i <= LF_YAML_KEYS_MAX; i++)
    g_string_append_printf(wide, "k%d: 1\n", i);
  assert_error(deep->str, "nested deeper than");
  assert_error(twice->str, "more than 1000000 nodes");
  assert_error(deeper->str, "nested deeper than");
  assert_error(wide->str, "more than 5000 keys");
}

static void
assert_round_trip(const char *yaml)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfNode *node = parse(arena, yaml);
  g_auto(LfBuf) out = {0};
  lf_yaml_write(&out, node);
  lf_buf_append_char(&out, '\0');
  LfNode *again = parse(arena, out.p);
  LfValue a = lf_node_to_value(arena, node), b = lf_node_to_value(arena, again);
  if (!lf_value_equal(&a, &b))
    g_test_message("%s became\n%s", yaml, out.p);
  g_assert_true(lf_value_equal(&a, &b));
}

static void
test_write(void)
{
  assert_round_trip("a: {b: [1, {c: 'x y', d: []}, [2, [3]]], e: {}}\nf: ~\ng: 'true'\nh: '1'\ni: ''\n");
  assert_round_trip("'a: b': \"tab\\t nl\\n quote\\\" back\\\\ bell\\x07 \\u00e9\"\n'# x': '- y'\n'*': '&z'\n");
  assert_round_trip(
      "a: '-'\nb: '%x'\nc: ' lead'\nd: 'trail '\ne: 'x: y'\nf: 'x #y'\ng: '~'\nh: '0x1'\ni: 'x:'\nj: '.5'\n");
  assert_round_trip("[1, {a: 1, b: 2}, [], {}]\n");
  assert_round_trip("5\n");
  assert_round_trip("a: 1.5\nb: 0x10\nc: yes\nd: .inf\n");
  assert_round_trip("'\\': \"\\N \\L \\P \\x80 \\uFEFF \\uFFFF \\U0001F600\"\n\"\\N\": 1\n");
  g_autofree char *key = g_strnfill(1100, 'k'), *list = g_strdup_printf("- ? %s\n  : {x: 1}\n  b: 2\n", key);
  assert_round_trip(list);
}

static void
test_edit(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfNode *map = parse(arena, "a: 1\nb: 2\nc: 3\n");
  LfNode *copy = lf_node_clone(arena, map);
  g_assert_true(lf_node_remove(map, LF_SLICE_LIT("b")));
  g_assert_false(lf_node_remove(map, LF_SLICE_LIT("b")));
  g_assert_cmpint(lf_node_get(map, "c")->i, ==, 3);
  lf_node_set(arena, map, LF_SLICE_LIT("d"), map->place, lf_node_plain(arena, map->place, LF_SLICE_LIT("off")));
  g_assert_cmpint(lf_node_get(map, "d")->type, ==, LF_NODE_BOOL);
  g_assert_cmpuint(copy->n, ==, 3);
  g_assert_null(lf_node_get(copy, "d"));
  g_autofree char *described = lf_node_describe(lf_node_get(copy, "a"));
  g_assert_cmpstr(described, ==, "the number 1");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/node/plain", test_plain);
  g_test_add_func("/node/places", test_places);
  g_test_add_func("/node/yaml-forms", test_yaml_forms);
  g_test_add_func("/node/yaml-errors", test_yaml_errors);
  g_test_add_func("/node/limits", test_limits);
  g_test_add_func("/node/write", test_write);
  g_test_add_func("/node/edit", test_edit);
  return g_test_run();
}
