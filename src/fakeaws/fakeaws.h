/* A small CloudWatch Logs, STS and metadata server in memory, for the demo and for tests. */
#ifndef LF_FAKEAWS_FAKEAWS_H
#define LF_FAKEAWS_FAKEAWS_H

#include "base/clock.h"
#include "base/slice.h"

typedef struct LfFakeaws LfFakeaws;

/* How the server behaves. All strings are borrowed and copied; NULL takes what is said in brackets. Zeroed options are
 * good ones. */
typedef struct {
  guint16 port;                   /* 0: a free one */
  const char *access_key_id;      /* the one key pair that is known ("AKIDEXAMPLE") */
  const char *secret_access_key;  /* ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") */
  const char *session_token;      /* the token that has to come with the pair; (NULL) none */
  gint64 session_expires_ms;      /* when that token expires, wall time; 0: never */
  gint64 session_life_ms;         /* how long issued keys hold, whatever the request says; 0: as the request says */
  const char *external_id;        /* (NULL) AssumeRole: the external id that has to come */
  const char *web_identity_token; /* (NULL) AssumeRoleWithWebIdentity: the one token that is taken */
  gboolean imds;                  /* be an EC2 instance's metadata service too */
  gboolean container;             /* be the agent of a container too */
  const char *container_token;    /* (NULL) its Authorization header */
  const char *account_id;         /* ("123456789012") */
  const char *region;             /* ("us-east-1") */
  gboolean accept_old_events;     /* PutLogEvents takes events of any age and batches of any span */
  guint page_events;              /* FilterLogEvents: the most events a page; 0: AWS's 10,000 */
  gsize page_bytes;               /* FilterLogEvents: the most bytes a page; 0: AWS's 1 MiB */
  guint empty_page_every;         /* FilterLogEvents: each n-th page is empty and has a token; 0: none, 1 is refused */
  gint64 visible_after_ms;        /* FilterLogEvents, GetLogEvents: an event is shown so long after it was put */
  guint quota_per_s;              /* FilterLogEvents: calls a second, ThrottlingException beyond; 0: no limit */
  const LfClock *clock;           /* (lf_clock_system) */
} LfFakeawsOptions;

/* What the server holds and was asked. */
typedef struct {
  guint64 groups;
  guint64 streams;
  guint64 events;
  guint64 calls; /* requests, the refused ones too; not /_fakeaws/… */
} LfFakeawsCounts;

/* Starts the server on 127.0.0.1. Keys that STS and the two services below issue are known from then on. It answers
 *   POST / with X-Amz-Target Logs_20140328.<action>, JSON 1.1 (Amazon CloudWatch Logs API Reference), signed;
 *   POST / or GET /?Action=…, the Query protocol of STS (AWS Security Token Service API Reference), signed;
 *   PUT and GET /latest/…, EC2 instance metadata (options->imds); GET /v2/credentials/<id> and /v1/credentials, the
 *   agents of ECS and EKS (options->container);
 *   GET /_fakeaws/events, unsigned and for tests: all events as one JSON document a line, by group and time:
 *   {"account","group","stream","eventId","timestamp","ingestionTime","message"};
 *   GET /_fakeaws/counts, the same: {"groups","streams","events","calls"}.
 * Returns: (transfer full): lf_fakeaws_stop; NULL with an error where the port cannot be had or an option is wrong. */
LfFakeaws *lf_fakeaws_start(const LfFakeawsOptions *options, GError **error);

/* The port that it listens on. */
guint16 lf_fakeaws_port(const LfFakeaws *fake);

/* Puts one event without HTTP; group and stream are made where needed. Its ingestion time is a second after its
 * timestamp. The message must be UTF-8, as every message of CloudWatch Logs is. From any thread. */
void lf_fakeaws_put(LfFakeaws *fake, const char *group, const char *stream, gint64 timestamp_ms, LfSlice message);

/* What is held and was asked so far. */
LfFakeawsCounts lf_fakeaws_counts(LfFakeaws *fake);

/* Answers what is in flight, stops and frees. NULL is allowed. */
void lf_fakeaws_stop(LfFakeaws *fake);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfFakeaws, lf_fakeaws_stop)

#endif
