/* TLS as a client against a real OpenSSL server: each setting, each way to fail, and no connection shared between settings. */
#include "net/fetch.h"
#include "support/socket.h"
#include "support/tls_server.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *pki;

/* Settings as if they were read, all other fields the defaults. Paths are below the folder of certificates. */
typedef struct {
  const char *ca;
  const char *certificate;
  const char *key;
  const char *passphrase;
  int mode;
  int renegotiation;
  guint protocols;
  const char *cipher;
  const char *curve;
  const char *pin;
  const char *fingerprint;
} Want;

static LfStrings
one(const char **slot, LfPlace *place)
{
  return *slot != NULL ? (LfStrings){slot, place, 1} : (LfStrings){0};
}

static char *
below(const char *name)
{
  return name == NULL || name[0] == '-' || name[0] == '/' ? g_strdup(name) : g_build_filename(pki, name, NULL);
}

static LfTls *
make(const Want *w, GError **error)
{
  g_autofree char *ca = below(w->ca), *certificate = below(w->certificate), *key = below(w->key);
  LfPlace place = {"f.yml", 3, 5};
  const char *cas[] = {ca}, *ciphers[] = {w->cipher}, *curves[] = {w->curve}, *pins[] = {w->pin};
  LfSslSettings s = {.enabled = TRUE,
                     .certificate_authorities = one(cas, &place),
                     .certificate = certificate,
                     .key = key,
                     .key_passphrase = w->passphrase,
                     .verification_mode = w->mode,
                     .renegotiation = w->renegotiation,
                     .protocols = w->protocols != 0 ? w->protocols : LF_SSL_TLS1_2 | LF_SSL_TLS1_3,
                     .cipher_suites = one(ciphers, &place),
                     .curve_types = one(curves, &place),
                     .ca_sha256 = one(pins, &place),
                     .ca_trusted_fingerprint = w->fingerprint,
                     .certificate_place = place,
                     .key_place = place};
  return lf_tls_new(&s, error);
}

/* One request. Returns: NULL where it was answered, else what was said; (transfer full). */
static char *
ask(TlsServer *server, const char *host, const Want *w, int *code)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfTls) tls = make(w, &error);
  g_assert_no_error(error);
  g_autofree char *url = g_strdup_printf("https://%s:%u/", host, server->port);
  g_auto(LfFetchAnswer) answer = {0};
  LfHttpRequest request = {.method = "GET", .url = url, .timeout_ms = 10000, .max_bytes = 1000, .tls = tls};
  if (lf_fetch(&request, NULL, &answer, NULL, &error)) {
    g_assert_cmpuint(answer.status, ==, 200);
    return NULL;
  }
  if (code != NULL)
    *code = error->code;
  return g_strdup(error->message);
}

static void
assert_works(TlsServer *server, const char *host, Want w)
{
  g_autofree char *said = ask(server, host, &w, NULL);
  g_assert_cmpstr(said, ==, NULL);
}

/* Each text of `parts`, with | between, is in what is said. */
static void
assert_refused(TlsServer *server, const char *host, Want w, const char *parts)
{
  int code = -1;
  guint before = atomic_load(&server->requests);
  g_autofree char *said = ask(server, host, &w, &code);
  g_assert_nonnull(said);
  g_assert_cmpint(code, ==, LF_HTTP_ERROR_TLS);
  g_auto(GStrv) all = g_strsplit(parts, "|", -1);
  for (guint i = 0; all[i] != NULL; i++)
    if (said != NULL && strstr(said, all[i]) == NULL) {
      g_test_message("\"%s\" is not in: %s", all[i], said);
      g_test_fail();
    }
  g_assert_cmpuint(atomic_load(&server->requests), ==, before); /* nothing was sent to such a server */
}

/* The connection breaks: `hint` (nullable) is said of it. */
static void
assert_broken(TlsServer *server, Want w, const char *hint)
{
  int code = -1;
  g_autofree char *said = ask(server, "127.0.0.1", &w, &code);
  g_assert_nonnull(said);
  g_assert_cmpint(code, ==, LF_HTTP_ERROR_NETWORK);
  if (hint != NULL)
    g_assert_nonnull(strstr(said, hint));
  else
    g_assert_null(strstr(said, "certificate"));
}

static void
test_authorities(void)
{
  TlsServer s;
  tls_server_start(&s, tls_server_context(pki, "good"));
  assert_works(&s, "127.0.0.1", (Want){.ca = "ca.pem"});
  assert_works(&s, "localhost", (Want){.ca = "ca.pem"});
  assert_works(&s, "127.0.0.1", (Want){.ca = "good.pem"}); /* what is named is trusted, as in Go */
  assert_refused(&s, "127.0.0.1", (Want){.ca = "other-ca.pem"},
                 "TLS with 127.0.0.1: |unknown authority|CN=good|issued by CN=Our CA|ssl.certificate_authorities");
  assert_refused(&s, "127.0.0.1", (Want){0}, "unknown authority|the system does not trust");
  g_autofree char *pem = NULL, *path = below("ca.pem");
  g_assert_true(g_file_get_contents(path, &pem, NULL, NULL));
  assert_works(&s, "127.0.0.1", (Want){.ca = pem});
  tls_server_stop(&s);
}

static void
test_modes(void)
{
  TlsServer wrong, nosan, other, expired;
  tls_server_start(&wrong, tls_server_context(pki, "wrong"));
  const char names[] = "TLS with 127.0.0.1: |a.example, *.b.example, 10.0.0.1|not for 127.0.0.1|verification_mode";
  assert_refused(&wrong, "127.0.0.1", (Want){.ca = "ca.pem"}, names);
  assert_refused(&wrong, "127.0.0.1", (Want){.ca = "ca.pem", .mode = LF_SSL_STRICT}, names);
  assert_works(&wrong, "127.0.0.1", (Want){.ca = "ca.pem", .mode = LF_SSL_CERTIFICATE});
  assert_refused(&wrong, "127.0.0.1", (Want){.ca = "other-ca.pem", .mode = LF_SSL_CERTIFICATE}, "unknown authority");
  assert_works(&wrong, "127.0.0.1", (Want){.ca = "other-ca.pem", .mode = LF_SSL_NONE});
  tls_server_stop(&wrong);
  tls_server_start(&nosan, tls_server_context(pki, "nosan"));
  assert_works(&nosan, "localhost", (Want){.ca = "ca.pem"}); /* by its common name, as Filebeat */
  assert_refused(&nosan, "localhost", (Want){.ca = "ca.pem", .mode = LF_SSL_STRICT}, "no alternative name|strict");
  tls_server_stop(&nosan);
  tls_server_start(&other, tls_server_context(pki, "nosan-wrong"));
  assert_refused(&other, "localhost", (Want){.ca = "ca.pem"}, "CN=c.example|does not name localhost");
  tls_server_stop(&other);
  tls_server_start(&expired, tls_server_context(pki, "expired"));
  assert_refused(&expired, "127.0.0.1", (Want){.ca = "ca.pem"}, "CN=expired expired on 2021-01-31 10:00:00 UTC");
  assert_works(&expired, "127.0.0.1", (Want){.ca = "ca.pem", .mode = LF_SSL_NONE});
  tls_server_stop(&expired);
}

/* The output of a shell command, in the folder of certificates: what openssl itself says. */
static char *
shell(const char *command)
{
  const char *argv[] = {"sh", "-c", command, NULL};
  char *out = NULL;
  GError *error = NULL;
  g_spawn_sync(pki, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, &error);
  g_assert_no_error(error);
  return g_strchomp(out);
}

#define PIN_OF(name)                                                                                                   \
  "openssl x509 -in " name ".pem -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | "  \
  "openssl base64"
#define FINGERPRINT_OF(name) "openssl x509 -in " name ".pem -noout -fingerprint -sha256 | cut -d= -f2"

static void
test_pins(void)
{
  TlsServer s, chain;
  g_autofree char *ca = shell(PIN_OF("ca")), *leaf = shell(PIN_OF("good")), *other = shell(PIN_OF("other-ca")),
                  *print = shell(FINGERPRINT_OF("ca")), *other_print = shell(FINGERPRINT_OF("other-ca")),
                  *leaf_print = shell(FINGERPRINT_OF("good"));
  tls_server_start(&s, tls_server_context(pki, "good"));
  assert_works(&s, "127.0.0.1", (Want){.ca = "ca.pem", .pin = ca});
  assert_works(&s, "127.0.0.1", (Want){.ca = "ca.pem", .pin = leaf});
  g_autofree char *words = g_strdup_printf("ssl.ca_sha256|%s|%s|CN=Our CA", ca, leaf);
  assert_refused(&s, "127.0.0.1", (Want){.ca = "ca.pem", .pin = other}, words);
  assert_refused(&s, "127.0.0.1", (Want){.ca = "other-ca.pem", .pin = leaf}, "unknown authority"); /* no chain */
  assert_refused(&s, "127.0.0.1", (Want){.fingerprint = print}, "ssl.ca_trusted_fingerprint");     /* not offered */
  tls_server_stop(&s);
  tls_server_start(&chain, tls_server_context(pki, "good-chain"));
  assert_works(&chain, "127.0.0.1", (Want){.fingerprint = print});
  assert_works(&chain, "127.0.0.1", (Want){.ca = "other-ca.pem", .fingerprint = print, .pin = ca});
  assert_refused(&chain, "127.0.0.1", (Want){.fingerprint = other_print}, "unknown authority|ca_trusted_fingerprint");
  assert_refused(&chain, "127.0.0.1", (Want){.fingerprint = leaf_print}, "unknown authority"); /* it is no authority */
  tls_server_stop(&chain);
}

static void
test_client_certificates(void)
{
  g_autofree char *ca = below("ca.pem");
  const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    TlsServer s;
    SSL_CTX *ctx = tls_server_context(pki, "good");
    g_assert_true(SSL_CTX_load_verify_file(ctx, ca) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_max_proto_version(ctx, versions[i]);
    tls_server_start(&s, ctx);
    assert_refused(&s, "127.0.0.1", (Want){.ca = "ca.pem"},
                   "asks for a client certificate|ssl.certificate and ssl.key");
    assert_works(&s, "127.0.0.1", (Want){.ca = "ca.pem", .certificate = "client.pem", .key = "client.key"});
    assert_works(
        &s, "127.0.0.1",
        (Want){.ca = "ca.pem", .certificate = "client.pem", .key = "client-pkcs8.key", .passphrase = "secret1"});
    assert_works(&s, "127.0.0.1",
                 (Want){.ca = "ca.pem", .certificate = "client.pem", .key = "client-pem.key", .passphrase = "secret1"});
    assert_refused(&s, "127.0.0.1", (Want){.ca = "ca.pem", .certificate = "stranger.pem", .key = "stranger.key"},
                   "does not take the client certificate of ssl.certificate|unknown CA");
    tls_server_stop(&s);
  }
}

/* Whose reset tells nothing, what it had asked for does. */
static void
test_client_certificate_and_reset(void)
{
  TlsServer s;
  g_autofree char *ca = below("ca.pem");
  SSL_CTX *ctx = tls_server_context(pki, "good");
  g_assert_true(SSL_CTX_load_verify_file(ctx, ca) == 1);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  tls_server_start(&s, ctx);
  atomic_store(&s.reset, TRUE);
  assert_broken(&s, (Want){.ca = "ca.pem"}, "asks for a client certificate and may not go on without: set ssl.certificate");
  assert_broken(&s, (Want){.ca = "ca.pem", .certificate = "client.pem", .key = "client.key"},
                "it may not take that of ssl.certificate");
  tls_server_stop(&s);
  tls_server_start(&s, tls_server_context(pki, "good"));
  atomic_store(&s.reset, TRUE);
  assert_broken(&s, (Want){.ca = "ca.pem"}, NULL);
  tls_server_stop(&s);
}

static void
test_protocols_and_ciphers(void)
{
  TlsServer old, rsa, curve;
  SSL_CTX *ctx = tls_server_context(pki, "good");
  SSL_CTX_set_security_level(ctx, 0);
  SSL_CTX_set_min_proto_version(ctx, TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
  tls_server_start(&old, ctx);
  assert_refused(&old, "127.0.0.1", (Want){.ca = "ca.pem"}, "ssl.supported_protocols (TLSv1.2, TLSv1.3)|TLS version");
  assert_works(&old, "127.0.0.1", (Want){.ca = "ca.pem", .protocols = LF_SSL_TLS1_1 | LF_SSL_TLS1_2});
  tls_server_stop(&old);
  ctx = tls_server_context(pki, "good");
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES256-SHA");
  tls_server_start(&rsa, ctx);
  assert_works(&rsa, "127.0.0.1", (Want){.ca = "ca.pem", .cipher = "ECDHE-ECDSA-AES-256-CBC-SHA"});
  assert_refused(&rsa, "127.0.0.1", (Want){.ca = "ca.pem", .cipher = "ECDHE-ECDSA-AES-128-GCM-SHA256"},
                 "none of the cipher suites|ssl.cipher_suites");
  assert_refused(&rsa, "127.0.0.1",
                 (Want){.ca = "ca.pem", .protocols = LF_SSL_TLS1_1, .cipher = "ECDHE-ECDSA-AES-128-GCM-SHA256"},
                 "no ciphers available"); /* that suite is not one of TLS 1.1 */
  assert_refused(&rsa, "127.0.0.1", (Want){.ca = "ca.pem", .protocols = LF_SSL_TLS1_3}, "(TLSv1.3)|TLS version");
  tls_server_stop(&rsa);
  ctx = tls_server_context(pki, "good");
  SSL_CTX_set1_groups_list(ctx, "P-384");
  tls_server_start(&curve, ctx);
  assert_works(&curve, "127.0.0.1", (Want){.ca = "ca.pem", .curve = "P-384"});
  assert_refused(&curve, "127.0.0.1", (Want){.ca = "ca.pem", .curve = "X25519"}, "curves|ssl.curve_types");
  tls_server_stop(&curve);
}

static void
assert_no_tls(Want w, const char *message)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfTls) tls = make(&w, &error);
  g_assert_null(tls);
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  if (error != NULL && strstr(error->message, message) == NULL) {
    g_test_message("\"%s\" is not: %s", message, error->message);
    g_test_fail();
  }
}

static void
test_files(void)
{
  g_autofree char *empty = below("empty"), *cut = below("cut.pem"), *garbage = below("garbage.key"), *pem = NULL,
                  *ca = below("ca.pem");
  g_assert_true(g_file_set_contents(empty, "nothing here\n", -1, NULL));
  g_assert_true(g_file_get_contents(ca, &pem, NULL, NULL));
  g_assert_true(g_file_set_contents(cut, pem, 200, NULL));
  g_assert_true(
      g_file_set_contents(garbage, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", -1, NULL));
  assert_no_tls((Want){.ca = "/nowhere/ca.pem"}, "f.yml:3:5: ssl.certificate_authorities: /nowhere/ca.pem: ");
  assert_no_tls((Want){.ca = "empty"}, "/empty: it holds no certificate in PEM form");
  assert_no_tls((Want){.ca = "cut.pem"}, "/cut.pem: bad end line");
  assert_no_tls((Want){.ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "the text there: ");
  assert_no_tls((Want){.certificate = "/nowhere/c.pem", .key = "client.key"},
                "f.yml:3:5: ssl.certificate: /nowhere/c.pem");
  assert_no_tls((Want){.certificate = "client.pem", .key = "/nowhere/k"}, "f.yml:3:5: ssl.key: /nowhere/k: ");
  assert_no_tls((Want){.certificate = "client.pem", .key = "client.pem"}, "it holds no private key in PEM form");
  assert_no_tls((Want){.certificate = "client.pem", .key = "garbage.key"}, "ssl.key: ");
  assert_no_tls((Want){.certificate = "client.pem", .key = "good.key"}, "the key is not that of ssl.certificate");
  assert_no_tls((Want){.certificate = "client.pem", .key = "unrelated.key"}, "the key is not that of ssl.certificate");
  const char *const encrypted[] = {"client-pkcs8.key", "client-pem.key"};
  for (gsize i = 0; i < G_N_ELEMENTS(encrypted); i++) {
    assert_no_tls((Want){.certificate = "client.pem", .key = encrypted[i]},
                  "the key is encrypted: set ssl.key_passphrase or ssl.key_passphrase_path");
    assert_no_tls((Want){.certificate = "client.pem", .key = encrypted[i], .passphrase = "other"},
                  "the passphrase does not decrypt the key");
  }
}

static void
test_passphrase_file(void)
{
  g_autofree char *path = below("passphrase"), *certificate = below("client.pem"), *key = below("client-pkcs8.key");
  g_assert_true(g_file_set_contents(path, "secret1\r\n", -1, NULL));
  LfSslSettings s = {
      .enabled = TRUE, .certificate = certificate, .key = key, .key_passphrase_path = path, .protocols = LF_SSL_TLS1_3};
  g_autoptr(GError) error = NULL;
  g_autoptr(LfTls) tls = lf_tls_new(&s, &error);
  g_assert_no_error(error);
  g_assert_nonnull(tls);
  s.key_passphrase_path = "/nowhere";
  g_autoptr(LfTls) none = lf_tls_new(&s, &error);
  g_assert_null(none);
  g_assert_nonnull(strstr(error->message, "ssl.key_passphrase_path: /nowhere: "));
  s.enabled = FALSE; /* nothing of it is looked at */
  g_autoptr(LfTls) off = lf_tls_new(&s, NULL);
  g_assert_nonnull(off);
}

/* Requests on one loop, in the order in which they are made. */
typedef struct {
  guint answered;
  guint failed;
} Seen;

static void
on_answer(LfHttpResponse *response, const GError *error, void *data)
{
  Seen *seen = data;
  if (response != NULL)
    seen->answered++;
  else
    seen->failed++;
}

static void
send_one(LfHttp *http, TlsServer *server, const LfTls *tls, Seen *seen)
{
  g_autofree char *url = g_strdup_printf("https://127.0.0.1:%u/", server->port);
  guint before = seen->answered + seen->failed;
  LfHttpRequest request = {.method = "GET", .url = url, .timeout_ms = 10000, .max_bytes = 1000, .tls = tls};
  LfHttpTransport *transport = lf_http_transport(http);
  transport->send(transport, &request, on_answer, seen);
  while (seen->answered + seen->failed == before)
    lf_http_step(http, 100);
}

static void
test_connections_are_not_shared(void)
{
  const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    TlsServer s;
    SSL_CTX *ctx = tls_server_context(pki, "good");
    SSL_CTX_set_max_proto_version(ctx, versions[i]);
    tls_server_start(&s, ctx);
    g_autoptr(LfTls) trusting = make(&(Want){.ca = "ca.pem"}, NULL);
    g_autoptr(LfTls) again = make(&(Want){.ca = "ca.pem"}, NULL);
    g_autoptr(LfTls) wary = make(&(Want){.ca = "other-ca.pem"}, NULL);
    g_autoptr(LfTls) anything = make(&(Want){.mode = LF_SSL_NONE}, NULL);
    LfHttp *http = lf_http_new("test");
    Seen seen = {0};
    for (int k = 0; k < 20; k++)
      send_one(http, &s, trusting, &seen);
    g_assert_cmpuint(seen.answered, ==, 20);
    g_assert_cmpuint(atomic_load(&s.connections), ==, 1); /* one connection for all */
    send_one(http, &s, anything, &seen);
    send_one(http, &s, wary, &seen);
    g_assert_cmpuint(seen.failed, ==, 1);
    send_one(http, &s, NULL, &seen); /* the system's authorities do not know it either */
    g_assert_cmpuint(seen.failed, ==, 2);
    send_one(http, &s, again, &seen);
    g_assert_cmpuint(seen.answered, ==, 22);
    send_one(http, &s, trusting, &seen); /* still on its first */
    g_assert_cmpuint(atomic_load(&s.connections), ==, 3);
    g_assert_cmpuint(atomic_load(&s.requests), ==, 23);
    g_assert_cmpuint(atomic_load(&s.resumed), ==, 0);
    lf_http_free(http);
    tls_server_stop(&s);
  }
}

/* Three requests to a server that asks for a new handshake before each answer. Returns: how many connections they took; a
 * request on a connection that was used before and ends is made again on a new one. `*answered`: how many were answered. */
static guint
connections_for_three(int renegotiation, guint *answered)
{
  TlsServer s;
  SSL_CTX *ctx = tls_server_context(pki, "good");
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  tls_server_start(&s, ctx);
  atomic_store(&s.renegotiate, TRUE);
  g_autoptr(LfTls) tls = make(&(Want){.ca = "ca.pem", .renegotiation = renegotiation}, NULL);
  LfHttp *http = lf_http_new("test");
  Seen seen = {0};
  for (int i = 0; i < 3; i++)
    send_one(http, &s, tls, &seen);
  lf_http_free(http);
  tls_server_stop(&s);
  *answered = seen.answered;
  return atomic_load(&s.connections);
}

static void
test_renegotiation(void)
{
  guint answered;
  g_assert_cmpuint(connections_for_three(LF_SSL_NEVER, &answered), ==, 3);
  g_assert_cmpuint(answered, ==, 0);
  g_assert_cmpuint(connections_for_three(LF_SSL_ONCE, &answered), ==, 3);
  g_assert_cmpuint(answered, ==, 3);
  g_assert_cmpuint(connections_for_three(LF_SSL_FREELY, &answered), ==, 1);
  g_assert_cmpuint(answered, ==, 3);
}

/* A server that answers without TLS, and one that hangs up, which may pass. */
static void *
answer_plainly(void *data)
{
  int fd = accept(GPOINTER_TO_INT(data), NULL, NULL);
  char buf[1000];
  if (read(fd, buf, sizeof buf) > 0)
    g_assert_cmpint(write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28), ==, 28);
  shutdown(fd, SHUT_WR);
  while (read(fd, buf, sizeof buf) > 0)
    ;
  close(fd);
  fd = accept(GPOINTER_TO_INT(data), NULL, NULL);
  close(fd);
  return NULL;
}

static void
test_no_tls_there(void)
{
  TlsServer s = {0};
  s.fd = test_listen(&s.port);
  g_assert_true(pthread_create(&s.thread, NULL, answer_plainly, GINT_TO_POINTER(s.fd)) == 0);
  assert_refused(&s, "127.0.0.1", (Want){.ca = "ca.pem"}, "does not speak TLS");
  int code = -1;
  g_autofree char *said = ask(&s, "127.0.0.1", &(Want){.ca = "ca.pem"}, &code);
  g_assert_nonnull(said);
  g_assert_cmpint(code, ==, LF_HTTP_ERROR_NETWORK); /* worth trying again */
  pthread_join(s.thread, NULL);
  close(s.fd);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  signal(SIGPIPE, SIG_IGN);
  pki = pki_make();
  g_test_add_func("/tls/authorities", test_authorities);
  g_test_add_func("/tls/modes", test_modes);
  g_test_add_func("/tls/pins", test_pins);
  g_test_add_func("/tls/client-certificates", test_client_certificates);
  g_test_add_func("/tls/client-certificate-reset", test_client_certificate_and_reset);
  g_test_add_func("/tls/protocols-and-ciphers", test_protocols_and_ciphers);
  g_test_add_func("/tls/files", test_files);
  g_test_add_func("/tls/passphrase-file", test_passphrase_file);
  g_test_add_func("/tls/connections-are-not-shared", test_connections_are_not_shared);
  g_test_add_func("/tls/renegotiation", test_renegotiation);
  g_test_add_func("/tls/no-tls-there", test_no_tls_there);
  int status = g_test_run();
  pki_remove(pki);
  return status;
}
