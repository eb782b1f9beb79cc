/* Fuzz: whatever the pattern, what is translated from Go's syntax compiles, or is too large; a match comes to an end. */
#include "text/regex.h"
#include "text/regex_go.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run(LfSlice pattern, LfSlice text, guint flags)
{
  static const char *const of_pcre2[] = {"regular expression is too large", "unknown property", "too many nested"};
  g_auto(LfBuf) out = {0};
  g_autofree char *why = NULL;
  if (!lf_regex_go_translate(pattern, flags, &out, &why)) {
    g_assert(why != NULL && g_utf8_validate(why, -1, NULL));
    return;
  }
  g_assert(why == NULL);
  g_autoptr(LfRegex) regex = lf_regex_new(lf_buf_slice(&out), &why);
  if (regex == NULL) {
    gboolean known = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(of_pcre2); i++)
      known = known || strstr(why, of_pcre2[i]) != NULL;
    if (!known)
      g_error("%s: %.*s", why, (int)out.len, out.p);
    return;
  }
  lf_regex_match(regex, text);
}

/* The pattern ends at the first byte 0xff; what is behind it is the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t *end = size > 0 ? memchr(data, 0xff, size) : NULL;
  gsize n = end != NULL ? (gsize)(end - data) : size;
  LfSlice text = end != NULL ? lf_slice((const char *)end + 1, size - n - 1) : LF_SLICE_LIT("Ab9 \xc3\xa9\n");
  run(lf_slice((const char *)data, n), text, 0);
  run(lf_slice((const char *)data, n), text, LF_REGEX_GO_BEATS);
  return 0;
}
