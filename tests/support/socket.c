/* Sockets on the loopback for tests. */
#include "support/socket.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
test_listen(guint16 *port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint(bind(fd, (struct sockaddr *)&address, len), ==, 0);
  g_assert_cmpint(listen(fd, 16), ==, 0);
  g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static int
dial(guint16 port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

TestReply
test_exchange(LfArena *arena, guint16 port, LfSlice request)
{
  int fd = dial(port);
  gsize sent = 0;
  while (sent < request.len) {
    ssize_t n = send(fd, request.p + sent, request.len - sent, MSG_NOSIGNAL);
    if (n <= 0)
      break; /* the server may answer and close before it has read all */
    sent += (gsize)n;
  }
  g_auto(LfBuf) in = {0};
  ssize_t n;
  while ((n = read(fd, lf_buf_reserve(&in, 65536), 65536)) > 0)
    in.len += (gsize)n;
  close(fd);
  LfSlice all = lf_arena_dup(arena, lf_buf_slice(&in));
  const char *end = strstr(all.p, "\r\n\r\n");
  g_assert_nonnull(end);
  TestReply reply = {.head = lf_slice(all.p, (gsize)(end - all.p)),
                     .body = lf_slice(end + 4, all.len - (gsize)(end + 4 - all.p))};
  reply.status = (guint)g_ascii_strtoull(all.p + strlen("HTTP/1.1 "), NULL, 10);
  return reply;
}
