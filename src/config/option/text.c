/* Option tables: what they say to a person: suggestions, lists, documentation. */
#include "config/option/option.h"
#include "value/yaml.h"

void
lf_options_walk(const LfOptionTable *table, const char *prefix, LfOptionVisitFn visit, void *data)
{
  for (guint i = 0; i < table->n; i++) {
    const LfOption *row = &table->rows[i];
    gboolean dot = prefix[0] != '\0' && row->name[0] != '\0';
    g_autofree char *name = g_strconcat(prefix, dot ? "." : "", row->name, NULL);
    if (row->type == LF_OPTION_TABLE)
      lf_options_walk(row->table, name, visit, data);
    else
      visit(row, name, data);
  }
}

/* Edits between two words: insert, delete, replace, swap of neighbours (optimal string alignment); more than `limit`
 * counts as limit + 1. */
static guint
edits(const char *a, const char *b, guint limit)
{
  enum { WORD_MAX = 80 };
  guint n = (guint)strlen(a), m = (guint)strlen(b);
  if (n >= WORD_MAX || m >= WORD_MAX || (n > m ? n - m : m - n) > limit)
    return limit + 1;
  guint rows[3][WORD_MAX + 1];
  for (guint j = 0; j <= m; j++)
    rows[0][j] = j;
  for (guint i = 1; i <= n; i++) {
    guint *now = rows[i % 3], *before = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
    now[0] = i;
    for (guint j = 1; j <= m; j++) {
      now[j] = MIN(MIN(before[j] + 1, now[j - 1] + 1), before[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = MIN(now[j], two[j - 2] + 1);
    }
  }
  return MIN(rows[n % 3][m], limit + 1);
}

static guint
edits_allowed(const char *word)
{
  return strlen(word) <= 3 ? 1 : 2;
}

/* The nearest of the words, and how many edits away it is; NULL where none is near enough. */
static const char *
nearest(const char *word, const char *const *words, guint n, guint *least)
{
  const char *best = NULL;
  guint limit = edits_allowed(word);
  g_autofree char *lower = g_ascii_strdown(word, -1);
  *least = limit + 1;
  for (guint i = 0; i < n; i++) {
    g_autofree char *candidate = g_ascii_strdown(words[i], -1);
    guint d = edits(lower, candidate, limit);
    if (d < *least) {
      *least = d;
      best = words[i];
    }
  }
  return best;
}

const char *
lf_option_near(const char *word, const char *const *words, guint n)
{
  guint least;
  return nearest(word, words, n, &least);
}

/* The parts of the names directly below `path`, each once; `usable` leaves out what is not there. */
typedef struct {
  const char *path;
  gboolean usable;
  GPtrArray *names;
} Level;

static void
visit_level(const LfOption *option, const char *name, void *data)
{
  Level *level = data;
  gsize n = strlen(level->path);
  if (option->flags & LF_OPTION_HIDDEN ||
      (level->usable && (option->type == LF_OPTION_REFUSED || option->type == LF_OPTION_IGNORED)))
    return;
  if (n > 0) {
    if (strncmp(name, level->path, n) != 0 || name[n] != '.')
      return;
    name += n + 1;
  }
  g_autofree char *part = g_strndup(name, strcspn(name, "."));
  for (guint i = 0; i < level->names->len; i++)
    if (strcmp(level->names->pdata[i], part) == 0)
      return;
  g_ptr_array_add(level->names, g_steal_pointer(&part));
}

static GPtrArray *
level_names(const LfOptionTable *table, const char *path, gboolean usable)
{
  Level level = {path, usable, g_ptr_array_new_with_free_func(g_free)};
  lf_options_walk(table, "", visit_level, &level);
  return level.names;
}

char *
lf_option_allowed(const LfOptionTable *table, const char *path)
{
  g_autoptr(GPtrArray) names = level_names(table, path, TRUE);
  g_ptr_array_add(names, NULL);
  return g_strjoinv(", ", (char **)names->pdata);
}

/* The full name whose last part, or which whole, is nearest to a word. */
typedef struct {
  const char *word;
  guint least;
  char *best;
} Search;

static void
visit_search(const LfOption *option, const char *name, void *data)
{
  Search *search = data;
  const char *dot = strrchr(name, '.');
  if (option->flags & LF_OPTION_HIDDEN || search->least == 0)
    return;
  guint allowed = edits_allowed(search->word), limit = MIN(allowed, search->least - 1);
  guint last = edits(search->word, dot != NULL ? dot + 1 : name, limit), whole = edits(search->word, name, limit);
  guint d = MIN(last, whole);
  if (d < search->least) {
    search->least = d;
    g_free(search->best);
    search->best = g_strdup(name);
  }
}

char *
lf_option_suggest(const LfOptionTable *table, const char *path, const char *word)
{
  g_autoptr(GPtrArray) names = level_names(table, path, FALSE);
  guint least;
  const char *near = nearest(word, (const char *const *)names->pdata, names->len, &least);
  Search search = {word, least, NULL};
  lf_options_walk(table, "", visit_search, &search);
  if (search.best != NULL || near == NULL)
    return search.best;
  return g_strconcat(path, path[0] != '\0' ? "." : "", near, NULL);
}

static void
visit_document(const LfOption *option, const char *name, void *data)
{
  if (option->flags & LF_OPTION_HIDDEN)
    return;
  const char *type = option->type == LF_OPTION_REFUSED   ? "not there yet"
                     : option->type == LF_OPTION_IGNORED ? "ignored"
                                                         : lf_option_type_text(option->type);
  g_autofree char *words = option->words != NULL ? g_strjoinv(" | ", (char **)option->words) : NULL;
  lf_buf_printf(data, "%s\t%s\t%s\t%s\n", name, words != NULL ? words : type,
                option->fallback != NULL ? option->fallback : "", option->doc);
}

void
lf_options_document(const LfOptionTable *table, const char *prefix, LfBuf *out)
{
  lf_options_walk(table, prefix, visit_document, out);
}

static void
visit_default(const LfOption *option, const char *name, void *data)
{
  if (option->flags & LF_OPTION_HIDDEN || option->type == LF_OPTION_REFUSED || option->type == LF_OPTION_IGNORED)
    return;
  if (option->fallback != NULL)
    lf_buf_printf(data, "%s: %s\n", name, option->fallback);
  else
    lf_buf_printf(data, "#%s:\n", name);
}

void
lf_options_print_defaults(const LfOptionTable *table, LfBuf *out)
{
  lf_options_walk(table, "", visit_default, out);
}

gboolean
lf_option_name_is_secret(LfSlice name)
{
  static const char *const secrets[] = {
      "password",
      "passphrase",
      "key_passphrase",
      "pass",
      "secret_access_key",
      "session_token",
      "api_key",
      "api_token",
      "token",
      "secret",
      "shared_secret",
      "client_secret",
      "auth",
      "service_token",
      "authorization",
      "encryption_key",
      "enrollment_token",
      "access_token",
      "proxy-authorization",
      "credentials_json",
      "sas_token",
      "private_key",
  };
  const char *dot = memrchr(name.p != NULL ? name.p : "", '.', name.len);
  if (dot != NULL)
    name = lf_slice(dot + 1, name.len - (gsize)(dot + 1 - name.p));
  g_autofree char *lower = g_ascii_strdown(name.p != NULL ? name.p : "", (gssize)name.len);
  for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++)
    if (strcmp(lower, secrets[i]) == 0)
      return TRUE;
  return FALSE;
}
