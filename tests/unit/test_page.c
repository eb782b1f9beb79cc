/* From a page of the API to documents: records, batches that share it, what their documents have in common. */
#include "base/spare.h"
#include "input/cwl_event.h"
#include "output/codec.h"
#include "value/json_read.h"
#include "value/json_write.h"
#include "value/path.h"

#define EVENT(id, ms, stream, text)                                                                                    \
  "{\"eventId\":\"" id "\",\"ingestionTime\":" ms ",\"logStreamName\":\"" stream "\",\"message\":\"" text              \
  "\",\"timestamp\":" ms "}"

typedef struct {
  LfArena *arena;
  LfConfig config;
  LfCwlSettings settings;
  LfCwlEventMaker *maker;
  LfIdSet ids;
  LfCwlPageCounts counts;
  LfLogLimit malformed;
  gint64 now_ms;
} Fixture;

static const LfSource source = {.beat = "filebeat", .version = "8.0.0", .type = "_doc", .input_id = "i"};

static void
set_up(Fixture *f, gconstpointer major)
{
  static const LfAgent agent = {"name", "host", "id", "ephemeral"};
  f->arena = lf_arena_new();
  f->now_ms = 9000;
  f->config.compat = (LfCompat){"8.0.0", GPOINTER_TO_INT(major), 0, 0};
  f->settings.common.module_name = "awsfargate";
  f->settings.common.fileset_name = "log";
  f->maker = lf_cwl_event_maker_new(f->arena, &f->config, &f->settings, &agent, "eu-central-1");
}

static void
tear_down(Fixture *f, gconstpointer major)
{
  lf_ids_clear(&f->ids);
  lf_arena_free(f->arena);
}

static LfCwlFilling
filling(Fixture *f)
{
  return (LfCwlFilling){.log_group = "arn:g",
                        .group_name = "/g",
                        .key = {1, 2},
                        .ids = &f->ids,
                        .malformed = &f->malformed,
                        .start_ms = 1000,
                        .end_ms = 5000,
                        .late_before_ms = 2000,
                        .now_ms = f->now_ms,
                        .aws_now_ms = 9000};
}

/* The page's batches of `each` events; the page is theirs alone then. */
static GPtrArray *
batches_of(Fixture *f, const char *json, guint each)
{
  g_autoptr(LfPage) page = lf_page_new();
  g_autoptr(GError) error = NULL;
  GPtrArray *batches = g_ptr_array_new_with_free_func((GDestroyNotify)lf_batch_free);
  LfCwlFilling how = filling(f);
  LfLogsPage events;
  LfBuf body = {0};
  lf_buf_append_str(&body, json);
  g_assert_true(lf_logs_filter_answer(lf_page_arena(page), &body, &events, &error));
  g_assert_no_error(error);
  LfHash128 *ids = lf_arena_alloc_n(lf_page_arena(page), events.n_events, sizeof *ids);
  guint n = lf_cwl_event_choose(&events, &how, "i", ids, &f->counts);
  for (guint at = 0; at < n; at += each)
    g_ptr_array_add(batches,
                    lf_cwl_event_batch(f->maker, &source, page, events.events + at, ids + at, MIN(each, n - at), &how));
  return batches;
}

static char *
lines_of(Fixture *f, LfBatch *batch)
{
  g_auto(LfBuf) out = {0};
  LfCodec *codec = lf_codec_new(f->arena, &(LfCodecSettings){0}, (LfPlace){0}, NULL);
  lf_batch_fill(batch);
  for (guint i = 0; i < batch->n_events; i++)
    g_assert_true(lf_codec_write(codec, batch, &batch->events[i], &out));
  return lf_buf_steal(&out);
}

static void
count_line(LfLogLevel level, const char *line, gsize len, void *data)
{
  guint *counts = data;
  counts[strstr(line, "an event without id") != NULL ? 0 : 1]++;
  if (strstr(line, "more events without id") != NULL)
    g_assert_nonnull(strstr(line, ": 1001 more events"));
}

/* A thousand malformed events are ten lines, and a line about the others once the time for it has come. */
static void
test_malformed(Fixture *f, gconstpointer major)
{
  static const char one[] = "{\"events\":[{\"message\":\"no id\"}]}";
  g_autoptr(GString) many = g_string_new("{\"events\":[");
  guint lines[2] = {0};
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf(many, "%s{\"message\":\"no id\"}", i > 0 ? "," : "");
  g_string_append(many, "]}");
  lf_log_set_sink(count_line, lines);
  g_ptr_array_unref(batches_of(f, many->str, 1));
  g_assert_cmpuint(f->counts.malformed, ==, 1000);
  f->now_ms += LF_LOG_LIMIT_MS - 1;
  for (guint i = 0; i < 11; i++)
    g_ptr_array_unref(batches_of(f, one, 1));
  g_assert_cmpuint(lines[0], ==, LF_LOG_LIMIT_LINES);
  g_assert_cmpuint(lines[1], ==, 0);
  f->now_ms++;
  g_ptr_array_unref(batches_of(f, "{\"events\":[]}", 1));
  g_assert_cmpuint(lines[1], ==, 1);
  g_ptr_array_unref(batches_of(f, one, 1));
  g_assert_cmpuint(lines[0], ==, LF_LOG_LIMIT_LINES + 1);
  lf_cwl_event_say_hidden(&f->malformed, "i", G_MAXINT64);
  g_assert_cmpuint(lines[1], ==, 1);
  lf_log_set_sink(NULL, NULL);
}

static void
test_choice(Fixture *f, gconstpointer major)
{
  static const char json[] =
      "{\"events\":[" EVENT("a", "999", "s", "too early") "," EVENT("b", "1000", "s", "late") "," EVENT(
          "c", "5000", "s", "last") "," EVENT("c", "5000", "s",
                                              "again") "," EVENT("d", "5001", "s",
                                                                 "too late") "," EVENT("e", "3000", "s", "fits") "]}";
  g_autoptr(GPtrArray) batches = batches_of(f, json, 2);
  g_assert_cmpuint(f->counts.read, ==, 6);
  g_assert_cmpuint(f->counts.outside, ==, 2);
  g_assert_cmpuint(f->counts.known, ==, 1);
  g_assert_cmpuint(f->counts.late, ==, 1);
  g_assert_cmpint(f->counts.last_late_ms, ==, 8000);
  g_assert_cmpint(f->counts.min_ms, ==, 1000);
  g_assert_cmpint(f->counts.max_ms, ==, 5000);
  g_assert_cmpuint(batches->len, ==, 2);
  const LfTicket *first = ((LfBatch *)batches->pdata[0])->ticket, *second = ((LfBatch *)batches->pdata[1])->ticket;
  g_assert_cmpuint(first->n_ids, ==, 2);
  g_assert_cmpint(first->min_ms, ==, 1000);
  g_assert_cmpint(first->max_ms, ==, 5000);
  g_assert_cmpuint(second->n_ids, ==, 1);
  g_assert_cmpint(second->min_ms, ==, 3000);
  g_assert_true(second->ids[0].hi == lf_hash128((LfHashKey){1, 2}, LF_SLICE_LIT("e")).hi);
}

/* Batches are filled and go in any order, after everybody else has given the page back. */
static void
test_shared_page(Fixture *f, gconstpointer major)
{
  static const char json[] = "{\"events\":[" EVENT("a", "1000", "s", "one") "," EVENT(
      "b", "2000", "t", "two \\\" t") "," EVENT("c", "3000", "s", "three") "]}";
  g_autoptr(GPtrArray) batches = batches_of(f, json, 1);
  g_assert_cmpuint(batches->len, ==, 3);
  g_autofree char *third = lines_of(f, batches->pdata[2]);
  g_assert_nonnull(strstr(third, "\"message\":\"three\""));
  g_ptr_array_remove_index(batches, 2);
  g_ptr_array_remove_index(batches, 0);
  g_autofree char *second = lines_of(f, batches->pdata[0]);
  g_assert_nonnull(strstr(second, "\"message\":\"two \\\" t\""));
  g_assert_nonnull(strstr(second, "\"log_stream\":\"t\""));
}

/* Times of ingestion that a stream's events have one after another: within a second, a day, over its end, and where the
 * text has another length. */
static const gint64 ingested[] = {
    0, 1,        999,      1000,     59999,           86399999,        86400000,     86400001, 172799123,
    5, 1e12 + 7, 1e12 + 7, 2e12 + 1, 253402300799999, 253402300800000, 1e12 + 61007, -1,       7};

static char *
events_ingested(void)
{
  GString *json = g_string_new("{\"events\":[");
  for (gsize i = 0; i < G_N_ELEMENTS(ingested); i++)
    g_string_append_printf(json,
                           "%s{\"eventId\":\"%" G_GSIZE_FORMAT "\",\"ingestionTime\":%" G_GINT64_FORMAT
                           ",\"logStreamName\":\"s\",\"message\":\"m\",\"timestamp\":3000}",
                           i > 0 ? "," : "", i, ingested[i]);
  g_string_append(json, "]}");
  return g_string_free(json, FALSE);
}

/* As GLib has it, which knows years up to 9999; NULL: it does not. (transfer full) */
static char *
time_by_glib(gint64 ms)
{
  g_autoptr(GDateTime) begin = g_date_time_new_from_unix_utc(0);
  g_autoptr(GDateTime) at = g_date_time_add(begin, ms * 1000);
  g_autofree char *seconds = at != NULL ? g_date_time_format(at, "%Y-%m-%dT%H:%M:%S") : NULL;
  return seconds != NULL ? g_strdup_printf("%s.%03dZ", seconds, g_date_time_get_microsecond(at) / 1000) : NULL;
}

/* The time in an event's line and in its tree. */
static void
assert_ingested(Fixture *f, const char *line, LfBatch *batch, guint i, const char *want, const char *path_text)
{
  LfPath path;
  LfValue read;
  g_assert_true(lf_path_parse(f->arena, lf_slice_str(path_text), &path));
  g_assert_true(lf_json_read_copy(f->arena, lf_slice_str(line), &read, NULL));
  LfValue *both[] = {lf_path_get(&read, &path, NULL), lf_path_get(&batch->events[i].doc, &path, NULL)};
  for (gsize k = 0; k < 2; k++) {
    g_assert_nonnull(both[k]);
    LfSlice text = lf_value_text(f->arena, both[k]);
    g_autofree char *got = g_strndup(text.p, text.len);
    if (want != NULL)
      g_assert_cmpstr(got, ==, want);
    else
      g_assert_true(g_str_has_prefix(got, "+10000-01-01T00:00:00") || g_str_has_prefix(got, "10000-01-01T00:00:00"));
  }
}

static void
test_ingestion_times(Fixture *f, gconstpointer major)
{
  g_autofree char *json = events_ingested();
  gboolean is_seven = GPOINTER_TO_INT(major) < 8;
  g_autoptr(GPtrArray) batches = batches_of(f, json, G_N_ELEMENTS(ingested));
  g_assert_cmpuint(batches->len, ==, 1);
  LfBatch *batch = batches->pdata[0];
  g_autofree char *text = lines_of(f, batch);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; i < G_N_ELEMENTS(ingested); i++) {
    gint64 ms = is_seven ? ingested[i] / 1000 * 1000 : ingested[i];
    g_autofree char *want = time_by_glib(ms);
    if (GPOINTER_TO_INT(major) >= 8)
      assert_ingested(f, lines[i], batch, i, want, "aws.cloudwatch.ingestion_time");
    if (GPOINTER_TO_INT(major) <= 8)
      assert_ingested(f, lines[i], batch, i, want, "awscloudwatch.ingestion_time");
  }
}

/* An event's text, whole. */
static void
test_line(Fixture *f, gconstpointer major)
{
  static const char json[] = "{\"events\":[" EVENT("a", "1234", "s\\u00e9", "m") "]}";
  static const char tail[] =
      "\"cloud\":{\"provider\":\"aws\",\"region\":\"eu-central-1\"},\"fileset\":{\"name\":\"log\"},"
      "\"input\":{\"type\":\"aws-cloudwatch\"},";
  static const char meta[] =
      "\"@metadata\":{\"beat\":\"filebeat\",\"type\":\"_doc\",\"version\":\"8.0.0\",\"_id\":\"a\"},";
  static const char event[] =
      "\"event\":{\"id\":\"a\",\"ingested\":\"1970-01-01T00:00:09.000Z\",\"module\":\"awsfargate\","
      "\"dataset\":\"awsfargate.log\"},";
  static const char fields[] = "{\"log_group\":\"arn:g\",\"log_stream\":\"s\xc3\xa9\",\"ingestion_time\":"
                               "\"1970-01-01T00:00:01.234Z\"}";
  g_autoptr(GPtrArray) batches = batches_of(f, json, 1);
  g_autofree char *line = lines_of(f, batches->pdata[0]);
  g_autofree char *old =
      g_strconcat("{\"@timestamp\":\"1970-01-01T00:00:01.000Z\",", meta,
                  "\"message\":\"m\",\"log.file.path\":\"/g/s\xc3\xa9\",", event,
                  "\"awscloudwatch\":{\"log_group\":\"/g\",\"log_stream\":\"s\xc3\xa9\",\"ingestion_time\":"
                  "\"1970-01-01T00:00:01.000Z\"},",
                  tail, NULL);
  g_autofree char *both = GPOINTER_TO_INT(major) == 8 ? g_strconcat("\"awscloudwatch\":", fields, ",", NULL) : NULL;
  g_autofree char *new = g_strconcat("{\"@timestamp\":\"1970-01-01T00:00:01.234Z\",", meta,
                                     "\"message\":\"m\",\"log\":{\"file\":{\"path\":\"arn:g/s\xc3\xa9\"}},", event,
                                     "\"aws\":{\"cloudwatch\":", fields, "},", both != NULL ? both : "", tail, NULL);
  const char *want = GPOINTER_TO_INT(major) < 8 ? old : new;
  g_autofree char *begin = g_strndup(line, strlen(want));
  g_assert_cmpstr(begin, ==, want);
}

/* What a step writes into a part that events have in common is seen in its own event alone. */
static void
test_writes(Fixture *f, gconstpointer major)
{
  static const char *const paths[] = {"cloud.region", "aws.cloudwatch.log_stream", "log.file.path", "event.module",
                                      "agent"};
  static const char json[] = "{\"events\":[" EVENT("a", "1000", "s", "x") "," EVENT("a2", "1000", "s", "x") "]}";
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    LfPath path;
    lf_ids_clear(&f->ids);
    g_autoptr(GPtrArray) batches = batches_of(f, json, 2);
    LfBatch *batch = batches->pdata[0];
    lf_batch_fill(batch);
    g_assert_true(lf_path_parse(batch->arena, lf_slice_str(paths[i]), &path));
    g_assert_true(
        lf_path_set(batch->arena, &batch->events[0].doc, &path, lf_value_string(LF_SLICE_LIT("written")), NULL));
    g_autofree char *lines = lines_of(f, batch);
    char *end = strchr(lines, '\n');
    *end = '\0';
    g_assert_nonnull(strstr(lines, "\"written\""));
    g_assert_null(strstr(end + 1, "written"));
    LfValue again;
    g_assert_true(lf_json_read_copy(batch->arena, lf_slice_str(lines), &again, NULL));
    g_assert_cmpuint(again.object->len, ==, batch->events[0].doc.object->len + 1); /* @metadata */
  }
}

/* Removing and adding members leaves each of the others in the text once. */
static void
test_members(Fixture *f, gconstpointer major)
{
  static const char json[] = "{\"events\":[" EVENT("a", "1000", "s", "x") "]}";
  for (guint gone = 0; gone < 10; gone++) {
    lf_ids_clear(&f->ids);
    g_autoptr(GPtrArray) batches = batches_of(f, json, 1);
    LfBatch *batch = batches->pdata[0];
    lf_batch_fill(batch);
    LfValue *doc = &batch->events[0].doc, again;
    if (gone >= doc->object->len)
      break;
    LfSlice key = lf_slice(doc->object->members[gone].key, doc->object->members[gone].key_len);
    g_assert_true(lf_object_remove(doc, key));
    lf_object_set_static(batch->arena, doc, "added", lf_value_int(1));
    g_auto(LfBuf) out = {0};
    lf_json_write(&out, doc);
    g_assert_true(lf_json_read_copy(batch->arena, lf_buf_slice(&out), &again, NULL));
    g_assert_true(lf_value_equal(&again, doc));
    g_assert_cmpuint(again.object->len, ==, doc->object->len);
  }
}

static void
test_spare(void)
{
  gsize got, size = 96 * 1024;
  while (lf_spare_trim() > 0) /* what other tests left */
    continue;
  lf_spare_trim();
  void *block = lf_spare_take(size, &got);
  g_assert_cmpuint(got, ==, size);
  lf_spare_give(block, got);
  void *large = lf_spare_take(size * 3, &got); /* the kept one is too small */
  g_assert_true(large != block);
  void *small = lf_spare_take(size / 3, &got); /* and too large for this */
  g_assert_cmpuint(got, ==, size / 3);         /* in steps of an eighth */
  void *again = lf_spare_take(size - 1000, &got);
  g_assert_true(again == block);
  g_assert_cmpuint(got, ==, size);
  lf_spare_give(again, got);
  g_free(large);
  g_free(small);
  void *body = lf_spare_take(size * 20, &got); /* a page's body takes none of the room of small ones */
  lf_spare_give(body, got);
  g_assert_true(lf_spare_take(size * 20, &got) == body);
  g_free(body);
  g_assert_cmpuint(lf_spare_trim(), ==, 0); /* it was used a moment ago */
  g_assert_cmpuint(lf_spare_trim(), ==, size);
  g_assert_cmpuint(lf_spare_trim(), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, major, fn) g_test_add("/page/" name, Fixture, GINT_TO_POINTER(major), set_up, fn, tear_down)
  g_test_add_func("/page/spare", test_spare);
  ADD("malformed", 8, test_malformed);
  ADD("choice", 8, test_choice);
  ADD("shared", 8, test_shared_page);
  ADD("line/7", 7, test_line);
  ADD("line/8", 8, test_line);
  ADD("line/9", 9, test_line);
  ADD("writes", 8, test_writes);
  ADD("members", 8, test_members);
  for (int major = 7; major <= 9; major++) {
    g_autofree char *name = g_strdup_printf("/page/ingestion-times/%d", major);
    g_test_add(name, Fixture, GINT_TO_POINTER(major), set_up, test_ingestion_times, tear_down);
  }
  return g_test_run();
}
