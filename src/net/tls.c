/* TLS as a client: settings become authorities, a certificate with its key, and the rules of a connection. */
#include "base/fs.h"
#include "base/log.h"
#include "net/tls_internal.h"

#include <pthread.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

enum { FILE_MAX = 4 * 1024 * 1024, CHAIN_MAX = 20 };

#define SYSTEM_FOLDER "/etc/ssl/certs"

static const struct {
  guint bit;
  int version;
  guint64 off;
  const char *name;
} protocols[] = {
    {LF_SSL_TLS1_0, TLS1_VERSION, SSL_OP_NO_TLSv1, "TLSv1.0"},
    {LF_SSL_TLS1_1, TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, "TLSv1.1"},
    {LF_SSL_TLS1_2, TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, "TLSv1.2"},
    {LF_SSL_TLS1_3, TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, "TLSv1.3"},
};

char *
lf_tls_protocols_text(guint bits)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++)
    if (bits & protocols[i].bit)
      g_ptr_array_add(names, (gpointer)protocols[i].name);
  g_ptr_array_add(names, NULL);
  return g_strjoinv(", ", (char **)names->pdata);
}

/* OpenSSL's words for what went wrong last. */
static const char *
reason(void)
{
  unsigned long code = ERR_peek_last_error();
  const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;
  ERR_clear_error();
  return text != NULL ? text : "it is not what it should be";
}

/* A file's text, or the text itself where it is PEM. `what` is how messages call it. */
typedef struct {
  const char *option;
  LfPlace place;
  char *text;
  char *what;
} Source;

static void
source_clear(Source *source)
{
  if (source->text != NULL)
    explicit_bzero(source->text, strlen(source->text));
  g_free(source->text);
  g_free(source->what);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Source, source_clear)

static gboolean
source_read(Source *source, const char *value, GError **error)
{
  g_autoptr(GError) local = NULL;
  gsize len;
  if (lf_ssl_is_pem(value)) {
    source->text = g_strdup(value);
    source->what = g_strdup("the text there");
    return TRUE;
  }
  source->text = lf_fs_read(value, FILE_MAX, &len, &local);
  source->what = g_strdup(value);
  return source->text != NULL ||
         lf_place_error(error, source->place, LF_CONFIG_ERROR_INVALID, "%s: %s", source->option, local->message);
}

static gboolean
source_error(const Source *source, GError **error, const char *why)
{
  return lf_place_error(error, source->place, LF_CONFIG_ERROR_INVALID, "%s: %s: %s", source->option, source->what, why);
}

/* The certificates in a PEM text, at least one. Returns: (transfer full) (nullable). */
static STACK_OF(X509) * read_certificates(const Source *source, GError **error)
{
  BIO *bio = BIO_new_mem_buf(source->text, -1);
  STACK_OF(X509) *found = sk_X509_new_null();
  X509 *one;
  ERR_clear_error();
  while ((one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
    sk_X509_push(found, one);
  BIO_free(bio);
  unsigned long code = ERR_peek_last_error();
  gboolean at_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  const char *why = at_end && sk_X509_num(found) == 0 ? "it holds no certificate in PEM form"
                    : at_end                          ? NULL
                                                      : reason();
  ERR_clear_error();
  if (why == NULL)
    return found;
  sk_X509_pop_free(found, X509_free);
  source_error(source, error, why);
  return NULL;
}

static gboolean
load_authorities(LfTls *tls, const LfStrings *list, GError **error)
{
  tls->own_authorities = TRUE;
  for (guint i = 0; i < list->n; i++) {
    g_auto(Source) source = {.option = "ssl.certificate_authorities", .place = list->places[i]};
    if (!source_read(&source, list->items[i], error))
      return FALSE;
    STACK_OF(X509) *found = read_certificates(&source, error);
    if (found == NULL)
      return FALSE;
    for (int k = 0; k < sk_X509_num(found); k++)
      X509_STORE_add_cert(tls->store, sk_X509_value(found, k));
    sk_X509_pop_free(found, X509_free);
  }
  return TRUE;
}

/* The folder of hashes is looked into for one certificate at a time; the bundle would be read whole. */
static void
load_system(LfTls *tls)
{
  gboolean said = g_getenv("SSL_CERT_FILE") != NULL || g_getenv("SSL_CERT_DIR") != NULL;
  if (said || !g_file_test(SYSTEM_FOLDER, G_FILE_TEST_IS_DIR) || !X509_STORE_load_path(tls->store, SYSTEM_FOLDER))
    X509_STORE_set_default_paths(tls->store);
  ERR_clear_error();
}

/* What decrypts a key. */
typedef struct {
  const char *text;
  gboolean asked;
} Passphrase;

static int
on_passphrase(char *buf, int size, int writing, void *data)
{
  Passphrase *passphrase = data;
  passphrase->asked = TRUE;
  gsize n = passphrase->text != NULL ? strlen(passphrase->text) : 0;
  if (n == 0 || size < 0 || n > (gsize)size)
    return -1;
  memcpy(buf, passphrase->text, n);
  return (int)n;
}

static gboolean
read_passphrase(const LfSslSettings *s, Source *source, GError **error)
{
  if (s->key_passphrase != NULL || s->key_passphrase_path == NULL) {
    source->text = g_strdup(s->key_passphrase);
    return TRUE;
  }
  source->option = "ssl.key_passphrase_path";
  source->place = s->passphrase_path_place;
  if (!source_read(source, s->key_passphrase_path, error))
    return FALSE;
  source->text[strcspn(source->text, "\r\n")] = '\0';
  return TRUE;
}

static gboolean
load_key(LfTls *tls, const LfSslSettings *s, GError **error)
{
  g_auto(Source) source = {.option = "ssl.key", .place = s->key_place}, secret = {0};
  if (!source_read(&source, s->key, error) || !read_passphrase(s, &secret, error))
    return FALSE;
  Passphrase passphrase = {.text = secret.text};
  ERR_clear_error();
  BIO *bio = BIO_new_mem_buf(source.text, -1);
  tls->key = PEM_read_bio_PrivateKey(bio, NULL, on_passphrase, &passphrase);
  BIO_free(bio);
  if (tls->key == NULL && passphrase.asked) {
    const char *why = secret.text == NULL || secret.text[0] == '\0'
                          ? "the key is encrypted: set ssl.key_passphrase or ssl.key_passphrase_path"
                          : "the passphrase does not decrypt the key";
    ERR_clear_error();
    return source_error(&source, error, why);
  }
  if (tls->key == NULL) {
    gboolean none = strstr(source.text, "PRIVATE KEY-----") == NULL;
    const char *why = reason();
    return source_error(&source, error, none ? "it holds no private key in PEM form" : why);
  }
  if (X509_check_private_key(tls->certificate, tls->key) == 1)
    return TRUE;
  ERR_clear_error();
  return source_error(&source, error, "the key is not that of ssl.certificate");
}

static gboolean
load_certificate(LfTls *tls, const LfSslSettings *s, GError **error)
{
  g_auto(Source) source = {.option = "ssl.certificate", .place = s->certificate_place};
  if (!source_read(&source, s->certificate, error))
    return FALSE;
  tls->chain = read_certificates(&source, error);
  if (tls->chain == NULL)
    return FALSE;
  if (sk_X509_num(tls->chain) > CHAIN_MAX)
    return source_error(&source, error, "it holds more certificates than a chain can have");
  tls->certificate = sk_X509_shift(tls->chain);
  return load_key(tls, s, error);
}

/* Suites that this OpenSSL was built without (RC4, 3DES) are left out with a warning, as long as one is left. */
static gboolean
load_ciphers(LfTls *tls, const LfStrings *list, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  gboolean tls13 = FALSE;
  SSL_CTX *probe = SSL_CTX_new(TLS_client_method());
  for (guint i = 0; i < list->n; i++) {
    gboolean is13 = FALSE;
    const char *name = lf_ssl_cipher(list->items[i], &is13);
    tls13 |= is13;
    if (name == NULL || is13)
      continue;
    if (SSL_CTX_set_cipher_list(probe, name) == 1) {
      g_ptr_array_add(names, (gpointer)name);
      continue;
    }
    g_autofree char *place = lf_place_format(list->places[i]);
    lf_log_warning("config", "%sssl.cipher_suites: this OpenSSL has no %s; it is left out", place, list->items[i]);
  }
  SSL_CTX_free(probe);
  ERR_clear_error();
  if (names->len == 0 && list->n > 0 && !tls13)
    return lf_place_error(error, list->places[0], LF_CONFIG_ERROR_INVALID,
                          "ssl.cipher_suites: this OpenSSL has none of them");
  g_ptr_array_add(names, NULL);
  if (names->len > 1)
    tls->ciphers = g_strjoinv(":", (char **)names->pdata);
  return TRUE;
}

static gboolean
load(LfTls *tls, const LfSslSettings *s, GError **error)
{
  if (s->certificate_authorities.n == 0)
    load_system(tls);
  else if (!load_authorities(tls, &s->certificate_authorities, error))
    return FALSE;
  if (s->certificate != NULL && !load_certificate(tls, s, error))
    return FALSE;
  if (!load_ciphers(tls, &s->cipher_suites, error))
    return FALSE;
  g_autoptr(GPtrArray) curves = g_ptr_array_new();
  for (guint i = 0; i < s->curve_types.n; i++)
    g_ptr_array_add(curves, (gpointer)s->curve_types.items[i]);
  g_ptr_array_add(curves, NULL);
  if (curves->len > 1)
    tls->curves = g_strjoinv(":", (char **)curves->pdata);
  tls->pins = g_malloc0_n(MAX(s->ca_sha256.n, 1), sizeof *tls->pins);
  for (guint i = 0; i < s->ca_sha256.n; i++)
    tls->n_pins += lf_ssl_pin(s->ca_sha256.items[i], tls->pins[tls->n_pins]);
  tls->has_fingerprint =
      s->ca_trusted_fingerprint != NULL && lf_ssl_fingerprint(s->ca_trusted_fingerprint, tls->fingerprint);
  return TRUE;
}

LfTls *
lf_tls_new(const LfSslSettings *settings, GError **error)
{
  static const LfSslSettings off = {.protocols = LF_SSL_TLS1_2 | LF_SSL_TLS1_3};
  const LfSslSettings *s = settings->enabled ? settings : &off;
  LfTls *tls = g_new0(LfTls, 1);
  atomic_init(&tls->references, 1);
  tls->store = X509_STORE_new();
  tls->verification_mode = s->verification_mode;
  tls->renegotiation = s->renegotiation;
  tls->protocols = s->protocols;
  if (load(tls, s, error))
    return tls;
  lf_tls_unref(tls);
  return NULL;
}

static LfTls *system_tls;

static void
make_system(void)
{
  system_tls = lf_tls_new(&(LfSslSettings){0}, NULL);
}

const LfTls *
lf_tls_system(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_system);
  return system_tls;
}

LfTls *
lf_tls_ref(const LfTls *tls)
{
  LfTls *own = (LfTls *)tls;
  if (own != NULL)
    atomic_fetch_add(&own->references, 1);
  return own;
}

void
lf_tls_unref(LfTls *tls)
{
  if (tls == NULL || atomic_fetch_sub(&tls->references, 1) > 1)
    return;
  X509_STORE_free(tls->store);
  X509_free(tls->certificate);
  sk_X509_pop_free(tls->chain, X509_free);
  EVP_PKEY_free(tls->key);
  g_free(tls->ciphers);
  g_free(tls->curves);
  g_free(tls->pins);
  g_free(tls);
}

/* One connection */

LfTlsHandshake *
lf_tls_handshake_new(const LfTls *tls, const char *host)
{
  LfTlsHandshake *h = g_new0(LfTlsHandshake, 1);
  atomic_init(&h->references, 1);
  h->tls = lf_tls_ref(tls);
  h->host = g_strdup(host);
  h->alert_read = h->alert_written = -1;
  gsize n = strlen(h->host);
  if (n > 1 && h->host[n - 1] == '.') /* no certificate names the root */
    h->host[n - 1] = '\0';
  return h;
}

void
lf_tls_handshake_unref(LfTlsHandshake *h)
{
  if (h == NULL || atomic_fetch_sub(&h->references, 1) > 1)
    return;
  lf_tls_unref(h->tls);
  g_free(h->host);
  g_free(h->problem);
  g_free(h);
}

static int slot = -1;

static void
on_context_freed(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
  lf_tls_handshake_unref(ptr);
}

static void
make_slot(void)
{
  slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_context_freed);
  g_assert(slot >= 0);
}

static LfTlsHandshake *
handshake_of(const SSL *ssl)
{
  return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
}

/* Keeps fatal alerts, and counts handshakes where one more than the first is allowed. */
static void
on_info(const SSL *ssl, int where, int value)
{
  enum { FATAL = 2 };
  LfTlsHandshake *h = handshake_of(ssl);
  if ((where & SSL_CB_ALERT) && value >> 8 == FATAL)
    *(where & SSL_CB_READ ? &h->alert_read : &h->alert_written) = value & 0xff;
  if ((where & SSL_CB_HANDSHAKE_DONE) && ++h->handshakes == 2 && h->tls->renegotiation == LF_SSL_ONCE)
    SSL_set_options((SSL *)ssl, SSL_OP_NO_RENEGOTIATION);
}

/* Called where the server asks for a client certificate. */
static int
on_client_certificate(SSL *ssl, void *data)
{
  handshake_of(ssl)->asked = TRUE;
  return 1;
}

static gboolean
set_protocols(SSL_CTX *ctx, guint bits)
{
  int least = 0, most = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++)
    if (bits & protocols[i].bit) {
      least = least == 0 ? protocols[i].version : least;
      most = protocols[i].version;
    } else {
      SSL_CTX_set_options(ctx, protocols[i].off);
    }
  if (bits & (LF_SSL_TLS1_0 | LF_SSL_TLS1_1))
    SSL_CTX_set_security_level(ctx, 0); /* their signatures are by SHA-1 and MD5, which OpenSSL 3 allows at no other */
  return SSL_CTX_set_min_proto_version(ctx, least) == 1 && SSL_CTX_set_max_proto_version(ctx, most) == 1;
}

static gboolean
set_certificate(SSL_CTX *ctx, const LfTls *tls)
{
  SSL_CTX_set_cert_cb(ctx, on_client_certificate, NULL);
  if (tls->certificate == NULL)
    return TRUE;
  return SSL_CTX_use_certificate(ctx, tls->certificate) == 1 && SSL_CTX_set1_chain(ctx, tls->chain) == 1 &&
         SSL_CTX_use_PrivateKey(ctx, tls->key) == 1;
}

gboolean
lf_tls_is_verifying(void *ssl_ctx)
{
  return SSL_CTX_get_verify_mode(ssl_ctx) != SSL_VERIFY_NONE;
}

gboolean
lf_tls_configure(LfTlsHandshake *h, void *ssl_ctx)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_slot);
  SSL_CTX *ctx = ssl_ctx;
  const LfTls *tls = h->tls;
  if (SSL_CTX_get_ex_data(ctx, slot) != NULL || SSL_CTX_set_ex_data(ctx, slot, h) != 1)
    return FALSE;
  atomic_fetch_add(&h->references, 1);
  g_clear_pointer(&h->problem, g_free);
  h->alert_read = h->alert_written = -1;
  h->asked = FALSE;
  h->handshakes = 0;
  SSL_CTX_set_cert_verify_callback(ctx, lf_tls_verify, h);
  SSL_CTX_set_verify(ctx, tls->verification_mode == LF_SSL_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_info_callback(ctx, on_info);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  if (tls->renegotiation == LF_SSL_NEVER)
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
  gboolean ok = set_protocols(ctx, tls->protocols) && set_certificate(ctx, tls) &&
                (tls->ciphers == NULL || SSL_CTX_set_cipher_list(ctx, tls->ciphers) == 1) &&
                (tls->curves == NULL || SSL_CTX_set1_groups_list(ctx, tls->curves) == 1);
  ERR_clear_error();
  return ok;
}
