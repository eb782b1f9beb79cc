/* Signs requests that come as JSON lines on stdin and prints each signature's texts as a JSON line: for comparing with
 * other signers. */
#include "aws/sigv4.h"
#include "base/buf.h"
#include "value/json_read.h"
#include "value/json_write.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEADERS_MAX = 64 };

static LfSlice
text_of(LfArena *arena, const LfValue *object, const char *name)
{
  LfValue *v = lf_object_get_str(object, name);
  return lf_value_is(v, LF_TYPE_STRING) ? lf_value_text(arena, v) : lf_slice(NULL, 0);
}

static gint64
number_of(const LfValue *object, const char *name)
{
  gint64 n = 0;
  g_assert_true(lf_value_as_int(lf_object_get_str(object, name), &n));
  return n;
}

/* `headers` is a list of [name, value]. */
static gsize
read_headers(LfArena *arena, const LfValue *line, LfSigv4Header headers[HEADERS_MAX])
{
  const LfValue *list = lf_object_get_str(line, "headers");
  g_assert_true(lf_value_is(list, LF_TYPE_ARRAY) && list->array->len <= HEADERS_MAX);
  for (guint32 i = 0; i < list->array->len; i++) {
    const LfValue *pair = &list->array->items[i];
    g_assert_true(lf_value_is(pair, LF_TYPE_ARRAY) && pair->array->len == 2);
    headers[i] =
        (LfSigv4Header){lf_value_text(arena, &pair->array->items[0]), lf_value_text(arena, &pair->array->items[1])};
  }
  return list->array->len;
}

static void
append_member(LfBuf *out, const char *name, LfSlice text)
{
  lf_buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
  lf_json_write_string(out, text);
}

static void
sign(const char *text, gsize len, LfSigv4KeyCache *cache)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  LfValue line;
  lf_json_read_copy(arena, lf_slice(text, len), &line, &error);
  g_assert_no_error(error);
  LfSigv4Header headers[HEADERS_MAX];
  LfSigv4Request request = {.method = text_of(arena, &line, "method"),
                            .path = text_of(arena, &line, "path"),
                            .query = text_of(arena, &line, "query"),
                            .headers = headers,
                            .n_headers = read_headers(arena, &line, headers),
                            .body = text_of(arena, &line, "body")};
  LfSigv4Keys keys = {text_of(arena, &line, "key_id"), text_of(arena, &line, "secret"), text_of(arena, &line, "token")};
  LfSigv4Options options =
      lf_sigv4_options(text_of(arena, &line, "region"), text_of(arena, &line, "service"), number_of(&line, "time_ms"));
  LfSigv4Signed out;
  options.expires_s = number_of(&line, "expires");
  if (options.expires_s > 0)
    lf_sigv4_sign_query(arena, &request, &keys, &options, cache, &out);
  else
    lf_sigv4_sign_headers(arena, &request, &keys, &options, cache, &out);
  g_auto(LfBuf) answer = {0};
  lf_buf_append_char(&answer, '{');
  append_member(&answer, "canonical_request", out.canonical_request);
  append_member(&answer, "string_to_sign", out.string_to_sign);
  append_member(&answer, "signature", out.signature);
  for (gsize i = 0; i < out.n_add; i++)
    if (lf_slice_is(out.add[i].name, "Authorization"))
      append_member(&answer, "authorization", out.add[i].value);
  lf_buf_append_str(&answer, "}\n");
  fwrite(answer.p, 1, answer.len, stdout);
}

int
main(void)
{
  char *text = NULL;
  size_t cap = 0;
  ssize_t len;
  LfSigv4KeyCache cache = {0};
  while ((len = getline(&text, &cap, stdin)) > 0)
    sign(text, (gsize)len, &cache);
  free(text);
  lf_sigv4_key_cache_clear(&cache);
  return 0;
}
