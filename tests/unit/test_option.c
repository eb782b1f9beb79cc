/* Option tables: types, bounds, defaults, what is unknown, what is refused. */
#include "config/option/gonumber.h"
#include "config/option/option.h"
#include "support/tree.h"
#include "value/yaml.h"

#include <math.h>

typedef struct {
  gint64 inner;
  const char *text;
} Inner;

typedef struct {
  const char *text;
  const char *secret;
  gboolean flag;
  gint64 number;
  double rate;
  gint64 size;
  gint64 wait;
  int word;
  int any_case;
  LfStrings list;
  const LfNode *map;
  const LfNode *items;
  const LfNode *any;
  Inner inner;
  Inner inlined;
} Settings;

#define AT(member) .offset = offsetof(Settings, member)

static const char *const words[] = {"beginning", "end", "lastSync", NULL};

static const LfOption inner_rows[] = {
    {"depth", LF_OPTION_INT, .offset = offsetof(Inner, inner), .fallback = "3", .doc = "a number"},
    {"label.text", LF_OPTION_STRING, .offset = offsetof(Inner, text), .doc = "a text"},
};
static const LfOptionTable inner_table = {LF_OPTION_TABLE_OF(inner_rows)};

static const LfOption inline_rows[] = {
    {"beside", LF_OPTION_INT, .offset = offsetof(Inner, inner), .fallback = "4", .doc = "a number"},
};
static const LfOptionTable inline_table = {LF_OPTION_TABLE_OF(inline_rows)};

static const LfOption rows[] = {
    {"text", LF_OPTION_STRING, AT(text), .fallback = "hello", .doc = "a text"},
    {"password", LF_OPTION_INT, LF_OPTION_SECRET, AT(number), .doc = "a secret number"},
    {"flag", LF_OPTION_BOOL, AT(flag), .fallback = "true", .doc = "a switch"},
    {"group.number", LF_OPTION_INT, AT(number), .fallback = "7", .min = 1, .max = 10, .doc = "a number"},
    {"group.rate", LF_OPTION_DOUBLE, AT(rate), .fallback = "0.5", .doc = "a rate"},
    {"size", LF_OPTION_SIZE, AT(size), .fallback = "10MiB", .doc = "a size"},
    {"wait", LF_OPTION_DURATION, AT(wait), .min = 1, .max = 3600000, .doc = "a time"},
    {"word", LF_OPTION_ENUM, AT(word), .words = words, .doc = "a word"},
    {"case", LF_OPTION_ENUM, LF_OPTION_ANY_CASE, AT(any_case), .words = words, .fallback = "end", .doc = "a word"},
    {"list", LF_OPTION_STRINGS, AT(list), .doc = "a list"},
    {"map", LF_OPTION_MAP, AT(map), .doc = "a map"},
    {"items", LF_OPTION_LIST, AT(items), .doc = "a list"},
    {"any", LF_OPTION_ANY, AT(any), .doc = "anything"},
    {"inner", LF_OPTION_TABLE, AT(inner), .table = &inner_table, .doc = "a table"},
    {"", LF_OPTION_TABLE, AT(inlined), .table = &inline_table, .doc = "a table"},
    {"later", LF_OPTION_REFUSED, .fallback = "false", .doc = "it is still to come"},
    {"never", LF_OPTION_IGNORED, .doc = "it changes nothing"},
};
static const LfOptionTable table = {LF_OPTION_TABLE_OF(rows)};

typedef struct {
  LfArena *arena;
  LfNotes notes;
  LfOptionReport report;
  Settings s;
  GError *error;
} Fixture;

static void
fixture_clear(Fixture *f)
{
  lf_arena_free(f->arena);
  lf_notes_clear(&f->notes);
  g_clear_error(&f->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static gboolean
read_table(Fixture *f, const LfOptionTable *from, const char *prefix, const char *yaml)
{
  fixture_clear(f);
  *f = (Fixture){.arena = lf_arena_new()};
  LfOptionContext context = {.arena = f->arena, .prefix = prefix, .notes = &f->notes, .report = &f->report};
  LfNode *map = test_read_tree(f->arena, yaml, &f->error);
  return map != NULL && lf_options_read(from, map, &context, &f->s, &f->error);
}

static void
assert_read(Fixture *f, const char *yaml)
{
  if (!read_table(f, &table, "", yaml))
    g_test_message("%s: %s", yaml, f->error->message);
  g_assert_no_error(f->error);
}

static void
assert_fails(const char *yaml, const char *want)
{
  g_auto(Fixture) f = {0};
  g_assert_false(read_table(&f, &table, "", yaml));
  if (f.error != NULL)
    g_assert_cmpstr(f.error->message, ==, want);
}

static void
test_defaults(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, "");
  g_assert_cmpstr(f.s.text, ==, "hello");
  g_assert_true(f.s.flag);
  g_assert_cmpint(f.s.number, ==, 7);
  g_assert_cmpfloat(f.s.rate, ==, 0.5);
  g_assert_cmpint(f.s.size, ==, 10 * 1024 * 1024);
  g_assert_cmpint(f.s.wait, ==, LF_OPTION_UNSET);
  g_assert_cmpint(f.s.word, ==, LF_OPTION_UNSET);
  g_assert_cmpint(f.s.any_case, ==, 1);
  g_assert_cmpuint(f.s.list.n, ==, 0);
  g_assert_null(f.s.map);
  g_assert_cmpint(f.s.inner.inner, ==, 3);
  g_assert_cmpint(f.s.inlined.inner, ==, 4);
  g_assert_cmpuint(f.report.n, ==, 0);
}

static void
test_values(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f,
              "text: 0x10\nflag: 'F'\ngroup: {number: 3}\ngroup.rate: 2\nsize: 2KB\nwait: 1m30s\nword: lastSync\n"
              "case: LASTSYNC\nlist: [a, 1]\nmap: {x: 1}\nitems: [1]\nany: 5\ninner.depth: 9\ninner.label: {text: t}\n"
              "beside: 5\nlater: false\n");
  g_assert_cmpstr(f.s.text, ==, "16");
  g_assert_false(f.s.flag);
  g_assert_cmpint(f.s.number, ==, 3);
  g_assert_cmpfloat(f.s.rate, ==, 2);
  g_assert_cmpint(f.s.size, ==, 2000);
  g_assert_cmpint(f.s.wait, ==, 90000);
  g_assert_cmpint(f.s.word, ==, 2);
  g_assert_cmpint(f.s.any_case, ==, 2);
  g_assert_cmpstr(f.s.list.items[1], ==, "1");
  g_assert_cmpuint(f.s.list.places[1].column, ==, 11);
  g_assert_cmpint(f.s.any->i, ==, 5);
  g_assert_cmpint(f.s.inner.inner, ==, 9);
  g_assert_cmpstr(f.s.inner.text, ==, "t");
  g_assert_cmpint(f.s.inlined.inner, ==, 5);
  g_assert_cmpuint(f.notes.n, ==, 0);
  const LfOptionSeen *seen = lf_option_report_get(&f.report, "group.number");
  g_assert_nonnull(seen);
  g_assert_cmpuint(seen->place.line, ==, 3);
  g_assert_null(lf_option_report_get(&f.report, "password"));
  assert_read(&f, "text: ~\ninner: ~\ngroup: ~\nlater: ~\n");
  g_assert_cmpstr(f.s.text, ==, "hello");
}

static void
test_wrong(void)
{
  assert_fails("text: [a]\n", "f.yml:1:7: text takes a text, not a list");
  assert_fails("flag: 1\n", "f.yml:1:7: flag takes true or false, not the number 1");
  assert_fails("group.number: x\n", "f.yml:1:15: group.number takes a whole number, not \"x\"");
  assert_fails("group.number: 11\n", "f.yml:1:15: group.number takes at most 10, not the number 11");
  assert_fails("group.number: 0\n", "f.yml:1:15: group.number takes at least 1, not the number 0");
  assert_fails("group.rate: x\n", "f.yml:1:13: group.rate takes a number, not \"x\"");
  assert_fails("size: 3 lightyears\n",
               "f.yml:1:7: size takes a number of bytes such as 10485760 or 10MiB, not \"3 lightyears\"");
  assert_fails("wait: 60 seconds\n",
               "f.yml:1:7: wait takes a duration such as 30s, 1h30m or 200ms, not \"60 seconds\"");
  assert_fails("wait: 0s\n", "f.yml:1:7: wait takes at least 1ms, not \"0s\"");
  assert_fails("wait: 2h\n", "f.yml:1:7: wait takes at most 3600s, not \"2h\"");
  assert_fails("word: begining\n",
               "f.yml:1:7: word takes beginning, end or lastSync, not \"begining\"; did you mean beginning?");
  assert_fails("word: LastSync\n",
               "f.yml:1:7: word takes beginning, end or lastSync, not \"LastSync\"; did you mean lastSync?");
  assert_fails("list: {a: 1}\n", "f.yml:1:7: list takes a text or a list of texts, not a map");
  assert_fails("list: [[a]]\n", "f.yml:1:8: list takes a text or a list of texts, not a list");
  assert_fails("map: 1\n", "f.yml:1:6: map takes a map, not the number 1");
  assert_fails("items: a\n", "f.yml:1:8: items takes a list, not \"a\"");
  assert_fails("inner: 1\n", "f.yml:1:8: inner takes a map, not the number 1");
  assert_fails("group: 1\n", "f.yml:1:8: group takes a map, not the number 1. There are: number, rate");
  assert_fails("password: geheim\n", "f.yml:1:11: password takes a whole number, not what it has");
  assert_fails("text: \"a\\0b\"\n", "f.yml:1:7: text holds a NUL byte");
  assert_fails("[1]\n", "f.yml:1:1: the configuration takes a map, not a list");
}

static void
test_unknown(void)
{
  const char *all = "text, password, flag, group, size, wait, word, case, list, map, items, any, inner, beside";
  g_autofree char
      *a = g_strconcat("f.yml:1:1: txet is no option of the configuration; did you mean text? There are: ", all, NULL),
      *b = g_strconcat("f.yml:1:1: zzzzzz is no option of the configuration. There are: ", all, NULL),
      *c = g_strconcat(
          "f.yml:1:1: number is no option of the configuration; did you mean group.number? There are: ", all, NULL),
      *d = g_strconcat("f.yml:1:1: dept is no option of the configuration; did you mean inner.depth? There are: ", all,
                       NULL);
  assert_fails("txet: 1\n", a);
  assert_fails("zzzzzz: 1\n", b);
  assert_fails("number: 1\n", c);
  assert_fails("dept: 1\n", d);
  assert_fails("group: {nubmer: 1}\n",
               "f.yml:1:9: group.nubmer is no option of group; did you mean group.number? There are: number, rate");
  assert_fails("inner.dpth: 1\n",
               "f.yml:1:1: inner.dpth is no option of inner; did you mean depth? There are: depth, label");
  assert_fails("text.x: 1\n", "f.yml:1:1: text takes a text, not a map");
}

static void
test_prefix(void)
{
  g_auto(Fixture) f = {0};
  g_assert_false(read_table(&f, &table, "output.file", "txet: 1\n"));
  g_assert_true(g_str_has_prefix(f.error->message,
                                 "f.yml:1:1: output.file.txet is no option of output.file; did you mean text?"));
  g_assert_false(read_table(&f, &table, "output.file", "group.number: x\n"));
  g_assert_true(g_str_has_prefix(f.error->message, "f.yml:1:15: output.file.group.number takes"));
}

static void
test_refused_and_ignored(void)
{
  g_auto(Fixture) f = {0};
  g_assert_false(read_table(&f, &table, "", "later: true\n"));
  g_assert_error(f.error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_REFUSED);
  g_assert_cmpstr(f.error->message, ==, "f.yml:1:1: later is not there in logferry yet: it is still to come");
  assert_read(&f, "never.a: 1\nnever: {b: 2}\n");
  g_assert_cmpuint(f.notes.n, ==, 1);
  g_assert_cmpstr(f.notes.items[0].text, ==, "f.yml:1:1: never is ignored: it changes nothing");
  g_assert_cmpint(f.notes.items[0].level, ==, LF_LOG_WARNING);
  assert_read(&f, "never: ~\n");
  g_assert_cmpuint(f.notes.n, ==, 0);
}

typedef struct {
  const char *name;
} Required;

static void
test_required_and_empty(void)
{
  static const LfOption required_rows[] = {
      {"name", LF_OPTION_STRING, LF_OPTION_REQUIRED, .offset = offsetof(Required, name), .doc = "who it is"},
  };
  static const LfOptionTable required = {LF_OPTION_TABLE_OF(required_rows), .empty_is_unset = TRUE, .open = TRUE};
  g_auto(Fixture) f = {0};
  const char *const missing[] = {"{}", "name: ~", "name: ''", "other: 1"};
  for (gsize i = 0; i < G_N_ELEMENTS(missing); i++) {
    g_assert_false(read_table(&f, &required, "x", missing[i]));
    g_assert_error(f.error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
    g_assert_cmpstr(f.error->message, ==, "f.yml:1:1: x.name is missing: who it is");
  }
  g_assert_true(read_table(&f, &required, "x", "name: a\nother: 1\n"));
}

static void
test_near(void)
{
  const char *const names[] = {"region_name", "log_group_name", "ssl", "id"};
  static const struct {
    const char *word;
    const char *want;
  } cases[] = {{"region_nam", "region_name"},
               {"regoin_name", "region_name"},
               {"log_groupname", "log_group_name"},
               {"sls", "ssl"},
               {"xyz", NULL},
               {"Region_Name", "region_name"},
               {"rgion_nme", "region_name"},
               {"rgio_nme", NULL},
               {"di", "id"},
               {"", NULL}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpstr(lf_option_near(cases[i].word, names, G_N_ELEMENTS(names)), ==, cases[i].want);
}

static void
test_sizes_and_durations(void)
{
  static const struct {
    const char *text;
    gint64 want; /* -1: an error */
  } sizes[] = {{"5", 5},   {"1k", 1000}, {"1KiB", 1024}, {"1.5 MB", 1500000}, {"2gib", 2147483648}, {"7b", 7},
               {"'8'", 8}, {"1xb", -1},  {"x", -1},      {"1 k b", -1},       {"99999999999EB", -1}},
    times[] = {{"1us", 1}, {"1ms", 1}, {"1.9ms", 1}, {"0", 0}, {"-1s", -1000}, {"1.001s", 1001}, {"2400h", 8640000000}};
  g_autoptr(LfArena) arena = lf_arena_new();
  static const LfOption size_row[] = {{"s", LF_OPTION_SIZE, .offset = 0, .doc = "a size"}};
  static const LfOptionTable size_table = {LF_OPTION_TABLE_OF(size_row)};
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autofree char *yaml = g_strdup_printf("s: %s\n", sizes[i].text);
    LfOptionContext context = {.arena = arena, .prefix = ""};
    gint64 got;
    LfNode *map = lf_yaml_read(arena, "f.yml", lf_slice_str(yaml), NULL);
    gboolean ok = lf_options_read(&size_table, map, &context, &got, NULL);
    g_assert_cmpint(ok ? got : -1, ==, sizes[i].want);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
    gint64 got = -7;
    g_assert_true(lf_option_duration_text(lf_slice_str(times[i].text), &got));
    g_assert_cmpint(got, ==, times[i].want);
  }
}

/* Go's %v of these, printed by fmt.Println. */
static void
test_go_numbers(void)
{
  static const struct {
    double d;
    const char *want;
  } cases[] = {{1, "1"},
               {100000, "100000"},
               {1000000, "1e+06"},
               {1234567, "1.234567e+06"},
               {0.0001, "0.0001"},
               {0.00001, "1e-05"},
               {123456.75, "123456.75"},
               {99999999, "9.9999999e+07"},
               {5e-324, "5e-324"},
               {-2.5, "-2.5"},
               {1e21, "1e+21"},
               {1.7976931348623157e308, "1.7976931348623157e+308"},
               {0.1, "0.1"},
               {INFINITY, "+Inf"},
               {0, "0"}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    char text[LF_GONUMBER_TEXT];
    g_assert_cmpuint(lf_gonumber_format(cases[i].d, text), ==, strlen(cases[i].want));
    g_assert_cmpstr(text, ==, cases[i].want);
  }
}

static void
test_documentation(void)
{
  g_auto(LfBuf) doc = {0}, defaults = {0};
  lf_options_document(&table, "x", &doc);
  lf_buf_append_char(&doc, '\0');
  g_assert_nonnull(strstr(doc.p, "x.group.number\ta whole number\t7\ta number\n"));
  g_assert_nonnull(strstr(doc.p, "x.word\tbeginning | end | lastSync\t\ta word\n"));
  g_assert_nonnull(strstr(doc.p, "x.inner.depth\t"));
  g_assert_nonnull(strstr(doc.p, "x.beside\t"));
  g_assert_nonnull(strstr(doc.p, "x.later\tnot there yet\tfalse\tit is still to come\n"));
  lf_options_print_defaults(&table, &defaults);
  lf_buf_append_char(&defaults, '\0');
  g_assert_nonnull(strstr(defaults.p, "inner.depth: 3\n"));
  g_assert_nonnull(strstr(defaults.p, "#wait:\n"));
  g_auto(Fixture) f = {0};
  assert_read(&f, defaults.p);
  g_assert_cmpstr(lf_options_find(&table, "inner.label.text")->doc, ==, "a text");
  g_assert_null(lf_options_find(&table, "inner.nope"));
}

static void
test_secret_names(void)
{
  g_assert_true(lf_option_name_is_secret(LF_SLICE_LIT("var.secret_access_key")));
  g_assert_true(lf_option_name_is_secret(LF_SLICE_LIT("API_KEY")));
  g_assert_false(lf_option_name_is_secret(LF_SLICE_LIT("access_key_id")));
  g_assert_false(lf_option_name_is_secret(LF_SLICE_LIT("")));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/option/defaults", test_defaults);
  g_test_add_func("/option/values", test_values);
  g_test_add_func("/option/wrong", test_wrong);
  g_test_add_func("/option/unknown", test_unknown);
  g_test_add_func("/option/prefix", test_prefix);
  g_test_add_func("/option/refused-and-ignored", test_refused_and_ignored);
  g_test_add_func("/option/required-and-empty", test_required_and_empty);
  g_test_add_func("/option/near", test_near);
  g_test_add_func("/option/sizes-and-durations", test_sizes_and_durations);
  g_test_add_func("/option/go-numbers", test_go_numbers);
  g_test_add_func("/option/documentation", test_documentation);
  g_test_add_func("/option/secret-names", test_secret_names);
  return g_test_run();
}
