/* What survives the process: how far each log group was read, which ids are known, where the output is. */
#ifndef LF_STATE_STATE_H
#define LF_STATE_STATE_H

#include "base/buf.h"
#include "base/clock.h"
#include "state/ids.h"
#include "value/batch.h"

typedef struct LfState LfState;

/* Opens the state file (NULL: in memory), makes or checks its schema. Functions on it may be called by any thread.
 * Returns: (transfer full): lf_state_close; NULL with LF_DB_ERROR. */
LfState *lf_state_open(const char *path, GError **error);

/* Closes; NULL is allowed. */
void lf_state_close(LfState *state);

/* The key of the hashes of event ids: random, made with the file. */
LfHashKey lf_state_hash_key(const LfState *state);

/* What makes a log group's position its own. Texts that are not there are "" ; `account` is "-" where unknown. */
typedef struct {
  const char *endpoint;
  const char *region;
  const char *log_group;
  const char *account;
  const char *stream_filter;
  const char *filter_pattern;
} LfGroupKey;

/* A group as the state knows it. */
typedef struct {
  gint64 row;
  gboolean has_frontier;
  gint64 frontier_ms;   /* all events before it are acknowledged */
  gint64 known_from_ms; /* the ids of all acknowledged events from here on are kept; at most the frontier */
} LfGroupState;

typedef enum {
  LF_GROUP_FOUND,  /* `out` is filled */
  LF_GROUP_NEW,    /* nothing is known */
  LF_GROUP_UNSURE, /* a row of the same name exists whose account may or may not be this one: ask who the caller is */
} LfGroupLookup;

/* Looks a group up without changing anything. Returns: FALSE with an error. */
gboolean lf_state_find_group(LfState *state, const LfGroupKey *key, LfGroupLookup *lookup, LfGroupState *out,
                             GError **error);

/* The group's row, made where there is none. Where `caller_account` (nullable) equals the key's account, or the key's
 * account is unknown, a row whose account was unknown is taken over and gets it. */
gboolean lf_state_open_group(LfState *state, const LfGroupKey *key, const char *caller_account, LfGroupState *out,
                             GError **error);

/* Sets where a group is read from, before its first event: what comes later is not lost if the process ends at once.
 * Nothing is known of what is before. */
gboolean lf_state_set_frontier(LfState *state, gint64 group_row, gint64 frontier_ms, GError **error);

/* The id of this installation (`agent.id`), a random UUID made with the state. Returns: (transfer full): g_free. */
char *lf_state_agent_id(LfState *state, GError **error);

/* Adds the ids of the group's acknowledged events from `from_ms` to `to_ms` (inclusive; and of some beside them) to the
 * set. */
gboolean lf_state_load_ids(LfState *state, gint64 group_row, gint64 from_ms, gint64 to_ms, LfIdSet *into,
                           GError **error);

/* So many ids of events up to `max_ms`. */
typedef void (*LfIdsFn)(gint64 max_ms, guint64 n, void *data);

/* Calls `fn` for the ids that the group keeps, the oldest first; with the state's lock held. */
gboolean lf_state_count_ids(LfState *state, gint64 group_row, LfIdsFn fn, void *data, GError **error);

/* Notes are texts that are there or not. Those that begin with LF_STATE_LISTED say which prefixes have been listed: what is
 * not known of them since is new. lf_state_reset_group forgets these. */
#define LF_STATE_LISTED "listed "

/* Whether the note is there. */
gboolean lf_state_has_note(LfState *state, const char *note, gboolean *has, GError **error);

/* Writes a note. */
gboolean lf_state_set_note(LfState *state, const char *note, GError **error);

/* Forgets how far the groups of that name were read (the name, or the name in an ARN). `*n`: how many there were. */
gboolean lf_state_reset_group(LfState *state, const char *log_group, guint *n, GError **error);

/* Writes acknowledgements down: the tickets (each group's in sequence), what is dead, and the output's position, in one
 * transaction. `position` may be empty: then it stays. `durable`: it must survive a power cut from now on, not only the end
 * of the process. */
gboolean lf_state_commit(LfState *state, LfTicket *const *tickets, guint n, const char *output, LfSlice position,
                         gint64 now_ms, gboolean durable, GError **error);

/* The position that the output last wrote; empty where there is none. */
gboolean lf_state_position(LfState *state, const char *output, LfBuf *position, GError **error);

/* The lock that says which process reads on with this state. */
typedef struct LfStateLock LfStateLock;

/* Takes the lock at `path`; waits up to `wait_ms` for another process to let go, or until `stopped` (nullable) is TRUE.
 * Returns: (transfer full): lf_state_unlock; NULL with G_FILE_ERROR, which names the other process where it can. */
LfStateLock *lf_state_lock(const char *path, gint64 wait_ms, gboolean (*stopped)(void), GError **error);

/* Lets go; NULL is allowed. */
void lf_state_unlock(LfStateLock *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfState, lf_state_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfStateLock, lf_state_unlock)

#endif
