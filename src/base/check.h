/* What a check of something outside of the program says, one step after the other. */
#ifndef LF_BASE_CHECK_H
#define LF_BASE_CHECK_H

#include <glib.h>

typedef enum {
  LF_CHECK_OK,
  LF_CHECK_WARNING, /* it works, but somebody should look at it */
  LF_CHECK_FAILED,
  LF_CHECK_SKIPPED, /* it cannot be tried, because of a step before it */
} LfCheckState;

/* Called as soon as a step is over. `name` is a word or two, `text` what was found, of one line or several, never a
 * secret; `advice` (nullable) is what a person can do about it. All borrowed. */
typedef void (*LfCheckFn)(LfCheckState state, const char *name, const char *text, const char *advice, void *data);

#endif
