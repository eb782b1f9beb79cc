/* Go templates: the table of functions; comparison, elements, Filebeat's own. */
#include "module/gotmpl/impl.h"

#include <stdarg.h>

gboolean
lf_tmpl_fault(LfTmplRun *run, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  run->fault = g_strdup_vprintf(format, ap);
  va_end(ap);
  return FALSE;
}

gboolean
lf_tmpl_count_made(LfTmplRun *run, gsize len)
{
  enum { COST = 16 }; /* of a string that is empty: a loop may make very many */
  run->made += len + COST;
  if (run->made <= LF_TEMPLATE_MADE_MAX)
    return TRUE;
  return lf_tmpl_fault(run, "the functions make more than %d bytes of text", LF_TEMPLATE_MADE_MAX);
}

/* ---- truth and comparison ---- */

static gboolean
call_not(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  *result = lf_tmpl_bool(!lf_tmpl_is_true(&args[0]));
  return TRUE;
}

/* Kinds that compare with each other: the numbers of int and uint8 do, those of int and float64 do not. */
static LfTmplKind
basic_kind(const LfTmplValue *v)
{
  switch (v->kind) {
  case LF_TMPL_KIND_BYTE:
    return LF_TMPL_KIND_INT;
  case LF_TMPL_KIND_NIL:
  case LF_TMPL_KIND_LIST:
  case LF_TMPL_KIND_MAP:
    return LF_TMPL_KIND_INVALID;
  default:
    return v->kind;
  }
}

static gboolean
fault_incompatible(LfTmplRun *run, const LfTmplValue *a, const LfTmplValue *b)
{
  return lf_tmpl_fault(run, "incompatible types for comparison: %s and %s", lf_tmpl_type_name(a), lf_tmpl_type_name(b));
}

static int
compare_strings(LfSlice a, LfSlice b)
{
  gsize n = MIN(a.len, b.len);
  int c = n > 0 ? memcmp(a.p, b.p, n) : 0;
  return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* Equality of nil, lists and maps: only nil can be compared. */
static gboolean
equal_others(LfTmplRun *run, const LfTmplValue *a, const LfTmplValue *b, gboolean *equal)
{
  gboolean nil_a = lf_tmpl_is_nil(a), nil_b = lf_tmpl_is_nil(b);
  if (!nil_a && !nil_b)
    return lf_tmpl_fault(run, "values of the types %s and %s cannot be compared", lf_tmpl_type_name(a),
                         lf_tmpl_type_name(b));
  *equal = nil_a == nil_b;
  return TRUE;
}

static gboolean
equal(LfTmplRun *run, const LfTmplValue *a, const LfTmplValue *b, gboolean *same)
{
  LfTmplKind kind = basic_kind(a);
  *same = FALSE;
  if (kind != basic_kind(b))
    return lf_tmpl_is_nil(a) || lf_tmpl_is_nil(b) || fault_incompatible(run, a, b);
  switch (kind) {
  case LF_TMPL_KIND_BOOL:
    *same = a->b == b->b;
    return TRUE;
  case LF_TMPL_KIND_INT:
    *same = a->i == b->i;
    return TRUE;
  case LF_TMPL_KIND_FLOAT:
    *same = a->d == b->d;
    return TRUE;
  case LF_TMPL_KIND_COMPLEX:
    *same = a->z.re == b->z.re && a->z.im == b->z.im;
    return TRUE;
  case LF_TMPL_KIND_STRING:
    *same = lf_slice_equal(a->s, b->s);
    return TRUE;
  default:
    return equal_others(run, a, b, same);
  }
}

static gboolean
less(LfTmplRun *run, const LfTmplValue *a, const LfTmplValue *b, gboolean *is_less)
{
  LfTmplKind kind = basic_kind(a), other = basic_kind(b);
  *is_less = FALSE;
  if (kind == LF_TMPL_KIND_INVALID || other == LF_TMPL_KIND_INVALID)
    return lf_tmpl_fault(run, "a value of the type %s has no order",
                         lf_tmpl_type_name(kind == LF_TMPL_KIND_INVALID ? a : b));
  if (kind != other)
    return fault_incompatible(run, a, b);
  switch (kind) {
  case LF_TMPL_KIND_INT:
    *is_less = a->i < b->i;
    return TRUE;
  case LF_TMPL_KIND_FLOAT:
    *is_less = a->d < b->d;
    return TRUE;
  case LF_TMPL_KIND_STRING:
    *is_less = compare_strings(a->s, b->s) < 0;
    return TRUE;
  default:
    return lf_tmpl_fault(run, "a value of the type %s has no order", lf_tmpl_type_name(a));
  }
}

static gboolean
call_eq(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  gboolean same = FALSE;
  if (n < 2)
    return lf_tmpl_fault(run, "an argument to compare with is missing");
  for (guint i = 1; i < n && !same; i++)
    if (!equal(run, &args[0], &args[i], &same))
      return FALSE;
  *result = lf_tmpl_bool(same);
  return TRUE;
}

static gboolean
call_ne(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  gboolean same;
  if (!equal(run, &args[0], &args[1], &same))
    return FALSE;
  *result = lf_tmpl_bool(!same);
  return TRUE;
}

static gboolean
call_lt(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  gboolean is_less;
  if (!less(run, &args[0], &args[1], &is_less))
    return FALSE;
  *result = lf_tmpl_bool(is_less);
  return TRUE;
}

static gboolean
call_le(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  gboolean is_less, same = FALSE;
  if (!less(run, &args[0], &args[1], &is_less) || (!is_less && !equal(run, &args[0], &args[1], &same)))
    return FALSE;
  *result = lf_tmpl_bool(is_less || same);
  return TRUE;
}

static gboolean
call_gt(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  if (!call_le(run, args, n, result))
    return FALSE;
  result->b = !result->b;
  return TRUE;
}

static gboolean
call_ge(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  if (!call_lt(run, args, n, result))
    return FALSE;
  result->b = !result->b;
  return TRUE;
}

/* ---- lengths and elements ---- */

static gboolean
call_len(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  switch (args[0].kind) {
  case LF_TMPL_KIND_STRING:
    *result = lf_tmpl_int((gint64)args[0].s.len);
    return TRUE;
  case LF_TMPL_KIND_LIST:
    *result = lf_tmpl_int(args[0].list.len);
    return TRUE;
  case LF_TMPL_KIND_MAP:
    *result = lf_tmpl_int(args[0].map->len);
    return TRUE;
  default:
    return lf_tmpl_fault(run, "a value of the type %s has no length", lf_tmpl_type_name(&args[0]));
  }
}

/* An index from 0 to `max`. */
static gboolean
read_index(LfTmplRun *run, const LfTmplValue *v, gint64 max, gint64 *out)
{
  if (v->kind != LF_TMPL_KIND_INT && v->kind != LF_TMPL_KIND_BYTE)
    return lf_tmpl_fault(run, "a value of the type %s is no index", lf_tmpl_type_name(v));
  if (v->i < 0 || v->i > max)
    return lf_tmpl_fault(run, "index out of range: %" G_GINT64_FORMAT, v->i);
  *out = v->i;
  return TRUE;
}

static gboolean
index_map(LfTmplRun *run, const LfTmplValue *key, LfTmplValue *item)
{
  if (key->kind != LF_TMPL_KIND_STRING)
    return lf_tmpl_fault(run, "the key of a map is a string, not a value of the type %s", lf_tmpl_type_name(key));
  LfValue map = {.type = LF_TYPE_OBJECT, .object = (LfObject *)item->map};
  const LfValue *member = lf_object_get(&map, key->s);
  *item = member != NULL ? lf_tmpl_from_value(member) : (LfTmplValue){.kind = LF_TMPL_KIND_NIL};
  return TRUE;
}

static gboolean
call_index(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  LfTmplValue item = args[0];
  if (lf_tmpl_is_nil(&item))
    return lf_tmpl_fault(run, "nil has no elements");
  for (guint i = 1; i < n; i++) {
    gint64 x;
    if (item.kind == LF_TMPL_KIND_MAP) {
      if (!index_map(run, &args[i], &item))
        return FALSE;
    } else if (item.kind == LF_TMPL_KIND_LIST) {
      if (!read_index(run, &args[i], (gint64)item.list.len - 1, &x))
        return FALSE;
      item = lf_tmpl_from_value(&item.list.items[x]);
    } else if (item.kind == LF_TMPL_KIND_STRING) {
      if (!read_index(run, &args[i], (gint64)item.s.len - 1, &x))
        return FALSE;
      item = (LfTmplValue){.kind = LF_TMPL_KIND_BYTE, .i = (guint8)item.s.p[x]};
    } else {
      return lf_tmpl_fault(run, "a value of the type %s has no elements", lf_tmpl_type_name(&item));
    }
  }
  *result = item;
  return TRUE;
}

static gboolean
call_slice(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  const LfTmplValue *v = &args[0];
  gboolean string = v->kind == LF_TMPL_KIND_STRING;
  if (!string && v->kind != LF_TMPL_KIND_LIST)
    return lf_tmpl_fault(run, "a value of the type %s cannot be sliced", lf_tmpl_type_name(v));
  if (n > (string ? 3 : 4))
    return lf_tmpl_fault(run, "too many indexes: %u", n - 1);
  gint64 cap = string ? (gint64)v->s.len : (gint64)v->list.cap;
  gint64 at[3] = {0, string ? (gint64)v->s.len : (gint64)v->list.len, cap};
  for (guint i = 1; i < n; i++) {
    /* Go's index looks into an interface{}, its slice does not */
    if (args[i].boxed)
      return lf_tmpl_fault(run, "an index that is read from a map or list has to stand in parentheses, as in (.x)");
    if (!read_index(run, &args[i], cap, &at[i - 1]))
      return FALSE;
  }
  if (at[0] > at[1] || at[1] > at[2])
    return lf_tmpl_fault(run, "indexes in the wrong order");
  *result = *v;
  if (string) {
    result->s = lf_slice(v->s.p != NULL ? v->s.p + at[0] : NULL, (gsize)(at[1] - at[0]));
  } else {
    result->list.items = v->list.items != NULL ? v->list.items + at[0] : NULL;
    result->list.len = (guint32)(at[1] - at[0]);
    result->list.cap = (guint32)(at[2] - at[0]);
  }
  return TRUE;
}

static gboolean
call_call(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  return lf_tmpl_fault(run, "a value of the type %s is no function", lf_tmpl_type_name(&args[0]));
}

/* ---- Filebeat's ---- */

static gboolean
call_in_list(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  gboolean found = FALSE;
  for (guint32 i = 0; i < args[0].list.len && !found; i++) {
    const LfValue *item = &args[0].list.items[i];
    found = item->type == LF_TYPE_STRING && lf_slice_equal(lf_slice(item->s, item->len), args[1].s);
  }
  *result = lf_tmpl_bool(found);
  return TRUE;
}

/* The last part of a path without its ending, by the rules of filepath.Base. */
static LfSlice
stem(LfSlice path)
{
  while (path.len > 1 && path.p[path.len - 1] == '/')
    path.len--;
  for (gsize i = path.len; i > 0; i--)
    if (path.p[i - 1] == '/' && i < path.len) {
      path = lf_slice(path.p + i, path.len - i);
      break;
    }
  for (gsize i = path.len; i > 0; i--)
    if (path.p[i - 1] == '.')
      return lf_slice(path.p, i - 1);
  return path;
}

static void
append_pipeline_id(LfBuf *buf, const LfSlice parts[4], LfSlice path)
{
  for (int i = 0; i < 4; i++) {
    lf_buf_append_slice(buf, parts[i]);
    lf_buf_append_char(buf, '-');
  }
  lf_buf_append_slice(buf, stem(path));
}

char *
lf_template_pipeline_id(const char *prefix, const char *version, const char *module, const char *fileset,
                        const char *path)
{
  LfSlice parts[4] = {lf_slice_str(prefix), lf_slice_str(version), lf_slice_str(module), lf_slice_str(fileset)};
  LfBuf buf = {0};
  append_pipeline_id(&buf, parts, lf_slice_str(path));
  return lf_buf_steal(&buf);
}

static gboolean
call_ingest_pipeline(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  static const char *const names[4] = {"prefix", "beatVersion", "module", "fileset"};
  LfSlice parts[4];
  const LfValue *builtin = lf_object_get_str(run->vars, "builtin");
  for (int i = 0; i < 4; i++) {
    const LfValue *part = lf_object_get_str(builtin, names[i]);
    if (!lf_value_is(part, LF_TYPE_STRING))
      return lf_tmpl_fault(run, "there is no string builtin.%s", names[i]);
    parts[i] = lf_slice(part->s, part->len);
  }
  g_auto(LfBuf) buf = {0};
  append_pipeline_id(&buf, parts, args[0].s);
  if (!lf_tmpl_count_made(run, buf.len))
    return FALSE;
  *result = lf_tmpl_string(lf_arena_dup(run->arena, lf_buf_slice(&buf)));
  return TRUE;
}

/* ---- the table ---- */

#define VALUE LF_TMPL_PARAM_VALUE
#define ANY LF_TMPL_PARAM_ANY
#define STRING LF_TMPL_PARAM_STRING
#define LIST LF_TMPL_PARAM_LIST

static const LfTmplFunc functions[] = {
    {{"IngestPipeline", "the id under which Filebeat stores a pipeline of this fileset", 1, 1},
     call_ingest_pipeline,
     FALSE,
     {STRING, ANY},
     ANY},
    {{"and", "the first argument that is empty, or the last one", 1, -1}, NULL, FALSE, {VALUE, VALUE}, VALUE},
    {{"call", "an error: no variable holds a function", 1, -1}, call_call, FALSE, {VALUE, VALUE}, VALUE},
    {{"eq", "whether the first argument equals one of the others", 1, -1}, call_eq, FALSE, {VALUE, VALUE}, VALUE},
    {{"ge", "whether the first argument is greater or equal", 2, 2}, call_ge, FALSE, {VALUE, VALUE}, VALUE},
    {{"gt", "whether the first argument is greater", 2, 2}, call_gt, FALSE, {VALUE, VALUE}, VALUE},
    {{"html", "the arguments as text, escaped for HTML", 0, -1}, lf_tmpl_call_html, FALSE, {ANY, ANY}, ANY},
    {{"inList", "whether a list holds a string", 2, 2}, call_in_list, FALSE, {LIST, STRING}, ANY},
    {{"index", "the element of a list, map or string at the indexes", 1, -1}, call_index, FALSE, {VALUE, VALUE}, VALUE},
    {{"js", "the arguments as text, escaped for JavaScript", 0, -1}, lf_tmpl_call_js, FALSE, {ANY, ANY}, ANY},
    {{"le", "whether the first argument is less or equal", 2, 2}, call_le, FALSE, {VALUE, VALUE}, VALUE},
    {{"len", "the length of a list, map or string", 1, 1}, call_len, FALSE, {VALUE, VALUE}, VALUE},
    {{"lt", "whether the first argument is less", 2, 2}, call_lt, FALSE, {VALUE, VALUE}, VALUE},
    {{"ne", "whether the arguments differ", 2, 2}, call_ne, FALSE, {VALUE, VALUE}, VALUE},
    {{"not", "whether the argument is empty", 1, 1}, call_not, FALSE, {VALUE, VALUE}, VALUE},
    {{"or", "the first argument that is not empty, or the last one", 1, -1}, NULL, TRUE, {VALUE, VALUE}, VALUE},
    {{"print", "the arguments as text", 0, -1}, lf_tmpl_call_print, FALSE, {ANY, ANY}, ANY},
    {{"printf", "the arguments as text by a format", 1, -1}, lf_tmpl_call_printf, FALSE, {STRING, ANY}, ANY},
    {{"println", "the arguments as text with spaces between them, and a newline", 0, -1},
     lf_tmpl_call_println,
     FALSE,
     {ANY, ANY},
     ANY},
    {{"slice", "a part of a list or string", 1, -1}, call_slice, FALSE, {VALUE, VALUE}, VALUE},
    {{"tojson", "the argument as JSON, and a newline", 1, 1}, lf_tmpl_call_tojson, FALSE, {ANY, ANY}, ANY},
    {{"urlquery", "the arguments as text, escaped for the query of a URL", 0, -1},
     lf_tmpl_call_urlquery,
     FALSE,
     {ANY, ANY},
     ANY},
};

const LfTmplFunc *
lf_tmpl_function(LfSlice name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
    if (lf_slice_is(name, functions[i].row.name))
      return &functions[i];
  return NULL;
}

const LfTemplateFunction *
lf_template_function(guint index)
{
  return index < G_N_ELEMENTS(functions) ? &functions[index].row : NULL;
}
