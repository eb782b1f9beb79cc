/* Go templates: the functions that make text. */
#include "module/gotmpl/impl.h"

#include "value/json_write.h"

#include <math.h>

static LfTmplPrinter
start(const LfTmplRun *run, LfBuf *buf)
{
  return (LfTmplPrinter){.out = buf, .max = LF_TEMPLATE_MADE_MAX - MIN(run->made, LF_TEMPLATE_MADE_MAX)};
}

/* What was printed becomes the function's value. */
static gboolean
finish(LfTmplRun *run, const LfTmplPrinter *pr, LfTmplValue *result)
{
  if (!lf_tmpl_count_made(run, pr->full ? LF_TEMPLATE_MADE_MAX : pr->out->len))
    return FALSE;
  *result = lf_tmpl_string(lf_arena_dup(run->arena, lf_buf_slice(pr->out)));
  return TRUE;
}

gboolean
lf_tmpl_call_print(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  g_auto(LfBuf) buf = {0};
  LfTmplPrinter pr = start(run, &buf);
  lf_tmpl_sprint(&pr, args, n);
  return finish(run, &pr, result);
}

gboolean
lf_tmpl_call_println(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  g_auto(LfBuf) buf = {0};
  LfTmplPrinter pr = start(run, &buf);
  lf_tmpl_sprintln(&pr, args, n);
  return finish(run, &pr, result);
}

gboolean
lf_tmpl_call_printf(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  g_auto(LfBuf) buf = {0};
  LfTmplPrinter pr = start(run, &buf);
  lf_tmpl_sprintf(&pr, args[0].s, args + 1, n - 1);
  return finish(run, &pr, result);
}

/* ---- escapes ---- */

/* Appends the escaped form of the character (of `len` bytes) at `p`. */
typedef void (*EscapeFn)(LfTmplPrinter *pr, const char *p, gsize len, gunichar c);

/* The arguments as print has them, but nil as <no value>, each character escaped. */
static gboolean
call_escape(LfTmplRun *run, const LfTmplValue *args, guint n, EscapeFn escape, LfTmplValue *result)
{
  g_auto(LfBuf) plain = {0}, escaped = {0};
  LfTmplPrinter pr = start(run, &plain), out = start(run, &escaped);
  g_autofree LfTmplValue *shown = g_new(LfTmplValue, n + 1);
  for (guint i = 0; i < n; i++)
    shown[i] = lf_tmpl_is_nil(&args[i]) ? lf_tmpl_string(LF_SLICE_LIT("<no value>")) : args[i];
  lf_tmpl_sprint(&pr, shown, n);
  if (pr.full)
    return finish(run, &pr, result);
  gsize len;
  for (gsize i = 0; i < plain.len && !out.full; i += len) {
    gunichar c = lf_tmpl_rune(plain.p + i, plain.p + plain.len, &len);
    escape(&out, plain.p + i, len, c);
  }
  return finish(run, &out, result);
}

static void
escape_html(LfTmplPrinter *pr, const char *p, gsize len, gunichar c)
{
  switch (c) {
  case '\0':
    lf_tmpl_emit(pr, LF_SLICE_LIT("\xef\xbf\xbd"));
    return;
  case '"':
    lf_tmpl_emit(pr, LF_SLICE_LIT("&#34;"));
    return;
  case '\'':
    lf_tmpl_emit(pr, LF_SLICE_LIT("&#39;"));
    return;
  case '&':
    lf_tmpl_emit(pr, LF_SLICE_LIT("&amp;"));
    return;
  case '<':
    lf_tmpl_emit(pr, LF_SLICE_LIT("&lt;"));
    return;
  case '>':
    lf_tmpl_emit(pr, LF_SLICE_LIT("&gt;"));
    return;
  default:
    lf_tmpl_emit(pr, lf_slice(p, len));
  }
}

static void
escape_js(LfTmplPrinter *pr, const char *p, gsize len, gunichar c)
{
  char text[16];
  if (c == '\\' || c == '\'' || c == '"')
    g_snprintf(text, sizeof text, "\\%c", (char)c);
  else if (c == '<' || c == '>' || c == '&' || c == '=' || c < ' ' || (c >= 0x80 && !lf_tmpl_is_print(c)))
    g_snprintf(text, sizeof text, "\\u%04X", c);
  else {
    lf_tmpl_emit(pr, lf_slice(p, len));
    return;
  }
  lf_tmpl_emit(pr, lf_slice_str(text));
}

static void
escape_query(LfTmplPrinter *pr, const char *p, gsize len, gunichar c)
{
  if (c == ' ') {
    lf_tmpl_emit(pr, LF_SLICE_LIT("+"));
  } else if (c < 0x80 && (g_ascii_isalnum((char)c) || (c != 0 && strchr("-_.~", (char)c) != NULL))) {
    lf_tmpl_emit(pr, lf_slice(p, len));
  } else {
    for (gsize i = 0; i < len; i++) {
      char text[4];
      g_snprintf(text, sizeof text, "%%%02X", (guint8)p[i]);
      lf_tmpl_emit(pr, lf_slice(text, 3));
    }
  }
}

gboolean
lf_tmpl_call_html(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  return call_escape(run, args, n, escape_html, result);
}

gboolean
lf_tmpl_call_js(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  return call_escape(run, args, n, escape_js, result);
}

gboolean
lf_tmpl_call_urlquery(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  return call_escape(run, args, n, escape_query, result);
}

/* ---- JSON ---- */

/* Whether the tree has no number that JSON lacks; lf_tmpl_prepare has bounded its depth. */
static gboolean
is_finite(const LfValue *v)
{
  if (v->type == LF_TYPE_DOUBLE)
    return isfinite(v->d);
  if (v->type == LF_TYPE_ARRAY)
    for (guint32 i = 0; i < v->array->len; i++)
      if (!is_finite(&v->array->items[i]))
        return FALSE;
  if (v->type == LF_TYPE_OBJECT)
    for (guint32 i = 0; i < v->object->len; i++)
      if (!is_finite(&v->object->members[i].value))
        return FALSE;
  return TRUE;
}

gboolean
lf_tmpl_call_tojson(LfTmplRun *run, const LfTmplValue *args, guint n, LfTmplValue *result)
{
  const LfTmplValue *v = &args[0];
  LfValue tree = lf_value_null();
  LfArray array;
  switch (v->kind) {
  case LF_TMPL_KIND_BOOL:
    tree = lf_value_bool(v->b);
    break;
  case LF_TMPL_KIND_INT:
  case LF_TMPL_KIND_BYTE:
    tree = lf_value_int(v->i);
    break;
  case LF_TMPL_KIND_FLOAT:
    tree = lf_value_double(v->d);
    break;
  case LF_TMPL_KIND_STRING:
    tree = lf_value_string(v->s);
    break;
  case LF_TMPL_KIND_LIST:
    array = (LfArray){.len = v->list.len, .cap = v->list.len, .items = (LfValue *)v->list.items};
    tree = (LfValue){.type = LF_TYPE_ARRAY, .array = &array};
    break;
  case LF_TMPL_KIND_MAP:
    tree = (LfValue){.type = LF_TYPE_OBJECT, .object = (LfObject *)v->map};
    break;
  case LF_TMPL_KIND_COMPLEX:
    return lf_tmpl_fault(run, "JSON has no complex numbers");
  case LF_TMPL_KIND_INVALID:
  case LF_TMPL_KIND_NIL:
    break;
  }
  if (!is_finite(&tree))
    return lf_tmpl_fault(run, "JSON has neither infinity nor NaN");
  g_auto(LfBuf) buf = {0};
  lf_json_write_sorted(&buf, &tree);
  lf_buf_append_char(&buf, '\n');
  LfTmplPrinter pr = start(run, &buf);
  pr.full = buf.len > pr.max;
  return finish(run, &pr, result);
}
