/* Answers of FilterLogEvents, read in one pass into records: what every event of the program goes through. */
#include "aws/logs.h"

#include "value/json_read.h"

enum { EVENTS_FIRST = 64, STREAMS = 64 };

/* What is known of the answer so far. The last of equal keys counts, as everywhere. */
typedef struct {
  LfJsonReader json;
  LfLogsPage *page;
  guint cap;
  guint hint; /* so many events the text may have */
  gboolean is_error;
  gboolean has_events;
  gboolean bad_token;
  LfSlice
      streams[STREAMS]; /* names that were met: a place each by its last bytes, so that looking costs the same always */
} Page;

static gboolean
bad_answer(GError **error, const char *what)
{
  g_set_error(error, LF_JSON_ERROR, LF_JSON_ERROR_SYNTAX, "the answer is not what CloudWatch Logs answers: %s", what);
  return FALSE;
}

/* The name as it was met before. */
static LfSlice
same_stream(Page *page, LfSlice name)
{
  guint32 last = 0;
  if (name.len == 0)
    return LF_SLICE_LIT("");
  memcpy(&last, name.p + (name.len > sizeof last ? name.len - sizeof last : 0), MIN(name.len, sizeof last));
  LfSlice *known = &page->streams[(last * 0x9e3779b1u + (guint32)name.len) >> 26];
  if (!lf_slice_equal(*known, name))
    *known = name;
  return *known;
}

/* A member that has to be a string; any other value is only checked, and `*found` is FALSE. */
static gboolean
read_text(Page *page, LfJsonText *out, gboolean *found)
{
  LfJsonReader *json = &page->json;
  lf_json_reader_space(json);
  *found = json->p < json->end && *json->p == '"';
  return *found ? lf_json_reader_string(json, out) : lf_json_reader_skip(json, 3);
}

/* The bytes that a string stands for. */
static LfSlice
unescaped(Page *page, const LfJsonText *text, guint8 *flags)
{
  *flags = text->ascii && !text->escaped ? LF_VALUE_PLAIN : 0;
  return text->escaped ? lf_json_unescape(page->json.arena, text->bytes) : text->bytes;
}

/* A member that has to be a whole number. */
static gboolean
read_time(Page *page, gint64 *out, gboolean *found)
{
  LfJsonReader *json = &page->json;
  LfValue v;
  lf_json_reader_space(json);
  char *p = json->p, *most = json->end - p > 18 ? p + 18 : json->end;
  gint64 ms = 0;
  if (p < most && *p != '0')
    for (guint digit; p < most && (digit = (guint)(guint8)*p - '0') <= 9; p++)
      ms = ms * 10 + digit;
  if (p > json->p && p < json->end && (*p == ',' || *p == '}')) { /* nearly always */
    json->p = p;
    *out = ms;
    *found = TRUE;
    return TRUE;
  }
  *found = FALSE;
  if (json->p < json->end && (*json->p == '-' || g_ascii_isdigit(*json->p))) {
    if (!lf_json_reader_value(json, 3, &v))
      return FALSE;
    *found = lf_value_as_int(&v, out);
    return TRUE;
  }
  return lf_json_reader_skip(json, 3);
}

/* An event's members. */
typedef struct {
  LfLogsEvent *event;
  gboolean has_id;
  gboolean has_message;
  gboolean has_time;
  gboolean has_ingestion;
  guint next; /* the member that is expected: they come in the same order nearly always */
} Event;

static gboolean
read_id(Page *page, Event *e)
{
  LfJsonText text;
  if (!read_text(page, &text, &e->has_id))
    return FALSE;
  if (e->has_id) {
    LfSlice id = unescaped(page, &text, &e->event->id_flags);
    e->has_id = id.len > 0;
    e->event->id = id.p;
    e->event->id_len = (guint32)id.len;
  }
  return TRUE;
}

static gboolean
read_stream(Page *page, Event *e)
{
  LfJsonText text;
  gboolean found;
  if (!read_text(page, &text, &found))
    return FALSE;
  LfSlice name = found ? same_stream(page, unescaped(page, &text, &e->event->stream_flags)) : LF_SLICE_LIT("");
  e->event->stream = name.p;
  e->event->stream_len = (guint32)name.len;
  return TRUE;
}

static gboolean
read_message(Page *page, Event *e)
{
  LfJsonText text;
  if (!read_text(page, &text, &e->has_message))
    return FALSE;
  if (e->has_message) {
    e->event->message = text.bytes.p;
    e->event->message_len = (guint32)text.bytes.len;
    e->event->message_flags = text.escaped ? LF_VALUE_ESCAPED : LF_VALUE_PLAIN;
  }
  return TRUE;
}

static gboolean
read_timestamp(Page *page, Event *e)
{
  return read_time(page, &e->event->timestamp_ms, &e->has_time);
}

static gboolean
read_ingestion(Page *page, Event *e)
{
  return read_time(page, &e->event->ingestion_ms, &e->has_ingestion);
}

static const struct {
  const char *name;
  gsize len;
  gboolean (*read)(Page *page, Event *e);
} members[] = {
#define MEMBER(name, read)                                                                                             \
  {                                                                                                                    \
    name, sizeof(name) - 1, read                                                                                       \
  }
    MEMBER("eventId", read_id),      MEMBER("ingestionTime", read_ingestion), MEMBER("logStreamName", read_stream),
    MEMBER("message", read_message), MEMBER("timestamp", read_timestamp),
};

/* Steps over the key that is expected, where it stands there as it nearly always does. */
static gboolean
skip_expected(LfJsonReader *json, guint i)
{
  const char *p = json->p;
  gsize len = members[i].len;
  if ((gsize)(json->end - p) < len + 3 || p[0] != '"' || memcmp(p + 1, members[i].name, len) != 0 ||
      p[len + 1] != '"' || p[len + 2] != ':')
    return FALSE;
  json->p += len + 3;
  return TRUE;
}

static gboolean
read_member(Page *page, Event *e)
{
  LfJsonText key;
  if (e->next < G_N_ELEMENTS(members) && skip_expected(&page->json, e->next))
    return members[e->next++].read(page, e);
  if (!lf_json_reader_key(&page->json, &key))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(members); i++)
    if (key.bytes.len == members[i].len && memcmp(key.bytes.p, members[i].name, members[i].len) == 0) {
      e->next = i + 1;
      return members[i].read(page, e);
    }
  return lf_json_reader_skip(&page->json, 3);
}

/* An item of `events`. */
static gboolean
read_event(Page *page, LfLogsEvent *out)
{
  LfJsonReader *json = &page->json;
  Event e = {.event = out};
  *out = (LfLogsEvent){.stream = "", .stream_flags = LF_VALUE_PLAIN};
  lf_json_reader_space(json);
  char *start = json->p;
  if (start < json->end && *start == '{') {
    for (gboolean more = lf_json_reader_open(json, '}'); more;)
      if (!read_member(page, &e) || !lf_json_reader_next(json, '}', &more))
        return FALSE;
  } else if (!lf_json_reader_skip(json, 2)) {
    return FALSE;
  }
  if (!e.has_ingestion)
    out->ingestion_ms = out->timestamp_ms;
  out->malformed = !e.has_id || !e.has_message || !e.has_time;
  if (out->malformed) {
    out->message = start;
    out->message_len = (guint32)(json->p - start);
  }
  return TRUE;
}

static LfLogsEvent *
next_record(Page *page)
{
  LfLogsPage *out = page->page;
  if (out->n_events == page->cap) {
    guint cap = page->cap > 0 ? page->cap * 2 : MAX(page->hint, EVENTS_FIRST);
    out->events =
        lf_arena_grow(page->json.arena, out->events, page->cap * sizeof *out->events, cap * sizeof *out->events);
    page->cap = cap;
  }
  return &out->events[out->n_events];
}

static gboolean
read_events(Page *page)
{
  LfJsonReader *json = &page->json;
  lf_json_reader_space(json);
  page->page->n_events = 0;
  page->has_events = json->p < json->end && *json->p == '[';
  if (!page->has_events)
    return lf_json_reader_skip(json, 1);
  for (gboolean more = lf_json_reader_open(json, ']'); more;) {
    if (!read_event(page, next_record(page)) || !lf_json_reader_next(json, ']', &more))
      return FALSE;
    page->page->n_events++;
  }
  return TRUE;
}

static gboolean
read_token(Page *page)
{
  LfValue v;
  if (!lf_json_reader_value(&page->json, 1, &v))
    return FALSE;
  page->page->token = (LfSlice){0};
  page->bad_token = v.type != LF_TYPE_NULL && v.type != LF_TYPE_STRING;
  if (v.type == LF_TYPE_STRING)
    page->page->token = lf_value_text(page->json.arena, &v);
  return TRUE;
}

static gboolean
read_top(Page *page)
{
  LfJsonReader *json = &page->json;
  for (gboolean more = lf_json_reader_open(json, '}'); more;) {
    LfJsonText key;
    if (!lf_json_reader_key(json, &key))
      return FALSE;
    page->is_error |= lf_slice_is(key.bytes, "__type");
    gboolean ok = lf_slice_is(key.bytes, "events")      ? read_events(page)
                  : lf_slice_is(key.bytes, "nextToken") ? read_token(page)
                                                        : lf_json_reader_skip(json, 1);
    if (!ok || !lf_json_reader_next(json, '}', &more))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_page(Page *page)
{
  LfJsonReader *json = &page->json;
  lf_json_reader_space(json);
  gboolean is_object = json->p < json->end && *json->p == '{';
  if (!(is_object ? read_top(page) : lf_json_reader_skip(json, 0)) || !lf_json_reader_end(json))
    return FALSE;
  if (!is_object)
    return bad_answer(json->error, "it is no object");
  if (page->bad_token)
    return bad_answer(json->error, "nextToken is no text");
  if (page->is_error)
    return bad_answer(json->error, "it is an error with the status of a success");
  return page->has_events || bad_answer(json->error, "events is no list");
}

gboolean
lf_logs_filter_answer(LfArena *arena, LfBuf *body, LfLogsPage *out, GError **error)
{
  LfBuf taken = *body;
  *body = (LfBuf){0};
  *out = (LfLogsPage){0};
  if (taken.p == NULL)
    return bad_answer(error, "it is empty");
  lf_arena_adopt(arena, taken.p, taken.cap);
  Page page = {.json = {.arena = arena, .begin = taken.p, .p = taken.p, .end = taken.p + taken.len, .error = error},
               .page = out,
               .hint = (guint)MIN(taken.len / 400, 10000)};
  gboolean ok = read_page(&page);
  lf_buf_clear(&page.json.stack);
  return ok;
}
