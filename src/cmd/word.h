/* Commands of two words: `export input`, `test config`. */
#ifndef LF_CMD_WORD_H
#define LF_CMD_WORD_H

#include "cmd/load.h"

/* A second word. `run` gets the loaded configuration and returns the exit code; NULL for a word that is not there yet.
 * `needs` is what lf_load takes. */
typedef struct {
  const char *name;
  int (*run)(LfLoaded *loaded);
  guint needs;
} LfWord;

/* Finds the second word among the arguments, loads the configuration, runs the word, logs the notes. Returns: the exit
 * code. */
int lf_word_run(const char *command, const LfWord *words, guint n, int argc, char **argv);

/* A place as people read it, "filebeat.yml:3:5", without the colon behind. Returns: (transfer full): g_free. */
char *lf_word_place(LfPlace place);

#endif
