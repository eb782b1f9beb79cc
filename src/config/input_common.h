/* The options that every input has, and the processors that a module's input may carry. */
#ifndef LF_CONFIG_INPUT_COMMON_H
#define LF_CONFIG_INPUT_COMMON_H

#include "config/option/option.h"

/* One `add_fields` of an input's `processors`: `fields` go below `target`, or to the root of the event where `target`
 * is empty (Filebeat's default is "fields"). */
typedef struct {
  const char *target;
  const LfNode *fields;
  LfPlace place;
} LfAddFields;

/* `service_type` is that of `service.type`, else the module. */
typedef struct {
  const char *type;
  gboolean enabled;
  const char *id;
  LfStrings tags;
  const LfNode *fields;
  gboolean fields_under_root;
  gboolean keep_null;
  const char *index;
  const char *pipeline;
  gboolean disable_host;
  const char *service_type;
  const char *module_name;
  const char *fileset_name;
  const LfNode *processors_node;
  LfAddFields *add_fields;
  guint n_add_fields;
} LfInputCommon;

/* The rows of LfInputCommon, to be put into an input's table as {"", LF_OPTION_TABLE, .table = &lf_input_common_table}.
 * `add_fields` is filled by lf_input_common_finish. */
extern const LfOptionTable lf_input_common_table;

/* Reads `processors_node` into `add_fields`. Only what a module's own input template carries is there: `add_fields`
 * without a condition; any other processor is an error that names it (LF_CONFIG_ERROR_REFUSED). */
gboolean lf_input_common_finish(LfInputCommon *common, LfArena *arena, GError **error);

#endif
