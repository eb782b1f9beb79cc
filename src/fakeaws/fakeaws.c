/* The server: routes requests to the services, counts and locks. */
#include "fakeaws/fakeaws.h"

#include "base/digest.h"
#include "fakeaws/auth.h"
#include "fakeaws/container.h"
#include "fakeaws/imds.h"
#include "fakeaws/logs.h"
#include "fakeaws/sts.h"
#include "value/json_read.h"
#include "value/json_write.h"

#include <errno.h>
#include <pthread.h>

#define TARGET_PREFIX "Logs_20140328."
#define JSON_TYPE "application/x-amz-json-1.1"

struct LfFakeaws {
  LfHttpd *httpd;
  pthread_mutex_t lock; /* over `state` but its options, and over `calls` */
  LfFakeState state;
  guint64 calls;
};

/* A request on its way to an answer. */
typedef struct {
  LfFakeaws *fake;
  const LfHttpdRequest *request;
  LfHttpdResponse *response;
  gint64 now_ms;
  char id[40];
} Exchange;

/* The JSON protocol */

static void
fail_json(Exchange *exchange, const char *type, LfSlice message)
{
  LfBuf *out = &exchange->response->body;
  exchange->response->status = 400;
  out->len = 0;
  lf_buf_printf(out, "{\"__type\":\"%s\",\"message\":", type);
  lf_json_write_string(out, message);
  lf_buf_append_char(out, '}');
}

static void
run_action(Exchange *exchange, LfArena *arena, LfSlice target, const char *account)
{
  LfFakeaws *fake = exchange->fake;
  LfFakeCall call = {
      .state = &fake->state, .arena = arena, .out = &exchange->response->body, .now_ms = exchange->now_ms};
  LfFakeActionFn run = NULL;
  if (lf_slice_has_prefix(target, TARGET_PREFIX))
    run = lf_fake_logs_action(lf_slice(target.p + strlen(TARGET_PREFIX), target.len - strlen(TARGET_PREFIX)),
                              &call.action);
  if (run == NULL) {
    LfSlice text = lf_arena_printf(arena, "%.*s is not an operation of this server", (int)target.len, target.p);
    fail_json(exchange, "UnknownOperationException", text);
    return;
  }
  LfSlice body = exchange->request->body.len > 0 ? exchange->request->body : LF_SLICE_LIT("{}");
  if (!lf_json_read_copy(arena, body, &call.body, NULL) || call.body.type != LF_TYPE_OBJECT) {
    fail_json(exchange, "SerializationException", LF_SLICE_LIT("The request body is not a JSON object."));
    return;
  }
  pthread_mutex_lock(&fake->lock);
  call.store = lf_fake_account(&fake->state, account);
  gboolean ok = run(&call);
  pthread_mutex_unlock(&fake->lock);
  if (!ok)
    fail_json(exchange, call.error_type, call.error_message);
}

static void
answer_logs(Exchange *exchange)
{
  LfFakeRefusal refusal;
  LfFakeState *state = &exchange->fake->state;
  LfFakeSession *caller = NULL;
  lf_httpd_response_add(exchange->response, "Content-Type", JSON_TYPE);
  gboolean ok = lf_fake_auth_check(&state->options, state->sessions, exchange->request, "logs", exchange->now_ms,
                                   &caller, &refusal);
  g_autofree char *account = caller != NULL ? lf_fake_session_account(caller) : g_strdup(state->options.account_id);
  lf_fake_session_free(caller);
  if (!ok) {
    g_autofree char *message = refusal.message;
    fail_json(exchange, refusal.json_type, lf_slice_str(message));
    return;
  }
  g_autoptr(LfArena) arena = lf_arena_new();
  run_action(exchange, arena, lf_httpd_header(exchange->request, "x-amz-target"), account);
}

/* The others */

static void
answer_sts(Exchange *exchange)
{
  LfFakeState *state = &exchange->fake->state;
  LfFakeRefusal refusal;
  LfFakeSession *found = NULL;
  lf_httpd_response_add(exchange->response, "Content-Type", "text/xml");
  gboolean ok = lf_fake_sts_is_unsigned(exchange->request) ||
                lf_fake_auth_check(&state->options, state->sessions, exchange->request, "sts", exchange->now_ms, &found,
                                   &refusal);
  g_autoptr(LfFakeSession) caller = found;
  if (ok) {
    lf_fake_sts_answer(&state->options, state->sessions, exchange->request, caller, exchange->id, exchange->now_ms,
                       exchange->response);
    return;
  }
  g_autofree char *message = refusal.message;
  lf_fake_sts_fail(exchange->response, refusal.xml_status, refusal.xml_code, message, exchange->id);
}

static void answer_unknown(Exchange *exchange);

static void
answer_imds(Exchange *exchange)
{
  LfFakeState *state = &exchange->fake->state;
  if (state->options.imds)
    lf_fake_imds_answer(&state->options, state->sessions, exchange->request, state->imds_token, exchange->now_ms,
                        exchange->response);
  else
    answer_unknown(exchange);
}

static void
answer_container(Exchange *exchange)
{
  LfFakeState *state = &exchange->fake->state;
  if (state->options.container)
    lf_fake_container_answer(&state->options, state->sessions, exchange->request, exchange->now_ms, exchange->response);
  else
    answer_unknown(exchange);
}

static void
append_held(LfBuf *out, const LfFakeGroup *group, const LfFakeEvent *event)
{
  char id[LF_FAKE_ID_TEXT];
  const LfFakeStream *stream = g_ptr_array_index(group->streams, event->stream);
  lf_fake_event_id(event->timestamp_ms, event->seq, id);
  lf_buf_append_str(out, "{\"account\":");
  lf_json_write_string(out, lf_slice_str(group->account));
  lf_buf_append_str(out, ",\"group\":");
  lf_json_write_string(out, lf_slice_str(group->name));
  lf_buf_append_str(out, ",\"stream\":");
  lf_json_write_string(out, lf_slice_str(stream->name));
  lf_buf_printf(
      out,
      ",\"eventId\":\"%s\",\"timestamp\":%" G_GINT64_FORMAT ",\"ingestionTime\":%" G_GINT64_FORMAT ",\"message\":", id,
      event->timestamp_ms, event->ingestion_ms);
  lf_json_write_string(out, lf_slice(event->message, event->len));
  lf_buf_append_str(out, "}\n");
}

static void
answer_held(Exchange *exchange)
{
  LfFakeaws *fake = exchange->fake;
  lf_httpd_response_add(exchange->response, "Content-Type", "application/x-ndjson");
  pthread_mutex_lock(&fake->lock);
  for (guint a = 0; a < fake->state.accounts->len; a++) {
    const GPtrArray *groups = ((const LfFakeStore *)g_ptr_array_index(fake->state.accounts, a))->groups;
    for (guint i = 0; i < groups->len; i++) {
      LfFakeGroup *group = g_ptr_array_index(groups, i);
      lf_fake_group_sort(group);
      for (gsize e = 0; e < group->n_events; e++)
        append_held(&exchange->response->body, group, &group->events[e]);
    }
  }
  pthread_mutex_unlock(&fake->lock);
}

static void
answer_counts(Exchange *exchange)
{
  LfFakeawsCounts counts = lf_fakeaws_counts(exchange->fake);
  lf_httpd_response_add(exchange->response, "Content-Type", "application/json");
  lf_buf_printf(&exchange->response->body,
                "{\"groups\":%" G_GUINT64_FORMAT ",\"streams\":%" G_GUINT64_FORMAT ",\"events\":%" G_GUINT64_FORMAT
                ",\"calls\":%" G_GUINT64_FORMAT "}\n",
                counts.groups, counts.streams, counts.events, counts.calls);
}

static void
answer_unknown(Exchange *exchange)
{
  lf_httpd_response_add(exchange->response, "Content-Type", JSON_TYPE);
  exchange->response->status = 404;
  lf_buf_append_str(&exchange->response->body, "{\"__type\":\"UnknownOperationException\"}");
}

/* Routing */

static gboolean
is_held(const LfHttpdRequest *request)
{
  return strcmp(request->method, "GET") == 0 && lf_slice_is(request->path, "/_fakeaws/events");
}

static gboolean
is_counts(const LfHttpdRequest *request)
{
  return strcmp(request->method, "GET") == 0 && lf_slice_is(request->path, "/_fakeaws/counts");
}

static gboolean
is_logs(const LfHttpdRequest *request)
{
  return strcmp(request->method, "POST") == 0 && lf_slice_is(request->path, "/") &&
         lf_httpd_header(request, "x-amz-target").len > 0;
}

static gboolean
is_any(const LfHttpdRequest *request)
{
  return TRUE;
}

/* The first row that matches answers. */
static const struct {
  gboolean (*is)(const LfHttpdRequest *request);
  void (*answer)(Exchange *exchange);
  gboolean counted;
} ROUTES[] = {
    {is_held, answer_held, FALSE},        {is_counts, answer_counts, FALSE},
    {is_logs, answer_logs, TRUE},         {lf_fake_sts_is, answer_sts, TRUE},
    {lf_fake_imds_is, answer_imds, TRUE}, {lf_fake_container_is, answer_container, TRUE},
    {is_any, answer_unknown, TRUE},
};

static void
add_common_headers(Exchange *exchange)
{
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  LfCivil t = lf_clock_civil(exchange->now_ms);
  char date[64];
  g_snprintf(date, sizeof date, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.weekday], t.day, months[t.month - 1],
             (int)t.year, t.hour, t.minute, t.second);
  lf_httpd_response_add(exchange->response, "Date", date);
  lf_httpd_response_add(exchange->response, "x-amzn-RequestId", exchange->id);
}

static void
handle(const LfHttpdRequest *request, LfHttpdResponse *response, void *data)
{
  LfFakeaws *fake = data;
  Exchange exchange = {.fake = fake, .request = request, .response = response};
  guint32 r[4];
  lf_digest_random(r, sizeof r);
  g_snprintf(exchange.id, sizeof exchange.id, "%08x-%04x-4%03x-a%03x-%04x%08x", r[0], r[1] >> 16, r[1] & 0xfff,
             r[2] >> 20, r[2] & 0xffff, r[3]);
  exchange.now_ms = lf_clock_wall_ms(fake->state.options.clock);
  add_common_headers(&exchange);
  gsize route = 0;
  while (!ROUTES[route].is(request))
    route++;
  pthread_mutex_lock(&fake->lock);
  fake->calls += (guint)ROUTES[route].counted;
  pthread_mutex_unlock(&fake->lock);
  ROUTES[route].answer(&exchange);
}

/* Start, fill, stop */

static const char *
text_or(const char *text, const char *otherwise)
{
  return g_strdup(text != NULL && text[0] != '\0' ? text : otherwise);
}

static LfFakeawsOptions
options_copy(const LfFakeawsOptions *options)
{
  LfFakeawsOptions copy = *options;
  copy.access_key_id = text_or(options->access_key_id, "AKIDEXAMPLE");
  copy.secret_access_key = text_or(options->secret_access_key, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  copy.session_token = text_or(options->session_token, NULL);
  copy.external_id = text_or(options->external_id, NULL);
  copy.web_identity_token = text_or(options->web_identity_token, NULL);
  copy.container_token = text_or(options->container_token, NULL);
  copy.account_id = text_or(options->account_id, "123456789012");
  copy.region = text_or(options->region, "us-east-1");
  copy.clock = options->clock != NULL ? options->clock : lf_clock_system();
  return copy;
}

static void
store_free(gpointer data)
{
  lf_fake_store_free(data);
}

LfFakeaws *
lf_fakeaws_start(const LfFakeawsOptions *options, GError **error)
{
  if (options->empty_page_every == 1) {
    g_set_error_literal(error, LF_HTTPD_ERROR, EINVAL, "with each page empty no listing would ever end");
    return NULL;
  }
  g_autoptr(LfFakeaws) fake = g_new0(LfFakeaws, 1);
  pthread_mutex_init(&fake->lock, NULL);
  fake->state.options = options_copy(options);
  fake->state.accounts = g_ptr_array_new_with_free_func(store_free);
  lf_fake_account(&fake->state, fake->state.options.account_id);
  fake->state.sessions = lf_fake_sessions_new();
  fake->state.quota_left = options->quota_per_s;
  fake->state.quota_at_ms = lf_clock_monotonic_ms(fake->state.options.clock);
  lf_digest_random(fake->state.token_key, sizeof fake->state.token_key);
  lf_digest_sha256_hex(lf_slice((const char *)fake->state.token_key, sizeof fake->state.token_key),
                       fake->state.imds_token);
  const LfHttpdOptions http = {.port = options->port, .handle = handle, .data = fake};
  fake->httpd = lf_httpd_start(&http, error);
  return fake->httpd != NULL ? g_steal_pointer(&fake) : NULL;
}

guint16
lf_fakeaws_port(const LfFakeaws *fake)
{
  return lf_httpd_port(fake->httpd);
}

void
lf_fakeaws_put(LfFakeaws *fake, const char *group_name, const char *stream_name, gint64 timestamp_ms, LfSlice message)
{
  gint64 now_ms = lf_clock_wall_ms(fake->state.options.clock);
  pthread_mutex_lock(&fake->lock);
  LfFakeStore *store = g_ptr_array_index(fake->state.accounts, 0);
  LfFakeGroup *group = lf_fake_store_group(store, lf_slice_str(group_name));
  if (group == NULL)
    group = lf_fake_store_add_group(store, lf_slice_str(group_name), now_ms);
  LfFakeStream *stream = lf_fake_group_stream(group, lf_slice_str(stream_name));
  if (stream == NULL)
    stream = lf_fake_group_add_stream(group, lf_slice_str(stream_name), now_ms);
  lf_fake_store_put(store, group, stream, timestamp_ms, timestamp_ms + 1000, message);
  pthread_mutex_unlock(&fake->lock);
}

LfFakeawsCounts
lf_fakeaws_counts(LfFakeaws *fake)
{
  pthread_mutex_lock(&fake->lock);
  LfFakeawsCounts counts = {.calls = fake->calls};
  for (guint a = 0; a < fake->state.accounts->len; a++) {
    const GPtrArray *groups = ((const LfFakeStore *)g_ptr_array_index(fake->state.accounts, a))->groups;
    counts.groups += groups->len;
    for (guint i = 0; i < groups->len; i++) {
      const LfFakeGroup *group = g_ptr_array_index(groups, i);
      counts.streams += group->streams->len;
      counts.events += group->n_events;
    }
  }
  pthread_mutex_unlock(&fake->lock);
  return counts;
}

void
lf_fakeaws_stop(LfFakeaws *fake)
{
  if (fake == NULL)
    return;
  lf_httpd_stop(fake->httpd);
  g_ptr_array_unref(fake->state.accounts);
  lf_fake_sessions_free(fake->state.sessions);
  const char *const texts[] = {fake->state.options.external_id,       fake->state.options.web_identity_token,
                               fake->state.options.container_token,   fake->state.options.access_key_id,
                               fake->state.options.secret_access_key, fake->state.options.session_token,
                               fake->state.options.account_id,        fake->state.options.region};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free((char *)texts[i]);
  pthread_mutex_destroy(&fake->lock);
  g_free(fake);
}
