/* A profile's keys and region from the shared credentials and config files. */
#include "aws/cred/profile.h"

#include "aws/ini.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

/* A profile to look up. `name` and `file` are NULL where the configuration does not say. */
typedef struct {
  LfCredProvider head;
  char *name;
  char *file;
  LfPlace place;
  LfCredEnv env;
} ProfileProvider;

/* What was found of a profile: its two files, NULL where they are not there, and its sections in them. */
typedef struct {
  char *name;
  const char *name_from; /* NULL: nobody said it, it is the default */
  char *paths[2];
  LfIni *files[2];
  const LfIniSection *sections[2];
} Lookup;

enum { CREDENTIALS, CONFIG };

/* One of the two files: which variable names it, and where it is when none does. */
static const struct {
  const char *variable;
  const char *standard;
  const char *in_directory;
} FILES[] = {
    [CREDENTIALS] = {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", "credentials"},
    [CONFIG] = {"AWS_CONFIG_FILE", "~/.aws/config", "config"},
};

/* Keys that ask for a way to credentials that is not there yet. */
static const struct {
  const char *key;
  const char *what;
} REFUSED[] = {
    {"role_arn", "assuming a role from a profile"},
    {"web_identity_token_file", "a web identity token"},
    {"credential_process", "a process that provides credentials"},
    {"credential_source", "a credential source"},
    {"sso_session", "IAM Identity Center"},
    {"sso_start_url", "IAM Identity Center"},
    {"sso_account_id", "IAM Identity Center"},
    {"login_session", "a console login"},
};

static void
lookup_clear(Lookup *lookup)
{
  for (int i = 0; i < 2; i++) {
    g_free(lookup->paths[i]);
    lf_ini_free(lookup->files[i]);
  }
  g_free(lookup->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lookup, lookup_clear)

/* Files */

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

/* The standard files may be absent; one that the configuration names may not. */
static gboolean
load_file(ProfileProvider *self, int which, Lookup *lookup, GError **error)
{
  const char *named = which == CREDENTIALS ? self->file : NULL;
  const char *path = named;
  if (path == NULL)
    path = lf_cred_getenv(&self->env, FILES[which].variable);
  if (path == NULL)
    path = FILES[which].standard;
  lookup->paths[which] = lf_cred_profile_path(&self->env, path, FILES[which].in_directory);
  g_autoptr(GError) failure = NULL;
  lookup->files[which] = lf_ini_load(lookup->paths[which], &failure);
  if (lookup->files[which] != NULL)
    return TRUE;
  if (named == NULL && g_error_matches(failure, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING))
    return TRUE;
  if (named != NULL)
    return lf_place_error(error, self->place, LF_CONFIG_ERROR_INVALID, "shared_credential_file: %s", failure->message);
  g_propagate_error(error, g_steal_pointer(&failure));
  return FALSE;
}

static const LfIniSection *
find_profile(const LfIni *ini, const char *name)
{
  if (ini == NULL)
    return NULL;
  g_autofree char *long_name = g_strconcat("profile ", name, NULL);
  const LfIniSection *section = lf_ini_section(ini, long_name);
  return section != NULL ? section : lf_ini_section(ini, name);
}

static gboolean
look_up(ProfileProvider *self, Lookup *lookup, GError **error)
{
  static const char *const variables[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"};
  const char *name = self->name;
  lookup->name_from = name != NULL ? "credential_profile_name" : NULL;
  for (gsize i = 0; name == NULL && i < G_N_ELEMENTS(variables); i++) {
    name = lf_cred_getenv(&self->env, variables[i]);
    lookup->name_from = name != NULL ? variables[i] : NULL;
  }
  lookup->name = g_strdup(name != NULL ? name : "default");
  for (int i = 0; i < 2; i++) {
    if (!load_file(self, i, lookup, error))
      return FALSE;
    lookup->sections[i] = find_profile(lookup->files[i], lookup->name);
  }
  return TRUE;
}

/* Keys */

static const LfIniKey *
nonempty_key(const LfIniSection *section, const char *name)
{
  const LfIniKey *key = lf_ini_key(section, name);
  return key != NULL && key->value[0] != '\0' ? key : NULL;
}

static gboolean
check_refused(const Lookup *lookup, GError **error)
{
  for (int i = 0; i < 2; i++) {
    for (gsize k = 0; k < G_N_ELEMENTS(REFUSED); k++) {
      const LfIniKey *key = nonempty_key(lookup->sections[i], REFUSED[k].key);
      if (key != NULL)
        return lf_place_error(error, key->place, LF_CONFIG_ERROR_REFUSED,
                              "%s in profile %s: %s is not there in this version; give aws_access_key_id and "
                              "aws_secret_access_key",
                              key->name, lookup->name, REFUSED[k].what);
    }
  }
  return TRUE;
}

/* The pair in one of the files. */
static LfCredResult
keys_of_section(const Lookup *lookup, int which, LfCredentials **out, GError **error)
{
  const LfIniSection *section = lookup->sections[which];
  const LfIniKey *id = nonempty_key(section, "aws_access_key_id");
  const LfIniKey *secret = nonempty_key(section, "aws_secret_access_key");
  if (id == NULL && secret == NULL)
    return LF_CRED_NONE;
  if (id == NULL || secret == NULL) {
    lf_place_error(error, (id != NULL ? id : secret)->place, LF_CONFIG_ERROR_INVALID, "profile %s has %s without %s",
                   lookup->name, (id != NULL ? id : secret)->name,
                   id != NULL ? "aws_secret_access_key" : "aws_access_key_id");
    return LF_CRED_FAILED;
  }
  const LfIniKey *token = nonempty_key(section, "aws_session_token");
  g_autofree char *place = lf_place_format(id->place);
  g_autofree char *source = g_strdup_printf("%sprofile %s", place, lookup->name);
  *out = lf_credentials_new(id->value, secret->value, token != NULL ? token->value : NULL, source);
  return LF_CRED_FOUND;
}

/* Why the lookup found no keys, as a clause. */
static char *
describe(const Lookup *lookup)
{
  GString *text = g_string_new(NULL);
  for (int i = 0; i < 2; i++) {
    g_string_append_printf(text, "%s%s (%s)", i > 0 ? ", " : "", lookup->paths[i],
                           lookup->files[i] == NULL      ? "no such file"
                           : lookup->sections[i] == NULL ? "no such profile"
                                                         : "no keys in it");
  }
  return g_string_free(text, FALSE);
}

static LfCredResult
profile_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  ProfileProvider *self = (ProfileProvider *)provider;
  g_auto(Lookup) lookup = {0};
  if (!look_up(self, &lookup, error) || !check_refused(&lookup, error))
    return LF_CRED_FAILED;
  for (int i = 0; i < 2; i++) {
    LfCredResult result = keys_of_section(&lookup, i, out, error);
    if (result != LF_CRED_NONE)
      return result;
  }
  g_autofree char *why = describe(&lookup);
  gboolean nowhere = lookup.sections[CREDENTIALS] == NULL && lookup.sections[CONFIG] == NULL;
  if (self->name != NULL || (lookup.name_from != NULL && nowhere)) {
    lf_place_error(error, self->name != NULL ? self->place : (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
                   "%s: no keys for profile %s in %s", lookup.name_from, lookup.name, why);
    return LF_CRED_FAILED;
  }
  *looked_at = g_strdup_printf("profile %s in %s", lookup.name, why);
  return LF_CRED_NONE;
}

static void
profile_clear(ProfileProvider *self)
{
  g_free(self->name);
  g_free(self->file);
}

static void
profile_free(LfCredProvider *provider)
{
  profile_clear((ProfileProvider *)provider);
  g_free(provider);
}

static void
profile_init(ProfileProvider *self, const LfCredOptions *options)
{
  *self = (ProfileProvider){
      .head = {&lf_cred_profile_class},
      .name = g_strdup(lf_cred_nonempty(options->credential_profile_name)),
      .file = g_strdup(lf_cred_nonempty(options->shared_credential_file)),
      .place = options->place,
      .env = options->env,
  };
}

static LfCredProvider *
profile_make(const LfCredOptions *options)
{
  ProfileProvider *self = g_new(ProfileProvider, 1);
  profile_init(self, options);
  return &self->head;
}

static gboolean
profile_claims(const LfCredOptions *options)
{
  return lf_cred_nonempty(options->credential_profile_name) != NULL;
}

gboolean
lf_cred_profile_region(const LfCredOptions *options, char **region, GError **error)
{
  *region = NULL;
  ProfileProvider self;
  profile_init(&self, options);
  g_auto(Lookup) lookup = {0};
  gboolean ok = look_up(&self, &lookup, error);
  for (int i = 0; ok && *region == NULL && i < 2; i++) {
    const LfIniKey *key = nonempty_key(lookup.sections[i], "region");
    if (key != NULL)
      *region = g_strdup(key->value);
  }
  profile_clear(&self);
  return ok;
}

const LfCredProviderClass lf_cred_profile_class = {
    .name = "the shared credentials and config files",
    .make = profile_make,
    .claims = profile_claims,
    .get = profile_get,
    .free = profile_free,
};
