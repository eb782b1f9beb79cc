/* Credentials from the agent of ECS or EKS, as the SDKs' guide has it ("Container credential provider"). */
#include "aws/cred/role.h"

#include "aws/cred/document.h"

#define ECS_HOST "http://169.254.170.2"

enum { TRIES = 3, TIMEOUT_MS = 1000, ANSWER_MAX = 64 * 1024 };

typedef struct {
  LfCredProvider head;
  LfCredEnv env;
} ContainerProvider;

/* Hosts that may be asked without TLS, besides 127.0.0.0/8. */
static const char *const PLAIN_HOSTS[] = {"localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};

static LfCredProvider *
container_make(const LfCredOptions *options)
{
  ContainerProvider *self = g_new0(ContainerProvider, 1);
  self->head.klass = &lf_cred_container_class;
  self->env = options->env;
  return &self->head;
}

/* Whether four numbers follow each other with dots between, the first of them 127. */
static gboolean
is_loopback_v4(const char *host)
{
  g_auto(GStrv) parts = g_strsplit(host, ".", 5);
  if (g_strv_length(parts) != 4 || strcmp(parts[0], "127") != 0)
    return FALSE;
  for (int i = 1; i < 4; i++)
    if (!g_ascii_string_to_unsigned(parts[i], 10, 0, 255, NULL, NULL))
      return FALSE;
  return TRUE;
}

/* Credentials travel in clear to this machine and to the agents of ECS and EKS alone. */
static gboolean
check_uri(const char *uri, GError **error)
{
  g_autofree char *scheme = NULL, *host = NULL;
  if (!g_uri_split_network(uri, G_URI_FLAGS_NONE, &scheme, &host, NULL, NULL) || host == NULL || host[0] == '\0') {
    g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL");
    return FALSE;
  }
  gboolean good = g_ascii_strcasecmp(scheme, "https") == 0;
  if (g_ascii_strcasecmp(scheme, "http") == 0) {
    good = is_loopback_v4(host);
    for (gsize i = 0; i < G_N_ELEMENTS(PLAIN_HOSTS); i++)
      good = good || g_ascii_strcasecmp(host, PLAIN_HOSTS[i]) == 0;
  }
  if (!good)
    g_set_error(
        error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names the host %s, which is not asked for credentials over %s: only "
        "loopback addresses and the agents of ECS (169.254.170.2) and EKS (169.254.170.23, fd00:ec2::23) are, "
        "or any host over https",
        host, scheme);
  return good;
}

/* The Authorization line. `line`: (out) (transfer full) (nullable): lf_cred_wipe. */
static gboolean
authorization(const LfCredEnv *env, char **line, GError **error)
{
  const char *file = lf_cred_getenv(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const char *text = lf_cred_getenv(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  *line = NULL;
  if (file != NULL) {
    char *token = lf_cred_token_file(file, error);
    if (token == NULL) {
      g_prefix_error(error, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ");
      return FALSE;
    }
    *line = g_strconcat("Authorization: ", token, NULL);
    lf_cred_wipe(token);
    return TRUE;
  }
  for (const char *p = text; p != NULL && *p != '\0'; p++)
    if ((guint8)*p < 0x20 || *p == 0x7f) {
      g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break or another control character");
      return FALSE;
    }
  if (text != NULL)
    *line = g_strconcat("Authorization: ", text, NULL);
  return TRUE;
}

/* Says what the agent answered instead of credentials. */
static void
set_refusal(const char *uri, const LfFetchAnswer *answer, GError **error)
{
  LfSlice body = lf_buf_slice(&answer->body);
  g_autofree char *code = lf_cred_document_text(body, "code");
  g_autofree char *message = lf_cred_document_text(body, "message");
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "the container's credentials at %s: status %u%s%s%s%s",
              uri, answer->status, code != NULL ? ", " : "", code != NULL ? code : "", message != NULL ? ": " : "",
              message != NULL ? message : "");
}

static LfCredentials *
ask_agent(const LfCredEnv *env, const char *uri, const char *line, GError **error)
{
  const char *const lines[] = {"Accept: application/json", line, NULL};
  LfHttpRequest request = {
      .method = "GET", .url = uri, .headers = lines, .timeout_ms = TIMEOUT_MS, .max_bytes = ANSWER_MAX, .proxy = ""};
  g_auto(LfFetchAnswer) answer = {0};
  g_autoptr(GError) local = NULL;
  if (!lf_cred_fetch(env, &request, TRIES, &answer, &local)) {
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "the container's credentials at %s: no answer: %s",
                uri, local->message);
    return NULL;
  }
  if (answer.status != 200) {
    set_refusal(uri, &answer, error);
    return NULL;
  }
  g_autofree char *source = g_strdup_printf("the container's credentials at %s", uri);
  LfCredentials *found = lf_cred_document_read(&answer.body, &lf_cred_names_agent, source, error);
  if (found == NULL)
    g_prefix_error(error, "%s: the answer is wrong: ", source);
  return found;
}

static LfCredResult
container_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  const LfCredEnv *env = &((ContainerProvider *)provider)->env;
  const char *relative = lf_cred_getenv(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const char *full = lf_cred_getenv(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative == NULL && full == NULL) {
    *looked_at = g_strdup("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI in the "
                          "environment: not set");
    return LF_CRED_NONE;
  }
  if (relative != NULL && relative[0] != '/') {
    g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with /");
    return LF_CRED_FAILED;
  }
  g_autofree char *uri = relative != NULL ? g_strconcat(ECS_HOST, relative, NULL) : g_strdup(full);
  char *line = NULL;
  if ((relative == NULL && !check_uri(uri, error)) || !authorization(env, &line, error))
    return LF_CRED_FAILED;
  *out = ask_agent(env, uri, line, error);
  lf_cred_wipe(line);
  return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
}

const LfCredProviderClass lf_cred_container_class = {
    .name = "the container's agent",
    .make = container_make,
    .get = container_get,
};
