/* The configuration's files, looked at again for new keys while the program runs. */
#ifndef LF_PUMP_RELOAD_H
#define LF_PUMP_RELOAD_H

#include "aws/cred/cache.h"
#include "pump/assemble.h"

typedef struct LfReload LfReload;

/* `config` and `assembly` are what runs, made from `sources`. All borrowed. Nothing is read yet.
 * Returns: (transfer full): lf_reload_free. */
LfReload *lf_reload_new(const LfConfigSources *sources, const LfConfig *config, const LfAssembly *assembly);

/* Overwrites the keys that it knows and frees. NULL is allowed. */
void lf_reload_free(LfReload *reload);

/* An LfCredRenewFn whose `data` is the LfReload. Files that have changed since the last time are loaded as at the start;
 * an input is found again by its log groups and streams, else by its place. Nothing but the keys is taken over: where
 * anything else has changed, one line says that it needs a restart. Files that cannot be loaded are said once, until they
 * change, and nothing is taken from them; nor are keys of which one part is still the old one. A file that was written within the last second is waited for, 3 s at most. */
LfCredentials *lf_reload_keys(const LfCredOptions *expired, void *reload);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfReload, lf_reload_free)

#endif
