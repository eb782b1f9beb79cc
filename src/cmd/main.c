/* The program's entry: finds the command and runs it. */
#include "cmd/cmd.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* Pages and bodies of a MiB and more are mappings of their own, whatever was freed before: in a heap they leave holes. The
 * other limit would follow the first, and give back at once what the next page needs. */
enum { MAPPED_MIN = 1024 * 1024, TRIMMED_MIN = 768 * 1024 };

int
main(int argc, char **argv)
{
  mallopt(M_MMAP_THRESHOLD, MAPPED_MIN);
  mallopt(M_TRIM_THRESHOLD, TRIMMED_MIN);
  if (argc < 2)
    return lf_cmd_run(argc, argv);
  if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
    return lf_cmd_help(1, argv);
  if (strcmp(argv[1], "--version") == 0)
    return lf_cmd_version(argc - 1, argv + 1);
  if (argv[1][0] == '-')
    return lf_cmd_run(argc, argv);
  const LfCommand *command = lf_command_find(argv[1]);
  if (command != NULL)
    return command->run(argc - 1, argv + 1);
  if (lf_command_is_planned(argv[1]))
    fprintf(stderr, "logferry: the command %s is not there yet; see logferry help\n", argv[1]);
  else
    fprintf(stderr, "logferry: there is no command %s; see logferry help\n", argv[1]);
  return LF_EXIT_USAGE;
}
