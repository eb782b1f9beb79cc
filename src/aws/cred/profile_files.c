/* Finds and reads the shared credentials and config files. */
#include "aws/cred/profile_files.h"
#include <pwd.h>
#include <unistd.h>

/* One of the two files: which variable names it, and where it is when none does. */
static const struct {
  const char *variable;
  const char *standard;
  const char *in_directory;
} FILES[] = {
    [LF_PROFILE_CREDENTIALS] = {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", "credentials"},
    [LF_PROFILE_CONFIG] = {"AWS_CONFIG_FILE", "~/.aws/config", "config"},
};

static char *
home_directory(const LfCredEnv *env)
{
  const char *home = lf_cred_getenv(env, "HOME");
  if (home != NULL)
    return g_strdup(home);
  struct passwd entry, *found = NULL;
  char buf[4096];
  if (getpwuid_r(getuid(), &entry, buf, sizeof buf, &found) == 0 && found != NULL && found->pw_dir != NULL)
    return g_strdup(found->pw_dir);
  return NULL;
}

const char *
lf_profile_name(const LfCredOptions *options, const char **from)
{
  static const char *const variables[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"};
  const char *name = lf_cred_nonempty(options->credential_profile_name);
  *from = name != NULL ? "credential_profile_name" : NULL;
  for (gsize i = 0; name == NULL && i < G_N_ELEMENTS(variables); i++) {
    name = lf_cred_getenv(&options->env, variables[i]);
    *from = name != NULL ? variables[i] : NULL;
  }
  return name != NULL ? name : "default";
}

char *
lf_cred_profile_path(const LfCredEnv *env, const char *path, const char *file)
{
  g_autofree char *whole = g_strdup(path);
  if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
    g_autofree char *home = home_directory(env);
    g_free(whole);
    whole = g_strconcat(home != NULL ? home : "", path + 1, NULL);
  }
  if (g_file_test(whole, G_FILE_TEST_IS_DIR))
    return g_build_filename(whole, file, NULL);
  return g_steal_pointer(&whole);
}

static gboolean
load_file(const LfCredOptions *options, int which, LfProfileFiles *out, GError **error)
{
  const char *named = which == LF_PROFILE_CREDENTIALS ? lf_cred_nonempty(options->shared_credential_file) : NULL;
  const char *path = named;
  if (path == NULL)
    path = lf_cred_getenv(&options->env, FILES[which].variable);
  if (path == NULL)
    path = FILES[which].standard;
  out->paths[which] = lf_cred_profile_path(&options->env, path, FILES[which].in_directory);
  g_autoptr(GError) failure = NULL;
  out->files[which] = lf_ini_load(out->paths[which], &failure);
  if (out->files[which] != NULL)
    return TRUE;
  if (named == NULL && g_error_matches(failure, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING))
    return TRUE;
  if (named != NULL)
    return lf_place_error(error, options->place, LF_CONFIG_ERROR_INVALID, "shared_credential_file: %s",
                          failure->message);
  g_propagate_error(error, g_steal_pointer(&failure));
  return FALSE;
}

gboolean
lf_profile_files_load(const LfCredOptions *options, LfProfileFiles *out, GError **error)
{
  for (int i = 0; i < LF_PROFILE_FILES; i++)
    if (!load_file(options, i, out, error))
      return FALSE;
  return TRUE;
}

void
lf_profile_files_clear(LfProfileFiles *files)
{
  for (int i = 0; i < LF_PROFILE_FILES; i++) {
    g_clear_pointer(&files->paths[i], g_free);
    g_clear_pointer(&files->files[i], lf_ini_free);
  }
}

LfProfile
lf_profile_find(const LfProfileFiles *files, const char *name)
{
  LfProfile profile = {.name = name};
  g_autofree char *long_name = g_strconcat("profile ", name, NULL);
  for (int i = 0; i < LF_PROFILE_FILES; i++) {
    if (files->files[i] == NULL)
      continue;
    profile.sections[i] = lf_ini_section(files->files[i], long_name);
    if (profile.sections[i] == NULL)
      profile.sections[i] = lf_ini_section(files->files[i], name);
  }
  return profile;
}

gboolean
lf_profile_exists(const LfProfile *profile)
{
  return profile->sections[LF_PROFILE_CREDENTIALS] != NULL || profile->sections[LF_PROFILE_CONFIG] != NULL;
}

const LfIniKey *
lf_profile_key(const LfProfile *profile, const char *name)
{
  for (int i = 0; i < LF_PROFILE_FILES; i++) {
    const LfIniKey *key = lf_ini_key(profile->sections[i], name);
    if (key != NULL && key->value[0] != '\0')
      return key;
  }
  return NULL;
}

const char *
lf_profile_value(const LfProfile *profile, const char *name)
{
  const LfIniKey *key = lf_profile_key(profile, name);
  return key != NULL ? key->value : NULL;
}

char *
lf_profile_describe(const LfProfileFiles *files, const LfProfile *profile)
{
  GString *text = g_string_new(NULL);
  for (int i = 0; i < LF_PROFILE_FILES; i++) {
    g_string_append_printf(text, "%s%s (%s)", i > 0 ? ", " : "", files->paths[i],
                           files->files[i] == NULL        ? "no such file"
                           : profile->sections[i] == NULL ? "no such profile"
                                                          : "no keys in it");
  }
  return g_string_free(text, FALSE);
}
