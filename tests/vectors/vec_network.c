/* Addresses, blocks and named ranges against answers of Go's net package: network.jsonl, a test an address. */
#include "processor/network.h"
#include "support/files.h"

static LfArena *file_arena;
static const LfValue *names, *blocks;

static LfSlice
text_at(const LfValue *list, guint i)
{
  return lf_value_text(file_arena, &list->array->items[i]);
}

static gboolean
has(const LfValue *list, LfSlice text)
{
  for (guint i = 0; list != NULL && i < list->array->len; i++)
    if (lf_slice_equal(text_at(list, i), text))
      return TRUE;
  return FALSE;
}

static void
assert_networks(const LfValue *line, const LfIp *ip, const LfValue *all)
{
  for (guint i = 0; i < all->array->len; i++) {
    LfNetwork network;
    LfSlice name = text_at(all, i);
    gboolean want = has(lf_object_get_str(line, "networks"), name);
    if (!lf_network_parse(name, &network))
      g_test_fail_printf("%.*s is refused", (int)name.len, name.p);
    else if (lf_network_contains(&network, ip) != want)
      g_test_fail_printf("it should %sbe in %.*s", want ? "" : "not ", (int)name.len, name.p);
  }
}

static void
test_address(gconstpointer data)
{
  const LfValue *line = data;
  LfIp ip;
  gboolean ok = lf_ip_parse(lf_value_text(file_arena, lf_object_get_str(line, "ip")), &ip);
  g_assert_true(ok == (lf_object_get_str(line, "invalid") == NULL));
  if (!ok)
    return;
  assert_networks(line, &ip, names);
  assert_networks(line, &ip, blocks);
}

static void
test_no_blocks(gconstpointer data)
{
  const LfValue *list = data;
  for (guint i = 0; i < list->array->len; i++) {
    LfNetwork network;
    LfSlice text = text_at(list, i);
    if (lf_network_parse(text, &network))
      g_test_fail_printf("\"%.*s\" is taken", (int)text.len, text.p);
  }
}

/* Of libbeat's own: private is RFC 1918 and fd00::/8, public what is neither that nor local. */
static void
test_private(void)
{
  static const struct {
    const char *ip;
    gboolean is_private;
    gboolean is_public;
  } cases[] = {
      {"10.0.0.0", TRUE, FALSE},         {"172.31.255.255", TRUE, FALSE},
      {"192.168.0.1", TRUE, FALSE},      {"fd11:3456::1", TRUE, FALSE},
      {"fc00::1", FALSE, TRUE},          {"172.32.0.0", FALSE, TRUE},
      {"192.0.2.1", FALSE, TRUE},        {"2001:db8::1", FALSE, TRUE},
      {"127.0.0.1", FALSE, FALSE},       {"::1", FALSE, FALSE},
      {"0.0.0.0", FALSE, FALSE},         {"::", FALSE, FALSE},
      {"255.255.255.255", FALSE, FALSE}, {"169.254.1.1", FALSE, FALSE},
      {"fe80::1", FALSE, FALSE},         {"224.0.0.9", FALSE, FALSE},
      {"ff02::1", FALSE, FALSE},         {"ff01::1", FALSE, FALSE},
      {"224.0.1.9", FALSE, TRUE},        {"ff0e::1", FALSE, TRUE},
  };
  LfNetwork private, public;
  g_assert_true(lf_network_parse(LF_SLICE_LIT("private"), &private));
  g_assert_true(lf_network_parse(LF_SLICE_LIT("public"), &public));
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    LfIp ip;
    g_assert_true(lf_ip_parse(lf_slice_str(cases[i].ip), &ip));
    if (lf_network_contains(&private, &ip) != cases[i].is_private ||
        lf_network_contains(&public, &ip) != cases[i].is_public)
      g_test_fail_printf("%s", cases[i].ip);
  }
}

static void
add_line(guint n, const LfValue *line)
{
  if (n == 0) {
    names = lf_object_get_str(line, "names");
    blocks = lf_object_get_str(line, "blocks");
    g_test_add_data_func("/network/no_blocks", lf_object_get_str(line, "no_blocks"), test_no_blocks);
  } else {
    g_autofree char *path = g_strdup_printf("/network/%03u", n);
    g_test_add_data_func(path, line, test_address);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  file_arena = lf_arena_new();
  g_autofree char *path = test_source_path("tests/vectors/network.jsonl");
  guint n;
  const LfValue *lines = test_json_lines(file_arena, path, &n);
  for (guint i = 0; i < n; i++)
    add_line(i, &lines[i]);
  g_test_add_func("/network/private", test_private);
  int failed = g_test_run();
  lf_arena_free(file_arena);
  return failed;
}
