/* TLS as a client: whether a server's certificate is to be trusted, and the words for why not. */
#include "base/buf.h"
#include "net/tls_internal.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { NAMES_MAX = 10, NAME_LEN_MAX = 100, SUBJECT_MAX = 200, PINS_SHOWN = 5 };

/* A distinguished name by RFC 2253, cut, printable. (transfer full) */
static char *
name_text(const X509_NAME *name)
{
  BIO *bio = BIO_new(BIO_s_mem());
  char *data = NULL;
  X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
  long n = BIO_get_mem_data(bio, &data);
  char *text = g_strndup(n > 0 ? data : "", (gsize)CLAMP(n, 0, SUBJECT_MAX));
  BIO_free(bio);
  return text[0] != '\0' ? text : (g_free(text), g_strdup("without a subject"));
}

/* "2024-01-31 10:00:00 UTC". (transfer full) */
static char *
time_text(const ASN1_TIME *time)
{
  struct tm tm = {0};
  if (ASN1_TIME_to_tm(time, &tm) != 1)
    return g_strdup("a time that cannot be read");
  return g_strdup_printf("%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                         tm.tm_min, tm.tm_sec);
}

static void
add_name(LfBuf *out, guint *n, const char *text, int len)
{
  if ((*n)++ >= NAMES_MAX)
    return;
  if (out->len > 0)
    lf_buf_append_str(out, ", ");
  for (int i = 0; i < MIN(len, NAME_LEN_MAX); i++)
    lf_buf_append_char(out, g_ascii_isgraph(text[i]) ? text[i] : '?');
}

/* The alternative names of a certificate that can be a server's. Returns: how many. */
static guint
alternative_names(X509 *cert, LfBuf *out)
{
  guint n = 0;
  GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    char text[INET6_ADDRSTRLEN];
    if (name->type == GEN_DNS) {
      add_name(out, &n, (const char *)ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      int len = ASN1_STRING_length(name->d.iPAddress);
      if ((len == 4 || len == 16) &&
          inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text) != NULL)
        add_name(out, &n, text, (int)strlen(text));
    }
  }
  GENERAL_NAMES_free(names);
  if (n > NAMES_MAX)
    lf_buf_printf(out, " and %u more", n - NAMES_MAX);
  ERR_clear_error();
  return n;
}

/* Trusts the pinned authority's certificate where the server sends it. */
static void
trust_fingerprint(const LfTls *tls, STACK_OF(X509) * offered)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned len;
  for (int i = 0; tls->has_fingerprint && i < sk_X509_num(offered); i++) {
    X509 *cert = sk_X509_value(offered, i);
    if (X509_digest(cert, EVP_sha256(), digest, &len) == 1 && len == LF_TLS_DIGEST &&
        memcmp(digest, tls->fingerprint, LF_TLS_DIGEST) == 0 && X509_check_ca(cert) > 0)
      X509_STORE_add_cert(tls->store, cert);
  }
}

/* The SHA-256 of a certificate's SubjectPublicKeyInfo. */
static gboolean
pin_of(X509 *cert, guint8 out[LF_TLS_DIGEST])
{
  guchar *der = NULL;
  int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
  gboolean ok = len > 0 && EVP_Digest(der, (gsize)len, out, NULL, EVP_sha256(), NULL) == 1;
  OPENSSL_free(der);
  return ok;
}

static gboolean
check_pins(LfTlsHandshake *h, STACK_OF(X509) * chain)
{
  const LfTls *tls = h->tls;
  g_auto(LfBuf) seen = {0};
  guint8 digest[LF_TLS_DIGEST];
  for (int i = 0; i < sk_X509_num(chain); i++) {
    X509 *cert = sk_X509_value(chain, i);
    if (!pin_of(cert, digest))
      continue;
    for (guint k = 0; k < tls->n_pins; k++)
      if (memcmp(digest, tls->pins[k], LF_TLS_DIGEST) == 0)
        return TRUE;
    if (i >= PINS_SHOWN)
      continue;
    g_autofree char *subject = name_text(X509_get_subject_name(cert)), *text = g_base64_encode(digest, LF_TLS_DIGEST);
    lf_buf_printf(&seen, "%s%s (%s)", seen.len > 0 ? ", " : "", text, subject);
  }
  if (tls->n_pins == 0)
    return TRUE;
  h->problem =
      g_strdup_printf("none of the pins in ssl.ca_sha256 is in the server's chain, which has %.*s; is this the "
                      "right server?",
                      (int)seen.len, seen.p);
  return FALSE;
}

static gboolean
matches(X509 *cert, const char *host, guint n_names, gboolean strict)
{
  guint8 address[16];
  gboolean is_address = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
  guint flags =
      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | (strict || n_names > 0 ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0);
  if (is_address && n_names > 0)
    return X509_check_ip_asc(cert, host, 0) == 1;
  return X509_check_host(cert, host, strlen(host), flags, NULL) == 1;
}

/* The name, where the mode asks for it. A common name counts only where there is no other, and not when strict. */
static gboolean
check_name(LfTlsHandshake *h, X509 *cert)
{
  int mode = h->tls->verification_mode;
  if (mode != LF_SSL_FULL && mode != LF_SSL_STRICT)
    return TRUE;
  g_auto(LfBuf) names = {0};
  guint n = alternative_names(cert, &names);
  g_autofree char *subject = name_text(X509_get_subject_name(cert));
  if (n == 0 && mode == LF_SSL_STRICT) {
    h->problem =
        g_strdup_printf("its certificate (%s) has no alternative name (SAN), which ssl.verification_mode: strict "
                        "asks for; the server needs one, or the mode has to be full",
                        subject);
    return FALSE;
  }
  if (matches(cert, h->host, n, mode == LF_SSL_STRICT))
    return TRUE;
  if (n > 0)
    h->problem =
        g_strdup_printf("its certificate is for %.*s, not for %s: connect by one of these names (the endpoint), or "
                        "set ssl.verification_mode: certificate, which does not look at names",
                        (int)names.len, names.p, h->host);
  else
    h->problem = g_strdup_printf("its certificate (%s) does not name %s: the server needs one that does, or set "
                                 "ssl.verification_mode: certificate, which does not look at names",
                                 subject, h->host);
  return FALSE;
}

static gboolean
is_unknown_authority(int error)
{
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN || error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE || error == X509_V_ERR_CERT_UNTRUSTED;
}

/* The words for a chain that does not hold. */
static char *
chain_problem(const LfTls *tls, X509 *cert, int error)
{
  g_autofree char *subject = name_text(X509_get_subject_name(cert)), *issuer = name_text(X509_get_issuer_name(cert));
  if (error == X509_V_ERR_CERT_HAS_EXPIRED) {
    g_autofree char *end = time_text(X509_get0_notAfter(cert));
    return g_strdup_printf("the certificate %s expired on %s: it has to be renewed (or this machine's clock is wrong)",
                           subject, end);
  }
  if (error == X509_V_ERR_CERT_NOT_YET_VALID) {
    g_autofree char *begin = time_text(X509_get0_notBefore(cert));
    return g_strdup_printf("the certificate %s is valid from %s on: is this machine's clock right?", subject, begin);
  }
  if (!is_unknown_authority(error))
    return g_strdup_printf("the certificate %s is not taken: %s", subject, X509_verify_cert_error_string(error));
  return g_strdup_printf(
      "its certificate comes from an unknown authority: %s, issued by %s, which %s. If the server is "
      "right, name its authority's certificate in ssl.certificate_authorities",
      subject, issuer,
      tls->has_fingerprint   ? "is neither trusted nor has ssl.ca_trusted_fingerprint"
      : tls->own_authorities ? "ssl.certificate_authorities does not have"
                             : "the system does not trust");
}

/* A context of its own with this store alone: what whoever made the connection put into the context does not count. */
static X509_STORE_CTX *
inner_context(const LfTls *tls, X509_STORE_CTX *outer)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data(outer, SSL_get_ex_data_X509_STORE_CTX_idx());
  X509_STORE_CTX *inner = X509_STORE_CTX_new();
  if (inner == NULL || ssl == NULL ||
      X509_STORE_CTX_init(inner, tls->store, X509_STORE_CTX_get0_cert(outer), X509_STORE_CTX_get0_untrusted(outer)) !=
          1 ||
      X509_STORE_CTX_set_default(inner, "ssl_server") != 1) {
    X509_STORE_CTX_free(inner);
    return NULL;
  }
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(inner);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(param, SSL_get_security_level(ssl));
  return inner;
}

int
lf_tls_verify(X509_STORE_CTX *outer, void *data)
{
  LfTlsHandshake *h = data;
  const LfTls *tls = h->tls;
  if (tls->verification_mode == LF_SSL_NONE) {
    X509_STORE_CTX_set_error(outer, X509_V_OK);
    return 1;
  }
  g_clear_pointer(&h->problem, g_free);
  trust_fingerprint(tls, X509_STORE_CTX_get0_untrusted(outer));
  X509_STORE_CTX *inner = inner_context(tls, outer);
  X509 *leaf = X509_STORE_CTX_get0_cert(outer);
  int error = X509_V_ERR_OUT_OF_MEM;
  if (inner != NULL && X509_verify_cert(inner) == 1) {
    error = X509_V_OK;
    if (!check_pins(h, X509_STORE_CTX_get0_chain(inner)))
      error = X509_V_ERR_APPLICATION_VERIFICATION;
    else if (!check_name(h, leaf))
      error = X509_V_ERR_HOSTNAME_MISMATCH;
  } else if (inner != NULL) {
    error = X509_STORE_CTX_get_error(inner);
    error = error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
    X509 *cert = X509_STORE_CTX_get_current_cert(inner);
    h->problem = chain_problem(tls, cert != NULL ? cert : leaf, error);
  }
  X509_STORE_CTX_free(inner);
  ERR_clear_error();
  X509_STORE_CTX_set_error(outer, error);
  return error == X509_V_OK;
}

/* What the server, or this side, said to end the handshake. */
static char *
alert_problem(const LfTlsHandshake *h, int alert, gboolean theirs, const char *said)
{
  static const char no_certificate[] =
      "the server asks for a client certificate: set ssl.certificate and ssl.key to one that it takes";
  const LfTls *tls = h->tls;
  g_autofree char *list = lf_tls_protocols_text(tls->protocols);
  switch (alert) {
  case SSL_AD_PROTOCOL_VERSION:
    return g_strdup_printf("the server and ssl.supported_protocols (%s) have no TLS version in common", list);
  case SSL_AD_INTERNAL_ERROR: /* of a server: perhaps not for ever; of this side: no suite is left to offer, say */
    return theirs ? NULL : g_strdup(said);
  case SSL_AD_USER_CANCELLED:
    return NULL;
  case TLS13_AD_CERTIFICATE_REQUIRED:
    return g_strdup(no_certificate);
  default:
    break;
  }
  gboolean about_certificate = alert == SSL_AD_BAD_CERTIFICATE || alert == SSL_AD_UNSUPPORTED_CERTIFICATE ||
                               alert == SSL_AD_CERTIFICATE_REVOKED || alert == SSL_AD_CERTIFICATE_EXPIRED ||
                               alert == SSL_AD_CERTIFICATE_UNKNOWN || alert == SSL_AD_UNKNOWN_CA ||
                               alert == SSL_AD_ACCESS_DENIED || alert == SSL_AD_DECRYPT_ERROR;
  if (theirs && h->asked && tls->certificate == NULL)
    return g_strdup(no_certificate);
  if (theirs && about_certificate && tls->certificate != NULL)
    return g_strdup_printf("the server does not take the client certificate of ssl.certificate: %s",
                           SSL_alert_desc_string_long(alert));
  if (alert == SSL_AD_HANDSHAKE_FAILURE || alert == SSL_AD_INSUFFICIENT_SECURITY)
    return g_strdup_printf(
        "the server takes none of the cipher suites, curves and TLS versions (%s) that it is offered%s", list,
        tls->ciphers != NULL || tls->curves != NULL ? ": see ssl.cipher_suites and ssl.curve_types" : "");
  return g_strdup_printf("%s ended the handshake: %s", theirs ? "the server" : "this side",
                         SSL_alert_desc_string_long(alert));
}

char *
lf_tls_handshake_problem(const LfTlsHandshake *h, const char *said)
{
  g_autofree char *what = g_strdup(h->problem);
  if (what == NULL && h->alert_read >= 0)
    what = alert_problem(h, h->alert_read, TRUE, said);
  else if (what == NULL && said != NULL && strstr(said, "wrong version number") != NULL)
    what = g_strdup("what answers there does not speak TLS: is it the right port, and https?");
  else if (what == NULL && h->alert_written >= 0)
    what = alert_problem(h, h->alert_written, FALSE, said);
  return what != NULL ? g_strdup_printf("TLS with %s: %s", h->host, what) : NULL;
}

const char *
lf_tls_handshake_hint(const LfTlsHandshake *h)
{
  if (!h->asked)
    return NULL;
  return h->tls->certificate == NULL ? "the server asks for a client certificate and may not go on without: set "
                                       "ssl.certificate and ssl.key to one that it takes"
                                     : "the server asks for a client certificate: it may not take that of "
                                       "ssl.certificate";
}
