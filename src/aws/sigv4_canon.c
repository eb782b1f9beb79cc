/* The canonical request, the string to sign and the signature of Signature Version 4. */
#include "aws/sigv4_canon.h"

#include <stdlib.h>

/* Small pieces */

void
lf_sigv4_pairs_add(LfSigv4Pairs *pairs, LfSlice name, LfSlice value)
{
  if (pairs->n == pairs->cap) {
    gsize cap = pairs->cap > 0 ? pairs->cap * 2 : 16;
    pairs->items =
        lf_arena_grow(pairs->arena, pairs->items, pairs->cap * sizeof(LfSigv4Pair), cap * sizeof(LfSigv4Pair));
    pairs->cap = cap;
  }
  pairs->items[pairs->n] = (LfSigv4Pair){name, value, pairs->n};
  pairs->n++;
}

static int
compare_slices(LfSlice a, LfSlice b)
{
  gsize n = MIN(a.len, b.len);
  int c = n > 0 ? memcmp(a.p, b.p, n) : 0;
  return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int
compare_headers(const void *a, const void *b)
{
  const LfSigv4Pair *x = a, *y = b;
  int c = compare_slices(x->name, y->name);
  return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

void
lf_sigv4_pairs_sort(LfSigv4Pairs *pairs)
{
  if (pairs->n > 0)
    qsort(pairs->items, pairs->n, sizeof(LfSigv4Pair), compare_headers);
}

static int
compare_parameters(const void *a, const void *b)
{
  const LfSigv4Pair *x = a, *y = b;
  int c = compare_slices(x->name, y->name);
  return c != 0 ? c : compare_slices(x->value, y->value);
}

LfSlice
lf_sigv4_lower(LfArena *arena, LfSlice s)
{
  char *p = lf_arena_alloc(arena, s.len);
  for (gsize i = 0; i < s.len; i++)
    p[i] = g_ascii_tolower(s.p[i]);
  return lf_slice(p, s.len);
}

gboolean
lf_sigv4_equal_ignoring_case(LfSlice s, const char *text)
{
  return s.len == strlen(text) && (s.len == 0 || g_ascii_strncasecmp(s.p, text, s.len) == 0);
}

static void
append_encoded(LfBuf *buf, LfSlice s, gboolean keep_slash)
{
  static const char digits[] = "0123456789ABCDEF";
  for (gsize i = 0; i < s.len; i++) {
    guint8 c = (guint8)s.p[i];
    if (g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash)) {
      lf_buf_append_char(buf, (char)c);
    } else {
      char hex[3] = {'%', digits[c >> 4], digits[c & 15]};
      lf_buf_append(buf, hex, 3);
    }
  }
}

LfSlice
lf_sigv4_encoded(LfArena *arena, LfSlice s)
{
  g_auto(LfBuf) buf = {0};
  append_encoded(&buf, s, FALSE);
  return lf_arena_dup(arena, lf_buf_slice(&buf));
}

/* Percent escapes undone; what is no escape stays as it is. */
LfSlice
lf_sigv4_decoded(LfArena *arena, LfSlice s)
{
  char *to = lf_arena_alloc(arena, s.len);
  gsize n = 0;
  for (gsize i = 0; i < s.len; i++) {
    if (s.p[i] == '%' && s.len - i > 2 && g_ascii_isxdigit(s.p[i + 1]) && g_ascii_isxdigit(s.p[i + 2])) {
      to[n++] = (char)(g_ascii_xdigit_value(s.p[i + 1]) << 4 | g_ascii_xdigit_value(s.p[i + 2]));
      i += 2;
    } else {
      to[n++] = s.p[i];
    }
  }
  return lf_slice(to, n);
}

/* The bytes before the first `separator`; `rest` becomes what is behind it. */
LfSlice
lf_sigv4_take_until(LfSlice *rest, char separator)
{
  const char *at = rest->len > 0 ? memchr(rest->p, separator, rest->len) : NULL;
  LfSlice head = *rest;
  if (at == NULL) {
    *rest = lf_slice(NULL, 0);
    return head;
  }
  head.len = (gsize)(at - rest->p);
  *rest = lf_slice(at + 1, rest->len - head.len - 1);
  return head;
}

/* The canonical request */

static LfSlice
normalized_path(LfArena *arena, LfSlice path)
{
  char *to = lf_arena_alloc(arena, path.len + 2); /* a slash before and behind what has neither */
  gsize n = 0;
  gboolean file = FALSE; /* the path ends in a name, not in a slash or dots */
  to[n++] = '/';
  for (LfSlice rest = path; rest.len > 0;) {
    file = memchr(rest.p, '/', rest.len) == NULL;
    LfSlice segment = lf_sigv4_take_until(&rest, '/');
    if (lf_slice_is(segment, "..")) {
      file = FALSE;
      while (n > 1 && to[n - 2] != '/')
        n--;
      n -= n > 1;
    } else if (lf_slice_is(segment, ".")) {
      file = FALSE;
    } else if (segment.len > 0) {
      memcpy(to + n, segment.p, segment.len);
      n += segment.len;
      to[n++] = '/';
    }
  }
  n -= file && n > 1;
  return lf_slice(to, n);
}

static void
append_path(LfArena *arena, LfBuf *buf, LfSlice path, const LfSigv4Options *options)
{
  if (options->normalize_path)
    path = normalized_path(arena, path);
  if (!options->double_encode)
    path = lf_sigv4_decoded(arena, path);
  append_encoded(buf, path.len > 0 ? path : LF_SLICE_LIT("/"), TRUE);
}

/* The request's parameters, lf_sigv4_decoded and lf_sigv4_encoded again in the canonical way. */
void
lf_sigv4_pairs_add_query(LfSigv4Pairs *pairs, LfSlice query, const char *without)
{
  for (LfSlice rest = query; rest.len > 0;) {
    LfSlice value = lf_sigv4_take_until(&rest, '&');
    if (value.len == 0)
      continue;
    LfSlice name = lf_sigv4_decoded(pairs->arena, lf_sigv4_take_until(&value, '='));
    if (without == NULL || !lf_slice_is(name, without))
      lf_sigv4_pairs_add(pairs, lf_sigv4_encoded(pairs->arena, name),
                         lf_sigv4_encoded(pairs->arena, lf_sigv4_decoded(pairs->arena, value)));
  }
}

static void
append_query(LfBuf *buf, LfSigv4Pairs *pairs)
{
  if (pairs->n > 0)
    qsort(pairs->items, pairs->n, sizeof(LfSigv4Pair), compare_parameters);
  for (gsize i = 0; i < pairs->n; i++) {
    if (i > 0)
      lf_buf_append_char(buf, '&');
    lf_buf_append_slice(buf, pairs->items[i].name);
    lf_buf_append_char(buf, '=');
    lf_buf_append_slice(buf, pairs->items[i].value);
  }
}

/* White space at both ends is left out, runs of it (folded lines too) become one space. */
static void
append_header_value(LfBuf *buf, LfSlice value)
{
  gboolean space = FALSE, any = FALSE;
  for (gsize i = 0; i < value.len; i++) {
    if (g_ascii_isspace(value.p[i])) {
      space = any;
      continue;
    }
    if (space)
      lf_buf_append_char(buf, ' ');
    lf_buf_append_char(buf, value.p[i]);
    space = FALSE;
    any = TRUE;
  }
}

/* Header lines of pairs in the order of their names; values of equal names joined. */
void
lf_sigv4_append_headers(LfBuf *lines, LfBuf *names, const LfSigv4Pairs *headers)
{
  for (gsize i = 0; i < headers->n; i++) {
    if (i > 0 && lf_slice_equal(headers->items[i].name, headers->items[i - 1].name)) {
      lines->len--; /* the newline */
      lf_buf_append_char(lines, ',');
    } else {
      lf_buf_append_slice(lines, headers->items[i].name);
      lf_buf_append_char(lines, ':');
      if (names->len > 0)
        lf_buf_append_char(names, ';');
      lf_buf_append_slice(names, headers->items[i].name);
    }
    append_header_value(lines, headers->items[i].value);
    lf_buf_append_char(lines, '\n');
  }
}

LfSlice
lf_sigv4_payload_hash(LfArena *arena, const LfSigv4Request *request)
{
  if (request->payload_hash.len > 0)
    return request->payload_hash;
  char hex[LF_SHA256_HEX];
  lf_digest_sha256_hex(request->body, hex);
  return lf_arena_dup(arena, lf_slice_str(hex));
}

static void
derive_key(LfSlice secret, LfSlice date, LfSlice region, LfSlice service, guint8 key[LF_SHA256_LEN])
{
  g_auto(LfBuf) first = {0};
  lf_buf_append_str(&first, "AWS4");
  lf_buf_append_slice(&first, secret);
  lf_digest_hmac_sha256(lf_buf_slice(&first), date, key);
  explicit_bzero(first.p, first.len);
  const LfSlice parts[] = {region, service, LF_SLICE_LIT(LF_SIGV4_TERMINATOR)};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    guint8 next[LF_SHA256_LEN];
    lf_digest_hmac_sha256(lf_slice((const char *)key, LF_SHA256_LEN), parts[i], next);
    memcpy(key, next, LF_SHA256_LEN);
    explicit_bzero(next, sizeof next);
  }
}

static void
signing_key(LfSlice secret, LfSlice scope, LfSigv4KeyCache *cache, guint8 key[LF_SHA256_LEN])
{
  LfSlice rest = scope;
  LfSlice date = lf_sigv4_take_until(&rest, '/'), region = lf_sigv4_take_until(&rest, '/'),
          service = lf_sigv4_take_until(&rest, '/');
  if (cache == NULL) {
    derive_key(secret, date, region, service, key);
    return;
  }
  guint8 made_of[LF_SHA256_LEN];
  lf_digest_hmac_sha256(secret, scope, made_of);
  if (!cache->filled || memcmp(made_of, cache->made_of, sizeof made_of) != 0) {
    derive_key(secret, date, region, service, cache->key);
    memcpy(cache->made_of, made_of, sizeof made_of);
    cache->filled = TRUE;
  }
  memcpy(key, cache->key, LF_SHA256_LEN);
}

/* Fills in the three texts and the names of the signed headers. */
void
lf_sigv4_work_sign(LfArena *arena, LfSigv4Work *work, LfSigv4Signed *out)
{
  g_auto(LfBuf) canonical = {0};
  g_auto(LfBuf) names = {0};
  const LfSigv4Request *request = work->request;
  lf_buf_append_slice(&canonical, request->method);
  lf_buf_append_char(&canonical, '\n');
  append_path(arena, &canonical, request->path, work->options);
  lf_buf_append_char(&canonical, '\n');
  append_query(&canonical, &work->parameters);
  lf_buf_append_char(&canonical, '\n');
  lf_sigv4_append_headers(&canonical, &names, &work->headers);
  lf_buf_append_char(&canonical, '\n');
  lf_buf_append_slice(&canonical, lf_buf_slice(&names));
  lf_buf_append_char(&canonical, '\n');
  lf_buf_append_slice(&canonical, work->payload_hash);
  out->canonical_request = lf_arena_dup(arena, lf_buf_slice(&canonical));
  out->signed_headers = lf_arena_dup(arena, lf_buf_slice(&names));

  char hex[LF_SHA256_HEX];
  lf_digest_sha256_hex(out->canonical_request, hex);
  g_auto(LfBuf) to_sign = {0};
  lf_buf_append_str(&to_sign, LF_SIGV4_ALGORITHM "\n");
  lf_buf_append_slice(&to_sign, work->amz_date);
  lf_buf_append_char(&to_sign, '\n');
  lf_buf_append_slice(&to_sign, work->scope);
  lf_buf_append_char(&to_sign, '\n');
  lf_buf_append_str(&to_sign, hex);
  out->string_to_sign = lf_arena_dup(arena, lf_buf_slice(&to_sign));

  guint8 key[LF_SHA256_LEN], signature[LF_SHA256_LEN];
  signing_key(work->secret, work->scope, work->cache, key);
  lf_digest_hmac_sha256(lf_slice((const char *)key, sizeof key), out->string_to_sign, signature);
  explicit_bzero(key, sizeof key);
  lf_digest_hex(signature, hex);
  out->signature = lf_arena_dup(arena, lf_slice_str(hex));
}

LfSlice
lf_sigv4_join_scope(LfArena *arena, LfSlice date, LfSlice region, LfSlice service)
{
  const LfSlice parts[] = {date, region, service, LF_SLICE_LIT(LF_SIGV4_TERMINATOR)};
  g_auto(LfBuf) scope = {0};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    if (i > 0)
      lf_buf_append_char(&scope, '/');
    lf_buf_append_slice(&scope, parts[i]);
  }
  return lf_arena_dup(arena, lf_buf_slice(&scope));
}
