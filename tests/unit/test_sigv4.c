/* Checking signatures, the key cache, times: what the signing suite does not ask. */
#include "aws/sigv4.h"

static const LfSigv4Keys KEYS = {LF_SLICE_LIT("AKIDEXAMPLE"), LF_SLICE_LIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                 LF_SLICE_LIT("a token/+=")};

#define NOW_MS G_GINT64_CONSTANT(1440938160000) /* 2015-08-30T12:36:00Z */

typedef struct {
  LfArena *arena;
  LfSigv4Header headers[16];
  LfSigv4Request request;
  LfSigv4Options options;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->arena = lf_arena_new();
  f->headers[0] = (LfSigv4Header){LF_SLICE_LIT("Host"), LF_SLICE_LIT("logs.us-east-1.amazonaws.com")};
  f->headers[1] = (LfSigv4Header){LF_SLICE_LIT("X-Amz-Target"), LF_SLICE_LIT("Logs_20140328.FilterLogEvents")};
  f->headers[2] = (LfSigv4Header){LF_SLICE_LIT("User-Agent"), LF_SLICE_LIT("a proxy may change this")};
  f->request = (LfSigv4Request){.method = LF_SLICE_LIT("POST"),
                                .path = LF_SLICE_LIT("/"),
                                .headers = f->headers,
                                .n_headers = 3,
                                .body = LF_SLICE_LIT("{}")};
  f->options = lf_sigv4_options(LF_SLICE_LIT("us-east-1"), LF_SLICE_LIT("logs"), NOW_MS);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  lf_arena_free(f->arena);
}

static void
add_headers(Fixture *f, const LfSigv4Signed *out)
{
  for (gsize i = 0; i < out->n_add; i++)
    f->headers[f->request.n_headers++] = out->add[i];
}

static void
assert_text(LfSlice got, const char *want)
{
  g_autofree char *text = lf_slice_dup(got);
  g_assert_cmpstr(text, ==, want);
}

static gboolean
check(Fixture *f)
{
  LfSigv4Claim claim;
  g_autoptr(GError) error = NULL;
  lf_sigv4_claim_read(f->arena, &f->request, &claim, &error);
  g_assert_no_error(error);
  return lf_sigv4_claim_check(f->arena, &f->request, &claim, KEYS.secret_access_key, NULL);
}

static void
test_header_form_checks(Fixture *f, gconstpointer data)
{
  LfSigv4Signed out;
  f->options.sign_body = TRUE;
  lf_sigv4_sign_headers(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  add_headers(f, &out);
  LfSigv4Claim claim;
  g_assert_true(lf_sigv4_claim_read(f->arena, &f->request, &claim, NULL));
  assert_text(claim.access_key_id, "AKIDEXAMPLE");
  assert_text(claim.date, "20150830");
  assert_text(claim.region, "us-east-1");
  assert_text(claim.service, "logs");
  assert_text(claim.signed_headers, "host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target");
  assert_text(claim.session_token, "a token/+=");
  g_assert_cmpint(claim.time_ms, ==, NOW_MS);
  g_assert_false(claim.in_query);
  g_assert_true(check(f));
  f->headers[2].value = LF_SLICE_LIT("changed, but never signed");
  g_assert_true(check(f));
  f->request.body = LF_SLICE_LIT("{ }");
  g_assert_false(check(f));
  f->request.body = LF_SLICE_LIT("{}");
  f->headers[1].value = LF_SLICE_LIT("Logs_20140328.DeleteLogGroup");
  g_assert_false(check(f));
}

static void
test_query_form_checks(Fixture *f, gconstpointer data)
{
  LfSigv4Signed out;
  f->options.expires_s = 60;
  f->request.query = LF_SLICE_LIT("b=2&a=%20+~&Action=GetCallerIdentity&flag");
  lf_sigv4_sign_query(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  f->request.query = out.query;
  LfSigv4Claim claim;
  g_assert_true(lf_sigv4_claim_read(f->arena, &f->request, &claim, NULL));
  g_assert_true(claim.in_query);
  g_assert_cmpint(claim.expires_s, ==, 60);
  assert_text(claim.session_token, "a token/+=");
  g_assert_true(check(f));
  g_autofree char *query = lf_slice_dup(out.query);
  query[2] = '3';
  f->request.query = lf_slice_str(query);
  g_assert_false(check(f));
}

static void
test_missing_signed_header(Fixture *f, gconstpointer data)
{
  LfSigv4Signed out;
  lf_sigv4_sign_headers(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  add_headers(f, &out);
  f->headers[1].name = LF_SLICE_LIT("X-Other");
  g_assert_false(check(f));
}

static void
test_key_cache(Fixture *f, gconstpointer data)
{
  LfSigv4KeyCache cache = {0};
  LfSigv4Signed plain, cached;
  LfSigv4Keys other = KEYS;
  other.secret_access_key = LF_SLICE_LIT("another");
  const struct {
    const LfSigv4Keys *keys;
    gint64 time_ms;
    LfSlice region;
  } calls[] = {{&KEYS, NOW_MS, LF_SLICE_LIT("us-east-1")},
               {&KEYS, NOW_MS + 1000, LF_SLICE_LIT("us-east-1")},
               {&KEYS, NOW_MS + 86400000, LF_SLICE_LIT("us-east-1")},
               {&other, NOW_MS, LF_SLICE_LIT("us-east-1")},
               {&other, NOW_MS, LF_SLICE_LIT("eu-west-1")}};
  for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
    f->options.time_ms = calls[i].time_ms;
    f->options.region = calls[i].region;
    lf_sigv4_sign_headers(f->arena, &f->request, calls[i].keys, &f->options, NULL, &plain);
    lf_sigv4_sign_headers(f->arena, &f->request, calls[i].keys, &f->options, &cache, &cached);
    g_assert_true(lf_slice_equal(plain.signature, cached.signature));
  }
  g_assert_true(cache.filled);
  lf_sigv4_key_cache_clear(&cache);
  g_assert_false(cache.filled);
}

static void
test_payload_hash_given(Fixture *f, gconstpointer data)
{
  LfSigv4Signed out;
  f->request.payload_hash = LF_SLICE_LIT("UNSIGNED-PAYLOAD");
  f->options.sign_body = TRUE;
  lf_sigv4_sign_headers(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  g_assert_true(g_str_has_suffix(lf_arena_dup(f->arena, out.canonical_request).p, "\nUNSIGNED-PAYLOAD"));
  assert_text(out.add[2].value, "UNSIGNED-PAYLOAD");
}

static void
test_single_encoding(Fixture *f, gconstpointer data)
{
  LfSigv4Signed out;
  f->request.path = LF_SLICE_LIT("/a%20b/../c");
  lf_sigv4_sign_headers(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  g_assert_true(lf_slice_has_prefix(out.canonical_request, "POST\n/c\n"));
  f->options.normalize_path = FALSE;
  lf_sigv4_sign_headers(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  g_assert_true(lf_slice_has_prefix(out.canonical_request, "POST\n/a%2520b/../c\n"));
  f->options.double_encode = FALSE;
  lf_sigv4_sign_headers(f->arena, &f->request, &KEYS, &f->options, NULL, &out);
  g_assert_true(lf_slice_has_prefix(out.canonical_request, "POST\n/a%20b/../c\n"));
}

#define SCHEME "AWS4-HMAC-SHA256 "
#define CREDENTIAL "Credential=AK/20150830/us-east-1/logs/aws4_request"

/* Authorization headers with something wrong; what the error says of it. */
static const struct {
  const char *value;
  const char *says;
} BROKEN[] = {
    {"Basic Zm9v", "algorithm"},
    {"AWS4-HMAC-SHA256", "requires 'Credential' parameter. Authorization header requires 'Signature' parameter"},
    {SCHEME CREDENTIAL ", SignedHeaders=host", "'Signature'"},
    {SCHEME CREDENTIAL ", SignedHeaders=, Signature=ab", "'SignedHeaders'"},
    {SCHEME "Credential, SignedHeaders=host, Signature=ab", "missing equal-sign"},
    {SCHEME "Credential=AK/20150830/us-east-1/logs, SignedHeaders=host, Signature=ab", "5 slash-delimited"},
    {SCHEME "Credential=AK/20150830/us-east-1/logs/aws5, SignedHeaders=host, Signature=ab", "terminator"},
    {SCHEME CREDENTIAL "/more, SignedHeaders=host, Signature=ab", "5 slash-delimited"},
};

static void
test_incomplete(Fixture *f, gconstpointer data)
{
  LfSigv4Claim claim;
  f->headers[1] = (LfSigv4Header){LF_SLICE_LIT("X-Amz-Date"), LF_SLICE_LIT("20150830T123600Z")};
  for (gsize i = 0; i < G_N_ELEMENTS(BROKEN); i++) {
    g_autoptr(GError) error = NULL;
    f->headers[2] = (LfSigv4Header){LF_SLICE_LIT("authorization"), lf_slice_str(BROKEN[i].value)};
    g_assert_false(lf_sigv4_claim_read(f->arena, &f->request, &claim, &error));
    g_assert_error(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_INCOMPLETE);
    if (strstr(error->message, BROKEN[i].says) == NULL) {
      g_test_message("%s: %s", BROKEN[i].value, error->message);
      g_test_fail();
    }
  }
  g_autoptr(GError) error = NULL;
  f->headers[2].value = LF_SLICE_LIT(SCHEME CREDENTIAL ",SignedHeaders=host,Signature=ab");
  g_assert_true(lf_sigv4_claim_read(f->arena, &f->request, &claim, &error)); /* commas alone separate, too */
  f->headers[1].value = LF_SLICE_LIT("Sun, 30 Aug 2015 12:36:00 GMT");
  g_assert_false(lf_sigv4_claim_read(f->arena, &f->request, &claim, &error));
  g_assert_nonnull(strstr(error->message, "ISO-8601"));
}

static void
test_missing(Fixture *f, gconstpointer data)
{
  LfSigv4Claim claim;
  g_autoptr(GError) error = NULL;
  g_assert_false(lf_sigv4_claim_read(f->arena, &f->request, &claim, &error));
  g_assert_error(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_MISSING);
  g_clear_error(&error);
  f->request.query = LF_SLICE_LIT("X-Amz-Signature=ab");
  g_assert_false(lf_sigv4_claim_read(f->arena, &f->request, &claim, &error));
  g_assert_error(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_INCOMPLETE);
  g_assert_nonnull(strstr(error->message, "must include 'X-Amz-Credential'"));
}

static void
test_times(void)
{
  static const struct {
    const char *text;
    gboolean ok;
    gint64 ms;
  } times[] = {
      {"20150830T123600Z", TRUE, NOW_MS},
      {"19700101T000000Z", TRUE, 0},
      {"20240229T235959Z", TRUE, 1709251199000},
      {"20230229T000000Z", FALSE, 0},
      {"20150830T123600", FALSE, 0},
      {"20150830 123600Z", FALSE, 0},
      {"2015083XT123600Z", FALSE, 0},
      {"20151301T000000Z", FALSE, 0},
      {"20150830T243600Z", FALSE, 0},
      {"", FALSE, 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
    gint64 ms = 0;
    g_assert_cmpint(lf_sigv4_parse_time(lf_slice_str(times[i].text), &ms), ==, times[i].ok);
    if (!times[i].ok)
      continue;
    char text[LF_SIGV4_TIME_TEXT];
    g_assert_cmpint(ms, ==, times[i].ms);
    lf_sigv4_format_time(ms, text);
    g_assert_cmpstr(text, ==, times[i].text);
  }
  char text[LF_SIGV4_TIME_TEXT];
  lf_sigv4_format_time(G_MAXINT64, text);
  g_assert_cmpstr(text, ==, "99991231T235959Z");
  lf_sigv4_format_time(G_MININT64, text);
  g_assert_cmpstr(text, ==, "00000101T000000Z");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/sigv4/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("check/header", test_header_form_checks);
  ADD("check/query", test_query_form_checks);
  ADD("check/missing-signed-header", test_missing_signed_header);
  ADD("check/incomplete", test_incomplete);
  ADD("check/missing", test_missing);
  ADD("key-cache", test_key_cache);
  ADD("payload-hash", test_payload_hash_given);
  ADD("single-encoding", test_single_encoding);
  g_test_add_func("/sigv4/times", test_times);
  return g_test_run();
}
