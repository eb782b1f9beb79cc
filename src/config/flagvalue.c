/* The language of values on the command line and in expanded variables. */
#include "config/flagvalue.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "config/option/gonumber.h"

/* `objects`: whether `{` opens a map. */
typedef struct {
  LfArena *arena;
  LfPlace place;
  const char *p;
  const char *end;
  gboolean objects;
  GError **error;
} Parser;

static LfNode *parse_value(Parser *z, const char *stops, int depth);

/* Never shows the value: it may be a secret. */
static LfNode *
fail(Parser *z, const char *what)
{
  lf_place_error(z->error, z->place, LF_CONFIG_ERROR_INVALID, "the value cannot be read: %s", what);
  return NULL;
}

/* The length of the white space (Unicode's) at p, 0 for none. */
static gsize
space_at(const char *p, const char *end)
{
  if (p == end)
    return 0;
  if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
    return 1;
  gsize n = lf_utf8_sequence(p, end);
  if (n < 2)
    return 0;
  gunichar c = g_utf8_get_char(p);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
                 c == 0x202f || c == 0x205f || c == 0x3000
             ? n
             : 0;
}

static void
skip_space(Parser *z)
{
  gsize n;
  while ((n = space_at(z->p, z->end)) > 0)
    z->p += n;
}

static LfSlice
trim(LfSlice s)
{
  const char *end = s.p + s.len, *last = s.p;
  gsize n;
  while ((n = space_at(s.p, end)) > 0)
    s.p += n;
  last = s.p;
  for (const char *p = s.p; p < end;) {
    n = space_at(p, end);
    if (n > 0) {
      p += n;
      continue;
    }
    p++;
    while (p < end && ((guint8)*p & 0xc0) == 0x80)
      p++;
    last = p;
  }
  return lf_slice(s.p, (gsize)(last - s.p));
}

static LfNode *
string_node(Parser *z, LfSlice text)
{
  return lf_node_string(z->arena, z->place, lf_arena_dup(z->arena, text));
}

/* An escape's digits. FALSE where there are fewer or they are none of a code point's. */
static gboolean
read_digits(const char **p, const char *end, int base, int n, guint32 *out)
{
  guint32 v = 0;
  for (int i = 0; i < n; i++, ++*p) {
    int digit = *p < end ? g_ascii_xdigit_value(**p) : -1;
    if (digit < 0 || digit >= base)
      return FALSE;
    v = v * (guint32)base + (guint32)digit;
  }
  *out = v;
  return TRUE;
}

/* One escape of a Go string behind its backslash. */
static gboolean
unescape(const char **p, const char *end, LfBuf *out)
{
  static const char letters[] = "abfnrtv\\\"", values[] = "\a\b\f\n\r\t\v\\\"";
  if (*p == end)
    return FALSE;
  const char *known = **p != '\0' ? strchr(letters, **p) : NULL;
  guint32 c;
  if (known != NULL) {
    lf_buf_append_char(out, values[known - letters]);
    ++*p;
    return TRUE;
  }
  if (g_ascii_isdigit(**p)) {
    if (!read_digits(p, end, 8, 3, &c) || c > 255)
      return FALSE;
    lf_buf_append_char(out, (char)c);
    return TRUE;
  }
  char kind = *(*p)++;
  if (kind == 'x' && read_digits(p, end, 16, 2, &c)) {
    lf_buf_append_char(out, (char)c);
    return TRUE;
  }
  if ((kind != 'u' && kind != 'U') || !read_digits(p, end, 16, kind == 'u' ? 4 : 8, &c) || c > 0x10ffff ||
      (c >= 0xd800 && c < 0xe000))
    return FALSE;
  char utf8[4];
  lf_buf_append(out, utf8, lf_utf8_encode(c, utf8));
  return TRUE;
}

/* "…": ends at the first quote without a backslash right before it, as go-ucfg looks for it; then as Go reads it. */
static gboolean
parse_double_quoted(Parser *z, LfBuf *out)
{
  const char *close = z->p + 1;
  while (close < z->end && !(*close == '"' && (close[-1] != '\\')))
    close++;
  if (close == z->end)
    return fail(z, "a closing \" is missing") != NULL;
  for (const char *p = z->p + 1; p < close;) {
    char c = *p++;
    if (c == '\n' || (c == '\\' && !unescape(&p, close, out)))
      return fail(z, "an escape that Go does not have") != NULL;
    if (c != '\\')
      lf_buf_append_char(out, c);
  }
  z->p = close + 1;
  return TRUE;
}

static gboolean
parse_single_quoted(Parser *z, LfBuf *out)
{
  const char *close = memchr(z->p + 1, '\'', (gsize)(z->end - z->p - 1));
  if (close == NULL)
    return fail(z, "a closing ' is missing") != NULL;
  lf_buf_append(out, z->p + 1, (gsize)(close - z->p - 1));
  z->p = close + 1;
  return TRUE;
}

/* Text up to one of `stops`, trimmed. */
static gboolean
parse_bare(Parser *z, const char *stops, LfSlice *out)
{
  const char *start = z->p;
  while (z->p < z->end && (*z->p == '\0' || strchr(stops, *z->p) == NULL))
    z->p++;
  if (z->p == start) {
    g_autofree char *what =
        z->p == z->end ? g_strdup("an unexpected end") : g_strdup_printf("an unexpected '%c'", *z->p);
    return fail(z, what) != NULL;
  }
  *out = trim(lf_slice(start, (gsize)(z->p - start)));
  return TRUE;
}

static gboolean
is_word(LfSlice s, const char *const *words)
{
  for (; *words != NULL; words++)
    if (lf_slice_is(s, *words))
      return TRUE;
  return FALSE;
}

static LfNode *
primitive(Parser *z, LfSlice text)
{
  static const char *const yes[] = {"t", "T", "true", "TRUE", "True", "on", "ON", NULL};
  static const char *const no[] = {"f", "F", "false", "FALSE", "False", "off", "OFF", NULL};
  LfNode *node = string_node(z, text);
  guint64 u;
  if (lf_slice_is(text, "null")) {
    node->type = LF_NODE_NULL;
  } else if (is_word(text, yes) || is_word(text, no)) {
    node->type = LF_NODE_BOOL;
    node->b = is_word(text, yes);
  } else if (lf_gonumber_int(text, &node->i)) {
    node->type = LF_NODE_INT;
    node->d = (double)node->i;
  } else if (lf_gonumber_uint(text, &u)) {
    node->type = LF_NODE_FLOAT;
    node->d = (double)u;
  } else if (lf_gonumber_float(text, &node->d)) {
    node->type = LF_NODE_FLOAT;
  }
  node->quoted = node->type == LF_NODE_STRING;
  return node;
}

static LfNode *
parse_list(Parser *z, int depth)
{
  LfNode *list = lf_node_new(z->arena, LF_NODE_LIST, z->place);
  z->p++;
  for (;;) {
    skip_space(z);
    if (z->p < z->end && *z->p == ']')
      break;
    LfNode *item = parse_value(z, ",]", depth + 1);
    if (item == NULL)
      return NULL;
    lf_node_push(z->arena, list, item);
    skip_space(z);
    if (z->p == z->end)
      return fail(z, "a closing ] is missing");
    if (*z->p == ']')
      break;
    if (*z->p++ != ',')
      return fail(z, "neither , nor ] behind a list element");
  }
  z->p++;
  if (list->n == 0)
    list->type = LF_NODE_NULL;
  return list;
}

static gboolean
parse_key(Parser *z, LfBuf *out)
{
  LfSlice bare;
  if (z->p < z->end && *z->p == '"')
    return parse_double_quoted(z, out);
  if (z->p < z->end && *z->p == '\'')
    return parse_single_quoted(z, out);
  if (!parse_bare(z, ":", &bare))
    return FALSE;
  lf_buf_append_slice(out, bare);
  return TRUE;
}

static LfNode *
parse_map(Parser *z, int depth)
{
  LfNode *map = lf_node_new(z->arena, LF_NODE_MAP, z->place);
  z->p++;
  for (;;) {
    skip_space(z);
    if (z->p < z->end && *z->p == '}')
      break;
    g_auto(LfBuf) key = {0};
    if (!parse_key(z, &key))
      return NULL;
    skip_space(z);
    if (z->p == z->end || *z->p != ':')
      return fail(z, "no : behind a key");
    z->p++;
    LfNode *item = parse_value(z, ",}", depth + 1);
    if (item == NULL)
      return NULL;
    lf_node_set(z->arena, map, lf_buf_slice(&key), z->place, item);
    if (z->p == z->end || (*z->p != ',' && *z->p != '}'))
      return fail(z, "neither , nor } behind a value");
    if (*z->p == '}')
      break;
    z->p++;
  }
  z->p++;
  if (map->n == 0)
    map->type = LF_NODE_NULL;
  return map;
}

static LfNode *
parse_value(Parser *z, const char *stops, int depth)
{
  if (depth > LF_DEPTH_MAX)
    return fail(z, "too deep a nesting");
  skip_space(z);
  if (z->p == z->end)
    return lf_node_new(z->arena, LF_NODE_NULL, z->place);
  if (*z->p == '[')
    return parse_list(z, depth);
  if (*z->p == '{' && z->objects)
    return parse_map(z, depth);
  if (*z->p == '"' || *z->p == '\'') {
    g_auto(LfBuf) text = {0};
    gboolean ok = *z->p == '"' ? parse_double_quoted(z, &text) : parse_single_quoted(z, &text);
    return ok ? string_node(z, lf_buf_slice(&text)) : NULL;
  }
  LfSlice bare;
  return parse_bare(z, stops, &bare) ? primitive(z, bare) : NULL;
}

gboolean
lf_flagvalue_is_blank(LfSlice text)
{
  return trim(text).len == 0;
}

LfNode *
lf_flagvalue_parse(LfArena *arena, LfPlace place, LfSlice text, gboolean objects, GError **error)
{
  LfSlice trimmed = trim(text);
  Parser z = {arena, place, trimmed.p, trimmed.p + trimmed.len, objects, error};
  LfNode *first = parse_value(&z, ",", 0), *list = NULL;
  for (;;) {
    if (first == NULL)
      return NULL;
    skip_space(&z);
    if (z.p == z.end)
      return list != NULL ? list : first;
    if (*z.p++ != ',')
      return fail(&z, "something behind a closed value");
    if (list == NULL) {
      list = lf_node_new(arena, LF_NODE_LIST, place);
      lf_node_push(arena, list, first);
    }
    if ((first = parse_value(&z, ",", 0)) != NULL)
      lf_node_push(arena, list, first);
  }
}
