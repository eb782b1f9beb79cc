/* Requests to the Security Token Service and its answers, as values: no I/O. */
#ifndef LF_AWS_STS_H
#define LF_AWS_STS_H

#include "aws/cred/cred.h"
#include "base/buf.h"

/* The largest answer that is read, in bytes. */
enum { LF_STS_ANSWER_MAX = 256 * 1024 };

#define LF_STS_ERROR (lf_sts_error_quark())
GQuark lf_sts_error_quark(void);

typedef enum {
  LF_STS_ERROR_ANSWER, /* the answer is not what STS answers */
} LfStsError;

/* The body of a GetCallerIdentity request (Query protocol, AWS Security Token Service API Reference). */
#define LF_STS_IDENTITY_REQUEST "Action=GetCallerIdentity&Version=2011-06-15"

/* The account in its answer. Returns: (transfer full) (nullable): NULL where it is no such answer. */
char *lf_sts_identity_answer(LfSlice body);

/* The caller's ARN in the same answer. Returns: (transfer full) (nullable). */
char *lf_sts_identity_arn(LfSlice body);

/* A role and how it is assumed. Strings that are NULL or empty are left out. */
typedef struct {
  const char *role_arn;
  const char *session_name;
  const char *external_id;        /* not with a token */
  const char *web_identity_token; /* (nullable): AssumeRoleWithWebIdentity, unsigned; NULL: AssumeRole */
  gint64 duration_s;              /* 0: the API's own, one hour */
} LfStsRole;

/* Appends the form of an AssumeRole or AssumeRoleWithWebIdentity request. */
void lf_sts_role_request(const LfStsRole *role, LfBuf *out);

/* Reads the credentials in the answer to either. `source` is what they are called in messages. No error holds a part of
 * the answer. Returns: (transfer full): NULL with LF_STS_ERROR. */
LfCredentials *lf_sts_role_answer(LfSlice body, const char *source, GError **error);

/* An error's Code and Message; `code` is "" where the answer is no error of STS.
 * `code`, `message`: (out) (transfer full). */
void lf_sts_failure(guint status, LfSlice body, char **code, char **message);

#endif
