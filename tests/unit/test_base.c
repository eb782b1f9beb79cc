/* Time, numbers, hashes, queues: the small things that all else stands on. */
#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "base/queue.h"

#include <math.h>
#include <pthread.h>

static void
test_clock_format(void)
{
  static const struct {
    gint64 ns;
    const char *ms_text, *ns_text;
  } cases[] = {
      {0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"},
      {G_GINT64_CONSTANT(1795526943590123456), "2026-11-24T13:29:03.590Z", "2026-11-24T13:29:03.590123456Z"},
      {G_GINT64_CONSTANT(951782400000000000), "2000-02-29T00:00:00.000Z", "2000-02-29T00:00:00Z"},
      {-1000000, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {1500000, "1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00.001500Z"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    char text[LF_TIME_TEXT];
    lf_clock_format_ms((cases[i].ns - (cases[i].ns < 0 ? 999999 : 0)) / 1000000, text);
    g_assert_cmpstr(text, ==, cases[i].ms_text);
    lf_clock_format_ns(cases[i].ns, text);
    g_assert_cmpstr(text, ==, cases[i].ns_text);
  }
  char text[LF_TIME_TEXT]; /* the ends of the range that an API may send */
  lf_clock_format_ms(G_MAXINT64, text);
  lf_clock_format_ms(G_MININT64, text);
  lf_clock_format_ns(G_MININT64, text);
}

static void
test_civil(void)
{
  for (gint64 day = -800000; day < 800000; day += 37) {
    LfCivil c = lf_clock_civil(day * 86400000 + 45296789);
    g_assert_cmpint(lf_clock_from_civil(c.year, c.month, c.day, c.hour, c.minute, c.second, c.millisecond), ==,
                    day * 86400000 + 45296789);
  }
  LfCivil c = lf_clock_civil(G_GINT64_CONSTANT(1795526943590)); /* a Tuesday */
  g_assert_cmpint(c.weekday, ==, 2);
  g_assert_cmpint(c.year_day, ==, 328);
}

static void
test_number(void)
{
  static const struct {
    double d;
    const char *text;
  } doubles[] = {{1.5, "1.5"},
                 {0.1, "0.1"},
                 {1e20, "100000000000000000000"},
                 {1e21, "1e+21"},
                 {-0.0, "-0"},
                 {1e-6, "0.000001"},
                 {1e-7, "1e-7"},
                 {123456.789, "123456.789"},
                 {5e-324, "5e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {2.0 / 3, "0.6666666666666666"},
                 {7.120236347223045e-307, "7.120236347223045e-307"}};
  for (gsize i = 0; i < G_N_ELEMENTS(doubles); i++) {
    char text[LF_NUMBER_TEXT];
    lf_number_format_double(doubles[i].d, text);
    g_assert_cmpstr(text, ==, doubles[i].text);
  }
  gint64 v;
  g_assert_true(lf_number_parse_int(LF_SLICE_LIT("-9223372036854775808"), &v));
  g_assert_cmpint(v, ==, G_MININT64);
  g_assert_false(lf_number_parse_int(LF_SLICE_LIT("9223372036854775808"), &v));
  g_assert_false(lf_number_parse_int(LF_SLICE_LIT("-"), &v));
  g_assert_false(lf_number_parse_int(LF_SLICE_LIT("1x"), &v));
}

/* The reference vectors of the SipHash authors: key 00..0f, message 00, 01, 02 … */
static void
test_siphash(void)
{
  LfHashKey key = {G_GUINT64_CONSTANT(0x0706050403020100), G_GUINT64_CONSTANT(0x0f0e0d0c0b0a0908)};
  char message[16];
  for (int i = 0; i < 16; i++)
    message[i] = (char)i;
  g_assert_cmphex(lf_hash64(key, lf_slice(message, 0)), ==, G_GUINT64_CONSTANT(0x726fdb47dd0e0e31));
  g_assert_cmphex(lf_hash64(key, lf_slice(message, 15)), ==, G_GUINT64_CONSTANT(0xa129ca6149be45e5));
  LfHash128 h = lf_hash128(key, lf_slice(message, 0));
  g_assert_cmphex(h.hi, ==, G_GUINT64_CONSTANT(0xe6a825ba047f81a3));
  g_assert_cmphex(h.lo, ==, G_GUINT64_CONSTANT(0x930255c71472f66d));
  for (gsize n = 0; n < sizeof message; n++) { /* two at a time, of one length and not */
    LfSlice both[] = {lf_slice(message, n), lf_slice(message + (n + 1) / 2, n / 2)};
    LfHash128 pair[2], same[2];
    lf_hash128_pair(key, both[0], both[1], pair);
    lf_hash128_pair(key, lf_slice(message + 1, n / 2), both[1], same);
    LfHash128 want[] = {lf_hash128(key, both[0]), lf_hash128(key, both[1]),
                        lf_hash128(key, lf_slice(message + 1, n / 2))};
    g_assert_cmpmem(pair, sizeof pair, want, sizeof pair);
    g_assert_cmpmem(&same[0], sizeof same[0], &want[2], sizeof same[0]);
    g_assert_cmpmem(&same[1], sizeof same[1], &want[1], sizeof same[1]);
  }
}

static void *
put_many(void *data)
{
  for (guint i = 1; i <= 1000; i++)
    if (!lf_queue_put(data, GUINT_TO_POINTER(i), 10))
      break;
  lf_queue_close(data);
  return NULL;
}

static void
test_queue(void)
{
  LfQueue *q = lf_queue_new(55);
  gpointer item;
  g_assert_cmpint(lf_queue_take(q, 0, &item), ==, LF_QUEUE_TIMEOUT);
  g_assert_true(lf_queue_put(q, GUINT_TO_POINTER(7), 1000)); /* larger than the queue, alone in it */
  g_assert_cmpint(lf_queue_take(q, 0, &item), ==, LF_QUEUE_ITEM);
  pthread_t thread;
  pthread_create(&thread, NULL, put_many, q);
  for (guint i = 1; i <= 1000; i++) {
    g_assert_cmpint(lf_queue_take(q, -1, &item), ==, LF_QUEUE_ITEM);
    g_assert_cmpuint(GPOINTER_TO_UINT(item), ==, i);
    g_assert_cmpuint(lf_queue_bytes(q), <=, 55);
  }
  g_assert_cmpint(lf_queue_take(q, -1, &item), ==, LF_QUEUE_CLOSED);
  g_assert_false(lf_queue_put(q, GUINT_TO_POINTER(1), 1));
  pthread_join(thread, NULL);
  lf_queue_free(q);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/base/clock/format", test_clock_format);
  g_test_add_func("/base/clock/civil", test_civil);
  g_test_add_func("/base/number", test_number);
  g_test_add_func("/base/siphash", test_siphash);
  g_test_add_func("/base/queue", test_queue);
  return g_test_run();
}
