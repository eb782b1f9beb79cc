/* TLS as a client: what `ssl` settings make of a connection, and what a person is told when one fails. */
#ifndef LF_NET_TLS_H
#define LF_NET_TLS_H

#include "config/ssl.h"

/* Authorities, certificate, key and rules, read once. Immutable, counted by references; any thread. */
typedef struct LfTls LfTls;

/* Reads the files that the settings name, and checks what is in them. Settings that are switched off give the system's
 * authorities. Returns: (transfer full) (nullable): NULL with LF_CONFIG_ERROR at the setting's place that names the file
 * and what OpenSSL says of it. */
LfTls *lf_tls_new(const LfSslSettings *settings, GError **error);

/* The system's authorities (SSL_CERT_FILE, SSL_CERT_DIR, else /etc/ssl/certs), TLS 1.2 and 1.3. Made once a process.
 * Returns: (transfer none). */
const LfTls *lf_tls_system(void);

/* One reference more, one less. NULL is allowed. */
LfTls *lf_tls_ref(const LfTls *tls);
void lf_tls_unref(LfTls *tls);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfTls, lf_tls_unref)

/* What is seen of one connection's handshake. Counted: the connection holds it as long as it lives. */
typedef struct LfTlsHandshake LfTlsHandshake;

/* A handshake that is to come with `host`, a name or an address without brackets. (transfer full) */
LfTlsHandshake *lf_tls_handshake_new(const LfTls *tls, const char *host);
void lf_tls_handshake_unref(LfTlsHandshake *handshake);

/* Makes a connection's SSL_CTX (of OpenSSL, borrowed) what the settings ask for: verification is done here alone, whatever
 * else the context says. Returns: FALSE where OpenSSL refuses, so that the connection must not be made. */
gboolean lf_tls_configure(LfTlsHandshake *handshake, void *ssl_ctx);

/* Whether whoever made an SSL_CTX asked OpenSSL to verify the peer. */
gboolean lf_tls_is_verifying(void *ssl_ctx);

/* What is wrong with the server, or with what it says of the client, in words a person can act on. `said` (nullable) is
 * how the connection's user puts the failure. Returns: (transfer full) (nullable): NULL where nothing is known that would
 * not go away by itself. */
char *lf_tls_handshake_problem(const LfTlsHandshake *handshake, const char *said);

/* What may be the reason where a new connection ended before anything was answered. In TLS 1.3 a server judges the client's
 * certificate when the handshake is over for the client: what it says of it is lost where it closes the connection while the
 * client sends (RFC 8446, 4.4.2.4 and 6.2). Returns: (transfer none) (nullable): static. */
const char *lf_tls_handshake_hint(const LfTlsHandshake *handshake);

#endif
