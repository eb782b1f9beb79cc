/* The commands of the program. */
#ifndef LF_CMD_CMD_H
#define LF_CMD_CMD_H

/* Exit codes: 0 well, 1 differences found or the run did not finish its work, 2 cannot start (usage, configuration). */
enum { LF_EXIT_OK = 0, LF_EXIT_UNFINISHED = 1, LF_EXIT_USAGE = 2 };

/* A row of the table of commands. `run` gets the words from the command's own name on. */
typedef struct {
  const char *name;
  const char *usage; /* what stands behind the name */
  const char *doc;   /* one line */
  int (*run)(int argc, char **argv);
} LfCommand;

extern const LfCommand lf_commands[];
extern const unsigned lf_n_commands;

/* The row of that name. Returns: (transfer none) (nullable). */
const LfCommand *lf_command_find(const char *name);

/* Whether a command of that name is not there yet, but will be. */
int lf_command_is_planned(const char *name);

/* The rows' functions. */
int lf_cmd_run(int argc, char **argv);
int lf_cmd_demo(int argc, char **argv);
int lf_cmd_fakeaws(int argc, char **argv);
int lf_cmd_simulate(int argc, char **argv);
int lf_cmd_export(int argc, char **argv);
int lf_cmd_test(int argc, char **argv);
int lf_cmd_setup(int argc, char **argv);
int lf_cmd_modules(int argc, char **argv);
int lf_cmd_deadletter(int argc, char **argv);
int lf_cmd_version(int argc, char **argv);
int lf_cmd_help(int argc, char **argv);

#endif
