/* The options that every input has, and the processors that a module's input may carry. */
#include "config/input_common.h"

#include "config/tree.h"

#define AT(member) .offset = offsetof(LfInputCommon, member)

static const LfOption rows[] = {
    {"type", LF_OPTION_STRING, LF_OPTION_REQUIRED, AT(type), .doc = "which input reads the events"},
    {"enabled", LF_OPTION_BOOL, AT(enabled), .fallback = "true", .doc = "whether the input runs"},
    {"id", LF_OPTION_STRING, AT(id), .doc = "a name for the input in messages"},
    {"tags", LF_OPTION_STRINGS, AT(tags), .doc = "words for each event's `tags`, behind the general ones"},
    {"fields", LF_OPTION_MAP, AT(fields), .doc = "fields for each event, below `fields`"},
    {"fields_under_root", LF_OPTION_BOOL, AT(fields_under_root), .fallback = "false",
     .doc = "put `fields` at the root of the event"},
    {"keep_null", LF_OPTION_BOOL, AT(keep_null), .fallback = "false", .doc = "keep fields that are null"},
    {"index", LF_OPTION_STRING, AT(index), .doc = "an index for the events, as @metadata.raw_index"},
    {"pipeline", LF_OPTION_STRING, AT(pipeline),
     .doc = "the ingest pipeline that the events name in @metadata.pipeline"},
    {"publisher_pipeline.disable_host", LF_OPTION_BOOL, AT(disable_host), .fallback = "false",
     .doc = "leave host.name out of the events"},
    {"service.type", LF_OPTION_STRING, AT(service_type), .doc = "the events' service.type; without it, the module"},
    {"processors", LF_OPTION_LIST, AT(processors_node), .doc = "what changes each event; add_fields is there"},
    {"_module_name", LF_OPTION_STRING, LF_OPTION_HIDDEN, AT(module_name), .doc = "set by modules"},
    {"_fileset_name", LF_OPTION_STRING, LF_OPTION_HIDDEN, AT(fileset_name), .doc = "set by modules"},
};

const LfOptionTable lf_input_common_table = {LF_OPTION_TABLE_OF(rows), .empty_is_unset = TRUE};

typedef struct {
  const char *target;
  const LfNode *fields;
} AddFieldsOptions;

static const LfOption add_fields_rows[] = {
    {"target", LF_OPTION_STRING, .offset = offsetof(AddFieldsOptions, target), .fallback = "fields",
     .doc = "below which field they go; the empty text is the root"},
    {"fields", LF_OPTION_MAP, LF_OPTION_REQUIRED, .offset = offsetof(AddFieldsOptions, fields),
     .doc = "the fields to add"},
    {"when", LF_OPTION_REFUSED, .doc = "conditions of processors are still to come"},
};

static const LfOptionTable add_fields_table = {LF_OPTION_TABLE_OF(add_fields_rows)};

/* One element of `processors`: a map with the processor's name as its only key. */
static gboolean
read_processor(LfInputCommon *common, LfArena *arena, const LfNode *item, LfAddFields *out, GError **error)
{
  if (item->type != LF_NODE_MAP || item->n == 0) {
    g_autofree char *found = lf_node_describe(item);
    return lf_place_error(error, item->place, LF_CONFIG_ERROR_INVALID,
                          "a processor is written as its name with its options below, not as %s", found);
  }
  for (guint i = 0; i < item->n; i++)
    if (!lf_slice_is(item->entries[i].key, "add_fields"))
      return lf_place_error(error, item->entries[i].place, LF_CONFIG_ERROR_REFUSED,
                            "the processor %.*s is not there in logferry yet: of an input's processors there is "
                            "add_fields, without conditions",
                            (int)item->entries[i].key.len, item->entries[i].key.p);
  AddFieldsOptions options;
  LfOptionContext context = {.arena = arena, .prefix = "", .where = "add_fields"};
  if (!lf_options_read(&add_fields_table, item->entries[0].node, &context, &options, error))
    return FALSE;
  *out = (LfAddFields){options.target, options.fields, item->entries[0].place};
  return TRUE;
}

gboolean
lf_input_common_finish(LfInputCommon *common, LfArena *arena, GError **error)
{
  const LfNode *list = common->processors_node;
  common->n_add_fields = list != NULL ? list->n : 0;
  common->add_fields = lf_arena_alloc_n(arena, common->n_add_fields, sizeof(LfAddFields));
  for (guint i = 0; i < common->n_add_fields; i++)
    if (!read_processor(common, arena, list->entries[i].node, &common->add_fields[i], error))
      return FALSE;
  if (common->service_type == NULL)
    common->service_type = common->module_name;
  return TRUE;
}
