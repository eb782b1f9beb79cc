/* Which variables a template reads. */
#ifndef LF_MODULE_GOTMPL_READS_H
#define LF_MODULE_GOTMPL_READS_H

#include "module/gotmpl/gotmpl.h"

/* The names that templates read. Lives in an arena; starts as {.arena = …}. */
typedef struct {
  LfArena *arena;
  LfValue names; /* an object, its values are true */
  gboolean all;  /* a template uses all variables at once */
} LfTemplateReads;

/* Adds the names that the template reads of the variables that it is run with: `.name`, `$.name`, and what a template
 * defined inside reads of its own dot. Inside `with` and `range` the dot is something else. What is read in a branch
 * that is not taken counts. */
void lf_template_reads_add(LfTemplateReads *reads, const LfTemplate *t);

/* Whether a template reads the name. */
gboolean lf_template_reads_has(const LfTemplateReads *reads, LfSlice name);

#endif
