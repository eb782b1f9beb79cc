/* Seals cursors into tokens and opens them. */
#include "fakeaws/token.h"

#include "base/digest.h"

#define DAY_MS ((gint64)24 * 60 * 60 * 1000)

/* What a token holds, in this process's own byte order: no other reads it. */
typedef struct {
  LfFakeCursor cursor;
  gint64 issued_ms;
  guint64 nonce;
  guint8 bound[LF_SHA256_LEN];
} Content;

/* A token's bytes before they become text. */
typedef struct {
  Content content;
  guint8 seal[LF_SHA256_LEN];
} Token;

static void
seal(const LfFakeState *state, const Content *content, guint8 out[LF_SHA256_LEN])
{
  lf_digest_hmac_sha256(lf_slice((const char *)state->token_key, sizeof state->token_key),
                        lf_slice((const char *)content, sizeof *content), out);
}

LfSlice
lf_fake_token_make(const LfFakeCall *call, LfFakeCursor cursor, const guint8 bound[32])
{
  Token token = {.content = {.cursor = cursor, .issued_ms = call->now_ms}};
  lf_digest_random(&token.content.nonce, sizeof token.content.nonce);
  memcpy(token.content.bound, bound, sizeof token.content.bound);
  seal(call->state, &token.content, token.seal);
  g_autofree char *text = g_base64_encode((const guchar *)&token, sizeof token);
  return lf_arena_dup(call->arena, lf_slice_str(text));
}

gboolean
lf_fake_token_read(LfFakeCall *call, LfSlice text, const guint8 bound[32], LfFakeCursor *cursor)
{
  g_autofree char *copy = lf_slice_dup(text);
  gsize len = 0;
  g_autofree guchar *bytes = g_base64_decode(copy, &len);
  Token token;
  guint8 right[LF_SHA256_LEN];
  gboolean ours = bytes != NULL && len == sizeof token;
  if (ours) {
    memcpy(&token, bytes, sizeof token);
    seal(call->state, &token.content, right);
    ours = memcmp(right, token.seal, sizeof right) == 0 && memcmp(token.content.bound, bound, LF_SHA256_LEN) == 0;
  }
  if (!ours)
    return lf_fake_fail(call, "InvalidParameterException", "The specified nextToken is invalid.");
  if (call->now_ms - token.content.issued_ms > DAY_MS)
    return lf_fake_fail(call, "InvalidParameterException", "The specified nextToken has expired.");
  *cursor = token.content.cursor;
  return TRUE;
}
