/* Access to a document under way, with the words of Elasticsearch's IngestDocument. */
#ifndef LF_INGEST_DOC_H
#define LF_INGEST_DOC_H

#include "ingest/pipeline.h"
#include "text/mustache.h"
#include "value/path.h"

/* A field that an option names: fixed, or a template that is rendered for each document. */
typedef struct {
  LfSlice text;
  const LfMustache *template; /* (nullable) */
  LfPath path;                /* of a fixed one, without its prefix */
  gboolean of_ingest;         /* the path is below _ingest */
  gboolean valid;
} LfField;

/* A value that an option gives: templates inside strings, lists and maps. */
typedef struct LfValueSource LfValueSource;

/* Compiles a field's name or a value. FALSE / NULL with LF_MUSTACHE_ERROR. */
gboolean lf_field_compile(LfArena *arena, LfSlice text, LfField *out, GError **error);
LfValueSource *lf_value_source_compile(LfArena *arena, const LfNode *node, GError **error);

/* Whether the value is one string with a template in it. */
gboolean lf_value_source_is_template(const LfValueSource *source);

/* The field for this document: `out->text` is the rendered name. FALSE with the document's error where it is no path. */
gboolean lf_field_resolve(LfIngestDoc *doc, const LfField *field, LfField *out);

/* A template's text, or the value of a source, for this document. In the document's arena. */
LfSlice lf_doc_render(LfIngestDoc *doc, const LfMustache *template);
LfValue lf_doc_value(LfIngestDoc *doc, const LfValueSource *source);

/* Looks a resolved field up. `*out` is NULL where it is not there. With `strict` an index beyond its array fails. */
gboolean lf_doc_find(LfIngestDoc *doc, const LfField *field, gboolean strict, LfValue **out);

/* Sets, appends to, removes a resolved field. FALSE with the document's error. */
gboolean lf_doc_set(LfIngestDoc *doc, const LfField *field, LfValue value);
gboolean lf_doc_append(LfIngestDoc *doc, const LfField *field, const LfValue *value, gboolean allow_duplicates);
gboolean lf_doc_remove(LfIngestDoc *doc, const LfField *field);

/* Sets the document's error; returns FALSE. */
gboolean lf_doc_fail(LfIngestDoc *doc, const char *type, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* "illegal_argument_exception", which most failures are. */
#define LF_DOC_ILLEGAL_ARGUMENT "illegal_argument_exception"

/* The Java class that Elasticsearch holds such a value in: java.lang.Integer, … (transfer none) */
const char *lf_doc_class_name(const LfValue *v);

#endif
