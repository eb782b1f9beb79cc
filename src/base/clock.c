/* The system clock, and civil time from it. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static gint64
system_wall_ns(void *data)
{
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (gint64)t.tv_sec * 1000000000 + t.tv_nsec;
}

static gint64
system_monotonic_ms(void *data)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (gint64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const LfClock *
lf_clock_system(void)
{
  static const LfClock system_clock = {system_wall_ns, system_monotonic_ms, NULL};
  return &system_clock;
}

static gint64
floor_div(gint64 a, gint64 b)
{
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static gint64
floor_mod(gint64 a, gint64 b)
{
  gint64 r = a % b;
  return r < 0 ? r + b : r;
}

/* Days since 1970-01-01 of a civil date; years are counted from March, so that the leap day is a year's last. */
static gint64
days_from_civil(gint64 year, int month, int day)
{
  gint64 y = month <= 2 ? year - 1 : year;
  gint64 era = floor_div(y, 400);
  gint64 year_of_era = y - era * 400;
  gint64 day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

LfCivil
lf_clock_civil(gint64 wall_ms)
{
  LfCivil c;
  gint64 days = floor_div(wall_ms, 86400000);
  gint64 ms = floor_mod(wall_ms, 86400000);
  gint64 z = days + 719468;
  gint64 era = floor_div(z, 146097);
  gint64 doe = z - era * 146097;
  gint64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  gint64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  gint64 mp = (5 * doy + 2) / 153;
  c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
  c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
  c.year = yoe + era * 400 + (c.month <= 2);
  c.hour = (int)(ms / 3600000);
  c.minute = (int)(ms / 60000 % 60);
  c.second = (int)(ms / 1000 % 60);
  c.millisecond = (int)(ms % 1000);
  c.weekday = (int)(((days % 7) + 11) % 7);
  c.year_day = (int)(days - days_from_civil(c.year, 1, 1) + 1);
  return c;
}

gint64
lf_clock_from_civil(gint64 year, int month, int day, int hour, int minute, int second, int millisecond)
{
  return days_from_civil(year, month, day) * 86400000 + hour * 3600000LL + minute * 60000LL + second * 1000LL +
         millisecond;
}

static int
format_seconds(gint64 wall_ms, char out[LF_TIME_TEXT])
{
  LfCivil c = lf_clock_civil(wall_ms);
  int n = c.year >= 0 && c.year <= 9999 ? snprintf(out, LF_TIME_TEXT, "%04" G_GINT64_FORMAT, c.year)
                                        : snprintf(out, LF_TIME_TEXT, "%+05" G_GINT64_FORMAT, c.year);
  return n + snprintf(out + n, (gsize)(LF_TIME_TEXT - n), "-%02d-%02dT%02d:%02d:%02d", c.month, c.day, c.hour,
                      c.minute, c.second);
}

gsize
lf_clock_format_ms(gint64 wall_ms, char out[LF_TIME_TEXT])
{
  int n = format_seconds(wall_ms, out);
  return (gsize)(n + snprintf(out + n, (gsize)(LF_TIME_TEXT - n), ".%03dZ",
                              (int)floor_mod(wall_ms, 1000)));
}

gsize
lf_clock_format_ns(gint64 wall_ns, char out[LF_TIME_TEXT])
{
  gint64 seconds = floor_div(wall_ns, 1000000000);
  int ns = (int)floor_mod(wall_ns, 1000000000);
  int n = format_seconds(seconds * 1000, out);
  gsize room = (gsize)(LF_TIME_TEXT - n);
  if (ns == 0)
    return (gsize)(n + snprintf(out + n, room, "Z"));
  if (ns % 1000000 == 0)
    return (gsize)(n + snprintf(out + n, room, ".%03dZ", ns / 1000000));
  if (ns % 1000 == 0)
    return (gsize)(n + snprintf(out + n, room, ".%06dZ", ns / 1000));
  return (gsize)(n + snprintf(out + n, room, ".%09dZ", ns));
}
