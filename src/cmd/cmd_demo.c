/* `logferry demo`: the whole way at work, on the embedded CloudWatch Logs server. */
#include "base/fs.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/term.h"
#include "config/config.h"
#include "fakeaws/sample.h"
#include "pump/service.h"
#include "value/json_read.h"
#include "value/path.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS_DEFAULT = 5000, EVENTS_MAX = 1000000, EVENTS_SHOWN = 12 };

static const char key_id[] = "AKIDEXAMPLE", secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

typedef struct {
  char *dir;
  gint events;
  gboolean hold;
  LfTerm term;
  LfFakeaws *fake;
  guint64 total;
  char *config_path;
  char *output_dir;
  char *data_dir;
} Demo;

static void
demo_clear(Demo *d)
{
  lf_fakeaws_stop(d->fake);
  g_free(d->dir);
  g_free(d->config_path);
  g_free(d->output_dir);
  g_free(d->data_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Demo, demo_clear)

static gboolean
parse_arguments(int argc, char **argv, Demo *d, GError **error)
{
  const GOptionEntry entries[] = {
      {"dir", 0, 0, G_OPTION_ARG_FILENAME, &d->dir, "Keep the configuration, state and output here", "DIR"},
      {"events", 0, 0, G_OPTION_ARG_INT, &d->events, "How many log events to make (5000)", "N"},
      {"hold", 0, 0, G_OPTION_ARG_NONE, &d->hold, "Keep the server running afterwards, until Ctrl-C", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new("- see the whole way at work");
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, error))
    return FALSE;
  if (argc > 1) {
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument %s", argv[1]);
    return FALSE;
  }
  if (d->events < 1 || d->events > EVENTS_MAX) {
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--events takes 1 to %d", EVENTS_MAX);
    return FALSE;
  }
  return TRUE;
}

static gboolean
make_dir(Demo *d, GError **error)
{
  if (d->dir == NULL)
    d->dir = g_dir_make_tmp("logferry-demo-XXXXXX", error);
  else if (!lf_fs_mkdir_p(d->dir, 0700, error))
    return FALSE;
  if (d->dir == NULL)
    return FALSE;
  char *absolute = g_canonicalize_filename(d->dir, NULL);
  g_free(d->dir);
  d->dir = absolute;
  d->config_path = g_build_filename(d->dir, "filebeat.yml", NULL);
  d->output_dir = g_build_filename(d->dir, "output", NULL);
  d->data_dir = g_build_filename(d->dir, "data", NULL);
  return TRUE;
}

/* The configuration is an ordinary filebeat.yml, so that it can be read, changed and run again. */
static gboolean
write_config(const Demo *d, GError **error)
{
  g_autofree char *text =
      g_strdup_printf("# what the demo ran; the server at this port ends with it\n"
                      "filebeat.modules:\n"
                      "- module: awsfargate\n"
                      "  log:\n"
                      "    enabled: true\n"
                      "    var.log_group_name_prefix: /ecs/shop-\n"
                      "    var.region_name: us-east-1\n"
                      "    var.start_position: beginning\n"
                      "    var.endpoint: http://127.0.0.1:%u\n"
                      "    var.access_key_id: %s\n"
                      "    var.secret_access_key: %s\n"
                      "\n"
                      "output.file:\n"
                      "  path: \"%s\"\n"
                      "  rotate_every_kb: 1048576\n"
                      "\n"
                      "path.data: \"%s\"\n"
                      "logging.level: warning\n",
                      lf_fakeaws_port(d->fake), key_id, secret, d->output_dir, d->data_dir);
  return g_file_set_contents_full(d->config_path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static void
show_progress(const LfServiceStatus *status, void *data)
{
  const Demo *d = data;
  g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " events, %" G_GUINT64_FORMAT
                                          " calls",
                                          status->output.delivered, d->total, status->input.sum.calls);
  lf_term_progress(&d->term, status->output.delivered, d->total, text);
}

static LfSlice
field(LfArena *arena, const LfValue *doc, const char *name)
{
  LfPath path;
  LfValue *v = lf_path_parse(arena, lf_slice_str(name), &path) ? lf_path_get(doc, &path, NULL) : NULL;
  return lf_value_is(v, LF_TYPE_STRING) ? lf_value_text(arena, v) : LF_SLICE_LIT("");
}

static void
show_event(const Demo *d, const char *line)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) out = {0};
  LfValue doc;
  if (!lf_json_read_copy(arena, lf_slice_str(line), &doc, NULL))
    return;
  LfSlice time = field(arena, &doc, "@timestamp"), stream = field(arena, &doc, "aws.cloudwatch.log_stream");
  LfSlice message = field(arena, &doc, "message");
  guint width = d->term.tty ? d->term.width : 200;
  lf_buf_append_str(&out, lf_term_style(&d->term, LF_TERM_DIM));
  lf_term_append_cut(&out, lf_slice(time.p + MIN(time.len, 11), time.len - MIN(time.len, 11)), 13);
  lf_buf_append_str(&out, lf_term_style(&d->term, LF_TERM_PLAIN));
  lf_buf_append_char(&out, ' ');
  lf_buf_append_str(&out, lf_term_style(&d->term, LF_TERM_CYAN));
  lf_term_append_cut(&out, stream, width > 60 ? 20 : 8);
  lf_buf_append_str(&out, lf_term_style(&d->term, LF_TERM_PLAIN));
  lf_buf_append_char(&out, ' ');
  guint used = 13 + 2 + (width > 60 ? 20 : 8);
  lf_term_append_cut(&out, message, width > used ? width - used : 1);
  lf_buf_append_char(&out, '\n');
  fwrite(out.p, 1, out.len, stdout);
}

static void
show_first_events(const Demo *d, const char *path)
{
  FILE *f = fopen(path, "re");
  size_t cap = 0;
  if (f == NULL)
    return;
  char *line = NULL;
  for (int i = 0; i < EVENTS_SHOWN && getline(&line, &cap, f) > 0; i++)
    show_event(d, line);
  free(line);
  fclose(f);
}

static void
show_summary(const Demo *d, const LfServiceStatus *s, const char *where)
{
  LfFakeawsCounts held = lf_fakeaws_counts(d->fake);
  g_autofree char *bytes = lf_term_bytes(s->input.sum.bytes);
  const char *bold = lf_term_style(&d->term, LF_TERM_BOLD), *plain = lf_term_style(&d->term, LF_TERM_PLAIN);
  printf("\n%s%" G_GUINT64_FORMAT " events%s from %u log groups and %" G_GUINT64_FORMAT " streams in %.1f s, with %" G_GUINT64_FORMAT
         " calls and %s\n",
         bold, s->output.delivered, plain, s->input.groups, held.streams, (double)s->elapsed_ms / 1000, s->input.sum.calls,
         bytes);
  printf("  events         %s\n", where);
  printf("  state          %s/logferry.db\n", d->data_dir);
  printf("  configuration  %s\n", d->config_path);
  printf("\nWith a log group of your own (credentials are taken from your environment or ~/.aws), save this as filebeat.yml\n"
         "\n"
         "  filebeat.modules:\n"
         "  - module: awsfargate\n"
         "    log:\n"
         "      enabled: true\n"
         "      var.log_group_arn: arn:aws:logs:REGION:ACCOUNT:log-group:NAME\n"
         "      var.start_position: end\n"
         "      var.scan_frequency: 10m    # where nothing is known yet, the last ten minutes are read\n"
         "  output.console.pretty: true\n"
         "  path.data: ./data\n"
         "\n"
         "and type: logferry run -c filebeat.yml --once\n");
}

static LfServiceResult
collect(Demo *d, LfServiceStatus *status, char **where, GError **error)
{
  const char *files[] = {d->config_path, NULL};
  LfConfigSources sources = {.files = files, .fileset_names = lf_module_filesets};
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(LfConfig) config = lf_config_load(&sources, error);
  if (config == NULL || !lf_log_configure(&config->log, error))
    return LF_SERVICE_NOT_STARTED;
  config->quota_filter_log_events = 0; /* the server inside has no quota */
  LfAssembly *assembly = lf_assemble(arena, config, &config->notes, error);
  if (assembly == NULL)
    return LF_SERVICE_NOT_STARTED;
  g_autoptr(GPtrArray) complaints = NULL;
  LfServiceOptions options = {.config = config,
                              .assembly = assembly,
                              .notes = &config->notes,
                              .once = TRUE,
                              .once_timeout_ms = 600 * 1000,
                              .progress = show_progress,
                              .progress_data = d};
  LfServiceResult result = lf_service_run(&options, status, &complaints, where, error);
  lf_term_progress_end(&d->term);
  g_clear_pointer(&status->groups, g_array_unref);
  for (guint i = 0; i < complaints->len; i++)
    fprintf(stderr, "logferry demo: %s\n", (const char *)g_ptr_array_index(complaints, i));
  return result;
}

static void
hold(const Demo *d)
{
  sigset_t signals;
  int signal_number;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  printf("\nthe server is held at http://127.0.0.1:%u until Ctrl-C\n", lf_fakeaws_port(d->fake));
  fflush(stdout);
  sigwait(&signals, &signal_number);
}

static int
run_demo(Demo *d, GError **error)
{
  LfServiceStatus status;
  g_autofree char *where = NULL;
  LfFakeawsOptions server = {.access_key_id = key_id, .secret_access_key = secret, .accept_old_events = TRUE, .page_events = 1000};
  if (!make_dir(d, error) || (d->fake = lf_fakeaws_start(&server, error)) == NULL || !write_config(d, error))
    return LF_EXIT_USAGE;
  lf_fakeaws_fill_sample(d->fake, lf_clock_wall_ms(lf_clock_system()), 1, (guint)d->events);
  LfFakeawsCounts held = lf_fakeaws_counts(d->fake);
  d->total = held.events;
  printf("A CloudWatch Logs server at http://127.0.0.1:%u holds %" G_GUINT64_FORMAT " events in %" G_GUINT64_FORMAT
         " log groups; the module awsfargate collects them.\n\n",
         lf_fakeaws_port(d->fake), held.events, held.groups);
  fflush(stdout);
  LfServiceResult result = collect(d, &status, &where, error);
  if (result == LF_SERVICE_NOT_STARTED)
    return LF_EXIT_USAGE;
  show_first_events(d, where);
  show_summary(d, &status, where);
  if (d->hold)
    hold(d);
  return result == LF_SERVICE_OK && *error == NULL ? LF_EXIT_OK : LF_EXIT_UNFINISHED;
}

int
lf_cmd_demo(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_auto(Demo) demo = {.events = EVENTS_DEFAULT, .term = lf_term_examine(stdout)};
  if (!parse_arguments(argc, argv, &demo, &error)) {
    fprintf(stderr, "logferry demo: %s; see logferry demo --help\n", error->message);
    return LF_EXIT_USAGE;
  }
  int code = run_demo(&demo, &error);
  if (error != NULL)
    fprintf(stderr, "logferry demo: %s\n", error->message);
  return code;
}
