/* Equality of document trees. */
#include "value/value.h"

static gboolean
strings_equal(const LfValue *a, const LfValue *b)
{
  if (!((a->flags | b->flags) & LF_VALUE_ESCAPED))
    return lf_slice_equal(lf_slice(a->s, a->len), lf_slice(b->s, b->len));
  g_autoptr(LfArena) scratch = lf_arena_new();
  LfValue x = *a, y = *b;
  return lf_slice_equal(lf_value_text(scratch, &x), lf_value_text(scratch, &y));
}

static gboolean
numbers_equal(const LfValue *a, const LfValue *b)
{
  gint64 i, j;
  gboolean int_a = lf_value_as_int(a, &i), int_b = lf_value_as_int(b, &j);
  if (int_a && int_b)
    return i == j;
  return int_a == int_b && lf_value_as_double(a) == lf_value_as_double(b);
}

static gboolean
equal_at(const LfValue *a, const LfValue *b, int depth)
{
  if (depth > LF_DEPTH_MAX)
    return FALSE;
  if (lf_value_is_number(a) && lf_value_is_number(b))
    return numbers_equal(a, b);
  if (a->type != b->type)
    return FALSE;
  switch ((LfType)a->type) {
  case LF_TYPE_BOOL:
    return a->b == b->b;
  case LF_TYPE_STRING:
    return strings_equal(a, b);
  case LF_TYPE_ARRAY:
    if (a->array->len != b->array->len)
      return FALSE;
    for (guint32 i = 0; i < a->array->len; i++)
      if (!equal_at(&a->array->items[i], &b->array->items[i], depth + 1))
        return FALSE;
    return TRUE;
  case LF_TYPE_OBJECT:
    if (a->object->len != b->object->len)
      return FALSE;
    for (guint32 i = 0; i < a->object->len; i++) {
      const LfMember *m = &a->object->members[i];
      const LfValue *other = lf_object_get(b, lf_slice(m->key, m->key_len));
      if (other == NULL || !equal_at(&m->value, other, depth + 1))
        return FALSE;
    }
    return TRUE;
  default:
    return TRUE;
  }
}

gboolean
lf_value_equal(const LfValue *a, const LfValue *b)
{
  return equal_at(a, b, 0);
}
