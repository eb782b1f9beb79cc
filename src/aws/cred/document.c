/* Reads credentials from JSON, without ever showing any of it. */
#include "aws/cred/document.h"

#include "value/json_read.h"

const LfCredNames lf_cred_names_agent = {NULL, "AccessKeyId", "SecretAccessKey", "Token", "Expiration", TRUE};
const LfCredNames lf_cred_names_process = {NULL, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", FALSE};
const LfCredNames lf_cred_names_portal = {"roleCredentials", "accessKeyId", "secretAccessKey",
                                          "sessionToken",    "expiration",  TRUE};

gboolean
lf_cred_parse_time(const char *text, gint64 *wall_ms)
{
  g_autofree char *zoned = NULL;
  if (g_str_has_suffix(text, "UTC"))
    text = zoned = g_strdup_printf("%.*sZ", (int)strlen(text) - 3, text);
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
  if (time == NULL)
    return FALSE;
  *wall_ms = g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000;
  return TRUE;
}

/* The member's text without control characters, which could end a header. */
static char *
text_of(LfArena *arena, const LfValue *object, const char *name)
{
  LfValue *v = lf_object_get_str(object, name);
  if (!lf_value_is(v, LF_TYPE_STRING))
    return NULL;
  LfSlice text = lf_value_text(arena, v);
  for (gsize i = 0; i < text.len; i++)
    if ((guint8)text.p[i] < 0x20 || text.p[i] == 0x7f)
      return NULL;
  return text.len > 0 ? lf_slice_dup(text) : NULL;
}

static gboolean
missing(GError **error, const char *name)
{
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "it has no %s", name);
  return FALSE;
}

static gboolean
read_expiration(LfArena *arena, const LfValue *object, const LfCredNames *names, gint64 *expires_ms, GError **error)
{
  LfValue *v = lf_object_get_str(object, names->expiration);
  *expires_ms = 0;
  if (v == NULL || v->type == LF_TYPE_NULL)
    return !names->temporary || missing(error, names->expiration);
  g_autofree char *text = text_of(arena, object, names->expiration);
  if (text != NULL ? lf_cred_parse_time(text, expires_ms) : lf_value_as_int(v, expires_ms))
    return TRUE;
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "its %s is no time such as 2026-11-24T13:29:03Z",
              names->expiration);
  return FALSE;
}

static LfCredentials *
read_object(LfArena *arena, const LfValue *object, const LfCredNames *names, const char *source, GError **error)
{
  gint64 expires_ms;
  char *id = text_of(arena, object, names->access_key_id);
  char *secret = text_of(arena, object, names->secret_access_key);
  char *token = text_of(arena, object, names->session_token);
  LfCredentials *found = NULL;
  if (id == NULL)
    missing(error, names->access_key_id);
  else if (secret == NULL)
    missing(error, names->secret_access_key);
  else if (token == NULL && names->temporary)
    missing(error, names->session_token);
  else if (read_expiration(arena, object, names, &expires_ms, error)) {
    found = lf_credentials_new(id, secret, token, source);
    found->expires_ms = expires_ms;
  }
  g_free(id);
  lf_cred_wipe(secret);
  lf_cred_wipe(token);
  return found;
}

LfCredentials *
lf_cred_document_read(LfBuf *body, const LfCredNames *names, const char *source, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue root;
  lf_buf_reserve(body, 1); /* an empty one has no bytes to point at */
  if (!lf_json_read(arena, body->p, body->len, &root, NULL) || root.type != LF_TYPE_OBJECT) {
    g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "it is not a JSON object");
    return NULL;
  }
  const LfValue *object = names->inside != NULL ? lf_object_get_str(&root, names->inside) : &root;
  if (!lf_value_is(object, LF_TYPE_OBJECT)) {
    missing(error, names->inside);
    return NULL;
  }
  return read_object(arena, object, names, source, error);
}

char *
lf_cred_document_text(LfSlice body, const char *name)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue root;
  if (!lf_json_read_copy(arena, body, &root, NULL) || root.type != LF_TYPE_OBJECT)
    return NULL;
  return text_of(arena, &root, name);
}

gint64
lf_cred_document_int(LfSlice body, const char *name, gint64 otherwise)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue root;
  gint64 value;
  if (!lf_json_read_copy(arena, body, &root, NULL) || root.type != LF_TYPE_OBJECT)
    return otherwise;
  const LfValue *v = lf_object_get_str(&root, name);
  return v != NULL && lf_value_is_number(v) && lf_value_as_int(v, &value) ? value : otherwise;
}
