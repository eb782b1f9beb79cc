/* The ssl settings: their table, their defaults, the checks with their places. */
#include "config/ssl.h"
#include "support/tree.h"

#include <openssl/ssl.h>

typedef struct {
  LfArena *arena;
  LfSslSettings s;
  LfNotes notes;
  GError *error;
} Fixture;

static void
fixture_clear(Fixture *f)
{
  lf_arena_free(f->arena);
  lf_notes_clear(&f->notes);
  g_clear_error(&f->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

typedef struct {
  LfSslSettings ssl;
} Outer;

static const LfOption outer_rows[] = {
    {"ssl", LF_OPTION_TABLE, .offset = offsetof(Outer, ssl), .table = &lf_ssl_options},
};
static const LfOptionTable outer_table = {LF_OPTION_TABLE_OF(outer_rows), .empty_is_unset = TRUE};

/* Reads "ssl: <text>", as an input does. */
static gboolean
read_ssl(Fixture *f, const char *text)
{
  if (f->arena != NULL)
    fixture_clear(f);
  *f = (Fixture){.arena = lf_arena_new()};
  LfNode *map = test_read_tree(f->arena, text, &f->error);
  g_assert_no_error(f->error);
  LfOptionReport report = {0};
  LfOptionContext context = {.arena = f->arena, .prefix = "", .notes = &f->notes, .report = &report};
  Outer outer = {0};
  gboolean ok = lf_options_read(&outer_table, lf_ssl_without_disabled(f->arena, map), &context, &outer, &f->error) &&
                lf_ssl_check(&outer.ssl, "ssl", &report, map->place, &f->notes, &f->error);
  f->s = outer.ssl;
  return ok;
}

static void
assert_read(Fixture *f, const char *text)
{
  gboolean ok = read_ssl(f, text);
  g_assert_no_error(f->error);
  g_assert_true(ok);
}

static void
assert_fails(const char *text, const char *message)
{
  g_auto(Fixture) f = {0};
  g_assert_false(read_ssl(&f, text));
  g_assert_cmpstr(f.error->message, ==, message);
}

#define PIN "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define HEX "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"

static void
test_defaults(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, "ssl: {}\n");
  g_assert_true(f.s.enabled);
  g_assert_cmpuint(f.s.protocols, ==, LF_SSL_TLS1_2 | LF_SSL_TLS1_3);
  g_assert_cmpint(f.s.verification_mode, ==, LF_SSL_FULL);
  g_assert_cmpint(f.s.renegotiation, ==, LF_SSL_NEVER);
  g_assert_cmpuint(f.s.certificate_authorities.n, ==, 0);
  g_assert_null(f.s.key);
  g_assert_cmpuint(f.notes.n, ==, 0);
  assert_read(&f, "ssl: {certificate: '', key: '', ca_sha256: '', supported_protocols: '', verification_mode: ''}\n");
  g_assert_null(f.s.certificate);
  g_assert_cmpint(f.s.verification_mode, ==, LF_SSL_FULL);
}

static void
test_all(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, "ssl.certificate_authorities: [/a, /b]\nssl.certificate: /c\nssl.key: /k\nssl.key_passphrase: p\n"
                  "ssl.key_passphrase_path: /p\nssl.verification_mode: strict\n"
                  "ssl.supported_protocols: [TLSv1.1, TLSv1.3]\n"
                  "ssl.cipher_suites: [ECDHE-RSA-CHACHA20-POLY1205, RSA-AES-256-CBC-SHA]\n"
                  "ssl.curve_types: [P-384, X25519]\nssl.ca_sha256: " PIN "\nssl.ca_trusted_fingerprint: " HEX "\n"
                  "ssl.renegotiation: freely\n");
  g_assert_cmpuint(f.s.certificate_authorities.n, ==, 2);
  g_assert_cmpuint(f.s.protocols, ==, LF_SSL_TLS1_1 | LF_SSL_TLS1_3);
  g_assert_cmpint(f.s.verification_mode, ==, LF_SSL_STRICT);
  g_assert_cmpint(f.s.renegotiation, ==, LF_SSL_FREELY);
  g_assert_cmpuint(f.s.key_place.line, ==, 3);
  g_assert_cmpuint(f.notes.n, ==, 0);
  assert_read(&f, "ssl: {cipher_suites: TLS_AES_128_GCM_SHA256, verification_mode: FULL}\n");
  g_assert_cmpuint(f.s.protocols, ==, LF_SSL_TLS1_3); /* nothing is left for TLS 1.2 */
}

static void
test_checks(void)
{
  assert_fails("ssl:\n  supported_protocols: [TLSv1.2, TLSv1.4]\n",
               "f.yml:2:34: ssl.supported_protocols does not know \"TLSv1.4\"; did you mean TLSv1.0? There are: TLSv1, "
               "TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3");
  assert_fails("ssl:\n  curve_types: secp\n",
               "f.yml:2:16: ssl.curve_types does not know \"secp\". There are: P-256, P-384, P-521, X25519");
  g_auto(Fixture) f = {0};
  g_assert_false(read_ssl(&f, "ssl.cipher_suites:\n- RSA-AES-128-CBC-SHA\n- ECDHE-RSA-AES-128-GCM-SHA25\n"));
  g_assert_true(g_str_has_prefix(f.error->message, "f.yml:3:3: ssl.cipher_suites does not know "
                                                   "\"ECDHE-RSA-AES-128-GCM-SHA25\"; did you mean "
                                                   "ECDHE-RSA-AES-128-GCM-SHA256? There are: "));
  assert_fails("ssl: {supported_protocols: TLSv1.2, cipher_suites: TLS_AES_128_GCM_SHA256}\n",
               "f.yml:1:52: ssl.cipher_suites has only suites of TLS 1.3, which ssl.supported_protocols leaves out");
  assert_fails("ssl:\n  certificate: /c\n", "f.yml:2:16: ssl.certificate needs ssl.key beside it");
  assert_fails("ssl:\n  key: /c\n", "f.yml:2:8: ssl.key needs ssl.certificate beside it");
  assert_fails("ssl:\n  ca_sha256: abc\n",
               "f.yml:2:14: ssl.ca_sha256 takes the base64 of a SHA-256 (44 characters), not \"abc\"");
  assert_fails(
      "ssl: {ca_sha256: " PIN ", verification_mode: none}\n",
      "f.yml:1:18: ssl.ca_sha256 cannot hold with ssl.verification_mode: none: there is no verified chain then");
  assert_fails("ssl:\n  ca_trusted_fingerprint: abcd\n",
               "f.yml:2:27: ssl.ca_trusted_fingerprint takes a SHA-256 as 64 hexadecimal digits, not \"abcd\"");
  assert_fails("ssl:\n  certificate_authorities: ['']\n",
               "f.yml:2:29: ssl.certificate_authorities has an empty entry: give a file or a PEM text");
  assert_fails(
      "ssl:\n  verification_mode: ful\n",
      "f.yml:2:22: ssl.verification_mode takes full, strict, certificate or none, not \"ful\"; did you mean full?");
  g_assert_false(read_ssl(&f, "ssl.key: [SECRET1, 2]\n"));
  g_assert_null(strstr(f.error->message, "SECRET1"));
  g_assert_false(read_ssl(&f, "ssl:\n  certificat: /c\n"));
  g_assert_nonnull(
      strstr(f.error->message, "f.yml:2:3: ssl.certificat is no option of ssl; did you mean certificate?"));
}

static void
test_notes(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, "ssl:\n  client_authentication: required\n  restart_on_cert_change.enabled: false\n");
  g_assert_cmpuint(f.notes.n, ==, 1);
  g_assert_cmpstr(f.notes.items[0].text, ==,
                  "f.yml:2:3: ssl.client_authentication is ignored: it is for servers, and this is a client");
  assert_read(&f, "ssl.verification_mode: none\n");
  g_assert_cmpuint(f.notes.n, ==, 1);
  g_assert_cmpint(f.notes.items[0].level, ==, LF_LOG_WARNING);
  assert_read(&f, "ssl.key_passphrase: x\n");
  g_assert_cmpstr(f.notes.items[0].text, ==, "f.yml:1:21: ssl.key_passphrase has no effect without ssl.key");
}

/* What is switched off is not looked at, whatever it holds. */
static void
test_disabled(void)
{
  g_auto(Fixture) f = {0};
  const char *const words[] = {"false", "'false'", "'0'"};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
    g_autofree char *text = g_strdup_printf("ssl:\n  enabled: %s\n  certificate: [1]\n  nonsense: {a: b}\n", words[i]);
    assert_read(&f, text);
    g_assert_false(f.s.enabled);
    g_assert_null(f.s.certificate);
    g_assert_cmpuint(f.notes.n, ==, 0);
  }
}

/* OpenSSL itself says which IANA name its suites have. */
static void
test_cipher_names(void)
{
  static const char *const pairs[][2] = {
      {"ECDHE-ECDSA-AES-128-CBC-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
      {"ECDHE-ECDSA-AES-128-CBC-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
      {"ECDHE-ECDSA-AES-128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
      {"ECDHE-ECDSA-AES-256-CBC-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
      {"ECDHE-ECDSA-AES-256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
      {"ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
      {"ECDHE-RSA-AES-128-CBC-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
      {"ECDHE-RSA-AES-128-CBC-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
      {"ECDHE-RSA-AES-128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
      {"ECDHE-RSA-AES-256-CBC-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
      {"ECDHE-RSA-AES-256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
      {"ECDHE-RSA-CHACHA20-POLY1205", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
      {"RSA-AES-128-CBC-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"},
      {"RSA-AES-128-CBC-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"},
      {"RSA-AES-128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"},
      {"RSA-AES-256-CBC-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"},
      {"RSA-AES-256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"},
      {"TLS-AES-128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"},
      {"TLS-AES-256-GCM-SHA384", "TLS_AES_256_GCM_SHA384"},
      {"TLS-CHACHA20-POLY1305-SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
  };
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    const char *name = lf_ssl_cipher(pairs[i][0], NULL), *found = NULL;
    g_assert_cmpstr(lf_ssl_cipher(pairs[i][1], NULL), ==, name);
    STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
    for (int k = 0; k < sk_SSL_CIPHER_num(all); k++)
      if (g_strcmp0(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, k)), name) == 0)
        found = SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(all, k));
    g_assert_cmpstr(found, ==, pairs[i][1]);
  }
  SSL_CTX_free(ctx);
  g_assert_cmpstr(lf_ssl_cipher("RSA-RC4-128-SHA", NULL), ==, "RC4-SHA");
  g_assert_null(lf_ssl_cipher("AES128-SHA", NULL));
}

static void
test_digests(void)
{
  guint8 a[32], b[32];
  g_assert_true(lf_ssl_pin(PIN, a));
  g_assert_true(lf_ssl_fingerprint(HEX, b));
  g_assert_cmpmem(a, 32, b, 32);
  g_assert_true(
      lf_ssl_fingerprint("e3:b0:c4:42:98:fc:1c:14:9a:fb:f4:c8:99:6f:b9:24:27:ae:41:e4:64:9b:93:4c:a4:95:99:1b:"
                         "78:52:b8:55",
                         b));
  g_assert_cmpmem(a, 32, b, 32);
  g_assert_false(lf_ssl_fingerprint(HEX "00", b));
  g_assert_false(lf_ssl_fingerprint(":" HEX, b));
  g_assert_false(lf_ssl_fingerprint("e:3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", b));
  g_assert_false(lf_ssl_fingerprint("", b));
  g_assert_false(lf_ssl_pin("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==", a));
  g_assert_false(lf_ssl_pin("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF U", a));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/ssl/defaults", test_defaults);
  g_test_add_func("/ssl/all", test_all);
  g_test_add_func("/ssl/checks", test_checks);
  g_test_add_func("/ssl/notes", test_notes);
  g_test_add_func("/ssl/disabled", test_disabled);
  g_test_add_func("/ssl/cipher-names", test_cipher_names);
  g_test_add_func("/ssl/digests", test_digests);
  return g_test_run();
}
