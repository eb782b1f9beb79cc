/* Runs a credential_process: bounded in time and output, killed with all its children. */
#include "aws/cred/process.h"

#include "aws/cred/document.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STDERR_KEPT = 1000, POLL_MS = 100, READ_BYTES = 4096 };

/* A program under way. `out` is its stdout, `err` the end of its stderr. */
typedef struct {
  pid_t pid;
  int out_fd, err_fd;
  LfBuf out, err;
  gboolean reaped;
  int status;
} Process;

static void
process_clear(Process *p)
{
  if (p->pid > 0 && !p->reaped) {
    kill(-p->pid, SIGKILL);
    while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
      ;
  }
  if (p->out_fd >= 0)
    close(p->out_fd);
  if (p->err_fd >= 0)
    close(p->err_fd);
  if (p->out.p != NULL)
    explicit_bzero(p->out.p, p->out.cap);
  lf_buf_clear(&p->out);
  lf_buf_clear(&p->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Process, process_clear)

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
fail(GError **error, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, text);
  return FALSE;
}

/* Starts the program in a process group of its own, with no signal blocked or ignored. */
static int
spawn(char **argv, int out_fd, int err_fd, pid_t *pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGTERM);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int failure = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

static gboolean
start(Process *p, const char *command, GError **error)
{
  g_auto(GStrv) argv = NULL;
  g_autoptr(GError) local = NULL;
  int out[2], err[2];
  if (!g_shell_parse_argv(command, NULL, &argv, &local))
    return fail(error, "the command cannot be split into words: %s", local->message);
  if (pipe2(out, O_CLOEXEC) != 0)
    return fail(error, "no pipe can be had: %s", g_strerror(errno));
  if (pipe2(err, O_CLOEXEC) != 0) {
    close(out[0]);
    close(out[1]);
    return fail(error, "no pipe can be had: %s", g_strerror(errno));
  }
  pid_t pid = 0;
  int failure = spawn(argv, out[1], err[1], &pid);
  close(out[1]);
  close(err[1]);
  p->out_fd = out[0];
  p->err_fd = err[0];
  if (failure != 0)
    return fail(error, "%s cannot be run: %s", argv[0], g_strerror(failure));
  p->pid = pid;
  return TRUE;
}

/* Reads what there is; closes at the end. */
static void
drain(int *fd, LfBuf *into, gsize keep_last)
{
  ssize_t n = read(*fd, lf_buf_reserve(into, READ_BYTES), READ_BYTES);
  if (n < 0 && errno == EINTR)
    return;
  if (n <= 0) {
    close(*fd);
    *fd = -1;
    return;
  }
  into->len += (gsize)n;
  if (keep_last > 0 && into->len > keep_last) {
    memmove(into->p, into->p + (into->len - keep_last), keep_last);
    into->len = keep_last;
  }
}

/* Whether the program has ended: it is asked without waiting. */
static gboolean
has_ended(Process *p)
{
  pid_t got = waitpid(p->pid, &p->status, WNOHANG);
  p->reaped = got == p->pid || (got < 0 && errno == ECHILD);
  return p->reaped;
}

/* Waits for the end of the program and of its output; children that keep the output open are not waited for. */
static gboolean
wait_for(Process *p, const LfCredEnv *env, gint64 timeout_ms, GError **error)
{
  gint64 deadline = lf_clock_monotonic_ms(lf_clock_system()) + timeout_ms;
  for (;;) {
    gboolean ended = has_ended(p);
    struct pollfd fds[] = {{.fd = p->out_fd, .events = POLLIN}, {.fd = p->err_fd, .events = POLLIN}};
    int ready = p->out_fd < 0 && p->err_fd < 0 && ended ? 0 : poll(fds, G_N_ELEMENTS(fds), ended ? 0 : POLL_MS);
    if (ready > 0 && fds[0].revents != 0)
      drain(&p->out_fd, &p->out, 0);
    if (ready > 0 && fds[1].revents != 0)
      drain(&p->err_fd, &p->err, STDERR_KEPT);
    if (ready <= 0 && ended)
      return TRUE;
    if (p->out.len > LF_CRED_PROCESS_OUTPUT_MAX)
      return fail(error, "it wrote more than %d bytes and was killed", LF_CRED_PROCESS_OUTPUT_MAX);
    if (lf_clock_monotonic_ms(lf_clock_system()) >= deadline)
      return fail(error, "it took longer than %g s and was killed", (double)timeout_ms / 1000);
    if (lf_cred_cancelled(env))
      return fail(error, "the program stops");
  }
}

/* The end of stderr on one line. Returns: (transfer full): "" where it wrote nothing. */
static char *
stderr_text(const Process *p)
{
  g_autofree char *raw = lf_slice_dup(lf_buf_slice(&p->err));
  g_autofree char *text = g_utf8_make_valid(raw, -1);
  for (char *c = text; *c != '\0'; c++)
    if ((guint8)*c < 0x20 || *c == 0x7f)
      *c = ' ';
  g_strstrip(text);
  return text[0] != '\0' ? g_strdup_printf("; it said: %s", text) : g_strdup("");
}

static gboolean
ended_well(const Process *p, GError **error)
{
  if (WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0)
    return TRUE;
  if (WIFEXITED(p->status))
    return fail(error, "it ended with status %d", WEXITSTATUS(p->status));
  return fail(error, "it was ended by signal %d", WIFSIGNALED(p->status) ? WTERMSIG(p->status) : 0);
}

static LfCredentials *
read_output(Process *p, const char *source, GError **error)
{
  g_autoptr(GError) local = NULL;
  gint64 version = lf_cred_document_int(lf_buf_slice(&p->out), "Version", -1);
  g_autoptr(LfCredentials) found = lf_cred_document_read(&p->out, &lf_cred_names_process, source, &local);
  if (found == NULL) {
    fail(error, "what it wrote is wrong: %s", local->message);
    return NULL;
  }
  if (version != 1) {
    fail(error, "what it wrote has no \"Version\": 1");
    return NULL;
  }
  return g_steal_pointer(&found);
}

LfCredentials *
lf_cred_process_run(const LfCredEnv *env, const char *command, gint64 timeout_ms, const char *source, GError **error)
{
  g_auto(Process) p = {.out_fd = -1, .err_fd = -1};
  g_autoptr(GError) local = NULL;
  LfCredentials *found = NULL;
  if (start(&p, command, &local) && wait_for(&p, env, timeout_ms, &local) && ended_well(&p, &local))
    found = read_output(&p, source, &local);
  if (found == NULL) {
    g_autofree char *said = stderr_text(&p);
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "credential_process: %s%s", local->message, said);
  }
  return found;
}
