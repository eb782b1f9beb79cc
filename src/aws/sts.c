/* AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity: forms to send, XML to read. */
#include "aws/sts.h"

#include "aws/cred/document.h"
#include "aws/words.h"

G_DEFINE_QUARK(lf_sts_error_quark, lf_sts_error)

/* Requests */

static void
append_field(LfBuf *out, const char *name, const char *value)
{
  if (lf_cred_nonempty(value) == NULL)
    return;
  g_autofree char *escaped = g_uri_escape_string(value, NULL, FALSE);
  lf_buf_printf(out, "&%s=%s", name, escaped);
}

void
lf_sts_role_request(const LfStsRole *role, LfBuf *out)
{
  gboolean web = role->web_identity_token != NULL;
  lf_buf_printf(out, "Action=%s&Version=2011-06-15", web ? "AssumeRoleWithWebIdentity" : "AssumeRole");
  append_field(out, "RoleArn", role->role_arn);
  append_field(out, "RoleSessionName", role->session_name);
  if (role->duration_s > 0)
    lf_buf_printf(out, "&DurationSeconds=%" G_GINT64_FORMAT, role->duration_s);
  if (web)
    append_field(out, "WebIdentityToken", role->web_identity_token);
  else
    append_field(out, "ExternalId", role->external_id);
}

/* Answers: texts of elements by their path, which begins with the document's own element */

/* A text that is wanted. `path` is the names of the elements with `/` between; `*` stands for any first one. */
typedef struct {
  const char *path;
  char *text; /* (transfer full) (nullable) */
} Wanted;

typedef struct {
  Wanted *wanted;
  gsize n;
} Reading;

/* The name without its namespace prefix. */
static const char *
local_name(const char *name)
{
  const char *colon = strchr(name, ':');
  return colon != NULL ? colon + 1 : name;
}

/* Whether the open elements, the innermost first, are those of the path. */
static gboolean
is_at(const GSList *open, const char *path)
{
  gsize end = strlen(path) + 1; /* one behind the name that comes next */
  for (; open != NULL; open = open->next) {
    if (end == 0)
      return FALSE;
    gsize last = end - 1, first = last;
    while (first > 0 && path[first - 1] != '/')
      first--;
    const char *name = local_name(open->data);
    LfSlice want = lf_slice(path + first, last - first);
    if (!lf_slice_is(want, "*") && !lf_slice_is(want, name))
      return FALSE;
    end = first;
  }
  return end == 0;
}

static void
on_text(GMarkupParseContext *context, const char *text, gsize len, gpointer data, GError **error)
{
  Reading *reading = data;
  const GSList *open = g_markup_parse_context_get_element_stack(context);
  for (gsize i = 0; i < reading->n; i++) {
    Wanted *w = &reading->wanted[i];
    if (w->text == NULL && is_at(open, w->path))
      w->text = g_strstrip(g_strndup(text, len));
  }
}

/* Reads one whole XML document. */
static gboolean
read_xml(LfSlice body, Wanted *wanted, gsize n)
{
  static const GMarkupParser parser = {.text = on_text};
  Reading reading = {wanted, n};
  if (body.len == 0 || memchr(body.p, '\0', body.len) != NULL)
    return FALSE;
  GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reading, NULL);
  gboolean ok = g_markup_parse_context_parse(context, body.p, (gssize)body.len, NULL) &&
                g_markup_parse_context_end_parse(context, NULL);
  g_markup_parse_context_free(context);
  return ok;
}

static void
wanted_clear(Wanted *wanted, gsize n)
{
  for (gsize i = 0; i < n; i++)
    lf_cred_wipe(g_steal_pointer(&wanted[i].text));
}

char *
lf_sts_identity_answer(LfSlice body)
{
  Wanted account = {"GetCallerIdentityResponse/GetCallerIdentityResult/Account", NULL};
  gboolean ok = read_xml(body, &account, 1) && account.text != NULL && strlen(account.text) == 12 &&
                strspn(account.text, "0123456789") == 12;
  if (!ok)
    g_clear_pointer(&account.text, g_free);
  return account.text;
}

char *
lf_sts_identity_arn(LfSlice body)
{
  Wanted arn = {"GetCallerIdentityResponse/GetCallerIdentityResult/Arn", NULL};
  if (!read_xml(body, &arn, 1) || arn.text == NULL || !g_str_has_prefix(arn.text, "arn:"))
    g_clear_pointer(&arn.text, g_free);
  return arn.text;
}

static LfCredentials *
bad_answer(GError **error, const char *what)
{
  g_set_error(error, LF_STS_ERROR, LF_STS_ERROR_ANSWER, "the answer is not what STS answers: %s", what);
  return NULL;
}

/* The first two elements are AssumeRoleResponse/AssumeRoleResult, or those with WebIdentity. */
enum { KEY_ID, SECRET, TOKEN, EXPIRATION, PARTS };

static LfCredentials *
credentials_of(const Wanted w[PARTS], const char *source, GError **error)
{
  static const char *const missing[PARTS] = {"it has no AccessKeyId", "it has no SecretAccessKey",
                                             "it has no SessionToken", "it has no Expiration"};
  for (gsize i = 0; i < PARTS; i++)
    if (lf_cred_nonempty(w[i].text) == NULL)
      return bad_answer(error, missing[i]);
  gint64 expires_ms;
  if (!lf_cred_parse_time(w[EXPIRATION].text, &expires_ms))
    return bad_answer(error, "its Expiration is no time");
  LfCredentials *found = lf_credentials_new(w[KEY_ID].text, w[SECRET].text, w[TOKEN].text, source);
  found->expires_ms = expires_ms;
  return found;
}

LfCredentials *
lf_sts_role_answer(LfSlice body, const char *source, GError **error)
{
  Wanted w[PARTS] = {{"*/*/Credentials/AccessKeyId", NULL},
                     {"*/*/Credentials/SecretAccessKey", NULL},
                     {"*/*/Credentials/SessionToken", NULL},
                     {"*/*/Credentials/Expiration", NULL}};
  LfCredentials *found =
      read_xml(body, w, PARTS) ? credentials_of(w, source, error) : bad_answer(error, "its XML is cut or broken");
  wanted_clear(w, PARTS);
  return found;
}

void
lf_sts_failure(guint status, LfSlice body, char **code, char **message)
{
  Wanted w[] = {{"ErrorResponse/Error/Code", NULL}, {"ErrorResponse/Error/Message", NULL}};
  if (!read_xml(body, w, G_N_ELEMENTS(w)))
    wanted_clear(w, G_N_ELEMENTS(w));
  *code = w[0].text != NULL ? w[0].text : g_strdup("");
  *message = w[1].text != NULL ? w[1].text : g_strdup_printf("the server answered with status %u", status);
  lf_aws_bound_words(*code, *message);
}
