/* Each provider of credentials with the network replaced: what it asks, what it makes of each answer. */
#include "aws/cred/chain.h"
#include "aws/cred/process.h"
#include "aws/cred/profile.h"
#include "aws/cred/profile_files.h"
#include "aws/cred/profile_settings.h"
#include "support/environment.h"
#include "support/folder.h"

#include <glib/gstdio.h>

/* What the network is asked next and answers. `url` is "METHOD URL"; `sent` (nullable) is a part of the headers and the
 * body. `status` 0: no answer. */
typedef struct {
  const char *url;
  const char *sent;
  guint status;
  const char *body;
} Exchange;

typedef struct {
  char *home;
  GHashTable *env;
  LfCredOptions options;
  const Exchange *script; /* ends with a url of NULL */
  guint asked;
  gint64 server_ms; /* the answers' Date; 0: none */
  char *last;       /* all of the last request */
} Fixture;

#define NOW_MS G_GINT64_CONSTANT(1795526943000) /* 2026-11-24T13:29:03Z */
#define LATER "2026-11-24T14:29:03Z"
#define AGENT_KEYS                                                                                                      \
  "{\"AccessKeyId\":\"ASIAAGENT\",\"SecretAccessKey\":\"hidden/1+\",\"Token\":\"hidden-token\",\"Expiration\":\"" LATER \
  "\",\"Code\":\"Success\"}"
#define ROLE_KEYS(action, id)                                                                                          \
  "<" action "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" action "Result><Credentials>"            \
  "<AccessKeyId>" id "</AccessKeyId><SecretAccessKey>hidden2</SecretAccessKey>"                                        \
  "<SessionToken>hidden-token2</SessionToken><Expiration>" LATER "</Expiration></Credentials></" action                \
  "Result></" action "Response>"
#define ASSUMED ROLE_KEYS("AssumeRole", "ASIAROLE")
#define WEB ROLE_KEYS("AssumeRoleWithWebIdentity", "ASIAWEB")
#define STS_ERROR(code, message)                                                                                       \
  "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message                                    \
  "</Message></Error><RequestId>r</RequestId></ErrorResponse>"
#define ROLE "arn:aws:iam::123456789012:role/reader"
#define STS "POST https://sts.eu-west-1.amazonaws.com/"
#define IMDS "http://169.254.169.254/latest/"
#define IMDS_ROLES IMDS "meta-data/iam/security-credentials/"

static gint64
fixed_wall_ns(void *data)
{
  return NOW_MS * 1000000;
}

static gint64
fixed_monotonic_ms(void *data)
{
  return 0;
}

static const LfClock FIXED = {fixed_wall_ns, fixed_monotonic_ms, NULL};

static gboolean
fake_fetch(const LfHttpRequest *request, const atomic_bool *cancel, LfFetchAnswer *answer, void *data, GError **error)
{
  Fixture *f = data;
  const Exchange *x = &f->script[f->asked];
  g_autofree char *url = g_strdup_printf("%s %s", request->method, request->url);
  g_autoptr(GString) all = g_string_new(NULL);
  for (const char *const *h = request->headers; h != NULL && *h != NULL; h++)
    g_string_append_printf(all, "%s\n", *h);
  g_string_append_len(all, request->body.p != NULL ? request->body.p : "", (gssize)request->body.len);
  g_free(f->last);
  f->last = g_strdup(all->str);
  g_assert_cmpstr(url, ==, x->url);
  f->asked += x->url != NULL;
  if (x->url == NULL || x->status == 0) {
    g_set_error_literal(error, LF_HTTP_ERROR, LF_HTTP_ERROR_TIMEOUT, "timed out");
    return FALSE;
  }
  if (x->sent != NULL && strstr(all->str, x->sent) == NULL) {
    g_test_message("no '%s' in '%s'", x->sent, all->str);
    g_test_fail();
  }
  g_assert_cmpint(request->timeout_ms, >, 0);
  g_assert_cmpint(request->max_bytes, >, 0);
  if (!g_str_has_prefix(url, "POST") && !g_str_has_prefix(request->url, "https:"))
    g_assert_cmpstr(request->proxy, ==, ""); /* never through a proxy */
  else if (strstr(url, "//sts.") != NULL || strstr(url, "//portal.sso.") != NULL)
    g_assert_true(request->tls == lf_tls_system()); /* STS and SSO by the input's settings */
  *answer = (LfFetchAnswer){.status = x->status, .date_ms = f->server_ms > 0 ? f->server_ms : -1};
  lf_buf_append_str(&answer->body, x->body != NULL ? x->body : "");
  return TRUE;
}

static void
set_up(Fixture *f, gconstpointer data)
{
  f->home = test_folder_new();
  f->env = test_environment_new();
  test_environment_set(f->env, "HOME", f->home);
  f->options = (LfCredOptions){
      .place = {"filebeat.yml", 7, 3},
      .region = "eu-west-1",
      .tls = lf_tls_system(),
      .env = {.getenv = test_environment_get, .data = f->env, .fetch = fake_fetch, .fetch_data = f, .clock = &FIXED}};
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  test_folder_remove(f->home);
  g_hash_table_unref(f->env);
  g_free(f->home);
  g_free(f->last);
}

/* Writes a file below the home directory. Returns: (transfer full): its path. */
static char *
write_file(Fixture *f, const char *name, const char *text)
{
  test_folder_write(f->home, name, text);
  return g_build_filename(f->home, name, NULL);
}

/* Looks with the script: `want` is "id secret token", or "error: " and a part of the text. All of it must be asked. */
static void
expect(Fixture *f, const Exchange *script, const char *want)
{
  static const Exchange nothing[] = {{NULL, NULL, 0, NULL}};
  f->script = script != NULL ? script : nothing;
  f->asked = 0;
  g_autoptr(LfCredChain) chain = lf_cred_chain_new(&f->options);
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) found = lf_cred_chain_get(chain, &error);
  g_autofree char *got = found != NULL ? g_strdup_printf("%s %s %s", found->access_key_id, found->secret_access_key,
                                                         found->session_token != NULL ? found->session_token : "-")
                                       : g_strconcat("error: ", error->message, NULL);
  if (g_str_has_prefix(want, "error: ")) {
    g_assert_null(found);
    if (strstr(got, want + strlen("error: ")) == NULL) {
      g_test_message("no '%s' in '%s'", want, got);
      g_test_fail();
    }
    g_assert_null(strstr(got, "hidden"));
  } else {
    g_assert_cmpstr(got, ==, want);
  }
  g_assert_null(f->script[f->asked].url);
  if (found != NULL && found->session_token != NULL)
    g_assert_cmpint(found->expires_ms, ==, NOW_MS + 3600 * 1000);
  if (found != NULL)
    g_assert_null(strstr(found->source, "hidden"));
}

#define SCRIPT(...) ((const Exchange[]){__VA_ARGS__, {NULL, NULL, 0, NULL}})
#define AGENT_FOUND "ASIAAGENT hidden/1+ hidden-token"
#define ROLE_FOUND "ASIAROLE hidden2 hidden-token2"

/* Container */

static void
test_container(Fixture *f, gconstpointer data)
{
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x");
  expect(f, SCRIPT({"GET http://169.254.170.2/v2/credentials/x", NULL, 200, AGENT_KEYS}), AGENT_FOUND);
  g_assert_null(strstr(f->last, "Authorization"));
  test_environment_set(f->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "hidden-a");
  expect(f,
         SCRIPT({"GET http://169.254.170.2/v2/credentials/x", NULL, 0, NULL},
                {"GET http://169.254.170.2/v2/credentials/x", NULL, 500, "hidden"},
                {"GET http://169.254.170.2/v2/credentials/x", "Authorization: hidden-a\n", 200, AGENT_KEYS}),
         AGENT_FOUND);
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x");
  expect(f, NULL, "error: does not begin with /");
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "");
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
  g_autofree char *path = write_file(f, "token", "hidden-b\n");
  test_environment_set(f->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path);
  expect(f, SCRIPT({"GET http://169.254.170.23/v1/credentials", "Authorization: hidden-b\n", 200, AGENT_KEYS}),
         AGENT_FOUND);
  test_folder_write(f->home, "token", "hidden-c"); /* read anew */
  expect(f, SCRIPT({"GET http://169.254.170.23/v1/credentials", "Authorization: hidden-c\n", 200, AGENT_KEYS}),
         AGENT_FOUND);
  test_folder_write(f->home, "token", "hidden\nX-Evil: 1");
  expect(f, NULL, "error: holds no token");
  test_folder_write(f->home, "token", "\n");
  expect(f, NULL, "error: is empty");
  g_remove(path);
  expect(f, NULL, "error: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: the token file cannot be read: ");
}

static void
test_container_hosts(Fixture *f, gconstpointer data)
{
  static const struct {
    const char *uri;
    gboolean good;
  } rows[] = {
      {"http://127.0.0.1/x", TRUE},           {"http://127.1.2.3:80/x", TRUE},
      {"http://localhost:8080/x", TRUE},      {"http://[::1]/x", TRUE},
      {"http://[fd00:ec2::23]/v1", TRUE},     {"https://example.com/x", TRUE},
      {"http://example.com/x", FALSE},        {"http://127.evil.com/x", FALSE},
      {"http://127.0.0.1.evil.com/x", FALSE}, {"http://localhost.evil.com/x", FALSE},
      {"http://127.0.0.1@evil.com/x", FALSE}, {"http://169.254.169.254/x", FALSE},
      {"http://[fd00:ec2::254]/x", FALSE},    {"ftp://127.0.0.1/x", FALSE},
      {"file:///etc/passwd", FALSE},          {"nothing", FALSE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *url = g_strconcat("GET ", rows[i].uri, NULL);
    test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI", rows[i].uri);
    if (rows[i].good)
      expect(f, SCRIPT({url, NULL, 200, AGENT_KEYS}), AGENT_FOUND);
    else
      expect(f, NULL, "error: AWS_CONTAINER_CREDENTIALS_FULL_URI ");
  }
}

static void
test_container_bad(Fixture *f, gconstpointer data)
{
  static const char url[] = "GET http://169.254.170.2/x";
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  expect(f, SCRIPT({url, NULL, 0, NULL}, {url, NULL, 0, NULL}, {url, NULL, 0, NULL}),
         "error: the container's credentials at http://169.254.170.2/x: no answer: timed out");
  expect(f, SCRIPT({url, NULL, 400, "{\"code\":\"NoRole\",\"message\":\"gone\"}"}), "error: status 400, NoRole: gone");
  expect(f, SCRIPT({url, NULL, 404, "<html>"}), "error: status 404");
  expect(f, SCRIPT({url, NULL, 200, ""}), "error: it is not a JSON object");
  expect(f, SCRIPT({url, NULL, 200, "hidden garbage"}), "error: it is not a JSON object");
  expect(f, SCRIPT({url, NULL, 200, "{\"SecretAccessKey\":\"hidden\"}"}), "error: it has no AccessKeyId");
  expect(f, SCRIPT({url, NULL, 200, "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hidden\",\"Token\":\"hidden\"}"}),
         "error: it has no Expiration");
  expect(f, SCRIPT({url, NULL, 200, "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hidden\",\"Token\":\"hidden\\n\"}"}),
         "error: it has no Token");
  expect(
      f,
      SCRIPT({url, NULL, 200,
              "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hidden\",\"Token\":\"hidden\",\"Expiration\":\"soon\"}"}),
      "error: its Expiration is no time");
}

/* Instance metadata */

static void
test_imds(Fixture *f, gconstpointer data)
{
  static const char put[] = "PUT " IMDS "api/token", roles[] = "GET " IMDS_ROLES, keys[] = "GET " IMDS_ROLES "my+role";
  expect(f,
         SCRIPT({put, "X-aws-ec2-metadata-token-ttl-seconds: 21600", 200, "hidden-t=="},
                {roles, "X-aws-ec2-metadata-token: hidden-t==", 200, "my+role\nother"},
                {keys, "X-aws-ec2-metadata-token: hidden-t==", 200, AGENT_KEYS}),
         AGENT_FOUND);
  expect(f, SCRIPT({put, NULL, 0, NULL}, {put, NULL, 0, NULL}), "error: probably a hop limit of 1");
  expect(f, SCRIPT({put, NULL, 403, NULL}), "error: refuses to give a token (status 403)");
  expect(f, SCRIPT({put, NULL, 400, NULL}), "error: the request for a token failed (status 400)");
  expect(f, SCRIPT({put, NULL, 200, "hidden\r\nX: y"}), "error: is no token");
  expect(f, SCRIPT({put, NULL, 200, ""}), "error: is no token");
  expect(f, SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 404, NULL}), "error: the instance has no role");
  expect(f, SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 200, "../../x"}), "error: instance's role is none");
  expect(f, SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 200, ""}), "error: instance's role is none");
  expect(f, SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 0, NULL}, {roles, NULL, 0, NULL}),
         "error: the name of the instance's role is not answered: timed out");
  expect(f, SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 200, "my+role"}, {keys, NULL, 404, NULL}),
         "error: the role's credentials cannot be had (status 404)");
  expect(f,
         SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 200, "my+role"},
                {keys, NULL, 200, "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no trust\"}"}),
         "error: role my+role: AssumeRoleUnauthorizedAccess: no trust");
  expect(f, SCRIPT({put, NULL, 200, "hidden"}, {roles, NULL, 200, "my+role"}, {keys, NULL, 200, "<hidden>"}),
         "error: role my+role: the answer is wrong: it is not a JSON object");
  test_environment_set(f->env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6");
  expect(f, SCRIPT({"PUT http://[fd00:ec2::254]/latest/api/token", NULL, 403, NULL}), "error: status 403");
  test_environment_set(f->env, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9/");
  expect(f, SCRIPT({"PUT http://127.0.0.1:9/latest/api/token", NULL, 403, NULL}), "error: status 403");
  test_environment_set(f->env, "AWS_EC2_METADATA_DISABLED", "TRUE");
  expect(f, NULL, "error: EC2 instance metadata: switched off by AWS_EC2_METADATA_DISABLED");
}

/* Web identity */

static void
test_web_identity(Fixture *f, gconstpointer data)
{
  g_autofree char *path = write_file(f, "token", "hidden.jwt\n");
  test_environment_set(f->env, "AWS_ROLE_ARN", ROLE);
  test_environment_set(f->env, "AWS_EC2_METADATA_DISABLED", "true");
  expect(f, NULL, "error: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN in the environment: not set");
  test_environment_set(f->env, "AWS_WEB_IDENTITY_TOKEN_FILE", path);
  expect(
      f,
      SCRIPT({STS,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F"
              "reader&RoleSessionName=logferry&WebIdentityToken=hidden.jwt",
              200, WEB}),
      "ASIAWEB hidden2 hidden-token2");
  g_assert_null(strstr(f->last, "Authorization")); /* unsigned */
  test_environment_set(f->env, "AWS_ROLE_SESSION_NAME", "pod");
  test_folder_write(f->home, "token", "hidden.new"); /* read anew */
  expect(f, SCRIPT({STS, "&RoleSessionName=pod&WebIdentityToken=hidden.new", 200, WEB}),
         "ASIAWEB hidden2 hidden-token2");
  expect(
      f, SCRIPT({STS, NULL, 400, STS_ERROR("ExpiredTokenException", "Token expired")}),
      "error: AssumeRoleWithWebIdentity at https://sts.eu-west-1.amazonaws.com: ExpiredTokenException: Token expired");
  expect(f, SCRIPT({STS, NULL, 403, STS_ERROR("AccessDenied", "Not authorized")}),
         "error: allows sts:AssumeRoleWithWebIdentity on " ROLE);
  expect(f, SCRIPT({STS, NULL, 0, NULL}, {STS, NULL, 503, NULL}, {STS, NULL, 0, NULL}),
         "error: is not answered: timed out");
  test_folder_write(f->home, "token", "");
  expect(f, NULL, "error: AWS_WEB_IDENTITY_TOKEN_FILE: the token file ");
  test_environment_set(f->env, "AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent");
  expect(f, NULL, "error: the token file cannot be read: ");
  test_environment_set(f->env, "AWS_ROLE_ARN", "");
  expect(f, NULL, "error: AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN");
}

/* The configuration's role */

static void
test_role(Fixture *f, gconstpointer data)
{
  f->options.access_key_id = "AKID";
  f->options.secret_access_key = "hidden";
  f->options.role_arn = ROLE;
  expect(f, SCRIPT({STS, "Action=AssumeRole&", 200, ASSUMED}), ROLE_FOUND);
  g_assert_nonnull(strstr(f->last, "RoleSessionName=logferry&DurationSeconds=900"));
  g_assert_nonnull(strstr(f->last, "Credential=AKID/20261124/eu-west-1/sts/aws4_request"));
  g_assert_null(strstr(f->last, "ExternalId"));
  f->options.external_id = "a b&c";
  f->options.role_duration_ms = 3600 * 1000;
  expect(f, SCRIPT({STS, "&DurationSeconds=3600&ExternalId=a%20b%26c", 200, ASSUMED}), ROLE_FOUND);
  expect(f, SCRIPT({STS, NULL, 403, STS_ERROR("AccessDenied", "User x is not authorized")}),
         "error: filebeat.yml:7:3: role_arn " ROLE " assumed with access_key_id in the configuration: AssumeRole at "
         "https://sts.eu-west-1.amazonaws.com: AccessDenied: User x is not authorized; it takes a policy of the caller "
         "that allows sts:AssumeRole on " ROLE);
  f->options.endpoint = "example.org";
  expect(f, SCRIPT({"POST https://sts.eu-west-1.example.org/", NULL, 200, ASSUMED}), ROLE_FOUND);
  f->options.endpoint = "http://127.0.0.1:1"; /* a URL is CloudWatch Logs' alone */
  expect(f, SCRIPT({STS, NULL, 200, ASSUMED}), ROLE_FOUND);
  test_environment_set(f->env, "AWS_ENDPOINT_URL_STS", "http://127.0.0.1:2/");
  expect(f, SCRIPT({"POST http://127.0.0.1:2/", NULL, 200, ASSUMED}), ROLE_FOUND);
}

static void
test_role_answers(Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
      "",
      "hidden",
      "{\"hidden\":1}",
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>hidden",
      "<a><b><Credentials/></b></a>",
      "<a><b><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey></Credentials></b></a>",
      ("<a><b><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>hidden"
       "</SessionToken><Expiration>hidden</Expiration></Credentials></b></a>"),
      "<a>&hidden;</a>",
  };
  f->options.access_key_id = "AKID";
  f->options.secret_access_key = "hidden";
  f->options.role_arn = ROLE;
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    expect(f, SCRIPT({STS, NULL, 200, bad[i]}), "error: the answer is not what STS answers: ");
  expect(f, SCRIPT({STS, NULL, 400, "<hidden"}), "error: the server answered with status 400");
}

static void
test_role_skew(Fixture *f, gconstpointer data)
{
  f->options.access_key_id = "AKID";
  f->options.secret_access_key = "hidden";
  f->options.role_arn = ROLE;
  f->server_ms = NOW_MS + 86400 * 1000;
  const char *expired = STS_ERROR("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2");
  expect(f, SCRIPT({STS, "Credential=AKID/20261124/", 403, expired}, {STS, "Credential=AKID/20261125/", 200, ASSUMED}),
         ROLE_FOUND);
  expect(f, SCRIPT({STS, NULL, 403, expired}, {STS, NULL, 403, expired}), "error: Signature expired");
  f->server_ms = 0;
  expect(f, SCRIPT({STS, NULL, 403, expired}), "error: Signature expired");
}

/* Profiles */

static const char CONFIG[] =
    "[profile role]\nrole_arn = " ROLE "\nsource_profile = keys\nexternal_id = e1\nduration_seconds = 1800\n"
    "role_session_name = me\nregion = eu-west-1\n"
    "[profile chained]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = role\nregion = eu-west-1\n"
    "[profile self]\nrole_arn = " ROLE
    "\nsource_profile = self\naws_access_key_id = SELF\naws_secret_access_key = hidden\n"
    "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = x\nsource_profile = c\n"
    "[profile c]\nrole_arn = x\nsource_profile = a\n"
    "[profile bare]\nrole_arn = x\n"
    "[profile both]\nrole_arn = x\nsource_profile = keys\ncredential_source = Environment\n"
    "[profile lost]\nrole_arn = x\nsource_profile = nowhere\n"
    "[profile empty]\nregion = r\n[profile on-empty]\nrole_arn = x\nsource_profile = empty\n"
    "[profile mfa]\nrole_arn = x\nsource_profile = keys\nmfa_serial = m\n"
    "[profile short]\nrole_arn = x\nsource_profile = keys\nduration_seconds = 899\n"
    "[profile of-env]\nrole_arn = " ROLE "\ncredential_source = Environment\n"
    "[profile of-ecs]\nrole_arn = " ROLE "\ncredential_source = EcsContainer\n"
    "[profile of-ec2]\nrole_arn = " ROLE "\ncredential_source = Ec2InstanceMetadata\n"
    "[profile of-what]\nrole_arn = x\ncredential_source = Laptop\n"
    "[profile urls]\nrole_arn = " ROLE "\nsource_profile = keys\nendpoint_url = http://127.0.0.1:3/\n"
    "[profile services]\nrole_arn = " ROLE
    "\nsource_profile = keys\nendpoint_url = http://127.0.0.1:3/\nservices = dev\n"
    "[services dev]\nsts =\n  endpoint_url = http://127.0.0.1:4\n"
    "[profile console]\nlogin_session = x\n";

static void
expect_profile(Fixture *f, const char *name, const Exchange *script, const char *want)
{
  f->options.credential_profile_name = name;
  expect(f, script, want);
}

static void
test_profile_role(Fixture *f, gconstpointer data)
{
  test_folder_write(f->home, ".aws/credentials", "[keys]\naws_access_key_id = KEYS\naws_secret_access_key = hidden\n");
  test_folder_write(f->home, ".aws/config", CONFIG);
  expect_profile(f, "role", SCRIPT({STS, "RoleSessionName=me&DurationSeconds=1800&ExternalId=e1", 200, ASSUMED}),
                 ROLE_FOUND);
  g_assert_nonnull(strstr(f->last, "Credential=KEYS/"));
  expect_profile(f, "chained",
                 SCRIPT({STS, "Credential=KEYS/", 200, ROLE_KEYS("AssumeRole", "ASIAONE")},
                        {STS, "Credential=ASIAONE/", 200, ASSUMED}),
                 ROLE_FOUND);
  g_assert_nonnull(strstr(f->last, "X-Amz-Security-Token: hidden-token2"));
  f->options.role_arn = "arn:aws:iam::1:role/three"; /* and one more */
  expect_profile(f, "role",
                 SCRIPT({STS, "Credential=KEYS/", 200, ROLE_KEYS("AssumeRole", "ASIAONE")},
                        {STS, "Credential=ASIAONE/", 200, ASSUMED}),
                 ROLE_FOUND);
  f->options.role_arn = NULL;
  expect_profile(f, "self", SCRIPT({STS, "Credential=SELF/", 200, ASSUMED}), ROLE_FOUND);
  expect_profile(f, "urls", SCRIPT({"POST http://127.0.0.1:3/", NULL, 200, ASSUMED}), ROLE_FOUND);
  expect_profile(f, "services", SCRIPT({"POST http://127.0.0.1:4/", NULL, 200, ASSUMED}), ROLE_FOUND);
  test_environment_set(f->env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  expect_profile(f, "urls", SCRIPT({STS, NULL, 200, ASSUMED}), ROLE_FOUND);
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENV");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "hidden");
  expect_profile(f, "of-env", SCRIPT({STS, "Credential=ENV/", 200, ASSUMED}), ROLE_FOUND);
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  expect_profile(f, "of-ecs",
                 SCRIPT({"GET http://169.254.170.2/x", NULL, 200, AGENT_KEYS}, {STS, "=ASIAAGENT/", 200, ASSUMED}),
                 ROLE_FOUND);
  expect_profile(f, "of-ec2",
                 SCRIPT({"PUT " IMDS "api/token", NULL, 200, "hidden"}, {"GET " IMDS_ROLES, NULL, 200, "r"},
                        {"GET " IMDS_ROLES "r", NULL, 200, AGENT_KEYS}, {STS, "=ASIAAGENT/", 200, ASSUMED}),
                 ROLE_FOUND);
}

static void
test_profile_bad(Fixture *f, gconstpointer data)
{
  static const struct {
    const char *profile;
    const char *want;
  } rows[] = {
      {"a", "error: /.aws/config: source_profile goes round in a loop: a -> b -> c -> a"},
      {"bare", "error: role_arn of profile bare needs one of source_profile and credential_source"},
      {"both", "error: role_arn of profile both needs only one of source_profile and credential_source"},
      {"lost", "error: source_profile of profile lost: nowhere is not in "},
      {"on-empty", "error: source_profile of profile on-empty: profile empty has no credentials"},
      {"mfa", "error: mfa_serial in profile mfa: nobody is there to type a code"},
      {"short", "error: duration_seconds in profile short takes a whole number from 900 to 43200"},
      {"of-env", "error: credential_source of profile of-env: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "},
      {"of-what", "error: is Environment, Ec2InstanceMetadata or EcsContainer, not Laptop"},
      {"console", "error: login_session in profile console: "},
      {"gone", "error: filebeat.yml:7:3: credential_profile_name: no keys for profile gone in "},
  };
  test_folder_write(f->home, ".aws/credentials", "[keys]\naws_access_key_id = KEYS\naws_secret_access_key = hidden\n");
  test_folder_write(f->home, ".aws/config", CONFIG);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect_profile(f, rows[i].profile, NULL, rows[i].want);
  g_autoptr(GString) deep = g_string_new(NULL);
  for (int i = 0; i < 12; i++)
    g_string_append_printf(deep, "[profile p%d]\nrole_arn = x\nsource_profile = p%d\n", i, i + 1);
  test_folder_write(f->home, ".aws/config", deep->str);
  expect_profile(f, "p0", NULL, "error: goes on too long: p0 -> p1 -> ");
}

static void
test_profile_web_identity(Fixture *f, gconstpointer data)
{
  g_autofree char *token = write_file(f, "token", "hidden.jwt");
  g_autofree char *text =
      g_strdup_printf("[default]\nrole_arn = " ROLE "\nweb_identity_token_file = %s\n[profile p]\nrole_arn = x\n"
                      "web_identity_token_file = /nonexistent\n",
                      token);
  test_folder_write(f->home, ".aws/config", text);
  expect(f, SCRIPT({STS, "&WebIdentityToken=hidden.jwt", 200, WEB}), "ASIAWEB hidden2 hidden-token2");
  expect_profile(f, "p", NULL, "error: web_identity_token_file of profile p: the token file cannot be read");
}

/* SHA-1 of "corp" and of "https://x.awsapps.com/start" name the files, as the AWS CLI has them. */
static void
write_login(Fixture *f, const char *key, const char *text)
{
  g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA1, key, -1);
  g_autofree char *name = g_strdup_printf(".aws/sso/cache/%s.json", hash);
  test_folder_write(f->home, name, text);
}

#define PORTAL                                                                                                         \
  "GET https://portal.sso.us-east-2.amazonaws.com/federation/credentials?role_name=Read&account_id=111122223333"

static void
test_sso(Fixture *f, gconstpointer data)
{
  test_folder_write(f->home, ".aws/config",
                    "[profile s]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Read\n"
                    "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-2\n"
                    "[profile old]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-2\n"
                    "sso_account_id = 111122223333\nsso_role_name = Read\n"
                    "[profile half]\nsso_session = corp\nsso_role_name = Read\n"
                    "[profile lost]\nsso_session = nowhere\nsso_account_id = 1\nsso_role_name = Read\n");
  static const char keys[] = "{\"roleCredentials\":{\"accessKeyId\":\"ASIASSO\",\"secretAccessKey\":\"hidden1\","
                             "\"sessionToken\":\"hidden2\",\"expiration\":1795530543000}}";
  expect_profile(f, "s", NULL, "error: there is no login (no ");
  write_login(f, "corp", "{\"accessToken\":\"hidden-a\",\"expiresAt\":\"" LATER "\"}");
  expect_profile(f, "s", SCRIPT({PORTAL, "x-amz-sso_bearer_token: hidden-a", 200, keys}), "ASIASSO hidden1 hidden2");
  expect_profile(f, "s", SCRIPT({PORTAL, NULL, 401, "{\"message\":\"Session token not found or invalid\"}"}),
                 "error: no longer takes the login; run: aws sso login --profile s");
  expect_profile(f, "s", SCRIPT({PORTAL, NULL, 403, "{\"message\":\"No access\"}"}),
                 "error: role Read in account 111122223333: No access (status 403)");
  expect_profile(f, "s", SCRIPT({PORTAL, NULL, 200, "{\"hidden\":1}"}), "error: it has no roleCredentials");
  write_login(f, "https://x.awsapps.com/start",
              "{\"accessToken\":\"hidden-b\",\"expiresAt\":\"2026-11-24T14:29:03UTC\"}");
  expect_profile(f, "old", SCRIPT({PORTAL, "x-amz-sso_bearer_token: hidden-b", 200, keys}), "ASIASSO hidden1 hidden2");
  write_login(f, "corp", "{\"accessToken\":\"hidden-a\",\"expiresAt\":\"2026-11-24T13:29:02Z\"}");
  expect_profile(f, "s", NULL, "error: has expired at 2026-11-24T13:29:02Z; run: aws sso login --profile s");
  write_login(f, "corp", "hidden");
  expect_profile(f, "s", NULL, "error: has no accessToken or no expiresAt; run: aws sso login");
  expect_profile(f, "half", NULL, "error: sso_session of profile half needs sso_account_id");
  expect_profile(f, "lost", NULL, "error: sso_session of profile lost: ");
}

/* Processes */

static void
expect_process(Fixture *f, const char *command, const char *want)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) found = lf_cred_process_run(&f->options.env, command, 1500, "p", &error);
  g_autofree char *got = found != NULL ? g_strdup_printf("%s %s %s", found->access_key_id, found->secret_access_key,
                                                         found->session_token != NULL ? found->session_token : "-")
                                       : g_strconcat("error: ", error->message, NULL);
  if (strstr(got, want) == NULL || (found == NULL && strstr(got, "hidden") != NULL)) {
    g_test_message("'%s' gives '%s', not '%s'", command, got, want);
    g_test_fail();
  }
}

static void
test_process(Fixture *f, gconstpointer data)
{
  static const struct {
    const char *command;
    const char *want;
  } rows[] = {
      {"echo '{\"Version\": 1, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"hidden\"}'", "P hidden -"},
      {"sh -c 'echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"P\\\",\\\"SecretAccessKey\\\":\\\"S\\\","
       "\\\"SessionToken\\\":\\\"T\\\",\\\"Expiration\\\":\\\"2030-01-01T00:00:00Z\\\"}\"; sleep 60 & echo >&2 x'",
       "P S T"},
      {"echo '{\"Version\": 2, \"AccessKeyId\": \"P\", \"SecretAccessKey\": \"hidden\"}'",
       "error: credential_process: what it "
       "wrote has no \"Version\": 1"},
      {"echo '{\"Version\": 1, \"AccessKeyId\": \"P\"}'",
       "error: credential_process: what it wrote is wrong: it has no "
       "SecretAccessKey"},
      {"echo hidden", "error: credential_process: what it wrote is wrong: it is not a JSON object"},
      {"true", "error: credential_process: what it wrote is wrong: it is not a JSON object"},
      {"sh -c 'echo hidden; echo no ticket >&2; exit 3'",
       "error: credential_process: it ended with status 3; it said: no ticket"},
      {"sh -c 'kill -9 $$'", "error: credential_process: it was ended by signal 9"},
      {"sleep 60", "error: credential_process: it took longer than 1.5 s and was killed"},
      {"sh -c 'trap \"\" TERM; echo hidden; sleep 60; sleep 60'", "it took longer than 1.5 s and was killed"},
      {"yes hidden", "error: credential_process: it wrote more than 65536 bytes and was killed"},
      {"/nonexistent/program x", "error: credential_process: /nonexistent/program cannot be run: No such file"},
      {"'unclosed", "error: credential_process: the command cannot be split into words: "},
      {"", "error: credential_process: the command cannot be split into words: "},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect_process(f, rows[i].command, rows[i].want);
}

static void
test_process_profile(Fixture *f, gconstpointer data)
{
  g_autofree char *script =
      write_file(f, "keys here.sh", "echo '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"hidden\"}'\n");
  g_autofree char *text = g_strdup_printf(
      "[profile p]\ncredential_process = sh \"%s\"\n[profile bad]\ncredential_process = false\n", script);
  test_folder_write(f->home, ".aws/config", text);
  expect_profile(f, "p", NULL, "P hidden -");
  expect_profile(f, "bad", NULL, "error: /.aws/config:4:1: profile bad: credential_process: it ended with status 1");
}

/* The order: the first row whose condition holds. Each is set in turn, from the last to the first. */

static void
test_order(Fixture *f, gconstpointer data)
{
  g_autofree char *token = write_file(f, "token", "jwt");
  expect(f,
         SCRIPT({"PUT " IMDS "api/token", NULL, 200, "t"}, {"GET " IMDS_ROLES, NULL, 200, "r"},
                {"GET " IMDS_ROLES "r", NULL, 200, AGENT_KEYS}),
         AGENT_FOUND);
  test_environment_set(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  expect(f, SCRIPT({"GET http://169.254.170.2/x", NULL, 200, AGENT_KEYS}), AGENT_FOUND);
  test_folder_write(f->home, ".aws/credentials",
                    "[default]\naws_access_key_id = D\naws_secret_access_key = E\n"
                    "[named]\naws_access_key_id = N\naws_secret_access_key = O\n");
  expect(f, NULL, "D E -");
  test_environment_set(f->env, "AWS_WEB_IDENTITY_TOKEN_FILE", token);
  test_environment_set(f->env, "AWS_ROLE_ARN", ROLE);
  expect(f, SCRIPT({STS, "WebIdentityToken=jwt", 200, WEB}), "ASIAWEB hidden2 hidden-token2");
  test_environment_set(f->env, "AWS_ACCESS_KEY_ID", "ENV");
  test_environment_set(f->env, "AWS_SECRET_ACCESS_KEY", "S");
  expect(f, NULL, "ENV S -");
  f->options.credential_profile_name = "named";
  expect(f, NULL, "N O -");
  f->options.access_key_id = "ID";
  f->options.secret_access_key = "KEY";
  expect(f, NULL, "ID KEY -");
  f->options.role_arn = ROLE;
  expect(f, SCRIPT({STS, "Credential=ID/", 200, ASSUMED}), ROLE_FOUND);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, function) g_test_add("/cred-providers/" name, Fixture, NULL, set_up, function, tear_down)
  ADD("container", test_container);
  ADD("container-hosts", test_container_hosts);
  ADD("container-bad", test_container_bad);
  ADD("imds", test_imds);
  ADD("web-identity", test_web_identity);
  ADD("role", test_role);
  ADD("role-answers", test_role_answers);
  ADD("role-skew", test_role_skew);
  ADD("profile-role", test_profile_role);
  ADD("profile-bad", test_profile_bad);
  ADD("profile-web-identity", test_profile_web_identity);
  ADD("sso", test_sso);
  ADD("process", test_process);
  ADD("process-profile", test_process_profile);
  ADD("order", test_order);
  return g_test_run();
}
