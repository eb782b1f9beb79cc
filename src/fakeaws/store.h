/* What the server holds: log groups, their streams and events, in memory. */
#ifndef LF_FAKEAWS_STORE_H
#define LF_FAKEAWS_STORE_H

#include "base/arena.h"
#include "fakeaws/fakeaws.h"

/* An event of a group. `seq` counts all events of the server in the order they were put. */
typedef struct {
  gint64 timestamp_ms;
  gint64 ingestion_ms;
  guint64 seq;
  const char *message;
  guint32 len;
  guint32 stream; /* index in the group's `streams` */
} LfFakeEvent;

typedef struct {
  char *name;
  guint32 index;
  gint64 created_ms;
  gint64 first_ms; /* valid where `events` > 0, as are the next two */
  gint64 last_ms;
  gint64 last_ingestion_ms;
  guint64 events;
} LfFakeStream;

/* `streams` in the order they were made, `streams_by_name` in that of their names' bytes. The first `sorted` events are
 * in the order of (timestamp, seq), those behind them came later and are sorted in when somebody reads. */
typedef struct {
  char *name;
  const char *account; /* the store's */
  const char *class;   /* its log class: static, "STANDARD" where nothing was asked for */
  gint64 created_ms;
  GPtrArray *streams;
  GPtrArray *streams_by_name;
  LfFakeEvent *events;
  gsize n_events;
  gsize cap;
  gsize sorted;
  guint64 stored_bytes;
  LfArena *messages;
} LfFakeGroup;

/* What one account holds. `groups` in the order of their names' bytes. */
typedef struct {
  char *account;
  GPtrArray *groups;
  guint64 *next_seq; /* shared by all accounts, so that event ids are unique among them */
} LfFakeStore;

/* Everything here wants the server's lock held. What is returned is (transfer none) and lives until its group is
 * deleted. */

/* An empty store. `next_seq` is borrowed. Returns: (transfer full): free with lf_fake_store_free. */
LfFakeStore *lf_fake_store_new(const char *account, guint64 *next_seq);

/* Frees the store with all it holds. NULL is allowed. */
void lf_fake_store_free(LfFakeStore *store);

/* The group of that name. Returns: (nullable). */
LfFakeGroup *lf_fake_store_group(const LfFakeStore *store, LfSlice name);

/* The index in `groups` of the first name that is not below `name`. */
guint lf_fake_store_group_from(const LfFakeStore *store, LfSlice name);

/* Adds a group; there must be none of that name. */
LfFakeGroup *lf_fake_store_add_group(LfFakeStore *store, LfSlice name, gint64 now_ms);

/* Removes the group with its streams and events. */
void lf_fake_store_remove_group(LfFakeStore *store, LfFakeGroup *group);

/* The stream of that name. Returns: (nullable). */
LfFakeStream *lf_fake_group_stream(const LfFakeGroup *group, LfSlice name);

/* The index in `streams_by_name` of the first name that is not below `name`. */
guint lf_fake_group_stream_from(const LfFakeGroup *group, LfSlice name);

/* Adds a stream; there must be none of that name. */
LfFakeStream *lf_fake_group_add_stream(LfFakeGroup *group, LfSlice name, gint64 now_ms);

/* Puts an event; the message is copied. */
void lf_fake_store_put(LfFakeStore *store, LfFakeGroup *group, LfFakeStream *stream, gint64 timestamp_ms, gint64 now_ms,
                       LfSlice message);

/* Brings the group's events into order: before `events` is read. */
void lf_fake_group_sort(LfFakeGroup *group);

/* The index of the first event that is not below (timestamp, seq), by binary search. */
gsize lf_fake_group_from(const LfFakeGroup *group, gint64 timestamp_ms, guint64 seq);

/* Room for an event id with its NUL: 56 decimal digits. */
enum { LF_FAKE_ID_TEXT = 57 };

/* The event's id: unique in the store, and in the order of (timestamp, seq). */
void lf_fake_event_id(gint64 timestamp_ms, guint64 seq, char out[LF_FAKE_ID_TEXT]);

/* The inverse of lf_fake_event_id. Returns: FALSE where it is none. */
gboolean lf_fake_event_id_parse(LfSlice id, gint64 *timestamp_ms, guint64 *seq);

#endif
