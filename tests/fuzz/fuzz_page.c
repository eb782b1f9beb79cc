/* Fuzz: answers of CloudWatch Logs, read and made into events, processed and written. */
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
read_events(const uint8_t *data, size_t size, int major)
{
  static const LfSource source = {.beat = "b", .version = "v", .type = "_doc", .input_id = "i"};
  g_autoptr(LfBatch) batch = lf_batch_new(&source);
  g_auto(LfBuf) out = {0};
  LfBuf body = {0};
  LfLogsPage page;
  LfIdSet ids = {0};
  LfCwlPageCounts counts;
  LfCwlFilling filling = {
      .log_group = "/g", .group_name = "/g", .ids = &ids, .start_ms = 0, .end_ms = G_MAXINT64, .late_before_ms = 1000};
  lf_buf_append(&body, data, size);
  if (lf_logs_filter_answer(batch->arena, &body, &page, NULL)) {
    lf_cwl_event_fill(maker(major), batch, &page.events, &filling, &counts);
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
  for (int major = 7; major <= 9; major++)
    read_events(data, size, major);
  lf_buf_append(&body, data, size);
  lf_logs_describe_answer(arena, &body, &groups, &n, &token, NULL);
  return 0;
}
