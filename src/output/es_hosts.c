/* Several hosts: which takes the next request. */
#include "output/es_hosts.h"

#include "base/log.h"
#include "net/retry.h"

enum { QUIET_MS = 30 * 1000 /* what comes and goes is said no more often */ };

/* What is wrong with a host; each change of it is said once. */
typedef struct {
  LfEsHostState state;
  LfRetry retry;
  gint64 not_before_ms;
  guint in_flight;
  gboolean said; /* that it is bad */
  LfEsHostState said_state;
  gint64 said_ms;
} Host;

struct LfEsHosts {
  const LfEsClient *client;
  guint workers;
  gboolean loadbalance;
  Host *hosts;
  guint n;
  guint next;
  guint in_flight; /* of all */
};

LfEsHosts *
lf_es_hosts_new(const LfEsClient *client, guint workers, gboolean loadbalance, gint64 backoff_init_ms,
                gint64 backoff_max_ms)
{
  LfEsHosts *all = g_new0(LfEsHosts, 1);
  all->client = client;
  all->workers = workers;
  all->loadbalance = loadbalance;
  all->n = lf_es_client_n_hosts(client);
  all->hosts = g_new0(Host, all->n);
  for (guint i = 0; i < all->n; i++)
    all->hosts[i].retry = (LfRetry){backoff_init_ms, backoff_max_ms, 0};
  return all;
}

void
lf_es_hosts_free(LfEsHosts *all)
{
  if (all == NULL)
    return;
  g_free(all->hosts);
  g_free(all);
}

gsize
lf_es_hosts_room(const LfEsHosts *all)
{
  return (gsize)all->n * all->workers;
}

static gboolean
is_free(const LfEsHosts *all, guint i, gint64 now)
{
  const Host *h = &all->hosts[i];
  return h->state == LF_ES_HOST_GOOD ? h->in_flight < all->workers : h->in_flight == 0 && now >= h->not_before_ms;
}

int
lf_es_hosts_take(LfEsHosts *all, gint64 now)
{
  if (!all->loadbalance && all->in_flight > 0)
    return -1;
  for (guint k = 0; k < all->n; k++) {
    guint i = (all->next + k) % all->n;
    if (!is_free(all, i, now))
      continue;
    all->next = all->loadbalance ? (i + 1) % all->n : i;
    all->hosts[i].in_flight++;
    all->in_flight++;
    return (int)i;
  }
  return -1;
}

void
lf_es_hosts_give(LfEsHosts *all, guint host)
{
  all->hosts[host].in_flight--;
  all->in_flight--;
}

void
lf_es_hosts_good(LfEsHosts *all, guint host)
{
  Host *h = &all->hosts[host];
  if (h->said)
    lf_log_info("output", "%s: takes events again", lf_es_client_host(all->client, host));
  h->said = FALSE;
  h->state = LF_ES_HOST_GOOD;
  lf_retry_reset(&h->retry);
  h->not_before_ms = 0;
}

void
lf_es_hosts_bad(LfEsHosts *all, guint host, LfEsHostState state, const char *why, gint64 at_least_ms)
{
  static const char *const texts[] = {
      [LF_ES_HOST_UNREACHABLE] = "cannot be reached",
      [LF_ES_HOST_BUSY] = "is busy",
      [LF_ES_HOST_DENIES] = "refuses the credentials",
      [LF_ES_HOST_REFUSES] = "refuses the request",
      [LF_ES_HOST_FAILS] = "fails",
      [LF_ES_HOST_UNREADABLE] = "answers what cannot be used",
      [LF_ES_HOST_NO_KEYS] = "is sent nothing, for there are no credentials to sign with",
  };
  Host *h = &all->hosts[host];
  gint64 now = lf_clock_monotonic_ms(lf_clock_system());
  gint64 backoff_ms = lf_retry_next(&h->retry, lf_retry_random());
  h->not_before_ms = now + MAX(backoff_ms, at_least_ms);
  if (h->state != state && (h->said_ms == 0 || h->said_state != state || now - h->said_ms >= QUIET_MS)) {
    lf_log(state == LF_ES_HOST_BUSY ? LF_LOG_WARNING : LF_LOG_ERROR, "output",
           "%s: %s: %s; nothing is lost, it is tried again until it works", lf_es_client_host(all->client, host),
           texts[state], why);
    h->said = TRUE;
    h->said_state = state;
    h->said_ms = now;
  }
  lf_log_debug("output", "%s: a request has failed: %s; the next one in %" G_GINT64_FORMAT " ms",
               lf_es_client_host(all->client, host), why, h->not_before_ms - now);
  h->state = state;
}

gint64
lf_es_hosts_due(const LfEsHosts *all, gint64 now)
{
  gint64 due = G_MAXINT64;
  for (guint i = 0; i < all->n; i++)
    if (all->hosts[i].state != LF_ES_HOST_GOOD && all->hosts[i].not_before_ms > now)
      due = MIN(due, all->hosts[i].not_before_ms);
  return due;
}
