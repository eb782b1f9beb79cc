/* One HTTP request that the calling thread waits for. */
#include "config.h"

#include "net/fetch.h"

enum { CANCEL_MS = 100 };

void
lf_fetch_answer_clear(LfFetchAnswer *answer)
{
  if (answer->body.p != NULL)
    explicit_bzero(answer->body.p, answer->body.cap);
  lf_buf_clear(&answer->body);
  g_clear_pointer(&answer->request_id, g_free);
}

/* A request that is waited for. */
typedef struct {
  LfFetchAnswer *answer;
  GError *error;
  gboolean done;
} Wait;

static void
on_answer(LfHttpResponse *response, const GError *error, void *data)
{
  Wait *wait = data;
  wait->done = TRUE;
  if (error != NULL) {
    wait->error = g_error_copy(error);
    return;
  }
  *wait->answer = (LfFetchAnswer){response->status, response->body, response->date_ms, g_strdup(response->request_id)};
  response->body = (LfBuf){0};
}

gboolean
lf_fetch(const LfHttpRequest *request, const atomic_bool *cancel, LfFetchAnswer *answer, void *data, GError **error)
{
  Wait wait = {.answer = answer};
  LfHttp *http = lf_http_new("logferry/" PACKAGE_VERSION);
  LfHttpTransport *transport = lf_http_transport(http);
  transport->send(transport, request, on_answer, &wait);
  while (!wait.done && (cancel == NULL || !atomic_load(cancel)))
    lf_http_step(http, CANCEL_MS);
  lf_http_free(http); /* answers what is still under way with an error */
  if (wait.error != NULL)
    g_propagate_error(error, wait.error);
  return wait.error == NULL;
}
