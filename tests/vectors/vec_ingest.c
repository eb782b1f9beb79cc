/* Ingest pipelines against answers of a real engine: every case whose processors are there, but those in the skip file. */
#include "base/fs.h"
#include "ingest/pipeline.h"
#include "ingest/registry.h"
#include "support/files.h"
#include "value/json_read.h"
#include "value/json_write.h"

/* Whether all that the case uses is there. A case that needs more is counted as skipped. */
static gboolean
run_case(LfArena *arena, LfValue *c, char **problem)
{
  LfValue *pipeline = lf_object_get_str(c, "pipeline"), *in = lf_object_get_str(c, "in");
  LfValue *want = lf_object_get_str(c, "doc"), *failure = lf_object_get_str(c, "error");
  LfValue *load_error = lf_object_get_str(c, "refused"), *meta = lf_object_get_str(c, "meta");
  g_autoptr(GError) error = NULL;
  LfIngestError refused = {0};
  LfNode *node = lf_node_from_value(arena, (LfPlace){0}, pipeline);
  LfPipeline *p = lf_pipelines_add(lf_pipelines_new(arena), "_simulate_pipeline", node, &refused, &error);
  if (p == NULL && error->code == LF_CONFIG_ERROR_REFUSED)
    return FALSE;
  if ((p == NULL) != (load_error != NULL)) {
    *problem = g_strdup(p == NULL ? error->message : "was not refused at load");
    return TRUE;
  }
  if (p == NULL) {
    LfValue *reason = lf_object_get_str(load_error, "reason");
    LfSlice text = lf_value_text(arena, reason);
    if (!lf_slice_is(text, refused.reason))
      *problem = g_strdup_printf("refused with \"%s\", not \"%.*s\"", refused.reason, (int)text.len, text.p);
    return TRUE;
  }
  LfIngestDoc doc;
  lf_ingest_doc_init(&doc, arena, *in, lf_ingest_metadata(arena, 0));
  lf_object_set_static(arena, &doc.meta, "_index", lf_value_string(LF_SLICE_LIT("idx")));
  lf_object_set_static(arena, &doc.meta, "_id", lf_value_string(LF_SLICE_LIT("id1")));
  gboolean ok = lf_pipeline_run(p, &doc);
  if (failure != NULL) {
    LfSlice type = lf_value_text(arena, lf_object_get_str(failure, "type"));
    LfSlice reason = lf_value_text(arena, lf_object_get_str(failure, "reason"));
    if (ok)
      *problem = g_strdup("did not fail");
    else if (!lf_slice_is(type, doc.error.type) || !lf_slice_is(reason, doc.error.reason))
      *problem = g_strdup_printf("failed with %s: %s", doc.error.type, doc.error.reason);
  } else if (!ok) {
    *problem = g_strdup_printf("failed: %s: %s", doc.error.type, doc.error.reason);
  } else if (doc.dropped != (lf_object_get_str(c, "dropped") != NULL)) {
    *problem = g_strdup("dropped, or not");
  } else if (want != NULL && !lf_value_equal(want, &doc.source)) {
    g_auto(LfBuf) got = {0};
    lf_json_write(&got, &doc.source);
    *problem = g_strdup_printf("gave %.*s", (int)got.len, got.p);
  } else if (meta != NULL) {
    for (guint32 i = 0; i < meta->object->len; i++) {
      const LfMember *m = &meta->object->members[i];
      LfValue *mine = lf_object_get(&doc.meta, lf_slice(m->key, m->key_len));
      if (mine == NULL || !lf_value_equal(mine, &m->value))
        *problem = g_strdup_printf("%.*s is another", (int)m->key_len, m->key);
    }
  }
  return TRUE;
}

typedef struct {
  LfArena *arena;
  LfValue *value;
  char *skip; /* (nullable) why the answers differ */
} Case;

static void
test_case(gconstpointer data)
{
  const Case *c = data;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autofree char *problem = NULL;
  if (c->skip != NULL) {
    g_test_skip(c->skip);
    return;
  }
  LfValue copy = lf_value_clone(arena, c->value);
  if (!run_case(arena, &copy, &problem))
    g_test_skip("needs a processor or script that is not there yet");
  else if (problem != NULL)
    g_test_fail_printf("%s", problem);
}

/* "name: reason" lines. */
static GHashTable *
read_skips(void)
{
  GHashTable *skips = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *path = test_source_path("tests/vectors/ingest.skip");
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return skips;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **l = lines; *l != NULL; l++) {
    char *colon = strstr(*l, ": ");
    if ((*l)[0] != '#' && colon != NULL)
      g_hash_table_insert(skips, g_strndup(*l, (gsize)(colon - *l)), g_strdup(colon + 2));
  }
  return skips;
}

static void
add_file(const char *dir, const char *name, LfArena *arena, GHashTable *skips)
{
  gsize len;
  g_autofree char *path = g_build_filename(dir, name, NULL);
  g_autofree char *text = lf_fs_read(path, 1 << 26, &len, NULL);
  LfValue list;
  g_assert_nonnull(text);
  g_assert_true(lf_json_read_copy(arena, lf_slice(text, len), &list, NULL));
  for (guint32 i = 0; i < list.array->len; i++) {
    LfValue *v = &list.array->items[i];
    LfSlice id = lf_value_text(arena, lf_object_get_str(v, "name"));
    g_autofree char *case_name = lf_slice_dup(id);
    g_autofree char *test = g_strdup_printf("/ingest/%s", case_name);
    Case *c = lf_arena_alloc0(arena, sizeof *c);
    *c = (Case){arena, v, g_hash_table_lookup(skips, case_name)};
    g_test_add_data_func(test, c, test_case);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autofree char *dir = test_shared_path("vectors/ingest");
  g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GHashTable) skips = read_skips();
  if (d == NULL) {
    g_print("1..0 # SKIP the ingest vectors are not here (LF_SHARED)\n");
    return 0;
  }
  for (const char *name; (name = g_dir_read_name(d)) != NULL;)
    if (g_str_has_suffix(name, ".json"))
      add_file(dir, name, arena, skips);
  return g_test_run();
}
