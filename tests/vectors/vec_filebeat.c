/* Events as a real Filebeat 7.17.29 wrote them: from the same CloudWatch events ours are equal but for the agent's ids,
 * the host and the time of the run. */
#include "base/fs.h"
#include "input/cwl_event.h"
#include "output/codec.h"
#include "pump/assemble.h"
#include "support/files.h"
#include "value/json_read.h"
#include "value/json_write.h"
#include "value/path.h"

#include <glib/gstdio.h>

static LfValue *
get(LfArena *arena, const LfValue *v, const char *name)
{
  LfPath path;
  g_assert_true(lf_path_parse(arena, lf_slice_str(name), &path));
  return lf_path_get(v, &path, NULL);
}

static gint64
parse_time(LfArena *arena, LfValue *v)
{
  LfSlice s = lf_value_text(arena, v);
  g_autofree char *text = lf_slice_dup(s);
  g_autoptr(GDateTime) t = g_date_time_new_from_iso8601(text, NULL);
  return g_date_time_to_unix(t) * 1000 + g_date_time_get_microsecond(t) / 1000;
}

/* What CloudWatch answered for that event. */
static LfValue
original_event(LfArena *arena, LfValue *written)
{
  LfValue e = lf_value_object(arena, 5);
  lf_object_set_static(arena, &e, "logStreamName", *get(arena, written, "awscloudwatch.log_stream"));
  lf_object_set_static(arena, &e, "timestamp",
                       lf_value_int(parse_time(arena, get(arena, written, "@timestamp")) + 590));
  lf_object_set_static(arena, &e, "message", *get(arena, written, "message"));
  lf_object_set_static(arena, &e, "ingestionTime",
                       lf_value_int(parse_time(arena, get(arena, written, "awscloudwatch.ingestion_time")) + 123));
  lf_object_set_static(arena, &e, "eventId", *get(arena, written, "event.id"));
  return e;
}

static void
forget_run(LfArena *arena, LfValue *event)
{
  static const char *const names[] = {"agent.id",       "agent.ephemeral_id", "agent.name",
                                      "agent.hostname", "host.name",          "event.ingested"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    LfPath path;
    g_assert_true(lf_path_parse(arena, lf_slice_str(names[i]), &path));
    g_assert_true(lf_path_remove(arena, event, &path, NULL));
  }
}

typedef struct {
  LfArena *arena;
  LfConfig *config;
  LfAssembly *assembly;
  LfCwlEventMaker *maker;
  LfCodec *codec;
} Fixture;

static void
fixture_init(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp("logferry-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(dir, "filebeat.yml", NULL);
  g_assert_true(g_file_set_contents_full(path,
                                         "filebeat.modules:\n- module: awsfargate\n  log:\n    enabled: true\n"
                                         "    var.log_group_name: /ecs/g0\n    var.region_name: us-east-1\n"
                                         "compat.filebeat: 7.17\noutput.console.enabled: true\n",
                                         -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  const char *files[] = {path, NULL};
  LfConfigSources sources = {.files = files, .path_home = g_getenv("LF_TOP_SRCDIR")};
  static const LfAgent agent = {"name", "hostname", "id", "ephemeral"};
  f->arena = lf_arena_new();
  f->config = lf_config_load(&sources, &error);
  g_assert_no_error(error);
  f->assembly = lf_assemble(f->arena, f->config, NULL, &error);
  g_assert_no_error(error);
  f->maker = lf_cwl_event_maker_new(f->arena, f->config, &f->assembly->inputs[0].settings, &agent, "us-east-1");
  f->codec = lf_codec_new(f->arena, &(LfCodecSettings){0}, (LfPlace){0}, NULL);
  g_unlink(path);
  g_rmdir(dir);
}

static void
test_line(const Fixture *f, const char *line)
{
  g_autoptr(LfPage) held = lf_page_new();
  LfArena *arena = lf_page_arena(held);
  LfValue want, got;
  LfLogsPage page;
  LfHash128 id;
  g_autoptr(GError) error = NULL;
  LfIdSet ids = {0};
  LfCwlPageCounts counts;
  LfLogLimit malformed = {0};
  LfCwlFilling filling = {.log_group = "/ecs/g0",
                          .group_name = "/ecs/g0",
                          .key = {1, 2},
                          .ids = &ids,
                          .malformed = &malformed,
                          .end_ms = G_MAXINT64,
                          .late_before_ms = 0};
  g_auto(LfBuf) out = {0}, a = {0}, b = {0};
  LfBuf body = {0};
  g_assert_true(lf_json_read_copy(arena, lf_slice_str(line), &want, NULL));
  LfValue original = original_event(arena, &want);
  lf_buf_append_str(&body, "{\"events\":[");
  lf_json_write(&body, &original);
  lf_buf_append_str(&body, "]}");
  g_assert_true(lf_logs_filter_answer(arena, &body, &page, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(lf_cwl_event_choose(&page, &filling, "i", &id, &counts), ==, 1);
  LfBatch *batch = lf_cwl_event_batch(f->maker, &f->assembly->inputs[0].source, held, page.events, &id, 1, &filling);
  lf_batch_fill(batch);
  lf_assembled_work(batch, NULL);
  g_assert_cmpuint(batch->n_events, ==, 1);
  g_assert_true(lf_codec_write(f->codec, batch, &batch->events[0], &out));
  g_assert_true(lf_json_read_copy(arena, lf_slice(out.p, out.len - 1), &got, NULL));
  forget_run(arena, &want);
  forget_run(arena, &got);
  lf_json_write_sorted(&a, &want);
  lf_json_write_sorted(&b, &got);
  g_assert_cmpmem(a.p, a.len, b.p, b.len);
  lf_ids_clear(&ids);
  lf_batch_free(batch);
}

static void
test_events(gconstpointer data)
{
  Fixture f;
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(data, &text, NULL, NULL));
  fixture_init(&f);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  guint n = 0;
  for (char **l = lines; *l != NULL; l++)
    if ((*l)[0] != '\0') {
      test_line(&f, *l);
      n++;
    }
  g_assert_cmpuint(n, ==, 3);
  lf_config_free(f.config);
  lf_arena_free(f.arena);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autofree char *path = test_shared_path("vectors/filebeat/awsfargate-events.ndjson");
  if (!g_file_test(path, G_FILE_TEST_EXISTS) || g_getenv("LF_TOP_SRCDIR") == NULL) {
    g_print("1..0 # SKIP the events of Filebeat are not here (LF_SHARED)\n");
    return 0;
  }
  g_test_add_data_func("/filebeat/7.17.29", path, test_events);
  return g_test_run();
}
