/* Roles: STS is asked for their credentials, with other credentials or with a token of an identity provider. */
#ifndef LF_AWS_CRED_ROLE_H
#define LF_AWS_CRED_ROLE_H

#include "aws/cred/cred.h"
#include "aws/sts.h"

/* How long sessions hold where nobody says it, and what they are called then. */
#define LF_CRED_ROLE_SESSION_NAME "logferry"
enum { LF_CRED_ROLE_DURATION_S = 15 * 60 };

/* Where STS is asked. All is borrowed. */
typedef struct {
  const char *url; /* without a path */
  const char *region;
  const char *proxy; /* (nullable) */
  const LfCredEnv *env;
  const LfTls *tls; /* (nullable) */
} LfCredSts;

/* Asks STS for the role's credentials and waits: 10 s a try, three tries. A clock that STS finds wrong is taken from its
 * answer. `signer` (nullable with a token): whose credentials sign. `what` is what the result is called in messages:
 * "role arn:… of …".
 * Returns: (transfer full): NULL with LF_CONFIG_ERROR: what STS said, and the permission that is probably missing. */
LfCredentials *lf_cred_role_get(const LfCredSts *sts, const LfStsRole *role, const LfCredentials *signer,
                                const char *what, GError **error);

/* A provider that assumes options->role_arn with what `source` ((transfer full)) finds.
 * Returns: (transfer full): lf_cred_provider_free. */
LfCredProvider *lf_cred_role_provider(const LfCredOptions *options, LfCredProvider *source);

/* The region where STS is asked: options->region, AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1. (transfer
 * full) */
char *lf_cred_role_region(const LfCredOptions *options);

/* The URL of STS in the region, as lf_aws_endpoint_find has it. Returns: (transfer full): NULL with LF_CONFIG_ERROR. */
char *lf_cred_role_url(const LfCredOptions *options, const char *region, GError **error);

/* Reads a file with a token, at most 20,000 bytes as STS takes it, anew each time; white space around it is dropped.
 * Returns: (transfer full): lf_cred_wipe; NULL with LF_CONFIG_ERROR whose text names the file. */
char *lf_cred_token_file(const char *path, GError **error);

#endif
