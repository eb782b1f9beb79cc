/* The loader: files, the command line, folders, and the order in which they count. */
#include "config/load.h"

#include "base/fs.h"
#include "config/general.h"
#include "config/override.h"
#include "config/tree.h"
#include "value/yaml.h"

#include <glob.h>

static gboolean
strict_perms(const LfConfigLoad *load)
{
  const LfConfigSources *s = load->sources;
  const char *env = s->getenv != NULL ? s->getenv("BEAT_STRICT_PERMS", s->getenv_data) : g_getenv("BEAT_STRICT_PERMS");
  return !s->lax_perms && g_strcmp0(env, "false") != 0;
}

LfNode *
lf_load_file(LfConfigLoad *load, const char *path, gboolean or_stream, GError **error)
{
  gsize len;
  if (strict_perms(load) && !lf_fs_check_owner(path, error))
    return NULL;
  g_autofree char *text = (or_stream ? lf_fs_read_stream : lf_fs_read)(path, LF_FS_TEXT_MAX, &len, error);
  if (text == NULL)
    return NULL;
  g_ptr_array_add(load->files, (gpointer)g_intern_string(path));
  LfNode *node = lf_yaml_read(load->arena, path, lf_slice(text, len), error);
  return node != NULL ? lf_tree_normalize(load->arena, node, error) : NULL;
}

/* -c is relative to --path.config, else to --path.home, else to the working directory (libbeat's cfgfile). */
static char *
config_file_path(const LfConfigSources *s, const char *file)
{
  const char *dir = s->path_config != NULL ? s->path_config : s->path_home;
  return g_path_is_absolute(file) || dir == NULL ? g_strdup(file) : g_build_filename(dir, file, NULL);
}

static LfNode *
read_files(LfConfigLoad *load, LfNode *to, GError **error)
{
  static const char *const standard[] = {"filebeat.yml", NULL};
  const char *const *files = load->sources->files;
  for (files = files != NULL && files[0] != NULL ? files : standard; *files != NULL; files++) {
    g_autofree char *path = config_file_path(load->sources, *files);
    LfNode *node = lf_load_file(load, path, TRUE, error);
    if (node == NULL) {
      if (error != NULL && g_error_matches(*error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_prefix_error(error, "there is no configuration (-c FILE names one): ");
      return NULL;
    }
    if (node->type != LF_NODE_MAP && node->type != LF_NODE_NULL) {
      g_autofree char *found = lf_node_describe(node);
      lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "a configuration is a map of settings, not %s",
                     found);
      return NULL;
    }
    to = lf_tree_merge(load->arena, to, node);
  }
  return to;
}

static void
set_text(LfConfigLoad *load, LfNode *map, const char *path, LfPlace place, const char *text)
{
  LfSlice copy = lf_arena_dup(load->arena, lf_slice_str(text));
  lf_tree_set(load->arena, map, path, place, lf_node_string(load->arena, place, copy));
}

/* The dollar signs of a folder's name are no variables. */
static void
set_folder(LfConfigLoad *load, LfNode *map, const char *path, LfPlace place, const char *folder)
{
  g_auto(GStrv) parts = g_strsplit(folder, "$", -1);
  g_autofree char *escaped = g_strjoinv("$$", parts);
  set_text(load, map, path, place, escaped);
}

/* Whether a folder is laid out as Filebeat's own: then a binary in it is a swapped one. */
static gboolean
is_home(const char *dir)
{
  static const char *const signs[] = {"module", "modules.d", "filebeat.yml"};
  for (gsize i = 0; dir != NULL && i < G_N_ELEMENTS(signs); i++) {
    g_autofree char *path = g_build_filename(dir, signs[i], NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
      return TRUE;
  }
  return FALSE;
}

/* libbeat's defaults: the binary's folder, itself for configuration, data and logs below it. A program that is installed
 * among others (/usr/local/bin) must not put its state there: then it is the working directory. */
char *
lf_config_default_home(const LfConfigSources *sources)
{
  if (sources->binary_dir != NULL)
    return g_strdup(sources->binary_dir);
  g_autofree char *binary = g_file_read_link("/proc/self/exe", NULL);
  g_autofree char *dir = binary != NULL ? g_path_get_dirname(binary) : NULL;
  return is_home(dir) ? g_steal_pointer(&dir) : g_strdup(".");
}

static LfNode *
default_paths(LfConfigLoad *load)
{
  LfPlace place = {g_intern_static_string("the default paths"), 0, 0};
  LfNode *map = lf_tree_map(load->arena, place);
  g_autofree char *home = lf_config_default_home(load->sources);
  set_folder(load, map, "path.home", place, home);
  set_text(load, map, "path.config", place, "${path.home}");
  set_text(load, map, "path.data", place, "${path.home}/data");
  set_text(load, map, "path.logs", place, "${path.home}/logs");
  return map;
}

static void
set_path_flags(LfConfigLoad *load)
{
  const LfConfigSources *s = load->sources;
  const char *const flags[][2] = {{"path.home", s->path_home},
                                  {"path.config", s->path_config},
                                  {"path.data", s->path_data},
                                  {"path.logs", s->path_logs}};
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
    if (flags[i][1] != NULL && flags[i][1][0] != '\0') {
      g_autofree char *flag = g_strconcat("--", flags[i][0], NULL);
      set_text(load, load->merged, flags[i][0], (LfPlace){g_intern_string(flag), 0, 0}, flags[i][1]);
    }
}

static const LfOption path_rows[] = {
    {"home", LF_OPTION_STRING, .offset = offsetof(LfConfigPaths, home), .doc = "the program's folder"},
    {"config", LF_OPTION_STRING, .offset = offsetof(LfConfigPaths, config), .doc = "configuration files"},
    {"data", LF_OPTION_STRING, .offset = offsetof(LfConfigPaths, data), .doc = "the state"},
    {"logs", LF_OPTION_STRING, .offset = offsetof(LfConfigPaths, logs), .doc = "log files"},
};
static const LfOptionTable path_table = {LF_OPTION_TABLE_OF(path_rows), .empty_is_unset = TRUE};

/* Expands path.*, makes the folders absolute and puts them back, for ${path.home} elsewhere. */
static gboolean
settle_paths(LfConfigLoad *load, GError **error)
{
  LfConfigPaths *paths = &load->config->paths;
  LfNode *map = lf_node_get(load->merged, "path");
  LfOptionContext context = {.arena = load->arena, .prefix = "path"};
  LfNode *expanded = map != NULL ? lf_expand(load->arena, &load->scope, map, FALSE, error) : NULL;
  if ((map != NULL && expanded == NULL) || !lf_options_read(&path_table, expanded, &context, paths, error))
    return FALSE;
  struct {
    const char *name;
    const char **slot;
    const char *below;
  } all[] = {{"path.home", &paths->home, "."},
             {"path.config", &paths->config, "."},
             {"path.data", &paths->data, "data"},
             {"path.logs", &paths->logs, "logs"}};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
    g_autofree char *folder = *all[i].slot != NULL ? g_canonicalize_filename(*all[i].slot, NULL)
                                                   : g_canonicalize_filename(all[i].below, paths->home);
    *all[i].slot = lf_arena_dup(load->arena, lf_slice_str(folder)).p;
    set_folder(load, load->merged, all[i].name, load->merged->place, folder);
  }
  return TRUE;
}

static int
compare_paths(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reads the files that a pattern names, in the order of their bytes. Folders are left out; no file is no error. */
static gboolean
read_pattern(LfConfigLoad *load, const LfGeneralFiles *files, gboolean modules, GError **error)
{
  if (!files->enabled || files->path == NULL || files->path[0] == '\0')
    return TRUE;
  g_autofree char *pattern = g_path_is_absolute(files->path)
                                 ? g_strdup(files->path)
                                 : g_build_filename(load->config->paths.config, files->path, NULL);
  glob_t found = {0};
  gboolean ok = TRUE;
  if (glob(pattern, GLOB_NOSORT | GLOB_PERIOD, NULL, &found) == 0)
    qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), compare_paths);
  for (gsize i = 0; ok && i < found.gl_pathc; i++) {
    const char *path = found.gl_pathv[i];
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
      continue;
    LfNode *list = lf_load_file(load, path, FALSE, error);
    ok = list != NULL;
    if (ok && list->type != LF_NODE_LIST && list->type != LF_NODE_NULL)
      ok = lf_place_error(error, list->place, LF_CONFIG_ERROR_INVALID,
                          "the file is a list of blocks that begin with \"- %s: name\"", modules ? "module" : "type");
    ok = ok && (modules ? lf_load_modules(load, list, error) : lf_load_inputs(load, list, TRUE, error));
  }
  globfree(&found);
  return ok;
}

/* -M needs a module and a fileset before the setting. */
static gboolean
read_module_overrides(LfConfigLoad *load, GError **error)
{
  load->overrides = lf_override_parse_all(load->arena, "-M", load->sources->module_overrides, error);
  if (load->overrides == NULL)
    return FALSE;
  for (guint i = 0; i < load->overrides->n; i++) {
    const LfNodeEntry *e = &load->overrides->entries[i];
    gboolean ok = e->node->type == LF_NODE_MAP;
    for (guint k = 0; ok && k < e->node->n; k++)
      ok = e->node->entries[k].node->type == LF_NODE_MAP;
    if (!ok)
      return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID,
                            "module and fileset come first, as in -M awsfargate.log.var.region_name=us-east-1 or -M "
                            "\"awsfargate.*.enabled=true\"");
  }
  return TRUE;
}

static gboolean
merge_all(LfConfigLoad *load, GError **error)
{
  LfNode *merged = read_files(load, default_paths(load), error);
  LfNode *over = merged != NULL ? lf_override_parse_all(load->arena, "-E", load->sources->overrides, error) : NULL;
  if (over == NULL)
    return FALSE;
  load->merged = lf_tree_merge(load->arena, merged, over);
  const char *first = load->files->pdata[0];
  load->merged->place = (LfPlace){first, 0, 0};
  load->scope =
      (LfExpandScope){.root = load->merged, .getenv = load->sources->getenv, .data = load->sources->getenv_data};
  set_path_flags(load);
  return settle_paths(load, error);
}

static gboolean
load_all(LfConfigLoad *load, GError **error)
{
  LfGeneral general;
  if (!merge_all(load, error) || !read_module_overrides(load, error) || !lf_general_read(load, &general, error) ||
      !lf_load_cloud(load, &general, error) || !lf_load_output(load, general.output, error))
    return FALSE;
  if ((general.inputs != NULL && !lf_load_inputs(load, general.inputs, FALSE, error)) ||
      !read_pattern(load, &general.config_inputs, FALSE, error) ||
      (general.modules != NULL && !lf_load_modules(load, general.modules, error)) ||
      !read_pattern(load, &general.config_modules, TRUE, error) || !lf_load_named_modules(load, error))
    return FALSE;
  load->config->root = lf_expand(load->arena, &load->scope, load->merged, TRUE, error);
  return load->config->root != NULL;
}

LfConfig *
lf_config_load(const LfConfigSources *sources, GError **error)
{
  g_autoptr(LfConfig) config = g_new0(LfConfig, 1);
  g_autoptr(GPtrArray) files = g_ptr_array_new();
  config->arena = lf_arena_new();
  LfConfigLoad load = {.sources = sources, .config = config, .arena = config->arena, .files = files};
  if (!load_all(&load, error))
    return NULL;
  g_ptr_array_add(files, NULL);
  gsize bytes = files->len * sizeof(char *);
  config->files = memcpy(lf_arena_alloc(config->arena, bytes), files->pdata, bytes);
  return g_steal_pointer(&config);
}

void
lf_config_free(LfConfig *config)
{
  if (config == NULL)
    return;
  lf_notes_clear(&config->notes);
  lf_arena_free(config->arena);
  g_free(config);
}
