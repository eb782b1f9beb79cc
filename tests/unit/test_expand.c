/* Values, merging and variables against what go-ucfg 0.8.8 over yaml.v2 answered (data/config/ucfg.json). */
#include "config/expand.h"
#include "config/flagvalue.h"
#include "config/option/option.h"
#include "config/override.h"
#include "config/tree.h"
#include "support/files.h"
#include "support/tree.h"
#include "value/json_write.h"
#include "value/yaml.h"

/* A null is no setting, and an empty map is none either: go-ucfg shows neither. */
static LfValue
prune(LfArena *arena, const LfNode *node)
{
  if (node->type == LF_NODE_LIST) {
    LfValue list = lf_value_array(arena, node->n);
    for (guint i = 0; i < node->n; i++)
      lf_array_push(arena, &list, prune(arena, node->entries[i].node));
    return list;
  }
  if (node->type != LF_NODE_MAP)
    return lf_node_to_value(arena, node);
  LfValue map = lf_value_object(arena, node->n);
  for (guint i = 0; i < node->n; i++) {
    LfValue v = prune(arena, node->entries[i].node);
    if (v.type != LF_TYPE_NULL)
      lf_object_set(arena, &map, node->entries[i].key, v);
  }
  return map.object->len > 0 ? map : lf_value_null();
}

static const char *
get_env(const char *name, void *data)
{
  const LfNode *value = lf_node_entry(data, lf_slice_str(name)) != NULL ? lf_node_get(data, name) : NULL;
  return value != NULL ? value->text.p : NULL;
}

static const char **
strings(LfArena *arena, const LfNode *list)
{
  guint n = list != NULL ? list->n : 0;
  const char **out = lf_arena_alloc_n(arena, n + 1, sizeof *out);
  for (guint i = 0; i < n; i++)
    out[i] = lf_arena_dup(arena, list->entries[i].node->text).p;
  out[n] = NULL;
  return out;
}

/* What a case of kind "config" comes to; NULL with the error. */
static LfNode *
run_config(LfArena *arena, const LfNode *c, GError **error)
{
  LfNode *all = lf_tree_map(arena, (LfPlace){0});
  for (const char **file = strings(arena, lf_node_get(c, "files")); *file != NULL; file++) {
    LfNode *node = test_read_tree(arena, *file, error);
    if (node == NULL)
      return NULL;
    all = lf_tree_merge(arena, all, node);
  }
  LfNode *over = lf_override_parse_all(arena, "-E", strings(arena, lf_node_get(c, "E")), error);
  if (over == NULL)
    return NULL;
  all = lf_tree_merge(arena, all, over);
  LfNode *env = lf_node_get(c, "env");
  for (guint i = 0; env != NULL && i < env->n; i++)
    env->entries[i].node->text = lf_arena_dup(arena, env->entries[i].node->text);
  LfExpandScope scope = {.root = all, .getenv = get_env, .data = env};
  return lf_expand(arena, &scope, all, FALSE, error);
}

typedef struct {
  const char *s;
  gboolean b;
  gint64 i;
  gint64 d;
  LfStrings list;
} Typed;

static const LfOption typed_rows[] = {
    {"string", LF_OPTION_STRING, .offset = offsetof(Typed, s), .doc = "a string"},
    {"bool", LF_OPTION_BOOL, .offset = offsetof(Typed, b), .doc = "a bool"},
    {"int", LF_OPTION_INT, .offset = offsetof(Typed, i), .fallback = "0", .doc = "an int"},
    {"duration", LF_OPTION_DURATION, .offset = offsetof(Typed, d), .doc = "a duration"},
    {"strings", LF_OPTION_STRINGS, .offset = offsetof(Typed, list), .doc = "a list"},
};
static const LfOptionTable typed_table = {LF_OPTION_TABLE_OF(typed_rows)};

/* What a case of a type comes to, as a value. */
static gboolean
run_typed(LfArena *arena, const char *kind, const char *text, LfValue *out, GError **error)
{
  g_autofree char *yaml = g_strdup_printf("%s: %s", kind, text);
  Typed t;
  LfOptionContext context = {.arena = arena, .prefix = ""};
  LfNode *map = test_read_tree(arena, yaml, error);
  if (map == NULL || !lf_options_read(&typed_table, map, &context, &t, error))
    return FALSE;
  if (strcmp(kind, "string") == 0) {
    *out = lf_value_string(lf_slice_str(t.s));
  } else if (strcmp(kind, "strings") == 0) {
    *out = lf_value_array(arena, t.list.n);
    for (guint i = 0; i < t.list.n; i++)
      lf_array_push(arena, out, lf_value_string(lf_slice_str(t.list.items[i])));
  } else {
    *out = strcmp(kind, "bool") == 0 ? lf_value_bool(t.b) : lf_value_int(strcmp(kind, "int") == 0 ? t.i : t.d);
  }
  return TRUE;
}

static gboolean
run_case(LfArena *arena, const LfNode *c, LfValue *out, GError **error)
{
  const LfNode *kind = lf_node_get(c, "kind"), *text = lf_node_get(c, "text");
  gboolean is_value = lf_slice_is(kind->text, "value"), is_env = lf_slice_is(kind->text, "envvalue");
  if (is_value || is_env) {
    LfNode *node = lf_flagvalue_parse(arena, (LfPlace){0}, text->text, is_value, error);
    *out = node != NULL ? lf_node_to_value(arena, node) : lf_value_null();
    return node != NULL;
  }
  if (lf_slice_is(kind->text, "config")) {
    LfNode *node = run_config(arena, c, error);
    *out = node != NULL ? prune(arena, node) : lf_value_null();
    return node != NULL;
  }
  return run_typed(arena, lf_arena_dup(arena, kind->text).p, lf_arena_dup(arena, text->text).p, out, error);
}

/* Go's nanoseconds as our milliseconds. */
static LfValue
duration_in_ms(LfValue ns)
{
  gint64 v = ns.i / 1000000 - (ns.i % 1000000 < 0);
  return lf_value_int(ns.i > 0 && v == 0 ? 1 : v);
}

static char *
to_text(const LfValue *v)
{
  LfBuf out = {0};
  lf_json_write(&out, v);
  return lf_buf_steal(&out);
}

static void
check_case(LfArena *arena, LfNode *c, guint line)
{
  LfNode *ok = lf_node_get(c, "ok"), *want_node = lf_node_get(c, "out"), *kind = lf_node_get(c, "kind");
  g_autoptr(GError) error = NULL;
  LfValue got, want = lf_value_null();
  gboolean came = run_case(arena, c, &got, &error);
  g_assert_true(came == (error == NULL));
  if (came != ok->b) {
    g_test_message("case in line %u: %s", line, came ? "accepted, go-ucfg refuses it" : error->message);
    g_test_fail();
    return;
  }
  if (!came)
    return;
  if (want_node != NULL)
    want = lf_slice_is(kind->text, "config") ? prune(arena, want_node) : lf_node_to_value(arena, want_node);
  if (lf_slice_is(kind->text, "duration"))
    want = duration_in_ms(want);
  if (!lf_value_equal(&got, &want)) {
    g_autofree char *g = to_text(&got), *w = to_text(&want);
    g_test_message("case in line %u: got %s, go-ucfg has %s", line, g, w);
    g_test_fail();
  }
}

static void
test_oracle(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autofree char *path = test_source_path("tests/unit/data/config/ucfg.json");
  LfValue all;
  g_assert_true(test_json_read(arena, path, &all));
  LfNode *cases = lf_node_from_value(arena, (LfPlace){0}, &all);
  g_assert_cmpuint(cases->n, >, 300);
  for (guint i = 0; i < cases->n; i++)
    check_case(arena, cases->entries[i].node, i + 2);
}

/* A tree of a YAML text, expanded in itself, back as YAML; or the error's text. */
static char *
expanded(const char *yaml, gboolean lenient)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfNode *root = test_read_tree(arena, yaml, &error);
  LfExpandScope scope = {.root = root, .getenv = get_env};
  LfNode *out = root != NULL ? lf_expand(arena, &scope, root, lenient, &error) : NULL;
  LfBuf text = {0};
  if (out == NULL)
    return g_strdup(error->message);
  lf_yaml_write(&text, out);
  return lf_buf_steal(&text);
}

static void
assert_expanded(const char *yaml, gboolean lenient, const char *want)
{
  g_autofree char *got = expanded(yaml, lenient);
  g_assert_cmpstr(got, ==, want);
}

static void
test_messages(void)
{
  assert_expanded(
      "a: 1\nb: ${NO_SUCH}\n", FALSE,
      "f.yml:2:4: ${NO_SUCH} is neither a setting nor an environment variable; ${NO_SUCH:word} would give it "
      "a default");
  assert_expanded("b: ${NO_SUCH:?give me a word}\n", FALSE, "f.yml:1:4: ${NO_SUCH} is not set: give me a word");
  assert_expanded("a: ${b}\nb: ${a}\n", FALSE, "f.yml:1:4: ${b} refers to itself");
  assert_expanded("a: x${b\n", FALSE,
                  "f.yml:1:4: a variable without its closing } (a $ that is no variable is written $$)");
  assert_expanded("a: {b: 1}\na.b: 2\n", FALSE, "f.yml:2:1: a.b is given twice; f.yml:1:8: it is set already");
  assert_expanded("a: [1]\nb: x${a}\n", FALSE, "f.yml:2:4: ${a} is a list and cannot be part of a text");
  /* a secret never comes with the error */
  assert_expanded("password: \"${NO_SUCH:[geheim}\"\n", FALSE,
                  "f.yml:1:11: the value cannot be read: a closing ] is missing");
}

/* What cannot be expanded stays in a lenient reading; a name that stands twice is no cycle. */
static void
test_lenient(void)
{
  assert_expanded("a: ${NO_SUCH}\nb: x${c}${c}\nc: 1\n", TRUE, "a: \"${NO_SUCH}\"\nb: x11\nc: 1\n");
}

/* Variables that double each other end with an error, not with all of the memory. */
static void
test_explosion(void)
{
  g_autoptr(GString) lists = g_string_new("v0: [1, 2]\n"), texts = g_string_new("v0: xxxxxxxx\n");
  for (int i = 1; i < 60; i++) {
    g_string_append_printf(lists, "v%d: ['${v%d}', '${v%d}']\n", i, i - 1, i - 1);
    g_string_append_printf(texts, "v%d: '${v%d}${v%d}'\n", i, i - 1, i - 1);
  }
  g_autofree char *a = expanded(lists->str, FALSE), *b = expanded(texts->str, FALSE);
  g_assert_nonnull(strstr(a, "expand to too much"));
  g_assert_nonnull(strstr(b, "expand to too much"));
  g_autofree char *lenient = expanded(texts->str, TRUE);
  g_assert_nonnull(lenient);
}

/* The places behind an expansion: a setting keeps its own, the environment has the string's. */
static void
test_places(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfNode *root = test_read_tree(arena, "a: {b: [1]}\nc: ${a}\nd: '${NO_SUCH:[x]}'\n", &error);
  LfExpandScope scope = {.root = root, .getenv = get_env};
  LfNode *out = lf_expand(arena, &scope, root, FALSE, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(lf_node_get_path(out, "c.b")->place.line, ==, 1);
  g_assert_cmpuint(lf_node_get(out, "d")->entries[0].node->place.line, ==, 3);
}

/* Settings of a block, then the environment, then the main configuration. */
static void
test_scope_order(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfNode *env = lf_tree_map(arena, (LfPlace){0}), *block = lf_tree_map(arena, (LfPlace){0}),
         *late = lf_tree_map(arena, (LfPlace){0});
  const char *const names[] = {"one", "two", "three"};
  LfNode *const trees[] = {block, env, late};
  const char *const words[] = {"block", "env", "late"};
  for (gsize i = 0; i < 3; i++)
    for (gsize k = i; k < 3; k++)
      lf_tree_set(arena, trees[i], names[k], (LfPlace){0}, lf_node_string(arena, (LfPlace){0}, lf_slice_str(words[i])));
  lf_node_remove(block, LF_SLICE_LIT("two"));
  lf_node_remove(block, LF_SLICE_LIT("three"));
  lf_node_remove(env, LF_SLICE_LIT("three"));
  LfExpandScope scope = {.root = block, .late = late, .getenv = get_env, .data = env};
  LfNode *text = lf_node_string(arena, (LfPlace){0}, LF_SLICE_LIT("${one} ${two} ${three}"));
  LfNode *out = lf_expand(arena, &scope, text, FALSE, &error);
  g_assert_no_error(error);
  g_assert_true(lf_slice_is(out->text, "block env late"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/expand/oracle", test_oracle);
  g_test_add_func("/expand/messages", test_messages);
  g_test_add_func("/expand/lenient", test_lenient);
  g_test_add_func("/expand/explosion", test_explosion);
  g_test_add_func("/expand/places", test_places);
  g_test_add_func("/expand/scope-order", test_scope_order);
  return g_test_run();
}
