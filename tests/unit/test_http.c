/* The network thread's loop against a server that says what it is told to: answers that rest until there is room. */
#include "net/http.h"
#include "support/socket.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1000, END_MS = 20000, BODY = 300 * 1024, STEP_MS = 10 };

/* A server that answers one request: the head, then so much of the body; what is left comes never. */
typedef struct {
  int fd;
  guint16 port;
  gsize sent;
  pthread_t thread;
} Server;

static void *
serve(void *data)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 307200\r\nDate: Sat, 28 Nov 2026 10:00:00 GMT\r\n\r\n";
  Server *s = data;
  char request[4096];
  int peer = accept(s->fd, NULL, NULL);
  g_assert_cmpint(read(peer, request, sizeof request), >, 0);
  g_assert_cmpint(write(peer, head, sizeof head - 1), ==, sizeof head - 1);
  g_autofree char *body = g_strnfill(BODY, 'x');
  for (gsize at = 0; at < s->sent;) {
    gssize n = send(peer, body + at, s->sent - at, MSG_NOSIGNAL);
    if (n <= 0)
      break;
    at += (gsize)n;
  }
  while (read(peer, request, sizeof request) > 0)
    ; /* until the client ends it */
  close(peer);
  return NULL;
}

static void
server_start(Server *s, gsize sent)
{
  *s = (Server){.sent = sent};
  s->fd = test_listen(&s->port);
  g_assert_true(pthread_create(&s->thread, NULL, serve, s) == 0);
}

static void
server_stop(Server *s)
{
  pthread_join(s->thread, NULL);
  close(s->fd);
}

/* Who asks, and has room from a time on. */
typedef struct {
  gint64 room_at_ms; /* monotonic */
  guint asked;
  gsize length; /* of the answer, as it was told */
  gboolean done;
  guint status;
  gsize got;
  int code; /* of the error, -1: none */
  gint64 done_ms;
  gint64 answered_ms;
} Client;

static gint64
now_ms(void)
{
  return lf_clock_monotonic_ms(lf_clock_system());
}

static gboolean
has_room(gsize bytes, void *data)
{
  Client *c = data;
  c->asked++;
  c->length = bytes;
  return now_ms() >= c->room_at_ms;
}

static void
on_done(LfHttpResponse *response, const GError *error, void *data)
{
  Client *c = data;
  c->done = TRUE;
  c->done_ms = now_ms();
  c->status = response != NULL ? response->status : 0;
  c->got = response != NULL ? response->body.len : 0;
  c->answered_ms = response != NULL ? response->answered_ms : 0;
  c->code = error != NULL ? error->code : -1;
}

/* One request whose answer has room after `rest_ms`. */
static void
ask(Client *c, const Server *s, gint64 rest_ms)
{
  LfHttp *http = lf_http_new("test");
  LfHttpTransport *transport = lf_http_transport(http);
  g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/", s->port);
  LfHttpRequest request = {
      .method = "GET", .url = url, .timeout_ms = TIMEOUT_MS, .max_bytes = BODY, .proxy = "", .has_room = has_room};
  *c = (Client){.room_at_ms = now_ms() + rest_ms};
  transport->send(transport, &request, on_done, c);
  for (gint64 end = now_ms() + END_MS; !c->done && now_ms() < end;)
    lf_http_step(http, STEP_MS);
  g_assert_true(c->done);
  lf_http_free(http);
}

static void
test_there_is_room(void)
{
  Server s;
  Client c;
  server_start(&s, BODY);
  ask(&c, &s, 0);
  g_assert_cmpint(c.code, ==, -1);
  g_assert_cmpuint(c.status, ==, 200);
  g_assert_cmpuint(c.got, ==, BODY);
  g_assert_cmpuint(c.asked, ==, 1);
  g_assert_cmpuint(c.length, ==, BODY);
  server_stop(&s);
}

/* It rests for longer than the request may last: that is not the server's time. When it began to come is known all the same. */
static void
test_rest_is_not_counted(void)
{
  Server s;
  Client c;
  server_start(&s, BODY);
  gint64 begin = now_ms();
  ask(&c, &s, TIMEOUT_MS + TIMEOUT_MS / 2);
  g_assert_cmpint(c.code, ==, -1);
  g_assert_cmpuint(c.got, ==, BODY);
  g_assert_cmpuint(c.asked, >, 2);
  g_assert_cmpint(c.done_ms - begin, >=, TIMEOUT_MS + TIMEOUT_MS / 2);
  g_assert_cmpint(c.answered_ms - begin, <, TIMEOUT_MS);
  server_stop(&s);
}

/* What does not come to its end behind a rest is given up after all. */
static void
test_stall_behind_a_rest(void)
{
  Server s;
  Client c;
  server_start(&s, BODY / 2);
  ask(&c, &s, TIMEOUT_MS + TIMEOUT_MS / 2);
  g_assert_cmpint(c.code, ==, LF_HTTP_ERROR_TIMEOUT);
  server_stop(&s);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http/room", test_there_is_room);
  g_test_add_func("/http/rest-is-not-counted", test_rest_is_not_counted);
  g_test_add_func("/http/stall-behind-a-rest", test_stall_behind_a_rest);
  return g_test_run();
}
