/* Providers over real sockets: the embedded STS, metadata service and container's agent, and how they refuse. */
#include "aws/cred/chain.h"
#include "aws/cred/role.h"
#include "fakeaws/fakeaws.h"
#include "support/clock.h"
#include "support/environment.h"

#define ROLE "arn:aws:iam::123456789012:role/reader"
#define NOW_MS G_GINT64_CONSTANT(1795526943000)

typedef struct {
  LfFakeaws *fake;
  GHashTable *variables;
  LfCredEnv env;
  char *url;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  atomic_store(&test_now_ms, NOW_MS);
  LfFakeawsOptions options = {.imds = TRUE,
                              .container = TRUE,
                              .container_token = "agent",
                              .web_identity_token = "jwt",
                              .external_id = "e 1",
                              .clock = &TEST_CLOCK};
  f->fake = lf_fakeaws_start(&options, NULL);
  f->url = g_strdup_printf("http://127.0.0.1:%u", (guint)lf_fakeaws_port(f->fake));
  f->variables = test_environment_new();
  f->env = (LfCredEnv){.getenv = test_environment_get, .data = f->variables, .clock = &TEST_CLOCK};
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  lf_fakeaws_stop(f->fake);
  g_hash_table_unref(f->variables);
  g_free(f->url);
}

static LfCredentials *
own_keys(void)
{
  return lf_credentials_new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, "own");
}

/* Asks for the role. Returns: (transfer full) (nullable). */
static LfCredentials *
assume(Fixture *f, const LfStsRole *role, const LfCredentials *signer, GError **error)
{
  LfCredSts sts = {f->url, "us-east-1", NULL, &f->env, NULL};
  return lf_cred_role_get(&sts, role, signer, "role", error);
}

static void
expect_refusal(Fixture *f, const LfStsRole *role, const LfCredentials *signer, const char *part)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) found = assume(f, role, signer, &error);
  g_assert_null(found);
  if (error == NULL || strstr(error->message, part) == NULL) {
    g_test_message("no '%s' in '%s'", part, error != NULL ? error->message : "(no error)");
    g_test_fail();
  }
}

static void
test_assume_role(Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) own = own_keys();
  LfStsRole role = {.role_arn = ROLE, .session_name = "me", .external_id = "e 1", .duration_s = 900};
  g_autoptr(LfCredentials) first = assume(f, &role, own, &error);
  g_assert_no_error(error);
  g_assert_true(g_str_has_prefix(first->access_key_id, "ASIA"));
  g_assert_cmpint(first->expires_ms, ==, NOW_MS + 900 * 1000);
  g_autoptr(LfCredentials) second = assume(f, &role, first, &error); /* chained */
  g_assert_no_error(error);
  g_assert_cmpstr(second->access_key_id, !=, first->access_key_id);
  atomic_store(&test_now_ms, NOW_MS + 900 * 1000 - 1);
  g_autoptr(LfCredentials) third = assume(f, &role, first, &error); /* to the last millisecond */
  g_assert_no_error(error);
  g_assert_nonnull(third);
  atomic_store(&test_now_ms, NOW_MS + 900 * 1000);
  expect_refusal(f, &role, first, "ExpiredToken: The security token included in the request is expired (request id ");
}

static void
test_role_refusals(Fixture *f, gconstpointer data)
{
  g_autoptr(LfCredentials) own = own_keys();
  LfStsRole good = {.role_arn = ROLE, .session_name = "me", .external_id = "e 1"}, role;
  g_autoptr(LfCredentials) chained = assume(f, &good, own, NULL);
  role = (LfStsRole){.session_name = "me"};
  expect_refusal(f, &role, own, "ValidationError: 1 validation error detected: Value null at 'roleArn'");
  role = (LfStsRole){.role_arn = ROLE};
  expect_refusal(f, &role, own,
                 "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null");
  role = (LfStsRole){.role_arn = ROLE, .session_name = "a b"};
  expect_refusal(f, &role, own, "Value 'a b' at 'roleSessionName' failed to satisfy constraint");
  role = (LfStsRole){.role_arn = "reader", .session_name = "me", .external_id = "e 1"};
  expect_refusal(f, &role, own, "ValidationError: reader is invalid");
  role = (LfStsRole){.role_arn = ROLE, .session_name = "me", .external_id = "e 1", .duration_s = 899};
  expect_refusal(f, &role, own, "Value '899' at 'durationSeconds'");
  role.duration_s = 43201;
  expect_refusal(f, &role, own, "Member must have value less than or equal to 43200");
  role.duration_s = 3601;
  expect_refusal(f, &role, chained, "1 hour session limit for roles assumed by role chaining");
  role = (LfStsRole){.role_arn = ROLE, .session_name = "me"};
  expect_refusal(f, &role, own,
                 "AccessDenied: User: arn:aws:iam::123456789012:user/logferry is not authorized to "
                 "perform: sts:AssumeRole on resource: " ROLE);
  g_autoptr(LfCredentials) unknown = lf_credentials_new("ASIAUNKNOWN", "x", "y", "x");
  expect_refusal(f, &good, unknown, "InvalidClientTokenId: The security token included in the request is invalid.");
  g_autoptr(LfCredentials) no_token = lf_credentials_new(chained->access_key_id, chained->secret_access_key, NULL, "x");
  expect_refusal(f, &good, no_token, "InvalidClientTokenId: ");
  g_autoptr(LfCredentials) wrong = lf_credentials_new(chained->access_key_id, "wrong", chained->session_token, "x");
  expect_refusal(f, &good, wrong, "SignatureDoesNotMatch: ");
  role = (LfStsRole){.role_arn = ROLE, .session_name = "me", .web_identity_token = "other"};
  expect_refusal(f, &role, NULL, "InvalidIdentityToken: ");
}

/* The key's id that the chain finds, or its error. */
static char *
look(Fixture *f)
{
  LfCredOptions options = {.env = f->env};
  g_autoptr(LfCredChain) chain = lf_cred_chain_new(&options);
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) found = lf_cred_chain_get(chain, &error);
  g_assert_true(found == NULL || found->expires_ms == NOW_MS + 6 * 3600 * 1000);
  return found != NULL ? g_strdup(found->access_key_id) : g_strdup(error->message);
}

static void
expect(Fixture *f, const char *part)
{
  g_autofree char *got = look(f);
  if (strstr(got, part) == NULL) {
    g_test_message("no '%s' in '%s'", part, got);
    g_test_fail();
  }
}

static void
test_agents(Fixture *f, gconstpointer data)
{
  g_autofree char *uri = g_strconcat(f->url, "/v2/credentials/x", NULL);
  g_autofree char *wrong = g_strconcat(f->url, "/v3/credentials/x", NULL);
  test_environment_set(f->variables, "HOME", "/nonexistent");
  test_environment_set(f->variables, "AWS_EC2_METADATA_SERVICE_ENDPOINT", f->url);
  expect(f, "ASIA");
  test_environment_set(f->variables, "AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
  expect(f, "status 401, AccessDeniedException: The authorization token is not valid");
  test_environment_set(f->variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "agent");
  expect(f, "ASIA");
  test_environment_set(f->variables, "AWS_CONTAINER_CREDENTIALS_FULL_URI", wrong);
  expect(f, "status 404");
}

static void
test_cancelled_fetch(Fixture *f, gconstpointer data)
{
  atomic_bool cancel = TRUE;
  g_auto(LfFetchAnswer) answer = {0};
  g_autoptr(GError) error = NULL;
  const char *const headers[] = {NULL};
  LfHttpRequest request = {.method = "GET", .url = f->url, .headers = headers, .timeout_ms = 60000, .max_bytes = 100};
  g_assert_false(lf_fetch(&request, &cancel, &answer, NULL, &error));
  g_assert_true(error != NULL && error->domain == LF_HTTP_ERROR);
  g_clear_error(&error);
  atomic_store(&cancel, FALSE);
  g_assert_true(lf_fetch(&request, &cancel, &answer, NULL, &error));
  g_assert_cmpuint(answer.status, ==, 404);
  g_assert_cmpint(answer.date_ms, ==, NOW_MS);
  lf_fetch_answer_clear(&answer);
  request.max_bytes = 3;
  g_assert_false(lf_fetch(&request, NULL, &answer, NULL, &error));
  g_assert_error(error, LF_HTTP_ERROR, LF_HTTP_ERROR_LARGE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/cred-fake/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("assume-role", test_assume_role);
  ADD("role-refusals", test_role_refusals);
  ADD("agents", test_agents);
  ADD("fetch", test_cancelled_fetch);
  return g_test_run();
}
