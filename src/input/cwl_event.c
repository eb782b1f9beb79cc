/* Events of CloudWatch Logs become documents, as Filebeat of the chosen version writes them. */
#include "input/cwl_event.h"

#include "base/clock.h"
#include "base/log.h"
#include "value/json_read.h"
#include "value/json_write.h"
#include "value/path.h"

/* What each event has at the same place, in the order of Filebeat's documents. */
enum { AT_TIMESTAMP, AT_MESSAGE, AT_LOG, AT_EVENT, AT_CLOUDWATCH };
enum { AT_EVENT_ID, AT_EVENT_INGESTED };
enum { AT_LOG_GROUP, AT_LOG_STREAM, AT_INGESTION_TIME };

/* A document and its `event` with nothing in the places of what differs from one to the next: an event's are copies. */
struct LfCwlEventMaker {
  int major;
  LfValue event;      /* id and ingested, then module and dataset */
  LfValue frame;      /* the places above, one or two for CloudWatch's fields, then the shared members */
  guint n_cloudwatch; /* `aws`, `awscloudwatch`, or both */
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
    if (lf_value_is(mine, LF_TYPE_OBJECT) && m->value.type == LF_TYPE_OBJECT) {
      lf_value_make_writable(arena, mine);
      deep_update(arena, mine, &m->value, depth + 1);
    } else {
      lf_object_set(arena, to, key, lf_value_clone(arena, &m->value));
    }
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

/* Keeps a shared object's JSON, so that an event that no step touches there is written by copying. */
static void
keep_json(LfArena *arena, LfValue *v, LfBuf *scratch)
{
  scratch->len = 0;
  lf_json_write(scratch, v);
  v->object->json = lf_arena_dup(arena, lf_buf_slice(scratch));
}

static void
keep_all_json(LfArena *arena, LfValue *doc)
{
  g_auto(LfBuf) scratch = {0};
  for (guint32 i = 0; i < doc->object->len; i++)
    if (doc->object->members[i].value.type == LF_TYPE_OBJECT)
      keep_json(arena, &doc->object->members[i].value, &scratch);
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

static void
add_members(LfValue *to, const LfValue *from)
{
  memcpy(to->object->members + to->object->len, from->object->members, from->object->len * sizeof(LfMember));
  to->object->len += from->object->len;
}

static void
build_frames(LfArena *arena, LfCwlEventMaker *maker, const LfInputCommon *common)
{
  LfValue nothing = lf_value_null();
  maker->event = lf_value_object(arena, 4);
  lf_object_set_static(arena, &maker->event, "id", nothing);
  lf_object_set_static(arena, &maker->event, "ingested", nothing);
  if (common->module_name != NULL) {
    LfSlice dataset =
        lf_arena_printf(arena, "%s.%s", common->module_name, common->fileset_name != NULL ? common->fileset_name : "");
    set_text(arena, &maker->event, "module", common->module_name);
    lf_object_set_static(arena, &maker->event, "dataset", lf_value_string(dataset));
  }
  maker->frame = lf_value_object(arena, AT_CLOUDWATCH + 2 + maker->tail.object->len);
  lf_object_set_static(arena, &maker->frame, "@timestamp", nothing);
  lf_object_set_static(arena, &maker->frame, "message", nothing);
  lf_object_set_static(arena, &maker->frame, maker->major < 8 ? "log.file.path" : "log", nothing);
  lf_object_set_static(arena, &maker->frame, "event", nothing);
  if (maker->major >= 8)
    lf_object_set_static(arena, &maker->frame, "aws", nothing);
  if (maker->major <= 8)
    lf_object_set_static(arena, &maker->frame, "awscloudwatch", nothing);
  maker->n_cloudwatch = maker->frame.object->len - AT_CLOUDWATCH;
  guint32 first = maker->frame.object->len;
  add_members(&maker->frame, &maker->tail);
  maker->frame.object->run = lf_json_run(arena, maker->frame.object, first);
  maker->event.object->run = lf_json_run(arena, maker->event.object, AT_EVENT_INGESTED + 1);
}

LfCwlEventMaker *
lf_cwl_event_maker_new(LfArena *arena, const LfConfig *config, const LfCwlSettings *settings, const LfAgent *agent,
                       const char *region)
{
  LfCwlEventMaker *maker = lf_arena_alloc0(arena, sizeof *maker);
  maker->major = config->compat.major;
  maker->tail = lf_value_object(arena, 12);
  build_shared(arena, &maker->tail, config, settings, agent, region);
  split_overlay(arena, maker);
  keep_all_json(arena, &maker->tail);
  lf_value_share(&maker->tail);
  build_frames(arena, maker, &settings->common);
  return maker;
}

/* What a batch's documents are made of. */
typedef struct {
  const LfCwlEventMaker *maker;
  const LfLogsEvent *events;
  LfSlice log_group; /* as it is shown in events */
  gint64 now_ms;
} Making;

/* The fields of a stream, made once for the events of one batch that have them in common; and those of its last time of
 * ingestion, which CloudWatch gives to all events of a PutLogEvents call. */
typedef struct {
  const char *stream; /* its address is its name: see LfLogsEvent */
  LfValue log;
  gint64 ingestion_ms;
  LfValue cloudwatch[2];
} Stream;

enum { STREAMS = 64 };

/* A batch under way. */
typedef struct {
  const Making *making;
  LfArena *arena;
  LfBuf scratch;
  gint64 day; /* whose text `time` is; the next time is nearly always of the same */
  gsize time_len;
  char time[LF_TIME_TEXT];
  Stream streams[STREAMS];
} Work;

static LfValue
plain_text(LfArena *arena, const char *text, gsize len)
{
  LfValue v = lf_value_string_dup(arena, lf_slice(text, len));
  v.flags = LF_VALUE_PLAIN;
  return v;
}

static void
put_two(char *p, guint n)
{
  p[0] = (char)('0' + n / 10);
  p[1] = (char)('0' + n % 10);
}

/* lf_clock_format_ms for many times that lie together: only what is within the day is written anew. */
static LfValue
time_value(Work *w, gint64 ms)
{
  enum { DAY_MS = 24 * 3600 * 1000, LEN = 24 /* 2006-01-02T15:04:05.999Z */, CLOCK_AT = 11 };
  if (ms < 0 || w->time_len != LEN || ms / DAY_MS != w->day) {
    w->day = ms < 0 ? -1 : ms / DAY_MS;
    w->time_len = lf_clock_format_ms(ms, w->time);
  } else {
    guint rest = (guint)(ms % DAY_MS), fraction = rest % 1000, second = rest / 1000;
    char *p = w->time + CLOCK_AT;
    put_two(p, second / 3600);
    put_two(p + 3, second / 60 % 60);
    put_two(p + 6, second % 60);
    p[9] = (char)('0' + fraction / 100);
    put_two(p + 10, fraction % 100);
  }
  return plain_text(w->arena, w->time, w->time_len);
}

static LfValue
log_value(Work *w, const LfLogsEvent *raw)
{
  LfArena *arena = w->arena;
  LfSlice group = w->making->log_group;
  char *p = lf_arena_alloc(arena, group.len + 1 + raw->stream_len);
  memcpy(p, group.p, group.len);
  p[group.len] = '/';
  memcpy(p + group.len + 1, raw->stream, raw->stream_len);
  LfValue path = lf_value_string(lf_slice(p, group.len + 1 + raw->stream_len));
  if (w->making->maker->major < 8)
    return path;
  LfValue log = lf_value_object(arena, 1), file = lf_value_object(arena, 1);
  lf_object_set_static(arena, &file, "path", path);
  lf_object_set_static(arena, &log, "file", file);
  keep_json(arena, &log, &w->scratch);
  lf_value_share(&log);
  return log;
}

static LfValue
cloudwatch_value(Work *w, const LfLogsEvent *raw, gint64 ingestion_ms)
{
  LfArena *arena = w->arena;
  LfValue v = lf_value_object(arena, 3), stream = lf_value_string(lf_slice(raw->stream, raw->stream_len));
  stream.flags = raw->stream_flags;
  lf_object_set_static(arena, &v, "log_group", lf_value_string(w->making->log_group));
  lf_object_set_static(arena, &v, "log_stream", stream);
  lf_object_set_static(arena, &v, "ingestion_time", time_value(w, ingestion_ms)); /* the last: see with_time */
  keep_json(arena, &v, &w->scratch);
  return v;
}

/* `aws` and `awscloudwatch`, as far as this version of Filebeat has them. */
static void
fill_cloudwatch(Work *w, const LfLogsEvent *raw, LfValue out[2])
{
  int major = w->making->maker->major;
  guint n = 0;
  if (major < 8) {
    out[n++] = cloudwatch_value(w, raw, raw->ingestion_ms / 1000 * 1000);
  } else {
    LfValue fields = cloudwatch_value(w, raw, raw->ingestion_ms), aws = lf_value_object(w->arena, 1);
    lf_object_set_static(w->arena, &aws, "cloudwatch", fields);
    keep_json(w->arena, &aws, &w->scratch);
    out[n++] = aws;
    if (major == 8)
      out[n++] = fields;
  }
  for (guint i = 0; i < n; i++)
    lf_value_share(&out[i]);
}

/* An object with the same members. */
static LfValue
copy_of(LfArena *arena, const LfValue *frame)
{
  LfValue v = lf_value_object(arena, frame->object->len);
  memcpy(v.object->members, frame->object->members, frame->object->len * sizeof(LfMember));
  v.object->len = frame->object->len;
  v.object->run = frame->object->run;
  return v;
}

/* The object of an earlier event with another value in one place, which stands `behind` bytes before the end of its JSON as
 * the text `time`. */
static LfValue
with_time(Work *w, const LfValue *old, guint32 at, LfValue value, LfSlice time, gsize behind)
{
  LfValue v = copy_of(w->arena, old);
  LfSlice json = old->object->json;
  char *p = lf_arena_alloc(w->arena, json.len);
  memcpy(p, json.p, json.len - behind - time.len);
  memcpy(p + json.len - behind - time.len, time.p, time.len);
  memcpy(p + json.len - behind, json.p + json.len - behind, behind);
  v.object->json = lf_slice(p, json.len);
  v.object->members[at].value = value;
  v.flags = old->flags;
  return v;
}

/* As fill_cloudwatch for a stream's next time of ingestion. Returns: FALSE where its text has another length than the one
 * before. */
static gboolean
change_cloudwatch(Work *w, gint64 ingestion_ms, LfValue out[2])
{
  int major = w->making->maker->major;
  LfValue *aws = major >= 8 ? &out[0] : NULL, *fields = major >= 8 ? &aws->object->members[0].value : &out[0];
  LfValue time = time_value(w, major < 8 ? ingestion_ms / 1000 * 1000 : ingestion_ms);
  LfSlice text = lf_slice(time.s, time.len);
  if (time.len != fields->object->members[AT_INGESTION_TIME].value.len)
    return FALSE;
  LfValue changed = with_time(w, fields, AT_INGESTION_TIME, time, text, strlen("\"}"));
  out[0] = aws != NULL ? with_time(w, aws, 0, changed, text, strlen("\"}}")) : changed;
  if (major == 8)
    out[1] = changed;
  return TRUE;
}

static const Stream *
stream_fields(Work *w, const LfLogsEvent *raw)
{
  Stream *s = &w->streams[(guint32)(GPOINTER_TO_SIZE(raw->stream) * 0x9e3779b1u) >> 26];
  gboolean is_new = s->stream != raw->stream;
  if (is_new) {
    s->stream = raw->stream;
    s->log = log_value(w, raw);
  }
  if (!is_new && s->ingestion_ms == raw->ingestion_ms)
    return s;
  if (is_new || !change_cloudwatch(w, raw->ingestion_ms, s->cloudwatch))
    fill_cloudwatch(w, raw, s->cloudwatch);
  s->ingestion_ms = raw->ingestion_ms;
  return s;
}

static void
make_event(Work *w, const LfLogsEvent *raw, LfValue ingested, LfEvent *e)
{
  const LfCwlEventMaker *maker = w->making->maker;
  const Stream *stream = stream_fields(w, raw);
  LfValue doc = copy_of(w->arena, &maker->frame), event = copy_of(w->arena, &maker->event);
  LfMember *m = doc.object->members;
  e->id = lf_slice(raw->id, raw->id_len);
  e->timestamp_ms = maker->major < 8 ? raw->timestamp_ms / 1000 * 1000 : raw->timestamp_ms;
  m[AT_TIMESTAMP].value = time_value(w, e->timestamp_ms);
  m[AT_MESSAGE].value =
      (LfValue){.type = LF_TYPE_STRING, .flags = raw->message_flags, .len = raw->message_len, .s = raw->message};
  m[AT_LOG].value = stream->log;
  event.object->members[AT_EVENT_ID].value =
      (LfValue){.type = LF_TYPE_STRING, .flags = raw->id_flags, .len = raw->id_len, .s = raw->id};
  event.object->members[AT_EVENT_INGESTED].value = ingested;
  m[AT_EVENT].value = event;
  for (guint i = 0; i < maker->n_cloudwatch; i++)
    m[AT_CLOUDWATCH + i].value = stream->cloudwatch[i];
  if (maker->overlay.object->len > 0)
    deep_update(w->arena, &doc, &maker->overlay, 0);
  e->doc = doc;
}

static void
make_events(LfBatch *batch, const void *data)
{
  Work w = {.making = data, .arena = batch->arena};
  LfValue ingested = time_value(&w, w.making->now_ms);
  lf_batch_set_events(batch, batch->n_events);
  for (guint i = 0; i < batch->n_events; i++)
    make_event(&w, &w.making->events[i], ingested, &batch->events[i]);
  lf_buf_clear(&w.scratch);
}

void
lf_cwl_event_say_hidden(LfLogLimit *malformed, const char *input_id, gint64 now_ms)
{
  guint64 hidden = lf_log_limit_end(malformed, now_ms);
  if (hidden > 0)
    lf_log_warning("input",
                   "%s: %" G_GUINT64_FORMAT
                   " more events without id, timestamp or message were left out, which are not "
                   "shown (those that are read again are counted again)",
                   input_id, hidden);
}

static void
say_malformed(const char *input_id, const LfLogsEvent *raw, const LfCwlFilling *f)
{
  if (!lf_log_limit_take(f->malformed, f->now_ms))
    return;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) json = {0};
  LfValue v;
  g_assert(lf_json_read_copy(arena, lf_slice(raw->message, raw->message_len), &v, NULL)); /* it was read once */
  lf_json_write(&json, &v);
  lf_log_warning("input", "%s: log group %s: an event without id, timestamp or message is left out: %.*s", input_id,
                 f->group_name, (int)MIN(json.len, 300), json.p);
}

/* Leaves out what is malformed or not of the window; the others move to the front. Returns: their number. */
static guint
choose_by_time(LfLogsPage *page, const LfCwlFilling *f, const char *input_id, LfCwlPageCounts *counts)
{
  guint n = 0;
  lf_cwl_event_say_hidden(f->malformed, input_id, f->now_ms);
  for (guint i = 0; i < page->n_events; i++) {
    const LfLogsEvent *raw = &page->events[i];
    gint64 ms = raw->timestamp_ms;
    if (raw->malformed) {
      counts->malformed++;
      say_malformed(input_id, raw, f);
    } else if (ms < f->start_ms || ms > f->end_ms) {
      counts->outside++;
    } else {
      counts->min_ms = MIN(counts->min_ms, ms);
      counts->max_ms = MAX(counts->max_ms, ms);
      if (n < i)
        page->events[n] = *raw;
      n++;
    }
  }
  return n;
}

static inline LfSlice
id_of(const LfLogsEvent *raw)
{
  return lf_slice(raw->id, raw->id_len);
}

/* The hash of an event's id, and of the next one's. */
static void
hash_two(const LfLogsPage *page, guint i, guint n, const LfCwlFilling *f, LfHash128 *ids)
{
  if (i + 1 < n)
    lf_hash128_pair(f->key, id_of(&page->events[i]), id_of(&page->events[i + 1]), ids + i);
  else
    ids[i] = lf_hash128(f->key, id_of(&page->events[i]));
  for (guint k = i; k < MIN(i + 2, n); k++)
    lf_ids_expect(f->ids, ids[k]);
}

guint
lf_cwl_event_choose(LfLogsPage *page, const LfCwlFilling *f, const char *input_id, LfHash128 *ids,
                    LfCwlPageCounts *counts)
{
  enum { AHEAD = 8 }; /* places of the set are far apart in memory: so many are fetched at the same time */
  *counts = (LfCwlPageCounts){.read = page->n_events, .min_ms = G_MAXINT64, .max_ms = G_MININT64};
  guint some = choose_by_time(page, f, input_id, counts), n = 0;
  for (guint i = 0; i < some + AHEAD; i++) {
    if (i < some && i % 2 == 0)
      hash_two(page, i, some, f, ids);
    if (i < AHEAD)
      continue;
    const LfLogsEvent *raw = &page->events[i - AHEAD];
    if (!lf_ids_add(f->ids, ids[i - AHEAD])) {
      counts->known++;
      continue;
    }
    if (raw->timestamp_ms < f->late_before_ms) {
      counts->late++;
      counts->last_late_ms = f->aws_now_ms - raw->timestamp_ms;
    }
    ids[n] = ids[i - AHEAD];
    if (n < i - AHEAD)
      page->events[n] = *raw;
    n++;
  }
  return n;
}

LfBatch *
lf_cwl_event_batch(const LfCwlEventMaker *maker, const LfSource *source, LfPage *page, const LfLogsEvent *events,
                   const LfHash128 *ids, guint n, const LfCwlFilling *f)
{
  LfBatch *batch = lf_batch_new(source);
  LfTicket *t = batch->ticket;
  Making *making = lf_arena_alloc(lf_page_arena(page), sizeof *making);
  *making = (Making){maker, events, lf_slice_str(maker->major < 8 ? f->group_name : f->log_group), f->now_ms};
  batch->page = lf_page_ref(page);
  batch->fill = make_events;
  batch->fill_data = making;
  batch->n_events = t->n_ids = n;
  t->ids = g_memdup2(ids, n * sizeof *ids);
  t->min_ms = G_MAXINT64;
  t->max_ms = G_MININT64;
  for (guint i = 0; i < n; i++) {
    t->min_ms = MIN(t->min_ms, events[i].timestamp_ms);
    t->max_ms = MAX(t->max_ms, events[i].timestamp_ms);
  }
  return batch;
}
