/* Log groups, streams and events in sorted arrays. */
#include "fakeaws/store.h"

#include "base/number.h"

#include <stdlib.h>

/* Names */

static int
compare_name(const char *name, LfSlice with)
{
  gsize len = strlen(name), n = MIN(len, with.len);
  int c = n > 0 ? memcmp(name, with.p, n) : 0;
  return c != 0 ? c : (len > with.len) - (len < with.len);
}

/* Both structures begin with their name, which is what a sorted array of them is searched by. */
G_STATIC_ASSERT(offsetof(LfFakeGroup, name) == 0 && offsetof(LfFakeStream, name) == 0);

static const char *
name_at(const GPtrArray *array, guint i)
{
  return *(char *const *)array->pdata[i];
}

static guint
first_not_below(const GPtrArray *array, LfSlice name)
{
  guint low = 0, high = array->len;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (compare_name(name_at(array, middle), name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void *
find(const GPtrArray *array, LfSlice name)
{
  guint at = first_not_below(array, name);
  return at < array->len && compare_name(name_at(array, at), name) == 0 ? array->pdata[at] : NULL;
}

/* Groups and streams */

static void
stream_free(void *data)
{
  LfFakeStream *stream = data;
  g_free(stream->name);
  g_free(stream);
}

static void
group_free(void *data)
{
  LfFakeGroup *group = data;
  g_ptr_array_unref(group->streams_by_name);
  g_ptr_array_unref(group->streams);
  lf_arena_free(group->messages);
  g_free(group->events);
  g_free(group->name);
  g_free(group);
}

LfFakeStore *
lf_fake_store_new(const char *account, guint64 *next_seq)
{
  LfFakeStore *store = g_new0(LfFakeStore, 1);
  store->account = g_strdup(account);
  store->next_seq = next_seq;
  store->groups = g_ptr_array_new_with_free_func(group_free);
  return store;
}

void
lf_fake_store_free(LfFakeStore *store)
{
  if (store == NULL)
    return;
  g_ptr_array_unref(store->groups);
  g_free(store->account);
  g_free(store);
}

LfFakeGroup *
lf_fake_store_group(const LfFakeStore *store, LfSlice name)
{
  return find(store->groups, name);
}

guint
lf_fake_store_group_from(const LfFakeStore *store, LfSlice name)
{
  return first_not_below(store->groups, name);
}

LfFakeGroup *
lf_fake_store_add_group(LfFakeStore *store, LfSlice name, gint64 now_ms)
{
  LfFakeGroup *group = g_new0(LfFakeGroup, 1);
  group->name = lf_slice_dup(name);
  group->account = store->account;
  group->class = "STANDARD";
  group->created_ms = now_ms;
  group->streams = g_ptr_array_new_with_free_func(stream_free);
  group->streams_by_name = g_ptr_array_new();
  group->messages = lf_arena_new();
  g_ptr_array_insert(store->groups, (gint)first_not_below(store->groups, name), group);
  return group;
}

void
lf_fake_store_remove_group(LfFakeStore *store, LfFakeGroup *group)
{
  g_ptr_array_remove(store->groups, group);
}

LfFakeStream *
lf_fake_group_stream(const LfFakeGroup *group, LfSlice name)
{
  return find(group->streams_by_name, name);
}

guint
lf_fake_group_stream_from(const LfFakeGroup *group, LfSlice name)
{
  return first_not_below(group->streams_by_name, name);
}

LfFakeStream *
lf_fake_group_add_stream(LfFakeGroup *group, LfSlice name, gint64 now_ms)
{
  LfFakeStream *stream = g_new0(LfFakeStream, 1);
  stream->name = lf_slice_dup(name);
  stream->index = group->streams->len;
  stream->created_ms = now_ms;
  g_ptr_array_add(group->streams, stream);
  g_ptr_array_insert(group->streams_by_name, (gint)first_not_below(group->streams_by_name, name), stream);
  return stream;
}

/* Events */

static int
compare_events(const void *a, const void *b)
{
  const LfFakeEvent *x = a, *y = b;
  if (x->timestamp_ms != y->timestamp_ms)
    return x->timestamp_ms < y->timestamp_ms ? -1 : 1;
  return (x->seq > y->seq) - (x->seq < y->seq);
}

void
lf_fake_store_put(LfFakeStore *store, LfFakeGroup *group, LfFakeStream *stream, gint64 timestamp_ms, gint64 now_ms,
                  LfSlice message)
{
  g_assert(message.len <= G_MAXUINT32);
  if (group->n_events == group->cap) {
    group->cap = group->cap > 0 ? group->cap * 2 : 64;
    group->events = g_renew(LfFakeEvent, group->events, group->cap);
  }
  LfFakeEvent *event = &group->events[group->n_events++];
  *event = (LfFakeEvent){.timestamp_ms = timestamp_ms,
                         .ingestion_ms = now_ms,
                         .seq = (*store->next_seq)++,
                         .message = lf_arena_dup(group->messages, message).p,
                         .len = (guint32)message.len,
                         .stream = stream->index};
  gboolean in_order =
      group->sorted == group->n_events - 1 && (group->sorted == 0 || compare_events(event - 1, event) < 0);
  group->sorted += in_order;
  group->stored_bytes += message.len + 26;
  stream->first_ms = stream->events == 0 ? timestamp_ms : MIN(stream->first_ms, timestamp_ms);
  stream->last_ms = stream->events == 0 ? timestamp_ms : MAX(stream->last_ms, timestamp_ms);
  stream->last_ingestion_ms = now_ms;
  stream->events++;
}

void
lf_fake_group_sort(LfFakeGroup *group)
{
  gsize n_late = group->n_events - group->sorted;
  if (n_late == 0)
    return;
  /* the late ones are sorted by themselves and merged in from the back, each event moved once */
  g_autofree LfFakeEvent *late = g_new(LfFakeEvent, n_late);
  memcpy(late, group->events + group->sorted, n_late * sizeof(LfFakeEvent));
  qsort(late, n_late, sizeof(LfFakeEvent), compare_events);
  gsize to = group->n_events, from = group->sorted;
  while (n_late > 0) {
    gboolean take_old = from > 0 && compare_events(&group->events[from - 1], &late[n_late - 1]) > 0;
    group->events[--to] = take_old ? group->events[--from] : late[--n_late];
  }
  group->sorted = group->n_events;
}

gsize
lf_fake_group_from(const LfFakeGroup *group, gint64 timestamp_ms, guint64 seq)
{
  const LfFakeEvent wanted = {.timestamp_ms = timestamp_ms, .seq = seq};
  gsize low = 0, high = group->n_events;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    if (compare_events(&group->events[middle], &wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Ids: 18 digits of time, which begin with a 3 as AWS's ids do these years, 19 of sequence, 19 of noise */

#define ID_TIME_BASE G_GINT64_CONSTANT(300000000000000000)
#define ID_NOISE_MAX G_GUINT64_CONSTANT(10000000000000000000)

static guint64
id_noise(guint64 seq)
{
  /* splitmix64's mixing */
  guint64 x = seq + G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
  return (x ^ x >> 31) % ID_NOISE_MAX;
}

static void
put_digits(char *to, guint64 number, int n)
{
  for (int i = n - 1; i >= 0; i--) {
    to[i] = (char)('0' + number % 10);
    number /= 10;
  }
}

void
lf_fake_event_id(gint64 timestamp_ms, guint64 seq, char out[LF_FAKE_ID_TEXT])
{
  put_digits(out, (guint64)(CLAMP(timestamp_ms, 0, ID_TIME_BASE) + ID_TIME_BASE), 18);
  put_digits(out + 18, seq, 19);
  put_digits(out + 37, id_noise(seq), 19);
  out[56] = '\0';
}

gboolean
lf_fake_event_id_parse(LfSlice id, gint64 *timestamp_ms, guint64 *seq)
{
  gint64 time, number;
  if (id.len != LF_FAKE_ID_TEXT - 1 || !lf_number_parse_int(lf_slice(id.p, 18), &time) ||
      !lf_number_parse_int(lf_slice(id.p + 18, 19), &number) || time < ID_TIME_BASE || number < 0)
    return FALSE;
  *timestamp_ms = time - ID_TIME_BASE;
  *seq = (guint64)number;
  return TRUE;
}
