/* Asks the providers in their order. */
#include "aws/cred/chain.h"

#include "aws/cred/role.h"

/* The order. A row that claims the configuration is asked alone. */
static const LfCredProviderClass *const CLASSES[] = {
    &lf_cred_static_class,  &lf_cred_env_class,       &lf_cred_web_identity_class,
    &lf_cred_profile_class, &lf_cred_container_class, &lf_cred_imds_class,
};

/* A provider too. */
typedef struct {
  LfCredProvider head;
  LfCredProvider *providers[G_N_ELEMENTS(CLASSES)];
  gsize n;
} Chain;

struct LfCredChain {
  LfCredProvider *top; /* the chain, or the configuration's role around it */
};

static LfCredResult
chain_get(LfCredProvider *provider, LfCredentials **out, char **looked_at, GError **error)
{
  Chain *self = (Chain *)provider;
  g_autoptr(GString) looked = g_string_new("no AWS credentials found. Looked at\n");
  for (gsize i = 0; i < self->n; i++) {
    g_autofree char *line = NULL;
    LfCredResult result = self->providers[i]->klass->get(self->providers[i], out, &line, error);
    if (result != LF_CRED_NONE)
      return result;
    g_string_append_printf(looked, "  - %s\n", line);
  }
  g_string_append(looked, "Set access_key_id and secret_access_key or credential_profile_name in the block, or "
                          "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or run `aws configure`, or "
                          "give the task, pod or instance a role.");
  *looked_at = g_strdup(looked->str);
  return LF_CRED_NONE;
}

static void
chain_free(LfCredProvider *provider)
{
  Chain *self = (Chain *)provider;
  for (gsize i = 0; i < self->n; i++)
    lf_cred_provider_free(self->providers[i]);
  g_free(self);
}

static const LfCredProviderClass chain_class = {
    .name = "the providers in their order",
    .get = chain_get,
    .free = chain_free,
};

static LfCredProvider *
chain_make(const LfCredOptions *options)
{
  Chain *self = g_new0(Chain, 1);
  self->head.klass = &chain_class;
  for (gsize i = 0; i < G_N_ELEMENTS(CLASSES); i++) {
    if (CLASSES[i]->claims != NULL && CLASSES[i]->claims(options)) {
      self->providers[self->n++] = CLASSES[i]->make(options);
      return &self->head;
    }
  }
  for (gsize i = 0; i < G_N_ELEMENTS(CLASSES); i++)
    self->providers[self->n++] = CLASSES[i]->make(options);
  return &self->head;
}

LfCredChain *
lf_cred_chain_new(const LfCredOptions *options)
{
  LfCredChain *chain = g_new0(LfCredChain, 1);
  chain->top = chain_make(options);
  if (lf_cred_nonempty(options->role_arn) != NULL)
    chain->top = lf_cred_role_provider(options, chain->top);
  return chain;
}

void
lf_cred_chain_free(LfCredChain *chain)
{
  if (chain == NULL)
    return;
  lf_cred_provider_free(chain->top);
  g_free(chain);
}

LfCredentials *
lf_cred_chain_get(LfCredChain *chain, GError **error)
{
  LfCredentials *found = NULL;
  g_autofree char *looked_at = NULL;
  LfCredResult result = chain->top->klass->get(chain->top, &found, &looked_at, error);
  if (result == LF_CRED_NONE)
    g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING, looked_at);
  return found;
}
