/* The processors at the root of a configuration, as far as they are known. */
#include "config/load.h"

/* Docker's and Kubernetes' metadata never fit events that come from CloudWatch: a Filebeat passes them unchanged, and so
 * do we. Host and cloud metadata would add fields of the machine that collects; Filebeat's stock configuration has both,
 * and it has to start with our module's block, so until processors exist they are left out with a warning that names
 * the fields. Every other processor decides what an event looks like, and is refused. */
typedef struct {
  const char *name;
  const char *what_follows;
} Known;

static const Known known[] = {
    {"add_docker_metadata", "events pass unchanged"},
    {"add_kubernetes_metadata", "events pass unchanged"},
    {"add_host_metadata", "events lack host.os, host.ip, host.mac, host.architecture, host.id and host.containerized "
                          "of this machine"},
    {"add_cloud_metadata", "events lack cloud.instance, cloud.machine, cloud.account, cloud.image and "
                           "cloud.availability_zone of this machine"},
};

static gboolean
check_one(LfConfigLoad *load, const LfNodeEntry *e, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (lf_slice_is(e->key, known[i].name)) {
      lf_notes_add(&load->config->notes, LF_LOG_WARNING, e->place, "the processor %s is not there in logferry yet: %s",
                   known[i].name, known[i].what_follows);
      return TRUE;
    }
  return lf_place_error(error, e->place, LF_CONFIG_ERROR_REFUSED, "the processor %.*s is not there in logferry yet",
                        (int)e->key.len, e->key.p);
}

gboolean
lf_load_processors(LfConfigLoad *load, const LfNode *processors, GError **error)
{
  for (guint i = 0; i < processors->n; i++) {
    const LfNode *item = processors->entries[i].node;
    if (item->type != LF_NODE_MAP) {
      g_autofree char *found = lf_node_describe(item);
      return lf_place_error(error, item->place, LF_CONFIG_ERROR_INVALID,
                            "a processor is written as its name with its options below, not as %s", found);
    }
    for (guint k = 0; k < item->n; k++)
      if (!check_one(load, &item->entries[k], error))
        return FALSE;
  }
  return TRUE;
}
