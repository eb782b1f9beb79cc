/* How an event becomes bytes: the codecs of Filebeat's outputs. */
#include "output/codec.h"

#include "value/json_write.h"

/* The text of @metadata around an event's id, which is the same for all events of a source. */
typedef struct {
  const LfSource *source;
  LfSlice front;
  LfSlice back;
} Meta;

struct LfCodec {
  LfCodecSettings settings;
  LfFormatString *format; /* (nullable) */
  LfArena *arena;
  Meta *metas;
  guint n_metas;
};

static const LfOption rows[] = {
    {"json.pretty", LF_OPTION_BOOL, .offset = G_STRUCT_OFFSET(LfCodecSettings, pretty), .fallback = "false",
     .doc = "Write each event over several lines"},
    {"json.escape_html", LF_OPTION_BOOL, .offset = G_STRUCT_OFFSET(LfCodecSettings, escape_html), .fallback = "false",
     .doc = "Write <, > and & as \\u003c, \\u003e and \\u0026"},
    {"format.string", LF_OPTION_STRING, .offset = G_STRUCT_OFFSET(LfCodecSettings, format_string),
     .doc = "Write this text for each event, with %{[field]} and %{+date} in it, instead of JSON"},
};

const LfOptionTable lf_codec_options = {LF_OPTION_TABLE_OF(rows)};

LfCodec *
lf_codec_new(LfArena *arena, const LfCodecSettings *settings, LfPlace place, GError **error)
{
  LfCodec *codec = lf_arena_alloc0(arena, sizeof *codec);
  codec->settings = *settings;
  codec->arena = arena;
  if (settings->format_string != NULL) {
    if (settings->pretty || settings->escape_html) {
      lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                     "codec: json and format are both set; an output has one codec");
      return NULL;
    }
    codec->format = lf_formatstring_compile(arena, place, lf_slice_str(settings->format_string), error);
    if (codec->format == NULL)
      return NULL;
  }
  return codec;
}

static void
append_meta_text(LfBuf *out, const char *name, const char *value)
{
  if (value == NULL)
    return;
  lf_buf_append_char(out, ',');
  lf_json_write_string(out, lf_slice_str(name));
  lf_buf_append_char(out, ':');
  lf_json_write_string(out, lf_slice_str(value));
}

/* Made at a source's first event; sources live as long as the process. */
static const Meta *
meta_of(LfCodec *codec, const LfSource *source)
{
  for (guint i = 0; i < codec->n_metas; i++)
    if (codec->metas[i].source == source)
      return &codec->metas[i];
  g_auto(LfBuf) front = {0}, back = {0};
  lf_buf_append_str(&front, "\"@metadata\":{\"beat\":");
  lf_json_write_string(&front, lf_slice_str(source->beat));
  append_meta_text(&front, "type", source->type);
  append_meta_text(&front, "version", source->version);
  lf_buf_append_str(&front, ",\"_id\":");
  append_meta_text(&back, "pipeline", source->pipeline_id);
  append_meta_text(&back, "raw_index", source->index);
  lf_buf_append_char(&back, '}');
  guint n = codec->n_metas;
  codec->metas = lf_arena_grow(codec->arena, codec->metas, n * sizeof(Meta), (n + 1) * sizeof(Meta));
  codec->metas[n] =
      (Meta){source, lf_arena_dup(codec->arena, lf_buf_slice(&front)), lf_arena_dup(codec->arena, lf_buf_slice(&back))};
  codec->n_metas++;
  return &codec->metas[n];
}

/* @metadata as a value, for the slower ways of writing. */
static LfValue
meta_value(const LfBatch *batch, LfSlice id)
{
  const LfSource *source = batch->source;
  LfArena *arena = batch->arena;
  LfValue meta = lf_value_object(arena, 6);
  const char *const texts[][2] = {{"beat", source->beat}, {"type", source->type}, {"version", source->version}};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    lf_object_set_static(arena, &meta, texts[i][0], lf_value_string(lf_slice_str(texts[i][1])));
  lf_object_set_static(arena, &meta, "_id", lf_value_string(id));
  if (source->pipeline_id != NULL)
    lf_object_set_static(arena, &meta, "pipeline", lf_value_string(lf_slice_str(source->pipeline_id)));
  if (source->index != NULL)
    lf_object_set_static(arena, &meta, "raw_index", lf_value_string(lf_slice_str(source->index)));
  return meta;
}

/* "@timestamp" first, "@metadata" behind it, then the rest: as Filebeat's json codec writes an event. */
static void
write_compact(LfCodec *codec, const LfBatch *batch, const LfEvent *e, LfBuf *out)
{
  const LfObject *o = e->doc.object;
  const Meta *meta = meta_of(codec, batch->source);
  guint32 i = 0;
  lf_buf_append_char(out, '{');
  if (o->len > 0 && lf_slice_is(lf_slice(o->members[0].key, o->members[0].key_len), "@timestamp")) {
    lf_buf_append_str(out, "\"@timestamp\":");
    lf_json_write(out, &o->members[0].value);
    lf_buf_append_char(out, ',');
    i = 1;
  }
  lf_buf_append_slice(out, meta->front);
  lf_json_write_string(out, e->id);
  lf_buf_append_slice(out, meta->back);
  lf_json_write_members(out, o, i);
  lf_buf_append_char(out, '}');
}

static void
write_pretty(const LfBatch *batch, const LfEvent *e, LfBuf *out)
{
  LfValue doc = lf_value_object(batch->arena, e->doc.object->len + 1);
  for (guint32 i = 0; i < e->doc.object->len; i++) {
    const LfMember *m = &e->doc.object->members[i];
    lf_object_set(batch->arena, &doc, lf_slice(m->key, m->key_len), m->value);
    if (i == 0)
      lf_object_set_static(batch->arena, &doc, "@metadata", meta_value(batch, e->id));
  }
  lf_json_write_pretty(out, &doc, 2);
}

/* In JSON these three stand inside strings only, so that the finished text can be rewritten. */
void
lf_codec_escape_html(LfBuf *out, gsize mark)
{
  g_auto(LfBuf) copy = {0};
  lf_buf_append(&copy, out->p + mark, out->len - mark);
  out->len = mark;
  for (gsize i = 0; i < copy.len; i++)
    if (copy.p[i] == '<' || copy.p[i] == '>' || copy.p[i] == '&')
      lf_buf_printf(out, "\\u%04x", copy.p[i]);
    else
      lf_buf_append_char(out, copy.p[i]);
}

gboolean
lf_codec_write(LfCodec *codec, LfBatch *batch, LfEvent *e, LfBuf *out)
{
  gsize mark = out->len;
  if (codec->format != NULL) {
    LfValue meta = meta_value(batch, e->id);
    if (!lf_formatstring_run(codec->format, batch->arena, &e->doc, &meta, e->timestamp_ms, out)) {
      lf_batch_kill(batch, e, "codec.format.string: a field of it is missing in the event");
      return FALSE;
    }
  } else if (codec->settings.pretty) {
    write_pretty(batch, e, out);
  } else {
    write_compact(codec, batch, e, out);
  }
  if (codec->settings.escape_html)
    lf_codec_escape_html(out, mark);
  lf_buf_append_char(out, '\n');
  return TRUE;
}
