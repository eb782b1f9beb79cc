/* What the parts of the loader share. */
#ifndef LF_CONFIG_LOAD_H
#define LF_CONFIG_LOAD_H

#include "config/config.h"

/* One loading: `merged` is the configuration with its variables, `scope` where they are looked up, `overrides` is -M. */
typedef struct {
  const LfConfigSources *sources;
  LfConfig *config;
  LfArena *arena;
  LfNode *merged;
  LfExpandScope scope;
  LfNode *overrides;
  GPtrArray *files; /* (element-type utf8): interned, in the order of reading */
} LfConfigLoad;

/* Reads and normalizes one file of a person's (where `or_stream`, also a pipe or a device) after checking who may write it.
 * Returns: NULL with the error. */
LfNode *lf_load_file(LfConfigLoad *load, const char *path, gboolean or_stream, GError **error);

/* Reads `enabled` of a block (TRUE where it has none), expanded in `scope`. FALSE with the error. */
gboolean lf_load_enabled(LfConfigLoad *load, const LfExpandScope *scope, const LfNode *block, gboolean *enabled,
                         GError **error);

/* Finds the one enabled output. */
gboolean lf_load_output(LfConfigLoad *load, const LfNode *output, GError **error);

/* Checks the `processors` at the root: the ones that change nothing, or not much, are noted, others refused. */
gboolean lf_load_processors(LfConfigLoad *load, const LfNode *processors, GError **error);

/* Appends the enabled blocks of a list to config->inputs or config->modules. `own` says that the list is a file of its
 * own, whose variables see the block itself first. */
gboolean lf_load_inputs(LfConfigLoad *load, const LfNode *list, gboolean own, GError **error);
gboolean lf_load_modules(LfConfigLoad *load, const LfNode *list, GError **error);

/* Adds the modules of --modules that are not there yet; then says which -M named a module that is not there. */
gboolean lf_load_named_modules(LfConfigLoad *load, GError **error);

#endif
