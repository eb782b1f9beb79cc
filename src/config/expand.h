/* Variables in a configuration: ${NAME}, ${NAME:default}, ${NAME:?text}, ${NAME:+text}, ${other.setting}. */
#ifndef LF_CONFIG_EXPAND_H
#define LF_CONFIG_EXPAND_H

#include "value/node.h"

/* An environment variable's value. Returns: (transfer none) (nullable): valid until the environment changes. */
typedef const char *(*LfConfigGetenvFn)(const char *name, void *data);

/* Where names are looked up: first the settings below `root`, then the environment (`getenv` NULL is the process's),
 * then the settings below `late` (nullable). An environment variable that is empty counts as not set, as in go-ucfg. */
typedef struct {
  const LfNode *root;
  const LfNode *late;
  LfConfigGetenvFn getenv;
  void *data;
} LfExpandScope;

/* A copy of the normalized `node` with every variable in its strings expanded as go-ucfg does it: a string that is one
 * reference alone becomes what it names (a map too), or the environment's text read as a value without objects; any
 * other string with a variable is put together and the result read as a value (config/flagvalue.h). `$$` and `$}` are
 * `$` and `}`. What comes from the environment has the place of the string that names it; what comes from a setting
 * keeps that setting's place.
 * `lenient`: strings that cannot be expanded stay as they are, for showing a configuration; else they are an error.
 * Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR: a name that is nowhere (LF_CONFIG_ERROR_MISSING),
 * the text of ${NAME:?text}, a setting that refers to itself, a missing brace. */
LfNode *lf_expand(LfArena *arena, const LfExpandScope *scope, const LfNode *node, gboolean lenient, GError **error);

#endif
