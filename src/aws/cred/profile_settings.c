/* What profiles say beside credentials. */
#include "aws/cred/profile_settings.h"

#include "aws/cred/profile_files.h"

gboolean
lf_cred_profile_value(const LfCredOptions *options, const char *key, char **value, GError **error)
{
  const char *from;
  g_auto(LfProfileFiles) files = {0};
  *value = NULL;
  if (!lf_profile_files_load(options, &files, error))
    return FALSE;
  LfProfile profile = lf_profile_find(&files, lf_profile_name(options, &from));
  *value = g_strdup(lf_profile_value(&profile, key));
  return TRUE;
}

/* The endpoint_url below the service's key in the `services` section that the profile names. */
static const char *
service_url(const LfProfileFiles *files, const LfProfile *profile, const char *service)
{
  const char *named = lf_profile_value(profile, "services");
  const LfIni *config = files->files[LF_PROFILE_CONFIG];
  if (named == NULL || config == NULL)
    return NULL;
  g_autofree char *section = g_strconcat("services ", named, NULL);
  const LfIniKey *key = lf_ini_key(lf_ini_section(config, section), service);
  for (gsize i = 0; key != NULL && i < key->n_sub; i++)
    if (strcmp(key->sub[i].name, "endpoint_url") == 0)
      return lf_cred_nonempty(key->sub[i].value);
  return NULL;
}

gboolean
lf_cred_profile_endpoint_url(const LfCredOptions *options, const char *service, char **url, GError **error)
{
  const char *from;
  g_auto(LfProfileFiles) files = {0};
  *url = NULL;
  if (!lf_profile_files_load(options, &files, error))
    return FALSE;
  LfProfile profile = lf_profile_find(&files, lf_profile_name(options, &from));
  const char *said = service_url(&files, &profile, service);
  if (said == NULL)
    said = lf_profile_value(&profile, "endpoint_url");
  if (said == NULL)
    return TRUE;
  gsize n = strlen(said);
  while (n > 0 && said[n - 1] == '/')
    n--;
  *url = g_strndup(said, n);
  return TRUE;
}
