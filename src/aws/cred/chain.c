/* Asks the providers in their order. */
#include "aws/cred/chain.h"

/* The order. A row that claims the configuration is asked alone. */
static const LfCredProviderClass *const CLASSES[] = {
    &lf_cred_static_class,
    &lf_cred_env_class,
    &lf_cred_profile_class,
};

struct LfCredChain {
  LfCredProvider *providers[G_N_ELEMENTS(CLASSES)];
  gsize n;
};

LfCredChain *
lf_cred_chain_new(const LfCredOptions *options)
{
  LfCredChain *chain = g_new0(LfCredChain, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(CLASSES); i++) {
    if (CLASSES[i]->claims != NULL && CLASSES[i]->claims(options)) {
      chain->providers[chain->n++] = CLASSES[i]->make(options);
      return chain;
    }
  }
  for (gsize i = 0; i < G_N_ELEMENTS(CLASSES); i++)
    chain->providers[chain->n++] = CLASSES[i]->make(options);
  return chain;
}

void
lf_cred_chain_free(LfCredChain *chain)
{
  if (chain == NULL)
    return;
  for (gsize i = 0; i < chain->n; i++)
    lf_cred_provider_free(chain->providers[i]);
  g_free(chain);
}

LfCredentials *
lf_cred_chain_get(LfCredChain *chain, GError **error)
{
  g_autoptr(GString) looked = g_string_new("no AWS credentials found. Looked at\n");
  for (gsize i = 0; i < chain->n; i++) {
    LfCredentials *found = NULL;
    g_autofree char *looked_at = NULL;
    LfCredResult result = chain->providers[i]->klass->get(chain->providers[i], &found, &looked_at, error);
    if (result == LF_CRED_FOUND)
      return found;
    if (result == LF_CRED_FAILED)
      return NULL;
    g_string_append_printf(looked, "  - %s\n", looked_at);
  }
  g_string_append(looked, "Set access_key_id and secret_access_key or credential_profile_name in the block, or "
                          "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or run `aws configure`.");
  g_set_error_literal(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING, looked->str);
  return NULL;
}
