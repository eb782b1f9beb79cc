/* The clock, replaceable for tests. */
#ifndef LF_BASE_CLOCK_H
#define LF_BASE_CLOCK_H

#include <glib.h>

/* Wall time in milliseconds and nanoseconds since 1970-01-01 UTC, and a clock that never goes back. */
typedef struct {
  gint64 (*wall_ns)(void *data);
  gint64 (*monotonic_ms)(void *data);
  void *data;
} LfClock;

/* The system's clock. Returns: (transfer none): static. */
const LfClock *lf_clock_system(void);

static inline gint64
lf_clock_wall_ns(const LfClock *clock)
{
  return clock->wall_ns(clock->data);
}

static inline gint64
lf_clock_wall_ms(const LfClock *clock)
{
  return clock->wall_ns(clock->data) / 1000000;
}

static inline gint64
lf_clock_monotonic_ms(const LfClock *clock)
{
  return clock->monotonic_ms(clock->data);
}

/* Room for the text of any time that lf_clock_format_* writes, with its NUL. */
enum { LF_TIME_TEXT = 40 };

/* "2026-11-24T13:29:03.000Z": RFC 3339 in UTC with three digits. Years outside 0 to 9999 are written with a sign and
 * as many digits as they need. Returns the length of the text. */
gsize lf_clock_format_ms(gint64 wall_ms, char out[LF_TIME_TEXT]);

/* As lf_clock_format_ms with nanoseconds as java.time's DateTimeFormatter.ISO_INSTANT has them: 0, 3, 6 or 9 digits. */
gsize lf_clock_format_ns(gint64 wall_ns, char out[LF_TIME_TEXT]);

/* Parts of a UTC time. */
typedef struct {
  gint64 year;
  int month, day, hour, minute, second, millisecond;
  int weekday;  /* 0 is Sunday */
  int year_day; /* 1 is the first of January */
} LfCivil;

/* The civil date and time (proleptic Gregorian, UTC) of milliseconds since 1970. */
LfCivil lf_clock_civil(gint64 wall_ms);

/* Milliseconds since 1970 of a civil UTC time; the inverse of lf_clock_civil for valid parts. */
gint64 lf_clock_from_civil(gint64 year, int month, int day, int hour, int minute, int second, int millisecond);

#endif
