/* Requests to STS and what is read from its answers. */
#include "aws/sts.h"

static void
expect_request(const LfStsRole *role, const char *want)
{
  g_auto(LfBuf) out = {0};
  lf_sts_role_request(role, &out);
  g_autofree char *got = lf_buf_steal(&out);
  g_assert_cmpstr(got, ==, want);
}

static void
test_requests(void)
{
  expect_request(&(LfStsRole){.role_arn = "arn:aws:iam::1:role/a", .session_name = "s"},
                 "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa&RoleSessionName=s");
  expect_request(&(LfStsRole){.role_arn = "r", .session_name = "s", .external_id = "x=&+ž", .duration_s = 900},
                 "Action=AssumeRole&Version=2011-06-15&RoleArn=r&RoleSessionName=s&DurationSeconds=900"
                 "&ExternalId=x%3D%26%2B%C5%BE");
  expect_request(
      &(LfStsRole){.role_arn = "r", .session_name = "s", .external_id = "no", .web_identity_token = "a.b_c-d"},
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=r&RoleSessionName=s"
      "&WebIdentityToken=a.b_c-d");
}

#define KEYS(id, secret, token, expires)                                                                               \
  "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n <AssumeRoleResult>\n"                    \
  "  <Credentials>\n   <AccessKeyId>" id "</AccessKeyId>\n   <SecretAccessKey>" secret "</SecretAccessKey>\n"          \
  "   <SessionToken>" token "</SessionToken>\n   <Expiration>" expires "</Expiration>\n  </Credentials>\n"             \
  " </AssumeRoleResult>\n <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\n</AssumeRoleResponse>\n"

static void
test_role_answer(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LfCredentials) found = lf_sts_role_answer(
      lf_slice_str(KEYS("ASIAX", "a&amp;b/+", "\n  t&#61;=\n  ", "2026-11-24T14:29:03.250Z")), "role r", &error);
  g_assert_no_error(error);
  g_assert_cmpstr(found->access_key_id, ==, "ASIAX");
  g_assert_cmpstr(found->secret_access_key, ==, "a&b/+");
  g_assert_cmpstr(found->session_token, ==, "t==");
  g_assert_cmpint(found->expires_ms, ==, G_GINT64_CONSTANT(1795530543250));
  g_assert_cmpstr(found->source, ==, "role r");
}

static void
test_bad_role_answers(void)
{
  static const struct {
    const char *body;
    const char *want;
  } rows[] = {
      {"", "its XML is cut or broken"},
      {"hidden", "its XML is cut or broken"},
      {"<a>", "its XML is cut or broken"},
      {"<a></b>", "its XML is cut or broken"},
      {"<a/><", "its XML is cut or broken"},
      {"<a>\xff</a>", "its XML is cut or broken"},
      {"<a/>", "it has no AccessKeyId"},
      {"<Credentials><AccessKeyId>A</AccessKeyId></Credentials>", "it has no AccessKeyId"},
      {"<a><b><c><Credentials><AccessKeyId>A</AccessKeyId></Credentials></c></b></a>", "it has no AccessKeyId"},
      {KEYS("A", "", "t", "2026-11-24T14:29:03Z"), "it has no SecretAccessKey"},
      {KEYS("A", "hidden", "", "2026-11-24T14:29:03Z"), "it has no SessionToken"},
      {KEYS("A", "hidden", "hidden", ""), "it has no Expiration"},
      {KEYS("A", "hidden", "hidden", "tomorrow"), "its Expiration is no time"},
      {KEYS("A", "hidden", "hidden", "2026-13-24T14:29:03Z"), "its Expiration is no time"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(lf_sts_role_answer(lf_slice_str(rows[i].body), "x", &error));
    g_assert_error(error, LF_STS_ERROR, LF_STS_ERROR_ANSWER);
    g_autofree char *want = g_strconcat("the answer is not what STS answers: ", rows[i].want, NULL);
    g_assert_cmpstr(error->message, ==, want);
  }
  const char whole[] = KEYS("A", "hidden", "hidden", "2026-11-24T14:29:03Z");
  for (gsize n = 0; n + 2 < sizeof whole; n++) { /* cut anywhere but at the last line's end */
    g_autoptr(GError) error = NULL;
    g_autofree char *cut = g_strndup(whole, n);
    g_assert_null(lf_sts_role_answer(lf_slice(cut, n), "x", &error));
    g_assert_null(strstr(error->message, "hidden"));
  }
}

static void
test_depth(void)
{
  g_autoptr(GString) deep = g_string_new(NULL);
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < 60000; i++)
    g_string_append(deep, "<a>x");
  g_assert_null(lf_sts_role_answer(lf_slice(deep->str, deep->len), "x", &error));
  g_assert_nonnull(error);
}

static void
test_identity(void)
{
  static const struct {
    const char *body;
    const char *want;
  } rows[] = {
      {"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn><Account>123456789012</Account>"
       "</GetCallerIdentityResult></GetCallerIdentityResponse>",
       "123456789012"},
      {"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>12345678901</Account></GetCallerIdentityResult>"
       "</GetCallerIdentityResponse>",
       NULL},
      {"<Account>123456789012</Account>", NULL},
      {"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>", NULL},
      {"", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = lf_sts_identity_answer(lf_slice_str(rows[i].body));
    g_assert_cmpstr(got, ==, rows[i].want);
  }
}

static void
test_failure(void)
{
  g_autofree char *code = NULL, *message = NULL, *no_code = NULL, *no_message = NULL;
  lf_sts_failure(403,
                 LF_SLICE_LIT("<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                              "<Message>it&apos;s denied</Message></Error></ErrorResponse>"),
                 &code, &message);
  g_assert_cmpstr(code, ==, "AccessDenied");
  g_assert_cmpstr(message, ==, "it's denied");
  lf_sts_failure(502, LF_SLICE_LIT("<html>Bad Gateway"), &no_code, &no_message);
  g_assert_cmpstr(no_code, ==, "");
  g_assert_cmpstr(no_message, ==, "the server answered with status 502");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/sts/requests", test_requests);
  g_test_add_func("/sts/role-answer", test_role_answer);
  g_test_add_func("/sts/bad-role-answers", test_bad_role_answers);
  g_test_add_func("/sts/depth", test_depth);
  g_test_add_func("/sts/identity", test_identity);
  g_test_add_func("/sts/failure", test_failure);
  return g_test_run();
}
