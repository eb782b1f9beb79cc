/* Credentials that a program of the user's writes. */
#ifndef LF_AWS_CRED_PROCESS_H
#define LF_AWS_CRED_PROCESS_H

#include "aws/cred/cred.h"

/* How long a program may take, in ms; how much it may write, in bytes. */
enum { LF_CRED_PROCESS_TIMEOUT_MS = 60 * 1000, LF_CRED_PROCESS_OUTPUT_MAX = 64 * 1024 };

/* Runs `command` and reads what it writes: {"Version": 1, "AccessKeyId", "SecretAccessKey", "SessionToken",
 * "Expiration"} (SDKs and Tools Reference Guide, "Process credential provider"). The command is split into words as a
 * shell does it, quotes and backslashes included, and run without one; its stdin is empty. After `timeout_ms`, at more
 * output than it may write and at env->cancel its whole process group is killed. `source` is what the credentials are
 * called in messages.
 * Returns: (transfer full): NULL with LF_CONFIG_ERROR: why, with the end of its stderr, never its stdout. */
LfCredentials *lf_cred_process_run(const LfCredEnv *env, const char *command, gint64 timeout_ms, const char *source,
                                   GError **error);

#endif
