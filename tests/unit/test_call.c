/* Calls to AWS against the embedded server: signing, a wrong clock, throttling, refusals, cancelling, cut answers. */
#include "aws/call.h"
#include "aws/logs.h"
#include "aws/words.h"
#include "fakeaws/fakeaws.h"
#include "net/httpd.h"

static const char *
no_environment(const char *name, void *data)
{
  return NULL;
}

typedef struct {
  LfHttp *http;
  LfAws *aws;
  LfAwsSession *session;
  char *url;
  gboolean done;
  gboolean ok;
  LfAwsErrorKind kind;
  char *body;
  char *text;
  guint waits; /* times that the next try was put off, and that it was due */
  guint due;
} Fixture;

static void
on_done(LfHttpResponse *answer, const LfAwsFailure *failure, void *data)
{
  Fixture *f = data;
  f->done = TRUE;
  f->ok = answer != NULL;
  if (answer != NULL)
    f->body = lf_slice_dup(lf_buf_slice(&answer->body));
  else
    f->text = lf_aws_failure_text(failure);
  if (failure != NULL)
    f->kind = failure->kind;
}

static void
fixture_init(Fixture *f, guint16 port, const char *secret)
{
  *f = (Fixture){.http = lf_http_new("test"), .url = g_strdup_printf("http://127.0.0.1:%u", port)};
  f->aws = lf_aws_new(f->http, lf_clock_system());
  LfCredOptions cred = {.access_key_id = "AKIDEXAMPLE", .secret_access_key = secret, .env = {.getenv = no_environment}};
  f->session = lf_aws_session_new(f->aws, &cred, NULL);
}

static void
fixture_clear(Fixture *f)
{
  lf_http_free(f->http);
  lf_aws_session_free(f->session);
  lf_aws_free(f->aws);
  g_free(f->url);
  g_free(f->body);
  g_free(f->text);
}

static LfAwsCall *
start(Fixture *f, const char *action, const char *body)
{
  LfAwsRequest request = {.service = "logs",
                          .region = "us-east-1",
                          .url = f->url,
                          .target = action,
                          .limit = "FilterLogEvents",
                          .body = lf_slice_str(body),
                          .timeout_ms = 10000,
                          .max_bytes = 1 << 20};
  g_clear_pointer(&f->body, g_free);
  g_clear_pointer(&f->text, g_free);
  f->done = FALSE;
  return lf_aws_call(f->session, &request, on_done, f);
}

/* Runs the loop until the call is over. */
static void
finish(Fixture *f)
{
  gint64 until = lf_clock_monotonic_ms(lf_clock_system()) + 120000;
  while (!f->done && lf_clock_monotonic_ms(lf_clock_system()) < until)
    lf_http_step(f->http, 100);
  g_assert_true(f->done);
}

static const char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static const char filter[] = "{\"logGroupName\":\"/g\"}";

static void
test_answers_and_refusals(void)
{
  Fixture f;
  g_autoptr(LfFakeaws) fake = lf_fakeaws_start(&(LfFakeawsOptions){0}, NULL);
  lf_fakeaws_put(fake, "/g", "s", 1000, LF_SLICE_LIT("hello"));
  fixture_init(&f, lf_fakeaws_port(fake), secret);
  start(&f, "Logs_20140328.FilterLogEvents", filter);
  finish(&f);
  g_assert_true(f.ok);
  g_assert_nonnull(strstr(f.body, "hello"));
  start(&f, "Logs_20140328.FilterLogEvents", "{\"logGroupName\":\"/not/there\"}");
  finish(&f);
  g_assert_false(f.ok);
  g_assert_cmpint(f.kind, ==, LF_AWS_NOT_FOUND);
  g_assert_true(g_str_has_prefix(f.text, "ResourceNotFoundException: "));
  g_assert_nonnull(strstr(f.text, "request id"));
  start(&f, "Logs_20140328.FilterLogEvents", "{\"logGroupName\":5}");
  finish(&f);
  g_assert_cmpint(f.kind, ==, LF_AWS_INVALID);
  fixture_clear(&f);
  fixture_init(&f, lf_fakeaws_port(fake), "another secret");
  start(&f, "Logs_20140328.FilterLogEvents", filter);
  finish(&f);
  g_assert_cmpint(f.kind, ==, LF_AWS_DENIED);
  g_assert_null(strstr(f.text, "another secret"));
  fixture_clear(&f);
}

static gint64
shifted_wall_ns(void *data)
{
  return lf_clock_wall_ns(lf_clock_system()) + *(gint64 *)data * 1000000;
}

static gint64
monotonic_ms(void *data)
{
  return lf_clock_monotonic_ms(lf_clock_system());
}

static void
test_wrong_clock(void)
{
  gint64 shifts_ms[] = {20 * 60000, -20 * 60000};
  for (gsize i = 0; i < G_N_ELEMENTS(shifts_ms); i++) {
    Fixture f;
    LfClock clock = {shifted_wall_ns, monotonic_ms, &shifts_ms[i]};
    g_autoptr(LfFakeaws) fake = lf_fakeaws_start(&(LfFakeawsOptions){.clock = &clock}, NULL);
    lf_fakeaws_put(fake, "/g", "s", 1000, LF_SLICE_LIT("hello"));
    fixture_init(&f, lf_fakeaws_port(fake), secret);
    start(&f, "Logs_20140328.FilterLogEvents", filter);
    finish(&f);
    g_assert_true(f.ok);
    gint64 off = lf_aws_now_ms(f.aws) - lf_clock_wall_ms(&clock);
    g_assert_cmpint(ABS(off), <, 2000); /* now is AWS's */
    fixture_clear(&f);
  }
}

static void
test_throttled(void)
{
  Fixture f;
  g_autoptr(LfFakeaws) fake = lf_fakeaws_start(&(LfFakeawsOptions){.quota_per_s = 5}, NULL);
  lf_fakeaws_put(fake, "/g", "s", 1000, LF_SLICE_LIT("hello"));
  fixture_init(&f, lf_fakeaws_port(fake), secret);
  for (int i = 0; i < 12; i++) {
    start(&f, "Logs_20140328.FilterLogEvents", filter);
    finish(&f);
    g_assert_true(f.ok);
  }
  g_assert_cmpuint(lf_aws_counts(f.aws).retries, >, 0);
  g_assert_cmpuint(lf_aws_counts(f.aws).calls, ==, 12 + lf_aws_counts(f.aws).retries);
  fixture_clear(&f);
}

/* What a bad server does, in turn. */
typedef struct {
  gint n; /* requests so far */
} Bad;

static void
answer_badly(const LfHttpdRequest *request, LfHttpdResponse *response, void *data)
{
  Bad *bad = data;
  switch (g_atomic_int_add(&bad->n, 1)) {
  case 0:
    response->status = 503;
    break;
  case 1:
    response->status = 500;
    lf_buf_append_str(&response->body, "<html>no");
    break;
  case 2:
    response->status = 429;
    lf_httpd_response_add(response, "Retry-After", "0");
    break;
  case 3:
    response->status = 400;
    lf_buf_append_str(&response->body, "{\"__type\":\"com.amazon.coral#ThrottlingException\",\"message\":null}");
    break;
  case 4:
    response->status = 301;
    lf_httpd_response_add(response, "Location", "http://127.0.0.1:1/");
    break;
  default:
    for (int i = 0; i < 40000; i++)
      lf_buf_append_str(&response->body, "0123456789012345678901234567890123456789");
  }
}

static void
test_bad_server(void)
{
  Fixture f;
  Bad bad = {0};
  LfHttpd *server = lf_httpd_start(&(LfHttpdOptions){.handle = answer_badly, .data = &bad}, NULL);
  fixture_init(&f, lf_httpd_port(server), secret);
  start(&f, "Logs_20140328.FilterLogEvents", filter);
  finish(&f);
  g_assert_cmpint(g_atomic_int_get(&bad.n), ==, 5); /* four were tried again; a redirect is not followed */
  g_assert_cmpint(f.kind, ==, LF_AWS_OTHER);
  g_assert_nonnull(strstr(f.text, "301"));
  start(&f, "Logs_20140328.FilterLogEvents", filter);
  finish(&f);
  g_assert_cmpint(f.kind, ==, LF_AWS_OTHER); /* larger than max_bytes */
  g_assert_nonnull(strstr(f.text, "larger"));
  fixture_clear(&f);
  lf_httpd_stop(server);
}

static void
answer_at_length(const LfHttpdRequest *request, LfHttpdResponse *response, void *data)
{
  response->status = 400;
  lf_buf_append_str(&response->body, "{\"__type\":\"");
  for (int i = 0; i < 1000; i++)
    lf_buf_append_str(&response->body, "Code");
  lf_buf_append_str(&response->body, "\",\"message\":\"x");
  for (int i = 0; i < 2000; i++)
    lf_buf_append_str(&response->body, "\xc3\xa9");
  lf_buf_append_str(&response->body, "\"}");
}

/* What a server says is cut, between two characters: 999 of two bytes behind the x. */
static void
test_long_texts(void)
{
  Fixture f;
  LfHttpd *server = lf_httpd_start(&(LfHttpdOptions){.handle = answer_at_length}, NULL);
  fixture_init(&f, lf_httpd_port(server), secret);
  start(&f, "Logs_20140328.FilterLogEvents", filter);
  finish(&f);
  g_assert_cmpuint(strlen(f.text), ==, 200 + 2 + 1999);
  g_assert_true(g_utf8_validate(f.text, -1, NULL));
  fixture_clear(&f);
  lf_httpd_stop(server);
}

static void
test_same_complaint(void)
{
  static const struct {
    const char *a, *b;
    gboolean same;
  } cases[] = {
      {NULL, NULL, TRUE},
      {NULL, "x", FALSE},
      {"x", "x", TRUE},
      {"x", "y", FALSE},
      {"x (request id 1)", "x (request id 2)", TRUE},
      {"x (request id 1)", "x", TRUE},
      {"x (request id 1): the policy lacks a", "x (request id 22): the policy lacks a", TRUE},
      {"x (request id 1): the policy lacks a", "x (request id 1): the policy lacks b", FALSE},
      {"x (request id 1)", "y (request id 1)", FALSE},
      {"x (request id 1", "x (request id 2", FALSE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpint(lf_aws_same_complaint(cases[i].a, cases[i].b), ==, cases[i].same);
}

static void
test_cancel(void)
{
  Fixture f;
  g_autoptr(LfFakeaws) fake = lf_fakeaws_start(&(LfFakeawsOptions){0}, NULL);
  fixture_init(&f, lf_fakeaws_port(fake), secret);
  lf_aws_cancel(start(&f, "Logs_20140328.FilterLogEvents", filter)); /* before it is sent */
  LfAwsCall *call = start(&f, "Logs_20140328.FilterLogEvents", filter);
  while (lf_http_in_flight(f.http) == 0)
    lf_http_step(f.http, 0);
  lf_aws_cancel(call); /* under way */
  for (int i = 0; i < 20; i++)
    lf_http_step(f.http, 10);
  g_assert_false(f.done);
  start(&f, "Logs_20140328.FilterLogEvents", filter); /* left under way: the loop ends it */
  while (lf_http_in_flight(f.http) == 0)
    lf_http_step(f.http, 0);
  fixture_clear(&f);
}

static void
on_wait(gboolean due, void *data)
{
  Fixture *f = data;
  f->waits += !due;
  f->due += due;
}

static void
run_until(Fixture *f, const guint *count, guint n)
{
  gint64 until = lf_clock_monotonic_ms(lf_clock_system()) + 60000;
  while (*count < n && lf_clock_monotonic_ms(lf_clock_system()) < until)
    lf_http_step(f->http, 100);
  g_assert_cmpuint(*count, ==, n);
}

/* Whoever bounds the calls is told that one waits, and says when its next try may begin. */
static void
test_next_try_needs_leave(void)
{
  Fixture f;
  fixture_init(&f, 9, secret); /* nobody listens there */
  LfAwsRequest request = {.service = "logs",
                          .region = "us-east-1",
                          .url = f.url,
                          .target = "Logs_20140328.FilterLogEvents",
                          .body = lf_slice_str(filter),
                          .timeout_ms = 10000,
                          .max_bytes = 1 << 20,
                          .on_wait = on_wait};
  LfAwsCall *call = lf_aws_call(f.session, &request, on_done, &f);
  for (guint n = 1; n <= 3; n++) {
    run_until(&f, &f.due, n);
    g_assert_cmpuint(f.waits, ==, n);
    for (int i = 0; i < 3; i++)
      lf_http_step(f.http, 0);
    g_assert_cmpuint(lf_aws_call_counts(call).calls, ==, n); /* no further one before that */
    lf_aws_resume(call);
  }
  run_until(&f, &f.due, 4);
  lf_aws_cancel(call); /* while it may not go on */
  call = lf_aws_call(f.session, &request, on_done, &f);
  run_until(&f, &f.waits, 5);
  lf_aws_cancel(call); /* while it waits */
  g_assert_false(f.done);
  fixture_clear(&f);
}

static void
test_no_credentials(void)
{
  Fixture f;
  fixture_init(&f, 1, "");
  lf_aws_session_free(f.session);
  LfCredOptions cred = {.shared_credential_file = "/no/such/file", .env = {.getenv = no_environment}};
  f.session = lf_aws_session_new(f.aws, &cred, NULL);
  start(&f, "Logs_20140328.FilterLogEvents", filter);
  finish(&f);
  g_assert_cmpint(f.kind, ==, LF_AWS_CREDENTIALS);
  g_assert_nonnull(strstr(f.text, "/no/such/file"));
  fixture_clear(&f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/call/answers-and-refusals", test_answers_and_refusals);
  g_test_add_func("/call/wrong-clock", test_wrong_clock);
  g_test_add_func("/call/throttled", test_throttled);
  g_test_add_func("/call/bad-server", test_bad_server);
  g_test_add_func("/call/long-texts", test_long_texts);
  g_test_add_func("/call/same-complaint", test_same_complaint);
  g_test_add_func("/call/cancel", test_cancel);
  g_test_add_func("/call/next-try-needs-leave", test_next_try_needs_leave);
  g_test_add_func("/call/no-credentials", test_no_credentials);
  return g_test_run();
}
