/* The way to an Elasticsearch or OpenSearch. */
#include "config.h"

#include "output/es_client.h"

#include "aws/cred/cache.h"
#include "aws/sigv4.h"
#include "base/log.h"
#include "output/es_host.h"
#include "value/json_read.h"

enum {
  ANSWER_MAX = 16 * 1024 * 1024,
  TEXT_MAX = 400,
  STEP_MS = 100,   /* how long a wait goes on before it is asked whether it may */
  WAIT_MIN_MS = 5, /* while credentials are fetched they are looked for as often */
  WAIT_MAX_MS = 100,
  SKEW_MIN_MS = 2000,
};

struct LfEsClient {
  const LfEsConnection *settings;
  const LfClock *clock;
  LfEsGoOnFn go_on;
  void *go_on_data;
  LfHttp *http;
  LfEsHost *hosts;
  char **authorization; /* a header line a host; NULL for none */
  char **headers;       /* lines; NULL-terminated */
  char **proxy_headers; /* the same, for a proxy's CONNECT */
  GPtrArray *waiting;   /* of Call: until there are credentials */
  guint n_hosts;
  const char *proxy; /* (nullable) */
  LfTls *tls;
  LfCredStore *store; /* (nullable) */
  LfCredCache *cache;
  LfSigv4KeyCache key_cache;
  gint64 skew_ms; /* AWS's clock less the local one */
};

/* A request until its answer. */
typedef struct {
  LfEsClient *client;
  LfEsRequest request;
  guint host;
  char *url;
  LfHttpFn done;
  void *data;
  char *key_id; /* (nullable) that it was signed with */
  guint64 ticket;
  gint64 wait_ms;
} Call;

static gboolean
is_set(const char *text)
{
  return text != NULL && text[0] != '\0';
}

static char *
basic_line(const char *user, const char *password)
{
  g_autofree char *pair = g_strdup_printf("%s:%s", user != NULL ? user : "", password != NULL ? password : "");
  g_autofree char *encoded = g_base64_encode((const guchar *)pair, strlen(pair));
  return g_strdup_printf("Authorization: Basic %s", encoded);
}

static char *
authorization_line(const LfEsConnection *s, const LfEsHost *host)
{
  if (host->user != NULL)
    return basic_line(host->user, host->password);
  if (is_set(s->api_key)) {
    g_autofree char *encoded = g_base64_encode((const guchar *)s->api_key, strlen(s->api_key));
    /* one that has no colon is taken as the encoded form that Elasticsearch shows, too */
    return g_strdup_printf("Authorization: ApiKey %s", strchr(s->api_key, ':') != NULL ? encoded : s->api_key);
  }
  return is_set(s->username) || is_set(s->password) ? basic_line(s->username, s->password) : NULL;
}

static char **
header_lines(const LfNode *headers)
{
  GPtrArray *lines = g_ptr_array_new();
  for (guint i = 0; headers != NULL && i < headers->n; i++) {
    const LfNodeEntry *e = &headers->entries[i];
    g_ptr_array_add(
        lines, e->node->text.len > 0
                   ? g_strdup_printf("%.*s: %.*s", (int)e->key.len, e->key.p, (int)e->node->text.len, e->node->text.p)
                   : g_strdup_printf("%.*s;", (int)e->key.len, e->key.p)); /* libcurl: an empty one */
  }
  g_ptr_array_add(lines, NULL);
  return (char **)g_ptr_array_free(lines, FALSE);
}

static void
open_credentials(LfEsClient *c, LfPlace place)
{
  const LfEsConnection *s = c->settings;
  c->store = lf_cred_store_new(c->clock);
  c->cache = lf_cred_store_cache(c->store, &(LfCredOptions){.access_key_id = s->aws.access_key_id,
                                                            .secret_access_key = s->aws.secret_access_key,
                                                            .session_token = s->aws.session_token,
                                                            .credential_profile_name = s->aws.credential_profile_name,
                                                            .shared_credential_file = s->aws.shared_credential_file,
                                                            .role_arn = s->aws.role_arn,
                                                            .external_id = s->aws.external_id,
                                                            .region = s->aws.region,
                                                            .proxy = c->proxy,
                                                            .tls = c->tls,
                                                            .place = place});
}

static void
end_call(Call *call, LfHttpResponse *response, const GError *error)
{
  call->done(response, error, call->data);
  g_free(call->url);
  g_free(call->key_id);
  g_free(call);
}

LfEsClient *
lf_es_client_new(const LfEsConnection *settings, const LfClock *clock, LfPlace place, LfEsGoOnFn go_on,
                 void *go_on_data, GError **error)
{
  g_autoptr(LfTls) tls = lf_tls_new(&settings->ssl, error);
  if (tls == NULL)
    return NULL;
  LfEsClient *c = g_new0(LfEsClient, 1);
  c->settings = settings;
  c->tls = g_steal_pointer(&tls);
  c->clock = clock;
  c->go_on = go_on;
  c->go_on_data = go_on_data;
  c->http = lf_http_new("logferry/" PACKAGE_VERSION);
  c->n_hosts = settings->hosts.n;
  c->hosts = g_new0(LfEsHost, c->n_hosts);
  c->authorization = g_new0(char *, c->n_hosts);
  c->headers = header_lines(settings->headers);
  c->proxy_headers = header_lines(settings->proxy_headers);
  c->waiting = g_ptr_array_new();
  c->proxy = settings->proxy_disable ? "" : is_set(settings->proxy_url) ? settings->proxy_url : NULL;
  for (guint i = 0; i < c->n_hosts; i++) {
    g_assert(lf_es_host_parse(settings, settings->hosts.items[i], place, &c->hosts[i], NULL));
    c->authorization[i] = authorization_line(settings, &c->hosts[i]);
  }
  if (settings->aws.service != LF_ES_AWS_NONE)
    open_credentials(c, place);
  return c;
}

void
lf_es_client_free(LfEsClient *c)
{
  if (c == NULL)
    return;
  lf_http_free(c->http);
  for (guint i = 0; i < c->waiting->len; i++) {
    g_autoptr(GError) error = g_error_new_literal(LF_HTTP_ERROR, LF_HTTP_ERROR_STOPPED, "the program stops");
    end_call(g_ptr_array_index(c->waiting, i), NULL, error);
  }
  g_ptr_array_unref(c->waiting);
  lf_cred_store_free(c->store);
  lf_sigv4_key_cache_clear(&c->key_cache);
  lf_tls_unref(c->tls);
  for (guint i = 0; i < c->n_hosts; i++) {
    lf_es_host_clear(&c->hosts[i]);
    if (c->authorization[i] != NULL)
      explicit_bzero(c->authorization[i], strlen(c->authorization[i]));
    g_free(c->authorization[i]);
  }
  g_free(c->hosts);
  g_free(c->authorization);
  g_strfreev(c->headers);
  g_strfreev(c->proxy_headers);
  g_free(c);
}

LfHttp *
lf_es_client_http(LfEsClient *c)
{
  return c->http;
}

guint
lf_es_client_n_hosts(const LfEsClient *c)
{
  return c->n_hosts;
}

const char *
lf_es_client_host(const LfEsClient *c, guint i)
{
  return c->hosts[i].url;
}

/* AWS refuses a signature by its time or by its token: both can be mended before the request is sent again. */
static void
learn_from_refusal(Call *call, const LfHttpResponse *r)
{
  LfEsClient *c = call->client;
  LfSlice body = lf_buf_slice(&r->body);
  g_autofree char *text = lf_slice_dup(lf_slice(body.p, MIN(body.len, 4096)));
  if (strstr(text, "Signature expired") != NULL || strstr(text, "not yet current") != NULL) {
    gint64 skew = r->date_ms >= 0 ? r->date_ms + 500 - lf_clock_wall_ms(c->clock) : 0;
    if (ABS(skew - c->skew_ms) >= SKEW_MIN_MS)
      lf_log_warning("output", "this machine's clock is %.1f s %s AWS's; it is corrected for, but set it",
                     (double)ABS(skew) / 1000.0, skew > 0 ? "behind" : "ahead of");
    c->skew_ms = skew;
  } else if (strstr(text, "token") != NULL && strstr(text, "expired") != NULL) {
    lf_cred_cache_refuse(c->cache, call->key_id);
  }
}

static void
on_answer(LfHttpResponse *response, const GError *error, void *data)
{
  Call *call = data;
  if (response != NULL && response->status == 403 && call->client->cache != NULL)
    learn_from_refusal(call, response);
  end_call(call, response, error);
}

/* The lines that sign the request. Only what no proxy touches is signed, and the body's hash. */
static gsize
sign(Call *call, const LfCredentials *cred, LfArena *arena, const char **lines)
{
  LfEsClient *c = call->client;
  const LfEsHost *host = &c->hosts[call->host];
  const char *mark = strchr(call->request.path, '?');
  gsize len = mark != NULL ? (gsize)(mark - call->request.path) : strlen(call->request.path);
  LfSlice path = lf_arena_printf(arena, "%s%.*s", host->path, (int)len, call->request.path);
  LfSigv4Header headers[] = {{LF_SLICE_LIT("Host"), lf_slice_str(host->authority)}};
  LfSigv4Request request = {.method = lf_slice_str(call->request.method),
                            .path = path,
                            .query = lf_slice_str(mark != NULL ? mark + 1 : NULL),
                            .headers = headers,
                            .n_headers = G_N_ELEMENTS(headers),
                            .body = call->request.body};
  LfSigv4Keys keys = {lf_slice_str(cred->access_key_id), lf_slice_str(cred->secret_access_key),
                      lf_slice_str(cred->session_token)};
  LfSigv4Options options =
      lf_sigv4_options(lf_slice_str(c->settings->aws.region),
                       c->settings->aws.service == LF_ES_AWS_AOSS ? LF_SLICE_LIT("aoss") : LF_SLICE_LIT("es"),
                       lf_clock_wall_ms(c->clock) + c->skew_ms);
  options.sign_body = TRUE; /* the serverless service wants x-amz-content-sha256, the other takes it */
  LfSigv4Signed out;
  lf_sigv4_sign_headers(arena, &request, &keys, &options, &c->key_cache, &out);
  for (gsize i = 0; i < out.n_add; i++)
    lines[i] = lf_arena_printf(arena, "%.*s: %.*s", (int)out.add[i].name.len, out.add[i].name.p,
                               (int)out.add[i].value.len, out.add[i].value.p)
                   .p;
  return out.n_add;
}

/* Sends now, or once there are credentials. */
static void
send_call(void *data)
{
  Call *call = data;
  LfEsClient *c = call->client;
  const LfEsRequest *r = &call->request;
  g_autoptr(LfArena) arena = lf_arena_new();
  const char *lines[LF_ES_HEADERS_MAX + LF_SIGV4_HEADERS_MAX + 5] = {0};
  gsize n = 0;
  g_ptr_array_remove_fast(c->waiting, call);
  if (c->cache != NULL) {
    g_autoptr(LfCredentials) cred = NULL;
    g_autoptr(GError) error = NULL;
    LfCredCacheResult result =
        lf_cred_cache_get(c->cache, lf_clock_wall_ms(c->clock) + c->skew_ms, &call->ticket, &cred, &error);
    if (result == LF_CRED_CACHE_WAIT) {
      call->wait_ms = CLAMP(call->wait_ms * 2, WAIT_MIN_MS, WAIT_MAX_MS);
      g_ptr_array_add(c->waiting, call);
      lf_http_after(c->http, call->wait_ms, send_call, call);
      return;
    }
    if (result == LF_CRED_CACHE_FAILED) {
      end_call(call, NULL, error);
      return;
    }
    call->key_id = g_strdup(cred->access_key_id);
    n = sign(call, cred, arena, lines);
  } else if (c->authorization[call->host] != NULL) {
    lines[n++] = c->authorization[call->host];
  }
  if (r->body.len > 0)
    lines[n++] =
        lf_arena_printf(arena, "Content-Type: %s", r->content_type != NULL ? r->content_type : "application/json").p;
  if (r->content_encoding != NULL)
    lines[n++] = lf_arena_printf(arena, "Content-Encoding: %s", r->content_encoding).p;
  lines[n++] = "Accept: application/json";
  for (char **h = c->headers; *h != NULL; h++)
    lines[n++] = *h;
  LfHttpRequest http = {.method = r->method,
                        .url = call->url,
                        .headers = lines,
                        .body = r->body,
                        .timeout_ms = c->settings->timeout_ms,
                        .max_bytes = r->max_bytes > 0 ? r->max_bytes : ANSWER_MAX,
                        .proxy = c->proxy,
                        .proxy_headers = (const char *const *)c->proxy_headers,
                        .tls = c->tls,
                        .trace = r->trace};
  LfHttpTransport *transport = lf_http_transport(c->http);
  transport->send(transport, &http, on_answer, call);
}

void
lf_es_client_send(LfEsClient *c, guint host, const LfEsRequest *request, LfHttpFn done, void *data)
{
  Call *call = g_new0(Call, 1);
  *call = (Call){.client = c, .request = *request, .host = host, .done = done, .data = data};
  call->url = g_strconcat(c->hosts[host].url, request->path, NULL);
  send_call(call);
}

void
lf_es_answer_clear(LfEsAnswer *answer)
{
  lf_buf_clear(&answer->body);
}

/* A request that is waited for. Where nobody waits any more it lives on until it is answered, with what it borrows. */
typedef struct {
  char *path;
  LfBuf sent;
  LfEsAnswer answer;
  GError *error; /* (nullable) */
  gboolean done;
  gboolean left;
} Wait;

static Wait *
wait_new(const char *path, LfSlice body)
{
  Wait *wait = g_new0(Wait, 1);
  wait->path = g_strdup(path);
  lf_buf_append_slice(&wait->sent, body);
  return wait;
}

static void
wait_free(Wait *wait)
{
  g_free(wait->path);
  lf_buf_clear(&wait->sent);
  lf_es_answer_clear(&wait->answer);
  g_clear_error(&wait->error);
  g_free(wait);
}

static void
on_waited(LfHttpResponse *response, const GError *error, void *data)
{
  Wait *wait = data;
  if (wait->left) {
    wait_free(wait);
    return;
  }
  wait->done = TRUE;
  if (error != NULL) {
    wait->error = g_error_copy(error);
    return;
  }
  wait->answer.status = response->status;
  wait->answer.body = response->body;
  response->body = (LfBuf){0};
}

static gboolean
may_go_on(const LfEsClient *c)
{
  return c->go_on == NULL || c->go_on(c->go_on_data);
}

/* Asks one host. Returns: FALSE where it gives no answer, or nobody is to wait for it any more. */
static gboolean
ask_host(LfEsClient *c, guint host, const char *method, const char *path, LfSlice body, LfEsAnswer *answer,
         GError **error)
{
  Wait *wait = wait_new(path, body);
  LfEsRequest request = {.method = method, .path = wait->path, .body = lf_buf_slice(&wait->sent)};
  lf_es_client_send(c, host, &request, on_waited, wait);
  while (!wait->done && may_go_on(c))
    lf_http_step(c->http, STEP_MS);
  if (!wait->done) {
    wait->left = TRUE;
    g_set_error(error, LF_HTTP_ERROR, LF_HTTP_ERROR_STOPPED, "%s: the program stops", c->hosts[host].url);
    return FALSE;
  }
  gboolean ok = wait->error == NULL;
  if (ok) {
    *answer = wait->answer;
    answer->host = host;
    wait->answer = (LfEsAnswer){0};
  } else {
    g_set_error(error, LF_HTTP_ERROR, wait->error->domain == LF_HTTP_ERROR ? wait->error->code : LF_HTTP_ERROR_REQUEST,
                "%s: %s", c->hosts[host].url, wait->error->message);
  }
  wait_free(wait);
  return ok;
}

gboolean
lf_es_request(LfEsClient *c, const char *method, const char *path, LfSlice body, LfEsAnswer *answer, GError **error)
{
  lf_es_answer_clear(answer);
  for (guint i = 0;; i++) {
    g_autoptr(GError) why = NULL;
    if (!may_go_on(c)) {
      g_set_error(error, LF_HTTP_ERROR, LF_HTTP_ERROR_STOPPED, "%s: the program stops", c->hosts[i].url);
      return FALSE;
    }
    if (ask_host(c, i, method, path, body, answer, &why))
      return TRUE;
    if (i + 1 == c->n_hosts || g_error_matches(why, LF_HTTP_ERROR, LF_HTTP_ERROR_STOPPED)) {
      g_propagate_error(error, g_steal_pointer(&why));
      return FALSE;
    }
  }
}

char *
lf_es_clean_text(LfSlice text)
{
  char *out = g_utf8_make_valid(text.len > 0 ? text.p : "", (gssize)MIN(text.len, TEXT_MAX));
  for (char *p = out; *p != '\0'; p++)
    if ((guint8)*p < ' ' || *p == 0x7f)
      *p = ' ';
  return out;
}

/* The reason at the end of the chain of `caused_by`, which is the one that tells. */
static LfSlice
deepest_cause(LfArena *arena, LfValue *error)
{
  LfSlice out = {0};
  for (LfValue *cause = lf_object_get_str(error, "caused_by"); lf_value_is(cause, LF_TYPE_OBJECT);
       cause = lf_object_get_str(cause, "caused_by")) {
    LfValue *reason = lf_object_get_str(cause, "reason");
    if (lf_value_is(reason, LF_TYPE_STRING))
      out = lf_value_text(arena, reason);
  }
  return out;
}

/* "type: reason" of Elasticsearch's error document, or AWS's message. (transfer full) (nullable) */
static char *
error_text(LfSlice body)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue root;
  if (!lf_json_read_copy(arena, body, &root, NULL))
    return NULL;
  LfValue *error = lf_object_get_str(&root, "error"), *message = lf_object_get_str(&root, "message");
  if (message == NULL)
    message = lf_object_get_str(&root, "Message");
  if (lf_value_is(error, LF_TYPE_STRING))
    return lf_es_clean_text(lf_value_text(arena, error));
  LfValue *type = lf_object_get_str(error, "type"), *reason = lf_object_get_str(error, "reason");
  if (!lf_value_is(type, LF_TYPE_STRING))
    return lf_value_is(message, LF_TYPE_STRING) ? lf_es_clean_text(lf_value_text(arena, message)) : NULL;
  LfSlice t = lf_value_text(arena, type);
  LfSlice r = lf_value_is(reason, LF_TYPE_STRING) ? lf_value_text(arena, reason) : (LfSlice){0};
  LfSlice c = deepest_cause(arena, error);
  return lf_es_clean_text(lf_arena_printf(arena, "%.*s: %.*s%s%.*s", (int)t.len, t.p, (int)r.len, r.p,
                                          c.len > 0 ? ": " : "", (int)c.len, c.p));
}

char *
lf_es_status_text(guint status, LfSlice body)
{
  g_autofree char *said = error_text(lf_slice(body.p, MIN(body.len, 1024 * 1024)));
  if (said == NULL && body.len > 0)
    said = lf_es_clean_text(body);
  return g_strdup_printf("status %u%s%s%s", status, said != NULL ? " (" : "", said != NULL ? said : "",
                         said != NULL ? ")" : "");
}
