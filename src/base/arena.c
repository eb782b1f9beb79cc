/* The bump allocator behind every batch and every compiled thing. */
#include "base/arena_common.h"

#include "base/spare.h"

/* Blocks double up to a size of which many are under way at the same time, and which are used again. */
enum { BLOCK_FIRST = 4096, BLOCK_MAX = 64 * 1024, ALIGN = 16 };

typedef struct Block Block;
struct Block {
  Block *next;
  gsize size; /* with this header */
};

typedef struct {
  void *p;
  gsize size;
} Adopted;

struct LfArena {
  Block *blocks; /* the newest first: allocations come from it */
  char *at;
  char *end;
  gsize next_size;
  gsize held;
  Adopted *adopted;
  guint n_adopted;
};

G_STATIC_ASSERT(sizeof(Block) % ALIGN == 0);

LfArena *
lf_arena_new(void)
{
  LfArena *arena = g_new0(LfArena, 1);
  arena->next_size = BLOCK_FIRST;
  return arena;
}

void
lf_arena_free(LfArena *arena)
{
  if (arena == NULL)
    return;
  for (Block *b = arena->blocks, *next; b != NULL; b = next) {
    next = b->next;
    lf_spare_give(b, b->size);
  }
  for (guint i = 0; i < arena->n_adopted; i++)
    lf_spare_give(arena->adopted[i].p, arena->adopted[i].size);
  g_free(arena->adopted);
  g_free(arena);
}

static void *
alloc_slow(LfArena *arena, gsize size)
{
  gboolean own_block = size > arena->next_size / 4;
  gsize got;
  Block *b = lf_spare_take(own_block ? sizeof(Block) + size : arena->next_size, &got);
  b->size = got;
  arena->held += got;
  char *p = (char *)(b + 1);
  if (own_block && arena->blocks != NULL) { /* behind the current block, which still has room for small ones */
    b->next = arena->blocks->next;
    arena->blocks->next = b;
    return p;
  }
  b->next = arena->blocks;
  arena->blocks = b;
  arena->at = p + size;
  arena->end = (char *)b + got;
  if (!own_block && arena->next_size < BLOCK_MAX)
    arena->next_size *= 2;
  return p;
}

void *
lf_arena_alloc(LfArena *arena, gsize size)
{
  g_assert(size <= G_MAXSSIZE - ALIGN);
  size = (MAX(size, 1) + ALIGN - 1) & ~(gsize)(ALIGN - 1);
  if ((gsize)(arena->end - arena->at) < size)
    return alloc_slow(arena, size);
  void *p = arena->at;
  arena->at += size;
  return p;
}

void *
lf_arena_grow(LfArena *arena, void *old, gsize old_size, gsize new_size)
{
  g_assert(new_size <= G_MAXSSIZE - ALIGN);
  gsize old_room = (old_size + ALIGN - 1) & ~(gsize)(ALIGN - 1);
  gsize new_room = (new_size + ALIGN - 1) & ~(gsize)(ALIGN - 1);
  if (new_room <= old_room && old != NULL)
    return old;
  if (old != NULL && (char *)old + old_room == arena->at && (gsize)(arena->end - (char *)old) >= new_room) {
    arena->at = (char *)old + new_room;
    return old;
  }
  void *p = lf_arena_alloc(arena, new_size);
  if (old_size > 0)
    memcpy(p, old, old_size);
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
  arena->adopted = g_renew(Adopted, arena->adopted, arena->n_adopted + 1);
  arena->adopted[arena->n_adopted++] = (Adopted){block, size};
  arena->held += size;
}
