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

/* What the profile says of a key that is no credential, such as "region": that of the profile `lf_cred_profile_class`
 * would take, in the credentials file and then in the config file. No profile, no file and no such key are no error.
 * `value`: (out) (transfer full) (nullable): g_free.
 * Returns: FALSE with LF_CONFIG_ERROR where a file cannot be read or is not of the format. */
gboolean lf_cred_profile_value(const LfCredOptions *options, const char *key, char **value, GError **error);

/* The endpoint that the same profile gives a service ("sts", "cloudwatch_logs"): of its `services` section, else its
 * endpoint_url (SDKs and Tools Reference Guide, "Service-specific endpoints"). No slash at the end.
 * `url`: (out) (transfer full) (nullable): g_free.
 * Returns: FALSE with LF_CONFIG_ERROR as lf_cred_profile_value. */
gboolean lf_cred_profile_endpoint_url(const LfCredOptions *options, const char *service, char **url, GError **error);

/* `path` with a leading `~` replaced by $HOME (or the user's directory in the password database), and with
 * `/<file>` behind it where it is a directory. Returns: (transfer full). */
char *lf_cred_profile_path(const LfCredEnv *env, const char *path, const char *file);

#endif
