/* AWS Signature Version 4: signing, in the header and the query form, and checking. */
#ifndef LF_AWS_SIGV4_H
#define LF_AWS_SIGV4_H

#include "base/arena.h"
#include "base/digest.h"

/* Everything here follows AWS's "Signature Version 4 for API requests" and agrees with awslabs/aws-c-auth's suite.
 * All functions are pure: no clock, no global state. What they return lives in the arena. */

typedef struct {
  LfSlice name;
  LfSlice value;
} LfSigv4Header;

/* The request as it goes out. `path` is the path of the request line, starting with `/`, without the query; `query` is
 * what follows `?`, in any percent encoding. `payload_hash`, when not empty, is the lower-case SHA-256 of the body,
 * or what stands for it (UNSIGNED-PAYLOAD); `body` is not read then. */
typedef struct {
  LfSlice method;
  LfSlice path;
  LfSlice query;
  const LfSigv4Header *headers;
  gsize n_headers;
  LfSlice body;
  LfSlice payload_hash;
} LfSigv4Request;

/* `session_token` is empty for long-lived keys. */
typedef struct {
  LfSlice access_key_id;
  LfSlice secret_access_key;
  LfSlice session_token;
} LfSigv4Keys;

/* Begin with lf_sigv4_options. Only S3 sets normalize_path and double_encode to FALSE. */
typedef struct {
  LfSlice region;
  LfSlice service;
  gint64 time_ms;              /* AWS's time: the local clock with its skew taken out */
  gboolean normalize_path;     /* `.`, `..` and empty segments are taken out of the path before signing */
  gboolean double_encode;      /* the path's bytes are percent-encoded once more, `%` too */
  gboolean sign_body;          /* header form: x-amz-content-sha256 is added */
  gboolean omit_session_token; /* the session token is added to the request after signing */
  gint64 expires_s;            /* query form: how long the signed query holds, in seconds */
} LfSigv4Options;

/* The most headers that a signature adds. */
enum { LF_SIGV4_HEADERS_MAX = 4 };

/* A signature and all that led to it. */
typedef struct {
  LfSlice canonical_request;
  LfSlice string_to_sign;
  LfSlice signature;      /* 64 hexadecimal digits */
  LfSlice signed_headers; /* lower-case names with `;` between */
  /* header form: what to add to the request: X-Amz-Security-Token, X-Amz-Date, x-amz-content-sha256, Authorization */
  LfSigv4Header add[LF_SIGV4_HEADERS_MAX];
  gsize n_add;
  LfSlice query; /* query form: the query to send, the request's own with the signature behind it */
} LfSigv4Signed;

/* A derived signing key, kept by a caller that signs many requests: it holds for one day, region, service and secret,
 * and is derived anew when one of them changes. Starts as {0}; not for two threads at once. */
typedef struct {
  guint8 made_of[LF_SHA256_LEN];
  guint8 key[LF_SHA256_LEN];
  gboolean filled;
} LfSigv4KeyCache;

/* Overwrites the key. */
void lf_sigv4_key_cache_clear(LfSigv4KeyCache *cache);

/* The options for any service but S3: the path normalised and encoded twice, nothing else set. */
LfSigv4Options lf_sigv4_options(LfSlice region, LfSlice service, gint64 time_ms);

/* Signs with an Authorization header. All of the request's headers are signed, but for those that a proxy or the HTTP
 * library may change (Authorization, Connection, Expect, Transfer-Encoding, User-Agent, X-Amzn-Trace-Id); Host must be
 * among them, and what is in `add` must not.
 * `cache`: (nullable). */
void lf_sigv4_sign_headers(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys,
                           const LfSigv4Options *options, LfSigv4KeyCache *cache, LfSigv4Signed *out);

/* Signs with X-Amz-… parameters in the query (a presigned URL). `cache`: (nullable). */
void lf_sigv4_sign_query(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys,
                         const LfSigv4Options *options, LfSigv4KeyCache *cache, LfSigv4Signed *out);

/* What is wrong with a received request's signature before it is computed; the texts are AWS's. */
typedef enum {
  LF_SIGV4_ERROR_MISSING,    /* no signature at all */
  LF_SIGV4_ERROR_INCOMPLETE, /* a part of it is missing or not of the right form */
} LfSigv4Error;

#define LF_SIGV4_ERROR (lf_sigv4_error_quark())
GQuark lf_sigv4_error_quark(void);

/* What a received request says about its signature. All slices are borrowed from the request or in the arena. */
typedef struct {
  gboolean in_query;
  LfSlice access_key_id;
  LfSlice date; /* of the credential scope: YYYYMMDD */
  LfSlice region;
  LfSlice service;
  LfSlice signed_headers;
  LfSlice signature;
  LfSlice session_token; /* empty: none */
  LfSlice amz_date;      /* as sent: YYYYMMDDTHHMMSSZ */
  gint64 time_ms;
  gint64 expires_s; /* query form */
} LfSigv4Claim;

/* Reads the Authorization header, or the X-Amz-… parameters where there is none. Whether the credential scope, the key
 * and the time are acceptable is the caller's to say.
 * Returns: FALSE with LF_SIGV4_ERROR. */
gboolean lf_sigv4_claim_read(LfArena *arena, const LfSigv4Request *request, LfSigv4Claim *out, GError **error);

/* Computes the signature that the claim should have from the request's signed headers, and compares in constant time.
 * A signed header that is missing counts as empty; the payload hash is the request's or that of its body.
 * `out`: (nullable): the texts that it should have been.
 * Returns: whether the signature is right. */
gboolean lf_sigv4_claim_check(LfArena *arena, const LfSigv4Request *request, const LfSigv4Claim *claim,
                              LfSlice secret_access_key, LfSigv4Signed *out);

/* The value of the first header of that name, without regard to case; empty where there is none. */
LfSlice lf_sigv4_header(const LfSigv4Request *request, const char *name);

/* Room for an ISO 8601 basic time with its NUL. */
enum { LF_SIGV4_TIME_TEXT = 17 };

/* "20150830T123600Z". Times outside the years 0 to 9999 are taken to the nearer end. */
void lf_sigv4_format_time(gint64 time_ms, char out[LF_SIGV4_TIME_TEXT]);

/* The inverse of lf_sigv4_format_time. Returns: FALSE for any other form. */
gboolean lf_sigv4_parse_time(LfSlice text, gint64 *time_ms);

#endif
