/* The network thread's loop, on libcurl's multi interface. */
#include "net/http.h"

#include "base/spare.h"
#include "net/http_trace.h"
#include "net/proxy.h"
#include "net/timers.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

enum { IDLE_HANDLES_MAX = 32, UPLOAD_BYTES = 512 * 1024 };

typedef struct {
  LfHttp *http;
  CURL *easy;
  struct curl_slist *headers;
  struct curl_slist *proxy_headers;
  char error_text[CURL_ERROR_SIZE];
  gsize max_bytes;
  gboolean too_large;
  gboolean began; /* something of the answer has come, not of a proxy's to CONNECT */
  gint64 timeout_ms;
  gboolean resting;      /* there is no room for its answer */
  LfHttpRoomFn has_room; /* (nullable) until there is */
  char *date;
  char *host; /* of the URL, without brackets */
  guint port;
  char *proxy;         /* (nullable) as messages call it */
  gboolean proxy_user; /* the proxy's URL has a user */
  LfTlsHandshake *tls;
  LfTlsHandshake *proxy_tls; /* (nullable) that with an https proxy */
  LfHttpTrace *trace;        /* (nullable) */
  LfHttpResponse response;
  LfHttpFn done;
  void *data;
} Transfer;

/* The connections of one LfTls. curl compares its own TLS options before it uses a connection again, and knows nothing of
 * ours; so each LfTls has a connection cache of its own. The reference keeps its address from being used again. */
typedef struct {
  LfTls *tls;
  CURLSH *share;
} Pool;

struct LfHttp {
  LfHttpTransport transport;
  CURLM *multi;
  const char *user_agent;
  GPtrArray *idle; /* of CURL: handles to use again */
  GPtrArray *transfers;
  guint resting;    /* of them */
  GPtrArray *pools; /* of Pool */
  LfTimers *timers;
};

G_DEFINE_QUARK(lf_http_error_quark, lf_http_error)

/* The answer's length, 0 where the server does not say it. */
static curl_off_t
declared_length(const Transfer *t)
{
  curl_off_t length = -1;
  curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return MAX(length, 0);
}

/* The time that an answer rests is not the server's: curl counts from the beginning of the request. It looks at each step of
 * the loop whether that is over. */
static void
suspend_timeout(Transfer *t, gboolean suspended)
{
  gint64 past = lf_clock_monotonic_ms(lf_clock_system()) - t->response.sent_ms;
  if (t->timeout_ms > 0)
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, suspended ? 0L : (long)(past + t->timeout_ms));
}

/* Whether whoever waits for the answer has room for it. */
static gboolean
may_begin(Transfer *t)
{
  gboolean rests = t->has_room != NULL && !t->has_room((gsize)declared_length(t), t->data);
  if (rests != t->resting)
    suspend_timeout(t, rests);
  t->http->resting += (guint)rests - (guint)t->resting;
  t->resting = rests;
  if (!rests)
    t->has_room = NULL;
  return !rests;
}

/* Room for all of an answer whose length is known. */
static void
prepare_body(Transfer *t)
{
  curl_off_t length = declared_length(t);
  if (length > 0 && (guint64)length <= t->max_bytes)
    t->response.body.p = lf_spare_take((gsize)length, &t->response.body.cap);
}

static size_t
on_body(char *p, size_t size, size_t n, void *data)
{
  Transfer *t = data;
  if (!may_begin(t))
    return CURL_WRITEFUNC_PAUSE;
  if (t->response.body.p == NULL)
    prepare_body(t);
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
  if (!t->began)
    t->response.answered_ms = lf_clock_monotonic_ms(lf_clock_system());
  t->began = TRUE;
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

static void
pool_free(gpointer data)
{
  Pool *pool = data;
  curl_share_cleanup(pool->share);
  lf_tls_unref(pool->tls);
  g_free(pool);
}

static CURLSH *
pool_share(LfHttp *http, const LfTls *tls)
{
  for (guint i = 0; i < http->pools->len; i++)
    if (((const Pool *)g_ptr_array_index(http->pools, i))->tls == tls)
      return ((const Pool *)g_ptr_array_index(http->pools, i))->share;
  Pool *pool = g_new0(Pool, 1);
  pool->tls = lf_tls_ref(tls);
  pool->share = curl_share_init();
  g_assert(curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK);
  g_ptr_array_add(http->pools, pool);
  return pool->share;
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

/* Host and port of the URL. Returns: its scheme, (transfer full). */
static char *
read_url(Transfer *t, const char *url)
{
  CURLU *u = curl_url();
  char *scheme = NULL, *host = NULL, *port = NULL;
  curl_url_set(u, CURLUPART_URL, url, 0);
  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
  curl_url_get(u, CURLUPART_HOST, &host, 0);
  curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
  gboolean v6 = host != NULL && host[0] == '[';
  t->host = host == NULL ? g_strdup("") : v6 ? g_strndup(host + 1, strcspn(host + 1, "]")) : g_strdup(host);
  t->port = port != NULL ? (guint)g_ascii_strtoull(port, NULL, 10) : 0;
  char *kept = g_strdup(scheme != NULL ? scheme : "");
  curl_free(scheme);
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(u);
  return kept;
}

static const char *
get_env(const char *name, void *data)
{
  return g_getenv(name);
}

/* For CONNECT alone, while curl would send them with a plain request through the proxy, too. The user of the proxy's URL
 * goes over a header. */
static void
set_proxy_headers(Transfer *t, const char *const *lines, gboolean https)
{
  for (const char *const *h = lines; https && h != NULL && *h != NULL; h++)
    if (!t->proxy_user || g_ascii_strncasecmp(*h, "Proxy-Authorization", strlen("Proxy-Authorization")) != 0)
      t->proxy_headers = curl_slist_append(t->proxy_headers, *h);
  curl_easy_setopt(t->easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  curl_easy_setopt(t->easy, CURLOPT_PROXYHEADER, t->proxy_headers);
}

/* Which proxy is taken is decided here alone: curl reads the environment by other rules than Go. */
static void
set_proxy(Transfer *t, const LfHttpRequest *request)
{
  CURL *e = t->easy;
  g_auto(LfProxy) proxy = {0};
  g_autofree char *scheme = read_url(t, request->url);
  gboolean used = FALSE;
  if (lf_proxy_is_local(t->host))
    used = FALSE;
  else if (request->proxy != NULL)
    used = request->proxy[0] != '\0' && lf_proxy_parse(request->proxy, &proxy, NULL);
  else
    used = lf_proxy_from_env(scheme, t->host, t->port, get_env, NULL, &proxy);
  curl_easy_setopt(e, CURLOPT_NOPROXY, "");
  if (!used) {
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    return;
  }
  t->proxy = lf_proxy_text(&proxy);
  t->proxy_user = proxy.user != NULL;
  g_autofree char *socks = g_str_has_prefix(t->proxy, "socks5:") ? g_strconcat("socks5h", t->proxy + 6, NULL) : NULL;
  curl_easy_setopt(e, CURLOPT_PROXY, socks != NULL ? socks : t->proxy);
  if (proxy.user != NULL)
    curl_easy_setopt(e, CURLOPT_PROXYUSERNAME, proxy.user);
  if (proxy.password != NULL)
    curl_easy_setopt(e, CURLOPT_PROXYPASSWORD, proxy.password);
  set_proxy_headers(t, request->proxy_headers, strcmp(scheme, "https") == 0);
  curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's Date is not AWS's */
  if (strcmp(proxy.scheme, "https") == 0)
    t->proxy_tls = lf_tls_handshake_new(request->tls != NULL ? request->tls : lf_tls_system(), proxy.host);
}

/* Called for a new connection before its handshake; for an https proxy once for it and once for what is behind it. curl
 * was told to verify the proxy alone, by which the two are told apart; net/tls verifies both. */
static CURLcode
on_ssl_ctx(CURL *easy, void *ssl_ctx, void *data)
{
  Transfer *t = data;
  gboolean is_proxy = t->proxy_tls != NULL && lf_tls_is_verifying(ssl_ctx);
  return lf_tls_configure(is_proxy ? t->proxy_tls : t->tls, ssl_ctx) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static void
set_tls(Transfer *t, const LfTls *tls)
{
  CURL *e = t->easy;
  t->tls = lf_tls_handshake_new(tls, t->host);
  curl_easy_setopt(e, CURLOPT_SHARE, pool_share(t->http, tls));
  curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* a session that is resumed is not verified again */
  curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
  curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
  curl_easy_setopt(e, CURLOPT_PROXY_CAINFO, NULL);
  curl_easy_setopt(e, CURLOPT_PROXY_CAPATH, NULL);
  curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(e, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(e, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
  g_assert(curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx) == CURLE_OK); /* without it nothing is verified */
  g_assert(curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, t) == CURLE_OK);
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
  set_proxy(t, request);
  set_tls(t, request->tls != NULL ? request->tls : lf_tls_system());
  if (request->trace != NULL) {
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
  }
  if (strcmp(request->method, "POST") == 0 || request->body.len > 0) {
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, request->body.len > 0 ? request->body.p : ""); /* borrowed, not copied */
    if (request->body.len > UPLOAD_BYTES) /* of one send; the default of 64 KiB takes a third more time */
      curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
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
  t->trace = request->trace;
  t->has_room = request->has_room;
  t->timeout_ms = request->timeout_ms;
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
  http->resting -= (guint)t->resting;
  curl_multi_remove_handle(http->multi, t->easy);
  curl_slist_free_all(t->headers);
  curl_slist_free_all(t->proxy_headers);
  if (http->idle->len < IDLE_HANDLES_MAX)
    g_ptr_array_add(http->idle, t->easy);
  else
    curl_easy_cleanup(t->easy);
  lf_buf_clear(&t->response.body);
  lf_tls_handshake_unref(t->tls);
  lf_tls_handshake_unref(t->proxy_tls);
  g_free(t->date);
  g_free(t->host);
  g_free(t->proxy);
  g_free(t->response.request_id);
  g_free(t->response.error_type);
  g_free(t->response.retry_after);
  g_free(t);
}

static LfHttpError
classify(CURLcode code)
{
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

static GError *
proxy_login_error(const Transfer *t, const char *said)
{
  return g_error_new(LF_HTTP_ERROR, LF_HTTP_ERROR_PROXY, "the proxy %s %s (%s)", t->proxy,
                     t->proxy_user ? "does not take the user and password of its URL (proxy_url)"
                                   : "asks for a user and a password: write them into its URL (proxy_url)",
                     said);
}

/* What a proxy says instead of passing the request on. */
static GError *
proxy_refusal(const Transfer *t, long status)
{
  g_autofree char *said = g_strdup_printf("status %ld", status);
  if (status == 407 || status == 401) /* tinyproxy answers a wrong password with 401 */
    return proxy_login_error(t, said);
  return g_error_new(LF_HTTP_ERROR, status >= 500 ? LF_HTTP_ERROR_NETWORK : LF_HTTP_ERROR_PROXY,
                     "the proxy %s does not connect to %s, port %u (%s)", t->proxy, t->host, t->port, said);
}

/* Whether the connection ended before a byte of an answer had come. */
static gboolean
is_unanswered(const Transfer *t, CURLcode code)
{
  return !t->began && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING);
}

/* Why there is no answer. (transfer full) */
static GError *
failure(const Transfer *t, CURLcode code)
{
  long connect_status = 0, proxy_code = CURLPX_OK;
  const char *said = t->error_text[0] != '\0' ? t->error_text : curl_easy_strerror(code);
  if (t->too_large)
    return g_error_new_literal(LF_HTTP_ERROR, LF_HTTP_ERROR_LARGE, "the answer is larger than it may be");
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  if (t->proxy != NULL && connect_status >= 300)
    return proxy_refusal(t, connect_status);
  curl_easy_getinfo(t->easy, CURLINFO_PROXY_ERROR, &proxy_code);
  if (t->proxy != NULL && (proxy_code == CURLPX_USER_REJECTED || proxy_code == CURLPX_NO_AUTH))
    return proxy_login_error(t, said);
  g_autofree char *problem = code != CURLE_OPERATION_TIMEDOUT ? lf_tls_handshake_problem(t->tls, said) : NULL;
  if (problem == NULL && t->proxy_tls != NULL && code != CURLE_OPERATION_TIMEDOUT)
    problem = lf_tls_handshake_problem(t->proxy_tls, said);
  if (problem != NULL)
    return g_error_new_literal(LF_HTTP_ERROR, LF_HTTP_ERROR_TLS, problem);
  const char *hint = is_unanswered(t, code) ? lf_tls_handshake_hint(t->tls) : NULL;
  if (hint != NULL)
    return g_error_new(LF_HTTP_ERROR, LF_HTTP_ERROR_NETWORK, "TLS with %s: %s (%s)", t->host, hint, said);
  if (t->proxy != NULL)
    return g_error_new(LF_HTTP_ERROR, (int)classify(code), "through the proxy %s: %s", t->proxy, said);
  return g_error_new_literal(LF_HTTP_ERROR, (int)classify(code), said);
}

static void
finish(LfHttp *http, CURL *easy, CURLcode code)
{
  Transfer *t = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
  g_ptr_array_remove_fast(http->transfers, t);
  if (t->trace != NULL)
    lf_http_trace_fill(t->trace, easy, code, t->error_text);
  long answered = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answered);
  g_autoptr(GError) error = code != CURLE_OK                      ? failure(t, code)
                            : t->proxy != NULL && answered == 407 ? proxy_refusal(t, answered)
                                                                  : NULL;
  if (error == NULL) {
    long status = 0, header_bytes = 0;
    curl_off_t body_bytes = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
    time_t date = t->date != NULL ? curl_getdate(t->date, NULL) : -1;
    t->response.date_ms = date >= 0 ? (gint64)date * 1000 : -1;
    t->response.status = (guint)status;
    t->response.wire_bytes = (guint64)header_bytes + (guint64)body_bytes;
    t->done(&t->response, NULL, t->data);
  } else {
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
  http->pools = g_ptr_array_new_with_free_func(pool_free);
  http->timers = lf_timers_new();
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
  lf_timers_free(http->timers);
  curl_multi_cleanup(http->multi);
  g_ptr_array_unref(http->pools);
  g_free(http);
}

LfHttpTransport *
lf_http_transport(LfHttp *http)
{
  return &http->transport;
}

guint64
lf_http_after(LfHttp *http, gint64 delay_ms, LfHttpTimerFn fn, void *data)
{
  return lf_timers_add(http->timers, lf_clock_monotonic_ms(lf_clock_system()) + MAX(delay_ms, 0), fn, data);
}

void
lf_http_cancel(LfHttp *http, guint64 timer)
{
  lf_timers_cancel(http->timers, timer);
}

/* Reads on where there is room now. */
static void
wake_resting(LfHttp *http)
{
  for (guint i = 0; i < http->transfers->len && http->resting > 0; i++) {
    Transfer *t = g_ptr_array_index(http->transfers, i);
    if (t->resting && may_begin(t))
      curl_easy_pause(t->easy, CURLPAUSE_CONT);
  }
}

void
lf_http_step(LfHttp *http, gint64 max_wait_ms)
{
  int running;
  gint64 due = lf_timers_due(http->timers), wait = max_wait_ms;
  if (due != G_MAXINT64) {
    gint64 left = due - lf_clock_monotonic_ms(lf_clock_system());
    wait = CLAMP(left, 0, wait);
  }
  wake_resting(http);
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
  lf_timers_fire(http->timers, lf_clock_monotonic_ms(lf_clock_system()));
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
