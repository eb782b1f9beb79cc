/* How far a request came. */
#include "net/http_trace.h"

#include <string.h>

/* A line of the server's own certificate, "Subject:…". */
static void
trace_certificate(CURL *easy, const char *name, char *out, gsize size)
{
  struct curl_certinfo *info = NULL;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL || info->num_of_certs < 1)
    return;
  for (const struct curl_slist *line = info->certinfo[0]; line != NULL; line = line->next)
    if (g_str_has_prefix(line->data, name))
      g_strlcpy(out, line->data + strlen(name), size);
}

/* Whether the failure came behind the connection; libcurl knows no time of it where TLS failed. */
static gboolean
is_behind_connection(CURLcode code, const char *text)
{
  static const CURLcode before[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
                                    CURLE_URL_MALFORMAT,        CURLE_UNSUPPORTED_PROTOCOL,  CURLE_FAILED_INIT,
                                    CURLE_OUT_OF_MEMORY,        CURLE_BAD_FUNCTION_ARGUMENT, CURLE_INTERFACE_FAILED};
  if (code == CURLE_OPERATION_TIMEDOUT)
    return strstr(text, "SSL") != NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
    if (code == before[i])
      return FALSE;
  return TRUE;
}

void
lf_http_trace_fill(LfHttpTrace *trace, CURL *easy, CURLcode code, const char *text)
{
  curl_off_t resolved_us = 0, connected_us = 0, secured_us = 0;
  long tunnel_status = 0, port = 0;
  char *ip = NULL;
  curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
  curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
  curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &secured_us);
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  *trace = (LfHttpTrace){.connected = connected_us > 0 || is_behind_connection(code, text),
                         .secured = secured_us > 0 && code != CURLE_PEER_FAILED_VERIFICATION,
                         .tunnelled = tunnel_status != 0,
                         .refused = tunnel_status >= 300,
                         .port = (guint)port};
  trace->resolved = trace->connected || code == CURLE_COULDNT_CONNECT ||
                    (resolved_us > 0 && code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_COULDNT_RESOLVE_PROXY);
  g_strlcpy(trace->ip, ip != NULL ? ip : "", sizeof trace->ip);
  trace_certificate(easy, "Subject:", trace->subject, sizeof trace->subject);
  trace_certificate(easy, "Expire date:", trace->expires, sizeof trace->expires);
}
