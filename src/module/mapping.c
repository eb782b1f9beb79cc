/* From descriptions of fields to an index mapping: what libbeat's template processor makes of them. */
#include "module/mapping.h"

enum { IGNORE_ABOVE = 1024, SCALING_FACTOR = 1000 };

typedef struct {
  LfArena *arena;
  const LfFieldServer *server;
  LfMapping *out;
  LfValue names; /* an object: full names in default_field */
  gboolean in_multi;
} Maker;

static void process(Maker *m, const LfFields *fields, const char *above, gboolean searched, LfValue *properties);

static void
set(Maker *m, LfValue *object, const char *key, LfValue value)
{
  lf_object_set_static(m->arena, object, key, value);
}

static void
set_text(Maker *m, LfValue *object, const char *key, const char *text)
{
  if (text != NULL && text[0] != '\0')
    set(m, object, key, lf_value_string(lf_slice_str(text)));
}

static void
set_switch(Maker *m, LfValue *object, const char *key, LfFieldSwitch value)
{
  if (value != LF_FIELD_UNSET)
    set(m, object, key, lf_value_bool(value == LF_FIELD_TRUE));
}

static void
set_common(Maker *m, LfValue *object, const LfField *f)
{
  set_switch(m, object, "index", f->index);
  set_switch(m, object, "doc_values", f->doc_values);
  set_text(m, object, "copy_to", f->copy_to);
}

static void
set_dynamic(Maker *m, LfValue *object, const LfField *f)
{
  if (f->dynamic != NULL && strcmp(f->dynamic, "strict") == 0)
    set_text(m, object, "dynamic", f->dynamic);
  else if (f->dynamic != NULL)
    set(m, object, "dynamic", lf_value_bool(strcmp(f->dynamic, "true") == 0));
}

static void
set_multi_fields(Maker *m, LfValue *object, const LfField *f)
{
  LfValue fields = lf_value_object(m->arena, f->multi_fields.n);
  if (f->multi_fields.n == 0)
    return;
  m->in_multi = TRUE;
  process(m, &f->multi_fields, "", FALSE, &fields);
  m->in_multi = FALSE;
  set(m, object, "fields", fields);
}

static void
set_scaled(Maker *m, LfValue *object, gint64 factor)
{
  set_text(m, object, "type", "scaled_float");
  set(m, object, "scaling_factor", lf_value_int(factor > 0 ? factor : SCALING_FACTOR));
}

static void
write_plain(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_common(m, object, f);
  set_text(m, object, "type", type->mapped);
}

static void
write_bare(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_text(m, object, "type", type->mapped);
  set_text(m, object, "copy_to", f->copy_to);
}

static void
write_keyword(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  if (strcmp(type->mapped, "wildcard") == 0)
    write_bare(m, f, type, object); /* it takes neither index nor doc_values */
  else
    write_plain(m, f, type, object);
  if (f->ignore_above != -1)
    set(m, object, "ignore_above", lf_value_int(f->ignore_above > 0 ? f->ignore_above : IGNORE_ABOVE));
  set_multi_fields(m, object, f);
}

static void
write_text(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_switch(m, object, "index", f->index);
  set_text(m, object, "copy_to", f->copy_to);
  set_text(m, object, "type", type->mapped);
  if (!f->norms)
    set(m, object, "norms", lf_value_bool(FALSE));
  set_text(m, object, "analyzer", f->analyzer);
  set_text(m, object, "search_analyzer", f->search_analyzer);
  set_multi_fields(m, object, f);
}

static void
write_scaled(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_common(m, object, f);
  set_scaled(m, object, f->scaling_factor);
}

/* OpenSearch wants the value in the mapping; where there is none, a keyword stands in. */
static void
write_constant(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  gboolean value = f->value != NULL && f->value[0] != '\0';
  if (m->server->opensearch && !value) {
    write_keyword(m, f, lf_fieldtype_find("keyword"), object);
    return;
  }
  set_text(m, object, "type", type->mapped);
  set_text(m, object, "value", f->value);
}

static void
write_alias(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  if (f->migration) /* Beats make these for those who ask for it alone */
    return;
  set_text(m, object, "type", type->mapped);
  set_text(m, object, "path", f->path);
}

static void
write_array(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_common(m, object, f);
  set_text(m, object, "type", f->object_types[0].object_type);
}

static void
write_disabled(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_text(m, object, "type", type->mapped);
  set(m, object, "enabled", lf_value_bool(FALSE));
}

static void
write_object(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_text(m, object, "type", type->mapped);
  set_switch(m, object, "enabled", f->enabled);
  set_dynamic(m, object, f);
}

static void
write_group(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object)
{
  set_text(m, object, "type", type->mapped);
  set_dynamic(m, object, f);
}

typedef void (*WriteFn)(Maker *m, const LfField *f, const LfFieldType *type, LfValue *object);

static const WriteFn writers[] = {
    [LF_FIELD_PLAIN] = write_plain,       [LF_FIELD_KEYWORD] = write_keyword, [LF_FIELD_TEXT] = write_text,
    [LF_FIELD_OBJECT] = write_object,     [LF_FIELD_GROUP] = write_group,     [LF_FIELD_NESTED] = write_group,
    [LF_FIELD_ARRAY] = write_array,       [LF_FIELD_ALIAS] = write_alias,     [LF_FIELD_SCALED] = write_scaled,
    [LF_FIELD_CONSTANT] = write_constant, [LF_FIELD_BARE] = write_bare,       [LF_FIELD_DISABLED] = write_disabled,
};

/* Which JSON type a dynamic template of an object type is for; NULL: there is none for it. */
static const char *
match_of(const LfFieldObjectType *t)
{
  static const struct {
    const char *type;
    const char *match; /* NULL: its own name */
  } known[] = {{"scaled_float", "*"}, {"histogram", "*"}, {"text", "string"}, {"keyword", "string"}, {"byte", NULL},
               {"double", NULL},      {"float", NULL},    {"long", NULL},     {"short", NULL},       {"boolean", NULL}};
  for (gsize i = 0; t->object_type != NULL && i < G_N_ELEMENTS(known); i++)
    if (strcmp(known[i].type, t->object_type) == 0)
      return t->mapping_type != NULL ? t->mapping_type : known[i].match != NULL ? known[i].match : known[i].type;
  return NULL;
}

/* Adds {name: {mapping, match_mapping_type, path_match}} unless there is one for the same. */
static void
add_dynamic(Maker *m, const char *name, const char *path_match, const char *match, LfValue mapping)
{
  LfArray *list = m->out->dynamic_templates.array;
  for (guint32 i = 0; i < list->len; i++) {
    LfValue *there = lf_object_get_str(&list->items[i], name);
    if (there != NULL && lf_slice_is(lf_value_text(m->arena, lf_object_get_str(there, "path_match")), path_match) &&
        lf_slice_is(lf_value_text(m->arena, lf_object_get_str(there, "match_mapping_type")), match))
      return;
  }
  LfValue rule = lf_value_object(m->arena, 3), one = lf_value_object(m->arena, 1);
  set(m, &rule, "mapping", mapping);
  set_text(m, &rule, "match_mapping_type", match);
  set_text(m, &rule, "path_match", path_match);
  lf_object_set(m->arena, &one, lf_slice_str(name), rule);
  lf_array_push(m->arena, &m->out->dynamic_templates, one);
}

static void
add_object_types(Maker *m, const LfField *f, const char *path)
{
  const char *path_match = strchr(path, '*') != NULL ? path : lf_arena_printf(m->arena, "%s.*", path).p;
  for (guint i = 0; i < f->n_object_types; i++) {
    const LfFieldObjectType *t = &f->object_types[i];
    const char *match = match_of(t);
    LfValue mapping = lf_value_object(m->arena, 2);
    if (match == NULL)
      continue;
    set_common(m, &mapping, f);
    if (strcmp(t->object_type, "scaled_float") == 0)
      set_scaled(m, &mapping, t->scaling_factor);
    else
      set_text(m, &mapping, "type", t->object_type);
    add_dynamic(m, f->n_object_types > 1 ? lf_arena_printf(m->arena, "%s_%s", path, match).p : path, path_match, match,
                mapping);
  }
}

static void
add_searched(Maker *m, const char *path)
{
  if (lf_object_get_str(&m->names, path) != NULL)
    return;
  lf_object_set(m->arena, &m->names, lf_slice_str(path), lf_value_null());
  lf_array_push(m->arena, &m->out->searched, lf_value_string(lf_slice_str(path)));
}

static LfValue *
child(Maker *m, LfValue *object, LfSlice key)
{
  LfValue *there = lf_object_get(object, key);
  return lf_value_is(there, LF_TYPE_OBJECT) ? there
                                            : lf_object_set(m->arena, object, key, lf_value_object(m->arena, 4));
}

/* The object behind a dotted name, below properties.<part> at each dot; made where it is not there, if `make`, else NULL. */
static LfValue *
place_of(Maker *m, LfValue *properties, const char *name, gboolean make)
{
  LfValue *at = properties;
  for (;;) {
    gsize n = strcspn(name, ".");
    LfSlice key = lf_slice(name, n);
    LfValue *here = make ? child(m, at, key) : lf_object_get(at, key);
    if (name[n] == '\0' || here == NULL)
      return here;
    at = make ? child(m, here, LF_SLICE_LIT("properties")) : lf_object_get_str(here, "properties");
    if (at == NULL)
      return NULL;
    name += n + 1;
  }
}

static gboolean
is_container(LfFieldKind kind)
{
  return kind == LF_FIELD_GROUP || kind == LF_FIELD_NESTED || kind == LF_FIELD_OBJECT;
}

static void
process_one(Maker *m, const LfField *f, const char *path, gboolean searched, LfValue *properties)
{
  const LfFieldType *type = lf_fieldtype_for(f->type, m->server);
  LfValue made = lf_value_object(m->arena, 4);
  writers[type->kind](m, f, type, &made);
  if (searched && !m->in_multi && f->type->searched && f->index != LF_FIELD_FALSE)
    add_searched(m, path);
  if (type->kind == LF_FIELD_OBJECT)
    add_object_types(m, f, path);
  LfValue below = {0};
  if (is_container(type->kind)) {
    LfValue *there = place_of(m, properties, f->name, FALSE);
    LfValue *kept = there != NULL ? lf_object_get_str(there, "properties") : NULL;
    below = kept != NULL ? *kept : lf_value_object(m->arena, f->fields.n);
    process(m, &f->fields, path, searched, &below);
  }
  gboolean full = below.type == LF_TYPE_OBJECT && below.object->len > 0;
  if (made.object->len == 0 && !full)
    return; /* an empty group is no field */
  LfValue *at = place_of(m, properties, f->name, TRUE);
  if (type->kind == LF_FIELD_GROUP) /* what a group was before stays */
    for (guint32 i = 0; i < made.object->len; i++)
      lf_object_set_static(m->arena, at, made.object->members[i].key, made.object->members[i].value);
  else
    *at = made;
  if (full)
    set(m, at, "properties", below);
}

static void
process(Maker *m, const LfFields *fields, const char *above, gboolean searched, LfValue *properties)
{
  for (guint i = 0; i < fields->n; i++) {
    const LfField *f = &fields->items[i];
    const char *path = above[0] != '\0' ? lf_arena_printf(m->arena, "%s.%s", above, f->name).p : f->name;
    process_one(m, f, path, f->default_field == LF_FIELD_UNSET ? searched : f->default_field == LF_FIELD_TRUE,
                properties);
  }
}

void
lf_mapping_make(LfArena *arena, const LfFields *fields, const LfFieldServer *server, LfMapping *out)
{
  Maker m = {.arena = arena, .server = server, .out = out, .names = lf_value_object(arena, 64)};
  *out = (LfMapping){.properties = lf_value_object(arena, 64),
                     .dynamic_templates = lf_value_array(arena, 8),
                     .searched = lf_value_array(arena, 64)};
  process(&m, fields, "", TRUE, &out->properties);
}
