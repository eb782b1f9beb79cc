/* A token bucket. */
#include "net/ratelimit.h"

#include <math.h>

#define SLOWER 0.7            /* times the rate */
#define SLOWEST 0.1           /* of the quota */
#define FASTER 0.05           /* of the quota */
enum { SLOW_ONCE_MS = 1000 }; /* calls that were under way together are throttled together */

void
lf_ratelimit_init(LfRateLimit *limit, double per_second, gint64 now_ms)
{
  double burst = MAX(per_second, 1);
  *limit =
      (LfRateLimit){.quota = per_second, .per_second = per_second, .burst = burst, .tokens = burst, .at_ms = now_ms};
}

gint64
lf_ratelimit_take(LfRateLimit *limit, gint64 now_ms)
{
  if (limit->per_second <= 0)
    return 0;
  if (now_ms > limit->at_ms) {
    limit->tokens += (double)(now_ms - limit->at_ms) * limit->per_second / 1000;
    limit->tokens = MIN(limit->tokens, limit->burst);
    limit->at_ms = now_ms;
  }
  limit->tokens -= 1;
  return limit->tokens >= 0 ? 0 : (gint64)ceil(-limit->tokens * 1000 / limit->per_second);
}

void
lf_ratelimit_slow_down(LfRateLimit *limit, gint64 now_ms)
{
  if (limit->quota <= 0 || (limit->slowed_ms != 0 && now_ms - limit->slowed_ms < SLOW_ONCE_MS))
    return;
  limit->slowed_ms = MAX(now_ms, 1);
  limit->per_second = MAX(limit->per_second * SLOWER, limit->quota * SLOWEST);
  limit->tokens = MIN(limit->tokens, 0); /* no burst on top of what was too much */
  limit->at_ms = MAX(limit->at_ms, now_ms);
}

void
lf_ratelimit_speed_up(LfRateLimit *limit)
{
  limit->per_second = MIN(limit->per_second + limit->quota * FASTER, limit->quota);
}
