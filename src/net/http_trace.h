/* How far a request came, from what libcurl knows of it. */
#ifndef LF_NET_HTTP_TRACE_H
#define LF_NET_HTTP_TRACE_H

#include "net/http.h"

#include <curl/curl.h>

/* Fills a trace of a transfer that ended with `code`; `text` is libcurl's own of the failure, "" for none. */
void lf_http_trace_fill(LfHttpTrace *trace, CURL *easy, CURLcode code, const char *text);

#endif
