/* The configuration: filebeat.yml and what the command line adds, merged, expanded and checked. */
#ifndef LF_CONFIG_CONFIG_H
#define LF_CONFIG_CONFIG_H

#include "base/log.h"
#include "config/compat.h"
#include "config/expand.h"
#include "config/option/option.h"

/* Filebeat's four folders, absolute: `home` is that of --path.home or path.home, else see binary_dir below;
 * `config` is home, `data` and `logs` are data and logs below home unless said otherwise. */
typedef struct {
  const char *home;
  const char *config;
  const char *data;
  const char *logs;
} LfConfigPaths;

/* The names of the filesets that a module has, asked when a block names none, or one that is not there. Returns:
 * (transfer full) (nullable): NULL-terminated, g_strfreev; NULL where there is no such module (then nothing is
 * checked here and the module's loader says so). */
typedef char **(*LfFilesetNamesFn)(const LfConfigPaths *paths, const char *module, void *data);

/* What a configuration is made from. All borrowed; lists end in NULL, NULL is an empty list or not given. `getenv`
 * NULL is the process's environment. */
typedef struct {
  const char *const *files;            /* -c; relative to path.config; default filebeat.yml */
  const char *const *overrides;        /* -E key=value */
  const char *const *module_overrides; /* -M module.fileset.key=value */
  const char *const *modules;          /* --modules, a comma separated list each */
  const char *path_home;               /* --path.home and so on */
  const char *path_config;
  const char *path_data;
  const char *path_logs;
  /* path.home by default; NULL: the running binary's folder where it is laid out as Filebeat's (it has module/, modules.d
   * or filebeat.yml), else the working directory */
  const char *binary_dir;
  gboolean lax_perms;           /* --strict.perms=false */
  gboolean to_stderr;           /* -e */
  gboolean verbose;             /* -v */
  const char *const *selectors; /* -d, a comma separated list each */
  const char *environment;      /* --environment: container and systemd log to stderr by default */
  gboolean output_optional;     /* commands that deliver nothing need no output */
  LfConfigGetenvFn getenv;
  void *getenv_data;
  LfFilesetNamesFn fileset_names;
  void *fileset_names_data;
} LfConfigSources;

/* One fileset of a module block, -M included. `node` is its whole map, `var` and `input` its parts (nullable). */
typedef struct {
  const char *name;
  gboolean enabled;
  LfPlace place;
  const LfNode *node;
  const LfNode *var;
  const LfNode *input;
} LfFilesetBlock;

/* One `- module: name` that is enabled, with the filesets that it names. At least one of them is enabled. */
typedef struct {
  const char *name;
  LfPlace place;
  const LfNode *node;
  LfFilesetBlock *filesets;
  guint n_filesets;
} LfModuleBlock;

/* One enabled `- type: …`; the `node` still has all its options, for the input's own table. */
typedef struct {
  const char *type;
  LfPlace place;
  const LfNode *node;
} LfInputBlock;

/* The one enabled output; `node` is its map, for the output's own table. `name` is NULL where there is none and none
 * is needed. */
typedef struct {
  const char *name;
  LfPlace place;
  const LfNode *node;
} LfOutputBlock;

/* `root` is merged and expanded; in parts that are not used (a disabled output, `setup`) variables that are not set
 * stay as they stand. Everything lives in `arena`. */
typedef struct {
  LfArena *arena;
  LfNode *root;
  LfConfigPaths paths;
  const char *name; /* the shipper's name: `name`, else the machine's */
  LfStrings tags;
  const LfNode *fields; /* (nullable) */
  gboolean fields_under_root;
  LfLogSettings log;
  double quota_filter_log_events; /* calls a second, account and region; 0 is no limit */
  gint64 queue_bytes;             /* how much of events may be in memory */
  gint64 queue_events;            /* how many; LF_OPTION_UNSET: no bound of its own */
  gint64 batch_events;            /* the most of them that an output sends at a time; 0: as many as it likes */
  gint64 shutdown_ms;             /* how long a stop waits for what is on its way */
  const LfNode *setup;            /* (nullable) what is set up in Elasticsearch: a map for output/es_template */
  gboolean ingest_remote;         /* pipelines run in the cluster, and nothing is applied here */
  LfPlace ingest_place;
  gboolean overwrite_pipelines;
  LfCompat compat;
  LfOutputBlock output;
  LfModuleBlock *modules;
  guint n_modules;
  LfInputBlock *inputs;
  guint n_inputs;
  const char *const *files; /* every file that was read, in order; NULL-terminated */
  LfNotes notes;            /* for lf_notes_log, once the log is configured with `log` */
} LfConfig;

/* Reads, merges, expands and checks the configuration as libbeat's cfgfile and Filebeat's fileset package do it:
 * defaults, the files in their order, -E, --path.*; then modules and inputs, from the main file and from the files that
 * filebeat.config.{modules,inputs}.path finds.
 * Returns: (transfer full): free with lf_config_free; NULL with LF_CONFIG_ERROR or G_FILE_ERROR. */
LfConfig *lf_config_load(const LfConfigSources *sources, GError **error);

/* The folder that is path.home where nothing says otherwise. (transfer full) */
char *lf_config_default_home(const LfConfigSources *sources);

/* Frees the configuration and all that it holds. NULL is allowed. */
void lf_config_free(LfConfig *config);

/* The merged, expanded configuration as YAML, with every secret as xxxxx. Returns: (transfer full): g_free. */
char *lf_config_to_yaml(const LfConfig *config);

/* A copy of the tree in which the values of secret settings, and passwords inside URLs, are "xxxxx". For showing a
 * rendered input, too. Returns: (transfer none): in the arena. */
LfNode *lf_config_mask(LfArena *arena, const LfNode *node);

/* The table of the general settings, for documentation. */
const LfOptionTable *lf_config_table(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfConfig, lf_config_free)

#endif
