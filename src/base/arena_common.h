/* What both arenas share: everything that stands on lf_arena_alloc alone. Included by arena.c and arena_emu.c. */
#ifndef LF_BASE_ARENA_COMMON_H
#define LF_BASE_ARENA_COMMON_H

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

void *
lf_arena_alloc0(LfArena *arena, gsize size)
{
  void *p = lf_arena_alloc(arena, size);
  memset(p, 0, size);
  return p;
}

void *
lf_arena_alloc_n(LfArena *arena, gsize n, gsize size)
{
  gsize bytes;
  if (!g_size_checked_mul(&bytes, n, size))
    g_error("arena: %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT " bytes overflow", n, size);
  return lf_arena_alloc(arena, bytes);
}

LfSlice
lf_arena_dup(LfArena *arena, LfSlice s)
{
  char *p = lf_arena_alloc_n(arena, s.len + 1, 1);
  if (s.len > 0)
    memcpy(p, s.p, s.len);
  p[s.len] = '\0';
  return lf_slice(p, s.len);
}

LfSlice
lf_arena_printf(LfArena *arena, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  return lf_arena_dup(arena, lf_slice_str(text));
}

#endif
