/* fields.yml: what is read, where errors point, how modules and further fields are put together. */
#include "module/fields.h"

#include "support/folder.h"
#include "value/yaml.h"

static void
assert_reads(const char *text, const char *names)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) got = g_string_new(NULL);
  LfFields fields = {0};
  lf_fields_parse(arena, "f.yml", lf_slice_str(text), &fields, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < fields.n; i++)
    g_string_append_printf(got, "%s%s:%s", i > 0 ? " " : "", fields.items[i].name, fields.items[i].type->name);
  g_assert_cmpstr(got->str, ==, names);
}

static void
assert_fails(const char *text, const char *message)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfFields fields = {0};
  g_assert_false(lf_fields_parse(arena, "f.yml", lf_slice_str(text), &fields, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  g_assert_cmpstr(error->message, ==, message);
}

static void
test_keys(void)
{
  assert_reads("", "");
  assert_reads(
      "- key: a\n  fields: [{name: x}, {name: y.z, type: long}]\n- key: b\n  fields:\n- key: c\n  fields: [{name: w, "
      "type: group, fields: [{name: v}]}]\n",
      "x:keyword y.z:long w:group");
  /* what says nothing about a mapping is not looked at; a field without a name is left out */
  assert_reads("- fields: [{name: x, description: d, format: bytes, example: {a: 1}}, {type: long}, ~]\n", "x:keyword");
}

static void
test_errors(void)
{
  assert_fails("a: b\n", "f.yml:1:1: a fields.yml takes a list of keys, not a map");
  assert_fails("- fields: {a: b}\n", "f.yml:1:11: fields takes a list, not a map");
  assert_fails("- fields: [x]\n", "f.yml:1:12: fields takes maps, not \"x\"");
  assert_fails("- fields: [{name: x, type: strnig}]\n", "f.yml:1:28: x: there is no type strnig");
  assert_fails("- fields: [{name: x, index: 1}]\n", "f.yml:1:29: index takes true or false, not the number 1");
  assert_fails("- fields: [{name: x, type: object, dynamic: maybe}]\n",
               "f.yml:1:45: dynamic takes true, false or strict, not \"maybe\"");
  assert_fails("- fields: [{name: a..b}]\n", "f.yml:1:12: \"a..b\" cannot be the name of a field");
  assert_fails("- fields: [{name: x, type: object, object_type: long, object_type_params: [{object_type: long}]}]\n",
               "f.yml:1:75: object_type_params and object_type are both set; take one of them");
}

/* Deep and wide texts end in an error, not in the stack or in memory. */
static void
test_limits(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GString) deep = g_string_new("- fields: ");
  g_autoptr(GString) wide = g_string_new("- fields:\n");
  g_autoptr(GError) error = NULL;
  LfFields fields = {0};
  for (int i = 0; i < 100; i++)
    g_string_append(deep, "[{name: x, type: group, fields: ");
  for (int i = 0; i < 100; i++)
    g_string_append(deep, i == 0 ? "[]}]" : "}]");
  g_assert_false(lf_fields_parse(arena, "f", lf_slice_str(deep->str), &fields, &error));
  g_assert_nonnull(strstr(error->message, "deeper"));
  g_clear_error(&error);
  for (int i = 0; i < 20001; i++)
    g_string_append(wide, "  - {name: x}\n");
  g_assert_false(lf_fields_parse(arena, "f", lf_slice_str(wide->str), &fields, &error));
  g_assert_nonnull(strstr(error->message, "there are more than 20000 fields"));
}

static void
test_module(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *dir = test_folder_new();
  const char *const filesets[] = {"access", "none", "error", NULL};
  LfFields fields = {0};
  test_folder_write(dir, "_meta/fields.yml", "- key: n\n  fields:\n    - name: n\n      type: group\n      fields:\n");
  test_folder_write(dir, "access/_meta/fields.yml", "- name: access\n  type: group\n  fields: [{name: a}]\n");
  test_folder_write(dir, "error/_meta/fields.yml", "- name: error.b\n  type: long\n");
  lf_fields_load_module(arena, dir, filesets, &fields, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(fields.n, ==, 1);
  g_assert_cmpuint(fields.items[0].fields.n, ==, 2);
  g_assert_cmpstr(fields.items[0].fields.items[0].fields.items[0].name, ==, "a");
  g_assert_cmpstr(fields.items[0].fields.items[1].name, ==, "error.b");
  test_folder_remove(dir);
}

static void
assert_append(const char *base, const char *more, const char *message)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfFields fields = {0}, add = {0};
  lf_fields_parse(arena, "a.yml", lf_slice_str(base), &fields, &error);
  g_assert_no_error(error);
  lf_fields_read(arena, lf_yaml_read(arena, "b.yml", lf_slice_str(more), &error), &add, &error);
  g_assert_no_error(error);
  guint n = fields.n;
  gboolean ok = lf_fields_append(arena, &fields, &add, &error);
  g_assert_true(ok == (message == NULL));
  if (message != NULL)
    g_assert_cmpstr(error->message, ==, message);
  else
    g_assert_cmpuint(fields.n, ==, n + add.n);
}

static void
test_append(void)
{
  const char *base = "- fields: [{name: a, type: group, fields: [{name: b}]}, {name: o, type: object}, {name: d.e}]\n";
  assert_append(base, "[{name: c}, {name: a, type: group, fields: [{name: c}]}, {name: o.x}, {name: d.f}]", NULL);
  assert_append(base, "[{name: a.b}]",
                "b.yml:1:2: the field a.b is there already (a.yml:1:44: b); append_fields only adds");
  assert_append(base, "[{name: a, type: group, fields: [{name: b, type: long}]}]",
                "b.yml:1:34: the field a.b is there already (a.yml:1:44: b); append_fields only adds");
  assert_append(base, "[{name: d.e.f}]",
                "b.yml:1:2: the field d.e.f is there already (a.yml:1:82: d.e); append_fields only adds");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/fields/keys", test_keys);
  g_test_add_func("/fields/errors", test_errors);
  g_test_add_func("/fields/limits", test_limits);
  g_test_add_func("/fields/module", test_module);
  g_test_add_func("/fields/append", test_append);
  return g_test_run();
}
