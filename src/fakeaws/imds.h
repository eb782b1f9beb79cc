/* EC2 instance metadata, version 2: the token, the role's name, its credentials. */
#ifndef LF_FAKEAWS_IMDS_H
#define LF_FAKEAWS_IMDS_H

#include "fakeaws/fakeaws.h"
#include "fakeaws/session.h"
#include "net/httpd.h"

/* Whether the path is one of the metadata service: /latest/…. */
gboolean lf_fake_imds_is(const LfHttpdRequest *request);

/* Answers as the EC2 User Guide ("Use IMDSv2") has it: PUT /latest/api/token, then GET
 * /latest/meta-data/iam/security-credentials/ and …/logferry-instance with the token. `token` is the one that is given
 * out and asked for. */
void lf_fake_imds_answer(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                         const char *token, gint64 now_ms, LfHttpdResponse *response);

#endif
