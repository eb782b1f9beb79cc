/* How long to wait before something is tried again. */
#ifndef LF_NET_RETRY_H
#define LF_NET_RETRY_H

#include <glib.h>

/* Starts as {base, cap, 0}; milliseconds. */
typedef struct {
  gint64 base_ms;
  gint64 cap_ms;
  gint64 last_ms;
} LfRetry;

/* The next wait by decorrelated jitter: random between the base and three times the last, at most the cap (Marc Brooker,
 * "Exponential Backoff and Jitter", AWS Architecture Blog). `random` is in [0, 1). */
gint64 lf_retry_next(LfRetry *retry, double random);

/* Begins anew, after a success. */
void lf_retry_reset(LfRetry *retry);

/* A number in [0, 1) that nobody can foresee. */
double lf_retry_random(void);

#endif
