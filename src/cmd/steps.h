/* Steps of a check on the terminal: a tick or a cross, what was found, what to do. */
#ifndef LF_CMD_STEPS_H
#define LF_CMD_STEPS_H

#include "base/check.h"
#include "cmd/term.h"

/* Where steps are printed, and how many there were of each kind. */
typedef struct {
  LfTerm term;
  gboolean utf8; /* else marks are words */
  guint counts[LF_CHECK_SKIPPED + 1];
} LfSteps;

/* Looks at stdout and the locale. */
LfSteps lf_steps_new(void);

/* A heading for the steps that follow. */
void lf_steps_title(LfSteps *steps, const char *text);

/* Prints a step at once: an LfCheckFn whose `data` is the LfSteps. Lines are wrapped on a terminal alone. */
void lf_steps_say(LfCheckState state, const char *name, const char *text, const char *advice, void *data);

/* Prints what it comes to. Returns: the exit code. */
int lf_steps_end(const LfSteps *steps);

#endif
