/* Go templates: values, their truth and their types. */
#include "module/gotmpl/impl.h"

#include <stdlib.h>

static int
compare_members(const void *a, const void *b)
{
  const LfMember *x = a, *y = b;
  gsize n = MIN(x->key_len, y->key_len);
  int c = n > 0 ? memcmp(x->key, y->key, n) : 0;
  return c != 0 ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static LfValue
prepare_at(LfArena *arena, const LfValue *v, int depth)
{
  LfValue copy = *v;
  switch ((LfType)v->type) {
  case LF_TYPE_STRING:
    lf_value_text(arena, &copy);
    return copy;
  case LF_TYPE_NUMBER:
    return lf_value_double(lf_value_as_double(v));
  case LF_TYPE_ARRAY:
    if (depth >= LF_DEPTH_MAX)
      return lf_value_null();
    copy = lf_value_array(arena, v->array->len);
    copy.array->len = v->array->len;
    for (guint32 i = 0; i < v->array->len; i++)
      copy.array->items[i] = prepare_at(arena, &v->array->items[i], depth + 1);
    return copy;
  case LF_TYPE_OBJECT:
    if (depth >= LF_DEPTH_MAX)
      return lf_value_null();
    copy = lf_value_object(arena, v->object->len);
    copy.object->len = v->object->len;
    for (guint32 i = 0; i < v->object->len; i++) {
      copy.object->members[i] = v->object->members[i];
      copy.object->members[i].value = prepare_at(arena, &v->object->members[i].value, depth + 1);
    }
    qsort(copy.object->members, copy.object->len, sizeof(LfMember), compare_members);
    return copy;
  default:
    return copy;
  }
}

LfValue
lf_tmpl_prepare(LfArena *arena, const LfValue *v)
{
  return prepare_at(arena, v, 0);
}

LfTmplValue
lf_tmpl_from_value(const LfValue *v)
{
  LfTmplValue out = {.kind = LF_TMPL_KIND_NIL, .boxed = TRUE};
  switch ((LfType)v->type) {
  case LF_TYPE_BOOL:
    out.kind = LF_TMPL_KIND_BOOL;
    out.b = v->b;
    break;
  case LF_TYPE_INT:
    out.kind = LF_TMPL_KIND_INT;
    out.i = v->i;
    break;
  case LF_TYPE_DOUBLE:
    out.kind = LF_TMPL_KIND_FLOAT;
    out.d = v->d;
    break;
  case LF_TYPE_STRING:
    out.kind = LF_TMPL_KIND_STRING;
    out.s = lf_slice(v->s, v->len);
    break;
  case LF_TYPE_ARRAY:
    out.kind = LF_TMPL_KIND_LIST;
    out.list.items = v->array->items;
    out.list.len = out.list.cap = v->array->len;
    break;
  case LF_TYPE_OBJECT:
    out.kind = LF_TMPL_KIND_MAP;
    out.map = v->object;
    break;
  case LF_TYPE_NULL:
  case LF_TYPE_NUMBER: /* lf_tmpl_prepare leaves none */
    break;
  }
  return out;
}

const char *
lf_tmpl_type_name(const LfTmplValue *v)
{
  static const char *const names[] = {
      [LF_TMPL_KIND_INVALID] = "<nil>",       [LF_TMPL_KIND_NIL] = "<nil>",
      [LF_TMPL_KIND_BOOL] = "bool",           [LF_TMPL_KIND_INT] = "int",
      [LF_TMPL_KIND_BYTE] = "uint8",          [LF_TMPL_KIND_FLOAT] = "float64",
      [LF_TMPL_KIND_COMPLEX] = "complex128",  [LF_TMPL_KIND_STRING] = "string",
      [LF_TMPL_KIND_LIST] = "[]interface {}", [LF_TMPL_KIND_MAP] = "map[string]interface {}",
  };
  return names[v->kind];
}

gboolean
lf_tmpl_is_true(const LfTmplValue *v)
{
  switch (v->kind) {
  case LF_TMPL_KIND_INVALID:
  case LF_TMPL_KIND_NIL:
    return FALSE;
  case LF_TMPL_KIND_BOOL:
    return v->b;
  case LF_TMPL_KIND_INT:
  case LF_TMPL_KIND_BYTE:
    return v->i != 0;
  case LF_TMPL_KIND_FLOAT:
    return v->d != 0;
  case LF_TMPL_KIND_COMPLEX:
    return v->z.re != 0 || v->z.im != 0;
  case LF_TMPL_KIND_STRING:
    return v->s.len > 0;
  case LF_TMPL_KIND_LIST:
    return v->list.len > 0;
  case LF_TMPL_KIND_MAP:
    return v->map->len > 0;
  }
  g_assert_not_reached();
}
