/* What an answer to _bulk says about each event. */
#include "output/es_outcome.h"

#include "value/json_read.h"

enum { REASON_MAX = 2048 }; /* bytes of a reason that are kept */

/* Errors of one event with a 4xx status (403 is always one) that are a state of the cluster: the event is fine, and somebody can mend it. The
 * names are Elasticsearch's and OpenSearch's. `reason` (nullable) is how the text begins. */
static const struct {
  const char *type;
  const char *reason;
  gboolean unless_of_event; /* not where the index depends on the event */
} mendable[] = {
    {"cluster_block_exception", NULL, FALSE},
    {"index_create_block_exception", NULL, FALSE},
    {"security_exception", NULL, FALSE},
    {"index_closed_exception", NULL, TRUE},
    {"index_not_found_exception", NULL, TRUE},
    {"invalid_index_name_exception", NULL, TRUE},
    {"illegal_argument_exception", "pipeline with id [", FALSE},
    /* the limit of shards: the type was the first until 7.x, and is the other since */
    {"illegal_argument_exception", "Validation Failed: 1: this action would add [", FALSE},
    {"validation_exception", "Validation Failed: 1: this action would add [", FALSE},
    {"validation_exception", "this action would add [", FALSE},
    {"illegal_argument_exception", "no write index is defined for alias", TRUE},
};

static gboolean
take(const char **p, const char *end, const char *text, gsize len)
{
  if ((gsize)(end - *p) < len || memcmp(*p, text, len) != 0)
    return FALSE;
  *p += len;
  return TRUE;
}

#define TAKE(p, end, text) take(p, end, text, sizeof(text) - 1)

/* The one form that servers give the good answer, byte by byte: anything else is read as the JSON that it is. */
static gboolean
all_created(LfSlice body, const LfEsBulk *bulk)
{
  const char *p = body.p, *end = body.p + body.len;
  if (!TAKE(&p, end, "{\"errors\":false,\"items\":["))
    return FALSE;
  for (guint i = 0; i < bulk->n; i++) {
    LfSlice id = lf_es_bulk_id(bulk, i);
    if ((i > 0 && !TAKE(&p, end, ",")) || !TAKE(&p, end, "{\"create\":{\"_id\":\"") || !take(&p, end, id.p, id.len) ||
        !TAKE(&p, end, "\",\"status\":201}}"))
      return FALSE;
  }
  return TAKE(&p, end, "]}") && p == end;
}

static gboolean
foreign(GError **error, const char *what)
{
  g_set_error(error, LF_JSON_ERROR, LF_JSON_ERROR_SYNTAX, "the answer is not one to the request: %s", what);
  return FALSE;
}

static LfSlice
text_of(LfArena *arena, const LfValue *object, const char *key)
{
  LfValue *v = object != NULL ? lf_object_get_str(object, key) : NULL;
  return lf_value_is(v, LF_TYPE_STRING) ? lf_value_text(arena, v) : (LfSlice){0};
}

static LfSlice
reason_of(LfArena *arena, const LfValue *error, guint status)
{
  if (lf_value_is(error, LF_TYPE_STRING))
    return lf_value_text(arena, (LfValue *)error);
  LfSlice type = text_of(arena, error, "type"), reason = text_of(arena, error, "reason");
  const LfValue *cause = error != NULL ? lf_object_get_str(error, "caused_by") : NULL;
  LfSlice cause_type = text_of(arena, cause, "type"), cause_reason = text_of(arena, cause, "reason");
  if (type.len == 0)
    return lf_arena_printf(arena, "status %u without a reason", status);
  if (cause_type.len == 0)
    return lf_arena_printf(arena, "%.*s: %.*s", (int)type.len, type.p, (int)reason.len, reason.p);
  return lf_arena_printf(arena, "%.*s: %.*s (%.*s: %.*s)", (int)type.len, type.p, (int)reason.len, reason.p,
                         (int)cause_type.len, cause_type.p, (int)cause_reason.len, cause_reason.p);
}

/* A server may say anything, however long; what is kept is cut between two characters. */
static LfSlice
cut(LfSlice text)
{
  if (text.len <= REASON_MAX)
    return text;
  text.len = REASON_MAX;
  while (text.len > 0 && ((guint8)text.p[text.len] & 0xc0) == 0x80)
    text.len--;
  return text;
}

static gboolean
is_mendable(LfSlice type, LfSlice reason, gboolean index_of_event)
{
  for (gsize i = 0; i < G_N_ELEMENTS(mendable); i++)
    if (lf_slice_is(type, mendable[i].type) && !(index_of_event && mendable[i].unless_of_event) &&
        (mendable[i].reason == NULL || lf_slice_has_prefix(reason, mendable[i].reason)))
      return TRUE;
  return FALSE;
}

static LfEsVerdict
judge(LfArena *arena, const LfValue *error, guint status, gboolean with_ids, gboolean index_of_event)
{
  LfSlice type = text_of(arena, error, "type");
  if (status >= 200 && status < 300)
    return LF_ES_DELIVERED;
  if (status == 409 && with_ids && (error == NULL || lf_slice_is(type, "version_conflict_engine_exception")))
    return LF_ES_DELIVERED;
  if (status == 429 || status == 408 || status == 403 || status < 400 || status >= 500)
    return LF_ES_AGAIN;
  return is_mendable(type, text_of(arena, error, "reason"), index_of_event) ? LF_ES_AGAIN : LF_ES_DEAD;
}

/* `id` (nullable): which the item has to have. */
static gboolean
read_item(LfArena *arena, LfValue *item, const LfSlice *id, gboolean with_ids, gboolean index_of_event,
          LfEsOutcome *out, GError **error)
{
  LfValue *result =
      lf_value_is(item, LF_TYPE_OBJECT) && item->object->len == 1 ? lf_object_get_str(item, "create") : NULL;
  if (!lf_value_is(result, LF_TYPE_OBJECT))
    return foreign(error, "an item is no result of create");
  gint64 status;
  LfValue *number = lf_object_get_str(result, "status");
  if (!lf_value_is(number, LF_TYPE_INT) || !lf_value_as_int(number, &status) || status < 100 || status > 599)
    return foreign(error, "an item has no status");
  if (id != NULL) {
    LfValue *got = lf_object_get_str(result, "_id");
    if (!lf_value_is(got, LF_TYPE_STRING) || !lf_slice_equal(lf_value_text(arena, got), lf_json_unescape(arena, *id)))
      return foreign(error, "an item has the id of another event");
  }
  const LfValue *why = lf_object_get_str(result, "error");
  out->status = (guint)status;
  out->verdict = judge(arena, why, out->status, with_ids, index_of_event);
  if (out->verdict != LF_ES_DELIVERED)
    out->reason = cut(reason_of(arena, why, out->status));
  return TRUE;
}

gboolean
lf_es_outcomes_read(LfArena *arena, LfBuf *body, const LfEsBulk *bulk, gboolean with_ids, gboolean ids_may_change,
                    gboolean index_of_event, LfEsOutcome **out, GError **error)
{
  *out = NULL;
  if (with_ids && body->len > 0 && all_created(lf_buf_slice(body), bulk))
    return TRUE;
  LfValue root;
  g_autoptr(GError) why = NULL;
  lf_buf_reserve(body, 1);
  if (!lf_json_read(arena, body->p, body->len, &root, &why)) {
    g_set_error(error, LF_JSON_ERROR, why->code, "the answer is cut or no JSON: %s", why->message);
    return FALSE;
  }
  LfValue *items = root.type == LF_TYPE_OBJECT ? lf_object_get_str(&root, "items") : NULL;
  if (!lf_value_is(items, LF_TYPE_ARRAY))
    return foreign(error, "it has no items");
  if (items->array->len != bulk->n) {
    g_set_error(error, LF_JSON_ERROR, LF_JSON_ERROR_SYNTAX,
                "the answer is not one to the request: it has %u items for %u events", items->array->len, bulk->n);
    return FALSE;
  }
  LfEsOutcome *outcomes = lf_arena_alloc_n(arena, MAX(bulk->n, 1), sizeof *outcomes);
  memset(outcomes, 0, bulk->n * sizeof *outcomes);
  for (guint i = 0; i < bulk->n; i++) {
    LfSlice id = lf_es_bulk_id(bulk, i);
    if (!read_item(arena, &items->array->items[i], with_ids && !ids_may_change ? &id : NULL, with_ids, index_of_event,
                   &outcomes[i], error))
      return FALSE;
  }
  *out = outcomes;
  return TRUE;
}
