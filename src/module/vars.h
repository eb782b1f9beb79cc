/* The variables of a fileset: the built-in ones, the manifest's defaults, the user's over them. */
#ifndef LF_MODULE_VARS_H
#define LF_MODULE_VARS_H

#include "module/gotmpl/reads.h"
#include "module/manifest.h"

/* Ceilings for the defaults of one manifest: templates that are run, and bytes that they make. */
enum { LF_VARS_TEMPLATES_MAX = 1000, LF_VARS_BYTES_MAX = 16 * 1024 * 1024 };

/* The variable `builtin`: prefix, hostname, domain, module, fileset, beatVersion (filebeat/fileset/fileset.go,
 * getBuiltinVars). The strings are borrowed. */
LfValue lf_vars_builtin(LfArena *arena, const char *version, const char *module, const char *fileset);

/* A node as a template sees it after go-ucfg: an empty map is nothing. */
LfValue lf_vars_value(LfArena *arena, const LfNode *node);

/* All variables: `builtin`, then each of the manifest's in its order, where a text and each text in a list is a
 * template over those before; then `user` (nullable, a map), whose values stand for whole variables; its null values and
 * empty maps change nothing. What the defaults read is added to `reads`.
 * Returns: FALSE with LF_CONFIG_ERROR at the default that cannot be computed. */
gboolean lf_vars_resolve(LfArena *arena, const LfManifest *manifest, LfValue builtin, const LfNode *user,
                         LfTemplateReads *reads, LfValue *out, GError **error);

/* Runs a template over the variables. `where` is the place of its first byte; what it reads is added to `reads`
 * (nullable). Returns: FALSE with LF_CONFIG_ERROR at the offending spot. */
gboolean lf_vars_render(LfArena *arena, LfPlace where, LfSlice text, LfTemplateDelims delims, const LfValue *vars,
                        LfTemplateReads *reads, LfBuf *out, GError **error);

/* Checks that the manifest declares every variable of `user` (nullable). `who` is "module awsfargate, fileset log".
 * FALSE with LF_CONFIG_ERROR: the variable with its place, what there is, what was perhaps meant. */
gboolean lf_vars_check_declared(const LfManifest *manifest, const LfNode *user, const char *who, GError **error);

#endif
