/* GetCallerIdentity, and errors for the rest. */
#include "fakeaws/sts.h"

#define NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"

/* What an action needs. */
typedef struct {
  const LfFakeawsOptions *options;
  const char *request_id;
  LfBuf *out;
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

static void
get_caller_identity(const Answer *answer)
{
  LfBuf *out = answer->out;
  g_auto(LfBuf) arn = {0};
  lf_buf_printf(&arn, "arn:aws:iam::%s:user/logferry", answer->options->account_id);
  lf_buf_append_str(out, "<GetCallerIdentityResponse xmlns=\"" NAMESPACE "\">\n<GetCallerIdentityResult>\n");
  append_element(out, "Arn", lf_buf_slice(&arn));
  append_element(out, "UserId", lf_slice_str(answer->options->access_key_id));
  append_element(out, "Account", lf_slice_str(answer->options->account_id));
  lf_buf_append_str(out, "</GetCallerIdentityResult>\n<ResponseMetadata>\n");
  append_element(out, "RequestId", lf_slice_str(answer->request_id));
  lf_buf_append_str(out, "</ResponseMetadata>\n</GetCallerIdentityResponse>\n");
}

static const struct {
  const char *name;
  void (*run)(const Answer *answer);
} ACTIONS[] = {
    {"GetCallerIdentity", get_caller_identity},
};

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
lf_fake_sts_answer(const LfFakeawsOptions *options, const LfHttpdRequest *request, const char *request_id,
                   LfHttpdResponse *response)
{
  g_autofree char *action = form_field(form_of(request), "Action");
  g_autofree char *version = form_field(form_of(request), "Version");
  const Answer answer = {options, request_id, &response->body};
  for (gsize i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
    if (g_strcmp0(action, ACTIONS[i].name) == 0 && g_strcmp0(version, "2011-06-15") == 0) {
      ACTIONS[i].run(&answer);
      return;
    }
  }
  g_autofree char *message = g_strdup_printf("Could not find operation %s for version %s", action != NULL ? action : "",
                                             version != NULL ? version : "NO_VERSION_SPECIFIED");
  lf_fake_sts_fail(response, 400, "InvalidAction", message, request_id);
}
