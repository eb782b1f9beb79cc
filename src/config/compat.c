/* Which Filebeat's events are written. */
#include "config/compat.h"

#include "base/number.h"

static const LfCompatShort shorts[] = {{"9", "9.2.2"}, {"8", "8.19.8"}, {"7.17", "7.17.29"}};

const LfCompatShort *
lf_compat_shorts(guint *n)
{
  *n = G_N_ELEMENTS(shorts);
  return shorts;
}

/* Reads "1.2.3": three numbers without signs or leading zeros. */
static gboolean
parse_full(const char *text, int parts[3])
{
  g_auto(GStrv) words = g_strsplit(text, ".", 4);
  if (g_strv_length(words) != 3)
    return FALSE;
  for (int i = 0; i < 3; i++) {
    gsize len = strlen(words[i]);
    gint64 v;
    if (len == 0 || len > 4 || strspn(words[i], "0123456789") != len || (words[i][0] == '0' && len > 1) ||
        !lf_number_parse_int(lf_slice(words[i], len), &v))
      return FALSE;
    parts[i] = (int)v;
  }
  return TRUE;
}

gboolean
lf_compat_parse(LfSlice word, LfCompat *out)
{
  g_autofree char *text = lf_slice_dup(word);
  const char *full = text;
  int parts[3];
  for (gsize i = 0; i < G_N_ELEMENTS(shorts); i++)
    if (strcmp(text, shorts[i].word) == 0)
      full = shorts[i].version;
  if (!parse_full(full, parts) || parts[0] < 7 || parts[0] > 9 || (parts[0] == 7 && parts[1] != 17))
    return FALSE;
  *out = (LfCompat){g_intern_string(full), parts[0], parts[1], parts[2]};
  return TRUE;
}
