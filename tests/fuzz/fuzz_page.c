/* Fuzz: answers of CloudWatch Logs, read as the general reader reads them, made into events and written. */
#include "aws/logs.h"
#include "input/cwl_event.h"
#include "output/codec.h"
#include "value/json_read.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static LfCwlEventMaker *
maker(int major)
{
  static LfCwlEventMaker *made[10];
  static LfArena *arena;
  static const LfAgent agent = {"name", "host", "id", "ephemeral"};
  static LfCwlSettings settings;
  static LfConfig config;
  if (arena == NULL)
    arena = lf_arena_new();
  if (made[major] == NULL) {
    config.compat = (LfCompat){"1", major, 0, 0};
    made[major] = lf_cwl_event_maker_new(arena, &config, &settings, &agent, "r");
  }
  return made[major];
}

static void
check_text(LfArena *arena, LfValue *v, const char *p, gsize len)
{
  g_assert(lf_slice_equal(lf_value_text(arena, v), lf_slice(p, len)));
}

/* An event as the general reader has it. */
static void
check_event(LfArena *arena, LfValue *v, const LfLogsEvent *e)
{
  LfValue *id = lf_object_get_str(v, "eventId"), *message = lf_object_get_str(v, "message");
  LfValue *stream = lf_object_get_str(v, "logStreamName");
  LfValue *time = lf_object_get_str(v, "timestamp"), *ingestion = lf_object_get_str(v, "ingestionTime");
  gint64 ms, ingested;
  gboolean whole = lf_value_is(id, LF_TYPE_STRING) && id->len > 0 && lf_value_is(message, LF_TYPE_STRING) &&
                   time != NULL && lf_value_as_int(time, &ms);
  g_assert(whole == !e->malformed);
  if (!whole) {
    LfValue again;
    g_assert(lf_json_read_copy(arena, lf_slice(e->message, e->message_len), &again, NULL));
    g_assert(lf_value_equal(&again, v));
    return;
  }
  if (ingestion == NULL || !lf_value_as_int(ingestion, &ingested))
    ingested = ms;
  g_assert(e->timestamp_ms == ms && e->ingestion_ms == ingested);
  g_assert(e->message_flags == message->flags);
  g_assert(lf_slice_equal(lf_slice(e->message, e->message_len), lf_slice(message->s, message->len)));
  check_text(arena, id, e->id, e->id_len);
  if (lf_value_is(stream, LF_TYPE_STRING))
    check_text(arena, stream, e->stream, e->stream_len);
  else
    g_assert(e->stream_len == 0);
  g_assert(!(e->id_flags & LF_VALUE_PLAIN) || lf_json_is_plain(lf_slice(e->id, e->id_len)));
  g_assert(!(e->stream_flags & LF_VALUE_PLAIN) || lf_json_is_plain(lf_slice(e->stream, e->stream_len)));
}

/* The page's reader takes and refuses what the general one does, with its words. */
static void
check_page(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL, general = NULL;
  LfBuf body = {0};
  LfLogsPage page;
  LfValue root, *events, *token, *type;
  lf_buf_append(&body, data, size);
  gboolean ok = lf_logs_filter_answer(arena, &body, &page, &error);
  g_assert(ok == (error == NULL));
  if (!lf_json_read_copy(arena, lf_slice((const char *)data, size), &root, &general)) {
    g_assert(!ok && error->code == general->code && strcmp(error->message, general->message) == 0);
    return;
  }
  events = lf_object_get_str(&root, "events");
  token = lf_object_get_str(&root, "nextToken");
  type = lf_object_get_str(&root, "__type");
  gboolean good_token = token == NULL || token->type == LF_TYPE_NULL || token->type == LF_TYPE_STRING;
  g_assert(ok == (good_token && type == NULL && lf_value_is(events, LF_TYPE_ARRAY)));
  if (!ok)
    return;
  g_assert(page.n_events == events->array->len);
  for (guint i = 0; i < page.n_events; i++)
    check_event(arena, &events->array->items[i], &page.events[i]);
  if (lf_value_is(token, LF_TYPE_STRING))
    check_text(arena, token, page.token.p, page.token.len);
  else
    g_assert(page.token.len == 0);
}

static void
read_events(const uint8_t *data, size_t size, int major)
{
  static const LfSource source = {.beat = "b", .version = "v", .type = "_doc", .input_id = "i"};
  g_autoptr(LfPage) held = lf_page_new();
  g_auto(LfBuf) out = {0};
  LfBuf body = {0};
  LfLogsPage page;
  LfIdSet ids = {0};
  LfCwlPageCounts counts;
  LfLogLimit malformed = {0};
  LfCwlFilling filling = {.log_group = "/g",
                          .group_name = "/g",
                          .ids = &ids,
                          .malformed = &malformed,
                          .start_ms = 0,
                          .end_ms = G_MAXINT64,
                          .late_before_ms = 1000};
  lf_buf_append(&body, data, size);
  if (lf_logs_filter_answer(lf_page_arena(held), &body, &page, NULL)) {
    LfHash128 *hashes = lf_arena_alloc_n(lf_page_arena(held), page.n_events, sizeof *hashes);
    guint n = lf_cwl_event_choose(&page, &filling, "i", hashes, &counts);
    g_autoptr(LfBatch) batch = lf_cwl_event_batch(maker(major), &source, held, page.events, hashes, n, &filling);
    lf_batch_fill(batch);
    LfCodec *codec = lf_codec_new(batch->arena, &(LfCodecSettings){0}, (LfPlace){0}, NULL);
    for (guint i = 0; i < batch->n_events; i++) {
      LfValue again;
      out.len = 0;
      g_assert(lf_codec_write(codec, batch, &batch->events[i], &out));
      g_assert(lf_json_read_copy(batch->arena, lf_slice(out.p, out.len), &again, NULL));
    }
  }
  lf_ids_clear(&ids);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfBuf body = {0};
  LfLogsGroup *groups;
  LfSlice token;
  guint n;
  if (size == 0)
    return 0;
  check_page(data, size);
  for (int major = 7; major <= 9; major++)
    read_events(data, size, major);
  lf_buf_append(&body, data, size);
  lf_logs_describe_answer(arena, &body, &groups, &n, &token, NULL);
  return 0;
}
