/* Bodies on their way to several hosts: which is sent when and where to, and what becomes of each event. */
#ifndef LF_OUTPUT_ES_SEND_H
#define LF_OUTPUT_ES_SEND_H

#include "output/es_bulk.h"
#include "output/es_client.h"

typedef struct LfEsSender LfEsSender;

/* All is borrowed. `max_bytes` and `max_events` bound a body, `pending_bytes` all of them. `connect` (nullable) is run before
 * the first body is sent, until it succeeds. */
typedef struct {
  LfEsClient *client;
  const char *path; /* of the request, with its query */
  guint workers;    /* requests at a time, a host */
  gboolean loadbalance;
  gboolean with_ids;
  gboolean ids_may_change; /* by a pipeline of the server's */
  gboolean escape_html;
  int compression_level; /* 0 to 9 */
  guint max_events;
  gsize max_bytes;
  gsize pending_bytes;
  gint64 backoff_init_ms;
  gint64 backoff_max_ms;
  gboolean (*index_of_event)(void *data);
  gboolean (*connect)(void *data, GError **error);
  gboolean (*go_on)(void *data); /* FALSE: the program is stopping, give up */
  void *data;
} LfEsSenderOptions;

/* Returns: (transfer full): lf_es_sender_free. */
LfEsSender *lf_es_sender_new(const LfEsSenderOptions *options);

/* Frees it and the client's requests with it; tickets are not touched any more. NULL is allowed. */
void lf_es_sender_free(LfEsSender *sender);

/* Takes an event into the body that is being filled: its ticket has one more open event until its outcome is known. */
void lf_es_sender_add(LfEsSender *sender, LfSlice prefix, const LfEvent *event, LfTicket *ticket);

/* Starts what can be started and handles what has come; waits up to `wait_ms` for something to happen. `flush`: also a
 * body that is not full leaves, where a host is free for it. */
void lf_es_sender_step(LfEsSender *sender, gboolean flush, gint64 wait_ms);

/* Waits until `connect` has worked. Returns: FALSE where `go_on` ended it. */
gboolean lf_es_sender_connect(LfEsSender *sender);

/* Steps until there is room for more. Returns: FALSE where `go_on` ended it. */
gboolean lf_es_sender_wait_for_room(LfEsSender *sender);

/* Steps until each event has its outcome. Returns: FALSE where `go_on` ended it. */
gboolean lf_es_sender_drain(LfEsSender *sender);

/* Bytes that are kept, and events without an outcome. */
gsize lf_es_sender_bytes(const LfEsSender *sender);
guint64 lf_es_sender_open(const LfEsSender *sender);

#endif
