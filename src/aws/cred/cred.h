/* Credentials, and the type of what provides them. */
#ifndef LF_AWS_CRED_CRED_H
#define LF_AWS_CRED_CRED_H

#include "base/clock.h"
#include "base/place.h"
#include "base/slice.h"

/* Keys that requests are signed with. All strings are owned. No text that is shown to anyone holds the last two. */
typedef struct {
  char *access_key_id;
  char *secret_access_key;
  char *session_token; /* NULL for long-lived keys */
  gint64 expires_ms;   /* wall time of AWS; 0 for never */
  char *source; /* where they are from, for messages: "the environment", "/home/a/.aws/credentials:2: profile x" */
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

/* What providers see of the process: replaceable for tests. `getenv` NULL is the process's own environment. */
typedef struct {
  LfGetenvFn getenv;
  void *data;
} LfCredEnv;

/* The variable's value. Returns: (transfer none) (nullable): NULL also where it is empty, as AWS's SDKs take it. */
const char *lf_cred_getenv(const LfCredEnv *env, const char *name);

/* What a configuration says about credentials; each string is (nullable), NULL or empty for not set, and borrowed.
 * `place` is where the configuration says it. */
typedef struct {
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token;
  const char *credential_profile_name;
  const char *shared_credential_file;
  LfPlace place;
  LfCredEnv env;
} LfCredOptions;

typedef enum {
  LF_CRED_FOUND,
  LF_CRED_NONE,   /* nothing here: the next provider is asked */
  LF_CRED_FAILED, /* something is here and wrong: the error is set and nobody else is asked */
} LfCredResult;

typedef struct LfCredProvider LfCredProvider;

/* One way to credentials. `name` is how messages call it. `claims` says whether the configuration asks for this one
 * alone. `get` looks now and may block on files and, in providers to come, on the network; with LF_CRED_NONE it sets
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

/* A profile in the shared credentials and config files; see cred/profile.h. */
extern const LfCredProviderClass lf_cred_profile_class;

/* Frees the provider. NULL is allowed. */
void lf_cred_provider_free(LfCredProvider *provider);

/* NULL for an empty string. */
static inline const char *
lf_cred_nonempty(const char *s)
{
  return s != NULL && s[0] != '\0' ? s : NULL;
}

#endif
