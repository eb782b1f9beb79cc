/* Fuzzes signing and the reading of signatures: what is signed checks, what is received never crashes. */
#include "aws/sigv4.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 20 };

static LfSlice
take_line(LfSlice *rest)
{
  const char *newline = rest->len > 0 ? memchr(rest->p, '\n', rest->len) : NULL;
  gsize len = newline != NULL ? (gsize)(newline - rest->p) : rest->len;
  gsize taken = newline != NULL ? len + 1 : len;
  LfSlice line = lf_slice(rest->p, len);
  *rest = lf_slice(rest->p + taken, rest->len - taken);
  return line;
}

/* "path", "query", then "name:value" lines up to an empty one, then the body. */
static LfSigv4Request
read_request(LfSlice text, LfSigv4Header *headers)
{
  LfSigv4Request request = {.method = LF_SLICE_LIT("POST"), .headers = headers};
  request.path = take_line(&text);
  request.query = take_line(&text);
  while (text.len > 0 && request.n_headers < HEADERS_MAX - LF_SIGV4_HEADERS_MAX) {
    LfSlice line = take_line(&text);
    if (line.len == 0)
      break;
    const char *colon = memchr(line.p, ':', line.len);
    gsize name_len = colon != NULL ? (gsize)(colon - line.p) : line.len;
    gsize skipped = colon != NULL ? name_len + 1 : name_len;
    headers[request.n_headers++] =
        (LfSigv4Header){lf_slice(line.p, name_len), lf_slice(line.p + skipped, line.len - skipped)};
  }
  request.body = text;
  return request;
}

static gboolean
has_own_signature(const LfSigv4Request *request)
{
  static const char *const names[] = {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    if (lf_sigv4_header(request, names[i]).p != NULL)
      return TRUE;
  }
  return FALSE;
}

/* Header names that are none (a `;` or white space in them) may be signed, not sent: they are not checked again. */
static gboolean
names_are_tokens(const LfSigv4Request *request)
{
  for (gsize i = 0; i < request->n_headers; i++) {
    LfSlice name = request->headers[i].name;
    for (gsize c = 0; c < name.len; c++) {
      if (!g_ascii_isalnum(name.p[c]) && name.p[c] != '-')
        return FALSE;
    }
    if (name.len == 0)
      return FALSE;
  }
  return request->n_headers > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfSigv4Header headers[HEADERS_MAX];
  LfSigv4Request request = read_request(lf_slice((const char *)data, size), headers);
  const LfSigv4Keys keys = {LF_SLICE_LIT("AK"), LF_SLICE_LIT("secret"), LF_SLICE_LIT("token")};
  LfSigv4Options options = lf_sigv4_options(LF_SLICE_LIT("r"), LF_SLICE_LIT("s"), 1440938160000);
  LfSigv4Signed out;
  LfSigv4Claim claim;
  lf_sigv4_sign_query(arena, &request, &keys, &options, NULL, &out);
  if (lf_sigv4_claim_read(arena, &request, &claim, NULL))
    g_assert(!lf_sigv4_claim_check(arena, &request, &claim, LF_SLICE_LIT("another"), NULL));
  if (has_own_signature(&request) || !names_are_tokens(&request))
    return 0;
  options.sign_body = TRUE;
  lf_sigv4_sign_headers(arena, &request, &keys, &options, NULL, &out);
  for (gsize i = 0; i < out.n_add; i++)
    headers[request.n_headers++] = out.add[i];
  g_assert(lf_sigv4_claim_read(arena, &request, &claim, NULL));
  g_assert(lf_sigv4_claim_check(arena, &request, &claim, keys.secret_access_key, NULL));
  return 0;
}
