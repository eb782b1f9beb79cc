/* What has to be in the cluster before events go there. */
#include "pump/setup.h"

#include "base/log.h"
#include "output/elasticsearch.h"

LfEsSetup *
lf_assemble_setup(LfArena *arena, const LfConfig *config, const LfAssembly *assembly, const void *settings,
                  LfNotes *notes, GError **error)
{
  const LfFileset **filesets = lf_arena_alloc_n(arena, assembly->n + 1, sizeof *filesets);
  guint n = 0;
  for (guint i = 0; i < assembly->n; i++)
    if (assembly->inputs[i].fileset != NULL)
      filesets[n++] = assembly->inputs[i].fileset;
  LfEsSetupOptions options = {.config = config, .filesets = filesets, .n_filesets = n, .notes = notes};
  if (settings != NULL)
    options.service = (LfEsAwsService)lf_elasticsearch_connection(settings)->aws.service;
  return lf_es_setup_new(arena, &options, error);
}

static void
log_step(LfCheckState state, const char *name, const char *text, const char *advice, void *data)
{
  lf_log_info("output", "setup: %s: %s", name, text);
}

/* LfOutputHost's `connected`; in the output's thread. */
static gboolean
connected(LfOutputHost *host, gpointer client, GError **error)
{
  LfEsSetup *setup = host->connected_data;
  if (!lf_es_setup_run(setup, client, lf_es_setup_wanted(setup), FALSE, log_step, NULL, error)) {
    g_prefix_error(error, "setup: ");
    return FALSE;
  }
  host->default_index = lf_es_setup_alias(setup);
  return TRUE;
}

void
lf_setup_hook(LfOutputOptions *options, const LfConfig *config, LfEsSetup *setup)
{
  if (options->cls != &lf_output_elasticsearch)
    return;
  options->remote_pipelines = config->ingest_remote;
  if (lf_es_setup_wanted(setup) == 0)
    return;
  options->connected = connected;
  options->connected_data = setup;
  options->index_at_connect = lf_es_setup_names_index(setup);
}
