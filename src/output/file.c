/* output.file: events as lines in rotated files, each in the file once whatever happens to the process. */
#include "output/output.h"

#include "base/digest.h"
#include "base/fs.h"
#include "base/log.h"
#include "output/codec.h"
#include "output/file_names.h"
#include "output/file_tail.h"
#include "value/json_read.h"
#include "value/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RETRY_MS = 1000, HASHED_BYTES = 256, SCRATCH_MAX = 4 * 1024 * 1024 };

typedef struct {
  gboolean enabled;
  const char *path;
  const char *filename;
  gint64 rotate_every_kb;
  gint64 number_of_files;
  gint64 permissions;
  gboolean rotate_on_startup;
  LfCodecSettings codec;
} Settings;

/* The file is cut to what is durable of it before `tail` is written (again). */
typedef struct {
  LfOutputHost *host;
  Settings settings;
  LfCodec *codec;
  LfFileNames names;
  char *active;
  int fd;
  struct stat identity;
  LfFileTail tail;
  LfBuf scratch;
} File;

/* What the state keeps of an output file. `tail` is a hash of the last bytes before `length`: inode numbers are used again
 * for new files, and somebody else's file must never be cut. */
typedef struct {
  guint64 dev;
  guint64 ino;
  guint64 length;
  guint64 tail;
  LfSlice name;
  gboolean known;
} Position;

static const LfOption rows[] = {
    {"enabled", LF_OPTION_BOOL, LF_OPTION_HIDDEN, .offset = G_STRUCT_OFFSET(Settings, enabled), .fallback = "true",
     .doc = "Whether this output is used"},
    {"path", LF_OPTION_STRING, LF_OPTION_REQUIRED, .offset = G_STRUCT_OFFSET(Settings, path),
     .doc = "The folder for the files; made where it is not there"},
    {"filename", LF_OPTION_STRING, .offset = G_STRUCT_OFFSET(Settings, filename), .fallback = "filebeat",
     .doc = "What the files' names begin with"},
    {"rotate_every_kb", LF_OPTION_INT, .offset = G_STRUCT_OFFSET(Settings, rotate_every_kb), .fallback = "10240",
     .doc = "The size in KiB at which a new file is begun, between two batches of events", .min = 1, .max = 1 << 30},
    {"number_of_files", LF_OPTION_INT, .offset = G_STRUCT_OFFSET(Settings, number_of_files), .fallback = "7",
     .doc = "How many older files are kept; the oldest is deleted at a rotation", .min = 2, .max = 1024},
    {"permissions", LF_OPTION_INT, .offset = G_STRUCT_OFFSET(Settings, permissions), .fallback = "0600",
     .doc = "The permissions of new files", .min = 0, .max = 0777},
    {"rotate_on_startup", LF_OPTION_BOOL, .offset = G_STRUCT_OFFSET(Settings, rotate_on_startup), .fallback = "false",
     .doc = "Begin a new file at each start (Filebeat's default is true)"},
    {"codec", LF_OPTION_TABLE, .offset = G_STRUCT_OFFSET(Settings, codec), .table = &lf_codec_options},
};

static const LfOptionTable options = {LF_OPTION_TABLE_OF(rows)};

static gboolean
fail(GError **error, const char *path, const char *what)
{
  g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: %s: %s", path, what, g_strerror(errno));
  return FALSE;
}

static guint64
member_number(const LfValue *v, const char *key)
{
  const LfValue *m = lf_object_get_str(v, key);
  gint64 i = 0;
  return m != NULL && lf_value_as_int(m, &i) ? (guint64)i : 0;
}

static Position
read_position(LfArena *arena, LfSlice text)
{
  LfValue v;
  if (text.len == 0 || !lf_json_read_copy(arena, text, &v, NULL) || v.type != LF_TYPE_OBJECT)
    return (Position){0};
  LfValue *name = lf_object_get_str(&v, "name");
  return (Position){.dev = member_number(&v, "dev"),
                    .ino = member_number(&v, "ino"),
                    .length = member_number(&v, "length"),
                    .tail = member_number(&v, "tail"),
                    .name = lf_value_is(name, LF_TYPE_STRING) ? lf_value_text(arena, name) : LF_SLICE_LIT(""),
                    .known = TRUE};
}

/* 0 where the bytes cannot be read. */
static guint64
hash_tail(int fd, guint64 length)
{
  char tail[HASHED_BYTES];
  gsize n = (gsize)MIN(length, HASHED_BYTES);
  if (pread(fd, tail, n, (off_t)(length - n)) != (gssize)n)
    return 0;
  return lf_hash64((LfHashKey){0, 0}, lf_slice(tail, n)) >> 1; /* 63 bits: a JSON number that 64 signed bits hold */
}

static void
write_position(const File *f, LfBuf *out)
{
  g_autofree char *name = g_path_get_basename(f->active);
  lf_buf_printf(out,
                "{\"dev\":%" G_GINT64_FORMAT ",\"ino\":%" G_GINT64_FORMAT ",\"length\":%" G_GUINT64_FORMAT
                ",\"tail\":%" G_GUINT64_FORMAT ",\"name\":",
                (gint64)f->identity.st_dev, (gint64)f->identity.st_ino, f->tail.durable,
                hash_tail(f->fd, f->tail.durable));
  lf_json_write_string(out, lf_slice_str(name));
  lf_buf_append_char(out, '}');
}

/* The device number of a file system may change at a reboot: then the name tells. */
static gboolean
is_file(const Position *p, const char *path, int fd, const struct stat *st)
{
  g_autofree char *name = g_path_get_basename(path);
  gboolean same =
      p->known && p->ino == (guint64)st->st_ino && (p->dev == (guint64)st->st_dev || lf_slice_is(p->name, name));
  return same && ((guint64)st->st_size < p->length || hash_tail(fd, p->length) == p->tail);
}

/* Opens the file that is there, or makes it; `*made` tells which. */
static gboolean
open_active(File *f, gboolean *made, GError **error)
{
  f->fd = open(f->active, O_RDWR | O_CLOEXEC);
  *made = f->fd < 0 && errno == ENOENT;
  if (*made) {
    f->fd = open(f->active, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, (mode_t)f->settings.permissions);
    if (f->fd >= 0 && (fchmod(f->fd, (mode_t)f->settings.permissions) != 0 || fsync(f->fd) != 0))
      return fail(error, f->active, "cannot be prepared");
    if (f->fd >= 0 && !lf_fs_sync_dir(f->names.dir, error))
      return FALSE;
  }
  if (f->fd < 0)
    return fail(error, f->active, "cannot be opened");
  if (fstat(f->fd, &f->identity) != 0)
    return fail(error, f->active, "cannot be examined");
  if (!S_ISREG(f->identity.st_mode)) {
    errno = EINVAL;
    return fail(error, f->active, "is not a regular file");
  }
  f->tail.durable = (guint64)f->identity.st_size;
  f->tail.no_direct = FALSE;
  return TRUE;
}

static gboolean
cut(int fd, const char *path, guint64 size, guint64 length, GError **error)
{
  if (ftruncate(fd, (off_t)length) != 0 || fsync(fd) != 0)
    return fail(error, path, "cannot be cut back to what was acknowledged");
  lf_log_info("output", "%s: %" G_GUINT64_FORMAT " bytes that were not acknowledged are cut off; they come again", path,
              size - length);
  return TRUE;
}

/* The file that the state means is an older one now: a rotation was under way when the process ended. */
static gboolean
cut_rotated(File *f, const Position *p, gboolean *found, GError **error)
{
  g_autoptr(GPtrArray) all = lf_file_names_list(&f->names);
  *found = FALSE;
  for (guint i = 0; i < all->len && !*found; i++) {
    const char *path = g_ptr_array_index(all, i);
    struct stat st;
    if (stat(path, &st) != 0 || p->ino != (guint64)st.st_ino)
      continue;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
      return fail(error, path, "cannot be opened");
    *found = is_file(p, path, fd, &st);
    gboolean ok = !*found || (guint64)st.st_size <= p->length || cut(fd, path, (guint64)st.st_size, p->length, error);
    close(fd);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

/* A file that is gone on with may lack the end of its last line. */
static gboolean
end_last_line(File *f, GError **error)
{
  char last = '\n';
  if (f->tail.durable > 0 && pread(f->fd, &last, 1, (off_t)f->tail.durable - 1) != 1)
    return fail(error, f->active, "cannot be read");
  if (last != '\n')
    lf_buf_append_char(&f->tail.buf, '\n');
  return TRUE;
}

/* Brings the files to what was acknowledged. */
static gboolean
recover(File *f, const Position *p, gboolean made, GError **error)
{
  if (!made && is_file(p, f->active, f->fd, &f->identity)) {
    if (f->tail.durable > p->length) {
      if (!cut(f->fd, f->active, f->tail.durable, p->length, error))
        return FALSE;
      f->tail.durable = p->length;
    } else if (f->tail.durable < p->length) {
      lf_log_warning("output",
                     "%s: has %" G_GUINT64_FORMAT " bytes, but %" G_GUINT64_FORMAT
                     " were delivered to it: somebody cut it; it is left as it is and gone on with",
                     f->active, f->tail.durable, p->length);
      return end_last_line(f, error);
    }
    return TRUE;
  }
  gboolean found = FALSE;
  if (p->known && !cut_rotated(f, p, &found, error))
    return FALSE;
  if (!made && f->tail.durable > 0) {
    if (p->known && !found)
      lf_log_warning(
          "output",
          "%s: is not the file that events were delivered to last (%.*s); it is left as it is and gone on with",
          f->active, (int)p->name.len, p->name.p);
    return end_last_line(f, error);
  }
  return TRUE;
}

static gboolean
begin_new_file(File *f, GError **error)
{
  gboolean made;
  guint64 bytes;
  char *next = NULL;
  close(f->fd);
  f->fd = -1;
  gboolean ok = lf_file_names_rotate(&f->names, lf_clock_wall_ms(f->host->clock), &next, error);
  if (next != NULL) {
    g_free(f->active);
    f->active = next;
  }
  if (!ok || !lf_fs_sync_dir(f->names.dir, error) || !open_active(f, &made, error))
    return FALSE;
  guint removed = lf_file_names_purge(&f->names, (guint)f->settings.number_of_files, f->active, &bytes);
  if (removed > 0)
    lf_log_warning("output",
                   "%s: rotation deleted %u older file%s (%" G_GUINT64_FORMAT
                   " bytes of delivered events), as number_of_files: %" G_GINT64_FORMAT " says",
                   f->names.dir, removed, removed == 1 ? "" : "s", bytes, f->settings.number_of_files);
  return TRUE;
}

/* A barrier: what is in the old file is acknowledged before the new one is begun, and the new one is in the state
 * before anything is in it. */
static gboolean
rotate(File *f, GError **error)
{
  return f->host->settle(f->host, error) && begin_new_file(f, error) && f->host->settle(f->host, error);
}

static void
file_close(gpointer self)
{
  File *f = self;
  if (f->fd >= 0)
    close(f->fd);
  lf_file_tail_clear(&f->tail);
  lf_buf_clear(&f->scratch);
  g_free(f->names.dir);
  g_free(f->names.base);
  g_free(f->active);
  g_free(f);
}

static gpointer
file_open(LfOutputHost *host, const void *settings, LfArena *arena, LfPlace place, LfSlice position, GError **error)
{
  File *f = g_new0(File, 1);
  gboolean made, ok;
  f->fd = -1;
  f->host = host;
  f->settings = *(const Settings *)settings;
  f->codec = lf_codec_new(arena, &f->settings.codec, place, error);
  f->names.style = host->compat->major < 8 ? LF_FILE_NAMES_COUNT : LF_FILE_NAMES_DATE;
  f->names.dir = g_strdup(f->settings.path);
  f->names.base = g_strdup(f->settings.filename);
  f->active = lf_file_names_active(&f->names, lf_clock_wall_ms(host->clock));
  Position p = read_position(arena, position);
  ok = f->codec != NULL && lf_fs_mkdir_p(f->names.dir, 0700, error) && open_active(f, &made, error) &&
       recover(f, &p, made, error);
  if (ok && f->settings.rotate_on_startup && !made && f->tail.durable > 0) {
    int code = lf_file_tail_write(&f->tail, f->fd); /* the end of a last line belongs to the old file */
    errno = code;
    ok = code == 0 ? begin_new_file(f, error) : fail(error, f->active, "cannot be written");
  }
  if (!ok)
    g_clear_pointer(&f, file_close);
  return f;
}

static gboolean
file_write(gpointer self, LfBatch *batch, GError **error)
{
  File *f = self;
  LfBuf *buf = &f->tail.buf;
  lf_file_tail_begin(&f->tail);
  gsize mark = buf->len;
  for (guint i = 0; i < batch->n_events; i++)
    if (!batch->events[i].dropped && batch->events[i].dead == NULL)
      lf_codec_write(f->codec, batch, &batch->events[i], buf);
  guint64 size = f->tail.durable + lf_file_tail_len(&f->tail), before = size - (buf->len - mark);
  if (before == 0 || size <= (guint64)f->settings.rotate_every_kb * 1024 || buf->len == mark)
    return TRUE;
  f->scratch.len = 0; /* it belongs into the next file */
  lf_buf_append(&f->scratch, buf->p + mark, buf->len - mark);
  buf->len = mark;
  if (!rotate(f, error))
    return FALSE;
  lf_file_tail_begin(&f->tail);
  lf_buf_append_slice(buf, lf_buf_slice(&f->scratch));
  if (f->scratch.cap > SCRATCH_MAX) /* one huge batch must not keep its memory for ever */
    lf_buf_clear(&f->scratch);
  return TRUE;
}

/* Somebody may have removed, replaced, cut or lengthened the file since the last write: what is delivered now goes where it
 * will be found, and never over other bytes. */
static gboolean
check_untouched(File *f, GError **error)
{
  struct stat path, own;
  gboolean made;
  if (fstat(f->fd, &own) != 0)
    return fail(error, f->active, "cannot be examined");
  if (stat(f->active, &path) != 0 || path.st_ino != own.st_ino || path.st_dev != own.st_dev) {
    lf_log_warning("output", "%s: was removed or replaced by somebody; a new one is begun", f->active);
    close(f->fd);
    f->fd = -1;
    if (!lf_fs_mkdir_p(f->names.dir, 0700, error) || !open_active(f, &made, error))
      return FALSE;
  } else if ((guint64)own.st_size == f->tail.durable) {
    return TRUE;
  } else {
    lf_log_warning("output", "%s: was %s by somebody; it is gone on with behind its end", f->active,
                   (guint64)own.st_size < f->tail.durable ? "cut" : "lengthened");
    f->tail.durable = (guint64)own.st_size;
  }
  char last = '\n';
  if (f->tail.durable > 0 && pread(f->fd, &last, 1, (off_t)f->tail.durable - 1) == 1 && last != '\n')
    lf_file_tail_prepend(&f->tail, LF_SLICE_LIT("\n"));
  return TRUE;
}

/* After a failure nothing is known of what reached the disk: the file is opened anew and cut back to what is durable. */
static int
reopen(File *f)
{
  struct stat st;
  if (f->fd >= 0)
    close(f->fd);
  f->fd = open(f->active, O_RDWR | O_CLOEXEC);
  if (f->fd < 0 || fstat(f->fd, &st) != 0)
    return errno;
  if (st.st_ino != f->identity.st_ino || (guint64)st.st_size < f->tail.durable)
    return ESTALE;
  return ftruncate(f->fd, (off_t)f->tail.durable) == 0 ? 0 : errno;
}

static gboolean
file_sync(gpointer self, LfBuf *position, GError **error)
{
  File *f = self;
  gboolean said = FALSE;
  gboolean any = lf_file_tail_len(&f->tail) > 0;
  if (any && !check_untouched(f, error))
    return FALSE;
  int code = any ? lf_file_tail_write(&f->tail, f->fd) : 0;
  while (code != 0) {
    if (!said)
      lf_log_error("output", "%s: cannot be written: %s; waiting, and trying again every second", f->active,
                   g_strerror(code));
    said = TRUE;
    int again = reopen(f);
    if (again == ESTALE || again == ENOENT) {
      g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                  "%s: was replaced or cut by somebody while it could not be written; start logferry again", f->active);
      return FALSE;
    }
    if (!f->host->wait(f->host, RETRY_MS)) {
      g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code),
                  "%s: cannot be written: %s; stopped with %" G_GSIZE_FORMAT
                  " bytes undelivered, which come again at the next start",
                  f->active, g_strerror(code), lf_file_tail_len(&f->tail));
      return FALSE;
    }
    code = again != 0 ? again : lf_file_tail_write(&f->tail, f->fd);
  }
  if (said)
    lf_log_info("output", "%s: can be written again", f->active);
  write_position(f, position);
  return TRUE;
}

static gsize
file_pending(gpointer self)
{
  return lf_file_tail_len(&((File *)self)->tail);
}

static char *
file_describe(gpointer self)
{
  return g_strdup(((File *)self)->active);
}

const LfOutputClass lf_output_file = {
    .name = "file",
    .doc = "Events as lines in rotated files",
    .options = &options,
    .settings_size = sizeof(Settings),
    .open = file_open,
    .write = file_write,
    .sync = file_sync,
    .pending = file_pending,
    .close = file_close,
    .describe = file_describe,
};
