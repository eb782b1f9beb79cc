/* A token bucket. */
#include "net/ratelimit.h"

#include <math.h>

void
lf_ratelimit_init(LfRateLimit *limit, double per_second, gint64 now_ms)
{
  double burst = MAX(per_second, 1);
  *limit = (LfRateLimit){.per_second = per_second, .burst = burst, .tokens = burst, .at_ms = now_ms};
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
