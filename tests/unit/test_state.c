/* The state: groups and their accounts, ids of pages, frontiers, positions, the lock. */
#include "state/deadletter.h"
#include "state/state.h"

#include "state/db.h"
#include "support/folder.h"

static LfGroupKey
key_of(const char *group, const char *account)
{
  return (LfGroupKey){.endpoint = "https://logs.us-east-1.amazonaws.com",
                      .region = "us-east-1",
                      .log_group = group,
                      .account = account,
                      .stream_filter = "",
                      .filter_pattern = ""};
}

static LfTicket *
ticket(gint64 row, gint64 min_ms, gint64 max_ms, guint n_ids, guint64 first_id, gint64 frontier_ms)
{
  LfTicket *t = g_new0(LfTicket, 1);
  t->group_row = row;
  t->min_ms = min_ms;
  t->max_ms = max_ms;
  t->frontier_ms = frontier_ms;
  t->known_from_ms = frontier_ms;
  t->n_ids = n_ids;
  t->ids = g_new0(LfHash128, MAX(n_ids, 1));
  for (guint i = 0; i < n_ids; i++)
    t->ids[i] = (LfHash128){7, first_id + i};
  return t;
}

static void
commit(LfState *state, LfTicket *t, const char *position)
{
  g_autoptr(GError) error = NULL;
  lf_state_commit(state, &t, 1, "file", lf_slice_str(position), 1, TRUE, &error);
  g_assert_no_error(error);
  lf_ticket_free(t);
}

static gsize
ids_between(LfState *state, gint64 row, gint64 from_ms, gint64 to_ms)
{
  LfIdSet ids = {0};
  g_assert_true(lf_state_load_ids(state, row, from_ms, to_ms, &ids, NULL));
  gsize n = ids.n;
  lf_ids_clear(&ids);
  return n;
}

static gsize
known_ids(LfState *state, gint64 row)
{
  return ids_between(state, row, G_MININT64, G_MAXINT64);
}

static void
test_pages_and_frontier(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey key = key_of("/g", "-");
  LfGroupLookup lookup;
  LfGroupState g;
  g_assert_true(lf_state_find_group(state, &key, &lookup, &g, NULL));
  g_assert_cmpint(lookup, ==, LF_GROUP_NEW);
  g_assert_true(lf_state_open_group(state, &key, NULL, &g, NULL));
  g_assert_false(g.has_frontier);
  commit(state, ticket(g.row, 10, 500, 3, 100, G_MININT64), "p1");
  commit(state, ticket(g.row, 400, 1500, 2, 200, G_MININT64), ""); /* reaches beyond its window: it was given up */
  g_assert_cmpuint(known_ids(state, g.row), ==, 5);
  g_assert_true(lf_state_find_group(state, &key, &lookup, &g, NULL));
  g_assert_cmpint(lookup, ==, LF_GROUP_FOUND);
  g_assert_false(g.has_frontier);
  commit(state, ticket(g.row, 600, 900, 4, 300, 1001), "p2"); /* closes the window */
  g_assert_cmpuint(known_ids(state, g.row), ==, 2);           /* those that a later window can meet */
  g_assert_true(lf_state_find_group(state, &key, &lookup, &g, NULL));
  g_assert_true(g.has_frontier);
  g_assert_cmpint(g.frontier_ms, ==, 1001);
  g_assert_cmpint(g.known_from_ms, ==, 1001);
  g_auto(LfBuf) position = {0};
  g_assert_true(lf_state_position(state, "file", &position, NULL));
  g_assert_cmpmem(position.p, position.len, "p2", 2);
}

typedef struct {
  guint64 n;
  gint64 max_ms;
  guint pages;
} Kept;

static void
count_kept(gint64 max_ms, guint64 n, void *data)
{
  Kept *kept = data;
  g_assert_cmpint(max_ms, >=, kept->max_ms); /* the oldest first */
  *kept = (Kept){kept->n + n, max_ms, kept->pages + 1};
}

static Kept
kept_ids(LfState *state, gint64 row)
{
  Kept kept = {.max_ms = G_MININT64};
  g_assert_true(lf_state_count_ids(state, row, count_kept, &kept, NULL));
  return kept;
}

/* Below the frontier ids are kept as far back as the look-back goes, and loaded by time. */
static void
test_ids_behind_the_frontier(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey key = key_of("/g", "-");
  LfGroupState g;
  LfGroupLookup lookup;
  g_assert_true(lf_state_open_group(state, &key, NULL, &g, NULL));
  g_assert_true(lf_state_set_frontier(state, g.row, 100, NULL));
  g_assert_cmpuint(kept_ids(state, g.row).pages, ==, 0);
  for (guint i = 0; i < 4; i++) {
    LfTicket *t = ticket(g.row, 100 + i * 100, 199 + i * 100, 5, i * 10, 200 + i * 100);
    t->known_from_ms = MAX(100, i * 100);
    commit(state, t, "");
  }
  g_assert_true(lf_state_find_group(state, &key, &lookup, &g, NULL));
  g_assert_cmpint(g.frontier_ms, ==, 500);
  g_assert_cmpint(g.known_from_ms, ==, 300);
  g_assert_cmpuint(known_ids(state, g.row), ==, 10);
  g_assert_cmpuint(ids_between(state, g.row, 400, 1000), ==, 5);
  g_assert_cmpuint(ids_between(state, g.row, 399, 399), ==, 5);
  Kept kept = kept_ids(state, g.row);
  g_assert_cmpuint(kept.n, ==, 10);
  g_assert_cmpuint(kept.pages, ==, 2);
  g_assert_cmpint(kept.max_ms, ==, 499);
}

/* A state of the first schema goes on where it was; ids below its frontier are not known. */
static void
test_migration(void)
{
  g_autofree char *dir = test_folder_new();
  g_autofree char *path = g_build_filename(dir, "state.db", NULL);
  LfDb *db = lf_db_open(path, NULL);
  g_assert_true(lf_db_exec(
      db,
      "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE groups (id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, region TEXT NOT NULL, log_group TEXT NOT "
      "NULL, account TEXT NOT NULL, stream_filter TEXT NOT NULL, filter_pattern TEXT NOT NULL, frontier_ms INTEGER, "
      "window_start_ms INTEGER, window_end_ms INTEGER, UNIQUE (endpoint, region, log_group, account, stream_filter, "
      "filter_pattern));"
      "CREATE TABLE pages (id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE, "
      "min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL, ids BLOB NOT NULL);"
      "CREATE INDEX pages_by_group ON pages (group_id, max_ms);"
      "CREATE TABLE positions (output TEXT PRIMARY KEY, position BLOB NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE dead_letters (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, group_id INTEGER NOT NULL, output TEXT "
      "NOT NULL, event_id TEXT NOT NULL, reason TEXT NOT NULL, event TEXT NOT NULL);"
      "INSERT INTO meta VALUES ('hash_key', x'000102030405060708090a0b0c0d0e0f');"
      "INSERT INTO groups VALUES (1, 'https://logs.us-east-1.amazonaws.com', 'us-east-1', '/g', '-', '', '', 777, 777, "
      "888);"
      "INSERT INTO pages VALUES (1, 1, 780, 790, x'00000000000000000000000000000001');"
      "INSERT INTO dead_letters VALUES (7, 123, 1, 'file', 'id7', 'why', '{\"message\":\"m\"}');"
      "PRAGMA user_version = 1",
      NULL));
  lf_db_close(db);
  for (int i = 0; i < 2; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(LfState) state = lf_state_open(path, &error);
    g_assert_no_error(error);
    LfGroupKey key = key_of("/g", "-");
    LfGroupState g;
    LfGroupLookup lookup;
    g_assert_true(lf_state_find_group(state, &key, &lookup, &g, NULL));
    g_assert_cmpint(lookup, ==, LF_GROUP_FOUND);
    g_assert_cmpint(g.frontier_ms, ==, 777);
    g_assert_cmpint(g.known_from_ms, ==, 777);
    g_assert_cmpuint(known_ids(state, g.row), ==, 1);
    const LfDeadFilter all = {0};
    g_autoptr(GPtrArray) dead = lf_state_dead_list(state, &all, 10, TRUE, NULL);
    g_assert_cmpuint(dead->len, ==, 1);
    const LfDeadLetter *letter = g_ptr_array_index(dead, 0);
    g_assert_cmpint(letter->id, ==, 7);
    g_assert_cmpstr(letter->log_group, ==, "/g");
    g_assert_cmpstr(letter->event, ==, "{\"message\":\"m\"}");
  }
  test_folder_remove(dir);
}

/* A commit of `n` dead letters of `size` bytes each. */
static void
commit_dead(LfState *state, gint64 row, guint n, gsize size)
{
  static const LfSource source = {.beat = "filebeat", .version = "9.2.2", .type = "_doc", .index = "own"};
  g_autoptr(LfBatch) batch = lf_batch_new(&source);
  g_autofree char *json = g_strnfill(size, ' ');
  memcpy(json, "{}", 2);
  batch->ticket->group_row = row;
  for (guint i = 0; i < n; i++)
    lf_ticket_add_dead(batch->ticket, LF_SLICE_LIT("id"), "why", lf_slice_str(json), LF_SLICE_LIT("from-a-pipeline"));
  g_assert_true(lf_state_commit(state, &batch->ticket, 1, "file", (LfSlice){0}, 5, FALSE, NULL));
}

static guint64
count_dead(LfState *state, const LfDeadFilter *filter, gint64 *first, gint64 *bytes)
{
  g_autoptr(GPtrArray) all = lf_state_dead_list(state, filter, G_MAXINT, FALSE, NULL);
  *first = all->len > 0 ? ((const LfDeadLetter *)g_ptr_array_index(all, 0))->id : 0;
  *bytes = 0;
  for (guint i = 0; i < all->len; i++)
    *bytes += ((const LfDeadLetter *)g_ptr_array_index(all, i))->bytes;
  return all->len;
}

/* The oldest go, in rows and in bytes. */
static void
test_dead_bounds(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey key = key_of("/g", "-");
  LfGroupState g;
  const LfDeadFilter all = {0};
  gint64 first, bytes;
  g_assert_true(lf_state_open_group(state, &key, NULL, &g, NULL));
  for (guint i = 0; i < LF_DEAD_ROWS_MAX / 1000; i++)
    commit_dead(state, g.row, 1000, 2);
  g_assert_cmpuint(count_dead(state, &all, &first, &bytes), ==, LF_DEAD_ROWS_MAX);
  g_assert_cmpuint(lf_state_dead_lost(state), ==, 0);
  commit_dead(state, g.row, 1, 2);
  g_assert_cmpuint(count_dead(state, &all, &first, &bytes), ==, LF_DEAD_ROWS_MAX * 9 / 10);
  g_assert_cmpuint(lf_state_dead_lost(state), ==, LF_DEAD_ROWS_MAX / 10 + 1);
  g_assert_cmpint(first, ==, LF_DEAD_ROWS_MAX / 10 + 2);
  for (guint i = 0; i < 10; i++)
    commit_dead(state, g.row, 32, 1024 * 1024);
  count_dead(state, &all, &first, &bytes);
  g_assert_cmpint(bytes, <=, LF_DEAD_BYTES_MAX);
  g_assert_cmpint(bytes, >, LF_DEAD_BYTES_MAX / 2);
  commit_dead(state, g.row, 2, (gsize)LF_DEAD_BYTES_MAX); /* more than there is room for: nothing is left */
  g_assert_cmpuint(count_dead(state, &all, &first, &bytes), ==, 0);
}

static void
test_dead_letters(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey one = key_of("/one", "-"), two = key_of("/two", "-");
  LfGroupState g;
  guint64 n;
  gint64 first, bytes;
  g_assert_true(lf_state_open_group(state, &one, NULL, &g, NULL));
  commit_dead(state, g.row, 2, 10);
  g_assert_true(lf_state_open_group(state, &two, NULL, &g, NULL));
  commit_dead(state, g.row, 3, 10);
  const LfDeadFilter of_two = {.log_group = "/two"}, third = {.id = 3}, marked = {.marked = TRUE}, all = {0};
  g_assert_cmpuint(count_dead(state, &of_two, &first, &bytes), ==, 3);
  g_assert_true(lf_state_dead_mark(state, &third, &n, NULL));
  g_assert_cmpuint(n, ==, 1);
  g_autoptr(GPtrArray) found = lf_state_dead_list(state, &marked, 10, TRUE, NULL);
  g_assert_cmpuint(found->len, ==, 1);
  const LfDeadLetter *letter = g_ptr_array_index(found, 0);
  g_assert_cmpint(letter->id, ==, 3);
  g_assert_cmpstr(letter->source, ==,
                  "{\"beat\":\"filebeat\",\"version\":\"9.2.2\",\"type\":\"_doc\",\"index\":\"own\","
                  "\"event_index\":\"from-a-pipeline\"}");
  /* delivered again, and refused again: it stays, with the new reason */
  g_autoptr(LfBatch) batch = lf_batch_new(NULL);
  batch->ticket->dead_row = 3;
  lf_ticket_add_dead(batch->ticket, LF_SLICE_LIT("id"), "another", LF_SLICE_LIT("{}"), LF_SLICE_LIT(""));
  g_assert_true(lf_state_commit(state, &batch->ticket, 1, "console", (LfSlice){0}, 6, FALSE, NULL));
  g_assert_cmpuint(count_dead(state, &marked, &first, &bytes), ==, 0);
  g_autoptr(GPtrArray) again = lf_state_dead_list(state, &third, 10, TRUE, NULL);
  letter = g_ptr_array_index(again, 0);
  g_assert_cmpstr(letter->reason, ==, "another");
  g_assert_cmpstr(letter->output, ==, "console");
  /* and delivered */
  g_ptr_array_set_size(batch->ticket->dead, 0);
  batch->ticket->delivered = 1;
  g_assert_true(lf_state_commit(state, &batch->ticket, 1, "console", (LfSlice){0}, 7, FALSE, NULL));
  g_assert_cmpuint(count_dead(state, &all, &first, &bytes), ==, 4);
  g_assert_true(lf_state_dead_drop(state, &of_two, &n, NULL));
  g_assert_cmpuint(n, ==, 2);
  g_assert_true(lf_state_dead_drop(state, &all, &n, NULL));
  g_assert_cmpuint(n, ==, 2);
}

/* A list is bounded by bytes too, and has one letter at least. */
static void
test_dead_list_bytes(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey key = key_of("/g", "-");
  LfGroupState g;
  guint64 n;
  const LfDeadFilter all = {0}, few = {.marked = TRUE, .max_bytes = 3500}, tiny = {.max_bytes = 1};
  g_assert_true(lf_state_open_group(state, &key, NULL, &g, NULL));
  commit_dead(state, g.row, 10, 1000);
  g_assert_true(lf_state_dead_mark(state, &all, &n, NULL));
  g_autoptr(GPtrArray) three = lf_state_dead_list(state, &few, 200, TRUE, NULL);
  g_assert_cmpuint(three->len, ==, 3);
  g_autoptr(GPtrArray) one = lf_state_dead_list(state, &tiny, 200, TRUE, NULL);
  g_assert_cmpuint(one->len, ==, 1);
  g_autoptr(GPtrArray) rest = lf_state_dead_list(state, &all, 200, TRUE, NULL);
  g_assert_cmpuint(rest->len, ==, 10);
}

static void
test_notes(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  gboolean has = TRUE;
  guint n;
  g_assert_true(lf_state_has_note(state, LF_STATE_LISTED "a", &has, NULL));
  g_assert_false(has);
  for (int i = 0; i < 2; i++)
    g_assert_true(lf_state_set_note(state, LF_STATE_LISTED "a", NULL));
  g_assert_true(lf_state_has_note(state, LF_STATE_LISTED "a", &has, NULL));
  g_assert_true(has);
  g_assert_true(lf_state_reset_group(state, "/g", &n, NULL)); /* what is read as for the first time is not new */
  g_assert_true(lf_state_has_note(state, LF_STATE_LISTED "a", &has, NULL));
  g_assert_false(has);
}

static void
test_accounts_meet(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey by_name = key_of("/g", "-"), by_arn = key_of("/g", "111111111111"), other = key_of("/g", "222222222222");
  LfGroupState name_row, arn_row, other_row;
  LfGroupLookup lookup;
  g_assert_true(lf_state_open_group(state, &by_name, NULL, &name_row, NULL));
  g_assert_true(lf_state_set_frontier(state, name_row.row, 42, NULL));
  /* the caller is of another account than the ARN: the name's row is not the ARN's */
  g_assert_true(lf_state_find_group(state, &other, &lookup, &other_row, NULL));
  g_assert_cmpint(lookup, ==, LF_GROUP_UNSURE);
  g_assert_true(lf_state_open_group(state, &other, "111111111111", &other_row, NULL));
  g_assert_cmpint(other_row.row, !=, name_row.row);
  g_assert_false(other_row.has_frontier);
  /* the ARN is of the caller's account: it takes the name's row over */
  g_assert_true(lf_state_open_group(state, &by_arn, "111111111111", &arn_row, NULL));
  g_assert_cmpint(arn_row.row, ==, name_row.row);
  g_assert_cmpint(arn_row.frontier_ms, ==, 42);
  /* and from now on the name has to say whose it is */
  g_assert_true(lf_state_find_group(state, &by_name, &lookup, &name_row, NULL));
  g_assert_cmpint(lookup, ==, LF_GROUP_UNSURE);
  g_assert_true(lf_state_open_group(state, &by_name, "111111111111", &name_row, NULL));
  g_assert_cmpint(name_row.row, ==, arn_row.row);
}

static void
test_filters_are_apart(void)
{
  g_autoptr(LfState) state = lf_state_open(NULL, NULL);
  LfGroupKey a = key_of("/g", "-"), b = a;
  LfGroupState x, y;
  b.stream_filter = "prefix:web/";
  g_assert_true(lf_state_open_group(state, &a, NULL, &x, NULL));
  g_assert_true(lf_state_open_group(state, &b, NULL, &y, NULL));
  g_assert_cmpint(x.row, !=, y.row);
  guint n;
  g_assert_true(lf_state_reset_group(state, "/g", &n, NULL));
  g_assert_cmpuint(n, ==, 2);
  g_assert_true(lf_state_reset_group(state, "/g", &n, NULL));
  g_assert_cmpuint(n, ==, 0);
}

static void
test_survives(void)
{
  g_autofree char *dir = test_folder_new();
  g_autofree char *path = g_build_filename(dir, "state.db", NULL);
  LfHashKey hash_key;
  g_autofree char *agent = NULL;
  LfGroupKey key = key_of("/g", "-");
  LfGroupState g;
  {
    g_autoptr(LfState) state = lf_state_open(path, NULL);
    g_assert_nonnull(state);
    hash_key = lf_state_hash_key(state);
    agent = lf_state_agent_id(state, NULL);
    g_assert_true(lf_state_open_group(state, &key, NULL, &g, NULL));
    LfTicket *t = ticket(g.row, 1, 2, 1, 1, G_MININT64);
    lf_ticket_add_dead(t, LF_SLICE_LIT("id1"), "why", LF_SLICE_LIT("{}"), LF_SLICE_LIT(""));
    commit(state, t, "x");
  }
  g_autoptr(LfState) again = lf_state_open(path, NULL);
  g_autofree char *agent_again = lf_state_agent_id(again, NULL);
  LfHashKey hash_key_again = lf_state_hash_key(again);
  g_assert_cmpmem(&hash_key, sizeof hash_key, &hash_key_again, sizeof hash_key_again);
  g_assert_cmpstr(agent, ==, agent_again);
  g_assert_cmpuint(known_ids(again, g.row), ==, 1);
  test_folder_remove(dir);
}

static void
test_not_ours(void)
{
  g_autofree char *dir = test_folder_new();
  g_autofree char *path = g_build_filename(dir, "state.db", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_true(
      g_file_set_contents(path, "this is no database, it is a text that is long enough to be read", -1, NULL));
  g_assert_null(lf_state_open(path, &error));
  g_assert_nonnull(error);
  g_assert_nonnull(strstr(error->message, "state.db"));
  test_folder_remove(dir);
}

static gboolean
at_once(void)
{
  return TRUE;
}

static void
test_lock(void)
{
  g_autofree char *dir = test_folder_new();
  g_autofree char *path = g_build_filename(dir, "lock", NULL);
  g_autoptr(GError) error = NULL;
  LfStateLock *one = lf_state_lock(path, 0, NULL, NULL);
  g_assert_nonnull(one);
  g_assert_null(lf_state_lock(path, 60000, at_once, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
  lf_state_unlock(one);
  LfStateLock *two = lf_state_lock(path, 0, NULL, NULL);
  g_assert_nonnull(two);
  lf_state_unlock(two);
  test_folder_remove(dir);
}

static void
test_ids(void)
{
  LfIdSet ids = {0};
  LfHashKey key = {1, 2};
  for (int round = 0; round < 2; round++)
    for (guint i = 0; i < 20000; i++) {
      char text[16];
      int n = g_snprintf(text, sizeof text, "%u", i);
      g_assert_cmpint(lf_ids_add(&ids, lf_hash128(key, lf_slice(text, (gsize)n))), ==, round == 0);
    }
  g_assert_cmpuint(ids.n, ==, 20000);
  g_assert_true(lf_ids_add(&ids, (LfHash128){0, 0}));
  g_assert_true(lf_ids_has(&ids, (LfHash128){0, 0}));
  lf_ids_clear(&ids);
  g_assert_false(lf_ids_has(&ids, (LfHash128){0, 0}));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/state/ids-behind-the-frontier", test_ids_behind_the_frontier);
  g_test_add_func("/state/migration", test_migration);
  g_test_add_func("/state/notes", test_notes);
  g_test_add_func("/state/pages-and-frontier", test_pages_and_frontier);
  g_test_add_func("/state/accounts-meet", test_accounts_meet);
  g_test_add_func("/state/filters-are-apart", test_filters_are_apart);
  g_test_add_func("/state/survives", test_survives);
  g_test_add_func("/state/not-ours", test_not_ours);
  g_test_add_func("/state/lock", test_lock);
  g_test_add_func("/state/dead-letters", test_dead_letters);
  g_test_add_func("/state/dead-list-bytes", test_dead_list_bytes);
  g_test_add_func("/state/dead-bounds", test_dead_bounds);
  g_test_add_func("/state/ids", test_ids);
  return g_test_run();
}
