/* Where AWS's services answer: partitions, FIPS, dual stack, and what users say instead. */
#include "aws/endpoint.h"
#include "support/environment.h"
#include "support/folder.h"

typedef struct {
  char *dir;
  GHashTable *env;
  LfCredOptions options;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->dir = test_folder_new();
  f->env = test_environment_new();
  test_environment_set(f->env, "HOME", f->dir);
  test_environment_set(f->env, "AWS_EC2_METADATA_DISABLED", "true");
  f->options = (LfCredOptions){.env = {.getenv = test_environment_get, .data = f->env}};
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  test_folder_remove(f->dir);
  g_free(f->dir);
  g_hash_table_unref(f->env);
}

static void
expect(Fixture *f, const char *service, const char *region, const char *want)
{
  g_auto(LfAwsEndpoint) found = {0};
  g_autoptr(GError) error = NULL;
  g_assert_true(lf_aws_endpoint_find(service, region, &f->options, &found, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(found.url, ==, want);
}

static void
expect_failure(Fixture *f, const char *service, const char *region, const char *want)
{
  g_auto(LfAwsEndpoint) found = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(lf_aws_endpoint_find(service, region, &f->options, &found, &error));
  g_assert_nonnull(strstr(error->message, want));
}

/* What botocore's endpoint rules answer; NULL: an error. */
static const struct {
  const char *service;
  const char *region;
  const char *plain;
  const char *fips;
  const char *dual;
  const char *both;
} rows[] = {
    {"logs", "us-east-1", "https://logs.us-east-1.amazonaws.com", "https://logs-fips.us-east-1.amazonaws.com",
     "https://logs.us-east-1.api.aws", "https://logs-fips.us-east-1.api.aws"},
    {"logs", "ca-west-1", "https://logs.ca-west-1.amazonaws.com", "https://logs-fips.ca-west-1.amazonaws.com",
     "https://logs.ca-west-1.api.aws", "https://logs-fips.ca-west-1.api.aws"},
    {"logs", "eu-central-1", "https://logs.eu-central-1.amazonaws.com", NULL, "https://logs.eu-central-1.api.aws",
     NULL},
    {"logs", "us-gov-west-1", "https://logs.us-gov-west-1.amazonaws.com", "https://logs.us-gov-west-1.amazonaws.com",
     "https://logs.us-gov-west-1.api.aws", "https://logs-fips.us-gov-west-1.api.aws"},
    {"logs", "cn-north-1", "https://logs.cn-north-1.amazonaws.com.cn", NULL,
     "https://logs.cn-north-1.api.amazonwebservices.com.cn", NULL},
    {"logs", "us-iso-east-1", "https://logs.us-iso-east-1.c2s.ic.gov", NULL,
     "https://logs.us-iso-east-1.api.aws.ic.gov", NULL},
    {"logs", "us-isob-east-1", "https://logs.us-isob-east-1.sc2s.sgov.gov", NULL,
     "https://logs.us-isob-east-1.api.aws.scloud", NULL},
    {"sts", "us-west-2", "https://sts.us-west-2.amazonaws.com", "https://sts-fips.us-west-2.amazonaws.com",
     "https://sts.us-west-2.api.aws", "https://sts-fips.us-west-2.api.aws"},
    {"sts", "us-gov-east-1", "https://sts.us-gov-east-1.amazonaws.com", "https://sts.us-gov-east-1.amazonaws.com",
     "https://sts.us-gov-east-1.api.aws", "https://sts-fips.us-gov-east-1.api.aws"},
    {"sts", "eu-west-1", "https://sts.eu-west-1.amazonaws.com", NULL, "https://sts.eu-west-1.api.aws", NULL},
};

static void
expect_or_failure(Fixture *f, const char *service, const char *region, const char *want)
{
  if (want != NULL)
    expect(f, service, region, want);
  else
    expect_failure(f, service, region, "has no FIPS endpoint in");
}

static void
test_partitions(Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(f, rows[i].service, rows[i].region, rows[i].plain);
  test_environment_set(f->env, "AWS_USE_DUALSTACK_ENDPOINT", "TRUE");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(f, rows[i].service, rows[i].region, rows[i].dual);
  f->options.fips_enabled = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect_or_failure(f, rows[i].service, rows[i].region, rows[i].both);
  test_environment_set(f->env, "AWS_USE_DUALSTACK_ENDPOINT", "false");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect_or_failure(f, rows[i].service, rows[i].region, rows[i].fips);
}

static void
test_said(Fixture *f, gconstpointer data)
{
  test_folder_write(f->dir, ".aws/config",
                    "[default]\nendpoint_url = http://profile:1/\nservices = own\n"
                    "[services own]\ncloudwatch_logs =\n  endpoint_url = http://service:2\n");
  expect(f, "logs", "us-east-1", "http://service:2");
  expect(f, "sts", "us-east-1", "http://profile:1");
  test_environment_set(f->env, "AWS_ENDPOINT_URL", "https://any.example//");
  expect(f, "sts", "us-east-1", "https://any.example");
  test_environment_set(f->env, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "https://vpce-1.logs.us-east-1.vpce.amazonaws.com");
  expect(f, "logs", "us-east-1", "https://vpce-1.logs.us-east-1.vpce.amazonaws.com");
  test_environment_set(f->env, "AWS_ENDPOINT_URL_STS", "ftp://x");
  expect_failure(f, "sts", "us-east-1", "AWS_ENDPOINT_URL_STS is \"ftp://x\"");
  f->options.endpoint = "example.org"; /* as Filebeat has it, for both services */
  expect(f, "logs", "eu-west-1", "https://logs.eu-west-1.example.org");
  expect(f, "sts", "eu-west-1", "https://sts.eu-west-1.example.org");
  g_assert_cmpstr(lf_aws_endpoint_overruled(&f->options), ==, "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS");
  f->options.endpoint = "http://127.0.0.1:4566/"; /* a URL is CloudWatch Logs' alone */
  expect(f, "logs", "eu-west-1", "http://127.0.0.1:4566");
  test_environment_set(f->env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  expect(f, "sts", "eu-west-1", "https://sts.eu-west-1.amazonaws.com");
  g_assert_null(lf_aws_endpoint_overruled(&f->options));
  f->options.fips_enabled = TRUE;
  expect(f, "logs", "eu-west-1", "http://127.0.0.1:4566");
  g_assert_cmpstr(lf_aws_endpoint_overruled(&f->options), ==, "fips_enabled");
}

/* A group keeps its place in the state when its endpoint becomes AWS's FIPS one, and not when it is another server. */
static void
test_plain(Fixture *f, gconstpointer data)
{
  g_auto(LfAwsEndpoint) found = {0}, other = {0};
  test_folder_write(f->dir, ".aws/config", "[default]\nuse_fips_endpoint = true\n");
  g_assert_true(lf_aws_endpoint_find("logs", "us-east-2", &f->options, &found, NULL));
  g_assert_cmpstr(found.url, ==, "https://logs-fips.us-east-2.amazonaws.com");
  g_assert_cmpstr(found.plain_url, ==, "https://logs.us-east-2.amazonaws.com");
  test_environment_set(f->env, "AWS_ENDPOINT_URL", "http://127.0.0.1:9");
  g_assert_true(lf_aws_endpoint_find("logs", "us-east-2", &f->options, &other, NULL));
  g_assert_cmpstr(other.plain_url, ==, "http://127.0.0.1:9");
}

static gboolean
answer_instance(const LfHttpRequest *request, const atomic_bool *cancel, LfFetchAnswer *answer, void *data,
                GError **error)
{
  answer->status = 200;
  lf_buf_append_str(&answer->body, strcmp(request->method, "PUT") == 0 ? "token" : (const char *)data);
  return TRUE;
}

static void
expect_region(Fixture *f, gboolean ask, const char *fallback, const char *want)
{
  g_autofree char *region = lf_aws_region(&f->options, ask, fallback);
  g_assert_cmpstr(region, ==, want);
}

static void
test_region(Fixture *f, gconstpointer data)
{
  expect_region(f, TRUE, NULL, NULL);
  expect_region(f, TRUE, "sa-east-1", "sa-east-1");
  g_hash_table_remove(f->env, "AWS_EC2_METADATA_DISABLED");
  f->options.env.fetch = answer_instance;
  f->options.env.fetch_data = (char *)"eu-north-1";
  expect_region(f, FALSE, "sa-east-1", "sa-east-1");
  expect_region(f, TRUE, "sa-east-1", "eu-north-1");
  f->options.env.fetch_data = (char *)"<html>no region</html>";
  expect_region(f, TRUE, "sa-east-1", "sa-east-1");
  test_folder_write(f->dir, ".aws/config", "[default]\nregion = ap-south-1\n");
  expect_region(f, TRUE, NULL, "ap-south-1");
  test_environment_set(f->env, "AWS_DEFAULT_REGION", "us-west-1");
  expect_region(f, TRUE, NULL, "us-west-1");
  test_environment_set(f->env, "AWS_REGION", "us-west-2");
  expect_region(f, TRUE, NULL, "us-west-2");
}

static void
test_arn_parts(Fixture *f, gconstpointer data)
{
  g_assert_cmpstr(lf_aws_partition("eu-central-1"), ==, "aws");
  g_assert_cmpstr(lf_aws_partition("us-gov-west-1"), ==, "aws-us-gov");
  g_assert_cmpstr(lf_aws_partition("us-isob-east-1"), ==, "aws-iso-b");
  g_assert_cmpstr(lf_aws_domain("eusc-de-east-1"), ==, "amazonaws.eu");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
#define ADD(name, fn) g_test_add("/endpoint/" name, Fixture, NULL, set_up, fn, tear_down)
  ADD("partitions", test_partitions);
  ADD("said", test_said);
  ADD("plain", test_plain);
  ADD("region", test_region);
  ADD("arn", test_arn_parts);
  return g_test_run();
}
