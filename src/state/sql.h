/* The schema of the state. A change of it raises SCHEMA_VERSION and adds its step to state.c. */
#ifndef LF_STATE_SQL_H
#define LF_STATE_SQL_H

enum { LF_STATE_SCHEMA = 2 };

/* Ids of dead letters are never used again: a person's `drop 7` means what he saw as 7. What is read of many rows stands
 * before the texts. */
#define LF_STATE_DEAD_SQL                                                                                              \
  "CREATE TABLE dead_letters ("                                                                                        \
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, output TEXT NOT NULL, log_group TEXT NOT NULL,"     \
  "  replay INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL,"                                                       \
  "  event_id TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, event TEXT NOT NULL);"                        \
  "CREATE INDEX dead_letters_marked ON dead_letters (id) WHERE replay = 1;"

/* groups: one row a log group and filter. `account` is '-' until it is known. All events before `frontier_ms` have been
 * acknowledged; NULL: nothing yet. The ids of all events from `known_from_ms` on are in `pages`.
 * pages: one row an acknowledged batch: the 128-bit SipHash of each event id, and the range of the events' times. Kept
 * until they are older than known_from_ms.
 * positions: where an output is, as the output itself wrote it.
 * dead_letters: events that could not be delivered. `source` (JSON) is what they need beside their document to be delivered
 * after all, `bytes` what the row weighs, `replay` 1 where somebody has asked for that. */
#define LF_STATE_SCHEMA_SQL                                                                                            \
  "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"                                       \
  "CREATE TABLE groups ("                                                                                              \
  "  id INTEGER PRIMARY KEY,"                                                                                          \
  "  endpoint TEXT NOT NULL, region TEXT NOT NULL, log_group TEXT NOT NULL, account TEXT NOT NULL,"                    \
  "  stream_filter TEXT NOT NULL, filter_pattern TEXT NOT NULL,"                                                       \
  "  frontier_ms INTEGER, known_from_ms INTEGER,"                                                                      \
  "  UNIQUE (endpoint, region, log_group, account, stream_filter, filter_pattern));"                                   \
  "CREATE TABLE pages ("                                                                                               \
  "  id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,"                      \
  "  min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL, ids BLOB NOT NULL);"                                            \
  "CREATE INDEX pages_by_group ON pages (group_id, max_ms);"                                                           \
  "CREATE TABLE positions (output TEXT PRIMARY KEY, position BLOB NOT NULL) WITHOUT ROWID;" LF_STATE_DEAD_SQL

/* From schema 1, which kept ids only up to the frontier and the bounds of the open window: below the frontier nothing is
 * known. */
#define LF_STATE_FROM_1_SQL                                                                                                \
  "ALTER TABLE groups ADD COLUMN known_from_ms INTEGER;"                                                                   \
  "UPDATE groups SET known_from_ms = frontier_ms;"                                                                         \
  "ALTER TABLE groups DROP COLUMN window_start_ms;"                                                                        \
  "ALTER TABLE groups DROP COLUMN window_end_ms;"                                                                          \
  "ALTER TABLE dead_letters RENAME TO dead_letters_1;" LF_STATE_DEAD_SQL                                                   \
  "INSERT INTO dead_letters (id, at_ms, output, log_group, bytes, event_id, reason, source, event)"                        \
  "  SELECT d.id, d.at_ms, d.output, ifnull(g.log_group, '-'), length(CAST(d.event AS BLOB)), d.event_id, d.reason, '{}'," \
  "  d.event FROM dead_letters_1 d LEFT JOIN groups g ON g.id = d.group_id ORDER BY d.id;"                                 \
  "DROP TABLE dead_letters_1;"

#endif
