/* Sockets on the loopback: one that listens, and an HTTP client that sends any bytes and takes the answer apart. */
#ifndef LF_TESTS_SUPPORT_SOCKET_H
#define LF_TESTS_SUPPORT_SOCKET_H

#include "base/arena.h"

/* Listens on a free port, which goes to `port`. Returns: the socket, to be closed. */
int test_listen(guint16 *port);

/* An answer; its texts live in the arena that they were asked with. `head` is the status line and the headers. */
typedef struct {
  guint status;
  LfSlice head;
  LfSlice body;
} TestReply;

/* Sends `request`, head and body as they stand, on a connection of its own, and reads until the server closes it: the
 * request says `Connection: close`. */
TestReply test_exchange(LfArena *arena, guint16 port, LfSlice request);

#endif
