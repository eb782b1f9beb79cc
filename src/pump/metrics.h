/* What a run says about itself: the periodic metrics lines. */
#ifndef LF_PUMP_METRICS_H
#define LF_PUMP_METRICS_H

#include "pump/service.h"

/* What was said last: a group whose numbers stay the same is not said again. Starts as {0}. */
typedef struct {
  GHashTable *said; /* the group's key → a hash of its numbers */
} LfMetricsLog;

/* Writes one line for all groups, and one for each group whose numbers have changed since the last time (at most 50; the
 * rest is counted), to the log at level info. Names are Filebeat's where it has them. `cwl` (nullable). */
void lf_metrics_log(LfMetricsLog *log, const LfServiceStatus *status, LfCwl *cwl);

/* Frees what it holds. */
void lf_metrics_log_clear(LfMetricsLog *log);

#endif
