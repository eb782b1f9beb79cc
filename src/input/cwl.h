/* The aws-cloudwatch input: log groups read window by window, page by page, in the network's thread. */
#ifndef LF_INPUT_CWL_H
#define LF_INPUT_CWL_H

#include "aws/call.h"
#include "input/cwl_event.h"
#include "state/state.h"

typedef struct LfCwl LfCwl;

/* Where pages go. `lane` gives a log group its place in the order of batches (called once a group); `emit` takes a
 * batch ((transfer full)) and waits while there is no room; FALSE: the program stops. */
typedef struct {
  void *(*lane)(void *data);
  gboolean (*emit)(void *data, LfBatch *batch);
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
  gboolean once;
} LfCwlOptions;

/* Numbers of all groups so far. */
typedef struct {
  guint groups;       /* that are read */
  guint groups_done;  /* once: that are read up to the end, or have failed */
  guint groups_failed;
  guint64 events;     /* received (log_events_received_total) */
  guint64 known;      /* of them, repeats that were left out */
  guint64 malformed;  /* of them, without an id, a time or a message */
  guint64 pages;
  guint64 windows;    /* read to their end */
  guint64 reopened;   /* windows read again from their start */
  guint64 calls;      /* tries sent to AWS (api_calls_total) */
  guint64 retries;
  guint64 bytes;      /* received from AWS */
} LfCwlCounts;

/* What an input's settings say about credentials. All borrowed from them. */
LfCredOptions lf_cwl_cred_options(const LfCwlSettings *settings, LfPlace place, const LfCredEnv *env);

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

/* Once: whether every group was read to the end or has failed. */
gboolean lf_cwl_finished(LfCwl *cwl);

/* The numbers; any thread. */
LfCwlCounts lf_cwl_counts(LfCwl *cwl);

/* Why groups failed or are not finished, a line each, for the end of a run with `once`. (transfer full) */
GPtrArray *lf_cwl_complaints(LfCwl *cwl);

#endif
