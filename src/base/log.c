/* The program's own log. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  LfLogLevel level;
  gboolean json;
  gboolean to_stderr;
  char *file_path; /* the active file; older ones have .1, .2, … behind */
  guint64 file_max_bytes;
  guint file_keep;
  guint file_permissions;
  int fd;
  guint64 file_bytes;
  char **selectors;
  LfLogSinkFn sink;
  void *sink_data;
} state = {.level = LF_LOG_WARNING, .to_stderr = TRUE, .fd = -1};

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

gboolean
lf_log_limit_take(LfLogLimit *limit, gint64 now_ms)
{
  if (limit->lines == 0)
    limit->began_ms = now_ms;
  if (limit->lines < LF_LOG_LIMIT_LINES) {
    limit->lines++;
    return TRUE;
  }
  limit->hidden++;
  return FALSE;
}

guint64
lf_log_limit_end(LfLogLimit *limit, gint64 now_ms)
{
  gboolean back = now_ms < limit->began_ms; /* a clock that was set must not close the log for long */
  if (limit->lines == 0 || (!back && now_ms - limit->began_ms < LF_LOG_LIMIT_MS))
    return 0;
  guint64 hidden = limit->hidden;
  *limit = (LfLogLimit){0};
  return hidden;
}

static int
open_file(void)
{
  int fd = open(state.file_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, state.file_permissions);
  struct stat st;
  if (fd >= 0)
    state.file_bytes = fstat(fd, &st) == 0 ? (guint64)st.st_size : 0;
  return fd;
}

gboolean
lf_log_configure(const LfLogSettings *s, GError **error)
{
  gboolean ok = TRUE;
  pthread_mutex_lock(&lock);
  state.level = s->level;
  state.json = s->json;
  state.to_stderr = s->to_stderr;
  g_strfreev(state.selectors);
  state.selectors = g_strdupv((char **)s->selectors);
  if (state.fd >= 0)
    close(state.fd);
  state.fd = -1;
  g_clear_pointer(&state.file_path, g_free);
  if (s->file_dir != NULL) {
    state.file_path = g_build_filename(s->file_dir, s->file_name, NULL);
    state.file_max_bytes = s->file_max_bytes;
    state.file_keep = s->file_keep;
    state.file_permissions = s->file_permissions;
    ok = lf_fs_mkdir_p(s->file_dir, 0750, error);
    if (ok && (state.fd = open_file()) < 0) {
      g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: the log file cannot be opened: %s",
                  state.file_path, g_strerror(errno));
      ok = FALSE;
    }
  }
  pthread_mutex_unlock(&lock);
  return ok;
}

void
lf_log_set_sink(LfLogSinkFn sink, void *data)
{
  pthread_mutex_lock(&lock);
  state.sink = sink;
  state.sink_data = data;
  pthread_mutex_unlock(&lock);
}

void
lf_log_shutdown(void)
{
  pthread_mutex_lock(&lock);
  if (state.fd >= 0)
    close(state.fd);
  state.fd = -1;
  g_clear_pointer(&state.file_path, g_free);
  g_clear_pointer(&state.selectors, g_strfreev);
  pthread_mutex_unlock(&lock);
}

static gboolean
debug_enabled_locked(const char *selector)
{
  if (state.level > LF_LOG_DEBUG)
    return FALSE;
  if (state.selectors == NULL || state.selectors[0] == NULL)
    return TRUE;
  for (char **s = state.selectors; *s != NULL; s++)
    if (strcmp(*s, "*") == 0 || strcmp(*s, selector) == 0)
      return TRUE;
  return FALSE;
}

gboolean
lf_log_debug_enabled(const char *selector)
{
  pthread_mutex_lock(&lock);
  gboolean on = debug_enabled_locked(selector);
  pthread_mutex_unlock(&lock);
  return on;
}

static void
rotate(void)
{
  close(state.fd);
  for (guint i = state.file_keep; i > 0; i--) {
    g_autofree char *from = i == 1 ? g_strdup(state.file_path) : g_strdup_printf("%s.%u", state.file_path, i - 1);
    g_autofree char *to = g_strdup_printf("%s.%u", state.file_path, i);
    (void)rename(from, to); /* a gap in the row is no error */
  }
  state.fd = open_file();
}

static void
write_all(int fd, const char *p, gsize n)
{
  while (n > 0) {
    gssize w = write(fd, p, n);
    if (w < 0 && errno == EINTR)
      continue;
    if (w <= 0)
      return; /* a log that cannot be written must not stop the program */
    p += w;
    n -= (gsize)w;
  }
}

/* Control characters, which could draw on a terminal or forge a line, are shown as \xNN. */
static void
append_visible(LfBuf *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if ((guint8)*p < 0x20 || *p == 0x7f)
      lf_buf_printf(out, "\\x%02x", (guint8)*p);
    else
      lf_buf_append_char(out, *p);
}

static void
append_json_text(LfBuf *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  lf_buf_append_char(out, '"');
  for (const char *p = valid; *p != '\0'; p++)
    if ((guint8)*p < 0x20)
      lf_buf_printf(out, "\\u%04x", (guint8)*p);
    else if (*p == '"' || *p == '\\')
      lf_buf_printf(out, "\\%c", *p);
    else
      lf_buf_append_char(out, *p);
  lf_buf_append_char(out, '"');
}

static void
format_line(LfBuf *line, LfLogLevel level, const char *selector, const char *text)
{
  char time[LF_TIME_TEXT];
  lf_clock_format_ms(lf_clock_wall_ms(lf_clock_system()), time);
  if (state.json) {
    g_autofree char *lower = g_ascii_strdown(level_names[level], -1);
    lf_buf_printf(line, "{\"log.level\":\"%s\",\"@timestamp\":\"%s\",\"log.logger\":\"%s\",\"message\":", lower, time,
                  selector);
    append_json_text(line, text);
    lf_buf_append_str(line, ",\"service.name\":\"logferry\"}");
  } else {
    lf_buf_printf(line, "%s %-5s [%s] ", time, level_names[level], selector);
    append_visible(line, text);
  }
}

void
lf_log(LfLogLevel level, const char *selector, const char *format, ...)
{
  pthread_mutex_lock(&lock);
  if (level < state.level || (level == LF_LOG_DEBUG && !debug_enabled_locked(selector))) {
    pthread_mutex_unlock(&lock);
    return;
  }
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  g_auto(LfBuf) line = {0};
  format_line(&line, level, selector, text);
  if (state.sink != NULL) {
    lf_buf_append_char(&line, '\0');
    state.sink(level, line.p, line.len - 1, state.sink_data);
  } else {
    lf_buf_append_char(&line, '\n');
    if (state.to_stderr)
      write_all(STDERR_FILENO, line.p, line.len);
    if (state.fd >= 0) {
      if (state.file_bytes > 0 && state.file_bytes + line.len > state.file_max_bytes)
        rotate();
      if (state.fd >= 0)
        write_all(state.fd, line.p, line.len);
      state.file_bytes += line.len;
    }
  }
  pthread_mutex_unlock(&lock);
}
