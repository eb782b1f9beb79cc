/* Log lines of a small shop on Fargate. */
#include "fakeaws/sample.h"

#include "base/buf.h"

#define SPAN_MS ((gint64)3 * 60 * 60 * 1000)

enum { STREAM_TEXT = 64 };

/* Numbers from a seed, the same everywhere (splitmix64). */
typedef struct {
  guint64 state;
} Dice;

static guint64
dice_next(Dice *dice)
{
  dice->state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
  guint64 x = dice->state;
  x = (x ^ x >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
  return x ^ x >> 31;
}

/* A number from 0 to `n` - 1. */
static guint
roll(Dice *dice, guint n)
{
  return (guint)(dice_next(dice) % n);
}

#define PICK(dice, words) ((words)[roll((dice), G_N_ELEMENTS(words))])

/* nginx */

static const char *const PATHS[] = {
    "/",
    "/products/1182?color=blue",
    "/products/2077",
    "/search?q=caf%C3%A9+cups&page=2",
    "/cart",
    "/cart/items",
    "/checkout",
    "/static/app.6f1c2b.js",
    "/static/shop.css",
    "/images/teapot-large.webp",
    "/api/v1/recommendations?limit=8",
    "/healthz",
    "/favicon.ico",
    "/wp-login.php",
};

static const char *const AGENTS[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
     "Mobile/15E148 Safari/604.1"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "ELB-HealthChecker/2.0",
    "curl/8.5.0",
};

static const char *const REFERRERS[] = {"-", "-", "https://shop.example/", "https://shop.example/products/2077",
                                        "https://search.example/?q=teapot"};

static const guint STATUSES[] = {200, 200, 200, 200, 200, 200, 200, 304, 302, 404, 499, 502};

static void
write_nginx(LfBuf *out, Dice *dice, gint64 time_ms)
{
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  static const char *const methods[] = {"GET", "GET", "GET", "GET", "POST", "HEAD"};
  LfCivil t = lf_clock_civil(time_ms);
  lf_buf_printf(out, "10.0.%u.%u - - [%02d/%s/%04d:%02d:%02d:%02d +0000] ", roll(dice, 4) * 16, 4 + roll(dice, 250),
                t.day, months[t.month - 1], (int)t.year, t.hour, t.minute, t.second);
  lf_buf_printf(out, "\"%s %s HTTP/1.1\" ", PICK(dice, methods), PICK(dice, PATHS));
  lf_buf_printf(out, "%u %u ", PICK(dice, STATUSES), roll(dice, 48000));
  lf_buf_printf(out, "\"%s\" ", PICK(dice, REFERRERS));
  lf_buf_printf(out, "\"%s\" ", PICK(dice, AGENTS));
  lf_buf_printf(out, "rt=0.%03u", 1 + roll(dice, 900));
}

/* The JSON application */

static const char *const CUSTOMERS[] = {"Zoë Müller",      "Łukasz Wójcik",  "佐藤 花子",
                                        "Ana María Ñúñez", "Olivia O’Brien", "Дмитрий Соколов"};

static const struct {
  const char *level;
  const char *logger;
  const char *text;
} MESSAGES[] = {
    {"info", "orders.checkout", "order accepted"},
    {"info", "orders.checkout", "payment authorised"},
    {"info", "orders.stock", "reserved items"},
    {"debug", "orders.cache", "cache miss, reading from the database"},
    {"info", "orders.mail", "confirmation queued 📦"},
    {"warn", "orders.stock", "only 2 left of \\\"teapot, large\\\""},
    {"warn", "orders.http", "slow answer from payments"},
    {"error", "orders.checkout", "payment declined"},
};

static void
write_json(LfBuf *out, Dice *dice, gint64 time_ms)
{
  char time[LF_TIME_TEXT];
  lf_clock_format_ms(time_ms, time);
  guint m = roll(dice, G_N_ELEMENTS(MESSAGES));
  lf_buf_printf(out, "{\"time\":\"%s\",\"level\":\"%s\",\"logger\":\"%s\",\"msg\":\"%s\",", time, MESSAGES[m].level,
                MESSAGES[m].logger, MESSAGES[m].text);
  lf_buf_printf(out, "\"order\":{\"id\":\"%08X\",\"items\":%u,\"total\":\"%u.%02u €\"},", (guint)dice_next(dice),
                1 + roll(dice, 6), 5 + roll(dice, 300), roll(dice, 100));
  lf_buf_printf(out, "\"customer\":\"%s\",", PICK(dice, CUSTOMERS));
  lf_buf_printf(out, "\"duration_ms\":%u.%u,\"trace_id\":\"%016" G_GINT64_MODIFIER "x\"}", roll(dice, 800),
                roll(dice, 10), dice_next(dice));
}

/* The Java service */

static const char *const FRAMES[] = {
    "\tat com.example.shop.payments.PaymentClient.charge(PaymentClient.java:118)\n",
    "\tat com.example.shop.payments.ChargeService.chargeOnce(ChargeService.java:64)\n",
    "\tat com.example.shop.payments.ChargeService.lambda$charge$2(ChargeService.java:51)\n",
    "\tat com.example.shop.util.Retry.run(Retry.java:33)\n",
    "\tat com.example.shop.payments.ChargeHandler.handle(ChargeHandler.java:40)\n",
    "\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)\n",
    "\tat java.base/java.lang.Thread.run(Thread.java:833)\n",
};

static void
write_stack_trace(LfBuf *out, Dice *dice)
{
  static const char *const causes[] = {
      "java.net.SocketTimeoutException: Read timed out",
      "java.net.ConnectException: Connection refused",
      "javax.net.ssl.SSLException: Connection reset",
  };
  lf_buf_append_str(out, "\ncom.example.shop.payments.PaymentException: no answer from the bank’s gateway\n");
  guint frames = 3 + roll(dice, G_N_ELEMENTS(FRAMES) - 2);
  for (guint i = 0; i < frames && i < G_N_ELEMENTS(FRAMES); i++)
    lf_buf_append_str(out, FRAMES[i]);
  lf_buf_printf(out, "Caused by: %s\n", PICK(dice, causes));
  lf_buf_append_str(out, "\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)\n"
                         "\tat java.base/java.net.Socket$SocketInputStream.read(Socket.java:966)\n");
  lf_buf_printf(out, "\t... %u more", frames);
}

static void
write_java(LfBuf *out, Dice *dice, gint64 time_ms)
{
  static const char *const quiet[] = {"charged order", "refunded order", "asked the bank for order",
                                      "queued a retry for order"};
  LfCivil t = lf_clock_civil(time_ms);
  gboolean failed = roll(dice, 8) == 0;
  lf_buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d,%03d %s [http-nio-8080-exec-%u] c.e.s.payments.ChargeService - ",
                (int)t.year, t.month, t.day, t.hour, t.minute, t.second, t.millisecond, failed ? "ERROR" : "INFO ",
                1 + roll(dice, 10));
  lf_buf_printf(out, "%s %08X", failed ? "could not charge order" : PICK(dice, quiet), (guint)dice_next(dice));
  if (failed)
    write_stack_trace(out, dice);
}

/* The services: who writes what where, and how often of 10 */

static const struct {
  const char *group;
  const char *stream_prefix;
  guint tasks;
  guint share;
  void (*write)(LfBuf *out, Dice *dice, gint64 time_ms);
} SERVICES[] = {
    {"/ecs/shop-web", "web/nginx/", 3, 5, write_nginx},
    {"/ecs/shop-orders", "orders/app/", 2, 3, write_json},
    {"/ecs/shop-orders", "payments/java/", 2, 2, write_java},
};

static guint
pick_service(Dice *dice)
{
  guint at = roll(dice, 10), service = 0;
  while (at >= SERVICES[service].share)
    at -= SERVICES[service++].share;
  return service;
}

/* "<prefix><task id>": the same number of a task always gives the same id. */
static void
stream_name(guint64 seed, guint service, guint task, char out[STREAM_TEXT])
{
  Dice dice = {seed * 1000 + service * 100 + task};
  guint64 high = dice_next(&dice), low = dice_next(&dice);
  g_snprintf(out, STREAM_TEXT, "%s%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
             SERVICES[service].stream_prefix, high, low);
}

void
lf_fakeaws_fill_sample(LfFakeaws *fake, gint64 now_ms, guint64 seed, guint n_events)
{
  Dice dice = {seed};
  g_auto(LfBuf) message = {0};
  for (guint i = 0; i < n_events; i++) {
    gint64 step_ms = SPAN_MS / n_events;
    gint64 time_ms =
        now_ms - SPAN_MS + SPAN_MS * i / n_events + (step_ms > 0 ? (gint64)roll(&dice, (guint)step_ms) : 0);
    guint service = pick_service(&dice);
    char stream[STREAM_TEXT];
    stream_name(seed, service, roll(&dice, SERVICES[service].tasks), stream);
    message.len = 0;
    SERVICES[service].write(&message, &dice, time_ms);
    lf_fakeaws_put(fake, SERVICES[service].group, stream, time_ms, lf_buf_slice(&message));
  }
}
