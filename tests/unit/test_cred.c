/* Where credentials are looked for, in which order, and what is said when they are not there. */
#include "aws/cred/chain.h"
#include "aws/cred/profile.h"
#include "aws/cred/profile_files.h"
#include "aws/cred/profile_settings.h"
#include "support/environment.h"
#include "support/folder.h"

/* A home directory and an environment of its own. */
typedef struct {
  char *home;
  GHashTable *env;
  LfCredOptions options;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->home = test_folder_new();
  f->env = test_environment_new();
  test_environment_set(f->env, "HOME", f->home);
  test_environment_set(f->env, "AWS_EC2_METADATA_DISABLED", "true");
  f->options =
      (LfCredOptions){.place = {"filebeat.yml", 7, 3}, .env = {.getenv = test_environment_get, .data = f->env}};
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  test_folder_remove(f->home);
  g_hash_table_unref(f->env);
  g_free(f->home);
}

/* "id secret token" of what the chain finds, or its error. */
static char *
look(Fixture *f)
{
  g_autoptr(LfCredChain) chain = lf_cred_chain_new(&f->options);
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) found = lf_cred_chain_get(chain, &error);
  if (found == NULL)
    return g_strconcat("error: ", error->message, NULL);
  g_assert_no_error(error);
  g_assert_cmpint(found->expires_ms, ==, 0);
  return g_strdup_printf("%s %s %s", found->access_key_id, found->secret_access_key,
                         found->session_token != NULL ? found->session_token : "-");
}

static void
expect(Fixture *f, const char *want)
{
  g_autofree char *got = look(f);
  g_assert_cmpstr(got, ==, want);
}

/* The error must hold `part` and no secret. */
static void
expect_error(Fixture *f, const char *part)
{
  g_autofree char *got = look(f);
  g_assert_true(g_str_has_prefix(got, "error: "));
  if (strstr(got, part) == NULL) {
    g_test_message("no '%s' in '%s'", part, got);
    g_test_fail();
  }
  g_assert_null(strstr(got, "hidden"));
}

static void
test_static(Fixture *f, gconstpointer data)
{
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENVID");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env");
  f->options.access_key_id = "ID";
  f->options.secret_access_key = "hidden";
  expect(f, "ID hidden -");
  f->options.session_token = "TOKEN";
  expect(f, "ID hidden TOKEN");
  f->options.credential_profile_name = "nowhere"; /* not looked at */
  expect(f, "ID hidden TOKEN");
}

static void
test_static_half(Fixture *f, gconstpointer data)
{
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENVID");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env");
  f->options.secret_access_key = "hidden";
  expect_error(f, "filebeat.yml:7:3: secret_access_key is set without access_key_id");
  f->options.secret_access_key = "";
  f->options.access_key_id = "ID";
  expect_error(f, "filebeat.yml:7:3: access_key_id is set without secret_access_key");
  f->options.access_key_id = NULL;
  f->options.session_token = "hidden";
  expect_error(f, "session_token is set without");
}

static void
test_bad_keys(Fixture *f, gconstpointer data)
{
  f->options.access_key_id = "ID";
  f->options.secret_access_key = "hidden\n";
  expect_error(f, "filebeat.yml:7:3: secret_access_key ends with a line break");
  f->options.secret_access_key = "hidden";
  f->options.session_token = "hidden\r\nX-Amz-Target: x";
  expect_error(f, "filebeat.yml:7:3: session_token holds a control character");
  f->options.access_key_id = " ID";
  expect_error(f, "filebeat.yml:7:3: access_key_id has blanks around it");
  f->options = (LfCredOptions){.place = f->options.place, .env = f->options.env};
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENVID");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env\n");
  expect_error(f, "AWS_SECRET_ACCESS_KEY in the environment ends with a line break");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env\t");
  expect_error(f, "AWS_SECRET_ACCESS_KEY in the environment has blanks around it");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-\xc3\xa9nv");
  expect_error(f, "AWS_SECRET_ACCESS_KEY in the environment holds a control character, or one that is not ASCII");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env");
  test_environment_set(f->env, "AWS_SESSION_TOKEN", "hidden\r");
  expect_error(f, "AWS_SESSION_TOKEN in the environment ends with a line break");
}

static void
test_env(Fixture *f, gconstpointer data)
{
  test_folder_write(f->home, ".aws/credentials", "[default]\naws_access_key_id = P\naws_secret_access_key = Q\n");
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENVID");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env");
  test_environment_set(f->env, "AWS_SESSION_TOKEN", "");
  expect(f, "ENVID hidden-env -");
  test_environment_set(f->env, "AWS_SESSION_TOKEN", "T");
  expect(f, "ENVID hidden-env T");
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "");
  expect_error(f, "AWS_SECRET_ACCESS_KEY without AWS_ACCESS_KEY_ID");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "");
  expect(f, "P Q -");
}

static void
test_profile(Fixture *f, gconstpointer data)
{
  test_folder_write(f->home, ".aws/credentials",
                    "[default]\naws_access_key_id = D1\naws_secret_access_key = D2\n"
                    "[dev]\naws_access_key_id = V1\naws_secret_access_key = V2\naws_session_token = V3\n"
                    "[half]\naws_access_key_id = H\n");
  test_folder_write(f->home, ".aws/config",
                    "[profile dev]\nregion = eu-central-1\n"
                    "[profile conf]\naws_access_key_id = C1\naws_secret_access_key = C2\n"
                    "[profile bare]\nregion = us-west-2\n");
  expect(f, "D1 D2 -");
  test_environment_set(f->env, "AWS_PROFILE", "dev");
  expect(f, "V1 V2 V3");
  test_environment_set(f->env, "AWS_PROFILE", "gone");
  expect_error(f, "AWS_PROFILE: no keys for profile gone in");

  f->options.credential_profile_name = "conf";
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENVID"); /* a profile that is named is asked alone */
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden-env");
  expect(f, "C1 C2 -");
  f->options.credential_profile_name = "gone";
  expect_error(f, "filebeat.yml:7:3: credential_profile_name: no keys for profile gone in");
  expect_error(f, "(no such profile)");
  f->options.credential_profile_name = "bare";
  expect_error(f, "(no keys in it)");
  f->options.credential_profile_name = "half";
  expect_error(f, "/.aws/credentials:9:1: profile half has aws_access_key_id without aws_secret_access_key");
}

static void
test_files(Fixture *f, gconstpointer data)
{
  test_folder_write(f->home, ".aws/credentials", "[default]\naws_access_key_id = D1\naws_secret_access_key = D2\n");
  test_folder_write(f->home, "keys/credentials",
                    "[profile default]\naws_access_key_id = K1\naws_secret_access_key = K2\n");
  f->options.shared_credential_file = "~/keys/credentials";
  expect(f, "K1 K2 -");
  f->options.shared_credential_file = "~/keys"; /* a directory: the file `credentials` in it */
  expect(f, "K1 K2 -");
  f->options.shared_credential_file = "~/nowhere";
  expect_error(f, "filebeat.yml:7:3: shared_credential_file: ");
  f->options.shared_credential_file = NULL;
  g_autofree char *keys = g_build_filename(f->home, "keys", "credentials", NULL);
  test_environment_set(f->env, "AWS_SHARED_CREDENTIALS_FILE", keys);
  expect(f, "K1 K2 -");
  test_environment_set(f->env, "AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/file");
  expect_error(f, "/nonexistent/file (no such file)");
  test_environment_set(f->env, "AWS_SHARED_CREDENTIALS_FILE", "");
  expect(f, "D1 D2 -");
  test_folder_write(f->home, ".aws/credentials", "[default\n");
  expect_error(f, "/.aws/credentials:1:1: ");
}

static void
test_none(Fixture *f, gconstpointer data)
{
  expect_error(f, "no AWS credentials found. Looked at\n");
  expect_error(f, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment: not set\n");
  expect_error(f, "profile default in ");
  expect_error(f, "/.aws/credentials (no such file), ");
  expect_error(f, "aws configure");
  g_autoptr(LfCredChain) chain = lf_cred_chain_new(&f->options);
  g_autoptr(GError) error = NULL;
  g_assert_null(lf_cred_chain_get(chain, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
}

static void
expect_region(Fixture *f, const char *want)
{
  g_autofree char *region = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_true(lf_cred_profile_value(&f->options, "region", &region, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(region, ==, want);
}

static void
test_region(Fixture *f, gconstpointer data)
{
  expect_region(f, NULL);
  test_folder_write(f->home, ".aws/config",
                    "[default]\nregion = eu-north-1\n[profile dev]\nregion = ap-south-1\nrole_arn = x\n");
  expect_region(f, "eu-north-1");
  f->options.credential_profile_name = "dev";
  expect_region(f, "ap-south-1");
  test_folder_write(f->home, ".aws/credentials", "[dev]\nregion = sa-east-1\n");
  expect_region(f, "sa-east-1");
  test_folder_write(f->home, ".aws/config", "nothing\n");
  g_autofree char *region = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_false(lf_cred_profile_value(&f->options, "region", &region, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
}

static void
test_source(Fixture *f, gconstpointer data)
{
  test_folder_write(f->home, ".aws/credentials", "[default]\naws_access_key_id = D1\naws_secret_access_key = D2\n");
  g_autoptr(LfCredChain) chain = lf_cred_chain_new(&f->options);
  g_autoptr(LfCredentials) found = lf_cred_chain_get(chain, NULL);
  g_assert_nonnull(found);
  g_assert_true(g_str_has_suffix(found->source, "/.aws/credentials:2:1: profile default"));
  g_autoptr(LfCredentials) copy = lf_credentials_copy(found);
  g_assert_cmpstr(copy->secret_access_key, ==, "D2");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/cred/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("static", test_static);
  ADD("static-half", test_static_half);
  ADD("bad-keys", test_bad_keys);
  ADD("env", test_env);
  ADD("profile", test_profile);
  ADD("files", test_files);
  ADD("none", test_none);
  ADD("region", test_region);
  ADD("source", test_source);
  return g_test_run();
}
