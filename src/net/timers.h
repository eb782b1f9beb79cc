/* What is to be called at some time: the timers of a loop. One thread. */
#ifndef LF_NET_TIMERS_H
#define LF_NET_TIMERS_H

#include <glib.h>

typedef void (*LfTimerFn)(void *data);

typedef struct LfTimers LfTimers;

/* Returns: (transfer full): lf_timers_free. */
LfTimers *lf_timers_new(void);

/* Frees; what is still to be called never is. NULL is allowed. */
void lf_timers_free(LfTimers *timers);

/* `fn` is to be called at `due_ms`, in the time that lf_timers_fire is told. Returns: an id, never 0. */
guint64 lf_timers_add(LfTimers *timers, gint64 due_ms, LfTimerFn fn, void *data);

/* Takes a timer back; one that is over or 0 is ignored. */
void lf_timers_cancel(LfTimers *timers, guint64 id);

/* When the next one is due (one that was taken back may still count); G_MAXINT64: there is none. */
gint64 lf_timers_due(const LfTimers *timers);

/* Calls all that are due by `now_ms`, the earliest first; those that are added meanwhile wait for the next time. */
void lf_timers_fire(LfTimers *timers, gint64 now_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfTimers, lf_timers_free)

#endif
