/* The shared credentials and config files, and what they say about a profile. */
#ifndef LF_AWS_CRED_PROFILE_FILES_H
#define LF_AWS_CRED_PROFILE_FILES_H

#include "aws/cred/cred.h"
#include "aws/ini.h"

/* The two files. Where both say something about a profile, the credentials file counts. */
enum { LF_PROFILE_CREDENTIALS, LF_PROFILE_CONFIG, LF_PROFILE_FILES };

/* The files as they are now; `files` are NULL where they are not there. Starts as {0}. */
typedef struct {
  char *paths[LF_PROFILE_FILES];
  LfIni *files[LF_PROFILE_FILES];
} LfProfileFiles;

/* A profile's sections in the files, NULL where they are not there. `name` is borrowed. */
typedef struct {
  const char *name;
  const LfIniSection *sections[LF_PROFILE_FILES];
} LfProfile;

/* The name of the profile that the options mean: credential_profile_name, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default".
 * `*from`: which of them said it; NULL for none. Returns: (transfer none). */
const char *lf_profile_name(const LfCredOptions *options, const char **from);

/* `path` with a leading `~` replaced by $HOME (or the user's directory in the password database), and with
 * `/<file>` behind it where it is a directory. Returns: (transfer full). */
char *lf_cred_profile_path(const LfCredEnv *env, const char *path, const char *file);

/* Reads the files: shared_credential_file, AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials; AWS_CONFIG_FILE or
 * ~/.aws/config. Only a file that the configuration names has to be there.
 * Returns: FALSE with LF_CONFIG_ERROR where one cannot be read or is not of the format. */
gboolean lf_profile_files_load(const LfCredOptions *options, LfProfileFiles *out, GError **error);

/* Frees the files. */
void lf_profile_files_clear(LfProfileFiles *files);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfProfileFiles, lf_profile_files_clear)

/* The profile's sections: `[profile name]`, else `[name]`, in both files. */
LfProfile lf_profile_find(const LfProfileFiles *files, const char *name);

/* Whether one of the files has the profile. */
gboolean lf_profile_exists(const LfProfile *profile);

/* A key that is set and not empty. Returns: (transfer none) (nullable). */
const LfIniKey *lf_profile_key(const LfProfile *profile, const char *key);

/* Its value. Returns: (transfer none) (nullable). */
const char *lf_profile_value(const LfProfile *profile, const char *key);

/* Where the files were looked for and what was not in them, as a clause. (transfer full) */
char *lf_profile_describe(const LfProfileFiles *files, const LfProfile *profile);

#endif
