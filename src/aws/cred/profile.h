/* Profiles in the shared credentials and config files. */
#ifndef LF_AWS_CRED_PROFILE_H
#define LF_AWS_CRED_PROFILE_H

#include "aws/cred/cred.h"

/* A profile gives credentials in one of these ways, the first that it has: role_arn (with source_profile,
 * credential_source or web_identity_token_file, and external_id, duration_seconds, role_session_name, region,
 * endpoint_url), keys, sso_session (or sso_start_url), credential_process. A source_profile may have a role itself, up
 * to LF_CRED_PROFILE_DEPTH of them; one that comes back to itself is an error, but for a profile that is its own
 * source and has keys. */
enum { LF_CRED_PROFILE_DEPTH = 8 };

#endif
