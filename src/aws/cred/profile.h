/* Profiles in the shared credentials and config files. */
#ifndef LF_AWS_CRED_PROFILE_H
#define LF_AWS_CRED_PROFILE_H

#include "aws/cred/cred.h"

/* The region that the profile gives: that of the profile `lf_cred_profile_class` would take, in the credentials file
 * and then in the config file. No profile, no file and no `region` are no error.
 * `region`: (out) (transfer full) (nullable): g_free.
 * Returns: FALSE with LF_CONFIG_ERROR where a file cannot be read or is not of the format. */
gboolean lf_cred_profile_region(const LfCredOptions *options, char **region, GError **error);

/* `path` with a leading `~` replaced by $HOME (or the user's directory in the password database), and with
 * `/<file>` behind it where it is a directory. Returns: (transfer full). */
char *lf_cred_profile_path(const LfCredEnv *env, const char *path, const char *file);

#endif
