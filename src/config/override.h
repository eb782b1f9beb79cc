/* Settings given on the command line: -E key=value and -M module.fileset.key=value. */
#ifndef LF_CONFIG_OVERRIDE_H
#define LF_CONFIG_OVERRIDE_H

#include "value/node.h"

/* Reads one `key=value` of the flag ("-E" or "-M") as Filebeat does: without `=` the value is true, with nothing behind
 * it the flag changes nothing. The places of the nodes name the flag and the key ("-E output.file.path").
 * Returns: (transfer none): a normalized map, in the arena; NULL with LF_CONFIG_ERROR. */
LfNode *lf_override_parse(LfArena *arena, const char *flag, const char *argument, GError **error);

/* Reads all arguments (`arguments`, ending in NULL; NULL is none) of the flag in their order into one map, later over
 * earlier. Errors as lf_override_parse. */
LfNode *lf_override_parse_all(LfArena *arena, const char *flag, const char *const *arguments, GError **error);

/* What -M says about a fileset: that of `*.*`, over it that of `module.*`, over it that of `module.fileset`.
 * `overrides` is what lf_override_parse_all made of -M. Returns: (transfer none): a map, perhaps empty. */
LfNode *lf_override_for_fileset(LfArena *arena, const LfNode *overrides, const char *module, const char *fileset);

#endif
