/* Credentials of an EC2 instance's role, from its metadata service, version 2 (EC2 User Guide, "Use IMDSv2"). */
#include "aws/cred/imds.h"

#include "aws/cred/document.h"

#define IPV4_ENDPOINT "http://169.254.169.254"
#define IPV6_ENDPOINT "http://[fd00:ec2::254]"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"
#define REGION_PATH "/latest/meta-data/placement/region"

enum { TRIES = 2, TIMEOUT_MS = 1000, ANSWER_MAX = 64 * 1024, TOKEN_TTL_S = 21600, REGION_MAX = 64 };

typedef struct {
  LfCredProvider head;
  LfCredEnv env;
} ImdsProvider;

/* A visit to the service. */
typedef struct {
  const LfCredEnv *env;
  char *endpoint;
  char *token_line; /* the header that carries the token */
} Visit;

static void
visit_clear(Visit *visit)
{
  g_free(visit->endpoint);
  lf_cred_wipe(visit->token_line);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Visit, visit_clear)

static LfCredProvider *
imds_make(const LfCredOptions *options)
{
  ImdsProvider *self = g_new0(ImdsProvider, 1);
  self->head.klass = &lf_cred_imds_class;
  self->env = options->env;
  return &self->head;
}

static char *
endpoint_of(const LfCredEnv *env)
{
  const char *said = lf_cred_getenv(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const char *mode = lf_cred_getenv(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  if (said == NULL)
    return g_strdup(mode != NULL && g_ascii_strcasecmp(mode, "ipv6") == 0 ? IPV6_ENDPOINT : IPV4_ENDPOINT);
  gsize n = strlen(said);
  while (n > 0 && said[n - 1] == '/')
    n--;
  return g_strndup(said, n);
}

static gboolean
ask(const Visit *visit, const char *method, const char *path, const char *line, LfFetchAnswer *answer, GError **error)
{
  g_autofree char *url = g_strconcat(visit->endpoint, path, NULL);
  const char *const lines[] = {line, NULL};
  LfHttpRequest request = {
      .method = method, .url = url, .headers = lines, .timeout_ms = TIMEOUT_MS, .max_bytes = ANSWER_MAX, .proxy = ""};
  return lf_cred_fetch(visit->env, &request, TRIES, answer, error);
}

static LfCredResult
fail(const Visit *visit, GError **error, const char *what, guint status)
{
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "EC2 instance metadata at %s: %s (status %u)",
              visit->endpoint, what, status);
  return LF_CRED_FAILED;
}

/* Gets the session's token. Without any answer this is no instance, or one whose answers do not reach a container. */
static LfCredResult
get_token(Visit *visit, char **looked_at, GError **error)
{
  g_autofree char *ttl = g_strdup_printf("X-aws-ec2-metadata-token-ttl-seconds: %d", TOKEN_TTL_S);
  g_auto(LfFetchAnswer) answer = {0};
  g_autoptr(GError) local = NULL;
  if (!ask(visit, "PUT", "/latest/api/token", ttl, &answer, &local)) {
    *looked_at = g_strdup_printf("EC2 instance metadata at %s: the request for a token is not answered (%s). On an EC2 "
                                 "instance the cause is probably a hop limit of 1, which stops the answer on its way "
                                 "into a container: aws ec2 modify-instance-metadata-options "
                                 "--http-put-response-hop-limit 2 --instance-id ID",
                                 visit->endpoint, local->message);
    return LF_CRED_NONE;
  }
  if (answer.status == 403 || answer.status == 404) {
    *looked_at =
        g_strdup_printf("EC2 instance metadata at %s: refuses to give a token (status %u): the instance has it "
                        "switched off, or a firewall stands in between",
                        visit->endpoint, answer.status);
    return LF_CRED_NONE;
  }
  if (answer.status != 200)
    return fail(visit, error, "the request for a token failed", answer.status);
  LfSlice token = lf_buf_slice(&answer.body);
  gboolean plain = token.len > 0 && token.len <= 4096;
  for (gsize i = 0; i < token.len; i++)
    plain = plain && (guint8)token.p[i] > 0x20 && (guint8)token.p[i] < 0x7f;
  if (!plain)
    return fail(visit, error, "the answer to the request for a token is no token", answer.status);
  visit->token_line = g_strdup_printf("X-aws-ec2-metadata-token: %.*s", (int)token.len, token.p);
  return LF_CRED_FOUND;
}

/* The name of the instance's role. */
static LfCredResult
get_role(const Visit *visit, char **role, char **looked_at, GError **error)
{
  g_auto(LfFetchAnswer) answer = {0};
  g_autoptr(GError) local = NULL;
  if (!ask(visit, "GET", ROLES_PATH, visit->token_line, &answer, &local)) {
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
                "EC2 instance metadata at %s: the name of the instance's role is not answered: %s", visit->endpoint,
                local->message);
    return LF_CRED_FAILED;
  }
  if (answer.status == 404) {
    *looked_at = g_strdup_printf("EC2 instance metadata at %s: the instance has no role; attach an instance profile",
                                 visit->endpoint);
    return LF_CRED_NONE;
  }
  if (answer.status != 200)
    return fail(visit, error, "the name of the instance's role cannot be had", answer.status);
  LfSlice body = lf_buf_slice(&answer.body);
  const char *end = body.len > 0 ? memchr(body.p, '\n', body.len) : NULL;
  LfSlice name = lf_slice(body.p, end != NULL ? (gsize)(end - body.p) : body.len);
  gboolean good = name.len >= 1 && name.len <= 128; /* IAM's form of a role's name */
  for (gsize i = 0; i < name.len; i++)
    good = good && (g_ascii_isalnum(name.p[i]) || strchr("_+=,.@-", name.p[i]) != NULL);
  if (!good)
    return fail(visit, error, "the name of the instance's role is none", answer.status);
  *role = lf_slice_dup(name);
  return LF_CRED_FOUND;
}

static LfCredResult
get_keys(const Visit *visit, const char *role, LfCredentials **out, GError **error)
{
  g_auto(LfFetchAnswer) answer = {0};
  g_autofree char *path = g_strconcat(ROLES_PATH, role, NULL);
  g_autofree char *source = g_strdup_printf("EC2 instance metadata at %s: role %s", visit->endpoint, role);
  g_autoptr(GError) local = NULL;
  if (!ask(visit, "GET", path, visit->token_line, &answer, &local)) {
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: not answered: %s", source, local->message);
    return LF_CRED_FAILED;
  }
  if (answer.status != 200)
    return fail(visit, error, "the role's credentials cannot be had", answer.status);
  g_autofree char *code = lf_cred_document_text(lf_buf_slice(&answer.body), "Code");
  if (code != NULL && strcmp(code, "Success") != 0) {
    g_autofree char *message = lf_cred_document_text(lf_buf_slice(&answer.body), "Message");
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: %s%s%s", source, code,
                message != NULL ? ": " : "", message != NULL ? message : "");
    return LF_CRED_FAILED;
  }
  *out = lf_cred_document_read(&answer.body, &lf_cred_names_agent, source, error);
  if (*out == NULL)
    g_prefix_error(error, "%s: the answer is wrong: ", source);
  return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
}

char *
lf_cred_imds_region(const LfCredEnv *env)
{
  g_auto(Visit) visit = {.env = env, .endpoint = endpoint_of(env)};
  g_auto(LfFetchAnswer) answer = {0};
  g_autofree char *looked_at = NULL;
  if (lf_cred_getenv_bool(env, "AWS_EC2_METADATA_DISABLED") || get_token(&visit, &looked_at, NULL) != LF_CRED_FOUND ||
      !ask(&visit, "GET", REGION_PATH, visit.token_line, &answer, NULL) || answer.status != 200)
    return NULL;
  LfSlice body = lf_buf_slice(&answer.body);
  gboolean good = body.len >= 1 && body.len <= REGION_MAX;
  for (gsize i = 0; i < body.len; i++)
    good = good && (g_ascii_islower(body.p[i]) || g_ascii_isdigit(body.p[i]) || body.p[i] == '-');
  return good ? lf_slice_dup(body) : NULL;
}

static LfCredResult
imds_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  const LfCredEnv *env = &((ImdsProvider *)provider)->env;
  if (lf_cred_getenv_bool(env, "AWS_EC2_METADATA_DISABLED")) {
    *looked_at = g_strdup("EC2 instance metadata: switched off by AWS_EC2_METADATA_DISABLED");
    return LF_CRED_NONE;
  }
  g_auto(Visit) visit = {.env = env, .endpoint = endpoint_of(env)};
  g_autofree char *role = NULL;
  LfCredResult result = get_token(&visit, looked_at, error);
  if (result == LF_CRED_FOUND)
    result = get_role(&visit, &role, looked_at, error);
  return result == LF_CRED_FOUND ? get_keys(&visit, role, out, error) : result;
}

const LfCredProviderClass lf_cred_imds_class = {
    .name = "EC2 instance metadata",
    .make = imds_make,
    .get = imds_get,
};
