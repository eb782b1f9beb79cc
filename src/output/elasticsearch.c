/* output.elasticsearch: events by _bulk into Elasticsearch and OpenSearch, each once by its id. */
#include "output/elasticsearch.h"

#include "base/log.h"
#include "output/es_send.h"
#include "output/es_target.h"
#include "output/output.h"

#include <string.h>

enum {
  ID_MAX = 512, /* bytes: Elasticsearch refuses a whole request for a longer one */
  PENDING_BYTES = 8 * 1024 * 1024,
};

/* Filebeat's presets of 8.12 and later: what they set over what the user has set. */
static const char *const presets[] = {"custom", "balanced", "throughput", "scale", "latency", NULL};
static const struct {
  gint64 bulk_max_size;
  gint64 worker;
  gint64 compression_level;
} preset_values[] = {{0}, {1600, 1, 1}, {1600, 4, 1}, {1600, 1, 1}, {50, 1, 1}};

typedef struct {
  gboolean enabled;
  LfEsConnection connection;
  LfEsTargetSettings target;
  gint64 bulk_max_size;
  gint64 bulk_max_bytes;
  gint64 worker;
  gint64 workers;
  gint64 compression_level;
  gint64 backoff_init_ms;
  gint64 backoff_max_ms;
  gboolean loadbalance;
  gboolean escape_html;
  gboolean document_id;
  int preset;
} Settings;

typedef struct {
  LfOutputHost *host;
  const Settings *settings;
  LfEsClient *client;
  LfEsSender *sender;
  LfEsTargets *targets;
  LfArena *arena;
  LfPlace place;
  gboolean connected; /* or nothing depends on it */
  char *path;
} Es;

#define AT(member) .offset = offsetof(Settings, member)

static const LfOption rows[] = {
    {"enabled", LF_OPTION_BOOL, LF_OPTION_HIDDEN, AT(enabled), .fallback = "true",
     .doc = "Whether this output is used"},
    {"", LF_OPTION_TABLE, AT(connection), .table = &lf_es_connection_options},
    {"index", LF_OPTION_STRING, AT(target.index),
     .doc = "the index, with %{[field]} and %{+date}; a data stream from 8 on, one a day in 7.17"},
    {"indices", LF_OPTION_LIST, AT(target.indices), .doc = "rules for the index; the first that gives one is taken"},
    {"pipeline", LF_OPTION_STRING, AT(target.pipeline), .doc = "a pipeline of the cluster that events go through"},
    {"pipelines", LF_OPTION_LIST, AT(target.pipelines), .doc = "rules for that pipeline"},
    {"bulk_max_size", LF_OPTION_INT, AT(bulk_max_size), .min = -1, .max = 1e6,
     .doc = "the most events of a request; 50 before 8.12, 1600 from then on, 0 or less is no limit"},
    {"bulk_max_bytes", LF_OPTION_SIZE, AT(bulk_max_bytes), .fallback = "5MiB", .min = 1024, .max = 100 * 1024 * 1024,
     .doc = "the most bytes of a request before it is compressed"},
    {"worker", LF_OPTION_INT, AT(worker), .min = 1, .max = 64, .doc = "requests at a time for each host; 1"},
    {"workers", LF_OPTION_INT, AT(workers), .min = 1, .max = 64, .doc = "the same as worker"},
    {"loadbalance", LF_OPTION_BOOL, AT(loadbalance), .fallback = "true", .doc = "use all hosts, not one at a time"},
    {"compression_level", LF_OPTION_INT, AT(compression_level), .min = 0, .max = 9,
     .doc = "gzip's level, 0 for none; 0 before 8.12, 1 from then on"},
    {"escape_html", LF_OPTION_BOOL, AT(escape_html), .fallback = "false",
     .doc = "write <, > and & as \\u003c, \\u003e and \\u0026"},
    {"backoff.init", LF_OPTION_DURATION, AT(backoff_init_ms), .fallback = "1s", .min = 1, .max = 3600 * 1000.0,
     .doc = "the first wait before something is tried again"},
    {"backoff.max", LF_OPTION_DURATION, AT(backoff_max_ms), .fallback = "60s", .min = 1, .max = 24 * 3600 * 1000.0,
     .doc = "the longest wait"},
    {"document_id", LF_OPTION_BOOL, AT(document_id), .fallback = "true",
     .doc = "send each event's _id, so that it is there once; collections that take no ids need false"},
    {"preset", LF_OPTION_ENUM, AT(preset), .words = presets, .fallback = "custom",
     .doc = "sets bulk_max_size, worker and compression_level over what is set"},
    {"max_retries", LF_OPTION_IGNORED, .doc = "events are tried again until they are delivered, as in Filebeat"},
    {"allow_older_versions", LF_OPTION_IGNORED, .doc = "no version is refused"},
    {"non_indexable_policy", LF_OPTION_IGNORED, .doc = "events that are refused are kept as dead letters in the state"},
    {"idle_connection_timeout", LF_OPTION_IGNORED, .doc = "connections are kept as long as the server does"},
    {"queue", LF_OPTION_IGNORED, .doc = "queues are bounded by bytes, and a full one stops the reading"},
    {"ilm", LF_OPTION_IGNORED, .doc = "see setup.ilm"},
    {"slow_start", LF_OPTION_IGNORED, .doc = "hosts that fail get one request until it works"},
};

static const LfOptionTable options = {LF_OPTION_TABLE_OF(rows)};

static gboolean
check(void *data, const LfOptionReport *report, LfPlace place, LfNotes *notes, GError **error)
{
  Settings *s = data;
  const LfOptionSeen *max = lf_option_report_get(report, "output.elasticsearch.backoff.max");
  g_autoptr(LfArena) scratch = lf_arena_new();
  if (!lf_es_connection_check(&s->connection, report, place, notes, error))
    return FALSE;
  if (s->backoff_max_ms < s->backoff_init_ms)
    return lf_place_error(error, max != NULL ? max->place : place, LF_CONFIG_ERROR_INVALID,
                          "backoff.max must not be less than backoff.init");
  LfEsTargets *targets = lf_es_targets_new(scratch, &s->target, "index", place, notes, error);
  lf_es_targets_clear(targets);
  return targets != NULL;
}

const LfEsConnection *
lf_elasticsearch_connection(const void *settings)
{
  return &((const Settings *)settings)->connection;
}

static gboolean
go_on(void *data)
{
  Es *es = data;
  return es->host->wait(es->host, 0);
}

static gboolean
index_of_event(void *data)
{
  return lf_es_targets_of_event(((Es *)data)->targets);
}

static LfEsTargets *
make_targets(Es *es, GError **error)
{
  LfEsTargetSettings target = es->settings->target;
  target.of_input = es->host->remote_pipelines;
  if (es->host->default_index != NULL)
    target.index = es->host->default_index;
  return lf_es_targets_new(es->arena, &target, lf_es_default_index(es->arena, es->host->beat_name, es->host->compat),
                           es->place, NULL, error);
}

static gboolean
connect_first(void *data, GError **error)
{
  Es *es = data;
  if (!es->host->connected(es->host, es->client, error))
    return FALSE;
  if (es->host->default_index == NULL)
    return TRUE;
  LfEsTargets *targets = make_targets(es, error);
  if (targets == NULL)
    return FALSE;
  lf_es_targets_clear(es->targets);
  es->targets = targets;
  return TRUE;
}

/* The API's path with what is asked of the answer, which has to name each event, and the user's parameters. */
static char *
bulk_path(const Settings *s)
{
  g_auto(LfBuf) path = {0};
  lf_buf_append_str(&path, "/_bulk?filter_path=errors%2Citems.%2A._id%2Citems.%2A.status%2Citems.%2A.error");
  for (guint i = 0; s->connection.parameters != NULL && i < s->connection.parameters->n; i++) {
    const LfNodeEntry *e = &s->connection.parameters->entries[i];
    g_autofree char *key = lf_slice_dup(e->key), *value = lf_slice_dup(e->node->text);
    g_autofree char *k = g_uri_escape_string(key, NULL, FALSE), *v = g_uri_escape_string(value, NULL, FALSE);
    lf_buf_printf(&path, "&%s=%s", k, v);
  }
  return lf_buf_steal(&path);
}

static gint64
value_of(gint64 preset, gint64 set, gint64 fallback)
{
  return preset > 0 ? preset : set != LF_OPTION_UNSET ? set : fallback;
}

static LfEsSenderOptions
sender_options(Es *es)
{
  const Settings *s = es->settings;
  const LfCompat *compat = es->host->compat;
  gboolean newer = compat->major > 8 || (compat->major == 8 && compat->minor >= 12);
  gint64 events = value_of(preset_values[s->preset].bulk_max_size, s->bulk_max_size, newer ? 1600 : 50);
  guint limit = es->host->batch_events;
  if (limit > 0 && (events <= 0 || events > limit))
    events = limit;
  gint64 worker = s->worker != LF_OPTION_UNSET ? s->worker : s->workers;
  return (LfEsSenderOptions){
      .client = es->client,
      .path = es->path,
      .workers = (guint)value_of(preset_values[s->preset].worker, worker, 1),
      .loadbalance = s->loadbalance,
      .with_ids = s->document_id,
      .ids_may_change = es->host->remote_pipelines || s->target.pipeline != NULL || s->target.pipelines != NULL,
      .escape_html = s->escape_html,
      .compression_level =
          (int)value_of(preset_values[s->preset].compression_level, s->compression_level, newer ? 1 : 0),
      .max_events = events > 0 ? (guint)events : G_MAXUINT,
      .max_bytes = (gsize)s->bulk_max_bytes,
      .pending_bytes = MAX(PENDING_BYTES, 2 * (gsize)s->bulk_max_bytes),
      .backoff_init_ms = s->backoff_init_ms,
      .backoff_max_ms = s->backoff_max_ms,
      .index_of_event = index_of_event,
      .connect = es->host->connected != NULL ? connect_first : NULL,
      .go_on = go_on,
      .data = es};
}

static void
es_close(gpointer self)
{
  Es *es = self;
  if (es->sender != NULL)
    lf_es_sender_free(es->sender);
  else
    lf_es_client_free(es->client);
  lf_es_targets_clear(es->targets);
  g_free(es->path);
  g_free(es);
}

static gpointer
es_open(LfOutputHost *host, const void *settings, LfArena *arena, LfPlace place, LfSlice position, GError **error)
{
  Es *es = g_new0(Es, 1);
  const Settings *s = settings;
  es->host = host;
  es->settings = s;
  es->arena = arena;
  es->place = place;
  es->connected = host->connected == NULL || !host->index_at_connect;
  es->targets = make_targets(es, error);
  if (es->targets == NULL) {
    es_close(es);
    return NULL;
  }
  es->client = lf_es_client_new(&s->connection, host->clock, place, go_on, es, error);
  if (es->client == NULL) {
    es_close(es);
    return NULL;
  }
  es->path = bulk_path(s);
  LfEsSenderOptions sender = sender_options(es);
  es->sender = lf_es_sender_new(&sender);
  if (!s->document_id)
    lf_log_warning("output",
                   "output.elasticsearch.document_id is false: an event that is sent again, after a lost answer say, "
                   "is there twice");
  if (!host->remote_pipelines && (s->target.pipeline != NULL || s->target.pipelines != NULL))
    lf_log_warning("output",
                   "output.elasticsearch sends events through a pipeline of the cluster; those of modules have been "
                   "applied here already and must not be applied again");
  return es;
}

static gboolean
stopped(const Es *es, GError **error)
{
  g_set_error(error, LF_HTTP_ERROR, LF_HTTP_ERROR_STOPPED,
              "output.elasticsearch: stopped with %" G_GUINT64_FORMAT
              " events undelivered, which come again at the next start",
              lf_es_sender_open(es->sender));
  return FALSE;
}

static gboolean
es_write(gpointer self, LfBatch *batch, GError **error)
{
  Es *es = self;
  gboolean ids = es->settings->document_id;
  if (!es->connected && !lf_es_sender_connect(es->sender))
    return stopped(es, error);
  es->connected = TRUE;
  for (guint i = 0; i < batch->n_events; i++) {
    LfEvent *e = &batch->events[i];
    LfSlice prefix;
    const char *why;
    if (e->dropped || e->dead != NULL)
      continue;
    if (ids && (e->id.len == 0 || e->id.len > ID_MAX))
      lf_batch_kill(batch, e, "_id: it has to have 1 to 512 bytes");
    else if (!lf_es_target(es->targets, batch, e, &prefix, &why))
      lf_batch_kill(batch, e, why);
    else
      lf_es_sender_add(es->sender, prefix, e, batch->ticket);
  }
  lf_es_sender_step(es->sender, FALSE, 0);
  return lf_es_sender_wait_for_room(es->sender) || stopped(es, error);
}

static gboolean
es_work(gpointer self, gint64 wait_ms, GError **error)
{
  Es *es = self;
  if (!go_on(es))
    return stopped(es, error);
  lf_es_sender_step(es->sender, TRUE, wait_ms);
  return TRUE;
}

static gboolean
es_sync(gpointer self, LfBuf *position, GError **error)
{
  Es *es = self;
  return lf_es_sender_drain(es->sender) || stopped(es, error);
}

static gsize
es_pending(gpointer self)
{
  return lf_es_sender_bytes(((Es *)self)->sender);
}

static void
es_wake(gpointer self)
{
  lf_http_wake(lf_es_client_http(((Es *)self)->client));
}

static char *
es_describe(gpointer self)
{
  const Es *es = self;
  g_auto(LfBuf) text = {0};
  for (guint i = 0; i < lf_es_client_n_hosts(es->client); i++)
    lf_buf_printf(&text, "%s%s", i > 0 ? ", " : "", lf_es_client_host(es->client, i));
  return lf_buf_steal(&text);
}

const LfOutputClass lf_output_elasticsearch = {
    .name = "elasticsearch",
    .doc = "Events into Elasticsearch or OpenSearch",
    .options = &options,
    .settings_size = sizeof(Settings),
    .open = es_open,
    .check = check,
    .write = es_write,
    .sync = es_sync,
    .work = es_work,
    .wake = es_wake,
    .pending = es_pending,
    .close = es_close,
    .describe = es_describe,
};
