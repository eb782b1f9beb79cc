/* A fileset of a module in the original layout, rendered for a configuration: its input and its pipelines. */
#ifndef LF_MODULE_FILESET_H
#define LF_MODULE_FILESET_H

#include "config/config.h"

/* A rendered ingest pipeline. `id` is "filebeat-<version>-<module>-<fileset>-<pipeline>". */
typedef struct {
  const char *id;
  const char *path; /* the file it is from */
  LfNode *node;     /* with places in that file */
} LfFilesetPipeline;

/* Lives in an arena. `input` is the rendered configuration with the block's `input:` merged over it, `pipeline`,
 * `_module_name` and `_fileset_name` set, as Filebeat's fileset.getInputConfig leaves it. */
typedef struct {
  const char *module;
  const char *fileset;
  const char *dir;         /* the module's folder */
  const char *input_path;  /* the template that was rendered */
  LfPlace place;           /* of the block */
  LfNode *input;
  LfFilesetPipeline *pipelines; /* the first is the one that events go to */
  guint n_pipelines;
} LfFileset;

/* The folder of a module: <path.home>/module/<name>, else the one that this program ships. Returns: (transfer full)
 * (nullable): NULL with LF_CONFIG_ERROR that names both places. */
char *lf_module_dir(const LfConfigPaths *paths, const char *name, GError **error);

/* The names of a module's filesets, sorted: an LfFilesetNamesFn. `data` is not used. */
char **lf_module_filesets(const LfConfigPaths *paths, const char *module, void *data);

/* Loads and renders one fileset: manifest, variables, input template, pipelines. Variables of the block that no template
 * of the fileset reads are named in one warning. Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR. */
LfFileset *lf_fileset_load(LfArena *arena, const LfConfigPaths *paths, const LfModuleBlock *module,
                           const LfFilesetBlock *block, const LfCompat *compat, LfNotes *notes, GError **error);

/* As lf_fileset_load for a module's folder and a map of variables (nullable), without a configuration. */
LfFileset *lf_fileset_load_dir(LfArena *arena, const char *module_dir, const char *fileset, const LfNode *vars,
                               const LfCompat *compat, LfNotes *notes, GError **error);

#endif
