/* `logferry export`: what a configuration's inputs render to, or the whole configuration. */
#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/word.h"
#include "pump/setup.h"
#include "value/json_read.h"
#include "value/json_write.h"
#include "value/yaml.h"

#include <stdio.h>

/* One document of the YAML stream; secrets are masked. */
static void
print_input(const char *title, const LfNode *node, gboolean first)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) out = {0};
  lf_yaml_write(&out, lf_config_mask(arena, node));
  printf("%s# %s\n", first ? "" : "---\n", title);
  fwrite(out.p, 1, out.len, stdout);
}

static gboolean
export_module(LfLoaded *l, const LfModuleBlock *module, guint *n, GError **error)
{
  for (guint i = 0; i < module->n_filesets; i++) {
    const LfFilesetBlock *block = &module->filesets[i];
    if (!block->enabled)
      continue;
    const LfFileset *f =
        lf_fileset_load(l->arena, &l->config->paths, module, block, &l->config->compat, &l->config->notes, error);
    if (f == NULL)
      return FALSE;
    g_autofree char *place = lf_word_place(f->place);
    g_autofree char *title =
        g_strdup_printf("module %s, fileset %s, from %s, for %s", f->module, f->fileset, f->input_path, place);
    print_input(title, f->input, (*n)++ == 0);
  }
  return TRUE;
}

/* Options are not checked against the input's table here: what a template makes of a wrong one is what one wants to see. */
static int
export_input(LfLoaded *l)
{
  g_autoptr(GError) error = NULL;
  guint n = 0;
  for (guint i = 0; i < l->config->n_modules; i++)
    if (!export_module(l, &l->config->modules[i], &n, &error)) {
      fprintf(stderr, "logferry export: %s\n", error->message);
      return LF_EXIT_USAGE;
    }
  for (guint i = 0; i < l->config->n_inputs; i++) {
    const LfInputBlock *block = &l->config->inputs[i];
    g_autofree char *place = lf_word_place(block->place);
    g_autofree char *title = g_strdup_printf("input %s, for %s", block->type, place);
    print_input(title, block->node, n++ == 0);
  }
  if (n == 0)
    fprintf(stderr, "logferry export: no input is enabled\n");
  return LF_EXIT_OK;
}

static int
export_config(LfLoaded *l)
{
  g_autofree char *yaml = lf_config_to_yaml(l->config);
  fputs(yaml, stdout);
  return LF_EXIT_OK;
}

/* For an Elasticsearch of Filebeat's own version: nothing is asked. */
static int
export_template(LfLoaded *l)
{
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) json = {0};
  g_auto(LfBuf) pretty = {0};
  LfValue value;
  LfEsSetup *setup = l->setup != NULL
                         ? l->setup
                         : lf_assemble_setup(l->arena, l->config, l->assembly, NULL, &l->config->notes, &error);
  if (setup == NULL || !lf_es_setup_template(setup, &json, &error) ||
      !lf_json_read_copy(l->arena, lf_buf_slice(&json), &value, &error)) {
    fprintf(stderr, "logferry export: %s\n", error->message);
    return LF_EXIT_USAGE;
  }
  lf_json_write_pretty(&pretty, &value, 2);
  lf_buf_append_char(&pretty, '\n');
  fwrite(pretty.p, 1, pretty.len, stdout);
  return LF_EXIT_OK;
}

static const LfWord words[] = {
    {"input", export_input, 0},
    {"config", export_config, 0},
    {"template", export_template, LF_LOAD_ASSEMBLY | LF_LOAD_NO_INPUTS},
    {"pipelines", NULL, 0},
    {"docs", NULL, 0},
};

int
lf_cmd_export(int argc, char **argv)
{
  return lf_word_run("export", words, G_N_ELEMENTS(words), argc, argv);
}
