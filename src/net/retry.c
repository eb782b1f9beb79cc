/* How long to wait before something is tried again. */
#include "net/retry.h"

#include "base/digest.h"

gint64
lf_retry_next(LfRetry *retry, double random)
{
  gint64 last = MAX(retry->last_ms, retry->base_ms);
  double next = (double)retry->base_ms + random * (double)(last * 3 - retry->base_ms);
  retry->last_ms = MIN((gint64)next, retry->cap_ms);
  return retry->last_ms;
}

void
lf_retry_reset(LfRetry *retry)
{
  retry->last_ms = 0;
}

double
lf_retry_random(void)
{
  guint32 bits;
  lf_digest_random(&bits, sizeof bits);
  return bits / 4294967296.0;
}
