/* What the files of the aws-cloudwatch input know of each other. */
#ifndef LF_INPUT_CWL_INTERNAL_H
#define LF_INPUT_CWL_INTERNAL_H

#include "input/cwl.h"
#include "input/cwl_plan.h"
#include "net/retry.h"

#include <pthread.h>

/* One input of the configuration. */
typedef struct {
  LfCwl *cwl;
  const LfCwlSettings *settings;
  const LfSource *source;
  LfPlace place;
  LfTls *tls; /* shared by inputs with the same ssl settings */
  LfAwsSession *session;
  LfAwsCall *listing; /* DescribeLogGroups under way */
  guint64 timer;
  char *region; /* of names and prefixes */
  char *url;
  LfBuf list_token;
  gboolean listed;
  gboolean found;  /* a group begins with the prefix */
  guint pages;     /* of the listing */
  gboolean said;   /* a failure of the listing was said */
  char *failure;   /* (nullable) why the groups of a prefix cannot be listed */
  gboolean failed; /* for good */
  LfRetry retry;
  char *caller_account; /* (nullable) once GetCallerIdentity has said it */
} LfCwlInput;

/* One log group of an input. */
typedef struct {
  LfCwlInput *input;
  char *shown; /* how it was configured: its name or its ARN */
  char *name;
  char *arn;     /* (nullable) */
  char *account; /* "-" where unknown */
  char *region;
  char *url;
  char *stream_filter;
  LfCwlEventMaker *maker;
  void *lane;
  guint64 sequence;
  gint64 row;
  gboolean open;        /* its row is known */
  gboolean ask_account; /* another input reads a group of this name with other credentials: whose is it? */
  gboolean by_name;     /* the server does not know logGroupIdentifier */
  LfCwlPlan plan;
  LfIdSet ids;
  guint chunk; /* which 100 of the stream names are being read */
  LfBuf token;
  guint same_tokens;
  guint bad_answers; /* in a row, to one request */
  LfAwsCall *call;
  guint64 timer;
  LfRetry retry;
  gint64 window_date_ms; /* AWS's own time at the open window's first page; G_MAXINT64: not known */
  gint64 once_target_ms;
  gboolean once_reached; /* the window up to it was read */
  gboolean done;         /* once: read to the end */
  gboolean failed;       /* stopped for good */
  char *complaint;       /* (nullable) what keeps it from going on; said once */
  char *pending;         /* (nullable) the failure because of which the caller's account is asked for */
} LfCwlGroup;

struct LfCwl {
  LfCwlOptions options;
  LfArena *arena;
  GPtrArray *inputs; /* of LfCwlInput */
  GPtrArray *groups; /* of LfCwlGroup */
  LfHashKey hash_key;
  gboolean stopping;
  pthread_mutex_t lock; /* of counts */
  LfCwlCounts counts;
};

/* A group of an input; refuses one whose key another has ((nullable), with `error`). */
LfCwlGroup *lf_cwl_group_new(LfCwlInput *input, const char *shown, const char *name, const char *arn,
                             const char *account, const char *region, GError **error);
void lf_cwl_group_free(LfCwlGroup *group);

/* Begins to read a group. */
void lf_cwl_group_start(LfCwlGroup *group);

/* Ends what is under way. */
void lf_cwl_group_stop(LfCwlGroup *group);

/* The group's key in the state. */
LfGroupKey lf_cwl_group_key(const LfCwlGroup *group);

/* Takes over how many calls were made. */
void lf_cwl_count_calls(LfCwl *cwl);

/* The bounds of one try and one answer for this input's calls. */
LfAwsRequest lf_cwl_request(const LfCwlInput *input, const char *region, const char *url, const char *action,
                            LfSlice body);

#endif
