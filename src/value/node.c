/* The tree of a person's file: each node knows its place. */
#include "value/node.h"

#include "base/number.h"

#include <errno.h>
#include <math.h>

LfNode *
lf_node_new(LfArena *arena, LfNodeType type, LfPlace place)
{
  LfNode *node = lf_arena_alloc0(arena, sizeof *node);
  node->type = type;
  node->place = place;
  return node;
}

LfNode *
lf_node_string(LfArena *arena, LfPlace place, LfSlice text)
{
  LfNode *node = lf_node_new(arena, LF_NODE_STRING, place);
  node->text = text;
  node->quoted = TRUE;
  return node;
}

typedef struct {
  const char *text;
  LfNodeType type;
  double value;
} Word;

static const Word words[] = {
    {"", LF_NODE_NULL, 0},
    {"~", LF_NODE_NULL, 0},
    {"null", LF_NODE_NULL, 0},
    {"Null", LF_NODE_NULL, 0},
    {"NULL", LF_NODE_NULL, 0},
    {"y", LF_NODE_BOOL, 1},
    {"Y", LF_NODE_BOOL, 1},
    {"yes", LF_NODE_BOOL, 1},
    {"Yes", LF_NODE_BOOL, 1},
    {"YES", LF_NODE_BOOL, 1},
    {"true", LF_NODE_BOOL, 1},
    {"True", LF_NODE_BOOL, 1},
    {"TRUE", LF_NODE_BOOL, 1},
    {"on", LF_NODE_BOOL, 1},
    {"On", LF_NODE_BOOL, 1},
    {"ON", LF_NODE_BOOL, 1},
    {"n", LF_NODE_BOOL, 0},
    {"N", LF_NODE_BOOL, 0},
    {"no", LF_NODE_BOOL, 0},
    {"No", LF_NODE_BOOL, 0},
    {"NO", LF_NODE_BOOL, 0},
    {"false", LF_NODE_BOOL, 0},
    {"False", LF_NODE_BOOL, 0},
    {"FALSE", LF_NODE_BOOL, 0},
    {"off", LF_NODE_BOOL, 0},
    {"Off", LF_NODE_BOOL, 0},
    {"OFF", LF_NODE_BOOL, 0},
    {".nan", LF_NODE_FLOAT, NAN},
    {".NaN", LF_NODE_FLOAT, NAN},
    {".NAN", LF_NODE_FLOAT, NAN},
    {".inf", LF_NODE_FLOAT, INFINITY},
    {".Inf", LF_NODE_FLOAT, INFINITY},
    {".INF", LF_NODE_FLOAT, INFINITY},
    {"+.inf", LF_NODE_FLOAT, INFINITY},
    {"+.Inf", LF_NODE_FLOAT, INFINITY},
    {"+.INF", LF_NODE_FLOAT, INFINITY},
    {"-.inf", LF_NODE_FLOAT, -INFINITY},
    {"-.Inf", LF_NODE_FLOAT, -INFINITY},
    {"-.INF", LF_NODE_FLOAT, -INFINITY},
};

/* Go's strconv.ParseInt(text, 0, 64), then ParseUint, after the underscores are gone: a sign, then 0x, 0o, 0b, a leading
 * 0 for octal. What only an unsigned number holds comes in `*large`. */
static gboolean
parse_based_int(const char *text, gint64 *out, double *large)
{
  gboolean negative = *text == '-';
  if (*text == '-' || *text == '+')
    text++;
  guint base = 10;
  if (text[0] == '0' && text[1] != '\0') {
    char c = g_ascii_tolower(text[1]);
    base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
    text += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
  }
  if (!g_ascii_isxdigit(*text))
    return FALSE;
  char *end;
  errno = 0;
  guint64 v = g_ascii_strtoull(text, &end, base);
  if (*end != '\0' || errno != 0 || (negative && v > (guint64)G_MAXINT64 + 1))
    return FALSE;
  *large = !negative && v > G_MAXINT64 ? (double)v : 0;
  *out = negative ? (gint64)(0 - v) : (gint64)v;
  return TRUE;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static gboolean
looks_like_float(const char *p)
{
  if (*p == '-' || *p == '+')
    p++;
  gsize whole = strspn(p, "0123456789"), fraction = 0;
  p += whole;
  if (*p == '.') {
    p++;
    fraction = strspn(p, "0123456789");
    p += fraction;
  }
  if (whole + fraction == 0)
    return FALSE;
  if (*p == 'e' || *p == 'E') {
    p++;
    if (*p == '-' || *p == '+')
      p++;
    gsize exponent = strspn(p, "0123456789");
    if (exponent == 0)
      return FALSE;
    p += exponent;
  }
  return *p == '\0';
}

LfNode *
lf_node_plain(LfArena *arena, LfPlace place, LfSlice text)
{
  LfNode *node = lf_node_new(arena, LF_NODE_STRING, place);
  node->text = text;
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (lf_slice_is(text, words[i].text)) {
      node->type = words[i].type;
      node->b = words[i].value != 0;
      node->d = words[i].value;
      return node;
    }
  char c = text.p[0];
  if (text.len > 64 || !(g_ascii_isdigit(c) || c == '-' || c == '+' || c == '.'))
    return node;
  char plain[80];
  gsize n = 0;
  for (gsize i = 0; i < text.len; i++)
    if (text.p[i] != '_')
      plain[n++] = text.p[i];
  plain[n] = '\0';
  if (memchr(plain, '\0', n) != NULL)
    return node;
  double large;
  if (c != '.' && parse_based_int(plain, &node->i, &large)) {
    node->type = large > 0 ? LF_NODE_FLOAT : LF_NODE_INT;
    node->d = large > 0 ? large : (double)node->i;
  } else if (looks_like_float(plain)) {
    node->d = g_ascii_strtod(plain, NULL);
    node->type = isfinite(node->d) ? LF_NODE_FLOAT : LF_NODE_STRING;
  }
  return node;
}

LfNodeEntry *
lf_node_entry(const LfNode *map, LfSlice key)
{
  if (map == NULL || map->type != LF_NODE_MAP)
    return NULL;
  for (guint i = 0; i < map->n; i++)
    if (lf_slice_equal(map->entries[i].key, key))
      return &map->entries[i];
  return NULL;
}

LfNode *
lf_node_get(const LfNode *map, const char *key)
{
  LfNodeEntry *e = lf_node_entry(map, lf_slice_str(key));
  return e != NULL ? e->node : NULL;
}

LfNode *
lf_node_get_path(const LfNode *map, const char *path)
{
  const LfNode *at = map;
  for (const char *p = path; at != NULL;) {
    const char *dot = strchrnul(p, '.');
    LfNodeEntry *e = lf_node_entry(at, lf_slice(p, (gsize)(dot - p)));
    at = e != NULL ? e->node : NULL;
    if (*dot == '\0')
      break;
    p = dot + 1;
  }
  return (LfNode *)at;
}

static LfNodeEntry *
add_entry(LfArena *arena, LfNode *node)
{
  if (node->n == node->cap) {
    guint cap = MAX(node->cap * 2, 4);
    g_assert(node->cap < G_MAXUINT / 4);
    node->entries = lf_arena_grow(arena, node->entries, node->cap * sizeof(LfNodeEntry), cap * sizeof(LfNodeEntry));
    node->cap = cap;
  }
  return &node->entries[node->n++];
}

LfNodeEntry *
lf_node_set(LfArena *arena, LfNode *map, LfSlice key, LfPlace place, LfNode *node)
{
  g_assert(map->type == LF_NODE_MAP);
  LfNodeEntry *e = lf_node_entry(map, key);
  if (e == NULL) {
    e = add_entry(arena, map);
    *e = (LfNodeEntry){.key = lf_arena_dup(arena, key)};
  }
  e->place = place;
  e->node = node;
  return e;
}

gboolean
lf_node_remove(LfNode *map, LfSlice key)
{
  LfNodeEntry *e = lf_node_entry(map, key);
  if (e == NULL)
    return FALSE;
  gsize behind = (gsize)(map->entries + map->n - (e + 1));
  memmove(e, e + 1, behind * sizeof *e);
  map->n--;
  return TRUE;
}

void
lf_node_push(LfArena *arena, LfNode *list, LfNode *node)
{
  g_assert(list->type == LF_NODE_LIST);
  *add_entry(arena, list) = (LfNodeEntry){.place = node->place, .node = node};
}

LfNode *
lf_node_clone(LfArena *arena, const LfNode *node)
{
  LfNode *copy = lf_arena_alloc(arena, sizeof *copy);
  *copy = *node;
  copy->cap = node->n;
  copy->entries = lf_arena_alloc_n(arena, node->n, sizeof(LfNodeEntry));
  for (guint i = 0; i < node->n; i++) {
    copy->entries[i] = node->entries[i];
    copy->entries[i].node = lf_node_clone(arena, node->entries[i].node);
  }
  return copy;
}

LfValue
lf_node_to_value(LfArena *arena, const LfNode *node)
{
  LfValue v;
  switch (node->type) {
  case LF_NODE_NULL:
    return lf_value_null();
  case LF_NODE_BOOL:
    return lf_value_bool(node->b);
  case LF_NODE_INT:
    return lf_value_int(node->i);
  case LF_NODE_FLOAT:
    return lf_value_double(node->d);
  case LF_NODE_STRING:
    return lf_value_string(node->text);
  case LF_NODE_LIST:
    v = lf_value_array(arena, node->n);
    for (guint i = 0; i < node->n; i++)
      lf_array_push(arena, &v, lf_node_to_value(arena, node->entries[i].node));
    return v;
  case LF_NODE_MAP:
    v = lf_value_object(arena, node->n);
    for (guint i = 0; i < node->n; i++)
      lf_object_set(arena, &v, node->entries[i].key, lf_node_to_value(arena, node->entries[i].node));
    return v;
  }
  g_assert_not_reached();
}

static LfNode *
from_value_at(LfArena *arena, LfPlace place, LfValue *value, int depth)
{
  LfNode *node = lf_node_new(arena, LF_NODE_NULL, place);
  if (depth > LF_DEPTH_MAX)
    return node;
  switch ((LfType)value->type) {
  case LF_TYPE_NULL:
    break;
  case LF_TYPE_BOOL:
    node->type = LF_NODE_BOOL;
    node->b = value->b;
    node->text = value->b ? LF_SLICE_LIT("true") : LF_SLICE_LIT("false");
    break;
  case LF_TYPE_INT:
    node->type = LF_NODE_INT;
    node->i = value->i;
    node->d = (double)value->i;
    node->text = lf_arena_printf(arena, "%" G_GINT64_FORMAT, value->i);
    break;
  case LF_TYPE_DOUBLE:
  case LF_TYPE_NUMBER: {
    char text[LF_NUMBER_TEXT];
    node->type = LF_NODE_FLOAT;
    node->d = lf_value_as_double(value);
    if (value->type == LF_TYPE_NUMBER)
      node->text = lf_slice(value->s, value->len);
    else if (isfinite(node->d))
      node->text = lf_arena_dup(arena, lf_slice(text, lf_number_format_double(node->d, text)));
    break;
  }
  case LF_TYPE_STRING:
    node->type = LF_NODE_STRING;
    node->quoted = TRUE;
    node->text = lf_value_text(arena, value);
    break;
  case LF_TYPE_ARRAY:
    node->type = LF_NODE_LIST;
    for (guint32 i = 0; i < value->array->len; i++)
      lf_node_push(arena, node, from_value_at(arena, place, &value->array->items[i], depth + 1));
    break;
  case LF_TYPE_OBJECT:
    node->type = LF_NODE_MAP;
    for (guint32 i = 0; i < value->object->len; i++) {
      LfMember *m = &value->object->members[i];
      lf_node_set(arena, node, lf_slice(m->key, m->key_len), place, from_value_at(arena, place, &m->value, depth + 1));
    }
    break;
  }
  return node;
}

LfNode *
lf_node_from_value(LfArena *arena, LfPlace place, LfValue *value)
{
  return from_value_at(arena, place, value, 0);
}

char *
lf_node_describe(const LfNode *node)
{
  int len = (int)MIN(node->text.len, 60);
  const char *dots = node->text.len > 60 ? "…" : "";
  switch (node->type) {
  case LF_NODE_NULL:
    return g_strdup("nothing");
  case LF_NODE_BOOL:
    return g_strdup(node->b ? "true" : "false");
  case LF_NODE_INT:
  case LF_NODE_FLOAT:
    return g_strdup_printf("the number %.*s%s", len, node->text.p, dots);
  case LF_NODE_STRING:
    return g_strdup_printf("\"%.*s%s\"", len, node->text.p, dots);
  case LF_NODE_LIST:
    return g_strdup("a list");
  case LF_NODE_MAP:
    return g_strdup("a map");
  }
  g_assert_not_reached();
}
