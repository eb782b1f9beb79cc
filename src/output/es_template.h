/* setup.template and setup.ilm: their options, and the documents that are made of them. */
#ifndef LF_OUTPUT_ES_TEMPLATE_H
#define LF_OUTPUT_ES_TEMPLATE_H

#include "config/config.h"
#include "module/fields.h"
#include "output/es_server.h"

typedef enum { LF_ES_TEMPLATE_INDEX, LF_ES_TEMPLATE_LEGACY, LF_ES_TEMPLATE_COMPONENT } LfEsTemplateType;

/* What setup.template says. */
typedef struct {
  gboolean enabled;
  const char *name;
  const char *pattern;
  int type; /* LfEsTemplateType; LF_OPTION_UNSET */
  gboolean overwrite;
  gint64 priority;
  const LfNode *settings; /* (nullable) index settings */
  const LfNode *source;   /* (nullable) `_source` */
  const LfNode *append_fields;
  const char *fields; /* a fields.yml instead of ours */
  gboolean json_enabled;
  const char *json_path;
  const char *json_name;
} LfEsTemplateSettings;

/* What setup.ilm says. */
typedef struct {
  const LfNode *enabled; /* auto, true, false */
  gboolean is_enabled;   /* auto or true */
  gboolean is_required;  /* true */
  const char *policy_name;
  const char *policy_file;
  gboolean check_exists;
  gboolean overwrite;
  const char *rollover_alias;
  const char *pattern;
} LfEsIlmSettings;

/* What `setup` of the configuration says. */
typedef struct {
  LfEsTemplateSettings template;
  LfEsIlmSettings ilm;
} LfEsSetupSettings;

/* Names for one server: a pattern without a star is a data stream. `alias` is NULL but for 7.17 with a lifecycle. */
typedef struct {
  const char *name;
  const char *pattern;
  const char *policy; /* NULL: no lifecycle */
  const char *alias;
  const char *first_index; /* of the alias, with date math */
  gboolean data_stream;
  LfEsTemplateType type;
} LfEsTemplateNames;

/* Reads `setup`; what depends on the version of Filebeat is filled in. `append_fields`, formats and files' names are
 * checked. FALSE with LF_CONFIG_ERROR. */
gboolean lf_es_setup_read(LfArena *arena, const LfConfig *config, LfNotes *notes, LfEsSetupSettings *out,
                          GError **error);

/* The names, with formats filled in. FALSE with LF_CONFIG_ERROR: a lifecycle is required that this server cannot have. */
gboolean lf_es_template_names(LfArena *arena, const LfEsSetupSettings *settings, const LfConfig *config,
                              const LfEsServer *server, LfEsTemplateNames *out, GError **error);

/* A module's folder, and the names of its filesets. */
typedef struct {
  const char *dir;
  const char *const *filesets; /* NULL-terminated */
} LfEsTemplateModule;

/* The whole template as JSON: of json.path where that is enabled, else of the fields: ours (or setup.template.fields),
 * those of the modules' folders and append_fields. FALSE with LF_CONFIG_ERROR. */
gboolean lf_es_template_make(LfArena *arena, const LfEsSetupSettings *settings, const LfConfig *config,
                             const LfEsServer *server, const LfEsTemplateNames *names,
                             const LfEsTemplateModule *modules, guint n_modules, LfBuf *out, GError **error);

/* The lifecycle policy as JSON. FALSE with LF_CONFIG_ERROR: policy_file. */
gboolean lf_es_policy_make(LfArena *arena, const LfEsSetupSettings *settings, const LfConfig *config,
                           const LfEsServer *server, LfBuf *out, GError **error);

#endif
