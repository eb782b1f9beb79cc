/* What has to be in a cluster before events go there: looked for, and loaded where it is missing. */
#include "output/es_setup.h"

#include "module/module_dir.h"
#include "value/json_write.h"

struct LfEsSetup {
  LfEsSetupOptions options;
  LfEsSetupSettings settings;
  const char *alias;
};

/* One run. */
typedef struct {
  LfEsSetup *setup;
  LfEsClient *client;
  LfArena *arena;
  LfEsServer server;
  LfEsTemplateNames names;
  gboolean overwrite;
  LfCheckFn say;
  void *data;
} Run;

LfEsSetup *
lf_es_setup_new(LfArena *arena, const LfEsSetupOptions *options, GError **error)
{
  LfEsSetup *s = lf_arena_alloc0(arena, sizeof *s);
  s->options = *options;
  return lf_es_setup_read(arena, options->config, options->notes, &s->settings, error) ? s : NULL;
}

guint
lf_es_setup_wanted(const LfEsSetup *s)
{
  gboolean index = s->settings.template.enabled || s->settings.ilm.is_enabled;
  return (index ? LF_ES_SETUP_INDEX : 0) | (s->options.config->ingest_remote ? LF_ES_SETUP_PIPELINES : 0);
}

gboolean
lf_es_setup_names_index(const LfEsSetup *s)
{
  return s->options.config->compat.major < 8 && s->settings.ilm.is_enabled;
}

const char *
lf_es_setup_alias(const LfEsSetup *s)
{
  return s->alias;
}

static void G_GNUC_PRINTF(4, 5) say(const Run *r, LfCheckState state, const char *name, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  r->say(state, name, text, NULL, r->data);
}

/* `folder` and a name, encoded. In the arena. */
static const char *
path_of(const Run *r, const char *folder, const char *name)
{
  g_autofree char *escaped = g_uri_escape_string(name, NULL, FALSE);
  return lf_arena_printf(r->arena, "%s/%s", folder, escaped).p;
}

static gboolean
refused(const char *what, const LfEsAnswer *answer, const char *instead, GError **error)
{
  g_autofree char *text = lf_es_status_text(answer->status, lf_buf_slice(&answer->body));
  if ((answer->status != 401 && answer->status != 403) || strstr(text, "cluster_block_exception") != NULL)
    instead = NULL;
  return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID, "%s: %s%s%s", what, text,
                        instead != NULL ? "; give the user the right to it, or set " : "",
                        instead != NULL ? instead : "");
}

/* Whether something is there: 200 or 404 is an answer, anything else an error. */
static gboolean
is_there(const Run *r, const char *path, const char *what, const char *instead, gboolean *there, GError **error)
{
  g_auto(LfEsAnswer) answer = {0};
  if (!lf_es_request(r->client, "GET", path, lf_slice(NULL, 0), &answer, error))
    return FALSE;
  *there = answer.status == 200;
  return answer.status == 200 || answer.status == 404 || refused(what, &answer, instead, error);
}

static gboolean
put(const Run *r, const char *path, LfSlice body, const char *what, const char *instead, GError **error)
{
  g_auto(LfEsAnswer) answer = {0};
  if (!lf_es_request(r->client, "PUT", path, body, &answer, error))
    return FALSE;
  return (answer.status >= 200 && answer.status < 300) || refused(what, &answer, instead, error);
}

/* Whether the policy is there; a server without X-Pack does not know the question. */
static gboolean
ask_policy(Run *r, const char *path, const char *what, gboolean *there, GError **error)
{
  g_auto(LfEsAnswer) answer = {0};
  if (!lf_es_request(r->client, "GET", path, lf_slice(NULL, 0), &answer, error))
    return FALSE;
  *there = answer.status == 200;
  r->server.without_ilm = lf_es_server_lacks_path(answer.status, lf_buf_slice(&answer.body));
  return answer.status == 200 || answer.status == 404 || r->server.without_ilm ||
         refused(what, &answer, "setup.ilm.check_exists: false, or setup.ilm.enabled: false", error);
}

static gboolean
load_policy(Run *r, gboolean *made, GError **error)
{
  const LfEsIlmSettings *ilm = &r->setup->settings.ilm;
  const char *path = path_of(r, "/_ilm/policy", r->names.policy);
  g_autofree char *what = g_strdup_printf("the lifecycle policy %s", r->names.policy);
  g_auto(LfBuf) body = {0};
  gboolean there;
  if (!ilm->check_exists) {
    say(r, LF_CHECK_SKIPPED, "policy", "%s is not looked for (setup.ilm.check_exists)", r->names.policy);
    return TRUE;
  }
  if (!ask_policy(r, path, what, &there, error))
    return FALSE;
  if (r->server.without_ilm)
    return TRUE;
  if (there && !ilm->overwrite) {
    say(r, LF_CHECK_OK, "policy", "%s is there", r->names.policy);
    return TRUE;
  }
  if (!lf_es_policy_make(r->arena, &r->setup->settings, r->setup->options.config, &r->server, &body, error) ||
      !put(r, path, lf_buf_slice(&body), what, "setup.ilm.enabled: false", error))
    return FALSE;
  *made = TRUE;
  say(r, LF_CHECK_OK, "policy", "%s loaded", r->names.policy);
  return TRUE;
}

/* The folders whose fields belong to the template: those of the filesets' modules, each once, with all its filesets. */
static const LfEsTemplateModule *
find_modules(LfArena *arena, const LfEsSetup *s, guint *n)
{
  const LfEsSetupOptions *o = &s->options;
  LfEsTemplateModule *out = lf_arena_alloc_n(arena, o->n_filesets + 1, sizeof *out);
  *n = 0;
  for (guint i = 0; i < o->n_filesets; i++) {
    const LfFileset *f = o->filesets[i];
    gboolean known = FALSE;
    for (guint k = 0; k < *n; k++)
      known = known || strcmp(out[k].dir, f->dir) == 0;
    if (known)
      continue;
    g_auto(GStrv) names = lf_module_filesets(&o->config->paths, f->module, NULL);
    guint count = names != NULL ? g_strv_length(names) : 0;
    const char **kept = lf_arena_alloc_n(arena, count + 1, sizeof *kept);
    for (guint k = 0; k < count; k++)
      kept[k] = lf_arena_dup(arena, lf_slice_str(names[k])).p;
    kept[count] = NULL;
    out[(*n)++] = (LfEsTemplateModule){f->dir, kept};
  }
  return out;
}

static gboolean
make_template(LfArena *arena, const LfEsSetup *s, const LfEsServer *server, const LfEsTemplateNames *names, LfBuf *out,
              GError **error)
{
  guint n;
  const LfEsTemplateModule *modules = find_modules(arena, s, &n);
  return lf_es_template_make(arena, &s->settings, s->options.config, server, names, modules, n, out, error);
}

/* Elasticsearch 7 without X-Pack has no data streams. */
static gboolean
put_template(const Run *r, const char *path, LfSlice body, const char *what, GError **error)
{
  g_autoptr(GError) why = NULL;
  if (put(r, path, body, what, "setup.template.enabled: false", &why))
    return TRUE;
  gboolean streams = r->names.data_stream && strstr(why->message, "unknown field [data_stream]") != NULL;
  g_propagate_error(error, g_steal_pointer(&why));
  if (streams)
    g_prefix_error(error, "%s %s has no data streams; take compat.filebeat: 7.17: ", r->server.name, r->server.number);
  return FALSE;
}

static gboolean
load_template(Run *r, gboolean overwrite, GError **error)
{
  static const struct {
    const char *folder;
    const char *what;
  } kinds[] = {[LF_ES_TEMPLATE_INDEX] = {"/_index_template", "index template"},
               [LF_ES_TEMPLATE_LEGACY] = {"/_template", "legacy index template"},
               [LF_ES_TEMPLATE_COMPONENT] = {"/_component_template", "component template"}};
  const char *path = path_of(r, kinds[r->names.type].folder, r->names.name), *instead = "setup.template.enabled: false";
  g_autofree char *what = g_strdup_printf("the %s %s", kinds[r->names.type].what, r->names.name);
  g_auto(LfBuf) body = {0};
  gboolean there;
  if (!is_there(r, path, what, instead, &there, error))
    return FALSE;
  if (there && !overwrite) {
    say(r, LF_CHECK_OK, "template", "%s is there", r->names.name);
    return TRUE;
  }
  if (!make_template(r->arena, r->setup, &r->server, &r->names, &body, error) ||
      !put_template(r, path, lf_buf_slice(&body), what, error))
    return FALSE;
  say(r, LF_CHECK_OK, "template", "%s loaded%s, for %s%s", r->names.name, there ? " again" : "",
      r->names.data_stream ? "the data stream " : "", r->names.pattern);
  return TRUE;
}

/* Two programs may do this at once: who comes second is told that the index is there. */
static gboolean
make_alias(Run *r, GError **error)
{
  const char *path = path_of(r, "/_alias", r->names.alias), *index = path_of(r, "", r->names.first_index);
  g_autofree char *what = g_strdup_printf("the write alias %s", r->names.alias);
  g_auto(LfBuf) body = {0};
  g_auto(LfEsAnswer) answer = {0};
  gboolean there;
  if (!is_there(r, path, what, "setup.ilm.enabled: false", &there, error))
    return FALSE;
  if (there) {
    say(r, LF_CHECK_OK, "alias", "%s is there", r->names.alias);
    return TRUE;
  }
  lf_buf_append_str(&body, "{\"aliases\":{");
  lf_json_write_string(&body, lf_slice_str(r->names.alias));
  lf_buf_append_str(&body, ":{\"is_write_index\":true}}}");
  if (!lf_es_request(r->client, "PUT", index, lf_buf_slice(&body), &answer, error))
    return FALSE;
  if (answer.status != 200) {
    if (!is_there(r, path, what, NULL, &there, error))
      return FALSE;
    if (!there)
      return refused(what, &answer, "setup.ilm.enabled: false", error);
  }
  say(r, LF_CHECK_OK, "alias", "%s made, with its first index %s", r->names.alias, r->names.first_index);
  return TRUE;
}

/* The policy, and the names that follow from whether there can be one. */
static gboolean
load_lifecycle(Run *r, gboolean *made, GError **error)
{
  const LfEsSetupSettings *s = &r->setup->settings;
  const LfConfig *config = r->setup->options.config;
  if (!lf_es_template_names(r->arena, s, config, &r->server, &r->names, error) ||
      (r->names.policy != NULL && !load_policy(r, made, error)))
    return FALSE;
  if (r->server.without_ilm && !lf_es_template_names(r->arena, s, config, &r->server, &r->names, error))
    return FALSE;
  if (s->ilm.is_enabled && r->names.policy == NULL)
    say(r, LF_CHECK_OK, "policy", "none: %s%s has no index lifecycle management", r->server.name,
        r->server.serverless    ? " Serverless"
        : r->server.without_ilm ? " without X-Pack"
                                : "");
  return TRUE;
}

static gboolean
load_index(Run *r, GError **error)
{
  const LfEsSetupSettings *s = &r->setup->settings;
  gboolean made = FALSE;
  if (!load_lifecycle(r, &made, error))
    return FALSE;
  if (s->template.enabled && !load_template(r, s->template.overwrite || r->overwrite || made, error))
    return FALSE;
  if (r->names.alias != NULL && !make_alias(r, error))
    return FALSE;
  r->setup->alias = g_intern_string(r->names.alias);
  return TRUE;
}

static gboolean
load_pipeline(const Run *r, const LfFilesetPipeline *p, gboolean overwrite, GError **error)
{
  const char *path = path_of(r, "/_ingest/pipeline", p->id);
  g_autofree char *what = g_strdup_printf("the ingest pipeline %s", p->id);
  g_auto(LfBuf) body = {0};
  gboolean there;
  if (!is_there(r, path, what, NULL, &there, error))
    return FALSE;
  if (there && !overwrite) {
    say(r, LF_CHECK_OK, "pipeline", "%s is there", p->id);
    return TRUE;
  }
  LfValue value = lf_node_to_value(r->arena, p->node);
  lf_json_write(&body, &value);
  if (!put(r, path, lf_buf_slice(&body), what, NULL, error))
    return FALSE;
  say(r, LF_CHECK_OK, "pipeline", "%s loaded%s", p->id, there ? " again" : "");
  return TRUE;
}

static gboolean
load_pipelines(const Run *r, GError **error)
{
  const LfEsSetupOptions *o = &r->setup->options;
  gboolean overwrite = r->overwrite || o->config->overwrite_pipelines;
  guint n = 0;
  for (guint i = 0; i < o->n_filesets; i++) {
    const LfFileset *f = o->filesets[i];
    for (guint k = 0; k < f->n_pipelines; k++) {
      gboolean known = FALSE;
      for (guint before = 0; before < i; before++)
        for (guint b = 0; b < o->filesets[before]->n_pipelines; b++)
          known = known || strcmp(o->filesets[before]->pipelines[b].id, f->pipelines[k].id) == 0;
      if (known)
        continue;
      n++;
      if (!load_pipeline(r, &f->pipelines[k], overwrite, error))
        return FALSE;
    }
  }
  if (n == 0)
    say(r, LF_CHECK_SKIPPED, "pipelines", "no fileset is enabled that has one");
  return TRUE;
}

gboolean
lf_es_setup_run(LfEsSetup *s, LfEsClient *client, guint parts, gboolean overwrite, LfCheckFn say_fn, void *data,
                GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  Run r = {.setup = s, .client = client, .arena = arena, .overwrite = overwrite, .say = say_fn, .data = data};
  if (!lf_es_server_ask(client, s->options.service, &r.server, error))
    return FALSE;
  say(&r, LF_CHECK_OK, "server", "%s %s%s%s", r.server.name, r.server.serverless ? "Serverless" : r.server.number,
      r.server.cluster[0] != '\0' ? ", cluster " : "", r.server.cluster);
  return (!(parts & LF_ES_SETUP_INDEX) || load_index(&r, error)) &&
         (!(parts & LF_ES_SETUP_PIPELINES) || load_pipelines(&r, error));
}

gboolean
lf_es_setup_template(LfEsSetup *s, LfBuf *out, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  const LfConfig *config = s->options.config;
  LfEsServer server;
  LfEsTemplateNames names;
  lf_es_server_assume((guint)config->compat.major, (guint)config->compat.minor, &server);
  return lf_es_template_names(arena, &s->settings, config, &server, &names, error) &&
         make_template(arena, s, &server, &names, out, error);
}
