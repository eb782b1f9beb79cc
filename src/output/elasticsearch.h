/* What others need of output.elasticsearch: its settings, for who speaks to the same cluster. */
#ifndef LF_OUTPUT_ELASTICSEARCH_H
#define LF_OUTPUT_ELASTICSEARCH_H

#include "output/es_client.h"

/* The connection in settings that lf_output_settings read for lf_output_elasticsearch, for lf_es_client_new. */
const LfEsConnection *lf_elasticsearch_connection(const void *settings);

#endif
