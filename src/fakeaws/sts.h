/* The Security Token Service: the Query protocol, answered in XML. */
#ifndef LF_FAKEAWS_STS_H
#define LF_FAKEAWS_STS_H

#include "fakeaws/auth.h"

/* Whether the request is one of the Query protocol: a form with an Action, in the body or the query. */
gboolean lf_fake_sts_is(const LfHttpdRequest *request);

/* Whether the request is one that nobody signs: AssumeRoleWithWebIdentity. */
gboolean lf_fake_sts_is_unsigned(const LfHttpdRequest *request);

/* Answers a request whose signature is right. `caller` (nullable) are the issued keys that signed it, NULL for the
 * options'. Follows the AWS Security Token Service API Reference. */
void lf_fake_sts_answer(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                        const LfFakeSession *caller, const char *request_id, gint64 now_ms, LfHttpdResponse *response);

/* Answers with an error. */
void lf_fake_sts_fail(LfHttpdResponse *response, guint status, const char *code, const char *message,
                      const char *request_id);

#endif
