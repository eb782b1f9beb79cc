/* `logferry simulate`: an ingest pipeline on documents, as Elasticsearch's _simulate answers. */
#include "base/fs.h"
#include "cmd/cmd.h"
#include "config/compat.h"
#include "ingest/pipeline.h"
#include "module/fileset.h"
#include "value/json_read.h"
#include "value/json_write.h"
#include "value/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64 * 1024 * 1024 };

typedef struct {
  char *pipeline;
  char *module;
  char *fileset;
  char *format;
  gboolean verbose;
  gboolean json;
  const char *docs; /* "-" or a file */
} Arguments;

static void
arguments_clear(Arguments *a)
{
  g_free(a->pipeline);
  g_free(a->module);
  g_free(a->fileset);
  g_free(a->format);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

static gboolean
check_arguments(Arguments *a, int argc, char **argv, GError **error)
{
  const char *wrong = NULL;
  if (a->verbose)
    wrong = "--verbose is not there yet";
  else if ((a->pipeline != NULL) == (a->module != NULL))
    wrong = "give either --pipeline FILE or --module DIR --fileset NAME";
  else if ((a->module != NULL) != (a->fileset != NULL))
    wrong = "--module and --fileset go together";
  else if (a->format != NULL && strcmp(a->format, "json") != 0 && strcmp(a->format, "text") != 0)
    wrong = "--format takes text or json";
  else if (argc > 2)
    wrong = "more than one file of documents";
  a->json = a->format != NULL && strcmp(a->format, "json") == 0;
  a->docs = argc > 1 ? argv[1] : "-";
  if (wrong != NULL)
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, wrong);
  return wrong == NULL;
}

static gboolean
parse_arguments(int argc, char **argv, Arguments *a, GError **error)
{
  const GOptionEntry entries[] = {
      {"pipeline", 0, 0, G_OPTION_ARG_FILENAME, &a->pipeline, "The pipeline, YAML or JSON", "FILE"},
      {"module", 0, 0, G_OPTION_ARG_FILENAME, &a->module, "A module's folder", "DIR"},
      {"fileset", 0, 0, G_OPTION_ARG_STRING, &a->fileset, "The fileset in it whose pipelines are run", "NAME"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &a->format, "text (default) or json, a line a document", "FORMAT"},
      {"verbose", 0, 0, G_OPTION_ARG_NONE, &a->verbose, "Show the document after each processor", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new("[DOCS|-] - run an ingest pipeline on documents");
  g_option_context_set_description(context, "DOCS has one JSON document a line; one with a _source is taken as _simulate "
                                            "takes it, with _index, _id and _routing beside it.");
  g_option_context_add_main_entries(context, entries, NULL);
  return g_option_context_parse(context, &argc, &argv, error) && check_arguments(a, argc, argv, error);
}

/* JSON by its first character; YAML otherwise, so that errors have lines. */
static LfNode *
read_pipeline(LfArena *arena, const char *path, GError **error)
{
  gsize len;
  g_autofree char *text = lf_fs_read(path, LF_FS_TEXT_MAX, &len, error);
  if (text == NULL)
    return NULL;
  gsize i = 0;
  while (i < len && g_ascii_isspace(text[i]))
    i++;
  LfSlice copy = lf_arena_dup(arena, lf_slice(text, len));
  if (i == len || text[i] != '{')
    return lf_yaml_read(arena, path, copy, error);
  LfValue v;
  g_autoptr(GError) local = NULL;
  LfPlace place = {.file = g_intern_string(path)};
  if (!lf_json_read(arena, (char *)copy.p, copy.len, &v, &local)) {
    lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "not readable as JSON: %s", local->message);
    return NULL;
  }
  return lf_node_from_value(arena, place, &v);
}

static LfPipeline *
load(LfArena *arena, const Arguments *a, LfIngestError *refused, GError **error)
{
  LfPipelines *pipelines = lf_pipelines_new(arena);
  if (a->pipeline != NULL) {
    LfNode *node = read_pipeline(arena, a->pipeline, error);
    return node != NULL ? lf_pipelines_add(pipelines, "_simulate_pipeline", node, refused, error) : NULL;
  }
  LfCompat compat;
  guint n;
  lf_compat_parse(lf_slice_str(lf_compat_shorts(&n)[0].word), &compat);
  LfFileset *fileset = lf_fileset_load_dir(arena, a->module, a->fileset, NULL, &compat, NULL, error);
  for (guint i = 0; fileset != NULL && i < fileset->n_pipelines; i++)
    if (lf_pipelines_add(pipelines, fileset->pipelines[i].id, fileset->pipelines[i].node, refused, error) == NULL)
      return NULL;
  if (fileset != NULL && fileset->n_pipelines == 0)
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING, "%s: the fileset %s has no pipeline", a->module,
                a->fileset);
  return fileset != NULL && fileset->n_pipelines > 0 ? lf_pipelines_find(pipelines, fileset->pipelines[0].id) : NULL;
}

static void
append_error(LfBuf *out, const char *type, const char *reason)
{
  lf_buf_append_str(out, "{\"error\":{\"type\":");
  lf_json_write_string(out, lf_slice_str(type));
  lf_buf_append_str(out, ",\"reason\":");
  lf_json_write_string(out, lf_slice_str(reason));
  lf_buf_append_str(out, "}}");
}

/* {"doc":{"_index":…,"_id":…,"_source":…,"_ingest":…}} */
static void
append_doc(LfArena *arena, LfBuf *out, LfIngestDoc *doc)
{
  LfValue answer = lf_value_object(arena, 1), inner = lf_value_object(arena, 8);
  for (guint32 i = 0; i < doc->meta.object->len; i++) {
    const LfMember *m = &doc->meta.object->members[i];
    lf_object_set(arena, &inner, lf_slice(m->key, m->key_len), m->value);
  }
  lf_object_set_static(arena, &inner, "_source", doc->source);
  lf_object_set_static(arena, &inner, "_ingest", doc->ingest);
  lf_object_set_static(arena, &answer, "doc", inner);
  lf_json_write(out, &answer);
}

/* What a line gives: its _source and what stands beside it, or the whole line. */
static void
init_doc(LfArena *arena, LfIngestDoc *doc, LfValue *line)
{
  static const char *const beside[] = {"_index", "_id", "_routing", "_version", "_version_type"};
  LfValue *source = lf_object_get_str(line, "_source");
  gboolean wrapped = lf_value_is(source, LF_TYPE_OBJECT);
  lf_ingest_doc_init(doc, arena, wrapped ? *source : *line,
                     lf_ingest_metadata(arena, lf_clock_wall_ns(lf_clock_system())));
  lf_object_set_static(arena, &doc->meta, "_index", lf_value_string(LF_SLICE_LIT("_index")));
  lf_object_set_static(arena, &doc->meta, "_id", lf_value_string(LF_SLICE_LIT("_id")));
  for (gsize i = 0; wrapped && i < G_N_ELEMENTS(beside); i++) {
    LfValue *v = lf_object_get_str(line, beside[i]);
    if (v != NULL && v->type != LF_TYPE_NULL)
      lf_object_set_static(arena, &doc->meta, beside[i], *v);
  }
}

static void
write_text(LfBuf *out, LfIngestDoc *doc, gboolean ok, guint64 number)
{
  if (!ok) {
    lf_buf_printf(out, "document %" G_GUINT64_FORMAT " failed: %s: %s\n", number, doc->error.type, doc->error.reason);
  } else if (doc->dropped) {
    lf_buf_printf(out, "document %" G_GUINT64_FORMAT " was dropped\n", number);
  } else {
    lf_buf_printf(out, "document %" G_GUINT64_FORMAT ":\n", number);
    lf_json_write_pretty(out, &doc->source, 2);
    lf_buf_append_char(out, '\n');
  }
}

/* Returns: whether the line was a document. */
static gboolean
simulate_line(const Arguments *a, const LfPipeline *pipeline, LfSlice text, guint64 number)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) out = {0};
  LfValue line;
  LfIngestDoc doc;
  gboolean read = lf_json_read_copy(arena, text, &line, &error);
  if (read && line.type != LF_TYPE_OBJECT)
    g_set_error_literal(&error, LF_JSON_ERROR, LF_JSON_ERROR_SYNTAX, "a document is a JSON object");
  if (error != NULL) {
    fprintf(stderr, "logferry simulate: %s:%" G_GUINT64_FORMAT ": %s\n", a->docs, number, error->message);
    if (a->json)
      append_error(&out, "parse_exception", error->message);
  } else {
    init_doc(arena, &doc, &line);
    gboolean ok = lf_pipeline_run(pipeline, &doc);
    if (!a->json)
      write_text(&out, &doc, ok, number);
    else if (!ok)
      append_error(&out, doc.error.type, doc.error.reason);
    else if (doc.dropped)
      lf_buf_append_str(&out, "null");
    else
      append_doc(arena, &out, &doc);
  }
  if (a->json)
    lf_buf_append_char(&out, '\n');
  fwrite(out.p, 1, out.len, stdout);
  return error == NULL;
}

static int
simulate_all(const Arguments *a, const LfPipeline *pipeline)
{
  gboolean is_stdin = strcmp(a->docs, "-") == 0;
  FILE *f = is_stdin ? stdin : fopen(a->docs, "re");
  if (f == NULL) {
    fprintf(stderr, "logferry simulate: %s: cannot be opened\n", a->docs);
    return LF_EXIT_USAGE;
  }
  char *line = NULL;
  size_t cap = 0;
  gboolean all_read = TRUE;
  guint64 number = 0;
  for (gssize n; (n = getline(&line, &cap, f)) >= 0;) {
    LfSlice text = lf_slice(line, (gsize)n);
    number++;
    while (text.len > 0 && g_ascii_isspace(text.p[text.len - 1]))
      text.len--;
    if (text.len > LINE_MAX_BYTES) {
      fprintf(stderr, "logferry simulate: %s:%" G_GUINT64_FORMAT ": the line is longer than 64 MiB\n", a->docs, number);
      all_read = FALSE;
      break;
    }
    if (text.len > 0)
      all_read &= simulate_line(a, pipeline, text, number);
  }
  free(line);
  if (!is_stdin)
    fclose(f);
  return all_read ? LF_EXIT_OK : LF_EXIT_UNFINISHED;
}

int
lf_cmd_simulate(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(Arguments) a = {0};
  LfIngestError refused = {0};
  if (!parse_arguments(argc, argv, &a, &error)) {
    fprintf(stderr, "logferry simulate: %s; see logferry simulate --help\n", error->message);
    return LF_EXIT_USAGE;
  }
  LfPipeline *pipeline = load(arena, &a, &refused, &error);
  if (pipeline == NULL) {
    fprintf(stderr, "logferry simulate: %s\n", error->message);
    if (a.json) {
      g_auto(LfBuf) out = {0};
      gboolean missing = g_error_matches(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_REFUSED);
      append_error(&out, refused.type != NULL ? refused.type : missing ? "not_there_yet" : "parse_exception",
                   refused.reason != NULL ? refused.reason : error->message);
      lf_buf_append_char(&out, '\n');
      fwrite(out.p, 1, out.len, stdout);
    }
    return LF_EXIT_USAGE;
  }
  return simulate_all(&a, pipeline);
}
