/* The arena with one malloc an allocation, so that sanitizers see each overrun that a bump arena would hide. */
#include "base/arena_common.h"

struct LfArena {
  GPtrArray *blocks;
  gsize held;
};

LfArena *
lf_arena_new(void)
{
  LfArena *arena = g_new0(LfArena, 1);
  arena->blocks = g_ptr_array_new_with_free_func(g_free);
  return arena;
}

void
lf_arena_free(LfArena *arena)
{
  if (arena == NULL)
    return;
  g_ptr_array_unref(arena->blocks);
  g_free(arena);
}

void *
lf_arena_alloc(LfArena *arena, gsize size)
{
  void *p = g_malloc(MAX(size, 1));
  memset(p, 0xa5, MAX(size, 1)); /* so that nobody relies on cleared memory */
  g_ptr_array_add(arena->blocks, p);
  arena->held += size;
  return p;
}

void *
lf_arena_grow(LfArena *arena, void *old, gsize old_size, gsize new_size)
{
  void *p = lf_arena_alloc(arena, new_size);
  if (old_size > 0)
    memcpy(p, old, MIN(old_size, new_size));
  if (old != NULL) /* freed at once, so that a use after the growth is seen; the newest blocks are at the end */
    for (guint i = arena->blocks->len; i-- > 0;)
      if (g_ptr_array_index(arena->blocks, i) == old) {
        g_ptr_array_remove_index_fast(arena->blocks, i);
        break;
      }
  return p;
}

gsize
lf_arena_size(const LfArena *arena)
{
  return arena->held;
}

void
lf_arena_adopt(LfArena *arena, void *block, gsize size)
{
  g_ptr_array_add(arena->blocks, block);
  arena->held += size;
}
