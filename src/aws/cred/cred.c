/* Credentials as a value, and what all providers share. */
#include "aws/cred/cred.h"

enum { SLEEP_STEP_MS = 50, TRY_WAIT_MS = 100 };

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
  copy->from = credentials->from;
  return copy;
}

void
lf_cred_wipe(char *s)
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
  lf_cred_wipe(credentials->secret_access_key);
  lf_cred_wipe(credentials->session_token);
  g_free(credentials->access_key_id);
  g_free(credentials->source);
  g_free(credentials);
}

const char *
lf_cred_getenv(const LfCredEnv *env, const char *name)
{
  return lf_cred_nonempty(env->getenv != NULL ? env->getenv(name, env->data) : g_getenv(name));
}

const char *
lf_cred_bad_key(const char *key)
{
  gsize len = key != NULL ? strlen(key) : 0;
  if (len == 0)
    return NULL;
  if (key[len - 1] == '\n' || key[len - 1] == '\r')
    return "ends with a line break";
  if (g_ascii_isspace(key[0]) || g_ascii_isspace(key[len - 1]))
    return "has blanks around it";
  for (const char *p = key; *p != '\0'; p++)
    if ((guint8)*p < 0x20 || (guint8)*p >= 0x7f)
      return "holds a control character, or one that is not ASCII";
  return NULL;
}

gboolean
lf_cred_getenv_bool(const LfCredEnv *env, const char *name)
{
  const char *value = lf_cred_getenv(env, name);
  return value != NULL && g_ascii_strcasecmp(value, "true") == 0;
}

gint64
lf_cred_now_ms(const LfCredEnv *env)
{
  return lf_clock_wall_ms(env->clock != NULL ? env->clock : lf_clock_system());
}

gboolean
lf_cred_cancelled(const LfCredEnv *env)
{
  return env->cancel != NULL && atomic_load(env->cancel);
}

void
lf_cred_sleep(const LfCredEnv *env, gint64 ms)
{
  for (; ms > 0 && !lf_cred_cancelled(env); ms -= SLEEP_STEP_MS)
    g_usleep((gulong)MIN(ms, SLEEP_STEP_MS) * 1000);
}

gboolean
lf_cred_fetch(const LfCredEnv *env, const LfHttpRequest *request, guint tries, LfFetchAnswer *answer, GError **error)
{
  LfFetchFn fetch = env->fetch != NULL ? env->fetch : lf_fetch;
  for (guint try = 1;; try++) {
    g_autoptr(GError) local = NULL;
    gboolean ok = fetch(request, env->cancel, answer, env->fetch_data, &local);
    gboolean last = try >= tries || lf_cred_cancelled(env);
    gboolean transient = ok ? answer->status == 429 || answer->status >= 500
                            : local->code == LF_HTTP_ERROR_NETWORK || local->code == LF_HTTP_ERROR_TIMEOUT;
    if (transient && !last) {
      lf_fetch_answer_clear(answer);
      lf_cred_sleep(env, (gint64)TRY_WAIT_MS << (try - 1));
      continue;
    }
    if (!ok)
      g_propagate_error(error, g_steal_pointer(&local));
    return ok;
  }
}

/* The texts of options, for copying and comparing. */
static const gsize OPTION_TEXTS[] = {
    offsetof(LfCredOptions, access_key_id),
    offsetof(LfCredOptions, secret_access_key),
    offsetof(LfCredOptions, session_token),
    offsetof(LfCredOptions, credential_profile_name),
    offsetof(LfCredOptions, shared_credential_file),
    offsetof(LfCredOptions, role_arn),
    offsetof(LfCredOptions, external_id),
    offsetof(LfCredOptions, region),
    offsetof(LfCredOptions, endpoint),
    offsetof(LfCredOptions, proxy),
};

static const char *
option_text(const LfCredOptions *options, gsize i)
{
  return *(const char *const *)(const void *)((const char *)options + OPTION_TEXTS[i]);
}

LfCredOptions *
lf_cred_options_copy(const LfCredOptions *options)
{
  LfCredOptions *copy = g_memdup2(options, sizeof *options);
  for (gsize i = 0; i < G_N_ELEMENTS(OPTION_TEXTS); i++)
    *(char **)(void *)((char *)copy + OPTION_TEXTS[i]) = g_strdup(lf_cred_nonempty(option_text(options, i)));
  copy->tls = lf_tls_ref(options->tls);
  return copy;
}

void
lf_cred_options_free(LfCredOptions *options)
{
  if (options == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(OPTION_TEXTS); i++)
    lf_cred_wipe((char *)option_text(options, i));
  lf_tls_unref((LfTls *)options->tls);
  g_free(options);
}

gboolean
lf_cred_options_equal(const LfCredOptions *a, const LfCredOptions *b)
{
  for (gsize i = 0; i < G_N_ELEMENTS(OPTION_TEXTS); i++)
    if (g_strcmp0(lf_cred_nonempty(option_text(a, i)), lf_cred_nonempty(option_text(b, i))) != 0)
      return FALSE;
  return a->tls == b->tls && a->fips_enabled == b->fips_enabled && a->role_duration_ms == b->role_duration_ms &&
         a->role_expiry_window_ms == b->role_expiry_window_ms && a->env.getenv == b->env.getenv &&
         a->env.data == b->env.data && a->env.fetch == b->env.fetch && a->env.fetch_data == b->env.fetch_data;
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
