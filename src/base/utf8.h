/* UTF-8 one sequence at a time, as Unicode's table 3-7 defines well-formed. */
#ifndef LF_BASE_UTF8_H
#define LF_BASE_UTF8_H

#include "base/slice.h"

/* The length (1 to 4) of the well-formed sequence at `p`, or 0 where there is none before `end`. */
static inline gsize
lf_utf8_sequence(const char *p, const char *end)
{
  const guint8 *s = (const guint8 *)p;
  gsize room = (gsize)(end - p);
  if (room == 0)
    return 0;
  if (s[0] < 0x80)
    return 1;
  if (s[0] < 0xc2)
    return 0;
  if (s[0] < 0xe0)
    return room >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
  if (s[0] < 0xf0) {
    if (room < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
      return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
      return 0;
    return 3;
  }
  if (s[0] > 0xf4 || room < 4 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80)
    return 0;
  if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
    return 0;
  return 4;
}

/* Writes the code point (a scalar value; anything else becomes U+FFFD) as UTF-8. Returns: the length, 1 to 4. */
static inline gsize
lf_utf8_encode(guint32 c, char *out)
{
  if ((c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
    c = 0xfffd;
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 0x3f));
  out[2] = (char)(0x80 | (c >> 6 & 0x3f));
  out[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}

#endif
