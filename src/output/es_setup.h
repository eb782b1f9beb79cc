/* What has to be in a cluster before events go there: lifecycle policy, index template, write alias, pipelines. */
#ifndef LF_OUTPUT_ES_SETUP_H
#define LF_OUTPUT_ES_SETUP_H

#include "base/check.h"
#include "module/fileset.h"
#include "output/es_template.h"

/* Parts of it. */
enum { LF_ES_SETUP_INDEX = 1, LF_ES_SETUP_PIPELINES = 2 };

/* All is borrowed and outlives what is made of it. `filesets` are those whose pipelines and fields are loaded. */
typedef struct {
  const LfConfig *config;
  const LfFileset *const *filesets;
  guint n_filesets;
  LfEsAwsService service;
  LfNotes *notes;
} LfEsSetupOptions;

typedef struct LfEsSetup LfEsSetup;

/* Reads and checks `setup`. Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR. */
LfEsSetup *lf_es_setup_new(LfArena *arena, const LfEsSetupOptions *options, GError **error);

/* Which parts are loaded at the first connect: LF_ES_SETUP_*; 0 for nothing. */
guint lf_es_setup_wanted(const LfEsSetup *setup);

/* Whether the index that events go to is only known once the server has answered: the write alias of 7.17. */
gboolean lf_es_setup_names_index(const LfEsSetup *setup);

/* Asks the server what it is and loads `parts`. What is there already stays, unless the configuration or `overwrite` (the
 * command's) says otherwise. `say` gets each step. FALSE with LF_HTTP_ERROR or LF_CONFIG_ERROR at the first that fails:
 * it may be tried again. */
gboolean lf_es_setup_run(LfEsSetup *setup, LfEsClient *client, guint parts, gboolean overwrite, LfCheckFn say,
                         void *data, GError **error);

/* The write alias that events go to, once lf_es_setup_run has found that there is a lifecycle. (nullable) */
const char *lf_es_setup_alias(const LfEsSetup *setup);

/* The template for an Elasticsearch of Filebeat's own version, as JSON. FALSE with LF_CONFIG_ERROR. */
gboolean lf_es_setup_template(LfEsSetup *setup, LfBuf *out, GError **error);

#endif
