/* How a log group's time is cut into windows. Pure: no I/O, no clock. */
#ifndef LF_INPUT_CWL_PLAN_H
#define LF_INPUT_CWL_PLAN_H

#include <glib.h>

/* A window aims at so many pages with events; over LF_CWL_PAGES_MAX it is given up and made smaller. Pages without
 * events, which the API sends while it searches, are counted apart. */
enum { LF_CWL_PAGES_AIM = 32, LF_CWL_PAGES_MAX = 64, LF_CWL_EMPTY_PAGES_MAX = 1000 };

/* All times are ms since 1970. Neighbouring windows share no millisecond: the API's ends are both inclusive. */
typedef struct {
  gint64 next_ms;   /* all before it has been read */
  gint64 target_ms; /* the scan under way reads up to here, inclusive */
  gint64 span_ms;   /* the size of the next window; 0: as large as can be */
  gboolean open;
  gint64 start_ms; /* of the open window, inclusive */
  gint64 end_ms;
  guint pages; /* of the open window, with events */
  guint empty_pages;
  guint failures;    /* times in a row that a window had to be reopened */
  gint64 first_ms;   /* the earliest event of the open window; G_MAXINT64: none yet */
  gint64 aim_max_ms; /* the latest event of the first LF_CWL_PAGES_AIM pages */
  guint64 reopened;  /* windows that were read again from their start, of any cause */
  guint64 given_up;
} LfCwlPlan;

/* A plan that reads on from `next_ms`. */
void lf_cwl_plan_init(LfCwlPlan *plan, gint64 next_ms);

/* Begins a scan up to `target_ms`. */
void lf_cwl_plan_scan(LfCwlPlan *plan, gint64 target_ms);

/* Opens the next window. Returns: FALSE where the scan is complete. */
gboolean lf_cwl_plan_open(LfCwlPlan *plan);

/* A page of the open window was read; `min_ms` and `max_ms` are its earliest and latest event, ignored without events;
 * `more` says that another page is to come. Returns: FALSE where there are too many: the window is given up, the next one will be smaller. */
gboolean lf_cwl_plan_page(LfCwlPlan *plan, guint n_events, gint64 min_ms, gint64 max_ms, gboolean more);

/* The open window is to be read again from its start; lf_cwl_plan_open opens it anew. A window that fails again and again
 * is made smaller, so that a server that fails now and then cannot keep it from ever being finished. */
void lf_cwl_plan_reopen(LfCwlPlan *plan);

/* The open window was read to its end. `date_ms` is the server's own time when the reading began (G_MAXINT64: not known):
 * what is later has not been read, whatever the window's end says. Returns: the frontier, the first ms that has not been
 * read. */
gint64 lf_cwl_plan_close(LfCwlPlan *plan, gint64 date_ms);

#endif
