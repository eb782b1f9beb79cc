/* One entry of `hosts`. */
#include "output/es_host.h"

enum { DEFAULT_PORT = 9200 };

void
lf_es_host_clear(LfEsHost *host)
{
  g_free(host->url);
  g_free(host->path);
  g_free(host->authority);
  g_free(host->user);
  if (host->password != NULL)
    memset(host->password, 0, strlen(host->password));
  g_free(host->password);
  *host = (LfEsHost){0};
}

/* What a person may see of an entry: it may hold a password. */
static char *
masked(const char *text)
{
  const char *at = strrchr(text, '@'), *scheme = strstr(text, "://");
  if (at == NULL)
    return g_strdup(text);
  return g_strdup_printf("%.*sxxxxx%s", scheme != NULL ? (int)(scheme + 3 - text) : 0, text, at);
}

static gboolean
bad_host(GError **error, LfPlace place, const char *text, const char *why)
{
  g_autofree char *shown = masked(text);
  return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                        "hosts: \"%s\" %s; write http://host:9200, https://host:9200/path or host:9200", shown, why);
}

/* A path with a slash in front and none at its end; "" for none. (transfer full) */
static char *
clean_path(const char *path)
{
  gsize len = path != NULL ? strlen(path) : 0;
  while (len > 0 && path[len - 1] == '/')
    len--;
  return len == 0 ? g_strdup("") : g_strdup_printf("%s%.*s", path[0] == '/' ? "" : "/", (int)len, path);
}

static gboolean
is_printable(const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (*p <= ' ' || *p >= 0x7f)
      return FALSE;
  return TRUE;
}

gboolean
lf_es_host_parse(const LfEsConnection *s, const char *text, LfPlace place, LfEsHost *out, GError **error)
{
  g_autofree char *whole = strstr(text, "://") != NULL
                               ? g_strdup(text)
                               : g_strdup_printf("%s://%s", s->protocol == 1 ? "https" : "http", text);
  g_autofree char *scheme = NULL, *user = NULL, *password = NULL, *name = NULL, *path = NULL, *query = NULL,
                  *fragment = NULL;
  int port = -1;
  *out = (LfEsHost){0};
  if (!is_printable(text) ||
      !g_uri_split_with_user(whole, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH, &scheme, &user, &password,
                             NULL, &name, &port, &path, &query, &fragment, NULL))
    return bad_host(error, place, text, "is no URL");
  if (scheme == NULL)
    return bad_host(error, place, text, "is no URL");
  if (g_ascii_strcasecmp(scheme, "http") != 0 && g_ascii_strcasecmp(scheme, "https") != 0)
    return bad_host(error, place, text, "has another scheme than http and https");
  if (user != NULL && strstr(text, "://") == NULL)
    return bad_host(error, place, text, "has a user and no scheme");
  if (name == NULL || name[0] == '\0' || port == 0)
    return bad_host(error, place, text, "names no host");
  if (query != NULL || fragment != NULL)
    return bad_host(error, place, text, "has a ? or # part, which belongs into `parameters`");
  gboolean https = g_ascii_strcasecmp(scheme, "https") == 0;
  int usual = https ? 443 : 80;
  if (port < 0)
    port = s->aws.service != LF_ES_AWS_NONE ? usual : DEFAULT_PORT;
  const char *open = strchr(name, ':') != NULL ? "[" : "", *close = open[0] != '\0' ? "]" : "";
  out->authority = port == usual ? g_strdup_printf("%s%s%s", open, name, close)
                                 : g_strdup_printf("%s%s%s:%d", open, name, close, port);
  out->path = clean_path(path != NULL && path[0] != '\0' && strcmp(path, "/") != 0 ? path : s->path);
  out->url = g_strdup_printf("%s://%s%s", https ? "https" : "http", out->authority, out->path);
  out->user = user != NULL && user[0] != '\0' ? g_steal_pointer(&user) : NULL;
  out->password = out->user != NULL && password != NULL ? g_steal_pointer(&password) : NULL;
  return TRUE;
}
