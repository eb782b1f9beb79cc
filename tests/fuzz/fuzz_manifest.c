/* Fuzzes manifests: any bytes are read or refused with a place, and their variables computed or refused likewise. */
#include "module/vars.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(const GError *error)
{
  g_assert(error != NULL && error->domain == LF_CONFIG_ERROR && g_str_has_prefix(error->message, "fuzz:"));
}

static void
check_vars(LfArena *arena, const LfManifest *m)
{
  g_autoptr(GError) error = NULL;
  g_auto(LfBuf) path = {0};
  LfTemplateReads reads = {.arena = arena};
  LfValue vars;
  if (!lf_vars_resolve(arena, m, lf_vars_builtin(arena, "9.2.2", "m", "s"), NULL, &reads, &vars, &error)) {
    check_error(error);
    return;
  }
  for (guint i = 0; i < m->n_vars; i++)
    g_assert(lf_object_get_str(&vars, m->vars[i].name) != NULL);
  if (!lf_vars_render(arena, m->input.place, m->input.text, LF_TEMPLATE_CONFIG, &vars, &reads, &path, &error))
    check_error(error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autoptr(LfArena) arena = lf_arena_new();
  g_autoptr(GError) error = NULL;
  const LfManifest *m = lf_manifest_parse(arena, "fuzz", lf_slice((const char *)data, size), &error);
  if (m == NULL) {
    check_error(error);
    return 0;
  }
  for (guint i = 0; i < m->n_vars; i++)
    g_assert(m->vars[i].name != NULL && m->vars[i].place.line > 0);
  check_vars(arena, m);
  return 0;
}
