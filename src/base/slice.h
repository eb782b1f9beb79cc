/* Borrowed bytes with a length: the way text travels through the program. */
#ifndef LF_BASE_SLICE_H
#define LF_BASE_SLICE_H

#include <glib.h>
#include <string.h>

/* `len` bytes at `p`, not NUL-terminated, owned by someone else. `p` may be NULL when `len` is 0. */
typedef struct {
  const char *p;
  gsize len;
} LfSlice;

#define LF_SLICE_LIT(s) ((LfSlice){(s), sizeof(s) - 1})

static inline LfSlice
lf_slice(const char *p, gsize len)
{
  return (LfSlice){p, len};
}

static inline LfSlice
lf_slice_str(const char *s)
{
  return (LfSlice){s, s != NULL ? strlen(s) : 0};
}

static inline gboolean
lf_slice_equal(LfSlice a, LfSlice b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline gboolean
lf_slice_is(LfSlice a, const char *s)
{
  return lf_slice_equal(a, lf_slice_str(s));
}

static inline gboolean
lf_slice_has_prefix(LfSlice a, const char *s)
{
  gsize n = strlen(s);
  return a.len >= n && memcmp(a.p, s, n) == 0;
}

/* A NUL-terminated copy. Returns: (transfer full): free with g_free. */
static inline char *
lf_slice_dup(LfSlice a)
{
  return g_strndup(a.len > 0 ? a.p : "", a.len);
}

#endif
