/* Tries out whether a cluster can be reached: GET / to each host. */
#include "output/es_check.h"

#include "output/es_server.h"

enum { STEP_MS = 50, ANSWER_BYTES = 64 * 1024 };

typedef struct {
  const LfEsConnection *settings;
  LfCheckFn say;
  void *data;
  const char *url;
  LfHttpTrace trace;
  gboolean done;
  char *failure; /* why there is no answer */
  gboolean network;
  guint status;
  LfBuf body;
} Check;

static void G_GNUC_PRINTF(5, 6)
    say(const Check *c, LfCheckState state, const char *name, const char *advice, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  c->say(state, name, text, advice, c->data);
}

static void
on_answer(LfHttpResponse *response, const GError *error, void *data)
{
  Check *c = data;
  c->done = TRUE;
  if (error != NULL) {
    c->failure = g_strdup(error->message);
    c->network = error->domain == LF_HTTP_ERROR;
    return;
  }
  c->status = response->status;
  c->body = response->body;
  response->body = (LfBuf){0};
}

static gboolean
is_secure(const Check *c)
{
  return g_str_has_prefix(c->url, "https://");
}

/* The way to the host, as far as it was gone. FALSE where it ends before an answer could come. */
static gboolean
say_way(const Check *c)
{
  const LfHttpTrace *t = &c->trace;
  gboolean proxied = t->tunnelled || (c->settings->proxy_url != NULL && !c->settings->proxy_disable);
  const char *why = c->failure != NULL ? c->failure : "";
  if (!t->resolved) {
    say(c, LF_CHECK_FAILED, "name", "check `hosts` and the machine's DNS", "%s", why);
    say(c, LF_CHECK_SKIPPED, "connection", NULL, "the name has no address");
    return FALSE;
  }
  if (t->ip[0] != '\0')
    say(c, LF_CHECK_OK, "name", NULL, "%s%s", proxied ? "the proxy is " : "its address is ", t->ip);
  else
    say(c, LF_CHECK_OK, "name", NULL, "it has an address");
  if (!t->connected) {
    say(c, LF_CHECK_FAILED, "connection",
        "is it up, is the port right (9200 unless `hosts` says one), is a firewall or a proxy (`proxy_url`) between?",
        "%s", why);
    return FALSE;
  }
  say(c, LF_CHECK_OK, "connection", NULL, "to %s%s port %u", proxied ? "the proxy at " : "", t->ip, t->port);
  if (!is_secure(c)) {
    say(c, LF_CHECK_OK, "TLS", NULL, "none: plain http");
    return TRUE;
  }
  if (!t->secured) {
    say(c, LF_CHECK_FAILED, t->refused ? "proxy" : "TLS", NULL, "%s", why);
    return FALSE;
  }
  say(c, LF_CHECK_OK, "TLS", NULL, "the certificate is trusted%s%s%s%s", t->subject[0] != '\0' ? ": " : "", t->subject,
      t->expires[0] != '\0' ? ", until " : "", t->expires);
  return TRUE;
}

/* How the program says who it is; never with what. */
static const char *
who(const Check *c)
{
  if (c->settings->aws.service != LF_ES_AWS_NONE)
    return "signed for AWS";
  if (c->settings->api_key != NULL && c->settings->api_key[0] != '\0')
    return "an API key";
  if (c->settings->username != NULL && c->settings->username[0] != '\0')
    return "a user and password";
  return c->settings->ssl.certificate != NULL ? "a client certificate" : "none is configured";
}

static void
say_server(const Check *c)
{
  g_autoptr(GError) error = NULL;
  LfEsServer server;
  if (!lf_es_server_read(lf_buf_slice(&c->body), &server, &error))
    say(c, LF_CHECK_FAILED, "version", "does `hosts` name another program, or a proxy in front of it?", "%s",
        error->message);
  else if (!server.opensearch && server.major != 0 && (server.major < 7 || (server.major == 7 && server.minor < 17)))
    say(c, LF_CHECK_WARNING, "version", "7.17 is the oldest that is tested", "%s %s", server.name, server.number);
  else
    say(c, LF_CHECK_OK, "version", NULL, "%s %s%s%s", server.name, server.number,
        server.cluster[0] != '\0' ? ", cluster " : "", server.cluster);
}

static void
say_answer(const Check *c)
{
  g_autofree char *text = lf_es_status_text(c->status, lf_buf_slice(&c->body));
  if (c->settings->aws.service == LF_ES_AWS_AOSS && c->status == 404) {
    say(c, LF_CHECK_OK, "authentication", NULL, "%s", who(c));
    say(c, LF_CHECK_SKIPPED, "version", NULL, "a collection of OpenSearch Serverless says none");
    return;
  }
  if (c->status == 401 || c->status == 403) {
    say(c, LF_CHECK_FAILED, "authentication",
        c->status == 401 ? "check username and password, api_key or aws.*"
                         : "the user is known and may not do it: the right `monitor` (or an access policy) is missing",
        "%s: %s", who(c), text);
    say(c, LF_CHECK_SKIPPED, "version", NULL, "it does not answer");
    return;
  }
  if (c->status != 200) {
    say(c, LF_CHECK_FAILED, "answer", "does `hosts` name another program, or a path that is not its own?", "%s", text);
    return;
  }
  say(c, LF_CHECK_OK, "authentication", NULL, "%s", who(c));
  say_server(c);
}

static void
check_host(Check *c, LfEsClient *client, guint host)
{
  LfEsRequest request = {.method = "GET", .path = "/", .max_bytes = ANSWER_BYTES, .trace = &c->trace};
  lf_es_client_send(client, host, &request, on_answer, c);
  while (!c->done)
    lf_http_step(lf_es_client_http(client), STEP_MS);
  if (c->failure != NULL && !c->network)
    say(c, LF_CHECK_FAILED, "credentials", NULL, "%s", c->failure);
  else if (say_way(c) && c->failure != NULL)
    say(c, LF_CHECK_FAILED, "answer", is_secure(c) ? NULL : "does it want https?", "%s", c->failure);
  else if (c->failure == NULL)
    say_answer(c);
}

gboolean
lf_es_check(const LfEsConnection *settings, const LfClock *clock, LfPlace place, LfCheckFn say_fn,
            void (*title)(const char *host, void *data), void *data, GError **error)
{
  LfEsClient *client = lf_es_client_new(settings, clock, place, NULL, NULL, error);
  if (client == NULL)
    return FALSE;
  for (guint i = 0; i < lf_es_client_n_hosts(client); i++) {
    Check c = {.settings = settings, .say = say_fn, .data = data, .url = lf_es_client_host(client, i)};
    if (title != NULL)
      title(c.url, data);
    check_host(&c, client, i);
    g_free(c.failure);
    lf_buf_clear(&c.body);
  }
  lf_es_client_free(client);
  return TRUE;
}
