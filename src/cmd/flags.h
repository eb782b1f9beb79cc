/* The flags of every command that reads a configuration: Filebeat's, and ours. */
#ifndef LF_CMD_FLAGS_H
#define LF_CMD_FLAGS_H

#include "config/config.h"

/* Which flags a command takes beside those of the configuration. */
enum {
  LF_FLAGS_RUN = 1,        /* --once, --once-timeout, --reset-state and what Filebeat's run has */
  LF_FLAGS_DEADLETTER = 2, /* --all, --format, --limit, --group, --output */
};

/* Parsed flags. Texts are those of `argv`, which must outlive them; lists are held by `owned`. */
typedef struct {
  LfConfigSources sources;
  gboolean once;
  gint64 once_timeout_ms; /* 10 minutes by default */
  char **reset_state;     /* log groups; NULL-terminated, never NULL */
  gboolean all;
  const char *format; /* (nullable): "text" or "json" */
  const char *limit;  /* (nullable): a number, not read yet */
  const char *group;  /* (nullable) */
  const char *output; /* (nullable) */
  char **rest;        /* arguments that are no flags; NULL-terminated, never NULL */
  gboolean help;      /* -h, --help */
  LfNotes notes;      /* one for each flag of Filebeat's that changes nothing here */
  GPtrArray *owned;   /* (element-type GPtrArray): the lists */
} LfFlags;

/* Parses `argv` (without the program's and the command's name): long flags with one dash or two, `--flag value` and
 * `--flag=value`, flags and other arguments mixed, `--` ends the flags. `which` is LF_FLAGS_* or 0.
 * Returns: FALSE with LF_CONFIG_ERROR: an unknown flag (with what was perhaps meant), a missing or wrong value. `out`
 * must be cleared by lf_flags_clear in both cases. */
gboolean lf_flags_parse(LfFlags *out, const char *const *argv, guint which, GError **error);

/* Frees what the flags hold. */
void lf_flags_clear(LfFlags *flags);

/* The flags, one a line with its doc line, for --help. Returns: (transfer full): g_free. */
char *lf_flags_help(guint which);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfFlags, lf_flags_clear)

#endif
