/* Configuration as it is written, as a tree. */
#ifndef LF_TESTS_SUPPORT_TREE_H
#define LF_TESTS_SUPPORT_TREE_H

#include "value/node.h"

/* Reads YAML of a file "f.yml" and normalizes it. Returns: (transfer none) (nullable): in the arena; NULL with an error. */
LfNode *test_read_tree(LfArena *arena, const char *yaml, GError **error);

#endif
