/* The embedded HTTP server: libmicrohttpd with a pool of polling threads. */
#include "net/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX_BYTES ((gsize)8 * 1024 * 1024)
#define STOP_WAIT_S 10

enum {
  THREADS = 4,
  CONNECTIONS_MAX = 512,
  IDLE_S = 60,
  CONNECTION_MEMORY_BYTES = 64 * 1024, /* the request line and all headers have to fit */
};

struct LfHttpd {
  struct MHD_Daemon *daemon;
  LfHttpdOptions options;
  guint16 port;
  pthread_mutex_t lock;
  pthread_cond_t idle;
  guint in_flight; /* requests between their first header and the last byte of their answer; by `lock` */
};

/* A request on its way in. */
typedef struct {
  char *target; /* the request line's, as it came */
  LfBuf body;
  gboolean counted;
  gboolean too_large;
  gboolean answered;
} Exchange;

G_DEFINE_QUARK(lf - httpd - error - quark, lf_httpd_error)

/* Requests */

LfSlice
lf_httpd_header(const LfHttpdRequest *request, const char *name)
{
  gsize len = strlen(name);
  for (gsize i = 0; i < request->n_headers; i++) {
    const LfHttpdHeader *header = &request->headers[i];
    if (header->name.len == len && g_ascii_strncasecmp(header->name.p, name, len) == 0)
      return header->value;
  }
  return lf_slice(NULL, 0);
}

void
lf_httpd_response_add(LfHttpdResponse *response, const char *name, const char *value)
{
  g_assert(response->n_headers < LF_HTTPD_HEADERS_MAX);
  response->names[response->n_headers] = g_strdup(name);
  response->values[response->n_headers++] = g_strdup(value);
}

static void
response_clear(LfHttpdResponse *response)
{
  lf_buf_clear(&response->body);
  for (gsize i = 0; i < response->n_headers; i++) {
    g_free(response->names[i]);
    g_free(response->values[i]);
  }
}

static enum MHD_Result
collect_header(void *data, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
               size_t value_len)
{
  GArray *headers = data;
  LfHttpdHeader header = {lf_slice(name, name_len), lf_slice(value, value_len)};
  g_array_append_val(headers, header);
  return MHD_YES;
}

/* Hands the answer to libmicrohttpd, which frees the body. */
static enum MHD_Result
send_response(struct MHD_Connection *connection, LfHttpdResponse *response)
{
  gsize len = response->body.len;
  struct MHD_Response *answer =
      MHD_create_response_from_buffer_with_free_callback(len, lf_buf_steal(&response->body), g_free);
  for (gsize i = 0; i < response->n_headers; i++)
    MHD_add_response_header(answer, response->names[i], response->values[i]);
  enum MHD_Result result = MHD_queue_response(connection, response->status, answer);
  MHD_destroy_response(answer);
  return result;
}

static enum MHD_Result
answer_request(LfHttpd *httpd, struct MHD_Connection *connection, const char *method, Exchange *exchange)
{
  g_autoptr(GArray) headers = g_array_new(FALSE, FALSE, sizeof(LfHttpdHeader));
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, collect_header, headers);
  LfSlice path = lf_slice_str(exchange->target), query = {0};
  const char *question = strchr(exchange->target, '?');
  if (question != NULL) {
    path.len = (gsize)(question - exchange->target);
    query = lf_slice_str(question + 1);
  }
  const LfHttpdRequest request = {
      .method = method,
      .path = path,
      .query = query,
      .headers = (const LfHttpdHeader *)(void *)headers->data,
      .n_headers = headers->len,
      .body = lf_buf_slice(&exchange->body),
  };
  LfHttpdResponse response = {.status = 200};
  httpd->options.handle(&request, &response, httpd->options.data);
  enum MHD_Result result = send_response(connection, &response);
  response_clear(&response);
  return result;
}

static enum MHD_Result
answer_too_large(struct MHD_Connection *connection, Exchange *exchange)
{
  LfHttpdResponse response = {.status = 413};
  exchange->answered = TRUE;
  lf_httpd_response_add(&response, "Connection", "close");
  lf_buf_append_str(&response.body, "the request body is too large\n");
  enum MHD_Result result = send_response(connection, &response);
  response_clear(&response);
  return result;
}

static void
count_in(LfHttpd *httpd, Exchange *exchange)
{
  exchange->counted = TRUE;
  pthread_mutex_lock(&httpd->lock);
  httpd->in_flight++;
  pthread_mutex_unlock(&httpd->lock);
}

/* libmicrohttpd calls this once with the headers, for each piece of the body, and once with none left. */
static enum MHD_Result
on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
           const char *upload, size_t *upload_len, void **context)
{
  LfHttpd *httpd = data;
  Exchange *exchange = *context;
  if (!exchange->counted) {
    count_in(httpd, exchange);
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    if (length != NULL && g_ascii_strtoull(length, NULL, 10) > httpd->options.body_max_bytes)
      return answer_too_large(connection, exchange); /* before 100 Continue: the client need not send it */
    return MHD_YES;
  }
  if (*upload_len > 0) {
    gsize len = *upload_len;
    *upload_len = 0;
    exchange->too_large = exchange->too_large || len > httpd->options.body_max_bytes - exchange->body.len;
    if (exchange->too_large)
      return MHD_NO; /* of unknown length and too long: the connection is closed */
    lf_buf_append(&exchange->body, upload, len);
    return MHD_YES;
  }
  if (exchange->answered)
    return MHD_YES;
  exchange->answered = TRUE;
  return answer_request(httpd, connection, method, exchange);
}

/* The request line as it came: what the handler is given later has its escapes undone. */
static void *
on_target(void *data, const char *target, struct MHD_Connection *connection)
{
  Exchange *exchange = g_new0(Exchange, 1);
  exchange->target = g_strdup(target);
  return exchange;
}

static void
on_completed(void *data, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode code)
{
  LfHttpd *httpd = data;
  Exchange *exchange = *context;
  *context = NULL;
  if (exchange == NULL)
    return;
  if (exchange->counted) {
    pthread_mutex_lock(&httpd->lock);
    if (--httpd->in_flight == 0)
      pthread_cond_signal(&httpd->idle);
    pthread_mutex_unlock(&httpd->lock);
  }
  lf_buf_clear(&exchange->body);
  g_free(exchange->target);
  g_free(exchange);
}

/* Start and stop */

static struct MHD_Daemon *
start_daemon(LfHttpd *httpd)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(httpd->options.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  /* not with epoll: there MHD_quiesce_daemon and a worker can both take the listening socket out of the set, and the
   * library (0.9.75) ends the process */
  guint flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC;
  return MHD_start_daemon(
      flags, httpd->options.port, NULL, NULL, on_request, httpd, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
      MHD_OPTION_THREAD_POOL_SIZE, httpd->options.threads, MHD_OPTION_CONNECTION_LIMIT, (guint)CONNECTIONS_MAX,
      MHD_OPTION_CONNECTION_TIMEOUT, (guint)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
      MHD_OPTION_URI_LOG_CALLBACK, on_target, httpd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, httpd, MHD_OPTION_END);
}

LfHttpd *
lf_httpd_start(const LfHttpdOptions *options, GError **error)
{
  LfHttpd *httpd = g_new0(LfHttpd, 1);
  httpd->options = *options;
  if (httpd->options.threads == 0)
    httpd->options.threads = THREADS;
  if (httpd->options.body_max_bytes == 0)
    httpd->options.body_max_bytes = BODY_MAX_BYTES;
  pthread_mutex_init(&httpd->lock, NULL);
  pthread_cond_init(&httpd->idle, NULL);
  errno = 0;
  httpd->daemon = start_daemon(httpd);
  if (httpd->daemon == NULL) {
    int code = errno;
    g_set_error(error, LF_HTTPD_ERROR, code, "cannot listen on 127.0.0.1:%u: %s", (guint)options->port,
                code != 0 ? g_strerror(code) : "libmicrohttpd does not start");
    lf_httpd_stop(httpd);
    return NULL;
  }
  httpd->port = MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
  return httpd;
}

guint16
lf_httpd_port(const LfHttpd *httpd)
{
  return httpd->port;
}

static void
wait_until_idle(LfHttpd *httpd)
{
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += STOP_WAIT_S;
  pthread_mutex_lock(&httpd->lock);
  while (httpd->in_flight > 0 && pthread_cond_timedwait(&httpd->idle, &httpd->lock, &until) == 0)
    continue;
  pthread_mutex_unlock(&httpd->lock);
}

void
lf_httpd_stop(LfHttpd *httpd)
{
  if (httpd == NULL)
    return;
  if (httpd->daemon != NULL) {
    MHD_socket listener = MHD_quiesce_daemon(httpd->daemon);
    wait_until_idle(httpd);
    MHD_stop_daemon(httpd->daemon);
    if (listener != MHD_INVALID_SOCKET)
      close(listener);
  }
  pthread_cond_destroy(&httpd->idle);
  pthread_mutex_destroy(&httpd->lock);
  g_free(httpd);
}
