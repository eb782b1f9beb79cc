/* The YAML reader, over libyaml. */
#ifndef LF_VALUE_YAML_H
#define LF_VALUE_YAML_H

#include "base/buf.h"
#include "value/node.h"

/* The most nodes that one text may have, aliases expanded. */
enum { LF_YAML_NODES_MAX = 1000000 };

/* The most keys that one map may have: they are looked up one after the other. */
enum { LF_YAML_KEYS_MAX = 5000 };

/* Reads the first document of a YAML 1.1 text as gopkg.in/yaml.v2 does (plain scalars by lf_node_plain, merge keys, the
 * last of equal keys wins); `file` is what errors and places name. An empty text is a null node. A second document that
 * is not empty is an error.
 * Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR at file:line:column. */
LfNode *lf_yaml_read(LfArena *arena, const char *file, LfSlice text, GError **error);

/* Appends the tree as YAML, block style, two spaces a level. */
void lf_yaml_write(LfBuf *out, const LfNode *node);

#endif
