/* GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity, and errors for the rest. */
#include "fakeaws/sts.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"
#define NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"

enum { DURATION_S = 3600, DURATION_MIN_S = 900, DURATION_MAX_S = 43200, CHAINED_MAX_S = 3600 };

/* What an action needs. */
typedef struct {
  const LfFakeawsOptions *options;
  LfFakeSessions *sessions;
  const LfFakeSession *caller; /* (nullable) */
  LfSlice form;
  const char *request_id;
  gint64 now_ms;
  LfHttpdResponse *response;
} Answer;

/* Appends <name>text</name>, the text escaped; what XML 1.0 cannot hold becomes `?`. */
static void
append_element(LfBuf *out, const char *name, LfSlice text)
{
  static const struct {
    char c;
    const char *entity;
  } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
  lf_buf_printf(out, "<%s>", name);
  for (gsize i = 0; i < text.len; i++) {
    const char *entity = NULL;
    for (gsize e = 0; e < G_N_ELEMENTS(entities); e++) {
      if (text.p[i] == entities[e].c)
        entity = entities[e].entity;
    }
    guint8 c = (guint8)text.p[i];
    if (entity != NULL)
      lf_buf_append_str(out, entity);
    else
      lf_buf_append_char(out, c < 0x20 && c != '\n' && c != '\t' ? '?' : (char)c);
  }
  lf_buf_printf(out, "</%s>\n", name);
}

/* The value of a form's field, decoded. Returns: (transfer full) (nullable). */
static char *
form_field(LfSlice form, const char *name)
{
  g_autofree char *text = lf_slice_dup(form);
  g_auto(GStrv) pairs = g_strsplit(text, "&", -1);
  for (gsize i = 0; pairs[i] != NULL; i++) {
    char *value = strchr(pairs[i], '=');
    if (value == NULL)
      continue;
    *value++ = '\0';
    if (strcmp(pairs[i], name) == 0)
      return g_uri_unescape_string(g_strdelimit(value, "+", ' '), NULL);
  }
  return NULL;
}

static char *
caller_arn(const Answer *answer)
{
  return answer->caller != NULL ? g_strdup(answer->caller->arn)
                                : g_strdup_printf("arn:aws:iam::%s:user/logferry", answer->options->account_id);
}

static void
get_caller_identity(const Answer *answer)
{
  LfBuf *out = &answer->response->body;
  g_autofree char *arn = caller_arn(answer);
  const char *id = answer->caller != NULL ? answer->caller->access_key_id : answer->options->access_key_id;
  lf_buf_append_str(out, "<GetCallerIdentityResponse xmlns=\"" NAMESPACE "\">\n<GetCallerIdentityResult>\n");
  append_element(out, "Arn", lf_slice_str(arn));
  append_element(out, "UserId", lf_slice_str(id));
  g_autofree char *account =
      answer->caller != NULL ? lf_fake_session_account(answer->caller) : g_strdup(answer->options->account_id);
  append_element(out, "Account", lf_slice_str(account));
  lf_buf_append_str(out, "</GetCallerIdentityResult>\n<ResponseMetadata>\n");
  append_element(out, "RequestId", lf_slice_str(answer->request_id));
  lf_buf_append_str(out, "</ResponseMetadata>\n</GetCallerIdentityResponse>\n");
}

/* Roles */

static gboolean refuse(const Answer *answer, guint status, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static gboolean
refuse(const Answer *answer, guint status, const char *code, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *message = g_strdup_vprintf(format, ap);
  va_end(ap);
  lf_fake_sts_fail(answer->response, status, code, message, answer->request_id);
  return FALSE;
}

static gboolean
refuse_constraint(const Answer *answer, const char *value, const char *name, const char *must)
{
  g_autofree char *quoted = value != NULL ? g_strdup_printf("'%s'", value) : g_strdup("null");
  return refuse(answer, 400, "ValidationError",
                "1 validation error detected: Value %s at '%s' failed to satisfy constraint: Member must %s", quoted,
                name, must);
}

/* Checks what both actions take. */
static gboolean
check_role(const Answer *answer, const char *arn, const char *name, gint64 *duration_s)
{
  g_autofree char *duration = form_field(answer->form, "DurationSeconds");
  *duration_s = duration != NULL ? g_ascii_strtoll(duration, NULL, 10) : DURATION_S;
  if (arn == NULL)
    return refuse_constraint(answer, NULL, "roleArn", "not be null");
  if (name == NULL)
    return refuse_constraint(answer, NULL, "roleSessionName", "not be null");
  if (strlen(name) < 2 || strlen(name) > 64 || strspn(name, NAME_LETTERS) != strlen(name))
    return refuse_constraint(answer, name, "roleSessionName", "satisfy regular expression pattern: [\\w+=,.@-]*");
  if (*duration_s < DURATION_MIN_S)
    return refuse_constraint(answer, duration, "durationSeconds", "have value greater than or equal to 900");
  if (*duration_s > DURATION_MAX_S)
    return refuse_constraint(answer, duration, "durationSeconds", "have value less than or equal to 43200");
  g_auto(GStrv) parts = g_strsplit(arn, ":", 6);
  if (g_strv_length(parts) != 6 || !g_str_has_prefix(parts[5], "role/") || strlen(parts[4]) != 12 ||
      strspn(parts[4], "0123456789") != 12)
    return refuse(answer, 400, "ValidationError", "%s is invalid", arn);
  return TRUE;
}

/* Issues keys for the role. `action` is the API's name of it. */
static void
issue(const Answer *answer, const char *action, const char *role, const char *name, gint64 duration_s)
{
  LfBuf *out = &answer->response->body;
  gint64 life_ms = answer->options->session_life_ms > 0 ? answer->options->session_life_ms : duration_s * 1000;
  const char *role_name = strrchr(role, '/') + 1;
  g_auto(GStrv) parts = g_strsplit(role, ":", 6); /* checked: there are six, and an account's 12 digits */
  g_autofree char *arn = g_strdup_printf("arn:aws:sts::%s:assumed-role/%s/%s", parts[4], role_name, name);
  g_autoptr(LfFakeSession) session = lf_fake_sessions_issue(answer->sessions, arn, answer->now_ms + life_ms);
  g_autofree char *id = g_strdup_printf("AROAEXAMPLE:%s", name);
  char until[LF_TIME_TEXT];
  lf_clock_format_ms(session->expires_ms, until);
  lf_buf_printf(out, "<%sResponse xmlns=\"" NAMESPACE "\">\n<%sResult>\n<AssumedRoleUser>\n", action, action);
  append_element(out, "AssumedRoleId", lf_slice_str(id));
  append_element(out, "Arn", lf_slice_str(arn));
  lf_buf_append_str(out, "</AssumedRoleUser>\n<Credentials>\n");
  append_element(out, "AccessKeyId", lf_slice_str(session->access_key_id));
  append_element(out, "SecretAccessKey", lf_slice_str(session->secret_access_key));
  append_element(out, "SessionToken", lf_slice_str(session->session_token));
  append_element(out, "Expiration", lf_slice_str(until));
  lf_buf_printf(out, "</Credentials>\n</%sResult>\n<ResponseMetadata>\n", action);
  append_element(out, "RequestId", lf_slice_str(answer->request_id));
  lf_buf_printf(out, "</ResponseMetadata>\n</%sResponse>\n", action);
}

static void
assume_role(const Answer *answer)
{
  g_autofree char *role = form_field(answer->form, "RoleArn");
  g_autofree char *name = form_field(answer->form, "RoleSessionName");
  g_autofree char *external_id = form_field(answer->form, "ExternalId");
  g_autofree char *arn = caller_arn(answer);
  const char *asked = answer->options->external_id;
  gint64 duration_s;
  if (!check_role(answer, role, name, &duration_s))
    return;
  if (answer->caller != NULL && duration_s > CHAINED_MAX_S)
    refuse(answer, 400, "ValidationError",
           "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  else if (asked != NULL && g_strcmp0(external_id, asked) != 0)
    refuse(answer, 403, "AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", arn,
           role);
  else
    issue(answer, "AssumeRole", role, name, duration_s);
}

static void
assume_role_with_web_identity(const Answer *answer)
{
  g_autofree char *role = form_field(answer->form, "RoleArn");
  g_autofree char *name = form_field(answer->form, "RoleSessionName");
  g_autofree char *token = form_field(answer->form, "WebIdentityToken");
  const char *taken = answer->options->web_identity_token;
  gint64 duration_s;
  if (!check_role(answer, role, name, &duration_s))
    return;
  if (token == NULL)
    refuse_constraint(answer, NULL, "webIdentityToken", "not be null");
  else if (taken == NULL)
    refuse(answer, 400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for this token");
  else if (strcmp(token, taken) != 0)
    refuse(answer, 400, "InvalidIdentityToken", "The web identity token that was passed could not be validated by AWS");
  else
    issue(answer, "AssumeRoleWithWebIdentity", role, name, duration_s);
}

static const struct {
  const char *name;
  void (*run)(const Answer *answer);
  gboolean is_unsigned;
} ACTIONS[] = {
    {"GetCallerIdentity", get_caller_identity, FALSE},
    {"AssumeRole", assume_role, FALSE},
    {"AssumeRoleWithWebIdentity", assume_role_with_web_identity, TRUE},
};

static LfSlice
form_of(const LfHttpdRequest *request)
{
  return strcmp(request->method, "POST") == 0 ? request->body : request->query;
}

gboolean
lf_fake_sts_is(const LfHttpdRequest *request)
{
  if (lf_httpd_header(request, "x-amz-target").len > 0 || !lf_slice_is(request->path, "/"))
    return FALSE;
  LfSlice type = lf_httpd_header(request, "content-type");
  if (strcmp(request->method, "POST") == 0 && !lf_slice_has_prefix(type, "application/x-www-form-urlencoded"))
    return FALSE;
  g_autofree char *action = form_field(form_of(request), "Action");
  return action != NULL;
}

gboolean
lf_fake_sts_is_unsigned(const LfHttpdRequest *request)
{
  g_autofree char *action = form_field(form_of(request), "Action");
  for (gsize i = 0; i < G_N_ELEMENTS(ACTIONS); i++)
    if (g_strcmp0(action, ACTIONS[i].name) == 0)
      return ACTIONS[i].is_unsigned;
  return FALSE;
}

void
lf_fake_sts_fail(LfHttpdResponse *response, guint status, const char *code, const char *message, const char *request_id)
{
  response->status = status;
  lf_buf_append_str(&response->body, "<ErrorResponse xmlns=\"" NAMESPACE "\">\n<Error>\n<Type>Sender</Type>\n");
  append_element(&response->body, "Code", lf_slice_str(code));
  append_element(&response->body, "Message", lf_slice_str(message));
  lf_buf_append_str(&response->body, "</Error>\n");
  append_element(&response->body, "RequestId", lf_slice_str(request_id));
  lf_buf_append_str(&response->body, "</ErrorResponse>\n");
}

void
lf_fake_sts_answer(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                   const LfFakeSession *caller, const char *request_id, gint64 now_ms, LfHttpdResponse *response)
{
  const Answer answer = {options, sessions, caller, form_of(request), request_id, now_ms, response};
  g_autofree char *action = form_field(answer.form, "Action");
  g_autofree char *version = form_field(answer.form, "Version");
  for (gsize i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
    if (g_strcmp0(action, ACTIONS[i].name) == 0 && g_strcmp0(version, "2011-06-15") == 0) {
      ACTIONS[i].run(&answer);
      return;
    }
  }
  refuse(&answer, 400, "InvalidAction", "Could not find operation %s for version %s", action != NULL ? action : "",
         version != NULL ? version : "NO_VERSION_SPECIFIED");
}
