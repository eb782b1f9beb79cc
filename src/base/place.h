/* Where something stands in a person's file, and errors that begin with it. */
#ifndef LF_BASE_PLACE_H
#define LF_BASE_PLACE_H

#include <glib.h>

/* `file` is interned (g_intern_string) or NULL for no file; `line` and `column` count from 1, 0 is unknown. */
typedef struct {
  const char *file;
  guint line;
  guint column;
} LfPlace;

/* Errors that a person causes and can mend: a configuration, a manifest, a template, a pipeline, a command line. */
typedef enum {
  LF_CONFIG_ERROR_INVALID, /* what was found is wrong */
  LF_CONFIG_ERROR_MISSING, /* a file, a field or a variable is not there */
  LF_CONFIG_ERROR_REFUSED, /* known to Filebeat, not there in logferry */
} LfConfigError;

#define LF_CONFIG_ERROR (lf_config_error_quark())
GQuark lf_config_error_quark(void);

/* "file:line:column: " or as much of it as is known; "" for no place. Returns: (transfer full). */
char *lf_place_format(LfPlace place);

/* Sets `error` to LF_CONFIG_ERROR/`code` with the place before the text. Returns FALSE, for `return lf_place_error(...)`. */
gboolean lf_place_error(GError **error, LfPlace place, LfConfigError code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

#endif
