/* Tries out, step by step, whether a cluster can be reached and what it is. */
#ifndef LF_OUTPUT_ES_CHECK_H
#define LF_OUTPUT_ES_CHECK_H

#include "base/check.h"
#include "base/clock.h"
#include "output/es_client.h"

/* Says for each host: name, connection, TLS, authentication, version. `title` (nullable) is called with each host
 * before. FALSE with LF_CONFIG_ERROR where the settings themselves are wrong. */
gboolean lf_es_check(const LfEsConnection *settings, const LfClock *clock, LfPlace place, LfCheckFn say,
                     void (*title)(const char *host, void *data), void *data, GError **error);

#endif
