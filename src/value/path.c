/* Dotted paths into a document tree, and the one place that writes through them. */
#include "value/path.h"

#include "base/number.h"

gboolean
lf_path_parse(LfArena *arena, LfSlice text, LfPath *out)
{
  guint n = 1;
  for (gsize i = 0; i < text.len; i++)
    n += text.p[i] == '.';
  *out = (LfPath){.text = lf_arena_dup(arena, text)};
  out->parts = lf_arena_alloc_n(arena, n, sizeof(LfSlice));
  const char *p = out->text.p, *end = p + text.len;
  for (;;) {
    const char *dot = p < end ? memchr(p, '.', (gsize)(end - p)) : NULL;
    out->parts[out->n++] = lf_slice(p, (gsize)((dot != NULL ? dot : end) - p));
    if (dot == NULL)
      break;
    p = dot + 1;
  }
  while (out->n > 0 && out->parts[out->n - 1].len == 0)
    out->n--;
  return out->n > 0 && out->n <= LF_DEPTH_MAX;
}

gboolean
lf_path_index(LfSlice part, gint64 *out)
{
  if (part.len > 0 && part.p[0] == '+')
    part = lf_slice(part.p + 1, part.len - 1);
  return lf_number_parse_int(part, out) && *out >= G_MININT32 && *out <= G_MAXINT32;
}

/* The child of `at` that `part` names, or NULL with the reason. */
static LfValue *
child(const LfValue *at, LfSlice part, LfPathResult *result)
{
  gint64 index;
  *result = LF_PATH_OK;
  switch ((LfType)at->type) {
  case LF_TYPE_OBJECT: {
    LfValue *v = lf_object_get(at, part);
    if (v == NULL)
      *result = LF_PATH_ABSENT;
    return v;
  }
  case LF_TYPE_ARRAY:
    if (!lf_path_index(part, &index)) {
      *result = LF_PATH_NOT_INDEX;
      return NULL;
    }
    if (index < 0 || index >= at->array->len) {
      *result = LF_PATH_OUT_OF_BOUNDS;
      return NULL;
    }
    return &at->array->items[index];
  case LF_TYPE_NULL:
    *result = LF_PATH_NULL;
    return NULL;
  default:
    *result = LF_PATH_SCALAR;
    return NULL;
  }
}

static void
set_stop(LfPathStop *stop, LfPathResult result, guint index, const LfValue *at)
{
  if (stop != NULL)
    *stop = (LfPathStop){.result = result, .index = index, .at = at};
}

LfValue *
lf_path_get(const LfValue *root, const LfPath *path, LfPathStop *stop)
{
  const LfValue *at = root;
  for (guint i = 0; i < path->n; i++) {
    LfPathResult result;
    LfValue *next = child(at, path->parts[i], &result);
    if (next == NULL) {
      set_stop(stop, result, i, at);
      return NULL;
    }
    at = next;
  }
  set_stop(stop, LF_PATH_OK, path->n, at);
  return (LfValue *)at;
}

LfValue *
lf_path_parent(LfArena *arena, LfValue *root, const LfPath *path, gboolean create, LfPathStop *stop)
{
  LfValue *at = root;
  lf_value_make_writable(arena, at);
  for (guint i = 0; i + 1 < path->n; i++) {
    LfPathResult result;
    LfValue *next = child(at, path->parts[i], &result);
    if (next == NULL && result == LF_PATH_ABSENT && create)
      next = lf_object_set(arena, at, path->parts[i], lf_value_object(arena, 4));
    if (next == NULL) {
      set_stop(stop, result, i, at);
      return NULL;
    }
    lf_value_make_writable(arena, next);
    at = next;
  }
  set_stop(stop, LF_PATH_OK, path->n - 1, at);
  return at;
}

gboolean
lf_path_set(LfArena *arena, LfValue *root, const LfPath *path, LfValue value, LfPathStop *stop)
{
  LfValue *parent = lf_path_parent(arena, root, path, TRUE, stop);
  if (parent == NULL)
    return FALSE;
  LfSlice leaf = path->parts[path->n - 1];
  if (parent->type == LF_TYPE_OBJECT) {
    lf_object_set(arena, parent, leaf, value);
    return TRUE;
  }
  LfPathResult result;
  LfValue *slot = child(parent, leaf, &result);
  if (slot == NULL) {
    set_stop(stop, result, path->n - 1, parent);
    return FALSE;
  }
  *slot = value;
  return TRUE;
}

gboolean
lf_path_remove(LfArena *arena, LfValue *root, const LfPath *path, LfPathStop *stop)
{
  if (lf_path_get(root, path, stop) == NULL) /* nothing is cloned for what is not there */
    return FALSE;
  LfValue *parent = lf_path_parent(arena, root, path, FALSE, stop);
  LfSlice leaf = path->parts[path->n - 1];
  gint64 index;
  if (parent->type == LF_TYPE_OBJECT)
    return lf_object_remove(parent, leaf);
  if (!lf_path_index(leaf, &index))
    return FALSE;
  lf_array_remove(parent, (guint32)index);
  return TRUE;
}
