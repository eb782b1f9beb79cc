/* What the commands that need a configuration do first. */
#include "cmd/load.h"

#include "base/log.h"
#include "cmd/cmd.h"
#include "output/output.h"

#include <stdio.h>

static int
refuse(const char *command, const GError *error)
{
  fprintf(stderr, "logferry %s: %s\n", command, error->message);
  return LF_EXIT_USAGE;
}

static void
print_help(const char *command, guint flag_set)
{
  g_autofree char *flags = lf_flags_help(flag_set);
  const LfCommand *row = lf_command_find(command);
  printf("Usage: logferry %s %s\n%s\n\n%s", command, row->usage, row->doc, flags);
}

/* An output's options are read at its start; commands that only check read them here. */
static gboolean
check_output(LfLoaded *l, GError **error)
{
  const LfOutputBlock *block = &l->config->output;
  if (block->name == NULL)
    return TRUE;
  const LfOutputClass *cls = lf_output_find(block->name);
  if (cls == NULL)
    return lf_place_error(error, block->place, LF_CONFIG_ERROR_REFUSED, "output.%s is not there yet", block->name);
  l->output_settings = lf_output_settings(cls, block, l->arena, &l->config->notes, error);
  if (l->output_settings == NULL || cls != &lf_output_elasticsearch)
    return l->output_settings != NULL;
  l->setup = lf_assemble_setup(l->arena, l->config, l->assembly, l->output_settings, &l->config->notes, error);
  return l->setup != NULL;
}

int
lf_load(LfLoaded *l, const char *command, int argc, char **argv, guint flag_set, guint needs)
{
  g_autoptr(GError) error = NULL;
  l->arena = lf_arena_new();
  if (!lf_flags_parse(&l->flags, (const char *const *)(argv + (argc > 0 ? 1 : 0)), flag_set, &error))
    return refuse(command, error);
  if (l->flags.help) {
    print_help(command, flag_set);
    return LF_EXIT_OK;
  }
  l->flags.sources.output_optional = !(needs & LF_LOAD_OUTPUT);
  l->flags.sources.fileset_names = lf_module_filesets;
  l->config = lf_config_load(&l->flags.sources, &error);
  if (l->config == NULL)
    return refuse(command, error);
  if ((needs & LF_LOAD_LOG) && !lf_log_configure(&l->config->log, &error))
    return refuse(command, error);
  if (needs & LF_LOAD_ASSEMBLY) {
    l->assembly =
        (needs & LF_LOAD_NO_INPUTS ? lf_assemble_all : lf_assemble)(l->arena, l->config, &l->config->notes, &error);
    if (l->assembly == NULL || !check_output(l, &error))
      return refuse(command, error);
  }
  return -1;
}

void
lf_loaded_clear(LfLoaded *l)
{
  lf_flags_clear(&l->flags);
  lf_config_free(l->config);
  lf_arena_free(l->arena);
  *l = (LfLoaded){0};
}
