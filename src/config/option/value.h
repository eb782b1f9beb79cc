/* One option's value: from a node of the tree into its place in the settings. */
#ifndef LF_CONFIG_OPTION_VALUE_H
#define LF_CONFIG_OPTION_VALUE_H

#include "config/option/option.h"

/* Writes what `node` says for a row with a value (no TABLE, REFUSED, IGNORED) to `slot`. `name` is the full dotted name,
 * for messages. Returns: FALSE with LF_CONFIG_ERROR at the node's place: the wrong type, a value out of bounds. */
gboolean lf_option_value_set(const LfOption *option, const char *name, LfArena *arena, const LfNode *node, void *slot,
                             GError **error);

/* Writes the row's default. */
void lf_option_value_default(const LfOption *option, LfArena *arena, void *slot);

#endif
