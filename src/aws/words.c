/* What AWS's servers say of a failure. */
#include "aws/words.h"

#include "base/slice.h"

static void
cut(char *text, gsize max)
{
  if (text == NULL || strnlen(text, max + 1) <= max)
    return;
  gsize len = max;
  while (len > 0 && max - len < 3 && (text[len] & 0xc0) == 0x80)
    len--;
  text[len] = '\0';
}

void
lf_aws_bound_words(char *code, char *message)
{
  cut(code, LF_AWS_CODE_MAX);
  cut(message, LF_AWS_MESSAGE_MAX);
}

/* The text without its request id, in two parts. */
static void
split(const char *text, LfSlice part[2])
{
  const char *id = strstr(text, LF_AWS_REQUEST_ID), *end = id != NULL ? strchr(id, ')') : NULL;
  part[0] = lf_slice(text, end != NULL ? (gsize)(id - text) : strlen(text));
  part[1] = lf_slice_str(end != NULL ? end + 1 : "");
}

gboolean
lf_aws_same_complaint(const char *a, const char *b)
{
  LfSlice of_a[2], of_b[2];
  if (a == NULL || b == NULL)
    return a == b;
  split(a, of_a);
  split(b, of_b);
  return lf_slice_equal(of_a[0], of_b[0]) && lf_slice_equal(of_a[1], of_b[1]);
}
