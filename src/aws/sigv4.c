/* Signature Version 4: signs requests, in the header and the query form. */
#include "aws/sigv4.h"

#include "aws/sigv4_canon.h"
#include "base/clock.h"
#include "base/number.h"

static gboolean
is_signed(LfSlice name)
{
  static const char *const skipped[] = {"authorization",     "connection", "expect",
                                        "transfer-encoding", "user-agent", "x-amzn-trace-id"};
  for (gsize i = 0; i < G_N_ELEMENTS(skipped); i++) {
    if (lf_sigv4_equal_ignoring_case(name, skipped[i]))
      return FALSE;
  }
  return TRUE;
}

static LfSigv4Work
work_begin(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys, const LfSigv4Options *options,
           LfSigv4KeyCache *cache)
{
  LfSigv4Work work = {.request = request, .options = options, .secret = keys->secret_access_key, .cache = cache};
  char time[LF_SIGV4_TIME_TEXT];
  lf_sigv4_format_time(options->time_ms, time);
  work.amz_date = lf_arena_dup(arena, lf_slice_str(time));
  work.scope = lf_sigv4_join_scope(arena, lf_slice(work.amz_date.p, 8), options->region, options->service);
  work.payload_hash = lf_sigv4_payload_hash(arena, request);
  work.parameters.arena = work.headers.arena = arena;
  lf_sigv4_pairs_add_query(&work.parameters, request->query, NULL);
  for (gsize i = 0; i < request->n_headers; i++) {
    if (is_signed(request->headers[i].name))
      lf_sigv4_pairs_add(&work.headers, lf_sigv4_lower(arena, request->headers[i].name), request->headers[i].value);
  }
  return work;
}

static LfSlice
credential(LfArena *arena, const LfSigv4Keys *keys, LfSlice scope)
{
  g_auto(LfBuf) buf = {0};
  lf_buf_append_slice(&buf, keys->access_key_id);
  lf_buf_append_char(&buf, '/');
  lf_buf_append_slice(&buf, scope);
  return lf_arena_dup(arena, lf_buf_slice(&buf));
}

static void
add_header(LfSigv4Signed *out, const char *name, LfSlice value)
{
  g_assert(out->n_add < LF_SIGV4_HEADERS_MAX);
  out->add[out->n_add++] = (LfSigv4Header){lf_slice_str(name), value};
}

void
lf_sigv4_sign_headers(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys,
                      const LfSigv4Options *options, LfSigv4KeyCache *cache, LfSigv4Signed *out)
{
  LfSigv4Work work = work_begin(arena, request, keys, options, cache);
  *out = (LfSigv4Signed){0};
  if (keys->session_token.len > 0) {
    add_header(out, "X-Amz-Security-Token", keys->session_token);
    if (!options->omit_session_token)
      lf_sigv4_pairs_add(&work.headers, LF_SLICE_LIT("x-amz-security-token"), keys->session_token);
  }
  add_header(out, "X-Amz-Date", work.amz_date);
  lf_sigv4_pairs_add(&work.headers, LF_SLICE_LIT("x-amz-date"), work.amz_date);
  if (options->sign_body) {
    add_header(out, "x-amz-content-sha256", work.payload_hash);
    lf_sigv4_pairs_add(&work.headers, LF_SLICE_LIT("x-amz-content-sha256"), work.payload_hash);
  }
  lf_sigv4_pairs_sort(&work.headers);
  lf_sigv4_work_sign(arena, &work, out);

  g_auto(LfBuf) value = {0};
  lf_buf_append_str(&value, LF_SIGV4_ALGORITHM " Credential=");
  lf_buf_append_slice(&value, credential(arena, keys, work.scope));
  lf_buf_append_str(&value, ", SignedHeaders=");
  lf_buf_append_slice(&value, out->signed_headers);
  lf_buf_append_str(&value, ", Signature=");
  lf_buf_append_slice(&value, out->signature);
  add_header(out, "Authorization", lf_arena_dup(arena, lf_buf_slice(&value)));
}

static LfSlice
joined_names(LfArena *arena, const LfSigv4Pairs *headers)
{
  g_auto(LfBuf) lines = {0};
  g_auto(LfBuf) names = {0};
  lf_sigv4_append_headers(&lines, &names, headers);
  return lf_arena_dup(arena, lf_buf_slice(&names));
}

void
lf_sigv4_sign_query(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys,
                    const LfSigv4Options *options, LfSigv4KeyCache *cache, LfSigv4Signed *out)
{
  LfSigv4Work work = work_begin(arena, request, keys, options, cache);
  *out = (LfSigv4Signed){0};
  lf_sigv4_pairs_sort(&work.headers);
  gsize own = work.parameters.n;
  char expires[LF_NUMBER_TEXT];
  lf_number_format_int(options->expires_s, expires);
  lf_sigv4_pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Algorithm"), LF_SLICE_LIT(LF_SIGV4_ALGORITHM));
  lf_sigv4_pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Credential"),
                     lf_sigv4_encoded(arena, credential(arena, keys, work.scope)));
  lf_sigv4_pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Date"), work.amz_date);
  lf_sigv4_pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-SignedHeaders"),
                     lf_sigv4_encoded(arena, joined_names(arena, &work.headers)));
  lf_sigv4_pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Expires"), lf_arena_dup(arena, lf_slice_str(expires)));
  if (keys->session_token.len > 0)
    lf_sigv4_pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Security-Token"),
                       lf_sigv4_encoded(arena, keys->session_token));

  /* the query to send, before sorting: the request's own part goes out as it came */
  g_auto(LfBuf) query = {0};
  lf_buf_append_slice(&query, request->query);
  for (gsize i = own; i < work.parameters.n; i++) {
    if (query.len > 0)
      lf_buf_append_char(&query, '&');
    lf_buf_append_slice(&query, work.parameters.items[i].name);
    lf_buf_append_char(&query, '=');
    lf_buf_append_slice(&query, work.parameters.items[i].value);
  }
  if (keys->session_token.len > 0 && options->omit_session_token)
    work.parameters.n--;
  lf_sigv4_work_sign(arena, &work, out);
  lf_buf_append_str(&query, "&X-Amz-Signature=");
  lf_buf_append_slice(&query, out->signature);
  out->query = lf_arena_dup(arena, lf_buf_slice(&query));
}

void
lf_sigv4_key_cache_clear(LfSigv4KeyCache *cache)
{
  explicit_bzero(cache, sizeof *cache);
}

LfSigv4Options
lf_sigv4_options(LfSlice region, LfSlice service, gint64 time_ms)
{
  return (LfSigv4Options){
      .region = region, .service = service, .time_ms = time_ms, .normalize_path = TRUE, .double_encode = TRUE};
}

/* Times */

void
lf_sigv4_format_time(gint64 time_ms, char out[LF_SIGV4_TIME_TEXT])
{
  const gint64 first = lf_clock_from_civil(0, 1, 1, 0, 0, 0, 0);
  const gint64 last = lf_clock_from_civil(9999, 12, 31, 23, 59, 59, 999);
  LfCivil t = lf_clock_civil(CLAMP(time_ms, first, last));
  g_snprintf(out, LF_SIGV4_TIME_TEXT, "%04u%02u%02uT%02u%02u%02uZ", (guint)t.year % 10000, (guint)t.month % 100,
             (guint)t.day % 100, (guint)t.hour % 100, (guint)t.minute % 100, (guint)t.second % 100);
}

gboolean
lf_sigv4_parse_time(LfSlice text, gint64 *time_ms)
{
  static const guint8 limits[][2] = {{1, 12}, {1, 31}, {0, 23}, {0, 59}, {0, 59}};
  static const guint8 at[] = {4, 6, 9, 11, 13};
  if (text.len != LF_SIGV4_TIME_TEXT - 1 || text.p[8] != 'T' || text.p[15] != 'Z')
    return FALSE;
  for (gsize i = 0; i < text.len; i++) {
    if (i != 8 && i != 15 && !g_ascii_isdigit(text.p[i]))
      return FALSE;
  }
  int part[G_N_ELEMENTS(at)];
  for (gsize i = 0; i < G_N_ELEMENTS(at); i++) {
    part[i] = (text.p[at[i]] - '0') * 10 + text.p[at[i] + 1] - '0';
    if (part[i] < limits[i][0] || part[i] > limits[i][1])
      return FALSE;
  }
  int year = 0;
  for (gsize i = 0; i < 4; i++)
    year = year * 10 + text.p[i] - '0';
  *time_ms = lf_clock_from_civil(year, part[0], part[1], part[2], part[3], part[4], 0);
  /* a day that its month does not have comes back as another one */
  return lf_clock_civil(*time_ms).day == part[1];
}
