/* Any bytes as settings on the command line, one a line: values, overrides, and what a table makes of them. */
#include "config/flagvalue.h"
#include "config/override.h"
#include "config/tree.h"
#include "input/cwl_options.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __lsan_is_turned_off(void);

/* Each key is interned for its place, and GLib never frees what that takes; unit tests look for leaks. */
int
__lsan_is_turned_off(void)
{
  return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfSlice text = lf_slice((const char *)data, size);
  LfNode *value = lf_flagvalue_parse(arena, (LfPlace){0}, text, TRUE, &error);
  g_assert((value == NULL) == (error != NULL));
  lf_flagvalue_parse(arena, (LfPlace){0}, text, FALSE, NULL);
  g_autofree char *copy = lf_slice_dup(text);
  g_auto(GStrv) lines = g_strsplit(copy, "\n", 64);
  LfNode *all = lf_override_parse_all(arena, "-E", (const char *const *)lines, NULL);
  if (all == NULL)
    return 0;
  lf_override_for_fileset(arena, all, "m", "f");
  LfCwlSettings settings;
  g_auto(LfNotes) notes = {0};
  lf_cwl_options_read(all, arena, &notes, &settings, NULL);
  return 0;
}
