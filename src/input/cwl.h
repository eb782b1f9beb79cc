/* The aws-cloudwatch input: log groups read window by window, page by page, in the network's thread. */
#ifndef LF_INPUT_CWL_H
#define LF_INPUT_CWL_H

#include "aws/call.h"
#include "input/cwl_event.h"
#include "state/state.h"

typedef struct LfCwl LfCwl;

/* Where pages go. `lane` gives a log group its place in the order of batches (called once a group); `emit` takes a
 * batch ((transfer full)) and never waits; FALSE: the program stops. `has_room` says whether `bytes` more should be
 * emitted now, and `lane_holds_less` whether less than `bytes` of the lane wait; whoever was told no is woken through the
 * loop when it is so. `held`: the bytes that wait. `counts` tells how a lane's events ended. */
typedef struct {
  void *(*lane)(void *data);
  gboolean (*emit)(void *data, LfBatch *batch);
  gboolean (*has_room)(void *data, gsize bytes);
  gboolean (*lane_holds_less)(void *data, void *lane, gsize bytes);
  gsize (*held)(void *data);
  void (*counts)(void *data, void *lane, LfLaneCounts *out);
  void *data;
} LfCwlSink;

/* What all inputs of the process share. Borrowed. `once`: read up to now and be finished. */
typedef struct {
  LfHttp *http;
  LfAws *aws;
  LfState *state;
  const LfConfig *config;
  const LfAgent *agent;
  LfCredEnv env;
  LfCwlSink sink;
  gsize queue_bytes; /* what the sink has room for when nothing is in it */
  guint workers;     /* batches that are worked on at the same time */
  gboolean once;
} LfCwlOptions;

/* Numbers of one group, or of all. */
typedef struct {
  guint64 read;        /* events received (log_events_received_total) */
  guint64 known;       /* of them, repeats that were left out */
  guint64 late;        /* of them, seen by looking back: new, and older than what had been read */
  guint64 outside;     /* of them, of other times than was asked for: left to their own window */
  guint64 malformed;   /* of them, without an id, a time or a message: said in the log */
  guint64 calls;       /* tries of FilterLogEvents sent to AWS */
  guint64 calls_back;  /* pages that held nothing but what had been read: what looking back costs */
  guint64 bytes;       /* received from AWS */
  gint64 last_late_ms; /* how late the latest late event was */
} LfCwlGroupCounts;

/* Numbers of all groups so far. */
typedef struct {
  guint groups;      /* that are known (log_groups_total) */
  guint groups_done; /* that are read to the end that was asked for, or have failed */
  guint groups_failed;
  LfCwlGroupCounts sum; /* `calls` and `bytes` are those of all calls, of whatever kind (api_calls_total) */
  guint64 reopened;     /* windows read again from their start */
  guint64 retries;
} LfCwlCounts;

/* What a person wants to know of one group. */
typedef struct {
  char *shown; /* how it was configured: its name or its ARN */
  char *region;
  void *lane;
  const char *state;  /* "reading", "resting", "waiting", "failed", … */
  char *complaint;    /* (nullable) what keeps it from going on */
  gint64 lag_ms;      /* how far what has been read is behind now; -1: nothing known yet */
  double done;        /* 0 to 1: of the time between where this run began and where it wants to get */
  gint64 lookback_ms; /* how late an event may be that is still seen */
  LfCwlGroupCounts counts;
  LfLaneCounts ended;
} LfCwlGroupStatus;

/* What an input's settings say about credentials. All borrowed from them. */
LfCredOptions lf_cwl_cred_options(const LfCwlSettings *settings, LfPlace place, const LfTls *tls, const LfCredEnv *env);

/* The TLS settings of an input: its own, and where they name no authorities those of AWS_CA_BUNDLE or of the profile's
 * ca_bundle (SDKs and Tools Reference Guide, "General configuration"). Starts as {0}. */
typedef struct {
  LfSslSettings ssl; /* borrowed from the settings, and from below */
  char *bundle;      /* (nullable) a path */
  const char *bundles[1];
  LfPlace place;
} LfCwlTls;

/* `out` must stay where it is. Returns: the same as lf_tls_new: (transfer full), NULL with LF_CONFIG_ERROR. */
LfTls *lf_cwl_tls_new(const LfCwlSettings *settings, LfPlace place, const LfCredEnv *env, LfCwlTls *out,
                      GError **error);

/* Frees what it holds, not the LfTls. */
void lf_cwl_tls_clear(LfCwlTls *tls);

/* Returns: (transfer full): lf_cwl_free. */
LfCwl *lf_cwl_new(const LfCwlOptions *options);

/* Frees; no other function is running. NULL is allowed. */
void lf_cwl_free(LfCwl *cwl);

/* Adds an input. `settings` and `source` are borrowed. Returns: FALSE with LF_CONFIG_ERROR where one of its log groups
 * is another input's already, with the same filter. */
gboolean lf_cwl_add(LfCwl *cwl, const LfCwlSettings *settings, const LfSource *source, LfPlace place, GError **error);

/* Begins to read; then the loop's lf_http_step does the work. */
void lf_cwl_start(LfCwl *cwl);

/* Reads no more: calls under way are ended, what is read and not handed on is dropped. */
void lf_cwl_stop(LfCwl *cwl);

/* Whether every group was read to the end that was asked for, or has failed: never without an end. */
gboolean lf_cwl_finished(LfCwl *cwl);

/* Goes on where there was no room, and keeps the status up to date: after each step of the loop. */
void lf_cwl_poke(LfCwl *cwl);

/* The numbers; any thread. */
LfCwlCounts lf_cwl_counts(LfCwl *cwl);

/* Each group's status, of LfCwlGroupStatus, as it was at most half a second ago, and at the end of lf_cwl_stop; any
 * thread. (transfer full): its elements are cleared with it. */
GArray *lf_cwl_status(LfCwl *cwl);

/* Why groups failed or are not finished, a line each, for the end of a run with `once`. (transfer full) */
GPtrArray *lf_cwl_complaints(LfCwl *cwl);

#endif
