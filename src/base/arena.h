/* A bump allocator: many small allocations that are freed together. */
#ifndef LF_BASE_ARENA_H
#define LF_BASE_ARENA_H

#include "base/slice.h"

typedef struct LfArena LfArena;

/* A new, empty arena. Not safe for use by two threads at once; it may be handed from one to another.
 * Returns: (transfer full): free with lf_arena_free. */
LfArena *lf_arena_new(void);

/* Frees the arena and all that was allocated in it. NULL is allowed. */
void lf_arena_free(LfArena *arena);

/* `size` bytes (0 is allowed), 16-byte aligned, not cleared. Aborts when memory is out.
 * Returns: (transfer none): lives as long as the arena. */
void *lf_arena_alloc(LfArena *arena, gsize size);

/* As lf_arena_alloc, cleared to zero. */
void *lf_arena_alloc0(LfArena *arena, gsize size);

/* `n` elements of `size` bytes each; aborts when the product overflows. */
void *lf_arena_alloc_n(LfArena *arena, gsize n, gsize size);

/* A larger copy of the `old_size` bytes at `old` (which may be NULL when old_size is 0); in place where `old` was the
 * last allocation. The old bytes must not be used any more. */
void *lf_arena_grow(LfArena *arena, void *old, gsize old_size, gsize new_size);

/* A copy of the bytes of `s` in the arena, with a NUL behind that does not count. */
LfSlice lf_arena_dup(LfArena *arena, LfSlice s);

/* Formats into the arena. */
LfSlice lf_arena_printf(LfArena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Bytes that the arena holds from the system, for limits that count memory. */
gsize lf_arena_size(const LfArena *arena);

/* Hands a malloc'ed block of `size` bytes to the arena, which frees it (or keeps it to be used again: base/spare) when it
 * ends itself. `block`: (transfer full). `size` counts into lf_arena_size. */
void lf_arena_adopt(LfArena *arena, void *block, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfArena, lf_arena_free)

#endif
