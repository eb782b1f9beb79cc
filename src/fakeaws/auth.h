/* Who may call: the signature of a request. */
#ifndef LF_FAKEAWS_AUTH_H
#define LF_FAKEAWS_AUTH_H

#include "fakeaws/fakeaws.h"
#include "net/httpd.h"

/* Why a request is refused. `json_type` is what the JSON protocol calls it, `xml_code` and `xml_status` are the Query
 * protocol's; all are static. */
typedef struct {
  const char *json_type;
  const char *xml_code;
  guint xml_status;
  char *message;
} LfFakeRefusal;

/* Checks key, session token, scope, time and signature against the options, in AWS's order. `service` is "logs" or
 * "sts".
 * Returns: FALSE with `refusal->message` set (transfer full). */
gboolean lf_fake_auth_check(const LfFakeawsOptions *options, const LfHttpdRequest *request, const char *service,
                            gint64 now_ms, LfFakeRefusal *refusal);

#endif
