/* Any bytes as YAML: read, written, read again, normalized; no crash, and the second reading is as the first. */
#include "config/tree.h"
#include "value/yaml.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfNode *node = lf_yaml_read(arena, "fuzz.yml", lf_slice((const char *)data, size), &error);
  g_assert((node == NULL) == (error != NULL));
  if (node == NULL)
    return 0;
  g_auto(LfBuf) out = {0};
  lf_yaml_write(&out, node);
  LfNode *again = lf_yaml_read(arena, "again.yml", lf_buf_slice(&out), &error);
  g_assert_no_error(error);
  g_assert_cmpint(again->type, ==, node->type);
  LfNode *tree = lf_tree_normalize(arena, node, &error);
  g_assert((tree == NULL) == (error != NULL));
  if (tree != NULL)
    lf_tree_merge(arena, tree, tree);
  return 0;
}
