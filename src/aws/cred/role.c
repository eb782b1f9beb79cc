/* Asks STS for a role's credentials; the provider that wraps another with a role. */
#include "aws/cred/role.h"

#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "aws/words.h"
#include "base/fs.h"

enum { TRIES = 3, TIMEOUT_MS = 10 * 1000, TOKEN_MAX = 20000, SKEW_MIN_MS = 2000 };

#define FORM_TYPE "application/x-www-form-urlencoded; charset=utf-8"

/* One question to STS. `skew_ms` is what its answers showed of this machine's clock. */
typedef struct {
  const LfCredSts *sts;
  const LfCredentials *signer;
  const char *action;
  const char *role_arn;
  const char *what;
  LfSlice body;
  gint64 skew_ms;
} Question;

/* The request's header lines, NULL-terminated, in the arena. */
static const char *const *
header_lines(const Question *q, LfArena *arena)
{
  const char *host = strstr(q->sts->url, "://");
  LfSigv4Header headers[] = {{LF_SLICE_LIT("Host"), lf_slice_str(host != NULL ? host + 3 : q->sts->url)},
                             {LF_SLICE_LIT("Content-Type"), LF_SLICE_LIT(FORM_TYPE)}};
  LfSigv4Signed signature = {0};
  if (q->signer != NULL) {
    LfSigv4Request request = {.method = LF_SLICE_LIT("POST"),
                              .path = LF_SLICE_LIT("/"),
                              .headers = headers,
                              .n_headers = G_N_ELEMENTS(headers),
                              .body = q->body};
    LfSigv4Keys keys = {lf_slice_str(q->signer->access_key_id), lf_slice_str(q->signer->secret_access_key),
                        lf_slice_str(q->signer->session_token)};
    LfSigv4Options options =
        lf_sigv4_options(lf_slice_str(q->sts->region), LF_SLICE_LIT("sts"), lf_cred_now_ms(q->sts->env) + q->skew_ms);
    lf_sigv4_sign_headers(arena, &request, &keys, &options, NULL, &signature);
  }
  const char **lines = lf_arena_alloc_n(arena, G_N_ELEMENTS(headers) + signature.n_add + 1, sizeof *lines);
  gsize n = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(headers) + signature.n_add; i++) {
    const LfSigv4Header *h = i < G_N_ELEMENTS(headers) ? &headers[i] : &signature.add[i - G_N_ELEMENTS(headers)];
    lines[n++] = lf_arena_printf(arena, "%.*s: %.*s", (int)h->name.len, h->name.p, (int)h->value.len, h->value.p).p;
  }
  lines[n] = NULL;
  return lines;
}

static gboolean
ask(const Question *q, LfFetchAnswer *answer, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autofree char *url = g_strconcat(q->sts->url, "/", NULL);
  g_autoptr(GError) local = NULL;
  LfHttpRequest request = {.method = "POST",
                           .url = url,
                           .headers = header_lines(q, arena),
                           .body = q->body,
                           .timeout_ms = TIMEOUT_MS,
                           .max_bytes = LF_STS_ANSWER_MAX,
                           .proxy = q->sts->proxy,
                           .tls = q->sts->tls};
  if (lf_cred_fetch(q->sts->env, &request, TRIES, answer, &local))
    return TRUE;
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: %s at %s is not answered: %s", q->what, q->action,
              q->sts->url, local->message);
  return FALSE;
}

/* Errors that a wrong clock makes, as STS words them. */
static gboolean
is_skewed(const char *code, const char *message)
{
  return strcmp(code, "RequestExpired") == 0 || strcmp(code, "RequestTimeTooSkewed") == 0 ||
         strstr(message, "Signature expired") != NULL || strstr(message, "not yet current") != NULL;
}

static void
set_failure(const Question *q, const LfFetchAnswer *answer, const char *code, const char *message, GError **error)
{
  g_autofree char *id =
      answer->request_id != NULL ? g_strdup_printf(LF_AWS_REQUEST_ID "%s)", answer->request_id) : NULL;
  g_autofree char *hint = NULL;
  if (strcmp(code, "AccessDenied") == 0)
    hint =
        g_strdup_printf("; it takes a policy of the caller that allows sts:%s on %s, and the role's trust policy has "
                        "to name the caller (and its external_id, if it asks for one)",
                        q->action, q->role_arn);
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: %s at %s: %s%s%s%s%s", q->what, q->action,
              q->sts->url, code, code[0] != '\0' ? ": " : "", message, id != NULL ? id : "", hint != NULL ? hint : "");
}

LfCredentials *
lf_cred_role_get(const LfCredSts *sts, const LfStsRole *role, const LfCredentials *signer, const char *what,
                 GError **error)
{
  g_auto(LfBuf) body = {0};
  Question q = {.sts = sts,
                .signer = role->web_identity_token != NULL ? NULL : signer,
                .action = role->web_identity_token != NULL ? "AssumeRoleWithWebIdentity" : "AssumeRole",
                .role_arn = role->role_arn,
                .what = what};
  lf_sts_role_request(role, &body);
  q.body = lf_buf_slice(&body);
  LfCredentials *found = NULL;
  for (int round = 0; round < 2; round++) {
    g_auto(LfFetchAnswer) answer = {0};
    g_autofree char *code = NULL, *message = NULL;
    if (!ask(&q, &answer, error))
      break;
    if (answer.status == 200) {
      found = lf_sts_role_answer(lf_buf_slice(&answer.body), what, error);
      if (found == NULL)
        g_prefix_error(error, "%s: %s at %s: ", what, q.action, sts->url);
      break;
    }
    lf_sts_failure(answer.status, lf_buf_slice(&answer.body), &code, &message);
    gint64 skew_ms = answer.date_ms >= 0 ? answer.date_ms - lf_cred_now_ms(sts->env) : 0;
    if (round > 0 || !is_skewed(code, message) || ABS(skew_ms) < SKEW_MIN_MS) {
      set_failure(&q, &answer, code, message, error);
      break;
    }
    q.skew_ms = skew_ms;
  }
  if (body.p != NULL && role->web_identity_token != NULL)
    explicit_bzero(body.p, body.cap);
  return found;
}

char *
lf_cred_role_region(const LfCredOptions *options)
{
  const char *said = lf_cred_nonempty(options->region);
  return said != NULL ? g_strdup(said) : lf_aws_region(options, FALSE, "us-east-1");
}

char *
lf_cred_role_url(const LfCredOptions *options, const char *region, GError **error)
{
  g_auto(LfAwsEndpoint) endpoint = {0};
  return lf_aws_endpoint_find("sts", region, options, &endpoint, error) ? g_steal_pointer(&endpoint.url) : NULL;
}

char *
lf_cred_token_file(const char *path, GError **error)
{
  gsize len;
  g_autoptr(GError) local = NULL;
  char *text = lf_fs_read(path, TOKEN_MAX, &len, &local);
  if (text == NULL) {
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "the token file cannot be read: %s", local->message);
    return NULL;
  }
  g_strstrip(text);
  gsize kept = strlen(text);
  gboolean plain = kept > 0;
  for (gsize i = 0; i < kept; i++)
    plain = plain && (guint8)text[i] > 0x20 && (guint8)text[i] < 0x7f;
  if (plain)
    return text;
  lf_cred_wipe(text);
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "the token file %s %s", path,
              kept == 0 ? "is empty" : "holds no token: it has more than one word, or bytes that are not ASCII");
  return NULL;
}

/* The configuration's role around another provider */

typedef struct {
  LfCredProvider head;
  LfCredOptions *options;
  LfCredProvider *source;
} RoleProvider;

static LfCredResult
role_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  RoleProvider *self = (RoleProvider *)provider;
  const LfCredOptions *options = self->options;
  g_autoptr(LfCredentials) signer = NULL;
  LfCredentials *found = NULL;
  LfCredResult result = self->source->klass->get(self->source, &found, looked_at, error);
  if (result != LF_CRED_FOUND)
    return result;
  signer = found;
  g_autofree char *region = lf_cred_role_region(options);
  g_autofree char *url = lf_cred_role_url(options, region, error);
  if (url == NULL)
    return LF_CRED_FAILED;
  g_autofree char *place = lf_place_format(options->place);
  g_autofree char *what = g_strdup_printf("%srole_arn %s assumed with %s", place, options->role_arn, signer->source);
  LfCredSts sts = {url, region, options->proxy, &options->env, options->tls};
  LfStsRole role = {.role_arn = options->role_arn,
                    .session_name = LF_CRED_ROLE_SESSION_NAME,
                    .external_id = options->external_id,
                    .duration_s =
                        options->role_duration_ms > 0 ? options->role_duration_ms / 1000 : LF_CRED_ROLE_DURATION_S};
  *out = lf_cred_role_get(&sts, &role, signer, what, error);
  return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
}

static void
role_free(LfCredProvider *provider)
{
  RoleProvider *self = (RoleProvider *)provider;
  lf_cred_provider_free(self->source);
  lf_cred_options_free(self->options);
  g_free(self);
}

static const LfCredProviderClass role_class = {
    .name = "the configuration's role",
    .get = role_get,
    .free = role_free,
};

LfCredProvider *
lf_cred_role_provider(const LfCredOptions *options, LfCredProvider *source)
{
  RoleProvider *self = g_new0(RoleProvider, 1);
  self->head.klass = &role_class;
  self->options = lf_cred_options_copy(options);
  self->source = source;
  return &self->head;
}
