/* Beats format strings: text with %{[field]} and %{+date} in it. */
#include "text/formatstring.h"

#include "base/clock.h"
#include "value/json_write.h"

typedef enum { PART_TEXT, PART_FIELD, PART_DATE } PartKind;

typedef struct {
  PartKind kind;
  LfSlice text; /* PART_TEXT: as it is; PART_DATE: the pattern */
  LfPath path;
  gboolean of_meta;
  gboolean has_default;
  LfSlice fallback;
} Part;

struct LfFormatString {
  Part *parts;
  guint n;
  guint cap;
};

static Part *
add_part(LfArena *arena, LfFormatString *f, PartKind kind)
{
  if (f->n == f->cap) {
    guint cap = MAX(f->cap * 2, 4);
    f->parts = lf_arena_grow(arena, f->parts, f->cap * sizeof(Part), cap * sizeof(Part));
    f->cap = cap;
  }
  Part *part = &f->parts[f->n++];
  *part = (Part){.kind = kind};
  return part;
}

static void
flush_text(LfArena *arena, LfFormatString *f, LfBuf *text)
{
  if (text->len == 0)
    return;
  add_part(arena, f, PART_TEXT)->text = lf_arena_dup(arena, lf_buf_slice(text));
  text->len = 0;
}

/* The letters of the pattern that stand for parts of a time; others must be quoted. */
static gboolean
check_date(LfPlace place, LfSlice pattern, GError **error)
{
  gboolean quoted = FALSE;
  for (gsize i = 0; i < pattern.len; i++) {
    char c = pattern.p[i];
    if (c == '\'')
      quoted = !quoted;
    else if (!quoted && g_ascii_isalpha(c) && strchr("yMdHmsS", c) == NULL)
      return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                            "the date letter '%c' in %%{+%.*s} is not there; y, M, d, H, m, s, S are", c,
                            (int)pattern.len, pattern.p);
  }
  if (quoted)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "a quote in %%{+%.*s} is not closed",
                          (int)pattern.len, pattern.p);
  return TRUE;
}

static gboolean
add_field(LfArena *arena, LfFormatString *f, LfPlace place, LfSlice inside, GError **error)
{
  const char *close = memchr(inside.p, ']', inside.len);
  Part *part = add_part(arena, f, PART_FIELD);
  if (close == NULL)
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "%%{%.*s}: the field's ] is missing", (int)inside.len,
                          inside.p);
  LfSlice name = lf_slice(inside.p + 1, (gsize)(close - inside.p - 1));
  LfSlice rest = lf_slice(close + 1, inside.len - name.len - 2);
  if (lf_slice_has_prefix(name, "@metadata.")) {
    part->of_meta = TRUE;
    name = lf_slice(name.p + 10, name.len - 10);
  }
  if (!lf_path_parse(arena, name, &part->path))
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "%%{%.*s}: the field's name is empty",
                          (int)inside.len, inside.p);
  if (rest.len > 0 && rest.p[0] != ':')
    return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "%%{%.*s}: behind ] only :default may stand",
                          (int)inside.len, inside.p);
  part->has_default = rest.len > 0;
  if (part->has_default)
    part->fallback = lf_arena_dup(arena, lf_slice(rest.p + 1, rest.len - 1));
  return TRUE;
}

static gboolean
add_expression(LfArena *arena, LfFormatString *f, LfPlace place, LfSlice inside, GError **error)
{
  if (inside.len > 0 && inside.p[0] == '[')
    return add_field(arena, f, place, inside, error);
  if (inside.len > 1 && inside.p[0] == '+') {
    LfSlice pattern = lf_arena_dup(arena, lf_slice(inside.p + 1, inside.len - 1));
    add_part(arena, f, PART_DATE)->text = pattern;
    return check_date(place, pattern, error);
  }
  return lf_place_error(error, place, LF_CONFIG_ERROR_INVALID,
                        "%%{%.*s} is not understood: write %%{[field]}, %%{[field]:default} or %%{+yyyy.MM.dd}",
                        (int)MIN(inside.len, 60), inside.p);
}

LfFormatString *
lf_formatstring_compile(LfArena *arena, LfPlace place, LfSlice text, GError **error)
{
  LfFormatString *f = lf_arena_alloc0(arena, sizeof *f);
  g_auto(LfBuf) plain = {0};
  for (gsize i = 0; i < text.len;) {
    if (text.p[i] == '\\' && i + 1 < text.len) {
      lf_buf_append_char(&plain, text.p[i + 1]);
      i += 2;
    } else if (text.p[i] == '%' && i + 1 < text.len && text.p[i + 1] == '{') {
      const char *close = memchr(text.p + i, '}', text.len - i);
      if (close == NULL) {
        lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "a %%{ is not closed by }");
        return NULL;
      }
      flush_text(arena, f, &plain);
      if (!add_expression(arena, f, place, lf_slice(text.p + i + 2, (gsize)(close - text.p) - i - 2), error))
        return NULL;
      i = (gsize)(close - text.p) + 1;
    } else {
      lf_buf_append_char(&plain, text.p[i++]);
    }
  }
  flush_text(arena, f, &plain);
  return f;
}

gboolean
lf_formatstring_has_fields(const LfFormatString *f)
{
  for (guint i = 0; i < f->n; i++)
    if (f->parts[i].kind == PART_FIELD)
      return TRUE;
  return FALSE;
}

gboolean
lf_formatstring_is_daily(const LfFormatString *f)
{
  for (guint i = 0; i < f->n; i++)
    if (f->parts[i].kind == PART_DATE)
      for (gsize k = 0; k < f->parts[i].text.len; k++)
        if (strchr("HmsS", f->parts[i].text.p[k]) != NULL)
          return FALSE;
  return !lf_formatstring_has_fields(f);
}

static void
append_date_letters(LfBuf *out, const LfCivil *c, char letter, int n)
{
  switch (letter) {
  case 'y':
    if (n == 2)
      lf_buf_printf(out, "%02d", (int)(((c->year % 100) + 100) % 100));
    else
      lf_buf_printf(out, "%0*" G_GINT64_FORMAT, n, c->year);
    break;
  case 'M':
    lf_buf_printf(out, "%0*d", n, c->month);
    break;
  case 'd':
    lf_buf_printf(out, "%0*d", n, c->day);
    break;
  case 'H':
    lf_buf_printf(out, "%0*d", n, c->hour);
    break;
  case 'm':
    lf_buf_printf(out, "%0*d", n, c->minute);
    break;
  case 's':
    lf_buf_printf(out, "%0*d", n, c->second);
    break;
  default: { /* S: digits of the fraction */
    char digits[4];
    g_snprintf(digits, sizeof digits, "%03d", c->millisecond);
    for (int i = 0; i < n; i++)
      lf_buf_append_char(out, i < 3 ? digits[i] : '0');
  }
  }
}

static void
append_date(LfBuf *out, LfSlice pattern, gint64 timestamp_ms)
{
  LfCivil c = lf_clock_civil(timestamp_ms);
  gboolean quoted = FALSE;
  for (gsize i = 0; i < pattern.len;) {
    char letter = pattern.p[i];
    gsize n = 1;
    if (letter == '\'') {
      quoted = !quoted;
    } else if (quoted || !g_ascii_isalpha(letter)) {
      lf_buf_append_char(out, letter);
    } else {
      while (i + n < pattern.len && pattern.p[i + n] == letter && n < 9)
        n++;
      append_date_letters(out, &c, letter, (int)n);
    }
    i += n;
  }
}

static gboolean
append_field(const Part *part, LfArena *arena, const LfValue *doc, const LfValue *meta, LfBuf *out)
{
  const LfValue *root = part->of_meta ? meta : doc;
  LfValue *v = root != NULL ? lf_path_get(root, &part->path, NULL) : NULL;
  if (v == NULL || v->type == LF_TYPE_NULL) {
    lf_buf_append_slice(out, part->fallback);
    return part->has_default;
  }
  if (v->type == LF_TYPE_STRING)
    lf_buf_append_slice(out, lf_value_text(arena, v));
  else
    lf_json_write(out, v);
  return TRUE;
}

gboolean
lf_formatstring_run(const LfFormatString *f, LfArena *arena, const LfValue *doc, const LfValue *meta,
                    gint64 timestamp_ms, LfBuf *out)
{
  gsize mark = out->len;
  for (guint i = 0; i < f->n; i++) {
    const Part *part = &f->parts[i];
    if (part->kind == PART_TEXT) {
      lf_buf_append_slice(out, part->text);
    } else if (part->kind == PART_DATE) {
      append_date(out, part->text, timestamp_ms);
    } else if (!append_field(part, arena, doc, meta, out)) {
      out->len = mark;
      return FALSE;
    }
  }
  return TRUE;
}
