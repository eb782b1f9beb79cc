/* Trees for tests. */
#include "support/tree.h"

#include "config/tree.h"
#include "value/yaml.h"

LfNode *
test_read_tree(LfArena *arena, const char *yaml, GError **error)
{
  LfNode *node = lf_yaml_read(arena, "f.yml", lf_arena_dup(arena, lf_slice_str(yaml)), error);
  return node != NULL ? lf_tree_normalize(arena, node, error) : NULL;
}
