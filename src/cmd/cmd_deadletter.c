/* `logferry deadletter`: events that could not be delivered. */
#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/load.h"
#include "cmd/term.h"
#include "output/codec.h"
#include "pump/replay.h"
#include "pump/service.h"
#include "value/json_write.h"

#include <stdarg.h>
#include <stdio.h>

enum { PAGE = 500, LIMIT = 100, GROUP_COLUMNS = 40, ID_COLUMNS = 56, REASON_COLUMNS = 200 };

/* A command on its way. */
typedef struct {
  const LfFlags *flags;
  LfState *state;
  LfDeadFilter filter;
  gboolean json;
} Dead;

static int refuse(const char *format, ...) G_GNUC_PRINTF(1, 2);

static int
refuse(const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  fprintf(stderr, "logferry deadletter: %s\n", text);
  return LF_EXIT_USAGE;
}

static int
fail(const GError *error)
{
  fprintf(stderr, "logferry deadletter: %s\n", error->message);
  return LF_EXIT_UNFINISHED;
}

static gboolean
read_number(const char *text, gint64 min, gint64 *out)
{
  return lf_number_parse_int(lf_slice_str(text), out) && *out >= min;
}

/* list */

static void
append_member(LfBuf *out, const char *name, const char *text)
{
  lf_buf_printf(out, ",\"%s\":", name);
  lf_json_write_string(out, lf_slice_str(text));
}

static void
append_json(LfBuf *out, const LfDeadLetter *letter)
{
  char at[LF_TIME_TEXT];
  lf_clock_format_ms(letter->at_ms, at);
  lf_buf_printf(out, "{\"id\":%" G_GINT64_FORMAT ",\"time\":\"%s\"", letter->id, at);
  append_member(out, "log_group", letter->log_group);
  append_member(out, "output", letter->output);
  append_member(out, "event_id", letter->event_id);
  append_member(out, "reason", letter->reason);
  lf_buf_printf(out, ",\"bytes\":%" G_GINT64_FORMAT ",\"replay\":%s", letter->bytes, letter->marked ? "true" : "false");
}

/* One line of columns that a terminal can show: texts come from logs and servers. */
static void
append_line(LfBuf *out, const LfDeadLetter *letter)
{
  char at[LF_TIME_TEXT];
  lf_clock_format_ms(letter->at_ms, at);
  lf_buf_printf(out, "%" G_GINT64_FORMAT "  %s  ", letter->id, at);
  lf_term_append_cut(out, lf_slice_str(letter->log_group), GROUP_COLUMNS);
  lf_buf_append_str(out, "  ");
  lf_term_append_cut(out, lf_slice_str(letter->output), GROUP_COLUMNS);
  lf_buf_append_str(out, "  ");
  lf_term_append_cut(out, lf_slice_str(letter->event_id), ID_COLUMNS);
  lf_buf_append_str(out, letter->marked ? "  (to be delivered again)  " : "  ");
  lf_term_append_cut(out, lf_slice_str(letter->reason), REASON_COLUMNS);
}

static void
print_letter(const Dead *d, const LfDeadLetter *letter)
{
  g_auto(LfBuf) out = {0};
  if (d->json) {
    append_json(&out, letter);
    lf_buf_append_char(&out, '}');
  } else {
    append_line(&out, letter);
  }
  lf_buf_append_char(&out, '\n');
  fwrite(out.p, 1, out.len, stdout);
}

static int
list(Dead *d)
{
  gint64 limit = LIMIT, shown = 0;
  if (d->flags->limit != NULL && !read_number(d->flags->limit, 0, &limit))
    return refuse("--limit takes a number, not \"%s\"", d->flags->limit);
  for (gboolean more = TRUE; more && (limit == 0 || shown < limit);) {
    g_autoptr(GError) error = NULL;
    guint wanted = limit == 0 ? PAGE : (guint)MIN(PAGE, limit - shown);
    g_autoptr(GPtrArray) page = lf_state_dead_list(d->state, &d->filter, wanted, FALSE, &error);
    if (page == NULL)
      return fail(error);
    for (guint i = 0; i < page->len; i++) {
      const LfDeadLetter *letter = g_ptr_array_index(page, i);
      print_letter(d, letter);
      d->filter.after_id = letter->id;
    }
    shown += page->len;
    more = page->len == wanted;
  }
  g_autoptr(GPtrArray) rest = lf_state_dead_list(d->state, &d->filter, 1, FALSE, NULL);
  if (rest != NULL && rest->len > 0)
    fprintf(stderr, "logferry deadletter: there are more; --limit 0 shows all\n");
  return LF_EXIT_OK;
}

/* show */

/* The event as output.file would write it. */
static gboolean
append_event(LfBuf *out, const LfDeadLetter *letter, gboolean pretty, GError **error)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(LfReplaySources) sources = lf_replay_sources_new();
  const LfCodecSettings settings = {.pretty = pretty};
  LfCodec *codec = lf_codec_new(arena, &settings, (LfPlace){0}, error);
  g_autoptr(LfBatch) batch = codec != NULL ? lf_replay_batch(sources, letter, error) : NULL;
  return batch != NULL && lf_codec_write(codec, batch, &batch->events[0], out);
}

static void
print_whole(const Dead *d, const LfDeadLetter *letter)
{
  g_auto(LfBuf) out = {0}, event = {0};
  g_autoptr(GError) error = NULL;
  gboolean readable = append_event(&event, letter, !d->json, &error);
  while (event.len > 0 && event.p[event.len - 1] == '\n')
    event.len--;
  if (d->json) {
    append_json(&out, letter);
    lf_buf_append_str(&out, ",\"event\":");
    if (readable)
      lf_buf_append_slice(&out, lf_buf_slice(&event));
    else
      lf_buf_append_str(&out, "null");
    lf_buf_append_char(&out, '}');
  } else {
    append_line(&out, letter);
    lf_buf_append_char(&out, '\n');
    lf_buf_append_slice(&out, lf_buf_slice(&event));
  }
  lf_buf_append_char(&out, '\n');
  fwrite(out.p, 1, out.len, stdout);
  if (!readable)
    fprintf(stderr, "logferry deadletter: %" G_GINT64_FORMAT ": its document %s\n", letter->id,
            error != NULL ? error->message : "cannot be read");
}

static int
show(Dead *d)
{
  g_autoptr(GError) error = NULL;
  if (d->flags->rest[1] == NULL || d->flags->rest[2] != NULL || !read_number(d->flags->rest[1], 1, &d->filter.id))
    return refuse("say which: show ID, a number that `logferry deadletter list` shows");
  g_autoptr(GPtrArray) found = lf_state_dead_list(d->state, &d->filter, 1, TRUE, &error);
  if (found == NULL)
    return fail(error);
  if (found->len == 0) {
    refuse("there is no dead letter %s", d->flags->rest[1]);
    return LF_EXIT_UNFINISHED;
  }
  print_whole(d, g_ptr_array_index(found, 0));
  return LF_EXIT_OK;
}

/* replay and drop */

typedef gboolean (*ChangeFn)(LfState *state, const LfDeadFilter *filter, guint64 *n, GError **error);

/* Changes those that are named one by one, or all. */
static int
change(Dead *d, const char *word, ChangeFn change_fn, guint64 *total)
{
  g_autoptr(GError) error = NULL;
  guint64 n = 0;
  *total = 0;
  if (d->flags->all == (d->flags->rest[1] != NULL))
    return refuse("say which: %s ID…, or %s --all", word, word);
  for (char **id = d->flags->rest + 1; *id != NULL; id++) /* all of them or none */
    if (!read_number(*id, 1, &d->filter.id))
      return refuse("\"%s\" is no id: a number that `logferry deadletter list` shows", *id);
  if (d->flags->all)
    return change_fn(d->state, &d->filter, total, &error) ? LF_EXIT_OK : fail(error);
  int code = LF_EXIT_OK;
  for (char **id = d->flags->rest + 1; *id != NULL; id++, *total += n) {
    read_number(*id, 1, &d->filter.id);
    g_autoptr(GPtrArray) found = lf_state_dead_list(d->state, &d->filter, 1, FALSE, &error);
    if (found == NULL || !change_fn(d->state, &d->filter, &n, &error))
      return fail(error);
    if (found->len == 0) {
      refuse("there is no dead letter %s", *id);
      code = LF_EXIT_UNFINISHED;
    }
  }
  return code;
}

static int
replay(Dead *d)
{
  guint64 n;
  int code = change(d, "replay", lf_state_dead_mark, &n);
  if (code != LF_EXIT_USAGE)
    printf("%" G_GUINT64_FORMAT " marked: a running logferry delivers them within seconds, else the next run does\n",
           n);
  return code;
}

static int
drop(Dead *d)
{
  guint64 n;
  int code = change(d, "drop", lf_state_dead_drop, &n);
  if (code != LF_EXIT_USAGE)
    printf("%" G_GUINT64_FORMAT " dropped\n", n);
  return code;
}

static const struct {
  const char *name;
  int (*run)(Dead *d);
} words[] = {{"list", list}, {"show", show}, {"replay", replay}, {"drop", drop}};

/* A state that is not there is not made. */
static LfState *
open_state(const LfConfig *config, GError **error)
{
  g_autofree char *path = lf_service_state_path(config);
  if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s: there is no state; --path.data or -c says where it is",
                path);
    return NULL;
  }
  return lf_state_open(path, error);
}

static int
run_word(LfLoaded *l, int (*run)(Dead *d))
{
  g_autoptr(GError) error = NULL;
  const LfFlags *flags = &l->flags;
  g_autoptr(LfState) state = open_state(l->config, &error);
  if (state == NULL)
    return refuse("%s", error->message);
  Dead d = {.flags = flags,
            .state = state,
            .filter = {.log_group = flags->group, .output = flags->output},
            .json = flags->format != NULL && g_ascii_strcasecmp(flags->format, "json") == 0};
  int code = run(&d);
  if (fflush(stdout) == 0)
    return code;
  refuse("standard output cannot be written");
  return LF_EXIT_UNFINISHED;
}

int
lf_cmd_deadletter(int argc, char **argv)
{
  g_auto(LfLoaded) loaded = {0};
  int code = lf_load(&loaded, "deadletter", argc, argv, LF_FLAGS_DEADLETTER, 0);
  if (code >= 0)
    return code;
  const char *word = loaded.flags.rest[0];
  for (gsize i = 0; word != NULL && i < G_N_ELEMENTS(words); i++)
    if (strcmp(words[i].name, word) == 0) {
      if (i == 0 && loaded.flags.rest[1] != NULL)
        return refuse("list takes no ids");
      return run_word(&loaded, words[i].run);
    }
  return refuse("say list, show ID, replay ID…|--all or drop ID…|--all");
}
