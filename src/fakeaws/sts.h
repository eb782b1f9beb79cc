/* The Security Token Service: the Query protocol, answered in XML. */
#ifndef LF_FAKEAWS_STS_H
#define LF_FAKEAWS_STS_H

#include "fakeaws/auth.h"

/* Whether the request is one of the Query protocol: a form with an Action, in the body or the query. */
gboolean lf_fake_sts_is(const LfHttpdRequest *request);

/* Answers a signed request. Follows the AWS Security Token Service API Reference. */
void lf_fake_sts_answer(const LfFakeawsOptions *options, const LfHttpdRequest *request, const char *request_id,
                        LfHttpdResponse *response);

/* Answers with an error. */
void lf_fake_sts_fail(LfHttpdResponse *response, guint status, const char *code, const char *message,
                      const char *request_id);

#endif
