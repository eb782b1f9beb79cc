/* The JSON reader: once, in place, lossless. */
#include "value/json_read.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/utf8.h"

G_DEFINE_QUARK(lf_json_error_quark, lf_json_error)

/* From this many members on, equal keys are found with a hash table instead of by comparing each with each. */
enum { MANY_MEMBERS = 24 };

typedef LfJsonReader Reader;

static gboolean read_value(Reader *r, int depth, LfValue *out);

static gboolean
fail(Reader *r, const char *what)
{
  g_set_error(r->error, LF_JSON_ERROR, LF_JSON_ERROR_SYNTAX, "offset %" G_GSIZE_FORMAT ": %s", (gsize)(r->p - r->begin),
              what);
  return FALSE;
}

static inline void
skip_space(Reader *r)
{
  lf_json_reader_space(r);
}

static int
hex4(const char *p)
{
  int v = 0;
  for (int i = 0; i < 4; i++) {
    int d = g_ascii_xdigit_value(p[i]);
    if (d < 0)
      return -1;
    v = v << 4 | d;
  }
  return v;
}

/* Checks the escape at r->p (a backslash) and steps over it; a lone surrogate is overwritten with \ufffd. */
static gboolean
check_escape(Reader *r)
{
  if (r->end - r->p < 2)
    return fail(r, "the text ends inside a string");
  char c = r->p[1];
  if (c != 'u') {
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
      return fail(r, "unknown escape in a string");
    r->p += 2;
    return TRUE;
  }
  int high = r->end - r->p >= 6 ? hex4(r->p + 2) : -1;
  if (high < 0)
    return fail(r, "\\u needs four hexadecimal digits");
  if (high < 0xd800 || high > 0xdfff) {
    r->p += 6;
    return TRUE;
  }
  if (high < 0xdc00 && r->end - r->p >= 12 && r->p[6] == '\\' && r->p[7] == 'u') {
    int low = hex4(r->p + 8);
    if (low >= 0xdc00 && low <= 0xdfff) {
      r->p += 12;
      return TRUE;
    }
  }
  memcpy(r->p, "\\ufffd", 6);
  r->p += 6;
  return TRUE;
}

/* The string's bytes with each invalid UTF-8 byte replaced by U+FFFD. */
static LfSlice
repair_utf8(LfArena *arena, LfSlice s)
{
  g_auto(LfBuf) out = {0};
  for (const char *p = s.p, *end = s.p + s.len; p < end;) {
    gsize n = lf_utf8_sequence(p, end);
    if (n == 0) {
      lf_buf_append(&out, "\xef\xbf\xbd", 3);
      p++;
    } else {
      lf_buf_append(&out, p, n);
      p += n;
    }
  }
  return lf_arena_dup(arena, lf_buf_slice(&out));
}

gboolean
lf_json_reader_string(LfJsonReader *r, LfJsonText *out)
{
  char *start = ++r->p;
  gboolean invalid = FALSE;
  *out = (LfJsonText){.ascii = TRUE};
  for (;;) {
    r->p += lf_json_scan_string(r->p, r->end, &out->escaped) - r->p;
    if (r->p == r->end)
      return fail(r, "the text ends inside a string");
    guint8 c = (guint8)*r->p;
    if (c == '"')
      break;
    if (c == '\\') {
      out->escaped = TRUE;
      if (!check_escape(r))
        return FALSE;
    } else if (c < 0x20) {
      return fail(r, "a control character in a string must be escaped");
    } else {
      gsize n = lf_utf8_sequence(r->p, r->end);
      out->ascii = FALSE;
      invalid |= n == 0;
      r->p += MAX(n, 1);
    }
  }
  out->bytes = lf_slice(start, (gsize)(r->p - start));
  if (out->bytes.len > G_MAXUINT32 / 4)
    return fail(r, "a string of more than 1 GiB");
  if (invalid)
    out->bytes = repair_utf8(r->arena, out->bytes);
  r->p++;
  return TRUE;
}

static gboolean
read_string_value(Reader *r, LfValue *out)
{
  LfJsonText s;
  if (!lf_json_reader_string(r, &s))
    return FALSE;
  *out = lf_value_string(s.bytes);
  out->flags = s.escaped ? LF_VALUE_ESCAPED : LF_VALUE_PLAIN;
  return TRUE;
}

static gboolean
skip_digits(Reader *r)
{
  char *start = r->p;
  while (r->p < r->end && g_ascii_isdigit(*r->p))
    r->p++;
  return r->p > start;
}

static gboolean
read_number(Reader *r, LfValue *out)
{
  char *start = r->p;
  if (*r->p == '-')
    r->p++;
  if (r->p < r->end && *r->p == '0')
    r->p++;
  else if (!skip_digits(r))
    return fail(r, "a number needs a digit");
  if (r->p < r->end && *r->p == '.') {
    r->p++;
    if (!skip_digits(r))
      return fail(r, "a number needs a digit behind its point");
  }
  if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
    r->p++;
    if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
      r->p++;
    if (!skip_digits(r))
      return fail(r, "a number needs a digit in its exponent");
  }
  *out = lf_value_number(lf_slice(start, (gsize)(r->p - start)));
  return TRUE;
}

static gboolean
read_literal(Reader *r, const char *word, LfValue value, LfValue *out)
{
  gsize n = strlen(word);
  if ((gsize)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
    return fail(r, "expected a value");
  r->p += n;
  *out = value;
  return TRUE;
}

gboolean
lf_json_reader_open(LfJsonReader *r, char close)
{
  r->p++;
  skip_space(r);
  gboolean empty = r->p < r->end && *r->p == close;
  r->p += empty;
  return !empty;
}

gboolean
lf_json_reader_next(LfJsonReader *r, char close, gboolean *more)
{
  skip_space(r);
  *more = r->p < r->end && *r->p == ',';
  if (!*more && (r->p == r->end || *r->p != close))
    return fail(r, close == '}' ? "expected , or } in an object" : "expected , or ] in an array");
  r->p++;
  if (*more && close == '}')
    skip_space(r);
  return TRUE;
}

static gboolean
read_array(Reader *r, int depth, LfValue *out)
{
  gsize mark = r->stack.len;
  for (gboolean more = lf_json_reader_open(r, ']'); more;) {
    LfValue item;
    if (!read_value(r, depth + 1, &item))
      return FALSE;
    lf_buf_append(&r->stack, &item, sizeof item);
    if (!lf_json_reader_next(r, ']', &more))
      return FALSE;
  }
  gsize n = (r->stack.len - mark) / sizeof(LfValue);
  if (n > G_MAXUINT32 / 2)
    return fail(r, "an array of too many items");
  *out = lf_value_array(r->arena, (guint32)n);
  if (n > 0)
    memcpy(out->array->items, r->stack.p + mark, n * sizeof(LfValue));
  out->array->len = (guint32)n;
  r->stack.len = mark;
  return TRUE;
}

/* Moves members whose key has come before over the earlier one; returns how many are left. */
static gsize
unique_few(LfMember *members, gsize n)
{
  gsize kept = 0;
  for (gsize i = 0; i < n; i++) {
    gsize j = 0;
    while (j < kept && !(members[j].key_len == members[i].key_len &&
                         memcmp(members[j].key, members[i].key, members[i].key_len) == 0))
      j++;
    if (j < kept)
      members[j].value = members[i].value;
    else
      members[kept++] = members[i];
  }
  return kept;
}

static gsize
unique_many(LfMember *members, gsize n)
{
  gsize size = 64;
  while (size < n * 2)
    size *= 2;
  g_autofree gsize *table = g_new0(gsize, size); /* index + 1 into the kept members */
  LfHashKey key = lf_hash_process_key();
  gsize kept = 0;
  for (gsize i = 0; i < n; i++) {
    LfSlice k = lf_slice(members[i].key, members[i].key_len);
    gsize at = lf_hash64(key, k) & (size - 1);
    while (table[at] != 0 && !lf_slice_equal(k, lf_slice(members[table[at] - 1].key, members[table[at] - 1].key_len)))
      at = (at + 1) & (size - 1);
    if (table[at] != 0) {
      members[table[at] - 1].value = members[i].value;
    } else {
      members[kept++] = members[i];
      table[at] = kept;
    }
  }
  return kept;
}

gboolean
lf_json_reader_key(LfJsonReader *r, LfJsonText *key)
{
  if (r->p == r->end || *r->p != '"')
    return fail(r, "expected a key in quotes");
  if (!lf_json_reader_string(r, key))
    return FALSE;
  if (key->escaped)
    key->bytes = lf_json_unescape(r->arena, key->bytes);
  skip_space(r);
  if (r->p == r->end || *r->p != ':')
    return fail(r, "expected : behind a key");
  r->p++;
  return TRUE;
}

static gboolean
read_member(Reader *r, int depth, LfMember *m)
{
  LfJsonText key;
  if (!lf_json_reader_key(r, &key))
    return FALSE;
  *m = (LfMember){.key_plain = !key.escaped || lf_json_is_plain(key.bytes)};
  m->key = key.bytes.p;
  m->key_len = (guint32)key.bytes.len;
  return read_value(r, depth + 1, &m->value);
}

static gboolean
read_object(Reader *r, int depth, LfValue *out)
{
  gsize mark = r->stack.len;
  for (gboolean more = lf_json_reader_open(r, '}'); more;) {
    LfMember m;
    if (!read_member(r, depth, &m))
      return FALSE;
    lf_buf_append(&r->stack, &m, sizeof m);
    if (!lf_json_reader_next(r, '}', &more))
      return FALSE;
  }
  gsize n = (r->stack.len - mark) / sizeof(LfMember);
  if (n > G_MAXUINT32 / 4)
    return fail(r, "an object of too many members");
  *out = lf_value_object(r->arena, (guint32)n);
  LfMember *members = out->object->members;
  if (n > 0)
    memcpy(members, r->stack.p + mark, n * sizeof(LfMember));
  out->object->len = (guint32)(n < MANY_MEMBERS ? unique_few(members, n) : unique_many(members, n));
  r->stack.len = mark;
  return TRUE;
}

/* Goes to the first byte of a value. */
static gboolean
begin_value(Reader *r, int depth)
{
  if (depth > LF_DEPTH_MAX) {
    g_set_error(r->error, LF_JSON_ERROR, LF_JSON_ERROR_DEPTH, "offset %" G_GSIZE_FORMAT ": nested deeper than %d",
                (gsize)(r->p - r->begin), LF_DEPTH_MAX);
    return FALSE;
  }
  skip_space(r);
  return r->p < r->end || fail(r, "the text ends where a value was expected");
}

static gboolean
read_value(Reader *r, int depth, LfValue *out)
{
  if (!begin_value(r, depth))
    return FALSE;
  switch (*r->p) {
  case '{':
    return read_object(r, depth, out);
  case '[':
    return read_array(r, depth, out);
  case '"':
    return read_string_value(r, out);
  case 't':
    return read_literal(r, "true", lf_value_bool(TRUE), out);
  case 'f':
    return read_literal(r, "false", lf_value_bool(FALSE), out);
  case 'n':
    return read_literal(r, "null", lf_value_null(), out);
  default:
    if (*r->p == '-' || g_ascii_isdigit(*r->p))
      return read_number(r, out);
    return fail(r, "expected a value");
  }
}

gboolean
lf_json_reader_value(LfJsonReader *r, int depth, LfValue *out)
{
  return read_value(r, depth, out);
}

gboolean
lf_json_reader_skip(LfJsonReader *r, int depth)
{
  LfValue scalar;
  if (!begin_value(r, depth))
    return FALSE;
  if (*r->p != '{' && *r->p != '[')
    return read_value(r, depth, &scalar);
  char close = *r->p == '{' ? '}' : ']';
  for (gboolean more = lf_json_reader_open(r, close); more;) {
    LfJsonText key;
    if ((close == '}' && !lf_json_reader_key(r, &key)) || !lf_json_reader_skip(r, depth + 1) ||
        !lf_json_reader_next(r, close, &more))
      return FALSE;
  }
  return TRUE;
}

gboolean
lf_json_reader_end(LfJsonReader *r)
{
  skip_space(r);
  return r->p == r->end || fail(r, "something stands behind the value");
}

gboolean
lf_json_read(LfArena *arena, char *buf, gsize len, LfValue *out, GError **error)
{
  Reader r = {.arena = arena, .begin = buf, .p = buf, .end = buf + len, .error = error};
  gboolean ok = read_value(&r, 0, out) && lf_json_reader_end(&r);
  lf_buf_clear(&r.stack);
  return ok;
}

gboolean
lf_json_read_copy(LfArena *arena, LfSlice text, LfValue *out, GError **error)
{
  LfSlice copy = lf_arena_dup(arena, text);
  return lf_json_read(arena, (char *)copy.p, copy.len, out, error);
}

static gsize
unescape_unicode(const char **p, char *out)
{
  guint32 c = (guint32)hex4(*p + 2);
  *p += 6;
  if (c >= 0xd800 && c < 0xdc00) { /* the reader made sure that a pair is whole */
    c = 0x10000 + ((c - 0xd800) << 10) + ((guint32)hex4(*p + 2) - 0xdc00);
    *p += 6;
  }
  return lf_utf8_encode(c, out);
}

LfSlice
lf_json_unescape(LfArena *arena, LfSlice escaped)
{
  char *out = lf_arena_alloc(arena, escaped.len + 1), *o = out;
  for (const char *p = escaped.p, *end = escaped.p + escaped.len; p < end;) {
    if (*p != '\\') {
      const char *next = memchr(p, '\\', (gsize)(end - p));
      gsize n = (gsize)((next != NULL ? next : end) - p);
      memcpy(o, p, n);
      o += n;
      p += n;
    } else if (p[1] == 'u') {
      o += unescape_unicode(&p, o);
    } else {
      static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
      const char *at = strchr(from, p[1]);
      *o++ = at != NULL ? to[at - from] : p[1];
      p += 2;
    }
  }
  *o = '\0';
  return lf_slice(out, (gsize)(o - out));
}
