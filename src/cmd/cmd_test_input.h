/* `logferry test input`. */
#ifndef LF_CMD_TEST_INPUT_H
#define LF_CMD_TEST_INPUT_H

#include "cmd/load.h"

/* Tries out what each input needs and prints it step by step. Returns: the exit code. */
int lf_cmd_test_input(LfLoaded *loaded);

#endif
