/* The types that a field can have in fields.yml. */
#include "module/fieldtype.h"

#include <string.h>

enum { ALWAYS = 0, NEVER = G_MAXUINT };

/* Versions are from the pages of Elasticsearch's and OpenSearch's field types. Beats write integer as long.
 * OpenSearch's constant_keyword wants its value in the mapping, see mapping.c; its flattened is flat_object. */
static const LfFieldType types[] = {
    {"keyword", "keyword", LF_FIELD_KEYWORD, TRUE, ALWAYS, ALWAYS, NULL},
    {"text", "text", LF_FIELD_TEXT, TRUE, ALWAYS, ALWAYS, NULL},
    {"match_only_text", "match_only_text", LF_FIELD_BARE, TRUE, 714, 212, "text"},
    {"wildcard", "wildcard", LF_FIELD_KEYWORD, TRUE, 709, 215, "keyword"},
    {"constant_keyword", "constant_keyword", LF_FIELD_CONSTANT, FALSE, 707, 214, "keyword"},
    {"long", "long", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"integer", "long", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"short", "short", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"byte", "byte", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"unsigned_long", "unsigned_long", LF_FIELD_PLAIN, FALSE, 710, 208, "double"},
    {"double", "double", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"float", "float", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"half_float", "half_float", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"scaled_float", "scaled_float", LF_FIELD_SCALED, FALSE, ALWAYS, ALWAYS, NULL},
    {"boolean", "boolean", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"date", "date", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"date_nanos", "date_nanos", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"ip", "ip", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"ip_range", "ip_range", LF_FIELD_PLAIN, FALSE, ALWAYS, ALWAYS, NULL},
    {"geo_point", "geo_point", LF_FIELD_BARE, FALSE, ALWAYS, ALWAYS, NULL},
    {"geo_shape", "geo_shape", LF_FIELD_BARE, FALSE, ALWAYS, ALWAYS, NULL},
    {"binary", "binary", LF_FIELD_BARE, FALSE, ALWAYS, ALWAYS, NULL},
    {"version", "version", LF_FIELD_BARE, FALSE, 710, NEVER, "keyword"},
    {"histogram", "histogram", LF_FIELD_BARE, FALSE, 706, NEVER, "disabled"},
    {"flattened", "flattened", LF_FIELD_PLAIN, FALSE, 703, NEVER, "flat_object"},
    {"flat_object", "flat_object", LF_FIELD_BARE, FALSE, NEVER, 207, "disabled"},
    {"object", "object", LF_FIELD_OBJECT, FALSE, ALWAYS, ALWAYS, NULL},
    {"group", NULL, LF_FIELD_GROUP, FALSE, ALWAYS, ALWAYS, NULL},
    {"nested", "nested", LF_FIELD_NESTED, FALSE, ALWAYS, ALWAYS, NULL},
    {"array", NULL, LF_FIELD_ARRAY, FALSE, ALWAYS, ALWAYS, NULL},
    {"alias", "alias", LF_FIELD_ALIAS, FALSE, ALWAYS, ALWAYS, NULL},
    {"disabled", "object", LF_FIELD_DISABLED, FALSE, ALWAYS, ALWAYS, NULL},
};

const LfFieldType *
lf_fieldtype_find(const char *name)
{
  if (name == NULL || name[0] == '\0')
    return &types[0];
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    if (strcmp(types[i].name, name) == 0)
      return &types[i];
  return NULL;
}

const LfFieldType *
lf_fieldtype_nth(guint i)
{
  return i < G_N_ELEMENTS(types) ? &types[i] : NULL;
}

const LfFieldType *
lf_fieldtype_for(const LfFieldType *type, const LfFieldServer *server)
{
  while (type->fallback != NULL) {
    guint since = server->opensearch ? type->opensearch_since : type->since;
    if (since != NEVER && (server->version == 0 || server->version >= since))
      break;
    type = lf_fieldtype_find(type->fallback);
  }
  return type;
}
