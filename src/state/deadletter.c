/* Dead letters in the state: adding, bounding, listing, marking, dropping. */
#include "state/deadletter.h"

#include "base/log.h"
#include "state/state_internal.h"
#include "value/json_write.h"

enum { TRIM_TO_PERCENT = 90 }; /* so that not each one more sets off the deleting */

#define COLUMNS "id, at_ms, log_group, output, event_id, reason, replay, bytes"
enum { AT_BYTES = 7 }; /* where the last of them stands */
#define WHERE                                                                                                          \
  " WHERE (?1 IS NULL OR log_group = ?1) AND (?2 IS NULL OR output = ?2) AND (?3 = 0 OR id = ?3) AND id > ?4"          \
  " AND (?5 = 0 OR replay = 1)"

static void
append_text(LfBuf *out, const char *name, const char *text)
{
  if (text == NULL)
    return;
  lf_buf_append_char(out, out->len > 0 ? ',' : '{');
  lf_json_write_string(out, lf_slice_str(name));
  lf_buf_append_char(out, ':');
  lf_json_write_string(out, lf_slice_str(text));
}

char *
lf_dead_source_json(const LfSource *source, const char *event_index)
{
  LfBuf out = {0};
  static const LfSource none;
  if (source == NULL)
    source = &none;
  append_text(&out, "beat", source->beat);
  append_text(&out, "version", source->version);
  append_text(&out, "type", source->type);
  append_text(&out, "pipeline", source->pipeline_id);
  append_text(&out, "index", source->index);
  append_text(&out, "input", source->input_id);
  append_text(&out, "event_index", event_index);
  lf_buf_append_str(&out, out.len > 0 ? "}" : "{}");
  return lf_buf_steal(&out);
}

/* Adding: part of a commit */

static gboolean
insert(LfDb *db, const LfTicket *t, const LfDead *dead, const char *output, gint64 now_ms, const char *source,
       gint64 bytes, GError **error)
{
  LfStmt *s =
      lf_db_prepare(db,
                    "INSERT INTO dead_letters (at_ms, output, log_group, bytes, event_id, reason, source, event)"
                    " VALUES (?1, ?2, ifnull((SELECT log_group FROM groups WHERE id = ?3), '-'), ?4, ?5, ?6, ?7,"
                    " ?8)",
                    error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, now_ms);
  lf_stmt_bind_text(s, 2, output);
  lf_stmt_bind_int(s, 3, t->group_row);
  lf_stmt_bind_int(s, 4, bytes);
  lf_stmt_bind_text(s, 5, dead->id);
  lf_stmt_bind_text(s, 6, dead->reason);
  lf_stmt_bind_text(s, 7, source);
  lf_stmt_bind_text(s, 8, dead->json);
  return lf_stmt_run(s, error);
}

static gboolean
add_one(LfState *state, const LfTicket *t, const LfDead *dead, const char *output, gint64 now_ms, GError **error)
{
  g_autofree char *source = lf_dead_source_json(t->source, dead->index);
  gint64 bytes = (gint64)(strlen(dead->json) + strlen(source) + strlen(dead->reason) + strlen(dead->id));
  state->dead_rows++;
  state->dead_bytes += bytes;
  return insert(state->db, t, dead, output, now_ms, source, bytes, error);
}

/* What there is, counted anew: other processes drop some, and a commit may be rolled back. */
static gboolean
count(LfState *state, GError **error)
{
  gboolean row;
  LfStmt *s = lf_db_prepare(state->db, "SELECT count(*), total(bytes) FROM dead_letters", error);
  if (s == NULL || !lf_stmt_step(s, &row, error))
    return FALSE;
  state->dead_rows = row ? lf_stmt_int(s, 0) : 0;
  state->dead_bytes = row ? lf_stmt_int(s, 1) : 0;
  state->dead_counted = TRUE;
  lf_stmt_reset(s);
  return TRUE;
}

static gboolean
is_over(const LfState *state)
{
  return state->dead_rows > LF_DEAD_ROWS_MAX || state->dead_bytes > LF_DEAD_BYTES_MAX;
}

/* Up to which id the oldest have to go. */
static gboolean
find_cut(LfState *state, gint64 *cut, guint64 *n, GError **error)
{
  gint64 rows = state->dead_rows, bytes = state->dead_bytes;
  gboolean row = TRUE;
  LfStmt *s = lf_db_prepare(state->db, "SELECT id, bytes FROM dead_letters ORDER BY id", error);
  *cut = 0;
  *n = 0;
  if (s == NULL)
    return FALSE;
  while (row && (rows > (gint64)LF_DEAD_ROWS_MAX * TRIM_TO_PERCENT / 100 ||
                 bytes > LF_DEAD_BYTES_MAX * TRIM_TO_PERCENT / 100)) {
    if (!lf_stmt_step(s, &row, error))
      return FALSE;
    if (!row)
      break;
    *cut = lf_stmt_int(s, 0);
    bytes -= lf_stmt_int(s, 1);
    rows--;
    ++*n;
  }
  lf_stmt_reset(s);
  return TRUE;
}

static gboolean
trim(LfState *state, GError **error)
{
  gint64 cut;
  guint64 n;
  if (!count(state, error))
    return FALSE;
  if (!is_over(state))
    return TRUE;
  if (!find_cut(state, &cut, &n, error))
    return FALSE;
  LfStmt *s = lf_db_prepare(state->db, "DELETE FROM dead_letters WHERE id <= ?1", error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, cut);
  if (!lf_stmt_run(s, error) || !count(state, error))
    return FALSE;
  state->dead_lost_pending += n;
  return TRUE;
}

/* What came of a dead letter that was delivered again. */
static gboolean
end_replay(LfState *state, const LfTicket *t, const char *output, gint64 now_ms, GError **error)
{
  const LfDead *dead = t->dead != NULL && t->dead->len > 0 ? g_ptr_array_index(t->dead, 0) : NULL;
  LfStmt *s = dead == NULL ? lf_db_prepare(state->db, "DELETE FROM dead_letters WHERE id = ?1", error)
                           : lf_db_prepare(state->db,
                                           "UPDATE dead_letters SET replay = 0, at_ms = ?2, output = ?3, reason = ?4"
                                           " WHERE id = ?1",
                                           error);
  if (s == NULL)
    return FALSE;
  lf_stmt_bind_int(s, 1, t->dead_row);
  if (dead != NULL) {
    lf_stmt_bind_int(s, 2, now_ms);
    lf_stmt_bind_text(s, 3, output);
    lf_stmt_bind_text(s, 4, dead->reason);
  }
  return lf_stmt_run(s, error);
}

gboolean
lf_state_dead_commit(LfState *state, const LfTicket *t, const char *output, gint64 now_ms, GError **error)
{
  if (t->dead_row != 0)
    return end_replay(state, t, output, now_ms, error);
  if (t->dead == NULL || t->dead->len == 0)
    return TRUE;
  if (!state->dead_counted && !count(state, error))
    return FALSE;
  for (guint i = 0; i < t->dead->len; i++)
    if (!add_one(state, t, g_ptr_array_index(t->dead, i), output, now_ms, error))
      return FALSE;
  return !is_over(state) || trim(state, error);
}

void
lf_state_dead_committed(LfState *state, gboolean ok)
{
  guint64 lost = ok ? state->dead_lost_pending : 0;
  state->dead_lost_pending = 0;
  state->dead_counted = state->dead_counted && ok;
  if (lost == 0)
    return;
  atomic_fetch_add(&state->dead_lost, lost);
  lf_log_warning("state",
                 "there are more than %d dead letters or %d MB of them: the oldest %" G_GUINT64_FORMAT
                 " were deleted (`logferry deadletter` lists them, delivers them again and drops them)",
                 LF_DEAD_ROWS_MAX, (int)(LF_DEAD_BYTES_MAX / 1024 / 1024), lost);
}

guint64
lf_state_dead_lost(LfState *state)
{
  return atomic_load(&state->dead_lost);
}

/* Looking and changing */

static void
letter_free(gpointer data)
{
  LfDeadLetter *letter = data;
  char *const texts[] = {letter->log_group, letter->output, letter->event_id,
                         letter->reason,    letter->source, letter->event};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free(texts[i]);
  g_free(letter);
}

static void
bind_filter(LfStmt *s, const LfDeadFilter *f)
{
  if (f->log_group != NULL)
    lf_stmt_bind_text(s, 1, f->log_group);
  if (f->output != NULL)
    lf_stmt_bind_text(s, 2, f->output);
  lf_stmt_bind_int(s, 3, f->id);
  lf_stmt_bind_int(s, 4, f->after_id);
  lf_stmt_bind_int(s, 5, f->marked);
}

static LfDeadLetter *
read_letter(LfStmt *s, gboolean whole)
{
  LfDeadLetter *letter = g_new0(LfDeadLetter, 1);
  letter->id = lf_stmt_int(s, 0);
  letter->at_ms = lf_stmt_int(s, 1);
  letter->log_group = lf_slice_dup(lf_stmt_blob(s, 2));
  letter->output = lf_slice_dup(lf_stmt_blob(s, 3));
  letter->event_id = lf_slice_dup(lf_stmt_blob(s, 4));
  letter->reason = lf_slice_dup(lf_stmt_blob(s, 5));
  letter->marked = lf_stmt_int(s, 6) != 0;
  letter->bytes = lf_stmt_int(s, AT_BYTES);
  letter->source = whole ? lf_slice_dup(lf_stmt_blob(s, 8)) : NULL;
  letter->event = whole ? lf_slice_dup(lf_stmt_blob(s, 9)) : NULL;
  return letter;
}

static LfStmt *
prepare_list(LfDb *db, const LfDeadFilter *filter, gboolean whole, GError **error)
{
  if (filter->marked) /* by its index: a running process asks often */
    return lf_db_prepare(db,
                         "SELECT " COLUMNS ", source, event FROM dead_letters INDEXED BY dead_letters_marked" WHERE
                         " AND replay = 1 ORDER BY id LIMIT ?6",
                         error);
  return whole ? lf_db_prepare(db, "SELECT " COLUMNS ", source, event FROM dead_letters" WHERE " ORDER BY id LIMIT ?6",
                               error)
               : lf_db_prepare(db, "SELECT " COLUMNS " FROM dead_letters" WHERE " ORDER BY id LIMIT ?6", error);
}

GPtrArray *
lf_state_dead_list(LfState *state, const LfDeadFilter *filter, guint limit, gboolean whole, GError **error)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(letter_free);
  lf_db_lock(state->db);
  LfStmt *s = prepare_list(state->db, filter, whole, error);
  gboolean row = s != NULL, ok = row;
  if (ok) {
    bind_filter(s, filter);
    lf_stmt_bind_int(s, 6, limit);
  }
  for (gint64 bytes = 0; ok && row;) {
    ok = lf_stmt_step(s, &row, error);
    if (!ok || !row)
      break;
    bytes += lf_stmt_int(s, AT_BYTES);
    if (filter->max_bytes > 0 && bytes > filter->max_bytes && all->len > 0)
      break;
    g_ptr_array_add(all, read_letter(s, whole));
  }
  if (ok)
    lf_stmt_reset(s);
  lf_db_unlock(state->db);
  return ok ? g_steal_pointer(&all) : NULL;
}

/* Runs a statement on all that the filter lets through, in a transaction. */
static gboolean
change(LfState *state, const char *sql, const LfDeadFilter *filter, guint64 *n, GError **error)
{
  lf_db_lock(state->db);
  gboolean ok = lf_db_begin(state->db, error);
  if (ok) {
    LfStmt *s = lf_db_prepare(state->db, sql, error);
    if (s != NULL)
      bind_filter(s, filter);
    ok = s != NULL && lf_stmt_run(s, error);
    *n = ok ? lf_db_changes(state->db) : 0;
    ok = lf_db_end(state->db, ok, error);
  }
  state->dead_counted = FALSE;
  lf_db_unlock(state->db);
  return ok;
}

gboolean
lf_state_dead_mark(LfState *state, const LfDeadFilter *filter, guint64 *n, GError **error)
{
  return change(state, "UPDATE dead_letters SET replay = 1" WHERE " AND replay = 0", filter, n, error);
}

gboolean
lf_state_dead_drop(LfState *state, const LfDeadFilter *filter, guint64 *n, GError **error)
{
  return change(state, "DELETE FROM dead_letters" WHERE, filter, n, error);
}

gboolean
lf_state_dead_fail(LfState *state, gint64 id, const char *reason, GError **error)
{
  lf_db_lock(state->db);
  LfStmt *s = lf_db_prepare(state->db, "UPDATE dead_letters SET replay = 0, reason = ?2 WHERE id = ?1", error);
  if (s != NULL) {
    lf_stmt_bind_int(s, 1, id);
    lf_stmt_bind_text(s, 2, reason);
  }
  gboolean ok = s != NULL && lf_stmt_run(s, error);
  lf_db_unlock(state->db);
  return ok;
}
