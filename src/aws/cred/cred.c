/* Credentials as a value, and what all providers share. */
#include "aws/cred/cred.h"

LfCredentials *
lf_credentials_new(const char *access_key_id, const char *secret_access_key, const char *session_token,
                   const char *source)
{
  LfCredentials *credentials = g_new0(LfCredentials, 1);
  credentials->access_key_id = g_strdup(access_key_id);
  credentials->secret_access_key = g_strdup(secret_access_key);
  credentials->session_token = g_strdup(lf_cred_nonempty(session_token));
  credentials->source = g_strdup(source);
  return credentials;
}

LfCredentials *
lf_credentials_copy(const LfCredentials *credentials)
{
  LfCredentials *copy = lf_credentials_new(credentials->access_key_id, credentials->secret_access_key,
                                           credentials->session_token, credentials->source);
  copy->expires_ms = credentials->expires_ms;
  return copy;
}

static void
wipe(char *s)
{
  if (s != NULL)
    explicit_bzero(s, strlen(s));
  g_free(s);
}

void
lf_credentials_free(LfCredentials *credentials)
{
  if (credentials == NULL)
    return;
  wipe(credentials->secret_access_key);
  wipe(credentials->session_token);
  g_free(credentials->access_key_id);
  g_free(credentials->source);
  g_free(credentials);
}

const char *
lf_cred_getenv(const LfCredEnv *env, const char *name)
{
  return lf_cred_nonempty(env->getenv != NULL ? env->getenv(name, env->data) : g_getenv(name));
}

void
lf_cred_provider_free(LfCredProvider *provider)
{
  if (provider == NULL)
    return;
  if (provider->klass->free != NULL)
    provider->klass->free(provider);
  else
    g_free(provider);
}
