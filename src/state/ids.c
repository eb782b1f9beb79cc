/* The set of event ids that were seen. */
#include "state/ids.h"

/* The hash is keyed and uniform: its low bits are the place. An id that hashes to {0,0} takes {0,1} for its own. */
static LfHash128
normal(LfHash128 id)
{
  if (id.hi == 0 && id.lo == 0)
    id.lo = 1;
  return id;
}

static gsize
find(const LfIdSet *set, LfHash128 id)
{
  gsize mask = set->cap - 1, at = (gsize)id.lo & mask;
  while ((set->slots[at].hi | set->slots[at].lo) != 0 && (set->slots[at].hi != id.hi || set->slots[at].lo != id.lo))
    at = (at + 1) & mask;
  return at;
}

static void
grow(LfIdSet *set)
{
  LfIdSet larger = {.cap = MAX(set->cap * 2, 256), .n = set->n};
  larger.slots = g_new0(LfHash128, larger.cap);
  for (gsize i = 0; i < set->cap; i++)
    if ((set->slots[i].hi | set->slots[i].lo) != 0)
      larger.slots[find(&larger, set->slots[i])] = set->slots[i];
  g_free(set->slots);
  *set = larger;
}

gboolean
lf_ids_add(LfIdSet *set, LfHash128 id)
{
  id = normal(id);
  if (set->n * 4 >= set->cap * 3)
    grow(set);
  gsize at = find(set, id);
  if ((set->slots[at].hi | set->slots[at].lo) != 0)
    return FALSE;
  set->slots[at] = id;
  set->n++;
  return TRUE;
}

void
lf_ids_expect(const LfIdSet *set, LfHash128 id)
{
  if (set->cap > 0)
    __builtin_prefetch(&set->slots[(gsize)id.lo & (set->cap - 1)], 1);
}

gboolean
lf_ids_has(const LfIdSet *set, LfHash128 id)
{
  if (set->cap == 0)
    return FALSE;
  id = normal(id);
  gsize at = find(set, id);
  return (set->slots[at].hi | set->slots[at].lo) != 0;
}

void
lf_ids_clear(LfIdSet *set)
{
  g_free(set->slots);
  *set = (LfIdSet){0};
}
