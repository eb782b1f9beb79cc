/* Which Filebeat's events are written: the option compat.filebeat. */
#ifndef LF_CONFIG_COMPAT_H
#define LF_CONFIG_COMPAT_H

#include "base/slice.h"

/* `text` is the full version, "9.2.2". */
typedef struct {
  const char *text;
  int major;
  int minor;
  int patch;
} LfCompat;

/* A short form and the full version that it stands for. */
typedef struct {
  const char *word;
  const char *version;
} LfCompatShort;

/* The short forms: 9, 8 and 7.17. Returns: (transfer none): `*n` of them, the default first. */
const LfCompatShort *lf_compat_shorts(guint *n);

/* Reads "9", "8", "7.17" or a full version of one of these lines ("8.18.1"). `text` is interned.
 * Returns: FALSE for anything else. */
gboolean lf_compat_parse(LfSlice word, LfCompat *out);

#endif
