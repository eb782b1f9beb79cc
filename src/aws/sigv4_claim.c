/* Signature Version 4 from the other side: reads and checks what a received request claims. */
#include "aws/sigv4_canon.h"
#include "base/number.h"

G_DEFINE_QUARK(lf - sigv4 - error - quark, lf_sigv4_error)

LfSlice
lf_sigv4_header(const LfSigv4Request *request, const char *name)
{
  for (gsize i = 0; i < request->n_headers; i++) {
    if (lf_sigv4_equal_ignoring_case(request->headers[i].name, name))
      return request->headers[i].value;
  }
  return lf_slice(NULL, 0);
}

static LfSlice
query_parameter(LfArena *arena, LfSlice query, const char *name)
{
  for (LfSlice rest = query; rest.len > 0;) {
    LfSlice value = lf_sigv4_take_until(&rest, '&');
    if (lf_slice_is(lf_sigv4_decoded(arena, lf_sigv4_take_until(&value, '=')), name))
      return lf_sigv4_decoded(arena, value);
  }
  return lf_slice(NULL, 0);
}

static gboolean
incomplete(GError **error, const char *text)
{
  g_set_error_literal(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_INCOMPLETE, text);
  return FALSE;
}

/* Takes "key/date/region/service/aws4_request" apart. */
static gboolean
read_credential(LfSlice text, LfSigv4Claim *out, GError **error)
{
  LfSlice parts[5];
  gsize n = 0;
  LfSlice rest = text;
  while (rest.len > 0 && n < G_N_ELEMENTS(parts))
    parts[n++] = lf_sigv4_take_until(&rest, '/');
  if (n < G_N_ELEMENTS(parts) || rest.len > 0)
    return incomplete(error, "Credential must have exactly 5 slash-delimited elements, e.g. "
                             "keyid/date/region/service/term.");
  if (!lf_slice_is(parts[4], LF_SIGV4_TERMINATOR))
    return incomplete(error, "Credential should be scoped with a valid terminator: '" LF_SIGV4_TERMINATOR "'.");
  out->access_key_id = parts[0];
  out->date = parts[1];
  out->region = parts[2];
  out->service = parts[3];
  return TRUE;
}

static gboolean
read_time(LfSlice text, LfSigv4Claim *out, GError **error)
{
  out->amz_date = text;
  if (lf_sigv4_parse_time(text, &out->time_ms))
    return TRUE;
  g_autofree char *message =
      g_strdup_printf("Date must be in ISO-8601 'basic format'. Got '%.*s'. See http://en.wikipedia.org/wiki/ISO_8601",
                      (int)MIN(text.len, 64), text.len > 0 ? text.p : "");
  return incomplete(error, message);
}

/* The names and values behind the algorithm of an Authorization header. */
static gboolean
split_authorization(LfSlice text, LfSigv4Pairs *parts, GError **error)
{
  while (text.len > 0) {
    gsize n = 0;
    while (n < text.len && text.p[n] != ',' && !g_ascii_isspace(text.p[n]))
      n++;
    LfSlice word = lf_slice(text.p, n);
    text = lf_slice(text.p + MIN(n + 1, text.len), text.len - MIN(n + 1, text.len));
    if (word.len == 0)
      continue;
    if (memchr(word.p, '=', word.len) == NULL)
      return incomplete(error, "Not a valid key=value pair (missing equal-sign) in Authorization header.");
    LfSlice value = word;
    LfSlice name = lf_sigv4_take_until(&value, '=');
    lf_sigv4_pairs_add(parts, name, value);
  }
  return TRUE;
}

static LfSlice
find_part(const LfSigv4Pairs *parts, const char *name, GString *missing)
{
  for (gsize i = 0; i < parts->n; i++) {
    if (lf_slice_is(parts->items[i].name, name) && parts->items[i].value.len > 0)
      return parts->items[i].value;
  }
  g_string_append_printf(missing, "Authorization header requires '%s' parameter. ", name);
  return lf_slice(NULL, 0);
}

static gboolean
read_authorization(LfArena *arena, const LfSigv4Request *request, LfSlice header, LfSigv4Claim *out, GError **error)
{
  LfSlice rest = header;
  if (!lf_slice_is(lf_sigv4_take_until(&rest, ' '), LF_SIGV4_ALGORITHM))
    return incomplete(error, "Authorization header requires the algorithm " LF_SIGV4_ALGORITHM ".");
  LfSigv4Pairs parts = {.arena = arena};
  if (!split_authorization(rest, &parts, error))
    return FALSE;
  g_autoptr(GString) missing = g_string_new(NULL);
  LfSlice scope = find_part(&parts, "Credential", missing);
  out->signature = find_part(&parts, "Signature", missing);
  out->signed_headers = find_part(&parts, "SignedHeaders", missing);
  LfSlice date = lf_sigv4_header(request, "x-amz-date");
  if (date.len == 0)
    date = lf_sigv4_header(request, "date");
  if (date.len == 0)
    g_string_append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  if (missing->len > 0) {
    g_string_append(missing, "Authorization=" LF_SIGV4_ALGORITHM);
    return incomplete(error, missing->str);
  }
  out->session_token = lf_sigv4_header(request, "x-amz-security-token");
  return read_credential(scope, out, error) && read_time(date, out, error);
}

static gboolean
read_query(LfArena *arena, const LfSigv4Request *request, LfSigv4Claim *out, GError **error)
{
  static const char *const names[] = {"X-Amz-Algorithm", "X-Amz-Credential",    "X-Amz-Signature",
                                      "X-Amz-Date",      "X-Amz-SignedHeaders", "X-Amz-Expires"};
  enum { ALG, CREDENTIAL, SIGNATURE, DATE, HEADERS, EXPIRES };
  LfSlice values[G_N_ELEMENTS(names)];
  g_autoptr(GString) missing = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    values[i] = query_parameter(arena, request->query, names[i]);
    if (values[i].len == 0)
      g_string_append_printf(missing, "AWS query-string parameters must include '%s'. ", names[i]);
  }
  if (missing->len > 0) {
    g_string_append(missing, "Re-examine the query-string parameters.");
    return incomplete(error, missing->str);
  }
  if (!lf_slice_is(values[ALG], LF_SIGV4_ALGORITHM))
    return incomplete(error, "X-Amz-Algorithm only supports \"" LF_SIGV4_ALGORITHM "\"");
  if (!lf_number_parse_int(values[EXPIRES], &out->expires_s) || out->expires_s < 0 || out->expires_s > 604800)
    return incomplete(error, "X-Amz-Expires must be a number of seconds from 0 to 604800");
  out->in_query = TRUE;
  out->signature = values[SIGNATURE];
  out->signed_headers = values[HEADERS];
  out->session_token = query_parameter(arena, request->query, "X-Amz-Security-Token");
  return read_credential(values[CREDENTIAL], out, error) && read_time(values[DATE], out, error);
}

gboolean
lf_sigv4_claim_read(LfArena *arena, const LfSigv4Request *request, LfSigv4Claim *out, GError **error)
{
  *out = (LfSigv4Claim){0};
  LfSlice header = lf_sigv4_header(request, "authorization");
  if (header.len > 0)
    return read_authorization(arena, request, header, out, error);
  if (query_parameter(arena, request->query, "X-Amz-Signature").len > 0 ||
      query_parameter(arena, request->query, "X-Amz-Algorithm").len > 0)
    return read_query(arena, request, out, error);
  g_set_error_literal(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_MISSING, "Missing Authentication Token");
  return FALSE;
}

/* The request's headers of one name, or one empty value: a signature over a header that is not there is wrong. */
static void
add_claimed_header(LfSigv4Pairs *headers, const LfSigv4Request *request, LfSlice name)
{
  gsize before = headers->n;
  for (gsize i = 0; i < request->n_headers; i++) {
    LfSlice own = request->headers[i].name;
    if (own.len == name.len && name.len > 0 && g_ascii_strncasecmp(own.p, name.p, name.len) == 0)
      lf_sigv4_pairs_add(headers, name, request->headers[i].value);
  }
  if (headers->n == before)
    lf_sigv4_pairs_add(headers, name, lf_slice(NULL, 0));
}

static gboolean
equal_in_constant_time(LfSlice a, LfSlice b)
{
  guint8 difference = a.len != b.len;
  for (gsize i = 0; i < MIN(a.len, b.len); i++)
    difference |= (guint8)(a.p[i] ^ b.p[i]);
  return difference == 0;
}

gboolean
lf_sigv4_claim_check(LfArena *arena, const LfSigv4Request *request, const LfSigv4Claim *claim,
                     LfSlice secret_access_key, LfSigv4Signed *out)
{
  LfSigv4Options options = lf_sigv4_options(claim->region, claim->service, claim->time_ms);
  LfSigv4Work work = {
      .request = request, .options = &options, .amz_date = claim->amz_date, .secret = secret_access_key};
  work.scope = lf_sigv4_join_scope(arena, claim->date, claim->region, claim->service);
  work.payload_hash = lf_sigv4_payload_hash(arena, request);
  work.parameters.arena = work.headers.arena = arena;
  lf_sigv4_pairs_add_query(&work.parameters, request->query, claim->in_query ? "X-Amz-Signature" : NULL);
  for (LfSlice rest = claim->signed_headers; rest.len > 0;)
    add_claimed_header(&work.headers, request, lf_sigv4_lower(arena, lf_sigv4_take_until(&rest, ';')));
  LfSigv4Signed computed = {0};
  lf_sigv4_work_sign(arena, &work, &computed);
  if (out != NULL)
    *out = computed;
  return equal_in_constant_time(computed.signature, claim->signature);
}
