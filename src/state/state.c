/* The state file: schema, groups, ids. */
#include "state/state.h"

#include "state/db.h"
#include "state/sql.h"
#include "state/state_internal.h"

static gboolean
read_version(LfDb *db, gint64 *version, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(db, "PRAGMA user_version", error);
  if (s == NULL || !lf_stmt_step(s, &row, error))
    return FALSE;
  *version = row ? lf_stmt_int(s, 0) : 0;
  lf_stmt_reset(s);
  return TRUE;
}

/* A database of somebody else's has tables and no version of ours. */
static gboolean
check_empty(LfState *state, const char *path, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(state->db, "SELECT count(*) FROM sqlite_master", error);
  if (s == NULL || !lf_stmt_step(s, &row, error))
    return FALSE;
  gint64 n = row ? lf_stmt_int(s, 0) : 0;
  lf_stmt_reset(s);
  if (n > 0)
    g_set_error(error, LF_DB_ERROR, LF_DB_ERROR_SCHEMA, "%s: is a database, but no state of logferry", path);
  return n == 0;
}

static gboolean
create_schema(LfState *state, GError **error)
{
  g_autofree char *version = g_strdup_printf("PRAGMA user_version = %d", LF_STATE_SCHEMA);
  lf_digest_random(&state->hash_key, sizeof state->hash_key);
  if (!lf_db_begin(state->db, error))
    return FALSE;
  gboolean ok = lf_db_exec(state->db, LF_STATE_SCHEMA_SQL, error) && lf_db_exec(state->db, version, error);
  LfStmt *s = ok ? lf_db_prepare(state->db, "INSERT INTO meta VALUES ('hash_key', ?)", error) : NULL;
  if (s != NULL) {
    lf_stmt_bind_blob(s, 1, &state->hash_key, sizeof state->hash_key);
    ok = lf_stmt_run(s, error);
  }
  return lf_db_end(state->db, ok && s != NULL, error);
}

/* Brings a state of an older version to this one's schema, whole or not at all. */
static gboolean
migrate(LfState *state, gint64 version, GError **error)
{
  g_autofree char *now = g_strdup_printf("PRAGMA user_version = %d", LF_STATE_SCHEMA);
  if (version == LF_STATE_SCHEMA)
    return TRUE;
  if (!lf_db_begin(state->db, error))
    return FALSE;
  gboolean ok = lf_db_exec(state->db, LF_STATE_FROM_1_SQL, error) && lf_db_exec(state->db, now, error);
  return lf_db_end(state->db, ok, error);
}

static gboolean
load_hash_key(LfState *state, const char *path, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(state->db, "SELECT value FROM meta WHERE key = 'hash_key'", error);
  if (s == NULL || !lf_stmt_step(s, &row, error))
    return FALSE;
  LfSlice key = row ? lf_stmt_blob(s, 0) : (LfSlice){0};
  gboolean ok = key.len == sizeof state->hash_key;
  if (ok)
    memcpy(&state->hash_key, key.p, key.len);
  else
    g_set_error(error, LF_DB_ERROR, LF_DB_ERROR_SCHEMA, "%s: is no state of logferry: it has no hash key", path);
  lf_stmt_reset(s);
  return ok;
}

LfState *
lf_state_open(const char *path, GError **error)
{
  gint64 version;
  g_autoptr(LfState) state = g_new0(LfState, 1);
  const char *shown = path != NULL ? path : ":memory:";
  state->db = lf_db_open(shown, error);
  if (state->db == NULL || !read_version(state->db, &version, error))
    return NULL;
  if (version > LF_STATE_SCHEMA) {
    g_set_error(error, LF_DB_ERROR, LF_DB_ERROR_SCHEMA,
                "%s: was written by a newer logferry (schema %" G_GINT64_FORMAT ", this one knows %d); use that one",
                shown, version, LF_STATE_SCHEMA);
    return NULL;
  }
  if (version == 0 ? !check_empty(state, shown, error) || !create_schema(state, error)
                   : !migrate(state, version, error) || !load_hash_key(state, shown, error))
    return NULL;
  return g_steal_pointer(&state);
}

void
lf_state_close(LfState *state)
{
  if (state == NULL)
    return;
  lf_db_close(state->db);
  g_free(state);
}

LfHashKey
lf_state_hash_key(const LfState *state)
{
  return state->hash_key;
}

#define GROUP_COLUMNS "id, frontier_ms IS NOT NULL, frontier_ms, ifnull(known_from_ms, frontier_ms), account"
#define GROUP_KEY "endpoint = ?1 AND region = ?2 AND log_group = ?3 AND stream_filter = ?4 AND filter_pattern = ?5"

static void
bind_key(LfStmt *s, const LfGroupKey *key)
{
  lf_stmt_bind_text(s, 1, key->endpoint);
  lf_stmt_bind_text(s, 2, key->region);
  lf_stmt_bind_text(s, 3, key->log_group);
  lf_stmt_bind_text(s, 4, key->stream_filter);
  lf_stmt_bind_text(s, 5, key->filter_pattern);
}

/* The rows that may be the group's: exactly its own, one whose account is unknown, and how many of other accounts. */
typedef struct {
  gboolean has_exact;
  gboolean has_unknown;
  guint others;
  LfGroupState exact;
  LfGroupState unknown;
} Candidates;

static gboolean
find_candidates(LfDb *db, const LfGroupKey *key, Candidates *c, GError **error)
{
  gboolean row;
  *c = (Candidates){0};
  LfStmt *s = lf_db_prepare(db, "SELECT " GROUP_COLUMNS " FROM groups WHERE " GROUP_KEY, error);
  if (s == NULL)
    return FALSE;
  bind_key(s, key);
  for (;;) {
    if (!lf_stmt_step(s, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    LfGroupState g = {.row = lf_stmt_int(s, 0),
                      .has_frontier = lf_stmt_int(s, 1) != 0,
                      .frontier_ms = lf_stmt_int(s, 2),
                      .known_from_ms = lf_stmt_int(s, 3)};
    LfSlice account = lf_stmt_blob(s, 4);
    if (lf_slice_is(account, key->account)) {
      c->has_exact = TRUE;
      c->exact = g;
    } else if (lf_slice_is(account, "-")) {
      c->has_unknown = TRUE;
      c->unknown = g;
    } else {
      c->others++;
    }
  }
}

gboolean
lf_state_find_group(LfState *state, const LfGroupKey *key, LfGroupLookup *lookup, LfGroupState *out, GError **error)
{
  Candidates c;
  lf_db_lock(state->db);
  gboolean ok = find_candidates(state->db, key, &c, error);
  lf_db_unlock(state->db);
  if (!ok)
    return FALSE;
  gboolean key_unknown = strcmp(key->account, "-") == 0;
  if (c.has_exact) {
    *lookup = LF_GROUP_FOUND;
    *out = c.exact;
  } else {
    *lookup = c.has_unknown || (key_unknown && c.others > 0) ? LF_GROUP_UNSURE : LF_GROUP_NEW;
  }
  return TRUE;
}

static gboolean
insert_group(LfDb *db, const LfGroupKey *key, const char *account, LfGroupState *out, GError **error)
{
  LfStmt *s = lf_db_prepare(db,
                            "INSERT INTO groups (endpoint, region, log_group, stream_filter, filter_pattern, account)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                            error);
  if (s == NULL)
    return FALSE;
  bind_key(s, key);
  lf_stmt_bind_text(s, 6, account);
  if (!lf_stmt_run(s, error))
    return FALSE;
  *out = (LfGroupState){.row = lf_db_last_insert(db)};
  return TRUE;
}

static gboolean
set_account(LfDb *db, gint64 row, const char *account, GError **error)
{
  LfStmt *s = lf_db_prepare(db, "UPDATE groups SET account = ?1 WHERE id = ?2", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_text(s, 1, account);
  lf_stmt_bind_int(s, 2, row);
  return lf_stmt_run(s, error);
}

static gboolean
open_group_locked(LfDb *db, const LfGroupKey *key, const char *caller_account, LfGroupState *out, GError **error)
{
  Candidates c;
  LfGroupKey own = *key;
  if (strcmp(key->account, "-") == 0 && caller_account != NULL)
    own.account = caller_account;
  if (!find_candidates(db, &own, &c, error))
    return FALSE;
  if (c.has_exact) {
    *out = c.exact;
    return TRUE;
  }
  if (c.has_unknown && caller_account != NULL && strcmp(own.account, caller_account) == 0) {
    *out = c.unknown;
    return set_account(db, c.unknown.row, own.account, error);
  }
  return insert_group(db, key, own.account, out, error);
}

gboolean
lf_state_open_group(LfState *state, const LfGroupKey *key, const char *caller_account, LfGroupState *out,
                    GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = lf_db_begin(state->db, error);
  if (ok)
    ok = lf_db_end(state->db, open_group_locked(state->db, key, caller_account, out, error), error);
  lf_db_unlock(state->db);
  return ok;
}

static gboolean
set_frontier_locked(LfDb *db, gint64 group_row, gint64 frontier_ms, GError **error)
{
  LfStmt *s = lf_db_prepare(db, "UPDATE groups SET frontier_ms = ?1, known_from_ms = ?1 WHERE id = ?2", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, frontier_ms);
  lf_stmt_bind_int(s, 2, group_row);
  return lf_stmt_run(s, error);
}

gboolean
lf_state_set_frontier(LfState *state, gint64 group_row, gint64 frontier_ms, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = set_frontier_locked(state->db, group_row, frontier_ms, error);
  lf_db_unlock(state->db);
  return ok;
}

static char *
agent_id_locked(LfDb *db, GError **error)
{
  gboolean row;
  char *id = NULL;
  LfStmt *s = lf_db_prepare(db, "SELECT value FROM meta WHERE key = 'agent_id'", error);
  if (s == NULL || !lf_stmt_step(s, &row, error))
    return NULL;
  if (row) {
    id = lf_slice_dup(lf_stmt_blob(s, 0));
    lf_stmt_reset(s);
    return id;
  }
  s = lf_db_prepare(db, "INSERT INTO meta VALUES ('agent_id', ?1)", error);
  if (s == NULL)
    return NULL;
  id = g_uuid_string_random();
  lf_stmt_bind_text(s, 1, id);
  if (!lf_stmt_run(s, error))
    g_clear_pointer(&id, g_free);
  return id;
}

char *
lf_state_agent_id(LfState *state, GError **error)
{
  lf_db_lock(state->db);
  char *id = agent_id_locked(state->db, error);
  lf_db_unlock(state->db);
  return id;
}

static gboolean
load_ids_locked(LfDb *db, gint64 group_row, gint64 from_ms, gint64 to_ms, LfIdSet *into, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(db, "SELECT ids FROM pages WHERE group_id = ?1 AND max_ms >= ?2 AND min_ms <= ?3", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, group_row);
  lf_stmt_bind_int(s, 2, from_ms);
  lf_stmt_bind_int(s, 3, to_ms);
  for (;;) {
    if (!lf_stmt_step(s, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    LfSlice ids = lf_stmt_blob(s, 0);
    for (gsize at = 0; at + sizeof(LfHash128) <= ids.len; at += sizeof(LfHash128)) {
      LfHash128 id;
      memcpy(&id, ids.p + at, sizeof id);
      lf_ids_add(into, id);
    }
  }
}

gboolean
lf_state_load_ids(LfState *state, gint64 group_row, gint64 from_ms, gint64 to_ms, LfIdSet *into, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = load_ids_locked(state->db, group_row, from_ms, to_ms, into, error);
  lf_db_unlock(state->db);
  return ok;
}

static gboolean
count_ids_locked(LfDb *db, gint64 group_row, LfIdsFn fn, void *data, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(db, "SELECT max_ms, length(ids) FROM pages WHERE group_id = ?1 ORDER BY max_ms", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, group_row);
  for (;;) {
    if (!lf_stmt_step(s, &row, error))
      return FALSE;
    if (!row)
      return TRUE;
    fn(lf_stmt_int(s, 0), (guint64)lf_stmt_int(s, 1) / sizeof(LfHash128), data);
  }
}

gboolean
lf_state_count_ids(LfState *state, gint64 group_row, LfIdsFn fn, void *data, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = count_ids_locked(state->db, group_row, fn, data, error);
  lf_db_unlock(state->db);
  return ok;
}

static gboolean
has_note_locked(LfDb *db, const char *note, gboolean *has, GError **error)
{
  LfStmt *s = lf_db_prepare(db, "SELECT 1 FROM meta WHERE key = ?1", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_text(s, 1, note);
  if (!lf_stmt_step(s, has, error))
    return FALSE;
  if (*has)
    lf_stmt_reset(s);
  return TRUE;
}

gboolean
lf_state_has_note(LfState *state, const char *note, gboolean *has, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = has_note_locked(state->db, note, has, error);
  lf_db_unlock(state->db);
  return ok;
}

gboolean
lf_state_set_note(LfState *state, const char *note, GError **error)
{
  lf_db_lock(state->db);
  LfStmt *s = lf_db_prepare(state->db, "INSERT OR IGNORE INTO meta VALUES (?1, 1)", error);
  if (s != NULL)
    lf_stmt_bind_text(s, 1, note);
  gboolean ok = s != NULL && lf_stmt_run(s, error);
  lf_db_unlock(state->db);
  return ok;
}

static gboolean
reset_group_locked(LfDb *db, const char *log_group, guint *n, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(db, "SELECT count(*) FROM groups WHERE log_group = ?1", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_text(s, 1, log_group);
  if (!lf_stmt_step(s, &row, error))
    return FALSE;
  *n = (guint)lf_stmt_int(s, 0);
  lf_stmt_reset(s);
  s = lf_db_prepare(db, "DELETE FROM groups WHERE log_group = ?1", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_text(s, 1, log_group);
  if (!lf_stmt_run(s, error))
    return FALSE;
  return lf_db_exec(db, "DELETE FROM meta WHERE key LIKE '" LF_STATE_LISTED "%'", error); /* it is not new then */
}

gboolean
lf_state_reset_group(LfState *state, const char *log_group, guint *n, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = lf_db_begin(state->db, error);
  if (ok)
    ok = lf_db_end(state->db, reset_group_locked(state->db, log_group, n, error), error);
  lf_db_unlock(state->db);
  return ok;
}
