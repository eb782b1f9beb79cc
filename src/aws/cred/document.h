/* JSON documents that carry credentials: of a process, of a container's agent, of instance metadata, of the portal. */
#ifndef LF_AWS_CRED_DOCUMENT_H
#define LF_AWS_CRED_DOCUMENT_H

#include "aws/cred/cred.h"
#include "base/buf.h"

/* How a document calls its parts. `inside` (nullable) is the member that holds the others. */
typedef struct {
  const char *inside;
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token;
  const char *expiration; /* a text in ISO 8601, or a number of milliseconds */
  gboolean temporary;     /* token and expiration must be there */
} LfCredNames;

/* "AccessKeyId", "SecretAccessKey", "Token", "Expiration": containers and instance metadata. */
extern const LfCredNames lf_cred_names_agent;

/* "SessionToken" in place of "Token", it and "Expiration" may be missing: a credential_process. */
extern const LfCredNames lf_cred_names_process;

/* "roleCredentials" with "accessKeyId", …: GetRoleCredentials of the IAM Identity Center portal. */
extern const LfCredNames lf_cred_names_portal;

/* Reads a document in place: the bytes at `body` may be changed. `source` is what the credentials are called in
 * messages. No error holds a part of the document.
 * Returns: (transfer full): NULL with LF_CONFIG_ERROR, a clause such as "it has no AccessKeyId". */
LfCredentials *lf_cred_document_read(LfBuf *body, const LfCredNames *names, const char *source, GError **error);

/* A text member of a JSON object. Returns: (transfer full) (nullable): NULL where it is no object or has no such text. */
char *lf_cred_document_text(LfSlice body, const char *name);

/* A whole number member of a JSON object; `otherwise` where there is none. */
gint64 lf_cred_document_int(LfSlice body, const char *name, gint64 otherwise);

/* Milliseconds since 1970 of an ISO 8601 time with a zone ("2026-11-24T13:29:03Z"; "UTC" too, as the AWS CLI's cache
 * had it). Returns: FALSE for any other text. */
gboolean lf_cred_parse_time(const char *text, gint64 *wall_ms);

#endif
