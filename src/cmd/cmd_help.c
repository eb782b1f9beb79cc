/* `logferry help`: what commands there are. */
#include "cmd/cmd.h"

#include <stdio.h>

int
lf_cmd_help(int argc, char **argv)
{
  if (argc > 1) {
    const LfCommand *command = lf_command_find(argv[1]);
    if (command == NULL) {
      fprintf(stderr, "logferry help: %s %s\n",
              lf_command_is_planned(argv[1]) ? "not there yet: the command" : "there is no command", argv[1]);
      return LF_EXIT_USAGE;
    }
    printf("Usage: logferry %s %s\n%s\n", command->name, command->usage, command->doc);
    printf("\nlogferry %s --help lists its flags.\n", command->name);
    return LF_EXIT_OK;
  }
  printf("logferry collects container logs from CloudWatch Logs for a Filebeat configuration,\n"
         "applies the module's ingest pipeline itself, and delivers each event once.\n\n");
  for (unsigned i = 0; i < lf_n_commands; i++)
    printf("  %-9s %s\n", lf_commands[i].name, lf_commands[i].doc);
  printf("\nTry: logferry demo\n"
         "Then: logferry test config -c filebeat.yml, logferry run -c filebeat.yml --once\n");
  return LF_EXIT_OK;
}
