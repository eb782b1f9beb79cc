/* Which index an event goes to, and through which pipeline of the cluster. */
#include "output/es_target.h"

#include "base/log.h"
#include "config/option/option.h"
#include "processor/condition.h"
#include "text/formatstring.h"
#include "value/json_write.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* One rule of `indices` or `pipelines`: a text, and what it is mapped to. */
typedef struct {
  LfWhen *when; /* (nullable): for which events */
  LfFormatString *format;
  const LfNode *mappings; /* (nullable) a map */
  const char *fallback;   /* (nullable) `default` */
} Rule;

/* The rules in their order, the single setting last. `daily`: what they give changes with the day alone; `has_fields`: a
 * text of theirs has a field of the event in it. */
typedef struct {
  Rule *rules;
  guint n;
  gboolean daily;
  gboolean has_fields;
} Selector;

/* What an input's own `index` makes of its events. */
typedef struct Input Input;
struct Input {
  const LfSource *source;
  LfFormatString *raw;      /* (nullable) */
  LfFormatString *pipeline; /* (nullable) */
  gboolean daily;
  Input *next;
};

/* `prefix` holds for `index` and `pipeline`; where all is daily it holds for `source` on `day`. */
struct LfEsTargets {
  LfArena *arena;
  Selector index;
  Selector pipeline;
  Input *inputs;
  const Input *input; /* of the last event */
  gint64 day;
  gboolean of_event; /* has been met */
  gboolean of_input;
  LfBuf index_text, pipeline_text, new_index, new_pipeline;
  LfBuf prefix;
};

typedef struct {
  const char *value;
  const LfNode *mappings;
  const char *fallback;
  const LfNode *when;
} RuleSettings;

#define AT(member) .offset = offsetof(RuleSettings, member)

static const LfOption index_rows[] = {
    {"index", LF_OPTION_STRING, LF_OPTION_REQUIRED, AT(value), .doc = "the index, with %{[field]} and %{+date}"},
    {"mappings", LF_OPTION_MAP, AT(mappings), .doc = "names for what `index` gives"},
    {"default", LF_OPTION_STRING, AT(fallback), .doc = "the name where mappings has none"},
    {"when", LF_OPTION_MAP, AT(when), .doc = "a condition: the rule is for the events that meet it"},
};
static const LfOptionTable index_table = {LF_OPTION_TABLE_OF(index_rows)};

static const LfOption pipeline_rows[] = {
    {"pipeline", LF_OPTION_STRING, LF_OPTION_REQUIRED, AT(value), .doc = "the pipeline, with %{[field]} and %{+date}"},
    {"mappings", LF_OPTION_MAP, AT(mappings), .doc = "names for what `pipeline` gives"},
    {"default", LF_OPTION_STRING, AT(fallback), .doc = "the name where mappings has none"},
    {"when", LF_OPTION_MAP, AT(when), .doc = "a condition: the rule is for the events that meet it"},
};
static const LfOptionTable pipeline_table = {LF_OPTION_TABLE_OF(pipeline_rows)};

const char *
lf_es_default_index(LfArena *arena, const char *beat_name, const LfCompat *compat)
{
  return lf_arena_printf(arena, compat->major < 8 ? "%s-%s-%%{+yyyy.MM.dd}" : "%s-%s", beat_name, compat->text).p;
}

static gboolean
add_rule(LfArena *arena, Selector *s, const RuleSettings *settings, LfPlace place, LfNotes *notes, GError **error)
{
  Rule *rule = &s->rules[s->n];
  *rule = (Rule){.mappings = settings->mappings, .fallback = settings->fallback};
  rule->format = lf_formatstring_compile(arena, place, lf_slice_str(settings->value), error);
  if (rule->format == NULL)
    return FALSE;
  if (settings->when != NULL && (rule->when = lf_when_compile(arena, settings->when, notes, error)) == NULL)
    return FALSE;
  s->daily = s->daily && rule->when == NULL && lf_formatstring_is_daily(rule->format);
  s->has_fields = s->has_fields || lf_formatstring_has_fields(rule->format);
  s->n++;
  return TRUE;
}

static gboolean
compile(LfArena *arena, Selector *s, const char *list_name, const LfNode *list, const LfOptionTable *table,
        const char *single, LfPlace place, LfNotes *notes, GError **error)
{
  guint n = list != NULL ? list->n : 0;
  s->rules = lf_arena_alloc_n(arena, n + 1, sizeof *s->rules);
  s->daily = TRUE;
  for (guint i = 0; i < n; i++) {
    const LfNode *node = list->entries[i].node;
    g_autofree char *prefix = g_strdup_printf("output.elasticsearch.%s.%u", list_name, i);
    LfOptionContext context = {.arena = arena, .prefix = lf_arena_dup(arena, lf_slice_str(prefix)).p};
    RuleSettings settings;
    if (node->type != LF_NODE_MAP) {
      g_autofree char *found = lf_node_describe(node);
      return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes maps, not %s", list_name, found);
    }
    if (!lf_options_read(table, node, &context, &settings, error) ||
        !add_rule(arena, s, &settings, node->place, notes, error))
      return FALSE;
  }
  return single == NULL || single[0] == '\0' ||
         add_rule(arena, s, &(RuleSettings){.value = single}, place, notes, error);
}

LfEsTargets *
lf_es_targets_new(LfArena *arena, const LfEsTargetSettings *s, const char *fallback, LfPlace place, LfNotes *notes,
                  GError **error)
{
  LfEsTargets *t = lf_arena_alloc0(arena, sizeof *t);
  const char *index = s->index != NULL && s->index[0] != '\0' ? s->index : fallback;
  t->arena = arena;
  t->day = G_MININT64;
  t->of_input = s->of_input;
  if (!compile(arena, &t->index, "indices", s->indices, &index_table, index, place, notes, error) ||
      !compile(arena, &t->pipeline, "pipelines", s->pipelines, &pipeline_table, s->pipeline, place, notes, error)) {
    lf_es_targets_clear(t);
    return NULL;
  }
  t->of_event = t->index.has_fields;
  return t;
}

static void
clear_rules(Selector *s)
{
  for (guint i = 0; i < s->n; i++)
    lf_when_clear(s->rules[i].when);
  s->n = 0;
}

void
lf_es_targets_clear(LfEsTargets *t)
{
  if (t == NULL)
    return;
  LfBuf *const all[] = {&t->index_text, &t->pipeline_text, &t->new_index, &t->new_pipeline, &t->prefix};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    lf_buf_clear(all[i]);
  clear_rules(&t->index);
  clear_rules(&t->pipeline);
}

/* Beats write indices and pipelines in lower case (Go's strings.ToLower: Unicode). */
static void
lower(LfBuf *text)
{
  gboolean ascii = TRUE;
  for (gsize i = 0; i < text->len; i++) {
    ascii = ascii && (guint8)text->p[i] < 0x80;
    text->p[i] = g_ascii_tolower(text->p[i]);
  }
  if (ascii)
    return;
  g_autofree char *low = g_utf8_strdown(text->p, (gssize)text->len);
  text->len = 0;
  lf_buf_append_str(text, low);
}

/* Whether the event meets the rule's condition. @metadata has what Filebeat's events have in it when they come to the
 * output: their id, and the input's pipeline and index. */
static gboolean
is_for(const Rule *rule, const LfBatch *batch, const LfEvent *e)
{
  const LfSource *source = batch->source;
  LfMember members[3];
  LfObject object = {.cap = G_N_ELEMENTS(members), .members = members};
  const struct {
    LfSlice key;
    LfSlice text;
  } texts[] = {{LF_SLICE_LIT("_id"), e->id},
               {LF_SLICE_LIT("pipeline"), lf_slice_str(source->pipeline_id)},
               {LF_SLICE_LIT("raw_index"), lf_slice_str(source->index)}};
  if (rule->when == NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    if (texts[i].text.len > 0)
      members[object.len++] = (LfMember){
          .key = texts[i].key.p, .key_len = (guint32)texts[i].key.len, .value = lf_value_string(texts[i].text)};
  const LfValue meta = {.type = LF_TYPE_OBJECT, .object = &object};
  return lf_when_check(rule->when, batch->arena, &e->doc, &meta);
}

/* What `mappings` has for the text, and where that is nothing, `default`. */
static void
map_text(const Rule *rule, LfBuf *text)
{
  const LfNodeEntry *to = NULL;
  lower(text); /* as the keys are compared */
  for (guint i = 0; rule->mappings != NULL && to == NULL && i < rule->mappings->n; i++) {
    LfSlice key = rule->mappings->entries[i].key;
    if (key.len == text->len && g_ascii_strncasecmp(key.p, text->p, key.len) == 0)
      to = &rule->mappings->entries[i];
  }
  if (rule->mappings != NULL && rule->mappings->n > 0) {
    text->len = 0;
    lf_buf_append_slice(text, to != NULL ? to->node->text : (LfSlice){0});
  }
  if (text->len == 0)
    lf_buf_append_str(text, rule->fallback != NULL ? rule->fallback : "");
}

/* The first rule that gives a text. A text with a field that is missing is empty, so that `default` stands for it. FALSE:
 * none does. */
static gboolean
select_text(const Selector *s, const LfBatch *batch, const LfEvent *e, LfBuf *out)
{
  for (guint i = 0; i < s->n; i++) {
    const Rule *rule = &s->rules[i];
    out->len = 0;
    if (!is_for(rule, batch, e))
      continue;
    lf_formatstring_run(rule->format, batch->arena, &e->doc, NULL, e->timestamp_ms, out);
    map_text(rule, out);
    lower(out);
    if (out->len > 0)
      return TRUE;
  }
  out->len = 0;
  return FALSE;
}

static Input *
add_input(LfEsTargets *t, const LfSource *source)
{
  g_autoptr(GError) error = NULL;
  Input *input = lf_arena_alloc0(t->arena, sizeof *input);
  input->source = source;
  input->next = t->inputs;
  t->inputs = input;
  if (source->index != NULL && source->index[0] != '\0') {
    input->raw = lf_formatstring_compile(t->arena, (LfPlace){0}, lf_slice_str(source->index), &error);
    if (input->raw == NULL)
      lf_log_warning("output", "input %s: index: %s; the output's index is taken", source->input_id, error->message);
    else
      t->of_event = t->of_event || lf_formatstring_has_fields(input->raw);
  }
  if (t->of_input && source->pipeline_id != NULL && source->pipeline_id[0] != '\0') {
    g_clear_error(&error);
    input->pipeline = lf_formatstring_compile(t->arena, (LfPlace){0}, lf_slice_str(source->pipeline_id), &error);
    if (input->pipeline == NULL)
      lf_log_warning("output", "input %s: pipeline: %s; the output's pipeline is taken", source->input_id,
                     error->message);
  }
  input->daily = t->pipeline.daily && (input->pipeline == NULL || lf_formatstring_is_daily(input->pipeline)) &&
                 (input->raw != NULL ? lf_formatstring_is_daily(input->raw) : t->index.daily);
  return input;
}

/* A batch of another input than the last one. */
static void
set_input(LfEsTargets *t, const LfSource *source)
{
  Input *input = t->inputs;
  while (input != NULL && input->source != source)
    input = input->next;
  t->input = input != NULL ? input : add_input(t, source);
  t->day = G_MININT64;
}

static void
make_prefix(LfEsTargets *t)
{
  t->prefix.len = 0;
  lf_buf_append_str(&t->prefix, "{\"create\":{\"_index\":");
  lf_json_write_string(&t->prefix, lf_buf_slice(&t->index_text));
  if (t->pipeline_text.len == 0)
    return;
  lf_buf_append_str(&t->prefix, ",\"pipeline\":");
  lf_json_write_string(&t->prefix, lf_buf_slice(&t->pipeline_text));
}

static gboolean
make_index(LfEsTargets *t, const LfBatch *batch, const LfEvent *e)
{
  LfBuf *out = &t->new_index;
  out->len = 0;
  if (e->index.len > 0) { /* as the pipeline wrote it */
    lf_buf_append_slice(out, e->index);
    t->of_event = TRUE;
    return TRUE;
  }
  if (t->input->raw == NULL)
    return select_text(&t->index, batch, e, out);
  gboolean ok = lf_formatstring_run(t->input->raw, batch->arena, &e->doc, NULL, e->timestamp_ms, out);
  lower(out);
  return ok && out->len > 0;
}

/* The input's own pipeline goes before the output's, as in Beats. A dead letter goes through none again: sources of such
 * have no other events. */
static void
make_pipeline(LfEsTargets *t, const LfBatch *batch, const LfEvent *e)
{
  LfBuf *out = &t->new_pipeline;
  out->len = 0;
  if (batch->ticket != NULL && batch->ticket->dead_row != 0)
    return;
  if (t->input->pipeline == NULL ||
      !lf_formatstring_run(t->input->pipeline, batch->arena, &e->doc, NULL, e->timestamp_ms, out) || out->len == 0)
    select_text(&t->pipeline, batch, e, out);
}

gboolean
lf_es_target(LfEsTargets *t, const LfBatch *batch, const LfEvent *e, LfSlice *prefix, const char **why)
{
  gint64 day = e->timestamp_ms / DAY_MS - (e->timestamp_ms % DAY_MS < 0);
  if (t->input == NULL || batch->source != t->input->source)
    set_input(t, batch->source);
  if (day != t->day || !t->input->daily || e->index.len > 0) {
    if (!make_index(t, batch, e)) {
      *why = "index: a field of it is missing in the event";
      return FALSE;
    }
    make_pipeline(t, batch, e);
    if (t->prefix.len == 0 || !lf_slice_equal(lf_buf_slice(&t->new_index), lf_buf_slice(&t->index_text)) ||
        !lf_slice_equal(lf_buf_slice(&t->new_pipeline), lf_buf_slice(&t->pipeline_text))) {
      LfBuf index = t->index_text, pipeline = t->pipeline_text;
      t->index_text = t->new_index;
      t->pipeline_text = t->new_pipeline;
      t->new_index = index;
      t->new_pipeline = pipeline;
      make_prefix(t);
    }
    t->day = e->index.len > 0 ? G_MININT64 : day;
  }
  *prefix = lf_buf_slice(&t->prefix);
  return TRUE;
}

gboolean
lf_es_targets_of_event(const LfEsTargets *t)
{
  return t->of_event;
}
