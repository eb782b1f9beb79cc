/* What the files of state/ know of an open state. */
#ifndef LF_STATE_STATE_INTERNAL_H
#define LF_STATE_STATE_INTERNAL_H

#include "state/db.h"
#include "state/state.h"

struct LfState {
  LfDb *db;
  LfHashKey hash_key;
};

#endif
