/* The names of output.file's files, as Filebeat of each line makes them. */
#ifndef LF_OUTPUT_FILE_NAMES_H
#define LF_OUTPUT_FILE_NAMES_H

#include <glib.h>

/* How files are told apart: by a number behind the name that grows with age (Filebeat 7: name, name.1, name.2 …), or by
 * the day and a number that grows with youth (Filebeat 8 and later: name-20261124.ndjson, name-20261124-1.ndjson …). */
typedef enum { LF_FILE_NAMES_COUNT, LF_FILE_NAMES_DATE } LfFileNamesStyle;

typedef struct {
  LfFileNamesStyle style;
  char *dir;
  char *base;
} LfFileNames;

/* The paths of the files that are there, the oldest first. Returns: (transfer full). */
GPtrArray *lf_file_names_list(const LfFileNames *names);

/* The path to write to: the newest file that is there, else the one to make. (transfer full) */
char *lf_file_names_active(const LfFileNames *names, gint64 now_ms);

/* Makes way for a new file: in the COUNT style every file's number is raised by one. `*next` is the path to make.
 * Returns: FALSE with G_FILE_ERROR. */
gboolean lf_file_names_rotate(const LfFileNames *names, gint64 now_ms, char **next, GError **error);

/* Removes the oldest files but `keep` and the active one. Returns: how many were removed; `*bytes`: their size. */
guint lf_file_names_purge(const LfFileNames *names, guint keep, const char *active, guint64 *bytes);

#endif
