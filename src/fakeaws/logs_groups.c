/* CreateLogGroup, CreateLogStream, DeleteLogGroup, DescribeLogGroups, DescribeLogStreams. */
#include "base/digest.h"
#include "fakeaws/logs.h"
#include "fakeaws/token.h"
#include "value/json_write.h"

enum { NAME_MAX_BYTES = 512, DESCRIBE_MAX = 50, TOKEN_MAX_BYTES = 4096 };

/* A log class by its name. `*out` stays where none is given. */
static gboolean
read_class(LfFakeCall *call, const char **out)
{
  static const char *const classes[] = {"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"};
  LfSlice name;
  if (!lf_fake_text(call, "logGroupClass", 1, NAME_MAX_BYTES, &name))
    return FALSE;
  if (name.p == NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
    if (lf_slice_is(name, classes[i])) {
      *out = classes[i];
      return TRUE;
    }
  return lf_fake_constraint(call, "logGroupClass", name,
                            "satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]");
}

gboolean
lf_fake_create_log_group(LfFakeCall *call)
{
  LfSlice name;
  const char *class = "STANDARD";
  if (!lf_fake_group_name(call, &name) || !read_class(call, &class))
    return FALSE;
  if (lf_fake_store_group(call->store, name) != NULL)
    return lf_fake_fail(call, "ResourceAlreadyExistsException", "The specified log group already exists");
  lf_fake_store_add_group(call->store, name, call->now_ms)->class = class;
  return TRUE;
}

gboolean
lf_fake_delete_log_group(LfFakeCall *call)
{
  LfFakeGroup *group;
  if (!lf_fake_group(call, &group))
    return FALSE;
  lf_fake_store_remove_group(call->store, group);
  return TRUE;
}

gboolean
lf_fake_create_log_stream(LfFakeCall *call)
{
  LfFakeGroup *group;
  LfSlice name;
  if (!lf_fake_text_required(call, "logStreamName", 1, NAME_MAX_BYTES, &name))
    return FALSE;
  if (memchr(name.p, ':', name.len) != NULL || memchr(name.p, '*', name.len) != NULL)
    return lf_fake_constraint(call, "logStreamName", name, "satisfy regular expression pattern: [^:*]*");
  if (!lf_fake_group(call, &group))
    return FALSE;
  if (lf_fake_group_stream(group, name) != NULL)
    return lf_fake_fail(call, "ResourceAlreadyExistsException", "The specified log stream already exists");
  lf_fake_group_add_stream(group, name, call->now_ms);
  return TRUE;
}

/* A listing's token stands for an index in its order: the cursor's `seq`. */
static gboolean
read_list_token(LfFakeCall *call, const guint8 bound[LF_SHA256_LEN], guint *from)
{
  LfSlice token;
  LfFakeCursor cursor = {0};
  if (!lf_fake_text(call, "nextToken", 1, TOKEN_MAX_BYTES, &token))
    return FALSE;
  if (token.p != NULL && !lf_fake_token_read(call, token, bound, &cursor))
    return FALSE;
  *from = (guint)cursor.seq;
  return TRUE;
}

static void
end_list(LfFakeCall *call, gboolean more, guint next, const guint8 bound[LF_SHA256_LEN])
{
  lf_buf_append_char(call->out, ']');
  if (more) {
    lf_buf_append_str(call->out, ",\"nextToken\":");
    lf_json_write_string(call->out, lf_fake_token_make(call, (LfFakeCursor){.seq = next}, bound));
  }
  lf_buf_append_char(call->out, '}');
}

static void
bind_to(const char *action, LfSlice a, LfSlice b, guint8 bound[LF_SHA256_LEN])
{
  g_auto(LfBuf) text = {0};
  lf_buf_printf(&text, "%s:%" G_GSIZE_FORMAT ":", action, a.len);
  lf_buf_append_slice(&text, a);
  lf_buf_append_slice(&text, b);
  lf_digest_sha256(lf_buf_slice(&text), bound);
}

static gboolean
contains_ignoring_case(LfSlice name, LfSlice part)
{
  for (gsize i = 0; part.len <= name.len && i <= name.len - part.len; i++) {
    if (part.len == 0 || g_ascii_strncasecmp(name.p + i, part.p, part.len) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_prefix(const char *name, LfSlice prefix)
{
  return strncmp(name, prefix.len > 0 ? prefix.p : "", prefix.len) == 0;
}

/* DescribeLogGroups */

static void
append_group(LfFakeCall *call, const LfFakeGroup *group)
{
  LfBuf *out = call->out;
  lf_buf_append_str(out, "{\"logGroupName\":");
  lf_json_write_string(out, lf_slice_str(group->name));
  lf_buf_printf(out, ",\"creationTime\":%" G_GINT64_FORMAT ",\"metricFilterCount\":0,\"arn\":\"", group->created_ms);
  lf_fake_append_group_arn(call, out, group);
  lf_buf_printf(out, ":*\",\"storedBytes\":%" G_GUINT64_FORMAT ",\"logGroupClass\":\"%s\",\"logGroupArn\":\"",
                group->stored_bytes, group->class);
  lf_fake_append_group_arn(call, out, group);
  lf_buf_append_str(out, "\"}");
}

static int
compare_groups(const void *a, const void *b)
{
  const LfFakeGroup *x = *(LfFakeGroup *const *)a, *y = *(LfFakeGroup *const *)b;
  int c = strcmp(x->name, y->name);
  return c != 0 ? c : strcmp(x->account, y->account);
}

/* The groups that are asked for, of the caller's account or of all that it sees, by name. */
static GPtrArray *
list_groups(const LfFakeCall *call, LfSlice prefix, LfSlice pattern, const char *class, gboolean linked)
{
  GPtrArray *list = g_ptr_array_new();
  for (guint a = 0; a < call->state->accounts->len; a++) {
    const LfFakeStore *store = g_ptr_array_index(call->state->accounts, a);
    if (store != call->store && !linked)
      continue;
    for (guint i = lf_fake_store_group_from(store, prefix); i < store->groups->len; i++) {
      LfFakeGroup *group = g_ptr_array_index(store->groups, i);
      if (!has_prefix(group->name, prefix))
        break;
      if (contains_ignoring_case(lf_slice_str(group->name), pattern) &&
          (class == NULL || strcmp(class, group->class) == 0))
        g_ptr_array_add(list, group);
    }
  }
  g_ptr_array_sort(list, compare_groups);
  return list;
}

gboolean
lf_fake_describe_log_groups(LfFakeCall *call)
{
  LfSlice prefix, pattern;
  const char *class = NULL;
  gboolean linked = FALSE;
  gint64 limit = DESCRIBE_MAX;
  guint8 bound[LF_SHA256_LEN];
  guint from;
  if (!lf_fake_text(call, "logGroupNamePrefix", 1, NAME_MAX_BYTES, &prefix) ||
      !lf_fake_text(call, "logGroupNamePattern", 0, NAME_MAX_BYTES, &pattern) ||
      !lf_fake_int(call, "limit", 1, DESCRIBE_MAX, &limit) || !read_class(call, &class) ||
      !lf_fake_bool(call, "includeLinkedAccounts", &linked))
    return FALSE;
  if (prefix.p != NULL && pattern.p != NULL)
    return lf_fake_fail(call, "InvalidParameterException",
                        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  linked = linked && lf_fake_is_monitoring(call);
  LfSlice of = lf_arena_printf(call->arena, "%s%d%s%.*s", call->store->account, linked, class != NULL ? class : "",
                               (int)pattern.len, pattern.len > 0 ? pattern.p : "");
  bind_to(call->action, prefix, of, bound);
  if (!read_list_token(call, bound, &from))
    return FALSE;
  g_autoptr(GPtrArray) list = list_groups(call, prefix, pattern, class, linked);
  guint end = from + (guint)MIN(limit, list->len - MIN(from, list->len));
  lf_buf_append_str(call->out, "{\"logGroups\":[");
  for (guint i = from; i < end; i++) {
    if (i > from)
      lf_buf_append_char(call->out, ',');
    append_group(call, g_ptr_array_index(list, i));
  }
  end_list(call, end < list->len, end, bound);
  return TRUE;
}

/* DescribeLogStreams */

static void
append_stream(LfFakeCall *call, const LfFakeGroup *group, const LfFakeStream *stream)
{
  LfBuf *out = call->out;
  lf_buf_append_str(out, "{\"logStreamName\":");
  lf_json_write_string(out, lf_slice_str(stream->name));
  lf_buf_printf(out, ",\"creationTime\":%" G_GINT64_FORMAT, stream->created_ms);
  if (stream->events > 0) {
    char token[LF_FAKE_ID_TEXT];
    lf_fake_event_id(stream->last_ingestion_ms, stream->events, token);
    lf_buf_printf(out,
                  ",\"firstEventTimestamp\":%" G_GINT64_FORMAT ",\"lastEventTimestamp\":%" G_GINT64_FORMAT
                  ",\"lastIngestionTime\":%" G_GINT64_FORMAT ",\"uploadSequenceToken\":\"%s\"",
                  stream->first_ms, stream->last_ms, stream->last_ingestion_ms, token);
  }
  g_auto(LfBuf) arn = {0};
  lf_fake_append_group_arn(call, &arn, group);
  lf_buf_append_str(&arn, ":log-stream:");
  lf_buf_append_str(&arn, stream->name);
  lf_buf_append_str(out, ",\"arn\":");
  lf_json_write_string(out, lf_buf_slice(&arn));
  lf_buf_append_str(out, ",\"storedBytes\":0}");
}

static int
compare_last_event(const void *a, const void *b)
{
  const LfFakeStream *x = *(LfFakeStream *const *)a, *y = *(LfFakeStream *const *)b;
  gint64 s = x->events > 0 ? x->last_ms : 0, t = y->events > 0 ? y->last_ms : 0;
  return s != t ? (s < t ? -1 : 1) : strcmp(x->name, y->name);
}

/* The streams with the prefix in the order that is asked for. */
static GPtrArray *
list_streams(const LfFakeGroup *group, LfSlice prefix, gboolean by_time, gboolean descending)
{
  GPtrArray *list = g_ptr_array_new();
  for (guint i = lf_fake_group_stream_from(group, prefix); i < group->streams_by_name->len; i++) {
    LfFakeStream *stream = g_ptr_array_index(group->streams_by_name, i);
    if (!has_prefix(stream->name, prefix))
      break;
    g_ptr_array_add(list, stream);
  }
  if (by_time)
    g_ptr_array_sort(list, compare_last_event);
  for (guint i = 0; descending && i < list->len / 2; i++) {
    void *other = list->pdata[i];
    list->pdata[i] = list->pdata[list->len - 1 - i];
    list->pdata[list->len - 1 - i] = other;
  }
  return list;
}

static gboolean
read_order(LfFakeCall *call, LfSlice prefix, gboolean *by_time, gboolean *descending)
{
  LfSlice order;
  *by_time = *descending = FALSE;
  if (!lf_fake_text(call, "orderBy", 1, NAME_MAX_BYTES, &order) || !lf_fake_bool(call, "descending", descending))
    return FALSE;
  *by_time = lf_slice_is(order, "LastEventTime");
  if (order.p != NULL && !*by_time && !lf_slice_is(order, "LogStreamName"))
    return lf_fake_constraint(call, "orderBy", order, "satisfy enum value set: [LogStreamName, LastEventTime]");
  if (*by_time && prefix.p != NULL)
    return lf_fake_fail(call, "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.");
  return TRUE;
}

gboolean
lf_fake_describe_log_streams(LfFakeCall *call)
{
  LfFakeGroup *group;
  LfSlice prefix;
  gint64 limit = DESCRIBE_MAX;
  gboolean by_time, descending;
  guint8 bound[LF_SHA256_LEN];
  guint from;
  if (!lf_fake_text(call, "logStreamNamePrefix", 1, NAME_MAX_BYTES, &prefix) ||
      !lf_fake_int(call, "limit", 1, DESCRIBE_MAX, &limit) || !read_order(call, prefix, &by_time, &descending) ||
      !lf_fake_group(call, &group))
    return FALSE;
  LfSlice order =
      lf_arena_printf(call->arena, "%d%d%.*s", by_time, descending, (int)prefix.len, prefix.len > 0 ? prefix.p : "");
  bind_to(call->action, lf_slice_str(group->name), order, bound);
  if (!read_list_token(call, bound, &from))
    return FALSE;
  g_autoptr(GPtrArray) list = list_streams(group, prefix, by_time, descending);
  guint end = from + (guint)MIN(limit, list->len - MIN(from, list->len));
  lf_buf_append_str(call->out, "{\"logStreams\":[");
  for (guint i = from; i < end; i++) {
    if (i > from)
      lf_buf_append_char(call->out, ',');
    append_stream(call, group, g_ptr_array_index(list, i));
  }
  end_list(call, end < list->len, end, bound);
  return TRUE;
}
