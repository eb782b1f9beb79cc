/* Parameters and errors of the CloudWatch Logs API, in AWS's words. */
#include "fakeaws/call.h"

#include <stdarg.h>

enum { NAME_MAX_BYTES = 512, IDENTIFIER_MAX_BYTES = 2048 };

#define GROUP_PATTERN "[\\.\\-_/#A-Za-z0-9]+"
#define GROUP_IDENTIFIER_PATTERN "[\\w#+=/:,.@-]*"

gboolean
lf_fake_fail(LfFakeCall *call, const char *type, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  call->error_type = type;
  call->error_message = lf_arena_dup(call->arena, lf_slice_str(text));
  return FALSE;
}

gboolean
lf_fake_constraint(LfFakeCall *call, const char *name, LfSlice value, const char *must)
{
  return lf_fake_fail(call, "InvalidParameterException",
                      "1 validation error detected: Value '%.*s' at '%s' failed to satisfy constraint: Member must %s",
                      (int)MIN(value.len, 256), value.len > 0 ? value.p : "", name, must);
}

static LfValue *
parameter(LfFakeCall *call, const char *name)
{
  LfValue *v = lf_object_get_str(&call->body, name);
  return v == NULL || v->type == LF_TYPE_NULL ? NULL : v;
}

static gboolean
wrong_type(LfFakeCall *call, const char *name, const char *wanted)
{
  return lf_fake_fail(call, "SerializationException", "%s can not be converted to %s", name, wanted);
}

static gboolean
wrong_length(LfFakeCall *call, const char *name, LfSlice value, gboolean short_one, gsize limit)
{
  g_autofree char *must =
      g_strdup_printf("have length %s than or equal to %" G_GSIZE_FORMAT, short_one ? "greater" : "less", limit);
  return lf_fake_constraint(call, name, value, must);
}

gboolean
lf_fake_text(LfFakeCall *call, const char *name, gsize min, gsize max, LfSlice *out)
{
  *out = lf_slice(NULL, 0);
  LfValue *v = parameter(call, name);
  if (v == NULL)
    return TRUE;
  if (v->type != LF_TYPE_STRING)
    return wrong_type(call, name, "a String");
  LfSlice text = lf_value_text(call->arena, v);
  if (text.len < min || text.len > max)
    return wrong_length(call, name, text, text.len < min, text.len < min ? min : max);
  if (text.len > 0 && memchr(text.p, '\0', text.len) != NULL)
    return lf_fake_constraint(call, name, LF_SLICE_LIT("\\u0000"), "not hold a NUL");
  *out = text.p != NULL ? text : LF_SLICE_LIT("");
  return TRUE;
}

gboolean
lf_fake_text_required(LfFakeCall *call, const char *name, gsize min, gsize max, LfSlice *out)
{
  if (!lf_fake_text(call, name, min, max, out))
    return FALSE;
  if (out->p != NULL)
    return TRUE;
  return lf_fake_fail(call, "InvalidParameterException",
                      "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must "
                      "not be null",
                      name);
}

gboolean
lf_fake_int(LfFakeCall *call, const char *name, gint64 min, gint64 max, gint64 *out)
{
  LfValue *v = parameter(call, name);
  gint64 i;
  if (v == NULL)
    return TRUE;
  if (!lf_value_is_number(v) || !lf_value_as_int(v, &i))
    return wrong_type(call, name, "a Long");
  if (i < min || i > max) {
    g_autofree char *value = g_strdup_printf("%" G_GINT64_FORMAT, i);
    g_autofree char *must = g_strdup_printf("have value %s than or equal to %" G_GINT64_FORMAT,
                                            i < min ? "greater" : "less", i < min ? min : max);
    return lf_fake_constraint(call, name, lf_slice_str(value), must);
  }
  *out = i;
  return TRUE;
}

gboolean
lf_fake_bool(LfFakeCall *call, const char *name, gboolean *out)
{
  LfValue *v = parameter(call, name);
  if (v == NULL)
    return TRUE;
  if (v->type != LF_TYPE_BOOL)
    return wrong_type(call, name, "a Boolean");
  *out = v->b;
  return TRUE;
}

gboolean
lf_fake_array(LfFakeCall *call, const char *name, guint min, guint max, LfValue **out)
{
  *out = NULL;
  LfValue *v = parameter(call, name);
  if (v == NULL)
    return TRUE;
  if (v->type != LF_TYPE_ARRAY)
    return wrong_type(call, name, "a List");
  guint len = v->array->len;
  if (len < min || len > max)
    return wrong_length(call, name, len == 0 ? LF_SLICE_LIT("[]") : LF_SLICE_LIT("[...]"), len < min,
                        len < min ? min : max);
  *out = v;
  return TRUE;
}

/* Log groups */

static gboolean
all_of(LfSlice s, const char *more)
{
  for (gsize i = 0; i < s.len; i++) {
    if (!g_ascii_isalnum(s.p[i]) && (s.p[i] == '\0' || strchr(more, s.p[i]) == NULL))
      return FALSE;
  }
  return TRUE;
}

gboolean
lf_fake_group_name(LfFakeCall *call, LfSlice *out)
{
  if (!lf_fake_text_required(call, "logGroupName", 1, NAME_MAX_BYTES, out))
    return FALSE;
  return all_of(*out, ".-_/#") ||
         lf_fake_constraint(call, "logGroupName", *out, "satisfy regular expression pattern: " GROUP_PATTERN);
}

static LfSlice
take_part(LfSlice *rest)
{
  const char *colon = rest->len > 0 ? memchr(rest->p, ':', rest->len) : NULL;
  LfSlice part = *rest;
  part.len = colon != NULL ? (gsize)(colon - rest->p) : rest->len;
  gsize taken = colon != NULL ? part.len + 1 : part.len;
  *rest = lf_slice(rest->p + taken, rest->len - taken);
  return part;
}

LfFakeStore *
lf_fake_account(LfFakeState *state, const char *account)
{
  for (guint i = 0; i < state->accounts->len; i++) {
    LfFakeStore *store = g_ptr_array_index(state->accounts, i);
    if (strcmp(store->account, account) == 0)
      return store;
  }
  LfFakeStore *store = lf_fake_store_new(account, &state->next_seq);
  g_ptr_array_add(state->accounts, store);
  return store;
}

gboolean
lf_fake_is_monitoring(const LfFakeCall *call)
{
  return call->store == g_ptr_array_index(call->state->accounts, 0);
}

/* The account whose store the action may use: the caller's own, or one that it monitors. Returns: (nullable). */
static const LfFakeStore *
visible_store(const LfFakeCall *call, LfSlice account)
{
  static const char *const reading[] = {"FilterLogEvents", "GetLogEvents", "DescribeLogStreams", NULL};
  if (lf_slice_is(account, call->store->account))
    return call->store;
  if (!lf_fake_is_monitoring(call) || !g_strv_contains(reading, call->action))
    return NULL;
  for (guint i = 0; i < call->state->accounts->len; i++) {
    const LfFakeStore *store = g_ptr_array_index(call->state->accounts, i);
    if (lf_slice_is(account, store->account))
      return store;
  }
  return NULL;
}

/* The name in arn:aws:logs:region:account:log-group:NAME, where it is one that the caller sees. */
static gboolean
name_of_arn(LfFakeCall *call, LfSlice arn, LfSlice *name, const LfFakeStore **store)
{
  LfSlice rest = arn, part[6];
  for (gsize i = 0; i < G_N_ELEMENTS(part); i++)
    part[i] = take_part(&rest);
  if (!lf_slice_is(part[2], "logs") || !lf_slice_is(part[5], "log-group") || rest.len == 0)
    return lf_fake_fail(call, "InvalidParameterException",
                        "The specified logGroupIdentifier is not a log group's ARN.");
  *store = visible_store(call, part[4]);
  if (*store == NULL)
    return lf_fake_fail(call, "AccessDeniedException",
                        "User: arn:aws:iam::%s:user/logferry is not authorized to perform: logs:%s on resource: "
                        "%.*s because no resource-based policy allows the logs:%s action",
                        call->store->account, call->action, (int)arn.len, arn.p, call->action);
  *name = lf_slice_is(part[3], call->state->options.region) ? rest : lf_slice("", 0);
  return TRUE;
}

gboolean
lf_fake_group(LfFakeCall *call, LfFakeGroup **out)
{
  LfSlice name, identifier;
  const LfFakeStore *store = call->store;
  if (!lf_fake_text(call, "logGroupName", 1, NAME_MAX_BYTES, &name) ||
      !lf_fake_text(call, "logGroupIdentifier", 1, IDENTIFIER_MAX_BYTES, &identifier))
    return FALSE;
  if ((name.p != NULL) == (identifier.p != NULL))
    return lf_fake_fail(call, "InvalidParameterException",
                        name.p != NULL ? "logGroupName and logGroupIdentifier cannot both be specified."
                                       : "Either logGroupName or logGroupIdentifier must be specified.");
  if (name.p != NULL && !lf_fake_group_name(call, &name))
    return FALSE;
  if (identifier.p != NULL && !all_of(identifier, "_#+=/:,.@-"))
    return lf_fake_constraint(call, "logGroupIdentifier", identifier,
                              "satisfy regular expression pattern: " GROUP_IDENTIFIER_PATTERN);
  if (identifier.p != NULL && lf_slice_has_prefix(identifier, "arn:")) {
    if (!name_of_arn(call, identifier, &name, &store))
      return FALSE;
  } else if (identifier.p != NULL) {
    name = identifier;
  }
  *out = lf_fake_store_group(store, name);
  return *out != NULL || lf_fake_fail(call, "ResourceNotFoundException", "The specified log group does not exist.");
}

void
lf_fake_append_group_arn(const LfFakeCall *call, LfBuf *buf, const LfFakeGroup *group)
{
  lf_buf_printf(buf, "arn:aws:logs:%s:%s:log-group:%s", call->state->options.region, group->account, group->name);
}
