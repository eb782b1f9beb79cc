/* Files: bounded reading, folders, where the program's own data is. */
#ifndef LF_BASE_FS_H
#define LF_BASE_FS_H

#include "base/slice.h"

/* The largest file of a person's that is read whole: configurations, manifests, templates, pipelines. */
enum { LF_FS_TEXT_MAX = 16 * 1024 * 1024 };

/* Reads a regular file of at most `max` bytes. Returns: (transfer full) (nullable): NUL-terminated, `*len` bytes;
 * NULL with G_FILE_ERROR, whose text begins with the path. */
char *lf_fs_read(const char *path, gsize max, gsize *len, GError **error);

/* The same, also of a pipe or a character device, to its end: /dev/stdin, /dev/fd/63. Waits for whoever writes it. */
char *lf_fs_read_stream(const char *path, gsize max, gsize *len, GError **error);

/* Makes a folder and the ones above it with `mode`. FALSE with G_FILE_ERROR. */
gboolean lf_fs_mkdir_p(const char *path, int mode, GError **error);

/* Checks what Filebeat's --strict.perms checks of a configuration file: it belongs to the user who runs the program or
 * to root, and group and others may not write it. What is no file and no pipe passes. FALSE with G_FILE_ERROR_PERM and what to do. */
gboolean lf_fs_check_owner(const char *path, GError **error);

/* fsyncs a folder, so that a new or renamed entry in it survives a power cut. FALSE with G_FILE_ERROR. */
gboolean lf_fs_sync_dir(const char *path, GError **error);

/* The folder that holds module/, fields/ and ingest/ of this program: <dir of the binary>/../share/logferry, else the
 * folder of the binary itself (a build tree). Returns: (transfer none) (nullable): NULL where neither has module/. */
const char *lf_fs_data_dir(void);

/* The machine's name as gethostname(2) has it. (transfer full) */
char *lf_fs_hostname(void);

#endif
