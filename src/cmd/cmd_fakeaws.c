/* `logferry fakeaws`: the CloudWatch Logs server on its own, for tests and for trying clients out. */
#include "cmd/cmd.h"
#include "fakeaws/sample.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

/* What the command line says. */
typedef struct {
  LfFakeawsOptions server;
  gint port, page_events, empty_page_every, quota, sample;
  gint64 page_bytes, seed, session_life_ms, visible_after_ms;
} Arguments;

static gboolean
parse_arguments(int argc, char **argv, Arguments *args, GError **error)
{
  const GOptionEntry entries[] = {
      {"port", 0, 0, G_OPTION_ARG_INT, &args->port, "Listen on this port of 127.0.0.1; 0 takes a free one", "N"},
      {"access-key-id", 0, 0, G_OPTION_ARG_STRING, &args->server.access_key_id, "The key pair that is known", "ID"},
      {"secret-access-key", 0, 0, G_OPTION_ARG_STRING, &args->server.secret_access_key, "Its secret", "SECRET"},
      {"session-token", 0, 0, G_OPTION_ARG_STRING, &args->server.session_token, "The token that goes with it", "T"},
      {"session-life-ms", 0, 0, G_OPTION_ARG_INT64, &args->session_life_ms,
       "How long issued keys hold, in ms, whatever the request says", "N"},
      {"external-id", 0, 0, G_OPTION_ARG_STRING, &args->server.external_id, "What AssumeRole asks for", "ID"},
      {"web-identity-token", 0, 0, G_OPTION_ARG_STRING, &args->server.web_identity_token,
       "The token that AssumeRoleWithWebIdentity takes", "T"},
      {"imds", 0, 0, G_OPTION_ARG_NONE, &args->server.imds, "Serve EC2 instance metadata below /latest/", NULL},
      {"container", 0, 0, G_OPTION_ARG_NONE, &args->server.container,
       "Serve a container's credentials at /v2/credentials/ID and /v1/credentials", NULL},
      {"container-token", 0, 0, G_OPTION_ARG_STRING, &args->server.container_token, "The Authorization it asks for",
       "T"},
      {"account-id", 0, 0, G_OPTION_ARG_STRING, &args->server.account_id, "The account", "12 DIGITS"},
      {"region", 0, 0, G_OPTION_ARG_STRING, &args->server.region, "The region", "REGION"},
      {"accept-old-events", 0, 0, G_OPTION_ARG_NONE, &args->server.accept_old_events,
       "PutLogEvents takes events older than 14 days", NULL},
      {"page-events", 0, 0, G_OPTION_ARG_INT, &args->page_events, "FilterLogEvents: at most N events a page", "N"},
      {"page-bytes", 0, 0, G_OPTION_ARG_INT64, &args->page_bytes, "FilterLogEvents: at most N bytes a page", "N"},
      {"empty-page-every", 0, 0, G_OPTION_ARG_INT, &args->empty_page_every,
       "FilterLogEvents: each N-th page is empty and has a token", "N"},
      {"visible-after-ms", 0, 0, G_OPTION_ARG_INT64, &args->visible_after_ms,
       "Events are shown only N ms after they were put", "N"},
      {"quota", 0, 0, G_OPTION_ARG_INT, &args->quota, "FilterLogEvents: at most N calls a second", "N"},
      {"sample", 0, 0, G_OPTION_ARG_INT, &args->sample, "Hold N real-looking events at start", "N"},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &args->seed, "What the sample is made from", "N"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new("- a small CloudWatch Logs and STS server in memory");
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, error))
    return FALSE;
  if (argc > 1) {
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument %s", argv[1]);
    return FALSE;
  }
  if (args->port < 0 || args->port > G_MAXUINT16 || args->page_events < 0 || args->page_bytes < 0 ||
      args->session_life_ms < 0 || args->visible_after_ms < 0 || args->empty_page_every < 0 || args->quota < 0 ||
      args->sample < 0) {
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "a number is out of range");
    return FALSE;
  }
  return TRUE;
}

/* Blocks the two signals in this thread and those it starts, so that sigwait gets them. */
static void
block_signals(sigset_t *signals)
{
  sigemptyset(signals);
  sigaddset(signals, SIGINT);
  sigaddset(signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static void
arguments_clear(Arguments *args)
{
  const char *const texts[] = {args->server.external_id,       args->server.web_identity_token,
                               args->server.container_token,   args->server.access_key_id,
                               args->server.secret_access_key, args->server.session_token,
                               args->server.account_id,        args->server.region};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free((char *)texts[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)

int
lf_cmd_fakeaws(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_auto(Arguments) args = {.seed = 1};
  if (!parse_arguments(argc, argv, &args, &error)) {
    fprintf(stderr, "logferry fakeaws: %s\n", error->message);
    return LF_EXIT_USAGE;
  }
  args.server.port = (guint16)args.port;
  args.server.page_events = (guint)args.page_events;
  args.server.page_bytes = (gsize)args.page_bytes;
  args.server.session_life_ms = args.session_life_ms;
  args.server.visible_after_ms = args.visible_after_ms;
  args.server.empty_page_every = (guint)args.empty_page_every;
  args.server.quota_per_s = (guint)args.quota;

  sigset_t signals;
  block_signals(&signals);
  g_autoptr(LfFakeaws) fake = lf_fakeaws_start(&args.server, &error);
  if (fake == NULL) {
    fprintf(stderr, "logferry fakeaws: %s\n", error->message);
    return LF_EXIT_USAGE;
  }
  if (args.sample > 0)
    lf_fakeaws_fill_sample(fake, lf_clock_wall_ms(lf_clock_system()), (guint64)args.seed, (guint)args.sample);
  printf("listening on http://127.0.0.1:%u\n", (guint)lf_fakeaws_port(fake));
  fflush(stdout);
  int signal_number;
  sigwait(&signals, &signal_number);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL); /* a second one ends at once */
  return LF_EXIT_OK;
}
