/* What kind of server answers. */
#include "output/es_server.h"

#include "value/json_read.h"

#include <stdio.h>

static LfSlice
text_at(LfArena *arena, LfValue *object, const char *key)
{
  LfValue *v = lf_object_get_str(object, key);
  return lf_value_is(v, LF_TYPE_STRING) ? lf_value_text(arena, v) : lf_slice(NULL, 0);
}

static void
copy(char *to, gsize size, LfSlice text)
{
  g_autofree char *clean = lf_es_clean_text(text);
  g_strlcpy(to, clean, size);
}

/* OpenSearch can pretend to be Elasticsearch 7.10.2, for clients that ask for it. */
static void
set_version(LfEsServer *out)
{
  if (sscanf(out->number, "%4u.%4u", &out->major, &out->minor) < 2)
    out->major = out->minor = 0;
  if (out->opensearch && out->major >= 7) {
    out->major = 1;
    out->minor = 0;
  }
}

gboolean
lf_es_server_read(LfSlice body, LfEsServer *out, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue root;
  *out = (LfEsServer){.name = "Elasticsearch"};
  LfValue *version = lf_json_read_copy(arena, body, &root, NULL) ? lf_object_get_str(&root, "version") : NULL;
  LfSlice number = version != NULL ? text_at(arena, version, "number") : lf_slice(NULL, 0);
  if (number.len == 0)
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID,
                          "its answer to GET / names no version: it is neither Elasticsearch nor OpenSearch");
  LfSlice flavor = text_at(arena, version, "build_flavor"), tagline = text_at(arena, &root, "tagline");
  copy(out->number, sizeof out->number, number);
  copy(out->cluster, sizeof out->cluster, text_at(arena, &root, "cluster_name"));
  out->opensearch = lf_slice_is(text_at(arena, version, "distribution"), "opensearch") ||
                    lf_slice_has_prefix(tagline, "The OpenSearch Project");
  out->serverless = lf_slice_is(flavor, "serverless");
  out->oss = lf_slice_is(flavor, "oss");
  if (out->opensearch)
    g_strlcpy(out->name, "OpenSearch", sizeof out->name);
  set_version(out);
  return TRUE;
}

gboolean
lf_es_server_ask(LfEsClient *client, LfEsAwsService service, LfEsServer *out, GError **error)
{
  g_auto(LfEsAnswer) answer = {0};
  if (service == LF_ES_AWS_AOSS) {
    *out = (LfEsServer){.name = "OpenSearch", .opensearch = TRUE, .serverless = TRUE};
    return TRUE;
  }
  if (!lf_es_request(client, "GET", "/", lf_slice(NULL, 0), &answer, error))
    return FALSE;
  if (answer.status != 200) {
    g_autofree char *text = lf_es_status_text(answer.status, lf_buf_slice(&answer.body));
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID, "GET / is answered with %s", text);
  }
  return lf_es_server_read(lf_buf_slice(&answer.body), out, error);
}

void
lf_es_server_assume(guint major, guint minor, LfEsServer *out)
{
  *out = (LfEsServer){.name = "Elasticsearch", .major = major, .minor = minor};
  g_snprintf(out->number, sizeof out->number, "%u.%u", major, minor);
}

LfFieldServer
lf_es_server_fields(const LfEsServer *s)
{
  if (s->oss) /* OpenSearch 1.0 was made of it */
    return (LfFieldServer){.opensearch = TRUE, .version = 100};
  if (s->serverless)
    return (LfFieldServer){.opensearch = s->opensearch};
  return (LfFieldServer){.opensearch = s->opensearch, .version = s->major * 100 + MIN(s->minor, 99)};
}

gboolean
lf_es_server_has_ilm(const LfEsServer *s)
{
  return !s->opensearch && !s->serverless && !s->oss && !s->without_ilm && s->major >= 7;
}

gboolean
lf_es_server_lacks_path(guint status, LfSlice body)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  LfValue root;
  if ((status != 400 && status != 404 && status != 405) || !lf_json_read_copy(arena, body, &root, NULL))
    return FALSE;
  LfSlice text = text_at(arena, &root, "error");
  LfValue *error = lf_object_get_str(&root, "error");
  LfSlice type = lf_value_is(error, LF_TYPE_OBJECT) ? text_at(arena, error, "type") : lf_slice(NULL, 0);
  return lf_slice_has_prefix(text, "no handler found") || lf_slice_has_prefix(text, "Incorrect HTTP method") ||
         lf_slice_is(type, "index_not_found_exception") || lf_slice_is(type, "invalid_index_name_exception");
}
