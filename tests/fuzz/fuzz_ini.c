/* Fuzzes the AWS shared configuration reader: any bytes are read or refused with a place. */
#include "aws/ini.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_key(const LfIniSection *section, const char *name)
{
  const LfIniKey *key = lf_ini_key(section, name);
  g_assert(key == NULL || (key->place.line > 0 && key->place.column > 0 && key->value != NULL));
  for (gsize i = 0; key != NULL && i < key->n_sub; i++)
    g_assert(key->value[0] == '\0' && key->sub[i].name[0] != '\0' && key->sub[i].n_sub == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *const names[] = {"aws_access_key_id", "aws_secret_access_key", "region", "s3", "x"};
  g_autoptr(GError) error = NULL;
  g_autoptr(LfIni) ini = lf_ini_parse("fuzz", lf_slice((const char *)data, size), &error);
  g_assert((ini == NULL) == (error != NULL));
  g_assert(error == NULL || g_str_has_prefix(error->message, "fuzz:"));
  const LfIniSection *section;
  const char *name;
  for (gsize i = 0; ini != NULL && (section = lf_ini_nth(ini, i, &name)) != NULL; i++) {
    g_assert(name[0] != '\0' && lf_ini_section(ini, name) == section);
    g_assert(lf_ini_section_place(section).line > 0);
    for (gsize k = 0; k < G_N_ELEMENTS(names); k++)
      check_key(section, names[k]);
  }
  return 0;
}
