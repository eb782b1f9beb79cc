/* Fuzz: whatever the bytes are, the reader ends, and what it accepts is written as JSON that reads back as the same. */
#include "value/json_read.h"
#include "value/json_write.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfValue v, again;
  if (!lf_json_read_copy(arena, lf_slice((const char *)data, size), &v, &error))
    return 0;
  g_auto(LfBuf) out = {0};
  lf_json_write(&out, &v);
  g_assert(lf_json_read_copy(arena, lf_buf_slice(&out), &again, NULL));
  g_assert(lf_value_equal(&v, &again));
  return 0;
}
