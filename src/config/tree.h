/* Trees as go-ucfg makes them: dotted names are paths, numbers in paths are indexes, later settings go over earlier. */
#ifndef LF_CONFIG_TREE_H
#define LF_CONFIG_TREE_H

#include "value/node.h"

/* The largest number in a name that is taken for an index; above it, it is a name. (go-ucfg's default) */
enum { LF_TREE_INDEX_MAX = 1024 };

/* A copy of the tree in which "a.b: 1" is {a: {b: 1}}, the numbers in "hosts.0: x" are indexes of lists, and a map that
 * has only such keys is a list (gaps are null). What is given both ways is merged; null gives way.
 * Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR naming both places where one setting has two
 * values. */
LfNode *lf_tree_normalize(LfArena *arena, const LfNode *node, GError **error);

/* Merges the normalized `from` over the normalized `to`: maps key by key, lists index by index, anything else is
 * replaced; an empty map or list changes nothing. Nothing of `to` is written to.
 * Returns: (transfer none): in the arena, may share nodes with both. */
LfNode *lf_tree_merge(LfArena *arena, const LfNode *to, const LfNode *from);

/* The setting at a dotted path in a normalized tree, indexes included. Returns: (transfer none) (nullable). */
LfNode *lf_tree_get(const LfNode *root, LfSlice path);

/* Sets a value at a dotted path, making or replacing what is on its way. `root` must be a map that nobody else sees. */
void lf_tree_set(LfArena *arena, LfNode *root, const char *path, LfPlace place, LfNode *value);

/* A map node with nothing in it. */
LfNode *lf_tree_map(LfArena *arena, LfPlace place);

#endif
