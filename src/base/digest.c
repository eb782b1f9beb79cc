/* SHA-256 and HMAC by OpenSSL; SipHash-2-4 as its authors describe it. */
#include "base/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>

/* OpenSSL looks an algorithm up by its name at each use, which costs more than a short text's digest: it is kept. */
static EVP_MD *sha256;
static EVP_MAC *hmac;

static void
fetch(void)
{
  sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  if (sha256 == NULL || hmac == NULL)
    g_error("OpenSSL has no SHA-256");
}

static void
fetch_once(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, fetch);
}

void
lf_digest_sha256(LfSlice s, guint8 out[LF_SHA256_LEN])
{
  fetch_once();
  g_assert(EVP_Digest(s.len > 0 ? s.p : "", s.len, out, NULL, sha256, NULL) == 1);
}

void
lf_digest_hex(const guint8 bytes[LF_SHA256_LEN], char out[LF_SHA256_HEX])
{
  static const char digits[] = "0123456789abcdef";
  for (int i = 0; i < LF_SHA256_LEN; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[2 * LF_SHA256_LEN] = '\0';
}

void
lf_digest_sha256_hex(LfSlice s, char out[LF_SHA256_HEX])
{
  guint8 bytes[LF_SHA256_LEN];
  lf_digest_sha256(s, bytes);
  lf_digest_hex(bytes, out);
}

void
lf_digest_hmac_sha256(LfSlice key, LfSlice s, guint8 out[LF_SHA256_LEN])
{
  gsize len = 0;
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
  fetch_once();
  EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
  gboolean ok = ctx != NULL && EVP_MAC_init(ctx, (const guint8 *)(key.len > 0 ? key.p : ""), key.len, params) == 1 &&
                EVP_MAC_update(ctx, (const guint8 *)(s.len > 0 ? s.p : ""), s.len) == 1 &&
                EVP_MAC_final(ctx, out, &len, LF_SHA256_LEN) == 1;
  EVP_MAC_CTX_free(ctx);
  g_assert(ok && len == LF_SHA256_LEN);
}

void
lf_digest_random(void *out, gsize len)
{
  g_assert(len <= G_MAXINT);
  if (RAND_bytes(out, (int)len) != 1)
    g_error("no random bytes from the system");
}

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

typedef struct {
  guint64 v0, v1, v2, v3;
} Sip;

static inline void
sip_round(Sip *s)
{
  s->v0 += s->v1;
  s->v1 = ROTL(s->v1, 13) ^ s->v0;
  s->v0 = ROTL(s->v0, 32);
  s->v2 += s->v3;
  s->v3 = ROTL(s->v3, 16) ^ s->v2;
  s->v0 += s->v3;
  s->v3 = ROTL(s->v3, 21) ^ s->v0;
  s->v2 += s->v1;
  s->v1 = ROTL(s->v1, 17) ^ s->v2;
  s->v2 = ROTL(s->v2, 32);
}

static guint64
little_endian_64(const char *p)
{
  guint64 m;
  memcpy(&m, p, 8);
  return GUINT64_FROM_LE(m);
}

static void
sip_init(Sip *sip, LfHashKey key, gboolean wide)
{
  sip->v0 = key.k0 ^ G_GUINT64_CONSTANT(0x736f6d6570736575);
  sip->v1 = key.k1 ^ G_GUINT64_CONSTANT(0x646f72616e646f6d) ^ (wide ? 0xee : 0);
  sip->v2 = key.k0 ^ G_GUINT64_CONSTANT(0x6c7967656e657261);
  sip->v3 = key.k1 ^ G_GUINT64_CONSTANT(0x7465646279746573);
}

static inline void
sip_word(Sip *sip, guint64 m)
{
  sip->v3 ^= m;
  sip_round(sip);
  sip_round(sip);
  sip->v0 ^= m;
}

/* The last word: what is left of `s` behind its whole words, and its length. */
static guint64
last_word(LfSlice s)
{
  guint64 last = (guint64)s.len << 56;
  for (gsize i = s.len & ~(gsize)7; i < s.len; i++)
    last |= (guint64)(guint8)s.p[i] << (8 * (i & 7));
  return last;
}

/* Four rounds give a word of the result. */
static inline guint64
sip_output(Sip *sip)
{
  for (int i = 0; i < 4; i++)
    sip_round(sip);
  return sip->v0 ^ sip->v1 ^ sip->v2 ^ sip->v3;
}

LfHash128
lf_hash128(LfHashKey key, LfSlice s)
{
  Sip sip;
  LfHash128 h;
  sip_init(&sip, key, TRUE);
  for (gsize i = 0; i + 8 <= s.len; i += 8)
    sip_word(&sip, little_endian_64(s.p + i));
  sip_word(&sip, last_word(s));
  sip.v2 ^= 0xee;
  h.hi = sip_output(&sip);
  sip.v1 ^= 0xdd;
  h.lo = sip_output(&sip);
  return h;
}

void
lf_hash128_pair(LfHashKey key, LfSlice s, LfSlice t, LfHash128 out[2])
{
  Sip a, b;
  if (s.len != t.len) {
    out[0] = lf_hash128(key, s);
    out[1] = lf_hash128(key, t);
    return;
  }
  sip_init(&a, key, TRUE);
  b = a;
  for (gsize i = 0; i + 8 <= s.len; i += 8) {
    sip_word(&a, little_endian_64(s.p + i));
    sip_word(&b, little_endian_64(t.p + i));
  }
  sip_word(&a, last_word(s));
  sip_word(&b, last_word(t));
  a.v2 ^= 0xee;
  b.v2 ^= 0xee;
  out[0].hi = sip_output(&a);
  out[1].hi = sip_output(&b);
  a.v1 ^= 0xdd;
  b.v1 ^= 0xdd;
  out[0].lo = sip_output(&a);
  out[1].lo = sip_output(&b);
}

guint64
lf_hash64(LfHashKey key, LfSlice s)
{
  Sip sip;
  sip_init(&sip, key, FALSE);
  for (gsize i = 0; i + 8 <= s.len; i += 8)
    sip_word(&sip, little_endian_64(s.p + i));
  sip_word(&sip, last_word(s));
  sip.v2 ^= 0xff;
  return sip_output(&sip);
}

static LfHashKey process_key;

static void
process_key_init(void)
{
  lf_digest_random(&process_key, sizeof process_key);
}

LfHashKey
lf_hash_process_key(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, process_key_init);
  return process_key;
}
