/* What the commands that need a configuration do first: flags, files, log. */
#ifndef LF_CMD_LOAD_H
#define LF_CMD_LOAD_H

#include "cmd/flags.h"
#include "pump/setup.h"

/* A command's configuration. Starts as {0}; lf_loaded_clear. */
typedef struct {
  LfFlags flags;
  LfConfig *config;
  LfArena *arena;
  LfAssembly *assembly;        /* (nullable) */
  const void *output_settings; /* (nullable): with an assembly */
  LfEsSetup *setup;            /* (nullable): with an assembly, for output.elasticsearch */
} LfLoaded;

/* How much a command needs. */
enum {
  LF_LOAD_ASSEMBLY = 1,  /* render modules, read inputs, compile pipelines */
  LF_LOAD_OUTPUT = 2,    /* an output must be configured */
  LF_LOAD_LOG = 4,       /* apply `logging` */
  LF_LOAD_NO_INPUTS = 8, /* an assembly may be empty */
};

/* Parses the command's arguments and loads. Errors are printed to stderr ("logferry <command>: …").
 * Returns: -1 to go on, else the exit code (0 after --help). */
int lf_load(LfLoaded *loaded, const char *command, int argc, char **argv, guint flag_set, guint needs);

/* Frees what was loaded. */
void lf_loaded_clear(LfLoaded *loaded);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfLoaded, lf_loaded_clear)

#endif
