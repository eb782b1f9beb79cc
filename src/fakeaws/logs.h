/* The actions of the CloudWatch Logs API. */
#ifndef LF_FAKEAWS_LOGS_H
#define LF_FAKEAWS_LOGS_H

#include "fakeaws/call.h"

/* The action of that name (as behind "Logs_20140328." in X-Amz-Target). Returns: (nullable). `name`: (out): static. */
LfFakeActionFn lf_fake_logs_action(LfSlice action, const char **name);

/* Each follows the page of its name in the Amazon CloudWatch Logs API Reference. */
gboolean lf_fake_create_log_group(LfFakeCall *call);
gboolean lf_fake_create_log_stream(LfFakeCall *call);
gboolean lf_fake_delete_log_group(LfFakeCall *call);
gboolean lf_fake_describe_log_groups(LfFakeCall *call);
gboolean lf_fake_describe_log_streams(LfFakeCall *call);
gboolean lf_fake_put_log_events(LfFakeCall *call);
gboolean lf_fake_filter_log_events(LfFakeCall *call);
gboolean lf_fake_get_log_events(LfFakeCall *call);

#endif
