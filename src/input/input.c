/* The table of inputs. */
#include "input/input.h"

#include "input/cwl_options.h"

/* Filebeat's inputs (its reference, "Input types") that are not there yet. */
static const char *const refused[] = {
    "aws-s3",
    "aws-cloudtrail",
    "azure-blob-storage",
    "azure-eventhub",
    "benchmark",
    "cel",
    "cloudfoundry",
    "cometd",
    "container",
    "docker",
    "entity-analytics",
    "etw",
    "filestream",
    "gcp-pubsub",
    "gcs",
    "http_endpoint",
    "httpjson",
    "journald",
    "kafka",
    "log",
    "lumberjack",
    "mqtt",
    "netflow",
    "o365audit",
    "office365-management-activity",
    "redis",
    "salesforce",
    "stdin",
    "streaming",
    "syslog",
    "tcp",
    "udp",
    "unix",
    "unifiedlogs",
    "websocket",
    "winlog",
};

gboolean
lf_input_check_type(const LfNode *type, LfPlace place, GError **error)
{
  if (type == NULL || type->type == LF_NODE_NULL)
    return lf_place_error(error, place, LF_CONFIG_ERROR_MISSING, "this input has no type; write type: aws-cloudwatch");
  g_autofree char *found = lf_node_describe(type);
  if (type->type != LF_NODE_STRING)
    return lf_place_error(error, type->place, LF_CONFIG_ERROR_INVALID, "type: %s is no input type; aws-cloudwatch is",
                          found);
  g_autofree char *name = lf_slice_dup(type->text);
  if (lf_cwl_is_type(name))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
    if (strcmp(name, refused[i]) == 0)
      return lf_place_error(error, type->place, LF_CONFIG_ERROR_REFUSED,
                            "the input type %s is not there yet; aws-cloudwatch is", name);
  return lf_place_error(error, type->place, LF_CONFIG_ERROR_INVALID,
                        "type: %s is no input type of Filebeat's; aws-cloudwatch is", found);
}
