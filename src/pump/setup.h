/* What has to be in the cluster before events go there, from an assembled configuration. */
#ifndef LF_PUMP_SETUP_H
#define LF_PUMP_SETUP_H

#include "output/es_setup.h"
#include "output/output.h"
#include "pump/assemble.h"

/* Reads `setup` for the filesets of an assembly. `settings` (nullable) are those of output.elasticsearch. Returns:
 * (transfer none): in the arena; NULL with LF_CONFIG_ERROR. */
LfEsSetup *lf_assemble_setup(LfArena *arena, const LfConfig *config, const LfAssembly *assembly, const void *settings,
                             LfNotes *notes, GError **error);

/* Makes the output load at its first connect what is wanted. Other outputs than elasticsearch are left as they are. */
void lf_setup_hook(LfOutputOptions *options, const LfConfig *config, LfEsSetup *setup);

#endif
