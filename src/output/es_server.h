/* What kind of server answers: Elasticsearch or OpenSearch, which version, what it has. */
#ifndef LF_OUTPUT_ES_SERVER_H
#define LF_OUTPUT_ES_SERVER_H

#include "module/fieldtype.h"
#include "output/es_client.h"

/* Its answer to GET /. `number` as it says it ("2.19.1"); "" where it says none. */
typedef struct {
  char name[16]; /* "Elasticsearch", "OpenSearch" */
  char number[32];
  char cluster[64]; /* its name */
  gboolean opensearch;
  gboolean serverless;  /* Elastic's, or Amazon's (aoss) */
  gboolean oss;         /* Elasticsearch without X-Pack: no lifecycles, no types of X-Pack */
  gboolean without_ilm; /* it was asked for a lifecycle, and does not know what that is */
  guint major;
  guint minor;
} LfEsServer;

/* Reads the body of an answer to GET /. Returns: FALSE with LF_CONFIG_ERROR where it is neither of the two. */
gboolean lf_es_server_read(LfSlice body, LfEsServer *out, GError **error);

/* Asks. `service` LF_ES_AWS_AOSS: nothing is asked, since collections of OpenSearch Serverless have no GET /.
 * FALSE with LF_HTTP_ERROR or LF_CONFIG_ERROR. */
gboolean lf_es_server_ask(LfEsClient *client, LfEsAwsService service, LfEsServer *out, GError **error);

/* The server that Filebeat assumes where it asks none: an Elasticsearch of its own version. */
void lf_es_server_assume(guint major, guint minor, LfEsServer *out);

/* Which field types it has. */
LfFieldServer lf_es_server_fields(const LfEsServer *server);

/* Whether it has index lifecycle management, as far as is known. */
gboolean lf_es_server_has_ilm(const LfEsServer *server);

/* Whether an answer says that the server has no such path, as one without X-Pack does: it reads `/_ilm/policy/x` as a
 * document of an index (7.17), or knows no handler for it. */
gboolean lf_es_server_lacks_path(guint status, LfSlice body);

#endif
