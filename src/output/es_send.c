/* Bodies on their way to several hosts. */
#include "output/es_send.h"

#include "base/log.h"
#include "net/gzip.h"
#include "output/es_hosts.h"
#include "output/es_outcome.h"

enum {
  WAIT_MS = 100,             /* how long a wait goes on before it is asked whether it may */
  IDLE_MAX = 1,              /* empty bodies that keep their memory */
  BODIES_MAX = 1024,         /* kept at a time, however small */
  BLAMED_AFTER = 3,          /* refusals of one event alone, while others are taken */
  BYTES_MIN = 16 * 1024,     /* a body is not made smaller by itself */
  GROW_AFTER = 256,          /* bodies that were taken: then larger ones are tried again */
  LARGE_EVENT = 1024 * 1024, /* one that is too large alone can be so for good reason */
  QUIET_MS = 30 * 1000,      /* what comes and goes is said no more often */
  AHEAD = 1,                 /* bodies that wait while all hosts are busy */
  PENDING_MIN = 2 * 1024 * 1024,
  ANSWER_BASE = 4 * 1024 * 1024,
  ANSWER_EVENT = 4096, /* an item of an answer, at most, on average */
};

struct LfEsSender {
  LfEsSenderOptions options;
  LfGzip *gzip; /* (nullable) */
  LfEsHosts *hosts;
  LfEsBulk *filling;  /* (nullable) */
  GPtrArray *waiting; /* of LfEsBulk, in the order of sending */
  GPtrArray *flying;  /* of LfEsBulk */
  GPtrArray *idle;    /* of LfEsBulk: empty */
  gsize bytes;
  guint64 open;
  guint64 taken;      /* bodies that were taken so far */
  gsize usual_bytes;  /* about what the next one will have: it need not grow */
  gsize max_bytes;    /* of a body for now: options.max_bytes, or less */
  guint64 resized_at; /* how many bodies had been taken when that was changed last */
  gboolean connected;
  char *connect_said; /* (nullable) why the first connect does not work, as it was said */
  gint64 connect_said_ms;
  LfRetry connect_retry;
  gint64 connect_not_before_ms;
  gboolean refusal_said; /* some events are refused for now */
  gint64 refusal_said_ms;
  gboolean closing;
};

static gint64
now_ms(void)
{
  return lf_clock_monotonic_ms(lf_clock_system());
}

static void
bulk_free(gpointer bulk)
{
  lf_es_bulk_free(bulk);
}

LfEsSender *
lf_es_sender_new(const LfEsSenderOptions *options)
{
  LfEsSender *s = g_new0(LfEsSender, 1);
  s->options = *options;
  s->max_bytes = options->max_bytes;
  s->hosts = lf_es_hosts_new(options->client, options->workers, options->loadbalance, options->backoff_init_ms,
                             options->backoff_max_ms);
  s->connect_retry = (LfRetry){options->backoff_init_ms, options->backoff_max_ms, 0};
  s->connected = options->connect == NULL;
  s->gzip = options->compression_level > 0 ? lf_gzip_new(options->compression_level) : NULL;
  s->waiting = g_ptr_array_new_with_free_func(bulk_free);
  s->flying = g_ptr_array_new_with_free_func(bulk_free);
  s->idle = g_ptr_array_new_with_free_func(bulk_free);
  return s;
}

void
lf_es_sender_free(LfEsSender *s)
{
  if (s == NULL)
    return;
  s->closing = TRUE;
  lf_es_client_free(s->options.client);
  g_ptr_array_unref(s->waiting);
  g_ptr_array_unref(s->flying);
  g_ptr_array_unref(s->idle);
  lf_es_bulk_free(s->filling);
  lf_gzip_free(s->gzip);
  g_free(s->connect_said);
  lf_es_hosts_free(s->hosts);
  g_free(s);
}

gsize
lf_es_sender_bytes(const LfEsSender *s)
{
  return s->bytes + (s->filling != NULL ? s->filling->body.len : 0);
}

guint64
lf_es_sender_open(const LfEsSender *s)
{
  return s->open;
}

static LfEsBulk *
take_idle(LfEsSender *s)
{
  LfEsBulk *b = s->idle->len > 0 ? g_ptr_array_steal_index_fast(s->idle, s->idle->len - 1) : lf_es_bulk_new(s);
  b->retry = (LfRetry){s->options.backoff_init_ms, s->options.backoff_max_ms, 0};
  return b;
}

/* Counts what a body weighs from now on. */
static void
weigh(LfEsSender *s, LfEsBulk *b)
{
  s->bytes += b->body.len - b->counted;
  b->counted = b->body.len;
}

/* A body to be filled, now. */
static LfEsBulk *
begin_filling(LfEsSender *s)
{
  LfEsBulk *b = take_idle(s);
  b->began_ms = now_ms();
  if (b->body.cap < s->usual_bytes)
    lf_buf_reserve(&b->body, s->usual_bytes);
  return b;
}

static void
retire(LfEsSender *s, LfEsBulk *b)
{
  s->bytes -= b->counted;
  lf_es_bulk_reset(b);
  if (s->idle->len < IDLE_MAX && b->body.cap <= 2 * s->options.max_bytes)
    g_ptr_array_add(s->idle, b);
  else
    lf_es_bulk_free(b);
}

static void
enqueue(LfEsSender *s, LfEsBulk *b, gboolean first)
{
  weigh(s, b);
  g_ptr_array_insert(s->waiting, first ? 0 : -1, b);
}

/* The body that is being filled is full, or has waited long enough. */
static void
close_filling(LfEsSender *s)
{
  if (s->filling == NULL || s->filling->n == 0)
    return;
  s->usual_bytes = s->filling->body.len + s->filling->body.len / 16;
  enqueue(s, g_steal_pointer(&s->filling), FALSE);
}

void
lf_es_sender_add(LfEsSender *s, LfSlice prefix, const LfEvent *event, LfTicket *ticket)
{
  if (s->filling == NULL)
    s->filling = begin_filling(s);
  LfEsBulk *b = s->filling;
  lf_es_bulk_add(b, prefix, event, s->options.with_ids, s->options.escape_html, ticket);
  ticket->open++;
  s->open++;
  if (b->body.len > s->max_bytes && b->n > 1) { /* the last one begins the next body */
    LfEsBulk *next = begin_filling(s);
    lf_es_bulk_move(b, b->n - 1, next);
    close_filling(s);
    s->filling = next;
  }
  if (s->filling->n >= s->options.max_events || s->filling->body.len >= s->max_bytes) {
    close_filling(s);
    lf_es_sender_step(s, FALSE, 0);
  }
}

static void
settle_item(LfEsSender *s, LfTicket *ticket)
{
  ticket->open--;
  s->open--;
}

static void
kill_item(LfEsSender *s, const LfEsBulk *b, guint i, const char *reason)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfTicket *ticket = b->items[i].ticket;
  lf_ticket_kill(ticket, lf_es_bulk_event_id(b, i, arena), reason, lf_es_bulk_doc(b, i),
                 lf_es_bulk_own_index(b, i, arena));
  settle_item(s, ticket);
}

static const char *
host_name(const LfEsSender *s, guint host)
{
  return lf_es_client_host(s->options.client, host);
}

/* Stands in line anew, behind what has come meanwhile: it may be what this body has that no server takes. */
static void
enqueue_behind(LfEsSender *s, LfEsBulk *b)
{
  b->not_before_ms = now_ms();
  enqueue(s, b, FALSE);
}

/* Takes the second half of a body into one of its own, behind it. */
static void
halve(LfEsSender *s, LfEsBulk *b)
{
  LfEsBulk *half = take_idle(s);
  lf_es_bulk_move(b, b->n / 2, half);
  half->refusals = b->refusals;
  half->refused_at = b->refused_at;
  enqueue_behind(s, b);
  enqueue_behind(s, half);
}

/* A server says that the whole request is wrong. That is a matter of the configuration, or of one event in it: halves tell
 * them apart. An event that is refused alone while others are taken cannot be delivered. */
static void
refused(LfEsSender *s, LfEsBulk *b, const char *why)
{
  if (b->refusals++ == 0)
    b->refused_at = s->taken;
  if (b->n == 1 && b->refusals >= BLAMED_AFTER && s->taken > b->refused_at) {
    kill_item(s, b, 0, why);
    retire(s, b);
  } else if (b->n > 1 && (s->taken > 0 || b->refusals >= BLAMED_AFTER)) {
    halve(s, b);
  } else {
    enqueue_behind(s, b);
  }
}

static void
shrink(LfEsSender *s, const LfEsBulk *b, const char *why)
{
  gsize half = b->body.len / 2, less = MAX(half, BYTES_MIN);
  s->resized_at = s->taken;
  if (less >= s->max_bytes)
    return;
  lf_log_info("output",
              "%s: takes no request of %" G_GSIZE_FORMAT " bytes: %s; from now on they have at most %" G_GSIZE_FORMAT,
              host_name(s, b->host), b->body.len, why, less);
  s->max_bytes = less;
}

/* What did not take large bodies may be gone. */
static void
grow(LfEsSender *s)
{
  if (s->max_bytes >= s->options.max_bytes || s->taken - s->resized_at < GROW_AFTER)
    return;
  gsize more = s->max_bytes * 2;
  s->max_bytes = MIN(more, s->options.max_bytes);
  s->resized_at = s->taken;
}

/* The body, or the answer to it, is larger than somebody on the way takes. A small event alone is not to blame where
 * nothing else is taken either. */
static void
too_large(LfEsSender *s, LfEsBulk *b, const char *why)
{
  if (b->n > 1) {
    if (b->refusals++ == 0)
      b->refused_at = s->taken;
    shrink(s, b, why);
    halve(s, b);
  } else if (b->body.len < LARGE_EVENT) {
    lf_es_hosts_bad(s->hosts, b->host, LF_ES_HOST_REFUSES, why, 0);
    refused(s, b, why);
  } else {
    kill_item(s, b, 0, why);
    retire(s, b);
  }
}

static void
say_again(LfEsSender *s, const LfEsBulk *b, const LfEsOutcome *o)
{
  g_autofree char *reason = lf_es_clean_text(o->reason);
  gint64 now = now_ms();
  if (s->refusal_said || (s->refusal_said_ms > 0 && now - s->refusal_said_ms < QUIET_MS))
    return;
  lf_log_warning("output", "%s: does not take some events for now: status %u: %s; they are tried again until it does",
                 host_name(s, b->host), o->status, reason);
  s->refusal_said = TRUE;
  s->refusal_said_ms = now;
}

/* Bytes of events that were refused for now: until they are taken, whether they wait for their next try or are on it. */
static gsize
held_back(const LfEsSender *s)
{
  gsize sum = 0;
  const GPtrArray *const all[] = {s->waiting, s->flying};
  for (gsize k = 0; k < G_N_ELEMENTS(all); k++)
    for (guint i = 0; i < all[k]->len; i++) {
      const LfEsBulk *b = g_ptr_array_index(all[k], i);
      sum += b->retry.last_ms > 0 ? b->counted : 0;
    }
  return sum;
}

/* Deals with each event by its outcome; what is to be sent again stays in the body. */
static void
apply(LfEsSender *s, LfEsBulk *b, const LfEsOutcome *outcomes)
{
  guint again = 0;
  g_autofree gboolean *keep = outcomes != NULL ? g_new0(gboolean, b->n) : NULL;
  for (guint i = 0; i < b->n; i++) {
    if (outcomes == NULL || outcomes[i].verdict == LF_ES_DELIVERED) {
      settle_item(s, b->items[i].ticket);
    } else if (outcomes[i].verdict == LF_ES_DEAD) {
      g_autofree char *reason = lf_slice_dup(outcomes[i].reason);
      kill_item(s, b, i, reason);
    } else {
      if (again++ == 0)
        say_again(s, b, &outcomes[i]);
      keep[i] = TRUE;
    }
  }
  if (again == 0) {
    if (s->refusal_said && held_back(s) == 0)
      lf_log_info("output", "%s: takes all events again", host_name(s, b->host));
    s->refusal_said = s->refusal_said && held_back(s) > 0;
    retire(s, b);
    return;
  }
  if (again < b->n)
    lf_retry_reset(&b->retry);
  lf_es_bulk_keep(b, keep);
  gint64 wait_ms = lf_retry_next(&b->retry, lf_retry_random());
  lf_log_debug("output", "%s: %u events were refused; their next try is in %" G_GINT64_FORMAT " ms",
               host_name(s, b->host), again, wait_ms);
  b->not_before_ms = now_ms() + wait_ms;
  enqueue(s, b, FALSE);
}

static void
on_answer(LfEsSender *s, LfEsBulk *b, LfHttpResponse *r)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfEsOutcome *outcomes;
  gboolean of_event = s->options.index_of_event(s->options.data);
  if (lf_es_outcomes_read(arena, &r->body, b, s->options.with_ids, s->options.ids_may_change, of_event, &outcomes,
                          &error)) {
    lf_es_hosts_good(s->hosts, b->host);
    s->taken++;
    grow(s);
    apply(s, b, outcomes);
    return;
  }
  g_autofree char *why = lf_es_clean_text(lf_slice_str(error->message));
  lf_es_hosts_bad(s->hosts, b->host, LF_ES_HOST_UNREADABLE, why, 0);
  enqueue(s, b, TRUE);
}

/* An answer that is no success. */
static void
on_status(LfEsSender *s, LfEsBulk *b, LfHttpResponse *r)
{
  g_autofree char *why = lf_es_status_text(r->status, lf_buf_slice(&r->body));
  gint64 asked_s = r->retry_after != NULL ? g_ascii_strtoll(r->retry_after, NULL, 10) : 0;
  gint64 at_least = CLAMP(asked_s, 0, 300) * 1000;
  if (r->status == 413) {
    too_large(s, b, why);
    return;
  }
  /* a cluster that is read-only, whoever asks */
  gboolean blocked = r->status == 403 && strstr(why, "cluster_block_exception") != NULL;
  LfEsHostState state = r->status == 429 || r->status == 503 || blocked            ? LF_ES_HOST_BUSY
                        : r->status == 401 || r->status == 403 || r->status == 407 ? LF_ES_HOST_DENIES
                        : r->status >= 500 || r->status == 408                     ? LF_ES_HOST_FAILS
                                                                                   : LF_ES_HOST_REFUSES;
  lf_es_hosts_bad(s->hosts, b->host, state, why, at_least);
  if (r->status == 400)
    refused(s, b, why);
  else if (state == LF_ES_HOST_FAILS)
    enqueue_behind(s, b);
  else
    enqueue(s, b, TRUE);
}

static void
on_done(LfHttpResponse *response, const GError *error, void *data)
{
  LfEsBulk *b = data;
  LfEsSender *s = b->owner;
  if (s->closing)
    return;
  guint at;
  g_assert(g_ptr_array_find(s->flying, b, &at));
  g_ptr_array_steal_index_fast(s->flying, at);
  lf_es_hosts_give(s->hosts, b->host);
  if (error != NULL && error->domain == LF_HTTP_ERROR && error->code == LF_HTTP_ERROR_LARGE && b->n > 1) {
    too_large(s, b, error->message);
  } else if (error != NULL) {
    g_autofree char *why = lf_es_clean_text(lf_slice_str(error->message));
    lf_es_hosts_bad(s->hosts, b->host, error->domain == LF_HTTP_ERROR ? LF_ES_HOST_UNREACHABLE : LF_ES_HOST_NO_KEYS,
                    why, 0);
    enqueue(s, b, TRUE);
  } else if (response->status >= 200 && response->status < 300) {
    on_answer(s, b, response);
  } else {
    on_status(s, b, response);
  }
}

static void
send_bulk(LfEsSender *s, LfEsBulk *b, guint host)
{
  LfSlice body = lf_buf_slice(&b->body);
  if (s->gzip != NULL) {
    b->packed.len = 0;
    lf_gzip_pack(s->gzip, body, &b->packed);
    body = lf_buf_slice(&b->packed);
  }
  b->host = host;
  g_ptr_array_add(s->flying, b);
  LfEsRequest request = {.method = "POST",
                         .path = s->options.path,
                         .body = body,
                         .content_type = "application/x-ndjson",
                         .content_encoding = s->gzip != NULL ? "gzip" : NULL,
                         .max_bytes = ANSWER_BASE + (gsize)b->n * ANSWER_EVENT};
  lf_es_client_send(s->options.client, host, &request, on_done, b);
}

/* What is done once before anything is sent. */
static gboolean
connect_first(LfEsSender *s, gint64 now)
{
  g_autoptr(GError) error = NULL;
  if (s->connected)
    return TRUE;
  if (now < s->connect_not_before_ms || !s->options.go_on(s->options.data))
    return FALSE;
  s->connected = s->options.connect(s->options.data, &error);
  if (s->connected) {
    if (s->connect_said != NULL)
      lf_log_info("output", "the first connect has worked");
    return TRUE;
  }
  if (!s->options.go_on(s->options.data))
    return FALSE;
  if (s->connect_said == NULL ||
      (strcmp(s->connect_said, error->message) != 0 && now - s->connect_said_ms >= QUIET_MS)) {
    lf_log_error("output", "at the first connect: %s; nothing is lost, it is tried again until it works",
                 error->message);
    g_free(s->connect_said);
    s->connect_said = g_strdup(error->message);
    s->connect_said_ms = now;
  }
  s->connect_not_before_ms = now_ms() + lf_retry_next(&s->connect_retry, lf_retry_random());
  return FALSE;
}

static LfEsBulk *
next_ready(const LfEsSender *s, gint64 now)
{
  for (guint i = 0; i < s->waiting->len; i++) {
    LfEsBulk *b = g_ptr_array_index(s->waiting, i);
    if (b->not_before_ms <= now)
      return b;
  }
  return NULL;
}

/* Whether the body that is being filled leaves as it is: where no other can, or where it has waited longer than that one,
 * which is ready again after a refusal. */
static gboolean
is_turn_of_filling(const LfEsSender *s, const LfEsBulk *ready)
{
  return s->filling != NULL && s->filling->n > 0 && (ready == NULL || s->filling->began_ms < ready->not_before_ms);
}

static void
dispatch(LfEsSender *s, gboolean flush)
{
  gint64 now = now_ms();
  for (;;) {
    LfEsBulk *b = next_ready(s, now);
    if (flush && is_turn_of_filling(s, b))
      b = s->filling;
    if (b == NULL || !connect_first(s, now))
      return;
    int host = lf_es_hosts_take(s->hosts, now);
    if (host < 0)
      return;
    if (b == s->filling)
      close_filling(s);
    guint at;
    g_assert(g_ptr_array_find(s->waiting, b, &at));
    g_ptr_array_steal_index(s->waiting, at);
    send_bulk(s, b, (guint)host);
  }
}

/* How long until a wait of ours is over, at most `wait_ms`. */
static gint64
next_due(const LfEsSender *s, gint64 wait_ms)
{
  gint64 now = now_ms(), due = now + wait_ms;
  gboolean any = s->waiting->len > 0 || (s->filling != NULL && s->filling->n > 0);
  for (guint i = 0; i < s->waiting->len; i++) {
    const LfEsBulk *b = g_ptr_array_index(s->waiting, i);
    if (b->not_before_ms > now)
      due = MIN(due, b->not_before_ms);
  }
  if (any)
    due = MIN(due, lf_es_hosts_due(s->hosts, now));
  if (any && !s->connected && s->connect_not_before_ms > now)
    due = MIN(due, s->connect_not_before_ms);
  return MAX(due - now, 0);
}

void
lf_es_sender_step(LfEsSender *s, gboolean flush, gint64 wait_ms)
{
  dispatch(s, flush);
  lf_http_step(lf_es_client_http(s->options.client), wait_ms > 0 ? next_due(s, wait_ms) : 0);
  dispatch(s, flush);
}

gboolean
lf_es_sender_connect(LfEsSender *s)
{
  while (!connect_first(s, now_ms())) {
    if (!s->options.go_on(s->options.data))
      return FALSE;
    gint64 left = s->connect_not_before_ms - now_ms();
    lf_http_step(lf_es_client_http(s->options.client), CLAMP(left, 1, WAIT_MS));
  }
  return TRUE;
}

/* Whether events may be added: not while all hosts are busy with bodies as they usually are and as many as that wait, nor
 * where the one that is being filled is more than they are used to. Events that are held back must not stop others: they are
 * bounded with all that is kept alone. */
static gboolean
has_room(const LfEsSender *s)
{
  gsize full = (lf_es_hosts_room(s->hosts) + AHEAD) * s->usual_bytes, back = held_back(s), all = lf_es_sender_bytes(s);
  return s->bytes - back < MAX(full - full / 8, PENDING_MIN) &&
         all - back <= MAX(full + s->usual_bytes, 2 * PENDING_MIN) && all <= s->options.pending_bytes;
}

gboolean
lf_es_sender_wait_for_room(LfEsSender *s)
{
  while (!has_room(s) || s->waiting->len + s->flying->len > BODIES_MAX) {
    if (!s->options.go_on(s->options.data))
      return FALSE;
    lf_es_sender_step(s, TRUE, WAIT_MS); /* it may be the one that is being filled that takes the room */
  }
  return TRUE;
}

gboolean
lf_es_sender_drain(LfEsSender *s)
{
  while (s->open > 0) {
    if (!s->options.go_on(s->options.data))
      return FALSE;
    lf_es_sender_step(s, TRUE, WAIT_MS);
  }
  return TRUE;
}
