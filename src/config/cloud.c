/* cloud.id and cloud.auth: an Elasticsearch output in two settings. */
#include "config/general.h"
#include "config/tree.h"

enum { CLOUD_PORT = 443 };

/* Splits "name:port". */
static void
split_port(const char *word, const char *fallback, char **name, char **port)
{
  const char *colon = strrchr(word, ':');
  *name = colon != NULL ? g_strndup(word, (gsize)(colon - word)) : g_strdup(word);
  *port = g_strdup(colon != NULL ? colon + 1 : fallback);
}

static gboolean
is_name(const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum(*p) && strchr(".-_", *p) == NULL)
      return FALSE;
  return text[0] != '\0';
}

static gboolean
is_port(const char *text)
{
  gsize len = strlen(text);
  return len > 0 && len <= 5 && strspn(text, "0123456789") == len;
}

/* The Elasticsearch URL of a cloud id: [label:]base64("host[:port]$id[:port]$kibana…"), as Elastic's documentation and
 * libbeat's cloudid have it; the port is 443 unless said otherwise. (transfer full) (nullable) */
static char *
decode(const char *id)
{
  const char *colon = strrchr(id, ':');
  const char *encoded = colon != NULL ? colon + 1 : id;
  gsize len = 0;
  g_autofree guchar *bytes = strlen(encoded) % 4 == 0 && encoded[0] != '\0' ? g_base64_decode(encoded, &len) : NULL;
  if (bytes == NULL || len == 0 || memchr(bytes, '\0', len) != NULL)
    return NULL;
  g_autofree char *text = g_strndup((const char *)bytes, len), *usual = g_strdup_printf("%d", CLOUD_PORT);
  g_auto(GStrv) words = g_strsplit(text, "$", -1);
  if (g_strv_length(words) < 3)
    return NULL;
  g_autofree char *host = NULL, *host_port = NULL, *name = NULL, *port = NULL;
  split_port(words[0], usual, &host, &host_port);
  split_port(words[1], host_port, &name, &port);
  return is_name(host) && is_name(name) && is_port(port) ? g_strdup_printf("https://%s.%s:%s", name, host, port) : NULL;
}

/* Another output beside the one that cloud.id means is an error. */
static gboolean
check_outputs(LfConfigLoad *load, const LfNode *output, LfPlace place, GError **error)
{
  for (guint i = 0; output != NULL && output->type == LF_NODE_MAP && i < output->n; i++) {
    const LfNodeEntry *e = &output->entries[i];
    gboolean enabled = FALSE;
    if (lf_slice_is(e->key, "elasticsearch") || (e->node->type != LF_NODE_MAP && e->node->type != LF_NODE_NULL))
      continue;
    if (!lf_load_enabled(load, &load->scope, e->node, &enabled, error))
      return FALSE;
    if (enabled)
      return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                            "cloud.id means output.elasticsearch, and output.%.*s is enabled too; take one of them",
                            (int)e->key.len, e->key.p);
  }
  return TRUE;
}

/* A text that is expanded already: a dollar sign in it is no variable. */
static void
set_text(LfConfigLoad *load, const char *path, LfPlace place, const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, "$", -1);
  g_autofree char *escaped = g_strjoinv("$$", parts);
  lf_tree_set(load->arena, load->merged, path, place,
              lf_node_string(load->arena, place, lf_arena_dup(load->arena, lf_slice_str(escaped))));
}

gboolean
lf_load_cloud(LfConfigLoad *load, LfGeneral *general, GError **error)
{
  const char *id = general->cloud_id, *auth = general->cloud_auth;
  gboolean has_id = id != NULL && id[0] != '\0', has_auth = auth != NULL && auth[0] != '\0';
  const LfNode *node = lf_node_get_path(load->merged, has_id ? "cloud.id" : "cloud.auth");
  LfPlace place = node != NULL ? node->place : load->merged->place;
  if (!has_id)
    return !has_auth || lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "cloud.auth needs cloud.id beside it");
  g_autofree char *url = decode(id);
  if (url == NULL)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                          "cloud.id is not one: copy it anew from the deployment's page (name:base64)");
  const char *colon = has_auth ? strchr(auth, ':') : NULL;
  if (has_auth && colon == NULL)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "cloud.auth takes user:password");
  if (!check_outputs(load, general->output, place, error))
    return FALSE;
  LfNode *hosts = lf_node_new(load->arena, LF_NODE_LIST, place);
  lf_node_push(load->arena, hosts, lf_node_string(load->arena, place, lf_arena_dup(load->arena, lf_slice_str(url))));
  lf_tree_set(load->arena, load->merged, "output.elasticsearch.hosts", place, hosts);
  if (has_auth) {
    g_autofree char *user = g_strndup(auth, (gsize)(colon - auth));
    set_text(load, "output.elasticsearch.username", place, user);
    set_text(load, "output.elasticsearch.password", place, colon + 1);
  }
  general->output = lf_node_get(load->merged, "output");
  return TRUE;
}
