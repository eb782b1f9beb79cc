/* The document tree: construction, members, cloning. */
#include "value/value.h"

#include "base/number.h"
#include "value/json_read.h"

LfValue
lf_value_string(LfSlice s)
{
  g_assert(s.len <= G_MAXUINT32);
  return (LfValue){.type = LF_TYPE_STRING, .len = (guint32)s.len, .s = s.p};
}

LfValue
lf_value_string_dup(LfArena *arena, LfSlice s)
{
  return lf_value_string(lf_arena_dup(arena, s));
}

LfValue
lf_value_number(LfSlice text)
{
  gint64 i;
  if (lf_number_parse_int(text, &i) && !(i == 0 && text.p[0] == '-'))
    return lf_value_int(i);
  g_assert(text.len <= G_MAXUINT32);
  return (LfValue){.type = LF_TYPE_NUMBER, .len = (guint32)text.len, .s = text.p};
}

LfValue
lf_value_array(LfArena *arena, guint32 cap)
{
  LfArray *a = lf_arena_alloc(arena, sizeof *a);
  *a = (LfArray){.cap = cap, .items = lf_arena_alloc_n(arena, cap, sizeof(LfValue))};
  return (LfValue){.type = LF_TYPE_ARRAY, .array = a};
}

LfValue
lf_value_object(LfArena *arena, guint32 cap)
{
  g_assert(cap < G_MAXUINT32 / 4);
  LfObject *o = lf_arena_alloc(arena, sizeof *o + cap * sizeof(LfMember)); /* its first members are behind it */
  *o = (LfObject){.cap = cap, .members = (LfMember *)(o + 1)};
  return (LfValue){.type = LF_TYPE_OBJECT, .object = o};
}

LfSlice
lf_value_text(LfArena *arena, LfValue *v)
{
  g_assert(v->type == LF_TYPE_STRING);
  if (v->flags & LF_VALUE_ESCAPED)
    *v = lf_value_string(lf_json_unescape(arena, lf_slice(v->s, v->len)));
  return lf_slice(v->s, v->len);
}

double
lf_value_as_double(const LfValue *v)
{
  switch ((LfType)v->type) {
  case LF_TYPE_INT:
    return (double)v->i;
  case LF_TYPE_DOUBLE:
    return v->d;
  case LF_TYPE_NUMBER:
    return lf_number_parse_double(lf_slice(v->s, v->len));
  default:
    return 0;
  }
}

gboolean
lf_value_as_int(const LfValue *v, gint64 *out)
{
  if (v->type == LF_TYPE_INT) {
    *out = v->i;
    return TRUE;
  }
  if (v->type != LF_TYPE_DOUBLE && v->type != LF_TYPE_NUMBER)
    return FALSE;
  double d = lf_value_as_double(v);
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0) || d != (double)(gint64)d)
    return FALSE;
  *out = (gint64)d;
  return TRUE;
}

/* The capacity after a growth; aborts when it would not fit. */
static guint32
grown(guint32 cap)
{
  g_assert(cap < G_MAXUINT32 / 2);
  return MAX(cap * 2, 4);
}

void
lf_array_push(LfArena *arena, LfValue *array, LfValue item)
{
  g_assert(array->type == LF_TYPE_ARRAY && !(array->flags & LF_VALUE_SHARED));
  LfArray *a = array->array;
  if (a->len == a->cap) {
    guint32 cap = grown(a->cap);
    a->items = lf_arena_grow(arena, a->items, a->cap * sizeof(LfValue), cap * sizeof(LfValue));
    a->cap = cap;
  }
  a->items[a->len++] = item;
}

void
lf_array_remove(LfValue *array, guint32 index)
{
  g_assert(array->type == LF_TYPE_ARRAY && !(array->flags & LF_VALUE_SHARED));
  LfArray *a = array->array;
  g_assert(index < a->len);
  a->len--;
  memmove(a->items + index, a->items + index + 1, (a->len - index) * sizeof(LfValue));
}

static LfMember *
find(const LfObject *o, LfSlice key)
{
  for (guint32 i = 0; i < o->len; i++) {
    LfMember *m = &o->members[i];
    if (m->key_len == key.len && (m->key == key.p || memcmp(m->key, key.p, key.len) == 0))
      return m;
  }
  return NULL;
}

LfValue *
lf_object_get(const LfValue *object, LfSlice key)
{
  if (object == NULL || object->type != LF_TYPE_OBJECT)
    return NULL;
  LfMember *m = find(object->object, key);
  return m != NULL ? &m->value : NULL;
}

static LfValue *
set_member(LfArena *arena, LfValue *object, LfSlice key, LfValue value, gboolean is_name)
{
  g_assert(object->type == LF_TYPE_OBJECT && !(object->flags & LF_VALUE_SHARED));
  g_assert(key.len <= G_MAXUINT32);
  LfObject *o = object->object;
  o->json = (LfSlice){0};
  LfMember *m = find(o, key);
  if (m == NULL) {
    if (o->len == o->cap) {
      guint32 cap = grown(o->cap);
      o->members = lf_arena_grow(arena, o->members, o->cap * sizeof(LfMember), cap * sizeof(LfMember));
      o->cap = cap;
    }
    m = &o->members[o->len++];
    LfSlice kept = is_name ? key : lf_arena_dup(arena, key);
    *m = (LfMember){.key = kept.p, .key_len = (guint32)kept.len, .key_plain = is_name || lf_json_is_plain(kept)};
  }
  m->value = value;
  return &m->value;
}

LfValue *
lf_object_set(LfArena *arena, LfValue *object, LfSlice key, LfValue value)
{
  return set_member(arena, object, key, value, FALSE);
}

LfValue *
lf_object_set_static(LfArena *arena, LfValue *object, const char *key, LfValue value)
{
  return set_member(arena, object, lf_slice_str(key), value, TRUE);
}

gboolean
lf_object_remove(LfValue *object, LfSlice key)
{
  g_assert(object->type == LF_TYPE_OBJECT && !(object->flags & LF_VALUE_SHARED));
  LfObject *o = object->object;
  LfMember *m = find(o, key);
  if (m == NULL)
    return FALSE;
  o->json = (LfSlice){0};
  gsize behind = (gsize)(o->members + o->len - (m + 1));
  memmove(m, m + 1, behind * sizeof *m);
  o->len--;
  return TRUE;
}

void
lf_value_make_writable(LfArena *arena, LfValue *slot)
{
  if (!(slot->flags & LF_VALUE_SHARED))
    return;
  if (slot->type == LF_TYPE_OBJECT) {
    const LfObject *from = slot->object;
    LfValue copy = lf_value_object(arena, from->len + 2);
    memcpy(copy.object->members, from->members, from->len * sizeof(LfMember));
    copy.object->len = from->len;
    *slot = copy;
  } else if (slot->type == LF_TYPE_ARRAY) {
    const LfArray *from = slot->array;
    LfValue copy = lf_value_array(arena, from->len + 1);
    memcpy(copy.array->items, from->items, from->len * sizeof(LfValue));
    copy.array->len = from->len;
    *slot = copy;
  }
}

static LfValue
clone_at(LfArena *arena, const LfValue *v, int depth)
{
  LfValue copy = *v;
  copy.flags &= (guint8)~LF_VALUE_SHARED;
  switch ((LfType)v->type) {
  case LF_TYPE_STRING:
  case LF_TYPE_NUMBER:
    copy.s = lf_arena_dup(arena, lf_slice(v->s, v->len)).p;
    return copy;
  case LF_TYPE_ARRAY:
    if (depth >= LF_DEPTH_MAX)
      return lf_value_null();
    copy = lf_value_array(arena, v->array->len);
    for (guint32 i = 0; i < v->array->len; i++)
      copy.array->items[i] = clone_at(arena, &v->array->items[i], depth + 1);
    copy.array->len = v->array->len;
    return copy;
  case LF_TYPE_OBJECT:
    if (depth >= LF_DEPTH_MAX)
      return lf_value_null();
    copy = lf_value_object(arena, v->object->len);
    for (guint32 i = 0; i < v->object->len; i++) {
      LfMember *to = &copy.object->members[i];
      *to = v->object->members[i];
      to->key = lf_arena_dup(arena, lf_slice(to->key, to->key_len)).p;
      to->value = clone_at(arena, &v->object->members[i].value, depth + 1);
    }
    copy.object->len = v->object->len;
    return copy;
  default:
    return copy;
  }
}

LfValue
lf_value_clone(LfArena *arena, const LfValue *v)
{
  return clone_at(arena, v, 0);
}

static void
share_at(LfValue *v, int depth)
{
  if (depth > LF_DEPTH_MAX)
    return;
  if (v->type == LF_TYPE_ARRAY) {
    v->flags |= LF_VALUE_SHARED;
    for (guint32 i = 0; i < v->array->len; i++)
      share_at(&v->array->items[i], depth + 1);
  } else if (v->type == LF_TYPE_OBJECT) {
    v->flags |= LF_VALUE_SHARED;
    for (guint32 i = 0; i < v->object->len; i++)
      share_at(&v->object->members[i].value, depth + 1);
  }
}

void
lf_value_share(LfValue *v)
{
  share_at(v, 0);
}
