/* The vectorised scan of JSON strings, and its portable twin. */
#include "value/json_read.h"

#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline gboolean
is_special(char c)
{
  guint8 u = (guint8)c;
  return u < 0x20 || u >= 0x80 || u == '"' || u == '\\';
}

const char *
lf_json_scan(const char *p, const char *end)
{
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
  while (end - p >= 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    /* a signed compare: control characters and bytes from 0x80 on are both below 0x20 */
    __m128i hit =
        _mm_or_si128(_mm_cmplt_epi8(v, space), _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
    int mask = _mm_movemask_epi8(hit);
    if (mask != 0)
      return p + __builtin_ctz((unsigned)mask);
    p += 16;
  }
#endif
  while (p < end && !is_special(*p))
    p++;
  return p;
}

static inline gboolean
is_short_escape(char c)
{
  return c == '"' || c == '\\' || c == 'n' || c == 't' || c == '/' || c == 'r' || c == 'b' || c == 'f';
}

const char *
lf_json_scan_string(const char *p, const char *end, gboolean *escaped)
{
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
  while (end - p >= 17) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i hit =
        _mm_or_si128(_mm_cmplt_epi8(v, space), _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
    unsigned mask = (unsigned)_mm_movemask_epi8(hit);
    const char *next = p + 16;
    while (mask != 0) {
      const char *at = p + __builtin_ctz(mask);
      if (*at != '\\' || !is_short_escape(at[1])) /* the byte behind the sixteen is there too */
        return at;
      *escaped = TRUE;
      if (at + 2 > next)
        next = at + 2;
      mask &= ~(3u << (at - p)); /* what is escaped ends nothing */
    }
    p = next;
  }
#endif
  while ((p = lf_json_scan(p, end)) + 1 < end && *p == '\\' && is_short_escape(p[1])) {
    *escaped = TRUE;
    p += 2;
  }
  return p;
}

gboolean
lf_json_is_plain(LfSlice s)
{
  const char *p = s.p, *end = s.p + s.len;
  if (s.len == 0)
    return TRUE;
  for (;;) {
    p = lf_json_scan(p, end);
    if (p == end)
      return TRUE;
    if ((guint8)*p < 0x80)
      return FALSE;
    gsize n = lf_utf8_sequence(p, end);
    if (n == 0)
      return FALSE;
    p += n;
  }
}
