/* The JSON writer. */
#include "value/json_write.h"

#include "base/number.h"
#include "base/utf8.h"
#include "value/json_read.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  LfBuf *out;
  int indent; /* 0: compact */
  gboolean sorted;
} Writer;

static void
write_control(LfBuf *out, guint8 c)
{
  static const char short_names[] = "\b\f\n\r\t", letters[] = "bfnrt";
  const char *at = c != 0 ? strchr(short_names, c) : NULL;
  if (at != NULL) {
    char text[2] = {'\\', letters[at - short_names]};
    lf_buf_append(out, text, 2);
  } else {
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    lf_buf_append(out, text, 6);
  }
}

void
lf_json_write_string(LfBuf *out, LfSlice s)
{
  lf_buf_append_char(out, '"');
  const char *p = s.p, *end = s.p + s.len;
  while (p < end) {
    const char *q = lf_json_scan(p, end);
    lf_buf_append(out, p, (gsize)(q - p));
    p = q;
    if (p == end)
      break;
    guint8 c = (guint8)*p;
    if (c >= 0x80) {
      gsize n = lf_utf8_sequence(p, end);
      if (n == 3 && c == 0xe2 && (guint8)p[1] == 0x80 && ((guint8)p[2] & 0xfe) == 0xa8)
        lf_buf_append_str(out, (guint8)p[2] == 0xa8 ? "\\u2028" : "\\u2029");
      else if (n == 0)
        lf_buf_append_str(out, "\xef\xbf\xbd");
      else
        lf_buf_append(out, p, n);
      p += MAX(n, 1);
      continue;
    }
    if (c < 0x20) {
      write_control(out, c);
    } else {
      char text[2] = {'\\', (char)c};
      lf_buf_append(out, text, 2);
    }
    p++;
  }
  lf_buf_append_char(out, '"');
}

static void
newline(const Writer *w, int depth)
{
  if (w->indent == 0)
    return;
  gsize n = (gsize)depth * (gsize)w->indent;
  char *to = lf_buf_reserve(w->out, n + 1);
  to[0] = '\n';
  memset(to + 1, ' ', n);
  w->out->len += n + 1;
}

static void
write_double(LfBuf *out, double d)
{
  char text[LF_NUMBER_TEXT];
  if (!isfinite(d))
    lf_buf_append_str(out, "null");
  else
    lf_buf_append(out, text, lf_number_format_double(d, text));
}

static int
compare_members(const void *a, const void *b)
{
  const LfMember *x = *(const LfMember *const *)a, *y = *(const LfMember *const *)b;
  int c = memcmp(x->key, y->key, MIN(x->key_len, y->key_len));
  return c != 0 ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static void write_value(const Writer *w, const LfValue *v, int depth);

/* A key that needs no escape, and a string that needs none either, are most of what is written. */
static inline void
write_plain_member(LfBuf *out, const LfMember *m, gboolean first)
{
  const LfValue *v = &m->value;
  gsize room = (gsize)m->key_len + v->len + 6;
  char *p = lf_buf_reserve(out, room), *begin = p;
  *p = ',';
  p += !first;
  *p++ = '"';
  memcpy(p, m->key, m->key_len);
  p += m->key_len;
  memcpy(p, "\":\"", 3);
  p += 3;
  if (v->len > 0)
    memcpy(p, v->s, v->len);
  p += v->len;
  *p++ = '"';
  out->len += (gsize)(p - begin);
}

static void
write_member(const Writer *w, const LfMember *m, gboolean first, int depth)
{
  if (w->indent == 0 && m->key_plain && m->value.type == LF_TYPE_STRING &&
      (m->value.flags & (LF_VALUE_PLAIN | LF_VALUE_ESCAPED))) {
    write_plain_member(w->out, m, first);
    return;
  }
  if (!first)
    lf_buf_append_char(w->out, ',');
  newline(w, depth + 1);
  LfSlice key = lf_slice(m->key, m->key_len);
  if (m->key_plain) {
    char *to = lf_buf_reserve(w->out, key.len + 3);
    *to = '"';
    memcpy(to + 1, key.p, key.len);
    to[key.len + 1] = '"';
    to[key.len + 2] = ':';
    w->out->len += key.len + 3;
  } else {
    lf_json_write_string(w->out, key);
    lf_buf_append_char(w->out, ':');
  }
  if (w->indent > 0)
    lf_buf_append_char(w->out, ' ');
  write_value(w, &m->value, depth + 1);
}

static gboolean
has_run(const LfObject *o, guint32 at)
{
  const LfRun *run = o->run;
  return run != NULL && at == run->first && o->len - at >= run->n &&
         memcmp(o->members + at, run->members, run->n * sizeof(LfMember)) == 0;
}

/* Without indentation and sorting. */
static void
write_members(const Writer *w, const LfObject *o, guint32 from, gboolean first, int depth)
{
  for (guint32 i = from; i < o->len;) {
    if (!first && has_run(o, i)) {
      lf_buf_append_slice(w->out, o->run->json);
      i += o->run->n;
      continue;
    }
    write_member(w, &o->members[i++], first, depth);
    first = FALSE;
  }
}

static void
write_object(const Writer *w, const LfObject *o, int depth)
{
  if (o->json.len > 0 && w->indent == 0 && !w->sorted) {
    lf_buf_append_slice(w->out, o->json);
    return;
  }
  lf_buf_append_char(w->out, '{');
  if (w->sorted) {
    g_autofree const LfMember **sorted = g_new(const LfMember *, o->len + 1);
    for (guint32 i = 0; i < o->len; i++)
      sorted[i] = &o->members[i];
    qsort(sorted, o->len, sizeof *sorted, compare_members);
    for (guint32 i = 0; i < o->len; i++)
      write_member(w, sorted[i], i == 0, depth);
  } else if (w->indent == 0) {
    write_members(w, o, 0, TRUE, depth);
  } else {
    for (guint32 i = 0; i < o->len; i++)
      write_member(w, &o->members[i], i == 0, depth);
  }
  if (o->len > 0)
    newline(w, depth);
  lf_buf_append_char(w->out, '}');
}

static void
write_array(const Writer *w, const LfArray *a, int depth)
{
  lf_buf_append_char(w->out, '[');
  for (guint32 i = 0; i < a->len; i++) {
    if (i > 0)
      lf_buf_append_char(w->out, ',');
    newline(w, depth + 1);
    write_value(w, &a->items[i], depth + 1);
  }
  if (a->len > 0)
    newline(w, depth);
  lf_buf_append_char(w->out, ']');
}

static void
write_text(LfBuf *out, const LfValue *v)
{
  if (!(v->flags & (LF_VALUE_PLAIN | LF_VALUE_ESCAPED))) {
    lf_json_write_string(out, lf_slice(v->s, v->len));
    return;
  }
  char *to = lf_buf_reserve(out, (gsize)v->len + 2);
  *to = '"';
  if (v->len > 0)
    memcpy(to + 1, v->s, v->len);
  to[v->len + 1] = '"';
  out->len += (gsize)v->len + 2;
}

static void
write_value(const Writer *w, const LfValue *v, int depth)
{
  char text[LF_NUMBER_TEXT];
  switch ((LfType)v->type) {
  case LF_TYPE_BOOL:
    lf_buf_append_str(w->out, v->b ? "true" : "false");
    return;
  case LF_TYPE_INT:
    lf_buf_append(w->out, text, lf_number_format_int(v->i, text));
    return;
  case LF_TYPE_DOUBLE:
    write_double(w->out, v->d);
    return;
  case LF_TYPE_NUMBER:
    lf_buf_append(w->out, v->s, v->len);
    return;
  case LF_TYPE_STRING:
    write_text(w->out, v);
    return;
  case LF_TYPE_ARRAY:
    if (depth < LF_DEPTH_MAX) {
      write_array(w, v->array, depth);
      return;
    }
    break;
  case LF_TYPE_OBJECT:
    if (depth < LF_DEPTH_MAX) {
      write_object(w, v->object, depth);
      return;
    }
    break;
  case LF_TYPE_NULL:
    break;
  }
  lf_buf_append_str(w->out, "null");
}

void
lf_json_write(LfBuf *out, const LfValue *v)
{
  write_value(&(Writer){.out = out}, v, 0);
}

void
lf_json_write_members(LfBuf *out, const LfObject *object, guint32 first)
{
  write_members(&(Writer){.out = out}, object, first, FALSE, 0);
}

const LfRun *
lf_json_run(LfArena *arena, const LfObject *object, guint32 first)
{
  g_auto(LfBuf) json = {0};
  if (object->len == first)
    return NULL;
  LfRun *run = lf_arena_alloc(arena, sizeof *run);
  LfMember *members = lf_arena_alloc_n(arena, object->len - first, sizeof *members);
  memcpy(members, object->members + first, (object->len - first) * sizeof *members);
  lf_json_write_members(&json, object, first);
  *run = (LfRun){first, object->len - first, members, lf_arena_dup(arena, lf_buf_slice(&json))};
  return run;
}

void
lf_json_write_sorted(LfBuf *out, const LfValue *v)
{
  write_value(&(Writer){.out = out, .sorted = TRUE}, v, 0);
}

void
lf_json_write_pretty(LfBuf *out, const LfValue *v, int indent)
{
  write_value(&(Writer){.out = out, .indent = indent}, v, 0);
}
