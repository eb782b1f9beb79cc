/* Where something stands in a person's file, and errors that begin with it. */
#include "base/place.h"

#include <stdarg.h>

G_DEFINE_QUARK(lf_config_error_quark, lf_config_error)

char *
lf_place_format(LfPlace place)
{
  if (place.file == NULL)
    return g_strdup("");
  if (place.line == 0)
    return g_strdup_printf("%s: ", place.file);
  if (place.column == 0)
    return g_strdup_printf("%s:%u: ", place.file, place.line);
  return g_strdup_printf("%s:%u:%u: ", place.file, place.line, place.column);
}

gboolean
lf_place_error(GError **error, LfPlace place, LfConfigError code, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  g_autofree char *where = lf_place_format(place);
  g_set_error(error, LF_CONFIG_ERROR, (int)code, "%s%s", where, text);
  return FALSE;
}
