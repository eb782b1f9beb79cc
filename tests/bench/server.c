/* A CloudWatch Logs server for measuring: FilterLogEvents pages that are rendered before the first request, over TLS. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAGE_BYTES = 1024 * 1024, PAGE_EVENTS = 10000, OVERHEAD = 26, REQUEST_MAX = 64 * 1024, ID_DIGITS = 56 };

/* All groups hold the same events: their text one behind the other, with commas; `at[i]` is where event i begins. */
static struct {
  long groups, events, message_bytes;
  int64_t start_ms, span_ms;
  char *text;
  size_t *at;
  size_t *weight; /* of the events before i, as CloudWatch counts a page's bytes */
  FILE *record;
  pthread_mutex_t lock;
  int64_t first_call_ns;
  long calls;
} held = {
    .groups = 1, .events = 100000, .message_bytes = 200, .span_ms = 3600 * 1000, .lock = PTHREAD_MUTEX_INITIALIZER};

static void
die(const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fputc('\n', stderr);
  exit(1);
}

static int64_t
time_of(long i)
{
  return held.start_ms + (int64_t)((double)i / (double)held.events * (double)held.span_ms);
}

/* A line of an access log, escaped for JSON; its length counts the bytes before the escaping. */
static int
render_message(char *out, long i)
{
  static const char *const paths[] = {"/api/v1/orders", "/api/v1/carts/items", "/static/js/app.3f9c2d1.js", "/healthz"};
  static const char *const verbs[] = {"GET", "POST", "GET", "PUT"};
  unsigned r = (unsigned)i * 2654435761u;
  int n = sprintf(
      out,
      "10.%u.%u.%u - - [24/Nov/2026:13:%02u:%02u +0000] \\\"%s %s/%06u HTTP/1.1\\\" %u %u "
      "\\\"https://shop.example.com/\\\" \\\"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Firefox/132.0\\\" 0.%03u",
      r >> 24, r >> 16 & 255, r >> 8 & 255, r >> 4 & 31, r & 31, verbs[r >> 9 & 3], paths[r >> 11 & 3], r & 0xfffff,
      r & 64 ? 200 : 304, r >> 14, r % 1000);
  for (int bytes = n - 6; bytes < held.message_bytes; bytes++)
    out[n++] = (char)('a' + (r >> (bytes & 15)) % 26);
  return n;
}

static void
render(void)
{
  static char message[8192];
  size_t room = (size_t)held.events * ((size_t)held.message_bytes + 320) + 8192, len = 0;
  held.text = malloc(room);
  held.at = malloc((size_t)(held.events + 1) * sizeof *held.at);
  held.weight = malloc((size_t)(held.events + 1) * sizeof *held.weight);
  held.weight[0] = 0;
  for (long i = 0; i < held.events; i++) {
    int n = render_message(message, i);
    long long ms = (long long)time_of(i), ingested = ms / 1000 * 1000 + 1500; /* a writer sends about once a second */
    unsigned task = (unsigned)(i / 4 % 8);
    held.at[i] = len;
    held.weight[i + 1] = held.weight[i] + (size_t)n - 6 + OVERHEAD;
    len += (size_t)sprintf(held.text + len,
                           "{\"eventId\":\"3%013lld%042ld\",\"ingestionTime\":%lld,\"logStreamName\":"
                           "\"web/nginx/%08x%08x%08x%08x\",\"message\":\"%.*s\",\"timestamp\":%lld},",
                           ms, i, ingested, task * 0x9e3779b9u, 0x51ed270bu, 0x2545f491u, task * 7919u, n, message, ms);
  }
  held.at[held.events] = len;
}

static long
first_from(int64_t ms)
{
  long low = 0, high = held.events;
  while (low < high) {
    long middle = (low + high) / 2;
    if (time_of(middle) < ms)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int
send_all(SSL *ssl, const char *p, size_t n)
{
  while (n > 0) {
    int sent = SSL_write(ssl, p, n > 1 << 20 ? 1 << 20 : (int)n);
    if (sent <= 0)
      return 0;
    p += sent;
    n -= (size_t)sent;
  }
  return 1;
}

static int64_t
number_in(const char *body, const char *key, int64_t fallback)
{
  const char *at = strstr(body, key);
  return at != NULL ? strtoll(at + strlen(key), NULL, 10) : fallback;
}

static size_t
head(char *out, size_t room, size_t body_bytes)
{
  time_t now = time(NULL);
  struct tm tm;
  char date[64];
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
  return (size_t)snprintf(out, room,
                          "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 01234567-89ab-cdef-0123-456789abcdef\r\n"
                          "Content-Type: application/x-amz-json-1.1\r\nContent-Length: %zu\r\nDate: %s\r\n\r\n",
                          body_bytes, date);
}

/* The page of the request: a window of time, and in a token where in it to go on. */
static int
answer_filter(SSL *ssl, const char *body)
{
  char out[1024], tail[256];
  static const char begin[] = "{\"events\":[";
  int64_t start = number_in(body, "\"startTime\":", 0), end = number_in(body, "\"endTime\":", INT64_MAX);
  long from = (long)number_in(body, "\"nextToken\":\"Bxkq6kVGFtq2y_", first_from(start)), until = first_from(end + 1);
  long to = from < until ? from + 1 : until;
  while (to < until && to - from < PAGE_EVENTS && held.weight[to + 1] - held.weight[from] <= PAGE_BYTES)
    to++;
  size_t bytes = to > from ? held.at[to] - held.at[from] - 1 : 0; /* without the last comma */
  size_t tail_len =
      to < until
          ? (size_t)snprintf(tail, sizeof tail,
                             "],\"nextToken\":\"Bxkq6kVGFtq2y_%012ldMoigeqscPOdhXVbhiVt\",\"searchedLogStreams\":[]}",
                             to)
          : (size_t)snprintf(tail, sizeof tail, "],\"searchedLogStreams\":[]}");
  size_t n = head(out, sizeof out, sizeof begin - 1 + bytes + tail_len);
  memcpy(out + n, begin, sizeof begin - 1);
  return send_all(ssl, out, n + sizeof begin - 1) && (bytes == 0 || send_all(ssl, held.text + held.at[from], bytes)) &&
         send_all(ssl, tail, tail_len);
}

static int
answer_describe(SSL *ssl)
{
  static const char arn[] = "arn:aws:logs:eu-central-1:123456789012:log-group:/bench/";
  char top[1024];
  size_t room = (size_t)held.groups * 320 + 256, len = 0;
  char *body = malloc(room);
  len += (size_t)sprintf(body, "{\"logGroups\":[");
  for (long i = 0; i < held.groups; i++)
    len += (size_t)sprintf(body + len,
                           "%s{\"logGroupName\":\"/bench/%05ld\",\"arn\":\"%s%05ld:*\",\"logGroupClass\":\"STANDARD\"}",
                           i > 0 ? "," : "", i, arn, i);
  len += (size_t)sprintf(body + len, "]}");
  int ok = send_all(ssl, top, head(top, sizeof top, len)) && send_all(ssl, body, len);
  free(body);
  return ok;
}

static void
note_call(const char *body)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  pthread_mutex_lock(&held.lock);
  if (held.calls++ == 0)
    held.first_call_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
  if (held.record != NULL)
    fprintf(held.record, "%s\n", body);
  pthread_mutex_unlock(&held.lock);
}

/* Reads a request whole into `request`. Returns: its body, NULL where the connection ends. */
static char *
read_request(SSL *ssl, char *request)
{
  size_t len = 0;
  for (;;) {
    int n = SSL_read(ssl, request + len, (int)(REQUEST_MAX - 1 - len));
    if (n <= 0)
      return NULL;
    len += (size_t)n;
    request[len] = '\0';
    char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "\r\ncontent-length:");
    if (end != NULL && length != NULL && len >= (size_t)(end + 4 - request) + strtoul(length + 17, NULL, 10))
      return end + 4;
    if (len == REQUEST_MAX - 1)
      return NULL;
  }
}

static void *
serve(void *data)
{
  SSL *ssl = data;
  char *request = malloc(REQUEST_MAX), *body;
  int ok = SSL_accept(ssl) == 1;
  while (ok && (body = read_request(ssl, request)) != NULL) {
    if (strcasestr(request, "\r\nx-amz-target: logs_20140328.filterlogevents") != NULL) {
      note_call(body);
      ok = answer_filter(ssl, body);
    } else {
      ok = answer_describe(ssl);
    }
  }
  int fd = SSL_get_fd(ssl);
  SSL_free(ssl);
  close(fd);
  free(request);
  return NULL;
}

static SSL_CTX *
open_tls(const char *pem)
{
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_file(ctx, pem, SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) != 1)
    die("server: %s: no certificate with its key", pem);
  return ctx;
}

static int
listen_somewhere(unsigned *port)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 1024) != 0 ||
      getsockname(fd, (struct sockaddr *)&a, &len) != 0)
    die("server: no port to listen on");
  *port = ntohs(a.sin_port);
  return fd;
}

/* On its standard input: "mark" begins to count anew, "count" says what was counted; the end of it ends the server. */
static void *
obey(void *data __attribute__((unused)))
{
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    pthread_mutex_lock(&held.lock);
    if (strncmp(line, "mark", 4) == 0)
      held.calls = 0;
    if (held.record != NULL)
      fflush(held.record);
    printf("%ld %lld\n", held.calls, (long long)held.first_call_ns);
    fflush(stdout);
    pthread_mutex_unlock(&held.lock);
  }
  exit(0);
}

int
main(int argc, char **argv)
{
  const char *pem = NULL;
  for (int c; (c = getopt(argc, argv, "c:g:e:m:s:w:r:")) != -1;) {
    if (c == 'c')
      pem = optarg;
    else if (c == 'g')
      held.groups = atol(optarg);
    else if (c == 'e')
      held.events = atol(optarg);
    else if (c == 'm')
      held.message_bytes = atol(optarg);
    else if (c == 's')
      held.start_ms = atoll(optarg);
    else if (c == 'w')
      held.span_ms = atoll(optarg);
    else if (c == 'r')
      held.record = fopen(optarg, "a");
    else
      die("usage: server -c PEM -s START_MS [-w SPAN_MS] [-g GROUPS] [-e EVENTS_A_GROUP] [-m MESSAGE_BYTES] [-r FILE]");
  }
  signal(SIGPIPE, SIG_IGN);
  if (pem == NULL || held.message_bytes > 4096)
    die("server: -c is missing, or -m is too large");
  SSL_CTX *ctx = open_tls(pem);
  render();
  unsigned port;
  int listener = listen_somewhere(&port), one = 1;
  pthread_t thread;
  printf("%u\n", port);
  fflush(stdout);
  pthread_create(&thread, NULL, obey, NULL);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
      continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    pthread_create(&thread, NULL, serve, ssl);
    pthread_detach(thread);
  }
}
