/* Keeps credentials and fetches new ones in a thread of its own. */
#include "aws/cred/cache.h"

#include "aws/cred/chain.h"
#include "aws/words.h"
#include "base/digest.h"
#include "base/log.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum {
  RETRY_MIN_MS = 100, /* between two tries in the background, while the old credentials hold */
  RETRY_MAX_MS = 60 * 1000,
  LIFE_SHARE = 5, /* new ones are fetched a fifth of the life before the end */
};

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

struct LfCredCache {
  LfCredStore *store;
  LfCredOptions *options;
  LfCredChain *chain;     /* the thread's alone */
  LfCredentials *current; /* (nullable) */
  gint64 refresh_at_ms;   /* AWS's wall time */
  gint64 next_try_ms;
  gint64 skew_ms;              /* AWS's wall time less ours */
  guint64 done;                /* attempts that have ended */
  GError *failure;             /* (nullable) of the last attempt */
  gboolean wanted;             /* an attempt waits for the thread, or is under way */
  char refused[LF_SHA256_HEX]; /* what AWS calls expired; "" for nothing */
  gboolean said;               /* that refreshing fails */
  char *said_failure;          /* (nullable) the error that was said, while nothing holds */
  gint64 looked_ms;            /* monotonic: when the configuration was looked at for new keys; the thread's alone */
};

struct LfCredStore {
  const LfClock *clock;
  pthread_mutex_t lock; /* over all but the chains */
  pthread_cond_t changed;
  pthread_t thread;
  gboolean runs;
  atomic_bool cancel;
  GPtrArray *caches;   /* of LfCredCache */
  LfCredRenewFn renew; /* (nullable) */
  void *renew_data;
};

/* Keys are held from now on: neither a core file nor a debugger of the same user gets to see them. Sanitizers watch the
 * process in the way that this forbids. */
static void
protect(void)
{
#ifndef SANITIZED
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static void
fingerprint(const LfCredentials *c, char out[LF_SHA256_HEX])
{
  char *all =
      g_strjoin("\n", c->access_key_id, c->secret_access_key, c->session_token != NULL ? c->session_token : "", NULL);
  lf_digest_sha256_hex(lf_slice_str(all), out);
  lf_cred_wipe(all);
}

/* What can be done about keys that AWS no longer takes, by where they are from. */
static const char *const REFUSED[] = {
    [LF_CRED_FROM_OTHER] = "there are no newer ones yet; they are looked for again",
    [LF_CRED_FROM_CONFIG] = "put new ones there: the configuration's files are looked at every 10 s and no restart is "
                            "needed; it goes on where it stopped and no event is lost",
    [LF_CRED_FROM_ENV] = "the environment of a running program does not change: restart it with new ones; it goes on "
                         "where it stopped and no event is lost",
    [LF_CRED_FROM_FILE] = "put new ones there: the file is looked at every 10 s and no restart is needed; it goes on "
                          "where it stopped and no event is lost",
};

/* Why the credentials that were found cannot be used; NULL where they can. */
static GError *
check(const LfCredCache *cache, const LfCredentials *found, gint64 now_ms)
{
  char print[LF_SHA256_HEX];
  fingerprint(found, print);
  if (strcmp(print, cache->refused) == 0)
    return g_error_new(LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: AWS says that these credentials have expired; %s",
                       found->source, REFUSED[found->from]);
  if (found->expires_ms != 0 && found->expires_ms <= now_ms) {
    char until[LF_TIME_TEXT];
    lf_clock_format_ms(found->expires_ms, until);
    return g_error_new(LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: the credentials have expired at %s already",
                       found->source, until);
  }
  return NULL;
}

static gboolean
holds(const LfCredCache *cache, gint64 now_ms)
{
  const LfCredentials *c = cache->current;
  return c != NULL && (c->expires_ms == 0 || now_ms < c->expires_ms);
}

/* Takes the credentials and says until when they hold. */
static void
take(LfCredCache *cache, LfCredentials *found, gint64 now_ms)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, protect);
  char until[LF_TIME_TEXT] = "they are replaced";
  if (found->expires_ms != 0)
    lf_clock_format_ms(found->expires_ms, until);
  lf_log_debug("aws", "credentials: %s, key %s, until %s", found->source, found->access_key_id, until);
  gint64 window_ms = cache->options->role_arn != NULL ? cache->options->role_expiry_window_ms : 0;
  cache->refresh_at_ms = found->expires_ms - MAX((found->expires_ms - now_ms) / LIFE_SHARE, window_ms);
  lf_credentials_free(cache->current);
  cache->current = found;
  cache->refused[0] = '\0';
  cache->said = FALSE;
  g_clear_pointer(&cache->said_failure, g_free);
}

/* Nothing holds any more: it is said once for all who ask. */
static void
say_failure(LfCredCache *cache, const char *text)
{
  if (lf_aws_same_complaint(cache->said_failure, text) || atomic_load(&cache->store->cancel))
    return;
  g_autofree char *where = lf_place_format(cache->options->place);
  lf_log_error("aws", "%scredentials: %s", g_str_has_prefix(text, where) ? "" : where, text);
  g_free(cache->said_failure);
  cache->said_failure = g_strdup(text);
}

/* An attempt has ended; the lock is held. */
static void
finish(LfCredCache *cache, LfCredentials *found, GError *error)
{
  gint64 now_ms = lf_clock_wall_ms(cache->store->clock) + cache->skew_ms;
  if (found != NULL)
    error = check(cache, found, now_ms);
  if (error == NULL)
    take(cache, found, now_ms);
  else if (found != NULL)
    lf_credentials_free(found);
  gint64 left_ms = cache->current != NULL ? cache->current->expires_ms - now_ms : 0;
  cache->next_try_ms = now_ms + CLAMP(left_ms / LIFE_SHARE, RETRY_MIN_MS, RETRY_MAX_MS);
  if (error != NULL && holds(cache, now_ms) && !cache->said && !atomic_load(&cache->store->cancel)) {
    char until[LF_TIME_TEXT];
    lf_clock_format_ms(cache->current->expires_ms, until);
    lf_log_warning("aws", "credentials cannot be refreshed; the old ones hold until %s, and it is tried again: %s",
                   until, error->message);
    cache->said = TRUE;
  }
  if (error != NULL && !holds(cache, now_ms))
    say_failure(cache, error->message);
  g_clear_error(&cache->failure);
  cache->failure = error;
  cache->wanted = FALSE;
  cache->done++;
}

/* Puts other keys into the options, in place of the configuration's; the lock is not held. */
static void
replace_keys(LfCredCache *cache, const LfCredentials *keys)
{
  LfCredOptions fresh = *cache->options;
  fresh.access_key_id = keys->access_key_id;
  fresh.secret_access_key = keys->secret_access_key;
  fresh.session_token = keys->session_token;
  LfCredOptions *options = lf_cred_options_copy(&fresh), *old = cache->options;
  LfCredChain *chain = lf_cred_chain_new(options);
  pthread_mutex_lock(&cache->store->lock);
  cache->options = options;
  pthread_mutex_unlock(&cache->store->lock);
  lf_cred_chain_free(cache->chain);
  cache->chain = chain;
  lf_cred_options_free(old);
}

/* Looks into the configuration's files, where its keys are no longer taken and some time has passed. Returns: whether
 * there are other ones. */
static gboolean
look_for_keys(LfCredCache *cache)
{
  LfCredStore *store = cache->store;
  gint64 now_ms = lf_clock_monotonic_ms(store->clock);
  if (store->renew == NULL || !lf_cred_static_class.claims(cache->options) ||
      (cache->looked_ms != 0 && now_ms - cache->looked_ms < LF_CRED_RENEW_MS))
    return FALSE;
  cache->looked_ms = MAX(now_ms, 1);
  g_autoptr(LfCredentials) keys = store->renew(cache->options, store->renew_data);
  if (keys == NULL)
    return FALSE;
  replace_keys(cache, keys);
  return TRUE;
}

/* One attempt, with the lock not held. `doubted`: the last one failed, or AWS has refused what it gave. */
static LfCredentials *
attempt(LfCredCache *cache, gboolean doubted, GError **error)
{
  if (doubted)
    look_for_keys(cache);
  g_autoptr(GError) local = NULL;
  LfCredentials *found = lf_cred_chain_get(cache->chain, &local);
  if (found == NULL && !doubted && look_for_keys(cache)) { /* a role's own keys are what has expired, say */
    g_clear_error(&local);
    found = lf_cred_chain_get(cache->chain, &local);
  }
  if (found == NULL)
    g_propagate_error(error, g_steal_pointer(&local));
  return found;
}

static LfCredCache *
next_wanted(const LfCredStore *store)
{
  for (guint i = 0; i < store->caches->len; i++) {
    LfCredCache *cache = g_ptr_array_index(store->caches, i);
    if (cache->wanted)
      return cache;
  }
  return NULL;
}

static void *
run(void *data)
{
  LfCredStore *store = data;
  pthread_mutex_lock(&store->lock);
  while (!atomic_load(&store->cancel)) {
    LfCredCache *cache = next_wanted(store);
    if (cache == NULL) {
      pthread_cond_wait(&store->changed, &store->lock);
      continue;
    }
    gboolean doubted = cache->refused[0] != '\0' || cache->failure != NULL;
    pthread_mutex_unlock(&store->lock);
    GError *error = NULL;
    LfCredentials *found = attempt(cache, doubted, &error);
    pthread_mutex_lock(&store->lock);
    finish(cache, found, error);
  }
  pthread_mutex_unlock(&store->lock);
  return NULL;
}

/* Asks the thread for an attempt; the lock is held. */
static void
want(LfCredCache *cache)
{
  LfCredStore *store = cache->store;
  if (cache->wanted)
    return;
  cache->wanted = TRUE;
  if (!store->runs)
    store->runs = pthread_create(&store->thread, NULL, run, store) == 0;
  g_assert(store->runs);
  pthread_cond_signal(&store->changed);
}

static LfCredCacheResult
get_locked(LfCredCache *cache, gint64 now_ms, guint64 *ticket, LfCredentials **out, GError **error)
{
  cache->skew_ms = now_ms - lf_clock_wall_ms(cache->store->clock);
  if (holds(cache, now_ms)) {
    if (cache->current->expires_ms != 0 && now_ms >= cache->refresh_at_ms && now_ms >= cache->next_try_ms)
      want(cache);
    *out = lf_credentials_copy(cache->current);
    *ticket = 0;
    return LF_CRED_CACHE_READY;
  }
  if (*ticket != 0 && cache->done >= *ticket) {
    *ticket = 0;
    if (cache->failure != NULL) {
      g_propagate_error(error, g_error_copy(cache->failure));
      return LF_CRED_CACHE_FAILED;
    }
  }
  if (*ticket == 0)
    *ticket = cache->done + 1;
  want(cache);
  return LF_CRED_CACHE_WAIT;
}

LfCredCacheResult
lf_cred_cache_get(LfCredCache *cache, gint64 now_ms, guint64 *ticket, LfCredentials **out, GError **error)
{
  pthread_mutex_lock(&cache->store->lock);
  LfCredCacheResult result = get_locked(cache, now_ms, ticket, out, error);
  pthread_mutex_unlock(&cache->store->lock);
  return result;
}

void
lf_cred_cache_refuse(LfCredCache *cache, const char *access_key_id)
{
  pthread_mutex_lock(&cache->store->lock);
  if (cache->current != NULL && strcmp(cache->current->access_key_id, access_key_id) == 0) {
    fingerprint(cache->current, cache->refused);
    g_clear_pointer(&cache->current, lf_credentials_free);
  }
  pthread_mutex_unlock(&cache->store->lock);
}

static void
cache_free(gpointer data)
{
  LfCredCache *cache = data;
  lf_cred_chain_free(cache->chain);
  lf_cred_options_free(cache->options);
  lf_credentials_free(cache->current);
  g_clear_error(&cache->failure);
  g_free(cache->said_failure);
  g_free(cache);
}

LfCredStore *
lf_cred_store_new(const LfClock *clock)
{
  LfCredStore *store = g_new0(LfCredStore, 1);
  store->clock = clock;
  pthread_mutex_init(&store->lock, NULL);
  pthread_cond_init(&store->changed, NULL);
  atomic_init(&store->cancel, FALSE);
  store->caches = g_ptr_array_new_with_free_func(cache_free);
  return store;
}

void
lf_cred_store_set_renew(LfCredStore *store, LfCredRenewFn renew, void *data)
{
  store->renew = renew;
  store->renew_data = data;
}

void
lf_cred_store_free(LfCredStore *store)
{
  if (store == NULL)
    return;
  atomic_store(&store->cancel, TRUE);
  if (store->runs) {
    pthread_mutex_lock(&store->lock);
    pthread_cond_signal(&store->changed);
    pthread_mutex_unlock(&store->lock);
    pthread_join(store->thread, NULL);
  }
  g_ptr_array_unref(store->caches);
  pthread_cond_destroy(&store->changed);
  pthread_mutex_destroy(&store->lock);
  g_free(store);
}

LfCredCache *
lf_cred_store_cache(LfCredStore *store, const LfCredOptions *options)
{
  LfCredCache *found = NULL;
  pthread_mutex_lock(&store->lock);
  for (guint i = 0; found == NULL && i < store->caches->len; i++) {
    LfCredCache *cache = g_ptr_array_index(store->caches, i);
    if (lf_cred_options_equal(cache->options, options))
      found = cache;
  }
  if (found == NULL) {
    found = g_new0(LfCredCache, 1);
    found->store = store;
    found->options = lf_cred_options_copy(options);
    found->options->env.clock = store->clock;
    found->options->env.cancel = &store->cancel;
    found->chain = lf_cred_chain_new(found->options);
    g_ptr_array_add(store->caches, found);
  }
  pthread_mutex_unlock(&store->lock);
  return found;
}
