/* Next tokens: opaque, sealed, bound to their request, for a day. */
#ifndef LF_FAKEAWS_TOKEN_H
#define LF_FAKEAWS_TOKEN_H

#include "fakeaws/call.h"

/* Where a reader goes on: at the first event that is not below (timestamp, seq). */
typedef struct {
  gint64 timestamp_ms;
  guint64 seq;
} LfFakeCursor;

/* A token for a request whose parameters have the digest `bound`. No two tokens are equal, as with AWS.
 * Returns: (transfer none): in the call's arena. */
LfSlice lf_fake_token_make(const LfFakeCall *call, LfFakeCursor cursor, const guint8 bound[32]);

/* Reads a token. Returns: FALSE after lf_fake_fail with InvalidParameterException: it is none of ours, or another
 * request's, or older than a day. */
gboolean lf_fake_token_read(LfFakeCall *call, LfSlice token, const guint8 bound[32], LfFakeCursor *cursor);

#endif
