/* The tree of a rendered input: a block's `input:` merged over it, and places that lead back to the user's file. */
#ifndef LF_MODULE_INPUT_TREE_H
#define LF_MODULE_INPUT_TREE_H

#include "value/node.h"

/* Merges the block's `input:` (normalized) over the rendered input as Filebeat's fileset package does: as
 * lf_tree_merge, but for lists called `paths`, which are replaced, and lists called `processors`, which are put behind
 * those that are there. Returns: (transfer none): in the arena, may share nodes with both. */
LfNode *lf_input_tree_merge(LfArena *arena, const LfNode *to, const LfNode *from);

/* Gives each option of the rendered input that has the name and the value of one of the user's variables (`user` is the
 * block's `var`, nullable) the place of that variable, so that what is wrong with it is said of the line that the user
 * wrote. */
void lf_input_tree_place(LfNode *input, const LfNode *user);

#endif
