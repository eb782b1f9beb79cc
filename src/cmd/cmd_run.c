/* `logferry run`: collect, process, deliver. */
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/term.h"
#include "pump/service.h"

#include <stdio.h>

enum { SUMMARY_GROUPS_MAX = 20 };

static void
print_complaints(const GPtrArray *complaints)
{
  for (guint i = 0; i < complaints->len; i++)
    fprintf(stderr, "logferry run: %s\n", (const char *)g_ptr_array_index(complaints, i));
}

/* Prints the closing summary of a run that has an end: all groups, and each of them where there are not too many. */
static void
print_summary(const LfServiceStatus *s, const char *where)
{
  g_autofree char *bytes = lf_term_bytes(s->input.sum.bytes);
  fprintf(stderr,
          "logferry run: %u log groups, %" G_GUINT64_FORMAT " events delivered to %s, %" G_GUINT64_FORMAT
          " dropped, %" G_GUINT64_FORMAT " dead letters, %" G_GUINT64_FORMAT " repeats left out, %" G_GUINT64_FORMAT
          " late; %" G_GUINT64_FORMAT " calls (%" G_GUINT64_FORMAT " looking back), %s, %.1f s\n",
          s->input.groups, s->output.delivered, where, s->output.dropped, s->output.dead, s->input.sum.known,
          s->input.sum.late, s->input.sum.calls, s->input.sum.calls_back, bytes, (double)s->elapsed_ms / 1000);
  for (guint i = 0; s->groups != NULL && s->groups->len > 1 && i < s->groups->len; i++) {
    const LfCwlGroupStatus *g = &g_array_index(s->groups, LfCwlGroupStatus, i);
    if (i == SUMMARY_GROUPS_MAX) {
      fprintf(stderr, "  … and %u more\n", s->groups->len - i);
      return;
    }
    g_autofree char *received = lf_term_bytes(g->counts.bytes);
    fprintf(stderr,
            "  %s: %" G_GUINT64_FORMAT " read, %" G_GUINT64_FORMAT " delivered, %" G_GUINT64_FORMAT
            " repeats, %" G_GUINT64_FORMAT " late, %" G_GUINT64_FORMAT " calls, %s; %s\n",
            g->shown, g->counts.read, g->ended.delivered, g->counts.known, g->counts.late, g->counts.calls, received,
            g->state);
  }
}

/* "1 h 20 min", "3 min", "40 s" */
static char *
time_text(double seconds)
{
  if (seconds >= 3600)
    return g_strdup_printf("%d h %d min", (int)(seconds / 3600), (int)(seconds / 60) % 60);
  return seconds >= 90 ? g_strdup_printf("%.0f min", seconds / 60) : g_strdup_printf("%.0f s", seconds);
}

/* A run with an end shows how far it is, where stderr is a terminal that no log goes to. */
static void
show_progress(const LfServiceStatus *s, void *data)
{
  const LfTerm *term = data;
  double elapsed = (double)s->elapsed_ms / 1000;
  g_autofree char *left = s->done > 0.01 && elapsed > 2 ? time_text(elapsed * (1 - s->done) / s->done) : NULL;
  g_autofree char *text =
      g_strdup_printf("%" G_GUINT64_FORMAT " events%s%s%s", s->output.delivered, left != NULL ? ", about " : "",
                      left != NULL ? left : "", left != NULL ? " left" : "");
  lf_term_progress(term, (guint64)(s->done * 1000), 1000, text);
}

static gboolean
has_end(const LfLoaded *l)
{
  if (l->flags.once)
    return TRUE;
  for (guint i = 0; i < l->assembly->n; i++)
    if (l->assembly->inputs[i].settings.end_time_ms == LF_OPTION_UNSET)
      return FALSE;
  return TRUE;
}

/* A person at a terminal is told where to look: there is nothing else to see. */
static void
say_where_the_log_is(const LfLogSettings *log)
{
  if (!log->to_stderr && log->file_dir != NULL)
    fprintf(stderr, "logferry run: the log is in %s; -e shows it here instead\n", log->file_dir);
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
  LfTerm term = lf_term_examine(stderr);
  if (term.tty)
    say_where_the_log_is(&loaded.config->log);
  if (term.tty && has_end(&loaded) && !loaded.config->log.to_stderr) {
    options.progress = show_progress;
    options.progress_data = &term;
  }
  LfServiceResult result = lf_service_run(&options, &status, &complaints, &where, &error);
  if (options.progress != NULL)
    lf_term_progress_end(&term);
  if (error != NULL)
    fprintf(stderr, "logferry run: %s\n", error->message);
  print_complaints(complaints);
  if ((options.once || status.read_all) && result != LF_SERVICE_NOT_STARTED)
    print_summary(&status, where);
  if (status.groups != NULL)
    g_array_unref(status.groups);
  lf_log_shutdown();
  return result == LF_SERVICE_OK ? LF_EXIT_OK : result == LF_SERVICE_NOT_STARTED ? LF_EXIT_USAGE : LF_EXIT_UNFINISHED;
}
