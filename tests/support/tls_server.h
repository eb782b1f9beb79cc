/* A TLS server on OpenSSL for tests, and certificates made with the openssl command. */
#ifndef LF_TESTS_SUPPORT_TLS_SERVER_H
#define LF_TESTS_SUPPORT_TLS_SERVER_H

#include <glib.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

/* A folder with ca.pem, other-ca.pem and, of each name in the script, NAME.pem and NAME.key. */
char *pki_make(void);
void pki_remove(char *folder);

enum { TLS_SERVER_PEERS = 64 };

typedef struct {
  SSL_CTX *ctx;
  int fd;
  guint16 port;
  pthread_t thread;
  pthread_t peers[TLS_SERVER_PEERS];
  int fds[TLS_SERVER_PEERS];
  atomic_uint connections; /* with a whole handshake */
  atomic_uint requests;
  atomic_uint resumed;
  atomic_bool stop;
  atomic_bool reset;       /* each connection behind its handshake, before anything is read */
  atomic_bool renegotiate; /* before each answer the server asks for a new handshake (TLS 1.2) */
  guint n;
} TlsServer;

/* A context with a certificate of the folder. */
SSL_CTX *tls_server_context(const char *folder, const char *name);

/* Serves `ctx` (taken) on a loopback port: each request is answered with "ok" and the connection stays open. */
void tls_server_start(TlsServer *server, SSL_CTX *ctx);
void tls_server_stop(TlsServer *server);

#endif
