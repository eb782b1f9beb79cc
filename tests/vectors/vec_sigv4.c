/* The signing suite of awslabs/aws-c-auth: every case's three texts and its signed request, header and query form. */
#include "aws/sigv4.h"
#include "base/buf.h"
#include "support/files.h"
#include "value/json_read.h"

#include <stdlib.h>

/* A case's folder, what is in its context.json and its request.txt. */
typedef struct {
  const char *dir;
  LfArena *arena;
  LfSigv4Keys keys;
  LfSigv4Options options;
  LfSigv4Request request;
  LfSigv4Header headers[16];
  LfSlice head; /* the request up to the empty line, without the request line */
} Case;

static char *
slurp(const char *dir, const char *name, gsize *len)
{
  g_autofree char *path = g_build_filename(dir, name, NULL);
  g_autoptr(GError) error = NULL;
  char *text = NULL;
  g_file_get_contents(path, &text, len, &error);
  g_assert_no_error(error);
  return text;
}

static LfSlice
text_of(Case *c, const LfValue *object, const char *name)
{
  LfValue *v = lf_object_get_str(object, name);
  return lf_value_is(v, LF_TYPE_STRING) ? lf_value_text(c->arena, v) : lf_slice(NULL, 0);
}

static gboolean
flag_of(const LfValue *object, const char *name)
{
  const LfValue *v = lf_object_get_str(object, name);
  return lf_value_is(v, LF_TYPE_BOOL) && v->b;
}

static gint64
time_of(LfSlice text)
{
  g_autofree char *iso = lf_slice_dup(text);
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, NULL);
  g_assert_nonnull(time);
  return g_date_time_to_unix(time) * 1000;
}

static void
read_context(Case *c)
{
  gsize len = 0;
  g_autofree char *text = slurp(c->dir, "context.json", &len);
  g_autoptr(GError) error = NULL;
  LfValue context;
  lf_json_read_copy(c->arena, lf_slice(text, len), &context, &error);
  g_assert_no_error(error);
  const LfValue *keys = lf_object_get_str(&context, "credentials");
  c->keys.access_key_id = text_of(c, keys, "access_key_id");
  c->keys.secret_access_key = text_of(c, keys, "secret_access_key");
  c->keys.session_token = text_of(c, keys, "token");
  c->options = lf_sigv4_options(text_of(c, &context, "region"), text_of(c, &context, "service"),
                                time_of(text_of(c, &context, "timestamp")));
  c->options.normalize_path = flag_of(&context, "normalize");
  c->options.sign_body = flag_of(&context, "sign_body");
  c->options.omit_session_token = flag_of(&context, "omit_session_token");
  g_assert_true(lf_value_as_int(lf_object_get_str(&context, "expiration_in_seconds"), &c->options.expires_s));
}

/* Takes the header lines apart; an indented line goes on with the value before it. */
static void
read_headers(Case *c, LfSlice head)
{
  g_autofree char *text = lf_slice_dup(head);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
    LfSlice line = lf_arena_dup(c->arena, lf_slice_str(lines[i]));
    if (g_ascii_isspace(line.p[0])) {
      g_assert_cmpuint(c->request.n_headers, >, 0);
      LfSigv4Header *last = &c->headers[c->request.n_headers - 1];
      last->value = lf_arena_printf(c->arena, "%s\n%s", last->value.p, line.p);
      continue;
    }
    const char *colon = strchr(line.p, ':');
    g_assert_nonnull(colon);
    g_assert_cmpuint(c->request.n_headers, <, G_N_ELEMENTS(c->headers));
    c->headers[c->request.n_headers++] =
        (LfSigv4Header){lf_slice(line.p, (gsize)(colon - line.p)), lf_slice_str(colon + 1)};
  }
  c->request.headers = c->headers;
}

static void
read_request(Case *c)
{
  gsize len = 0;
  g_autofree char *text = slurp(c->dir, "request.txt", &len);
  LfSlice all = lf_arena_dup(c->arena, lf_slice(text, len));
  const char *end = strstr(all.p, "\n\n");
  c->request.body = end != NULL ? lf_slice_str(end + 2) : lf_slice(NULL, 0);
  const char *line_end = strchr(all.p, '\n');
  g_assert_nonnull(line_end);
  c->head = lf_slice(line_end + 1, end != NULL ? (gsize)(end + 1 - line_end - 1) : strlen(line_end + 1));
  read_headers(c, c->head);

  /* the target may hold spaces: from the first to the last of the request line */
  LfSlice line = lf_slice(all.p, (gsize)(line_end - all.p));
  const char *target = memchr(line.p, ' ', line.len);
  const char *version = memrchr(line.p, ' ', line.len);
  g_assert_true(target != NULL && version > target);
  c->request.method = lf_slice(line.p, (gsize)(target - line.p));
  c->request.path = lf_slice(target + 1, (gsize)(version - target - 1));
  const char *question = memchr(c->request.path.p, '?', c->request.path.len);
  if (question != NULL) {
    c->request.query = lf_slice(question + 1, (gsize)(version - question - 1));
    c->request.path.len = (gsize)(question - c->request.path.p);
  }
}

static void
expect(Case *c, const char *form, const char *name, LfSlice got)
{
  g_autofree char *file = g_strdup_printf("%s-%s.txt", form, name);
  gsize len = 0;
  g_autofree char *want = slurp(c->dir, file, &len);
  if (!lf_slice_equal(got, lf_slice(want, len))) {
    g_autofree char *is = lf_slice_dup(got);
    g_test_message("%s of %s: want\n%s\ngot\n%s", file, c->dir, want, is);
    g_test_fail();
  }
}

/* The signed request as the suite writes it: the added headers behind the request's own. */
static void
expect_signed_request(Case *c, const char *form, const LfSigv4Signed *out)
{
  g_auto(LfBuf) text = {0};
  lf_buf_append_slice(&text, c->request.method);
  lf_buf_append_char(&text, ' ');
  lf_buf_append_slice(&text, c->request.path);
  LfSlice query = out->query.len > 0 ? out->query : c->request.query;
  if (query.len > 0)
    lf_buf_append_char(&text, '?');
  lf_buf_append_slice(&text, query);
  lf_buf_append_str(&text, " HTTP/1.1\n");
  lf_buf_append_slice(&text, c->head);
  if (text.p[text.len - 1] != '\n')
    lf_buf_append_char(&text, '\n');
  for (gsize i = 0; i < out->n_add; i++) {
    lf_buf_append_slice(&text, out->add[i].name);
    lf_buf_append_char(&text, ':');
    lf_buf_append_slice(&text, out->add[i].value);
    lf_buf_append_char(&text, '\n');
  }
  lf_buf_append_char(&text, '\n');
  lf_buf_append_slice(&text, c->request.body);
  expect(c, form, "signed-request", lf_buf_slice(&text));
}

static void
expect_all(Case *c, const char *form, const LfSigv4Signed *out)
{
  expect(c, form, "canonical-request", out->canonical_request);
  expect(c, form, "string-to-sign", out->string_to_sign);
  expect(c, form, "signature", out->signature);
  expect_signed_request(c, form, out);
}

static void
run_case(gconstpointer dir)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  Case c = {.dir = dir, .arena = arena};
  read_context(&c);
  read_request(&c);
  LfSigv4KeyCache cache = {0};
  LfSigv4Signed out;
  lf_sigv4_sign_headers(arena, &c.request, &c.keys, &c.options, NULL, &out);
  expect_all(&c, "header", &out);
  lf_sigv4_sign_query(arena, &c.request, &c.keys, &c.options, &cache, &out);
  expect_all(&c, "query", &out);
  lf_sigv4_key_cache_clear(&cache);
}

static void
absent(void)
{
  g_test_skip("LF_SHARED is not set, or has no vectors/sigv4");
}

/* One test a folder below `top`. */
static gsize
add_cases(const char *top)
{
  g_autoptr(GDir) dir = g_dir_open(top, 0, NULL);
  const char *name;
  gsize n = 0;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    char *path = g_build_filename(top, name, NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
      g_free(path);
      continue;
    }
    g_autofree char *test = g_strdup_printf("/sigv4/suite/%s", name);
    g_test_add_data_func_full(test, path, run_case, g_free);
    n++;
  }
  return n;
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autofree char *top = test_shared_path("vectors/sigv4");
  if (add_cases(top) == 0)
    g_test_add_func("/sigv4/suite", absent);
  return g_test_run();
}
