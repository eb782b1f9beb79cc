/* Environments for tests. */
#include "support/environment.h"

GHashTable *
test_environment_new(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void
test_environment_set(GHashTable *environment, const char *name, const char *value)
{
  g_hash_table_replace(environment, g_strdup(name), g_strdup(value));
}

const char *
test_environment_get(const char *name, void *environment)
{
  return g_hash_table_lookup(environment, name);
}
