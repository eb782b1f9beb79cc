/* The agent that gives a container its credentials, of ECS and of EKS. */
#ifndef LF_FAKEAWS_CONTAINER_H
#define LF_FAKEAWS_CONTAINER_H

#include "fakeaws/fakeaws.h"
#include "fakeaws/session.h"
#include "net/httpd.h"

/* Whether the path is the agent's: /v2/credentials/<id> (ECS) or /v1/credentials (EKS). */
gboolean lf_fake_container_is(const LfHttpdRequest *request);

/* Answers with new keys each time, where the Authorization header is options->container_token (NULL: anything). */
void lf_fake_container_answer(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                              gint64 now_ms, LfHttpdResponse *response);

#endif
