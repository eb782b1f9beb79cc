/* One HTTP request that the calling thread waits for: what credentials are fetched with, away from the loop. */
#ifndef LF_NET_FETCH_H
#define LF_NET_FETCH_H

#include "net/http.h"

#include <stdatomic.h>

/* An answer of any status. Starts as {0}. */
typedef struct {
  guint status;
  LfBuf body;
  gint64 date_ms;   /* the Date header, wall time with a resolution of 1 s; -1: none */
  char *request_id; /* (nullable) */
} LfFetchAnswer;

/* Overwrites the body, which may hold secrets, and frees. */
void lf_fetch_answer_clear(LfFetchAnswer *answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfFetchAnswer, lf_fetch_answer_clear)

/* Sends the request and waits. `cancel` (nullable): once it is TRUE the wait ends within a tenth of a second.
 * Returns: FALSE with LF_HTTP_ERROR where there is no whole answer. */
typedef gboolean (*LfFetchFn)(const LfHttpRequest *request, const atomic_bool *cancel, LfFetchAnswer *answer,
                              void *data, GError **error);

/* The real one: a loop of its own for this one request; `data` is not used. No redirect is followed. */
gboolean lf_fetch(const LfHttpRequest *request, const atomic_bool *cancel, LfFetchAnswer *answer, void *data,
                  GError **error);

#endif
