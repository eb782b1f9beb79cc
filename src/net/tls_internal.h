/* What the files of TLS know of each other. */
#ifndef LF_NET_TLS_INTERNAL_H
#define LF_NET_TLS_INTERNAL_H

#include "net/tls.h"

#include <stdatomic.h>

#include <openssl/ssl.h>

enum { LF_TLS_DIGEST = 32 };

struct LfTls {
  atomic_int references;
  X509_STORE *store;
  gboolean own_authorities; /* the store has what the settings name, not the system's */
  X509 *certificate;        /* (nullable) */
  STACK_OF(X509) * chain;   /* (nullable) above the certificate */
  EVP_PKEY *key;            /* (nullable) */
  int verification_mode;
  int renegotiation;
  guint protocols;
  char *ciphers; /* (nullable) OpenSSL's names */
  char *curves;  /* (nullable) */
  guint8 (*pins)[LF_TLS_DIGEST];
  guint n_pins;
  gboolean has_fingerprint;
  guint8 fingerprint[LF_TLS_DIGEST];
};

struct LfTlsHandshake {
  atomic_int references;
  LfTls *tls;
  char *host;
  char *problem;     /* (nullable) what is wrong with the server's certificate */
  gboolean asked;    /* the server asks for a client certificate */
  int alert_read;    /* the server's fatal alert, -1 for none */
  int alert_written; /* ours */
  guint handshakes;  /* made on this connection */
};

/* OpenSSL's certificate verification callback; `data` is the LfTlsHandshake. Returns: 1 or 0. */
int lf_tls_verify(X509_STORE_CTX *outer, void *data);

/* The names of protocols, "TLSv1.2, TLSv1.3". (transfer full) */
char *lf_tls_protocols_text(guint protocols);

#endif
