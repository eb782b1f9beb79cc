/* The cache of credentials: when it asks, what it gives meanwhile, what it says. */
#include "aws/cred/cache.h"
#include "base/log.h"

#include <pthread.h>

#define START_MS G_GINT64_CONSTANT(1795526943000)

/* A container's agent that a test commands, and a clock that it moves. */
typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  gint64 now_ms;
  gint64 life_ms; /* of what the agent gives; 0: it refuses */
  guint asked;
  guint number;     /* of the keys that it gives */
  gboolean holding; /* it does not answer yet */
  LfCredStore *store;
  LfClock clock;
  LfCredOptions options;
  guint warnings;
  guint errors;
  guint looked;      /* for new keys of the configuration */
  const char *there; /* (nullable) the key id that it has by now */
} Fixture;

static gint64
wall_ns(void *data)
{
  Fixture *f = data;
  pthread_mutex_lock(&f->lock);
  gint64 now_ms = f->now_ms;
  pthread_mutex_unlock(&f->lock);
  return now_ms * 1000000;
}

static gint64
monotonic_ms(void *data)
{
  return wall_ns(data) / 1000000;
}

static const char *
get_variable(const char *name, void *data)
{
  return strcmp(name, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") == 0 ? "/x"
         : strcmp(name, "HOME") == 0                                 ? "/nonexistent"
                                                                     : NULL;
}

static gboolean
agent(const LfHttpRequest *request, const atomic_bool *cancel, LfFetchAnswer *answer, void *data, GError **error)
{
  Fixture *f = data;
  pthread_mutex_lock(&f->lock);
  f->asked++;
  pthread_cond_broadcast(&f->changed);
  while (f->holding && !atomic_load(cancel)) {
    pthread_mutex_unlock(&f->lock);
    g_usleep(1000);
    pthread_mutex_lock(&f->lock);
  }
  answer->date_ms = -1;
  answer->status = f->life_ms != 0 ? 200 : 400;
  char until[LF_TIME_TEXT];
  lf_clock_format_ms(f->now_ms + f->life_ms, until);
  if (strcmp(request->method, "POST") == 0) /* STS, for the role */
    lf_buf_printf(&answer->body,
                  "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>R%u</AccessKeyId><SecretAccessKey>"
                  "hidden</SecretAccessKey><SessionToken>hidden</SessionToken><Expiration>%s</Expiration></Credentials>"
                  "</AssumeRoleResult></AssumeRoleResponse>",
                  f->number, until);
  else
    lf_buf_printf(&answer->body,
                  "{\"AccessKeyId\":\"K%u\",\"SecretAccessKey\":\"hidden\",\"Token\":\"hidden\",\"Expiration\":\"%s\"}",
                  f->number, until);
  pthread_mutex_unlock(&f->lock);
  return TRUE;
}

static void
on_log(LfLogLevel level, const char *line, gsize len, void *data)
{
  Fixture *f = data;
  pthread_mutex_lock(&f->lock);
  f->warnings += level == LF_LOG_WARNING;
  f->errors += level == LF_LOG_ERROR;
  pthread_mutex_unlock(&f->lock);
  g_assert_null(g_strstr_len(line, (gssize)len, "hidden"));
}

static void
set_up(Fixture *f, gconstpointer data)
{
  pthread_mutex_init(&f->lock, NULL);
  pthread_cond_init(&f->changed, NULL);
  f->now_ms = START_MS;
  f->life_ms = 900 * 1000;
  f->number = 1;
  f->clock = (LfClock){wall_ns, monotonic_ms, f};
  f->options.env = (LfCredEnv){.getenv = get_variable, .data = f, .fetch = agent, .fetch_data = f};
  f->store = lf_cred_store_new(&f->clock);
  lf_log_set_sink(on_log, f);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  lf_cred_store_free(f->store);
  lf_log_set_sink(NULL, NULL);
  pthread_cond_destroy(&f->changed);
  pthread_mutex_destroy(&f->lock);
}

static void
set(Fixture *f, gint64 now_ms, guint number, gint64 life_ms, gboolean holding)
{
  pthread_mutex_lock(&f->lock);
  f->now_ms = START_MS + now_ms;
  f->number = number;
  f->life_ms = life_ms;
  f->holding = holding;
  pthread_mutex_unlock(&f->lock);
}

static guint
asked(Fixture *f)
{
  pthread_mutex_lock(&f->lock);
  guint n = f->asked;
  pthread_mutex_unlock(&f->lock);
  return n;
}

static void
wait_asked(Fixture *f, guint n)
{
  pthread_mutex_lock(&f->lock);
  while (f->asked < n)
    pthread_cond_wait(&f->changed, &f->lock);
  pthread_mutex_unlock(&f->lock);
}

/* Asks until the answer is not to wait. Returns: (transfer full): the key's id, or "error: …". */
static char *
get(Fixture *f, LfCredCache *cache)
{
  guint64 ticket = 0;
  for (;;) {
    g_autoptr(GError) error = NULL;
    LfCredentials *found = NULL;
    LfCredCacheResult result = lf_cred_cache_get(cache, wall_ns(f) / 1000000, &ticket, &found, &error);
    g_autoptr(LfCredentials) owned = found;
    if (result == LF_CRED_CACHE_READY)
      return g_strdup(owned->access_key_id);
    if (result == LF_CRED_CACHE_FAILED)
      return g_strconcat("error: ", error->message, NULL);
    g_usleep(500);
  }
}

static void
expect(Fixture *f, LfCredCache *cache, const char *want)
{
  g_autofree char *got = get(f, cache);
  if (!g_str_has_prefix(got, want)) {
    g_test_message("'%s', not '%s'", got, want);
    g_test_fail();
  }
}

/* Asks until the background has brought the key. */
static void
expect_soon(Fixture *f, LfCredCache *cache, const char *want)
{
  for (int i = 0; i < 5000; i++) {
    g_autofree char *got = get(f, cache);
    if (strcmp(got, want) == 0)
      return;
    g_usleep(1000);
  }
  g_test_fail();
}

static void
test_refresh(Fixture *f, gconstpointer data)
{
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  expect(f, cache, "K1");
  set(f, 719 * 1000, 2, 900 * 1000, FALSE); /* 900 s, a fifth of it: 180 s */
  expect(f, cache, "K1");
  g_usleep(20000);
  g_assert_cmpuint(asked(f), ==, 1);
  set(f, 720 * 1000, 2, 900 * 1000, TRUE);
  expect(f, cache, "K1"); /* nobody waits for the new ones */
  wait_asked(f, 2);
  expect(f, cache, "K1");
  set(f, 720 * 1000, 2, 900 * 1000, FALSE);
  expect_soon(f, cache, "K2");
  g_assert_cmpuint(asked(f), ==, 2);
}

static void
test_window(Fixture *f, gconstpointer data)
{
  f->options.role_expiry_window_ms = 600 * 1000; /* without a role it is none */
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  expect(f, cache, "K1");
  set(f, 400 * 1000, 2, 900 * 1000, FALSE);
  expect(f, cache, "K1");
  g_usleep(20000);
  g_assert_cmpuint(asked(f), ==, 1);

  f->options.role_arn = "arn:aws:iam::123456789012:role/reader";
  LfCredCache *role = lf_cred_store_cache(f->store, &f->options);
  set(f, 0, 1, 900 * 1000, FALSE);
  expect(f, role, "R1");
  g_assert_cmpuint(asked(f), ==, 3); /* the agent, STS */
  set(f, 299 * 1000, 2, 900 * 1000, FALSE);
  expect(f, role, "R1");
  g_usleep(20000);
  g_assert_cmpuint(asked(f), ==, 3);
  set(f, 300 * 1000, 2, 900 * 1000, FALSE); /* 600 s before the end */
  expect_soon(f, role, "R2");
}

static void
test_failing_refresh(Fixture *f, gconstpointer data)
{
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  expect(f, cache, "K1");
  for (gint64 s = 720; s < 900; s += 20) { /* it is tried again and again, and said once */
    set(f, s * 1000, 2, 0, FALSE);
    expect(f, cache, "K1");
    g_usleep(5000);
  }
  g_assert_cmpuint(asked(f), >, 2);
  set(f, 899999, 2, 0, FALSE);
  expect(f, cache, "K1"); /* to the last second */
  set(f, 900000, 2, 0, FALSE);
  expect(f, cache, "error: the container's credentials at http://169.254.170.2/x: status 400");
  set(f, 900000, 3, 900 * 1000, FALSE);
  expect(f, cache, "K3");
  g_assert_cmpuint(f->warnings, ==, 1);
}

static void
test_refused(Fixture *f, gconstpointer data)
{
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  expect(f, cache, "K1");
  lf_cred_cache_refuse(cache, "K0"); /* an old call's answer */
  expect(f, cache, "K1");
  g_assert_cmpuint(asked(f), ==, 1);
  set(f, 1000, 2, 900 * 1000, FALSE);
  lf_cred_cache_refuse(cache, "K1");
  expect(f, cache, "K2");
  lf_cred_cache_refuse(cache, "K2");
  expect(f, cache,
         "error: the container's credentials at http://169.254.170.2/x: AWS says that these credentials have "
         "expired; there are no newer ones yet");
  set(f, 1000, 3, 900 * 1000, FALSE);
  expect(f, cache, "K3");
  set(f, 1000 + 900 * 1000, 4, -1000, FALSE);
  expect(f, cache, "error: the container's credentials at http://169.254.170.2/x: the credentials have expired at ");
}

static void
test_shared(Fixture *f, gconstpointer data)
{
  LfCredOptions other = f->options;
  LfCredCache *one = lf_cred_store_cache(f->store, &f->options);
  g_assert_true(lf_cred_store_cache(f->store, &other) == one);
  other.place = (LfPlace){"other.yml", 1, 1};
  other.session_token = "";
  g_assert_true(lf_cred_store_cache(f->store, &other) == one);
  other.role_arn = "arn";
  g_assert_false(lf_cred_store_cache(f->store, &other) == one);
  expect(f, one, "K1");
  expect(f, one, "K1");
  g_assert_cmpuint(asked(f), ==, 1);
}

static void
test_all_waiters_learn_of_the_failure(Fixture *f, gconstpointer data)
{
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  guint64 tickets[5] = {0};
  set(f, 0, 1, 0, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS(tickets); i++) {
    LfCredentials *found = NULL;
    g_assert_cmpint(lf_cred_cache_get(cache, START_MS, &tickets[i], &found, NULL), ==, LF_CRED_CACHE_WAIT);
  }
  set(f, 0, 1, 0, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS(tickets); i++) {
    LfCredentials *found = NULL;
    LfCredCacheResult result;
    g_autoptr(GError) error = NULL;
    while ((result = lf_cred_cache_get(cache, START_MS, &tickets[i], &found, &error)) == LF_CRED_CACHE_WAIT)
      g_usleep(500);
    g_assert_cmpint(result, ==, LF_CRED_CACHE_FAILED);
    g_assert_nonnull(error);
  }
  g_assert_cmpuint(asked(f), ==, 1); /* one attempt for all */
}

static void
test_stop_while_the_agent_hangs(Fixture *f, gconstpointer data)
{
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  guint64 ticket = 0;
  LfCredentials *found = NULL;
  set(f, 0, 1, 1000, TRUE);
  g_assert_cmpint(lf_cred_cache_get(cache, START_MS, &ticket, &found, NULL), ==, LF_CRED_CACHE_WAIT);
  wait_asked(f, 1);
  gint64 began = g_get_monotonic_time();
  lf_cred_store_free(g_steal_pointer(&f->store));
  g_assert_cmpint(g_get_monotonic_time() - began, <, 2 * G_USEC_PER_SEC);
}

static LfCredentials *
renew(const LfCredOptions *expired, void *data)
{
  Fixture *f = data;
  pthread_mutex_lock(&f->lock);
  f->looked++;
  gboolean other = f->there != NULL && strcmp(f->there, expired->access_key_id) != 0;
  LfCredentials *found = other ? lf_credentials_new(f->there, "hidden", NULL, NULL) : NULL;
  pthread_mutex_unlock(&f->lock);
  return found;
}

static guint
looked(Fixture *f)
{
  pthread_mutex_lock(&f->lock);
  guint n = f->looked;
  pthread_mutex_unlock(&f->lock);
  return n;
}

#define EXPIRED_TEXT                                                                                                   \
  "error: access_key_id in the configuration: AWS says that these credentials have expired; put new ones there: the "  \
  "configuration's files are looked at every 10 s"

static void
test_keys_of_the_configuration(Fixture *f, gconstpointer data)
{
  LfCredOptions options = f->options;
  options.access_key_id = "C1";
  options.secret_access_key = "hidden";
  options.session_token = "hidden";
  options.place = (LfPlace){"filebeat.yml", 3, 3};
  lf_cred_store_set_renew(f->store, renew, f);
  LfCredCache *cache = lf_cred_store_cache(f->store, &options);
  expect(f, cache, "C1");
  g_assert_cmpuint(looked(f), ==, 0); /* nobody looks while they hold */
  lf_cred_cache_refuse(cache, "C1");
  expect(f, cache, EXPIRED_TEXT);
  g_assert_cmpuint(looked(f), ==, 1); /* at once */
  f->there = "C2";
  set(f, 9999, 1, 0, FALSE);
  expect(f, cache, EXPIRED_TEXT);
  g_assert_cmpuint(looked(f), ==, 1);
  set(f, 10000, 1, 0, FALSE);
  expect(f, cache, "C2");
  g_assert_cmpuint(looked(f), ==, 2);
  g_assert_cmpuint(f->errors, ==, 1);
  lf_cred_cache_refuse(cache, "C2"); /* and again */
  expect(f, cache, EXPIRED_TEXT);
  f->there = "C3";
  set(f, 30000, 1, 0, FALSE);
  expect(f, cache, "C3");
  g_assert_cmpuint(f->errors, ==, 2);
}

static void
test_a_role_on_keys_of_the_configuration(Fixture *f, gconstpointer data)
{
  LfCredOptions options = f->options;
  options.access_key_id = "C1";
  options.secret_access_key = "hidden";
  options.role_arn = "arn:aws:iam::123456789012:role/reader";
  options.region = "us-east-1";
  lf_cred_store_set_renew(f->store, renew, f);
  f->there = "C2";
  set(f, 0, 1, 0, FALSE); /* STS refuses */
  LfCredCache *cache = lf_cred_store_cache(f->store, &options);
  expect(f, cache, "error: ");
  g_assert_cmpuint(looked(f), ==, 1);
  g_assert_cmpuint(asked(f), ==, 2); /* with the old ones, then at once with the new ones */
  set(f, 0, 1, 900 * 1000, FALSE);
  expect(f, cache, "R1");
  g_assert_cmpuint(looked(f), ==, 1);
}

static void
test_nobody_looks_for_keys_from_elsewhere(Fixture *f, gconstpointer data)
{
  lf_cred_store_set_renew(f->store, renew, f);
  LfCredCache *cache = lf_cred_store_cache(f->store, &f->options);
  set(f, 0, 1, 0, FALSE);
  for (int i = 0; i < 3; i++)
    expect(f, cache, "error: the container's credentials");
  g_assert_cmpuint(looked(f), ==, 0);
  g_assert_cmpuint(f->errors, ==, 1); /* one line, whoever asks */
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/cred-cache/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("refresh", test_refresh);
  ADD("window", test_window);
  ADD("failing-refresh", test_failing_refresh);
  ADD("refused", test_refused);
  ADD("shared", test_shared);
  ADD("waiters", test_all_waiters_learn_of_the_failure);
  ADD("configuration", test_keys_of_the_configuration);
  ADD("configuration-role", test_a_role_on_keys_of_the_configuration);
  ADD("elsewhere", test_nobody_looks_for_keys_from_elsewhere);
  ADD("stop", test_stop_while_the_agent_hangs);
  return g_test_run();
}
