/* Files of Go templates with what Go makes of them: each case becomes a test. */
#ifndef LF_TESTS_SUPPORT_GOTMPL_CASES_H
#define LF_TESTS_SUPPORT_GOTMPL_CASES_H

#include "base/arena.h"

/* Adds a test `prefix`/name for each case of the JSON file at `path`: an object with `vars` and with `cases`, each a
 * `template`, perhaps `delims` (`{< >}` is a pipeline's), and `want`, `want_hex` (bytes that are no UTF-8) or `error`. A
 * case without a `name` goes by its number. Returns: FALSE where there is no such file. The cases live in `arena`,
 * which has to outlive g_test_run. */
gboolean test_gotmpl_cases_add(LfArena *arena, const char *path, const char *prefix);

#endif
