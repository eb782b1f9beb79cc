/* The YAML reader and writer, over libyaml. */
#include "value/yaml.h"

#include "base/utf8.h"

#include <yaml.h>

typedef struct {
  LfArena *arena;
  const char *file;
  yaml_parser_t parser;
  GHashTable *anchors; /* glib-ok: files are read at start */
  guint nodes;
  GError **error;
} Reader;

static LfNode *read_node(Reader *r, const yaml_event_t *event, int depth);

static LfPlace
place_of(const Reader *r, yaml_mark_t mark)
{
  return (LfPlace){r->file, (guint)mark.line + 1, (guint)mark.column + 1};
}

static gboolean
next_event(Reader *r, yaml_event_t *event)
{
  if (yaml_parser_parse(&r->parser, event))
    return TRUE;
  yaml_mark_t mark = r->parser.problem_mark;
  if (r->parser.error == YAML_READER_ERROR)
    lf_place_error(r->error, (LfPlace){r->file, 0, 0}, LF_CONFIG_ERROR_INVALID,
                   "not readable as YAML: %s at byte %" G_GSIZE_FORMAT, r->parser.problem, r->parser.problem_offset);
  else
    lf_place_error(r->error, place_of(r, mark), LF_CONFIG_ERROR_INVALID, "not readable as YAML: %s%s%s",
                   r->parser.problem != NULL ? r->parser.problem : "out of memory",
                   r->parser.context != NULL ? ", " : "", r->parser.context != NULL ? r->parser.context : "");
  return FALSE;
}

static gboolean
count_node(Reader *r, LfPlace place, guint n)
{
  if (n > LF_YAML_NODES_MAX - r->nodes)
    return lf_place_error(r->error, place, LF_CONFIG_ERROR_INVALID, "more than %d nodes (aliases expanded)",
                          LF_YAML_NODES_MAX);
  r->nodes += n;
  return TRUE;
}

static guint
tree_size(const LfNode *node)
{
  guint n = 1;
  for (guint i = 0; i < node->n && n <= LF_YAML_NODES_MAX; i++)
    n += tree_size(node->entries[i].node);
  return n;
}

static void
keep_anchor(Reader *r, const yaml_char_t *anchor, LfNode *node)
{
  if (anchor != NULL)
    g_hash_table_insert(r->anchors, g_strdup((const char *)anchor), node); /* glib-ok: compile time */
}

static LfNode *
read_scalar(Reader *r, const yaml_event_t *event)
{
  LfPlace place = place_of(r, event->start_mark);
  LfSlice text = lf_arena_dup(r->arena, lf_slice((const char *)event->data.scalar.value, event->data.scalar.length));
  const char *tag = (const char *)event->data.scalar.tag;
  gboolean plain =
      event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (tag == NULL || strcmp(tag, YAML_STR_TAG) != 0);
  LfNode *node = plain ? lf_node_plain(r->arena, place, text) : lf_node_string(r->arena, place, text);
  if (tag != NULL && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, "!") != 0) {
    LfNode *typed = lf_node_plain(r->arena, place, text);
    gboolean fits = (strcmp(tag, YAML_INT_TAG) == 0 && typed->type == LF_NODE_INT) ||
                    (strcmp(tag, YAML_BOOL_TAG) == 0 && typed->type == LF_NODE_BOOL) ||
                    (strcmp(tag, YAML_NULL_TAG) == 0 && typed->type == LF_NODE_NULL) ||
                    (strcmp(tag, YAML_FLOAT_TAG) == 0 && (typed->type == LF_NODE_FLOAT || typed->type == LF_NODE_INT));
    if (!fits) {
      lf_place_error(r->error, place, LF_CONFIG_ERROR_INVALID, "the tag %s does not fit here", tag);
      return NULL;
    }
    if (strcmp(tag, YAML_FLOAT_TAG) == 0)
      typed->type = LF_NODE_FLOAT;
    node = typed;
  }
  keep_anchor(r, event->data.scalar.anchor, node);
  return node;
}

static LfNode *
read_list(Reader *r, const yaml_event_t *start, int depth)
{
  LfNode *list = lf_node_new(r->arena, LF_NODE_LIST, place_of(r, start->start_mark));
  for (;;) {
    yaml_event_t event;
    if (!next_event(r, &event))
      return NULL;
    if (event.type == YAML_SEQUENCE_END_EVENT) {
      yaml_event_delete(&event);
      keep_anchor(r, start->data.sequence_start.anchor, list);
      return list;
    }
    LfNode *item = read_node(r, &event, depth + 1);
    yaml_event_delete(&event);
    if (item == NULL)
      return NULL;
    lf_node_push(r->arena, list, item);
  }
}

/* Adds what a merge key (<<) brings: keys that the map does not have itself. */
static gboolean
merge_into(Reader *r, LfNode *map, const LfNode *from)
{
  if (from->type == LF_NODE_LIST) {
    for (guint i = 0; i < from->n; i++)
      if (from->entries[i].node->type != LF_NODE_MAP || !merge_into(r, map, from->entries[i].node))
        return lf_place_error(r->error, from->place, LF_CONFIG_ERROR_INVALID, "<< takes a map or a list of maps");
    return TRUE;
  }
  if (from->type != LF_NODE_MAP)
    return lf_place_error(r->error, from->place, LF_CONFIG_ERROR_INVALID, "<< takes a map or a list of maps");
  for (guint i = 0; i < from->n; i++)
    if (lf_node_entry(map, from->entries[i].key) == NULL)
      lf_node_set(r->arena, map, from->entries[i].key, from->entries[i].place, from->entries[i].node);
  return TRUE;
}

static gboolean
read_entry(Reader *r, LfNode *map, const yaml_event_t *key_event, LfNode **merge, int depth)
{
  LfNode *key = read_node(r, key_event, depth + 1);
  yaml_event_t event;
  if (key == NULL)
    return FALSE;
  if (key->type == LF_NODE_LIST || key->type == LF_NODE_MAP)
    return lf_place_error(r->error, key->place, LF_CONFIG_ERROR_INVALID, "a key must be a text");
  if (map->n >= LF_YAML_KEYS_MAX)
    return lf_place_error(r->error, key->place, LF_CONFIG_ERROR_INVALID, "more than %d keys in a map",
                          LF_YAML_KEYS_MAX);
  if (!next_event(r, &event))
    return FALSE;
  LfNode *value = read_node(r, &event, depth + 1);
  yaml_event_delete(&event);
  if (value == NULL)
    return FALSE;
  if (lf_slice_is(key->text, "<<") && !key->quoted)
    *merge = value;
  else
    lf_node_set(r->arena, map, key->text, key->place, value);
  return TRUE;
}

static LfNode *
read_map(Reader *r, const yaml_event_t *start, int depth)
{
  LfNode *map = lf_node_new(r->arena, LF_NODE_MAP, place_of(r, start->start_mark)), *merge = NULL;
  for (;;) {
    yaml_event_t event;
    if (!next_event(r, &event))
      return NULL;
    if (event.type == YAML_MAPPING_END_EVENT) {
      yaml_event_delete(&event);
      keep_anchor(r, start->data.mapping_start.anchor, map);
      return merge == NULL || merge_into(r, map, merge) ? map : NULL;
    }
    gboolean ok = read_entry(r, map, &event, &merge, depth);
    yaml_event_delete(&event);
    if (!ok)
      return NULL;
  }
}

static int
tree_depth(const LfNode *node)
{
  int deepest = 0;
  for (guint i = 0; i < node->n; i++) {
    int below = 1 + tree_depth(node->entries[i].node); /* not inside MAX, which would walk twice */
    deepest = MAX(deepest, below);
  }
  return deepest;
}

static LfNode *
read_alias(Reader *r, const yaml_event_t *event, int depth)
{
  const char *name = (const char *)event->data.alias.anchor;
  LfNode *node = g_hash_table_lookup(r->anchors, name); /* glib-ok: compile time */
  LfPlace place = place_of(r, event->start_mark);
  if (node == NULL) {
    lf_place_error(r->error, place, LF_CONFIG_ERROR_INVALID, "there is no anchor &%s before this alias", name);
    return NULL;
  }
  if (!count_node(r, place, tree_size(node)))
    return NULL;
  if (depth + tree_depth(node) > LF_DEPTH_MAX) {
    lf_place_error(r->error, place, LF_CONFIG_ERROR_INVALID, "nested deeper than %d", LF_DEPTH_MAX);
    return NULL;
  }
  return lf_node_clone(r->arena, node);
}

static LfNode *
read_node(Reader *r, const yaml_event_t *event, int depth)
{
  LfPlace place = place_of(r, event->start_mark);
  if (depth > LF_DEPTH_MAX) {
    lf_place_error(r->error, place, LF_CONFIG_ERROR_INVALID, "nested deeper than %d", LF_DEPTH_MAX);
    return NULL;
  }
  if (!count_node(r, place, 1))
    return NULL;
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return read_scalar(r, event);
  case YAML_SEQUENCE_START_EVENT:
    return read_list(r, event, depth);
  case YAML_MAPPING_START_EVENT:
    return read_map(r, event, depth);
  case YAML_ALIAS_EVENT:
    return read_alias(r, event, depth);
  default:
    lf_place_error(r->error, place, LF_CONFIG_ERROR_INVALID, "not readable as YAML: a value was expected");
    return NULL;
  }
}

/* Steps to the next document's content. Returns FALSE at an error; *found is FALSE at the stream's end. */
static gboolean
next_document(Reader *r, yaml_event_t *event, gboolean *found)
{
  *found = FALSE;
  for (;;) {
    if (!next_event(r, event))
      return FALSE;
    switch (event->type) {
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
      yaml_event_delete(event);
      break;
    case YAML_STREAM_END_EVENT:
      yaml_event_delete(event);
      return TRUE;
    default:
      *found = TRUE;
      return TRUE;
    }
  }
}

static LfNode *
read_stream(Reader *r)
{
  yaml_event_t event;
  gboolean found;
  if (!next_document(r, &event, &found))
    return NULL;
  if (!found)
    return lf_node_new(r->arena, LF_NODE_NULL, (LfPlace){r->file, 1, 1});
  LfNode *root = read_node(r, &event, 0);
  yaml_event_delete(&event);
  if (root == NULL)
    return NULL;
  while (next_document(r, &event, &found)) {
    if (!found)
      return root;
    LfNode *other = read_node(r, &event, 0);
    yaml_event_delete(&event);
    if (other == NULL)
      return NULL;
    if (other->type != LF_NODE_NULL) {
      lf_place_error(r->error, other->place, LF_CONFIG_ERROR_INVALID, "only one YAML document (---) may be in a file");
      return NULL;
    }
  }
  return NULL;
}

LfNode *
lf_yaml_read(LfArena *arena, const char *file, LfSlice text, GError **error)
{
  Reader r = {.arena = arena, .file = file != NULL ? g_intern_string(file) : NULL, .error = error};
  if (!yaml_parser_initialize(&r.parser))
    g_error("out of memory");
  yaml_parser_set_input_string(&r.parser, (const guint8 *)text.p, text.len);
  r.anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL); /* glib-ok: compile time */
  LfNode *root = read_stream(&r);
  g_hash_table_unref(r.anchors); /* glib-ok: compile time */
  yaml_parser_delete(&r.parser);
  return root;
}

static void
write_indent(LfBuf *out, int depth)
{
  for (int i = 0; i < depth; i++)
    lf_buf_append_str(out, "  ");
}

/* One character inside double quotes; what is no UTF-8 becomes U+FFFD. What YAML takes for a line's end, and what it does
 * not let stand, is escaped. Returns: the bytes of it. */
static gsize
write_quoted_char(LfBuf *out, const char *p, const char *end)
{
  gsize n = lf_utf8_sequence(p, end);
  gunichar c = n > 0 ? g_utf8_get_char(p) : 0xfffd;
  if (c == '"' || c == '\\')
    lf_buf_printf(out, "\\%c", (char)c);
  else if (c == '\n')
    lf_buf_append_str(out, "\\n");
  else if (c < 0x20 || c == 0x7f)
    lf_buf_printf(out, "\\x%02x", c);
  else if (n == 0 || (c > 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff)
    lf_buf_printf(out, "\\u%04x", c);
  else
    lf_buf_append(out, p, n);
  return MAX(n, 1);
}

/* A string that must not be read back as anything else is quoted. */
static void
write_text(LfBuf *out, LfSlice text)
{
  g_autoptr(LfArena) scratch = lf_arena_new();
  gboolean plain = text.len > 0 && text.p[0] != ' ' && text.p[text.len - 1] != ' ' &&
                   lf_node_plain(scratch, (LfPlace){0}, text)->type == LF_NODE_STRING;
  for (gsize i = 0; plain && i < text.len; i++) {
    char c = text.p[i];
    plain = g_ascii_isalnum(c) || strchr("_/.-$+", c) != NULL ||
            (c == ':' && i + 1 < text.len && text.p[i + 1] != ' ') || (c == ' ' && i > 0);
    if (c == '\0' || (i == 0 && !g_ascii_isalnum(c) && c != '/' && c != '_'))
      plain = FALSE;
  }
  if (plain) {
    lf_buf_append_slice(out, text);
    return;
  }
  lf_buf_append_char(out, '"');
  for (const char *p = text.p, *end = text.p + text.len; p < end;)
    p += write_quoted_char(out, p, end);
  lf_buf_append_char(out, '"');
}

static void write_node(LfBuf *out, const LfNode *node, int depth, gboolean in_list);

/* A key that is longer than YAML's simple keys may be (1024 characters, escaped) is written as "? key", ":" below. */
static void
write_key(LfBuf *out, LfSlice key, int depth)
{
  gboolean is_long = key.len > 250;
  if (is_long)
    lf_buf_append_str(out, "? ");
  write_text(out, key);
  if (is_long) {
    lf_buf_append_char(out, '\n');
    write_indent(out, depth);
  }
  lf_buf_append_char(out, ':');
}

static void
write_map(LfBuf *out, const LfNode *node, int depth, gboolean in_list)
{
  for (guint i = 0; i < node->n; i++) {
    if (!(in_list && i == 0))
      write_indent(out, depth);
    write_key(out, node->entries[i].key, depth);
    write_node(out, node->entries[i].node, depth, FALSE);
  }
}

static void
write_list(LfBuf *out, const LfNode *node, int depth)
{
  for (guint i = 0; i < node->n; i++) {
    write_indent(out, depth);
    lf_buf_append_char(out, '-');
    write_node(out, node->entries[i].node, depth, TRUE);
  }
}

/* Anything that fits on the line, with its end. */
static void
write_short(LfBuf *out, const LfNode *node)
{
  if (node->type == LF_NODE_MAP)
    lf_buf_append_str(out, "{}");
  else if (node->type == LF_NODE_LIST)
    lf_buf_append_str(out, "[]");
  else if (node->type == LF_NODE_STRING)
    write_text(out, node->text);
  else if (node->type == LF_NODE_NULL)
    lf_buf_append_str(out, "null");
  else
    lf_buf_append_slice(out, node->text);
  lf_buf_append_char(out, '\n');
}

/* Writes what stands behind "key:" or "-", with its line end. */
static void
write_node(LfBuf *out, const LfNode *node, int depth, gboolean in_list)
{
  if (node->type == LF_NODE_MAP && node->n > 0) {
    lf_buf_append_char(out, in_list ? ' ' : '\n');
    write_map(out, node, depth + 1, in_list);
    return;
  }
  if (node->type == LF_NODE_LIST && node->n > 0) {
    lf_buf_append_char(out, '\n');
    write_list(out, node, depth + 1);
    return;
  }
  lf_buf_append_char(out, ' ');
  write_short(out, node);
}

void
lf_yaml_write(LfBuf *out, const LfNode *node)
{
  if (node->type == LF_NODE_MAP && node->n > 0)
    write_map(out, node, 0, FALSE);
  else if (node->type == LF_NODE_LIST && node->n > 0)
    write_list(out, node, 0);
  else
    write_short(out, node);
}
