/* output.elasticsearch in its parts, and through its interface against a server in this process. */
#include "net/gzip.h"
#include "net/httpd.h"
#include "output/es_host.h"
#include "output/es_outcome.h"
#include "output/es_target.h"
#include "output/output.h"
#include "support/socket.h"
#include "value/json_read.h"
#include "value/yaml.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

static void
assert_host(const char *text, int protocol, const char *path, const char *url, const char *authority)
{
  g_autoptr(GError) error = NULL;
  LfEsConnection s = {.protocol = protocol, .path = path};
  LfEsHost host;
  g_assert_true(lf_es_host_parse(&s, text, (LfPlace){0}, &host, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(host.url, ==, url);
  g_assert_cmpstr(host.authority, ==, authority);
  lf_es_host_clear(&host);
}

static void
test_hosts(void)
{
  assert_host("localhost", LF_OPTION_UNSET, NULL, "http://localhost:9200", "localhost:9200");
  assert_host("localhost:80", LF_OPTION_UNSET, NULL, "http://localhost", "localhost");
  assert_host("10.0.0.1:9300", 1, "es/", "https://10.0.0.1:9300/es", "10.0.0.1:9300");
  assert_host("https://h/a/b/", 0, "/c", "https://h:9200/a/b", "h:9200");
  assert_host("https://h:443/", 0, "/c", "https://h/c", "h");
  assert_host("[::1]:9200", 0, "", "http://[::1]:9200", "[::1]:9200");
  assert_host("http://user:p%40ss@h", 0, "", "http://h:9200", "h:9200");
  static const char *const bad[] = {"",
                                    "://",
                                    "ftp://h",
                                    "h:x",
                                    "http://h:70000",
                                    "http://h?q",
                                    "http://h#f",
                                    "h h",
                                    "http://u:geheim@",
                                    "u:geheim@h",
                                    "h\n",
                                    "http://[::1",
                                    "http://h:0"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    LfEsConnection s = {0};
    LfEsHost host;
    gboolean ok = lf_es_host_parse(&s, bad[i], (LfPlace){0}, &host, &error);
    if (ok)
      g_test_message("%s is taken", bad[i]);
    g_assert_false(ok);
    g_assert_null(strstr(error->message, "geheim"));
  }
}

static void
test_gzip(void)
{
  LfGzip *gzip = lf_gzip_new(1);
  g_auto(LfBuf) in = {0};
  for (guint i = 0; i < 200000; i++)
    lf_buf_printf(&in, "%x", g_random_int());
  const gsize sizes[] = {0, 1, 5000, in.len};
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_auto(LfBuf) packed = {0};
    g_autofree char *out = g_malloc(in.len + 1);
    lf_gzip_pack(gzip, lf_slice(in.p, sizes[i]), &packed);
    z_stream z = {.next_in = (Bytef *)packed.p,
                  .avail_in = (uInt)packed.len,
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)in.len + 1};
    g_assert_cmpint(inflateInit2(&z, 15 + 16), ==, Z_OK);
    g_assert_cmpint(inflate(&z, Z_FINISH), ==, Z_STREAM_END);
    g_assert_cmpmem(out, z.total_out, in.p, sizes[i]);
    g_assert_cmpuint(z.avail_in, ==, 0);
    inflateEnd(&z);
  }
  lf_gzip_free(gzip);
}

/* Some events in one batch. */
static LfBatch *
make_batch(const LfSource *source, guint n, const char *id, guint first)
{
  LfBatch *b = lf_batch_new(source);
  lf_batch_set_events(b, n);
  for (guint i = 0; i < n; i++) {
    LfEvent *e = &b->events[i];
    e->doc = lf_value_object(b->arena, 2);
    e->id = lf_arena_printf(b->arena, "%s%u", id, first + i);
    e->timestamp_ms = 1764000000000 + (gint64)i * 3600 * 1000;
    lf_object_set_static(b->arena, &e->doc, "n", lf_value_int(i));
    lf_object_set_static(b->arena, &e->doc, "name",
                         lf_value_string(i % 2 == 0 ? LF_SLICE_LIT("Even") : LF_SLICE_LIT("odd")));
  }
  b->ticket->bytes = 100;
  b->ticket->delivered = n;
  return b;
}

static void
assert_body(const LfEsBulk *b, const char *text)
{
  g_assert_cmpmem(b->body.p, b->body.len, text, strlen(text));
}

static void
test_bulk(void)
{
  static const LfSource source = {.beat = "b"};
  g_autoptr(LfBatch) batch = make_batch(&source, 4, "i\"", 0);
  LfEsBulk *b = lf_es_bulk_new(NULL), *half = lf_es_bulk_new(NULL);
  for (guint i = 0; i < 4; i++)
    lf_es_bulk_add(b, LF_SLICE_LIT("{\"create\":{\"_index\":\"x\""), &batch->events[i], TRUE, FALSE, batch->ticket);
  LfSlice id = lf_es_bulk_id(b, 2), doc = lf_es_bulk_doc(b, 3);
  g_assert_cmpmem(id.p, id.len, "i\\\"2", 4);
  g_assert_cmpmem(doc.p, doc.len, "{\"n\":3,\"name\":\"odd\"}", 20);
  lf_es_bulk_move(b, 2, half);
  assert_body(b, "{\"create\":{\"_index\":\"x\",\"_id\":\"i\\\"0\"}}\n{\"n\":0,\"name\":\"Even\"}\n"
                 "{\"create\":{\"_index\":\"x\",\"_id\":\"i\\\"1\"}}\n{\"n\":1,\"name\":\"odd\"}\n");
  doc = lf_es_bulk_doc(half, 1);
  g_assert_cmpmem(doc.p, doc.len, "{\"n\":3,\"name\":\"odd\"}", 20);
  lf_es_bulk_move(half, 0, b);
  g_assert_cmpuint(half->n, ==, 0);
  lf_es_bulk_keep(b, (const gboolean[]){FALSE, TRUE, FALSE, TRUE});
  assert_body(b, "{\"create\":{\"_index\":\"x\",\"_id\":\"i\\\"1\"}}\n{\"n\":1,\"name\":\"odd\"}\n"
                 "{\"create\":{\"_index\":\"x\",\"_id\":\"i\\\"3\"}}\n{\"n\":3,\"name\":\"odd\"}\n");
  id = lf_es_bulk_id(b, 1);
  g_assert_cmpmem(id.p, id.len, "i\\\"3", 4);
  lf_es_bulk_free(b);
  lf_es_bulk_free(half);
}

/* Two events with the ids 0 and 1, and an answer. Returns: what is known; NULL outcomes are all delivered. */
static gboolean
read_answer(const char *answer, gboolean with_ids, LfArena *arena, LfEsOutcome **out)
{
  static const LfSource source = {.beat = "b"};
  g_autoptr(LfBatch) batch = make_batch(&source, 2, "", 0);
  LfEsBulk *b = lf_es_bulk_new(NULL);
  LfBuf body = {0};
  g_autoptr(GError) error = NULL;
  for (guint i = 0; i < 2; i++)
    lf_es_bulk_add(b, LF_SLICE_LIT("{\"create\":{\"_index\":\"x\""), &batch->events[i], with_ids, FALSE, batch->ticket);
  lf_buf_append_str(&body, answer);
  gboolean ok = lf_es_outcomes_read(arena, &body, b, with_ids, FALSE, FALSE, out, &error);
  g_assert_true(ok == (error == NULL));
  lf_es_bulk_free(b);
  if (body.p != NULL)
    lf_arena_adopt(arena, body.p, body.cap);
  return ok;
}

#define ITEM(id, rest) "{\"create\":{\"_id\":\"" id "\"," rest "}}"

#define SHARDS_TEXT                                                                                                    \
  "this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;"
#define SHARDS(type, before)                                                                                           \
  ITEM("1", "\"status\":400,\"error\":{\"type\":\"" type "\",\"reason\":\"" before SHARDS_TEXT "\"}")

static void
test_outcomes(void)
{
  static const char *const unusable[] = {
      "",
      "x",
      "[]",
      "{}",
      "{\"items\":{}}",
      "{\"errors\":false,\"items\":[]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":201"),
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":201") "]}x",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("0", "\"status\":201") "]}",
      "{\"errors\":false,\"items\":[" ITEM("1", "\"status\":201") "," ITEM("0", "\"status\":201") "]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":201") "," ITEM(
          "2", "\"status\":201") "]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") ",{\"index\":{\"_id\":\"1\",\"status\":201}}]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") ",{\"create\":{\"_id\":\"1\"}}]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") ",{\"create\":{\"_id\":1,\"status\":201}}]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":\"201\"") "]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":99999999999") "]}",
      "{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") ",null]}",
  };
  LfEsOutcome *out;
  g_autoptr(LfArena) arena = lf_arena_new();
  for (gsize i = 0; i < G_N_ELEMENTS(unusable); i++)
    g_assert_false(read_answer(unusable[i], TRUE, arena, &out));
  g_assert_true(
      read_answer("{\"errors\":false,\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":201") "]}",
                  TRUE, arena, &out));
  g_assert_null(out);
  g_assert_true(
      read_answer("{\"items\": [" ITEM("0", "\"status\": 200") ", " ITEM("\\u0031", "\"status\":201") "], \"took\":3}",
                  TRUE, arena, &out));
  g_assert_cmpint(out[0].verdict, ==, LF_ES_DELIVERED);
  g_assert_cmpint(out[1].verdict, ==, LF_ES_DELIVERED);
  static const struct {
    const char *item;
    LfEsVerdict verdict;
    const char *reason;
  } cases[] = {
      {ITEM("1", "\"status\":409,\"error\":{\"type\":\"version_conflict_engine_exception\",\"reason\":\"r\"}"),
       LF_ES_DELIVERED, ""},
      {ITEM("1", "\"status\":409"), LF_ES_DELIVERED, ""},
      {ITEM("1", "\"status\":409,\"error\":{\"type\":\"x\",\"reason\":\"r\"}"), LF_ES_DEAD, "x: r"},
      {ITEM("1", "\"status\":429,\"error\":{\"type\":\"x\",\"reason\":\"r\"}"), LF_ES_AGAIN, "x: r"},
      {ITEM("1", "\"status\":500"), LF_ES_AGAIN, "status 500 without a reason"},
      {ITEM(
           "1",
           "\"status\":400,\"error\":{\"type\":\"x\",\"reason\":\"r\",\"caused_by\":{\"type\":\"y\",\"reason\":\"s\"}}"),
       LF_ES_DEAD, "x: r (y: s)"},
      {ITEM("1", "\"status\":400,\"error\":\"text\""), LF_ES_DEAD, "text"},
      {ITEM("1", "\"status\":404,\"error\":{\"type\":\"index_not_found_exception\",\"reason\":\"r\"}"), LF_ES_AGAIN,
       "index_not_found_exception: r"},
      {ITEM("1",
            "\"status\":400,\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"Limit of total fields\"}"),
       LF_ES_DEAD, "illegal_argument_exception: Limit of total fields"},
      {ITEM(
           "1",
           "\"status\":400,\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"pipeline with id [a] does not exist\"}"),
       LF_ES_AGAIN, "illegal_argument_exception: pipeline with id [a] does not exist"},
      {ITEM("1", "\"status\":403,\"error\":{\"type\":\"x\",\"reason\":\"r\"}"), LF_ES_AGAIN, "x: r"},
      {ITEM("1", "\"status\":403"), LF_ES_AGAIN, "status 403 without a reason"},
      {ITEM("1", "\"status\":400,\"error\":{\"type\":\"index_create_block_exception\",\"reason\":\"r\"}"), LF_ES_AGAIN,
       "index_create_block_exception: r"},
      {SHARDS("validation_exception", "Validation Failed: 1: "), LF_ES_AGAIN,
       "validation_exception: Validation Failed: 1: " SHARDS_TEXT},
      {SHARDS("validation_exception", ""), LF_ES_AGAIN, "validation_exception: " SHARDS_TEXT},
      {SHARDS("illegal_argument_exception", "Validation Failed: 1: "), LF_ES_AGAIN,
       "illegal_argument_exception: Validation Failed: 1: " SHARDS_TEXT},
      {SHARDS("mapper_parsing_exception", ""), LF_ES_DEAD, "mapper_parsing_exception: " SHARDS_TEXT},
      {ITEM("1", "\"status\":400,\"error\":{\"type\":\"validation_exception\",\"reason\":\"Validation Failed: 1: x\"}"),
       LF_ES_DEAD, "validation_exception: Validation Failed: 1: x"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text =
        g_strdup_printf("{\"errors\":true,\"items\":[" ITEM("0", "\"status\":201") ",%s]}", cases[i].item);
    g_assert_true(read_answer(text, TRUE, arena, &out));
    g_assert_cmpint(out[0].verdict, ==, LF_ES_DELIVERED);
    g_assert_cmpint(out[1].verdict, ==, cases[i].verdict);
    g_assert_cmpmem(out[1].reason.p, out[1].reason.len, cases[i].reason, strlen(cases[i].reason));
  }
  /* a reason is cut, between two characters */
  g_autofree char *eur = g_strnfill(6000, 'e');
  for (guint i = 0; i < 6000; i += 3)
    memcpy(eur + i, "\xe2\x82\xac", 3);
  g_autofree char *text = g_strdup_printf(
      "{\"items\":[" ITEM("0", "\"status\":201") "," ITEM("1", "\"status\":400,\"error\":\"%s\"") "]}", eur);
  g_assert_true(read_answer(text, TRUE, arena, &out));
  g_assert_cmpmem(out[1].reason.p, out[1].reason.len, eur, 2046);
  /* without ids nothing can be there already, and the server makes its own */
  g_assert_true(
      read_answer("{\"items\":[" ITEM("q", "\"status\":201") "," ITEM("r", "\"status\":409") "]}", FALSE, arena, &out));
  g_assert_cmpint(out[0].verdict, ==, LF_ES_DELIVERED);
  g_assert_cmpint(out[1].verdict, ==, LF_ES_DEAD);
}

static void
assert_target(LfEsTargets *t, LfBatch *b, guint i, const char *text)
{
  LfSlice prefix;
  const char *why = NULL;
  gboolean ok = lf_es_target(t, b, &b->events[i], &prefix, &why);
  g_assert_true(ok == (text != NULL));
  if (ok)
    g_assert_cmpmem(prefix.p, prefix.len, text, strlen(text));
}

static void
test_targets(void)
{
  static const LfSource plain = {.beat = "b"}, own = {.beat = "b", .index = "Own-%{+yyyy.MM.dd}", .input_id = "i"};
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(LfBatch) b = make_batch(&plain, 30, "", 0), c = make_batch(&own, 30, "", 0);
  g_autoptr(GError) error = NULL;
  LfCompat compat;
  g_assert_true(lf_compat_parse(LF_SLICE_LIT("7.17"), &compat));
  const char *daily = lf_es_default_index(arena, "filebeat", &compat);
  LfEsTargets *t = lf_es_targets_new(arena, &(LfEsTargetSettings){0}, daily, (LfPlace){0}, NULL, &error);
  g_assert_no_error(error);
  assert_target(t, b, 0, "{\"create\":{\"_index\":\"filebeat-7.17.29-2025.11.24\"");
  assert_target(t, b, 29, "{\"create\":{\"_index\":\"filebeat-7.17.29-2025.11.25\"");
  assert_target(t, b, 1, "{\"create\":{\"_index\":\"filebeat-7.17.29-2025.11.24\"");
  assert_target(t, c, 1, "{\"create\":{\"_index\":\"own-2025.11.24\"");
  assert_target(t, b, 1, "{\"create\":{\"_index\":\"filebeat-7.17.29-2025.11.24\"");
  g_assert_false(lf_es_targets_of_event(t));
  b->events[2].index = LF_SLICE_LIT("Set\"It"); /* by a pipeline: as it stands */
  assert_target(t, b, 2, "{\"create\":{\"_index\":\"Set\\\"It\"");
  assert_target(t, b, 3, "{\"create\":{\"_index\":\"filebeat-7.17.29-2025.11.24\"");
  g_assert_true(lf_es_targets_of_event(t));
  lf_es_targets_clear(t);

  LfNode *rules = lf_yaml_read(
      arena, "t", LF_SLICE_LIT("- {index: '%{[none]}'}\n- {index: '%{[name]}', mappings: {EVEN: Two}}\n"), NULL);
  LfNode *pipelines = lf_yaml_read(arena, "t", LF_SLICE_LIT("- {pipeline: '%{[name]}', mappings: {odd: P}}\n"), NULL);
  t = lf_es_targets_new(arena, &(LfEsTargetSettings){.index = "%{[missing]}", .indices = rules, .pipelines = pipelines},
                        "x", (LfPlace){0}, NULL, &error);
  g_assert_no_error(error);
  assert_target(t, b, 0, "{\"create\":{\"_index\":\"two\"");
  assert_target(t, b, 1, NULL);
  assert_target(t, c, 1, "{\"create\":{\"_index\":\"own-2025.11.24\",\"pipeline\":\"p\"");
  assert_target(t, c, 0, "{\"create\":{\"_index\":\"own-2025.11.24\"");
  lf_es_targets_clear(t);
}

/* `when` of rules: which of them an event takes, whatever the day and whatever the event before it had; `default` stands
 * for a field that is missing; what a condition reads is the event, and of @metadata what the input set. */
static void
test_conditions(void)
{
  static const char indices_text[] = "- {index: 'first', when: {equals: {name: Even}}}\n"
                                     "- {index: '%{[none]}', default: Other, when: {equals: {'@metadata._id': '3'}}}\n"
                                     "- {index: '%{[name]}', mappings: {odd: Mapped}, when: {regexp: {name: '^o'}}}\n";
  static const char pipelines_text[] = "- {pipeline: own, when: {equals: {'@metadata.pipeline': p7}}}\n"
                                       "- {pipeline: seen, when: {has_fields: ['@metadata.raw_index']}}\n";
  static const LfSource plain = {.beat = "b", .pipeline_id = "p7"}, own = {.beat = "b", .index = "x", .input_id = "i"};
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(LfBatch) b = make_batch(&plain, 30, "", 0), c = make_batch(&own, 30, "", 0);
  g_autoptr(GError) error = NULL;
  LfNode *indices = lf_yaml_read(arena, "t", lf_slice_str(indices_text), NULL);
  LfNode *pipelines = lf_yaml_read(arena, "t", lf_slice_str(pipelines_text), NULL);
  LfEsTargets *t = lf_es_targets_new(arena, &(LfEsTargetSettings){.indices = indices, .pipelines = pipelines}, "last",
                                     (LfPlace){0}, NULL, &error);
  g_assert_no_error(error);
  for (int i = 0; i < 2; i++) {
    assert_target(t, b, 0, "{\"create\":{\"_index\":\"first\",\"pipeline\":\"own\"");
    assert_target(t, b, 1, "{\"create\":{\"_index\":\"mapped\",\"pipeline\":\"own\"");
    assert_target(t, b, 3, "{\"create\":{\"_index\":\"other\",\"pipeline\":\"own\"");
    assert_target(t, b, 2, "{\"create\":{\"_index\":\"first\",\"pipeline\":\"own\"");
    assert_target(t, c, 1, "{\"create\":{\"_index\":\"x\",\"pipeline\":\"seen\"");
  }
  lf_es_targets_clear(t);
  /* constant names that only conditions choose from are the configuration's, not the event's */
  t = lf_es_targets_new(
      arena,
      &(LfEsTargetSettings){
          .index = "rest",
          .indices = lf_yaml_read(arena, "t", LF_SLICE_LIT("- {index: even, when: {equals: {name: Even}}}"), NULL)},
      "x", (LfPlace){0}, NULL, &error);
  g_assert_no_error(error);
  assert_target(t, b, 0, "{\"create\":{\"_index\":\"even\"");
  assert_target(t, b, 1, "{\"create\":{\"_index\":\"rest\"");
  assert_target(t, b, 2, "{\"create\":{\"_index\":\"even\"");
  g_assert_false(lf_es_targets_of_event(t));
  lf_es_targets_clear(t);
  LfNode *wrong = lf_yaml_read(arena, "t",
                               LF_SLICE_LIT("- {index: a, when: {regexp: {m: a}}}\n"
                                            "- {index: x, when: {regexp: {m: '['}}}"),
                               NULL);
  g_assert_null(lf_es_targets_new(arena, &(LfEsTargetSettings){.indices = wrong}, "x", (LfPlace){0}, NULL, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  g_assert_true(g_str_has_prefix(error->message, "t:2:33: regexp: m: it is no regular expression"));
}

/* A server that can be told what to answer, and what the state would hold. */
typedef struct {
  pthread_mutex_t lock;
  LfHttpd *httpd;
  guint requests;
  guint stored;
  guint fail;        /* so many requests more get status 503 */
  guint reject_from; /* ids from here on are refused with 400 */
  guint16 port;
  guint connects;
  guint connect_fails;
  guint acked, dead, delivered, dropped;
  guint64 next[3]; /* sequence, a lane; the first is that of tickets without one */
  guint hold;      /* the id of an event that is not taken for now */
  gboolean out_of_order;
} World;

static void
answer(const LfHttpdRequest *request, LfHttpdResponse *response, void *data)
{
  World *w = data;
  g_auto(GStrv) lines = NULL;
  g_autofree char *body = lf_slice_dup(request->body);
  lines = g_strsplit(body, "\n", -1);
  pthread_mutex_lock(&w->lock);
  w->requests++;
  if (w->fail > 0) {
    w->fail--;
    response->status = 503;
    pthread_mutex_unlock(&w->lock);
    return;
  }
  lf_buf_append_str(&response->body, "{\"items\":[");
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i += 2) {
    const char *id = strstr(lines[i], "\"_id\":\"") + 7;
    guint n = (guint)g_ascii_strtoull(id, NULL, 10);
    gboolean bad = n >= w->reject_from;
    gboolean held = n == w->hold;
    w->stored += !bad && !held;
    lf_buf_printf(&response->body, "%s{\"create\":{\"_id\":\"%u\",\"status\":%d}}", i > 0 ? "," : "", n,
                  held  ? 429
                  : bad ? 400
                        : 201);
  }
  lf_buf_append_str(&response->body, "]}");
  pthread_mutex_unlock(&w->lock);
}

static gboolean
ack(void *data, LfTicket **tickets, guint n, LfSlice position, gboolean durable, GError **error)
{
  World *w = data;
  pthread_mutex_lock(&w->lock);
  for (guint i = 0; i < n; i++) {
    guint64 *next = tickets[i]->lane != NULL ? tickets[i]->lane : &w->next[0];
    w->out_of_order |= tickets[i]->sequence != (*next)++ || tickets[i]->open != 0;
    w->acked++;
    w->delivered += tickets[i]->delivered;
    w->dropped += tickets[i]->dropped;
    w->dead += tickets[i]->dead != NULL ? tickets[i]->dead->len : 0;
    lf_ticket_free(tickets[i]);
  }
  pthread_mutex_unlock(&w->lock);
  return TRUE;
}

static gboolean
on_connect(LfOutputHost *host, gpointer client, GError **error)
{
  World *w = host->connected_data;
  g_auto(LfEsAnswer) got = {0};
  if (!lf_es_request(client, "POST", "/", (LfSlice){0}, &got, error))
    return FALSE;
  g_assert_cmpuint(got.status, ==, 200);
  g_assert_cmpuint(w->stored, ==, 0); /* nothing is delivered before */
  if (w->connects++ >= w->connect_fails)
    return TRUE;
  g_set_error(error, LF_HTTP_ERROR, LF_HTTP_ERROR_REQUEST, "not yet");
  return FALSE;
}

static LfOutput *
open_output(World *w, LfArena *arena, const char *more, gboolean hook)
{
  g_autoptr(GError) error = NULL;
  static LfCompat compat;
  g_assert_true(lf_compat_parse(LF_SLICE_LIT("9"), &compat));
  LfSlice text = lf_arena_printf(
      arena, "hosts: ['http://127.0.0.1:%u']\nbackoff: {init: 1ms, max: 5ms}\ncompression_level: 0\n%s", w->port, more);
  LfNode *node = lf_yaml_read(arena, "t", text, NULL);
  g_assert_nonnull(node);
  LfOutputBlock block = {.name = "elasticsearch", .node = node};
  const void *settings = lf_output_settings(&lf_output_elasticsearch, &block, arena, NULL, &error);
  g_assert_no_error(error);
  LfOutputOptions options = {.cls = &lf_output_elasticsearch,
                             .settings = settings,
                             .arena = arena,
                             .queue_bytes = 1000,
                             .compat = &compat,
                             .clock = lf_clock_system(),
                             .ack = ack,
                             .ack_data = w,
                             .connected = hook ? on_connect : NULL,
                             .connected_data = w};
  LfOutput *o = lf_output_open(&options, &error);
  g_assert_no_error(error);
  return o;
}

static void
world_init(World *w)
{
  g_autoptr(GError) error = NULL;
  *w = (World){.reject_from = G_MAXUINT};
  pthread_mutex_init(&w->lock, NULL);
  w->httpd = lf_httpd_start(&(LfHttpdOptions){.handle = answer, .data = w}, &error);
  g_assert_no_error(error);
  w->port = lf_httpd_port(w->httpd);
}

static void
world_clear(World *w)
{
  lf_httpd_stop(w->httpd);
  pthread_mutex_destroy(&w->lock);
}

static void
put_batches(LfOutput *o, guint n, guint events)
{
  static const LfSource source = {.beat = "filebeat", .version = "9", .type = "_doc"};
  for (guint i = 0; i < n; i++) {
    LfBatch *b = make_batch(&source, events, "", (i + 1) * 1000);
    b->ticket->delivered = 0;
    b->ticket->sequence = i;
    if (events > 1) {
      b->events[0].dropped = TRUE;
      b->events[1].id = i % 2 == 0 ? (LfSlice){0} : b->events[1].id; /* no _id: cannot be sent */
    }
    g_assert_true(lf_output_put(o, b));
  }
}

/* Every event has its outcome, acknowledgements keep the order of batches, whatever fails meanwhile. */
static void
test_outcomes_in_order(void)
{
  World w;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  world_init(&w);
  w.fail = 7;
  w.reject_from = 100000; /* of the batches from the 100th on: all */
  LfOutput *o = open_output(&w, arena, "bulk_max_size: 64\nworkers: 3\n", FALSE);
  put_batches(o, 150, 20);
  g_assert_true(lf_output_finish(o, &error));
  g_assert_no_error(error);
  lf_output_close(o);
  g_assert_cmpuint(w.acked, ==, 150);
  g_assert_false(w.out_of_order);
  g_assert_cmpuint(w.dropped, ==, 150);
  g_assert_cmpuint(w.stored, ==, w.delivered);
  g_assert_cmpuint(w.delivered, ==, 99 * 19 - 50);
  g_assert_cmpuint(w.dead, ==, 51 * 19 + 50);
  world_clear(&w);
}

static void
put_in_lane(LfOutput *o, guint64 *lane, guint64 sequence, guint id, guint dropped)
{
  static const LfSource source = {.beat = "filebeat", .version = "9", .type = "_doc"};
  LfBatch *b = id > 0 ? make_batch(&source, 1, "", id) : lf_batch_new(&source);
  if (id == 0)
    lf_batch_set_events(b, dropped);
  for (guint i = 0; i < dropped; i++)
    b->events[i].dropped = TRUE;
  b->ticket->bytes = 100;
  b->ticket->delivered = 0;
  b->ticket->lane = lane;
  b->ticket->sequence = sequence;
  g_assert_true(lf_output_put(o, b));
}

/* Waits until `*count`, which the lock guards, is at least `least`. */
static void
wait_for(World *w, const guint *count, guint least)
{
  for (guint i = 0, now = 0; now < least; i++) {
    pthread_mutex_lock(&w->lock);
    now = *count;
    pthread_mutex_unlock(&w->lock);
    if (i == 30000) {
      g_test_fail();
      return;
    }
    g_usleep(1000);
  }
}

/* An event that is not taken holds up its own lane and no other, until too much is behind it. */
static void
test_lanes(void)
{
  World w;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  world_init(&w);
  w.hold = 7;
  LfOutput *o = open_output(&w, arena, "", FALSE);
  put_in_lane(o, &w.next[1], 0, 7, 0);
  put_in_lane(o, &w.next[2], 0, 8, 0);
  put_in_lane(o, &w.next[1], 1, 9, 0);
  put_in_lane(o, &w.next[2], 1, 10, 0);
  wait_for(&w, &w.acked, 2);
  wait_for(&w, &w.stored, 3);
  for (guint i = 0; i < 50; i++)
    put_in_lane(o, &w.next[1], i + 2, 0, 10000);
  put_in_lane(o, &w.next[2], 2, 11, 0);
  pthread_mutex_lock(&w.lock);
  guint requests = w.requests;
  pthread_mutex_unlock(&w.lock);
  wait_for(&w, &w.requests, requests + 20);
  pthread_mutex_lock(&w.lock);
  g_assert_cmpuint(w.acked, ==, 2);
  g_assert_cmpuint(w.stored, ==, 3); /* no more is taken */
  g_assert_cmpuint(w.next[1], ==, 0);
  w.hold = 0;
  pthread_mutex_unlock(&w.lock);
  g_assert_true(lf_output_finish(o, &error));
  lf_output_close(o);
  g_assert_cmpuint(w.acked, ==, 55);
  g_assert_cmpuint(w.stored, ==, 5);
  g_assert_cmpuint(w.dropped, ==, 500000);
  g_assert_false(w.out_of_order);
  world_clear(&w);
}

static void
test_at_first_connect(void)
{
  World w;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  world_init(&w);
  w.connect_fails = 3;
  LfOutput *o = open_output(&w, arena, "", TRUE);
  put_batches(o, 5, 1);
  g_assert_true(lf_output_finish(o, &error));
  lf_output_close(o);
  g_assert_cmpuint(w.connects, ==, 4);
  g_assert_cmpuint(w.delivered, ==, 5);
  world_clear(&w);
}

/* A server that takes nothing: the output can be told to give up, and nothing counts as delivered. */
static void
test_cancel(void)
{
  World w;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  world_init(&w);
  w.fail = G_MAXUINT;
  LfOutput *o = open_output(&w, arena, "", FALSE);
  put_batches(o, 3, 1);
  lf_output_cancel(o);
  g_assert_false(lf_output_finish(o, &error));
  g_assert_nonnull(strstr(error->message, "come again at the next start"));
  lf_output_close(o);
  g_assert_cmpuint(w.acked, ==, 0);
  world_clear(&w);
}

/* A server that takes the connection and never answers the first request. */
static void
test_cancel_at_first_connect(void)
{
  World w;
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  char byte;
  world_init(&w);
  int server = test_listen(&w.port);
  LfOutput *o = open_output(&w, arena, "", TRUE);
  put_batches(o, 3, 1);
  int first = accept(server, NULL, NULL);
  g_assert_cmpint(recv(first, &byte, 1, 0), ==, 1);
  gint64 before = lf_clock_monotonic_ms(lf_clock_system());
  lf_output_cancel(o);
  g_assert_false(lf_output_finish(o, &error));
  g_assert_nonnull(strstr(error->message, "come again at the next start"));
  g_assert_cmpint(lf_clock_monotonic_ms(lf_clock_system()) - before, <, 2000);
  lf_output_close(o);
  g_assert_cmpint(fcntl(server, F_SETFL, O_NONBLOCK), ==, 0);
  g_assert_cmpint(accept(server, NULL, NULL), ==, -1); /* it did not begin again */
  close(first);
  close(server);
  g_assert_cmpuint(w.acked, ==, 0);
  world_clear(&w);
}

static void
no_log(LfLogLevel level, const char *line, gsize len, void *data)
{
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  lf_log_set_sink(no_log, NULL);
  g_test_add_func("/es/hosts", test_hosts);
  g_test_add_func("/es/gzip", test_gzip);
  g_test_add_func("/es/bulk", test_bulk);
  g_test_add_func("/es/outcomes", test_outcomes);
  g_test_add_func("/es/targets", test_targets);
  g_test_add_func("/es/conditions", test_conditions);
  g_test_add_func("/es/outcomes-in-order", test_outcomes_in_order);
  g_test_add_func("/es/lanes", test_lanes);
  g_test_add_func("/es/at-first-connect", test_at_first_connect);
  g_test_add_func("/es/cancel", test_cancel);
  g_test_add_func("/es/cancel-at-first-connect", test_cancel_at_first_connect);
  return g_test_run();
}
