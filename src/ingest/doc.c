/* Access to a document under way, with the words of Elasticsearch's IngestDocument. */
#include "ingest/doc.h"

#include <stdarg.h>

/* Names that are not fields of the source (IngestDocument.Metadata). */
static const char *const metadata[] = {"_index",        "_id",        "_routing",         "_version",
                                       "_version_type", "_if_seq_no", "_if_primary_term", "_dynamic_templates"};

static gboolean
is_metadata(LfSlice name)
{
  for (gsize i = 0; name.len > 1 && name.p[0] == '_' && i < G_N_ELEMENTS(metadata); i++)
    if (lf_slice_is(name, metadata[i]))
      return TRUE;
  return FALSE;
}

gboolean
lf_doc_fail(LfIngestDoc *doc, const char *type, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  doc->error = (LfIngestError){.type = type, .reason = lf_arena_dup(doc->arena, lf_slice_str(text)).p};
  return FALSE;
}

const char *
lf_doc_class_name(const LfValue *v)
{
  switch ((LfType)v->type) {
  case LF_TYPE_NULL:
    return "null";
  case LF_TYPE_BOOL:
    return "java.lang.Boolean";
  case LF_TYPE_INT:
    return v->i >= G_MININT32 && v->i <= G_MAXINT32 ? "java.lang.Integer" : "java.lang.Long";
  case LF_TYPE_DOUBLE:
    return "java.lang.Double";
  case LF_TYPE_NUMBER:
    return memchr(v->s, '.', v->len) == NULL && memchr(v->s, 'e', v->len) == NULL && memchr(v->s, 'E', v->len) == NULL
               ? "java.math.BigInteger"
               : "java.lang.Double";
  case LF_TYPE_STRING:
    return "java.lang.String";
  case LF_TYPE_ARRAY:
    return "java.util.ArrayList";
  case LF_TYPE_OBJECT:
    return "java.util.HashMap";
  }
  g_assert_not_reached();
}

/* Splits a name: `_ingest.` and `_source.` in front say where it begins. */
static void
parse_path(LfArena *arena, LfSlice text, LfField *out)
{
  LfSlice rest = text;
  out->text = text;
  out->of_ingest = lf_slice_has_prefix(text, "_ingest.");
  if (out->of_ingest || lf_slice_has_prefix(text, "_source."))
    rest = lf_slice(text.p + 8, text.len - 8);
  out->valid = lf_path_parse(arena, rest, &out->path);
}

static gboolean
has_template(LfSlice text)
{
  return text.len >= 2 && memmem(text.p, text.len, "{{", 2) != NULL;
}

gboolean
lf_field_compile(LfArena *arena, LfSlice text, LfField *out, GError **error)
{
  *out = (LfField){0};
  if (!has_template(text)) {
    parse_path(arena, lf_arena_dup(arena, text), out);
    return TRUE;
  }
  out->text = text;
  out->template = lf_mustache_compile(arena, text, error);
  return out->template != NULL;
}

/* What a template's outermost names mean: fields of the source, metadata, _source and _ingest. */
static LfValue *
root_lookup(LfSlice name, void *data)
{
  LfIngestDoc *doc = data;
  if (name.len > 1 && name.p[0] == '_') {
    if (lf_slice_is(name, "_ingest"))
      return &doc->ingest;
    if (lf_slice_is(name, "_source"))
      return &doc->source;
    if (is_metadata(name))
      return lf_object_get(&doc->meta, name);
  }
  return lf_object_get(&doc->source, name);
}

LfSlice
lf_doc_render(LfIngestDoc *doc, const LfMustache *template)
{
  const LfValue *alone = lf_mustache_alone(template, root_lookup, doc);
  if (alone != NULL)
    return lf_slice(alone->s, alone->len);
  g_auto(LfBuf) out = {0};
  lf_mustache_render(template, doc->arena, root_lookup, doc, &out);
  return lf_arena_dup(doc->arena, lf_buf_slice(&out));
}

gboolean
lf_field_resolve(LfIngestDoc *doc, const LfField *field, LfField *out)
{
  *out = *field;
  if (field->template != NULL) {
    LfSlice name = lf_doc_render(doc, field->template);
    *out = (LfField){0};
    parse_path(doc->arena, name, out);
  }
  if (out->text.len == 0)
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "path cannot be null nor empty");
  if (!out->valid)
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "path [%.*s] is not valid", (int)out->text.len, out->text.p);
  return TRUE;
}

struct LfValueSource {
  LfType type; /* LF_TYPE_STRING with a template, LF_TYPE_ARRAY, LF_TYPE_OBJECT, else a constant */
  const LfMustache *template;
  LfValue constant;
  guint n;
  LfValueSource **keys; /* of an object */
  LfValueSource **items;
};

LfValueSource *
lf_value_source_compile(LfArena *arena, const LfNode *node, GError **error)
{
  LfValueSource *s = lf_arena_alloc0(arena, sizeof *s);
  s->type = LF_TYPE_NULL;
  if (node->type == LF_NODE_STRING && has_template(node->text)) {
    s->type = LF_TYPE_STRING;
    s->template = lf_mustache_compile(arena, node->text, error);
    return s->template != NULL ? s : NULL;
  }
  if (node->type != LF_NODE_LIST && node->type != LF_NODE_MAP) {
    s->constant = lf_node_to_value(arena, node);
    return s;
  }
  s->type = node->type == LF_NODE_LIST ? LF_TYPE_ARRAY : LF_TYPE_OBJECT;
  s->n = node->n;
  s->keys = lf_arena_alloc_n(arena, node->n, sizeof *s->keys);
  s->items = lf_arena_alloc_n(arena, node->n, sizeof *s->items);
  for (guint i = 0; i < node->n; i++) {
    LfNode *key = lf_node_string(arena, node->entries[i].place, node->entries[i].key);
    s->keys[i] = lf_value_source_compile(arena, key, error);
    s->items[i] = s->keys[i] != NULL ? lf_value_source_compile(arena, node->entries[i].node, error) : NULL;
    if (s->items[i] == NULL)
      return NULL;
  }
  return s;
}

gboolean
lf_value_source_is_template(const LfValueSource *source)
{
  return source->type == LF_TYPE_STRING;
}

LfValue
lf_doc_value(LfIngestDoc *doc, const LfValueSource *s)
{
  LfValue v;
  const LfValue *alone;
  switch (s->type) {
  case LF_TYPE_STRING:
    alone = lf_mustache_alone(s->template, root_lookup, doc);
    return alone != NULL ? *alone : lf_value_string(lf_doc_render(doc, s->template));
  case LF_TYPE_ARRAY:
    v = lf_value_array(doc->arena, s->n);
    for (guint i = 0; i < s->n; i++)
      lf_array_push(doc->arena, &v, lf_doc_value(doc, s->items[i]));
    return v;
  case LF_TYPE_OBJECT:
    v = lf_value_object(doc->arena, s->n);
    for (guint i = 0; i < s->n; i++) {
      LfValue key = lf_doc_value(doc, s->keys[i]);
      lf_object_set(doc->arena, &v, lf_value_text(doc->arena, &key), lf_doc_value(doc, s->items[i]));
    }
    return v;
  default:
    return s->constant;
  }
}

static LfValue *
root_of(LfIngestDoc *doc, const LfField *field)
{
  if (field->of_ingest)
    return &doc->ingest;
  return is_metadata(field->path.parts[0]) ? &doc->meta : &doc->source;
}

static gboolean
out_of_bounds(LfIngestDoc *doc, const LfField *field, const LfPathStop *stop)
{
  gint64 index = 0;
  lf_path_index(field->path.parts[stop->index], &index);
  return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT,
                     "[%d] is out of bounds for array with length [%u] as part of path [%.*s]", (int)index,
                     stop->at->array->len, (int)field->text.len, field->text.p);
}

gboolean
lf_doc_find(LfIngestDoc *doc, const LfField *field, gboolean strict, LfValue **out)
{
  LfPathStop stop;
  *out = lf_path_get(root_of(doc, field), &field->path, &stop);
  if (*out == NULL && strict && stop.result == LF_PATH_OUT_OF_BOUNDS)
    return out_of_bounds(doc, field, &stop);
  return TRUE;
}

/* What IngestDocument.setFieldValue says where the way is blocked. */
static gboolean
blocked(LfIngestDoc *doc, const LfField *field, const LfPathStop *stop)
{
  LfSlice part = field->path.parts[stop->index];
  gboolean leaf = stop->index + 1 == field->path.n;
  int part_len = (int)part.len, path_len = (int)field->text.len;
  const char *path = field->text.p;
  switch (stop->result) {
  case LF_PATH_OUT_OF_BOUNDS:
    return out_of_bounds(doc, field, stop);
  case LF_PATH_NOT_INDEX:
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT,
                       "[%.*s] is not an integer, cannot be used as an index as part of path [%.*s]", part_len, part.p,
                       path_len, path);
  case LF_PATH_NULL:
    if (leaf)
      return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "cannot set [%.*s] with null parent as part of path [%.*s]",
                         part_len, part.p, path_len, path);
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "cannot resolve [%.*s] from null as part of path [%.*s]", part_len,
                       part.p, path_len, path);
  default:
    return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT,
                       leaf ? "cannot set [%.*s] with parent object of type [%s] as part of path [%.*s]"
                            : "cannot resolve [%.*s] from object of type [%s] as part of path [%.*s]",
                       part_len, part.p, lf_doc_class_name(stop->at), path_len, path);
  }
}

gboolean
lf_doc_set(LfIngestDoc *doc, const LfField *field, LfValue value)
{
  LfPathStop stop;
  if (lf_path_set(doc->arena, root_of(doc, field), &field->path, value, &stop))
    return TRUE;
  return blocked(doc, field, &stop);
}

static gboolean
contains(const LfValue *list, const LfValue *item)
{
  for (guint32 i = 0; i < list->array->len; i++)
    if (lf_value_equal(&list->array->items[i], item))
      return TRUE;
  return FALSE;
}

/* Adds one value, or each item of a list. */
static guint
push_values(LfArena *arena, LfValue *list, const LfValue *value, gboolean allow_duplicates)
{
  guint pushed = 0, n = value->type == LF_TYPE_ARRAY ? value->array->len : 1;
  const LfValue *items = value->type == LF_TYPE_ARRAY ? value->array->items : value;
  for (guint i = 0; i < n; i++) {
    if (!allow_duplicates && contains(list, &items[i]))
      continue;
    lf_array_push(arena, list, items[i]);
    pushed++;
  }
  return pushed;
}

gboolean
lf_doc_append(LfIngestDoc *doc, const LfField *field, const LfValue *value, gboolean allow_duplicates)
{
  LfPathStop stop;
  LfValue *parent = lf_path_parent(doc->arena, root_of(doc, field), &field->path, TRUE, &stop);
  if (parent == NULL)
    return blocked(doc, field, &stop);
  LfPath leaf = {.n = 1, .parts = &field->path.parts[field->path.n - 1]};
  LfValue *slot = lf_path_get(parent, &leaf, &stop);
  if (slot != NULL && slot->type == LF_TYPE_ARRAY) {
    lf_value_make_writable(doc->arena, slot);
    push_values(doc->arena, slot, value, allow_duplicates);
    return TRUE;
  }
  if (slot == NULL && stop.result != LF_PATH_ABSENT) {
    stop.index = field->path.n - 1;
    return blocked(doc, field, &stop);
  }
  LfValue list = lf_value_array(doc->arena, 2);
  if (slot != NULL)
    lf_array_push(doc->arena, &list, *slot);
  guint pushed = push_values(doc->arena, &list, value, allow_duplicates);
  if (slot != NULL && !allow_duplicates && pushed == 0)
    return TRUE; /* nothing new: a single value stays one */
  return lf_doc_set(doc, field, list);
}

gboolean
lf_doc_remove(LfIngestDoc *doc, const LfField *field)
{
  if (lf_path_remove(doc->arena, root_of(doc, field), &field->path, NULL))
    return TRUE;
  return lf_doc_fail(doc, LF_DOC_ILLEGAL_ARGUMENT, "field [%.*s] doesn't exist", (int)field->text.len, field->text.p);
}

LfValue
lf_ingest_metadata(LfArena *arena, gint64 now_ns)
{
  char time[LF_TIME_TEXT];
  LfValue ingest = lf_value_object(arena, 1);
  LfValue timestamp = lf_value_string_dup(arena, lf_slice(time, lf_clock_format_ns(now_ns, time)));
  timestamp.flags = LF_VALUE_PLAIN;
  lf_object_set_static(arena, &ingest, "timestamp", timestamp);
  lf_value_share(&ingest);
  return ingest;
}

void
lf_ingest_doc_init(LfIngestDoc *doc, LfArena *arena, LfValue source, LfValue ingest)
{
  *doc = (LfIngestDoc){.arena = arena, .source = source, .meta = lf_value_object(arena, 1), .ingest = ingest};
}
