/* output.console: events on standard output. */
#include "output/output.h"

#include "output/codec.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

typedef struct {
  gboolean enabled;
  gboolean pretty;
  LfCodecSettings codec;
} Settings;

typedef struct {
  LfOutputHost *host;
  LfCodec *codec;
  LfBuf buf;
} Console;

static const LfOption rows[] = {
    {"enabled", LF_OPTION_BOOL, LF_OPTION_HIDDEN, .offset = G_STRUCT_OFFSET(Settings, enabled), .fallback = "true",
     .doc = "Whether this output is used"},
    {"pretty", LF_OPTION_BOOL, .offset = G_STRUCT_OFFSET(Settings, pretty), .fallback = "false",
     .doc = "Write each event over several lines"},
    {"codec", LF_OPTION_TABLE, .offset = G_STRUCT_OFFSET(Settings, codec), .table = &lf_codec_options},
    {"bulk_max_size", LF_OPTION_IGNORED, .doc = "events are written as they come"},
};

static const LfOptionTable options = {LF_OPTION_TABLE_OF(rows)};

static gpointer
console_open(LfOutputHost *host, const void *settings, LfArena *arena, LfPlace place, LfSlice position, GError **error)
{
  const Settings *s = settings;
  LfCodecSettings codec_settings = s->codec;
  codec_settings.pretty |= s->pretty && codec_settings.format_string == NULL;
  LfCodec *codec = lf_codec_new(arena, &codec_settings, place, error);
  if (codec == NULL)
    return NULL;
  Console *c = g_new0(Console, 1);
  c->host = host;
  c->codec = codec;
  return c;
}

static gboolean
console_write(gpointer self, LfBatch *batch, GError **error)
{
  Console *c = self;
  for (guint i = 0; i < batch->n_events; i++)
    if (!batch->events[i].dropped && batch->events[i].dead == NULL)
      lf_codec_write(c->codec, batch, &batch->events[i], &c->buf);
  return TRUE;
}

/* Waits until a write of PIPE_BUF bytes does not block. FALSE: the program is stopping and nobody reads. */
static gboolean
wait_writable(const Console *c, GError **error)
{
  for (;;) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&out, 1, 100) != 0)
      return TRUE; /* also at an error, which the write then says */
    if (!c->host->wait(c->host, 0)) {
      g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
                  "standard output: nobody reads; events that were not taken come again");
      return FALSE;
    }
  }
}

static gboolean
console_sync(gpointer self, LfBuf *position, GError **error)
{
  Console *c = self;
  for (gsize at = 0; at < c->buf.len;) {
    if (!wait_writable(c, error))
      return FALSE;
    gssize n = write(STDOUT_FILENO, c->buf.p + at, MIN(c->buf.len - at, PIPE_BUF));
    if (n > 0) {
      at += (gsize)n;
    } else if (errno != EINTR && errno != EAGAIN) {
      g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "standard output: %s", g_strerror(errno));
      return FALSE;
    }
  }
  c->buf.len = 0;
  return TRUE;
}

static gsize
console_pending(gpointer self)
{
  return ((Console *)self)->buf.len;
}

static void
console_close(gpointer self)
{
  Console *c = self;
  lf_buf_clear(&c->buf);
  g_free(c);
}

static char *
console_describe(gpointer self)
{
  return g_strdup("standard output");
}

const LfOutputClass lf_output_console = {
    .name = "console",
    .doc = "Events on standard output",
    .options = &options,
    .settings_size = sizeof(Settings),
    .open = console_open,
    .write = console_write,
    .sync = console_sync,
    .pending = console_pending,
    .close = console_close,
    .describe = console_describe,
};
