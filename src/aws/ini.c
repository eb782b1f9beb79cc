/* Reads the AWS shared configuration format, line by line. */
#include "aws/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct LfIniSection {
  char *name;
  LfPlace place;
  GArray *keys; /* of LfIniKey */
};

struct LfIni {
  GPtrArray *sections; /* of LfIniSection, in their order */
};

/* Where the reader is. `key` is the index in `section` of the key that deeper indented lines belong to; -1 is none. */
typedef struct {
  LfIni *ini;
  LfPlace place;
  LfIniSection *section;
  gint key;
  guint key_column;
  GArray *subs; /* of LfIniKey, of the key that is open */
} Reader;

static void
key_clear(void *data)
{
  LfIniKey *key = data;
  if (key->value != NULL)
    explicit_bzero(key->value, strlen(key->value));
  g_free(key->name);
  g_free(key->value);
  for (gsize i = 0; i < key->n_sub; i++)
    key_clear(&key->sub[i]);
  g_free(key->sub);
}

static GArray *
keys_new(void)
{
  GArray *keys = g_array_new(FALSE, FALSE, sizeof(LfIniKey));
  g_array_set_clear_func(keys, key_clear);
  return keys;
}

static void
section_free(void *data)
{
  LfIniSection *section = data;
  g_array_unref(section->keys);
  g_free(section->name);
  g_free(section);
}

void
lf_ini_free(LfIni *ini)
{
  if (ini == NULL)
    return;
  g_ptr_array_unref(ini->sections);
  g_free(ini);
}

static LfIniSection *
find_section(const LfIni *ini, const char *name)
{
  for (guint i = 0; i < ini->sections->len; i++) {
    LfIniSection *section = g_ptr_array_index(ini->sections, i);
    if (strcmp(section->name, name) == 0)
      return section;
  }
  return NULL;
}

static gint
find_key(const GArray *keys, const char *name)
{
  for (guint i = 0; i < keys->len; i++) {
    if (strcmp(g_array_index(keys, LfIniKey, i).name, name) == 0)
      return (gint)i;
  }
  return -1;
}

/* Lines */

static gboolean
is_blank(char c)
{
  return c == ' ' || c == '\t';
}

static LfSlice
trimmed(LfSlice s)
{
  while (s.len > 0 && g_ascii_isspace(s.p[0])) {
    s.p++;
    s.len--;
  }
  while (s.len > 0 && g_ascii_isspace(s.p[s.len - 1]))
    s.len--;
  return s;
}

/* Cuts off a comment: `#` or `;` behind white space. */
static LfSlice
without_comment(LfSlice s)
{
  for (gsize i = 1; i < s.len; i++) {
    if ((s.p[i] == '#' || s.p[i] == ';') && is_blank(s.p[i - 1])) {
      s.len = i;
      break;
    }
  }
  return trimmed(s);
}

/* Moves the keys of the open key's indented lines to where they belong. */
static void
close_key(Reader *r)
{
  if (r->subs != NULL && r->subs->len > 0) {
    LfIniKey *key = &g_array_index(r->section->keys, LfIniKey, (guint)r->key);
    gsize n = 0;
    key->sub = g_array_steal(r->subs, &n);
    key->n_sub = n;
  }
  g_clear_pointer(&r->subs, g_array_unref);
  r->key = -1;
}

/* Sets a key, over an equal one that is there. Returns its index. */
static gint
put_key(GArray *keys, LfSlice name, LfSlice value, LfPlace place)
{
  g_autofree char *raw = lf_slice_dup(name);
  LfIniKey key = {.name = g_ascii_strdown(raw, -1), .value = lf_slice_dup(value), .place = place};
  gint at = find_key(keys, key.name);
  if (at < 0) {
    g_array_append_val(keys, key);
    return (gint)keys->len - 1;
  }
  key_clear(&g_array_index(keys, LfIniKey, (guint)at));
  g_array_index(keys, LfIniKey, (guint)at) = key;
  return at;
}

static char *
section_name(LfSlice inside)
{
  GString *name = g_string_new(NULL);
  gboolean space = FALSE;
  for (gsize i = 0; i < inside.len; i++) {
    if (is_blank(inside.p[i])) {
      space = name->len > 0;
      continue;
    }
    if (space)
      g_string_append_c(name, ' ');
    space = FALSE;
    g_string_append_c(name, inside.p[i]);
  }
  return g_string_free(name, FALSE);
}

static gboolean
read_section(Reader *r, LfSlice line, GError **error)
{
  close_key(r);
  const char *end = memchr(line.p, ']', line.len);
  if (end == NULL)
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID, "a section's name that does not end in ]");
  LfSlice behind = trimmed(lf_slice(end + 1, line.len - (gsize)(end + 1 - line.p)));
  if (behind.len > 0 && behind.p[0] != '#' && behind.p[0] != ';')
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID, "something stands behind the section's ]");
  g_autofree char *name = section_name(lf_slice(line.p + 1, (gsize)(end - line.p - 1)));
  if (name[0] == '\0')
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID, "a section without a name");
  r->section = find_section(r->ini, name);
  if (r->section == NULL) {
    r->section = g_new0(LfIniSection, 1);
    r->section->name = g_steal_pointer(&name);
    r->section->place = r->place;
    r->section->keys = keys_new();
    g_ptr_array_add(r->ini->sections, r->section);
  }
  return TRUE;
}

/* Splits `name = value`. Returns: FALSE where there is no name or no `=`. */
static gboolean
split(LfSlice line, LfSlice *name, LfSlice *value)
{
  const char *equals = memchr(line.p, '=', line.len);
  if (equals == NULL)
    return FALSE;
  *name = trimmed(lf_slice(line.p, (gsize)(equals - line.p)));
  /* the blank before the value stays, so that a comment may stand for the value */
  *value = without_comment(lf_slice(equals + 1, line.len - (gsize)(equals + 1 - line.p)));
  return name->len > 0;
}

static gboolean
read_key(Reader *r, LfSlice line, GError **error)
{
  close_key(r);
  LfSlice name, value;
  if (!split(line, &name, &value))
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID,
                          "neither a [section] nor a key = value nor a comment");
  if (r->section == NULL)
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID, "a key before the first [section]");
  r->key = put_key(r->section->keys, name, value, r->place);
  r->key_column = r->place.column;
  return TRUE;
}

/* A line that is indented below a key: a key of its own where that one has no value, else more of its value. */
static gboolean
read_below(Reader *r, LfSlice line, GError **error)
{
  LfIniKey *key = &g_array_index(r->section->keys, LfIniKey, (guint)r->key);
  if (key->value[0] != '\0') {
    g_autofree char *more = lf_slice_dup(line);
    char *joined = g_strconcat(key->value, "\n", more, NULL);
    g_free(key->value);
    key->value = joined;
    return TRUE;
  }
  LfSlice name, value;
  if (!split(line, &name, &value))
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID, "a line below %s that is no key = value",
                          key->name);
  if (r->subs == NULL)
    r->subs = keys_new();
  put_key(r->subs, name, value, r->place);
  return TRUE;
}

static gboolean
read_line(Reader *r, LfSlice line, GError **error)
{
  LfSlice text = trimmed(line);
  if (text.len == 0 || text.p[0] == '#' || text.p[0] == ';')
    return TRUE;
  r->place.column = (guint)(text.p - line.p) + 1;
  if (memchr(text.p, '\0', text.len) != NULL)
    return lf_place_error(error, r->place, LF_CONFIG_ERROR_INVALID, "a NUL byte");
  if (r->key >= 0 && r->place.column > r->key_column)
    return read_below(r, text, error);
  return text.p[0] == '[' ? read_section(r, text, error) : read_key(r, text, error);
}

LfIni *
lf_ini_parse(const char *file, LfSlice text, GError **error)
{
  g_autoptr(LfIni) ini = g_new0(LfIni, 1);
  ini->sections = g_ptr_array_new_with_free_func(section_free);
  Reader r = {.ini = ini, .place = {.file = g_intern_string(file)}, .key = -1};
  if (text.len > LF_INI_FILE_MAX) {
    lf_place_error(error, r.place, LF_CONFIG_ERROR_INVALID, "larger than %d bytes", LF_INI_FILE_MAX);
    return NULL;
  }
  if (lf_slice_has_prefix(text, "\xef\xbb\xbf"))
    text = lf_slice(text.p + 3, text.len - 3);
  gboolean ok = TRUE;
  while (ok && text.len > 0) {
    const char *newline = memchr(text.p, '\n', text.len);
    gsize len = newline != NULL ? (gsize)(newline - text.p) : text.len;
    r.place.line++;
    ok = read_line(&r, lf_slice(text.p, len), error);
    gsize taken = newline != NULL ? len + 1 : len;
    text = lf_slice(text.p + taken, text.len - taken);
  }
  close_key(&r);
  return ok ? g_steal_pointer(&ini) : NULL;
}

/* The whole of a regular file, at most LF_INI_FILE_MAX bytes and one more. */
static gboolean
read_file(int fd, char *buf, gsize *len)
{
  *len = 0;
  while (*len <= LF_INI_FILE_MAX) {
    ssize_t n = read(fd, buf + *len, LF_INI_FILE_MAX + 1 - *len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n == 0;
    *len += (gsize)n;
  }
  return TRUE;
}

LfIni *
lf_ini_load(const char *path, GError **error)
{
  LfPlace place = {.file = g_intern_string(path)};
  /* O_NONBLOCK: a fifo by that name must not hang the start */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0) {
    LfConfigError code = errno == ENOENT || errno == ENOTDIR ? LF_CONFIG_ERROR_MISSING : LF_CONFIG_ERROR_INVALID;
    lf_place_error(error, place, code, "cannot be read: %s", g_strerror(errno));
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  g_autofree char *buf = g_malloc(LF_INI_FILE_MAX + 1);
  gsize len = 0;
  gboolean regular = S_ISREG(st.st_mode);
  gboolean ok = regular && read_file(fd, buf, &len);
  int failure = errno;
  close(fd);
  if (!ok) {
    lf_place_error(error, place, LF_CONFIG_ERROR_INVALID, "cannot be read: %s",
                   regular ? g_strerror(failure) : "not a regular file");
    return NULL;
  }
  LfIni *ini = lf_ini_parse(path, lf_slice(buf, len), error);
  explicit_bzero(buf, len); /* the file holds secrets */
  return ini;
}

const LfIniSection *
lf_ini_section(const LfIni *ini, const char *name)
{
  return find_section(ini, name);
}

LfPlace
lf_ini_section_place(const LfIniSection *section)
{
  return section->place;
}

const LfIniKey *
lf_ini_key(const LfIniSection *section, const char *name)
{
  gint at = section != NULL ? find_key(section->keys, name) : -1;
  return at >= 0 ? &g_array_index(section->keys, LfIniKey, (guint)at) : NULL;
}

const LfIniSection *
lf_ini_nth(const LfIni *ini, gsize n, const char **name)
{
  if (n >= ini->sections->len)
    return NULL;
  const LfIniSection *section = g_ptr_array_index(ini->sections, (guint)n);
  if (name != NULL)
    *name = section->name;
  return section;
}
