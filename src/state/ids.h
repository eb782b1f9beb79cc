/* The set of event ids that were seen: 128-bit hashes, in memory for the windows that are being read. */
#ifndef LF_STATE_IDS_H
#define LF_STATE_IDS_H

#include "base/digest.h"

/* A table of ids. */
typedef struct {
  LfHash128 *slots; /* open addressing; {0,0} is an empty slot */
  gsize cap;
  gsize n;
} LfIdPart;

/* Tables that grow by themselves and by half, so that there is never much more memory than ids. Starts as {0}. */
enum { LF_ID_PARTS = 16 };
typedef struct {
  LfIdPart parts[LF_ID_PARTS];
  gsize n; /* of all */
} LfIdSet;

/* Adds an id. Returns: FALSE where it was there already. */
gboolean lf_ids_add(LfIdSet *set, LfHash128 id);

/* Says that the id will be added soon: its place is brought into the CPU's cache. */
void lf_ids_expect(const LfIdSet *set, LfHash128 id);

/* Whether the id is in the set. */
gboolean lf_ids_has(const LfIdSet *set, LfHash128 id);

/* Forgets everything and frees the memory. */
void lf_ids_clear(LfIdSet *set);

#endif
