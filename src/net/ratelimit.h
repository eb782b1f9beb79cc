/* A token bucket: how fast calls may be made. */
#ifndef LF_NET_RATELIMIT_H
#define LF_NET_RATELIMIT_H

#include <glib.h>

/* `per_second` tokens come a second, up to `burst` are kept; 0 a second is no limit. Times are monotonic ms. `quota` is
 * what was asked for: throttling lowers `per_second` below it, success raises it again. */
typedef struct {
  double quota;
  double per_second;
  double burst;
  double tokens;
  gint64 at_ms;
  gint64 slowed_ms; /* when it was last lowered; 0: never */
} LfRateLimit;

/* A full bucket whose burst is one second's tokens, at least one. */
void lf_ratelimit_init(LfRateLimit *limit, double per_second, gint64 now_ms);

/* Takes one token, ahead of time where none is there. Returns: the milliseconds to wait before the call is made. Who
 * takes first goes first. */
gint64 lf_ratelimit_take(LfRateLimit *limit, gint64 now_ms);

/* The server says that calls come too fast: the rate is multiplied by 0.7, at most once a second and never below a tenth
 * of the quota. A bucket without a limit is not changed: whoever wants none is left to the waits between tries. (AIMD, as
 * the AWS SDKs' adaptive retry mode: their beta is 0.7 too.) */
void lf_ratelimit_slow_down(LfRateLimit *limit, gint64 now_ms);

/* A call was answered well: the rate grows by a twentieth of the quota, up to it. */
void lf_ratelimit_speed_up(LfRateLimit *limit);

#endif
