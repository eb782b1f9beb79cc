/* A clock that the test moves. */
#ifndef LF_TESTS_SUPPORT_CLOCK_H
#define LF_TESTS_SUPPORT_CLOCK_H

#include "base/clock.h"

#include <stdatomic.h>

/* What both of its clocks show, in ms. */
static atomic_llong test_now_ms;

static gint64
test_wall_ns(void *data)
{
  return (gint64)atomic_load(&test_now_ms) * 1000000;
}

static gint64
test_monotonic_ms(void *data)
{
  return (gint64)atomic_load(&test_now_ms);
}

static const LfClock TEST_CLOCK = {test_wall_ns, test_monotonic_ms, NULL};

#endif
