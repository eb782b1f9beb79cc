/* The terminal: whether there is one, how wide it is, colours, a progress bar. */
#ifndef LF_CMD_TERM_H
#define LF_CMD_TERM_H

#include "base/buf.h"

#include <stdio.h>

/* What a stream can show. `color` is FALSE for pipes, for TERM=dumb and where NO_COLOR is set (no-color.org). */
typedef struct {
  gboolean tty;
  gboolean color;
  guint width; /* columns; 80 where it is not known */
  FILE *stream;
} LfTerm;

/* Looks at a stream: stdout or stderr. */
LfTerm lf_term_examine(FILE *stream);

/* Colours by their use; "" without colour. */
typedef enum { LF_TERM_PLAIN, LF_TERM_DIM, LF_TERM_BOLD, LF_TERM_GREEN, LF_TERM_YELLOW, LF_TERM_RED, LF_TERM_CYAN } LfTermStyle;

/* The sequence that begins a style; LF_TERM_PLAIN ends it. (transfer none) */
const char *lf_term_style(const LfTerm *term, LfTermStyle style);

/* Appends `text` with control characters shown as a middle dot, cut to `columns` (a cut one ends in …). Wide and
 * combining characters count as Unicode says. */
void lf_term_append_cut(LfBuf *out, LfSlice text, guint columns);

/* One line that redraws itself: [#####     ]  50 %  text. Nothing where `term` is none. */
void lf_term_progress(const LfTerm *term, guint64 done, guint64 total, const char *text);

/* Wipes the progress line. */
void lf_term_progress_end(const LfTerm *term);

/* "1.2 MB", "340 kB", "12 B". (transfer full) */
char *lf_term_bytes(guint64 bytes);

#endif
