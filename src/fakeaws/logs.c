/* The table of actions, and PutLogEvents. */
#include "fakeaws/logs.h"

static const struct {
  const char *name;
  LfFakeActionFn run;
} ACTIONS[] = {
    {"CreateLogGroup", lf_fake_create_log_group},
    {"CreateLogStream", lf_fake_create_log_stream},
    {"DeleteLogGroup", lf_fake_delete_log_group},
    {"DescribeLogGroups", lf_fake_describe_log_groups},
    {"DescribeLogStreams", lf_fake_describe_log_streams},
    {"FilterLogEvents", lf_fake_filter_log_events},
    {"GetLogEvents", lf_fake_get_log_events},
    {"PutLogEvents", lf_fake_put_log_events},
};

LfFakeActionFn
lf_fake_logs_action(LfSlice action, const char **name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
    if (lf_slice_is(action, ACTIONS[i].name)) {
      *name = ACTIONS[i].name;
      return ACTIONS[i].run;
    }
  }
  return NULL;
}

/* PutLogEvents */

#define BATCH_MAX_BYTES ((gsize)1024 * 1024)
#define EVENT_MAX_BYTES ((gsize)256 * 1024)
#define DAY_MS ((gint64)24 * 60 * 60 * 1000)
#define TOO_OLD_MS (14 * DAY_MS)
#define TOO_NEW_MS ((gint64)2 * 60 * 60 * 1000)

enum { BATCH_MAX_EVENTS = 10000, EVENT_OVERHEAD_BYTES = 26 };

typedef struct {
  gint64 timestamp_ms;
  LfSlice message;
} InputEvent;

static gboolean
read_event(LfFakeCall *call, LfValue *v, guint index, InputEvent *out)
{
  LfValue *timestamp = lf_object_get_str(v, "timestamp");
  LfValue *message = lf_object_get_str(v, "message");
  g_autofree char *where = g_strdup_printf("logEvents.%u.member", index + 1);
  if (timestamp == NULL || !lf_value_is_number(timestamp) || !lf_value_as_int(timestamp, &out->timestamp_ms) ||
      message == NULL || message->type != LF_TYPE_STRING)
    return lf_fake_fail(call, "SerializationException", "%s has no timestamp or no message", where);
  out->message = lf_value_text(call->arena, message);
  if (out->message.len == 0)
    return lf_fake_constraint(call, where, LF_SLICE_LIT(""), "have length greater than or equal to 1");
  if (out->timestamp_ms < 0)
    return lf_fake_constraint(call, where, LF_SLICE_LIT("-"), "have value greater than or equal to 0");
  if (out->message.len + EVENT_OVERHEAD_BYTES > EVENT_MAX_BYTES)
    return lf_fake_fail(call, "InvalidParameterException",
                        "Log event too large: %" G_GSIZE_FORMAT " bytes exceeds limit of %" G_GSIZE_FORMAT,
                        out->message.len + EVENT_OVERHEAD_BYTES, EVENT_MAX_BYTES);
  return TRUE;
}

static gboolean
read_events(LfFakeCall *call, LfValue *list, InputEvent *events)
{
  gsize bytes = 0;
  for (guint i = 0; i < list->array->len; i++) {
    if (!read_event(call, &list->array->items[i], i, &events[i]))
      return FALSE;
    bytes += events[i].message.len + EVENT_OVERHEAD_BYTES;
    if (i > 0 && events[i].timestamp_ms < events[i - 1].timestamp_ms)
      return lf_fake_fail(call, "InvalidParameterException",
                          "Log events in a single PutLogEvents request must be in chronological order.");
  }
  if (bytes > BATCH_MAX_BYTES)
    return lf_fake_fail(call, "InvalidParameterException",
                        "Upload too large: %" G_GSIZE_FORMAT " bytes exceeds limit of %" G_GSIZE_FORMAT, bytes,
                        BATCH_MAX_BYTES);
  gint64 span = events[list->array->len - 1].timestamp_ms - events[0].timestamp_ms;
  if (span > DAY_MS && !call->state->options.accept_old_events)
    return lf_fake_fail(call, "InvalidParameterException",
                        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  return TRUE;
}

static gboolean
put_target(LfFakeCall *call, LfFakeGroup **group, LfFakeStream **stream)
{
  LfSlice name;
  if (!lf_fake_group(call, group) || !lf_fake_text_required(call, "logStreamName", 1, 512, &name))
    return FALSE;
  *stream = lf_fake_group_stream(*group, name);
  return *stream != NULL || lf_fake_fail(call, "ResourceNotFoundException", "The specified log stream does not exist.");
}

gboolean
lf_fake_put_log_events(LfFakeCall *call)
{
  LfFakeGroup *group;
  LfFakeStream *stream;
  LfValue *list;
  if (!lf_fake_array(call, "logEvents", 1, BATCH_MAX_EVENTS, &list))
    return FALSE;
  if (list == NULL)
    return lf_fake_constraint(call, "logEvents", LF_SLICE_LIT(""), "not be null");
  if (!put_target(call, &group, &stream))
    return FALSE;
  guint n = list->array->len;
  InputEvent *events = lf_arena_alloc_n(call->arena, n, sizeof(InputEvent));
  if (!read_events(call, list, events))
    return FALSE;

  guint first = 0, end = n; /* in order, so what is too old stands first and what is too new last */
  while (!call->state->options.accept_old_events && first < n && events[first].timestamp_ms < call->now_ms - TOO_OLD_MS)
    first++;
  while (end > first && events[end - 1].timestamp_ms > call->now_ms + TOO_NEW_MS)
    end--;
  for (guint i = first; i < end; i++)
    lf_fake_store_put(call->store, group, stream, events[i].timestamp_ms, call->now_ms, events[i].message);

  char token[LF_FAKE_ID_TEXT];
  lf_fake_event_id(call->now_ms, *call->store->next_seq, token);
  lf_buf_printf(call->out, "{\"nextSequenceToken\":\"%s\"", token);
  if (first > 0 || end < n) {
    lf_buf_append_str(call->out, ",\"rejectedLogEventsInfo\":{");
    if (first > 0)
      lf_buf_printf(call->out, "\"tooOldLogEventEndIndex\":%u", first);
    if (end < n)
      lf_buf_printf(call->out, "%s\"tooNewLogEventStartIndex\":%u", first > 0 ? "," : "", end);
    lf_buf_append_char(call->out, '}');
  }
  lf_buf_append_char(call->out, '}');
  return TRUE;
}
