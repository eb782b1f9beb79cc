/* A small HTTP/1.1 server on the loopback address, on libmicrohttpd. */
#ifndef LF_NET_HTTPD_H
#define LF_NET_HTTPD_H

#include "base/buf.h"

typedef struct LfHttpd LfHttpd;

typedef struct {
  LfSlice name;
  LfSlice value;
} LfHttpdHeader;

/* A whole request; all of it is borrowed and ends with the handler. `path` and `query` are as on the request line,
 * percent encoding kept, without the `?`. Headers are in their order, repeated ones too. */
typedef struct {
  const char *method;
  LfSlice path;
  LfSlice query;
  const LfHttpdHeader *headers;
  gsize n_headers;
  LfSlice body;
} LfHttpdRequest;

/* The most headers that lf_httpd_response_add takes. */
enum { LF_HTTPD_HEADERS_MAX = 8 };

/* The answer: the handler sets `status` (200 to begin with), adds headers and appends to `body`. Content-Length and
 * Connection are written by the server, and Date where the handler adds none. */
typedef struct {
  guint status;
  LfBuf body;
  char *names[LF_HTTPD_HEADERS_MAX];
  char *values[LF_HTTPD_HEADERS_MAX];
  gsize n_headers;
} LfHttpdResponse;

/* Answers a request. Called by several threads at once. */
typedef void (*LfHttpdFn)(const LfHttpdRequest *request, LfHttpdResponse *response, void *data);

/* `port` 0 takes a free one. `threads` 0 is 4. `body_max_bytes` 0 is 8 MiB; a longer request body is answered with 413. */
typedef struct {
  guint16 port;
  guint threads;
  gsize body_max_bytes;
  LfHttpdFn handle;
  void *data;
} LfHttpdOptions;

#define LF_HTTPD_ERROR (lf_httpd_error_quark())
GQuark lf_httpd_error_quark(void);

/* Listens on 127.0.0.1 and answers from then on.
 * Returns: (transfer full): lf_httpd_stop; NULL with LF_HTTPD_ERROR (code: errno) where the port cannot be had. */
LfHttpd *lf_httpd_start(const LfHttpdOptions *options, GError **error);

/* The port that it listens on. */
guint16 lf_httpd_port(const LfHttpd *httpd);

/* Takes no more connections, waits (at most 10 s) for the requests in flight to be answered, and frees. NULL is allowed. */
void lf_httpd_stop(LfHttpd *httpd);

/* The first header of that name, without regard to case; empty where there is none. */
LfSlice lf_httpd_header(const LfHttpdRequest *request, const char *name);

/* Adds a header to the answer; both strings are copied. */
void lf_httpd_response_add(LfHttpdResponse *response, const char *name, const char *value);

#endif
