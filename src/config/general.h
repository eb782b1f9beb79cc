/* The general settings of a configuration: all that is at its root. */
#ifndef LF_CONFIG_GENERAL_H
#define LF_CONFIG_GENERAL_H

#include "config/load.h"

typedef struct {
  int level;
  LfStrings selectors;
  const LfNode *to_stderr;
  const LfNode *to_files;
  gboolean json;
  const char *path;
  const char *file_name;
  gint64 rotateeverybytes;
  gint64 keepfiles;
  gint64 permissions;
} LfGeneralLogging;

typedef struct {
  gboolean enabled;
  const char *path;
  const LfNode *reload_period;
} LfGeneralFiles;

/* The struct behind lf_config_table. */
typedef struct {
  const char *name;
  LfStrings tags;
  const LfNode *fields;
  gboolean fields_under_root;
  const LfNode *processors;
  struct {
    const char *home;
    const char *config;
    const char *data;
    const char *logs;
  } path;
  LfGeneralLogging logging;
  double quota_filter_log_events;
  const char *cloud_id;
  const char *cloud_auth;
  gint64 queue_bytes;
  gint64 queue_events;
  gint64 batch_events;
  gint64 queue_flush_ms; /* only checked */
  gint64 shutdown_ms;
  const LfNode *setup;
  int ingest_mode;
  gboolean overwrite_pipelines;
  const LfNode *compat;
  const LfNode *output;
  const LfNode *inputs;
  const LfNode *modules;
  LfGeneralFiles config_inputs;
  LfGeneralFiles config_modules;
} LfGeneral;

/* Reads the root of the merged configuration into `out` and what stands there for itself into load->config. Outputs,
 * inputs and modules stay as they are: who uses one expands it. */
gboolean lf_general_read(LfConfigLoad *load, LfGeneral *out, GError **error);

/* What cloud.id and cloud.auth mean is put over output.elasticsearch's settings, which is the output then. FALSE with
 * LF_CONFIG_ERROR. */
gboolean lf_load_cloud(LfConfigLoad *load, LfGeneral *general, GError **error);

#endif
