/* A profile's credentials, by whichever way it says. */
#include "aws/cred/profile.h"

#include "aws/cred/process.h"
#include "aws/cred/profile_files.h"
#include "aws/cred/role.h"
#include "aws/cred/sso.h"

enum { DURATION_MIN_S = 900, DURATION_MAX_S = 43200 };

typedef struct {
  LfCredProvider head;
  LfCredOptions *options;
} ProfileProvider;

/* A walk from profile to source_profile. `names` are the profiles on the way, the last the one that is looked at. */
typedef struct {
  const LfCredOptions *options;
  const LfProfileFiles *files;
  const char *names[LF_CRED_PROFILE_DEPTH];
  guint depth;
} Walk;

/* What a credential_source may be. */
static const struct {
  const char *word;
  const LfCredProviderClass *klass;
} SOURCES[] = {
    {"Environment", &lf_cred_env_class},
    {"Ec2InstanceMetadata", &lf_cred_imds_class},
    {"EcsContainer", &lf_cred_container_class},
};

static LfCredResult resolve(Walk *walk, const char *name, LfCredentials **out, GError **error);

/* Keys */

static LfCredResult
get_keys(const LfProfile *profile, LfCredentials **out, GError **error)
{
  for (int i = 0; i < LF_PROFILE_FILES; i++) {
    LfProfile one = {.name = profile->name};
    one.sections[i] = profile->sections[i];
    const LfIniKey *id = lf_profile_key(&one, "aws_access_key_id");
    const LfIniKey *secret = lf_profile_key(&one, "aws_secret_access_key");
    if (id == NULL && secret == NULL)
      continue;
    if (id == NULL || secret == NULL) {
      lf_place_error(error, (id != NULL ? id : secret)->place, LF_CONFIG_ERROR_INVALID, "profile %s has %s without %s",
                     profile->name, (id != NULL ? id : secret)->name,
                     id != NULL ? "aws_secret_access_key" : "aws_access_key_id");
      return LF_CRED_FAILED;
    }
    g_autofree char *place = lf_place_format(id->place);
    g_autofree char *source = g_strdup_printf("%sprofile %s", place, profile->name);
    *out = lf_credentials_new(id->value, secret->value, lf_profile_value(&one, "aws_session_token"), source);
    (*out)->from = LF_CRED_FROM_FILE;
    return LF_CRED_FOUND;
  }
  return LF_CRED_NONE;
}

/* Roles */

/* What the profile says about the session. */
static gboolean
read_role(const LfProfile *profile, LfStsRole *role, GError **error)
{
  const LfIniKey *duration = lf_profile_key(profile, "duration_seconds");
  const LfIniKey *mfa = lf_profile_key(profile, "mfa_serial");
  const char *name = lf_profile_value(profile, "role_session_name");
  guint64 seconds = LF_CRED_ROLE_DURATION_S;
  if (mfa != NULL)
    return lf_place_error(error, mfa->place, LF_CONFIG_ERROR_REFUSED,
                          "mfa_serial in profile %s: nobody is there to type a code; take a role that asks for none",
                          profile->name);
  if (duration != NULL &&
      !g_ascii_string_to_unsigned(duration->value, 10, DURATION_MIN_S, DURATION_MAX_S, &seconds, NULL))
    return lf_place_error(error, duration->place, LF_CONFIG_ERROR_INVALID,
                          "duration_seconds in profile %s takes a whole number from %d to %d", profile->name,
                          DURATION_MIN_S, DURATION_MAX_S);
  *role = (LfStsRole){.role_arn = lf_profile_value(profile, "role_arn"),
                      .session_name = name != NULL ? name : LF_CRED_ROLE_SESSION_NAME,
                      .external_id = lf_profile_value(profile, "external_id"),
                      .duration_s = (gint64)seconds};
  return TRUE;
}

/* The credentials that credential_source names. */
static LfCredResult
get_source(const Walk *walk, const LfProfile *profile, const LfIniKey *key, LfCredentials **out, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(SOURCES); i++) {
    if (strcmp(key->value, SOURCES[i].word) != 0)
      continue;
    g_autofree char *looked_at = NULL;
    LfCredProvider *provider = SOURCES[i].klass->make(walk->options);
    LfCredResult result = SOURCES[i].klass->get(provider, out, &looked_at, error);
    lf_cred_provider_free(provider);
    if (result == LF_CRED_NONE)
      lf_place_error(error, key->place, LF_CONFIG_ERROR_INVALID, "credential_source of profile %s: %s", profile->name,
                     looked_at);
    return result == LF_CRED_FOUND ? LF_CRED_FOUND : LF_CRED_FAILED;
  }
  lf_place_error(error, key->place, LF_CONFIG_ERROR_INVALID,
                 "credential_source of profile %s is Environment, Ec2InstanceMetadata or EcsContainer, not %s",
                 profile->name, key->value);
  return LF_CRED_FAILED;
}

/* The credentials that sign the request for the role. */
static LfCredResult
get_signer(Walk *walk, const LfProfile *profile, const LfIniKey *arn, LfCredentials **out, GError **error)
{
  const LfIniKey *profile_key = lf_profile_key(profile, "source_profile");
  const LfIniKey *source_key = lf_profile_key(profile, "credential_source");
  if ((profile_key != NULL) == (source_key != NULL)) {
    lf_place_error(error, arn->place, LF_CONFIG_ERROR_INVALID,
                   "role_arn of profile %s needs %s source_profile and credential_source", profile->name,
                   profile_key != NULL ? "only one of" : "one of");
    return LF_CRED_FAILED;
  }
  if (source_key != NULL)
    return get_source(walk, profile, source_key, out, error);
  LfProfile source = lf_profile_find(walk->files, profile_key->value);
  if (!lf_profile_exists(&source)) {
    g_autofree char *where = lf_profile_describe(walk->files, &source);
    lf_place_error(error, profile_key->place, LF_CONFIG_ERROR_INVALID, "source_profile of profile %s: %s is not in %s",
                   profile->name, profile_key->value, where);
    return LF_CRED_FAILED;
  }
  LfCredResult result = strcmp(profile_key->value, profile->name) == 0 ? get_keys(profile, out, error)
                                                                       : resolve(walk, profile_key->value, out, error);
  if (result == LF_CRED_NONE) {
    lf_place_error(error, profile_key->place, LF_CONFIG_ERROR_INVALID,
                   "source_profile of profile %s: profile %s has no credentials", profile->name, profile_key->value);
    return LF_CRED_FAILED;
  }
  return result;
}

/* Where STS is asked for this profile's role: its own region and endpoint_url count. */
static LfCredentials *
ask_sts(const Walk *walk, const LfProfile *profile, const LfStsRole *role, const LfCredentials *signer,
        const char *what, GError **error)
{
  LfCredOptions options = *walk->options;
  options.credential_profile_name = profile->name;
  const char *own = lf_profile_value(profile, "region");
  g_autofree char *region = own != NULL ? g_strdup(own) : lf_cred_role_region(&options);
  g_autofree char *url = lf_cred_role_url(&options, region, error);
  if (url == NULL)
    return NULL;
  LfCredSts sts = {url, region, options.proxy, &options.env, options.tls};
  return lf_cred_role_get(&sts, role, signer, what, error);
}

static LfCredResult
get_role(Walk *walk, const LfProfile *profile, const LfIniKey *arn, LfCredentials **out, GError **error)
{
  const LfIniKey *file = lf_profile_key(profile, "web_identity_token_file");
  g_autofree char *place = lf_place_format(arn->place);
  g_autofree char *what = g_strdup_printf("%srole_arn %s of profile %s", place, arn->value, profile->name);
  LfStsRole role;
  if (!read_role(profile, &role, error))
    return LF_CRED_FAILED;
  if (file != NULL) {
    char *token = lf_cred_token_file(file->value, error);
    if (token == NULL) {
      g_prefix_error(error, "web_identity_token_file of profile %s: ", profile->name);
      return LF_CRED_FAILED;
    }
    role.web_identity_token = token;
    *out = ask_sts(walk, profile, &role, NULL, what, error);
    lf_cred_wipe(token);
  } else {
    LfCredentials *found = NULL;
    if (get_signer(walk, profile, arn, &found, error) != LF_CRED_FOUND)
      return LF_CRED_FAILED;
    g_autoptr(LfCredentials) signer = found;
    *out = ask_sts(walk, profile, &role, signer, what, error);
  }
  return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
}

/* The other ways */

static LfCredResult
get_process(const Walk *walk, const LfProfile *profile, const LfIniKey *key, LfCredentials **out, GError **error)
{
  g_autofree char *place = lf_place_format(key->place);
  g_autofree char *source = g_strdup_printf("%scredential_process of profile %s", place, profile->name);
  *out = lf_cred_process_run(&walk->options->env, key->value, LF_CRED_PROCESS_TIMEOUT_MS, source, error);
  if (*out == NULL)
    g_prefix_error(error, "%sprofile %s: ", place, profile->name);
  return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
}

static gboolean
enter(Walk *walk, const char *name, GError **error)
{
  GString *way = g_string_new(NULL);
  gboolean again = FALSE;
  for (guint i = 0; i < walk->depth; i++) {
    again = again || strcmp(walk->names[i], name) == 0;
    g_string_append_printf(way, "%s -> ", walk->names[i]);
  }
  g_string_append(way, name);
  g_autofree char *text = g_string_free(way, FALSE);
  if (again || walk->depth == LF_CRED_PROFILE_DEPTH) {
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: source_profile %s: %s",
                walk->files->paths[LF_PROFILE_CONFIG], again ? "goes round in a loop" : "goes on too long", text);
    return FALSE;
  }
  walk->names[walk->depth++] = name;
  return TRUE;
}

static LfCredResult
resolve(Walk *walk, const char *name, LfCredentials **out, GError **error)
{
  if (!enter(walk, name, error))
    return LF_CRED_FAILED;
  LfProfile profile = lf_profile_find(walk->files, name);
  const LfIniKey *arn = lf_profile_key(&profile, "role_arn");
  const LfIniKey *process = lf_profile_key(&profile, "credential_process");
  const LfIniKey *login = lf_profile_key(&profile, "login_session");
  if (arn != NULL)
    return get_role(walk, &profile, arn, out, error);
  LfCredResult result = get_keys(&profile, out, error);
  if (result != LF_CRED_NONE)
    return result;
  if (lf_cred_sso_is(&profile)) {
    *out = lf_cred_sso_get(walk->options, walk->files, &profile, error);
    return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
  }
  if (process != NULL)
    return get_process(walk, &profile, process, out, error);
  if (login != NULL) {
    lf_place_error(error, login->place, LF_CONFIG_ERROR_REFUSED,
                   "login_session in profile %s: a console login is not there in this version; give it a role, keys, "
                   "sso_session or credential_process",
                   name);
    return LF_CRED_FAILED;
  }
  return LF_CRED_NONE;
}

/* The provider */

static LfCredResult
profile_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  const LfCredOptions *options = ((ProfileProvider *)provider)->options;
  gboolean named = lf_cred_nonempty(options->credential_profile_name) != NULL;
  const char *from;
  g_autofree char *name = g_strdup(lf_profile_name(options, &from));
  g_auto(LfProfileFiles) files = {0};
  if (!lf_profile_files_load(options, &files, error))
    return LF_CRED_FAILED;
  Walk walk = {.options = options, .files = &files};
  LfCredResult result = resolve(&walk, name, out, error);
  if (result != LF_CRED_NONE)
    return result;
  LfProfile profile = lf_profile_find(&files, name);
  g_autofree char *why = lf_profile_describe(&files, &profile);
  if (named || (from != NULL && !lf_profile_exists(&profile))) {
    lf_place_error(error, named ? options->place : (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
                   "%s: no keys for profile %s in %s", from, name, why);
    return LF_CRED_FAILED;
  }
  *looked_at = g_strdup_printf("profile %s in %s", name, why);
  return LF_CRED_NONE;
}

static void
profile_free(LfCredProvider *provider)
{
  ProfileProvider *self = (ProfileProvider *)provider;
  lf_cred_options_free(self->options);
  g_free(self);
}

static LfCredProvider *
profile_make(const LfCredOptions *options)
{
  ProfileProvider *self = g_new0(ProfileProvider, 1);
  self->head.klass = &lf_cred_profile_class;
  self->options = lf_cred_options_copy(options);
  return &self->head;
}

static gboolean
profile_claims(const LfCredOptions *options)
{
  return lf_cred_nonempty(options->credential_profile_name) != NULL;
}

const LfCredProviderClass lf_cred_profile_class = {
    .name = "the shared credentials and config files",
    .make = profile_make,
    .claims = profile_claims,
    .get = profile_get,
    .free = profile_free,
};
