/* The way to an Elasticsearch or OpenSearch: hosts, credentials, headers, signatures, one request after another. */
#ifndef LF_OUTPUT_ES_CLIENT_H
#define LF_OUTPUT_ES_CLIENT_H

#include "config/ssl.h"
#include "net/http.h"

typedef enum { LF_ES_AWS_NONE, LF_ES_AWS_ES, LF_ES_AWS_AOSS } LfEsAwsService;

/* What the configuration says about the connection: a part of the output's settings. */
typedef struct {
  LfStrings hosts;
  int protocol; /* 0 http, 1 https; LF_OPTION_UNSET */
  const char *path;
  const LfNode *parameters; /* (nullable) a map */
  const LfNode *headers;    /* (nullable) a map */
  const char *username;
  const char *password;
  const char *api_key;
  const char *proxy_url;
  gboolean proxy_disable;
  const LfNode *proxy_headers; /* (nullable) a map */
  gint64 timeout_ms;
  LfSslSettings ssl;
  struct {
    int service; /* LfEsAwsService */
    const char *region;
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token;
    const char *credential_profile_name;
    const char *shared_credential_file;
    const char *role_arn;
    const char *external_id;
  } aws;
} LfEsConnection;

/* Its rows, with Filebeat's names; aws.* are ours. */
extern const LfOptionTable lf_es_connection_options;

/* Checks what the types do not say: hosts, names of headers, one way of authentication, `ssl`, of which it fills in
 * what follows. `report` is that of the output. FALSE with LF_CONFIG_ERROR. */
gboolean lf_es_connection_check(LfEsConnection *settings, const LfOptionReport *report, LfPlace place, LfNotes *notes,
                                GError **error);

/* The most entries of `headers`, and of `proxy_headers`. */
enum { LF_ES_HEADERS_MAX = 64 };

typedef struct LfEsClient LfEsClient;

/* Whether to go on: FALSE ends what waits. */
typedef gboolean (*LfEsGoOnFn)(void *data);

/* A client for checked settings, which live as long as it. It has a loop of its own and belongs to one thread. `go_on`
 * (nullable). Returns: (transfer full): lf_es_client_free; NULL with LF_CONFIG_ERROR where a file of `ssl` is wrong. */
LfEsClient *lf_es_client_new(const LfEsConnection *settings, const LfClock *clock, LfPlace place, LfEsGoOnFn go_on,
                             void *go_on_data, GError **error);

/* Frees the client; what is under way is answered with LF_HTTP_ERROR_STOPPED. NULL is allowed. */
void lf_es_client_free(LfEsClient *client);

/* The loop, for lf_http_step and lf_http_wake. (transfer none) */
LfHttp *lf_es_client_http(LfEsClient *client);

/* How many hosts there are, and how a person knows the i-th: its URL without user and password. (transfer none) */
guint lf_es_client_n_hosts(const LfEsClient *client);
const char *lf_es_client_host(const LfEsClient *client, guint i);

/* A request; all is borrowed until the answer. `path` begins with a slash, is encoded, may have a query, and stands behind
 * the host's own path. */
typedef struct {
  const char *method;
  const char *path;
  LfSlice body;
  const char *content_type;     /* (nullable): application/json where there is a body */
  const char *content_encoding; /* (nullable) */
  gsize max_bytes;              /* of the answer; 0: 16 MiB */
  LfHttpTrace *trace;           /* (nullable): LfHttpRequest's */
} LfEsRequest;

/* Sends to the i-th host. `done` gets any answer, whatever its status, or why there is none. No redirect is followed. */
void lf_es_client_send(LfEsClient *client, guint host, const LfEsRequest *request, LfHttpFn done, void *data);

/* An answer that is kept: lf_es_answer_clear. Starts as {0}. */
typedef struct {
  guint status;
  LfBuf body;
  guint host; /* that gave it */
} LfEsAnswer;

/* Frees the body. */
void lf_es_answer_clear(LfEsAnswer *answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfEsAnswer, lf_es_answer_clear)

/* Sends and waits: hosts are asked in their order until one answers, whatever its status. Meanwhile the loop goes on with
 * all else that is under way. Returns: FALSE with LF_HTTP_ERROR where none does, LF_HTTP_ERROR_STOPPED where `go_on` ended
 * it. */
gboolean lf_es_request(LfEsClient *client, const char *method, const char *path, LfSlice body, LfEsAnswer *answer,
                       GError **error);

/* What a person reads about an answer that is no success: "status 401 (security_exception: missing …)". (transfer full) */
char *lf_es_status_text(guint status, LfSlice body);

/* At most 400 bytes of a text that a server sent, without what could disturb a log. (transfer full) */
char *lf_es_clean_text(LfSlice text);

#endif
