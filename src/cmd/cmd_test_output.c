/* `logferry test output`: tries out, step by step, whether the output can be reached or written to. */
#include "cmd/cmd_test_output.h"

#include "cmd/cmd.h"
#include "cmd/steps.h"
#include "cmd/term.h"
#include "output/elasticsearch.h"
#include "output/es_check.h"
#include "output/output.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LITTLE_SPACE = 100 * 1024 * 1024 };

static void G_GNUC_PRINTF(5, 6)
    say(LfSteps *steps, LfCheckState state, const char *name, const char *advice, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  lf_steps_say(state, name, text, advice, steps);
}

static void
host_title(const char *host, void *data)
{
  g_autofree char *text = g_strdup_printf("output elasticsearch, %s", host);
  lf_steps_title(data, text);
}

static gboolean
check_elasticsearch(LfLoaded *l, LfSteps *steps, GError **error)
{
  return lf_es_check(lf_elasticsearch_connection(l->output_settings), lf_clock_system(), l->config->output.place,
                     lf_steps_say, host_title, steps, error);
}

static gboolean
check_console(LfLoaded *l, LfSteps *steps, GError **error)
{
  struct stat s;
  lf_steps_title(steps, "output console");
  if (fstat(STDOUT_FILENO, &s) != 0)
    say(steps, LF_CHECK_FAILED, "stdout", "start it with an open standard output", "%s", g_strerror(errno));
  else
    say(steps, LF_CHECK_OK, "stdout", NULL, "%s",
        isatty(STDOUT_FILENO) ? "a terminal"
        : S_ISFIFO(s.st_mode) ? "a pipe"
        : S_ISREG(s.st_mode)  ? "a file"
                              : "open");
  return TRUE;
}

/* The folder itself, or the nearest one above it that is there. (transfer full) */
static char *
nearest_folder(const char *path)
{
  char *dir = g_strdup(path);
  while (!g_file_test(dir, G_FILE_TEST_EXISTS) && strcmp(dir, "/") != 0) {
    char *above = g_path_get_dirname(dir);
    g_free(dir);
    dir = above;
  }
  return dir;
}

static void
check_space(LfSteps *steps, const char *dir)
{
  struct statvfs fs;
  if (statvfs(dir, &fs) != 0) {
    say(steps, LF_CHECK_WARNING, "space", NULL, "%s", g_strerror(errno));
    return;
  }
  guint64 bytes = (guint64)fs.f_bavail * fs.f_frsize;
  g_autofree char *text = lf_term_bytes(bytes);
  gboolean little = bytes < LITTLE_SPACE || (fs.f_files > 0 && fs.f_favail == 0);
  say(steps, little ? LF_CHECK_WARNING : LF_CHECK_OK, "space",
      little ? "a full disk stops the delivery until there is room again; nothing is lost" : NULL, "%s free%s", text,
      fs.f_files > 0 && fs.f_favail == 0 ? ", and no file can be made any more" : "");
}

static gboolean
check_file(LfLoaded *l, LfSteps *steps, GError **error)
{
  const LfNode *path = lf_node_get(l->config->output.node, "path");
  const char *text = lf_option_text(l->arena, path);
  g_autofree char *full = g_canonicalize_filename(text, NULL);
  g_autofree char *dir = nearest_folder(full);
  gboolean there = strcmp(dir, full) == 0;
  lf_steps_title(steps, "output file");
  if (!g_file_test(dir, G_FILE_TEST_IS_DIR)) {
    say(steps, LF_CHECK_FAILED, "path", "take another `path`", "%s is no folder", dir);
    return TRUE;
  }
  say(steps, LF_CHECK_OK, "path", NULL, "%s%s", full, there ? "" : " (to be made)");
  if (access(dir, W_OK | X_OK) != 0)
    say(steps, LF_CHECK_FAILED, "writable", "give the user that runs the program the right to write there", "%s: %s",
        dir, g_strerror(errno));
  else
    say(steps, LF_CHECK_OK, "writable", NULL, "%s%s", there ? "yes" : "yes, below ", there ? "" : dir);
  check_space(steps, dir);
  return TRUE;
}

/* A check for each output that is there. */
static const struct {
  const LfOutputClass *cls;
  gboolean (*check)(LfLoaded *l, LfSteps *steps, GError **error);
} checks[] = {{&lf_output_elasticsearch, check_elasticsearch},
              {&lf_output_file, check_file},
              {&lf_output_console, check_console}};

int
lf_cmd_test_output(LfLoaded *l)
{
  g_autoptr(GError) error = NULL;
  LfSteps steps = lf_steps_new();
  const LfOutputClass *cls = lf_output_find(l->config->output.name);
  for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
    if (checks[i].cls == cls && !checks[i].check(l, &steps, &error)) {
      fprintf(stderr, "logferry test: %s\n", error->message);
      return LF_EXIT_USAGE;
    }
  return lf_steps_end(&steps);
}
