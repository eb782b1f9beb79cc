/* Credentials from IAM Identity Center's portal, with a token that was stored at login. */
#include "aws/cred/sso.h"

#include "aws/cred/document.h"
#include "aws/cred/profile_files.h"
#include "aws/endpoint.h"
#include "base/fs.h"

enum { TRIES = 3, TIMEOUT_MS = 10 * 1000, ANSWER_MAX = 64 * 1024, TOKEN_FILE_MAX = 256 * 1024 };

/* What a profile says; all is borrowed from the files. `cache_key` is what the token's file is named after. */
typedef struct {
  const char *session; /* (nullable) */
  const char *start_url;
  const char *region;
  const char *account_id;
  const char *role_name;
  const char *cache_key;
} Login;

gboolean
lf_cred_sso_is(const LfProfile *profile)
{
  return lf_profile_key(profile, "sso_session") != NULL || lf_profile_key(profile, "sso_start_url") != NULL;
}

static gboolean
lacks(const LfProfile *profile, const char *key, const char *where, GError **error)
{
  const LfIniKey *at = lf_profile_key(profile, "sso_session");
  if (at == NULL)
    at = lf_profile_key(profile, "sso_start_url");
  return lf_place_error(error, at->place, LF_CONFIG_ERROR_INVALID, "%s of profile %s needs %s%s", at->name,
                        profile->name, key, where);
}

static gboolean
read_login(const LfProfileFiles *files, const LfProfile *profile, Login *out, GError **error)
{
  LfProfile from = *profile;
  g_autofree char *section = NULL;
  const LfIniKey *session = lf_profile_key(profile, "sso_session");
  if (session != NULL) {
    section = g_strconcat("sso-session ", session->value, NULL);
    const LfIni *config = files->files[LF_PROFILE_CONFIG];
    from = (LfProfile){.name = profile->name};
    from.sections[LF_PROFILE_CONFIG] = config != NULL ? lf_ini_section(config, section) : NULL;
    if (from.sections[LF_PROFILE_CONFIG] == NULL)
      return lf_place_error(error, session->place, LF_CONFIG_ERROR_INVALID, "sso_session of profile %s: %s has no [%s]",
                            profile->name, files->paths[LF_PROFILE_CONFIG], section);
  }
  *out = (Login){.session = session != NULL ? session->value : NULL,
                 .start_url = lf_profile_value(&from, "sso_start_url"),
                 .region = lf_profile_value(&from, "sso_region"),
                 .account_id = lf_profile_value(profile, "sso_account_id"),
                 .role_name = lf_profile_value(profile, "sso_role_name")};
  out->cache_key = out->session != NULL ? out->session : out->start_url;
  const char *where = session != NULL ? " in its [sso-session …]" : "";
  if (out->start_url == NULL)
    return lacks(profile, "sso_start_url", where, error);
  if (out->region == NULL)
    return lacks(profile, "sso_region", where, error);
  if (out->account_id == NULL)
    return lacks(profile, "sso_account_id", "", error);
  return out->role_name != NULL || lacks(profile, "sso_role_name", "", error);
}

static gboolean
fail_login(GError **error, const LfProfile *profile, const char *why)
{
  g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID,
              "IAM Identity Center for profile %s: %s; run: aws sso "
              "login --profile %s",
              profile->name, why, profile->name);
  return FALSE;
}

/* The token of the last login. `token`: (out) (transfer full): lf_cred_wipe. */
static gboolean
read_token(const LfCredEnv *env, const LfProfile *profile, const Login *login, char **token, GError **error)
{
  g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA1, login->cache_key, -1);
  g_autofree char *name = g_strdup_printf("~/.aws/sso/cache/%s.json", hash);
  g_autofree char *path = lf_cred_profile_path(env, name, "");
  g_autofree char *why = NULL;
  gsize len;
  char *text = lf_fs_read(path, TOKEN_FILE_MAX, &len, NULL);
  if (text == NULL) {
    why = g_strdup_printf("there is no login (no %s)", path);
    return fail_login(error, profile, why);
  }
  gint64 expires_ms;
  *token = lf_cred_document_text(lf_slice(text, len), "accessToken");
  g_autofree char *expires = lf_cred_document_text(lf_slice(text, len), "expiresAt");
  explicit_bzero(text, len);
  g_free(text);
  if (*token == NULL || expires == NULL || !lf_cred_parse_time(expires, &expires_ms))
    why = g_strdup_printf("%s has no accessToken or no expiresAt", path);
  else if (expires_ms <= lf_cred_now_ms(env))
    why = g_strdup_printf("the login in %s has expired at %s", path, expires);
  if (why == NULL)
    return TRUE;
  g_clear_pointer(token, lf_cred_wipe);
  return fail_login(error, profile, why);
}

static char *
portal_url(const LfCredOptions *options, const Login *login)
{
  g_autofree char *account = g_uri_escape_string(login->account_id, NULL, FALSE);
  g_autofree char *role = g_uri_escape_string(login->role_name, NULL, FALSE);
  const char *said = lf_cred_getenv(&options->env, "AWS_ENDPOINT_URL_SSO");
  g_autofree char *base =
      said != NULL ? g_strdup(said)
                   : g_strdup_printf("https://portal.sso.%s.%s", login->region, lf_aws_domain(login->region));
  if (g_str_has_suffix(base, "/"))
    base[strlen(base) - 1] = '\0';
  return g_strdup_printf("%s/federation/credentials?role_name=%s&account_id=%s", base, role, account);
}

static LfCredentials *
ask_portal(const LfCredOptions *options, const LfProfile *profile, const Login *login, const char *token,
           GError **error)
{
  g_autofree char *url = portal_url(options, login);
  char *line = g_strconcat("x-amz-sso_bearer_token: ", token, NULL);
  const char *const lines[] = {line, "Accept: application/json", NULL};
  LfHttpRequest request = {.method = "GET",
                           .url = url,
                           .headers = lines,
                           .timeout_ms = TIMEOUT_MS,
                           .max_bytes = ANSWER_MAX,
                           .proxy = options->proxy,
                           .tls = options->tls};
  g_auto(LfFetchAnswer) answer = {0};
  g_autoptr(GError) local = NULL;
  g_autofree char *source = g_strdup_printf("IAM Identity Center for profile %s", profile->name);
  gboolean ok = lf_cred_fetch(&options->env, &request, TRIES, &answer, &local);
  lf_cred_wipe(line);
  if (!ok) {
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: %s is not answered: %s", source, url,
                local->message);
    return NULL;
  }
  if (answer.status == 401) {
    fail_login(error, profile, "the portal no longer takes the login");
    return NULL;
  }
  if (answer.status != 200) {
    g_autofree char *said = lf_cred_document_text(lf_buf_slice(&answer.body), "message");
    g_set_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID, "%s: role %s in account %s: %s (status %u)", source,
                login->role_name, login->account_id, said != NULL ? said : "refused", answer.status);
    return NULL;
  }
  LfCredentials *found = lf_cred_document_read(&answer.body, &lf_cred_names_portal, source, error);
  if (found == NULL)
    g_prefix_error(error, "%s: the answer is wrong: ", source);
  return found;
}

LfCredentials *
lf_cred_sso_get(const LfCredOptions *options, const LfProfileFiles *files, const LfProfile *profile, GError **error)
{
  Login login = {0};
  char *token = NULL;
  if (!read_login(files, profile, &login, error) || !read_token(&options->env, profile, &login, &token, error))
    return NULL;
  LfCredentials *found = ask_portal(options, profile, &login, token, error);
  lf_cred_wipe(token);
  return found;
}
