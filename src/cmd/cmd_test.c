/* `logferry test`: the table of its words; `test config` checks a configuration and says what it would do. */
#include "cmd/cmd.h"
#include "cmd/cmd_test_input.h"
#include "cmd/cmd_test_output.h"
#include "cmd/load.h"
#include "cmd/word.h"
#include "module/module_dir.h"

#include <stdio.h>

static void
print_files(const LfConfig *config)
{
  for (guint i = 0; config->files[i] != NULL; i++)
    printf("config file: %s\n", config->files[i]);
  printf("path.home: %s\npath.config: %s\npath.data: %s\npath.logs: %s\n", config->paths.home, config->paths.config,
         config->paths.data, config->paths.logs);
}

/* Each module once, in the order of the inputs. */
static void
print_modules(const LfAssembly *a)
{
  for (guint i = 0; i < a->n; i++) {
    const LfFileset *f = a->inputs[i].fileset;
    gboolean known = f == NULL;
    for (guint k = 0; !known && k < i; k++)
      known = a->inputs[k].fileset != NULL && strcmp(a->inputs[k].fileset->module, f->module) == 0;
    if (!known)
      printf("module %s: %s%s\n", f->module, f->dir, lf_module_is_shipped(f->dir) ? " (comes with logferry)" : "");
  }
}

/* "1m30s", "60s", "250ms" */
static char *
duration_text(gint64 ms)
{
  if (ms % 1000 != 0)
    return g_strdup_printf("%" G_GINT64_FORMAT "ms", ms);
  return g_strdup_printf("%" G_GINT64_FORMAT "s", ms / 1000);
}

static void
append_groups(GString *out, const LfCwlSettings *s)
{
  for (guint i = 0; i < s->n_arns; i++)
    g_string_append_printf(out, "%slog group %s in %s (account %s)", i > 0 ? ", " : "", s->arns[i].name,
                           s->arns[i].region, s->arns[i].account);
  if (s->log_group_name != NULL)
    g_string_append_printf(out, "log group %s in %s", s->log_group_name, s->region_name);
  if (s->log_group_name_prefix != NULL)
    g_string_append_printf(out, "log groups that begin with %s in %s", s->log_group_name_prefix, s->region_name);
  for (guint i = 0; i < s->log_streams.n; i++)
    g_string_append_printf(out, "%s%s", i == 0 ? ", streams " : ", ", s->log_streams.items[i]);
  if (s->log_stream_prefix != NULL)
    g_string_append_printf(out, ", streams that begin with %s", s->log_stream_prefix);
}

static void
append_times(GString *out, const LfCwlSettings *s, const LfNode *masked)
{
  static const char *const starts[] = {[LF_CWL_BEGINNING] = "the beginning",
                                       [LF_CWL_END] = "the end",
                                       [LF_CWL_LAST_SYNC] = "the last position (without one: the beginning)"};
  g_autofree char *every = duration_text(s->scan_frequency_ms);
  g_string_append_printf(out, "; from %s, every %s", starts[s->start_position], every);
  if (s->latency_ms > 0) {
    g_autofree char *behind = duration_text(s->latency_ms);
    g_string_append_printf(out, ", %s behind now", behind);
  }
  const LfNode *endpoint = lf_node_get(masked, "endpoint"); /* a URL may hold a password */
  if (s->endpoint != NULL && endpoint != NULL)
    g_string_append_printf(out, "; endpoint %.*s", (int)endpoint->text.len, endpoint->text.p);
}

/* Which kind of setting the credentials are from, never what they are. */
static void
append_credentials(GString *out, const LfCwlSettings *s)
{
  const char *keys = g_getenv("AWS_ACCESS_KEY_ID");
  g_string_append(out, "; credentials: ");
  if (s->access_key_id != NULL)
    g_string_append_printf(out, "keys in the configuration%s",
                           s->session_token != NULL ? ", with a session token" : "");
  else if (s->credential_profile_name != NULL)
    g_string_append_printf(out, "the profile %s", s->credential_profile_name);
  else if (keys != NULL && keys[0] != '\0')
    g_string_append(out, "keys in the environment");
  else
    g_string_append(out, "the environment's profile, or default");
  if (s->shared_credential_file != NULL && s->access_key_id == NULL)
    g_string_append_printf(out, " in %s", s->shared_credential_file);
}

static void
print_input(const LfAssembled *a)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *place = lf_word_place(a->place);
  g_autofree char *name = a->fileset != NULL ? g_strdup_printf("%s/%s", a->fileset->module, a->fileset->fileset)
                                             : g_strdup(a->settings.common.type);
  const char *pipeline = a->settings.common.pipeline;
  append_groups(text, &a->settings);
  append_times(text, &a->settings, lf_config_mask(arena, a->node));
  append_credentials(text, &a->settings);
  if (pipeline != NULL && pipeline[0] != '\0')
    g_string_append_printf(text, "; pipeline %s", pipeline);
  printf("input %s (%s): %s\n", name, place, text->str);
}

static gboolean
is_scalar(const LfNode *node)
{
  return node->type != LF_NODE_NULL && node->type != LF_NODE_LIST && node->type != LF_NODE_MAP;
}

/* The output's name and what is set of it, without secrets. */
static void
print_output(const LfOutputBlock *output)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  if (output->name == NULL) {
    printf("output: none\n");
    return;
  }
  g_autofree char *place = lf_word_place(output->place);
  printf("output %s (%s)", output->name, place);
  const LfNode *node = output->node != NULL ? lf_config_mask(arena, output->node) : NULL;
  const char *between = ": ";
  for (guint i = 0; node != NULL && node->type == LF_NODE_MAP && i < node->n; i++) {
    const LfNodeEntry *e = &node->entries[i];
    gboolean list = e->node->type == LF_NODE_LIST && e->node->n > 0 && is_scalar(e->node->entries[0].node);
    if (!list && !is_scalar(e->node))
      continue;
    printf("%s%.*s", between, (int)e->key.len, e->key.p);
    for (guint k = 0; k < (list ? e->node->n : 1); k++) {
      LfSlice text = list ? e->node->entries[k].node->text : e->node->text;
      printf(" %.*s", (int)text.len, text.p);
    }
    between = ", ";
  }
  printf("\n");
}

static int
test_config(LfLoaded *l)
{
  print_files(l->config);
  print_modules(l->assembly);
  for (guint i = 0; i < l->assembly->n; i++)
    print_input(&l->assembly->inputs[i]);
  print_output(&l->config->output);
  printf("Config OK\n");
  return LF_EXIT_OK;
}

static const LfWord words[] = {
    {"config", test_config, LF_LOAD_ASSEMBLY | LF_LOAD_OUTPUT},
    {"input", lf_cmd_test_input, LF_LOAD_ASSEMBLY},
    {"output", lf_cmd_test_output, LF_LOAD_ASSEMBLY | LF_LOAD_NO_INPUTS | LF_LOAD_OUTPUT},
};

int
lf_cmd_test(int argc, char **argv)
{
  return lf_word_run("test", words, G_N_ELEMENTS(words), argc, argv);
}
