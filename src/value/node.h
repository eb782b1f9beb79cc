/* The tree of a person's file (configuration, manifest, pipeline): each node knows its place. */
#ifndef LF_VALUE_NODE_H
#define LF_VALUE_NODE_H

#include "base/place.h"
#include "value/value.h"

typedef enum {
  LF_NODE_NULL,
  LF_NODE_BOOL,
  LF_NODE_INT,
  LF_NODE_FLOAT,
  LF_NODE_STRING,
  LF_NODE_LIST,
  LF_NODE_MAP,
} LfNodeType;

typedef struct LfNode LfNode;

/* A key with its place, and what stands behind it. */
typedef struct {
  LfSlice key;
  LfPlace place;
  LfNode *node;
} LfNodeEntry;

/* Lives in an arena. `text` is a scalar's text as it stands in the file (unquoted, unescaped); `quoted` tells a string
 * that was written with quotes or as a block. `entries` are a map's, in the file's order with unique keys; a list's
 * have empty keys. */
struct LfNode {
  LfNodeType type;
  LfPlace place;
  LfSlice text;
  gboolean quoted;
  gboolean b;
  gint64 i;
  double d;
  guint n;
  guint cap;
  LfNodeEntry *entries;
};

/* New nodes. Scalars: `text` is borrowed. */
LfNode *lf_node_new(LfArena *arena, LfNodeType type, LfPlace place);
LfNode *lf_node_string(LfArena *arena, LfPlace place, LfSlice text);

/* A scalar as YAML 1.1 reads plain text (yes, on, 0x1f, 1_000, ~ …), in gopkg.in/yaml.v2's reading, which is what
 * Filebeat uses. */
LfNode *lf_node_plain(LfArena *arena, LfPlace place, LfSlice text);

/* The node behind `key` in a map. Returns: (transfer none) (nullable): NULL also where `map` is NULL or no map. */
LfNode *lf_node_get(const LfNode *map, const char *key);

/* The whole entry, for its place. Returns: (transfer none) (nullable). */
LfNodeEntry *lf_node_entry(const LfNode *map, LfSlice key);

/* The node at a dotted path of nested maps, "a.b.c". Returns: (transfer none) (nullable). */
LfNode *lf_node_get_path(const LfNode *map, const char *path);

/* Sets or replaces; `key` is copied. Returns: (transfer none): the entry, valid until the next one is added. */
LfNodeEntry *lf_node_set(LfArena *arena, LfNode *map, LfSlice key, LfPlace place, LfNode *node);

/* Removes the entry of a map. Returns: whether it was there. */
gboolean lf_node_remove(LfNode *map, LfSlice key);

/* Appends to a list. */
void lf_node_push(LfArena *arena, LfNode *list, LfNode *node);

/* A deep copy (texts are shared). */
LfNode *lf_node_clone(LfArena *arena, const LfNode *node);

/* The tree without its places. Strings are borrowed from the node. */
LfValue lf_node_to_value(LfArena *arena, const LfNode *node);

/* A tree whose every node stands at `place`. */
LfNode *lf_node_from_value(LfArena *arena, LfPlace place, LfValue *value);

/* What a person calls the type: "a list", "the number 5", "the text \"abc\"" (cut to 60 characters). (transfer full) */
char *lf_node_describe(const LfNode *node);

#endif
