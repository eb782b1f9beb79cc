/* Dotted paths into a document tree, and the one place that writes through them. */
#ifndef LF_VALUE_PATH_H
#define LF_VALUE_PATH_H

#include "value/value.h"

/* "a.b.0": `n` parts, split at dots, borrowed from `text`. Made once, used for many documents. */
typedef struct {
  LfSlice text;
  guint n;
  LfSlice *parts;
} LfPath;

/* Splits `text` (copied into the arena) at its dots; as Java's String.split has it, empty parts at the end do not
 * count. Returns: FALSE where nothing is left or there are more than LF_DEPTH_MAX parts. */
gboolean lf_path_parse(LfArena *arena, LfSlice text, LfPath *out);

/* What a walk met. `index` of LfPathStop tells the part. */
typedef enum {
  LF_PATH_OK,
  LF_PATH_ABSENT,        /* an object has no such member */
  LF_PATH_NULL,          /* a part is to be looked up in null */
  LF_PATH_SCALAR,        /* a part is to be looked up in a value that is neither object nor array */
  LF_PATH_NOT_INDEX,     /* a part is to be looked up in an array and is no whole number */
  LF_PATH_OUT_OF_BOUNDS, /* the array is shorter */
} LfPathResult;

/* Where a walk ended: the part that could not be followed, and the value it was to be looked up in. */
typedef struct {
  LfPathResult result;
  guint index;
  const LfValue *at;
} LfPathStop;

/* The value at the path. Objects are followed by key, arrays by index.
 * Returns: (transfer none) (nullable): NULL where it is not there; `stop` (nullable) tells why. */
LfValue *lf_path_get(const LfValue *root, const LfPath *path, LfPathStop *stop);

/* The container that holds the path's last part, ready to be written to: shared containers on the way are cloned into
 * the arena, and missing objects are made where `create` is TRUE.
 * Returns: (transfer none) (nullable): NULL where the way is blocked; `stop` tells why. */
LfValue *lf_path_parent(LfArena *arena, LfValue *root, const LfPath *path, gboolean create, LfPathStop *stop);

/* Sets the value at the path, making the objects on its way. Returns: FALSE where something that is no object or array
 * stands in the way (`stop` may be NULL). */
gboolean lf_path_set(LfArena *arena, LfValue *root, const LfPath *path, LfValue value, LfPathStop *stop);

/* Removes the value at the path. Returns: whether it was there. */
gboolean lf_path_remove(LfArena *arena, LfValue *root, const LfPath *path, LfPathStop *stop);

/* The index that a part names. Returns: FALSE where it is no whole number of 32 bits. */
gboolean lf_path_index(LfSlice part, gint64 *out);

#endif
