/* SHA-256, HMAC-SHA-256 and the keyed 128-bit hash of event ids. */
#ifndef LF_BASE_DIGEST_H
#define LF_BASE_DIGEST_H

#include "base/slice.h"

enum { LF_SHA256_LEN = 32, LF_SHA256_HEX = 65 };

/* SHA-256 of `s` (FIPS 180-4, by OpenSSL). */
void lf_digest_sha256(LfSlice s, guint8 out[LF_SHA256_LEN]);

/* SHA-256 as lower-case hexadecimal with a NUL. */
void lf_digest_sha256_hex(LfSlice s, char out[LF_SHA256_HEX]);

/* HMAC-SHA-256 (RFC 2104). */
void lf_digest_hmac_sha256(LfSlice key, LfSlice s, guint8 out[LF_SHA256_LEN]);

/* Lower-case hexadecimal of 32 bytes with a NUL. */
void lf_digest_hex(const guint8 bytes[LF_SHA256_LEN], char out[LF_SHA256_HEX]);

/* `len` random bytes from the system (OpenSSL's RAND_bytes); aborts when there are none. */
void lf_digest_random(void *out, gsize len);

/* A 128-bit hash; equal hashes are taken for equal ids. */
typedef struct {
  guint64 hi;
  guint64 lo;
} LfHash128;

/* The key of a hash: random, so that nobody who writes log lines can aim at a collision. */
typedef struct {
  guint64 k0;
  guint64 k1;
} LfHashKey;

/* SipHash-2-4 with 128 bits of output (Aumasson and Bernstein). */
LfHash128 lf_hash128(LfHashKey key, LfSlice s);

/* lf_hash128 of two texts at a time: where they are of one length, in little more than the time of one. */
void lf_hash128_pair(LfHashKey key, LfSlice s, LfSlice t, LfHash128 out[2]);

/* SipHash-2-4 with 64 bits of output, for tables whose keys come from documents. */
guint64 lf_hash64(LfHashKey key, LfSlice s);

/* A key for tables in memory: random, made once a process. */
LfHashKey lf_hash_process_key(void);

#endif
