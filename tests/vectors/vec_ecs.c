/* Our fields of the Elastic Common Schema against its own tables: each field with its type, and nothing else. */
#include "module/fields.h"

#include "support/files.h"

/* A table of ECS, below the shared folder, and our fields of that version. */
typedef struct {
  const char *table;
  const char *own;
} Pair;

/* "full.name" -> type of all fields, multi-fields too. */
static void
collect(const LfFields *fields, const char *above, GHashTable *out)
{
  for (guint i = 0; i < fields->n; i++) {
    const LfField *f = &fields->items[i];
    char *name = g_strdup_printf("%s%s%s", above, above[0] != '\0' ? "." : "", f->name);
    collect(&f->multi_fields, name, out);
    g_hash_table_insert(out, name, (gpointer)f->type->name);
  }
}

/* The table's lines begin: version, indexed, set, field, type. Fields that are quoted come later in a line. */
static void
check(gconstpointer data)
{
  const Pair *pair = data;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) ours = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *csv = test_shared_path(pair->table);
  g_autofree char *own = test_source_path(pair->own);
  g_autofree char *text = NULL;
  LfFields fields = {0};
  if (!g_file_get_contents(csv, &text, NULL, NULL)) {
    g_test_skip("no table of ECS");
    return;
  }
  lf_fields_load(arena, own, &fields, &error);
  g_assert_no_error(error);
  collect(&fields, "", ours);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  guint n = 0;
  for (guint i = 1; lines[i] != NULL; i++) {
    g_auto(GStrv) cells = g_strsplit(lines[i], ",", 6);
    if (g_strv_length(cells) < 6 || (strcmp(cells[1], "true") != 0 && strcmp(cells[1], "false") != 0))
      continue; /* the rest of a text of several lines */
    n++;
    g_assert_cmpstr(g_hash_table_lookup(ours, cells[3]), ==, cells[4]);
  }
  g_assert_cmpuint(n, >, 1000);
  g_assert_cmpuint(n, ==, g_hash_table_size(ours));
}

/* Each module of the corpus has a fields.yml that is read. */
static void
check_corpus(void)
{
  g_autofree char *root = test_shared_path("corpus/filebeat-7.17.29");
  g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);
  const char *name;
  guint n = 0;
  if (dir == NULL) {
    g_test_skip("no corpus");
    return;
  }
  while ((name = g_dir_read_name(dir)) != NULL) {
    g_autoptr(LfArena) arena = lf_arena_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *module = g_build_filename(root, name, NULL);
    g_autoptr(GPtrArray) filesets = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) below = g_dir_open(module, 0, NULL);
    LfFields fields = {0};
    for (const char *f; below != NULL && (f = g_dir_read_name(below)) != NULL;)
      g_ptr_array_add(filesets, g_strdup(f));
    g_ptr_array_add(filesets, NULL);
    lf_fields_load_module(arena, module, (const char *const *)filesets->pdata, &fields, &error);
    g_assert_no_error(error);
    n += fields.n > 0;
  }
  g_assert_cmpuint(n, >, 15);
}

int
main(int argc, char **argv)
{
  static const Pair pairs[] = {{"vectors/ecs/fields-1.12.csv", "fields/ecs-1.yml"},
                               {"vectors/ecs/fields-9.5.0-dev.csv", "fields/ecs.yml"}};
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_data_func("/ecs/1.12", &pairs[0], check);
  g_test_add_data_func("/ecs/9", &pairs[1], check);
  g_test_add_func("/ecs/corpus", check_corpus);
  return g_test_run();
}
