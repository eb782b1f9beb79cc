/* Whose turn it is: groups wait in line for room for a page, for a worker of their prefix, and to read a large window. */
#include "input/cwl_internal.h"

enum {
  IN_FLIGHT_FIRST = 2, /* pages that are asked for at the same time; more when they are what is waited for */
  IN_FLIGHT_MAX = 64,  /* whatever room there is */
  HANGING_MAX = 128,   /* pages that were asked for long ago, of all inputs */
  IN_FLIGHT_MIN = 4,   /* of one of several inputs, whatever the others have */
  LARGE_MAX = 8,       /* large windows that are read at the same time */
  LARGE_OF_INPUT = 4,  /* of them, of one of several inputs */
  HANGS_MS = 1000,     /* so long without the beginning of an answer, and no room is kept for it */
  LENDS_MS = 10000,    /* so long, and a large window's turn is lent to who waits for one; twice as long each time */
  SMALL_BYTES = 64 * 1024, /* an answer that needs no room */
  STUCK_MS = 500,          /* so long without an answer, and one more page is asked for */
};

/* Beyond the pages that are being worked on so much of one may wait, of a group and of all: the next is asked for as soon as
 * one has been read, and no sooner. */
#define WAITING_MAX 0.5
#define WAITING_BYTES_MIN (1024.0 * 1024) /* small pages are not worth waking anybody for */

/* What a page is thought to take before one has been seen: CloudWatch's largest, as JSON. */
#define PAGE_BYTES_FIRST (2.0 * 1024 * 1024)

/* Inputs share what may be in flight, so that one whose calls wait for its account's quota cannot stop the others. */
static guint
share(const LfCwl *cwl)
{
  guint most = MAX(cwl->in_flight_max, IN_FLIGHT_FIRST);
  return cwl->inputs->len < 2 ? most : MAX(most / cwl->inputs->len, IN_FLIGHT_MIN);
}

static double
page_bytes(const LfCwl *cwl)
{
  return cwl->page_bytes > 0 ? cwl->page_bytes : PAGE_BYTES_FIRST;
}

/* How much may wait for the workers before the next page is asked for. */
static gsize
waiting_max(const LfCwl *cwl)
{
  return (gsize)MAX(page_bytes(cwl) * (cwl->options.workers + WAITING_MAX), WAITING_BYTES_MIN);
}

/* Whether a page more can be held in memory, with those that are on their way, and the workers need it. Where nothing is held
 * and nothing on its way there always is: a page may be larger than all that there is room for. */
static gboolean
has_room(LfCwl *cwl)
{
  const LfCwlOptions *o = &cwl->options;
  gsize bytes = (gsize)(page_bytes(cwl) * (cwl->in_flight.length + 1)), waiting = waiting_max(cwl);
  if (cwl->in_flight.length == 0)
    bytes = MIN(bytes, o->queue_bytes);
  if (o->queue_bytes > waiting)
    bytes = MAX(bytes, o->queue_bytes - waiting);
  return o->sink.has_room(o->sink.data, bytes);
}

static gboolean
may_read_ahead(LfCwlGroup *g)
{
  const LfCwlSink *sink = &g->input->cwl->options.sink;
  return sink->lane_holds_less(sink->data, g->lane, (gsize)(page_bytes(g->input->cwl) * (1 + WAITING_MAX)));
}

static gboolean
holds_room(LfCwlPageStage stage)
{
  return stage == LF_CWL_PAGE_ASKED || stage == LF_CWL_PAGE_COMES;
}

static gboolean
is_hanging(LfCwlPageStage stage)
{
  return stage == LF_CWL_PAGE_HANGS || stage == LF_CWL_PAGE_RESTS;
}

/* The one place where it changes: what is counted by it follows. */
static void
set_page(LfCwlGroup *g, LfCwlPageStage to)
{
  LfCwl *cwl = g->input->cwl;
  LfCwlPageStage from = g->page;
  g->page = to;
  g->input->in_flight += (guint)holds_room(to) - (guint)holds_room(from);
  g->input->hanging += (guint)is_hanging(to) - (guint)is_hanging(from);
  cwl->resting += (guint)(to == LF_CWL_PAGE_RESTS) - (guint)(from == LF_CWL_PAGE_RESTS);
  if (holds_room(from) && !holds_room(to))
    g_queue_remove(&cwl->in_flight, g);
  else if (!holds_room(from) && holds_room(to))
    g_queue_push_tail(&cwl->in_flight, g);
}

gboolean
lf_cwl_turn_has_room(gsize bytes, void *data)
{
  LfCwlGroup *g = data;
  gboolean is_small = bytes > 0 && bytes <= SMALL_BYTES; /* an error, mostly */
  gboolean has = is_small || holds_room(g->page) || has_room(g->input->cwl);
  set_page(g, has ? LF_CWL_PAGE_COMES : LF_CWL_PAGE_RESTS);
  return has;
}

/* Whoever waits for a call that hangs must not stop the others. */
static void
find_hanging(LfCwl *cwl, gint64 now)
{
  for (GList *link = cwl->in_flight.head, *next; link != NULL; link = next) {
    LfCwlGroup *g = link->data;
    next = link->next;
    if (g->page == LF_CWL_PAGE_ASKED && g->call != NULL && lf_aws_call_sent_ms(g->call) <= now - HANGS_MS)
      set_page(g, LF_CWL_PAGE_HANGS);
  }
}

void
lf_cwl_turn_wait(LfCwlGroup *g)
{
  LfCwl *cwl = g->input->cwl;
  g->stage = LF_CWL_IN_LINE;
  g->in_line = TRUE;
  if (g->input->in_line++ == 0)
    g->input->moved_ms = lf_clock_monotonic_ms(lf_clock_system());
  g_queue_push_tail(&cwl->line, g);
  lf_cwl_turn_give(cwl);
}

static void
leave_line(LfCwlGroup *g)
{
  g->in_line = FALSE;
  g->input->in_line--;
}

void
lf_cwl_turn_give(LfCwl *cwl)
{
  guint most = share(cwl), all = most * MAX(cwl->inputs->len, 1);
  guint hanging = MAX(HANGING_MAX / MAX(cwl->inputs->len, 1), IN_FLIGHT_MIN);
  for (GList *link = cwl->line.head, *next; link != NULL && cwl->in_flight.length < all; link = next) {
    LfCwlGroup *g = link->data;
    next = link->next;
    if (cwl->stopping || cwl->resting > 0 || !has_room(cwl)) /* what has begun to come goes first */
      return;
    if (g->input->in_flight >= most || g->input->hanging >= hanging || !may_read_ahead(g))
      continue;
    g_queue_delete_link(&cwl->line, link);
    leave_line(g);
    set_page(g, LF_CWL_PAGE_ASKED);
    g->stage = LF_CWL_READING;
    lf_cwl_request_page(g);
  }
}

static void
change_in_flight_max(LfCwl *cwl, int by)
{
  cwl->in_flight_max = (guint)CLAMP((int)MAX(cwl->in_flight_max, IN_FLIGHT_FIRST) + by, IN_FLIGHT_FIRST, IN_FLIGHT_MAX);
}

void
lf_cwl_turn_answered(LfCwlGroup *g)
{
  LfCwl *cwl = g->input->cwl;
  gsize held = cwl->options.sink.held(cwl->options.sink.data);
  g->input->moved_ms = lf_clock_monotonic_ms(lf_clock_system());
  if (held == 0) /* it is the network that is waited for */
    change_in_flight_max(cwl, 1);
  else if (held > waiting_max(cwl))
    change_in_flight_max(cwl, -1);
}

void
lf_cwl_turn_end(LfCwlGroup *g, gsize bytes)
{
  LfCwl *cwl = g->input->cwl;
  set_page(g, LF_CWL_PAGE_NONE);
  if (bytes > 0) /* rises at once and falls slowly: room is for what may come */
    cwl->page_bytes = MAX((double)bytes, cwl->page_bytes * 0.95 + (double)bytes * 0.05);
}

static void
give_large(LfCwlGroup *g)
{
  g->has_large = TRUE;
  g->input->large++;
  g_queue_push_tail(&g->input->cwl->large_taken, g);
}

static gboolean
may_have_large(const LfCwlInput *input)
{
  const LfCwl *cwl = input->cwl;
  return cwl->large_taken.length < LARGE_MAX && (cwl->inputs->len == 1 || input->large < LARGE_OF_INPUT);
}

gboolean
lf_cwl_large_take(LfCwlGroup *g)
{
  g->large = TRUE;
  if (!g->has_large && may_have_large(g->input))
    give_large(g);
  return g->has_large;
}

/* Whether somebody in line could have this group's turn. */
static gboolean
is_wanted(const LfCwlGroup *g)
{
  const LfCwl *cwl = g->input->cwl;
  for (GList *link = cwl->large_line.head; link != NULL; link = link->next) {
    const LfCwlInput *input = ((const LfCwlGroup *)link->data)->input;
    if (cwl->inputs->len == 1 || input == g->input || input->large < LARGE_OF_INPUT)
      return TRUE;
  }
  return FALSE;
}

/* Whether the group's page has been on its way for so long that its call is begun again later. A server that is slow and not
 * dead answers in the end: each time it is given twice as long. */
static gboolean
is_overdue(const LfCwlGroup *g, gint64 now)
{
  gint64 patience = (gint64)LENDS_MS << MIN(g->lent, 10);
  return g->page == LF_CWL_PAGE_HANGS && g->call != NULL && lf_aws_call_sent_ms(g->call) <= now - patience;
}

/* Whoever waits before it tries again, or for an answer that does not come, lends its turn. */
static void
take_large_back(LfCwl *cwl)
{
  gint64 now = lf_clock_monotonic_ms(lf_clock_system());
  guint wanted = cwl->large_line.length; /* whoever lends its turn may stand in line anew, behind these */
  for (GList *link = cwl->large_taken.head, *next; link != NULL && wanted > 0; link = next) {
    LfCwlGroup *g = link->data;
    next = link->next;
    gboolean overdue = is_overdue(g, now);
    if ((g->stage != LF_CWL_TROUBLED && !overdue) || !is_wanted(g))
      continue;
    wanted--;
    if (overdue) {
      g->lent++;
      lf_cwl_page_drop(g);
    }
    lf_cwl_window_forget(g);
    lf_cwl_large_release(g);
    if (overdue)
      lf_cwl_large_wait(g);
  }
}

void
lf_cwl_large_wait(LfCwlGroup *g)
{
  LfCwl *cwl = g->input->cwl;
  g->stage = LF_CWL_IN_LINE;
  g_queue_push_tail(&cwl->large_line, g);
}

void
lf_cwl_large_release(LfCwlGroup *g)
{
  LfCwl *cwl = g->input->cwl;
  if (!g->has_large)
    return;
  g->has_large = FALSE;
  g->input->large--;
  g_queue_remove(&cwl->large_taken, g);
  for (GList *link = cwl->large_line.head; link != NULL && !cwl->stopping; link = link->next) {
    LfCwlGroup *next = link->data;
    if (!may_have_large(next->input))
      continue;
    g_queue_delete_link(&cwl->large_line, link);
    give_large(next);
    lf_cwl_group_after(next, 0, lf_cwl_next_page);
    return;
  }
}

void
lf_cwl_turn_pause(LfCwlGroup *g)
{
  g->stage = LF_CWL_TROUBLED; /* by which take_large_back finds it */
  lf_cwl_turn_end(g, 0);
}

void
lf_cwl_turn_look(LfCwl *cwl)
{
  gint64 now = lf_clock_monotonic_ms(lf_clock_system());
  find_hanging(cwl, now);
  take_large_back(cwl);
  for (guint i = 0; i < cwl->inputs->len; i++) {
    LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (input->in_line == 0 || input->in_flight < share(cwl) || now - input->moved_ms < STUCK_MS)
      continue;
    input->moved_ms = now;
    change_in_flight_max(cwl, 1);
  }
  lf_cwl_turn_give(cwl);
}

void
lf_cwl_turn_leave(LfCwlGroup *g)
{
  g_queue_remove(&g->input->cwl->large_line, g);
  lf_cwl_large_release(g);
  if (g->in_line) {
    g_queue_remove(&g->input->cwl->line, g);
    leave_line(g);
  }
  g_queue_remove(&g->input->idle, g);
  lf_cwl_turn_end(g, 0);
}

/* Only a prefix has workers, and only where their number is set. */
static gboolean
is_limited(const LfCwlInput *input)
{
  return input->settings->log_group_name_prefix != NULL && input->settings->number_of_workers > 0;
}

gboolean
lf_cwl_worker_take(LfCwlGroup *g)
{
  LfCwlInput *input = g->input;
  if (g->working || !is_limited(input))
    return TRUE;
  if (input->working >= (guint64)input->settings->number_of_workers) {
    g->stage = LF_CWL_IN_LINE;
    g_queue_push_tail(&input->idle, g);
    return FALSE;
  }
  g->working = TRUE;
  input->working++;
  return TRUE;
}

void
lf_cwl_worker_release(LfCwlGroup *g)
{
  LfCwlInput *input = g->input;
  if (!g->working)
    return;
  g->working = FALSE;
  input->working--;
  LfCwlGroup *next = g_queue_pop_head(&input->idle);
  if (next != NULL && !input->cwl->stopping)
    lf_cwl_group_after(next, 0, lf_cwl_scan);
}
