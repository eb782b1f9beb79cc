/* Settings of the command line, trees and their merging, and the flags around them. */
#include "cmd/flags.h"
#include "config/override.h"
#include "config/tree.h"
#include "support/tree.h"
#include "value/yaml.h"

static void
assert_yaml(const LfNode *node, const char *want)
{
  g_auto(LfBuf) out = {0};
  g_assert_nonnull(node);
  lf_yaml_write(&out, node);
  lf_buf_append_char(&out, '\0');
  g_assert_cmpstr(out.p, ==, want);
}

static void
assert_override(const char *argument, const char *want)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfNode *node = lf_override_parse(arena, "-E", argument, &error);
  g_assert_no_error(error);
  assert_yaml(node, want);
}

static void
assert_override_error(const char *argument, const char *want)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_assert_null(lf_override_parse(arena, "-E", argument, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  g_assert_cmpstr(error->message, ==, want);
}

static void
test_parse(void)
{
  assert_override("output.file.path=/tmp/x", "output:\n  file:\n    path: /tmp/x\n");
  assert_override("a=b,c", "a:\n  - b\n  - c\n");
  assert_override("a='b,c'", "a: \"b,c\"\n");
  assert_override("a.b", "a:\n  b: true\n");
  assert_override("a=", "{}\n");
  assert_override("a={b.c: [1, {d: x}]}", "a:\n  b:\n    c:\n      - 1\n      - d: x\n");
  assert_override("hosts.1=x", "hosts:\n  - null\n  - x\n");
  assert_override_error("a=[x", "-E a: the value cannot be read: a closing ] is missing");
  assert_override_error("a=\"geheim", "-E a: the value cannot be read: a closing \" is missing");
  assert_override_error("=x", "-E: a setting is wanted, as in output.file.path=/var/log/events, not \"=x\"");
}

static void
test_order(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  const char *const arguments[] = {"a.b=1", "a.c=2", "a.b=3", "l=x,y", "l=[z]", NULL};
  LfNode *node = lf_override_parse_all(arena, "-E", arguments, &error);
  g_assert_no_error(error);
  assert_yaml(node, "a:\n  b: 3\n  c: 2\nl:\n  - z\n  - \"y\"\n");
  g_assert_cmpstr(lf_node_get_path(node, "a.b")->place.file, ==, "-E a.b");
}

static void
test_fileset(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  const char *const arguments[] = {"m.f.var.x=own",
                                   "*.*.var.x=all",
                                   "*.*.var.y=all",
                                   "m.*.var.z=module",
                                   "m.*.var.x=module",
                                   "*.f.var.w=never",
                                   NULL};
  LfNode *over = lf_override_parse_all(arena, "-M", arguments, NULL);
  assert_yaml(lf_override_for_fileset(arena, over, "m", "f"), "var:\n  x: own\n  \"y\": all\n  z: module\n");
  assert_yaml(lf_override_for_fileset(arena, over, "m", "g"), "var:\n  x: module\n  \"y\": all\n  z: module\n");
  assert_yaml(lf_override_for_fileset(arena, over, "n", "f"), "var:\n  x: all\n  \"y\": all\n");
}

static LfNode *
tree(LfArena *arena, const char *yaml)
{
  g_autoptr(GError) error = NULL;
  LfNode *node = test_read_tree(arena, yaml, &error);
  g_assert_no_error(error);
  return node;
}

static void
test_tree(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfNode *a = tree(arena, "x: {y1: [1, {z: 2}]}\nl: [1]\n"), *b = tree(arena, "x.y1.1.z: 3\nl: []\nx.new: 1\n");
  LfNode *merged = lf_tree_merge(arena, a, b);
  assert_yaml(merged, "x:\n  y1:\n    - null\n    - z: 3\n  new: 1\nl:\n  - 1\n");
  /* neither of the two was written to */
  g_assert_cmpint(lf_tree_get(a, LF_SLICE_LIT("x.y1.1.z"))->i, ==, 2);
  g_assert_cmpuint(lf_node_get(a, "x")->n, ==, 1);
  g_assert_null(lf_tree_get(a, LF_SLICE_LIT("x.y1.2")));
  /* of a value and a null, whichever comes first, the value stays */
  assert_yaml(tree(arena, "a: {b: 1}\na.b: ~\nc.d: ~\nc: {d: 2}\n"), "a:\n  b: 1\nc:\n  d: 2\n");
  lf_tree_set(arena, merged, "x.y1", merged->place, lf_node_plain(arena, merged->place, LF_SLICE_LIT("7")));
  lf_tree_set(arena, merged, "p.q.r", merged->place, lf_node_plain(arena, merged->place, LF_SLICE_LIT("8")));
  g_assert_cmpint(lf_tree_get(merged, LF_SLICE_LIT("p.q.r"))->i, ==, 8);
  g_assert_cmpint(lf_tree_get(a, LF_SLICE_LIT("x.y1"))->type, ==, LF_NODE_LIST);
}

static void
test_tree_limits(void)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GString) deep = g_string_new("a"), gaps = g_string_new("");
  for (int i = 0; i < 400; i++)
    g_string_append(deep, ".a");
  g_string_append(deep, ": 1\n");
  for (int i = 0; i < 1100; i++)
    g_string_append_printf(gaps, "k%d.1024: 1\n", i);
  const char *const texts[] = {deep->str, gaps->str};
  const char *const wants[] = {"nested deeper than 256", "too many list elements"};
  for (int i = 0; i < 2; i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(test_read_tree(arena, texts[i], &error));
    g_assert_nonnull(strstr(error->message, wants[i]));
  }
}

static void
test_flags(void)
{
  g_auto(LfFlags) flags = {0};
  g_autoptr(GError) error = NULL;
  const char *const argv[] = {"-c",
                              "a.yml",
                              "--c=b.yml",
                              "-E",
                              "x=1",
                              "-path.home",
                              "/h",
                              "--path.data=/d",
                              "-e",
                              "-d",
                              "input,*",
                              "-v=false",
                              "--once",
                              "-once-timeout",
                              "90s",
                              "--strict.perms=false",
                              "--modules",
                              "a,b",
                              "-M",
                              "a.*.enabled=true",
                              "--environment",
                              "container",
                              "--reset-state",
                              "/ecs/a",
                              "--reset-state=/ecs/b",
                              "word",
                              "--plugin",
                              "p.so",
                              "--setup",
                              "--",
                              "-x",
                              NULL};
  g_assert_true(lf_flags_parse(&flags, argv, LF_FLAGS_RUN, &error));
  g_assert_no_error(error);
  const LfConfigSources *s = &flags.sources;
  g_assert_cmpstr(s->files[0], ==, "a.yml");
  g_assert_cmpstr(s->files[1], ==, "b.yml");
  g_assert_null(s->files[2]);
  g_assert_cmpstr(s->overrides[0], ==, "x=1");
  g_assert_cmpstr(s->path_home, ==, "/h");
  g_assert_cmpstr(s->path_data, ==, "/d");
  g_assert_null(s->path_logs);
  g_assert_true(s->to_stderr && !s->verbose && s->lax_perms && flags.once);
  g_assert_cmpint(flags.once_timeout_ms, ==, 90000);
  g_assert_cmpstr(s->environment, ==, "container");
  g_assert_cmpstr(flags.reset_state[1], ==, "/ecs/b");
  g_assert_cmpstr(flags.rest[0], ==, "word");
  g_assert_cmpstr(flags.rest[1], ==, "-x");
  g_assert_null(flags.rest[2]);
  g_assert_cmpuint(flags.notes.n, ==, 2);
  g_assert_cmpstr(flags.notes.items[0].text, ==, "the flag --plugin is ignored: there are no plugins");
}

static void
assert_flag_error(const char *a, const char *b, guint which, const char *want)
{
  g_auto(LfFlags) flags = {0};
  g_autoptr(GError) error = NULL;
  const char *const argv[] = {a, b, NULL};
  g_assert_false(lf_flags_parse(&flags, argv, which, &error));
  g_assert_cmpstr(error->message, ==, want);
}

static void
test_flag_errors(void)
{
  assert_flag_error("--onec", NULL, LF_FLAGS_RUN, "unknown flag --onec; did you mean --once?");
  assert_flag_error("--frobnicate", NULL, 0, "unknown flag --frobnicate (--help lists the flags)");
  assert_flag_error("-z", NULL, 0, "unknown flag -z (--help lists the flags)");
  assert_flag_error("-E", NULL, 0, "-E needs a value: KEY=VALUE");
  assert_flag_error("--once", NULL, 0, "--once belongs to the command run");
  assert_flag_error("--once=maybe", NULL, LF_FLAGS_RUN, "--once takes true or false, not \"maybe\"");
  assert_flag_error("--once-timeout", "soon", LF_FLAGS_RUN,
                    "--once-timeout takes a duration such as 30s, 1h30m or 200ms, not \"soon\"");
  assert_flag_error(
      "--environment", "moon", 0,
      "--environment takes one of default, systemd, container, macos_service, windows_service, not \"moon\"");
  assert_flag_error(
      "-N", NULL, LF_FLAGS_RUN,
      "the flag -N is not there in logferry: events cannot be read without being delivered; `test config` "
      "reads none");
  assert_flag_error("--version", NULL, 0, "the flag --version is not there in logferry: use `logferry version`");
}

static void
test_flag_help(void)
{
  g_autofree char *run = lf_flags_help(LF_FLAGS_RUN), *other = lf_flags_help(0);
  g_assert_nonnull(strstr(run, "--once "));
  g_assert_null(strstr(other, "--once "));
  g_assert_nonnull(strstr(other, "-E KEY=VALUE"));
  g_assert_null(strstr(run, "httpprof"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/override/parse", test_parse);
  g_test_add_func("/override/order", test_order);
  g_test_add_func("/override/fileset", test_fileset);
  g_test_add_func("/tree/merge", test_tree);
  g_test_add_func("/tree/limits", test_tree_limits);
  g_test_add_func("/flags/parse", test_flags);
  g_test_add_func("/flags/errors", test_flag_errors);
  g_test_add_func("/flags/help", test_flag_help);
  return g_test_run();
}
