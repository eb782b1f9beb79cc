/* Credentials, and the type of what provides them. */
#ifndef LF_AWS_CRED_CRED_H
#define LF_AWS_CRED_CRED_H

#include "base/clock.h"
#include "base/place.h"
#include "base/slice.h"
#include "net/fetch.h"

/* What kind of place credentials are from, where that decides what can be done once they have expired. */
typedef enum {
  LF_CRED_FROM_OTHER,
  LF_CRED_FROM_CONFIG, /* keys in the configuration */
  LF_CRED_FROM_ENV,    /* keys in the environment */
  LF_CRED_FROM_FILE,   /* keys in the shared files */
} LfCredFrom;

/* Keys that requests are signed with. All strings are owned. No text that is shown to anyone holds the last two. */
typedef struct {
  char *access_key_id;
  char *secret_access_key;
  char *session_token; /* NULL for long-lived keys */
  gint64 expires_ms;   /* wall time of AWS; 0 for never */
  char *source; /* where they are from, for messages: "the environment", "/home/a/.aws/credentials:2: profile x" */
  LfCredFrom from;
} LfCredentials;

/* Copies of the three keys (`session_token` may be NULL or empty for none) and of `source`; never expiring.
 * Returns: (transfer full): free with lf_credentials_free. */
LfCredentials *lf_credentials_new(const char *access_key_id, const char *secret_access_key, const char *session_token,
                                  const char *source);

/* A copy. Returns: (transfer full). */
LfCredentials *lf_credentials_copy(const LfCredentials *credentials);

/* Overwrites the secrets and frees. NULL is allowed. */
void lf_credentials_free(LfCredentials *credentials);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfCredentials, lf_credentials_free)

/* An environment variable's value. Returns: (transfer none) (nullable): valid until the environment changes. */
typedef const char *(*LfGetenvFn)(const char *name, void *data);

/* What providers see of the process and the network: replaceable for tests. Zeroed it is the process's own environment,
 * lf_fetch, the system's clock. `cancel` (nullable) ends what blocks once it is TRUE. All is borrowed. */
typedef struct {
  LfGetenvFn getenv;
  void *data;
  LfFetchFn fetch;
  void *fetch_data;
  const LfClock *clock;
  const atomic_bool *cancel;
} LfCredEnv;

/* The variable's value. Returns: (transfer none) (nullable): NULL also where it is empty, as AWS's SDKs take it. */
const char *lf_cred_getenv(const LfCredEnv *env, const char *name);

/* Whether the variable says "true", in any case, as AWS's SDKs read their switches. */
gboolean lf_cred_getenv_bool(const LfCredEnv *env, const char *name);

/* The wall time. */
gint64 lf_cred_now_ms(const LfCredEnv *env);

/* Whether what blocks is to end. */
gboolean lf_cred_cancelled(const LfCredEnv *env);

/* Waits, but not past `cancel`. */
void lf_cred_sleep(const LfCredEnv *env, gint64 ms);

/* Sends the request up to `tries` times, with 0.1 s, 0.2 s, … between: again where there is no answer, and at status
 * 429 and from 500 on. Returns: FALSE with LF_HTTP_ERROR where no try had an answer. */
gboolean lf_cred_fetch(const LfCredEnv *env, const LfHttpRequest *request, guint tries, LfFetchAnswer *answer,
                       GError **error);

/* What a configuration says about credentials; each string is (nullable), NULL or empty for not set, and borrowed.
 * `place` is where the configuration says it. `fips_enabled` asks for FIPS endpoints. `region`, `endpoint` (the input's option) and `proxy` say how STS is
 * reached; `region` NULL takes AWS_REGION's, the profile's or us-east-1. */
typedef struct {
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token;
  const char *credential_profile_name;
  const char *shared_credential_file;
  const char *role_arn; /* the role that is assumed with whatever was found */
  const char *external_id;
  gint64 role_duration_ms;      /* 0: 15 minutes */
  gint64 role_expiry_window_ms; /* how long before their end the role's credentials are fetched anew, at the least */
  const char *region;
  const char *endpoint;
  const char *proxy;
  gboolean fips_enabled;
  const LfTls *tls; /* (nullable) how STS and SSO are spoken to; borrowed; a copy holds a reference */
  LfPlace place;
  LfCredEnv env;
} LfCredOptions;

/* A copy that owns its strings, but not what `env` points to. Returns: (transfer full): lf_cred_options_free. */
LfCredOptions *lf_cred_options_copy(const LfCredOptions *options);

/* Overwrites the secrets and frees a copy. NULL is allowed. */
void lf_cred_options_free(LfCredOptions *options);

/* Whether both ask for the same credentials in the same way; `place` does not count. */
gboolean lf_cred_options_equal(const LfCredOptions *a, const LfCredOptions *b);

typedef enum {
  LF_CRED_FOUND,
  LF_CRED_NONE,   /* nothing here: the next provider is asked */
  LF_CRED_FAILED, /* something is here and wrong: the error is set and nobody else is asked */
} LfCredResult;

typedef struct LfCredProvider LfCredProvider;

/* One way to credentials. `name` is how messages call it. `claims` says whether the configuration asks for this one
 * alone. `get` looks now and may block on files, processes and the network; with LF_CRED_NONE it sets
 * `looked_at` (transfer full) to a line that says what it looked at and did not find, without secrets. `free` may be
 * NULL where g_free does. Providers hold no lock: one thread at a time. */
typedef struct {
  const char *name;
  LfCredProvider *(*make)(const LfCredOptions *options);
  gboolean (*claims)(const LfCredOptions *options);
  LfCredResult (*get)(LfCredProvider *self, LfCredentials **out, char **looked_at, GError **error);
  void (*free)(LfCredProvider *self);
} LfCredProviderClass;

/* The head of every provider. */
struct LfCredProvider {
  const LfCredProviderClass *klass;
};

/* Keys in the configuration: half a pair is an error. */
extern const LfCredProviderClass lf_cred_static_class;

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
extern const LfCredProviderClass lf_cred_env_class;

/* AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME: AssumeRoleWithWebIdentity. */
extern const LfCredProviderClass lf_cred_web_identity_class;

/* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI: the agent of ECS or EKS. */
extern const LfCredProviderClass lf_cred_container_class;

/* EC2 instance metadata, version 2. */
extern const LfCredProviderClass lf_cred_imds_class;

/* A profile in the shared credentials and config files, by whatever way it says; see cred/profile.h. */
extern const LfCredProviderClass lf_cred_profile_class;

/* Frees the provider. NULL is allowed. */
void lf_cred_provider_free(LfCredProvider *provider);

/* What a key must not have, since it goes into a header or stands in nobody's key: control characters, blanks around it,
 * or bytes outside ASCII. Returns: (transfer none) (nullable): what is wrong with it, as "ends with a line break"; NULL for a
 * good one, and for NULL. */
const char *lf_cred_bad_key(const char *key);

/* Overwrites a text and frees it. NULL is allowed. */
void lf_cred_wipe(char *secret);

/* NULL for an empty string. */
static inline const char *
lf_cred_nonempty(const char *s)
{
  return s != NULL && s[0] != '\0' ? s : NULL;
}

#endif
