/* Several hosts: which takes the next request. What is wrong with one is said once; it is set aside and tried again. */
#ifndef LF_OUTPUT_ES_HOSTS_H
#define LF_OUTPUT_ES_HOSTS_H

#include "output/es_client.h"

typedef enum {
  LF_ES_HOST_GOOD,
  LF_ES_HOST_UNREACHABLE,
  LF_ES_HOST_BUSY,
  LF_ES_HOST_DENIES,
  LF_ES_HOST_REFUSES,
  LF_ES_HOST_FAILS,
  LF_ES_HOST_UNREADABLE,
  LF_ES_HOST_NO_KEYS
} LfEsHostState;

typedef struct LfEsHosts LfEsHosts;

/* `workers`: requests at a time, a host. Without `loadbalance` one host has all as long as it works. `client` ((transfer
 * none)) is asked for their names, and may go before them. Times are monotonic, in ms.
 * Returns: (transfer full): lf_es_hosts_free. */
LfEsHosts *lf_es_hosts_new(const LfEsClient *client, guint workers, gboolean loadbalance, gint64 backoff_init_ms,
                           gint64 backoff_max_ms);

/* Frees them. NULL is allowed. */
void lf_es_hosts_free(LfEsHosts *hosts);

/* How many requests there can be at a time. */
gsize lf_es_hosts_room(const LfEsHosts *hosts);

/* The host for the next request, which is counted; a failing one gets one at a time, once its wait is over. Returns: -1
 * where none is free. */
int lf_es_hosts_take(LfEsHosts *hosts, gint64 now_ms);

/* A request to the host has ended, however. */
void lf_es_hosts_give(LfEsHosts *hosts, guint host);

/* The host works. */
void lf_es_hosts_good(LfEsHosts *hosts, guint host);

/* Sets the host aside for a while, `at_least_ms` or more; says so where it is news. */
void lf_es_hosts_bad(LfEsHosts *hosts, guint host, LfEsHostState state, const char *why, gint64 at_least_ms);

/* When the first of those that are set aside may be tried again; G_MAXINT64: none waits. */
gint64 lf_es_hosts_due(const LfEsHosts *hosts, gint64 now_ms);

#endif
