/* Settings given on the command line. */
#include "config/override.h"

#include "config/flagvalue.h"
#include "config/tree.h"

LfNode *
lf_override_parse(LfArena *arena, const char *flag, const char *argument, GError **error)
{
  const char *equals = strchrnul(argument, '=');
  LfSlice key = lf_slice(argument, (gsize)(equals - argument));
  g_autofree char *where = g_strdup_printf("%s %.*s", flag, (int)MIN(key.len, 200), key.p);
  LfPlace place = {g_intern_string(where), 0, 0};
  LfNode *map = lf_tree_map(arena, place), *value;
  if (key.len == 0) {
    lf_place_error(error, (LfPlace){g_intern_string(flag), 0, 0}, LF_CONFIG_ERROR_INVALID,
                   "a setting is wanted, as in output.file.path=/var/log/events, not \"%.100s\"", argument);
    return NULL;
  }
  if (*equals == '\0') {
    value = lf_node_plain(arena, place, LF_SLICE_LIT("true"));
  } else if (equals[1] == '\0') {
    return map;
  } else if ((value = lf_flagvalue_parse(arena, place, lf_slice_str(equals + 1), TRUE, error)) == NULL) {
    return NULL;
  }
  lf_node_set(arena, map, key, place, value);
  return lf_tree_normalize(arena, map, error);
}

LfNode *
lf_override_parse_all(LfArena *arena, const char *flag, const char *const *arguments, GError **error)
{
  LfNode *all = lf_tree_map(arena, (LfPlace){g_intern_string(flag), 0, 0});
  for (; arguments != NULL && *arguments != NULL; arguments++) {
    LfNode *one = lf_override_parse(arena, flag, *arguments, error);
    if (one == NULL)
      return NULL;
    all = lf_tree_merge(arena, all, one);
  }
  return all;
}

LfNode *
lf_override_for_fileset(LfArena *arena, const LfNode *overrides, const char *module, const char *fileset)
{
  const char *const ways[][2] = {{"*", "*"}, {module, "*"}, {module, fileset}};
  LfNode *out = lf_tree_map(arena, overrides->place);
  for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
    const LfNode *part = lf_node_get(lf_node_get(overrides, ways[i][0]), ways[i][1]);
    if (part != NULL)
      out = lf_tree_merge(arena, out, part);
  }
  return out;
}
