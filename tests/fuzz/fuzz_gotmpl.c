/* Fuzz: whatever the template, it is parsed with both pairs of delimiters and run to an end or to an error. */
#include "module/gotmpl/gotmpl.h"
#include "value/json_read.h"

#include <stdint.h>

static const char variables[] =
    "{\"s\":\"text\",\"n\":42,\"neg\":-7,\"fl\":2.5,\"big\":1e300,\"t\":true,\"f\":false,\"nil\":null,\"empty\":\"\","
    "\"list\":[\"a\",\"b\",\"\\u00e9\"],\"mixed\":[1,\"x\",null,[true,{}]],\"map\":{\"z\":1,\"a\":{\"k\":[\"q\"]}},"
    "\"builtin\":{\"prefix\":\"filebeat\",\"beatVersion\":\"7.17.29\",\"module\":\"m\",\"fileset\":\"f\"}}";

static void
run(LfSlice text, LfTemplateDelims delims)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) out = {0};
  LfValue vars;
  gboolean ok = lf_json_read_copy(arena, LF_SLICE_LIT(variables), &vars, NULL);
  g_assert(ok);
  LfPlace place = {.file = "fuzz", .line = 1, .column = 1};
  LfTemplate *t = lf_template_parse(arena, place, text, delims, &error);
  g_assert((t == NULL) == (error != NULL));
  if (t != NULL)
    ok = lf_template_execute(t, arena, &vars, &out, &error);
  else
    ok = FALSE;
  g_assert(ok == (error == NULL));
  g_assert(error == NULL || (g_str_has_prefix(error->message, "fuzz:") && g_utf8_validate(error->message, -1, NULL)));
  g_assert(out.len <= LF_TEMPLATE_OUTPUT_MAX && (ok || out.len == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LfSlice text = lf_slice((const char *)data, size);
  run(text, LF_TEMPLATE_CONFIG);
  run(text, LF_TEMPLATE_PIPELINE);
  return 0;
}
