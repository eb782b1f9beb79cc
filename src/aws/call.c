/* Calls to AWS: limit, sign, send, classify, try again. */
#include "aws/call.h"

#include "aws/sigv4.h"
#include "aws/words.h"
#include "base/log.h"
#include "net/ratelimit.h"
#include "net/retry.h"
#include "value/json_read.h"

enum {
  RETRY_BASE_MS = 200,
  RETRY_CAP_MS = 20000,
  REFRESHES_MAX = 3,  /* times that one call looks for new credentials before it gives up */
  SKEW_MIN_MS = 2000, /* a Date header has whole seconds: less is no skew */
  WAIT_MIN_MS = 5,    /* while credentials are fetched the call looks for them as often */
  WAIT_MAX_MS = 100,
};

struct LfAws {
  LfHttp *http;
  const LfClock *clock;
  GHashTable *rates;   /* name → double *: calls a second */
  GHashTable *buckets; /* "credentials|region|name" → LfRateLimit * */
  gint64 skew_ms;      /* AWS's clock less the local one */
  gint64 last_skew_ms; /* as the last answer had it */
  LfAwsCounts counts;
  LfCredStore *store;
};

struct LfAwsSession {
  LfAws *aws;
  LfCredCache *cache;
  LfSigv4KeyCache key_cache;
  char *proxy;
  LfTls *tls;         /* (nullable) */
  gboolean throttled; /* said once */
};

struct LfAwsCall {
  LfAwsSession *session;
  LfAwsRequest request;
  char *service, *region, *url, *target, *limit, *body;
  LfAwsFn done;
  void *data;
  LfRetry retry;
  guint64 ticket; /* of waiting for credentials */
  gint64 wait_ms;
  gint64 began_ms;
  gint64 sent_ms; /* of the last try */
  char *key_id;   /* (nullable) that the last try was signed with */
  guint tries;
  guint refreshes;
  LfRateLimit *bucket; /* (nullable) */
  guint64 bytes;
  guint64 timer;
  gboolean in_flight;
  gboolean cancelled;
  gboolean skew_fixed;
  gboolean said; /* that it keeps failing */
};

LfAws *
lf_aws_new(LfHttp *http, const LfClock *clock)
{
  LfAws *aws = g_new0(LfAws, 1);
  aws->http = http;
  aws->clock = clock;
  aws->store = lf_cred_store_new(clock);
  aws->rates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  aws->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return aws;
}

void
lf_aws_free(LfAws *aws)
{
  if (aws == NULL)
    return;
  lf_cred_store_free(aws->store);
  g_hash_table_unref(aws->rates);
  g_hash_table_unref(aws->buckets);
  g_free(aws);
}

void
lf_aws_set_limit(LfAws *aws, const char *name, double per_second)
{
  g_hash_table_insert(aws->rates, g_strdup(name), g_memdup2(&per_second, sizeof per_second));
}

gint64
lf_aws_now_ms(const LfAws *aws)
{
  return lf_clock_wall_ms(aws->clock) + aws->skew_ms;
}

LfAwsCounts
lf_aws_counts(const LfAws *aws)
{
  return aws->counts;
}

LfAwsSession *
lf_aws_session_new(LfAws *aws, const LfCredOptions *options, const char *proxy)
{
  LfAwsSession *s = g_new0(LfAwsSession, 1);
  s->aws = aws;
  LfCredOptions with_proxy = *options;
  with_proxy.proxy = proxy;
  s->cache = lf_cred_store_cache(aws->store, &with_proxy);
  s->proxy = g_strdup(proxy);
  s->tls = lf_tls_ref(options->tls);
  return s;
}

void
lf_aws_session_free(LfAwsSession *s)
{
  if (s == NULL)
    return;
  lf_sigv4_key_cache_clear(&s->key_cache);
  g_free(s->proxy);
  lf_tls_unref(s->tls);
  g_free(s);
}

void
lf_aws_set_renew(LfAws *aws, LfCredRenewFn renew, void *data)
{
  lf_cred_store_set_renew(aws->store, renew, data);
}

LfCredCacheResult
lf_aws_session_credentials(LfAwsSession *s, guint64 *ticket, LfCredentials **out, GError **error)
{
  return lf_cred_cache_get(s->cache, lf_aws_now_ms(s->aws), ticket, out, error);
}

static void
call_free(LfAwsCall *c)
{
  g_free(c->service);
  g_free(c->region);
  g_free(c->url);
  g_free(c->target);
  g_free(c->limit);
  g_free(c->body);
  g_free(c->key_id);
  g_free(c);
}

/* Hands the outcome over and ends the call. */
static void
end_call(LfAwsCall *c, LfHttpResponse *answer, const LfAwsFailure *failure)
{
  c->done(answer, failure, c->data);
  call_free(c);
}

/* The credentials now. Returns: (transfer full) (nullable): NULL where `again` is called once they may be there, and
 * where the call has ended because they cannot be had. */
static LfCredentials *
credentials(LfAwsCall *c, LfHttpTimerFn again)
{
  LfAws *aws = c->session->aws;
  g_autoptr(GError) error = NULL;
  LfCredentials *found = NULL;
  LfCredCacheResult result = lf_cred_cache_get(c->session->cache, lf_aws_now_ms(aws), &c->ticket, &found, &error);
  if (result == LF_CRED_CACHE_FAILED) {
    end_call(c, NULL, &(LfAwsFailure){.kind = LF_AWS_CREDENTIALS, .code = "", .message = error->message});
  } else if (result == LF_CRED_CACHE_WAIT) {
    c->wait_ms = CLAMP(c->wait_ms * 2, WAIT_MIN_MS, WAIT_MAX_MS);
    c->timer = lf_http_after(aws->http, c->wait_ms, again, c);
  } else {
    c->wait_ms = 0;
  }
  return found;
}

/* Inputs with the same way to credentials share a bucket, whatever keys they have at the moment. */
static gint64
take_token(LfAwsCall *c)
{
  LfAws *aws = c->session->aws;
  const double *rate = c->limit != NULL ? g_hash_table_lookup(aws->rates, c->limit) : NULL;
  if (rate == NULL || *rate <= 0)
    return 0;
  gint64 now = lf_clock_monotonic_ms(aws->clock);
  char *key = g_strdup_printf("%p|%s|%s", (void *)c->session->cache, c->region, c->limit);
  LfRateLimit *bucket = g_hash_table_lookup(aws->buckets, key);
  if (bucket == NULL) {
    bucket = g_new(LfRateLimit, 1);
    lf_ratelimit_init(bucket, *rate, now);
    g_hash_table_insert(aws->buckets, key, bucket);
  } else {
    g_free(key);
  }
  c->bucket = bucket;
  return lf_ratelimit_take(bucket, now);
}

static void on_answer(LfHttpResponse *response, const GError *error, void *data);

static gboolean
has_room(gsize bytes, void *data)
{
  const LfAwsCall *c = data;
  return c->cancelled || c->request.has_room(bytes, c->data);
}

static void
send_now(void *data)
{
  LfAwsCall *c = data;
  LfAws *aws = c->session->aws;
  c->timer = 0;
  g_autoptr(LfCredentials) cred = credentials(c, send_now);
  if (cred == NULL)
    return;
  g_free(c->key_id);
  c->key_id = g_strdup(cred->access_key_id);
  g_autoptr(LfArena) arena = lf_arena_new();
  const char *host = strstr(c->url, "://") + 3;
  LfSigv4Header headers[3] = {
      {LF_SLICE_LIT("Host"), lf_slice_str(host)},
      {LF_SLICE_LIT("Content-Type"), c->target != NULL
                                         ? LF_SLICE_LIT("application/x-amz-json-1.1")
                                         : LF_SLICE_LIT("application/x-www-form-urlencoded; charset=utf-8")},
      {LF_SLICE_LIT("X-Amz-Target"), lf_slice_str(c->target)},
  };
  LfSigv4Request request = {.method = LF_SLICE_LIT("POST"),
                            .path = LF_SLICE_LIT("/"),
                            .headers = headers,
                            .n_headers = c->target != NULL ? 3 : 2,
                            .body = c->request.body};
  LfSigv4Keys keys = {lf_slice_str(cred->access_key_id), lf_slice_str(cred->secret_access_key),
                      lf_slice_str(cred->session_token)};
  LfSigv4Options options = lf_sigv4_options(lf_slice_str(c->region), lf_slice_str(c->service), lf_aws_now_ms(aws));
  LfSigv4Signed signed_request;
  lf_sigv4_sign_headers(arena, &request, &keys, &options, &c->session->key_cache, &signed_request);
  const char *lines[G_N_ELEMENTS(headers) + LF_SIGV4_HEADERS_MAX + 1] = {0};
  gsize n = 0;
  for (gsize i = 0; i < request.n_headers; i++)
    lines[n++] = lf_arena_printf(arena, "%.*s: %.*s", (int)headers[i].name.len, headers[i].name.p,
                                 (int)headers[i].value.len, headers[i].value.p)
                     .p;
  for (gsize i = 0; i < signed_request.n_add; i++)
    lines[n++] = lf_arena_printf(arena, "%.*s: %.*s", (int)signed_request.add[i].name.len, signed_request.add[i].name.p,
                                 (int)signed_request.add[i].value.len, signed_request.add[i].value.p)
                     .p;
  g_autofree char *url = g_strdup_printf("%s/", c->url);
  LfHttpRequest http = {.method = "POST",
                        .url = url,
                        .headers = lines,
                        .body = c->request.body,
                        .timeout_ms = c->request.timeout_ms,
                        .max_bytes = c->request.max_bytes,
                        .proxy = c->session->proxy,
                        .tls = c->session->tls,
                        .has_room = c->request.has_room != NULL ? has_room : NULL};
  aws->counts.calls++;
  aws->counts.retries += c->tries > 0;
  c->tries++;
  c->in_flight = TRUE;
  c->sent_ms = lf_clock_monotonic_ms(aws->clock);
  LfHttpTransport *transport = lf_http_transport(aws->http);
  transport->send(transport, &http, on_answer, c);
}

static void
send_when_due(void *data)
{
  LfAwsCall *c = data;
  c->timer = 0;
  g_autoptr(LfCredentials) cred = credentials(c, send_when_due);
  if (cred != NULL)
    c->timer = lf_http_after(c->session->aws->http, take_token(c), send_now, c);
}

static void
next_try_is_due(void *data)
{
  LfAwsCall *c = data;
  if (c->request.on_wait == NULL) {
    send_when_due(c);
    return;
  }
  c->timer = 0;
  c->request.on_wait(TRUE, c->data);
}

static void
try_again(LfAwsCall *c, gint64 at_least_ms)
{
  gint64 wait = lf_retry_next(&c->retry, lf_retry_random()); /* once: MAX takes its arguments twice */
  c->timer = lf_http_after(c->session->aws->http, MAX(wait, at_least_ms), next_try_is_due, c);
  if (c->request.on_wait != NULL)
    c->request.on_wait(FALSE, c->data);
}

/* Exception names, as the services' API references and the SDKs' retry rules have them. */
static const struct {
  const char *code;
  LfAwsErrorKind kind;
} codes[] = {
    {"ThrottlingException", LF_AWS_THROTTLED},
    {"Throttling", LF_AWS_THROTTLED},
    {"ThrottledException", LF_AWS_THROTTLED},
    {"RequestThrottled", LF_AWS_THROTTLED},
    {"RequestThrottledException", LF_AWS_THROTTLED},
    {"TooManyRequestsException", LF_AWS_THROTTLED},
    {"RequestLimitExceeded", LF_AWS_THROTTLED},
    {"LimitExceededException", LF_AWS_THROTTLED},
    {"ServiceUnavailableException", LF_AWS_SERVER},
    {"ServiceUnavailable", LF_AWS_SERVER},
    {"InternalFailure", LF_AWS_SERVER},
    {"InternalServerException", LF_AWS_SERVER},
    {"InternalServerError", LF_AWS_SERVER},
    {"ExpiredToken", LF_AWS_EXPIRED},
    {"ExpiredTokenException", LF_AWS_EXPIRED},
    {"RequestExpired", LF_AWS_SKEWED},
    {"RequestTimeTooSkewed", LF_AWS_SKEWED},
    {"ResourceNotFoundException", LF_AWS_NOT_FOUND},
    {"AccessDeniedException", LF_AWS_DENIED},
    {"AccessDenied", LF_AWS_DENIED},
    {"UnrecognizedClientException", LF_AWS_DENIED},
    {"InvalidClientTokenId", LF_AWS_DENIED},
    {"InvalidSignatureException", LF_AWS_DENIED},
    {"SignatureDoesNotMatch", LF_AWS_DENIED},
    {"MissingAuthenticationToken", LF_AWS_DENIED},
    {"MissingAuthenticationTokenException", LF_AWS_DENIED},
    {"IncompleteSignature", LF_AWS_DENIED},
    {"OptInRequired", LF_AWS_DENIED},
    {"InvalidParameterException", LF_AWS_INVALID},
    {"ValidationException", LF_AWS_INVALID},
    {"InvalidParameterValue", LF_AWS_INVALID},
    {"SerializationException", LF_AWS_INVALID},
};

static LfAwsErrorKind
classify(guint status, const char *code, const char *message)
{
  if (strcmp(code, "InvalidSignatureException") == 0 &&
      (strstr(message, "Signature expired") != NULL || strstr(message, "not yet current") != NULL))
    return LF_AWS_SKEWED;
  for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
    if (strcmp(code, codes[i].code) == 0)
      return codes[i].kind;
  if (status == 429)
    return LF_AWS_THROTTLED;
  return status >= 500 || status == 408 ? LF_AWS_SERVER : LF_AWS_OTHER;
}

/* The text between two tags of a Query protocol's error document. */
static char *
xml_text(LfSlice body, const char *open, const char *close)
{
  const char *from = memmem(body.p, body.len, open, strlen(open));
  if (from == NULL)
    return NULL;
  from += strlen(open);
  const char *to = memmem(from, (gsize)(body.p + body.len - from), close, strlen(close));
  return to != NULL ? g_strndup(from, (gsize)(to - from)) : NULL;
}

static char *
json_text(LfArena *arena, const LfValue *v, const char *key)
{
  LfValue *m = lf_object_get_str(v, key);
  return lf_value_is(m, LF_TYPE_STRING) ? lf_slice_dup(lf_value_text(arena, m)) : NULL;
}

/* The exception's name without its namespace, and its message; both bounded, since they go into the log. */
static void
read_error(const LfHttpResponse *r, char **code, char **message)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue v;
  LfSlice body = lf_buf_slice(&r->body);
  *code = *message = NULL;
  if (body.len > 0 && body.p[0] == '<') {
    *code = xml_text(body, "<Code>", "</Code>");
    *message = xml_text(body, "<Message>", "</Message>");
  } else if (lf_json_read_copy(arena, body, &v, NULL) && v.type == LF_TYPE_OBJECT) {
    *code = json_text(arena, &v, "__type");
    *message = json_text(arena, &v, "message");
    if (*message == NULL)
      *message = json_text(arena, &v, "Message");
  }
  if (*code == NULL && r->error_type != NULL)
    *code = g_strndup(r->error_type, strcspn(r->error_type, ":"));
  const char *hash = *code != NULL ? strrchr(*code, '#') : NULL;
  if (hash != NULL) {
    char *bare = g_strdup(hash + 1);
    g_free(*code);
    *code = bare;
  }
  lf_aws_bound_words(*code, *message);
  if (*code == NULL)
    *code = g_strdup("");
  if (*message == NULL)
    *message = g_strdup_printf("the server answered with status %u", r->status);
}

/* Measures how far the local clock is off, by an answer of AWS itself (one with a request id). Two have to agree before it
 * is believed, but for one that refuses a signature because of its time: a wrong time would move what has been read. */
static void
measure_skew(LfAws *aws, const LfHttpResponse *r, gboolean refused_for_time)
{
  if (r->date_ms < 0 || r->request_id == NULL)
    return;
  gint64 ago = lf_clock_monotonic_ms(lf_clock_system()) - r->answered_ms;
  gint64 skew = r->date_ms + 500 - (lf_clock_wall_ms(aws->clock) - ago);
  if (ABS(skew) < SKEW_MIN_MS)
    skew = 0;
  gboolean agrees = ABS(skew - aws->last_skew_ms) < SKEW_MIN_MS;
  aws->last_skew_ms = skew;
  if (ABS(skew - aws->skew_ms) < SKEW_MIN_MS || !(agrees || refused_for_time))
    return;
  if (skew != 0)
    lf_log_warning("aws", "this machine's clock is %.1f s %s AWS's; it is corrected for, but set it",
                   ABS(skew) / 1000.0, skew > 0 ? "behind" : "ahead of");
  aws->skew_ms = skew;
}

static void
say_throttled(LfAwsSession *s, gboolean throttled, const LfAwsCall *c)
{
  if (throttled && !s->throttled)
    lf_log_info("aws", "%s: %s is throttled by AWS; calls slow down", c->region,
                c->target != NULL ? c->target : c->service);
  s->throttled = throttled;
}

/* Whether the request forbids another try, `wait_ms` from now. */
static gboolean
tried_enough(const LfAwsCall *c, gint64 wait_ms)
{
  const LfAwsRequest *r = &c->request;
  gint64 spent_ms = lf_clock_monotonic_ms(c->session->aws->clock) - c->began_ms + wait_ms;
  return (r->max_tries > 0 && c->tries >= r->max_tries) || (r->deadline_ms > 0 && spent_ms >= r->deadline_ms);
}

static void
handle_failure(LfAwsCall *c, LfHttpResponse *r, const LfAwsFailure *f)
{
  LfAwsSession *s = c->session;
  gint64 asked_s = r != NULL && r->retry_after != NULL ? g_ascii_strtoll(r->retry_after, NULL, 10) : 0;
  gint64 at_least = CLAMP(asked_s, 0, 300) * 1000;
  g_autofree char *text = lf_aws_failure_text(f);
  lf_log_debug("aws", "%s in %s, try %u: %s", c->target != NULL ? c->target : c->service, c->region, c->tries, text);
  if (tried_enough(c, at_least)) {
    end_call(c, NULL, f);
    return;
  }
  switch (f->kind) {
  case LF_AWS_THROTTLED:
    say_throttled(s, TRUE, c);
    if (c->bucket != NULL)
      lf_ratelimit_slow_down(c->bucket, lf_clock_monotonic_ms(s->aws->clock));
    try_again(c, at_least);
    return;
  case LF_AWS_NETWORK:
  case LF_AWS_SERVER:
    if (c->tries >= 3 && !c->said && c->request.max_tries == 0)
      lf_log_warning("aws", "%s in %s keeps failing and is tried on: %s", c->target != NULL ? c->target : c->service,
                     c->region, text);
    c->said |= c->tries >= 3;
    try_again(c, at_least);
    return;
  case LF_AWS_EXPIRED:
    if (c->refreshes++ < REFRESHES_MAX) {
      lf_cred_cache_refuse(s->cache, c->key_id);
      try_again(c, 0);
      return;
    }
    break;
  case LF_AWS_SKEWED:
    if (!c->skew_fixed) {
      c->skew_fixed = TRUE;
      try_again(c, 0);
      return;
    }
    break;
  default:
    break;
  }
  end_call(c, NULL, f);
}

static void
on_answer(LfHttpResponse *r, const GError *error, void *data)
{
  LfAwsCall *c = data;
  c->in_flight = FALSE;
  if (c->cancelled) {
    call_free(c);
    return;
  }
  if (error != NULL) {
    LfAwsErrorKind kind = error->code == LF_HTTP_ERROR_NETWORK || error->code == LF_HTTP_ERROR_TIMEOUT ? LF_AWS_NETWORK
                          : error->code == LF_HTTP_ERROR_TLS                                           ? LF_AWS_TLS
                                                                                                       : LF_AWS_OTHER;
    handle_failure(c, NULL, &(LfAwsFailure){.kind = kind, .code = "", .message = error->message});
    return;
  }
  c->session->aws->counts.bytes += r->wire_bytes;
  c->bytes += r->wire_bytes;
  if (r->status == 200) {
    measure_skew(c->session->aws, r, FALSE);
    say_throttled(c->session, FALSE, c);
    if (c->bucket != NULL)
      lf_ratelimit_speed_up(c->bucket);
    end_call(c, r, NULL);
    return;
  }
  g_autofree char *code = NULL, *message = NULL;
  read_error(r, &code, &message);
  if (classify(r->status, code, message) == LF_AWS_SKEWED)
    measure_skew(c->session->aws, r, TRUE);
  handle_failure(c, r,
                 &(LfAwsFailure){.kind = classify(r->status, code, message),
                                 .status = r->status,
                                 .code = code,
                                 .message = message,
                                 .request_id = r->request_id});
}

LfAwsCall *
lf_aws_call(LfAwsSession *session, const LfAwsRequest *request, LfAwsFn done, void *data)
{
  LfAwsCall *c = g_new0(LfAwsCall, 1);
  c->session = session;
  c->request = *request;
  c->service = g_strdup(request->service);
  c->region = g_strdup(request->region);
  c->url = g_strdup(request->url);
  c->target = g_strdup(request->target);
  c->limit = g_strdup(request->limit);
  c->body = lf_slice_dup(request->body);
  c->request.body.p = c->body;
  c->done = done;
  c->data = data;
  c->retry = (LfRetry){RETRY_BASE_MS, RETRY_CAP_MS, 0};
  c->began_ms = lf_clock_monotonic_ms(session->aws->clock);
  c->timer = lf_http_after(session->aws->http, 0, send_when_due, c);
  return c;
}

void
lf_aws_resume(LfAwsCall *c)
{
  c->timer = lf_http_after(c->session->aws->http, 0, send_when_due, c); /* not now: it may end within */
}

gint64
lf_aws_call_sent_ms(const LfAwsCall *c)
{
  return c->in_flight ? c->sent_ms : G_MAXINT64;
}

LfAwsCounts
lf_aws_call_counts(const LfAwsCall *c)
{
  return (LfAwsCounts){.calls = c->tries, .retries = c->tries > 0 ? c->tries - 1 : 0, .bytes = c->bytes};
}

void
lf_aws_cancel(LfAwsCall *c)
{
  if (c == NULL)
    return;
  c->cancelled = TRUE;
  if (!c->in_flight) {
    lf_http_cancel(c->session->aws->http, c->timer);
    call_free(c);
  }
}

char *
lf_aws_failure_text(const LfAwsFailure *f)
{
  g_auto(LfBuf) text = {0};
  gboolean from_aws = f->code[0] != '\0';
  if (from_aws)
    lf_buf_printf(&text, "%s: ", f->code);
  gsize len = from_aws ? strcspn(f->message, "\r\n") : strlen(f->message); /* behind it is how to sign, a page long */
  lf_buf_append(&text, f->message, len);
  if (f->request_id != NULL)
    lf_buf_printf(&text, LF_AWS_REQUEST_ID "%s)", f->request_id);
  return lf_buf_steal(&text);
}
