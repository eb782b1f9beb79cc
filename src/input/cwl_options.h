/* The options of the aws-cloudwatch input. */
#ifndef LF_INPUT_CWL_OPTIONS_H
#define LF_INPUT_CWL_OPTIONS_H

#include "config/input_common.h"
#include "config/ssl.h"

typedef enum { LF_CWL_BEGINNING, LF_CWL_END, LF_CWL_LAST_SYNC } LfCwlStartPosition;

/* An ARN of a log group, taken apart. `arn` has no `:*` behind it. */
typedef struct {
  const char *arn;
  const char *partition;
  const char *region;
  const char *account;
  const char *name;
  LfPlace place;
} LfCwlArn;

/* Checked settings. Strings are NULL where not set (an empty one is not set), and live in the arena of the reading.
 * Exactly one of `arns`, `log_group_name` and `log_group_name_prefix` is set. */
typedef struct {
  LfInputCommon common;
  LfStrings log_group_arn;
  LfCwlArn *arns;
  guint n_arns;
  const char *log_group_name;
  const char *log_group_name_prefix;
  const char *region_name; /* NULL with ARNs */
  LfStrings log_streams;
  const char *log_stream_prefix;
  const char *start_time_text;
  const char *end_time_text;
  int start_position;       /* LfCwlStartPosition */
  gint64 scan_frequency_ms; /* above 0 */
  gint64 api_sleep_ms;      /* LF_OPTION_UNSET: the token bucket alone limits */
  gint64 api_timeout_ms;    /* 0: no bound */
  gint64 latency_ms;        /* 0: none */
  gint64 lookback_ms;       /* how late events may be; 0: none is looked for */
  gint64 start_time_ms;     /* LF_OPTION_UNSET, or where a group without a known position starts */
  gint64 end_time_ms;       /* LF_OPTION_UNSET, or up to where a group is read, inclusive */
  const char *filter_pattern;
  gboolean include_linked_accounts;
  gint64 number_of_workers; /* LF_OPTION_UNSET: as many as the quota allows */
  const char *shared_credential_file;
  const char *credential_profile_name;
  const char *access_key_id;
  const char *secret_access_key;
  const char *session_token;
  const char *role_arn;
  const char *external_id;
  gint64 role_duration_ms;
  gint64 role_expiry_window_ms; /* below role_duration_ms */
  const char *endpoint;
  const char *proxy_url;
  gboolean fips_enabled;
  LfSslSettings ssl;
  const char *default_region;
} LfCwlSettings;

/* The table behind LfCwlSettings. */
extern const LfOptionTable lf_cwl_options;

/* Whether the word is this input's type: aws-cloudwatch, or awscloudwatch, which Filebeat's documentation never had. */
gboolean lf_cwl_is_type(const char *type);

/* Reads and checks an input's map: what Filebeat's config.go, the CloudWatch Logs API (DescribeLogGroups,
 * FilterLogEvents) and the ARN's form ask for. log_group_arn wins over names and region_name (one note).
 * Returns: FALSE with LF_CONFIG_ERROR; where two options exclude each other, with both places. */
gboolean lf_cwl_options_read(const LfNode *map, LfArena *arena, LfNotes *notes, LfCwlSettings *out, GError **error);

/* Takes the ARN of a log group apart: arn:<partition>:logs:<region>:<12 digits>:log-group:<name>, `:*` allowed behind.
 * Returns: FALSE with LF_CONFIG_ERROR at `place` that says which part is wrong. */
gboolean lf_cwl_arn_parse(LfArena *arena, LfPlace place, const char *text, LfCwlArn *out, GError **error);

#endif
