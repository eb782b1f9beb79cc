/* Dead letters that are delivered after all. */
#include "pump/replay.h"

#include "base/log.h"
#include "value/json_read.h"

enum { LOOK_MS = 2000, AT_ONCE = 200, AT_ONCE_BYTES = 4 * 1024 * 1024 };

struct LfReplaySources {
  LfArena *arena;
  GHashTable *by_json; /* text in the arena → LfSource */
};

struct LfReplay {
  LfState *state;
  LfPump *pump;
  LfReplaySources *sources;
  void *lane;
  guint64 emitted;
  gint64 look_ms;  /* monotonic: when to look next */
  gboolean none;   /* the last look found nothing */
  char *complaint; /* (nullable) why the state cannot be asked; said once */
};

LfReplaySources *
lf_replay_sources_new(void)
{
  LfReplaySources *sources = g_new0(LfReplaySources, 1);
  sources->arena = lf_arena_new();
  sources->by_json = g_hash_table_new(g_str_hash, g_str_equal); /* glib-ok: once a dead letter that is replayed */
  return sources;
}

void
lf_replay_sources_free(LfReplaySources *sources)
{
  if (sources == NULL)
    return;
  g_hash_table_unref(sources->by_json);
  lf_arena_free(sources->arena);
  g_free(sources);
}

static const char *
member_text(LfArena *arena, const LfValue *object, const char *name, const char *otherwise)
{
  LfValue *v = lf_object_get_str(object, name);
  return lf_value_is(v, LF_TYPE_STRING) ? lf_arena_dup(arena, lf_value_text(arena, v)).p : otherwise;
}

/* The source of that JSON, the same for the same text: outputs know sources by their address. */
static const LfSource *
source_of(LfReplaySources *sources, const char *json)
{
  LfSource *source = g_hash_table_lookup(sources->by_json, json);
  LfValue v;
  if (source != NULL)
    return source;
  LfArena *arena = sources->arena;
  if (!lf_json_read_copy(arena, lf_slice_str(json), &v, NULL) || v.type != LF_TYPE_OBJECT)
    v = lf_value_object(arena, 0);
  source = lf_arena_alloc0(arena, sizeof *source);
  *source = (LfSource){.beat = member_text(arena, &v, "beat", "filebeat"),
                       .version = member_text(arena, &v, "version", ""),
                       .type = member_text(arena, &v, "type", "_doc"),
                       .pipeline_id = member_text(arena, &v, "pipeline", NULL),
                       .index = member_text(arena, &v, "index", NULL),
                       .input_id = member_text(arena, &v, "input", "deadletter")};
  g_hash_table_insert(sources->by_json, (gpointer)lf_arena_dup(arena, lf_slice_str(json)).p, source);
  return source;
}

/* The event's time: its @timestamp, else when it died. */
static gint64
time_of(LfArena *arena, const LfValue *doc, gint64 otherwise_ms)
{
  const char *text = member_text(arena, doc, "@timestamp", NULL);
  g_autoptr(GDateTime) at = text != NULL ? g_date_time_new_from_iso8601(text, NULL) : NULL;
  return at != NULL ? g_date_time_to_unix(at) * 1000 + g_date_time_get_microsecond(at) / 1000 : otherwise_ms;
}

LfBatch *
lf_replay_batch(LfReplaySources *sources, const LfDeadLetter *letter, GError **error)
{
  g_autoptr(LfBatch) batch = lf_batch_new(source_of(sources, letter->source));
  LfArena *arena = batch->arena;
  LfValue source;
  lf_batch_set_events(batch, 1);
  LfEvent *e = &batch->events[0];
  if (!lf_json_read_copy(arena, lf_slice_str(letter->event), &e->doc, error))
    return NULL;
  if (e->doc.type != LF_TYPE_OBJECT) {
    g_set_error_literal(error, LF_JSON_ERROR, 0, "is no JSON object");
    return NULL;
  }
  e->id = lf_arena_dup(arena, lf_slice_str(letter->event_id));
  e->timestamp_ms = time_of(arena, &e->doc, letter->at_ms);
  if (lf_json_read_copy(arena, lf_slice_str(letter->source), &source, NULL) && source.type == LF_TYPE_OBJECT)
    e->index = lf_slice_str(member_text(arena, &source, "event_index", ""));
  batch->ticket->dead_row = letter->id;
  batch->ticket->bytes = 4096 + 3 * strlen(letter->event);
  return g_steal_pointer(&batch);
}

LfReplay *
lf_replay_new(LfState *state, LfPump *pump)
{
  LfReplay *replay = g_new0(LfReplay, 1);
  replay->state = state;
  replay->pump = pump;
  replay->sources = lf_replay_sources_new();
  replay->lane = lf_pump_lane(pump);
  return replay;
}

void
lf_replay_free(LfReplay *replay)
{
  if (replay == NULL)
    return;
  lf_replay_sources_free(replay->sources);
  g_free(replay->complaint);
  g_free(replay);
}

static void
complain(LfReplay *r, GError *error)
{
  if (g_strcmp0(r->complaint, error->message) != 0)
    lf_log_warning("state", "dead letters cannot be looked for: %s", error->message);
  g_free(r->complaint);
  r->complaint = g_strdup(error->message);
}

/* Hands one over. Returns: FALSE where the pump takes nothing more. */
static gboolean
emit(LfReplay *r, const LfDeadLetter *letter)
{
  g_autoptr(GError) error = NULL;
  LfBatch *batch = lf_replay_batch(r->sources, letter, &error);
  if (batch == NULL) {
    g_autofree char *why = g_strdup_printf("its document cannot be read: %s", error->message);
    lf_log_warning("state", "dead letter %" G_GINT64_FORMAT ": %s", letter->id, why);
    return lf_state_dead_fail(r->state, letter->id, why, NULL);
  }
  batch->ticket->lane = r->lane;
  batch->ticket->sequence = r->emitted;
  if (!lf_pump_emit(r->pump, batch))
    return FALSE;
  r->emitted++;
  return TRUE;
}

static void
look(LfReplay *r)
{
  g_autoptr(GError) error = NULL;
  const LfDeadFilter filter = {.marked = TRUE, .max_bytes = AT_ONCE_BYTES};
  g_autoptr(GPtrArray) found = lf_state_dead_list(r->state, &filter, AT_ONCE, TRUE, &error);
  r->none = found != NULL && found->len == 0;
  if (found == NULL) {
    complain(r, error);
    return;
  }
  g_clear_pointer(&r->complaint, g_free);
  guint n = 0;
  while (n < found->len && lf_pump_has_room(r->pump, 1) && emit(r, g_ptr_array_index(found, n)))
    n++;
  if (n > 0)
    lf_log_info("state", "%u dead letter%s delivered again", n, n == 1 ? " is" : "s are");
}

gboolean
lf_replay_poll(LfReplay *r, gint64 now_ms)
{
  LfLaneCounts counts;
  lf_pump_lane_counts(r->pump, r->lane, &counts);
  if (counts.acknowledged < r->emitted)
    return FALSE; /* marks of what is under way are still in the state */
  if (now_ms < r->look_ms)
    return r->none;
  guint64 before = r->emitted;
  look(r);
  r->look_ms = r->emitted > before ? now_ms : now_ms + LOOK_MS; /* there may be more of them */
  return r->none;
}
