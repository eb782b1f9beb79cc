/* How a log group's time is cut into windows. Pure: no I/O, no clock. */
#ifndef LF_INPUT_CWL_PLAN_H
#define LF_INPUT_CWL_PLAN_H

#include <glib.h>

/* A window aims at so many pages with events; over LF_CWL_PAGES_MAX it is given up and made smaller. Pages without
 * events, which the API sends while it searches, are counted apart. */
enum { LF_CWL_PAGES_AIM = 32, LF_CWL_PAGES_MAX = 64, LF_CWL_EMPTY_PAGES_MAX = 1000 };

/* A window of unknown density is given up already behind so many pages where these say that it has far too many. */
enum { LF_CWL_PAGES_EARLY = 2 };

/* All times are ms since 1970. Neighbouring windows share no millisecond: the API's ends are both inclusive. */
typedef struct {
  gint64 frontier_ms; /* all before it has been read once */
  gint64 next_ms;     /* where the next window begins: before the frontier while a scan looks back */
  gint64 target_ms;   /* the scan under way reads up to here, inclusive */
  gint64 span_ms;     /* the size of the next window; 0: as large as can be */
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

/* A plan that reads on from `frontier_ms`. */
void lf_cwl_plan_init(LfCwlPlan *plan, gint64 frontier_ms);

/* Begins a scan up to `target_ms`, from `from_ms` where that is before the frontier. */
void lf_cwl_plan_scan(LfCwlPlan *plan, gint64 from_ms, gint64 target_ms);

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
 * read; as it was where the window lies before it. */
gint64 lf_cwl_plan_close(LfCwlPlan *plan, gint64 date_ms);

/* How far back a scan reads again, for events that become visible late. With time counted in steps (of one scan each, where
 * scans come in time), mark k has its turn each 2^k steps and reads 2^(k+1) steps back, the last mark as far as the look-back
 * and one of its turns more: an event that becomes visible L after its time is seen at most 3 L (and one scan) after it, if L
 * is up to the look-back, for log2(lookback / step) times the reading. Where a turn comes late, because scans take long or
 * fail, it reads as much further back: as far as its length before the beginning of the scan that last read to the mark. The
 * very first scan reads to the last mark. */
enum { LF_CWL_MARKS_MAX = 40 };

typedef struct {
  gint64 step_ms;     /* the time from scan to scan */
  gint64 lookback_ms; /* 0: no looking back */
  guint marks;
  guint64 steps;                    /* up to the last scan that was read to its end, from 1; 0: none */
  guint64 turn;                     /* the same of the scan under way */
  gint64 first_ms;                  /* when step 1 was */
  gint64 began_ms;                  /* when the scan under way was begun */
  gint64 read_ms[LF_CWL_MARKS_MAX]; /* when the last scan that read to the mark was begun; G_MININT64: none */
  guint mark;                       /* of the scan under way; `marks`: none */
  guint cost[LF_CWL_MARKS_MAX];     /* pages that reading to the mark took last time, beyond the scan's own */
  guint spent;                      /* such pages of the scan under way */
  gint64 reach_ms;                  /* how late an event may be that is seen, with what may be spent */
} LfCwlRuler;

/* A ruler for scans `step_ms` apart. */
void lf_cwl_ruler_init(LfCwlRuler *ruler, gint64 step_ms, gint64 lookback_ms);

/* How far back the last mark reads: so long ids have to be known. */
gint64 lf_cwl_ruler_deepest(const LfCwlRuler *ruler);

/* Begins a scan of what is before `now_ms`; all before `frontier_ms` was read. It may spend `pages` calls on looking back:
 * where its mark costs more, a nearer one is taken, the deepest that does not. Returns: how far behind the frontier to
 * begin, in ms. */
gint64 lf_cwl_ruler_next(LfCwlRuler *ruler, double pages, gint64 now_ms, gint64 frontier_ms);

/* The scan under way was read to its end: what it cost is remembered. One that is not is begun again with the same mark. */
void lf_cwl_ruler_end(LfCwlRuler *ruler);

#endif
