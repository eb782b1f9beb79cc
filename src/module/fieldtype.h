/* The types that a field can have in fields.yml: which servers know them, and what stands in where one does not. */
#ifndef LF_MODULE_FIELDTYPE_H
#define LF_MODULE_FIELDTYPE_H

#include <glib.h>

/* What kind of server a mapping is for. Versions are major * 100 + minor; 0 is one that knows everything. */
typedef struct {
  gboolean opensearch;
  guint version;
} LfFieldServer;

/* How a type is written; src/module/mapping.c has a function for each. */
typedef enum {
  LF_FIELD_PLAIN,
  LF_FIELD_KEYWORD, /* with ignore_above and multi_fields */
  LF_FIELD_TEXT,    /* with norms, analyzers and multi_fields */
  LF_FIELD_OBJECT,
  LF_FIELD_GROUP,
  LF_FIELD_NESTED,
  LF_FIELD_ARRAY,
  LF_FIELD_ALIAS,
  LF_FIELD_SCALED,
  LF_FIELD_CONSTANT,
  LF_FIELD_BARE,     /* nothing but its type */
  LF_FIELD_DISABLED, /* kept as it is, and not searchable */
} LfFieldKind;

/* A row. `name` is what fields.yml calls it, `mapped` the server's name. `since` is the first version of Elasticsearch
 * that has it, or of OpenSearch (G_MAXUINT: none); before it there is `fallback`. `searched`: it may be in
 * index.query.default_field. */
typedef struct {
  const char *name;
  const char *mapped;
  LfFieldKind kind;
  gboolean searched;
  guint since;
  guint opensearch_since;
  const char *fallback;
} LfFieldType;

/* The row of that name, as fields.yml has it; an empty one is a keyword. Returns: (transfer none) (nullable). */
const LfFieldType *lf_fieldtype_find(const char *name);

/* The i-th row, NULL behind the last. */
const LfFieldType *lf_fieldtype_nth(guint i);

/* What stands in for the type on this server: itself, or the first of its fallbacks that the server has. */
const LfFieldType *lf_fieldtype_for(const LfFieldType *type, const LfFieldServer *server);

#endif
