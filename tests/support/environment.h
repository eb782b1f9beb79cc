/* An environment of the test's own. */
#ifndef LF_TESTS_SUPPORT_ENVIRONMENT_H
#define LF_TESTS_SUPPORT_ENVIRONMENT_H

#include <glib.h>

/* Environment variables. Returns: (transfer full): g_hash_table_unref. */
GHashTable *test_environment_new(void);

/* Sets a variable, to a copy of `value`. */
void test_environment_set(GHashTable *environment, const char *name, const char *value);

/* What stands in for getenv, with the table as its `data`. */
const char *test_environment_get(const char *name, void *environment);

#endif
