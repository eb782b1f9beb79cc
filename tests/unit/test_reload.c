/* New keys in the configuration's files: whose they are, what else has changed, files that are broken. */
#include "pump/reload.h"

#include "base/log.h"
#include "input/cwl.h"
#include "support/folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "output.console.enabled: true\nfilebeat.inputs:\n"
#define INPUT(group, keys) "- type: aws-cloudwatch\n  region_name: us-east-1\n  log_group_name: " group "\n" keys
#define KEYS(id, token) "  access_key_id: " id "\n  secret_access_key: hidden-" id "\n" token
#define TOKEN(text) "  session_token: " text "\n"

typedef struct {
  char *dir;
  char *path;
  const char *files[2];
  LfConfigSources sources;
  LfConfig *config;
  LfArena *arena;
  LfAssembly *assembly;
  LfReload *reload;
  guint lines[LF_LOG_ERROR + 1];
  char *last_line;
} Fixture;

static void
on_log(LfLogLevel level, const char *line, gsize len, void *data)
{
  Fixture *f = data;
  f->lines[level]++;
  g_free(f->last_line);
  f->last_line = g_strndup(line, len);
  g_assert_null(strstr(f->last_line, "hidden"));
}

/* Writes the file as if that had been a minute ago, so that nobody waits for the writer; each time another one. */
static void
put(Fixture *f, const char *text)
{
  static gint64 back_s = 4000;
  g_autofree char *other = g_strconcat(f->path, ".new", NULL);
  g_autoptr(GError) error = NULL;
  g_file_set_contents(other, text, -1, &error);
  g_assert_no_error(error);
  struct timespec at = {time(NULL) - --back_s, 0}, times[2] = {at, at};
  g_assert_cmpint(utimensat(AT_FDCWD, other, times, 0), ==, 0);
  g_assert_cmpint(chmod(other, 0600), ==, 0);
  g_assert_cmpint(rename(other, f->path), ==, 0);
}

static void
run_with(Fixture *f, const char *text)
{
  g_autoptr(GError) error = NULL;
  put(f, text);
  f->config = lf_config_load(&f->sources, &error);
  g_assert_no_error(error);
  f->assembly = lf_assemble(f->arena, f->config, &f->config->notes, &error);
  g_assert_no_error(error);
  f->reload = lf_reload_new(&f->sources, f->config, f->assembly);
}

static void
set_up(Fixture *f, gconstpointer data)
{
  f->dir = test_folder_new();
  f->path = g_build_filename(f->dir, "filebeat.yml", NULL);
  f->files[0] = f->path;
  f->sources = (LfConfigSources){.files = f->files, .path_home = f->dir};
  f->arena = lf_arena_new();
  lf_log_set_sink(on_log, f);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  lf_reload_free(f->reload);
  lf_config_free(f->config);
  lf_arena_free(f->arena);
  lf_log_set_sink(NULL, NULL);
  test_folder_remove(f->dir);
  g_free(f->dir);
  g_free(f->path);
  g_free(f->last_line);
}

/* What is asked for in place of the keys of an input: "id/secret/token", or NULL. */
static char *
ask(Fixture *f, const char *id, const char *token)
{
  g_autofree char *secret = g_strconcat("hidden-", id, NULL);
  LfCredEnv env = {0};
  LfCredOptions expired = lf_cwl_cred_options(&f->assembly->inputs[0].settings, (LfPlace){0}, NULL, &env);
  expired.access_key_id = id;
  expired.secret_access_key = secret;
  expired.session_token = token;
  g_autoptr(LfCredentials) found = lf_reload_keys(&expired, f->reload);
  if (found == NULL)
    return NULL;
  return g_strdup_printf("%s/%s/%s", found->access_key_id, found->secret_access_key,
                         found->session_token != NULL ? found->session_token : "-");
}

#define EXPECT(f, id, token, want)                                                                                     \
  do {                                                                                                                 \
    g_autofree char *got = ask(f, id, token);                                                                          \
    g_assert_cmpstr(got, ==, want);                                                                                    \
  } while (0)

static void
test_new_keys(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", TOKEN("T1"))) INPUT("/b", KEYS("K2", "")));
  EXPECT(f, "K1", "T1", NULL);
  put(f, "name: a line more\n" HEAD INPUT("/b", KEYS("K4", TOKEN("T4"))) INPUT("/a", KEYS("K3", "")));
  EXPECT(f, "K1", "T1", "K3/hidden-K3/-");
  EXPECT(f, "K2", NULL, "K4/hidden-K4/T4"); /* of the same loading */
  EXPECT(f, "K1", "T1", NULL);              /* nobody has them any more */
  EXPECT(f, "K3", NULL, NULL);
  put(f, HEAD INPUT("/a", KEYS("K5", "")) INPUT("/b", KEYS("K6", TOKEN("T5"))));
  EXPECT(f, "K3", NULL, "K5/hidden-K5/-");
  EXPECT(f, "K4", "T4", "K6/hidden-K6/T5");
  g_assert_cmpuint(f->lines[LF_LOG_ERROR], ==, 0);
}

static void
test_shared_keys(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", "")) INPUT("/b", KEYS("K1", "")));
  put(f, HEAD INPUT("/a", KEYS("K1", "")) INPUT("/b", KEYS("K2", "")));
  EXPECT(f, "K1", NULL, "K2/hidden-K2/-");
  put(f, HEAD INPUT("/a", KEYS("K3", "")) INPUT("/b", KEYS("K4", "")));
  EXPECT(f, "K2", NULL, "K3/hidden-K3/-");
  g_assert_cmpuint(f->lines[LF_LOG_WARNING], ==, 1);
  g_assert_nonnull(strstr(f->last_line, "different ones now; those of the first, K3"));
}

static void
test_same_groups_are_told_apart_by_their_place(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", "")) INPUT("/a", KEYS("K2", "")));
  put(f, HEAD INPUT("/a", KEYS("K3", "")) INPUT("/a", KEYS("K4", "")));
  EXPECT(f, "K2", NULL, "K4/hidden-K4/-");
  EXPECT(f, "K1", NULL, "K3/hidden-K3/-");
  put(f, "\n\n" HEAD INPUT("/a", KEYS("K5", "")) INPUT("/a", KEYS("K6", "")));
  EXPECT(f, "K3", NULL, NULL); /* which of the two is which cannot be known */
}

static void
test_other_changes(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", "")));
  put(f, HEAD INPUT("/a", KEYS("K2", TOKEN("T"))));
  EXPECT(f, "K1", NULL, "K2/hidden-K2/T");
  g_assert_cmpuint(f->lines[LF_LOG_WARNING], ==, 0);
  put(f, HEAD INPUT("/b", KEYS("K3", "") "  scan_frequency: 9s\n"));
  EXPECT(f, "K2", "T", "K3/hidden-K3/-"); /* by its place */
  put(f, "# touched\n" HEAD INPUT("/b", KEYS("K3", "") "  scan_frequency: 9s\n"));
  EXPECT(f, "K3", NULL, NULL);
  g_assert_cmpuint(f->lines[LF_LOG_WARNING], ==, 1);
  put(f, HEAD INPUT("/b", "  credential_profile_name: p\n"));
  EXPECT(f, "K3", NULL, NULL);
  g_assert_cmpuint(f->lines[LF_LOG_WARNING], ==, 2);
  g_assert_nonnull(strstr(f->last_line, "needs a restart"));
}

static void
test_broken_files(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", "")));
  static const char *const broken[] = {"{", "", HEAD, HEAD INPUT("", ""),
                                       HEAD "- type: aws-cloudwatch\n  region_name: 3\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
    put(f, broken[i]);
    EXPECT(f, "K1", NULL, NULL);
    EXPECT(f, "K1", NULL, NULL);
    g_assert_cmpuint(f->lines[LF_LOG_ERROR], ==, i + 1);
    g_assert_nonnull(strstr(f->last_line, "all stays as it is"));
  }
  g_unlink(f->path);
  EXPECT(f, "K1", NULL, NULL);
  EXPECT(f, "K1", NULL, NULL);
  g_assert_cmpuint(f->lines[LF_LOG_ERROR], ==, G_N_ELEMENTS(broken) + 1);
  put(f, HEAD INPUT("/a", KEYS("K2", "")));
  EXPECT(f, "K1", NULL, "K2/hidden-K2/-");
}

static void
test_keys_that_are_being_edited(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", TOKEN("T1"))));
  static const char *const parts[] = {
      HEAD INPUT("/a", "  access_key_id: K2\n  secret_access_key: hidden-K1\n" TOKEN("T1")),
      HEAD INPUT("/a", "  access_key_id: K2\n  secret_access_key: hidden-K2\n" TOKEN("T1")),
      HEAD INPUT("/a", "  access_key_id: K1\n  secret_access_key: hidden-K2\n" TOKEN("T2")),
      HEAD INPUT("/a", "  access_key_id: K2\n"),
  };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    put(f, parts[i]);
    EXPECT(f, "K1", "T1", NULL);
  }
  put(f, HEAD INPUT("/a", KEYS("K2", TOKEN("T2"))));
  EXPECT(f, "K1", "T1", "K2/hidden-K2/T2");
}

static void
test_a_file_that_is_being_written(Fixture *f, gconstpointer data)
{
  run_with(f, HEAD INPUT("/a", KEYS("K1", "")));
  g_assert_true(g_file_set_contents(f->path, HEAD INPUT("/a", KEYS("K2", "")), -1, NULL));
  g_assert_cmpint(chmod(f->path, 0600), ==, 0);
  gint64 began_us = g_get_monotonic_time();
  EXPECT(f, "K1", NULL, "K2/hidden-K2/-");
  g_assert_cmpint(g_get_monotonic_time() - began_us, >, 500 * 1000); /* a second after the writing */
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/reload/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("new-keys", test_new_keys);
  ADD("shared", test_shared_keys);
  ADD("same-groups", test_same_groups_are_told_apart_by_their_place);
  ADD("other-changes", test_other_changes);
  ADD("broken", test_broken_files);
  ADD("being-edited", test_keys_that_are_being_edited);
  ADD("being-written", test_a_file_that_is_being_written);
  return g_test_run();
}
