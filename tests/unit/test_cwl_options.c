/* The aws-cloudwatch input's options and the checks between them. */
#include "input/cwl_options.h"
#include "support/tree.h"

typedef struct {
  LfArena *arena;
  LfNotes notes;
  LfCwlSettings s;
  GError *error;
} Fixture;

static void
fixture_clear(Fixture *f)
{
  lf_arena_free(f->arena);
  lf_notes_clear(&f->notes);
  g_clear_error(&f->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static gboolean
read_input(Fixture *f, const char *yaml)
{
  fixture_clear(f);
  *f = (Fixture){.arena = lf_arena_new()};
  LfNode *map = test_read_tree(f->arena, yaml, &f->error);
  return map != NULL && lf_cwl_options_read(map, f->arena, &f->notes, &f->s, &f->error);
}

static void
assert_read(Fixture *f, const char *yaml)
{
  if (!read_input(f, yaml))
    g_test_message("%s: %s", yaml, f->error->message);
  g_assert_no_error(f->error);
}

static void
assert_fails(const char *yaml, const char *want)
{
  g_auto(Fixture) f = {0};
  g_assert_false(read_input(&f, yaml));
  if (f.error != NULL)
    g_assert_cmpstr(f.error->message, ==, want);
}

#define NAMED "type: aws-cloudwatch\nlog_group_name: /ecs/a\nregion_name: us-east-1\n"
#define ARN "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web"

static void
test_role(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, NAMED);
  g_assert_null(f.s.role_arn);
  g_assert_cmpint(f.s.role_duration_ms, ==, 15 * 60 * 1000);
  g_assert_cmpint(f.s.role_expiry_window_ms, ==, 0);
  assert_read(&f, NAMED "role_arn: arn:aws-cn:iam::123456789012:role/path/reader\nexternal_id: e\n"
                        "assume_role: {duration: 12h, expiry_window: 5m}\n");
  g_assert_cmpstr(f.s.role_arn, ==, "arn:aws-cn:iam::123456789012:role/path/reader");
  g_assert_cmpstr(f.s.external_id, ==, "e");
  g_assert_cmpint(f.s.role_duration_ms, ==, 12 * 3600 * 1000);
  g_assert_cmpint(f.s.role_expiry_window_ms, ==, 5 * 60 * 1000);
  assert_fails(NAMED "role_arn: reader\n",
               "f.yml:4:11: role_arn is arn:<partition>:iam::<account>:role/<name>, not \"reader\"");
  assert_fails(NAMED "role_arn: arn:aws:iam::123456789012:user/x\n",
               "f.yml:4:11: role_arn is arn:<partition>:iam::<account>:role/<name>, not "
               "\"arn:aws:iam::123456789012:user/x\"");
  assert_fails(NAMED "assume_role.duration: 1h\nassume_role.expiry_window: 1h\n",
               "f.yml:5:28: assume_role.expiry_window has to be shorter than assume_role.duration");
  g_auto(Fixture) short_one = {0};
  g_assert_false(read_input(&short_one, NAMED "assume_role.duration: 14m\n"));
  g_assert_nonnull(strstr(short_one.error->message, "assume_role.duration"));
}

static void
test_defaults(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, NAMED);
  g_assert_cmpstr(f.s.log_group_name, ==, "/ecs/a");
  g_assert_cmpint(f.s.start_position, ==, LF_CWL_BEGINNING);
  g_assert_cmpint(f.s.scan_frequency_ms, ==, 60000);
  g_assert_cmpint(f.s.api_sleep_ms, ==, LF_OPTION_UNSET);
  g_assert_cmpint(f.s.api_timeout_ms, ==, 120000);
  g_assert_cmpint(f.s.latency_ms, ==, 0);
  g_assert_cmpint(f.s.number_of_workers, ==, LF_OPTION_UNSET);
  g_assert_null(f.s.log_stream_prefix);
  g_assert_cmpuint(f.s.n_arns, ==, 0);
  g_assert_true(f.s.common.enabled);
  g_assert_cmpuint(f.notes.n, ==, 0);
}

static void
test_all(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f,
              "type: aws-cloudwatch\nid: mine\nlog_group_name_prefix: /ecs/\nregion_name: us-gov-west-1\n"
              "log_streams: [a/b/c, ü, '', a/b/c]\nstart_position: lastSync\nscan_frequency: 5m\napi_sleep: 0s\n"
              "api_timeout: 0s\nlatency: 1m\nnumber_of_workers: 4\nshared_credential_file: /c\n"
              "credential_profile_name: p\naccess_key_id: AK\nsecret_access_key: S\nsession_token: T\n"
              "endpoint: http://localhost:4566\nproxy_url: http://u:p@proxy:3128\nfips_enabled: false\n"
              "ssl.verification_mode: full\ndefault_region: eu-west-1\ninclude_linked_accounts_for_prefix_mode: false\n"
              "role_arn: ''\nexternal_id: ''\nassume_role.duration: ''\ntags: t\nfields: {a: {b: 1}}\n"
              "fields_under_root: true\nkeep_null: true\nindex: i\npipeline: p\npublisher_pipeline.disable_host: true\n"
              "_module_name: awsfargate\n_fileset_name: log\nenabled: true\n");
  g_assert_cmpuint(f.s.log_streams.n, ==, 2);
  g_assert_cmpstr(f.s.log_streams.items[1], ==, "ü");
  g_assert_cmpint(f.s.api_sleep_ms, ==, 0);
  g_assert_cmpint(f.s.api_timeout_ms, ==, 0);
  g_assert_cmpstr(f.s.secret_access_key, ==, "S");
  g_assert_cmpstr(f.s.common.tags.items[0], ==, "t");
  g_assert_true(f.s.common.disable_host && f.s.common.keep_null && f.s.common.fields_under_root);
  g_assert_cmpstr(f.s.common.service_type, ==, "awsfargate");
  g_assert_cmpstr(f.s.common.fileset_name, ==, "log");
}

/* Empty texts are not set, whatever the type, as templates write them. */
static void
test_empty(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, NAMED "log_group_arn: ''\nlog_group_name_prefix: ''\nlatency: ''\nscan_frequency: ''\nproxy_url: ''\n"
                        "fips_enabled: ''\nssl: ''\nlog_stream_prefix: ''\nlog_streams: []\nsession_token: ''\n"
                        "number_of_workers: ~\n");
  g_assert_null(f.s.proxy_url);
  g_assert_cmpint(f.s.scan_frequency_ms, ==, 60000);
  g_assert_cmpint(f.s.number_of_workers, ==, LF_OPTION_UNSET);
}

static void
test_arn(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, "type: awscloudwatch\nlog_group_arn: " ARN ":*\nlog_group_name: x\nregion_name: us-east-1\n");
  g_assert_cmpuint(f.s.n_arns, ==, 1);
  g_assert_cmpstr(f.s.arns[0].arn, ==, ARN);
  g_assert_cmpstr(f.s.arns[0].region, ==, "eu-west-1");
  g_assert_cmpstr(f.s.arns[0].account, ==, "123456789012");
  g_assert_cmpstr(f.s.arns[0].name, ==, "/ecs/web");
  g_assert_null(f.s.log_group_name);
  g_assert_null(f.s.region_name);
  g_assert_cmpuint(f.notes.n, ==, 2);
  g_assert_cmpstr(f.notes.items[0].text, ==, "f.yml:1:7: the input's type awscloudwatch is taken for aws-cloudwatch");
  g_assert_cmpstr(f.notes.items[1].text, ==, "f.yml:3:17: log_group_arn wins over log_group_name and region_name");
  assert_read(&f, "type: aws-cloudwatch\nlog_group_arn: [" ARN
                  ", 'arn:aws-cn:logs:cn-north-1:123456789012:log-group:b']\n");
  g_assert_cmpuint(f.s.n_arns, ==, 2);
  g_assert_cmpstr(f.s.arns[1].partition, ==, "aws-cn");
  assert_fails("type: aws-cloudwatch\nlog_group_arn:\n- " ARN "\n- " ARN ":*\n",
               "f.yml:4:3: log_group_arn has " ARN " twice; the first is at f.yml:3:3");
}

static void
test_bad_arns(void)
{
  static const struct {
    const char *arn;
    const char *want;
  } cases[] = {
      {"arn:aws:s3:::bucket", "it is one of the service \"s3\", not of logs"},
      {"/ecs/web", "it does not begin with arn:"},
      {"arn:aws:logs:us-east-1:123456789012", "parts are missing"},
      {"arn:aws:logs:us-east-1:123456789012:log-group:a:log-stream:b", "there are too many parts"},
      {"arn:aws:logs:us-east-1:12345:log-group:a", "its account is not 12 digits"},
      {"arn:aws:logs:us_east:123456789012:log-group:a", "its region is no region's name"},
      {"arn:aws:logs::123456789012:log-group:a", "its region is no region's name"},
      {"arn:moon:logs:us-east-1:123456789012:log-group:a",
       "its partition is none of AWS's (aws, aws-cn, aws-us-gov, …)"},
      {"arn:aws:logs:us-east-1:123456789012:destination:a", "it is not one of a log-group"},
      {"arn:aws:logs:us-east-1:123456789012:log-group:a b",
       "its log group's name is not 1 to 512 of a-z A-Z 0-9 _ - / . #"},
      {"arn:aws:logs:us-east-1:123456789012:log-group:",
       "its log group's name is not 1 to 512 of a-z A-Z 0-9 _ - / . #"},
      {"arn:aws:logs:us-east-1:123456789012:log-group::*",
       "its log group's name is not 1 to 512 of a-z A-Z 0-9 _ - / . #"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *yaml = g_strdup_printf("type: aws-cloudwatch\nlog_group_arn: '%s'\n", cases[i].arn);
    g_autofree char *want = g_strdup_printf("f.yml:2:16: log_group_arn is \"%s\": %s. It is "
                                            "arn:<partition>:logs:<region>:<account>:log-group:<name>",
                                            cases[i].arn, cases[i].want);
    assert_fails(yaml, want);
  }
}

static void
test_exclusions(void)
{
  assert_fails(
      NAMED "log_group_name_prefix: /ecs\n",
      "f.yml:4:24: log_group_name_prefix cannot be together with log_group_name (f.yml:2:17): give one group's "
      "name, or what many names start with");
  assert_fails(
      NAMED "log_stream_prefix: a\nlog_streams: [b]\n",
      "f.yml:5:14: log_streams cannot be together with log_stream_prefix (f.yml:4:20): the API takes names or a "
      "prefix");
  assert_fails("type: aws-cloudwatch\nlog_group_name: a\n",
               "f.yml:2:17: log_group_name needs region_name: add region_name: us-east-1, say");
  assert_fails("type: aws-cloudwatch\nlog_group_name_prefix: a\nregion_name: ''\n",
               "f.yml:2:24: log_group_name_prefix needs region_name: add region_name: us-east-1, say");
  assert_fails("type: aws-cloudwatch\n",
               "f.yml:1:1: no log group is given: set log_group_arn, log_group_name or log_group_name_prefix");
  assert_fails(NAMED "access_key_id: a\n", "f.yml:4:16: access_key_id needs secret_access_key beside it");
  assert_fails(NAMED "secret_access_key: geheim\n", "f.yml:4:20: secret_access_key needs access_key_id beside it");
  assert_fails(NAMED "session_token: geheim\n",
               "f.yml:4:16: session_token needs access_key_id and secret_access_key beside it");
}

static void
test_wrong(void)
{
  assert_fails(NAMED "start_position: begin\n",
               "f.yml:4:17: start_position takes beginning, end or lastSync, not \"begin\"");
  assert_fails(NAMED "scan_frequency: 0s\n", "f.yml:4:17: scan_frequency takes at least 1ms, not \"0s\"");
  assert_fails(NAMED "scan_frequency: -1m\n", "f.yml:4:17: scan_frequency takes at least 1ms, not \"-1m\"");
  assert_fails(NAMED "api_timeout: 2 minutes\n",
               "f.yml:4:14: api_timeout takes a duration such as 30s, 1h30m or 200ms, not \"2 minutes\"");
  assert_fails(NAMED "number_of_workers: 0\n", "f.yml:4:20: number_of_workers takes at least 1, not the number 0");
  assert_fails("type: aws-cloudwatch\nlog_group_name: 'arn:aws:x'\nregion_name: a\n",
               "f.yml:2:17: log_group_name takes 1 to 512 of a-z A-Z 0-9 _ - / . #, not \"arn:aws:x\"; did you mean "
               "log_group_arn?");
  assert_fails("type: aws-cloudwatch\nlog_group_name: a\nregion_name: US East\n",
               "f.yml:3:14: region_name takes a region such as us-east-1, not \"US East\"");
  assert_fails(NAMED "log_streams: ['a:b']\n",
               "f.yml:4:15: a name in log_streams has at most 512 characters and no : or *, not \"a:b\"");
  assert_fails(NAMED "log_stream_prefix: 'a*'\n",
               "f.yml:4:20: log_stream_prefix has at most 512 characters and no : or *, not \"a*\"");
  assert_fails(NAMED "endpoint: 'a b'\n", "f.yml:4:11: endpoint has white space or a control character in it");
  assert_fails(
      NAMED "proxy_url: 'ftp://u:hidden@p'\n",
      "f.yml:4:12: proxy_url is wrong: it takes http://, https:// or socks5:// in front of the proxy's host. It is "
      "http://proxy:3128, or http://user:password@proxy:3128");
  assert_fails(NAMED "ssl: {key: /k}\n", "f.yml:4:12: ssl.key needs ssl.certificate beside it");
  assert_fails(NAMED "default_region: '?'\n", "f.yml:4:17: default_region takes a region such as us-east-1, not \"?\"");
  assert_fails("type: log\nlog_group_name: a\n", "f.yml:1:7: type is log, not aws-cloudwatch");
  assert_fails("log_group_name: a\n", "f.yml:1:1: type is missing: which input reads the events");
  g_auto(Fixture) f = {0};
  g_assert_false(read_input(&f, NAMED "log_group_arm: x\n"));
  g_assert_true(g_str_has_prefix(f.error->message,
                                 "f.yml:4:1: log_group_arm is no option of the aws-cloudwatch input; did "
                                 "you mean log_group_arn? There are: type, enabled"));
}

static void
visit_refused(const LfOption *option, const char *name, void *data)
{
  guint *n = data;
  if (option->type != LF_OPTION_REFUSED)
    return;
  g_auto(Fixture) f = {0};
  g_autofree char *yaml = g_strdup_printf(NAMED "%s: x1\n", name),
                  *want = g_strdup_printf(" %s is not there in logferry yet: %s", name, option->doc);
  g_assert_false(read_input(&f, yaml));
  g_assert_error(f.error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_REFUSED);
  g_assert_nonnull(strstr(f.error->message, want));
  ++*n;
  if (option->fallback == NULL)
    return;
  g_autofree char *harmless = g_strdup_printf(NAMED "%s: %s\n", name, option->fallback);
  assert_read(&f, harmless);
}

static void
test_times(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, NAMED "start_time: 2026-11-24T08:00:00.250Z\nend_time: '2026-11-24T10:00:00+01:00'\n");
  g_assert_cmpint(f.s.start_time_ms, ==, G_GINT64_CONSTANT(1795507200250));
  g_assert_cmpint(f.s.end_time_ms, ==, G_GINT64_CONSTANT(1795510800000));
  g_auto(Fixture) ago = {0};
  gint64 now = g_get_real_time() / 1000;
  assert_read(&ago, NAMED "start_time: -2h\nlookback: 0\nfilter_pattern: ERROR\n");
  g_assert_cmpint(ABS(ago.s.start_time_ms - (now - 7200000)), <, 5000);
  g_assert_cmpint(ago.s.end_time_ms, ==, LF_OPTION_UNSET);
  g_assert_cmpint(ago.s.lookback_ms, ==, 0);
  g_assert_cmpstr(ago.s.filter_pattern, ==, "ERROR");
  assert_fails(
      NAMED "start_time: yesterday\n",
      "f.yml:4:13: start_time is \"yesterday\": write a time as 2026-11-24T08:00:00Z (with its zone), or how long ago as -2h");
  assert_fails(
      NAMED "start_time: 2026-11-24T08:00:00\n",
      "f.yml:4:13: start_time is \"2026-11-24T08:00:00\": write a time as 2026-11-24T08:00:00Z (with its zone), or how long ago as -2h");
  assert_fails(NAMED "start_time: 2999-01-01T00:00:00Z\n",
               "f.yml:4:13: start_time is \"2999-01-01T00:00:00Z\", which is still to come");
  assert_fails(NAMED "start_time: -1h\nend_time: -2h\n", "f.yml:5:11: end_time is before start_time");
}

static void
test_refused(void)
{
  guint n = 0;
  lf_options_walk(&lf_cwl_options, "", visit_refused, &n);
  g_assert_cmpuint(n, ==, 0); /* everything that Filebeat's input knows is there */
  g_auto(Fixture) f = {0};
  assert_read(&f, NAMED "ssl: {enabled: false, verification_mode: nonsense, key: [1]}\n");
  g_assert_cmpuint(f.notes.n, ==, 0);
}

static void
test_processors(void)
{
  g_auto(Fixture) f = {0};
  assert_read(&f, NAMED "processors:\n  - add_fields:\n      target: ''\n      fields:\n        ecs.version: 1.12.0\n"
                        "  - add_fields: {fields: {a: 1}}\n");
  g_assert_cmpuint(f.s.common.n_add_fields, ==, 2);
  g_assert_cmpstr(f.s.common.add_fields[0].target, ==, "");
  g_assert_true(lf_slice_is(lf_node_get_path(f.s.common.add_fields[0].fields, "ecs.version")->text, "1.12.0"));
  g_assert_cmpstr(f.s.common.add_fields[1].target, ==, "fields");
  assert_fails(NAMED "processors:\n  - drop_event: {when.x: 1}\n",
               "f.yml:5:5: the processor drop_event is not there in logferry yet: of an input's processors there is "
               "add_fields, without conditions");
  assert_fails(NAMED "processors:\n  - add_fields: {fields: {a: 1}, when.equals.a: 1}\n",
               "f.yml:5:34: when is not there in logferry yet: conditions of processors are still to come");
  assert_fails(NAMED "processors: [x]\n",
               "f.yml:4:14: a processor is written as its name with its options below, not as \"x\"");
  assert_fails(NAMED "processors:\n  - add_fields: ~\n", "f.yml:5:17: fields is missing: the fields to add");
}

static void
test_many_streams(void)
{
  g_auto(Fixture) f = {0};
  g_autoptr(GString) yaml = g_string_new(NAMED "log_streams:\n");
  for (int i = 0; i < 5000; i++)
    g_string_append_printf(yaml, "- web/nginx/%d\n", i);
  assert_read(&f, yaml->str);
  g_assert_cmpuint(f.s.log_streams.n, ==, 5000);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/cwl-options/defaults", test_defaults);
  g_test_add_func("/cwl-options/role", test_role);
  g_test_add_func("/cwl-options/all", test_all);
  g_test_add_func("/cwl-options/empty", test_empty);
  g_test_add_func("/cwl-options/arn", test_arn);
  g_test_add_func("/cwl-options/bad-arns", test_bad_arns);
  g_test_add_func("/cwl-options/exclusions", test_exclusions);
  g_test_add_func("/cwl-options/wrong", test_wrong);
  g_test_add_func("/cwl-options/refused", test_refused);
  g_test_add_func("/cwl-options/times", test_times);
  g_test_add_func("/cwl-options/processors", test_processors);
  g_test_add_func("/cwl-options/many-streams", test_many_streams);
  return g_test_run();
}
