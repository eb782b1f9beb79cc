/* The set of event ids that were seen. */
#include "state/ids.h"

enum { PART_FIRST = 16 };

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
  larger.slots = g_new0(LfHash128, larger.cap);
  for (gsize i = 0; i < part->cap; i++)
    if ((part->slots[i].hi | part->slots[i].lo) != 0)
      larger.slots[find(&larger, part->slots[i])] = part->slots[i];
  g_free(part->slots);
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
    g_free(set->parts[i].slots);
  *set = (LfIdSet){0};
}
