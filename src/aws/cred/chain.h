/* The order in which credentials are looked for. */
#ifndef LF_AWS_CRED_CHAIN_H
#define LF_AWS_CRED_CHAIN_H

#include "aws/cred/cred.h"

typedef struct LfCredChain LfCredChain;

/* The providers for a configuration: keys in it alone, where there are any; else the profile that it names alone; else
 * the environment, a web identity token, the profile of AWS_PROFILE or `default`, the container's agent, EC2 instance
 * metadata. Where it has a role_arn, that role is assumed with what they find. What `options` points to is copied, but
 * for what its `env` points to. Nothing is read yet.
 * Returns: (transfer full): free with lf_cred_chain_free. */
LfCredChain *lf_cred_chain_new(const LfCredOptions *options);

/* Frees the chain. NULL is allowed. */
void lf_cred_chain_free(LfCredChain *chain);

/* Asks the providers in their order, each time anew: who calls caches. Not for two threads at once.
 * Returns: (transfer full): NULL with LF_CONFIG_ERROR: what is wrong with the first that has something, or, as
 * LF_CONFIG_ERROR_MISSING, a text of several lines that lists what was looked at and what to do. */
LfCredentials *lf_cred_chain_get(LfCredChain *chain, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfCredChain, lf_cred_chain_free)

#endif
