/* The language of values on the command line (-E key=value) and in expanded variables: a little more than JSON. */
#ifndef LF_CONFIG_FLAGVALUE_H
#define LF_CONFIG_FLAGVALUE_H

#include "value/node.h"

/* Reads a value as go-ucfg's parse.Value does: null, true/on/t and the like, numbers with Go's prefixes, 'as it is',
 * "with Go's escapes", [lists], {maps: too}, a,list,of,words; anything else is a string. `objects` FALSE takes `{` for
 * a letter, as values of environment variables do. White space alone, `[]` and `{}` are null.
 * Returns: (transfer none): in the arena, every node at `place`, keys not normalized; NULL with LF_CONFIG_ERROR. */
LfNode *lf_flagvalue_parse(LfArena *arena, LfPlace place, LfSlice text, gboolean objects, GError **error);

/* Whether there is nothing but (Unicode's) white space. */
gboolean lf_flagvalue_is_blank(LfSlice text);

#endif
