/* Regular expressions: limits, threads, what is no UTF-8, and what of a pattern of Go is left out for Beats. */
#include "text/regex.h"
#include "text/regex_go.h"

#include <pthread.h>

static LfRegex *
compile(const char *pattern, guint flags)
{
  g_auto(LfBuf) out = {0};
  g_autofree char *why = NULL;
  gboolean ok = lf_regex_go_translate(lf_slice_str(pattern), flags, &out, &why);
  g_assert_true(ok);
  return lf_regex_new(lf_buf_slice(&out), &why);
}

static char *
repeated(const char *piece, guint n)
{
  g_auto(LfBuf) text = {0};
  for (guint i = 0; i < n; i++)
    lf_buf_append_str(&text, piece);
  return lf_buf_steal(&text);
}

/* Past the JIT's stack the match is tried again without it; past the limits nothing is said about the text. */
static void
test_limits(void)
{
  g_autoptr(LfRegex) deep = compile("^(?:a|b)*$", 0), steps = compile("^(a|aa)+$", 0);
  g_autofree char *some = repeated("ab", 25 * 1000), *many = repeated("ab", 1000 * 1000), *as = repeated("a", 64);
  g_autofree char *bad = g_strconcat(as, "b", NULL);
  g_assert_cmpint(lf_regex_match(deep, lf_slice_str(some)), ==, LF_REGEX_YES);
  g_assert_cmpint(lf_regex_match(deep, lf_slice_str(many)), ==, LF_REGEX_LIMIT);
  g_assert_cmpint(lf_regex_match(deep, lf_slice_str("abc")), ==, LF_REGEX_NO);
  g_assert_cmpint(lf_regex_match(steps, lf_slice_str(as)), ==, LF_REGEX_YES);
  g_assert_cmpint(lf_regex_match(steps, lf_slice_str(bad)), ==, LF_REGEX_LIMIT);
}

/* A search that is quick from each place and has very many of them ends, too. Time is only a bound here, not a measure. */
static void
test_many_places(void)
{
  g_autoptr(LfRegex) slow = compile("(?:a|b)*?[cd@]", 0), greedy = compile("([a-z0-9]|-)+@", 0);
  g_autofree char *letters = repeated("ab", 128 * 1024), *text = g_strconcat(letters, " @", NULL);
  gint64 begin = g_get_monotonic_time();
  g_assert_cmpint(lf_regex_match(slow, lf_slice_str(text)), ==, LF_REGEX_LIMIT);
  g_assert_cmpint(lf_regex_match(greedy, lf_slice_str(text)), ==, LF_REGEX_LIMIT);
  g_assert_cmpint(g_get_monotonic_time() - begin, <, 120 * G_USEC_PER_SEC); /* of minutes for each before */
}

/* A long text is searched in slices: what is found does not depend on where they meet. */
static void
test_slices(void)
{
  static const char *const fillers[] = {".", "\xc3\xa4", "\xe2\x82\xac"};
  g_autoptr(LfRegex) word = compile("\\bx+y\\b", 0), begin = compile("^(?:xy|n)", 0), end = compile("xy.?$", 0);
  for (gsize f = 0; f < G_N_ELEMENTS(fillers); f++) {
    for (guint before = 0; before<3000; before += before> 240 && before < 270 ? 1 : 7) {
      g_autofree char *front = repeated(fillers[f], before), *back = repeated(fillers[f], 700);
      g_autofree char *whole = g_strconcat(front, "xxy", back, NULL), *tail = g_strconcat(front, "xy", NULL);
      g_assert_cmpint(lf_regex_match(word, lf_slice_str(whole)), ==, LF_REGEX_YES);
      g_assert_cmpint(lf_regex_match(begin, lf_slice_str(tail)), ==, before == 0 ? LF_REGEX_YES : LF_REGEX_NO);
      g_assert_cmpint(lf_regex_match(end, lf_slice_str(tail)), ==, LF_REGEX_YES);
      g_assert_cmpint(lf_regex_match(end, lf_slice_str(whole)), ==, LF_REGEX_NO);
    }
  }
}

static void
test_too_large(void)
{
  g_autofree char *longest = repeated("a", LF_REGEX_PATTERN_MAX), *longer = g_strconcat(longest, "a", NULL);
  g_autofree char *deep = repeated("(", 201), *why = NULL;
  g_auto(LfBuf) out = {0};
  g_assert_true(lf_regex_go_translate(lf_slice_str(longest), 0, &out, NULL));
  g_assert_false(lf_regex_go_translate(lf_slice_str(longer), 0, &out, NULL));
  g_assert_false(lf_regex_go_translate(lf_slice_str(deep), 0, &out, NULL));
  g_assert_false(lf_regex_go_translate(LF_SLICE_LIT("a\xff"), 0, &out, &why));
  g_assert_cmpstr(why, ==, "it is not UTF-8");
}

static void
test_no_utf8(void)
{
  g_autoptr(LfRegex) regex = compile("b$", 0);
  g_assert_cmpint(lf_regex_match(regex, LF_SLICE_LIT("\xff\xc3 a\x80 b")), ==, LF_REGEX_YES);
  g_assert_cmpint(lf_regex_match(regex, LF_SLICE_LIT("b\xff")), ==, LF_REGEX_NO);
  g_assert_cmpint(lf_regex_match(regex, (LfSlice){0}), ==, LF_REGEX_NO);
}

static void *
match_often(void *regex)
{
  gsize wrong = 0;
  for (int i = 0; i < 2000; i++) {
    wrong += lf_regex_match(regex, LF_SLICE_LIT("xxababab")) != LF_REGEX_YES;
    wrong += lf_regex_match(regex, LF_SLICE_LIT("xxabababc")) != LF_REGEX_NO;
  }
  return GSIZE_TO_POINTER(wrong);
}

static void
test_threads(void)
{
  g_autoptr(LfRegex) regex = compile("(?:a|b)+$", 0);
  pthread_t threads[4];
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    g_assert_cmpint(pthread_create(&threads[i], NULL, match_often, regex), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    void *wrong;
    pthread_join(threads[i], &wrong);
    g_assert_null(wrong);
  }
}

/* libbeat's common/match: .* at an end of the whole pattern, with ^ before it or $ behind it, is left out. */
static void
test_beats(void)
{
  static const struct {
    const char *pattern;
    const char *same_as;
  } cases[] = {
      {"^.*a", "a"},
      {"(^.*a)", "a"},
      {"((?:.*(?P<n>^.*a.*)))$", "((?:.*(?P<n>^.*a.*)))$"},
      {"(.*(^.*a).*$)", "a"},
      {"(.*a)+", "(.*a)+"},
      {"(?i:.*a)", "(?i:.*a)"},
      {"(.*a|b)", ".*a|b"},
      {"()", "()"},
      {"\\A.*a", "a"},
      {".*.*a.*.*$", "a"},
      {"^.*$", "$"},
      {"^a.*$", "^a"},
      {".*", ""},
      {"(?i).*a", "(?i).*a"},
      {".*?a", ".*?a"},
      {"(?s).*a", "(?s).*a"},
      {"a.*\\z", "a.*\\z"},
      {"^.*a|b", "^.*a|b"},
      {"^.*(a|b)", "a|b"},
      {"a\\.*", "a\\.*"},
      {"[.*", NULL},
      {"a[.]*", "a[.]*"},
      {"(?i)a(?-i).*", "(?i)a"},
      {".*(?i)a", "(?i)a"},
      {"a.{0}", "a.{0}"},
      {"^.+a", "^.+a"},
      {"(?m)^.*a", "(?m)^.*a"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(LfBuf) got = {0}, want = {0};
    gboolean ok = lf_regex_go_translate(lf_slice_str(cases[i].pattern), LF_REGEX_GO_BEATS, &got, NULL);
    g_assert_true(ok == (cases[i].same_as != NULL));
    if (!ok)
      continue;
    g_assert_true(lf_regex_go_translate(lf_slice_str(cases[i].same_as), 0, &want, NULL));
    if (!lf_slice_equal(lf_buf_slice(&got), lf_buf_slice(&want)))
      g_test_fail_printf("%s became %.*s", cases[i].pattern, (int)got.len, got.p);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/regex/limits", test_limits);
  g_test_add_func("/regex/many_places", test_many_places);
  g_test_add_func("/regex/slices", test_slices);
  g_test_add_func("/regex/too_large", test_too_large);
  g_test_add_func("/regex/no_utf8", test_no_utf8);
  g_test_add_func("/regex/threads", test_threads);
  g_test_add_func("/regex/beats", test_beats);
  return g_test_run();
}
