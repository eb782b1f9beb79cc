/* Go templates against answers of Go itself: the shared vectors, a test a case. */
#include "support/files.h"
#include "support/gotmpl_cases.h"

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autofree char *path = test_shared_path("vectors/gotemplate/cases.json");
  if (!test_gotmpl_cases_add(arena, path, "/gotmpl/vectors")) {
    g_print("1..0 # SKIP the template vectors are not here (LF_SHARED)\n");
    return 0;
  }
  return g_test_run();
}
