/* Go templates inside: tokens, the tree of a template, values, the printer; for this folder alone. */
#ifndef LF_MODULE_GOTMPL_IMPL_H
#define LF_MODULE_GOTMPL_IMPL_H

#include "module/gotmpl/gotmpl.h"

/* ---- tokens ---- */

typedef enum {
  LF_TMPL_TOKEN_ERROR, /* `text` is the message */
  LF_TMPL_TOKEN_EOF,
  LF_TMPL_TOKEN_TEXT,
  LF_TMPL_TOKEN_LEFT_DELIM,
  LF_TMPL_TOKEN_RIGHT_DELIM,
  LF_TMPL_TOKEN_SPACE,
  LF_TMPL_TOKEN_ASSIGN,  /* = */
  LF_TMPL_TOKEN_DECLARE, /* := */
  LF_TMPL_TOKEN_PIPE,
  LF_TMPL_TOKEN_LEFT_PAREN,
  LF_TMPL_TOKEN_RIGHT_PAREN,
  LF_TMPL_TOKEN_CHAR, /* any other printable ASCII character: a comma, say */
  LF_TMPL_TOKEN_BOOL,
  LF_TMPL_TOKEN_CHAR_CONSTANT,
  LF_TMPL_TOKEN_NUMBER,
  LF_TMPL_TOKEN_COMPLEX, /* 1+2i */
  LF_TMPL_TOKEN_STRING,
  LF_TMPL_TOKEN_RAW_STRING,
  LF_TMPL_TOKEN_DOT,
  LF_TMPL_TOKEN_FIELD,    /* with its dot */
  LF_TMPL_TOKEN_VARIABLE, /* with its dollar */
  LF_TMPL_TOKEN_IDENTIFIER,
  LF_TMPL_TOKEN_BLOCK,
  LF_TMPL_TOKEN_BREAK,
  LF_TMPL_TOKEN_CONTINUE,
  LF_TMPL_TOKEN_DEFINE,
  LF_TMPL_TOKEN_ELSE,
  LF_TMPL_TOKEN_END,
  LF_TMPL_TOKEN_IF,
  LF_TMPL_TOKEN_NIL,
  LF_TMPL_TOKEN_RANGE,
  LF_TMPL_TOKEN_TEMPLATE,
  LF_TMPL_TOKEN_WITH,
} LfTmplTokenType;

typedef struct {
  LfTmplTokenType type;
  guint32 at; /* offset in the template's text */
  LfSlice text;
} LfTmplToken;

/* The template's tokens; the last one is EOF or ERROR. Comments leave no token, trimmed space is gone.
 * Returns: (transfer full) (element-type LfTmplToken). */
GArray *lf_tmpl_lex(LfSlice text, LfTemplateDelims delims);

/* ---- values ---- */

typedef enum {
  LF_TMPL_KIND_INVALID, /* no value at all: what Go prints as <no value> */
  LF_TMPL_KIND_NIL,     /* a nil that an argument or an element holds */
  LF_TMPL_KIND_BOOL,
  LF_TMPL_KIND_INT,
  LF_TMPL_KIND_BYTE, /* uint8: an element of a string */
  LF_TMPL_KIND_FLOAT,
  LF_TMPL_KIND_COMPLEX,
  LF_TMPL_KIND_STRING,
  LF_TMPL_KIND_LIST,
  LF_TMPL_KIND_MAP, /* members sorted by key */
} LfTmplKind;

typedef struct {
  LfTmplKind kind;
  gboolean boxed; /* read from a map or a list and not piped since: Go holds it as an interface{}, which slice minds */
  union {
    gboolean b;
    gint64 i; /* INT and BYTE */
    double d;
    struct {
      double re, im;
    } z;
    LfSlice s; /* any bytes, not always UTF-8 */
    struct {
      const LfValue *items;
      guint32 len, cap; /* slicing may go up to cap, as in Go */
    } list;
    const LfObject *map;
  };
} LfTmplValue;

static inline LfTmplValue
lf_tmpl_bool(gboolean b)
{
  return (LfTmplValue){.kind = LF_TMPL_KIND_BOOL, .b = b};
}

static inline LfTmplValue
lf_tmpl_int(gint64 i)
{
  return (LfTmplValue){.kind = LF_TMPL_KIND_INT, .i = i};
}

static inline LfTmplValue
lf_tmpl_string(LfSlice s)
{
  return (LfTmplValue){.kind = LF_TMPL_KIND_STRING, .s = s};
}

static inline gboolean
lf_tmpl_is_nil(const LfTmplValue *v)
{
  return v->kind <= LF_TMPL_KIND_NIL;
}

/* The value, boxed, of an element of the variables, which lf_tmpl_prepare has made ready. */
LfTmplValue lf_tmpl_from_value(const LfValue *v);

/* A copy of the variables in which strings are unescaped, numbers are ints or doubles and members are sorted. */
LfValue lf_tmpl_prepare(LfArena *arena, const LfValue *v);

/* Go's name of the value's type; "<nil>" for none. */
const char *lf_tmpl_type_name(const LfTmplValue *v);

/* Whether if and and take the value for true. */
gboolean lf_tmpl_is_true(const LfTmplValue *v);

/* ---- literals ---- */

/* The bytes that a quoted or raw Go string literal stands for. Returns: FALSE where it is none. */
gboolean lf_tmpl_unquote(LfArena *arena, LfSlice literal, LfSlice *out);

/* The value of a number or character literal by Go's typing of constants. `*overflow` is set for a whole number that
 * fits uint64 but not int, which is an error only where it is evaluated.
 * Returns: NULL, or what is wrong with the literal. */
const char *lf_tmpl_number(LfTmplTokenType type, LfSlice literal, LfTmplValue *out, gboolean *overflow);

/* Appends a Go string literal in double quotes: strconv.Quote, or QuoteToASCII. */
void lf_tmpl_quote(LfBuf *out, LfSlice s, gboolean ascii);

/* Appends a Go character literal: strconv.QuoteRune, or QuoteRuneToASCII. */
void lf_tmpl_quote_rune(LfBuf *out, gunichar c, gboolean ascii);

/* Whether a character is printed as it is in Go's literals: strconv.IsPrint. */
gboolean lf_tmpl_is_print(gunichar c);

/* The code point at `p` and the bytes that it takes; U+FFFD and 1 where the bytes are no UTF-8. */
gunichar lf_tmpl_rune(const char *p, const char *end, gsize *len);

/* ---- the tree ---- */

typedef struct LfTmplFunc LfTmplFunc;
typedef struct LfTmplPipe LfTmplPipe;
typedef struct LfTmplNode LfTmplNode;

typedef enum {
  LF_TMPL_OPERAND_CONSTANT,
  LF_TMPL_OPERAND_NIL,
  LF_TMPL_OPERAND_DOT, /* and .field.field */
  LF_TMPL_OPERAND_VARIABLE,
  LF_TMPL_OPERAND_FUNCTION,
  LF_TMPL_OPERAND_PIPE, /* in parentheses */
} LfTmplOperandType;

/* A term and the fields that are read from it. */
typedef struct {
  LfTmplOperandType type;
  guint32 at, end;
  gboolean overflow; /* of a constant */
  LfTmplValue value; /* CONSTANT */
  LfSlice name;      /* VARIABLE, with its dollar */
  const LfTmplFunc *func;
  LfTmplPipe *pipe;
  guint n_fields;
  LfSlice *fields; /* without dots */
} LfTmplOperand;

typedef struct LfTmplCommand LfTmplCommand;
struct LfTmplCommand {
  guint32 at, end;
  guint n_args; /* at least 1 */
  LfTmplOperand *args;
  LfTmplCommand *next;
};

struct LfTmplPipe {
  guint32 at, end;
  gboolean assign; /* = instead of := */
  guint n_decls;
  LfSlice decls[2]; /* names with their dollar */
  LfTmplCommand *commands;
};

typedef enum {
  LF_TMPL_NODE_TEXT,
  LF_TMPL_NODE_ACTION,
  LF_TMPL_NODE_IF,
  LF_TMPL_NODE_WITH,
  LF_TMPL_NODE_RANGE,
  LF_TMPL_NODE_TEMPLATE,
  LF_TMPL_NODE_BREAK,
  LF_TMPL_NODE_CONTINUE,
} LfTmplNodeType;

struct LfTmplNode {
  LfTmplNodeType type;
  guint32 at, end;
  LfSlice text; /* TEXT: the text; TEMPLATE: the name */
  LfTmplPipe *pipe;
  LfTmplNode *body, *otherwise;
  gboolean chained; /* `otherwise` is the node of an `else if` or `else with` */
  LfTmplNode *next;
};

/* One named template of the text; the whole text is the one named "text", as in Filebeat. */
typedef struct LfTmplDefinition LfTmplDefinition;
struct LfTmplDefinition {
  LfSlice name;
  LfTmplNode *body;
  LfTmplDefinition *next;
};

struct LfTemplate {
  LfPlace place;
  LfSlice text;
  LfTmplDefinition *definitions;
};

/* The definition of that name. Returns: (transfer none) (nullable). */
LfTmplDefinition *lf_tmpl_lookup(const LfTemplate *t, LfSlice name);

/* The place of the byte at `offset`; columns count characters. */
LfPlace lf_tmpl_place(const LfTemplate *t, gsize offset);

/* ---- the printer: Go's fmt ---- */

typedef struct {
  gboolean minus, plus, sharp, space, zero;
  gboolean sharp_v; /* %#v: Go syntax */
  gboolean has_width, has_precision;
  int width, precision;
} LfTmplFlags;

/* Appends to `out` up to a length of `max`; `full` says that more would have come. */
typedef struct {
  LfBuf *out;
  gsize max;
  gboolean full;
  LfTmplFlags flags;
} LfTmplPrinter;

/* Appends bytes as they are. */
void lf_tmpl_emit(LfTmplPrinter *pr, LfSlice s);

/* Appends a value as the verb asks for, with the printer's flags; 'v' is the default format. */
void lf_tmpl_print_value(LfTmplPrinter *pr, const LfTmplValue *v, gunichar verb);

/* fmt.Sprint: a space between operands where neither is a string. */
void lf_tmpl_sprint(LfTmplPrinter *pr, const LfTmplValue *args, guint n);

/* fmt.Sprintln: spaces between all operands, and a newline. */
void lf_tmpl_sprintln(LfTmplPrinter *pr, const LfTmplValue *args, guint n);

/* fmt.Sprintf. */
void lf_tmpl_sprintf(LfTmplPrinter *pr, LfSlice format, const LfTmplValue *args, guint n);

/* Appends a float as strconv.FormatFloat does for the formats e E f g G b x X; precision -1 is as short as possible. */
void lf_tmpl_format_float(LfBuf *out, double d, char format, int precision);

/* ---- functions ---- */

/* What a parameter takes, by Go's types. */
typedef enum {
  LF_TMPL_PARAM_VALUE,  /* reflect.Value: anything, also nothing */
  LF_TMPL_PARAM_ANY,    /* interface{} */
  LF_TMPL_PARAM_STRING, /* string */
  LF_TMPL_PARAM_LIST,   /* []interface{} */
} LfTmplParam;

typedef struct {
  LfArena *arena;
  const LfValue *vars;
  gsize made;  /* bytes of text that functions have made */
  char *fault; /* (nullable): what a function that failed says, g_free */
} LfTmplRun;

/* Computes a function's value. Returns: FALSE with run->fault set. */
typedef gboolean (*LfTmplFunctionFn)(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);

struct LfTmplFunc {
  LfTemplateFunction row;
  LfTmplFunctionFn call; /* NULL for and, or, which evaluate their arguments one by one */
  gboolean stop_on;      /* and, or: the truth that ends them */
  LfTmplParam params[2]; /* of the first two arguments */
  LfTmplParam rest;      /* of the others */
};

/* The function of that name. Returns: (transfer none) (nullable). */
const LfTmplFunc *lf_tmpl_function(LfSlice name);

/* The text functions: print, printf, println, html, js, urlquery, tojson. */
gboolean lf_tmpl_call_print(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);
gboolean lf_tmpl_call_printf(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);
gboolean lf_tmpl_call_println(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);
gboolean lf_tmpl_call_html(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);
gboolean lf_tmpl_call_js(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);
gboolean lf_tmpl_call_urlquery(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);
gboolean lf_tmpl_call_tojson(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result);

/* Counts text that a function has made. Returns: FALSE with run->fault set where it is too much. */
gboolean lf_tmpl_count_made(LfTmplRun *run, gsize len);

/* Sets run->fault. Returns FALSE. */
gboolean lf_tmpl_fault(LfTmplRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
