/* A token bucket: how fast calls may be made. */
#ifndef LF_NET_RATELIMIT_H
#define LF_NET_RATELIMIT_H

#include <glib.h>

/* `per_second` tokens come a second, up to `burst` are kept; 0 a second is no limit. Times are monotonic ms. */
typedef struct {
  double per_second;
  double burst;
  double tokens;
  gint64 at_ms;
} LfRateLimit;

/* A full bucket whose burst is one second's tokens, at least one. */
void lf_ratelimit_init(LfRateLimit *limit, double per_second, gint64 now_ms);

/* Takes one token, ahead of time where none is there. Returns: the milliseconds to wait before the call is made. Who
 * takes first goes first. */
gint64 lf_ratelimit_take(LfRateLimit *limit, gint64 now_ms);

#endif
