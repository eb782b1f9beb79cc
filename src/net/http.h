/* The network thread's loop: HTTP requests by libcurl's multi interface, timers, and a way to wake it. */
#ifndef LF_NET_HTTP_H
#define LF_NET_HTTP_H

#include "base/buf.h"
#include "base/clock.h"
#include "net/tls.h"

typedef struct LfHttp LfHttp;

#define LF_HTTP_ERROR (lf_http_error_quark())
GQuark lf_http_error_quark(void);

typedef enum {
  LF_HTTP_ERROR_NETWORK, /* no answer, or a cut one: worth trying again */
  LF_HTTP_ERROR_TIMEOUT, /* the attempt took longer than it may: worth trying again */
  LF_HTTP_ERROR_TLS,     /* the server is not trusted, or does not take what it is offered; the text says what helps */
  LF_HTTP_ERROR_PROXY,   /* the proxy refuses: a wrong password (407), a host it does not serve */
  LF_HTTP_ERROR_LARGE,   /* the answer is larger than it may be */
  LF_HTTP_ERROR_REQUEST, /* the URL or an option is wrong */
  LF_HTTP_ERROR_STOPPED, /* the loop ends */
} LfHttpError;

/* How far a request came, for a person who asks why it does not work. `ip` is whom the connection goes to: a proxy, where
 * there is one; `subject` and `expires` are of the server's certificate. Texts are empty where they are not known. */
typedef struct {
  gboolean resolved;  /* the name has an address */
  gboolean connected; /* a connection was taken */
  gboolean secured;   /* TLS: the certificate was checked and is trusted */
  gboolean tunnelled; /* through a proxy's CONNECT */
  gboolean refused;   /* the proxy does not CONNECT */
  char ip[64];
  guint port;
  char subject[256];
  char expires[64];
} LfHttpTrace;

/* Asked when an answer of `bytes` (0: not known) begins to come; FALSE: the connection rests unread, and the question is asked
 * again at each step of the loop. On a connection of HTTP/2 it rests in libcurl's memory, since the others there are read on. */
typedef gboolean (*LfHttpRoomFn)(gsize bytes, void *data);

/* A request. All is borrowed until the answer. `headers` are whole lines, "Name: value", NULL-terminated. */
typedef struct {
  const char *method;
  const char *url;
  const char *const *headers;
  LfSlice body;
  gint64 timeout_ms; /* from connect to the last byte; 0: none */
  gsize max_bytes;   /* the largest answer */
  const char *proxy; /* (nullable): NULL takes the environment's, "" none; see lf_proxy_parse, lf_proxy_is_local */
  const char *const
      *proxy_headers;    /* (nullable): as headers, for a proxy's CONNECT alone, as Go's ProxyConnectHeader */
  const LfTls *tls;      /* (nullable): NULL is lf_tls_system; connections are shared within one LfTls only */
  LfHttpRoomFn has_room; /* (nullable): gets the `data` of `done` */
  LfHttpTrace *trace;    /* (nullable): filled in before the answer; a new connection is made then */
} LfHttpRequest;

/* An answer. The strings may be NULL. The receiver may take the body: set it to {0}. */
typedef struct {
  guint status;
  LfBuf body;
  gint64 date_ms; /* the Date header, wall time with a resolution of 1 s; -1: none */
  char *request_id;
  char *error_type;
  char *retry_after;
  guint64 wire_bytes; /* received, headers and body */
  gint64 sent_ms;     /* monotonic: when it was sent, and when the first byte of the answer came */
  gint64 answered_ms;
} LfHttpResponse;

/* Called in the loop's thread, once a request: `response` or `error` is NULL. Both end with the call. */
typedef void (*LfHttpFn)(LfHttpResponse *response, const GError *error, void *data);

/* How requests leave: the loop's own way, or a test's. */
typedef struct LfHttpTransport LfHttpTransport;
struct LfHttpTransport {
  void (*send)(LfHttpTransport *self, const LfHttpRequest *request, LfHttpFn done, void *data);
};

/* A loop with no requests. `user_agent` is borrowed. Returns: (transfer full): lf_http_free. */
LfHttp *lf_http_new(const char *user_agent);

/* Frees the loop; requests in flight are answered with an error, and must send nothing then. NULL is allowed. */
void lf_http_free(LfHttp *http);

/* The loop's way to send. Returns: (transfer none). */
LfHttpTransport *lf_http_transport(LfHttp *http);

typedef void (*LfHttpTimerFn)(void *data);

/* Calls `fn` in the loop's thread `delay_ms` from now. Returns: an id for lf_http_cancel, never 0. */
guint64 lf_http_after(LfHttp *http, gint64 delay_ms, LfHttpTimerFn fn, void *data);

/* Takes a timer back; one that is over or 0 is ignored. */
void lf_http_cancel(LfHttp *http, guint64 timer);

/* Waits for the next thing to happen, up to `max_wait_ms`, and handles all that is due. */
void lf_http_step(LfHttp *http, gint64 max_wait_ms);

/* Ends the wait of lf_http_step. Any thread. */
void lf_http_wake(LfHttp *http);

/* The library and its version, for `version`. (transfer none) */
const char *lf_http_library(void);

/* Requests that were sent and are not answered. */
guint lf_http_in_flight(const LfHttp *http);

#endif
