/* The sqlite database: opening, statements, transactions. The one place that includes sqlite3.h. */
#ifndef LF_STATE_DB_H
#define LF_STATE_DB_H

#include "base/slice.h"

typedef struct LfDb LfDb;
typedef struct LfStmt LfStmt;

#define LF_DB_ERROR (lf_db_error_quark())
GQuark lf_db_error_quark(void);

typedef enum {
  LF_DB_ERROR_FAILED, /* sqlite said no; the text has what and why */
  LF_DB_ERROR_SCHEMA, /* the file is of a newer version of the program, or none of ours */
} LfDbError;

/* Opens (and makes) the database at `path`, ":memory:" for one in memory, with WAL and synchronous=NORMAL; on a network
 * file system with locking_mode=EXCLUSIVE, which needs no shared memory. One LfDb may be used by several threads that
 * hold lf_db_lock. Returns: (transfer full): lf_db_close. */
LfDb *lf_db_open(const char *path, GError **error);

/* The library's version, for `version`. (transfer none) */
const char *lf_db_library(void);

/* Closes; NULL is allowed. */
void lf_db_close(LfDb *db);

/* The lock that all who use one LfDb from several threads hold meanwhile. */
void lf_db_lock(LfDb *db);
void lf_db_unlock(LfDb *db);

/* Runs statements that give no rows. */
gboolean lf_db_exec(LfDb *db, const char *sql, GError **error);

/* A transaction: begin takes the write lock at once; end commits where `ok`, else rolls back (and returns FALSE). */
gboolean lf_db_begin(LfDb *db, GError **error);
gboolean lf_db_end(LfDb *db, gboolean ok, GError **error);

/* The prepared statement of an SQL literal, compiled once and kept; reset and without bindings.
 * Returns: (transfer none) (nullable): NULL with an error. */
LfStmt *lf_db_prepare(LfDb *db, const char *sql, GError **error);

/* Binds the i-th parameter, from 1. Text and blobs must live until the statement is stepped to its end. */
void lf_stmt_bind_int(LfStmt *stmt, int i, gint64 value);
void lf_stmt_bind_text(LfStmt *stmt, int i, const char *text);
void lf_stmt_bind_blob(LfStmt *stmt, int i, const void *bytes, gsize len);

/* Steps to the next row; `*row` says whether there is one. After the last the statement is reset. */
gboolean lf_stmt_step(LfStmt *stmt, gboolean *row, GError **error);

/* Steps a statement that gives no rows to its end. */
gboolean lf_stmt_run(LfStmt *stmt, GError **error);

/* Columns of the row, from 0. Slices are borrowed until the next step. */
gint64 lf_stmt_int(LfStmt *stmt, int column);
LfSlice lf_stmt_blob(LfStmt *stmt, int column);

/* Ends a statement whose rows were not all taken. */
void lf_stmt_reset(LfStmt *stmt);

/* How many rows the last statement has changed. */
guint64 lf_db_changes(LfDb *db);

/* The row id of the last insert. */
gint64 lf_db_last_insert(LfDb *db);

#endif
