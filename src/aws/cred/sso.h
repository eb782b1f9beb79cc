/* IAM Identity Center: credentials of a role for a token that `aws sso login` has stored. */
#ifndef LF_AWS_CRED_SSO_H
#define LF_AWS_CRED_SSO_H

#include "aws/cred/profile_files.h"

/* Whether the profile asks for it: sso_session or sso_start_url. */
gboolean lf_cred_sso_is(const LfProfile *profile);

/* Asks the portal (GetRoleCredentials) with the token of ~/.aws/sso/cache; a token that has expired is not renewed: the
 * error says `aws sso login`.
 * Returns: (transfer full): NULL with LF_CONFIG_ERROR. */
LfCredentials *lf_cred_sso_get(const LfCredOptions *options, const LfProfileFiles *files, const LfProfile *profile,
                               GError **error);

#endif
