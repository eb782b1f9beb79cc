/* The `ssl` settings: their table, and the checks between them. */
#include "config/ssl.h"

#include <string.h>

#define AT(member) .offset = offsetof(LfSslSettings, member)

static const char server_side[] = "it is for servers, and this is a client";

static const char *const verifications[] = {"full", "strict", "certificate", "none", NULL};
static const char *const renegotiations[] = {"never", "once", "freely", NULL};

static const LfOption rows[] = {
    {"enabled", LF_OPTION_BOOL, AT(enabled), .fallback = "true",
     .doc = "false: the other ssl settings are not looked at (https stays https)"},
    {"certificate_authorities", LF_OPTION_STRINGS, AT(certificate_authorities),
     .doc = "files or PEM texts of the authorities that are trusted, in place of the system's"},
    {"certificate", LF_OPTION_STRING, AT(certificate),
     .doc = "a file or PEM text: the client's certificate, and those between it and its authority"},
    {"key", LF_OPTION_STRING, LF_OPTION_SECRET, AT(key), .doc = "a file or PEM text: the certificate's private key"},
    {"key_passphrase", LF_OPTION_STRING, LF_OPTION_SECRET, AT(key_passphrase), .doc = "what decrypts the key"},
    {"key_passphrase_path", LF_OPTION_STRING, AT(key_passphrase_path),
     .doc = "a file that holds what decrypts the key"},
    {"verification_mode", LF_OPTION_ENUM, LF_OPTION_ANY_CASE, AT(verification_mode), .fallback = "full",
     .words = verifications, .doc = "what is checked of the server's certificate: chain and name, chain, nothing"},
    {"supported_protocols", LF_OPTION_STRINGS, AT(supported_protocols),
     .doc = "TLSv1.1, TLSv1.2, TLSv1.3; the last two unless set"},
    {"cipher_suites", LF_OPTION_STRINGS, AT(cipher_suites), .doc = "cipher suites below TLS 1.3, the first preferred"},
    {"curve_types", LF_OPTION_STRINGS, AT(curve_types), .doc = "P-256, P-384, P-521, X25519, the first preferred"},
    {"ca_sha256", LF_OPTION_STRINGS, AT(ca_sha256),
     .doc = "base64 of the SHA-256 of a public key (SubjectPublicKeyInfo), one of which the verified chain must have"},
    {"ca_trusted_fingerprint", LF_OPTION_STRING, AT(ca_trusted_fingerprint),
     .doc = "hexadecimal SHA-256 of an authority's certificate that is trusted when the server sends it"},
    {"renegotiation", LF_OPTION_ENUM, AT(renegotiation), .fallback = "never", .words = renegotiations,
     .doc = "whether a server may ask for a new handshake"},
    {"client_authentication", LF_OPTION_IGNORED, .doc = server_side},
    {"restart_on_cert_change.enabled", LF_OPTION_IGNORED, .fallback = "false",
     .doc = "certificate files are read at the start; restart after changing them"},
    {"restart_on_cert_change.period", LF_OPTION_IGNORED, .doc = "certificate files are read at the start"},
};

const LfOptionTable lf_ssl_options = {LF_OPTION_TABLE_OF(rows), .empty_is_unset = TRUE};

static const struct {
  const char *name;
  guint bit;
} protocols[] = {
    {"TLSv1", LF_SSL_TLS1_0},   {"TLSv1.0", LF_SSL_TLS1_0}, {"TLSv1.1", LF_SSL_TLS1_1},
    {"TLSv1.2", LF_SSL_TLS1_2}, {"TLSv1.3", LF_SSL_TLS1_3},
};

/* The names of Filebeat's page, and IANA's, which Go has too. The page says POLY1205 of one; both are taken. */
static const struct {
  const char *page;
  const char *iana;
  const char *openssl;
  gboolean tls13;
} ciphers[] = {
    {"ECDHE-ECDSA-AES-128-CBC-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA", FALSE},
    {"ECDHE-ECDSA-AES-128-CBC-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", FALSE},
    {"ECDHE-ECDSA-AES-128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256",
     FALSE},
    {"ECDHE-ECDSA-AES-256-CBC-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA", FALSE},
    {"ECDHE-ECDSA-AES-256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384",
     FALSE},
    {"ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
     FALSE},
    {"ECDHE-ECDSA-RC4-128-SHA", "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "ECDHE-ECDSA-RC4-SHA", FALSE},
    {"ECDHE-RSA-3DES-CBC3-SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA", FALSE},
    {"ECDHE-RSA-AES-128-CBC-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", FALSE},
    {"ECDHE-RSA-AES-128-CBC-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", FALSE},
    {"ECDHE-RSA-AES-128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", FALSE},
    {"ECDHE-RSA-AES-256-CBC-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA", FALSE},
    {"ECDHE-RSA-AES-256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", FALSE},
    {"ECDHE-RSA-CHACHA20-POLY1205", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
     FALSE},
    {"ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-CHACHA20-POLY1305", FALSE},
    {"ECDHE-RSA-RC4-128-SHA", "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA", FALSE},
    {"RSA-3DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", FALSE},
    {"RSA-AES-128-CBC-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", FALSE},
    {"RSA-AES-128-CBC-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", FALSE},
    {"RSA-AES-128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", FALSE},
    {"RSA-AES-256-CBC-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", FALSE},
    {"RSA-AES-256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", FALSE},
    {"RSA-RC4-128-SHA", "TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA", FALSE},
    {"TLS-AES-128-GCM-SHA256", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", TRUE},
    {"TLS-AES-256-GCM-SHA384", "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", TRUE},
    {"TLS-CHACHA20-POLY1305-SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", TRUE},
};

static const char *const curves[] = {"P-256", "P-384", "P-521", "X25519"};

const char *
lf_ssl_cipher(const char *name, gboolean *tls13)
{
  for (gsize i = 0; i < G_N_ELEMENTS(ciphers); i++)
    if (strcmp(name, ciphers[i].page) == 0 || strcmp(name, ciphers[i].iana) == 0) {
      if (tls13 != NULL)
        *tls13 = ciphers[i].tls13;
      return ciphers[i].openssl;
    }
  return NULL;
}

gboolean
lf_ssl_is_pem(const char *text)
{
  return g_str_has_prefix(text + strspn(text, " \t\r\n"), "-----BEGIN ");
}

gboolean
lf_ssl_fingerprint(const char *text, guint8 out[32])
{
  gsize n = 0;
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == ':' && n % 2 == 0 && n > 0)
      continue;
    int digit = g_ascii_xdigit_value(*p);
    if (digit < 0 || n >= 64)
      return FALSE;
    out[n / 2] = (guint8)(n % 2 == 0 ? digit << 4 : out[n / 2] | digit);
    n++;
  }
  return n == 64;
}

gboolean
lf_ssl_pin(const char *text, guint8 out[32])
{
  enum { BASE64_LEN = 44 };
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (strlen(text) != BASE64_LEN || strspn(text, alphabet) != BASE64_LEN - 1 || text[BASE64_LEN - 1] != '=')
    return FALSE;
  gsize n = 0;
  g_autofree guchar *bytes = g_base64_decode(text, &n);
  if (n != 32)
    return FALSE;
  memcpy(out, bytes, 32);
  return TRUE;
}

static gboolean
same_strings(const LfStrings *a, const LfStrings *b)
{
  for (guint i = 0; i < a->n && i < b->n; i++)
    if (strcmp(a->items[i], b->items[i]) != 0)
      return FALSE;
  return a->n == b->n;
}

gboolean
lf_ssl_equal(const LfSslSettings *a, const LfSslSettings *b)
{
  const LfStrings *const lists[][2] = {{&a->certificate_authorities, &b->certificate_authorities},
                                       {&a->cipher_suites, &b->cipher_suites},
                                       {&a->curve_types, &b->curve_types},
                                       {&a->ca_sha256, &b->ca_sha256}};
  const char *const texts[][2] = {{a->certificate, b->certificate},
                                  {a->key, b->key},
                                  {a->key_passphrase, b->key_passphrase},
                                  {a->key_passphrase_path, b->key_passphrase_path},
                                  {a->ca_trusted_fingerprint, b->ca_trusted_fingerprint}};
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (!same_strings(lists[i][0], lists[i][1]))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    if (g_strcmp0(texts[i][0], texts[i][1]) != 0)
      return FALSE;
  return a->enabled == b->enabled && a->verification_mode == b->verification_mode && a->protocols == b->protocols &&
         a->renegotiation == b->renegotiation;
}

/* go-ucfg's texts for false (strconv.ParseBool's). */
static gboolean
is_false(const LfNode *node)
{
  static const char *const words[] = {"0", "f", "F", "false", "FALSE", "False"};
  if (node == NULL || node->type == LF_NODE_BOOL)
    return node != NULL && !node->b;
  for (gsize i = 0; node->type == LF_NODE_STRING && i < G_N_ELEMENTS(words); i++)
    if (lf_slice_equal(node->text, lf_slice_str(words[i])))
      return TRUE;
  return FALSE;
}

const LfNode *
lf_ssl_without_disabled(LfArena *arena, const LfNode *map)
{
  const LfNode *ssl = lf_node_get(map, "ssl");
  if (ssl == NULL || ssl->type != LF_NODE_MAP || !is_false(lf_node_get(ssl, "enabled")))
    return map;
  LfNode *copy = lf_node_clone(arena, map);
  LfNode *off = lf_node_new(arena, LF_NODE_MAP, ssl->place);
  lf_node_set(arena, off, LF_SLICE_LIT("enabled"), ssl->place, lf_node_clone(arena, lf_node_get(ssl, "enabled")));
  lf_node_set(arena, copy, LF_SLICE_LIT("ssl"), ssl->place, off);
  return copy;
}

/* One check over settings that were read. */
typedef struct {
  LfSslSettings *s;
  const char *name;
  const LfOptionReport *report;
  LfPlace block;
  LfNotes *notes;
  GError **error;
} Check;

static LfPlace
place_of(const Check *c, const char *option)
{
  g_autofree char *full = g_strdup_printf("%s.%s", c->name, option);
  const LfOptionSeen *seen = lf_option_report_get(c->report, full);
  return seen != NULL ? seen->place : c->block;
}

/* A text that is no known one: what there is, and what was perhaps meant. */
static gboolean
unknown(const Check *c, LfPlace place, const char *option, const char *found, const char *const *known, guint n)
{
  const char *near = lf_option_near(found, known, n);
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; i < n; i++)
    g_ptr_array_add(all, (gpointer)known[i]);
  g_ptr_array_add(all, NULL);
  g_autofree char *list = g_strjoinv(", ", (char **)all->pdata);
  return lf_place_error(c->error, place, LF_CONFIG_ERROR_INVALID, "%s.%s does not know \"%.100s\"%s%s%s There are: %s",
                        c->name, option, found, near != NULL ? "; did you mean " : ".", near != NULL ? near : "",
                        near != NULL ? "?" : "", list);
}

static gboolean
check_protocols(const Check *c)
{
  LfSslSettings *s = c->s;
  const char *known[G_N_ELEMENTS(protocols)];
  for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++)
    known[i] = protocols[i].name;
  s->protocols = s->supported_protocols.n == 0 ? LF_SSL_TLS1_2 | LF_SSL_TLS1_3 : 0;
  for (guint i = 0; i < s->supported_protocols.n; i++) {
    const char *word = s->supported_protocols.items[i];
    guint bit = 0;
    for (gsize k = 0; k < G_N_ELEMENTS(protocols); k++)
      if (strcmp(protocols[k].name, word) == 0)
        bit = protocols[k].bit;
    if (bit == 0)
      return unknown(c, s->supported_protocols.places[i], "supported_protocols", word, known, G_N_ELEMENTS(known));
    s->protocols |= bit;
  }
  return TRUE;
}

static gboolean
check_ciphers(const Check *c)
{
  const LfSslSettings *s = c->s;
  const char *known[G_N_ELEMENTS(ciphers)];
  gboolean only13 = s->cipher_suites.n > 0;
  for (gsize i = 0; i < G_N_ELEMENTS(ciphers); i++)
    known[i] = ciphers[i].page;
  for (guint i = 0; i < s->cipher_suites.n; i++) {
    gboolean tls13;
    if (lf_ssl_cipher(s->cipher_suites.items[i], &tls13) == NULL)
      return unknown(c, s->cipher_suites.places[i], "cipher_suites", s->cipher_suites.items[i], known,
                     G_N_ELEMENTS(known));
    only13 = only13 && tls13;
  }
  if (only13 && !(s->protocols & LF_SSL_TLS1_3))
    return lf_place_error(c->error, place_of(c, "cipher_suites"), LF_CONFIG_ERROR_INVALID,
                          "%s.cipher_suites has only suites of TLS 1.3, which %s.supported_protocols leaves out",
                          c->name, c->name);
  if (only13)
    c->s->protocols = LF_SSL_TLS1_3;
  return TRUE;
}

static gboolean
check_curves(const Check *c)
{
  const LfStrings *list = &c->s->curve_types;
  for (guint i = 0; i < list->n; i++) {
    gboolean found = FALSE;
    for (gsize k = 0; k < G_N_ELEMENTS(curves); k++)
      found |= strcmp(list->items[i], curves[k]) == 0;
    if (!found)
      return unknown(c, list->places[i], "curve_types", list->items[i], curves, G_N_ELEMENTS(curves));
  }
  return TRUE;
}

static gboolean
check_key(const Check *c)
{
  LfSslSettings *s = c->s;
  s->certificate_place = place_of(c, "certificate");
  s->key_place = place_of(c, "key");
  s->passphrase_path_place = place_of(c, "key_passphrase_path");
  if ((s->certificate == NULL) != (s->key == NULL)) {
    const char *has = s->key != NULL ? "key" : "certificate", *lacks = s->key != NULL ? "certificate" : "key";
    return lf_place_error(c->error, place_of(c, has), LF_CONFIG_ERROR_INVALID, "%s.%s needs %s.%s beside it", c->name,
                          has, c->name, lacks);
  }
  if (s->key == NULL && (s->key_passphrase != NULL || s->key_passphrase_path != NULL))
    lf_notes_add(c->notes, LF_LOG_WARNING,
                 place_of(c, s->key_passphrase != NULL ? "key_passphrase" : "key_passphrase_path"),
                 "%s.%s has no effect without %s.key", c->name,
                 s->key_passphrase != NULL ? "key_passphrase" : "key_passphrase_path", c->name);
  return TRUE;
}

static gboolean
check_pins(const Check *c)
{
  const LfSslSettings *s = c->s;
  guint8 digest[32];
  for (guint i = 0; i < s->ca_sha256.n; i++)
    if (!lf_ssl_pin(s->ca_sha256.items[i], digest))
      return lf_place_error(c->error, s->ca_sha256.places[i], LF_CONFIG_ERROR_INVALID,
                            "%s.ca_sha256 takes the base64 of a SHA-256 (44 characters), not \"%.100s\"", c->name,
                            s->ca_sha256.items[i]);
  if (s->ca_sha256.n > 0 && s->verification_mode == LF_SSL_NONE)
    return lf_place_error(c->error, place_of(c, "ca_sha256"), LF_CONFIG_ERROR_INVALID,
                          "%s.ca_sha256 cannot hold with %s.verification_mode: none: there is no verified chain then",
                          c->name, c->name);
  if (s->ca_trusted_fingerprint != NULL && !lf_ssl_fingerprint(s->ca_trusted_fingerprint, digest))
    return lf_place_error(c->error, place_of(c, "ca_trusted_fingerprint"), LF_CONFIG_ERROR_INVALID,
                          "%s.ca_trusted_fingerprint takes a SHA-256 as 64 hexadecimal digits, not \"%.100s\"", c->name,
                          s->ca_trusted_fingerprint);
  return TRUE;
}

static gboolean
check_authorities(const Check *c)
{
  const LfStrings *list = &c->s->certificate_authorities;
  for (guint i = 0; i < list->n; i++)
    if (list->items[i][0] == '\0')
      return lf_place_error(c->error, list->places[i], LF_CONFIG_ERROR_INVALID,
                            "%s.certificate_authorities has an empty entry: give a file or a PEM text", c->name);
  return TRUE;
}

gboolean
lf_ssl_check(LfSslSettings *settings, const char *name, const LfOptionReport *report, LfPlace block, LfNotes *notes,
             GError **error)
{
  Check c = {settings, name, report, block, notes, error};
  if (!check_protocols(&c) || !check_ciphers(&c) || !check_curves(&c) || !check_key(&c) || !check_pins(&c) ||
      !check_authorities(&c))
    return FALSE;
  if (settings->verification_mode == LF_SSL_NONE)
    lf_notes_add(notes, LF_LOG_WARNING, place_of(&c, "verification_mode"),
                 "%s.verification_mode: none lets anybody on the way pass for the server", name);
  return TRUE;
}
