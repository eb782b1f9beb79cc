/* The connection's options, and what their types do not say. */
#include "aws/endpoint.h"
#include "net/proxy.h"
#include "output/es_host.h"

#define AT(member) .offset = offsetof(LfEsConnection, member)

static const char *const protocols[] = {"http", "https", NULL};
static const char *const services[] = {"none", "es", "aoss", NULL};

static const LfOption rows[] = {
    {"hosts", LF_OPTION_STRINGS, AT(hosts), .doc = "URLs, or host:port for which protocol and path stand in"},
    {"protocol", LF_OPTION_ENUM, AT(protocol), .words = protocols, .doc = "the scheme of hosts without one; http"},
    {"path", LF_OPTION_STRING, AT(path), .doc = "a path in front of the API's, for hosts without one"},
    {"parameters", LF_OPTION_MAP, AT(parameters), .doc = "parameters in the URL of each _bulk request"},
    {"headers", LF_OPTION_MAP, LF_OPTION_SECRET, AT(headers), .doc = "headers of each request"},
    {"username", LF_OPTION_STRING, AT(username), .doc = "the user of basic authentication"},
    {"password", LF_OPTION_STRING, LF_OPTION_SECRET, AT(password), .doc = "its password"},
    {"api_key", LF_OPTION_STRING, LF_OPTION_SECRET, AT(api_key), .doc = "an API key as id:key, instead of a user"},
    {"proxy_url", LF_OPTION_STRING, AT(proxy_url), .doc = "a proxy; the environment's by default"},
    {"proxy_disable", LF_OPTION_BOOL, AT(proxy_disable), .fallback = "false", .doc = "use no proxy at all"},
    {"proxy_headers", LF_OPTION_MAP, LF_OPTION_SECRET, AT(proxy_headers),
     .doc = "headers for the proxy itself, with its CONNECT alone"},
    {"timeout", LF_OPTION_DURATION, AT(timeout_ms), .fallback = "90s", .min = 1, .max = 24 * 3600 * 1000.0,
     .doc = "how long a request may take"},
    {"ssl", LF_OPTION_TABLE, AT(ssl), .table = &lf_ssl_options},
    {"kerberos", LF_OPTION_REFUSED, .doc = "Kerberos is not there; use a user, an API key or a certificate"},
    {"aws.service", LF_OPTION_ENUM, AT(aws.service), .fallback = "none", .words = services,
     .doc = "sign requests for Amazon OpenSearch Service (es) or Serverless (aoss)"},
    {"aws.region", LF_OPTION_STRING, AT(aws.region), .doc = "the region that requests are signed for"},
    {"aws.access_key_id", LF_OPTION_STRING, AT(aws.access_key_id), .doc = "the key to sign with; looked for otherwise"},
    {"aws.secret_access_key", LF_OPTION_STRING, LF_OPTION_SECRET, AT(aws.secret_access_key), .doc = "its secret"},
    {"aws.session_token", LF_OPTION_STRING, LF_OPTION_SECRET, AT(aws.session_token), .doc = "its session token"},
    {"aws.credential_profile_name", LF_OPTION_STRING, AT(aws.credential_profile_name),
     .doc = "a profile in the shared files"},
    {"aws.shared_credential_file", LF_OPTION_STRING, AT(aws.shared_credential_file), .doc = "the shared file"},
    {"aws.role_arn", LF_OPTION_STRING, AT(aws.role_arn), .doc = "a role that is assumed"},
    {"aws.external_id", LF_OPTION_STRING, AT(aws.external_id), .doc = "the external id for that role"},
};

const LfOptionTable lf_es_connection_options = {LF_OPTION_TABLE_OF(rows)};

static gboolean
is_set(const char *text)
{
  return text != NULL && text[0] != '\0';
}

static gboolean
is_token(LfSlice name)
{
  for (gsize i = 0; i < name.len; i++)
    if (!g_ascii_isalnum(name.p[i]) && strchr("!#$%&'*+-.^_`|~", name.p[i]) == NULL)
      return FALSE;
  return name.len > 0;
}

/* Headers that the program makes itself. */
static gboolean
is_own_header(LfSlice name)
{
  static const char *const own[] = {"content-length", "content-encoding", "content-type", "transfer-encoding", "host"};
  g_autofree char *lower = g_ascii_strdown(name.p, (gssize)name.len);
  for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
    if (strcmp(lower, own[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_line(const LfNode *v)
{
  if (v->type == LF_NODE_LIST || v->type == LF_NODE_MAP)
    return FALSE;
  for (gsize i = 0; i < v->text.len; i++)
    if ((guint8)v->text.p[i] < ' ' && v->text.p[i] != '\t')
      return FALSE;
  return TRUE;
}

/* `name`: headers, proxy_headers. */
static gboolean
check_headers(const char *name, const LfNode *headers, GError **error)
{
  if (headers != NULL && headers->n > LF_ES_HEADERS_MAX)
    return lf_place_error(error, headers->place, LF_CONFIG_ERROR_INVALID, "%s: at most %d can be set", name,
                          LF_ES_HEADERS_MAX);
  for (guint i = 0; headers != NULL && i < headers->n; i++) {
    const LfNodeEntry *e = &headers->entries[i];
    if (!is_token(e->key) || is_own_header(e->key))
      return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID, "%s: %.*s cannot be set as a header", name,
                            (int)e->key.len, e->key.p);
    if (!is_line(e->node))
      return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID, "%s: %.*s takes one line of text", name,
                            (int)e->key.len, e->key.p);
  }
  return TRUE;
}

static gboolean
check_parameters(const LfNode *parameters, GError **error)
{
  for (guint i = 0; parameters != NULL && i < parameters->n; i++) {
    const LfNodeEntry *e = &parameters->entries[i];
    if (!is_line(e->node))
      return lf_place_error(error, e->place, LF_CONFIG_ERROR_INVALID, "parameters: %.*s takes one text",
                            (int)e->key.len, e->key.p);
    if (lf_slice_is(e->key, "filter_path"))
      return lf_place_error(error, e->place, LF_CONFIG_ERROR_REFUSED,
                            "parameters: filter_path is set by logferry, which has to see each event's outcome");
  }
  return TRUE;
}

/* The region that nothing names comes from where AWS's tools have it: AWS_REGION, the profile, the EC2 instance. */
static gboolean
find_region(LfEsConnection *s, LfPlace place, GError **error)
{
  LfCredOptions cred = {.credential_profile_name = s->aws.credential_profile_name,
                        .shared_credential_file = s->aws.shared_credential_file};
  g_autofree char *region = is_set(s->aws.region) ? NULL : lf_aws_region(&cred, TRUE, NULL);
  if (region != NULL)
    s->aws.region = g_intern_string(region);
  return is_set(s->aws.region) ||
         lf_place_error(error, place, LF_CONFIG_ERROR_MISSING,
                        "aws.service needs aws.region, and neither AWS_REGION nor a profile nor instance metadata says "
                        "one: add aws.region: us-east-1, say");
}

static gboolean
check_auth(LfEsConnection *s, LfPlace place, GError **error)
{
  gboolean user = is_set(s->username) || is_set(s->password);
  if (is_set(s->api_key) && user)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                          "api_key and username/password are both set; take one of them");
  if (s->aws.service == LF_ES_AWS_NONE)
    return TRUE;
  if (is_set(s->api_key) || user)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                          "aws.service signs requests: it goes without username, password and api_key");
  return find_region(s, place, error);
}

static gboolean
check_proxy(const LfEsConnection *s, const LfOptionReport *report, LfPlace place, GError **error)
{
  const LfOptionSeen *seen = lf_option_report_get(report, "output.elasticsearch.proxy_url");
  g_auto(LfProxy) proxy = {0};
  g_autofree char *why = NULL;
  return s->proxy_disable || !is_set(s->proxy_url) || lf_proxy_parse(s->proxy_url, &proxy, &why) ||
         lf_place_error(error, seen != NULL ? seen->place : place, LF_CONFIG_ERROR_INVALID,
                        "proxy_url is wrong: %s. It is http://proxy:3128, or http://user:password@proxy:3128", why);
}

gboolean
lf_es_connection_check(LfEsConnection *s, const LfOptionReport *report, LfPlace place, LfNotes *notes, GError **error)
{
  if (s->hosts.n == 0)
    return lf_place_error(error, place, LF_CONFIG_ERROR_MISSING,
                          "output.elasticsearch needs hosts: add hosts: [\"https://localhost:9200\"], say");
  for (guint i = 0; i < s->hosts.n; i++) {
    LfEsHost host;
    gboolean ok = lf_es_host_parse(s, s->hosts.items[i], s->hosts.places[i], &host, error);
    gboolean signed_twice = ok && host.user != NULL && (s->aws.service != LF_ES_AWS_NONE || is_set(s->api_key));
    lf_es_host_clear(&host);
    if (!ok)
      return FALSE;
    if (signed_twice)
      return lf_place_error(
          error, s->hosts.places[i], LF_CONFIG_ERROR_INVALID,
          "hosts: a URL has a user, and there is an api_key or aws.service beside it; take one of them");
  }
  return check_headers("headers", s->headers, error) && check_headers("proxy_headers", s->proxy_headers, error) &&
         check_parameters(s->parameters, error) && check_auth(s, place, error) &&
         check_proxy(s, report, place, error) &&
         lf_ssl_check(&s->ssl, "output.elasticsearch.ssl", report, place, notes, error);
}
