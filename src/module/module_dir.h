/* Where modules are: the user's own folder, then what this program ships. */
#ifndef LF_MODULE_MODULE_DIR_H
#define LF_MODULE_MODULE_DIR_H

#include "module/fileset.h"

/* Whether `name` can be the name of one folder, or of a part of a file's name: not empty, no slash, no dot in front. */
gboolean lf_module_name_is_plain(const char *name);

/* Whether the module's folder is below the one that this program ships its modules in. */
gboolean lf_module_is_shipped(const char *dir);

/* The names of all modules that <path.home>/module and the shipped folder have, sorted, each once. Returns:
 * (transfer full): NULL-terminated, g_strfreev. */
char **lf_module_names(const LfConfigPaths *paths);

/* Why there is no such module. FALSE with LF_CONFIG_ERROR: both places, what there is, what was perhaps meant. */
gboolean lf_module_missing(const LfConfigPaths *paths, const char *name, LfPlace place, GError **error);

#endif
