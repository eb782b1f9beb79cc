/* A whole run: state, output, pump, inputs, signals, until it is told to stop or has read up to now. */
#ifndef LF_PUMP_SERVICE_H
#define LF_PUMP_SERVICE_H

#include "input/cwl.h"
#include "pump/assemble.h"
#include "pump/pump.h"

/* What is known while it runs, and at the end. */
typedef struct {
  LfCwlCounts input;
  LfPumpCounts output;
  gint64 elapsed_ms;
  double done; /* 0 to 1: of the time that is to be read, a mean of all groups; only where `progress` is set */
  GArray *groups; /* (nullable) (transfer full) at the end: of LfCwlGroupStatus */
  gboolean read_all; /* at the end: everything up to the end that was asked for */
} LfServiceStatus;

/* How to run. All borrowed. `progress` (nullable) is called about ten times a second in the thread of the caller. */
typedef struct {
  const LfConfig *config;
  const LfAssembly *assembly;
  LfNotes *notes;
  gboolean once;
  gint64 once_timeout_ms;
  const char *const *reset_state; /* log groups; NULL-terminated, or NULL */
  const LfConfigSources *sources; /* (nullable): where new keys may be found while it runs */
  LfCredEnv env;
  void (*progress)(const LfServiceStatus *status, void *data);
  void *progress_data;
} LfServiceOptions;

typedef enum {
  LF_SERVICE_OK,         /* all that was to be done is done */
  LF_SERVICE_UNFINISHED, /* stopped by a signal, a timeout or a failure: something is left */
  LF_SERVICE_NOT_STARTED,
} LfServiceResult;

/* Runs. Signals SIGINT and SIGTERM stop it cleanly, a second one at once. `status` is filled in any case;
 * `complaints` ((transfer full), an array of lines) is what is not finished; `where` ((transfer full) (nullable)) where
 * events went to; `status->groups` is (transfer full). `error` is set for LF_SERVICE_NOT_STARTED and where the output or the state failed. */
LfServiceResult lf_service_run(const LfServiceOptions *options, LfServiceStatus *status, GPtrArray **complaints,
                               char **where, GError **error);

/* The file that holds the state of a configuration. (transfer full) */
char *lf_service_state_path(const LfConfig *config);

#endif
