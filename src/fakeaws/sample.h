/* Real-looking container logs for the demo. */
#ifndef LF_FAKEAWS_SAMPLE_H
#define LF_FAKEAWS_SAMPLE_H

#include "fakeaws/fakeaws.h"

/* Puts `n_events` events into two log groups: /ecs/shop-web (nginx access lines) and /ecs/shop-orders (a JSON
 * application, and a Java service with stack traces of several lines), each with several Fargate tasks' streams, over
 * the three hours before `now_ms`. Equal arguments give equal events. */
void lf_fakeaws_fill_sample(LfFakeaws *fake, gint64 now_ms, guint64 seed, guint n_events);

#endif
