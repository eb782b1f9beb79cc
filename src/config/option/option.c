/* Option tables: reading a map by its table. */
#include "config/option/option.h"

#include "config/option/value.h"
#include "config/tree.h"

/* One reading. `root` is the table that errors suggest from, `base` the full name of its map. */
typedef struct {
  const LfOptionContext *context;
  const LfOptionTable *root;
  const char *base;
  GError **error;
} Reading;

static gboolean read_map(Reading *r, const LfOptionTable *table, const LfNode *map, const char *path, void *settings);

/* "a" + "b" = "a.b". Returns: in the arena. */
static const char *
join(LfArena *arena, const char *a, LfSlice b)
{
  return lf_arena_printf(arena, "%s%s%.*s", a, a[0] != '\0' && b.len > 0 ? "." : "", (int)b.len, b.p).p;
}

static gboolean
is_inline(const LfOption *option)
{
  return option->type == LF_OPTION_TABLE && option->name[0] == '\0';
}

/* The row of this name below the table and where its value goes; inline tables are looked into. */
static const LfOption *
find_row(const LfOptionTable *table, const char *name, void *settings, void **slot)
{
  for (guint i = 0; i < table->n; i++) {
    const LfOption *row = &table->rows[i];
    void *at = settings != NULL ? G_STRUCT_MEMBER_P(settings, row->offset) : NULL;
    if (is_inline(row)) {
      const LfOption *found = find_row(row->table, name, at, slot);
      if (found != NULL)
        return found;
    } else if (strcmp(row->name, name) == 0) {
      *slot = at;
      return row;
    }
  }
  return NULL;
}

/* Whether some row's name starts with "name.". */
static gboolean
is_group(const LfOptionTable *table, const char *name)
{
  gsize n = strlen(name);
  for (guint i = 0; i < table->n; i++) {
    const LfOption *row = &table->rows[i];
    if (is_inline(row) ? is_group(row->table, name) : strncmp(row->name, name, n) == 0 && row->name[n] == '.')
      return TRUE;
  }
  return FALSE;
}

const LfOption *
lf_options_find(const LfOptionTable *table, const char *name)
{
  void *slot;
  const LfOption *found = find_row(table, name, NULL, &slot);
  for (guint i = 0; i < table->n && found == NULL; i++) {
    const LfOption *row = &table->rows[i];
    gsize n = strlen(row->name);
    if (row->type == LF_OPTION_TABLE && n > 0 && strncmp(row->name, name, n) == 0 && name[n] == '.')
      found = lf_options_find(row->table, name + n + 1);
  }
  return found;
}

/* What errors call the map: its full name, or what the caller calls it. */
static const char *
owner(const Reading *r, const char *path)
{
  const char *full = join(r->context->arena, r->base, lf_slice_str(path));
  if (full[0] != '\0')
    return full;
  return r->context->where != NULL ? r->context->where : "the configuration";
}

static gboolean
unknown(Reading *r, const LfOptionTable *table, const char *path, const LfNodeEntry *e)
{
  g_autofree char *key = lf_slice_dup(e->key);
  g_autofree char *near = lf_option_suggest(table, path, key);
  const char *full = join(r->context->arena, r->base, lf_slice_str(path));
  if (near == NULL && table != r->root)
    near = lf_option_suggest(r->root, "", key);
  g_autofree char *allowed = lf_option_allowed(table, path);
  return lf_place_error(r->error, e->place, LF_CONFIG_ERROR_INVALID, "%s is no option of %s%s%s%s There are: %s",
                        join(r->context->arena, full, e->key), owner(r, path), near != NULL ? "; did you mean " : "",
                        near != NULL ? near : "", near != NULL ? "?" : ".", allowed);
}

static void
report(const LfOptionContext *context, const LfOption *row, const char *name, LfPlace place)
{
  LfOptionReport *to = context->report;
  if (to == NULL)
    return;
  if (to->n == to->cap) {
    guint cap = MAX(to->cap * 2, 16);
    to->items = lf_arena_grow(context->arena, to->items, to->cap * sizeof *to->items, cap * sizeof *to->items);
    to->cap = cap;
  }
  to->items[to->n++] = (LfOptionSeen){row, name, place};
}

static gboolean
is_unset(const LfOptionTable *table, const LfNode *node)
{
  return node->type == LF_NODE_NULL || (table->empty_is_unset && node->type == LF_NODE_STRING && node->text.len == 0);
}

/* Whether the value is the one that a REFUSED or IGNORED row takes without a word. */
static gboolean
asks_for_nothing(const LfOption *row, LfArena *arena, const LfNode *node)
{
  const char *text = row->fallback != NULL ? lf_option_text(arena, node) : NULL;
  return text != NULL && strcmp(text, row->fallback) == 0;
}

static gboolean
apply(Reading *r, const LfOptionTable *table, const LfOption *row, const char *name, const LfNodeEntry *e, void *slot)
{
  const LfOptionContext *context = r->context;
  LfNode *node = e->node;
  if (is_unset(table, node))
    return TRUE;
  if (row->type == LF_OPTION_IGNORED || row->type == LF_OPTION_REFUSED) {
    if (asks_for_nothing(row, context->arena, node))
      return TRUE;
    report(context, row, name, node->place);
    if (row->type == LF_OPTION_REFUSED)
      return lf_place_error(r->error, e->place, LF_CONFIG_ERROR_REFUSED, "%s is not there in logferry yet: %s", name,
                            row->doc);
    lf_notes_add(context->notes, LF_LOG_WARNING, e->place, "%s is ignored: %s", name, row->doc);
    return TRUE;
  }
  if (row->type == LF_OPTION_TABLE) {
    Reading sub = {context, r->root, name, r->error};
    if (node->type != LF_NODE_MAP) {
      g_autofree char *found = lf_node_describe(node);
      return lf_place_error(r->error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes a map, not %s", name, found);
    }
    return read_map(&sub, row->table, node, "", slot);
  }
  report(context, row, name, node->place);
  return lf_option_value_set(row, name, context->arena, node, slot, r->error);
}

/* Something that only has options below it was given a value of its own. */
static gboolean
group_value(Reading *r, const LfOptionTable *table, const char *path, const char *name, const LfNode *node)
{
  g_autofree char *found = lf_node_describe(node);
  g_autofree char *allowed = lf_option_allowed(table, path);
  return lf_place_error(r->error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes a map, not %s. There are: %s", name,
                        found, allowed);
}

/* Reads the part of the table below `path`, "" for all of it. */
static gboolean
read_map(Reading *r, const LfOptionTable *table, const LfNode *map, const char *path, void *settings)
{
  for (guint i = 0; i < map->n; i++) {
    const LfNodeEntry *e = &map->entries[i];
    const char *below = join(r->context->arena, path, e->key);
    const char *name = join(r->context->arena, r->base, lf_slice_str(below));
    void *slot;
    const LfOption *row = memchr(e->key.p, '\0', e->key.len) == NULL ? find_row(table, below, settings, &slot) : NULL;
    if (row != NULL) {
      if (!apply(r, table, row, name, e, slot))
        return FALSE;
    } else if (is_group(table, below)) {
      if (e->node->type == LF_NODE_MAP ? !read_map(r, table, e->node, below, settings)
                                       : !is_unset(table, e->node) && !group_value(r, table, below, name, e->node))
        return FALSE;
    } else if (!table->open && !unknown(r, table, path, e)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_required(Reading *r, const LfOptionTable *table, const LfNode *map)
{
  for (guint i = 0; i < table->n; i++) {
    const LfOption *row = &table->rows[i];
    if (is_inline(row) && !check_required(r, row->table, map))
      return FALSE;
    if (!(row->flags & LF_OPTION_REQUIRED))
      continue;
    const LfNode *node = lf_tree_get(map, lf_slice_str(row->name));
    if (node == NULL || is_unset(table, node))
      return lf_place_error(r->error, map->place, LF_CONFIG_ERROR_MISSING, "%s is missing: %s",
                            join(r->context->arena, r->base, lf_slice_str(row->name)), row->doc);
  }
  return TRUE;
}

void
lf_options_defaults(const LfOptionTable *table, LfArena *arena, void *settings)
{
  for (guint i = 0; i < table->n; i++) {
    const LfOption *row = &table->rows[i];
    void *slot = G_STRUCT_MEMBER_P(settings, row->offset);
    if (row->type == LF_OPTION_TABLE)
      lf_options_defaults(row->table, arena, slot);
    else if (row->type != LF_OPTION_REFUSED && row->type != LF_OPTION_IGNORED)
      lf_option_value_default(row, arena, slot);
  }
}

gboolean
lf_options_read(const LfOptionTable *table, const LfNode *map, const LfOptionContext *context, void *settings,
                GError **error)
{
  Reading r = {context, table, context->prefix != NULL ? context->prefix : "", error};
  LfNode *empty = lf_tree_map(context->arena, map != NULL ? map->place : (LfPlace){0});
  lf_options_defaults(table, context->arena, settings);
  if (map == NULL || map->type == LF_NODE_NULL)
    map = empty;
  if (map->type != LF_NODE_MAP) {
    g_autofree char *found = lf_node_describe(map);
    return lf_place_error(error, map->place, LF_CONFIG_ERROR_INVALID, "%s takes a map, not %s", owner(&r, ""), found);
  }
  return read_map(&r, table, map, "", settings) && check_required(&r, table, map);
}

const LfOptionSeen *
lf_option_report_get(const LfOptionReport *from, const char *name)
{
  for (guint i = 0; i < from->n; i++)
    if (strcmp(from->items[i].name, name) == 0)
      return &from->items[i];
  return NULL;
}
