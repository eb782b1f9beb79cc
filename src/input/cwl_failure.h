/* What follows from a page that cannot be had. Pure: no I/O, no clock. */
#ifndef LF_INPUT_CWL_FAILURE_H
#define LF_INPUT_CWL_FAILURE_H

#include "aws/call.h"
#include "base/log.h"

typedef enum {
  LF_CWL_AGAIN,   /* the window is read again, later */
  LF_CWL_REREAD,  /* the window is read again: its token is of no use any more */
  LF_CWL_LOOK,    /* the group is not there: it is looked for again, no more often than it is scanned */
  LF_CWL_FINAL,   /* the group ends */
  LF_CWL_SKIP,    /* the group is of a kind that FilterLogEvents does not read */
  LF_CWL_SPOILT,  /* an answer that makes no sense: the page is asked for again */
  LF_CWL_STREAM,  /* one of the named streams is not there: the others are read without it */
  LF_CWL_ACCOUNT, /* it may only mean that the server does not know identifiers: whose is the group? */
  LF_CWL_BY_NAME, /* the same, and the group is the caller's own: it is asked for by its name */
} LfCwlAction;

/* How the page was asked for. */
typedef struct {
  gboolean once;
  gboolean with_token;
  gboolean with_streams;  /* by their names */
  gboolean by_identifier; /* by the group's ARN */
  gboolean knows_caller;
  gboolean is_own; /* the group is of the caller's account */
} LfCwlAsked;

/* What is to be done; `level` is how loud it is said. Throttling, failures of the service and of the network do not come
 * here: the call itself is tried again until it works. */
LfCwlAction lf_cwl_failure_action(const LfCwlAsked *asked, const LfAwsFailure *failure, LfLogLevel *level);

#endif
