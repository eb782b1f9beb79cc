/* A TLS server on OpenSSL for tests, and certificates made with the openssl command. */
#include "support/tls_server.h"

#include "support/folder.h"
#include "support/socket.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Elliptic keys: making one takes a millisecond. */
static const char script[] =
    "set -e; cd \"$1\"\n"
    "key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }\n"
    "ca() { key $1; openssl req -x509 -new -key $1.key -subj \"/O=Test/CN=$2\" -days 30 -out $1.pem"
    " -addext basicConstraints=critical,CA:TRUE; }\n"
    "leaf() { key $1; openssl req -new -key $1.key -subj \"/O=Test/CN=$2\" -out $1.csr\n"
    " printf '%s\\n' 'basicConstraints=CA:FALSE' \"$3\" >$1.ext\n"
    " openssl x509 -req -in $1.csr -CA $4.pem -CAkey $4.key -CAcreateserial -extfile $1.ext -days $5 -out $1.pem; }\n"
    "ca ca 'Our CA'; ca other-ca 'Other CA'\n"
    "leaf good good subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 ca 30\n"
    "leaf wrong wrong subjectAltName=DNS:a.example,DNS:*.b.example,IP:10.0.0.1 ca 30\n"
    "leaf nosan localhost keyUsage=digitalSignature ca 30\n"
    "leaf nosan-wrong c.example keyUsage=digitalSignature ca 30\n"
    "leaf client client keyUsage=digitalSignature ca 30\n"
    "leaf stranger stranger keyUsage=digitalSignature other-ca 30\n"
    "key expired; openssl req -new -key expired.key -subj /CN=expired -out expired.csr\n"
    "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\n"
    "[p]\\ncommonName=supplied\\n' >ca.cnf; : >index; echo 77 >serial\n"
    "openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in expired.csr -extfile good.ext -startdate"
    " 20200101000000Z -enddate 20210131100000Z -notext -out expired.pem\n"
    "cat good.pem ca.pem >good-chain.pem; cp good.key good-chain.key\n"
    "openssl pkcs8 -topk8 -in client.key -passout pass:secret1 -out client-pkcs8.key\n"
    "openssl ec -in client.key -aes256 -passout pass:secret1 -out client-pem.key\n"
    "openssl ecparam -name secp384r1 -genkey -noout -out unrelated.key\n";

char *
pki_make(void)
{
  GError *error = NULL;
  char *folder = test_folder_new();
  const char *argv[] = {"sh", "-c", script, "sh", folder, NULL};
  g_autofree char *said = NULL;
  int status = 0;
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said,
               &status, &error);
  g_assert_no_error(error);
  if (status != 0)
    g_error("openssl: %s", said);
  return folder;
}

void
pki_remove(char *folder)
{
  test_folder_remove(folder);
  g_free(folder);
}

SSL_CTX *
tls_server_context(const char *folder, const char *name)
{
  g_autofree char *certificate = g_strdup_printf("%s/%s.pem", folder, name),
                  *key = g_strdup_printf("%s/%s.key", folder, name);
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  g_assert_true(SSL_CTX_use_certificate_chain_file(ctx, certificate) == 1);
  g_assert_true(SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1);
  return ctx;
}

typedef struct {
  TlsServer *server;
  int fd;
} Peer;

/* Asks for a new handshake and makes it. Without the mode a read returns once the handshake is over. */
static gboolean
renegotiate(SSL *ssl)
{
  char nothing;
  SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
  gboolean ok = SSL_renegotiate(ssl) == 1 && SSL_do_handshake(ssl) == 1 &&
                SSL_get_error(ssl, SSL_read(ssl, &nothing, 1)) == SSL_ERROR_WANT_READ && !SSL_renegotiate_pending(ssl);
  SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
  return ok;
}

static void *
serve(void *data)
{
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amzn-RequestId: 1\r\n\r\nok";
  Peer *peer = data;
  char buf[8192];
  gsize n = 0;
  SSL *ssl = SSL_new(peer->server->ctx);
  SSL_set_fd(ssl, peer->fd);
  gboolean accepted = SSL_accept(ssl) == 1;
  if (accepted && atomic_load(&peer->server->reset)) {
    const struct linger at_once = {1, 0};
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    connect(peer->fd, &nobody,
            sizeof nobody); /* the others still know the descriptor: this ends the connection itself */
  } else if (accepted) {
    atomic_fetch_add(&peer->server->connections, 1);
    atomic_fetch_add(&peer->server->resumed, SSL_session_reused(ssl) ? 1 : 0);
    for (int got; (got = SSL_read(ssl, buf + n, (int)(sizeof buf - n))) > 0;) {
      n += (gsize)got;
      if (n < 4 || memmem(buf, n, "\r\n\r\n", 4) == NULL)
        continue;
      n = 0;
      atomic_fetch_add(&peer->server->requests, 1);
      if (atomic_load(&peer->server->renegotiate) && !renegotiate(ssl))
        break;
      SSL_write(ssl, answer, sizeof answer - 1);
    }
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  shutdown(peer->fd, SHUT_RDWR);
  g_free(peer);
  return NULL;
}

static void *
accept_all(void *data)
{
  TlsServer *s = data;
  while (s->n < TLS_SERVER_PEERS) {
    int fd = accept(s->fd, NULL, NULL);
    if (fd < 0 || atomic_load(&s->stop)) {
      if (fd >= 0)
        close(fd);
      return NULL;
    }
    Peer *peer = g_new0(Peer, 1);
    *peer = (Peer){s, fd};
    s->fds[s->n] = fd;
    g_assert_true(pthread_create(&s->peers[s->n++], NULL, serve, peer) == 0);
  }
  return NULL;
}

void
tls_server_start(TlsServer *s, SSL_CTX *ctx)
{
  *s = (TlsServer){.ctx = ctx};
  s->fd = test_listen(&s->port);
  g_assert_true(pthread_create(&s->thread, NULL, accept_all, s) == 0);
}

void
tls_server_stop(TlsServer *s)
{
  atomic_store(&s->stop, TRUE);
  shutdown(s->fd, SHUT_RDWR);
  pthread_join(s->thread, NULL);
  for (guint i = 0; i < s->n; i++) {
    shutdown(s->fds[i], SHUT_RDWR);
    pthread_join(s->peers[i], NULL);
    close(s->fds[i]);
  }
  close(s->fd);
  SSL_CTX_free(s->ctx);
}
