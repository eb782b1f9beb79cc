/* Fuzzes fields.yml: any bytes are read or refused with a place, and make a mapping for every kind of server. */
#include "module/mapping.h"

#include "value/json_write.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const LfFieldServer servers[] = {{FALSE, 0}, {FALSE, 700}, {TRUE, 100}, {TRUE, 219}};
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfFields fields = {0}, twice = {0};
  if (!lf_fields_parse(arena, "fuzz", lf_slice((const char *)data, size), &fields, &error)) {
    g_assert(error != NULL && error->domain == LF_CONFIG_ERROR && g_str_has_prefix(error->message, "fuzz:"));
    return 0;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(servers); i++) {
    g_auto(LfBuf) json = {0};
    LfMapping m;
    lf_mapping_make(arena, &fields, &servers[i], &m);
    lf_json_write(&json, &m.properties);
    g_assert(m.properties.type == LF_TYPE_OBJECT && json.len >= 2);
  }
  g_assert(lf_fields_append(arena, &twice, &fields, NULL));
  return 0;
}
