/* What the files of the aws-cloudwatch input know of each other. All of it runs in the network's thread. */
#ifndef LF_INPUT_CWL_INTERNAL_H
#define LF_INPUT_CWL_INTERNAL_H

#include "input/cwl.h"
#include "input/cwl_ids.h"
#include "input/cwl_plan.h"
#include "net/retry.h"

#include <pthread.h>

/* One input of the configuration. */
typedef struct {
  LfCwl *cwl;
  const LfCwlSettings *settings;
  const LfSource *source;
  LfPlace place;
  LfCredOptions cred; /* borrowed texts */
  LfCwlTls ssl;
  LfTls *tls; /* shared by inputs with the same ssl settings */
  LfAwsSession *session;
  guint in_flight;    /* its part of cwl->in_flight */
  guint hanging;      /* pages that were asked for long ago, without room */
  guint in_line;      /* groups that wait for room for one */
  gint64 moved_ms;    /* monotonic: when a page came last, or one more was asked for since none did */
  guint large;        /* its part of cwl->large_taken */
  guint working;      /* groups whose scan is under way; counted where workers limit them */
  GQueue idle;        /* of LfCwlGroup: they wait for a worker */
  LfAwsCall *listing; /* DescribeLogGroups under way */
  guint64 timer;
  char *region; /* of names and prefixes */
  char *url;
  LfBuf list_token;
  LfLogLimit malformed; /* of the lines about malformed events */
  GHashTable *makers;   /* region -> LfCwlEventMaker */
  GHashTable *by_arn;   /* ARN -> LfCwlGroup, of listed ones */
  GHashTable *refused;  /* ARNs of listed groups that cannot be read; said once */
  gboolean listed;
  gboolean was_listed; /* by an earlier run: a group that the state does not know is new */
  gboolean found;      /* a group begins with the prefix */
  guint pages;         /* of the listing */
  char *failure;       /* (nullable) why the groups of a prefix cannot be listed; said once */
  gboolean failed;     /* for good */
  LfRetry retry;
  char *caller_account; /* (nullable) once GetCallerIdentity has said it */
} LfCwlInput;

/* What a group is at. */
typedef enum {
  LF_CWL_STARTING, /* its row in the state is not known yet */
  LF_CWL_RESTING,  /* until the next scan */
  LF_CWL_IN_LINE,  /* for a worker of its prefix, for room for a page, or for its turn with a large window */
  LF_CWL_READING,  /* a page is asked for, or its pause is slept */
  LF_CWL_TROUBLED, /* waits before it tries again */
  LF_CWL_GONE,     /* its prefix's list does not have it any more */
  LF_CWL_DONE,     /* read up to the end that was asked for */
  LF_CWL_SKIPPED,  /* of a kind that FilterLogEvents does not read */
  LF_CWL_FAILED,   /* stopped for good */
} LfCwlStage;

/* What a group's next page is at. */
typedef enum {
  LF_CWL_PAGE_NONE,  /* nobody has asked for it, or its call waits before it is tried again */
  LF_CWL_PAGE_ASKED, /* room is kept for it */
  LF_CWL_PAGE_HANGS, /* it takes long, and holds no room: others must go on */
  LF_CWL_PAGE_RESTS, /* it begins to come after all, and waits for room */
  LF_CWL_PAGE_COMES, /* it is being received; room is kept */
} LfCwlPageStage;

/* A run of the configured stream names that one request takes. */
typedef struct {
  guint first;
  guint n;
} LfCwlChunk;

/* One log group of an input. */
typedef struct LfCwlGroup LfCwlGroup;
struct LfCwlGroup {
  LfCwlInput *input;
  LfCwlGroup *same_key; /* (nullable) one that is read with other credentials */
  char *shown;          /* how it was configured: its name or its ARN */
  char *name;
  char *arn;     /* (nullable) */
  char *account; /* "-" where unknown */
  char *region;
  char *url;
  char *key_url; /* what stands for the url in the state's key */
  char *stream_filter;
  const LfCwlEventMaker *maker;
  LfCwlStage stage;
  void *lane;
  guint64 sequence;
  gint64 row;
  gboolean open;        /* its row is known */
  gboolean ask_account; /* another input reads a group of this name with other credentials: whose is it? */
  gboolean by_name;     /* the server does not know logGroupIdentifier */
  gboolean is_new;      /* it appeared while its prefix was watched: read from its beginning */
  LfCwlPlan plan;
  LfCwlRuler ruler;
  gint64 first_ms;       /* where this run began to read it, for estimates */
  gint64 seen_ms;        /* the latest event of the last page; for estimates, too */
  gint64 first_event_ms; /* the first event that this run has read; G_MININT64: none */
  gint64 known_from_ms;  /* the ids of all events from here on are known */
  gboolean trimmed;      /* because the state has no room for more */
  LfCwlIds ids;
  const char **streams; /* the configured names, those that are asked for alone behind the others */
  GArray *chunks;       /* of LfCwlChunk: the requests that make up a window */
  guint chunk;          /* which of them is under way */
  GPtrArray *alone;     /* (nullable) of names: streams that were not there, or were asked for with one that was not */
  GPtrArray *missing;   /* (nullable) of names: streams that are not there, said once */
  LfBuf token;
  guint same_tokens;
  guint bad_answers; /* in a row, to one request */
  gboolean scanning; /* a scan is under way, and goes on after a failure */
  gboolean working;  /* it is one of input->working */
  gboolean in_line;  /* for room */
  LfCwlPageStage page;
  gboolean large;     /* its windows have more events than many groups may have in memory at a time */
  gboolean has_large; /* it is one of cwl->large_taken */
  guint lent;         /* times that its turn was taken from it, since a page came last */
  gboolean ids_due;   /* what is known of the open window is not loaded yet */
  LfAwsCall *call;
  guint64 timer;
  LfRetry retry;
  gint64 window_date_ms; /* AWS's own time at the open window's first page; G_MAXINT64: not known */
  gint64 once_target_ms;
  gboolean once_reached; /* the window up to it was read */
  gboolean said_outside; /* that the server answers with events of other times */
  char *complaint;       /* (nullable) what keeps it from going on; said once */
  LfAwsFailure pending; /* because of which the caller's account is asked for; its texts are owned, `code` NULL: none */
  LfCwlGroupCounts counts; /* the lock's */
};

struct LfCwl {
  LfCwlOptions options;
  LfArena *arena;
  GPtrArray *inputs;  /* of LfCwlInput */
  GPtrArray *groups;  /* of LfCwlGroup */
  GHashTable *by_key; /* what the state tells groups apart by, as a text -> the last LfCwlGroup that has it */
  GHashTable *by_row; /* gint64 -> LfCwlGroup, of those whose row is known */
  LfHashKey hash_key;
  GQueue line;      /* of LfCwlGroup: they wait for room for a page */
  GQueue in_flight; /* of LfCwlGroup: room is kept for their pages; the oldest first */
  guint in_flight_max;
  guint resting;       /* pages that have begun to come and for which there is no room */
  GQueue large_line;   /* of LfCwlGroup: they wait for their turn with a large window */
  GQueue large_taken;  /* of LfCwlGroup: they have it */
  double page_bytes;   /* what a page lately took as a batch */
  guint64 ids_emitted; /* since acknowledged ones were last forgotten */
  double spare;        /* calls that may be spent on looking back */
  gboolean stopping;
  gint64 published_ms;  /* monotonic */
  pthread_mutex_t lock; /* of counts, of groups' counts, and of what is published */
  LfCwlCounts counts;
  GArray *published; /* of LfCwlGroupStatus */
};

/* cwl_group.c */

/* A group of an input; refuses one whose key another has ((nullable), with `error`). */
LfCwlGroup *lf_cwl_group_new(LfCwlInput *input, const char *shown, const char *name, const char *arn,
                             const char *account, const char *region, GError **error);
void lf_cwl_group_free(LfCwlGroup *group);

/* Begins to read a group, or again one that was gone. */
void lf_cwl_group_start(LfCwlGroup *group);

/* Ends what is under way. */
void lf_cwl_group_stop(LfCwlGroup *group);

/* Calls `fn` for the group after `ms`; it has one timer. */
void lf_cwl_group_after(LfCwlGroup *group, gint64 ms, LfHttpTimerFn fn);

/* Says what is wrong, once until it changes. */
void lf_cwl_group_complain(LfCwlGroup *group, LfLogLevel level, const char *text);

/* The group ends for good: LF_CWL_DONE, LF_CWL_SKIPPED or LF_CWL_FAILED. */
void lf_cwl_group_end(LfCwlGroup *group, LfCwlStage how);

/* Whether it has ended so. */
gboolean lf_cwl_group_has_ended(const LfCwlGroup *group);

/* Asks who the caller is, then goes on: with the row, or with the failure `pending` ((nullable)), which may only mean that
 * the server does not know identifiers. */
void lf_cwl_group_ask_identity(LfCwlGroup *group, const LfAwsFailure *pending);

/* cwl_scan.c */

/* Begins a scan up to now, or goes on with the one that failed: an LfHttpTimerFn. */
void lf_cwl_scan(void *group);

/* How long before AWS's now the group's events are left alone, ms. */
gint64 lf_cwl_margin_ms(const LfCwlGroup *group);

/* Opens the scan's next window, or ends the scan: an LfHttpTimerFn. */
void lf_cwl_window_open(void *group);

/* Loads what has to be known of the window before its next page. Not before the group's turn has come: those in line must
 * not hold it. Returns: FALSE where the state cannot be read: the window is read again later. */
gboolean lf_cwl_window_load(LfCwlGroup *group);

/* What is known of the open window leaves memory, and is loaded again before its next page. It is in the state, but for the
 * last batches. */
void lf_cwl_window_forget(LfCwlGroup *group);

/* The open window waits while others with large ones have their turn; then it is read on from where it is. What is known of
 * it is forgotten as above. */
void lf_cwl_window_park(LfCwlGroup *group);

/* The open window was read to its end: the ticket of its last batch says so, and from when on ids are kept. */
void lf_cwl_window_close(LfCwlGroup *group, LfTicket *ticket);

/* The open window is read again from its start after a while; known ids are left out then. */
void lf_cwl_reopen_later(LfCwlGroup *group, gint64 at_least_ms);

/* cwl_read.c */

/* Asks for the next page of the open window, as soon as there is room: an LfHttpTimerFn. */
void lf_cwl_next_page(void *group);

/* Sends the request: called when the group's turn has come. */
void lf_cwl_request_page(LfCwlGroup *group);

/* Gives up the page that is asked for, with its call, if there is one; the caller sees to it that it is asked for again. */
void lf_cwl_page_drop(LfCwlGroup *group);

/* Ends the group, or reads on, as the table of failures has it. */
void lf_cwl_page_failed(LfCwlGroup *group, const LfAwsFailure *failure);

/* cwl_turn.c */

/* The group waits in line for room for a page; lf_cwl_request_page is called when it has its turn. */
void lf_cwl_turn_wait(LfCwlGroup *group);

/* Whether there is room for the answer that begins to come: an LfHttpRoomFn. A call that hangs holds none. */
gboolean lf_cwl_turn_has_room(gsize bytes, void *group);

/* A page has come: where what came before is worked off already, more may be asked for at the same time; where much waits,
 * fewer. */
void lf_cwl_turn_answered(LfCwlGroup *group);

/* From time to time: where nothing comes for what an input has asked for, more is asked for; then as lf_cwl_turn_give. */
void lf_cwl_turn_look(LfCwl *cwl);

/* Its page has been answered, or never will be: the room is somebody else's. `bytes`: what its batch takes, 0 for none. */
void lf_cwl_turn_end(LfCwlGroup *group, gsize bytes);

/* The group waits before it tries again. Others have its turns meanwhile, and behind it the group stands in line anew. */
void lf_cwl_turn_pause(LfCwlGroup *group);

/* Whether a group may read a window of many events on, whose ids are all in memory. Few do so at a time. */
gboolean lf_cwl_large_take(LfCwlGroup *group);

/* The group waits for its turn to do so; lf_cwl_next_page is called then. */
void lf_cwl_large_wait(LfCwlGroup *group);

/* Its turn is over: the next one in line has its own. */
void lf_cwl_large_release(LfCwlGroup *group);

/* Takes the group out of all lines. */
void lf_cwl_turn_leave(LfCwlGroup *group);

/* Lets as many as there is room for have their turn. */
void lf_cwl_turn_give(LfCwl *cwl);

/* Whether one of the prefix's workers is free, and takes it; else the group waits for one, and lf_cwl_scan is called. */
gboolean lf_cwl_worker_take(LfCwlGroup *group);
void lf_cwl_worker_release(LfCwlGroup *group);

/* cwl_list.c */

/* Lists the groups of a prefix, now and from time to time. */
void lf_cwl_list(LfCwlInput *input);

/* cwl_status.c */

/* Makes what all groups are at visible to lf_cwl_status. */
void lf_cwl_publish(LfCwl *cwl);

/* cwl.c */

/* Takes over how many calls were made. */
void lf_cwl_count_calls(LfCwl *cwl);

/* The bounds of one try and one answer for this input's calls. */
LfAwsRequest lf_cwl_request(const LfCwlInput *input, const char *region, const char *url, const char *action,
                            LfSlice body);

/* AWS's time. */
gint64 lf_cwl_now_ms(const LfCwl *cwl);

#endif
