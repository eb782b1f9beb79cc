/* Events of CloudWatch Logs become documents, as Filebeat of the chosen version writes them. */
#include "input/cwl_event.h"

#include "base/clock.h"
#include "base/log.h"
#include "value/json_write.h"
#include "value/path.h"

/* The parts of an event that differ from one to the next are filled in; the rest is shared by all. */
struct LfCwlEventMaker {
  int major;
  LfValue event_tail; /* module and dataset, members of `event` */
  LfValue tail;       /* the shared top-level members, in their order */
  LfValue overlay;    /* members of a user's fields that each event has itself: merged over them */
};

static LfValue
text(const char *s)
{
  return lf_value_string(lf_slice_str(s));
}

static LfValue *
child_object(LfArena *arena, LfValue *parent, const char *key)
{
  LfValue *v = lf_object_get_str(parent, key);
  if (lf_value_is(v, LF_TYPE_OBJECT))
    return v;
  return lf_object_set_static(arena, parent, key, lf_value_object(arena, 4));
}

static void
set_text(LfArena *arena, LfValue *object, const char *key, const char *value)
{
  lf_object_set_static(arena, object, key, text(value));
}

/* Adds the members of `from` to `to` as MapStr.DeepUpdate does: maps are merged, all else is replaced. */
static void
deep_update(LfArena *arena, LfValue *to, const LfValue *from, int depth)
{
  for (guint32 i = 0; i < from->object->len && depth < LF_DEPTH_MAX; i++) {
    const LfMember *m = &from->object->members[i];
    LfSlice key = lf_slice(m->key, m->key_len);
    LfValue *mine = lf_object_get(to, key);
    if (lf_value_is(mine, LF_TYPE_OBJECT) && m->value.type == LF_TYPE_OBJECT)
      deep_update(arena, mine, &m->value, depth + 1);
    else
      lf_object_set(arena, to, key, lf_value_clone(arena, &m->value));
  }
}

/* A configuration's fields with their dotted keys expanded, as a tree. */
static LfValue
fields_value(LfArena *arena, const LfNode *fields)
{
  LfValue flat = lf_node_to_value(arena, fields), tree = lf_value_object(arena, 4);
  for (guint32 i = 0; i < flat.object->len; i++) {
    LfMember *m = &flat.object->members[i];
    LfPath path;
    if (!lf_path_parse(arena, lf_slice(m->key, m->key_len), &path) || !lf_path_set(arena, &tree, &path, m->value, NULL))
      lf_object_set(arena, &tree, lf_slice(m->key, m->key_len), m->value);
  }
  return tree;
}

static void
add_fields(LfArena *arena, LfValue *doc, const LfNode *fields, const char *target, gboolean under_root)
{
  if (fields == NULL || fields->type != LF_NODE_MAP)
    return;
  LfValue tree = fields_value(arena, fields);
  if (!under_root && target[0] != '\0') {
    LfPath path;
    LfValue holder = lf_value_object(arena, 1);
    if (lf_path_parse(arena, lf_slice_str(target), &path) && lf_path_set(arena, &holder, &path, tree, NULL))
      tree = holder;
  }
  deep_update(arena, doc, &tree, 0);
}

static void
add_tags(LfArena *arena, LfValue *doc, const LfConfig *config, const LfInputCommon *common)
{
  if (config->tags.n + common->tags.n == 0)
    return;
  LfValue tags = lf_value_array(arena, config->tags.n + common->tags.n);
  const LfStrings *const both[] = {&config->tags, &common->tags};
  for (gsize k = 0; k < G_N_ELEMENTS(both); k++)
    for (guint i = 0; i < both[k]->n; i++)
      lf_array_push(arena, &tags, text(both[k]->items[i]));
  lf_object_set_static(arena, doc, "tags", tags);
}

static void
add_agent(LfArena *arena, LfValue *doc, const LfConfig *config, const LfAgent *agent)
{
  LfValue *a = child_object(arena, doc, "agent");
  set_text(arena, a, "id", agent->agent_id);
  set_text(arena, a, "name", agent->name);
  set_text(arena, a, "type", "filebeat");
  set_text(arena, a, "version", config->compat.text);
  if (config->compat.major < 8)
    set_text(arena, a, "hostname", agent->hostname);
  set_text(arena, a, "ephemeral_id", agent->ephemeral_id);
}

/* Takes nulls out, as libbeat does before an event leaves unless keep_null is set. */
static void
drop_nulls(LfValue *object, int depth)
{
  for (guint32 i = 0; i < object->object->len && depth < LF_DEPTH_MAX;) {
    LfMember *m = &object->object->members[i];
    if (m->value.type == LF_TYPE_NULL) {
      lf_object_remove(object, lf_slice(m->key, m->key_len));
      continue;
    }
    if (m->value.type == LF_TYPE_OBJECT)
      drop_nulls(&m->value, depth + 1);
    i++;
  }
}

/* What all events of the input share, in the order of libbeat's pipeline: the input's own fields, then general fields
 * and tags, then add_fields, then agent and host. */
static void
build_shared(LfArena *arena, LfValue *doc, const LfConfig *config, const LfCwlSettings *s, const LfAgent *agent,
             const char *region)
{
  const LfInputCommon *common = &s->common;
  LfValue *cloud = child_object(arena, doc, "cloud");
  set_text(arena, cloud, "provider", "aws");
  set_text(arena, cloud, "region", region);
  if (common->fileset_name != NULL)
    set_text(arena, child_object(arena, doc, "fileset"), "name", common->fileset_name);
  if (common->service_type != NULL)
    set_text(arena, child_object(arena, doc, "service"), "type", common->service_type);
  set_text(arena, child_object(arena, doc, "input"), "type", "aws-cloudwatch");
  add_fields(arena, doc, config->fields, "fields", config->fields_under_root);
  add_fields(arena, doc, common->fields, "fields", common->fields_under_root);
  add_tags(arena, doc, config, common);
  for (guint i = 0; i < common->n_add_fields; i++)
    add_fields(arena, doc, common->add_fields[i].fields, common->add_fields[i].target, FALSE);
  if (lf_object_get_str(doc, "ecs") == NULL)
    set_text(arena, child_object(arena, doc, "ecs"), "version", config->compat.major < 8 ? "1.12.0" : "8.0.0");
  if (!common->disable_host)
    set_text(arena, child_object(arena, doc, "host"), "name", agent->name);
  add_agent(arena, doc, config, agent);
  if (!common->keep_null)
    drop_nulls(doc, 0);
}

/* Keeps each shared object's JSON, so that an event that no step touches there is written by copying. */
static void
keep_json(LfArena *arena, LfValue *doc)
{
  for (guint32 i = 0; i < doc->object->len; i++) {
    LfValue *v = &doc->object->members[i].value;
    if (v->type != LF_TYPE_OBJECT)
      continue;
    g_auto(LfBuf) json = {0};
    lf_json_write(&json, v);
    v->object->json = lf_arena_dup(arena, lf_buf_slice(&json));
  }
}

/* Moves what would meet a member of the event itself from the tail to the overlay. */
static void
split_overlay(LfArena *arena, LfCwlEventMaker *maker)
{
  static const char *const own[] = {"@timestamp",    "@metadata", "message", "log",
                                    "log.file.path", "event",     "aws",     "awscloudwatch"};
  maker->overlay = lf_value_object(arena, 2);
  for (gsize i = 0; i < G_N_ELEMENTS(own); i++) {
    LfValue *v = lf_object_get_str(&maker->tail, own[i]);
    if (v == NULL)
      continue;
    if (own[i][0] != '@') /* an event's time and metadata are not a user's */
      lf_object_set_static(arena, &maker->overlay, own[i], *v);
    lf_object_remove(&maker->tail, lf_slice_str(own[i]));
  }
}

LfCwlEventMaker *
lf_cwl_event_maker_new(LfArena *arena, const LfConfig *config, const LfCwlSettings *settings, const LfAgent *agent,
                       const char *region)
{
  LfCwlEventMaker *maker = lf_arena_alloc0(arena, sizeof *maker);
  maker->major = config->compat.major;
  maker->tail = lf_value_object(arena, 12);
  maker->event_tail = lf_value_object(arena, 2);
  build_shared(arena, &maker->tail, config, settings, agent, region);
  if (settings->common.module_name != NULL) {
    LfSlice dataset = lf_arena_printf(arena, "%s.%s", settings->common.module_name,
                                      settings->common.fileset_name != NULL ? settings->common.fileset_name : "");
    set_text(arena, &maker->event_tail, "module", settings->common.module_name);
    lf_object_set_static(arena, &maker->event_tail, "dataset", lf_value_string(dataset));
  }
  split_overlay(arena, maker);
  keep_json(arena, &maker->tail);
  lf_value_share(&maker->tail);
  return maker;
}

static LfValue
time_value(LfArena *arena, gint64 ms, gboolean whole_seconds)
{
  char buf[LF_TIME_TEXT];
  if (whole_seconds)
    ms = ms / 1000 * 1000;
  LfValue v = lf_value_string_dup(arena, lf_slice(buf, lf_clock_format_ms(ms, buf)));
  v.flags = LF_VALUE_PLAIN;
  return v;
}

/* An event of the API, checked: borrowed from the page. */
typedef struct {
  LfValue *message;
  LfSlice id;
  LfSlice stream;
  gint64 timestamp_ms;
  gint64 ingestion_ms;
} Raw;

static gboolean
read_raw(LfArena *arena, LfValue *v, Raw *out)
{
  LfValue *id = lf_object_get_str(v, "eventId"), *stream = lf_object_get_str(v, "logStreamName");
  LfValue *time = lf_object_get_str(v, "timestamp"), *ingestion = lf_object_get_str(v, "ingestionTime");
  out->message = lf_object_get_str(v, "message");
  if (!lf_value_is(id, LF_TYPE_STRING) || id->len == 0 || !lf_value_is(out->message, LF_TYPE_STRING) || time == NULL ||
      !lf_value_as_int(time, &out->timestamp_ms))
    return FALSE;
  out->id = lf_value_text(arena, id);
  out->stream = lf_value_is(stream, LF_TYPE_STRING) ? lf_value_text(arena, stream) : LF_SLICE_LIT("");
  if (ingestion == NULL || !lf_value_as_int(ingestion, &out->ingestion_ms))
    out->ingestion_ms = out->timestamp_ms;
  return TRUE;
}

static LfValue
cloudwatch_value(LfArena *arena, const Raw *raw, LfSlice log_group, gboolean whole_seconds)
{
  LfValue v = lf_value_object(arena, 3);
  lf_object_set_static(arena, &v, "log_group", lf_value_string(log_group));
  lf_object_set_static(arena, &v, "log_stream", lf_value_string(raw->stream));
  lf_object_set_static(arena, &v, "ingestion_time", time_value(arena, raw->ingestion_ms, whole_seconds));
  return v;
}

static LfSlice
joined(LfArena *arena, LfSlice group, LfSlice stream)
{
  char *p = lf_arena_alloc(arena, group.len + 1 + stream.len);
  memcpy(p, group.p, group.len);
  p[group.len] = '/';
  if (stream.len > 0)
    memcpy(p + group.len + 1, stream.p, stream.len);
  return lf_slice(p, group.len + 1 + stream.len);
}

static void
set_path_field(LfArena *arena, LfValue *doc, int major, LfSlice path)
{
  if (major < 8) {
    lf_object_set_static(arena, doc, "log.file.path", lf_value_string(path));
    return;
  }
  LfValue log = lf_value_object(arena, 1), file = lf_value_object(arena, 1);
  lf_object_set_static(arena, &file, "path", lf_value_string(path));
  lf_object_set_static(arena, &log, "file", file);
  lf_object_set_static(arena, doc, "log", log);
}

static void
fill_event(const LfCwlEventMaker *maker, LfArena *arena, LfEvent *e, const Raw *raw, LfSlice log_group,
           LfValue ingested)
{
  gboolean old = maker->major < 8;
  LfValue doc = lf_value_object(arena, maker->tail.object->len + 8);
  e->id = raw->id;
  e->timestamp_ms = old ? raw->timestamp_ms / 1000 * 1000 : raw->timestamp_ms;
  lf_object_set_static(arena, &doc, "@timestamp", time_value(arena, e->timestamp_ms, FALSE));
  lf_object_set_static(arena, &doc, "message", *raw->message);
  set_path_field(arena, &doc, maker->major, joined(arena, log_group, raw->stream));
  LfValue event = lf_value_object(arena, 4);
  lf_object_set_static(arena, &event, "id", lf_value_string(raw->id));
  lf_object_set_static(arena, &event, "ingested", ingested);
  for (guint32 i = 0; i < maker->event_tail.object->len; i++) {
    const LfMember *m = &maker->event_tail.object->members[i];
    lf_object_set_static(arena, &event, m->key, m->value);
  }
  lf_object_set_static(arena, &doc, "event", event);
  if (maker->major >= 8) {
    LfValue aws = lf_value_object(arena, 1);
    lf_object_set_static(arena, &aws, "cloudwatch", cloudwatch_value(arena, raw, log_group, FALSE));
    lf_object_set_static(arena, &doc, "aws", aws);
  }
  if (maker->major <= 8)
    lf_object_set_static(arena, &doc, "awscloudwatch", cloudwatch_value(arena, raw, log_group, old));
  memcpy(doc.object->members + doc.object->len, maker->tail.object->members,
         maker->tail.object->len * sizeof(LfMember));
  doc.object->len += maker->tail.object->len;
  if (maker->overlay.object->len > 0)
    deep_update(arena, &doc, &maker->overlay, 0);
  e->doc = doc;
}

static void
say_malformed(LfBatch *batch, LfValue *v, const char *group_name)
{
  g_auto(LfBuf) json = {0};
  lf_json_write(&json, v);
  lf_log_warning("input", "%s: log group %s: an event without id, timestamp or message is left out: %.*s",
                 batch->source->input_id, group_name, (int)MIN(json.len, 300), json.p);
}

void
lf_cwl_event_fill(LfCwlEventMaker *maker, LfBatch *batch, LfValue *events, const LfCwlFilling *f,
                  LfCwlPageCounts *counts)
{
  LfTicket *t = batch->ticket;
  LfArena *arena = batch->arena;
  guint32 n = events->array->len;
  LfSlice shown = lf_slice_str(maker->major < 8 ? f->group_name : f->log_group);
  LfValue ingested = time_value(arena, f->now_ms, FALSE);
  *counts = (LfCwlPageCounts){.read = n, .min_ms = G_MAXINT64, .max_ms = G_MININT64};
  lf_batch_set_events(batch, n);
  batch->n_events = 0;
  t->ids = g_new(LfHash128, MAX(n, 1));
  t->min_ms = G_MAXINT64;
  t->max_ms = G_MININT64;
  for (guint32 i = 0; i < n; i++) {
    Raw raw;
    if (!read_raw(arena, &events->array->items[i], &raw)) {
      counts->malformed++;
      say_malformed(batch, &events->array->items[i], f->group_name);
      continue;
    }
    if (raw.timestamp_ms < f->start_ms || raw.timestamp_ms > f->end_ms) {
      counts->outside++;
      continue;
    }
    counts->min_ms = MIN(counts->min_ms, raw.timestamp_ms);
    counts->max_ms = MAX(counts->max_ms, raw.timestamp_ms);
    LfHash128 id = lf_hash128(f->key, raw.id);
    if (!lf_ids_add(f->ids, id)) {
      counts->known++;
      continue;
    }
    if (raw.timestamp_ms < f->late_before_ms) {
      counts->late++;
      counts->last_late_ms = f->aws_now_ms - raw.timestamp_ms;
    }
    t->ids[t->n_ids++] = id;
    t->min_ms = MIN(t->min_ms, raw.timestamp_ms);
    t->max_ms = MAX(t->max_ms, raw.timestamp_ms);
    fill_event(maker, arena, &batch->events[batch->n_events++], &raw, shown, ingested);
  }
}
