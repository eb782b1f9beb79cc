/* Credentials that are kept and refreshed: one cache for all inputs with the same options, one thread for all caches. */
#ifndef LF_AWS_CRED_CACHE_H
#define LF_AWS_CRED_CACHE_H

#include "aws/cred/cred.h"

/* All caches of the process and the thread that fills them. Providers block; they do so there alone. */
typedef struct LfCredStore LfCredStore;

typedef struct LfCredCache LfCredCache;

typedef enum {
  LF_CRED_CACHE_READY,
  LF_CRED_CACHE_WAIT,   /* they are being fetched: ask again soon */
  LF_CRED_CACHE_FAILED, /* fetching them failed, and nothing older holds */
} LfCredCacheResult;

/* A store without caches; its thread begins with the first question. `clock` is borrowed.
 * Returns: (transfer full): lf_cred_store_free. */
LfCredStore *lf_cred_store_new(const LfClock *clock);

/* Ends what the thread is at, overwrites all secrets and frees the caches too. NULL is allowed. */
void lf_cred_store_free(LfCredStore *store);

/* How often keys of the configuration that are no longer taken are looked for in its files, at the most. */
enum { LF_CRED_RENEW_MS = 10 * 1000 };

/* Looks for keys that the configuration has by now in place of those in `expired`. Called in the store's thread, where it
 * may block for a while; it watches expired->env.cancel. It says itself what is wrong with the files.
 * Returns: (transfer full) (nullable): NULL for no other ones; only the three keys count. */
typedef LfCredentials *(*LfCredRenewFn)(const LfCredOptions *expired, void *data);

/* Who looks for them; nobody without it. Before the first question. `data` is borrowed. */
void lf_cred_store_set_renew(LfCredStore *store, LfCredRenewFn renew, void *data);

/* The cache for these options, which are copied but for what `env` points to: inputs with the same options share it.
 * Returns: (transfer none): until the store is freed. */
LfCredCache *lf_cred_store_cache(LfCredStore *store, const LfCredOptions *options);

/* The credentials at `now_ms`, AWS's wall time; any thread, never blocks. Those that hold are given to their last
 * second; a fifth of their life before that, or the role's expiry window, whichever is earlier, new ones are fetched in
 * the background.
 * `ticket` is 0 at the first question and handed in again after LF_CRED_CACHE_WAIT: with it every asker learns of the
 * failure that he waited for. The failure is logged here, once until it is another one: askers need not say it.
 * `out`: (out) (transfer full): with LF_CRED_CACHE_READY. `error`: with LF_CRED_CACHE_FAILED, LF_CONFIG_ERROR. */
LfCredCacheResult lf_cred_cache_get(LfCredCache *cache, gint64 now_ms, guint64 *ticket, LfCredentials **out,
                                    GError **error);

/* AWS says that the credentials with this key id have expired: they are not given again, and new ones are fetched at the
 * next question. Nothing happens where the cache has others by now. */
void lf_cred_cache_refuse(LfCredCache *cache, const char *access_key_id);

#endif
