/* output.file through its interface: names, rotation as a barrier, and what a start makes of what it finds. */
#include "output/output.h"
#include "support/folder.h"
#include "value/json_read.h"
#include "value/yaml.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* What the state would hold. */
typedef struct {
  char *dir;
  LfBuf position;
  guint acknowledged; /* batches */
  guint commits;
  LfCompat compat;
  LfArena *arena;
  LfNode *config;
  LfSource source;
} Fixture;

static gboolean
ack(void *data, LfTicket **tickets, guint n, LfSlice position, gboolean durable, GError **error)
{
  Fixture *f = data;
  f->position.len = 0;
  lf_buf_append_slice(&f->position, position);
  f->acknowledged += n;
  f->commits++;
  for (guint i = 0; i < n; i++)
    lf_ticket_free(tickets[i]);
  return TRUE;
}

static void
fixture_init(Fixture *f, const char *compat, const char *options)
{
  *f = (Fixture){.dir = test_folder_new(), .arena = lf_arena_new()};
  f->source = (LfSource){.beat = "filebeat", .version = "9", .type = "_doc"};
  g_assert_true(lf_compat_parse(lf_slice_str(compat), &f->compat));
  LfSlice text = lf_arena_printf(f->arena, "path: %s\nfilename: out\n%s", f->dir, options);
  f->config = lf_yaml_read(f->arena, "test", text, NULL);
  g_assert_nonnull(f->config);
}

static void
fixture_clear(Fixture *f)
{
  test_folder_remove(f->dir);
  g_free(f->dir);
  lf_buf_clear(&f->position);
  lf_arena_free(f->arena);
}

static LfOutput *
open_output(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  LfOutputBlock block = {.name = "file", .node = f->config};
  const void *settings = lf_output_settings(&lf_output_file, &block, f->arena, NULL, &error);
  g_assert_no_error(error);
  LfOutputOptions options = {.cls = &lf_output_file,
                             .settings = settings,
                             .arena = f->arena,
                             .position = lf_arena_dup(f->arena, lf_buf_slice(&f->position)),
                             .queue_bytes = 1 << 20,
                             .compat = &f->compat,
                             .clock = lf_clock_system(),
                             .ack = ack,
                             .ack_data = f};
  LfOutput *o = lf_output_open(&options, &error);
  g_assert_no_error(error);
  return o;
}

static void
put(LfOutput *o, Fixture *f, const char *message)
{
  LfBatch *b = lf_batch_new(&f->source);
  lf_batch_set_events(b, 1);
  b->events[0].doc = lf_value_object(b->arena, 1);
  b->events[0].id = LF_SLICE_LIT("id");
  lf_object_set_static(b->arena, &b->events[0].doc, "m", lf_value_string_dup(b->arena, lf_slice_str(message)));
  b->ticket->bytes = 100;
  g_assert_true(lf_output_put(o, b));
}

static void
finish(LfOutput *o)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(lf_output_finish(o, &error));
  g_assert_no_error(error);
  lf_output_close(o);
}

/* The messages in a file, joined. (transfer full) */
static char *
messages(Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename(f->dir, name, NULL);
  g_autofree char *text = NULL;
  GString *all = g_string_new(NULL);
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return g_string_free(all, FALSE);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **l = lines; *l != NULL; l++) {
    g_autoptr(LfArena) arena = lf_arena_new();
    LfValue v;
    if (lf_json_read_copy(arena, lf_slice_str(*l), &v, NULL)) {
      LfSlice m = lf_value_text(arena, lf_object_get_str(&v, "m"));
      g_string_append_len(all, m.p, (gssize)m.len);
    } else if ((*l)[0] != '\0') {
      g_string_append(all, *l);
      g_string_append_c(all, '\n');
    }
  }
  return g_string_free(all, FALSE);
}

static void
assert_messages(Fixture *f, const char *name, const char *want)
{
  g_autofree char *got = messages(f, name);
  g_assert_cmpstr(got, ==, want);
}

static void
append_text(Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(f->dir, name, NULL);
  FILE *file = fopen(path, "ae");
  fputs(text, file);
  fclose(file);
}

static void
test_cut_back(void)
{
  Fixture f;
  fixture_init(&f, "7.17", "");
  LfOutput *o = open_output(&f);
  g_assert_cmpuint(f.commits, ==, 1); /* what the file is was in the state before anything was in the file */
  put(o, &f, "a");
  put(o, &f, "b");
  finish(o);
  g_assert_cmpuint(f.acknowledged, ==, 2);
  append_text(&f, "out", "{\"m\":\"unacknowledged\"}\n{\"m\":\"cut in the mid"); /* as a kill leaves it */
  o = open_output(&f);
  put(o, &f, "c");
  finish(o);
  assert_messages(&f, "out", "abc");
  fixture_clear(&f);
}

static void
test_foreign_file_is_left_alone(void)
{
  Fixture f;
  fixture_init(&f, "7.17", "");
  append_text(&f, "out", "somebody else's");
  LfOutput *o = open_output(&f);
  put(o, &f, "a");
  finish(o);
  assert_messages(&f, "out", "somebody else's\na");
  /* a new file under the old name may have the old one's inode number: its size does not matter */
  static const char *const others[] = {
      "another one", "a third one that is longer than the first one has ever been, so that there would "
                     "be something to cut off if the file were taken for the old one by its number"};
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
    g_autofree char *path = g_build_filename(f.dir, "out", NULL);
    g_autofree char *want = g_strconcat(others[i], "\nb", NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
    append_text(&f, "out", others[i]);
    o = open_output(&f);
    put(o, &f, "b");
    finish(o);
    assert_messages(&f, "out", want);
  }
  fixture_clear(&f);
}

static void
test_shorter_file_is_not_lengthened(void)
{
  Fixture f;
  fixture_init(&f, "7.17", "");
  LfOutput *o = open_output(&f);
  put(o, &f, "a");
  finish(o);
  g_autofree char *path = g_build_filename(f.dir, "out", NULL);
  g_assert_cmpint(truncate(path, 0), ==, 0);
  o = open_output(&f);
  put(o, &f, "b");
  finish(o);
  assert_messages(&f, "out", "b");
  fixture_clear(&f);
}

static void
put_large(LfOutput *o, Fixture *f, char letter)
{
  g_autofree char *text = g_strnfill(700, letter);
  put(o, f, text);
}

static void
test_rotation_by_count(void)
{
  Fixture f;
  fixture_init(&f, "7.17", "rotate_every_kb: 1\nnumber_of_files: 2\n");
  LfOutput *o = open_output(&f);
  for (char c = 'a'; c <= 'f'; c++)
    put_large(o, &f, c);
  finish(o);
  const char *const names[] = {"out", "out.1", "out.2"};
  for (int i = 0; i < 3; i++) {
    g_autofree char *want = g_strnfill(700, (char)('f' - i));
    assert_messages(&f, names[i], want);
  }
  assert_messages(&f, "out.3", "");
  g_assert_cmpuint(f.acknowledged, ==, 6);
  /* a rotation that was under way: the file has its new name, and the state the old identity */
  g_autofree char *from = g_build_filename(f.dir, "out", NULL), *to = g_build_filename(f.dir, "out.1", NULL);
  g_assert_cmpint(g_rename(from, to), ==, 0);
  append_text(&f, "out.1", "{\"m\":\"unacknowledged\"}\n");
  o = open_output(&f);
  put(o, &f, "new");
  finish(o);
  g_autofree char *old = g_strnfill(700, 'f');
  assert_messages(&f, "out.1", old);
  assert_messages(&f, "out", "new");
  fixture_clear(&f);
}

static void
test_rotation_by_date(void)
{
  Fixture f;
  fixture_init(&f, "9", "rotate_every_kb: 1\nnumber_of_files: 2\npermissions: 0640\n");
  LfOutput *o = open_output(&f);
  for (char c = 'a'; c <= 'e'; c++)
    put_large(o, &f, c);
  finish(o);
  LfCivil day = lf_clock_civil(lf_clock_wall_ms(lf_clock_system()));
  for (int i = 2; i <= 4; i++) {
    g_autofree char *name = g_strdup_printf("out-%04d%02d%02d-%d.ndjson", (int)day.year, day.month, day.day, i);
    g_autofree char *want = g_strnfill(700, (char)('a' + i));
    g_autofree char *path = g_build_filename(f.dir, name, NULL);
    GStatBuf st;
    assert_messages(&f, name, want);
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0640);
  }
  /* the newest file is gone on with */
  o = open_output(&f);
  put(o, &f, "x");
  finish(o);
  g_autofree char *name = g_strdup_printf("out-%04d%02d%02d-4.ndjson", (int)day.year, day.month, day.day);
  g_autofree char *want = g_strnfill(701, 'e');
  want[700] = 'x';
  assert_messages(&f, name, want);
  fixture_clear(&f);
}

static void
test_rotate_on_startup(void)
{
  Fixture f;
  fixture_init(&f, "7.17", "rotate_on_startup: true\n");
  for (char c = 'a'; c <= 'c'; c++) {
    char text[2] = {c, '\0'};
    LfOutput *o = open_output(&f);
    put(o, &f, text);
    finish(o);
  }
  assert_messages(&f, "out", "c");
  assert_messages(&f, "out.2", "a");
  fixture_clear(&f);
}

static void
test_wrong_folder(void)
{
  Fixture f;
  g_autoptr(GError) error = NULL;
  fixture_init(&f, "9", "");
  f.config = lf_yaml_read(f.arena, "test", LF_SLICE_LIT("path: /proc/no/such\n"), NULL);
  LfOutputBlock block = {.name = "file", .node = f.config};
  LfOutputOptions options = {.cls = &lf_output_file,
                             .settings = lf_output_settings(&lf_output_file, &block, f.arena, NULL, NULL),
                             .arena = f.arena,
                             .queue_bytes = 1,
                             .compat = &f.compat,
                             .clock = lf_clock_system(),
                             .ack = ack,
                             .ack_data = &f};
  g_assert_null(lf_output_open(&options, &error));
  g_assert_nonnull(error);
  g_assert_true(g_str_has_prefix(error->message, "/proc/no/such"));
  fixture_clear(&f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/output/file/cut-back", test_cut_back);
  g_test_add_func("/output/file/foreign", test_foreign_file_is_left_alone);
  g_test_add_func("/output/file/shorter", test_shorter_file_is_not_lengthened);
  g_test_add_func("/output/file/rotation-by-count", test_rotation_by_count);
  g_test_add_func("/output/file/rotation-by-date", test_rotation_by_date);
  g_test_add_func("/output/file/rotate-on-startup", test_rotate_on_startup);
  g_test_add_func("/output/file/wrong-folder", test_wrong_folder);
  return g_test_run();
}
