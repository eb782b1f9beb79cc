/* Temporary keys that the server has issued: by STS, to a container, to an instance. */
#ifndef LF_FAKEAWS_SESSION_H
#define LF_FAKEAWS_SESSION_H

#include "base/buf.h"

/* How many are kept; the oldest is forgotten then, as if it never was. */
enum { LF_FAKE_SESSIONS_MAX = 4096 };

/* One set of keys. All strings are owned. */
typedef struct {
  char *access_key_id;
  char *secret_access_key;
  char *session_token;
  char *arn; /* of the caller that uses them */
  gint64 expires_ms;
} LfFakeSession;

typedef struct LfFakeSessions LfFakeSessions;

/* Returns: (transfer full): lf_fake_sessions_free. */
LfFakeSessions *lf_fake_sessions_new(void);

/* Frees all. NULL is allowed. */
void lf_fake_sessions_free(LfFakeSessions *sessions);

/* Makes new keys, an id that begins with ASIA. Any thread. Returns: (transfer full): a copy. */
LfFakeSession *lf_fake_sessions_issue(LfFakeSessions *sessions, const char *arn, gint64 expires_ms);

/* The keys with this id. Any thread. Returns: (transfer full) (nullable): a copy. */
LfFakeSession *lf_fake_sessions_find(LfFakeSessions *sessions, LfSlice access_key_id);

/* The account of its caller, out of the ARN. Returns: (transfer full): g_free. */
char *lf_fake_session_account(const LfFakeSession *session);

/* Frees a copy. NULL is allowed. */
void lf_fake_session_free(LfFakeSession *session);

/* Appends the keys as the agents of ECS and EC2 give them: {"Code", "AccessKeyId", "SecretAccessKey", "Token",
 * "Expiration", …}. */
void lf_fake_session_append_json(const LfFakeSession *session, gint64 now_ms, LfBuf *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfFakeSession, lf_fake_session_free)

#endif
