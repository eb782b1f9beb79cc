/* Signature Version 4: canonical request, string to sign, signature. */
#include "aws/sigv4.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"

#include <stdlib.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

G_DEFINE_QUARK(lf-sigv4-error-quark, lf_sigv4_error)

/* Small pieces */

/* A name and a value on the way into the canonical request; `order` keeps a sort stable. */
typedef struct {
  LfSlice name;
  LfSlice value;
  gsize order;
} Pair;

typedef struct {
  LfArena *arena;
  Pair *items;
  gsize n;
  gsize cap;
} Pairs;

static void
pairs_add(Pairs *pairs, LfSlice name, LfSlice value)
{
  if (pairs->n == pairs->cap) {
    gsize cap = pairs->cap > 0 ? pairs->cap * 2 : 16;
    pairs->items = lf_arena_grow(pairs->arena, pairs->items, pairs->cap * sizeof(Pair), cap * sizeof(Pair));
    pairs->cap = cap;
  }
  pairs->items[pairs->n] = (Pair){name, value, pairs->n};
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
  const Pair *x = a, *y = b;
  int c = compare_slices(x->name, y->name);
  return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

static int
compare_parameters(const void *a, const void *b)
{
  const Pair *x = a, *y = b;
  int c = compare_slices(x->name, y->name);
  return c != 0 ? c : compare_slices(x->value, y->value);
}

static LfSlice
lower(LfArena *arena, LfSlice s)
{
  char *p = lf_arena_alloc(arena, s.len);
  for (gsize i = 0; i < s.len; i++)
    p[i] = g_ascii_tolower(s.p[i]);
  return lf_slice(p, s.len);
}

static gboolean
equal_ignoring_case(LfSlice s, const char *text)
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

static LfSlice
encoded(LfArena *arena, LfSlice s)
{
  g_auto(LfBuf) buf = {0};
  append_encoded(&buf, s, FALSE);
  return lf_arena_dup(arena, lf_buf_slice(&buf));
}

/* Percent escapes undone; what is no escape stays as it is. */
static LfSlice
decoded(LfArena *arena, LfSlice s)
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
static LfSlice
take_until(LfSlice *rest, char separator)
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
  char *to = lf_arena_alloc(arena, path.len + 1);
  gsize n = 0;
  gboolean open = TRUE; /* the path ends in a slash */
  to[n++] = '/';
  for (LfSlice rest = path; rest.len > 0;) {
    open = memchr(rest.p, '/', rest.len) != NULL;
    LfSlice segment = take_until(&rest, '/');
    if (segment.len == 0 || lf_slice_is(segment, "."))
      continue;
    if (lf_slice_is(segment, "..")) {
      while (n > 1 && to[n - 2] != '/')
        n--;
      if (n > 1)
        n--;
      continue;
    }
    memcpy(to + n, segment.p, segment.len);
    n += segment.len;
    to[n++] = '/';
  }
  LfSlice last = path;
  for (LfSlice rest = path; rest.len > 0;)
    last = take_until(&rest, '/');
  if (!open && n > 1 && !lf_slice_is(last, ".") && !lf_slice_is(last, ".."))
    n--;
  return lf_slice(to, n);
}

static void
append_path(LfArena *arena, LfBuf *buf, LfSlice path, const LfSigv4Options *options)
{
  if (options->normalize_path)
    path = normalized_path(arena, path);
  if (!options->double_encode)
    path = decoded(arena, path);
  append_encoded(buf, path.len > 0 ? path : LF_SLICE_LIT("/"), TRUE);
}

/* The request's parameters, decoded and encoded again in the canonical way. */
static void
add_query(Pairs *pairs, LfSlice query, const char *without)
{
  for (LfSlice rest = query; rest.len > 0;) {
    LfSlice value = take_until(&rest, '&');
    if (value.len == 0)
      continue;
    LfSlice name = decoded(pairs->arena, take_until(&value, '='));
    if (without == NULL || !lf_slice_is(name, without))
      pairs_add(pairs, encoded(pairs->arena, name), encoded(pairs->arena, decoded(pairs->arena, value)));
  }
}

static void
append_query(LfBuf *buf, Pairs *pairs)
{
  if (pairs->n > 0)
    qsort(pairs->items, pairs->n, sizeof(Pair), compare_parameters);
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
static void
append_headers(LfBuf *lines, LfBuf *names, const Pairs *headers)
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

static LfSlice
payload_hash(LfArena *arena, const LfSigv4Request *request)
{
  if (request->payload_hash.len > 0)
    return request->payload_hash;
  char hex[LF_SHA256_HEX];
  lf_digest_sha256_hex(request->body, hex);
  return lf_arena_dup(arena, lf_slice_str(hex));
}

/* What is signed of a request, by whom, for what. */
typedef struct {
  const LfSigv4Request *request;
  const LfSigv4Options *options;
  LfSlice amz_date;
  LfSlice scope; /* date/region/service/aws4_request */
  LfSlice secret;
  LfSigv4KeyCache *cache;
  Pairs parameters;
  Pairs headers; /* sorted */
  LfSlice payload_hash;
} Work;

static void
derive_key(LfSlice secret, LfSlice date, LfSlice region, LfSlice service, guint8 key[LF_SHA256_LEN])
{
  g_auto(LfBuf) first = {0};
  lf_buf_append_str(&first, "AWS4");
  lf_buf_append_slice(&first, secret);
  lf_digest_hmac_sha256(lf_buf_slice(&first), date, key);
  explicit_bzero(first.p, first.len);
  const LfSlice parts[] = {region, service, LF_SLICE_LIT(TERMINATOR)};
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
  LfSlice date = take_until(&rest, '/'), region = take_until(&rest, '/'), service = take_until(&rest, '/');
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
static void
work_sign(LfArena *arena, Work *work, LfSigv4Signed *out)
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
  append_headers(&canonical, &names, &work->headers);
  lf_buf_append_char(&canonical, '\n');
  lf_buf_append_slice(&canonical, lf_buf_slice(&names));
  lf_buf_append_char(&canonical, '\n');
  lf_buf_append_slice(&canonical, work->payload_hash);
  out->canonical_request = lf_arena_dup(arena, lf_buf_slice(&canonical));
  out->signed_headers = lf_arena_dup(arena, lf_buf_slice(&names));

  char hex[LF_SHA256_HEX];
  lf_digest_sha256_hex(out->canonical_request, hex);
  g_auto(LfBuf) to_sign = {0};
  lf_buf_append_str(&to_sign, ALGORITHM "\n");
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

/* Signing */

static gboolean
is_signed(LfSlice name)
{
  static const char *const skipped[] = {"authorization",     "connection", "expect",
                                        "transfer-encoding", "user-agent", "x-amzn-trace-id"};
  for (gsize i = 0; i < G_N_ELEMENTS(skipped); i++) {
    if (equal_ignoring_case(name, skipped[i]))
      return FALSE;
  }
  return TRUE;
}

static LfSlice
join_scope(LfArena *arena, LfSlice date, LfSlice region, LfSlice service)
{
  const LfSlice parts[] = {date, region, service, LF_SLICE_LIT(TERMINATOR)};
  g_auto(LfBuf) scope = {0};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    if (i > 0)
      lf_buf_append_char(&scope, '/');
    lf_buf_append_slice(&scope, parts[i]);
  }
  return lf_arena_dup(arena, lf_buf_slice(&scope));
}

static Work
work_begin(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys, const LfSigv4Options *options,
           LfSigv4KeyCache *cache)
{
  Work work = {.request = request, .options = options, .secret = keys->secret_access_key, .cache = cache};
  char time[LF_SIGV4_TIME_TEXT];
  lf_sigv4_format_time(options->time_ms, time);
  work.amz_date = lf_arena_dup(arena, lf_slice_str(time));
  work.scope = join_scope(arena, lf_slice(work.amz_date.p, 8), options->region, options->service);
  work.payload_hash = payload_hash(arena, request);
  work.parameters.arena = work.headers.arena = arena;
  add_query(&work.parameters, request->query, NULL);
  for (gsize i = 0; i < request->n_headers; i++) {
    if (is_signed(request->headers[i].name))
      pairs_add(&work.headers, lower(arena, request->headers[i].name), request->headers[i].value);
  }
  return work;
}

static void
sort_headers(Pairs *headers)
{
  if (headers->n > 0)
    qsort(headers->items, headers->n, sizeof(Pair), compare_headers);
}

static LfSlice
credential(LfArena *arena, const LfSigv4Keys *keys, LfSlice scope)
{
  g_auto(LfBuf) buf = {0};
  lf_buf_append_slice(&buf, keys->access_key_id);
  lf_buf_append_char(&buf, '/');
  lf_buf_append_slice(&buf, scope);
  return lf_arena_dup(arena, lf_buf_slice(&buf));
}

static void
add_header(LfSigv4Signed *out, const char *name, LfSlice value)
{
  g_assert(out->n_add < LF_SIGV4_HEADERS_MAX);
  out->add[out->n_add++] = (LfSigv4Header){lf_slice_str(name), value};
}

void
lf_sigv4_sign_headers(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys,
                      const LfSigv4Options *options, LfSigv4KeyCache *cache, LfSigv4Signed *out)
{
  Work work = work_begin(arena, request, keys, options, cache);
  *out = (LfSigv4Signed){0};
  if (keys->session_token.len > 0) {
    add_header(out, "X-Amz-Security-Token", keys->session_token);
    if (!options->omit_session_token)
      pairs_add(&work.headers, LF_SLICE_LIT("x-amz-security-token"), keys->session_token);
  }
  add_header(out, "X-Amz-Date", work.amz_date);
  pairs_add(&work.headers, LF_SLICE_LIT("x-amz-date"), work.amz_date);
  if (options->sign_body) {
    add_header(out, "x-amz-content-sha256", work.payload_hash);
    pairs_add(&work.headers, LF_SLICE_LIT("x-amz-content-sha256"), work.payload_hash);
  }
  sort_headers(&work.headers);
  work_sign(arena, &work, out);

  g_auto(LfBuf) value = {0};
  lf_buf_append_str(&value, ALGORITHM " Credential=");
  lf_buf_append_slice(&value, credential(arena, keys, work.scope));
  lf_buf_append_str(&value, ", SignedHeaders=");
  lf_buf_append_slice(&value, out->signed_headers);
  lf_buf_append_str(&value, ", Signature=");
  lf_buf_append_slice(&value, out->signature);
  add_header(out, "Authorization", lf_arena_dup(arena, lf_buf_slice(&value)));
}

static LfSlice
joined_names(LfArena *arena, const Pairs *headers)
{
  g_auto(LfBuf) lines = {0};
  g_auto(LfBuf) names = {0};
  append_headers(&lines, &names, headers);
  return lf_arena_dup(arena, lf_buf_slice(&names));
}

void
lf_sigv4_sign_query(LfArena *arena, const LfSigv4Request *request, const LfSigv4Keys *keys,
                    const LfSigv4Options *options, LfSigv4KeyCache *cache, LfSigv4Signed *out)
{
  Work work = work_begin(arena, request, keys, options, cache);
  *out = (LfSigv4Signed){0};
  sort_headers(&work.headers);
  gsize own = work.parameters.n;
  char expires[LF_NUMBER_TEXT];
  lf_number_format_int(options->expires_s, expires);
  pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Algorithm"), LF_SLICE_LIT(ALGORITHM));
  pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Credential"),
            encoded(arena, credential(arena, keys, work.scope)));
  pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Date"), work.amz_date);
  pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-SignedHeaders"),
            encoded(arena, joined_names(arena, &work.headers)));
  pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Expires"), lf_arena_dup(arena, lf_slice_str(expires)));
  if (keys->session_token.len > 0)
    pairs_add(&work.parameters, LF_SLICE_LIT("X-Amz-Security-Token"), encoded(arena, keys->session_token));

  /* the query to send, before sorting: the request's own part goes out as it came */
  g_auto(LfBuf) query = {0};
  lf_buf_append_slice(&query, request->query);
  for (gsize i = own; i < work.parameters.n; i++) {
    if (query.len > 0)
      lf_buf_append_char(&query, '&');
    lf_buf_append_slice(&query, work.parameters.items[i].name);
    lf_buf_append_char(&query, '=');
    lf_buf_append_slice(&query, work.parameters.items[i].value);
  }
  if (keys->session_token.len > 0 && options->omit_session_token)
    work.parameters.n--;
  work_sign(arena, &work, out);
  lf_buf_append_str(&query, "&X-Amz-Signature=");
  lf_buf_append_slice(&query, out->signature);
  out->query = lf_arena_dup(arena, lf_buf_slice(&query));
}

void
lf_sigv4_key_cache_clear(LfSigv4KeyCache *cache)
{
  explicit_bzero(cache, sizeof *cache);
}

LfSigv4Options
lf_sigv4_options(LfSlice region, LfSlice service, gint64 time_ms)
{
  return (LfSigv4Options){
      .region = region, .service = service, .time_ms = time_ms, .normalize_path = TRUE, .double_encode = TRUE};
}

/* Checking */

LfSlice
lf_sigv4_header(const LfSigv4Request *request, const char *name)
{
  for (gsize i = 0; i < request->n_headers; i++) {
    if (equal_ignoring_case(request->headers[i].name, name))
      return request->headers[i].value;
  }
  return lf_slice(NULL, 0);
}

static LfSlice
query_parameter(LfArena *arena, LfSlice query, const char *name)
{
  for (LfSlice rest = query; rest.len > 0;) {
    LfSlice value = take_until(&rest, '&');
    if (lf_slice_is(decoded(arena, take_until(&value, '=')), name))
      return decoded(arena, value);
  }
  return lf_slice(NULL, 0);
}

static gboolean
incomplete(GError **error, const char *text)
{
  g_set_error_literal(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_INCOMPLETE, text);
  return FALSE;
}

/* Takes "key/date/region/service/aws4_request" apart. */
static gboolean
read_credential(LfSlice text, LfSigv4Claim *out, GError **error)
{
  LfSlice parts[5];
  gsize n = 0;
  LfSlice rest = text;
  while (rest.len > 0 && n < G_N_ELEMENTS(parts))
    parts[n++] = take_until(&rest, '/');
  if (n < G_N_ELEMENTS(parts) || rest.len > 0)
    return incomplete(error, "Credential must have exactly 5 slash-delimited elements, e.g. "
                             "keyid/date/region/service/term.");
  if (!lf_slice_is(parts[4], TERMINATOR))
    return incomplete(error, "Credential should be scoped with a valid terminator: '" TERMINATOR "'.");
  out->access_key_id = parts[0];
  out->date = parts[1];
  out->region = parts[2];
  out->service = parts[3];
  return TRUE;
}

static gboolean
read_time(LfSlice text, LfSigv4Claim *out, GError **error)
{
  out->amz_date = text;
  if (lf_sigv4_parse_time(text, &out->time_ms))
    return TRUE;
  g_autofree char *message =
      g_strdup_printf("Date must be in ISO-8601 'basic format'. Got '%.*s'. See http://en.wikipedia.org/wiki/ISO_8601",
                      (int)MIN(text.len, 64), text.len > 0 ? text.p : "");
  return incomplete(error, message);
}

/* The names and values behind the algorithm of an Authorization header. */
static gboolean
split_authorization(LfSlice text, Pairs *parts, GError **error)
{
  while (text.len > 0) {
    gsize n = 0;
    while (n < text.len && text.p[n] != ',' && !g_ascii_isspace(text.p[n]))
      n++;
    LfSlice word = lf_slice(text.p, n);
    text = lf_slice(text.p + MIN(n + 1, text.len), text.len - MIN(n + 1, text.len));
    if (word.len == 0)
      continue;
    if (memchr(word.p, '=', word.len) == NULL)
      return incomplete(error, "Not a valid key=value pair (missing equal-sign) in Authorization header.");
    LfSlice value = word;
    LfSlice name = take_until(&value, '=');
    pairs_add(parts, name, value);
  }
  return TRUE;
}

static LfSlice
find_part(const Pairs *parts, const char *name, GString *missing)
{
  for (gsize i = 0; i < parts->n; i++) {
    if (lf_slice_is(parts->items[i].name, name) && parts->items[i].value.len > 0)
      return parts->items[i].value;
  }
  g_string_append_printf(missing, "Authorization header requires '%s' parameter. ", name);
  return lf_slice(NULL, 0);
}

static gboolean
read_authorization(LfArena *arena, const LfSigv4Request *request, LfSlice header, LfSigv4Claim *out, GError **error)
{
  LfSlice rest = header;
  if (!lf_slice_is(take_until(&rest, ' '), ALGORITHM))
    return incomplete(error, "Authorization header requires the algorithm " ALGORITHM ".");
  Pairs parts = {.arena = arena};
  if (!split_authorization(rest, &parts, error))
    return FALSE;
  g_autoptr(GString) missing = g_string_new(NULL);
  LfSlice scope = find_part(&parts, "Credential", missing);
  out->signature = find_part(&parts, "Signature", missing);
  out->signed_headers = find_part(&parts, "SignedHeaders", missing);
  LfSlice date = lf_sigv4_header(request, "x-amz-date");
  if (date.len == 0)
    date = lf_sigv4_header(request, "date");
  if (date.len == 0)
    g_string_append(missing,
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  if (missing->len > 0) {
    g_string_append(missing, "Authorization=" ALGORITHM);
    return incomplete(error, missing->str);
  }
  out->session_token = lf_sigv4_header(request, "x-amz-security-token");
  return read_credential(scope, out, error) && read_time(date, out, error);
}

static gboolean
read_query(LfArena *arena, const LfSigv4Request *request, LfSigv4Claim *out, GError **error)
{
  static const char *const names[] = {"X-Amz-Algorithm", "X-Amz-Credential",    "X-Amz-Signature",
                                      "X-Amz-Date",      "X-Amz-SignedHeaders", "X-Amz-Expires"};
  enum { ALG, CREDENTIAL, SIGNATURE, DATE, HEADERS, EXPIRES };
  LfSlice values[G_N_ELEMENTS(names)];
  g_autoptr(GString) missing = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    values[i] = query_parameter(arena, request->query, names[i]);
    if (values[i].len == 0)
      g_string_append_printf(missing, "AWS query-string parameters must include '%s'. ", names[i]);
  }
  if (missing->len > 0) {
    g_string_append(missing, "Re-examine the query-string parameters.");
    return incomplete(error, missing->str);
  }
  if (!lf_slice_is(values[ALG], ALGORITHM))
    return incomplete(error, "X-Amz-Algorithm only supports \"" ALGORITHM "\"");
  if (!lf_number_parse_int(values[EXPIRES], &out->expires_s) || out->expires_s < 0 || out->expires_s > 604800)
    return incomplete(error, "X-Amz-Expires must be a number of seconds from 0 to 604800");
  out->in_query = TRUE;
  out->signature = values[SIGNATURE];
  out->signed_headers = values[HEADERS];
  out->session_token = query_parameter(arena, request->query, "X-Amz-Security-Token");
  return read_credential(values[CREDENTIAL], out, error) && read_time(values[DATE], out, error);
}

gboolean
lf_sigv4_claim_read(LfArena *arena, const LfSigv4Request *request, LfSigv4Claim *out, GError **error)
{
  *out = (LfSigv4Claim){0};
  LfSlice header = lf_sigv4_header(request, "authorization");
  if (header.len > 0)
    return read_authorization(arena, request, header, out, error);
  if (query_parameter(arena, request->query, "X-Amz-Signature").len > 0 ||
      query_parameter(arena, request->query, "X-Amz-Algorithm").len > 0)
    return read_query(arena, request, out, error);
  g_set_error_literal(error, LF_SIGV4_ERROR, LF_SIGV4_ERROR_MISSING, "Missing Authentication Token");
  return FALSE;
}

/* The request's headers of one name, or one empty value: a signature over a header that is not there is wrong. */
static void
add_claimed_header(Pairs *headers, const LfSigv4Request *request, LfSlice name)
{
  gsize before = headers->n;
  for (gsize i = 0; i < request->n_headers; i++) {
    LfSlice own = request->headers[i].name;
    if (own.len == name.len && name.len > 0 && g_ascii_strncasecmp(own.p, name.p, name.len) == 0)
      pairs_add(headers, name, request->headers[i].value);
  }
  if (headers->n == before)
    pairs_add(headers, name, lf_slice(NULL, 0));
}

static gboolean
equal_in_constant_time(LfSlice a, LfSlice b)
{
  guint8 difference = a.len != b.len;
  for (gsize i = 0; i < MIN(a.len, b.len); i++)
    difference |= (guint8)(a.p[i] ^ b.p[i]);
  return difference == 0;
}

gboolean
lf_sigv4_claim_check(LfArena *arena, const LfSigv4Request *request, const LfSigv4Claim *claim,
                     LfSlice secret_access_key, LfSigv4Signed *out)
{
  LfSigv4Options options = lf_sigv4_options(claim->region, claim->service, claim->time_ms);
  Work work = {.request = request, .options = &options, .amz_date = claim->amz_date, .secret = secret_access_key};
  work.scope = join_scope(arena, claim->date, claim->region, claim->service);
  work.payload_hash = payload_hash(arena, request);
  work.parameters.arena = work.headers.arena = arena;
  add_query(&work.parameters, request->query, claim->in_query ? "X-Amz-Signature" : NULL);
  for (LfSlice rest = claim->signed_headers; rest.len > 0;)
    add_claimed_header(&work.headers, request, lower(arena, take_until(&rest, ';')));
  LfSigv4Signed computed = {0};
  work_sign(arena, &work, &computed);
  if (out != NULL)
    *out = computed;
  return equal_in_constant_time(computed.signature, claim->signature);
}

/* Times */

void
lf_sigv4_format_time(gint64 time_ms, char out[LF_SIGV4_TIME_TEXT])
{
  const gint64 first = lf_clock_from_civil(0, 1, 1, 0, 0, 0, 0);
  const gint64 last = lf_clock_from_civil(9999, 12, 31, 23, 59, 59, 999);
  LfCivil t = lf_clock_civil(CLAMP(time_ms, first, last));
  g_snprintf(out, LF_SIGV4_TIME_TEXT, "%04u%02u%02uT%02u%02u%02uZ", (guint)t.year % 10000, (guint)t.month % 100,
             (guint)t.day % 100, (guint)t.hour % 100, (guint)t.minute % 100, (guint)t.second % 100);
}

gboolean
lf_sigv4_parse_time(LfSlice text, gint64 *time_ms)
{
  static const guint8 limits[][2] = {{1, 12}, {1, 31}, {0, 23}, {0, 59}, {0, 59}};
  static const guint8 at[] = {4, 6, 9, 11, 13};
  if (text.len != LF_SIGV4_TIME_TEXT - 1 || text.p[8] != 'T' || text.p[15] != 'Z')
    return FALSE;
  for (gsize i = 0; i < text.len; i++) {
    if (i != 8 && i != 15 && !g_ascii_isdigit(text.p[i]))
      return FALSE;
  }
  int part[G_N_ELEMENTS(at)];
  for (gsize i = 0; i < G_N_ELEMENTS(at); i++) {
    part[i] = (text.p[at[i]] - '0') * 10 + text.p[at[i] + 1] - '0';
    if (part[i] < limits[i][0] || part[i] > limits[i][1])
      return FALSE;
  }
  int year = 0;
  for (gsize i = 0; i < 4; i++)
    year = year * 10 + text.p[i] - '0';
  *time_ms = lf_clock_from_civil(year, part[0], part[1], part[2], part[3], part[4], 0);
  /* a day that its month does not have comes back as another one */
  return lf_clock_civil(*time_ms).day == part[1];
}
