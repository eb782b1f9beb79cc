/* An Elasticsearch for measuring: takes _bulk, plain or gzip, counts the events and says that each was created. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
  char *p;
  size_t len;
  size_t room;
} Text;

static atomic_long n_events, n_bytes, n_requests;

static char *
reserve(Text *t, size_t more)
{
  while (t->room - t->len < more) {
    t->room = t->room > 0 ? t->room * 2 : 1 << 20;
    t->p = realloc(t->p, t->room);
    if (t->p == NULL)
      abort();
  }
  return t->p + t->len;
}

static void
append(Text *t, const char *p, size_t n)
{
  memcpy(reserve(t, n), p, n);
  t->len += n;
}

/* Reads a request: its head, then as much body as it promises. Returns: where the body begins; 0: the connection ends. */
static size_t
read_request(int fd, Text *in)
{
  size_t head = 0, body = 0;
  in->len = 0;
  while (head == 0 || in->len < head + body) {
    ssize_t n = read(fd, reserve(in, 1 << 18), (1 << 18) - 1);
    if (n <= 0)
      return 0;
    in->len += (size_t)n;
    in->p[in->len] = '\0';
    char *end = head == 0 ? strstr(in->p, "\r\n\r\n") : NULL;
    if (end == NULL)
      continue;
    char *length = strcasestr(in->p, "\r\ncontent-length:");
    head = (size_t)(end + 4 - in->p);
    body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
  }
  return head;
}

static int
unpack(const char *p, size_t n, Text *out)
{
  z_stream z = {.next_in = (Bytef *)p, .avail_in = (uInt)n};
  int code;
  out->len = 0;
  if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
    return 0;
  do {
    z.next_out = (Bytef *)reserve(out, 1 << 20);
    z.avail_out = 1 << 20;
    code = inflate(&z, Z_NO_FLUSH);
    out->len += (1 << 20) - z.avail_out;
  } while (code == Z_OK);
  inflateEnd(&z);
  return code == Z_STREAM_END;
}

/* An item for each pair of lines: an action with an _id, and a document. */
static void
answer_bulk(const char *p, const char *end, Text *out)
{
  static const char key[] = "\"_id\":\"", open[] = "{\"create\":{\"_id\":\"", close[] = "\",\"status\":201}}";
  long n = 0;
  append(out, "{\"errors\":false,\"items\":[", 25);
  while (p < end) {
    const char *line = memchr(p, '\n', (size_t)(end - p));
    const char *id = line != NULL ? memmem(p, (size_t)(line - p), key, sizeof key - 1) : NULL;
    const char *quote = id != NULL ? strchr(id + sizeof key - 1, '"') : NULL;
    if (quote == NULL)
      break;
    if (n++ > 0)
      append(out, ",", 1);
    append(out, open, sizeof open - 1);
    append(out, id + sizeof key - 1, (size_t)(quote - id) - sizeof key + 1);
    append(out, close, sizeof close - 1);
    const char *document = memchr(line + 1, '\n', (size_t)(end - line - 1));
    p = document != NULL ? document + 1 : end;
  }
  append(out, "]}", 2);
  n_events += n;
}

static void *
serve(void *data)
{
  int fd = (int)(long)data;
  Text in = {0}, plain = {0}, body = {0}, out = {0};
  for (size_t head; (head = read_request(fd, &in)) > 0;) {
    const char *p = in.p + head, *end = in.p + in.len;
    int is_bulk = strncmp(in.p, "POST ", 5) == 0 && memmem(in.p, head, "_bulk", 5) != NULL;
    n_bytes += end - p;
    n_requests += is_bulk;
    in.p[head - 1] = '\0';
    if (strcasestr(in.p, "content-encoding: gzip") != NULL) {
      if (!unpack(p, (size_t)(end - p), &plain))
        break;
      p = plain.p;
      end = plain.p + plain.len;
    }
    body.len = out.len = 0;
    if (is_bulk)
      answer_bulk(p, end, &body);
    else
      append(&body, "{\"version\":{\"number\":\"8.15.0\"},\"cluster_name\":\"bench\"}", 55);
    out.len =
        (size_t)sprintf(reserve(&out, 256),
                        "HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        body.len);
    append(&out, body.p, body.len);
    for (size_t at = 0; at < out.len;) {
      ssize_t n = write(fd, out.p + at, out.len - at);
      if (n <= 0)
        return NULL;
      at += (size_t)n;
    }
  }
  close(fd);
  return NULL;
}

/* On its standard input: any line asks for the counts, which begin anew; the end of it ends the sink. */
static void *
obey(void *data __attribute__((unused)))
{
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf("%ld %ld %ld\n", atomic_exchange(&n_events, 0), atomic_exchange(&n_bytes, 0),
           atomic_exchange(&n_requests, 0));
    fflush(stdout);
  }
  exit(0);
}

int
main(void)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  pthread_t thread;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  signal(SIGPIPE, SIG_IGN);
  if (bind(listener, (struct sockaddr *)&a, len) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, (struct sockaddr *)&a, &len) != 0)
    return 1;
  printf("%u\n", ntohs(a.sin_port));
  fflush(stdout);
  pthread_create(&thread, NULL, obey, NULL);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
      continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_create(&thread, NULL, serve, (void *)(long)fd);
    pthread_detach(thread);
  }
}
