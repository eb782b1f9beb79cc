/* Tries out what an aws-cloudwatch input needs, one step after the other. */
#include "input/cwl_check.h"

#include "aws/advice.h"
#include "aws/endpoint.h"
#include "aws/logs.h"
#include "aws/sts.h"
#include "input/cwl.h"

enum {
  STEP_MS = 50,
  CREDENTIALS_MS = 120 * 1000, /* providers have bounds of their own */
  TRY_MS = 10 * 1000,
  CALL_MS = 30 * 1000,
  TRIES = 4,
  WINDOW_MS = 60 * 1000,
  GROUPS_MAX = 50, /* of a prefix that are asked: ten seconds by AWS's default quota */
  LIST_PAGES_MAX = 20,
  SKEW_MS = 2000,
  PROBE_BYTES = 64 * 1024,
  STS_BYTES = 64 * 1024,
};

/* How a call ended. Starts as {0}. */
typedef struct {
  gboolean done;
  gboolean ok;
  LfBuf body;
  LfAwsFailure failure; /* its texts are owned here */
  char *texts[3];
} Outcome;

/* A group to ask. `arn` is NULL where it is asked for by its name. Borrowed. */
typedef struct {
  const char *shown;
  const char *name;
  const char *arn;
  const char *account;
  const char *region;
} Group;

typedef struct {
  const LfCwlCheckOptions *o;
  const LfCwlSettings *s;
  LfTls *tls;
  LfCredOptions cred; /* borrowed texts */
  LfAwsSession *session;
  LfArena *arena;
  GPtrArray *regions;        /* borrowed */
  GPtrArray *reached;        /* of them, those whose endpoint answers */
  gboolean have_credentials; /* and AWS knows them, as far as is known */
  const char *why_not;       /* groups cannot be asked */
  char *account;             /* (nullable) of the caller */
  char *caller;              /* (nullable) its ARN */
  gboolean skew_known;
  gint64 skew_ms;
} Check;

static void
outcome_clear(Outcome *out)
{
  lf_buf_clear(&out->body);
  for (gsize i = 0; i < G_N_ELEMENTS(out->texts); i++)
    g_free(out->texts[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static void say(const Check *c, LfCheckState state, const char *name, const char *advice, const char *format, ...)
    G_GNUC_PRINTF(5, 6);

static void
say(const Check *c, LfCheckState state, const char *name, const char *advice, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  c->o->say(state, name, text, advice, c->o->data);
}

/* The clock, by an answer's Date, which has whole seconds. */
static void
take_date(Check *c, gint64 date_ms, gint64 answered_ms)
{
  if (date_ms < 0)
    return;
  gint64 ago_ms = lf_clock_monotonic_ms(lf_clock_system()) - answered_ms;
  c->skew_ms = date_ms + 500 - (lf_clock_wall_ms(lf_clock_system()) - ago_ms);
  c->skew_known = TRUE;
}

/* Calls */

typedef struct {
  Check *check;
  Outcome *out;
} Wait;

static void
on_answer(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  Wait *wait = data;
  Outcome *out = wait->out;
  out->done = TRUE;
  out->ok = failure == NULL;
  if (answer != NULL) {
    take_date(wait->check, answer->date_ms, answer->answered_ms);
    out->body = answer->body;
    answer->body = (LfBuf){0};
    return;
  }
  out->texts[0] = g_strdup(failure->code);
  out->texts[1] = g_strdup(failure->message);
  out->texts[2] = g_strdup(failure->request_id);
  out->failure = (LfAwsFailure){failure->kind, failure->status, out->texts[0], out->texts[1], out->texts[2]};
}

/* Sends and waits. */
static void
ask(Check *c, const char *service, const char *region, const char *action, LfSlice body, Outcome *out)
{
  g_auto(LfAwsEndpoint) endpoint = {0};
  g_autoptr(GError) error = NULL;
  if (!lf_aws_endpoint_find(service, region, &c->cred, &endpoint, &error)) {
    on_answer(NULL, &(LfAwsFailure){.kind = LF_AWS_OTHER, .code = "", .message = error->message}, &(Wait){c, out});
    return;
  }
  g_autofree char *target = action != NULL ? g_strconcat("Logs_20140328.", action, NULL) : NULL;
  gint64 try_ms = c->s->api_timeout_ms > 0 ? MIN(c->s->api_timeout_ms, TRY_MS) : TRY_MS;
  LfAwsRequest request = {.service = service,
                          .region = region,
                          .url = endpoint.url,
                          .target = target,
                          .limit = action,
                          .body = body,
                          .timeout_ms = try_ms,
                          .max_bytes = action != NULL ? LF_LOGS_ANSWER_MAX : STS_BYTES,
                          .max_tries = TRIES,
                          .deadline_ms = CALL_MS};
  Wait wait = {c, out};
  lf_aws_call(c->session, &request, on_answer, &wait);
  while (!out->done)
    lf_http_step(c->o->http, STEP_MS);
}

/* Credentials */

/* "****************MPLE", as the AWS CLI shows a key id. */
static char *
short_key_id(const char *id)
{
  gsize n = strlen(id);
  return g_strdup_printf("****************%s", n > 8 ? id + n - 4 : "");
}

static LfCredCacheResult
wait_for_credentials(Check *c, LfCredentials **found, GError **error)
{
  guint64 ticket = 0;
  gint64 until_ms = lf_clock_monotonic_ms(lf_clock_system()) + CREDENTIALS_MS;
  LfCredCacheResult result;
  while ((result = lf_aws_session_credentials(c->session, &ticket, found, error)) == LF_CRED_CACHE_WAIT &&
         lf_clock_monotonic_ms(lf_clock_system()) < until_ms)
    lf_http_step(c->o->http, STEP_MS);
  return result;
}

static void
check_credentials(Check *c)
{
  g_autoptr(LfCredentials) found = NULL;
  g_autoptr(GError) error = NULL;
  LfCredCacheResult result = wait_for_credentials(c, &found, &error);
  c->have_credentials = result == LF_CRED_CACHE_READY;
  if (result == LF_CRED_CACHE_READY) {
    g_autofree char *id = short_key_id(found->access_key_id);
    char until[LF_TIME_TEXT] = "";
    if (found->expires_ms != 0)
      lf_clock_format_ms(found->expires_ms, until);
    say(c, LF_CHECK_OK, "credentials", NULL, "%s, key %s%s%s%s", found->source, id,
        found->expires_ms == 0 && found->session_token != NULL ? ", with a session token" : "",
        until[0] != '\0' ? ", until " : "", until);
    return;
  }
  c->why_not = "there are no credentials";
  say(c, LF_CHECK_FAILED, "credentials", NULL, "%s",
      result == LF_CRED_CACHE_FAILED ? error->message : "they were not there after two minutes");
}

/* The endpoint */

/* A request without a signature, of which only the way there counts. */
typedef struct {
  Check *check;
  gboolean done;
  guint status;
  gboolean is_aws;
  char *failure; /* (nullable) */
} Probe;

static void
on_probe(LfHttpResponse *response, const GError *error, void *data)
{
  Probe *p = data;
  p->done = TRUE;
  if (error != NULL) {
    p->failure = g_strdup(error->message);
    return;
  }
  p->status = response->status;
  p->is_aws = response->request_id != NULL;
  take_date(p->check, response->date_ms, response->answered_ms);
}

/* The host of an endpoint's URL. (transfer full) */
static char *
host_of(const char *url)
{
  const char *host = strstr(url, "://") + 3;
  const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
  return end != NULL ? g_strndup(host, (gsize)(end + 1 - host)) : g_strndup(host, strcspn(host, ":/"));
}

/* The first step that was not reached fails with the reason, those behind it are skipped. */
static void
say_way(const Check *c, const char *url, const LfHttpTrace *t, const Probe *p)
{
  g_autofree char *host = host_of(url);
  gboolean secure = g_str_has_prefix(url, "https://"), proxied = t->tunnelled || c->s->proxy_url != NULL;
  const char *proxy = proxied ? "the proxy at " : "";
  if (!t->resolved) {
    say(c, LF_CHECK_FAILED, "name", "check `endpoint`, the region's name and the machine's DNS", "%s", p->failure);
    say(c, LF_CHECK_SKIPPED, "connection", NULL, "the name has no address");
    return;
  }
  gboolean tells = t->ip[0] != '\0' && !proxied && strstr(host, t->ip) == NULL;
  say(c, LF_CHECK_OK, "name", NULL, "%s%s%s", host, tells ? " is " : "", tells ? t->ip : "");
  if (!t->connected) {
    say(c, LF_CHECK_FAILED, "connection",
        "a security group, a firewall, a missing route, NAT or VPC endpoint, or a proxy (`proxy_url`) that is needed",
        "%s", p->failure);
    return;
  }
  say(c, LF_CHECK_OK, "connection", NULL, "to %s%s port %u", proxy, t->ip, t->port);
  if (!secure)
    return;
  if (!t->secured)
    say(c, LF_CHECK_FAILED, t->refused ? "proxy" : "TLS", NULL, "%s",
        p->failure != NULL ? p->failure : "the certificate is not trusted");
  else
    say(c, LF_CHECK_OK, "TLS", NULL, "the certificate is trusted%s%s%s%s", t->subject[0] != '\0' ? ": " : "",
        t->subject, t->expires[0] != '\0' ? ", until " : "", t->expires);
}

static void
check_endpoint(Check *c, const char *region)
{
  g_auto(LfAwsEndpoint) endpoint = {0};
  g_autoptr(GError) error = NULL;
  say(c, LF_CHECK_OK, "region", NULL, "%s", region);
  if (!lf_aws_endpoint_find("logs", region, &c->cred, &endpoint, &error)) {
    say(c, LF_CHECK_FAILED, "endpoint", NULL, "%s", error->message);
    return;
  }
  const char *url = endpoint.url;
  g_autofree char *root = g_strconcat(url, "/", NULL);
  LfHttpTrace trace = {0};
  Probe p = {.check = c};
  say(c, LF_CHECK_OK, "endpoint", NULL, "%s%s%s%s", url, endpoint.said_by != NULL ? ", by " : "",
      endpoint.said_by != NULL ? endpoint.said_by : "",
      g_str_has_prefix(url, "https:") ? "" : " (plain http, without TLS)");
  LfHttpTransport *transport = lf_http_transport(c->o->http);
  LfHttpRequest request = {.method = "GET",
                           .url = root,
                           .timeout_ms = TRY_MS,
                           .max_bytes = PROBE_BYTES,
                           .proxy = c->s->proxy_url,
                           .tls = c->tls,
                           .trace = &trace};
  transport->send(transport, &request, on_probe, &p);
  while (!p.done)
    lf_http_step(c->o->http, STEP_MS);
  say_way(c, url, &trace, &p);
  gboolean secure = g_str_has_prefix(url, "https://");
  gboolean way = trace.connected && (trace.secured || !secure);
  if (way && p.failure != NULL)
    say(c, LF_CHECK_FAILED, "answer", NULL, "%s", p.failure);
  else if (way && !p.is_aws && p.status >= 500)
    say(c, LF_CHECK_FAILED, "answer", NULL, "status %u, and not from AWS: a proxy or a gateway between?", p.status);
  else if (way)
    g_ptr_array_add(c->reached, (gpointer)region);
  g_free(p.failure);
}

static void
check_endpoints(Check *c)
{
  for (guint i = 0; i < c->regions->len; i++)
    check_endpoint(c, g_ptr_array_index(c->regions, i));
}

static gboolean
is_reached(const Check *c, const char *region)
{
  return g_ptr_array_find(c->reached, g_intern_string(region), NULL);
}

/* The caller */

/* Keys that AWS does not take: nothing that is signed with them can work. */
static gboolean
is_about_keys(const LfAwsFailure *f)
{
  return f->kind == LF_AWS_CREDENTIALS || f->kind == LF_AWS_EXPIRED ||
         (f->kind == LF_AWS_DENIED && strstr(f->code, "AccessDenied") == NULL);
}

static void
identity_failed(Check *c, const char *url, const LfAwsFailure *f)
{
  g_autofree char *text = lf_aws_failure_text(f);
  g_autofree char *hint = lf_aws_policy_hint(f, &(LfAwsAttempt){.action = "sts:GetCallerIdentity", .region = ""});
  if (f->code[0] == '\0' && f->kind != LF_AWS_CREDENTIALS) {
    say(c, LF_CHECK_WARNING, "identity",
        "a run reads its log groups without it, but for groups that are given by a name here and by an ARN there, and "
        "for role_arn",
        "%s does not answer: %s", url, text);
    return;
  }
  gboolean own_logs = c->s->endpoint != NULL && strstr(c->s->endpoint, "://") != NULL;
  if (own_logs && is_about_keys(f) && f->kind == LF_AWS_DENIED) {
    say(c, LF_CHECK_WARNING, "identity",
        "`endpoint` is for CloudWatch Logs alone; AWS_ENDPOINT_URL_STS says where a server of your own answers for STS",
        "%s: %s", url, text);
    return;
  }
  say(c, LF_CHECK_FAILED, "identity", hint, "%s", text);
  if (is_about_keys(f))
    c->why_not = "AWS does not take the credentials";
}

static void
check_identity(Check *c)
{
  g_auto(Outcome) out = {0};
  const char *region = g_ptr_array_index(c->regions, 0);
  if (!c->have_credentials) {
    say(c, LF_CHECK_SKIPPED, "identity", NULL, "%s", c->why_not);
    return;
  }
  g_auto(LfAwsEndpoint) endpoint = {0};
  g_autoptr(GError) error = NULL;
  if (!lf_aws_endpoint_find("sts", region, &c->cred, &endpoint, &error)) {
    say(c, LF_CHECK_WARNING, "identity", NULL, "%s", error->message);
    return;
  }
  const char *url = endpoint.url;
  ask(c, "sts", region, NULL, LF_SLICE_LIT(LF_STS_IDENTITY_REQUEST), &out);
  if (!out.ok) {
    identity_failed(c, url, &out.failure);
    return;
  }
  c->account = lf_sts_identity_answer(lf_buf_slice(&out.body));
  c->caller = lf_sts_identity_arn(lf_buf_slice(&out.body));
  if (c->account == NULL || c->caller == NULL)
    say(c, LF_CHECK_FAILED, "identity", NULL, "%s: the answer is not what STS answers", url);
  else
    say(c, LF_CHECK_OK, "identity", NULL, "account %s, %s", c->account, c->caller);
}

/* Log groups */

/* Asks for a group's last minute, `first` being the first of the 100 stream names of one request. */
static void
ask_group(Check *c, const Group *g, gboolean by_identifier, guint first, Outcome *out)
{
  g_auto(LfBuf) body = {0};
  gint64 now_ms = lf_aws_now_ms(c->o->aws);
  const LfStrings *streams = &c->s->log_streams;
  LfLogsFilter filter = {.log_group = by_identifier ? g->arn : g->name,
                         .by_identifier = by_identifier,
                         .streams = streams->n > 0 ? streams->items + first : NULL,
                         .n_streams = streams->n > 0 ? MIN(streams->n - first, LF_LOGS_STREAMS_MAX) : 0,
                         .stream_prefix = c->s->log_stream_prefix,
                         .pattern = c->s->filter_pattern,
                         .start_ms = now_ms - WINDOW_MS,
                         .end_ms = now_ms,
                         .limit = 1};
  lf_logs_filter_request(&filter, &body);
  ask(c, "logs", g->region, "FilterLogEvents", lf_buf_slice(&body), out);
}

/* A server that does not know identifiers refuses them: then a run asks by name too, where the account is the caller's. */
static gboolean
may_ask_by_name(const Check *c, const Group *g, const LfAwsFailure *f)
{
  return g->arn != NULL && c->account != NULL && strcmp(c->account, g->account) == 0 && f->status >= 400 &&
         f->status < 500 && f->kind != LF_AWS_DENIED && f->kind != LF_AWS_THROTTLED;
}

static void
group_failed(const Check *c, const Group *g, const LfAwsFailure *f)
{
  g_autofree char *text = lf_aws_failure_text(f);
  LfAwsAttempt attempt = {.action = "logs:FilterLogEvents",
                          .region = g->region,
                          .account = g->account != NULL ? g->account : c->account,
                          .log_group = g->name,
                          .caller = c->caller};
  g_autofree char *hint = lf_aws_policy_hint(f, &attempt);
  if (hint == NULL && f->kind == LF_AWS_NOT_FOUND)
    hint = strstr(f->message, "stream") != NULL
               ? g_strdup("check log_streams")
               : g_strdup_printf("check the name, the region %s and the account%s%s", g->region,
                                 c->account != NULL ? ", which is " : "", c->account != NULL ? c->account : "");
  if (hint == NULL && f->kind == LF_AWS_THROTTLED)
    hint = g_strdup("the account's quota of FilterLogEvents is used up by somebody else; a run waits for its turn");
  say(c, LF_CHECK_FAILED, "log group", hint, "%s: %s", g->shown, text);
}

/* One request of the group. FALSE where it failed, which is said then. */
static gboolean
try_group(Check *c, const Group *g, gboolean *by_identifier, guint first, guint *events)
{
  g_auto(Outcome) out = {0};
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfLogsPage page;
  ask_group(c, g, *by_identifier, first, &out);
  if (!out.ok && *by_identifier && may_ask_by_name(c, g, &out.failure)) {
    *by_identifier = FALSE;
    outcome_clear(&out);
    out = (Outcome){0};
    ask_group(c, g, FALSE, first, &out);
  }
  if (!out.ok) {
    group_failed(c, g, &out.failure);
    return FALSE;
  }
  if (!lf_logs_filter_answer(arena, &out.body, &page, &error)) {
    say(c, LF_CHECK_FAILED, "log group", NULL, "%s: %s", g->shown, error->message);
    return FALSE;
  }
  *events += page.n_events;
  return TRUE;
}

static void
check_group(Check *c, const Group *g)
{
  guint first = 0, events = 0;
  gboolean by_identifier = g->arn != NULL;
  if (c->why_not != NULL || !is_reached(c, g->region)) {
    say(c, LF_CHECK_SKIPPED, "log group", NULL, "%s: %s", g->shown,
        c->why_not != NULL ? c->why_not : "the endpoint is not reached");
    return;
  }
  do {
    if (!try_group(c, g, &by_identifier, first, &events))
      return;
    first += LF_LOGS_STREAMS_MAX;
  } while (first < c->s->log_streams.n);
  say(c, LF_CHECK_OK, "log group", NULL, "%s answers%s", g->shown, events > 0 ? "" : "; no event of the last minute");
}

/* A prefix's groups, as far as they are asked. */
static guint
list_page(Check *c, const char *region, LfSlice token, GArray *groups, LfSlice *next)
{
  g_auto(LfBuf) body = {0};
  g_auto(Outcome) out = {0};
  g_autoptr(GError) error = NULL;
  LfLogsGroup *listed;
  guint n = 0;
  *next = (LfSlice){0};
  lf_logs_describe_request(c->s->log_group_name_prefix, c->s->include_linked_accounts, token, &body);
  ask(c, "logs", region, "DescribeLogGroups", lf_buf_slice(&body), &out);
  if (!out.ok) {
    g_autofree char *text = lf_aws_failure_text(&out.failure);
    g_autofree char *hint = lf_aws_policy_hint(
        &out.failure, &(LfAwsAttempt){.action = "logs:DescribeLogGroups", .region = region, .caller = c->caller});
    say(c, LF_CHECK_FAILED, "log groups", hint, "%s*: %s", c->s->log_group_name_prefix, text);
    return G_MAXUINT;
  }
  if (!lf_logs_describe_answer(c->arena, &out.body, &listed, &n, next, &error)) {
    say(c, LF_CHECK_FAILED, "log groups", NULL, "%s*: %s", c->s->log_group_name_prefix, error->message);
    return G_MAXUINT;
  }
  for (guint i = 0; i < n; i++) {
    const char *name = lf_arena_dup(c->arena, listed[i].name).p;
    g_array_append_val(groups, ((Group){.shown = name, .name = name, .region = region}));
  }
  return n;
}

static void
check_prefix(Check *c)
{
  g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(Group));
  const char *region = c->s->region_name, *prefix = c->s->log_group_name_prefix;
  LfSlice token = {0};
  guint pages = 0;
  if (c->why_not != NULL || !is_reached(c, region)) {
    say(c, LF_CHECK_SKIPPED, "log groups", NULL, "%s*: %s", prefix,
        c->why_not != NULL ? c->why_not : "the endpoint is not reached");
    return;
  }
  do {
    if (list_page(c, region, token, groups, &token) == G_MAXUINT)
      return;
  } while (token.len > 0 && ++pages < LIST_PAGES_MAX);
  if (groups->len == 0)
    say(c, LF_CHECK_FAILED, "log groups", "check the prefix, the region and the account", "no name begins with %s",
        prefix);
  else
    say(c, LF_CHECK_OK, "log groups", NULL, "%s%u %s with %s", token.len > 0 ? "more than " : "", groups->len,
        groups->len == 1 ? "name begins" : "names begin", prefix);
  for (guint i = 0; i < MIN(groups->len, GROUPS_MAX); i++)
    check_group(c, &g_array_index(groups, Group, i));
  if (groups->len > GROUPS_MAX)
    say(c, LF_CHECK_SKIPPED, "log groups", NULL, "the other %u are not asked one by one here",
        groups->len - GROUPS_MAX);
}

static void
check_groups(Check *c)
{
  const LfCwlSettings *s = c->s;
  for (guint i = 0; i < s->n_arns; i++) {
    const LfCwlArn *a = &s->arns[i];
    check_group(c, &(Group){a->arn, a->name, a->arn, a->account, a->region});
  }
  if (s->n_arns > 0)
    return;
  if (s->log_group_name != NULL)
    check_group(c, &(Group){.shown = s->log_group_name, .name = s->log_group_name, .region = s->region_name});
  if (s->log_group_name_prefix != NULL)
    check_prefix(c);
}

/* The clock */

static void
check_clock(const Check *c)
{
  if (!c->skew_known)
    say(c, LF_CHECK_SKIPPED, "clock", NULL, "no answer said what time it is");
  else if (ABS(c->skew_ms) < SKEW_MS)
    say(c, LF_CHECK_OK, "clock", NULL, "within 2 s of the server's");
  else
    say(c, LF_CHECK_WARNING, "clock", "signatures and times are corrected for it, but set this machine's clock (NTP)",
        "%.0f s %s the server's", (double)ABS(c->skew_ms) / 1000, c->skew_ms > 0 ? "behind" : "ahead of");
}

/* Each region once, in the order of the configuration. */
static void
find_regions(Check *c)
{
  for (guint i = 0; i < c->s->n_arns; i++) {
    const char *region = g_intern_string(c->s->arns[i].region);
    if (!g_ptr_array_find(c->regions, region, NULL))
      g_ptr_array_add(c->regions, (gpointer)region);
  }
  if (c->regions->len == 0)
    g_ptr_array_add(c->regions, (gpointer)g_intern_string(c->s->region_name));
}

void
lf_cwl_check(const LfCwlCheckOptions *options)
{
  g_autoptr(GError) error = NULL;
  LfCwlTls ssl = {0};
  Check c = {.o = options,
             .s = options->settings,
             .tls = lf_cwl_tls_new(options->settings, options->place, &options->env, &ssl, &error)};
  if (c.tls == NULL) {
    say(&c, LF_CHECK_FAILED, "TLS", NULL, "%s", error->message);
    lf_cwl_tls_clear(&ssl);
    return;
  }
  c.cred = lf_cwl_cred_options(c.s, options->place, c.tls, &options->env);
  c.session = lf_aws_session_new(options->aws, &c.cred, c.s->proxy_url);
  c.arena = lf_arena_new();
  c.regions = g_ptr_array_new();
  c.reached = g_ptr_array_new();
  find_regions(&c);
  check_credentials(&c);
  check_endpoints(&c);
  check_identity(&c);
  check_groups(&c);
  check_clock(&c);
  g_ptr_array_unref(c.regions);
  g_ptr_array_unref(c.reached);
  lf_arena_free(c.arena);
  g_free(c.account);
  g_free(c.caller);
  lf_aws_session_free(c.session);
  lf_tls_unref(c.tls);
  lf_cwl_tls_clear(&ssl);
}
