/* `logferry test output`. */
#ifndef LF_CMD_TEST_OUTPUT_H
#define LF_CMD_TEST_OUTPUT_H

#include "cmd/load.h"

/* Tries out whether the output can be reached or written to and prints it step by step. Returns: the exit code. */
int lf_cmd_test_output(LfLoaded *loaded);

#endif
