/* Requests to CloudWatch Logs, and their answers, as values: no I/O. */
#ifndef LF_AWS_LOGS_H
#define LF_AWS_LOGS_H

#include "base/buf.h"
#include "value/value.h"

/* CloudWatch Logs' own bounds (API reference, FilterLogEvents): stream names a request, bytes an answer may have here
 * (a page is at most 1 MiB of messages; JSON escapes can make each byte six). */
enum { LF_LOGS_STREAMS_MAX = 100, LF_LOGS_ANSWER_MAX = 16 * 1024 * 1024 };

/* A FilterLogEvents request. Empty strings and NULL are left out; times are ms, both inclusive. */
typedef struct {
  const char *log_group; /* a name, or an ARN where by_identifier */
  gboolean by_identifier;
  const char *const *streams;
  guint n_streams;
  const char *stream_prefix;
  const char *pattern;
  gint64 start_ms;
  gint64 end_ms;
  LfSlice token;
  guint limit; /* 0: the API's own */
} LfLogsFilter;

/* Appends the request's JSON (interleaved: true). */
void lf_logs_filter_request(const LfLogsFilter *filter, LfBuf *out);

/* An event of an answer, borrowed from it. Its id and stream are unescaped; its message is as LfValue's flags say. One
 * without id, time or message is `malformed`: `message` is all of its JSON text then, and the rest means nothing. */
typedef struct {
  const char *id;
  const char *stream; /* equal names are nearly always one pointer */
  const char *message;
  gint64 timestamp_ms;
  gint64 ingestion_ms; /* timestamp_ms where the event has none */
  guint32 id_len;
  guint32 stream_len;
  guint32 message_len;
  guint8 id_flags; /* LF_VALUE_PLAIN: needs no look before it is written */
  guint8 stream_flags;
  guint8 message_flags;
  guint8 malformed;
} LfLogsEvent;

/* An answer of FilterLogEvents: its events in their order, `token` empty for none (absent or null). */
typedef struct {
  LfLogsEvent *events;
  guint n_events;
  LfSlice token;
} LfLogsPage;

/* Reads an answer; `body` is handed to the arena ((transfer full), {0} afterwards) and read in place, once and without a
 * tree; accepts and refuses what lf_json_read does. Returns: FALSE where it is no such answer. */
gboolean lf_logs_filter_answer(LfArena *arena, LfBuf *body, LfLogsPage *out, GError **error);

/* Appends a DescribeLogGroups request; `linked`: also the groups of linked accounts. */
void lf_logs_describe_request(const char *prefix, gboolean linked, LfSlice token, LfBuf *out);

/* A group in an answer of DescribeLogGroups; `arn` has no `:*`. `log_class` ("STANDARD") is empty where none is said. */
typedef struct {
  LfSlice name;
  LfSlice arn;
  LfSlice log_class;
} LfLogsGroup;

/* Reads an answer. `*groups` is in the arena. */
gboolean lf_logs_describe_answer(LfArena *arena, LfBuf *body, LfLogsGroup **groups, guint *n, LfSlice *token,
                                 GError **error);

#endif
