/* One call of the CloudWatch Logs API: its parameters, its answer, its error. */
#ifndef LF_FAKEAWS_CALL_H
#define LF_FAKEAWS_CALL_H

#include "base/buf.h"
#include "base/digest.h"
#include "fakeaws/session.h"
#include "fakeaws/store.h"
#include "value/value.h"

/* What all calls share; `options` holds defaults where nothing was given. `quota_*`, `pages` and the store are by the
 * server's lock. */
typedef struct {
  LfFakeawsOptions options;
  GPtrArray *accounts;      /* of LfFakeStore: the options' own account first, then those that roles were assumed in */
  guint64 next_seq;         /* of the events of all of them */
  LfFakeSessions *sessions; /* has a lock of its own */
  guint8 token_key[32];     /* what next tokens are sealed with */
  char imds_token[LF_SHA256_HEX];
  gdouble quota_left;
  gint64 quota_at_ms; /* monotonic */
  guint64 pages;
} LfFakeState;

/* A call on its way. `error_type` NULL says that `out` is the answer. */
typedef struct {
  LfFakeState *state;
  LfFakeStore *store; /* of the caller's account */
  const char *action;
  LfArena *arena;
  LfValue body;
  LfBuf *out;
  gint64 now_ms;
  const char *error_type;
  LfSlice error_message;
} LfFakeCall;

/* An action of the API, called with the server's lock held: appends the answer's JSON to `call->out`.
 * Returns: FALSE after lf_fake_fail. */
typedef gboolean (*LfFakeActionFn)(LfFakeCall *call);

/* Sets the error. `type` is static. Returns: FALSE, for `return lf_fake_fail(…)`. */
gboolean lf_fake_fail(LfFakeCall *call, const char *type, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* lf_fake_fail with AWS's words for a parameter that breaks its constraint: "1 validation error detected: Value '…' at
 * '<name>' failed to satisfy constraint: Member must <must>". */
gboolean lf_fake_constraint(LfFakeCall *call, const char *name, LfSlice value, const char *must);

/* The parameters below are read by name; a null is none. Each returns FALSE after lf_fake_fail. */

/* A text of `min` to `max` bytes. `out->p` is NULL where it is not given. */
gboolean lf_fake_text(LfFakeCall *call, const char *name, gsize min, gsize max, LfSlice *out);

/* As lf_fake_text for one that has to be there. */
gboolean lf_fake_text_required(LfFakeCall *call, const char *name, gsize min, gsize max, LfSlice *out);

/* A whole number from `min` to `max`; `out` keeps its value where it is not given. */
gboolean lf_fake_int(LfFakeCall *call, const char *name, gint64 min, gint64 max, gint64 *out);

/* A truth value; `out` keeps its value where it is not given. */
gboolean lf_fake_bool(LfFakeCall *call, const char *name, gboolean *out);

/* An array, with `min` to `max` elements. `out` becomes NULL where it is not given. */
gboolean lf_fake_array(LfFakeCall *call, const char *name, guint min, guint max, LfValue **out);

/* A log group's name in `logGroupName`, of the right form; that it exists is not asked. */
gboolean lf_fake_group_name(LfFakeCall *call, LfSlice *out);

/* The store of an account, made where there is none. */
LfFakeStore *lf_fake_account(LfFakeState *state, const char *account);

/* Whether the caller's account is the monitoring one, which sees what the others hold: the options' own. */
gboolean lf_fake_is_monitoring(const LfFakeCall *call);

/* The group that `logGroupName`, or `logGroupIdentifier` (a name or an ARN) stands for: one of the caller's own account,
 * or, by its ARN and for an action that reads, one that the monitoring account sees. */
gboolean lf_fake_group(LfFakeCall *call, LfFakeGroup **out);

/* Appends the ARN of a group, without `:*`. */
void lf_fake_append_group_arn(const LfFakeCall *call, LfBuf *buf, const LfFakeGroup *group);

#endif
