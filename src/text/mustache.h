/* Mustache templates as Elasticsearch's ingest processors use them. */
#ifndef LF_TEXT_MUSTACHE_H
#define LF_TEXT_MUSTACHE_H

#include "base/buf.h"
#include "value/value.h"

typedef struct LfMustache LfMustache;

#define LF_MUSTACHE_ERROR (lf_mustache_error_quark())
GQuark lf_mustache_error_quark(void);

typedef enum {
  LF_MUSTACHE_ERROR_SYNTAX,  /* mustache.java refuses it; the text is its message */
  LF_MUSTACHE_ERROR_REFUSED, /* mustache.java takes it, and it is not there yet */
} LfMustacheError;

/* Compiles a template: {{x}} (escaped as inside a JSON string, Elasticsearch's default), {{{x}}} and {{&x}} (as it is),
 * {{#x}}…{{/x}}, {{^x}}…{{/x}}, {{! comment }}. Names are dotted paths; {{.}} is the current item.
 * Returns: (transfer none): in the arena; NULL with LF_MUSTACHE_ERROR. */
LfMustache *lf_mustache_compile(LfArena *arena, LfSlice text, GError **error);

/* Looks a name's first part up in the outermost scope. Returns: (transfer none) (nullable). */
typedef LfValue *(*LfMustacheRootFn)(LfSlice name, void *data);

/* Appends the text. Lists are written as {0=a, 1=b} and maps as {k=v}, as Java's collections print themselves there. */
void lf_mustache_render(const LfMustache *template, LfArena *arena, LfMustacheRootFn root, void *data, LfBuf *out);

/* The value itself where the template is one name and its text is the value's own, character for character: a string that
 * needs no escape. Returns: (transfer none) (nullable): NULL where it has to be rendered. */
const LfValue *lf_mustache_alone(const LfMustache *template, LfMustacheRootFn root, void *data);

#endif
