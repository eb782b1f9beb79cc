/* Mustache templates as Elasticsearch's ingest processors use them. */
#include "text/mustache.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>

G_DEFINE_QUARK(lf_mustache_error_quark, lf_mustache_error)

enum { NAME_PARTS_MAX = 64 };

typedef enum { TAG_TEXT, TAG_ESCAPED, TAG_RAW, TAG_SECTION, TAG_INVERTED } TagKind;

typedef struct {
  TagKind kind;
  LfSlice text;    /* TAG_TEXT */
  LfSlice *parts;  /* the name's, split at dots; none for {{.}} */
  guint n_parts;
  guint end; /* sections: the index behind their last tag */
} Tag;

struct LfMustache {
  Tag *tags;
  guint n;
  guint cap;
};

typedef struct {
  LfArena *arena;
  LfMustache *m;
  LfSlice text;
  gsize at;
  guint line;
  GError **error;
} Compiler;

static gboolean
fail(const Compiler *c, LfMustacheError code, const char *format, const char *detail)
{
  g_autofree char *what = NULL;
  what = g_strconcat(format, detail, NULL);
  g_set_error(c->error, LF_MUSTACHE_ERROR, (int)code, "%s @[query-template:%u]", what, c->line);
  return FALSE;
}

static Tag *
add_tag(Compiler *c, TagKind kind)
{
  LfMustache *m = c->m;
  if (m->n == m->cap) {
    guint cap = MAX(m->cap * 2, 4);
    m->tags = lf_arena_grow(c->arena, m->tags, m->cap * sizeof(Tag), cap * sizeof(Tag));
    m->cap = cap;
  }
  m->tags[m->n] = (Tag){.kind = kind};
  return &m->tags[m->n++];
}

static LfSlice
strip(LfSlice s)
{
  while (s.len > 0 && g_ascii_isspace(s.p[0]))
    s = lf_slice(s.p + 1, s.len - 1);
  while (s.len > 0 && g_ascii_isspace(s.p[s.len - 1]))
    s.len--;
  return s;
}

static gboolean
set_name(Compiler *c, Tag *tag, LfSlice name)
{
  if (name.len == 0)
    return fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Empty mustache", "");
  if (lf_slice_is(name, "."))
    return TRUE;
  guint n = 1;
  for (gsize i = 0; i < name.len; i++)
    n += name.p[i] == '.';
  if (n > NAME_PARTS_MAX)
    return fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Too many parts in a name", "");
  tag->parts = lf_arena_alloc_n(c->arena, n, sizeof(LfSlice));
  for (const char *p = name.p, *end = name.p + name.len;; p++) {
    const char *dot = memchr(p, '.', (gsize)(end - p));
    tag->parts[tag->n_parts++] = lf_slice(p, (gsize)((dot != NULL ? dot : end) - p));
    if (dot == NULL)
      return TRUE;
    p = dot;
  }
}

static gboolean compile_until(Compiler *c, LfSlice section, int depth);

static gboolean
compile_section(Compiler *c, TagKind kind, LfSlice name, int depth)
{
  static const char *const functions[] = {"toJson", "join", "url"};
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
    if (lf_slice_has_prefix(name, functions[i]))
      return fail(c, LF_MUSTACHE_ERROR_REFUSED, "the function is not there yet: ", functions[i]);
  guint index = c->m->n;
  if (!set_name(c, add_tag(c, kind), name) || !compile_until(c, name, depth + 1))
    return FALSE;
  c->m->tags[index].end = c->m->n;
  return TRUE;
}

/* Reads the tag at c->at (behind its {{). `*closed` is set where it closes the section. */
static gboolean
compile_tag(Compiler *c, LfSlice section, gboolean *closed, int depth)
{
  gboolean triple = c->at < c->text.len && c->text.p[c->at] == '{';
  const char *close = triple ? "}}}" : "}}";
  const char *from = c->text.p + c->at + triple;
  const char *to = memmem(from, (gsize)(c->text.p + c->text.len - from), close, strlen(close));
  if (to == NULL)
    return strip(lf_slice(from, (gsize)(c->text.p + c->text.len - from))).len == 0
               ? fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Empty mustache", "")
               : fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Improperly closed variable", "");
  LfSlice inside = strip(lf_slice(from, (gsize)(to - from)));
  c->at = (gsize)(to - c->text.p) + strlen(close);
  if (triple)
    return set_name(c, add_tag(c, TAG_RAW), inside);
  LfSlice name = inside.len > 0 ? strip(lf_slice(inside.p + 1, inside.len - 1)) : inside;
  switch (inside.len > 0 ? inside.p[0] : '\0') {
  case '!':
    return TRUE;
  case '&':
    return set_name(c, add_tag(c, TAG_RAW), name);
  case '#':
    return compile_section(c, TAG_SECTION, name, depth);
  case '^':
    return compile_section(c, TAG_INVERTED, name, depth);
  case '/':
    *closed = TRUE;
    if (section.p != NULL && lf_slice_equal(name, section))
      return TRUE;
    return fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Mismatched start/end tags", "");
  case '>':
  case '=':
    return fail(c, LF_MUSTACHE_ERROR_REFUSED, "partials and other delimiters are not there yet", "");
  default:
    return set_name(c, add_tag(c, TAG_ESCAPED), inside);
  }
}

static gboolean
compile_until(Compiler *c, LfSlice section, int depth)
{
  if (depth > LF_DEPTH_MAX)
    return fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Sections are nested too deep", "");
  for (gboolean closed = FALSE; !closed;) {
    const char *from = c->text.p + c->at;
    gsize left = c->text.len - c->at;
    const char *open = left > 0 ? memmem(from, left, "{{", 2) : NULL;
    gsize plain = open != NULL ? (gsize)(open - from) : left;
    if (plain > 0)
      add_tag(c, TAG_TEXT)->text = lf_slice(from, plain);
    for (gsize i = 0; i < plain; i++)
      c->line += from[i] == '\n';
    c->at += plain;
    if (open == NULL) {
      if (section.p == NULL)
        return TRUE;
      return fail(c, LF_MUSTACHE_ERROR_SYNTAX, "Failed to close a section", "");
    }
    c->at += 2;
    if (!compile_tag(c, section, &closed, depth))
      return FALSE;
  }
  return TRUE;
}

LfMustache *
lf_mustache_compile(LfArena *arena, LfSlice text, GError **error)
{
  LfMustache *m = lf_arena_alloc0(arena, sizeof *m);
  Compiler c = {.arena = arena, .m = m, .text = lf_arena_dup(arena, text), .line = 1, .error = error};
  return compile_until(&c, (LfSlice){0}, 0) ? m : NULL;
}

/* The scopes that sections opened, the innermost last. */
typedef struct {
  const LfMustache *m;
  LfArena *arena;
  LfMustacheRootFn root;
  void *data;
  LfBuf *out;
  LfValue *scopes[LF_DEPTH_MAX + 2];
  guint n_scopes;
} Renderer;

static LfValue *
child(LfValue *v, LfSlice part)
{
  gint64 index;
  if (v->type == LF_TYPE_OBJECT)
    return lf_object_get(v, part);
  if (v->type == LF_TYPE_ARRAY && lf_number_parse_int(part, &index) && index >= 0 && index < v->array->len)
    return &v->array->items[index];
  return NULL;
}

static LfValue *
look_up(const Renderer *r, const Tag *tag)
{
  if (tag->n_parts == 0)
    return r->n_scopes > 0 ? r->scopes[r->n_scopes - 1] : NULL;
  LfValue *v = NULL;
  for (guint i = r->n_scopes; i-- > 0 && v == NULL;)
    v = child(r->scopes[i], tag->parts[0]);
  if (v == NULL)
    v = r->root(tag->parts[0], r->data);
  for (guint i = 1; v != NULL && i < tag->n_parts; i++)
    v = child(v, tag->parts[i]);
  return v;
}

/* Java's Double.toString: at least one digit on each side of the point, an exponent outside 1e-3 to 1e7. */
static void
append_double(double d, LfBuf *out)
{
  char text[LF_NUMBER_TEXT];
  if (isnan(d) || isinf(d)) {
    lf_buf_append_str(out, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
    return;
  }
  double size = fabs(d);
  if (size == 0 || (size >= 1e-3 && size < 1e7)) {
    gsize n = lf_number_format_double(d, text);
    lf_buf_append(out, text, n);
    if (memchr(text, '.', n) == NULL)
      lf_buf_append_str(out, ".0");
    return;
  }
  for (int precision = 1; precision <= 17; precision++) {
    char format[LF_NUMBER_TEXT], spec[8];
    g_snprintf(spec, sizeof spec, "%%.%dE", precision);
    g_ascii_formatd(format, sizeof format, spec, d);
    if (g_ascii_strtod(format, NULL) != d && precision < 17)
      continue;
    char *e = strchr(format, 'E');
    lf_buf_append(out, format, (gsize)(e - format));
    lf_buf_printf(out, "E%d", atoi(e + 1));
    return;
  }
}

static void append_value(LfArena *arena, LfValue *v, LfBuf *out, int depth);

static void
append_collection(LfArena *arena, LfValue *v, LfBuf *out, int depth)
{
  gboolean is_array = v->type == LF_TYPE_ARRAY;
  guint32 n = is_array ? v->array->len : v->object->len;
  lf_buf_append_char(out, '{');
  for (guint32 i = 0; i < n; i++) {
    if (i > 0)
      lf_buf_append_str(out, ", ");
    if (is_array)
      lf_buf_printf(out, "%u=", i);
    else
      lf_buf_append(out, v->object->members[i].key, v->object->members[i].key_len);
    if (!is_array)
      lf_buf_append_char(out, '=');
    LfValue *item = is_array ? &v->array->items[i] : &v->object->members[i].value;
    if (item->type == LF_TYPE_NULL)
      lf_buf_append_str(out, "null");
    else
      append_value(arena, item, out, depth + 1);
  }
  lf_buf_append_char(out, '}');
}

static void
append_value(LfArena *arena, LfValue *v, LfBuf *out, int depth)
{
  char text[LF_NUMBER_TEXT];
  if (depth > LF_DEPTH_MAX)
    return;
  switch ((LfType)v->type) {
  case LF_TYPE_NULL:
    break;
  case LF_TYPE_BOOL:
    lf_buf_append_str(out, v->b ? "true" : "false");
    break;
  case LF_TYPE_INT:
    lf_buf_append(out, text, lf_number_format_int(v->i, text));
    break;
  case LF_TYPE_NUMBER:
    if (memchr(v->s, '.', v->len) == NULL && memchr(v->s, 'e', v->len) == NULL && memchr(v->s, 'E', v->len) == NULL) {
      lf_buf_append(out, v->s, v->len); /* a whole number that 64 bits do not hold */
      break;
    }
    append_double(lf_value_as_double(v), out);
    break;
  case LF_TYPE_DOUBLE:
    append_double(v->d, out);
    break;
  case LF_TYPE_STRING:
    lf_buf_append_slice(out, lf_value_text(arena, v));
    break;
  case LF_TYPE_ARRAY:
  case LF_TYPE_OBJECT:
    append_collection(arena, v, out, depth);
    break;
  }
}

/* Jackson's JsonStringEncoder.quoteAsString. */
static void
append_escaped(LfSlice s, LfBuf *out)
{
  static const char from[] = "\b\f\n\r\t\"\\", to[] = "bfnrt\"\\";
  for (gsize i = 0; i < s.len; i++) {
    char c = s.p[i];
    const char *at = c != '\0' ? strchr(from, c) : NULL;
    if (at != NULL)
      lf_buf_printf(out, "\\%c", to[at - from]);
    else if ((guint8)c < 0x20)
      lf_buf_printf(out, "\\u%04X", c);
    else
      lf_buf_append_char(out, c);
  }
}

static gboolean
is_falsy(LfArena *arena, LfValue *v)
{
  if (v == NULL || v->type == LF_TYPE_NULL)
    return TRUE;
  return (v->type == LF_TYPE_BOOL && !v->b) || (v->type == LF_TYPE_ARRAY && v->array->len == 0) ||
         (v->type == LF_TYPE_STRING && lf_value_text(arena, v).len == 0);
}

static void render_range(Renderer *r, guint from, guint to);

static void
render_scope(Renderer *r, LfValue *scope, guint from, guint to)
{
  if (r->n_scopes >= G_N_ELEMENTS(r->scopes))
    return;
  r->scopes[r->n_scopes++] = scope;
  render_range(r, from, to);
  r->n_scopes--;
}

static void
render_section(Renderer *r, const Tag *tag, guint index)
{
  LfValue *v = look_up(r, tag);
  gboolean falsy = is_falsy(r->arena, v);
  if (tag->kind == TAG_INVERTED) {
    if (falsy)
      render_range(r, index + 1, tag->end);
    return;
  }
  if (falsy)
    return;
  if (v->type != LF_TYPE_ARRAY) {
    render_scope(r, v, index + 1, tag->end);
    return;
  }
  for (guint32 i = 0; i < v->array->len; i++)
    render_scope(r, &v->array->items[i], index + 1, tag->end);
}

static void
render_variable(Renderer *r, const Tag *tag)
{
  LfValue *v = look_up(r, tag);
  if (v == NULL)
    return;
  if (tag->kind == TAG_RAW) {
    append_value(r->arena, v, r->out, 0);
    return;
  }
  g_auto(LfBuf) plain = {0};
  append_value(r->arena, v, &plain, 0);
  append_escaped(lf_buf_slice(&plain), r->out);
}

static void
render_range(Renderer *r, guint from, guint to)
{
  for (guint i = from; i < to; i++) {
    const Tag *tag = &r->m->tags[i];
    if (tag->kind == TAG_TEXT) {
      lf_buf_append_slice(r->out, tag->text);
    } else if (tag->kind == TAG_ESCAPED || tag->kind == TAG_RAW) {
      render_variable(r, tag);
    } else {
      render_section(r, tag, i);
      i = tag->end - 1;
    }
  }
}

void
lf_mustache_render(const LfMustache *m, LfArena *arena, LfMustacheRootFn root, void *data, LfBuf *out)
{
  Renderer r = {.m = m, .arena = arena, .root = root, .data = data, .out = out};
  render_range(&r, 0, m->n);
}

const LfValue *
lf_mustache_alone(const LfMustache *m, LfMustacheRootFn root, void *data)
{
  if (m->n != 1 || (m->tags[0].kind != TAG_ESCAPED && m->tags[0].kind != TAG_RAW))
    return NULL;
  Renderer r; /* its scopes are many, and none is in use */
  r.m = m;
  r.root = root;
  r.data = data;
  r.n_scopes = 0;
  const LfValue *v = look_up(&r, &m->tags[0]);
  return lf_value_is(v, LF_TYPE_STRING) && v->flags == LF_VALUE_PLAIN ? v : NULL;
}
