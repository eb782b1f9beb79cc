/* Descriptions of fields in the form of fields.yml: libbeat's mapping package. */
#include "module/fields.h"

#include "base/fs.h"
#include "value/yaml.h"

enum { FIELDS_MAX = 20000, DEPTH_MAX = 64 };

/* One reading; `n` counts all fields of it. */
typedef struct {
  LfArena *arena;
  guint n;
  GError **error;
} Reader;

/* What the table fills in; the rest of a field is made of it. */
typedef struct {
  const char *name;
  const char *type;
  const LfNode *fields;
  const LfNode *multi_fields;
  const LfNode *enabled;
  const LfNode *index;
  const LfNode *doc_values;
  const LfNode *default_field;
  const LfNode *dynamic;
  const LfNode *object_type_params;
  const char *analyzer;
  const char *search_analyzer;
  const char *copy_to;
  const char *path;
  const char *value;
  gboolean norms;
  gboolean migration;
  gint64 ignore_above;
  const char *object_type;
  const char *object_type_mapping_type;
  gint64 scaling_factor;
} Raw;

#define AT(member) .offset = offsetof(Raw, member)

static const LfOption rows[] = {
    {"name", LF_OPTION_STRING, AT(name), .doc = "the field's name; dots lead into groups"},
    {"type", LF_OPTION_STRING, AT(type), .doc = "its type; keyword"},
    {"fields", LF_OPTION_ANY, AT(fields), .doc = "the fields of a group"},
    {"multi_fields", LF_OPTION_ANY, AT(multi_fields), .doc = "other ways to index the same text"},
    {"enabled", LF_OPTION_ANY, AT(enabled), .doc = "whether an object is looked into"},
    {"index", LF_OPTION_ANY, AT(index), .doc = "whether it can be searched"},
    {"doc_values", LF_OPTION_ANY, AT(doc_values), .doc = "whether it can be sorted and aggregated"},
    {"default_field", LF_OPTION_ANY, AT(default_field), .doc = "whether a query without a field looks at it"},
    {"dynamic", LF_OPTION_ANY, AT(dynamic), .doc = "true, false or strict"},
    {"object_type_params", LF_OPTION_ANY, AT(object_type_params), .doc = "several object types"},
    {"analyzer", LF_OPTION_STRING, AT(analyzer), .doc = "the analyzer of a text"},
    {"search_analyzer", LF_OPTION_STRING, AT(search_analyzer), .doc = "the analyzer of queries"},
    {"copy_to", LF_OPTION_STRING, AT(copy_to), .doc = "another field that gets the value too"},
    {"path", LF_OPTION_STRING, AT(path), .doc = "the field that an alias means"},
    {"value", LF_OPTION_STRING, AT(value), .doc = "the value of a constant_keyword"},
    {"norms", LF_OPTION_BOOL, AT(norms), .fallback = "false", .doc = "whether a text has norms"},
    {"migration", LF_OPTION_BOOL, AT(migration), .fallback = "false", .doc = "an alias for an older version's name"},
    {"ignore_above", LF_OPTION_INT, AT(ignore_above), .fallback = "0", .min = -1, .max = G_MAXINT32,
     .doc = "the longest keyword that is indexed; 1024, -1 for the server's default"},
    {"object_type", LF_OPTION_STRING, AT(object_type), .doc = "the type of what is in an object or array"},
    {"object_type_mapping_type", LF_OPTION_STRING, AT(object_type_mapping_type), .doc = "the JSON type that it is for"},
    {"scaling_factor", LF_OPTION_INT, AT(scaling_factor), .min = 0, .max = 1e15, .doc = "of a scaled_float"},
};
static const LfOptionTable table = {LF_OPTION_TABLE_OF(rows), .open = TRUE};

static gboolean read_list(Reader *r, const LfNode *list, guint depth, LfFields *out);

static LfField *
add_field(LfArena *arena, LfFields *fields)
{
  if (fields->n == fields->cap) {
    guint cap = MAX(8, fields->cap * 2);
    fields->items = lf_arena_grow(arena, fields->items, fields->cap * sizeof(LfField), (gsize)cap * sizeof(LfField));
    fields->cap = cap;
  }
  fields->items[fields->n] = (LfField){0};
  return &fields->items[fields->n++];
}

static gboolean
wrong(Reader *r, const LfNode *node, const char *name, const char *takes)
{
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(r->error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes %s, not %s", name, takes, found);
}

static gboolean
read_switch(Reader *r, const char *name, const LfNode *node, LfFieldSwitch *out)
{
  if (node == NULL || node->type == LF_NODE_NULL)
    return TRUE;
  if (node->type != LF_NODE_BOOL)
    return wrong(r, node, name, "true or false");
  *out = node->b ? LF_FIELD_TRUE : LF_FIELD_FALSE;
  return TRUE;
}

static gboolean
read_dynamic(Reader *r, const LfNode *node, const char **out)
{
  static const char *const words[] = {"true", "false", "strict"};
  const char *text = node != NULL ? lf_option_text(r->arena, node) : NULL;
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS(words); i++)
    if (strcmp(text, words[i]) == 0)
      *out = words[i];
  return node == NULL || node->type == LF_NODE_NULL || *out != NULL ||
         wrong(r, node, "dynamic", "true, false or strict");
}

typedef struct {
  const char *object_type;
  const char *mapping_type;
  gint64 scaling_factor;
} RawObjectType;

static const LfOption object_rows[] = {
    {"object_type", LF_OPTION_STRING, LF_OPTION_REQUIRED, .offset = offsetof(RawObjectType, object_type),
     .doc = "the type of what is in the object"},
    {"object_type_mapping_type", LF_OPTION_STRING, .offset = offsetof(RawObjectType, mapping_type),
     .doc = "the JSON type that it is for"},
    {"scaling_factor", LF_OPTION_INT, .offset = offsetof(RawObjectType, scaling_factor), .min = 0, .max = 1e15,
     .doc = "of a scaled_float"},
};
static const LfOptionTable object_table = {LF_OPTION_TABLE_OF(object_rows)};

static gboolean
read_object_types(Reader *r, const Raw *raw, LfField *f)
{
  const LfNode *list = raw->object_type_params;
  guint n = list != NULL && list->type == LF_NODE_LIST ? list->n : 0;
  if (list != NULL && list->type != LF_NODE_LIST && list->type != LF_NODE_NULL)
    return wrong(r, list, "object_type_params", "a list");
  if (n > 0 &&
      (raw->object_type != NULL || raw->object_type_mapping_type != NULL || raw->scaling_factor != LF_OPTION_UNSET))
    return lf_place_error(r->error, list->place, LF_CONFIG_ERROR_INVALID,
                          "object_type_params and object_type are both set; take one of them");
  f->object_types = lf_arena_alloc_n(r->arena, MAX(n, 1), sizeof *f->object_types);
  f->object_types[0] = (LfFieldObjectType){raw->object_type, raw->object_type_mapping_type, raw->scaling_factor};
  f->n_object_types = MAX(n, 1);
  for (guint i = 0; i < n; i++) {
    RawObjectType one;
    LfOptionContext context = {.arena = r->arena, .prefix = "", .where = "object_type_params"};
    if (list->entries[i].node->type != LF_NODE_MAP)
      return wrong(r, list->entries[i].node, "object_type_params", "maps");
    if (!lf_options_read(&object_table, list->entries[i].node, &context, &one, r->error))
      return FALSE;
    f->object_types[i] = (LfFieldObjectType){one.object_type, one.mapping_type, one.scaling_factor};
  }
  return TRUE;
}

static gboolean
make_field(Reader *r, const LfNode *node, const Raw *raw, guint depth, LfField *f)
{
  *f = (LfField){.name = raw->name,
                 .type = lf_fieldtype_find(raw->type),
                 .place = node->place,
                 .analyzer = raw->analyzer,
                 .search_analyzer = raw->search_analyzer,
                 .copy_to = raw->copy_to,
                 .path = raw->path,
                 .value = raw->value,
                 .norms = raw->norms,
                 .migration = raw->migration,
                 .ignore_above = raw->ignore_above,
                 .scaling_factor = raw->scaling_factor};
  if (f->type == NULL)
    return lf_place_error(r->error, lf_node_get(node, "type")->place, LF_CONFIG_ERROR_INVALID,
                          "%s: there is no type %s", raw->name != NULL ? raw->name : "a field", raw->type);
  if (f->type->kind == LF_FIELD_ALIAS && (f->path == NULL || f->path[0] == '\0'))
    return lf_place_error(r->error, node->place, LF_CONFIG_ERROR_MISSING, "%s: an alias needs a path",
                          raw->name != NULL ? raw->name : "a field");
  return read_switch(r, "enabled", raw->enabled, &f->enabled) && read_switch(r, "index", raw->index, &f->index) &&
         read_switch(r, "doc_values", raw->doc_values, &f->doc_values) &&
         read_switch(r, "default_field", raw->default_field, &f->default_field) &&
         read_dynamic(r, raw->dynamic, &f->dynamic) && read_object_types(r, raw, f) &&
         read_list(r, raw->fields, depth + 1, &f->fields) &&
         read_list(r, raw->multi_fields, depth + 1, &f->multi_fields);
}

/* A name that no server takes: an empty part, or one that is too long. */
static gboolean
is_name(const char *name)
{
  gsize len = strlen(name), part = 0, parts = 1;
  for (gsize i = 0; i <= len; i++) {
    if (name[i] != '.' && name[i] != '\0') {
      part++;
      continue;
    }
    if (part == 0)
      return FALSE;
    part = 0;
    parts += name[i] == '.';
  }
  return len <= 1024 && parts <= DEPTH_MAX;
}

static gboolean
read_list(Reader *r, const LfNode *list, guint depth, LfFields *out)
{
  LfOptionContext context = {.arena = r->arena, .prefix = "", .where = "a field"};
  if (list == NULL || list->type == LF_NODE_NULL)
    return TRUE;
  if (list->type != LF_NODE_LIST)
    return wrong(r, list, "fields", "a list");
  if (depth > DEPTH_MAX)
    return lf_place_error(r->error, list->place, LF_CONFIG_ERROR_INVALID, "fields are nested deeper than %d",
                          DEPTH_MAX);
  for (guint i = 0; i < list->n; i++) {
    const LfNode *node = list->entries[i].node;
    Raw raw;
    LfField field;
    if (node->type == LF_NODE_NULL)
      continue;
    if (node->type != LF_NODE_MAP)
      return wrong(r, node, "fields", "maps");
    if (++r->n > FIELDS_MAX)
      return lf_place_error(r->error, node->place, LF_CONFIG_ERROR_INVALID, "there are more than %d fields",
                            FIELDS_MAX);
    if (!lf_options_read(&table, node, &context, &raw, r->error) || !make_field(r, node, &raw, depth, &field))
      return FALSE;
    if (field.name == NULL || field.name[0] == '\0')
      continue; /* as Beats do: a key of a module without a name */
    if (!is_name(field.name))
      return lf_place_error(r->error, node->place, LF_CONFIG_ERROR_INVALID, "\"%s\" cannot be the name of a field",
                            field.name);
    *add_field(r->arena, out) = field;
  }
  return TRUE;
}

gboolean
lf_fields_read(LfArena *arena, const LfNode *list, LfFields *out, GError **error)
{
  Reader r = {.arena = arena, .error = error};
  return read_list(&r, list, 0, out);
}

gboolean
lf_fields_parse(LfArena *arena, const char *file, LfSlice text, LfFields *out, GError **error)
{
  Reader r = {.arena = arena, .error = error};
  const LfNode *keys = lf_yaml_read(arena, file, text, error);
  if (keys == NULL)
    return FALSE;
  if (keys->type == LF_NODE_NULL)
    return TRUE;
  if (keys->type != LF_NODE_LIST)
    return wrong(&r, keys, "a fields.yml", "a list of keys");
  for (guint i = 0; i < keys->n; i++) {
    const LfNode *key = keys->entries[i].node;
    if (key->type != LF_NODE_MAP && key->type != LF_NODE_NULL)
      return wrong(&r, key, "a fields.yml", "maps");
    if (!read_list(&r, lf_node_get(key, "fields"), 0, out))
      return FALSE;
  }
  return TRUE;
}

gboolean
lf_fields_load(LfArena *arena, const char *path, LfFields *out, GError **error)
{
  g_autoptr(GError) failed = NULL;
  gsize len;
  g_autofree char *text = lf_fs_read(path, LF_FS_TEXT_MAX, &len, &failed);
  if (text == NULL)
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING, "%s", failed->message);
  return lf_fields_parse(arena, g_intern_string(path), lf_arena_dup(arena, lf_slice(text, len)), out, error);
}

/* A fileset's own file is a list of fields, without a key around. */
static gboolean
load_fileset(LfArena *arena, const char *path, LfFields *out, GError **error)
{
  g_autoptr(GError) failed = NULL;
  gsize len;
  g_autofree char *text = lf_fs_read(path, LF_FS_TEXT_MAX, &len, &failed);
  if (text == NULL)
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_MISSING, "%s", failed->message);
  LfSlice kept = lf_arena_dup(arena, lf_slice(text, len));
  const LfNode *list = lf_yaml_read(arena, g_intern_string(path), kept, error);
  return list != NULL && lf_fields_read(arena, list, out, error);
}

gboolean
lf_fields_load_module(LfArena *arena, const char *dir, const char *const *filesets, LfFields *out, GError **error)
{
  g_autofree char *path = g_build_filename(dir, "_meta", "fields.yml", NULL);
  LfFields module = {0};
  if (g_file_test(path, G_FILE_TEST_EXISTS) && !lf_fields_load(arena, path, &module, error))
    return FALSE;
  LfField *last = module.n > 0 ? &module.items[module.n - 1] : NULL;
  gboolean group = last != NULL && last->type->kind == LF_FIELD_GROUP;
  for (; *filesets != NULL; filesets++) {
    g_autofree char *own = g_build_filename(dir, *filesets, "_meta", "fields.yml", NULL);
    if (g_file_test(own, G_FILE_TEST_EXISTS) &&
        !load_fileset(arena, own, group ? &module.items[module.n - 1].fields : &module, error))
      return FALSE;
  }
  for (guint i = 0; i < module.n; i++)
    *add_field(arena, out) = module.items[i];
  return TRUE;
}

static gboolean
is_container(const LfField *f)
{
  return f->type->kind == LF_FIELD_GROUP || f->type->kind == LF_FIELD_OBJECT || f->type->kind == LF_FIELD_NESTED;
}

/* The field of `fields` that stands in the way of one of this full name. */
static const LfField *
find_conflict(const LfFields *fields, const char *name, gboolean container)
{
  for (guint i = 0; i < fields->n; i++) {
    const LfField *f = &fields->items[i];
    gsize len = strlen(f->name);
    if (strcmp(f->name, name) == 0 && !(container && is_container(f)))
      return f;
    if (g_str_has_prefix(name, f->name) && name[len] == '.') {
      const LfField *below = is_container(f) ? find_conflict(&f->fields, name + len + 1, container) : f;
      if (below != NULL)
        return below;
    }
  }
  return NULL;
}

static gboolean
check_conflicts(const LfFields *fields, const LfFields *more, const char *above, GError **error)
{
  for (guint i = 0; i < more->n; i++) {
    const LfField *f = &more->items[i];
    g_autofree char *name = g_strdup_printf("%s%s%s", above, above[0] != '\0' ? "." : "", f->name);
    const LfField *there = find_conflict(fields, name, f->fields.n > 0);
    if (there != NULL) {
      g_autofree char *where = lf_place_format(there->place);
      return lf_place_error(error, f->place, LF_CONFIG_ERROR_INVALID,
                            "the field %s is there already (%s%s); append_fields only adds", name, where, there->name);
    }
    if (!check_conflicts(fields, &f->fields, name, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
lf_fields_append(LfArena *arena, LfFields *fields, const LfFields *more, GError **error)
{
  if (!check_conflicts(fields, more, "", error))
    return FALSE;
  for (guint i = 0; i < more->n; i++)
    *add_field(arena, fields) = more->items[i];
  return TRUE;
}
