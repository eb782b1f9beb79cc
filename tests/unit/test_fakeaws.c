/* The fake CloudWatch Logs server, asked over real sockets with real signatures. */
#include "aws/sigv4.h"
#include "base/buf.h"
#include "fakeaws/sample.h"
#include "support/clock.h"
#include "support/socket.h"
#include "value/json_read.h"

#include <pthread.h>

#define NOW_MS G_GINT64_CONSTANT(1795526943000)
#define HOUR_MS ((gint64)3600000)
#define KEY_ID "AKIDEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

/* A server and how it is called. */
typedef struct {
  LfArena *arena;
  LfFakeaws *fake;
  LfFakeawsOptions options;
  const char *id, *secret, *token, *region, *service;
  gint64 skew_ms;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  atomic_store(&test_now_ms, NOW_MS);
  f->arena = lf_arena_new();
  f->options.clock = &TEST_CLOCK;
  f->id = KEY_ID;
  f->secret = SECRET;
  f->region = "us-east-1";
  f->service = "logs";
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  lf_fakeaws_stop(f->fake);
  lf_arena_free(f->arena);
}

static void
start(Fixture *f)
{
  g_autoptr(GError) error = NULL;
  f->fake = lf_fakeaws_start(&f->options, &error);
  g_assert_no_error(error);
}

/* Calls: one connection a request */

static void
append_header(LfBuf *out, LfSlice name, LfSlice value)
{
  lf_buf_append_slice(out, name);
  lf_buf_append_str(out, ": ");
  lf_buf_append_slice(out, value);
  lf_buf_append_str(out, "\r\n");
}

/* Signs and sends. `target` NULL is the Query protocol. */
static TestReply
call_in(Fixture *f, LfArena *arena, const char *target, LfSlice body)
{
  LfSigv4Header headers[3] = {{LF_SLICE_LIT("Host"), LF_SLICE_LIT("127.0.0.1")},
                              {LF_SLICE_LIT("Content-Type"), LF_SLICE_LIT("application/x-www-form-urlencoded")}};
  LfSigv4Request request = {LF_SLICE_LIT("POST"), LF_SLICE_LIT("/"), {0}, headers, 2, body, {0}};
  if (target != NULL) {
    headers[1].value = LF_SLICE_LIT("application/x-amz-json-1.1");
    headers[2] = (LfSigv4Header){LF_SLICE_LIT("X-Amz-Target"), lf_arena_printf(arena, "Logs_20140328.%s", target)};
    request.n_headers = 3;
  }
  LfSigv4Keys keys = {lf_slice_str(f->id), lf_slice_str(f->secret), lf_slice_str(f->token)};
  LfSigv4Options options = lf_sigv4_options(lf_slice_str(f->region), lf_slice_str(f->service),
                                            (gint64)atomic_load(&test_now_ms) + f->skew_ms);
  LfSigv4Signed out;
  lf_sigv4_sign_headers(arena, &request, &keys, &options, NULL, &out);
  g_auto(LfBuf) text = {0};
  lf_buf_printf(&text, "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n", body.len);
  for (gsize i = 0; i < request.n_headers; i++)
    append_header(&text, headers[i].name, headers[i].value);
  for (gsize i = 0; i < out.n_add; i++)
    append_header(&text, out.add[i].name, out.add[i].value);
  lf_buf_append_str(&text, "\r\n");
  lf_buf_append_slice(&text, body);
  return test_exchange(arena, lf_fakeaws_port(f->fake), lf_buf_slice(&text));
}

static TestReply
call(Fixture *f, const char *target, const char *body)
{
  return call_in(f, f->arena, target, lf_slice_str(body));
}

/* Calls, and reads the answer, which has to be a good one. */
static LfValue
ask(Fixture *f, const char *target, const char *body)
{
  LfValue v = lf_value_null();
  TestReply reply = call(f, target, body);
  if (reply.status != 200) {
    g_test_message("%s %s: %.*s", target, body, (int)reply.body.len, reply.body.p);
    g_test_fail();
  } else if (reply.body.len > 0) {
    g_assert_true(lf_json_read_copy(f->arena, reply.body, &v, NULL));
  }
  return v;
}

static LfSlice
text_at(Fixture *f, const LfValue *v, const char *key)
{
  LfValue *member = lf_object_get_str(v, key);
  return lf_value_is(member, LF_TYPE_STRING) ? lf_value_text(f->arena, member) : lf_slice(NULL, 0);
}

static gint64
int_at(const LfValue *v, const char *key)
{
  const LfValue *member = lf_object_get_str(v, key);
  return lf_value_is(member, LF_TYPE_INT) ? member->i : -1;
}

static guint
count_at(const LfValue *v, const char *key)
{
  const LfValue *member = lf_object_get_str(v, key);
  return lf_value_is(member, LF_TYPE_ARRAY) ? member->array->len : G_MAXUINT;
}

static LfValue *
nth_at(const LfValue *v, const char *key, guint n)
{
  LfValue *member = lf_object_get_str(v, key);
  g_assert_true(lf_value_is(member, LF_TYPE_ARRAY) && n < member->array->len);
  return &member->array->items[n];
}

static void
expect_failure(Fixture *f, TestReply reply, guint status, const char *type, const char *part)
{
  LfValue v;
  g_assert_true(lf_json_read_copy(f->arena, reply.body, &v, NULL));
  LfSlice message = text_at(f, &v, "message");
  g_assert_cmpuint(reply.status, ==, status);
  if (!lf_slice_is(text_at(f, &v, "__type"), type) || memmem(message.p, message.len, part, strlen(part)) == NULL) {
    g_test_message("want %s: …%s…, got %.*s", type, part, (int)reply.body.len, reply.body.p);
    g_test_fail();
  }
}

static void
expect_error(Fixture *f, const char *target, const char *body, const char *type, const char *part)
{
  expect_failure(f, call(f, target, body), 400, type, part);
}

/* Groups and streams */

static void
test_groups(Fixture *f, gconstpointer data)
{
  start(f);
  ask(f, "CreateLogGroup", "{\"logGroupName\":\"/ecs/b\"}");
  ask(f, "CreateLogGroup", "{\"logGroupName\":\"/ecs/a\"}");
  ask(f, "CreateLogGroup", "{\"logGroupName\":\"/other\"}");
  expect_error(f, "CreateLogGroup", "{\"logGroupName\":\"/ecs/a\"}", "ResourceAlreadyExistsException",
               "The specified log group already exists");
  expect_error(f, "CreateLogGroup", "{\"logGroupName\":\"a b\"}", "InvalidParameterException",
               "Value 'a b' at 'logGroupName' failed to satisfy constraint");
  expect_error(f, "CreateLogGroup", "{}", "InvalidParameterException", "must not be null");
  LfValue v = ask(f, "DescribeLogGroups", "{}");
  g_assert_cmpuint(count_at(&v, "logGroups"), ==, 3);
  v = ask(f, "DescribeLogGroups", "{\"logGroupNamePrefix\":\"/ecs/\",\"limit\":1,\"includeLinkedAccounts\":true}");
  g_assert_cmpuint(count_at(&v, "logGroups"), ==, 1);
  g_assert_true(lf_slice_is(text_at(f, nth_at(&v, "logGroups", 0), "logGroupName"), "/ecs/a"));
  g_assert_true(lf_slice_is(text_at(f, nth_at(&v, "logGroups", 0), "arn"),
                            "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a:*"));
  LfSlice next = lf_arena_dup(f->arena, text_at(f, &v, "nextToken"));
  LfSlice body = lf_arena_printf(
      f->arena, "{\"logGroupNamePrefix\":\"/ecs/\",\"includeLinkedAccounts\":true,\"nextToken\":\"%s\"}", next.p);
  v = ask(f, "DescribeLogGroups", body.p);
  g_assert_true(lf_slice_is(text_at(f, nth_at(&v, "logGroups", 0), "logGroupName"), "/ecs/b"));
  g_assert_cmpuint(count_at(&v, "logGroups"), ==, 1);
  g_assert_null(lf_object_get_str(&v, "nextToken"));
  v = ask(f, "DescribeLogGroups", "{\"logGroupNamePattern\":\"OTH\"}");
  g_assert_cmpuint(count_at(&v, "logGroups"), ==, 1);
  ask(f, "DeleteLogGroup", "{\"logGroupName\":\"/other\"}");
  expect_error(f, "DeleteLogGroup", "{\"logGroupName\":\"/other\"}", "ResourceNotFoundException",
               "The specified log group does not exist.");
  g_assert_cmpuint(lf_fakeaws_counts(f->fake).groups, ==, 2);
  g_assert_cmpuint(lf_fakeaws_counts(f->fake).calls, ==, 12);
}

static void
test_streams(Fixture *f, gconstpointer data)
{
  start(f);
  lf_fakeaws_put(f->fake, "g", "web/2", NOW_MS - 5000, LF_SLICE_LIT("m"));
  lf_fakeaws_put(f->fake, "g", "web/1", NOW_MS - 9000, LF_SLICE_LIT("m"));
  lf_fakeaws_put(f->fake, "g", "web/1", NOW_MS - 8000, LF_SLICE_LIT("m"));
  ask(f, "CreateLogStream", "{\"logGroupName\":\"g\",\"logStreamName\":\"app\"}");
  expect_error(f, "CreateLogStream", "{\"logGroupName\":\"g\",\"logStreamName\":\"app\"}",
               "ResourceAlreadyExistsException", "The specified log stream already exists");
  expect_error(f, "CreateLogStream", "{\"logGroupName\":\"g\",\"logStreamName\":\"a:b\"}", "InvalidParameterException",
               "[^:*]*");
  expect_error(f, "CreateLogStream", "{\"logGroupName\":\"h\",\"logStreamName\":\"a\"}", "ResourceNotFoundException",
               "log group");
  LfValue v = ask(f, "DescribeLogStreams", "{\"logGroupName\":\"g\"}");
  g_assert_cmpuint(count_at(&v, "logStreams"), ==, 3);
  g_assert_null(lf_object_get_str(nth_at(&v, "logStreams", 0), "lastEventTimestamp"));
  v = ask(f, "DescribeLogStreams", "{\"logGroupName\":\"g\",\"logStreamNamePrefix\":\"web/\",\"limit\":1}");
  const LfValue *stream = nth_at(&v, "logStreams", 0);
  g_assert_true(lf_slice_is(text_at(f, stream, "logStreamName"), "web/1"));
  g_assert_cmpint(int_at(stream, "firstEventTimestamp"), ==, NOW_MS - 9000);
  g_assert_cmpint(int_at(stream, "lastEventTimestamp"), ==, NOW_MS - 8000);
  g_assert_nonnull(lf_object_get_str(&v, "nextToken"));
  v = ask(f, "DescribeLogStreams", "{\"logGroupName\":\"g\",\"orderBy\":\"LastEventTime\",\"descending\":true}");
  g_assert_true(lf_slice_is(text_at(f, nth_at(&v, "logStreams", 0), "logStreamName"), "web/2"));
  expect_error(f, "DescribeLogStreams",
               "{\"logGroupName\":\"g\",\"orderBy\":\"LastEventTime\",\"logStreamNamePrefix\":\"w\"}",
               "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.");
}

/* PutLogEvents */

static void
test_put(Fixture *f, gconstpointer data)
{
  start(f);
  ask(f, "CreateLogGroup", "{\"logGroupName\":\"g\"}");
  ask(f, "CreateLogStream", "{\"logGroupName\":\"g\",\"logStreamName\":\"s\"}");
  const char *put = "{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"logEvents\":[%s]}";
  const struct {
    const char *events;
    const char *type;
    const char *part;
  } bad[] = {
      {"", "InvalidParameterException", "greater than or equal to 1"},
      {"{\"timestamp\":2,\"message\":\"m\"},{\"timestamp\":1,\"message\":\"m\"}", "InvalidParameterException",
       "must be in chronological order."},
      {"{\"timestamp\":1,\"message\":\"m\"},{\"timestamp\":86400002,\"message\":\"m\"}", "InvalidParameterException",
       "cannot span more than 24 hours."},
      {"{\"timestamp\":1,\"message\":\"\"}", "InvalidParameterException", "greater than or equal to 1"},
      {"{\"timestamp\":\"x\",\"message\":\"m\"}", "SerializationException", "logEvents.1.member"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(GStrv) parts = g_strsplit(put, "%s", 2);
    g_autofree char *body = g_strconcat(parts[0], bad[i].events, parts[1], NULL);
    expect_error(f, "PutLogEvents", body, bad[i].type, bad[i].part);
  }
  g_autofree char *body = g_strdup_printf("{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"logEvents\":["
                                          "{\"timestamp\":%" G_GINT64_FORMAT ",\"message\":\"now\\n\\tZo\\u00eb\"},"
                                          "{\"timestamp\":%" G_GINT64_FORMAT ",\"message\":\"too new\"}]}",
                                          NOW_MS, NOW_MS + 3 * HOUR_MS);
  LfValue v = ask(f, "PutLogEvents", body);
  g_assert_cmpint(int_at(lf_object_get_str(&v, "rejectedLogEventsInfo"), "tooNewLogEventStartIndex"), ==, 1);
  g_assert_cmpuint(text_at(f, &v, "nextSequenceToken").len, ==, 56);
  v = ask(f, "PutLogEvents",
          "{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"logEvents\":[{\"timestamp\":1,\"message\":\"old\"}]}");
  g_assert_cmpint(int_at(lf_object_get_str(&v, "rejectedLogEventsInfo"), "tooOldLogEventEndIndex"), ==, 1);
  v = ask(f, "FilterLogEvents", "{\"logGroupName\":\"g\"}");
  g_assert_cmpuint(count_at(&v, "events"), ==, 1);
  const LfValue *event = nth_at(&v, "events", 0);
  g_assert_true(lf_slice_is(text_at(f, event, "message"), "now\n\tZoë"));
  g_assert_cmpint(int_at(event, "ingestionTime"), ==, NOW_MS);
  g_assert_cmpuint(text_at(f, event, "eventId").len, ==, 56);
  expect_error(f, "PutLogEvents",
               "{\"logGroupName\":\"g\",\"logStreamName\":\"t\",\"logEvents\":[{\"timestamp\":1,\"message\":\"m\"}]}",
               "ResourceNotFoundException", "The specified log stream does not exist.");
}

/* `n` events of `len` bytes. */
static char *
many_events(guint n, gsize len)
{
  g_autofree char *message = g_strnfill(len, 'x');
  g_auto(LfBuf) body = {0};
  lf_buf_append_str(&body, "{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"logEvents\":[");
  for (guint i = 0; i < n; i++)
    lf_buf_printf(&body, "%s{\"timestamp\":%" G_GINT64_FORMAT ",\"message\":\"%s\"}", i > 0 ? "," : "", NOW_MS,
                  message);
  lf_buf_append_str(&body, "]}");
  return lf_buf_steal(&body);
}

static void
test_put_limits(Fixture *f, gconstpointer data)
{
  static const struct {
    guint n;
    gsize len;
    const char *part; /* NULL: taken */
  } cases[] = {
      {10000, 10, NULL},      {10001, 10, "less than or equal to 10000"},
      {1, 262144 - 26, NULL}, {1, 262144 - 25, "Log event too large: 262145 bytes exceeds limit of 262144"},
      {4, 262144 - 26, NULL}, {1024, 1024 - 25, "Upload too large: 1049600 bytes exceeds limit of 1048576"},
  };
  start(f);
  lf_fakeaws_put(f->fake, "g", "s", 1, LF_SLICE_LIT("m"));
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *body = many_events(cases[i].n, cases[i].len);
    if (cases[i].part == NULL)
      ask(f, "PutLogEvents", body);
    else
      expect_error(f, "PutLogEvents", body, "InvalidParameterException", cases[i].part);
  }
  g_assert_cmpuint(lf_fakeaws_counts(f->fake).events, ==, 1 + 10000 + 1 + 4);
}

static void
test_old_events(Fixture *f, gconstpointer data)
{
  f->options.accept_old_events = TRUE;
  start(f);
  lf_fakeaws_put(f->fake, "g", "s", 5, LF_SLICE_LIT("m"));
  LfValue v = ask(f, "PutLogEvents",
                  "{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"logEvents\":["
                  "{\"timestamp\":1,\"message\":\"m\"},{\"timestamp\":1700000000000,\"message\":\"m\"}]}");
  g_assert_null(lf_object_get_str(&v, "rejectedLogEventsInfo"));
  g_assert_cmpuint(lf_fakeaws_counts(f->fake).events, ==, 3);
}

/* FilterLogEvents */

/* Reads all pages. Returns the events of all; `pages` and `empty` count. */
static GPtrArray *
read_all(Fixture *f, const char *parameters, guint *pages, guint *empty)
{
  GPtrArray *events = g_ptr_array_new();
  LfSlice token = {0};
  *pages = *empty = 0;
  do {
    LfSlice body = token.len == 0
                       ? lf_arena_printf(f->arena, "{%s}", parameters)
                       : lf_arena_printf(f->arena, "{%s,\"nextToken\":\"%.*s\"}", parameters, (int)token.len, token.p);
    LfValue v = ask(f, "FilterLogEvents", body.p);
    guint n = count_at(&v, "events");
    g_assert_cmpuint(count_at(&v, "searchedLogStreams"), ==, 0);
    for (guint i = 0; i < n && n != G_MAXUINT; i++)
      g_ptr_array_add(events, nth_at(&v, "events", i));
    (*pages)++;
    *empty += n == 0;
    token = text_at(f, &v, "nextToken");
  } while (token.len > 0 && *pages < 1000);
  return events;
}

/* Puts `n` events a second apart over three streams, not in order. */
static void
fill(Fixture *f, guint n)
{
  static const char *const streams[] = {"web/1", "web/2", "app/1"};
  for (guint i = 0; i < n; i++) {
    guint at = (i * 37) % n;
    LfSlice message = lf_arena_printf(f->arena, "event %u %s", at, at % 10 == 0 ? "ERROR [x] \"y\"" : "fine");
    lf_fakeaws_put(f->fake, "g", streams[at % 3], NOW_MS - HOUR_MS + at * 1000, message);
  }
}

static void
test_pages(Fixture *f, gconstpointer data)
{
  f->options.page_events = 7;
  f->options.empty_page_every = 3;
  start(f);
  fill(f, 100);
  guint pages, empty;
  g_autoptr(GPtrArray) events = read_all(f, "\"logGroupName\":\"g\",\"interleaved\":true", &pages, &empty);
  g_assert_cmpuint(events->len, ==, 100);
  g_assert_cmpuint(empty, ==, 7);
  g_assert_cmpuint(pages, ==, 15 + 7);
  g_autofree char *last = g_strdup("");
  for (guint i = 0; i < events->len; i++) {
    const LfValue *event = g_ptr_array_index(events, i);
    g_assert_cmpint(int_at(event, "timestamp"), ==, NOW_MS - HOUR_MS + i * 1000);
    char *id = lf_slice_dup(text_at(f, event, "eventId"));
    g_assert_cmpstr(last, <, id);
    g_free(last);
    last = id;
  }
  g_assert_cmpuint(lf_fakeaws_counts(f->fake).calls, ==, pages);
}

static void
test_page_bytes(Fixture *f, gconstpointer data)
{
  start(f);
  g_autofree char *text = g_strnfill(1000 - 26, 'x');
  for (guint i = 0; i < 2000; i++)
    lf_fakeaws_put(f->fake, "g", "s", NOW_MS, lf_slice_str(text));
  LfValue v = ask(f, "FilterLogEvents", "{\"logGroupName\":\"g\"}");
  g_assert_cmpuint(count_at(&v, "events"), ==, 1048); /* 1 MiB */
  guint pages, empty;
  g_autoptr(GPtrArray) events = read_all(f, "\"logGroupName\":\"g\",\"limit\":999", &pages, &empty);
  g_assert_cmpuint(events->len, ==, 2000);
  g_assert_cmpuint(pages, ==, 3);
}

static void
expect_events(Fixture *f, const char *parameters, guint want)
{
  guint pages, empty;
  LfSlice all = lf_arena_printf(f->arena, "\"logGroupName\":\"g\"%s", parameters);
  g_autoptr(GPtrArray) events = read_all(f, all.p, &pages, &empty);
  if (events->len != want) {
    g_test_message("%s: %u events, want %u", parameters, events->len, want);
    g_test_fail();
  }
}

static void
test_selections(Fixture *f, gconstpointer data)
{
  start(f);
  fill(f, 100);
  expect_events(f, "", 100);
  g_autofree char *one = g_strdup_printf(",\"startTime\":%" G_GINT64_FORMAT ",\"endTime\":%" G_GINT64_FORMAT,
                                         NOW_MS - HOUR_MS + 5000, NOW_MS - HOUR_MS + 5000);
  expect_events(f, one, 1); /* both ends are inclusive */
  g_autofree char *none = g_strdup_printf(",\"startTime\":%" G_GINT64_FORMAT, NOW_MS);
  expect_events(f, none, 0);
  expect_events(f, ",\"logStreamNames\":[\"web/1\"]", 34);
  expect_events(f, ",\"logStreamNames\":[\"web/1\",\"app/1\"]", 67);
  expect_events(f, ",\"logStreamNamePrefix\":\"web/\"", 67);
  expect_events(f, ",\"logStreamNamePrefix\":\"nothing\"", 0);
  expect_events(f, ",\"filterPattern\":\"\"", 100);
  expect_events(f, ",\"filterPattern\":null,\"nextToken\":null", 100);
  expect_events(f, ",\"filterPattern\":\"ERROR\"", 10);
  expect_events(f, ",\"filterPattern\":\"\\\"ERROR [x]\\\"\",\"logStreamNames\":[\"web/1\"]", 4);
}

static void
test_filter_errors(Fixture *f, gconstpointer data)
{
  static const struct {
    const char *parameters;
    const char *type;
    const char *part;
  } cases[] = {
      {"\"logGroupName\":\"h\"", "ResourceNotFoundException", "The specified log group does not exist."},
      {"\"logGroupName\":\"g\",\"logStreamNames\":[\"no\"]", "ResourceNotFoundException", "log stream"},
      {"\"logGroupName\":\"g\",\"logStreamNames\":[\"web/1\"],\"logStreamNamePrefix\":\"web\"",
       "InvalidParameterException", "logStreamNamePrefix"},
      {"\"logGroupName\":\"g\",\"logStreamNames\":[]", "InvalidParameterException", "greater than or equal to 1"},
      {"\"logGroupName\":\"g\",\"limit\":10001", "InvalidParameterException",
       "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"},
      {"\"logGroupName\":\"g\",\"startTime\":5,\"endTime\":4", "InvalidParameterException", "startTime"},
      {"\"logGroupName\":\"g\",\"filterPattern\":\"{ $.x = 1 }\"", "InvalidParameterException", "{ $.x = 1 }"},
      {"\"logGroupName\":\"g\",\"filterPattern\":\"a b\"", "InvalidParameterException", "'a b'"},
      {"\"logGroupName\":\"g\",\"nextToken\":\"abc\"", "InvalidParameterException",
       "The specified nextToken is invalid."},
      {"\"logGroupName\":\"g\",\"startTime\":\"x\"", "SerializationException", "startTime"},
      {"\"logGroupName\":\"g\",\"logGroupIdentifier\":\"g\"", "InvalidParameterException", "logGroupIdentifier"},
      {"\"limit\":1", "InvalidParameterException", "must be specified"},
      {"\"logGroupIdentifier\":\"arn:aws:logs:us-east-1:123456789012:log-group:g:*\"", "InvalidParameterException",
       "at 'logGroupIdentifier'"},
      {"\"logGroupIdentifier\":\"arn:aws:logs:us-east-1:999999999999:log-group:g\"", "AccessDeniedException",
       "logs:FilterLogEvents"},
      {"\"logGroupIdentifier\":\"arn:aws:logs:eu-west-1:123456789012:log-group:g\"", "ResourceNotFoundException",
       "log group"},
      {"\"logGroupIdentifier\":\"arn:aws:s3:::bucket\"", "InvalidParameterException", "ARN"},
  };
  start(f);
  fill(f, 3);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *body = g_strdup_printf("{%s}", cases[i].parameters);
    expect_error(f, "FilterLogEvents", body, cases[i].type, cases[i].part);
  }
  g_auto(LfBuf) many = {0};
  lf_buf_append_str(&many, "{\"logGroupName\":\"g\",\"logStreamNames\":[\"web/1\"");
  for (guint i = 0; i < 100; i++)
    lf_buf_append_str(&many, ",\"web/1\"");
  lf_buf_append_str(&many, "]}");
  g_autofree char *body = lf_buf_steal(&many);
  expect_error(f, "FilterLogEvents", body, "InvalidParameterException", "less than or equal to 100");
  LfValue v = ask(f, "FilterLogEvents", "{\"logGroupIdentifier\":\"arn:aws:logs:us-east-1:123456789012:log-group:g\"}");
  g_assert_cmpuint(count_at(&v, "events"), ==, 3);
}

static void
test_tokens(Fixture *f, gconstpointer data)
{
  start(f);
  fill(f, 10);
  LfValue v = ask(f, "FilterLogEvents", "{\"logGroupName\":\"g\",\"limit\":2}");
  LfSlice token = lf_arena_dup(f->arena, text_at(f, &v, "nextToken"));
  LfSlice same = lf_arena_printf(f->arena, "{\"logGroupName\":\"g\",\"nextToken\":\"%s\"}", token.p);
  v = ask(f, "FilterLogEvents", same.p);
  g_assert_cmpuint(count_at(&v, "events"), ==, 8);
  v = ask(f, "FilterLogEvents", same.p); /* a token may be used again */
  g_assert_cmpuint(count_at(&v, "events"), ==, 8);
  LfSlice other = lf_arena_printf(f->arena, "{\"logGroupName\":\"g\",\"startTime\":1,\"nextToken\":\"%s\"}", token.p);
  expect_error(f, "FilterLogEvents", other.p, "InvalidParameterException", "The specified nextToken is invalid.");
  atomic_fetch_add(&test_now_ms, 24 * HOUR_MS + 1);
  expect_error(f, "FilterLogEvents", same.p, "InvalidParameterException", "The specified nextToken has expired.");
}

static void
test_quota(Fixture *f, gconstpointer data)
{
  f->options.quota_per_s = 2;
  start(f);
  fill(f, 3);
  for (int i = 0; i < 2; i++)
    ask(f, "FilterLogEvents", "{\"logGroupName\":\"g\"}");
  expect_error(f, "FilterLogEvents", "{\"logGroupName\":\"g\"}", "ThrottlingException", "Rate exceeded");
  ask(f, "DescribeLogGroups", "{}");
  atomic_fetch_add(&test_now_ms, 500);
  ask(f, "FilterLogEvents", "{\"logGroupName\":\"g\"}");
  expect_error(f, "FilterLogEvents", "{\"logGroupName\":\"g\"}", "ThrottlingException", "Rate exceeded");
}

/* GetLogEvents */

static LfValue
get_events(Fixture *f, const char *more, LfSlice token)
{
  LfSlice next =
      token.len == 0 ? lf_slice("", 0) : lf_arena_printf(f->arena, ",\"nextToken\":\"%.*s\"", (int)token.len, token.p);
  LfSlice body = lf_arena_printf(f->arena, "{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"limit\":4%s%.*s}", more,
                                 (int)next.len, next.p);
  return ask(f, "GetLogEvents", body.p);
}

static void
test_get(Fixture *f, gconstpointer data)
{
  start(f);
  for (guint i = 0; i < 10; i++) {
    lf_fakeaws_put(f->fake, "g", "s", NOW_MS + i, LF_SLICE_LIT("m"));
    lf_fakeaws_put(f->fake, "g", "other", NOW_MS + i, LF_SLICE_LIT("m"));
  }
  LfSlice none = {0};
  LfValue v = get_events(f, ",\"startFromHead\":true", none);
  g_assert_cmpint(int_at(nth_at(&v, "events", 0), "timestamp"), ==, NOW_MS);
  g_assert_cmpuint(count_at(&v, "events"), ==, 4);
  v = get_events(f, "", text_at(f, &v, "nextForwardToken"));
  g_assert_cmpint(int_at(nth_at(&v, "events", 0), "timestamp"), ==, NOW_MS + 4);
  v = get_events(f, "", text_at(f, &v, "nextForwardToken"));
  g_assert_cmpuint(count_at(&v, "events"), ==, 2);
  LfSlice token = lf_arena_dup(f->arena, text_at(f, &v, "nextForwardToken"));
  v = get_events(f, "", token);
  g_assert_cmpuint(count_at(&v, "events"), ==, 0);
  v = get_events(f, "", text_at(f, &v, "nextForwardToken")); /* the end answers for ever */
  g_assert_cmpuint(count_at(&v, "events"), ==, 0);
  v = get_events(f, "", none); /* from the tail */
  g_assert_cmpint(int_at(nth_at(&v, "events", 3), "timestamp"), ==, NOW_MS + 9);
  v = get_events(f, "", text_at(f, &v, "nextBackwardToken"));
  g_assert_cmpint(int_at(nth_at(&v, "events", 3), "timestamp"), ==, NOW_MS + 5);
  g_autofree char *window =
      g_strdup_printf(",\"startTime\":%" G_GINT64_FORMAT ",\"endTime\":%" G_GINT64_FORMAT, NOW_MS + 2, NOW_MS + 4);
  v = get_events(f, window, none);
  g_assert_cmpuint(count_at(&v, "events"), ==, 2); /* this endTime is exclusive */
  expect_error(f, "GetLogEvents", "{\"logGroupName\":\"g\",\"logStreamName\":\"s\",\"nextToken\":\"f/1/s\"}",
               "InvalidParameterException", "The specified nextToken is invalid.");
}

/* Signatures */

static void
test_auth(Fixture *f, gconstpointer data)
{
  start(f);
  ask(f, "DescribeLogGroups", "{}");
  f->id = "AKIDOTHER";
  expect_error(f, "DescribeLogGroups", "{}", "UnrecognizedClientException",
               "The security token included in the request is invalid.");
  f->id = KEY_ID;
  f->secret = "wrong";
  expect_error(f, "DescribeLogGroups", "{}", "InvalidSignatureException",
               "The request signature we calculated does not match the signature you provided.");
  f->secret = SECRET;
  f->region = "us-west-2";
  expect_error(f, "DescribeLogGroups", "{}", "InvalidSignatureException",
               "Credential should be scoped to a valid region, not 'us-west-2'.");
  f->region = "us-east-1";
  f->service = "sts";
  expect_error(f, "DescribeLogGroups", "{}", "InvalidSignatureException",
               "Credential should be scoped to correct service: 'logs'.");
  f->service = "logs";
  f->token = "unexpected";
  expect_error(f, "DescribeLogGroups", "{}", "UnrecognizedClientException", "invalid");
}

static void
test_skew(Fixture *f, gconstpointer data)
{
  start(f);
  f->skew_ms = -299000;
  ask(f, "DescribeLogGroups", "{}");
  f->skew_ms = 299000;
  ask(f, "DescribeLogGroups", "{}");
  f->skew_ms = -301000;
  expect_error(f, "DescribeLogGroups", "{}", "InvalidSignatureException",
               "Signature expired: 20261124T132402Z is now earlier than 20261124T132403Z (20261124T132903Z - 5 min.)");
  f->skew_ms = 301000;
  expect_error(f, "DescribeLogGroups", "{}", "InvalidSignatureException",
               "Signature not yet current: 20261124T133404Z is still later than 20261124T133403Z (20261124T132903Z + "
               "5 min.)");
}

static void
test_session(Fixture *f, gconstpointer data)
{
  f->options.session_token = "TOKEN==";
  f->options.session_expires_ms = NOW_MS + 1000;
  start(f);
  expect_error(f, "DescribeLogGroups", "{}", "UnrecognizedClientException", "invalid");
  f->token = "TOKEN==";
  ask(f, "DescribeLogGroups", "{}");
  atomic_fetch_add(&test_now_ms, 1000);
  expect_error(f, "DescribeLogGroups", "{}", "ExpiredTokenException",
               "The security token included in the request is expired");
}

static TestReply
send_raw(Fixture *f, const char *text)
{
  return test_exchange(f->arena, lf_fakeaws_port(f->fake), lf_slice_str(text));
}

#define TARGET "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n"
#define CLOSE "Host: x\r\nConnection: close\r\n"

static void
test_unsigned(Fixture *f, gconstpointer data)
{
  start(f);
  expect_failure(f, send_raw(f, "POST / HTTP/1.1\r\n" CLOSE TARGET "Content-Length: 2\r\n\r\n{}"), 400,
                 "MissingAuthenticationTokenException", "Missing Authentication Token");
  expect_failure(f,
                 send_raw(f, "POST / HTTP/1.1\r\n" CLOSE TARGET
                             "Authorization: AWS4-HMAC-SHA256 Credential=AK/x\r\nContent-Length: 2\r\n\r\n{}"),
                 400, "IncompleteSignatureException", "Authorization header requires 'Signature' parameter.");
  TestReply reply = send_raw(f, "GET /elsewhere HTTP/1.1\r\n" CLOSE "\r\n");
  g_assert_cmpuint(reply.status, ==, 404);
  reply = send_raw(f, "POST / HTTP/1.1\r\n" CLOSE TARGET "Content-Length: 9000000\r\n\r\n");
  g_assert_cmpuint(reply.status, ==, 413);
  expect_error(f, "NoSuchThing", "{}", "UnknownOperationException", "NoSuchThing");
  expect_error(f, "DescribeLogGroups", "{\"a\":", "SerializationException", "JSON");
  expect_error(f, "DescribeLogGroups", "[]", "SerializationException", "JSON");
}

static void
test_headers(Fixture *f, gconstpointer data)
{
  start(f);
  TestReply reply = call(f, "DescribeLogGroups", "{}");
  g_autofree char *head = lf_slice_dup(reply.head);
  g_assert_nonnull(strstr(head, "\r\nDate: Tue, 24 Nov 2026 13:29:03 GMT\r\n"));
  g_assert_nonnull(strstr(head, "\r\nx-amzn-RequestId: "));
  g_assert_nonnull(strstr(head, "\r\nContent-Type: application/x-amz-json-1.1"));
  const char *date = strstr(head, "\r\nDate:");
  g_assert_null(strstr(date + 2, "\r\nDate:"));
}

/* STS */

static void
test_sts(Fixture *f, gconstpointer data)
{
  f->options.access_key_id = "A<&>";
  f->options.account_id = "000000000001";
  start(f);
  f->id = "A<&>";
  f->service = "sts";
  TestReply reply = call(f, NULL, "Action=GetCallerIdentity&Version=2011-06-15");
  g_assert_cmpuint(reply.status, ==, 200);
  g_autofree char *xml = lf_slice_dup(reply.body);
  g_assert_nonnull(strstr(xml, "<Account>000000000001</Account>"));
  g_assert_nonnull(strstr(xml, "<UserId>A&lt;&amp;&gt;</UserId>"));
  reply = call(f, NULL, "Action=AssumeEverything%3C&Version=2011-06-15");
  g_assert_cmpuint(reply.status, ==, 400);
  g_autofree char *unknown = lf_slice_dup(reply.body);
  g_assert_nonnull(strstr(unknown, "<Code>InvalidAction</Code>"));
  g_assert_nonnull(strstr(unknown, "Could not find operation AssumeEverything&lt; for version 2011-06-15"));
  f->secret = "wrong";
  reply = call(f, NULL, "Action=GetCallerIdentity&Version=2011-06-15");
  g_assert_cmpuint(reply.status, ==, 403);
  g_autofree char *refused = lf_slice_dup(reply.body);
  g_assert_nonnull(strstr(refused, "<Code>SignatureDoesNotMatch</Code>"));
}

/* What is held, and the sample */

static char *
held(Fixture *f)
{
  TestReply reply = send_raw(f, "GET /_fakeaws/events HTTP/1.1\r\n" CLOSE "\r\n");
  g_assert_cmpuint(reply.status, ==, 200);
  return lf_slice_dup(reply.body);
}

static void
test_held(Fixture *f, gconstpointer data)
{
  start(f);
  lf_fakeaws_put(f->fake, "b", "s", 5, LF_SLICE_LIT("tab\t\"quoted\" ü"));
  lf_fakeaws_put(f->fake, "a", "s", 9, LF_SLICE_LIT("m"));
  lf_fakeaws_put(f->fake, "b", "s", 4, LF_SLICE_LIT("earlier"));
  g_autofree char *text = held(f);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 4);
  LfValue v;
  g_assert_true(lf_json_read_copy(f->arena, lf_slice_str(lines[2]), &v, NULL));
  g_assert_true(lf_slice_is(text_at(f, &v, "group"), "b"));
  g_assert_true(lf_slice_is(text_at(f, &v, "stream"), "s"));
  g_assert_true(lf_slice_is(text_at(f, &v, "message"), "tab\t\"quoted\" ü"));
  g_assert_cmpint(int_at(&v, "timestamp"), ==, 5);
  g_assert_cmpint(int_at(&v, "ingestionTime"), ==, 1005);
  g_assert_cmpuint(text_at(f, &v, "eventId").len, ==, 56);
  g_assert_true(g_str_has_prefix(lines[0], "{\"account\":\"123456789012\",\"group\":\"a\""));
  g_assert_cmpuint(lf_fakeaws_counts(f->fake).calls, ==, 0);
}

static void
test_sample(Fixture *f, gconstpointer data)
{
  start(f);
  lf_fakeaws_fill_sample(f->fake, NOW_MS, 7, 2000);
  LfFakeawsCounts counts = lf_fakeaws_counts(f->fake);
  g_assert_cmpuint(counts.groups, ==, 2);
  g_assert_cmpuint(counts.streams, ==, 7);
  g_assert_cmpuint(counts.events, ==, 2000);
  g_autofree char *first = held(f);
  g_assert_nonnull(strstr(first, "\\n\\tat com.example.shop"));
  g_auto(GStrv) lines = g_strsplit(first, "\n", -1);
  for (guint i = 0; i < counts.events; i++) {
    LfValue v, inner;
    g_assert_true(lf_json_read_copy(f->arena, lf_slice_str(lines[i]), &v, NULL));
    LfSlice message = text_at(f, &v, "message");
    g_assert_true(lf_slice_has_prefix(text_at(f, &v, "stream"), "orders/app/") == lf_slice_has_prefix(message, "{"));
    if (message.p[0] == '{')
      g_assert_true(lf_json_read_copy(f->arena, message, &inner, NULL));
    gint64 time_ms = int_at(&v, "timestamp");
    g_assert_true(time_ms >= NOW_MS - 3 * HOUR_MS && time_ms < NOW_MS);
  }
  lf_fakeaws_stop(f->fake);
  start(f);
  lf_fakeaws_fill_sample(f->fake, NOW_MS, 7, 2000);
  g_autofree char *second = held(f);
  g_assert_cmpstr(first, ==, second);
}

/* Threads */

typedef struct {
  Fixture *f;
  guint number;
} Writer;

static void *
write_events(void *data)
{
  Writer *writer = data;
  g_autofree char *stream = g_strdup_printf("s%u", writer->number);
  for (guint i = 0; i < 500; i++)
    lf_fakeaws_put(writer->f->fake, "g", stream, NOW_MS - i, LF_SLICE_LIT("m"));
  return NULL;
}

static void
test_threads(Fixture *f, gconstpointer data)
{
  start(f);
  lf_fakeaws_put(f->fake, "g", "s0", NOW_MS, LF_SLICE_LIT("m"));
  pthread_t threads[4];
  Writer writers[4];
  for (guint i = 0; i < 4; i++) {
    writers[i] = (Writer){f, i};
    g_assert_cmpint(pthread_create(&threads[i], NULL, write_events, &writers[i]), ==, 0);
  }
  guint pages, empty;
  for (guint i = 0; i < 5; i++)
    g_ptr_array_unref(read_all(f, "\"logGroupName\":\"g\",\"limit\":300", &pages, &empty));
  for (guint i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  g_autoptr(GPtrArray) events = read_all(f, "\"logGroupName\":\"g\",\"limit\":300", &pages, &empty);
  g_assert_cmpuint(events->len, ==, 2001);
}

static void *
read_slowly(void *data)
{
  Fixture *f = data;
  LfArena *arena = lf_arena_new();
  TestReply reply = call_in(f, arena, "FilterLogEvents", LF_SLICE_LIT("{\"logGroupName\":\"g\"}"));
  LfValue v;
  gboolean whole = reply.status == 200 && lf_json_read_copy(arena, reply.body, &v, NULL);
  lf_arena_free(arena);
  return GINT_TO_POINTER(whole);
}

static void
test_stop_answers(Fixture *f, gconstpointer data)
{
  start(f);
  for (guint i = 0; i < 9000; i++)
    lf_fakeaws_put(f->fake, "g", "s", NOW_MS, LF_SLICE_LIT("a line that is long enough to take a moment"));
  pthread_t thread;
  g_assert_cmpint(pthread_create(&thread, NULL, read_slowly, f), ==, 0);
  while (lf_fakeaws_counts(f->fake).calls == 0)
    g_usleep(200);
  lf_fakeaws_stop(f->fake);
  f->fake = NULL;
  void *whole = NULL;
  pthread_join(thread, &whole);
  g_assert_true(GPOINTER_TO_INT(whole));
}

static void
test_start_errors(Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  f->options.empty_page_every = 1;
  g_assert_null(lf_fakeaws_start(&f->options, &error));
  g_assert_nonnull(error);
  g_clear_error(&error);
  f->options.empty_page_every = 0;
  start(f);
  f->options.port = lf_fakeaws_port(f->fake);
  g_assert_null(lf_fakeaws_start(&f->options, &error));
  g_assert_nonnull(error);
  g_assert_nonnull(strstr(error->message, "cannot listen on 127.0.0.1:"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/fakeaws/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("groups", test_groups);
  ADD("streams", test_streams);
  ADD("put", test_put);
  ADD("put-limits", test_put_limits);
  ADD("old-events", test_old_events);
  ADD("filter/pages", test_pages);
  ADD("filter/page-bytes", test_page_bytes);
  ADD("filter/selections", test_selections);
  ADD("filter/errors", test_filter_errors);
  ADD("filter/tokens", test_tokens);
  ADD("filter/quota", test_quota);
  ADD("get", test_get);
  ADD("auth/keys", test_auth);
  ADD("auth/skew", test_skew);
  ADD("auth/session", test_session);
  ADD("auth/unsigned", test_unsigned);
  ADD("headers", test_headers);
  ADD("sts", test_sts);
  ADD("held", test_held);
  ADD("sample", test_sample);
  ADD("threads", test_threads);
  ADD("stop-answers", test_stop_answers);
  ADD("start-errors", test_start_errors);
  return g_test_run();
}
