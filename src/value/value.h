/* The document tree: JSON-like values that live in an arena. */
#ifndef LF_VALUE_VALUE_H
#define LF_VALUE_VALUE_H

#include "base/arena.h"

/* The depth to which anything that recurses over a tree goes: reading, writing, comparing, cloning, templates,
 * pipelines. A scalar at the top has depth 0. */
enum { LF_DEPTH_MAX = 256 };

typedef enum {
  LF_TYPE_NULL,
  LF_TYPE_BOOL,
  LF_TYPE_INT,    /* 64 bits, signed */
  LF_TYPE_DOUBLE, /* a computed floating point number */
  LF_TYPE_NUMBER, /* a JSON number that is not an LF_TYPE_INT, kept as its text so that nothing is lost */
  LF_TYPE_STRING,
  LF_TYPE_ARRAY,
  LF_TYPE_OBJECT,
} LfType;

enum {
  LF_VALUE_ESCAPED = 1, /* string: the bytes are the inside of a valid JSON string, with its escapes */
  LF_VALUE_PLAIN = 2,   /* string: valid UTF-8 that needs no escape in JSON */
  LF_VALUE_SHARED = 4,  /* array, object: seen by others too; cloned before it is written to */
};

typedef struct LfArray LfArray;
typedef struct LfObject LfObject;

/* Passed and stored by value; what it points to belongs to an arena. `len` is the length in bytes of a string or a
 * number's text. */
typedef struct {
  guint8 type;
  guint8 flags;
  guint32 len;
  union {
    gboolean b;
    gint64 i;
    double d;
    const char *s;
    LfArray *array;
    LfObject *object;
  };
} LfValue;

struct LfArray {
  guint32 len;
  guint32 cap;
  LfValue *items;
};

/* A key is unescaped UTF-8; `key_plain` says that it needs no escape in JSON. */
typedef struct {
  const char *key;
  guint32 key_len;
  gboolean key_plain;
  LfValue value;
} LfMember;

/* Members that many objects have in common, from the `first` on: while they still are those, bit for bit, they are written
 * as `json`, which has a comma in front of each. What they hold is shared, and so never changes. */
typedef struct {
  guint32 first;
  guint32 n;
  const LfMember *members;
  LfSlice json;
} LfRun;

/* Members in the order in which they were first set; keys are unique. `json`, when not empty, is the whole object as
 * JSON, for shared objects that are written many times. */
struct LfObject {
  guint32 len;
  guint32 cap;
  LfMember *members;
  LfSlice json;
  const LfRun *run; /* (nullable) */
};

static inline LfValue
lf_value_null(void)
{
  return (LfValue){.type = LF_TYPE_NULL};
}

static inline LfValue
lf_value_bool(gboolean b)
{
  return (LfValue){.type = LF_TYPE_BOOL, .b = b != FALSE};
}

static inline LfValue
lf_value_int(gint64 i)
{
  return (LfValue){.type = LF_TYPE_INT, .i = i};
}

static inline LfValue
lf_value_double(double d)
{
  return (LfValue){.type = LF_TYPE_DOUBLE, .d = d};
}

/* A string over borrowed, unescaped bytes, which must be valid UTF-8 and outlive the value. At most 4 GiB. */
LfValue lf_value_string(LfSlice s);

/* As lf_value_string over a copy in the arena. */
LfValue lf_value_string_dup(LfArena *arena, LfSlice s);

/* A JSON number from its text (already checked against the grammar of RFC 8259), borrowed. */
LfValue lf_value_number(LfSlice text);

/* An empty array or object with room for `cap`. */
LfValue lf_value_array(LfArena *arena, guint32 cap);
LfValue lf_value_object(LfArena *arena, guint32 cap);

static inline gboolean
lf_value_is(const LfValue *v, LfType type)
{
  return v != NULL && v->type == type;
}

static inline gboolean
lf_value_is_number(const LfValue *v)
{
  return v->type == LF_TYPE_INT || v->type == LF_TYPE_DOUBLE || v->type == LF_TYPE_NUMBER;
}

/* The unescaped bytes of a string. An escaped one is unescaped into the arena, and `v` keeps the result.
 * Returns: (transfer none). */
LfSlice lf_value_text(LfArena *arena, LfValue *v);

/* The number as a double (LF_TYPE_INT, LF_TYPE_DOUBLE, LF_TYPE_NUMBER; 0 for anything else). */
double lf_value_as_double(const LfValue *v);

/* The number as a 64-bit integer. Returns: FALSE where it is none or does not fit. */
gboolean lf_value_as_int(const LfValue *v, gint64 *out);

/* Appends to an array; the array must not be shared. */
void lf_array_push(LfArena *arena, LfValue *array, LfValue item);

/* Takes the element at `index` out of an unshared array. */
void lf_array_remove(LfValue *array, guint32 index);

/* The member's value in an object. Returns: (transfer none) (nullable): NULL also where `object` is no object. Valid
 * until a member is added or removed. */
LfValue *lf_object_get(const LfValue *object, LfSlice key);

/* lf_object_get with a C string. */
static inline LfValue *
lf_object_get_str(const LfValue *object, const char *key)
{
  return lf_object_get(object, lf_slice_str(key));
}

/* Sets a member of an unshared object; `key` is copied into the arena unless it is there already. Returns: (transfer
 * none): the stored value. */
LfValue *lf_object_set(LfArena *arena, LfValue *object, LfSlice key, LfValue value);

/* As lf_object_set for a key that outlives the object, needs no copy and no escape: a name in the program's own text. */
LfValue *lf_object_set_static(LfArena *arena, LfValue *object, const char *key, LfValue value);

/* Removes a member of an unshared object. Returns: whether it was there. */
gboolean lf_object_remove(LfValue *object, LfSlice key);

/* Makes the array or object in `slot` one that this arena may write to: a shared one is replaced by a copy of its first
 * level. Everything that writes calls it for each container on its way down. */
void lf_value_make_writable(LfArena *arena, LfValue *slot);

/* A deep copy; strings too. Below LF_DEPTH_MAX null stands for what is deeper. */
LfValue lf_value_clone(LfArena *arena, const LfValue *v);

/* Marks `v` and everything below as shared. */
void lf_value_share(LfValue *v);

/* Whether two trees are equal: objects without regard to order, numbers by value, strings by their unescaped bytes. */
gboolean lf_value_equal(const LfValue *a, const LfValue *b);

#endif
