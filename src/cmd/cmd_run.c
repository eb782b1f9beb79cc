/* `logferry run`: collect, process, deliver. */
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/term.h"
#include "pump/service.h"

#include <stdio.h>
#include <unistd.h>


static void
print_complaints(const GPtrArray *complaints)
{
  for (guint i = 0; i < complaints->len; i++)
    fprintf(stderr, "logferry run: %s\n", (const char *)g_ptr_array_index(complaints, i));
}

/* The closing summary of --once. */
static void
print_summary(const LfServiceStatus *s, const char *where)
{
  g_autofree char *bytes = lf_term_bytes(s->input.bytes);
  fprintf(stderr,
          "logferry run: %u log groups, %" G_GUINT64_FORMAT " events delivered to %s, %" G_GUINT64_FORMAT
          " dropped, %" G_GUINT64_FORMAT " dead letters, %" G_GUINT64_FORMAT " repeats left out; %" G_GUINT64_FORMAT
          " calls, %s, %.1f s\n",
          s->input.groups, s->output.delivered, where, s->output.dropped, s->output.dead, s->input.known,
          s->input.calls, bytes, (double)s->elapsed_ms / 1000);
}

int
lf_cmd_run(int argc, char **argv)
{
  g_auto(LfLoaded) loaded = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) complaints = NULL;
  g_autofree char *where = NULL;
  LfServiceStatus status;
  int code = lf_load(&loaded, "run", argc, argv, LF_FLAGS_RUN, LF_LOAD_ASSEMBLY | LF_LOAD_OUTPUT | LF_LOAD_LOG);
  if (code >= 0)
    return code;
  if (loaded.flags.rest[0] != NULL) {
    fprintf(stderr, "logferry run: unexpected argument %s; see logferry run --help\n", loaded.flags.rest[0]);
    return LF_EXIT_USAGE;
  }
  lf_notes_log(&loaded.flags.notes);
  LfServiceOptions options = {.config = loaded.config,
                              .assembly = loaded.assembly,
                              .sources = &loaded.flags.sources,
                              .notes = &loaded.config->notes,
                              .once = loaded.flags.once,
                              .once_timeout_ms = loaded.flags.once_timeout_ms,
                              .reset_state = (const char *const *)loaded.flags.reset_state};
  LfServiceResult result = lf_service_run(&options, &status, &complaints, &where, &error);
  if (error != NULL)
    fprintf(stderr, "logferry run: %s\n", error->message);
  print_complaints(complaints);
  if (options.once && result != LF_SERVICE_NOT_STARTED)
    print_summary(&status, where);
  lf_log_shutdown();
  return result == LF_SERVICE_OK ? LF_EXIT_OK : result == LF_SERVICE_NOT_STARTED ? LF_EXIT_USAGE : LF_EXIT_UNFINISHED;
}
