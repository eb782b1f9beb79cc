/* A fileset's manifest.yml: its variables, and where its input and its pipelines are. */
#ifndef LF_MODULE_MANIFEST_H
#define LF_MODULE_MANIFEST_H

#include "value/node.h"

/* The most variables, pipelines and required processors that a manifest may name. */
enum { LF_MANIFEST_LIST_MAX = 1000 };

/* One entry of `var`. `fallback` is its default here: `os.linux` where it is given, else `default`; NULL for none. */
typedef struct {
  const char *name;
  LfPlace place;
  const LfNode *fallback;
} LfManifestVar;

/* A path that is a template yet. */
typedef struct {
  LfSlice text;
  LfPlace place;
} LfManifestPath;

/* An ingest processor that the pipelines need, and the plugin of Elasticsearch that brings it. */
typedef struct {
  const char *name;
  const char *plugin; /* (nullable) */
} LfManifestRequirement;

/* Lives in an arena. `version` is NULL where the manifest has none. */
typedef struct {
  const char *version;
  LfManifestVar *vars;
  guint n_vars;
  LfManifestPath *pipelines;
  guint n_pipelines;
  LfManifestPath input;
  LfManifestRequirement *requires;
  guint n_requires;
} LfManifest;

/* Reads a manifest as Filebeat's fileset package does (module_version, var, ingest_pipeline, input,
 * requires.processors; dotted names are paths; ${VAR} in strings; anything else is not looked at). `file` is what
 * errors and places name.
 * Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR. */
LfManifest *lf_manifest_parse(LfArena *arena, const char *file, LfSlice text, GError **error);

/* As lf_manifest_parse for a file of at most LF_FS_TEXT_MAX bytes. `file` is borrowed only during the call. */
LfManifest *lf_manifest_load(LfArena *arena, const char *file, GError **error);

/* The variable of that name; of equal ones the last. Returns: (transfer none) (nullable). */
const LfManifestVar *lf_manifest_var(const LfManifest *manifest, LfSlice name);

#endif
