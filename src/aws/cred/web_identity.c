/* A role assumed with a token of an identity provider, as EKS gives it to service accounts. */
#include "aws/cred/role.h"

typedef struct {
  LfCredProvider head;
  LfCredOptions *options;
} WebIdentityProvider;

static LfCredProvider *
web_identity_make(const LfCredOptions *options)
{
  WebIdentityProvider *self = g_new0(WebIdentityProvider, 1);
  self->head.klass = &lf_cred_web_identity_class;
  self->options = lf_cred_options_copy(options);
  return &self->head;
}

static LfCredResult
web_identity_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  const LfCredOptions *options = ((WebIdentityProvider *)provider)->options;
  const char *file = lf_cred_getenv(&options->env, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const char *arn = lf_cred_getenv(&options->env, "AWS_ROLE_ARN");
  const char *name = lf_cred_getenv(&options->env, "AWS_ROLE_SESSION_NAME");
  if (file == NULL) { /* AWS_ROLE_ARN alone asks for nothing */
    *looked_at = g_strdup("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN in the environment: not set");
    return LF_CRED_NONE;
  }
  if (arn == NULL) {
    g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
                        "the environment sets AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN: set both, or neither, "
                        "to take credentials from elsewhere");
    return LF_CRED_FAILED;
  }
  g_autofree char *region = lf_cred_role_region(options);
  g_autofree char *url = lf_cred_role_url(options, region, error);
  if (url == NULL)
    return LF_CRED_FAILED;
  char *token = lf_cred_token_file(file, error);
  if (token == NULL) {
    g_prefix_error(error, "AWS_WEB_IDENTITY_TOKEN_FILE: ");
    return LF_CRED_FAILED;
  }
  g_autofree char *what = g_strdup_printf("AWS_ROLE_ARN %s with the token in %s", arn, file);
  LfCredSts sts = {url, region, options->proxy, &options->env, options->tls};
  LfStsRole role = {
      .role_arn = arn, .session_name = name != NULL ? name : LF_CRED_ROLE_SESSION_NAME, .web_identity_token = token};
  *out = lf_cred_role_get(&sts, &role, NULL, what, error);
  lf_cred_wipe(token);
  return *out != NULL ? LF_CRED_FOUND : LF_CRED_FAILED;
}

static void
web_identity_free(LfCredProvider *provider)
{
  WebIdentityProvider *self = (WebIdentityProvider *)provider;
  lf_cred_options_free(self->options);
  g_free(self);
}

const LfCredProviderClass lf_cred_web_identity_class = {
    .name = "a web identity token",
    .make = web_identity_make,
    .get = web_identity_get,
    .free = web_identity_free,
};
