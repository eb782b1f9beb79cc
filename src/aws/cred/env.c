/* Keys from the environment. */
#include "aws/cred/cred.h"

typedef struct {
  LfCredProvider head;
  LfCredEnv env;
} EnvProvider;

static LfCredProvider *
env_make(const LfCredOptions *options)
{
  EnvProvider *self = g_new0(EnvProvider, 1);
  self->head.klass = &lf_cred_env_class;
  self->env = options->env;
  return &self->head;
}

/* Refuses a value that cannot be a key; a secret that was made from a file often ends with its line break. */
static gboolean
check_value(const LfCredEnv *env, const char *name, GError **error)
{
  const char *wrong = lf_cred_bad_key(lf_cred_getenv(env, name));
  if (wrong == NULL)
    return TRUE;
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s in the environment %s: set it without that", name,
              wrong);
  return FALSE;
}

static LfCredResult
env_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  EnvProvider *self = (EnvProvider *)provider;
  const char *id = lf_cred_getenv(&self->env, "AWS_ACCESS_KEY_ID");
  const char *secret = lf_cred_getenv(&self->env, "AWS_SECRET_ACCESS_KEY");
  if (id != NULL && secret != NULL) {
    static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
      if (!check_value(&self->env, names[i], error))
        return LF_CRED_FAILED;
    *out = lf_credentials_new(id, secret, lf_cred_getenv(&self->env, "AWS_SESSION_TOKEN"),
                              "AWS_ACCESS_KEY_ID in the environment");
    (*out)->from = LF_CRED_FROM_ENV;
    return LF_CRED_FOUND;
  }
  if (id == NULL && secret == NULL) {
    *looked_at = g_strdup("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment: not set");
    return LF_CRED_NONE;
  }
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
              "the environment sets %s without %s: set both, or neither, to take credentials from elsewhere",
              id != NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
              id != NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
  return LF_CRED_FAILED;
}

const LfCredProviderClass lf_cred_env_class = {
    .name = "the environment",
    .make = env_make,
    .get = env_get,
};
