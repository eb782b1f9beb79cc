/* Files that tests read: of the sources, of the shared vectors; JSON, and JSON a line. */
#ifndef LF_TESTS_SUPPORT_FILES_H
#define LF_TESTS_SUPPORT_FILES_H

#include "value/value.h"

/* The path of `below` in the sources ($LF_TOP_SRCDIR, else the working directory). Returns: (transfer full). */
char *test_source_path(const char *below);

/* The path of `below` in the folder that $LF_SHARED names; where it names none, a path at which there is nothing.
 * Returns: (transfer full). */
char *test_shared_path(const char *below);

/* Reads a JSON file into the arena. Returns: FALSE where there is no such file; one that is no JSON aborts. */
gboolean test_json_read(LfArena *arena, const char *path, LfValue *out);

/* Reads a file that has a JSON text a line; one that is not there aborts. Returns: (transfer none): `n` values. */
const LfValue *test_json_lines(LfArena *arena, const char *path, guint *n);

#endif
