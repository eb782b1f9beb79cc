/* Issues temporary keys and knows them again. */
#include "fakeaws/session.h"

#include "base/clock.h"
#include "base/digest.h"

#include <pthread.h>

enum { ID_RANDOM = 16, SECRET_BYTES = 30, TOKEN_BYTES = 96 };

struct LfFakeSessions {
  pthread_mutex_t lock;
  GQueue all; /* of LfFakeSession, the oldest first */
};

LfFakeSessions *
lf_fake_sessions_new(void)
{
  LfFakeSessions *sessions = g_new0(LfFakeSessions, 1);
  pthread_mutex_init(&sessions->lock, NULL);
  g_queue_init(&sessions->all);
  return sessions;
}

static void
free_session(gpointer session)
{
  lf_fake_session_free(session);
}

void
lf_fake_sessions_free(LfFakeSessions *sessions)
{
  if (sessions == NULL)
    return;
  g_queue_clear_full(&sessions->all, free_session);
  pthread_mutex_destroy(&sessions->lock);
  g_free(sessions);
}

void
lf_fake_session_free(LfFakeSession *session)
{
  if (session == NULL)
    return;
  g_free(session->access_key_id);
  g_free(session->secret_access_key);
  g_free(session->session_token);
  g_free(session->arn);
  g_free(session);
}

static LfFakeSession *
copy_session(const LfFakeSession *session)
{
  LfFakeSession *copy = g_new0(LfFakeSession, 1);
  copy->access_key_id = g_strdup(session->access_key_id);
  copy->secret_access_key = g_strdup(session->secret_access_key);
  copy->session_token = g_strdup(session->session_token);
  copy->arn = g_strdup(session->arn);
  copy->expires_ms = session->expires_ms;
  return copy;
}

static char *
random_base64(gsize n)
{
  guint8 bytes[TOKEN_BYTES];
  lf_digest_random(bytes, n);
  return g_base64_encode(bytes, n);
}

LfFakeSession *
lf_fake_sessions_issue(LfFakeSessions *sessions, const char *arn, gint64 expires_ms)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  guint8 bytes[ID_RANDOM];
  LfFakeSession *session = g_new0(LfFakeSession, 1);
  lf_digest_random(bytes, sizeof bytes);
  session->access_key_id = g_strdup("ASIA................");
  for (gsize i = 0; i < ID_RANDOM; i++)
    session->access_key_id[4 + i] = letters[bytes[i] % 32];
  session->secret_access_key = random_base64(SECRET_BYTES);
  session->session_token = random_base64(TOKEN_BYTES);
  session->arn = g_strdup(arn);
  session->expires_ms = expires_ms;
  LfFakeSession *copy = copy_session(session);
  pthread_mutex_lock(&sessions->lock);
  g_queue_push_tail(&sessions->all, session);
  if (sessions->all.length > LF_FAKE_SESSIONS_MAX)
    lf_fake_session_free(g_queue_pop_head(&sessions->all));
  pthread_mutex_unlock(&sessions->lock);
  return copy;
}

LfFakeSession *
lf_fake_sessions_find(LfFakeSessions *sessions, LfSlice access_key_id)
{
  LfFakeSession *found = NULL;
  pthread_mutex_lock(&sessions->lock);
  for (const GList *l = sessions->all.tail; found == NULL && l != NULL; l = l->prev) {
    const LfFakeSession *session = l->data;
    if (lf_slice_is(access_key_id, session->access_key_id))
      found = copy_session(session);
  }
  pthread_mutex_unlock(&sessions->lock);
  return found;
}

char *
lf_fake_session_account(const LfFakeSession *session)
{
  g_auto(GStrv) parts = g_strsplit(session->arn, ":", 6);
  return g_strdup(g_strv_length(parts) == 6 ? parts[4] : "");
}

void
lf_fake_session_append_json(const LfFakeSession *session, gint64 now_ms, LfBuf *out)
{
  char now[LF_TIME_TEXT], until[LF_TIME_TEXT];
  lf_clock_format_ms(now_ms, now);
  lf_clock_format_ms(session->expires_ms, until);
  lf_buf_printf(out,
                "{\"Code\":\"Success\",\"LastUpdated\":\"%s\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"%s\","
                "\"SecretAccessKey\":\"%s\",\"Token\":\"%s\",\"Expiration\":\"%s\"}",
                now, session->access_key_id, session->secret_access_key, session->session_token, until);
}
