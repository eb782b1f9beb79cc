/* Checks Signature Version 4 and refuses in AWS's words. */
#include "fakeaws/auth.h"

#include "aws/sigv4.h"

#define SKEW_MS ((gint64)5 * 60 * 1000)

typedef enum { MISSING, INCOMPLETE, UNKNOWN_KEY, WRONG_SIGNATURE, EXPIRED_TOKEN } Why;

static const LfFakeRefusal REFUSALS[] = {
    [MISSING] = {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403, NULL},
    [INCOMPLETE] = {"IncompleteSignatureException", "IncompleteSignature", 400, NULL},
    [UNKNOWN_KEY] = {"UnrecognizedClientException", "InvalidClientTokenId", 403, NULL},
    [WRONG_SIGNATURE] = {"InvalidSignatureException", "SignatureDoesNotMatch", 403, NULL},
    [EXPIRED_TOKEN] = {"ExpiredTokenException", "ExpiredToken", 403, NULL},
};

/* A request that is being checked. */
typedef struct {
  const LfFakeawsOptions *options;
  LfFakeSessions *sessions;
  LfFakeSession *caller; /* (nullable) */
  LfArena *arena;
  LfSigv4Request request;
  LfSigv4Claim claim;
  const char *service;
  gint64 now_ms;
  LfFakeRefusal *refusal;
} Check;

static gboolean refuse(Check *check, Why why, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean
refuse(Check *check, Why why, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  *check->refusal = REFUSALS[why];
  check->refusal->message = g_strdup_vprintf(format, ap);
  va_end(ap);
  return FALSE;
}

static gboolean
check_form(Check *check)
{
  g_autoptr(GError) error = NULL;
  if (lf_sigv4_claim_read(check->arena, &check->request, &check->claim, &error))
    return TRUE;
  Why why = g_error_matches(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_MISSING) ? MISSING : INCOMPLETE;
  return refuse(check, why, "%s", error->message);
}

static gboolean
check_key(Check *check)
{
  const LfFakeawsOptions *options = check->options;
  const char *token = options->session_token;
  gint64 expires_ms = options->session_expires_ms;
  gboolean known = lf_slice_is(check->claim.access_key_id, options->access_key_id);
  if (!known && (check->caller = lf_fake_sessions_find(check->sessions, check->claim.access_key_id)) != NULL) {
    known = TRUE;
    token = check->caller->session_token;
    expires_ms = check->caller->expires_ms;
  }
  if (!known || !lf_slice_is(check->claim.session_token, token))
    return refuse(check, UNKNOWN_KEY, "The security token included in the request is invalid.");
  if (token != NULL && expires_ms > 0 && check->now_ms >= expires_ms)
    return refuse(check, EXPIRED_TOKEN, "The security token included in the request is expired");
  return TRUE;
}

static gboolean
check_scope(Check *check)
{
  const LfSigv4Claim *claim = &check->claim;
  if (!lf_slice_is(claim->region, check->options->region))
    return refuse(check, WRONG_SIGNATURE, "Credential should be scoped to a valid region, not '%.*s'.",
                  (int)claim->region.len, claim->region.p);
  if (!lf_slice_is(claim->service, check->service))
    return refuse(check, WRONG_SIGNATURE, "Credential should be scoped to correct service: '%s'.", check->service);
  if (!lf_slice_equal(claim->date, lf_slice(claim->amz_date.p, 8)))
    return refuse(check, WRONG_SIGNATURE,
                  "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                  "'%.*s' != '%.8s', from '%.*s'.",
                  (int)claim->date.len, claim->date.p, claim->amz_date.p, (int)claim->amz_date.len, claim->amz_date.p);
  return TRUE;
}

static gboolean
check_time(Check *check)
{
  const LfSigv4Claim *claim = &check->claim;
  gint64 age_ms = check->now_ms - claim->time_ms, held_ms = SKEW_MS;
  char now[LF_SIGV4_TIME_TEXT], edge[LF_SIGV4_TIME_TEXT];
  lf_sigv4_format_time(check->now_ms, now);
  if (claim->in_query)
    held_ms = MAX(held_ms, claim->expires_s * 1000);
  if (age_ms > held_ms) {
    lf_sigv4_format_time(check->now_ms - held_ms, edge);
    return refuse(check, WRONG_SIGNATURE, "Signature expired: %.*s is now earlier than %s (%s - %d min.)",
                  (int)claim->amz_date.len, claim->amz_date.p, edge, now, (int)(held_ms / 60000));
  }
  if (-age_ms > SKEW_MS) {
    lf_sigv4_format_time(check->now_ms + SKEW_MS, edge);
    return refuse(check, WRONG_SIGNATURE, "Signature not yet current: %.*s is still later than %s (%s + 5 min.)",
                  (int)claim->amz_date.len, claim->amz_date.p, edge, now);
  }
  return TRUE;
}

static gboolean
check_signature(Check *check)
{
  LfSigv4Signed right;
  const char *secret = check->caller != NULL ? check->caller->secret_access_key : check->options->secret_access_key;
  if (lf_sigv4_claim_check(check->arena, &check->request, &check->claim, lf_slice_str(secret), &right))
    return TRUE;
  return refuse(check, WRONG_SIGNATURE,
                "The request signature we calculated does not match the signature you provided. Check your AWS "
                "Secret Access Key and signing method. Consult the service documentation for details.\n\n"
                "The Canonical String for this request should have been\n'%.*s'\n\n"
                "The String-to-Sign should have been\n'%.*s'\n",
                (int)right.canonical_request.len, right.canonical_request.p, (int)right.string_to_sign.len,
                right.string_to_sign.p);
}

/* The checks in their order. */
static gboolean (*const CHECKS[])(Check *) = {check_form, check_key, check_scope, check_time, check_signature};

gboolean
lf_fake_auth_check(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                   const char *service, gint64 now_ms, LfFakeSession **caller, LfFakeRefusal *refusal)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfSigv4Header *headers = lf_arena_alloc_n(arena, request->n_headers, sizeof(LfSigv4Header));
  for (gsize i = 0; i < request->n_headers; i++)
    headers[i] = (LfSigv4Header){request->headers[i].name, request->headers[i].value};
  Check check = {.options = options,
                 .sessions = sessions,
                 .arena = arena,
                 .service = service,
                 .now_ms = now_ms,
                 .refusal = refusal};
  gboolean ok = TRUE;
  check.request = (LfSigv4Request){.method = lf_slice_str(request->method),
                                   .path = request->path,
                                   .query = request->query,
                                   .headers = headers,
                                   .n_headers = request->n_headers,
                                   .body = request->body};
  for (gsize i = 0; ok && i < G_N_ELEMENTS(CHECKS); i++)
    ok = CHECKS[i](&check);
  *caller = check.caller;
  return ok;
}
