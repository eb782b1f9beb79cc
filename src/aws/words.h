/* What AWS's servers say of a failure, as it gets into the log: bounded, and told apart without request ids. */
#ifndef LF_AWS_WORDS_H
#define LF_AWS_WORDS_H

#include <glib.h>

/* How many bytes of a server's words are kept. */
enum { LF_AWS_CODE_MAX = 200, LF_AWS_MESSAGE_MAX = 2000 };

/* What stands before a request id in a text; behind it is a closing parenthesis. */
#define LF_AWS_REQUEST_ID " (request id "

/* Cuts both ((nullable)) where they are longer than that, between two characters. */
void lf_aws_bound_words(char *code, char *message);

/* Whether both texts ((nullable)) say the same but for their request ids. */
gboolean lf_aws_same_complaint(const char *a, const char *b);

#endif
