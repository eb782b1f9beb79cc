/* The table of commands. */
#include "cmd/cmd.h"

#include <stddef.h>
#include <string.h>

const LfCommand lf_commands[] = {
    {"run", "[-c FILE]… [-E KEY=VALUE]… [flags]", "Collect log groups and deliver their events (also without a word)",
     lf_cmd_run},
    {"demo", "[--dir DIR] [--events N] [--hold]", "See the whole way at work on a small CloudWatch Logs server inside",
     lf_cmd_demo},
    {"fakeaws", "[--port N] [flags]", "Run that server on its own, for tests", lf_cmd_fakeaws},
    {"simulate", "(--pipeline FILE | --module DIR --fileset NAME) [--format text|json] [DOCS|-]",
     "Run an ingest pipeline on documents, as Elasticsearch's _simulate does", lf_cmd_simulate},
    {"export", "input|config|template [flags]",
     "Print what a configuration's inputs render to, the whole configuration, or the index template", lf_cmd_export},
    {"test", "config|input|output [flags]",
     "Check a configuration and say what it would do, or try out whether its inputs can read and its output be reached",
     lf_cmd_test},
    {"setup", "[--index-management] [--pipelines] [flags]",
     "Load index template, lifecycle policy and pipelines into Elasticsearch or OpenSearch", lf_cmd_setup},
    {"modules", "list | enable NAME… | disable NAME…", "Manage the files in modules.d", lf_cmd_modules},
    {"deadletter", "list | show ID | replay ID…|--all | drop ID…|--all [flags]",
     "Look at events that could not be delivered, deliver them after all, or drop them", lf_cmd_deadletter},
    {"version", "", "Print the version, what it is built with and which modules it ships", lf_cmd_version},
    {"help", "[COMMAND]", "Explain a command", lf_cmd_help},
};
const unsigned lf_n_commands = sizeof lf_commands / sizeof lf_commands[0];

const LfCommand *
lf_command_find(const char *name)
{
  for (unsigned i = 0; i < lf_n_commands; i++)
    if (strcmp(lf_commands[i].name, name) == 0)
      return &lf_commands[i];
  return NULL;
}

int
lf_command_is_planned(const char *name)
{
  static const char *const planned[] = {"verify", "diff", "registry"};
  for (unsigned i = 0; i < sizeof planned / sizeof planned[0]; i++)
    if (strcmp(planned[i], name) == 0)
      return 1;
  return 0;
}
