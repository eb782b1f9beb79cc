/* FilterLogEvents and GetLogEvents. */
#include "base/digest.h"
#include "base/number.h"
#include "fakeaws/logs.h"
#include "fakeaws/token.h"
#include "value/json_write.h"

enum {
  NAME_MAX_BYTES = 512,
  PATTERN_MAX_BYTES = 1024,
  TOKEN_MAX_BYTES = 4096,
  STREAMS_MAX = 100,
  PAGE_EVENTS_MAX = 10000,
  EVENT_OVERHEAD_BYTES = 26,
};

#define PAGE_MAX_BYTES ((gsize)1024 * 1024)

/* A range of a group's events, of some streams, with a word in them. */
typedef struct {
  LfFakeGroup *group;
  gint64 start_ms;
  gint64 end_ms;           /* inclusive */
  const gboolean *streams; /* by stream index; NULL is all */
  LfSlice term;            /* empty is any */
  gint64 put_until_ms;     /* what was put later is not visible yet */
} Selection;

static gboolean
selects(const Selection *selection, const LfFakeEvent *event)
{
  if (event->ingestion_ms > selection->put_until_ms ||
      (selection->streams != NULL && !selection->streams[event->stream]))
    return FALSE;
  return selection->term.len == 0 || memmem(event->message, event->len, selection->term.p, selection->term.len) != NULL;
}

/* The index of the first selected event from `i` on; n_events where none is left in the range. */
static gsize
next_selected(const Selection *selection, gsize i)
{
  const LfFakeGroup *group = selection->group;
  for (; i < group->n_events && group->events[i].timestamp_ms <= selection->end_ms; i++) {
    if (selects(selection, &group->events[i]))
      return i;
  }
  return group->n_events;
}

static void
append_number(LfBuf *out, const char *key, gint64 number)
{
  char text[LF_NUMBER_TEXT];
  gsize len = lf_number_format_int(number, text);
  lf_buf_append_str(out, key);
  lf_buf_append(out, text, len);
}

static gboolean
read_times(LfFakeCall *call, Selection *selection)
{
  gint64 later_ms = call->state->options.visible_after_ms;
  selection->put_until_ms = later_ms > 0 ? call->now_ms - later_ms : G_MAXINT64;
  selection->start_ms = 0;
  selection->end_ms = G_MAXINT64;
  if (!lf_fake_int(call, "startTime", 0, G_MAXINT64, &selection->start_ms) ||
      !lf_fake_int(call, "endTime", 0, G_MAXINT64, &selection->end_ms))
    return FALSE;
  return selection->start_ms <= selection->end_ms ||
         lf_fake_fail(call, "InvalidParameterException", "The startTime must not be greater than the endTime.");
}

/* Only groups of the class STANDARD are read by calls. */
static gboolean
check_class(LfFakeCall *call, const LfFakeGroup *group)
{
  return strcmp(group->class, "STANDARD") == 0 ||
         lf_fake_fail(call, "InvalidOperationException",
                      "The log group %s is of log-group-class %s. %s is not supported for this log class.", group->name,
                      group->class, call->action);
}

/* FilterLogEvents */

static gboolean
is_word(LfSlice s)
{
  for (gsize i = 0; i < s.len; i++) {
    if (!g_ascii_isalnum(s.p[i]) && s.p[i] != '_')
      return FALSE;
  }
  return TRUE;
}

/* One word, or one text in quotes. What else the language of filter patterns has is refused, not taken for a word. */
static gboolean
read_pattern(LfFakeCall *call, LfSlice *term)
{
  LfSlice pattern;
  if (!lf_fake_text(call, "filterPattern", 0, PATTERN_MAX_BYTES, &pattern))
    return FALSE;
  *term = pattern;
  gboolean quoted = pattern.len >= 2 && pattern.p[0] == '"' && pattern.p[pattern.len - 1] == '"';
  if (quoted) {
    *term = lf_slice(pattern.p + 1, pattern.len - 2);
    quoted = memchr(term->p, '"', term->len) == NULL && memchr(term->p, '\\', term->len) == NULL;
  }
  return quoted || is_word(pattern) ||
         lf_fake_fail(call, "InvalidParameterException",
                      "Invalid filter pattern '%.*s': this server knows one word or one text in double quotes",
                      (int)pattern.len, pattern.p);
}

static gboolean
select_named(LfFakeCall *call, const LfFakeGroup *group, const LfValue *names, gboolean *streams)
{
  for (guint i = 0; i < names->array->len; i++) {
    LfValue *v = &names->array->items[i];
    if (v->type != LF_TYPE_STRING)
      return lf_fake_fail(call, "SerializationException", "logStreamNames can not be converted to a List of Strings");
    const LfFakeStream *stream = lf_fake_group_stream(group, lf_value_text(call->arena, v));
    if (stream == NULL)
      return lf_fake_fail(call, "ResourceNotFoundException", "The specified log stream does not exist.");
    streams[stream->index] = TRUE;
  }
  return TRUE;
}

static gboolean
read_streams(LfFakeCall *call, Selection *selection, LfBuf *bound)
{
  LfFakeGroup *group = selection->group;
  LfValue *names;
  LfSlice prefix;
  if (!lf_fake_array(call, "logStreamNames", 1, STREAMS_MAX, &names) ||
      !lf_fake_text(call, "logStreamNamePrefix", 1, NAME_MAX_BYTES, &prefix))
    return FALSE;
  if (names != NULL && prefix.p != NULL)
    return lf_fake_fail(call, "InvalidParameterException",
                        "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  if (names == NULL && prefix.p == NULL)
    return TRUE;
  gboolean *streams = lf_arena_alloc0(call->arena, (group->streams->len + 1) * sizeof(gboolean));
  selection->streams = streams;
  if (names != NULL) {
    lf_json_write(bound, names);
    return select_named(call, group, names, streams);
  }
  lf_json_write_string(bound, prefix);
  for (guint i = lf_fake_group_stream_from(group, prefix); i < group->streams_by_name->len; i++) {
    const LfFakeStream *stream = g_ptr_array_index(group->streams_by_name, i);
    if (strncmp(stream->name, prefix.p, prefix.len) != 0)
      break;
    streams[stream->index] = TRUE;
  }
  return TRUE;
}

/* AWS limits the calls of an account and region; the bucket holds what one second gives. */
static gboolean
take_quota(LfFakeCall *call)
{
  LfFakeState *state = call->state;
  guint quota = state->options.quota_per_s;
  if (quota == 0)
    return TRUE;
  gint64 now_ms = lf_clock_monotonic_ms(state->options.clock);
  gdouble gained = (gdouble)(now_ms - state->quota_at_ms) * quota / 1000;
  state->quota_left = MIN(state->quota_left + gained, (gdouble)quota);
  state->quota_at_ms = now_ms;
  if (state->quota_left < 1)
    return lf_fake_fail(call, "ThrottlingException", "Rate exceeded");
  state->quota_left -= 1;
  return TRUE;
}

static void
append_filtered(LfBuf *out, const LfFakeGroup *group, const LfFakeEvent *event)
{
  char id[LF_FAKE_ID_TEXT];
  const LfFakeStream *stream = g_ptr_array_index(group->streams, event->stream);
  lf_buf_append_str(out, "{\"logStreamName\":");
  lf_json_write_string(out, lf_slice_str(stream->name));
  append_number(out, ",\"timestamp\":", event->timestamp_ms);
  lf_buf_append_str(out, ",\"message\":");
  lf_json_write_string(out, lf_slice(event->message, event->len));
  append_number(out, ",\"ingestionTime\":", event->ingestion_ms);
  lf_fake_event_id(event->timestamp_ms, event->seq, id);
  lf_buf_append_str(out, ",\"eventId\":\"");
  lf_buf_append(out, id, sizeof id - 1);
  lf_buf_append_str(out, "\"}");
}

/* Appends a page of events from index `i` on. Returns: the index of the first selected one that is not on it. */
static gsize
append_page(LfFakeCall *call, const Selection *selection, gsize i, gsize max_events)
{
  const LfFakeGroup *group = selection->group;
  gsize max_bytes = call->state->options.page_bytes, bytes = 0, n = 0;
  if (max_bytes == 0)
    max_bytes = PAGE_MAX_BYTES;
  while ((i = next_selected(selection, i)) < group->n_events && n < max_events) {
    bytes += group->events[i].len + EVENT_OVERHEAD_BYTES;
    if (n > 0 && bytes > max_bytes)
      break;
    if (n++ > 0)
      lf_buf_append_char(call->out, ',');
    append_filtered(call->out, group, &group->events[i++]);
  }
  return i;
}

static gboolean
is_empty_page(LfFakeState *state)
{
  state->pages++;
  return state->options.empty_page_every > 0 && state->pages % state->options.empty_page_every == 0;
}

static void
write_filtered(LfFakeCall *call, const Selection *selection, gint64 limit, LfFakeCursor cursor, const guint8 *bound)
{
  LfFakeGroup *group = selection->group;
  gsize max_events = call->state->options.page_events > 0 ? call->state->options.page_events : PAGE_EVENTS_MAX;
  lf_fake_group_sort(group);
  lf_buf_append_str(call->out, "{\"events\":[");
  gboolean more = TRUE;
  if (!is_empty_page(call->state)) {
    gsize from = lf_fake_group_from(group, cursor.timestamp_ms, cursor.seq);
    gsize next = append_page(call, selection, from, MIN((gsize)limit, max_events));
    more = next < group->n_events;
    if (more)
      cursor = (LfFakeCursor){group->events[next].timestamp_ms, group->events[next].seq};
  }
  lf_buf_append_str(call->out, "],\"searchedLogStreams\":[]");
  if (more) {
    lf_buf_append_str(call->out, ",\"nextToken\":");
    lf_json_write_string(call->out, lf_fake_token_make(call, cursor, bound));
  }
  lf_buf_append_char(call->out, '}');
}

gboolean
lf_fake_filter_log_events(LfFakeCall *call)
{
  Selection selection = {0};
  gint64 limit = PAGE_EVENTS_MAX;
  gboolean interleaved = TRUE; /* events are always interleaved, as AWS's are since 2019 */
  LfSlice token;
  g_auto(LfBuf) parameters = {0};
  if (!take_quota(call) || !lf_fake_int(call, "limit", 1, PAGE_EVENTS_MAX, &limit) ||
      !lf_fake_bool(call, "interleaved", &interleaved) ||
      !lf_fake_text(call, "nextToken", 1, TOKEN_MAX_BYTES, &token) || !read_times(call, &selection) ||
      !read_pattern(call, &selection.term) || !lf_fake_group(call, &selection.group) ||
      !check_class(call, selection.group) || !read_streams(call, &selection, &parameters))
    return FALSE;
  lf_buf_printf(&parameters, "%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " ", selection.group->account,
                selection.group->name, selection.start_ms, selection.end_ms);
  lf_buf_append_slice(&parameters, selection.term);
  guint8 bound[LF_SHA256_LEN];
  lf_digest_sha256(lf_buf_slice(&parameters), bound);
  LfFakeCursor cursor = {.timestamp_ms = selection.start_ms};
  if (token.p != NULL && !lf_fake_token_read(call, token, bound, &cursor))
    return FALSE;
  write_filtered(call, &selection, limit, cursor, bound);
  return TRUE;
}

/* GetLogEvents */

/* The window of events that is answered: the selected ones in [first, end) of the group's. */
typedef struct {
  gsize first;
  gsize end;
} Window;

/* Goes forward from `from` over at most `limit` selected events. */
static Window
window_forward(const Selection *selection, gsize from, gint64 limit)
{
  Window window = {from, from};
  gsize bytes = 0;
  for (gsize i = next_selected(selection, from); i < selection->group->n_events && limit > 0; limit--) {
    bytes += selection->group->events[i].len + EVENT_OVERHEAD_BYTES;
    if (bytes > PAGE_MAX_BYTES && window.end > from)
      break;
    window.end = i + 1;
    i = next_selected(selection, i + 1);
  }
  return window;
}

/* Goes back from `end` over at most `limit` selected events, not before `floor`. */
static Window
window_backward(const Selection *selection, gsize floor, gsize end, gint64 limit)
{
  Window window = {end, end};
  gsize bytes = 0;
  for (gsize i = end; i > floor && limit > 0; i--) {
    const LfFakeEvent *event = &selection->group->events[i - 1];
    if (!selects(selection, event))
      continue;
    bytes += event->len + EVENT_OVERHEAD_BYTES;
    if (bytes > PAGE_MAX_BYTES && window.first < end)
      break;
    window.first = i - 1;
    limit--;
  }
  return window;
}

/* Reads "f/<id>/s" or "b/<id>/s": forward is from the id on, backward is what is before it. */
static gboolean
read_direction(LfFakeCall *call, LfSlice token, gboolean *forward, LfFakeCursor *cursor)
{
  const gsize id_len = LF_FAKE_ID_TEXT - 1;
  if (token.len == id_len + 4 && (token.p[0] == 'f' || token.p[0] == 'b') && token.p[1] == '/' &&
      lf_slice_equal(lf_slice(token.p + 2 + id_len, 2), LF_SLICE_LIT("/s")) &&
      lf_fake_event_id_parse(lf_slice(token.p + 2, id_len), &cursor->timestamp_ms, &cursor->seq)) {
    *forward = token.p[0] == 'f';
    return TRUE;
  }
  return lf_fake_fail(call, "InvalidParameterException", "The specified nextToken is invalid.");
}

/* The token for what is from index `i` on, or before it. */
static void
append_direction(LfBuf *out, const char *key, char direction, const LfFakeGroup *group, gsize i)
{
  char id[LF_FAKE_ID_TEXT];
  if (i < group->n_events)
    lf_fake_event_id(group->events[i].timestamp_ms, group->events[i].seq, id);
  else if (i > 0)
    lf_fake_event_id(group->events[i - 1].timestamp_ms, group->events[i - 1].seq + 1, id);
  else
    lf_fake_event_id(0, 0, id);
  lf_buf_printf(out, ",\"%s\":\"%c/%s/s\"", key, direction, id);
}

static void
write_window(LfFakeCall *call, const Selection *selection, Window window)
{
  const LfFakeGroup *group = selection->group;
  gboolean any = FALSE;
  lf_buf_append_str(call->out, "{\"events\":[");
  for (gsize i = window.first; i < window.end; i++) {
    const LfFakeEvent *event = &group->events[i];
    if (!selects(selection, event))
      continue;
    append_number(call->out, any ? ",{\"timestamp\":" : "{\"timestamp\":", event->timestamp_ms);
    lf_buf_append_str(call->out, ",\"message\":");
    lf_json_write_string(call->out, lf_slice(event->message, event->len));
    append_number(call->out, ",\"ingestionTime\":", event->ingestion_ms);
    lf_buf_append_char(call->out, '}');
    any = TRUE;
  }
  lf_buf_append_char(call->out, ']');
  append_direction(call->out, "nextForwardToken", 'f', group, window.end);
  append_direction(call->out, "nextBackwardToken", 'b', group, window.first);
  lf_buf_append_char(call->out, '}');
}

/* The group and its one stream. */
static gboolean
read_stream(LfFakeCall *call, Selection *selection)
{
  LfSlice name;
  if (!lf_fake_text_required(call, "logStreamName", 1, NAME_MAX_BYTES, &name) ||
      !lf_fake_group(call, &selection->group) || !check_class(call, selection->group))
    return FALSE;
  const LfFakeStream *stream = lf_fake_group_stream(selection->group, name);
  if (stream == NULL)
    return lf_fake_fail(call, "ResourceNotFoundException", "The specified log stream does not exist.");
  gboolean *streams = lf_arena_alloc0(call->arena, selection->group->streams->len * sizeof(gboolean));
  streams[stream->index] = TRUE;
  selection->streams = streams;
  return TRUE;
}

gboolean
lf_fake_get_log_events(LfFakeCall *call)
{
  Selection selection = {0};
  gint64 limit = PAGE_EVENTS_MAX;
  gboolean forward = FALSE;
  LfSlice token;
  LfFakeCursor cursor = {0};
  if (!read_times(call, &selection) || !lf_fake_int(call, "limit", 1, PAGE_EVENTS_MAX, &limit) ||
      !lf_fake_bool(call, "startFromHead", &forward) || !lf_fake_text(call, "nextToken", 1, TOKEN_MAX_BYTES, &token) ||
      !read_stream(call, &selection))
    return FALSE;
  if (token.p != NULL && !read_direction(call, token, &forward, &cursor))
    return FALSE;
  LfFakeGroup *group = selection.group;
  lf_fake_group_sort(group);
  /* unlike FilterLogEvents's, this endTime is exclusive */
  if (selection.end_ms != G_MAXINT64)
    selection.end_ms--;
  gsize floor = lf_fake_group_from(group, selection.start_ms, 0);
  gsize end = lf_fake_group_from(group, selection.end_ms, G_MAXUINT64);
  gsize at = lf_fake_group_from(group, cursor.timestamp_ms, cursor.seq);
  if (token.p == NULL)
    at = forward ? floor : end;
  at = CLAMP(at, floor, MAX(floor, end));
  Window window = forward ? window_forward(&selection, at, limit) : window_backward(&selection, floor, at, limit);
  write_window(call, &selection, window);
  return TRUE;
}
