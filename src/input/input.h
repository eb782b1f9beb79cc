/* The table of inputs. */
#ifndef LF_INPUT_INPUT_H
#define LF_INPUT_INPUT_H

#include "value/node.h"

/* Checks an input's `type`: one that is there; one that Filebeat has and logferry does not yet is refused by name; any
 * other is an error with what is allowed. `place` is the input's. FALSE with LF_CONFIG_ERROR. */
gboolean lf_input_check_type(const LfNode *type, LfPlace place, GError **error);

#endif
