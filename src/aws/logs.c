/* Requests to CloudWatch Logs, and their answers, as values. */
#include "aws/logs.h"

#include "value/json_read.h"
#include "value/json_write.h"

static void
append_text(LfBuf *out, const char *name, const char *value)
{
  if (value == NULL || value[0] == '\0')
    return;
  lf_buf_printf(out, ",\"%s\":", name);
  lf_json_write_string(out, lf_slice_str(value));
}

static void
append_token(LfBuf *out, LfSlice token)
{
  if (token.len == 0)
    return;
  lf_buf_append_str(out, ",\"nextToken\":");
  lf_json_write_string(out, token);
}

void
lf_logs_filter_request(const LfLogsFilter *f, LfBuf *out)
{
  lf_buf_printf(out, "{\"%s\":", f->by_identifier ? "logGroupIdentifier" : "logGroupName");
  lf_json_write_string(out, lf_slice_str(f->log_group));
  if (f->n_streams > 0) {
    lf_buf_append_str(out, ",\"logStreamNames\":[");
    for (guint i = 0; i < f->n_streams; i++) {
      if (i > 0)
        lf_buf_append_char(out, ',');
      lf_json_write_string(out, lf_slice_str(f->streams[i]));
    }
    lf_buf_append_char(out, ']');
  }
  append_text(out, "logStreamNamePrefix", f->stream_prefix);
  append_text(out, "filterPattern", f->pattern);
  lf_buf_printf(out, ",\"startTime\":%" G_GINT64_FORMAT ",\"endTime\":%" G_GINT64_FORMAT ",\"interleaved\":true",
                f->start_ms, f->end_ms);
  if (f->limit > 0)
    lf_buf_printf(out, ",\"limit\":%u", f->limit);
  append_token(out, f->token);
  lf_buf_append_char(out, '}');
}

static gboolean
bad_answer(GError **error, const char *what)
{
  g_set_error(error, LF_JSON_ERROR, LF_JSON_ERROR_SYNTAX, "the answer is not what CloudWatch Logs answers: %s", what);
  return FALSE;
}

static gboolean
read_answer(LfArena *arena, LfBuf *body, LfValue *root, GError **error)
{
  LfBuf taken = *body;
  *body = (LfBuf){0};
  if (taken.p == NULL)
    return bad_answer(error, "it is empty");
  lf_arena_adopt(arena, taken.p, taken.cap);
  if (!lf_json_read(arena, taken.p, taken.len, root, error))
    return FALSE;
  return root->type == LF_TYPE_OBJECT || bad_answer(error, "it is no object");
}

static gboolean
read_token(LfArena *arena, const LfValue *root, LfSlice *token, GError **error)
{
  LfValue *t = lf_object_get_str(root, "nextToken");
  *token = (LfSlice){0};
  if (t == NULL || t->type == LF_TYPE_NULL)
    return TRUE;
  if (t->type != LF_TYPE_STRING)
    return bad_answer(error, "nextToken is no text");
  *token = lf_value_text(arena, t);
  return TRUE;
}

void
lf_logs_describe_request(const char *prefix, gboolean linked, LfSlice token, LfBuf *out)
{
  lf_buf_append_str(out, "{\"logGroupNamePrefix\":");
  lf_json_write_string(out, lf_slice_str(prefix));
  if (linked)
    lf_buf_append_str(out, ",\"includeLinkedAccounts\":true");
  append_token(out, token);
  lf_buf_append_char(out, '}');
}

static LfSlice
without_star(LfSlice arn)
{
  if (arn.len > 2 && memcmp(arn.p + arn.len - 2, ":*", 2) == 0)
    arn.len -= 2;
  return arn;
}

gboolean
lf_logs_describe_answer(LfArena *arena, LfBuf *body, LfLogsGroup **groups, guint *n, LfSlice *token, GError **error)
{
  LfValue root;
  if (!read_answer(arena, body, &root, error) || !read_token(arena, &root, token, error))
    return FALSE;
  LfValue *list = lf_object_get_str(&root, "logGroups");
  if (!lf_value_is(list, LF_TYPE_ARRAY))
    return bad_answer(error, "logGroups is no list");
  *groups = lf_arena_alloc_n(arena, list->array->len, sizeof **groups);
  *n = 0;
  for (guint32 i = 0; i < list->array->len; i++) {
    LfValue *name = lf_object_get_str(&list->array->items[i], "logGroupName");
    LfValue *arn = lf_object_get_str(&list->array->items[i], "arn");
    if (!lf_value_is(name, LF_TYPE_STRING) || !lf_value_is(arn, LF_TYPE_STRING))
      return bad_answer(error, "a log group has no name or no ARN");
    LfValue *class = lf_object_get_str(&list->array->items[i], "logGroupClass");
    (*groups)[(*n)++] = (LfLogsGroup){lf_value_text(arena, name), without_star(lf_value_text(arena, arn)),
                                      lf_value_is(class, LF_TYPE_STRING) ? lf_value_text(arena, class) : (LfSlice){0}};
  }
  return TRUE;
}
