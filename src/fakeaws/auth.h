/* Who may call: the signature of a request. */
#ifndef LF_FAKEAWS_AUTH_H
#define LF_FAKEAWS_AUTH_H

#include "fakeaws/fakeaws.h"
#include "fakeaws/session.h"
#include "net/httpd.h"

/* Why a request is refused. `json_type` is what the JSON protocol calls it, `xml_code` and `xml_status` are the Query
 * protocol's; all are static. */
typedef struct {
  const char *json_type;
  const char *xml_code;
  guint xml_status;
  char *message;
} LfFakeRefusal;

/* Checks key, session token, scope, time and signature against the options' keys and the ones that were issued, in AWS's
 * order. `service` is "logs" or "sts".
 * `caller`: (out) (transfer full) (nullable): the issued keys that the request is signed with, NULL for the options'.
 * Returns: FALSE with `refusal->message` set (transfer full). */
gboolean lf_fake_auth_check(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                            const char *service, gint64 now_ms, LfFakeSession **caller, LfFakeRefusal *refusal);

#endif
