/* Any bytes as a configuration with variables: expanded strictly and leniently without a crash, in bounded time. */
#include "config/expand.h"
#include "config/tree.h"
#include "value/yaml.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
get_env(const char *name, void *data)
{
  static const char *const all[][2] = {{"WORD", "word"}, {"LIST", "a,b"}, {"OPEN", "[x"}, {"SELF", "[${SELF}]"}};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    if (strcmp(all[i][0], name) == 0)
      return all[i][1];
  return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfNode *root = lf_yaml_read(arena, "fuzz.yml", lf_slice((const char *)data, size), NULL);
  root = root != NULL ? lf_tree_normalize(arena, root, NULL) : NULL;
  if (root == NULL)
    return 0;
  LfExpandScope scope = {.root = root, .late = root, .getenv = get_env};
  g_autoptr(GError) error = NULL;
  LfNode *out = lf_expand(arena, &scope, root, FALSE, &error);
  g_assert((out == NULL) == (error != NULL));
  lf_expand(arena, &scope, root, TRUE, NULL);
  return 0;
}
