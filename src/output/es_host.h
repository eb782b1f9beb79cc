/* One entry of `hosts`, and how it is reached. */
#ifndef LF_OUTPUT_ES_HOST_H
#define LF_OUTPUT_ES_HOST_H

#include "output/es_client.h"

/* A host as its parts; all owned. */
typedef struct {
  char *url;  /* scheme://host[:port][/path], without a slash at its end: what people see, what requests begin with */
  char *path; /* the path of it, "" or with a slash in front */
  char *authority; /* host[:port] as the Host header has it */
  char *user;      /* (nullable) of the URL itself */
  char *password;  /* (nullable) */
} LfEsHost;

/* Frees what it holds. */
void lf_es_host_clear(LfEsHost *host);

/* Reads one entry as Beats do: a URL, or host[:port][/path] for which `protocol` and `path` stand in; the port is 9200
 * unless said otherwise (for an AWS service that of the scheme). Returns: FALSE with LF_CONFIG_ERROR at `place`. */
gboolean lf_es_host_parse(const LfEsConnection *settings, const char *text, LfPlace place, LfEsHost *out,
                          GError **error);

#endif
