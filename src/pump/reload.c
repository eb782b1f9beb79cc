/* Looks at the configuration's files again, for new keys alone. */
#include "pump/reload.h"

#include "base/digest.h"
#include "base/log.h"
#include "input/cwl.h"
#include "value/yaml.h"

#include <stdint.h>
#include <sys/stat.h>

enum {
  FRESH_MS = 1000, /* a file that was written so lately may not be whole yet */
  SETTLE_MS = 3000,
  STEP_MS = 100,
};

/* The configuration as a digest, without its keys. */
typedef char Digest[LF_SHA256_HEX];

struct LfReload {
  const LfConfigSources *sources;
  const LfConfig *config;
  const LfAssembly *assembly;
  LfCredentials **keys; /* for each input that runs, the configuration's keys that it uses now; parts may be NULL */
  char *print;          /* (nullable) how the files looked when they were loaded the last time */
  LfConfig *last;       /* (nullable) what was loaded then */
  LfArena *last_arena;
  LfAssembly *last_assembly;
  Digest running, said; /* without keys: what runs, and what was said to be another one; "" for not known */
};

LfReload *
lf_reload_new(const LfConfigSources *sources, const LfConfig *config, const LfAssembly *assembly)
{
  LfReload *r = g_new0(LfReload, 1);
  r->sources = sources;
  r->config = config;
  r->assembly = assembly;
  r->keys = g_new(LfCredentials *, assembly->n);
  for (guint i = 0; i < assembly->n; i++) {
    const LfCwlSettings *s = &assembly->inputs[i].settings;
    r->keys[i] = lf_credentials_new(s->access_key_id, s->secret_access_key, s->session_token, NULL);
  }
  return r;
}

static void
drop_last(LfReload *r)
{
  g_clear_pointer(&r->last, lf_config_free);
  g_clear_pointer(&r->last_arena, lf_arena_free);
  r->last_assembly = NULL;
}

void
lf_reload_free(LfReload *r)
{
  if (r == NULL)
    return;
  for (guint i = 0; i < r->assembly->n; i++)
    lf_credentials_free(r->keys[i]);
  drop_last(r);
  g_free(r->keys);
  g_free(r->print);
  g_free(r);
}

/* Files */

static const char *const *
files_of(const LfReload *r)
{
  return r->last != NULL ? r->last->files : r->config->files;
}

/* Pipes and devices (-c /dev/stdin) are read once. */
static gboolean
can_be_read_again(const char *const *files)
{
  for (; *files != NULL; files++)
    if (g_file_test(*files, G_FILE_TEST_EXISTS) && !g_file_test(*files, G_FILE_TEST_IS_REGULAR))
      return FALSE;
  return TRUE;
}

/* How all files look from outside. `*newest_ms` is when one was written last, wall time. (transfer full) */
static char *
print_of(const char *const *files, gint64 *newest_ms)
{
  LfBuf out = {0};
  *newest_ms = 0;
  for (; *files != NULL; files++) {
    struct stat st;
    if (stat(*files, &st) != 0) {
      lf_buf_printf(&out, "%s gone\n", *files);
      continue;
    }
    lf_buf_printf(&out, "%s %ju %ju %jd %jd.%09ld %jd.%09ld\n", *files, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
                  (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec,
                  st.st_ctim.tv_nsec);
    *newest_ms = MAX(*newest_ms, (gint64)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
  }
  return lf_buf_steal(&out);
}

/* The same, once nobody has written for a second, as far as the time allows. (transfer full) */
static char *
settled_print(const char *const *files, const char *known, const LfCredEnv *env)
{
  for (gint64 waited_ms = 0;; waited_ms += STEP_MS) {
    gint64 newest_ms;
    char *print = print_of(files, &newest_ms);
    gint64 age_ms = lf_clock_wall_ms(lf_clock_system()) - newest_ms;
    if (g_strcmp0(print, known) == 0 || age_ms < 0 || age_ms >= FRESH_MS || waited_ms >= SETTLE_MS ||
        lf_cred_cancelled(env))
      return print;
    g_free(print);
    lf_cred_sleep(env, STEP_MS);
  }
}

/* What else has changed */

static gboolean
is_key(LfSlice name)
{
  static const char *const names[] = {"access_key_id", "secret_access_key", "session_token"};
  const char *dot = name.len > 0 ? memrchr(name.p, '.', name.len) : NULL;
  LfSlice last = dot != NULL ? lf_slice(dot + 1, (gsize)(name.p + name.len - dot - 1)) : name;
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (lf_slice_is(last, names[i]))
      return TRUE;
  return FALSE;
}

/* Takes the keys out of a copy, at any depth that a file can have. */
static void
remove_keys(LfNode *node)
{
  for (guint i = 0; (node->type == LF_NODE_MAP || node->type == LF_NODE_LIST) && i < node->n;) {
    LfNodeEntry *e = &node->entries[i];
    if (node->type == LF_NODE_MAP && is_key(e->key)) {
      lf_node_remove(node, e->key);
    } else {
      remove_keys(e->node);
      i++;
    }
  }
}

static void
append_without_keys(LfArena *arena, LfBuf *out, const LfNode *node)
{
  LfNode *copy = lf_node_clone(arena, node);
  remove_keys(copy);
  lf_yaml_write(out, copy);
  lf_buf_append_str(out, "---\n");
}

static void
digest_of(const LfConfig *config, const LfAssembly *assembly, Digest out)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_auto(LfBuf) text = {0};
  append_without_keys(arena, &text, config->root);
  for (guint i = 0; i < assembly->n; i++)
    append_without_keys(arena, &text, assembly->inputs[i].node);
  lf_digest_sha256_hex(lf_buf_slice(&text), out);
  explicit_bzero(text.p, text.len); /* it holds passwords of outputs */
}

static void
say_other_changes(LfReload *r)
{
  Digest now;
  if (r->running[0] == '\0')
    digest_of(r->config, r->assembly, r->running);
  digest_of(r->last, r->last_assembly, now);
  if (strcmp(now, r->running) != 0 && strcmp(now, r->said) != 0)
    lf_log_warning("config", "the configuration's files have changed in more than their keys; only keys are taken over "
                             "while the program runs, the rest needs a restart");
  memcpy(r->said, now, sizeof now);
}

/* Loading */

/* Loads as at the start. Returns: whether there is something new. */
static gboolean
load(LfReload *r, const LfCredEnv *env)
{
  g_autoptr(GError) error = NULL;
  gint64 newest_ms;
  if (!can_be_read_again(files_of(r)))
    return FALSE;
  g_autofree char *print = settled_print(files_of(r), r->print, env);
  if (g_strcmp0(print, r->print) == 0 || lf_cred_cancelled(env))
    return FALSE;
  LfArena *arena = lf_arena_new();
  LfConfig *config = lf_config_load(r->sources, &error);
  LfAssembly *assembly = config != NULL ? lf_assemble(arena, config, &config->notes, &error) : NULL;
  g_autofree char *after = print_of(files_of(r), &newest_ms);
  gboolean torn = strcmp(print, after) != 0; /* somebody wrote meanwhile: the next look sees it whole */
  if (assembly == NULL || torn) {
    if (!torn)
      lf_log_error("config",
                   "the configuration's files cannot be loaded again for new keys; all stays as it is until "
                   "they change: %s",
                   error->message);
    lf_config_free(config);
    lf_arena_free(arena);
  } else {
    drop_last(r);
    r->last = config;
    r->last_arena = arena;
    r->last_assembly = assembly;
    say_other_changes(r);
    g_free(after);
    after = print_of(files_of(r), &newest_ms); /* it may be other files now */
  }
  g_free(r->print);
  r->print = torn ? NULL : g_steal_pointer(&after);
  return assembly != NULL && !torn;
}

/* Inputs */

static gboolean
same_texts(const LfStrings *a, const LfStrings *b)
{
  for (guint i = 0; a->n == b->n && i < a->n; i++)
    if (strcmp(a->items[i], b->items[i]) != 0)
      return FALSE;
  return a->n == b->n;
}

/* Whether both read the same streams of the same groups, whoever asks. */
static gboolean
same_groups(const LfCwlSettings *a, const LfCwlSettings *b)
{
  gboolean arns = a->n_arns == b->n_arns;
  for (guint i = 0; arns && i < a->n_arns; i++)
    arns = strcmp(a->arns[i].arn, b->arns[i].arn) == 0;
  return arns && g_strcmp0(a->log_group_name, b->log_group_name) == 0 &&
         g_strcmp0(a->log_group_name_prefix, b->log_group_name_prefix) == 0 &&
         g_strcmp0(a->region_name, b->region_name) == 0 && g_strcmp0(a->endpoint, b->endpoint) == 0 &&
         g_strcmp0(a->log_stream_prefix, b->log_stream_prefix) == 0 && same_texts(&a->log_streams, &b->log_streams);
}

static gboolean
same_place(LfPlace a, LfPlace b)
{
  return g_strcmp0(a.file, b.file) == 0 && a.line == b.line;
}

/* The input as it stands in the files now. Two of the same groups are told apart by their places. (nullable) */
static const LfAssembled *
counterpart(const LfReload *r, const LfAssembled *input)
{
  const LfAssembled *by_groups = NULL, *by_place = NULL;
  guint n = 0;
  for (guint i = 0; i < r->last_assembly->n; i++) {
    const LfAssembled *other = &r->last_assembly->inputs[i];
    gboolean groups = same_groups(&input->settings, &other->settings), place = same_place(input->place, other->place);
    if (groups && place)
      return other;
    if (groups && n++ == 0)
      by_groups = other;
    if (place)
      by_place = other;
  }
  return n == 1 ? by_groups : n == 0 ? by_place : NULL;
}

/* Whether the input takes its credentials from the cache that `expired` describes. */
static gboolean
uses(const LfReload *r, guint i, const LfCredOptions *expired)
{
  const LfAssembled *input = &r->assembly->inputs[i];
  LfCredOptions own = lf_cwl_cred_options(&input->settings, input->place, expired->tls, &expired->env);
  own.access_key_id = r->keys[i]->access_key_id;
  own.secret_access_key = r->keys[i]->secret_access_key;
  own.session_token = r->keys[i]->session_token;
  own.proxy = input->settings.proxy_url;
  return lf_cred_options_equal(&own, expired);
}

static gboolean
same_keys(const LfCwlSettings *s, const LfCredentials *keys)
{
  return g_strcmp0(s->access_key_id, keys->access_key_id) == 0 &&
         g_strcmp0(s->secret_access_key, keys->secret_access_key) == 0 &&
         g_strcmp0(s->session_token, keys->session_token) == 0;
}

/* AWS never gives a new secret or token to an old key id, nor the other way round: a part that is still the old one tells
 * that somebody is in the midst of writing. */
static gboolean
is_whole(const LfCwlSettings *s, const LfCredentials *old)
{
  return s->access_key_id != NULL && s->secret_access_key != NULL &&
         (old->secret_access_key == NULL || g_strcmp0(s->access_key_id, old->access_key_id) != 0) &&
         g_strcmp0(s->secret_access_key, old->secret_access_key) != 0 &&
         (s->session_token == NULL || g_strcmp0(s->session_token, old->session_token) != 0);
}

/* The new keys of the first input that has some; inputs that shared their keys go on sharing them. */
static LfCredentials *
find_keys(LfReload *r, const LfCredOptions *expired)
{
  LfCredentials *found = NULL;
  gboolean differ = FALSE;
  for (guint i = 0; i < r->assembly->n; i++) {
    const LfAssembled *now = uses(r, i, expired) ? counterpart(r, &r->assembly->inputs[i]) : NULL;
    if (now == NULL || !is_whole(&now->settings, r->keys[i]))
      continue;
    const LfCwlSettings *s = &now->settings;
    differ |= found != NULL && !same_keys(s, found);
    if (found == NULL) {
      g_autofree char *where = lf_place_format(now->place);
      lf_log_info("config", "%snew keys are taken over, access_key_id %s", where, s->access_key_id);
      found = lf_credentials_new(s->access_key_id, s->secret_access_key, s->session_token, NULL);
    }
  }
  if (differ)
    lf_log_warning("config",
                   "inputs that had the same keys have different ones now; those of the first, %s, are used for "
                   "all of them until a restart",
                   found->access_key_id);
  return found;
}

LfCredentials *
lf_reload_keys(const LfCredOptions *expired, void *data)
{
  LfReload *r = data;
  load(r, &expired->env);
  LfCredentials *found = r->last != NULL ? find_keys(r, expired) : NULL;
  if (found == NULL)
    return NULL;
  for (guint i = 0; i < r->assembly->n; i++) {
    if (!uses(r, i, expired))
      continue;
    lf_credentials_free(r->keys[i]);
    r->keys[i] = lf_credentials_copy(found);
  }
  return found;
}
