/* A whole run: state, output, pump, inputs, signals. */
#include "config.h"

#include "pump/service.h"

#include "base/fs.h"
#include "base/log.h"
#include "base/spare.h"
#include "pump/metrics.h"
#include "pump/reload.h"
#include "pump/replay.h"
#include "pump/setup.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  LOCK_WAIT_MS = 60 * 1000, /* a rolling deployment's old process hands over within this time */
  TICK_MS = 100,
  LOOP_WAIT_MS = 1000,
  METRICS_MS = 30 * 1000,
  TRIM_MS = 2000,    /* memory that nobody has used for so long is the system's again */
  OUTPUT_SHARE = 16, /* a sixteenth of what may be in memory waits in the output's queue: a batch or two */
  WORKERS_MAX = 4,
  DESCRIBE_PER_S = 5, /* the API's own default quota is 10 */
};

/* Everything that lives during a run, in the order in which it is made. */
typedef struct {
  const LfServiceOptions *options;
  LfStateLock *lock;
  LfState *state;
  char *agent_id;
  char *hostname;
  char *ephemeral_id;
  LfAgent agent;
  LfArena *arena; /* of the output's settings */
  LfPump *pump;
  guint workers;
  LfReplay *replay; /* (nullable) */
  LfOutput *output;
  LfHttp *http;
  LfAws *aws;
  LfReload *reload; /* (nullable) */
  LfCwl *cwl;
  pthread_t network;
  gboolean network_runs;
  atomic_bool stop;     /* the network's thread ends */
  atomic_bool finished; /* once: everything is read */
  gboolean read_all;    /* of the watcher: the end came by itself */
  gint64 started_ms;
  LfMetricsLog metrics;
} Service;

/* Whether a signal to stop waits to be taken. */
static gboolean
stop_pending(void)
{
  sigset_t pending;
  return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1);
}

char *
lf_service_state_path(const LfConfig *config)
{
  return g_build_filename(config->paths.data, "logferry.db", NULL);
}

static gboolean
reset_groups(Service *s, GError **error)
{
  for (const char *const *g = s->options->reset_state; g != NULL && *g != NULL; g++) {
    guint n = 0;
    const char *in_arn = strstr(*g, ":log-group:");
    const char *name = in_arn != NULL ? in_arn + strlen(":log-group:") : *g;
    g_autofree char *bare = g_str_has_suffix(name, ":*") ? g_strndup(name, strlen(name) - 2) : g_strdup(name);
    if (!lf_state_reset_group(s->state, bare, &n, error))
      return FALSE;
    if (n == 0)
      lf_log_warning("state", "--reset-state %s: the state knows no such log group", *g);
    else
      lf_log_info("state", "--reset-state %s: forgotten; it is read as if for the first time", *g);
  }
  return TRUE;
}

static gboolean
open_state(Service *s, GError **error)
{
  const LfConfig *config = s->options->config;
  g_autofree char *path = lf_service_state_path(config);
  g_autofree char *lock_path = g_build_filename(config->paths.data, "logferry.lock", NULL);
  if (!lf_fs_mkdir_p(config->paths.data, 0750, error))
    return FALSE;
  s->lock = lf_state_lock(lock_path, LOCK_WAIT_MS, stop_pending, error);
  if (s->lock == NULL)
    return FALSE;
  s->state = lf_state_open(path, error);
  return s->state != NULL && reset_groups(s, error) && (s->agent_id = lf_state_agent_id(s->state, error)) != NULL;
}

/* The mean of all groups. */
static double
done_part(LfCwl *cwl)
{
  g_autoptr(GArray) groups = lf_cwl_status(cwl);
  double sum = 0;
  for (guint i = 0; i < groups->len; i++)
    sum += g_array_index(groups, LfCwlGroupStatus, i).done;
  return groups->len > 0 ? sum / groups->len : 0;
}

static gsize
input_queue_bytes(const LfConfig *config)
{
  return (gsize)(config->queue_bytes - config->queue_bytes / OUTPUT_SHARE);
}

/* There is room for a page again. */
static void
wake_network(void *data)
{
  Service *s = data;
  lf_http_wake(s->http);
}

/* The CPUs that this process may use. */
static int
count_cpus(void)
{
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static gboolean
open_output(Service *s, GError **error)
{
  const LfConfig *config = s->options->config;
  const LfOutputClass *cls = lf_output_find(config->output.name);
  g_auto(LfBuf) position = {0};
  if (cls == NULL)
    return lf_place_error(error, config->output.place, LF_CONFIG_ERROR_REFUSED, "output.%s is not there yet",
                          config->output.name);
  s->arena = lf_arena_new();
  const void *settings = lf_output_settings(cls, &config->output, s->arena, s->options->notes, error);
  if (settings == NULL || !lf_state_position(s->state, cls->name, &position, error))
    return FALSE;
  s->pump = lf_pump_new();
  lf_pump_set_state(s->pump, s->state, cls->name);
  LfOutputOptions options = {.cls = cls,
                             .settings = settings,
                             .place = config->output.place,
                             .arena = s->arena,
                             .position = lf_buf_slice(&position),
                             .queue_bytes = (gsize)config->queue_bytes / OUTPUT_SHARE,
                             .batch_events = (guint)config->batch_events,
                             .compat = &config->compat,
                             .clock = lf_clock_system(),
                             .ack = lf_pump_ack,
                             .ack_data = s->pump};
  LfEsSetup *setup = NULL;
  if (cls == &lf_output_elasticsearch) {
    setup = lf_assemble_setup(s->arena, config, s->options->assembly, settings, s->options->notes, error);
    if (setup == NULL)
      return FALSE;
  }
  lf_setup_hook(&options, config, setup);
  s->output = lf_output_open(&options, error);
  if (s->output == NULL)
    return FALSE;
  s->workers = (guint)CLAMP(count_cpus(), 1, WORKERS_MAX);
  lf_pump_start(s->pump, &(LfPumpOptions){.state = s->state,
                                          .output = s->output,
                                          .output_name = cls->name,
                                          .workers = s->workers,
                                          .queue_bytes = input_queue_bytes(config),
                                          .queue_events = (guint64)MAX(config->queue_events, 0),
                                          .wake = wake_network,
                                          .wake_data = s,
                                          .work = lf_assembled_work});
  return TRUE;
}

static gboolean
open_inputs(Service *s, GError **error)
{
  const LfConfig *config = s->options->config;
  s->hostname = lf_fs_hostname();
  s->ephemeral_id = g_uuid_string_random();
  s->agent = (LfAgent){config->name, s->hostname, s->agent_id, s->ephemeral_id};
  s->http = lf_http_new("logferry/" PACKAGE_VERSION);
  s->aws = lf_aws_new(s->http, lf_clock_system());
  lf_aws_set_limit(s->aws, "FilterLogEvents", config->quota_filter_log_events);
  lf_aws_set_limit(s->aws, "DescribeLogGroups", DESCRIBE_PER_S);
  if (s->options->sources != NULL) {
    s->reload = lf_reload_new(s->options->sources, config, s->options->assembly);
    lf_aws_set_renew(s->aws, lf_reload_keys, s->reload);
  }
  s->cwl = lf_cwl_new(&(LfCwlOptions){.http = s->http,
                                      .aws = s->aws,
                                      .state = s->state,
                                      .config = config,
                                      .agent = &s->agent,
                                      .env = s->options->env,
                                      .sink = {lf_pump_lane, lf_pump_emit, lf_pump_has_room, lf_pump_lane_holds_less,
                                               lf_pump_held, lf_pump_lane_counts, s->pump},
                                      .queue_bytes = input_queue_bytes(config),
                                      .workers = s->workers,
                                      .once = s->options->once});
  for (guint i = 0; i < s->options->assembly->n; i++) {
    const LfAssembled *a = &s->options->assembly->inputs[i];
    if (!lf_cwl_add(s->cwl, &a->settings, &a->source, a->place, error))
      return FALSE;
  }
  return TRUE;
}

static void *
run_network(void *data)
{
  Service *s = data;
  lf_cwl_start(s->cwl);
  while (!atomic_load(&s->stop)) {
    lf_http_step(s->http, LOOP_WAIT_MS);
    lf_cwl_poke(s->cwl);
    if (lf_cwl_finished(s->cwl))
      atomic_store(&s->finished, TRUE);
  }
  lf_cwl_stop(s->cwl);
  return NULL;
}

static void
fill_status(Service *s, LfServiceStatus *status)
{
  if (s->cwl != NULL)
    status->input = lf_cwl_counts(s->cwl);
  if (s->cwl != NULL && s->options->progress != NULL)
    status->done = done_part(s->cwl);
  if (s->pump != NULL)
    status->output = lf_pump_counts(s->pump);
  status->elapsed_ms = lf_clock_monotonic_ms(lf_clock_system()) - s->started_ms;
}

/* Waits for a signal, the end of the work or of the time. Returns: whether all was read. */
static gboolean
wait_for_end(Service *s, const sigset_t *signals, LfServiceStatus *status)
{
  gint64 deadline = s->options->once ? s->started_ms + s->options->once_timeout_ms : G_MAXINT64;
  gint64 metrics_at = s->started_ms + METRICS_MS, trim_at = s->started_ms + TRIM_MS;
  for (;;) {
    struct timespec tick = {0, TICK_MS * 1000000L};
    int signal_number = sigtimedwait(signals, NULL, &tick);
    gint64 now = lf_clock_monotonic_ms(lf_clock_system());
    fill_status(s, status);
    if (s->options->progress != NULL)
      s->options->progress(status, s->options->progress_data);
    if (signal_number == SIGINT || signal_number == SIGTERM) {
      lf_log_info("run", "%s: stopping", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
      return FALSE;
    }
    gboolean replayed = lf_replay_poll(s->replay, now);
    if (atomic_load(&s->finished) && replayed)
      return TRUE;
    if (lf_output_failed(s->output))
      return FALSE;
    if (now >= deadline) {
      lf_log_error("run", "not done within --once-timeout (%" G_GINT64_FORMAT " s)",
                   s->options->once_timeout_ms / 1000);
      return FALSE;
    }
    if (now >= trim_at) {
      if (lf_spare_trim() > 0)
        malloc_trim(0);
      trim_at = now + TRIM_MS;
    }
    if (now >= metrics_at) {
      lf_metrics_log(&s->metrics, status, s->cwl);
      metrics_at = now + METRICS_MS;
    }
  }
}

/* Waits up to `ms` for one of the signals. Returns: it, or -1. */
static int
wait_for_signal(gint64 ms)
{
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR2);
  struct timespec limit = {ms / 1000, ms % 1000 * 1000000};
  return sigtimedwait(&signals, NULL, &limit);
}

/* While the rest is delivered: a second signal ends the process, and what cannot be delivered is given up when the time is
 * over. What is not acknowledged comes again. */
static void *
watch_shutdown(void *data)
{
  Service *s = data;
  if (s->read_all) { /* nobody has asked to stop yet */
    gint64 left = s->options->once
                      ? s->started_ms + s->options->once_timeout_ms - lf_clock_monotonic_ms(lf_clock_system())
                      : G_MAXINT64 / 2;
    if (wait_for_signal(MAX(left, 0)) == SIGUSR2)
      return NULL;
    lf_log_info("run", "stopping before all is delivered");
  }
  int signal_number = wait_for_signal(s->options->config->shutdown_ms);
  if (signal_number == SIGINT || signal_number == SIGTERM)
    _exit(1);
  if (signal_number < 0)
    lf_output_cancel(s->output);
  return NULL;
}

static gboolean
shut_down(Service *s, gboolean read_all, GError **error)
{
  pthread_t watcher;
  s->read_all = read_all;
  atomic_store(&s->stop, TRUE);
  lf_http_wake(s->http);
  g_assert(pthread_create(&watcher, NULL, watch_shutdown, s) == 0);
  pthread_join(s->network, NULL);
  gboolean ok = lf_pump_finish(s->pump, error);
  pthread_kill(watcher, SIGUSR2);
  pthread_join(watcher, NULL);
  return ok;
}

static void
service_clear(Service *s)
{
  lf_http_free(s->http); /* answers that come no more are ended while their owners still live */
  lf_cwl_free(s->cwl);
  lf_metrics_log_clear(&s->metrics);
  lf_aws_free(s->aws);
  lf_reload_free(s->reload);
  lf_output_close(s->output);
  lf_pump_free(s->pump);
  lf_replay_free(s->replay);
  lf_arena_free(s->arena);
  lf_state_close(s->state);
  lf_state_unlock(s->lock);
  g_free(s->agent_id);
  g_free(s->hostname);
  g_free(s->ephemeral_id);
}

static LfServiceResult
run(Service *s, const sigset_t *signals, LfServiceStatus *status, GPtrArray **complaints, char **where, GError **error)
{
  if (!open_state(s, error) || !open_output(s, error) || !open_inputs(s, error)) {
    if (s->pump != NULL && s->output != NULL)
      lf_pump_finish(s->pump, NULL);
    return LF_SERVICE_NOT_STARTED;
  }
  s->replay = lf_replay_new(s->state, s->pump);
  lf_notes_log(s->options->notes);
  g_assert(pthread_create(&s->network, NULL, run_network, s) == 0);
  gboolean read_all = wait_for_end(s, signals, status);
  gboolean delivered = shut_down(s, read_all, error);
  fill_status(s, status);
  if (s->options->progress != NULL)
    s->options->progress(status, s->options->progress_data);
  lf_metrics_log(&s->metrics, status, s->cwl);
  g_ptr_array_unref(*complaints);
  *complaints = s->options->once || read_all ? lf_cwl_complaints(s->cwl) : g_ptr_array_new_with_free_func(g_free);
  *where = lf_output_describe(s->output);
  status->read_all = read_all;
  status->groups = lf_cwl_status(s->cwl);
  if (s->options->once && status->output.dead_lost > 0) {
    lf_log_error("run",
                 "%" G_GUINT64_FORMAT " dead letters were deleted, since there were too many to keep: not all is kept",
                 status->output.dead_lost);
    delivered = FALSE;
  }
  gboolean stopped_well = s->options->once || read_all ? read_all && (*complaints)->len == 0 : TRUE;
  return delivered && stopped_well ? LF_SERVICE_OK : LF_SERVICE_UNFINISHED;
}

LfServiceResult
lf_service_run(const LfServiceOptions *options, LfServiceStatus *status, GPtrArray **complaints, char **where,
               GError **error)
{
  Service s = {.options = options, .started_ms = lf_clock_monotonic_ms(lf_clock_system())};
  sigset_t signals, before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &signals, &before); /* threads inherit it: signals are taken by sigtimedwait alone */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of the write, which waits and is tried again */
  *status = (LfServiceStatus){0};
  *complaints = g_ptr_array_new_with_free_func(g_free);
  *where = NULL;
  LfServiceResult result = run(&s, &signals, status, complaints, where, error);
  service_clear(&s);
  struct timespec at_once = {0};
  while (sigtimedwait(&signals, NULL, &at_once) > 0) /* one that came meanwhile has been obeyed */
    continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}
