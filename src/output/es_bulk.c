/* A _bulk body on its way. */
#include "output/es_bulk.h"

#include "output/codec.h"
#include "value/json_read.h"
#include "value/json_write.h"

LfEsBulk *
lf_es_bulk_new(void *owner)
{
  LfEsBulk *bulk = g_new0(LfEsBulk, 1);
  bulk->owner = owner;
  return bulk;
}

static void
free_ids(LfEsBulk *bulk)
{
  for (guint i = 0; i < bulk->n; i++)
    g_free(bulk->items[i].unsent_id);
  bulk->n = 0;
}

void
lf_es_bulk_free(LfEsBulk *bulk)
{
  if (bulk == NULL)
    return;
  free_ids(bulk);
  lf_buf_clear(&bulk->body);
  lf_buf_clear(&bulk->packed);
  g_free(bulk->items);
  g_free(bulk);
}

void
lf_es_bulk_reset(LfEsBulk *bulk)
{
  free_ids(bulk);
  LfEsBulk kept = {
      .body = bulk->body, .items = bulk->items, .cap = bulk->cap, .packed = bulk->packed, .owner = bulk->owner};
  kept.body.len = kept.packed.len = 0;
  *bulk = kept;
}

static LfEsItem *
add_item(LfEsBulk *bulk)
{
  if (bulk->n == bulk->cap) {
    bulk->cap = MAX(bulk->cap * 2, 64);
    bulk->items = g_renew(LfEsItem, bulk->items, bulk->cap);
  }
  return &bulk->items[bulk->n++];
}

void
lf_es_bulk_add(LfEsBulk *bulk, LfSlice prefix, const LfEvent *event, gboolean with_id, gboolean escape_html,
               LfTicket *ticket)
{
  LfBuf *body = &bulk->body;
  LfEsItem *item = add_item(bulk);
  *item = (LfEsItem){.at = body->len, .own_index = event->index.len > 0, .ticket = ticket};
  lf_buf_append_slice(body, prefix);
  if (with_id) {
    lf_buf_append(body, ",\"_id\":", 7);
    item->id_at = (guint32)(body->len + 1 - item->at);
    lf_json_write_string(body, event->id);
    item->id_len = (guint32)(body->len - 1 - item->at) - item->id_at;
  } else {
    item->unsent_id = lf_slice_dup(event->id);
  }
  lf_buf_append(body, "}}\n", 3);
  item->doc_at = (guint32)(body->len - item->at);
  gsize mark = body->len;
  lf_json_write(body, &event->doc);
  if (escape_html)
    lf_codec_escape_html(body, mark);
  lf_buf_append_char(body, '\n');
}

static gsize
end_of(const LfEsBulk *bulk, guint i)
{
  return i + 1 < bulk->n ? bulk->items[i + 1].at : bulk->body.len;
}

LfSlice
lf_es_bulk_doc(const LfEsBulk *bulk, guint i)
{
  const LfEsItem *item = &bulk->items[i];
  gsize from = item->at + item->doc_at;
  return lf_slice(bulk->body.p + from, end_of(bulk, i) - 1 - from);
}

LfSlice
lf_es_bulk_id(const LfEsBulk *bulk, guint i)
{
  const LfEsItem *item = &bulk->items[i];
  return lf_slice(bulk->body.p + item->at + item->id_at, item->id_len);
}

LfSlice
lf_es_bulk_event_id(const LfEsBulk *bulk, guint i, LfArena *arena)
{
  const LfEsItem *item = &bulk->items[i];
  return item->unsent_id != NULL ? lf_slice_str(item->unsent_id) : lf_json_unescape(arena, lf_es_bulk_id(bulk, i));
}

LfSlice
lf_es_bulk_own_index(const LfEsBulk *bulk, guint i, LfArena *arena)
{
  const LfEsItem *item = &bulk->items[i];
  LfValue action;
  if (!item->own_index || !lf_json_read_copy(arena, lf_slice(bulk->body.p + item->at, item->doc_at), &action, NULL))
    return (LfSlice){0};
  LfValue *create = lf_object_get_str(&action, "create");
  LfValue *index = lf_value_is(create, LF_TYPE_OBJECT) ? lf_object_get_str(create, "_index") : NULL;
  return lf_value_is(index, LF_TYPE_STRING) ? lf_value_text(arena, index) : (LfSlice){0};
}

void
lf_es_bulk_move(LfEsBulk *bulk, guint first, LfEsBulk *to)
{
  if (first >= bulk->n)
    return;
  gsize from = bulk->items[first].at, shift = to->body.len;
  lf_buf_append(&to->body, bulk->body.p + from, bulk->body.len - from);
  for (guint i = first; i < bulk->n; i++) {
    LfEsItem *item = add_item(to);
    *item = bulk->items[i];
    item->at = item->at - from + shift;
  }
  bulk->body.len = from;
  bulk->n = first;
}

void
lf_es_bulk_keep(LfEsBulk *bulk, const gboolean *keep)
{
  gsize at = 0;
  guint n = 0;
  for (guint i = 0; i < bulk->n; i++) {
    LfEsItem item = bulk->items[i];
    gsize len = end_of(bulk, i) - item.at;
    if (!keep[i]) {
      g_free(item.unsent_id);
      continue;
    }
    memmove(bulk->body.p + at, bulk->body.p + item.at, len); /* `end_of` looks ahead only: what is behind may move */
    item.at = at;
    bulk->items[n++] = item;
    at += len;
  }
  bulk->body.len = at;
  bulk->n = n;
  lf_buf_clear(&bulk->packed);
  if (bulk->body.cap > 4 * at) {
    LfBuf small = {0};
    lf_buf_append(&small, bulk->body.p, at);
    lf_buf_clear(&bulk->body);
    bulk->body = small;
    bulk->cap = MAX(n, 1);
    bulk->items = g_renew(LfEsItem, bulk->items, bulk->cap);
  }
}
