/* What profiles say beside credentials. */
#ifndef LF_AWS_CRED_PROFILE_SETTINGS_H
#define LF_AWS_CRED_PROFILE_SETTINGS_H

#include "aws/cred/cred.h"

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

#endif
