/* The network thread's loop, on libcurl's multi interface. */
#include "net/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

enum { IDLE_HANDLES_MAX = 32 };

typedef struct {
  gint64 due_ms;
  guint64 id;
  LfHttpTimerFn fn;
  void *data;
} Timer;

typedef struct {
  LfHttp *http;
  CURL *easy;
  struct curl_slist *headers;
  char error_text[CURL_ERROR_SIZE];
  gsize max_bytes;
  gboolean too_large;
  char *date;
  LfHttpResponse response;
  LfHttpFn done;
  void *data;
} Transfer;

struct LfHttp {
  LfHttpTransport transport;
  CURLM *multi;
  const char *user_agent;
  GPtrArray *idle; /* of CURL: handles to use again */
  GPtrArray *transfers;
  GArray *timers; /* of Timer: a heap by due_ms */
  guint64 next_timer;
};

G_DEFINE_QUARK(lf_http_error_quark, lf_http_error)

static size_t
on_body(char *p, size_t size, size_t n, void *data)
{
  Transfer *t = data;
  if (t->response.body.len + size * n > t->max_bytes) {
    t->too_large = TRUE;
    return 0;
  }
  lf_buf_append(&t->response.body, p, size * n);
  return size * n;
}

static void
keep_header(char **slot, const char *value, gsize len)
{
  g_free(*slot);
  *slot = g_strstrip(g_strndup(value, len));
}

static size_t
on_header(char *p, size_t size, size_t n, void *data)
{
  Transfer *t = data;
  gsize len = size * n;
  const char *colon = memchr(p, ':', len);
  if (colon != NULL) {
    gsize name = (gsize)(colon - p), value = len - name - 1;
    const struct {
      const char *name;
      char **slot;
    } kept[] = {{"date", &t->date},
                {"x-amzn-requestid", &t->response.request_id},
                {"x-amzn-errortype", &t->response.error_type},
                {"retry-after", &t->response.retry_after}};
    for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
      if (strlen(kept[i].name) == name && g_ascii_strncasecmp(kept[i].name, p, name) == 0)
        keep_header(kept[i].slot, colon + 1, value);
  }
  return len;
}

/* Loopback, also by the names that stand for it, never goes through a proxy. */
static gboolean
is_loopback(const char *url)
{
  g_autofree char *host = NULL;
  CURLU *u = curl_url();
  char *part = NULL;
  if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &part, 0) == CURLUE_OK)
    host = g_strdup(part);
  curl_free(part);
  curl_url_cleanup(u);
  return host != NULL &&
         (g_ascii_strcasecmp(host, "localhost") == 0 || g_str_has_prefix(host, "127.") || strcmp(host, "[::1]") == 0);
}

static CURL *
take_handle(LfHttp *http)
{
  if (http->idle->len == 0)
    return curl_easy_init();
  CURL *easy = g_ptr_array_steal_index_fast(http->idle, http->idle->len - 1);
  curl_easy_reset(easy);
  return easy;
}

static void
set_options(Transfer *t, const LfHttpRequest *request)
{
  CURL *e = t->easy;
  for (const char *const *h = request->headers; h != NULL && *h != NULL; h++)
    t->headers = curl_slist_append(t->headers, *h);
  t->headers = curl_slist_append(t->headers, "Expect:"); /* no 100-continue before a page's request */
  curl_easy_setopt(e, CURLOPT_URL, request->url);
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(e, CURLOPT_USERAGENT, t->http->user_agent);
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)(request->timeout_ms > 0 ? MIN(request->timeout_ms, 30000) : 30000));
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error_text);
  curl_easy_setopt(e, CURLOPT_PRIVATE, t);
  if (is_loopback(request->url))
    curl_easy_setopt(e, CURLOPT_PROXY, "");
  else if (request->proxy != NULL)
    curl_easy_setopt(e, CURLOPT_PROXY, request->proxy);
  if (g_file_test("/etc/ssl/certs", G_FILE_TEST_IS_DIR)) { /* hashed: one certificate is read, not the whole bundle */
    curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(e, CURLOPT_CAPATH, "/etc/ssl/certs");
  }
  if (strcmp(request->method, "POST") == 0 || request->body.len > 0) {
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, request->body.len > 0 ? request->body.p : ""); /* borrowed, not copied */
  }
  if (strcmp(request->method, "HEAD") == 0)
    curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
  else if (strcmp(request->method, "POST") != 0 && strcmp(request->method, "GET") != 0)
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
transport_send(LfHttpTransport *self, const LfHttpRequest *request, LfHttpFn done, void *data)
{
  LfHttp *http = (LfHttp *)self;
  Transfer *t = g_new0(Transfer, 1);
  t->http = http;
  t->easy = take_handle(http);
  t->max_bytes = request->max_bytes;
  t->done = done;
  t->data = data;
  t->response.sent_ms = lf_clock_monotonic_ms(lf_clock_system());
  set_options(t, request);
  g_ptr_array_add(http->transfers, t);
  g_assert(curl_multi_add_handle(http->multi, t->easy) == CURLM_OK);
}

static void
transfer_free(Transfer *t)
{
  LfHttp *http = t->http;
  curl_multi_remove_handle(http->multi, t->easy);
  curl_slist_free_all(t->headers);
  if (http->idle->len < IDLE_HANDLES_MAX)
    g_ptr_array_add(http->idle, t->easy);
  else
    curl_easy_cleanup(t->easy);
  lf_buf_clear(&t->response.body);
  g_free(t->date);
  g_free(t->response.request_id);
  g_free(t->response.error_type);
  g_free(t->response.retry_after);
  g_free(t);
}

static LfHttpError
classify(CURLcode code, const Transfer *t)
{
  if (t->too_large)
    return LF_HTTP_ERROR_LARGE;
  switch (code) {
  case CURLE_OPERATION_TIMEDOUT:
    return LF_HTTP_ERROR_TIMEOUT;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_CERTPROBLEM:
    return LF_HTTP_ERROR_TLS;
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_BAD_FUNCTION_ARGUMENT:
    return LF_HTTP_ERROR_REQUEST;
  default:
    return LF_HTTP_ERROR_NETWORK;
  }
}

static void
finish(LfHttp *http, CURL *easy, CURLcode code)
{
  Transfer *t = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
  g_ptr_array_remove_fast(http->transfers, t);
  if (code == CURLE_OK) {
    long status = 0, header_bytes = 0;
    curl_off_t body_bytes = 0, first_byte_us = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
    curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
    time_t date = t->date != NULL ? curl_getdate(t->date, NULL) : -1;
    t->response.date_ms = date >= 0 ? (gint64)date * 1000 : -1;
    t->response.answered_ms = t->response.sent_ms + first_byte_us / 1000;
    t->response.status = (guint)status;
    t->response.wire_bytes = (guint64)header_bytes + (guint64)body_bytes;
    t->done(&t->response, NULL, t->data);
  } else {
    g_autoptr(GError) error = g_error_new(LF_HTTP_ERROR, (int)classify(code, t), "%s",
                                          t->too_large               ? "the answer is larger than it may be"
                                          : t->error_text[0] != '\0' ? t->error_text
                                                                     : curl_easy_strerror(code));
    t->done(NULL, error, t->data);
  }
  transfer_free(t);
}

static void
init_curl(void)
{
  g_assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static void
cleanup_handle(gpointer easy)
{
  curl_easy_cleanup(easy);
}

LfHttp *
lf_http_new(const char *user_agent)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, init_curl);
  LfHttp *http = g_new0(LfHttp, 1);
  http->transport.send = transport_send;
  http->multi = curl_multi_init();
  http->user_agent = user_agent;
  http->idle = g_ptr_array_new_with_free_func(cleanup_handle);
  http->transfers = g_ptr_array_new();
  http->timers = g_array_new(FALSE, FALSE, sizeof(Timer));
  return http;
}

void
lf_http_free(LfHttp *http)
{
  if (http == NULL)
    return;
  while (http->transfers->len > 0) {
    Transfer *t = g_ptr_array_steal_index_fast(http->transfers, http->transfers->len - 1);
    g_autoptr(GError) error = g_error_new_literal(LF_HTTP_ERROR, LF_HTTP_ERROR_STOPPED, "the program stops");
    t->done(NULL, error, t->data);
    transfer_free(t);
  }
  g_ptr_array_unref(http->transfers);
  g_ptr_array_unref(http->idle);
  g_array_unref(http->timers);
  curl_multi_cleanup(http->multi);
  g_free(http);
}

LfHttpTransport *
lf_http_transport(LfHttp *http)
{
  return &http->transport;
}

static void
swap_timers(LfHttp *http, guint a, guint b)
{
  Timer *t = (Timer *)(void *)http->timers->data, keep = t[a];
  t[a] = t[b];
  t[b] = keep;
}

static void
sift_up(LfHttp *http, guint i)
{
  const Timer *t = (const Timer *)(void *)http->timers->data;
  for (; i > 0 && t[(i - 1) / 2].due_ms > t[i].due_ms; i = (i - 1) / 2)
    swap_timers(http, i, (i - 1) / 2);
}

static void
sift_down(LfHttp *http, guint i)
{
  const Timer *t = (const Timer *)(void *)http->timers->data;
  for (;;) {
    guint least = i, n = http->timers->len;
    for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
      if (t[child].due_ms < t[least].due_ms)
        least = child;
    if (least == i)
      return;
    swap_timers(http, i, least);
    i = least;
  }
}

guint64
lf_http_after(LfHttp *http, gint64 delay_ms, LfHttpTimerFn fn, void *data)
{
  Timer t = {lf_clock_monotonic_ms(lf_clock_system()) + MAX(delay_ms, 0), ++http->next_timer, fn, data};
  g_array_append_val(http->timers, t);
  sift_up(http, http->timers->len - 1);
  return t.id;
}

void
lf_http_cancel(LfHttp *http, guint64 timer)
{
  for (guint i = 0; timer != 0 && i < http->timers->len; i++)
    if (g_array_index(http->timers, Timer, i).id == timer)
      g_array_index(http->timers, Timer, i).fn = NULL; /* it fires, and does nothing */
}

static void
fire_timers(LfHttp *http)
{
  gint64 now = lf_clock_monotonic_ms(lf_clock_system());
  guint64 last = http->next_timer; /* timers that are set meanwhile wait for the next step */
  while (http->timers->len > 0) {
    Timer t = g_array_index(http->timers, Timer, 0);
    if (t.due_ms > now || t.id > last)
      return;
    swap_timers(http, 0, http->timers->len - 1);
    g_array_set_size(http->timers, http->timers->len - 1);
    sift_down(http, 0);
    if (t.fn != NULL)
      t.fn(t.data);
  }
}

void
lf_http_step(LfHttp *http, gint64 max_wait_ms)
{
  int running;
  gint64 wait = max_wait_ms;
  if (http->timers->len > 0) {
    gint64 due = g_array_index(http->timers, Timer, 0).due_ms - lf_clock_monotonic_ms(lf_clock_system());
    wait = CLAMP(due, 0, wait);
  }
  curl_multi_perform(http->multi, &running);
  CURLMsg *message = curl_multi_info_read(http->multi, &running);
  if (message == NULL) {
    curl_multi_poll(http->multi, NULL, 0, (int)MIN(wait, G_MAXINT), NULL);
    curl_multi_perform(http->multi, &running);
    message = curl_multi_info_read(http->multi, &running);
  }
  for (; message != NULL; message = curl_multi_info_read(http->multi, &running))
    if (message->msg == CURLMSG_DONE)
      finish(http, message->easy_handle, message->data.result);
  fire_timers(http);
}

void
lf_http_wake(LfHttp *http)
{
  curl_multi_wakeup(http->multi);
}

guint
lf_http_in_flight(const LfHttp *http)
{
  return http->transfers->len;
}

const char *
lf_http_library(void)
{
  return curl_version();
}
