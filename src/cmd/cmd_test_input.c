/* `logferry test input`: tries out, step by step, whether each input can read its log groups. */
#include "config.h"

#include "cmd/cmd_test_input.h"

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/steps.h"
#include "cmd/word.h"
#include "input/cwl_check.h"

#include <stdio.h>

enum { DESCRIBE_PER_S = 5 };

static void
drop_line(LfLogLevel level, const char *line, gsize len, void *data)
{
}

/* The steps say it all; who asks for the log (-e, -d) gets it on stderr, never in the file of a running program. */
static gboolean
set_up_log(const LfLoaded *l, GError **error)
{
  const LfConfigSources *s = &l->flags.sources;
  if (!s->to_stderr && !s->verbose && (s->selectors == NULL || s->selectors[0] == NULL)) {
    lf_log_set_sink(drop_line, NULL);
    return TRUE;
  }
  LfLogSettings settings = l->config->log;
  settings.to_stderr = TRUE;
  settings.file_dir = NULL;
  return lf_log_configure(&settings, error);
}

static void
print_title(LfSteps *steps, const LfAssembled *a)
{
  g_autofree char *place = lf_word_place(a->place);
  g_autofree char *title = a->fileset != NULL
                               ? g_strdup_printf("input %s/%s (%s)", a->fileset->module, a->fileset->fileset, place)
                               : g_strdup_printf("input %s (%s)", a->settings.common.type, place);
  lf_steps_title(steps, title);
}

int
lf_cmd_test_input(LfLoaded *l)
{
  g_autoptr(GError) error = NULL;
  LfSteps steps = lf_steps_new();
  if (!set_up_log(l, &error)) {
    fprintf(stderr, "logferry test: %s\n", error->message);
    return LF_EXIT_USAGE;
  }
  LfHttp *http = lf_http_new("logferry/" PACKAGE_VERSION);
  LfAws *aws = lf_aws_new(http, lf_clock_system());
  lf_aws_set_limit(aws, "FilterLogEvents", l->config->quota_filter_log_events);
  lf_aws_set_limit(aws, "DescribeLogGroups", DESCRIBE_PER_S);
  for (guint i = 0; i < l->assembly->n; i++) {
    const LfAssembled *a = &l->assembly->inputs[i];
    print_title(&steps, a);
    lf_cwl_check(&(LfCwlCheckOptions){
        .settings = &a->settings, .place = a->place, .http = http, .aws = aws, .say = lf_steps_say, .data = &steps});
  }
  lf_http_free(http);
  lf_aws_free(aws);
  lf_log_set_sink(NULL, NULL);
  return lf_steps_end(&steps);
}
