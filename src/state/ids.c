/* The set of event ids that were seen. */
#include "state/ids.h"

#include <sys/mman.h>

/* From so many slots on a table is a mapping of its own: tables that grow leave holes in a heap, which their successors are too
 * large for. The kernel has cleared it, too. */
enum { PART_FIRST = 16, MAPPED_MIN = 4096 };

static LfHash128 *
slots_new(gsize cap)
{
  if (cap < MAPPED_MIN)
    return g_new0(LfHash128, cap);
  void *p = mmap(NULL, cap * sizeof(LfHash128), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    g_error("out of memory for %" G_GSIZE_FORMAT " event ids", cap);
  return p;
}

static void
slots_free(LfHash128 *slots, gsize cap)
{
  if (cap < MAPPED_MIN)
    g_free(slots);
  else
    munmap(slots, cap * sizeof(LfHash128));
}

/* The hash is keyed and uniform: its bits are the place. An id that hashes to {0,0} takes {0,1} for its own. */
static LfHash128
normal(LfHash128 id)
{
  if (id.hi == 0 && id.lo == 0)
    id.lo = 1;
  return id;
}

static inline LfIdPart *
part_of(const LfIdSet *set, LfHash128 id)
{
  return (LfIdPart *)&set->parts[id.hi % LF_ID_PARTS];
}

/* Where the id's place begins: its low 32 bits as a fraction of the table, whose size need not be a power of two. */
static inline gsize
place(const LfIdPart *part, LfHash128 id)
{
  return (gsize)(((id.lo & 0xffffffff) * part->cap) >> 32);
}

static gsize
find(const LfIdPart *part, LfHash128 id)
{
  gsize at = place(part, id);
  while ((part->slots[at].hi | part->slots[at].lo) != 0 && (part->slots[at].hi != id.hi || part->slots[at].lo != id.lo))
    at = at + 1 < part->cap ? at + 1 : 0;
  return at;
}

static void
grow(LfIdPart *part)
{
  LfIdPart larger = {.cap = MAX(part->cap + part->cap / 2, PART_FIRST), .n = part->n};
  g_assert(larger.cap < G_MAXUINT32);
  larger.slots = slots_new(larger.cap);
  for (gsize i = 0; i < part->cap; i++)
    if ((part->slots[i].hi | part->slots[i].lo) != 0)
      larger.slots[find(&larger, part->slots[i])] = part->slots[i];
  slots_free(part->slots, part->cap);
  *part = larger;
}

gboolean
lf_ids_add(LfIdSet *set, LfHash128 id)
{
  id = normal(id);
  LfIdPart *part = part_of(set, id);
  if (part->n * 16 >= part->cap * 13)
    grow(part);
  gsize at = find(part, id);
  if ((part->slots[at].hi | part->slots[at].lo) != 0)
    return FALSE;
  part->slots[at] = id;
  part->n++;
  set->n++;
  return TRUE;
}

void
lf_ids_expect(const LfIdSet *set, LfHash128 id)
{
  const LfIdPart *part = part_of(set, id);
  if (part->cap > 0)
    __builtin_prefetch(&part->slots[place(part, id)], 1);
}

gboolean
lf_ids_has(const LfIdSet *set, LfHash128 id)
{
  id = normal(id);
  const LfIdPart *part = part_of(set, id);
  if (part->cap == 0)
    return FALSE;
  gsize at = find(part, id);
  return (part->slots[at].hi | part->slots[at].lo) != 0;
}

void
lf_ids_clear(LfIdSet *set)
{
  for (guint i = 0; i < LF_ID_PARTS; i++)
    slots_free(set->parts[i].slots, set->parts[i].cap);
  *set = (LfIdSet){0};
}
