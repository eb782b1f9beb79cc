/* From descriptions of fields to an index mapping. */
#ifndef LF_MODULE_MAPPING_H
#define LF_MODULE_MAPPING_H

#include "module/fields.h"

/* Parts of a mapping, in an arena. `searched` are full names for index.query.default_field, in their order, each once. */
typedef struct {
  LfValue properties;
  LfValue dynamic_templates;
  LfValue searched;
} LfMapping;

/* Makes the mapping of fields for a server, as libbeat's template processor does; types that the server lacks are
 * replaced (lf_fieldtype_for). Later fields go over earlier ones; groups are merged. */
void lf_mapping_make(LfArena *arena, const LfFields *fields, const LfFieldServer *server, LfMapping *out);

#endif
