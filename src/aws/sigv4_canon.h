/* The canonical request and what is made of it: shared by signing and checking. */
#ifndef LF_AWS_SIGV4_CANON_H
#define LF_AWS_SIGV4_CANON_H

#include "aws/sigv4.h"
#include "base/buf.h"

#define LF_SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define LF_SIGV4_TERMINATOR "aws4_request"

/* A name and a value on the way into the canonical request; `order` keeps a sort stable. */
typedef struct {
  LfSlice name;
  LfSlice value;
  gsize order;
} LfSigv4Pair;

/* Starts with its arena and nothing else. */
typedef struct {
  LfArena *arena;
  LfSigv4Pair *items;
  gsize n;
  gsize cap;
} LfSigv4Pairs;

/* What is signed of a request, by whom, for what. `parameters` are encoded and in any order, `headers` have lower-case
 * names in the order in which they are signed. `scope` is date/region/service/aws4_request. */
typedef struct {
  const LfSigv4Request *request;
  const LfSigv4Options *options;
  LfSlice amz_date;
  LfSlice scope;
  LfSlice secret;
  LfSigv4KeyCache *cache; /* (nullable) */
  LfSigv4Pairs parameters;
  LfSigv4Pairs headers;
  LfSlice payload_hash;
} LfSigv4Work;

/* Appends a pair; both slices are borrowed. */
void lf_sigv4_pairs_add(LfSigv4Pairs *pairs, LfSlice name, LfSlice value);

/* Brings headers into the order in which they are signed: by name, equal ones as they were. */
void lf_sigv4_pairs_sort(LfSigv4Pairs *pairs);

/* Appends the query's parameters, decoded and encoded again in the canonical way, but for the one called `without`
 * (nullable). */
void lf_sigv4_pairs_add_query(LfSigv4Pairs *pairs, LfSlice query, const char *without);

/* Appends the canonical header lines to `lines` and the names with `;` between to `names`; values of equal names that
 * stand together are joined. */
void lf_sigv4_append_headers(LfBuf *lines, LfBuf *names, const LfSigv4Pairs *headers);

/* The request's payload hash, computed from its body where it is not given. */
LfSlice lf_sigv4_payload_hash(LfArena *arena, const LfSigv4Request *request);

/* Fills in the three texts and the names of the signed headers; sorts the parameters. */
void lf_sigv4_work_sign(LfArena *arena, LfSigv4Work *work, LfSigv4Signed *out);

/* "date/region/service/aws4_request". */
LfSlice lf_sigv4_join_scope(LfArena *arena, LfSlice date, LfSlice region, LfSlice service);

/* A copy in lower case (ASCII). */
LfSlice lf_sigv4_lower(LfArena *arena, LfSlice s);

/* Whether the two are equal but for ASCII case. */
gboolean lf_sigv4_equal_ignoring_case(LfSlice s, const char *text);

/* Percent-encoded: all but letters, digits and `-._~`. */
LfSlice lf_sigv4_encoded(LfArena *arena, LfSlice s);

/* Percent escapes undone; what is no escape stays as it is. */
LfSlice lf_sigv4_decoded(LfArena *arena, LfSlice s);

/* The bytes before the first `separator`; `rest` becomes what is behind it, empty where there is none. */
LfSlice lf_sigv4_take_until(LfSlice *rest, char separator);

#endif
