/* Go's regular expressions (RE2's syntax) in PCRE2's words. */
#ifndef LF_TEXT_REGEX_GO_H
#define LF_TEXT_REGEX_GO_H

#include "base/buf.h"

enum {
  /* As libbeat's common/match has it: ".*" at either end of the whole pattern is left out, and a ^ before or a $ behind
   * it, also where a text has several lines. */
  LF_REGEX_GO_BEATS = 1,
};

/* Appends to `out` what lf_regex_new takes: a pattern that matches where Go's regexp.MatchString does (groups capture
 * nothing). Go's rules: https://pkg.go.dev/regexp/syntax with the flags of syntax.Perl. What Go refuses is refused (names
 * in \p{} that Go does not know by lf_regex_new). `why` ((out) (transfer full) (nullable)) names it. `flags`:
 * LF_REGEX_GO_BEATS or 0. Returns: FALSE where it is none; `out` may have grown then.
 * Not the same: \p{} is of PCRE2's Unicode; under (?i) it is refused where the class has letters of one case, or marks
 * that are the other case of a letter (Lu, Ll, Lt, M, Mn, Greek, Common, Inherited). */
gboolean lf_regex_go_translate(LfSlice pattern, guint flags, LfBuf *out, char **why);

#endif
