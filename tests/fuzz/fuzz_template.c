/* Fuzz: mustache templates, conditions and format strings, compiled and run over a small document. */
#include "ingest/condition.h"
#include "ingest/doc.h"
#include "text/formatstring.h"
#include "value/json_read.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static LfValue *
root(LfSlice name, void *data)
{
  return lf_object_get(data, name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) out = {0};
  LfSlice text = lf_slice((const char *)data, size);
  LfValue source;
  LfIngestDoc doc;
  gboolean result;
  if (size > 4096)
    return 0;
  g_assert(lf_json_read_copy(arena, LF_SLICE_LIT("{\"a\":{\"b\":[1,\"x\",{\"c\":null}]},\"s\":\"t\\n\",\"n\":1.5}"), &source,
                             NULL));
  lf_ingest_doc_init(&doc, arena, source, lf_ingest_metadata(arena, 0));
  LfMustache *m = lf_mustache_compile(arena, text, NULL);
  if (m != NULL)
    lf_mustache_render(m, arena, root, &doc.source, &out);
  LfCondition *c = lf_condition_compile(arena, text, NULL);
  if (c != NULL)
    lf_condition_run(c, &doc, &result);
  LfFormatString *f = lf_formatstring_compile(arena, (LfPlace){0}, text, NULL);
  if (f != NULL)
    lf_formatstring_run(f, arena, &doc.source, NULL, G_GINT64_CONSTANT(1795526943590), &out);
  return 0;
}
