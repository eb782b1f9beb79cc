/* Regular expressions: compiled once, matched on PCRE2's JIT, each search under limits. */
#ifndef LF_TEXT_REGEX_H
#define LF_TEXT_REGEX_H

#include "base/slice.h"

typedef struct LfRegex LfRegex;

/* The longest pattern, in bytes, before and after a dialect's translation. */
enum { LF_REGEX_PATTERN_MAX = 16 * 1024, LF_REGEX_TRANSLATED_MAX = 256 * 1024 };

typedef enum {
  LF_REGEX_NO,
  LF_REGEX_YES,
  LF_REGEX_LIMIT, /* given up: it takes too many steps or too much memory. Nothing is known about the text */
} LfRegexResult;

/* Compiles what a translator of a dialect wrote: PCRE2's syntax over UTF-8 in which "." is any character, "\N" any but a
 * line feed, \d \w \s \b are ASCII's, a line ends with a line feed alone, (?m:^) matches behind the last one too, and
 * groups without a name capture nothing. `why` ((out) (transfer full) (nullable)) says what is wrong. Any number of
 * threads may match at once. Returns: (transfer full) (nullable): lf_regex_free; NULL where it is none. */
LfRegex *lf_regex_new(LfSlice pattern, char **why);

/* Frees it. NULL is allowed. */
void lf_regex_free(LfRegex *regex);

/* Whether the pattern matches somewhere in `text`. Allocates nothing but on a thread's first match. */
LfRegexResult lf_regex_match(const LfRegex *regex, LfSlice text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfRegex, lf_regex_free)

#endif
