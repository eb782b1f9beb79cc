/* `logferry setup`: loads index template, lifecycle policy and pipelines into the cluster, step by step. */
#include "config.h"

#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/steps.h"
#include "output/elasticsearch.h"
#include "output/output.h"

#include <stdio.h>

/* Takes the command's own flags out of the arguments; what is left is that of every command. */
static guint
take_parts(int *argc, char **argv)
{
  static const struct {
    const char *flag;
    guint part;
  } flags[] = {{"--index-management", LF_ES_SETUP_INDEX}, {"--pipelines", LF_ES_SETUP_PIPELINES}};
  guint parts = 0;
  int n = 0;
  for (int i = 0; i < *argc; i++) {
    guint part = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(flags); k++)
      if (strcmp(argv[i], flags[k].flag) == 0 || strcmp(argv[i], flags[k].flag + 1) == 0)
        part = flags[k].part;
    parts |= part;
    if (part == 0)
      argv[n++] = argv[i];
  }
  argv[n] = NULL;
  *argc = n;
  return parts != 0 ? parts : LF_ES_SETUP_INDEX | LF_ES_SETUP_PIPELINES;
}

static int
refuse(const GError *error)
{
  fprintf(stderr, "logferry setup: %s\n", error->message);
  return LF_EXIT_USAGE;
}

static int
set_up(LfLoaded *l, guint parts)
{
  g_autoptr(GError) error = NULL;
  LfSteps steps = lf_steps_new();
  const LfConfig *config = l->config;
  LfEsClient *client = lf_es_client_new(lf_elasticsearch_connection(l->output_settings), lf_clock_system(),
                                        config->output.place, NULL, NULL, &error);
  if (client == NULL)
    return refuse(error);
  if (!lf_es_setup_run(l->setup, client, parts, TRUE, lf_steps_say, &steps, &error))
    lf_steps_say(LF_CHECK_FAILED, "setup", error->message, NULL, &steps);
  lf_es_client_free(client);
  return lf_steps_end(&steps);
}

int
lf_cmd_setup(int argc, char **argv)
{
  g_auto(LfLoaded) loaded = {0};
  g_auto(GStrv) words = g_new0(char *, (gsize)argc + 1);
  g_autofree char **own = g_new0(char *, (gsize)argc + 1);
  for (int i = 0; i < argc; i++)
    own[i] = words[i] = g_strdup(argv[i]);
  guint parts = take_parts(&argc, own);
  int code = lf_load(&loaded, "setup", argc, own, 0, LF_LOAD_ASSEMBLY | LF_LOAD_NO_INPUTS | LF_LOAD_OUTPUT);
  if (code >= 0)
    return code;
  if (loaded.flags.rest[0] != NULL) {
    fprintf(stderr, "logferry setup: unexpected argument %s; it takes --index-management and --pipelines\n",
            loaded.flags.rest[0]);
    return LF_EXIT_USAGE;
  }
  if (loaded.setup == NULL) {
    fprintf(stderr, "logferry setup: output.%s needs no setup; it is for output.elasticsearch\n",
            loaded.config->output.name);
    return LF_EXIT_USAGE;
  }
  code = set_up(&loaded, parts);
  fflush(stdout);
  lf_notes_log(&loaded.config->notes);
  return code;
}
