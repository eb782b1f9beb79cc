/* The sqlite database: opening, statements, transactions. */
#include "state/db.h"

#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/vfs.h>
#include <unistd.h>

struct LfStmt {
  sqlite3_stmt *stmt;
  LfDb *db;
};

struct LfDb {
  sqlite3 *db;
  char *path;
  pthread_mutex_t lock;
  GHashTable *statements; /* by the literal's address */
};

G_DEFINE_QUARK(lf_db_error_quark, lf_db_error)

/* f_type of statfs(2) for file systems without shared memory between machines: NFS (EFS is one), SMB, CIFS, 9P, FUSE. */
static gboolean
is_network_fs(const char *path)
{
  struct statfs fs;
  g_autofree char *dir = g_path_get_dirname(path);
  if (statfs(dir, &fs) != 0)
    return FALSE;
  switch ((guint32)fs.f_type) {
  case 0x6969:
  case 0x517b:
  case 0xff534d42:
  case 0xfe534d42:
  case 0x01021997:
  case 0x65735546:
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
db_error(LfDb *db, GError **error, const char *what)
{
  g_set_error(error, LF_DB_ERROR, LF_DB_ERROR_FAILED, "%s: %s: %s", db->path, what, sqlite3_errmsg(db->db));
  return FALSE;
}

static void
stmt_free(gpointer data)
{
  LfStmt *stmt = data;
  sqlite3_finalize(stmt->stmt);
  g_free(stmt);
}

LfDb *
lf_db_open(const char *path, GError **error)
{
  LfDb *db = g_new0(LfDb, 1);
  db->path = g_strdup(path);
  pthread_mutex_init(&db->lock, NULL);
  db->statements = g_hash_table_new_full(NULL, NULL, NULL, stmt_free);
  int fd = strcmp(path, ":memory:") != 0 ? open(path, O_CREAT | O_CLOEXEC | O_RDWR, 0600) : -1;
  if (fd >= 0) /* made here, since sqlite would make it readable for all: it may hold undelivered events */
    close(fd);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  gboolean ok = sqlite3_open_v2(path, &db->db, flags, NULL) == SQLITE_OK || db_error(db, error, "cannot be opened");
  if (ok) {
    sqlite3_busy_timeout(db->db, 10000);
    if (is_network_fs(path)) {
      lf_log_info("state", "%s is on a network file system: the state is opened for this process alone", path);
      ok = lf_db_exec(db, "PRAGMA locking_mode=EXCLUSIVE", error);
    }
    ok = ok && lf_db_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-512", error);
  }
  if (!ok)
    g_clear_pointer(&db, lf_db_close);
  return db;
}

void
lf_db_close(LfDb *db)
{
  if (db == NULL)
    return;
  g_hash_table_unref(db->statements);
  sqlite3_close(db->db);
  pthread_mutex_destroy(&db->lock);
  g_free(db->path);
  g_free(db);
}

void
lf_db_lock(LfDb *db)
{
  pthread_mutex_lock(&db->lock);
}

void
lf_db_unlock(LfDb *db)
{
  pthread_mutex_unlock(&db->lock);
}

gboolean
lf_db_exec(LfDb *db, const char *sql, GError **error)
{
  return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK || db_error(db, error, "the state failed");
}

gboolean
lf_db_begin(LfDb *db, GError **error)
{
  return lf_db_exec(db, "BEGIN IMMEDIATE", error);
}

gboolean
lf_db_end(LfDb *db, gboolean ok, GError **error)
{
  if (ok && lf_db_exec(db, "COMMIT", error))
    return TRUE;
  if (!sqlite3_get_autocommit(db->db))
    sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

LfStmt *
lf_db_prepare(LfDb *db, const char *sql, GError **error)
{
  LfStmt *stmt = g_hash_table_lookup(db->statements, sql);
  if (stmt == NULL) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v3(db->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK) {
      db_error(db, error, "a statement could not be prepared");
      return NULL;
    }
    stmt = g_new(LfStmt, 1);
    *stmt = (LfStmt){s, db};
    g_hash_table_insert(db->statements, (gpointer)sql, stmt);
  }
  lf_stmt_reset(stmt);
  return stmt;
}

void
lf_stmt_bind_int(LfStmt *stmt, int i, gint64 value)
{
  g_assert(sqlite3_bind_int64(stmt->stmt, i, value) == SQLITE_OK);
}

void
lf_stmt_bind_text(LfStmt *stmt, int i, const char *text)
{
  g_assert(sqlite3_bind_text(stmt->stmt, i, text, -1, SQLITE_STATIC) == SQLITE_OK);
}

void
lf_stmt_bind_blob(LfStmt *stmt, int i, const void *bytes, gsize len)
{
  g_assert(sqlite3_bind_blob64(stmt->stmt, i, bytes != NULL ? bytes : "", len, SQLITE_STATIC) == SQLITE_OK);
}

gboolean
lf_stmt_step(LfStmt *stmt, gboolean *row, GError **error)
{
  int rc = sqlite3_step(stmt->stmt);
  *row = rc == SQLITE_ROW;
  if (rc == SQLITE_ROW)
    return TRUE;
  gboolean ok = rc == SQLITE_DONE || db_error(stmt->db, error, "the state failed");
  sqlite3_reset(stmt->stmt);
  return ok;
}

gboolean
lf_stmt_run(LfStmt *stmt, GError **error)
{
  gboolean row;
  if (!lf_stmt_step(stmt, &row, error))
    return FALSE;
  lf_stmt_reset(stmt);
  return TRUE;
}

gint64
lf_stmt_int(LfStmt *stmt, int column)
{
  return sqlite3_column_int64(stmt->stmt, column);
}

LfSlice
lf_stmt_blob(LfStmt *stmt, int column)
{
  const char *p = sqlite3_column_blob(stmt->stmt, column);
  return lf_slice(p, (gsize)sqlite3_column_bytes(stmt->stmt, column));
}

void
lf_stmt_reset(LfStmt *stmt)
{
  sqlite3_reset(stmt->stmt);
  sqlite3_clear_bindings(stmt->stmt);
}

guint64
lf_db_changes(LfDb *db)
{
  return (guint64)sqlite3_changes(db->db);
}

gint64
lf_db_last_insert(LfDb *db)
{
  return sqlite3_last_insert_rowid(db->db);
}

const char *
lf_db_library(void)
{
  return sqlite3_libversion();
}
