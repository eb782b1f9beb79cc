/* The aws-cloudwatch inputs of the process: their groups, found by name, ARN or prefix. */
#include "input/cwl.h"

#include "aws/advice.h"
#include "aws/cred/profile_settings.h"
#include "aws/endpoint.h"
#include "aws/logs.h"
#include "base/log.h"
#include "input/cwl_internal.h"

enum {
  LIST_RETRY_BASE_MS = 1000,
  LIST_RETRY_CAP_MS = 60 * 1000,
  PUBLISH_MS = 500,
  FORGET_EACH = 65536, /* emitted ids: then those that the state has are looked for */
  SPARE_FIRST = 100,   /* calls that may be spent on looking back before any other was made */
};

static void
input_free(gpointer data)
{
  LfCwlInput *input = data;
  lf_cwl_event_say_hidden(&input->malformed, input->source->input_id, G_MAXINT64);
  lf_aws_session_free(input->session);
  lf_tls_unref(input->tls);
  lf_buf_clear(&input->list_token);
  g_free(input->region);
  g_free(input->url);
  lf_cwl_tls_clear(&input->ssl);
  g_free(input->failure);
  g_hash_table_unref(input->makers);
  g_hash_table_unref(input->by_arn);
  g_hash_table_unref(input->refused);
  g_free(input->caller_account);
  g_free(input);
}

static void
group_free(gpointer data)
{
  lf_cwl_group_free(data);
}

LfCwl *
lf_cwl_new(const LfCwlOptions *options)
{
  LfCwl *cwl = g_new0(LfCwl, 1);
  cwl->options = *options;
  cwl->arena = lf_arena_new();
  cwl->inputs = g_ptr_array_new_with_free_func(input_free);
  cwl->groups = g_ptr_array_new_with_free_func(group_free);
  cwl->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  cwl->by_row = g_hash_table_new(g_int64_hash, g_int64_equal);
  cwl->hash_key = lf_state_hash_key(options->state);
  cwl->spare = SPARE_FIRST;
  g_queue_init(&cwl->line);
  g_queue_init(&cwl->in_flight);
  g_queue_init(&cwl->large_line);
  g_queue_init(&cwl->large_taken);
  pthread_mutex_init(&cwl->lock, NULL);
  return cwl;
}

void
lf_cwl_free(LfCwl *cwl)
{
  if (cwl == NULL)
    return;
  g_hash_table_unref(cwl->by_key);
  g_hash_table_unref(cwl->by_row);
  g_ptr_array_unref(cwl->groups);
  g_ptr_array_unref(cwl->inputs);
  g_clear_pointer(&cwl->published, g_array_unref);
  lf_arena_free(cwl->arena);
  pthread_mutex_destroy(&cwl->lock);
  g_free(cwl);
}

static gboolean
add_arns(LfCwlInput *input, GError **error)
{
  for (guint i = 0; i < input->settings->n_arns; i++) {
    const LfCwlArn *a = &input->settings->arns[i];
    if (lf_cwl_group_new(input, a->arn, a->name, a->arn, a->account, a->region, error) == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
find_ssl(const LfCwlSettings *s, LfPlace place, const LfCredEnv *env, LfCwlTls *out)
{
  *out = (LfCwlTls){.ssl = s->ssl, .place = place};
  if (s->ssl.enabled && s->ssl.certificate_authorities.n > 0)
    return;
  LfCredOptions cred = lf_cwl_cred_options(s, place, NULL, env);
  out->bundle = g_strdup(lf_cred_getenv(env, "AWS_CA_BUNDLE"));
  if (out->bundle == NULL && !lf_cred_profile_value(&cred, "ca_bundle", &out->bundle, NULL))
    out->bundle = NULL;
  if (out->bundle == NULL)
    return;
  out->bundles[0] = out->bundle;
  out->ssl.enabled = TRUE;
  out->ssl.certificate_authorities = (LfStrings){out->bundles, &out->place, 1};
}

LfTls *
lf_cwl_tls_new(const LfCwlSettings *s, LfPlace place, const LfCredEnv *env, LfCwlTls *out, GError **error)
{
  find_ssl(s, place, env, out);
  return lf_tls_new(&out->ssl, error);
}

void
lf_cwl_tls_clear(LfCwlTls *tls)
{
  g_clear_pointer(&tls->bundle, g_free);
}

/* Inputs with the same settings share one, and with it connections and credentials. */
static gboolean
take_tls(LfCwlInput *input, GError **error)
{
  const GPtrArray *others = input->cwl->inputs;
  find_ssl(input->settings, input->place, &input->cwl->options.env, &input->ssl);
  for (guint i = 0; i < others->len && input->tls == NULL; i++) {
    const LfCwlInput *other = g_ptr_array_index(others, i);
    if (other != input && lf_ssl_equal(&other->ssl.ssl, &input->ssl.ssl))
      input->tls = lf_tls_ref(other->tls);
  }
  if (input->tls == NULL)
    input->tls = lf_tls_new(&input->ssl.ssl, error);
  return input->tls != NULL;
}

LfCredOptions
lf_cwl_cred_options(const LfCwlSettings *s, LfPlace place, const LfTls *tls, const LfCredEnv *env)
{
  return (LfCredOptions){.access_key_id = s->access_key_id,
                         .secret_access_key = s->secret_access_key,
                         .session_token = s->session_token,
                         .credential_profile_name = s->credential_profile_name,
                         .shared_credential_file = s->shared_credential_file,
                         .role_arn = s->role_arn,
                         .external_id = s->external_id,
                         .role_duration_ms = s->role_duration_ms,
                         .role_expiry_window_ms = s->role_expiry_window_ms,
                         .region = s->n_arns > 0 ? s->arns[0].region : s->region_name,
                         .endpoint = s->endpoint,
                         .proxy = s->proxy_url,
                         .tls = tls,
                         .fips_enabled = s->fips_enabled,
                         .place = place,
                         .env = *env};
}

gboolean
lf_cwl_add(LfCwl *cwl, const LfCwlSettings *s, const LfSource *source, LfPlace place, GError **error)
{
  LfCwlInput *input = g_new0(LfCwlInput, 1);
  input->cwl = cwl;
  input->settings = s;
  input->source = source;
  input->place = place;
  g_queue_init(&input->idle);
  input->makers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  input->by_arn = g_hash_table_new(g_str_hash, g_str_equal);
  input->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  input->retry = (LfRetry){LIST_RETRY_BASE_MS, LIST_RETRY_CAP_MS, 0};
  g_ptr_array_add(cwl->inputs, input);
  if (!take_tls(input, error))
    return FALSE;
  input->cred = lf_cwl_cred_options(s, place, input->tls, &cwl->options.env);
  input->session = lf_aws_session_new(cwl->options.aws, &input->cred, s->proxy_url);
  const char *overruled = lf_aws_endpoint_overruled(&input->cred);
  if (overruled != NULL) {
    g_autofree char *where = lf_place_format(place);
    lf_log_warning("input", "%sthe option endpoint is set, so that %s has no effect", where, overruled);
  }
  if (s->n_arns > 0)
    return add_arns(input, error);
  g_auto(LfAwsEndpoint) endpoint = {0};
  input->region = g_strdup(s->region_name);
  if (!lf_aws_endpoint_find("logs", input->region, &input->cred, &endpoint, error))
    return FALSE;
  input->url = g_steal_pointer(&endpoint.url);
  if (s->log_group_name != NULL)
    return lf_cwl_group_new(input, s->log_group_name, s->log_group_name, NULL, "-", input->region, error) != NULL;
  return TRUE;
}

gint64
lf_cwl_now_ms(const LfCwl *cwl)
{
  return lf_aws_now_ms(cwl->options.aws);
}

void
lf_cwl_count_calls(LfCwl *cwl)
{
  LfAwsCounts aws = lf_aws_counts(cwl->options.aws);
  pthread_mutex_lock(&cwl->lock);
  cwl->counts.sum.calls = aws.calls;
  cwl->counts.sum.bytes = aws.bytes;
  cwl->counts.retries = aws.retries;
  pthread_mutex_unlock(&cwl->lock);
}

LfAwsRequest
lf_cwl_request(const LfCwlInput *input, const char *region, const char *url, const char *action, LfSlice body)
{
  return (LfAwsRequest){.service = "logs",
                        .region = region,
                        .url = url,
                        .target = action,
                        .limit = strchr(action, '.') + 1,
                        .body = body,
                        .timeout_ms = input->settings->api_timeout_ms,
                        .max_bytes = LF_LOGS_ANSWER_MAX};
}

/* Groups that wait must not keep the ids of what the state has by now. */
static void
forget_acknowledged(LfCwl *cwl)
{
  const LfCwlSink *sink = &cwl->options.sink;
  LfLaneCounts lane;
  cwl->ids_emitted = 0;
  for (guint i = 0; i < cwl->groups->len; i++) {
    LfCwlGroup *g = g_ptr_array_index(cwl->groups, i);
    if (g->lane == NULL || g_queue_is_empty(&g->ids.pending))
      continue;
    sink->counts(sink->data, g->lane, &lane);
    lf_cwl_ids_acknowledged(&g->ids, lane.acknowledged);
  }
}

void
lf_cwl_poke(LfCwl *cwl)
{
  gint64 now = lf_clock_monotonic_ms(lf_clock_system());
  gboolean publish = now - cwl->published_ms >= PUBLISH_MS;
  lf_cwl_turn_look(cwl);
  if (publish || cwl->ids_emitted >= FORGET_EACH)
    forget_acknowledged(cwl);
  if (!publish)
    return;
  cwl->published_ms = now;
  lf_cwl_publish(cwl);
}

void
lf_cwl_start(LfCwl *cwl)
{
  for (guint i = 0; i < cwl->inputs->len; i++) {
    LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (input->settings->log_group_name_prefix != NULL)
      lf_cwl_list(input);
    else
      input->listed = TRUE;
  }
  for (guint i = 0; i < cwl->groups->len; i++)
    lf_cwl_group_start(g_ptr_array_index(cwl->groups, i));
}

void
lf_cwl_stop(LfCwl *cwl)
{
  cwl->stopping = TRUE;
  lf_cwl_count_calls(cwl);
  for (guint i = 0; i < cwl->inputs->len; i++) {
    LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    lf_aws_cancel(input->listing);
    input->listing = NULL;
    lf_http_cancel(cwl->options.http, input->timer);
  }
  for (guint i = 0; i < cwl->groups->len; i++)
    lf_cwl_group_stop(g_ptr_array_index(cwl->groups, i));
  lf_cwl_publish(cwl);
}

gboolean
lf_cwl_finished(LfCwl *cwl)
{
  if (!cwl->options.once && cwl->inputs->len == 0)
    return FALSE;
  for (guint i = 0; i < cwl->inputs->len; i++) {
    const LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (!input->listed && !input->failed)
      return FALSE;
    if (!cwl->options.once && input->settings->end_time_ms == LF_OPTION_UNSET)
      return FALSE;
  }
  LfCwlCounts counts = lf_cwl_counts(cwl);
  return counts.groups_done == counts.groups;
}

GPtrArray *
lf_cwl_complaints(LfCwl *cwl)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < cwl->inputs->len; i++) {
    const LfCwlInput *input = g_ptr_array_index(cwl->inputs, i);
    if (input->listed && input->settings->log_group_name_prefix != NULL && !input->found)
      g_ptr_array_add(lines, g_strdup_printf("log groups %s*: there are none", input->settings->log_group_name_prefix));
    if (!input->listed)
      g_ptr_array_add(lines, g_strdup_printf("log groups %s*: %s", input->settings->log_group_name_prefix,
                                             input->failure != NULL ? input->failure : "not listed yet"));
  }
  for (guint i = 0; i < cwl->groups->len; i++) {
    const LfCwlGroup *g = g_ptr_array_index(cwl->groups, i);
    gboolean named = g->input->settings->log_group_name_prefix == NULL;
    if (g->stage != LF_CWL_DONE && (named || g->stage != LF_CWL_SKIPPED)) /* a prefix may meet what cannot be read */
      g_ptr_array_add(lines, g_strdup_printf("log group %s: %s", g->shown,
                                             g->complaint != NULL ? g->complaint
                                             : !g->open ? "its account is not known: GetCallerIdentity was not answered"
                                                        : "not read to the end"));
  }
  return lines;
}
