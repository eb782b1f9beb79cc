/* A fileset of a module, rendered for a configuration. */
#include "module/fileset.h"

#include "base/fs.h"
#include "config/expand.h"
#include "config/tree.h"
#include "module/input_tree.h"
#include "module/module_dir.h"
#include "module/vars.h"
#include "value/json_read.h"
#include "value/yaml.h"

/* One fileset being loaded. `paths`, `user` and `input` may be NULL. */
typedef struct {
  LfArena *arena;
  const LfConfigPaths *paths;
  const LfNode *user;  /* the block's `var` */
  const LfNode *input; /* the block's `input` */
  const LfCompat *compat;
  LfNotes *notes;
  const LfManifest *manifest;
  LfValue vars;
  LfTemplateReads reads;
  LfFileset *out;
  GError **error;
} Loader;

/* A file of the fileset: its path in the manifest, and on disk. */
typedef struct {
  const char *name;
  const char *path;
  LfPlace place; /* in the manifest */
} File;

static const char *
keep(LfArena *arena, const char *text)
{
  return lf_arena_dup(arena, lf_slice_str(text)).p;
}

/* `name`, which is relative to the fileset's folder, below the module's folder, without dots. Returns: NULL where it
 * leads out of the module. */
static const char *
inside(const Loader *z, const char *name)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new();
  g_auto(GStrv) given = g_strsplit(name, "/", -1);
  g_ptr_array_add(parts, (gpointer)z->out->fileset);
  for (char **p = given; *p != NULL; p++) {
    if (strcmp(*p, "..") == 0) {
      if (parts->len == 0)
        return NULL;
      g_ptr_array_set_size(parts, (int)parts->len - 1);
    } else if ((*p)[0] != '\0' && strcmp(*p, ".") != 0) {
      g_ptr_array_add(parts, *p);
    }
  }
  g_ptr_array_add(parts, NULL);
  g_autofree char *below = g_strjoinv("/", (char **)parts->pdata);
  g_autofree char *path = g_build_filename(z->out->dir, below, NULL);
  return keep(z->arena, path);
}

/* Renders a path of the manifest. `what` names the setting. */
static gboolean
find_file(Loader *z, const LfManifestPath *from, const char *what, File *out)
{
  g_auto(LfBuf) name = {0};
  if (!lf_vars_render(z->arena, from->place, from->text, LF_TEMPLATE_CONFIG, &z->vars, &z->reads, &name, z->error))
    return FALSE;
  LfSlice text = lf_arena_dup(z->arena, lf_buf_slice(&name));
  if (text.len == 0 || memchr(text.p, '\0', text.len) != NULL)
    return lf_place_error(z->error, from->place, LF_CONFIG_ERROR_INVALID, "%s is no path of a file", what);
  *out = (File){.name = text.p, .path = inside(z, text.p), .place = from->place};
  if (out->path == NULL)
    return lf_place_error(z->error, from->place, LF_CONFIG_ERROR_INVALID, "%s: %s leads out of the module's folder %s",
                          what, out->name, z->out->dir);
  return TRUE;
}

/* Reads a file and renders it. `shown` is what places in the text name: the file, and that it was rendered where that
 * changed it, since lines may have moved. */
static gboolean
render_file(Loader *z, const File *file, const char *what, LfTemplateDelims delims, LfSlice *out, const char **shown)
{
  g_autoptr(GError) failed = NULL;
  g_auto(LfBuf) made = {0};
  gsize len;
  g_autofree char *text = lf_fs_read(file->path, LF_FS_TEXT_MAX, &len, &failed);
  if (text == NULL)
    return lf_place_error(z->error, file->place, LF_CONFIG_ERROR_MISSING, "%s: %s", what, failed->message);
  LfPlace start = {.file = g_intern_string(file->path), .line = 1, .column = 1};
  LfSlice source = lf_slice(text, len);
  if (!lf_vars_render(z->arena, start, source, delims, &z->vars, &z->reads, &made, z->error))
    return FALSE;
  *out = lf_arena_dup(z->arena, lf_buf_slice(&made));
  *shown = lf_slice_equal(source, *out) ? start.file : lf_arena_printf(z->arena, "%s (rendered)", file->path).p;
  return TRUE;
}

static gboolean
no_map(const Loader *z, const LfNode *node, const char *what)
{
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(z->error, node->place, LF_CONFIG_ERROR_INVALID, "%s must be a map, not %s", what, found);
}

/* A JSON text has no places but its file. */
static LfNode *
read_json(Loader *z, const File *file, LfSlice text)
{
  g_autoptr(GError) failed = NULL;
  LfPlace place = {.file = g_intern_string(file->path)};
  LfValue value;
  if (lf_json_read_copy(z->arena, text, &value, &failed))
    return lf_node_from_value(z->arena, place, &value);
  lf_place_error(z->error, place, LF_CONFIG_ERROR_INVALID, "%s", failed->message);
  return NULL;
}

/* How a pipeline's file is read, by the ending of its name. */
static LfNode *
read_pipeline(Loader *z, const File *file, const char *shown, LfSlice text)
{
  const char *base = strrchr(file->path, '/') + 1, *dot = strrchr(base, '.');
  const char *ending = dot != NULL ? dot : "";
  if (g_ascii_strcasecmp(ending, ".json") == 0)
    return read_json(z, file, text);
  if (g_ascii_strcasecmp(ending, ".yml") == 0 || g_ascii_strcasecmp(ending, ".yaml") == 0)
    return lf_yaml_read(z->arena, shown, text, z->error);
  lf_place_error(z->error, file->place, LF_CONFIG_ERROR_INVALID,
                 "ingest_pipeline: %s: a pipeline's file ends in .yml, .yaml or .json", file->name);
  return NULL;
}

static gboolean
load_pipeline(Loader *z, const LfManifestPath *from, LfFilesetPipeline *out)
{
  File file;
  LfSlice text;
  const char *shown;
  if (!find_file(z, from, "ingest_pipeline", &file) ||
      !render_file(z, &file, "ingest_pipeline", LF_TEMPLATE_PIPELINE, &text, &shown))
    return FALSE;
  LfNode *node = read_pipeline(z, &file, shown, text);
  if (node == NULL)
    return FALSE;
  if (node->type != LF_NODE_MAP)
    return no_map(z, node, "a pipeline");
  g_autofree char *id =
      lf_template_pipeline_id("filebeat", z->compat->text, z->out->module, z->out->fileset, file.name);
  *out = (LfFilesetPipeline){.id = keep(z->arena, id), .path = file.path, .node = node};
  return TRUE;
}

static gboolean
load_pipelines(Loader *z)
{
  guint n = z->manifest->n_pipelines;
  z->out->pipelines = lf_arena_alloc_n(z->arena, n, sizeof *z->out->pipelines);
  for (; z->out->n_pipelines < n; z->out->n_pipelines++)
    if (!load_pipeline(z, &z->manifest->pipelines[z->out->n_pipelines], &z->out->pipelines[z->out->n_pipelines]))
      return FALSE;
  return TRUE;
}

static void
set_text(const Loader *z, LfNode *map, const char *key, LfPlace place, const char *text)
{
  LfNode *node = lf_node_string(z->arena, place, lf_slice_str(text));
  lf_node_set(z->arena, map, lf_slice_str(key), place, node);
}

/* Expands what the rendered input still has of ${VAR}; ${path.home} and its kin are the configuration's. */
static LfNode *
expand_input(const Loader *z, LfNode *input)
{
  LfNode *path = lf_tree_map(z->arena, input->place), *root = lf_tree_map(z->arena, input->place);
  if (z->paths != NULL) {
    set_text(z, path, "home", input->place, z->paths->home);
    set_text(z, path, "config", input->place, z->paths->config);
    set_text(z, path, "data", input->place, z->paths->data);
    set_text(z, path, "logs", input->place, z->paths->logs);
  }
  lf_node_set(z->arena, root, LF_SLICE_LIT("path"), input->place, path);
  LfExpandScope scope = {.root = lf_tree_merge(z->arena, root, input)};
  return lf_expand(z->arena, &scope, input, FALSE, z->error);
}

/* The rendered input with the block's own over it and what Filebeat sets at the end, which nobody can override. */
static gboolean
load_input(Loader *z)
{
  LfFileset *out = z->out;
  File file;
  LfSlice text;
  const char *shown;
  if (!find_file(z, &z->manifest->input, "input", &file) ||
      !render_file(z, &file, "input", LF_TEMPLATE_CONFIG, &text, &shown))
    return FALSE;
  LfNode *input = lf_yaml_read(z->arena, shown, text, z->error);
  if (input == NULL)
    return FALSE;
  if (input->type != LF_NODE_MAP)
    return no_map(z, input, "an input");
  input = lf_tree_normalize(z->arena, input, z->error);
  if (input == NULL)
    return FALSE;
  lf_input_tree_place(input, z->user);
  if (z->input != NULL && z->input->type == LF_NODE_MAP)
    input = lf_input_tree_merge(z->arena, input, z->input);
  input = expand_input(z, input);
  if (input == NULL)
    return FALSE;
  if (lf_node_entry(input, LF_SLICE_LIT("pipeline")) == NULL)
    set_text(z, input, "pipeline", z->manifest->input.place, out->n_pipelines > 0 ? out->pipelines[0].id : "");
  set_text(z, input, "_module_name", out->place, out->module);
  set_text(z, input, "_fileset_name", out->place, out->fileset);
  out->input = input;
  out->input_path = file.path;
  return TRUE;
}

static void
append_place(LfBuf *out, LfPlace place)
{
  g_autofree char *text = lf_place_format(place);
  gsize len = strlen(text);
  if (len > 2)
    lf_buf_printf(out, " (%.*s)", (int)(len - 2), text);
}

/* One note for all of the user's variables that nothing reads. Filebeat takes them in silence. */
static void
note_unread(const Loader *z)
{
  g_auto(LfBuf) names = {0};
  LfPlace first = {0};
  guint n = 0;
  for (guint i = 0; z->user != NULL && z->user->type == LF_NODE_MAP && i < z->user->n; i++) {
    const LfNodeEntry *e = &z->user->entries[i];
    if (e->node->type == LF_NODE_NULL || lf_template_reads_has(&z->reads, e->key))
      continue;
    lf_buf_printf(&names, "%svar.%.*s", n > 0 ? ", " : "", (int)e->key.len, e->key.p);
    if (n++ == 0)
      first = e->place;
    else
      append_place(&names, e->place);
  }
  if (n > 0)
    lf_notes_add(z->notes, LF_LOG_WARNING, first,
                 "module %s, fileset %s: %.*s: no template of the fileset reads %s, so %s nothing", z->out->module,
                 z->out->fileset, (int)names.len, names.p, n > 1 ? "them" : "it", n > 1 ? "they change" : "it changes");
}

/* In a module of our own a variable that is not declared is a slip; in others it is theirs to ignore. */
static gboolean
check_declared(const Loader *z)
{
  if (!lf_module_is_shipped(z->out->dir))
    return TRUE;
  g_autofree char *who = g_strdup_printf("module %s, fileset %s", z->out->module, z->out->fileset);
  return lf_vars_check_declared(z->manifest, z->user, who, z->error);
}

static LfFileset *
load(Loader *z)
{
  LfFileset *out = z->out;
  if (!lf_module_name_is_plain(out->fileset)) {
    lf_place_error(z->error, out->place, LF_CONFIG_ERROR_INVALID,
                   "\"%s\" cannot be the name of a fileset: it is the name of a folder, without slashes", out->fileset);
    return NULL;
  }
  g_autofree char *manifest = g_build_filename(out->dir, out->fileset, "manifest.yml", NULL);
  if (!g_file_test(manifest, G_FILE_TEST_EXISTS)) {
    lf_place_error(z->error, out->place, LF_CONFIG_ERROR_MISSING, "the module %s has no fileset %s: there is no %s",
                   out->module, out->fileset, manifest);
    return NULL;
  }
  z->reads.arena = z->arena;
  z->manifest = lf_manifest_load(z->arena, manifest, z->error);
  if (z->manifest == NULL || !check_declared(z))
    return NULL;
  LfValue builtin = lf_vars_builtin(z->arena, z->compat->text, out->module, out->fileset);
  if (!lf_vars_resolve(z->arena, z->manifest, builtin, z->user, &z->reads, &z->vars, z->error) || !load_pipelines(z) ||
      !load_input(z))
    return NULL;
  note_unread(z);
  return out;
}

LfFileset *
lf_fileset_load(LfArena *arena, const LfConfigPaths *paths, const LfModuleBlock *module, const LfFilesetBlock *block,
                const LfCompat *compat, LfNotes *notes, GError **error)
{
  g_autoptr(GError) failed = NULL;
  g_autofree char *dir = lf_module_dir(paths, module->name, &failed);
  if (dir == NULL) {
    lf_place_error(error, module->place, (LfConfigError)failed->code, "%s", failed->message);
    return NULL;
  }
  LfFileset *out = lf_arena_alloc0(arena, sizeof *out);
  *out = (LfFileset){.module = keep(arena, module->name),
                     .fileset = keep(arena, block->name),
                     .dir = keep(arena, dir),
                     .place = block->place};
  Loader z = {.arena = arena,
              .paths = paths,
              .user = block->var,
              .input = block->input,
              .compat = compat,
              .notes = notes,
              .out = out,
              .error = error};
  return load(&z);
}

LfFileset *
lf_fileset_load_dir(LfArena *arena, const char *module_dir, const char *fileset, const LfNode *vars,
                    const LfCompat *compat, LfNotes *notes, GError **error)
{
  g_autofree char *dir = g_canonicalize_filename(module_dir, NULL);
  g_autofree char *name = g_path_get_basename(dir);
  LfFileset *out = lf_arena_alloc0(arena, sizeof *out);
  *out = (LfFileset){.module = keep(arena, name), .fileset = keep(arena, fileset), .dir = keep(arena, module_dir)};
  Loader z = {.arena = arena, .user = vars, .compat = compat, .notes = notes, .out = out, .error = error};
  return load(&z);
}
