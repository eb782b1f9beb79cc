/* The program's own log: levels, selectors, a replaceable sink. */
#ifndef LF_BASE_LOG_H
#define LF_BASE_LOG_H

#include <glib.h>

typedef enum { LF_LOG_DEBUG, LF_LOG_INFO, LF_LOG_WARNING, LF_LOG_ERROR } LfLogLevel;

/* Receives one finished line without its end. Called with the log's lock held: it must not log. */
typedef void (*LfLogSinkFn)(LfLogLevel level, const char *line, gsize len, void *data);

/* How the log is written. `selectors` (nullable, NULL-terminated) are the debug selectors that are on; "*" is all. */
typedef struct {
  LfLogLevel level;
  gboolean json;
  gboolean to_stderr;
  const char *file_dir;  /* (nullable): no files */
  const char *file_name; /* "logferry" */
  guint64 file_max_bytes;
  guint file_keep;
  guint file_permissions;
  const char *const *selectors;
} LfLogSettings;

/* Applies the settings (copied). Until the first call warnings and errors go to stderr.
 * Returns: FALSE with G_FILE_ERROR where the log file cannot be made. */
gboolean lf_log_configure(const LfLogSettings *settings, GError **error);

/* Replaces where lines go, for tests and for the terminal; NULL restores stderr and files. */
void lf_log_set_sink(LfLogSinkFn sink, void *data);

/* Closes the log file. */
void lf_log_shutdown(void);

/* Whether a debug line of this selector would be written. */
gboolean lf_log_debug_enabled(const char *selector);

/* Writes one line: time, level, selector (the part of the program: "input", "state"), text. Never secrets. */
void lf_log(LfLogLevel level, const char *selector, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Keeps one kind of line from filling the log: at most LF_LOG_LIMIT_LINES in LF_LOG_LIMIT_MS, the others are counted.
 * Starts as {0}; one thread at a time. */
enum { LF_LOG_LIMIT_LINES = 10, LF_LOG_LIMIT_MS = 30 * 1000 };
typedef struct {
  gint64 began_ms; /* when the first line of the current span was let through */
  guint lines;     /* of the span; 0: there is no span */
  guint64 hidden;  /* not shown since it began */
} LfLogLimit;

/* Whether one more line may be written at `now_ms`, of any clock; where not, it is counted. What the span before kept back
 * is to be asked for first. */
gboolean lf_log_limit_take(LfLogLimit *limit, gint64 now_ms);

/* Ends a span that is over at `now_ms` (G_MAXINT64: whatever the time). Returns: how many lines it has not let through, 0
 * also while it is not over. */
guint64 lf_log_limit_end(LfLogLimit *limit, gint64 now_ms);

#define lf_log_error(selector, ...) lf_log(LF_LOG_ERROR, selector, __VA_ARGS__)
#define lf_log_warning(selector, ...) lf_log(LF_LOG_WARNING, selector, __VA_ARGS__)
#define lf_log_info(selector, ...) lf_log(LF_LOG_INFO, selector, __VA_ARGS__)
#define lf_log_debug(selector, ...) \
  do { \
    if (lf_log_debug_enabled(selector)) \
      lf_log(LF_LOG_DEBUG, selector, __VA_ARGS__); \
  } while (0)

#endif
