/* Acknowledgements become state: pages, frontiers, dead letters and the output's position in one transaction. */
#include "state/state_internal.h"

static gboolean
add_page(LfDb *db, const LfTicket *t, GError **error)
{
  if (t->n_ids == 0)
    return TRUE;
  LfStmt *s = lf_db_prepare(db, "INSERT INTO pages (group_id, min_ms, max_ms, ids) VALUES (?1, ?2, ?3, ?4)", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, t->group_row);
  lf_stmt_bind_int(s, 2, t->min_ms);
  lf_stmt_bind_int(s, 3, t->max_ms);
  lf_stmt_bind_blob(s, 4, t->ids, t->n_ids * sizeof(LfHash128));
  return lf_stmt_run(s, error);
}

/* The window was read to its end: the frontier moves, and ids that no later reading can meet are forgotten. */
static gboolean
move_frontier(LfDb *db, const LfTicket *t, GError **error)
{
  LfStmt *s = lf_db_prepare(db, "UPDATE groups SET frontier_ms = ?1, known_from_ms = ?2 WHERE id = ?3", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, t->frontier_ms);
  lf_stmt_bind_int(s, 2, t->known_from_ms);
  lf_stmt_bind_int(s, 3, t->group_row);
  if (!lf_stmt_run(s, error))
    return FALSE;
  s = lf_db_prepare(db, "DELETE FROM pages WHERE group_id = ?1 AND max_ms < ?2", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, t->group_row);
  lf_stmt_bind_int(s, 2, t->known_from_ms);
  return lf_stmt_run(s, error);
}

static gboolean
commit_ticket(LfState *state, const LfTicket *t, const char *output, gint64 now_ms, GError **error)
{
  LfDb *db = state->db;
  gboolean closes = t->frontier_ms != G_MININT64;
  if (!lf_state_dead_commit(state, t, output, now_ms, error))
    return FALSE;
  if (!(closes && t->max_ms < t->known_from_ms) && !add_page(db, t, error))
    return FALSE;
  return !closes || move_frontier(db, t, error);
}

static gboolean
set_position(LfDb *db, const char *output, LfSlice position, GError **error)
{
  LfStmt *s = lf_db_prepare(db,
                            "INSERT INTO positions VALUES (?1, ?2)"
                            " ON CONFLICT (output) DO UPDATE SET position = excluded.position",
                            error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_text(s, 1, output);
  lf_stmt_bind_blob(s, 2, position.p, position.len);
  return lf_stmt_run(s, error);
}

static gboolean
commit_locked(LfState *state, LfTicket *const *tickets, guint n, const char *output, LfSlice position, gint64 now_ms,
              GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!commit_ticket(state, tickets[i], output, now_ms, error))
      return FALSE;
  return position.len == 0 || set_position(state->db, output, position, error);
}

gboolean
lf_state_commit(LfState *state, LfTicket *const *tickets, guint n, const char *output, LfSlice position, gint64 now_ms,
                gboolean durable, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = (!durable || lf_db_exec(state->db, "PRAGMA synchronous=FULL", error)) && lf_db_begin(state->db, error);
  if (ok)
    ok = lf_db_end(state->db, commit_locked(state, tickets, n, output, position, now_ms, error), error);
  lf_state_dead_committed(state, ok);
  if (durable)
    (void)lf_db_exec(state->db, "PRAGMA synchronous=NORMAL", NULL); /* where it fails, commits stay slower, no more */
  lf_db_unlock(state->db);
  return ok;
}

static gboolean
position_locked(LfDb *db, const char *output, LfBuf *position, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(db, "SELECT position FROM positions WHERE output = ?1", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_text(s, 1, output);
  if (!lf_stmt_step(s, &row, error))
    return FALSE;
  if (row)
    lf_buf_append_slice(position, lf_stmt_blob(s, 0));
  lf_stmt_reset(s);
  return TRUE;
}

gboolean
lf_state_position(LfState *state, const char *output, LfBuf *position, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = position_locked(state->db, output, position, error);
  lf_db_unlock(state->db);
  return ok;
}
