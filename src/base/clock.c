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

/* `n` digits, the higher ones dropped. Times are written for each event: printf would be a quarter of its cost. */
static char *
put_digits(char *p, guint value, int n)
{
  for (int i = n - 1; i >= 0; i--, value /= 10)
    p[i] = (char)('0' + value % 10);
  return p + n;
}

static char *
put_separated(char *p, char separator, int value)
{
  *p = separator;
  return put_digits(p + 1, (guint)value, 2);
}

static char *
put_seconds(gint64 wall_ms, char out[LF_TIME_TEXT])
{
  LfCivil c = lf_clock_civil(wall_ms);
  char *p = out;
  if (c.year >= 0 && c.year <= 9999)
    p = put_digits(p, (guint)c.year, 4);
  else
    p += snprintf(p, LF_TIME_TEXT, "%+05" G_GINT64_FORMAT, c.year);
  p = put_separated(p, '-', c.month);
  p = put_separated(p, '-', c.day);
  p = put_separated(p, 'T', c.hour);
  p = put_separated(p, ':', c.minute);
  return put_separated(p, ':', c.second);
}

static gsize
put_fraction(char *p, const char *out, guint value, int digits)
{
  if (digits > 0) {
    *p++ = '.';
    p = put_digits(p, value, digits);
  }
  *p++ = 'Z';
  *p = '\0';
  return (gsize)(p - out);
}

gsize
lf_clock_format_ms(gint64 wall_ms, char out[LF_TIME_TEXT])
{
  return put_fraction(put_seconds(wall_ms, out), out, (guint)floor_mod(wall_ms, 1000), 3);
}

gsize
lf_clock_format_ns(gint64 wall_ns, char out[LF_TIME_TEXT])
{
  guint ns = (guint)floor_mod(wall_ns, 1000000000);
  char *p = put_seconds(floor_div(wall_ns, 1000000000) * 1000, out);
  if (ns == 0)
    return put_fraction(p, out, 0, 0);
  if (ns % 1000000 == 0)
    return put_fraction(p, out, ns / 1000000, 3);
  return ns % 1000 == 0 ? put_fraction(p, out, ns / 1000, 6) : put_fraction(p, out, ns, 9);
}
