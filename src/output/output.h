/* Outputs: the table of them, and the thread that feeds one and hands its acknowledgements back. */
#ifndef LF_OUTPUT_OUTPUT_H
#define LF_OUTPUT_OUTPUT_H

#include "base/buf.h"
#include "base/clock.h"
#include "config/config.h"
#include "value/batch.h"

typedef struct LfOutput LfOutput;

/* Takes acknowledgements in: the tickets (their outcomes filled) and the output's position, which stays as it is where it
 * is empty; `durable` as lf_state_commit has it. Called in the output's thread; when it returns TRUE all of it is in the state, and the tickets are its own;
 * when FALSE nothing is, the tickets stay the caller's, and it may be tried again. */
typedef gboolean (*LfOutputAckFn)(void *data, LfTicket **tickets, guint n, LfSlice position, gboolean durable,
                                  GError **error);

/* What an output's functions may use. `settle` makes all that was written durable and acknowledges it: a barrier, which
 * also a power cut does not undo.
 * `wait` sleeps; FALSE: the program is stopping, give up. */
typedef struct LfOutputHost LfOutputHost;
struct LfOutputHost {
  const LfCompat *compat;
  const char *beat_name; /* "filebeat": names of files and indices begin with it */
  const LfClock *clock;
  guint batch_events; /* the most events that are sent at a time, whatever the output's own setting; 0: as that says */
  gboolean (*settle)(LfOutputHost *host, GError **error);
  gboolean (*wait)(LfOutputHost *host, gint64 ms);
  /* (nullable) What an output does at its first connect, before it delivers anything: `client` is the output's own way to
   * its server. Tried again until it succeeds. */
  gboolean (*connected)(LfOutputHost *host, gpointer client, GError **error);
  void *connected_data;
  gboolean index_at_connect; /* which index is the default is only known behind `connected`: it sets `default_index` */
  const char *default_index; /* (nullable) set by `connected`: goes over the output's `index` */
  gboolean remote_pipelines; /* events name the pipeline of their input, which the server runs */
};

/* A row of the table of outputs. */
typedef struct {
  const char *name;
  const char *doc;
  const LfOptionTable *options;
  gsize settings_size;
  /* Opens with checked settings (which live as long as the output), before any thread runs; `position` is what the
   * output itself wrote last. Returns: (transfer full) (nullable). */
  gpointer (*open)(LfOutputHost *host, const void *settings, LfArena *arena, LfPlace place, LfSlice position,
                   GError **error);
  /* Checks settings beyond their types. (nullable) */
  gboolean (*check)(void *settings, const LfOptionReport *report, LfPlace place, LfNotes *notes, GError **error);
  /* Takes the bytes of all events that are neither dropped nor dead; they count as delivered already, and lf_batch_kill
   * makes a dead letter of one. An output whose outcomes come later raises `batch->ticket->open` for each event, keeps the
   * ticket's address (the batch itself goes), and lowers `open` with each outcome, behind lf_ticket_kill where that is
   * what came of it. A failure ends the program: what can be tried again is tried again inside. */
  gboolean (*write)(gpointer self, LfBatch *batch, GError **error);
  /* Makes all that was written durable, waits for every outcome, and appends the position up to which it is. */
  gboolean (*sync)(gpointer self, LfBuf *position, GError **error);
  /* (nullable) Of an output whose outcomes come later: goes on with what is under way, and waits up to `wait_ms` for
   * something to happen; nothing is taken from the queue, so what has been held back to fill a request leaves. Tickets
   * are acknowledged in the order of their lane as soon as no event of theirs is open. A failure as in `write`. */
  gboolean (*work)(gpointer self, gint64 wait_ms, GError **error);
  /* (nullable) Ends the wait in `work`. Any thread. */
  void (*wake)(gpointer self);
  /* Bytes that were written and are not durable yet. */
  gsize (*pending)(gpointer self);
  void (*close)(gpointer self);
  /* What a person calls the place: "the file /x/y-20261124.ndjson". (transfer full) */
  char *(*describe)(gpointer self);
} LfOutputClass;

/* The row of that name. Returns: (transfer none) (nullable). */
const LfOutputClass *lf_output_find(const char *name);

/* The i-th row, NULL behind the last. */
const LfOutputClass *lf_output_nth(guint i);

/* The settings of an enabled output, read and checked against its table. Returns: (transfer none) (nullable): in the
 * arena; NULL with LF_CONFIG_ERROR. */
const void *lf_output_settings(const LfOutputClass *cls, const LfOutputBlock *block, LfArena *arena, LfNotes *notes,
                               GError **error);

typedef struct {
  const LfOutputClass *cls;
  const void *settings;
  LfPlace place;
  LfArena *arena;
  LfSlice position;
  gsize queue_bytes;
  guint batch_events; /* LfOutputHost's */
  const LfCompat *compat;
  const LfClock *clock;
  LfOutputAckFn ack;
  void *ack_data;
  gboolean (*connected)(LfOutputHost *host, gpointer client, GError **error); /* (nullable) LfOutputHost's */
  void *connected_data;
  gboolean index_at_connect; /* LfOutputHost's */
  gboolean remote_pipelines;
} LfOutputOptions;

/* Opens the output and starts its thread. Returns: (transfer full): lf_output_close. */
LfOutput *lf_output_open(const LfOutputOptions *options, GError **error);

/* Hands a batch over ((transfer full)); waits while the queue is full. Returns: FALSE where the output has failed or is
 * closed; the batch is freed then. */
gboolean lf_output_put(LfOutput *output, LfBatch *batch);

/* Ends waits inside the output: what cannot be delivered now is given up, unacknowledged. For a second signal and for
 * the end of the shutdown time. Async-signal-unsafe; any thread. */
void lf_output_cancel(LfOutput *output);

/* Delivers what is queued, acknowledges, stops the thread. Returns: FALSE with the first error that stopped it. */
gboolean lf_output_finish(LfOutput *output, GError **error);

/* Frees; lf_output_finish first. NULL is allowed. */
void lf_output_close(LfOutput *output);

/* Where it writes to, for people; not while it runs. (transfer full) */
char *lf_output_describe(LfOutput *output);

/* Whether the output has failed for good (then the program stops). */
gboolean lf_output_failed(LfOutput *output);

extern const LfOutputClass lf_output_console;
extern const LfOutputClass lf_output_file;
extern const LfOutputClass lf_output_elasticsearch;

#endif
