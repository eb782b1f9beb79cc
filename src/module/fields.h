/* Descriptions of fields in the form of fields.yml, read and put together. */
#ifndef LF_MODULE_FIELDS_H
#define LF_MODULE_FIELDS_H

#include "config/option/option.h"
#include "module/fieldtype.h"

typedef struct LfField LfField;

/* A list of fields, in their order. Starts as {0}; lives in an arena. */
typedef struct {
  LfField *items;
  guint n;
  guint cap;
} LfFields;

/* What a bool that may be missing is. */
typedef enum { LF_FIELD_UNSET, LF_FIELD_FALSE, LF_FIELD_TRUE } LfFieldSwitch;

/* One of `object_type_params`, or the field's own object_type. */
typedef struct {
  const char *object_type;
  const char *mapping_type;
  gint64 scaling_factor; /* LF_OPTION_UNSET */
} LfFieldObjectType;

/* One field; names may be dotted. Texts may be NULL. `ignore_above` is 0 for the default, -1 for the server's. */
struct LfField {
  const char *name;
  const LfFieldType *type;
  LfPlace place;
  LfFields fields;
  LfFields multi_fields;
  LfFieldSwitch enabled, index, doc_values, default_field;
  const char *dynamic; /* "true", "false", "strict" */
  const char *analyzer;
  const char *search_analyzer;
  const char *copy_to;
  const char *path;  /* of an alias */
  const char *value; /* of a constant_keyword */
  gboolean norms;
  gboolean migration;
  gint64 ignore_above;
  gint64 scaling_factor; /* LF_OPTION_UNSET */
  LfFieldObjectType *object_types;
  guint n_object_types;
};

/* Reads a list of fields, as `append_fields` has it, behind those in `out`. Keys that say nothing about a mapping are not
 * looked at. FALSE with LF_CONFIG_ERROR at its place: an unknown type, a wrong value, no list of maps. */
gboolean lf_fields_read(LfArena *arena, const LfNode *list, LfFields *out, GError **error);

/* Reads the text of a fields.yml: a list of keys, whose fields are put one behind the other. `file` is what errors name. */
gboolean lf_fields_parse(LfArena *arena, const char *file, LfSlice text, LfFields *out, GError **error);

/* lf_fields_parse for a file. */
gboolean lf_fields_load(LfArena *arena, const char *path, LfFields *out, GError **error);

/* Reads a module's _meta/fields.yml, with those of its filesets inside its last group, as Filebeat's build puts them
 * together. `filesets` ends in NULL. Files that are not there are left out. */
gboolean lf_fields_load_module(LfArena *arena, const char *dir, const char *const *filesets, LfFields *out,
                               GError **error);

/* Puts `more` behind `fields`. FALSE with LF_CONFIG_ERROR where a field of `more` is there already, or stands below one
 * that is neither a group nor an object (libbeat's ConcatFields). */
gboolean lf_fields_append(LfArena *arena, LfFields *fields, const LfFields *more, GError **error);

#endif
