/* A string with variables, taken apart: text, ${name}, ${name:default}, ${name:?text}, ${name:+text}. */
#ifndef LF_CONFIG_VARTEXT_H
#define LF_CONFIG_VARTEXT_H

#include "base/arena.h"
#include "base/place.h"

typedef enum {
  LF_VAR_TEXT,    /* no variable: `text` as it stands */
  LF_VAR_PLAIN,   /* ${name} */
  LF_VAR_DEFAULT, /* ${name:right} */
  LF_VAR_ERROR,   /* ${name:?right} */
  LF_VAR_INSTEAD, /* ${name:+right}: right where the name is set, else nothing */
} LfVarKind;

typedef struct LfVarPiece LfVarPiece;

/* Pieces in a row. */
typedef struct {
  LfVarPiece *items;
  guint n;
  guint cap;
} LfVarText;

struct LfVarPiece {
  LfVarKind kind;
  LfSlice text;
  LfVarText left;
  LfVarText right;
};

/* Takes `text` apart as go-ucfg does: `$$` and `$}` are `$` and `}`, a lone `$` is itself, variables nest.
 * Returns: FALSE with LF_CONFIG_ERROR at `place`: an empty name, a missing brace, more than LF_DEPTH_MAX levels. */
gboolean lf_vartext_parse(LfArena *arena, LfPlace place, LfSlice text, LfVarText *out, GError **error);

#endif
