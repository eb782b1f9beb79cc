/* `logferry version`: what this binary is, what it is built with, where its data is. */
#include "config.h"

#include "base/fs.h"
#include "cmd/cmd.h"
#include "config/compat.h"
#include "net/http.h"
#include "output/output.h"
#include "state/db.h"

#include <stdio.h>

static void
print_modules(const char *data_dir)
{
  g_autofree char *path = data_dir != NULL ? g_build_filename(data_dir, "module", NULL) : NULL;
  g_autoptr(GDir) dir = path != NULL ? g_dir_open(path, 0, NULL) : NULL;
  if (dir == NULL) {
    printf("modules: none found beside the binary\n");
    return;
  }
  printf("modules: %s (", path);
  gboolean first = TRUE;
  for (const char *name; (name = g_dir_read_name(dir)) != NULL; first = FALSE)
    printf("%s%s", first ? "" : ", ", name);
  printf(")\n");
}

int
lf_cmd_version(int argc, char **argv)
{
  guint n;
  const LfCompatShort *shorts = lf_compat_shorts(&n);
  if (argc > 1) {
    fprintf(stderr, "logferry version: unexpected argument %s\n", argv[1]);
    return LF_EXIT_USAGE;
  }
  printf("logferry %s\n", PACKAGE_VERSION);
  printf("compat.filebeat:");
  for (guint i = 0; i < n; i++)
    printf("%s %s stands for %s%s", i > 0 ? "," : "", shorts[i].word, shorts[i].version, i == 0 ? " (default)" : "");
  printf("\noutputs:");
  for (guint i = 0; lf_output_nth(i) != NULL; i++)
    printf(" %s", lf_output_nth(i)->name);
  printf("\nlibraries: %s, SQLite %s, GLib %u.%u.%u\n", lf_http_library(), lf_db_library(), glib_major_version,
         glib_minor_version, glib_micro_version);
  print_modules(lf_fs_data_dir());
  return LF_EXIT_OK;
}
