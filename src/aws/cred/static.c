/* Keys that stand in the configuration. */
#include "aws/cred/cred.h"

typedef struct {
  LfCredProvider head;
  LfCredentials *keys; /* a part may be NULL */
  LfPlace place;
} StaticProvider;

static gboolean
static_claims(const LfCredOptions *options)
{
  return lf_cred_nonempty(options->access_key_id) != NULL || lf_cred_nonempty(options->secret_access_key) != NULL ||
         lf_cred_nonempty(options->session_token) != NULL;
}

static LfCredProvider *
static_make(const LfCredOptions *options)
{
  StaticProvider *self = g_new0(StaticProvider, 1);
  self->head.klass = &lf_cred_static_class;
  self->keys =
      lf_credentials_new(lf_cred_nonempty(options->access_key_id), lf_cred_nonempty(options->secret_access_key),
                         options->session_token, "access_key_id in the configuration");
  self->keys->from = LF_CRED_FROM_CONFIG;
  self->place = options->place;
  return &self->head;
}

/* Refuses a value that cannot be a key. */
static gboolean
check_keys(const StaticProvider *self, GError **error)
{
  const struct {
    const char *name, *value;
  } keys[] = {{"access_key_id", self->keys->access_key_id},
              {"secret_access_key", self->keys->secret_access_key},
              {"session_token", self->keys->session_token}};
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    const char *wrong = lf_cred_bad_key(keys[i].value);
    if (wrong != NULL)
      return lf_place_error(error, self->place, LF_CONFIG_ERROR_INVALID,
                            "%s %s: set it without that (what it is set from may have it, a variable or a file)",
                            keys[i].name, wrong);
  }
  return TRUE;
}

static LfCredResult
static_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  StaticProvider *self = (StaticProvider *)provider;
  gboolean id = self->keys->access_key_id != NULL, secret = self->keys->secret_access_key != NULL;
  if (id && secret) {
    if (!check_keys(self, error))
      return LF_CRED_FAILED;
    *out = lf_credentials_copy(self->keys);
    return LF_CRED_FOUND;
  }
  if (!id && !secret && self->keys->session_token == NULL) {
    *looked_at = g_strdup("the configuration: no access_key_id");
    return LF_CRED_NONE;
  }
  if (id != secret)
    lf_place_error(error, self->place, LF_CONFIG_ERROR_INVALID,
                   "%s is set without %s: both are needed, or neither, to take credentials from elsewhere",
                   id ? "access_key_id" : "secret_access_key", id ? "secret_access_key" : "access_key_id");
  else
    lf_place_error(error, self->place, LF_CONFIG_ERROR_INVALID,
                   "session_token is set without access_key_id and secret_access_key");
  return LF_CRED_FAILED;
}

static void
static_free(LfCredProvider *provider)
{
  StaticProvider *self = (StaticProvider *)provider;
  lf_credentials_free(self->keys);
  g_free(self);
}

const LfCredProviderClass lf_cred_static_class = {
    .name = "keys in the configuration",
    .make = static_make,
    .claims = static_claims,
    .get = static_get,
    .free = static_free,
};
