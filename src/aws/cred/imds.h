/* What EC2 instance metadata says beside credentials. */
#ifndef LF_AWS_CRED_IMDS_H
#define LF_AWS_CRED_IMDS_H

#include "aws/cred/cred.h"

/* The instance's region (EC2 User Guide, placement/region). Blocks for up to two seconds where nothing answers.
 * Returns: (transfer full) (nullable): NULL where this is no instance, or metadata is switched off. */
char *lf_cred_imds_region(const LfCredEnv *env);

#endif
