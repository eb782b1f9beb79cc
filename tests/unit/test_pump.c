/* The pump: how much it lets in, for all and for one log group, and that it says when there is room again; that batches keep
 * their order. */
#include "pump/pump.h"
#include "support/folder.h"
#include "value/yaml.h"

#include <pthread.h>

/* Workers wait for permits; `woken` counts the pump's calls. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  guint permits;
  guint woken;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void
wait_at_gate(LfBatch *batch, void *data)
{
  pthread_mutex_lock(&gate.lock);
  while (gate.permits == 0)
    pthread_cond_wait(&gate.changed, &gate.lock);
  gate.permits--;
  pthread_mutex_unlock(&gate.lock);
}

static void
permit(guint n)
{
  pthread_mutex_lock(&gate.lock);
  gate.permits += n;
  pthread_cond_broadcast(&gate.changed);
  pthread_mutex_unlock(&gate.lock);
}

static void
wake(void *data)
{
  pthread_mutex_lock(&gate.lock);
  gate.woken++;
  pthread_cond_broadcast(&gate.changed);
  pthread_mutex_unlock(&gate.lock);
}

/* Waits until the pump has called so often in all. */
static void
wait_woken(guint n)
{
  pthread_mutex_lock(&gate.lock);
  while (gate.woken < n)
    pthread_cond_wait(&gate.changed, &gate.lock);
  pthread_mutex_unlock(&gate.lock);
}

typedef struct {
  char *dir;
  LfArena *arena;
  LfState *state;
  LfOutput *output;
  LfPump *pump;
  LfCompat compat;
  LfSource source;
} Fixture;

static void
fixture_init(Fixture *f, gsize queue_bytes, guint workers)
{
  g_autoptr(GError) error = NULL;
  *f = (Fixture){.dir = test_folder_new(), .arena = lf_arena_new(), .pump = lf_pump_new()};
  g_autofree char *path = g_build_filename(f->dir, "state.db", NULL);
  f->source = (LfSource){.beat = "filebeat", .version = "9", .type = "_doc"};
  gate.permits = gate.woken = 0;
  g_assert_true(lf_compat_parse(LF_SLICE_LIT("9"), &f->compat));
  f->state = lf_state_open(path, &error);
  g_assert_no_error(error);
  lf_pump_set_state(f->pump, f->state, "file");
  LfOutputBlock block = {.name = "file"};
  block.node = lf_yaml_read(f->arena, "test", lf_arena_printf(f->arena, "path: %s\nfilename: out", f->dir), &error);
  g_assert_no_error(error);
  const void *settings = lf_output_settings(&lf_output_file, &block, f->arena, NULL, &error);
  g_assert_no_error(error);
  f->output = lf_output_open(&(LfOutputOptions){.cls = &lf_output_file,
                                                .settings = settings,
                                                .arena = f->arena,
                                                .queue_bytes = 1 << 20,
                                                .compat = &f->compat,
                                                .clock = lf_clock_system(),
                                                .ack = lf_pump_ack,
                                                .ack_data = f->pump},
                             &error);
  g_assert_no_error(error);
  lf_pump_start(f->pump, &(LfPumpOptions){.state = f->state,
                                          .output = f->output,
                                          .output_name = "file",
                                          .workers = workers,
                                          .queue_bytes = queue_bytes,
                                          .wake = wake,
                                          .work = wait_at_gate});
}

/* Ends the pump, and gives back what is in the file. */
static char *
fixture_clear(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  char *text = NULL;
  g_assert_true(lf_pump_finish(f->pump, &error));
  g_assert_no_error(error);
  lf_output_close(f->output);
  lf_pump_free(f->pump);
  lf_state_close(f->state);
  g_autofree char *command = g_strdup_printf("sh -c 'cat %s/out*; rm -r %s'", f->dir, f->dir);
  g_assert_true(g_spawn_command_line_sync(command, &text, NULL, NULL, NULL));
  g_free(f->dir);
  lf_arena_free(f->arena);
  return text;
}

static void
emit(Fixture *f, void *lane, guint64 sequence, gsize bytes)
{
  LfBatch *b = lf_batch_new(&f->source);
  lf_batch_set_events(b, 1);
  b->events[0].doc = lf_value_object(b->arena, 1);
  b->events[0].id = LF_SLICE_LIT("id");
  lf_object_set_static(b->arena, &b->events[0].doc, "n", lf_value_int((gint64)sequence));
  b->ticket->bytes = bytes;
  b->ticket->lane = lane;
  b->ticket->sequence = sequence;
  b->ticket->frontier_ms = G_MININT64;
  g_assert_true(lf_pump_emit(f->pump, b));
}

static void
test_room(void)
{
  Fixture f;
  fixture_init(&f, 100, 1);
  void *lane = lf_pump_lane(f.pump);
  g_assert_true(lf_pump_has_room(f.pump, 100));
  g_assert_false(lf_pump_has_room(f.pump, 101)); /* asked for in vain: nothing is held that could go */
  g_assert_cmpuint(lf_pump_held(f.pump), ==, 0);
  emit(&f, lane, 0, 60);
  g_assert_cmpuint(lf_pump_held(f.pump), ==, 60);
  emit(&f, lane, 1, 30);
  g_assert_true(lf_pump_has_room(f.pump, 10));
  g_assert_false(lf_pump_has_room(f.pump, 100));
  permit(1);
  permit(1);
  wait_woken(1); /* not before all of it is there */
  g_assert_true(lf_pump_has_room(f.pump, 100));
  emit(&f, lane, 2, 40);
  emit(&f, lane, 3, 40);
  g_assert_false(lf_pump_has_room(f.pump, 50));
  permit(1);
  wait_woken(2); /* although 40 are held */
  g_assert_true(lf_pump_has_room(f.pump, 50));
  permit(1);
  g_free(fixture_clear(&f));
  g_assert_cmpuint(gate.woken, ==, 2); /* nobody else waited */
}

static void
test_lane(void)
{
  Fixture f;
  fixture_init(&f, 1000, 1);
  void *one = lf_pump_lane(f.pump), *other = lf_pump_lane(f.pump);
  emit(&f, one, 0, 50);
  emit(&f, one, 1, 50);
  g_assert_true(lf_pump_lane_holds_less(f.pump, other, 1));
  g_assert_true(lf_pump_lane_holds_less(f.pump, one, 101));
  g_assert_false(lf_pump_lane_holds_less(f.pump, one, 100));
  permit(1);
  wait_woken(1);
  g_assert_true(lf_pump_lane_holds_less(f.pump, one, 100));
  emit(&f, other, 0, 10); /* what another holds is nothing to it */
  g_assert_false(lf_pump_lane_holds_less(f.pump, one, 50));
  permit(2);
  wait_woken(2);
  g_assert_true(lf_pump_lane_holds_less(f.pump, one, 1));
  g_free(fixture_clear(&f));
  g_assert_cmpuint(gate.woken, ==, 2);
}

static void
test_order(void)
{
  enum { N = 200 };
  Fixture f;
  fixture_init(&f, 1 << 20, 4);
  void *lane = lf_pump_lane(f.pump);
  for (guint i = 0; i < N; i++)
    emit(&f, lane, i, 100);
  permit(N);
  g_autofree char *text = fixture_clear(&f);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, N + 1);
  for (guint i = 0; i < N; i++) {
    g_autofree char *want = g_strdup_printf("\"n\":%u}", i);
    g_assert_true(g_str_has_suffix(lines[i], want));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/pump/room", test_room);
  g_test_add_func("/pump/lane", test_lane);
  g_test_add_func("/pump/order", test_order);
  return g_test_run();
}
