/* Calls to AWS: each try waits for its token, is signed anew and sent; what is worth it is tried again. */
#ifndef LF_AWS_CALL_H
#define LF_AWS_CALL_H

#include "aws/cred/cache.h"
#include "net/http.h"

typedef struct LfAws LfAws;
typedef struct LfAwsSession LfAwsSession;
typedef struct LfAwsCall LfAwsCall;

/* Why a call failed for good, or for now. */
typedef enum {
  LF_AWS_NETWORK,     /* no answer, or not a whole one */
  LF_AWS_THROTTLED,   /* too many calls */
  LF_AWS_SERVER,      /* the service failed */
  LF_AWS_EXPIRED,     /* the credentials have expired */
  LF_AWS_SKEWED,      /* the signature's time is not AWS's */
  LF_AWS_CREDENTIALS, /* there are no credentials to sign with */
  LF_AWS_DENIED,      /* the caller may not do it, or is not known */
  LF_AWS_NOT_FOUND,   /* the log group or stream does not exist */
  LF_AWS_INVALID,     /* a parameter is wrong, or not known to the server */
  LF_AWS_TLS,         /* the server is not trusted */
  LF_AWS_OTHER,
} LfAwsErrorKind;

/* A failure. `code` is AWS's exception name ("ResourceNotFoundException"), "" without an answer. Borrowed. */
typedef struct {
  LfAwsErrorKind kind;
  guint status;
  const char *code;
  const char *message;
  const char *request_id;
} LfAwsFailure;

/* Called once a call: `answer` (status 200; its body may be taken) or `failure` is NULL. */
typedef void (*LfAwsFn)(LfHttpResponse *answer, const LfAwsFailure *failure, void *data);

/* Called when a try has failed and the next one is not due yet (`due` FALSE), and when it is: the call then does nothing until
 * lf_aws_resume. */
typedef void (*LfAwsWaitFn)(gboolean due, void *data);

/* A request of the JSON 1.1 or Query protocol: POST to `url`. Strings are copied. */
typedef struct {
  const char *service; /* "logs" */
  const char *region;
  const char *url;    /* no path behind the host */
  const char *target; /* (nullable) "Logs_20140328.FilterLogEvents": the JSON protocol; NULL: the Query protocol */
  const char *limit;  /* (nullable) the name of the token bucket: "FilterLogEvents" */
  LfSlice body;
  gint64 timeout_ms;     /* of one try; 0: none */
  gsize max_bytes;       /* of the answer */
  guint max_tries;       /* 0: tried on until it works; for those who wait for it */
  gint64 deadline_ms;    /* no other try begins so long after the first; 0: none */
  LfAwsWaitFn on_wait;   /* (nullable) for who bounds how many calls are under way; gets the `data` of `done` */
  LfHttpRoomFn has_room; /* (nullable) as that of LfHttpRequest; gets the `data` of `done` */
} LfAwsRequest;

/* What all calls of the process share: the loop, the token buckets, the clock's skew. `http` and `clock` are borrowed.
 * Returns: (transfer full): lf_aws_free, after its sessions. */
LfAws *lf_aws_new(LfHttp *http, const LfClock *clock);
void lf_aws_free(LfAws *aws);

/* The calls a second of a named bucket (per way to credentials and region), which throttling lowers for a while; 0: no
 * limit. Before the first call. */
void lf_aws_set_limit(LfAws *aws, const char *name, double per_second);

/* AWS's time: the local clock, corrected once answers show that it is off by more than two seconds. */
gint64 lf_aws_now_ms(const LfAws *aws);

/* What was sent and received so far. */
typedef struct {
  guint64 calls;   /* tries that were sent */
  guint64 retries; /* of them, tries after the first */
  guint64 bytes;   /* received */
} LfAwsCounts;

/* The numbers; the loop's thread. */
LfAwsCounts lf_aws_counts(const LfAws *aws);

/* The credentials and the way to the network of one input. `options` is copied; `proxy` too (nullable).
 * Returns: (transfer full): lf_aws_session_free, once no call of it is under way. */
LfAwsSession *lf_aws_session_new(LfAws *aws, const LfCredOptions *options, const char *proxy);
void lf_aws_session_free(LfAwsSession *session);

/* Who looks for keys in the configuration's files once those that they held have expired; before the first call. */
void lf_aws_set_renew(LfAws *aws, LfCredRenewFn renew, void *data);

/* The credentials as they are, for showing where they come from: as lf_cred_cache_get. */
LfCredCacheResult lf_aws_session_credentials(LfAwsSession *session, guint64 *ticket, LfCredentials **out,
                                             GError **error);

/* Starts a call. Throttling, failures of the service and of the network are tried again with decorrelated jitter until
 * it works, or as often as the request allows; expired credentials are looked for again; a clock that is off is
 * corrected; anything else is handed to `done`. Returns: (transfer none): for lf_aws_cancel, until `done` is called. */
LfAwsCall *lf_aws_call(LfAwsSession *session, const LfAwsRequest *request, LfAwsFn done, void *data);

/* The next try may begin: after on_wait has said that it is due. */
void lf_aws_resume(LfAwsCall *call);

/* When the try that is under way was sent, monotonic ms; G_MAXINT64 where none is: the call waits for its token, its credentials
 * or its next try. */
gint64 lf_aws_call_sent_ms(const LfAwsCall *call);

/* What one call has cost so far; also inside its `done`. */
LfAwsCounts lf_aws_call_counts(const LfAwsCall *call);

/* Ends a call; `done` is not called. */
void lf_aws_cancel(LfAwsCall *call);

/* How a person reads a failure: "AccessDeniedException: … (request id …)", the first line of
 * what AWS says. (transfer full) */
char *lf_aws_failure_text(const LfAwsFailure *failure);

#endif
