/* The `ssl` settings of whatever speaks TLS as a client: one table for inputs and outputs. */
#ifndef LF_CONFIG_SSL_H
#define LF_CONFIG_SSL_H

#include "config/option/option.h"

/* How a server's certificate is verified. */
typedef enum {
  LF_SSL_FULL,        /* its chain and its name */
  LF_SSL_STRICT,      /* the same; a certificate without alternative names is an error */
  LF_SSL_CERTIFICATE, /* its chain alone */
  LF_SSL_NONE,        /* nothing */
} LfSslVerification;

/* Whether a server may ask for a new handshake on a connection (TLS 1.2 and below). */
typedef enum { LF_SSL_NEVER, LF_SSL_ONCE, LF_SSL_FREELY } LfSslRenegotiation;

/* Bits of `protocols`. */
enum { LF_SSL_TLS1_0 = 1, LF_SSL_TLS1_1 = 2, LF_SSL_TLS1_2 = 4, LF_SSL_TLS1_3 = 8 };

/* Checked settings, as Filebeat's page "Configure SSL" has them. Strings are NULL and lists empty where not set; they
 * live in the arena of the reading. `certificate_authorities`, `certificate` and `key` are paths or PEM text. */
typedef struct {
  gboolean enabled; /* FALSE: nothing else is set, and TLS works as if there were no settings */
  LfStrings certificate_authorities;
  const char *certificate;
  const char *key;
  const char *key_passphrase;
  const char *key_passphrase_path;
  int verification_mode; /* LfSslVerification */
  LfStrings supported_protocols;
  guint protocols; /* of supported_protocols, or the default's */
  LfStrings cipher_suites;
  LfStrings curve_types;
  LfStrings ca_sha256;
  const char *ca_trusted_fingerprint;
  int renegotiation; /* LfSslRenegotiation */
  LfPlace certificate_place;
  LfPlace key_place;
  LfPlace passphrase_path_place;
} LfSslSettings;

/* The table behind LfSslSettings, to be put into another as {"ssl", LF_OPTION_TABLE, .table = &lf_ssl_options}. */
extern const LfOptionTable lf_ssl_options;

/* The map without its `ssl` where that is switched off (`enabled: false`): its settings are not looked at then, as in
 * Filebeat. Returns: `map` itself, or a copy in the arena. */
const LfNode *lf_ssl_without_disabled(LfArena *arena, const LfNode *map);

/* Checks settings that were read and fills in what follows from them. `name` is the table's full name ("ssl"), `report`
 * what the reading saw, `block` the place of the map around it.
 * Returns: FALSE with LF_CONFIG_ERROR at the setting's place: an unknown protocol, cipher suite or curve, a certificate
 * without a key, a pin that is none, … */
gboolean lf_ssl_check(LfSslSettings *settings, const char *name, const LfOptionReport *report, LfPlace block,
                      LfNotes *notes, GError **error);

/* Whether both ask for the same; where they stand does not count. */
gboolean lf_ssl_equal(const LfSslSettings *a, const LfSslSettings *b);

/* Whether the text is PEM itself, not a path to it. */
gboolean lf_ssl_is_pem(const char *text);

/* OpenSSL's name of a cipher suite that Filebeat's page, Go or IANA call `name`. `*tls13` (nullable): whether it is one
 * of TLS 1.3. Returns: (transfer none) (nullable): NULL where it is unknown. */
const char *lf_ssl_cipher(const char *name, gboolean *tls13);

/* Reads a SHA-256 in hexadecimal, with or without colons, in any case. Returns: FALSE where it is none. */
gboolean lf_ssl_fingerprint(const char *text, guint8 out[32]);

/* Reads a SHA-256 in base64. Returns: FALSE where it is none. */
gboolean lf_ssl_pin(const char *text, guint8 out[32]);

#endif
