/* `logferry modules`: which files in modules.d are read. */
#include "base/fs.h"
#include "cmd/cmd.h"
#include "cmd/flags.h"
#include "module/modulesd.h"

#include <stdio.h>

/* `reads`: a configuration was read, and says that files of this folder are read. `guessed`: nothing says where the
 * folder is, neither a configuration nor a flag. */
typedef struct {
  LfFlags flags;
  char *dir;
  char *config; /* (nullable): the configuration that was read */
  gboolean reads;
  gboolean guessed;
} Arguments;

static void
arguments_clear(Arguments *a)
{
  lf_flags_clear(&a->flags);
  g_free(a->dir);
  g_free(a->config);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static int
refuse(const char *text)
{
  fprintf(stderr, "logferry modules: %s\n", text);
  return LF_EXIT_USAGE;
}

/* path.config without a configuration: the flags, else the binary's folder, as the loader has it. */
static char *
config_dir(const LfFlags *flags)
{
  const LfConfigSources *s = &flags->sources;
  if (s->path_config != NULL || s->path_home != NULL)
    return g_canonicalize_filename(s->path_config != NULL ? s->path_config : s->path_home, NULL);
  g_autofree char *home = lf_config_default_home(s);
  return g_canonicalize_filename(home, NULL);
}

/* The folder of filebeat.config.modules.path, which must be one folder for files to be renamed in it. */
static gboolean
take_pattern(Arguments *a, const LfConfig *config)
{
  const LfNode *path = lf_node_get_path(config->root, "filebeat.config.modules.path");
  a->config = g_strdup(config->files[0]);
  if (path == NULL || path->type != LF_NODE_STRING || path->text.len == 0) {
    a->dir = g_build_filename(config->paths.config, "modules.d", NULL);
    return TRUE;
  }
  g_autofree char *pattern = lf_slice_dup(path->text);
  g_autofree char *folder = g_path_get_dirname(pattern);
  a->reads = g_str_has_suffix(pattern, ".yml");
  a->dir = g_canonicalize_filename(folder, config->paths.config);
  if (strpbrk(folder, "*?[") == NULL)
    return TRUE;
  g_autofree char *place = lf_place_format(path->place);
  fprintf(stderr,
          "logferry modules: %sfilebeat.config.modules.path is %s, which is not one folder: rename the files by hand\n",
          place, pattern);
  return FALSE;
}

/* Finds the folder. A configuration need not exist; one that is wrong does not keep its modules from being disabled. */
static gboolean
find_folder(Arguments *a)
{
  g_autoptr(GError) error = NULL;
  a->flags.sources.output_optional = TRUE;
  g_autoptr(LfConfig) config = lf_config_load(&a->flags.sources, &error);
  if (config != NULL)
    return take_pattern(a, config);
  gboolean absent = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  if (absent && a->flags.sources.files != NULL && a->flags.sources.files[0] != NULL) {
    refuse(error->message);
    return FALSE;
  }
  a->guessed = absent && a->flags.sources.path_config == NULL && a->flags.sources.path_home == NULL;
  g_autofree char *dir = config_dir(&a->flags);
  a->dir = g_build_filename(dir, "modules.d", NULL);
  if (!absent)
    fprintf(stderr, "logferry modules: the configuration cannot be read (%s), so this is about %s\n", error->message,
            a->dir);
  return TRUE;
}

/* What a person needs to know who has no modules.d yet, or one that nothing reads. */
static void
explain_folder(const Arguments *a, const LfModulesd *m)
{
  if (!m->exists && a->guessed)
    fprintf(
        stderr,
        "logferry modules: there is neither a filebeat.yml here nor %s; `logferry modules enable NAME --path.config "
        "DIR` makes DIR/modules.d and copies the file of a module that comes with logferry\n",
        a->dir);
  else if (!m->exists)
    fprintf(stderr,
            "logferry modules: there is no folder %s yet: `logferry modules enable NAME` makes it and copies the file "
            "of a module that comes with logferry; --path.config DIR names another place\n",
            a->dir);
  else if (a->config != NULL && !a->reads)
    fprintf(stderr,
            "logferry modules: %s has no filebeat.config.modules.path that reads %s/*.yml: add\n"
            "  filebeat.config.modules.path: ${path.config}/modules.d/*.yml\n",
            a->config, a->dir);
}

static void
print_files(const LfModulesd *m, gboolean enabled)
{
  printf("%s:\n", enabled ? "Enabled" : "Disabled");
  for (guint i = 0; i < m->files->len; i++) {
    const LfModulesdFile *file = g_ptr_array_index(m->files, i);
    if (file->enabled == enabled)
      printf("%s\n", file->name);
  }
}

static int
list(const Arguments *a, LfModulesd *m)
{
  print_files(m, TRUE);
  printf("\n");
  print_files(m, FALSE);
  fflush(stdout);
  explain_folder(a, m);
  return LF_EXIT_OK;
}

static int
change_one(LfModulesd *m, const char *name, gboolean enable)
{
  g_autoptr(GError) error = NULL;
  LfModulesdChange change;
  if (!(enable ? lf_modulesd_enable : lf_modulesd_disable)(m, name, &change, &error)) {
    fprintf(stderr, "logferry modules: %s\n", error->message);
    return LF_EXIT_UNFINISHED;
  }
  if (change == LF_MODULESD_ALREADY)
    printf("Module %s is already %s\n", name, enable ? "enabled" : "disabled");
  else
    printf("%s %s\n", enable ? "Enabled" : "Disabled", name);
  if (change == LF_MODULESD_COPIED)
    printf("%s/%s.yml is a copy of %s/%s.yml.disabled: say in it which logs to read\n", m->dir, name, m->shipped_dir,
           name);
  return LF_EXIT_OK;
}

static int
change_all(const Arguments *a, LfModulesd *m, gboolean enable)
{
  int code = LF_EXIT_OK;
  if (enable && !m->exists && a->guessed) /* never a folder beside the binary that nobody asked for */
    return refuse("there is no filebeat.yml here: say with --path.config DIR where modules.d belongs, as in "
                  "--path.config .");
  for (char **name = a->flags.rest + 1; code == LF_EXIT_OK && *name != NULL; name++)
    code = change_one(m, *name, enable);
  fflush(stdout);
  if (code == LF_EXIT_OK && enable)
    explain_folder(a, m);
  return code;
}

static int
run_word(const Arguments *a, const char *word)
{
  g_autoptr(GError) error = NULL;
  const char *data = lf_fs_data_dir();
  g_autofree char *shipped = data != NULL ? g_build_filename(data, "modules.d", NULL) : NULL;
  g_autoptr(LfModulesd) m = lf_modulesd_open(a->dir, shipped, &error);
  if (m == NULL)
    return refuse(error->message);
  return strcmp(word, "list") == 0 ? list(a, m) : change_all(a, m, strcmp(word, "enable") == 0);
}

int
lf_cmd_modules(int argc, char **argv)
{
  g_auto(Arguments) a = {0};
  g_autoptr(GError) error = NULL;
  if (!lf_flags_parse(&a.flags, (const char *const *)(argv + (argc > 0 ? 1 : 0)), 0, &error))
    return refuse(error->message);
  if (a.flags.help) {
    g_autofree char *flags = lf_flags_help(0);
    const LfCommand *row = lf_command_find("modules");
    printf("Usage: logferry modules %s\n%s\n\n%s", row->usage, row->doc, flags);
    return LF_EXIT_OK;
  }
  const char *word = a.flags.rest[0];
  gboolean named = word != NULL && a.flags.rest[1] != NULL;
  if (word != NULL && strcmp(word, "list") == 0 && named)
    return refuse("list takes no names");
  if (word == NULL || (strcmp(word, "list") != 0 && strcmp(word, "enable") != 0 && strcmp(word, "disable") != 0))
    return refuse("say list, enable NAME… or disable NAME…");
  if (strcmp(word, "list") != 0 && !named)
    return refuse("say which module, as in: logferry modules enable awsfargate");
  return find_folder(&a) ? run_word(&a, word) : LF_EXIT_USAGE;
}
