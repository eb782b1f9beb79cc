/* One option's value: from a node of the tree into its place in the settings. */
#include "config/option/value.h"

#include "config/option/gonumber.h"
#include "value/yaml.h"

#include <math.h>

const char *
lf_option_type_text(LfOptionType type)
{
  static const char *const texts[] = {
      [LF_OPTION_STRING] = "a text",
      [LF_OPTION_BOOL] = "true or false",
      [LF_OPTION_INT] = "a whole number",
      [LF_OPTION_DOUBLE] = "a number",
      [LF_OPTION_SIZE] = "a number of bytes such as 10485760 or 10MiB",
      [LF_OPTION_DURATION] = "a duration such as 30s, 1h30m or 200ms",
      [LF_OPTION_ENUM] = "a word",
      [LF_OPTION_STRINGS] = "a text or a list of texts",
      [LF_OPTION_MAP] = "a map",
      [LF_OPTION_LIST] = "a list",
      [LF_OPTION_ANY] = "anything",
      [LF_OPTION_TABLE] = "a map",
      [LF_OPTION_REFUSED] = "nothing yet",
      [LF_OPTION_IGNORED] = "anything",
  };
  return texts[type];
}

const char *
lf_option_text(LfArena *arena, const LfNode *node)
{
  char text[LF_GONUMBER_TEXT];
  guint64 u;
  switch (node->type) {
  case LF_NODE_STRING:
    return lf_arena_dup(arena, node->text).p;
  case LF_NODE_BOOL:
    return node->b ? "true" : "false";
  case LF_NODE_INT:
    return lf_arena_printf(arena, "%" G_GINT64_FORMAT, node->i).p;
  case LF_NODE_FLOAT:
    /* a whole number that only an unsigned one can hold keeps its digits */
    if (lf_gonumber_uint(node->text, &u) && u > G_MAXINT64)
      return lf_arena_printf(arena, "%" G_GUINT64_FORMAT, u).p;
    return lf_arena_dup(arena, lf_slice(text, lf_gonumber_format(node->d, text))).p;
  default:
    return NULL;
  }
}

typedef struct {
  const char *unit;
  double ns;
} Unit;

/* Reads "1h2m3.5s" as time.ParseDuration does, to nanoseconds. */
static gboolean
parse_go_duration(LfSlice text, double *out_ns)
{
  static const Unit units[] = {{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
                               {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},        {"h", 3600e9}};
  const char *p = text.p, *end = text.p + text.len;
  double sign = 1, total = 0;
  if (p < end && (*p == '-' || *p == '+'))
    sign = *p++ == '-' ? -1 : 1;
  if (end - p == 1 && *p == '0') {
    *out_ns = 0;
    return TRUE;
  }
  if (p == end)
    return FALSE;
  while (p < end) {
    double value = 0, place = 1;
    int digits = 0;
    for (; p < end && g_ascii_isdigit(*p); p++, digits++)
      value = value * 10 + (*p - '0');
    if (p < end && *p == '.')
      for (p++; p < end && g_ascii_isdigit(*p); p++, digits++)
        value += (*p - '0') * (place /= 10);
    const char *unit = p;
    while (p < end && *p != '.' && !g_ascii_isdigit(*p))
      p++;
    double ns = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
      if (lf_slice_is(lf_slice(unit, (gsize)(p - unit)), units[i].unit))
        ns = units[i].ns;
    if (digits == 0 || ns == 0)
      return FALSE;
    total += value * ns;
  }
  *out_ns = sign * total;
  return TRUE;
}

/* The nearest below; a tiny bit above 0 must not become 0, which often means "never". */
static gboolean
duration_to_ms(double ns, gint64 *out_ms)
{
  if (!isfinite(ns) || fabs(ns) >= 9223372036854775807.0)
    return FALSE;
  *out_ms = ns > 0 && ns < 1e6 ? 1 : (gint64)floor(ns / 1e6 + 1e-6);
  return TRUE;
}

gboolean
lf_option_duration_text(LfSlice text, gint64 *out_ms)
{
  double ns;
  return parse_go_duration(text, &ns) && duration_to_ms(ns, out_ms);
}

gboolean
lf_option_duration(const LfNode *node, gint64 *out_ms)
{
  if (node->type == LF_NODE_INT || node->type == LF_NODE_FLOAT)
    return duration_to_ms(node->d * 1e9, out_ms);
  return node->type == LF_NODE_STRING && lf_option_duration_text(node->text, out_ms);
}

static gboolean
read_bool(const LfNode *node, gboolean *out)
{
  *out = node->b;
  return node->type == LF_NODE_BOOL || (node->type == LF_NODE_STRING && lf_gonumber_bool(node->text, out));
}

/* As go-ucfg: a floating point number loses its fraction. */
static gboolean
read_int(const LfNode *node, gint64 *out)
{
  if (node->type == LF_NODE_STRING)
    return lf_gonumber_int(node->text, out);
  if (node->type == LF_NODE_FLOAT && fabs(node->d) < 9.2e18) {
    *out = (gint64)node->d;
    return TRUE;
  }
  *out = node->i;
  return node->type == LF_NODE_INT;
}

static gboolean
read_double(const LfNode *node, double *out)
{
  if (node->type == LF_NODE_STRING)
    return lf_gonumber_float(node->text, out);
  *out = node->d;
  return node->type == LF_NODE_INT || node->type == LF_NODE_FLOAT;
}

/* A number of bytes, perhaps with a unit; K, M, … alone and KB, MB, … are powers of 1000, KiB, MiB, … of 1024. */
static gboolean
read_size(const LfNode *node, gint64 *out)
{
  if (node->type != LF_NODE_STRING)
    return read_int(node, out);
  gsize n = 0;
  while (n < node->text.len && (g_ascii_isdigit(node->text.p[n]) || strchr(".,", node->text.p[n]) != NULL))
    n++;
  double value;
  if (node->text.len > n + 4 || !lf_gonumber_float(lf_slice(node->text.p, n), &value))
    return FALSE;
  g_autofree char *unit = g_strndup(node->text.p + n, node->text.len - n);
  g_strstrip(unit);
  const char *power = strchr("kmgtpe", unit[0] != '\0' ? g_ascii_tolower(unit[0]) : '?');
  const char *rest = unit + (power != NULL);
  gboolean binary = power != NULL && g_ascii_strncasecmp(rest, "i", 1) == 0;
  rest += binary;
  if (rest[0] != '\0' && g_ascii_strcasecmp(rest, "b") != 0)
    return FALSE;
  value *= power != NULL ? pow(binary ? 1024 : 1000, (double)(power - "kmgtpe") + 1) : 1;
  *out = (gint64)value;
  return value < 9.2e18;
}

/* "beginning, end or lastSync" */
static char *
join_words(const char *const *words)
{
  g_auto(LfBuf) out = {0};
  for (guint i = 0; words[i] != NULL; i++)
    lf_buf_printf(&out, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
  return lf_buf_steal(&out);
}

static gboolean
wrong_type(const LfOption *option, const char *name, const LfNode *node, GError **error)
{
  g_autofree char *found = option->flags & LF_OPTION_SECRET ? g_strdup("what it has") : lf_node_describe(node);
  g_autofree char *words = option->type == LF_OPTION_ENUM ? join_words(option->words) : NULL;
  const char *near = NULL;
  if (words != NULL && node->type == LF_NODE_STRING) {
    g_autofree char *word = lf_slice_dup(node->text);
    near = lf_option_near(word, option->words, g_strv_length((char **)option->words));
  }
  return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes %s, not %s%s%s%s", name,
                        words != NULL ? words : lf_option_type_text(option->type), found,
                        near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}

static char *
bound_text(const LfOption *option, double bound)
{
  char text[LF_GONUMBER_TEXT];
  if (option->type == LF_OPTION_DURATION) {
    lf_gonumber_format(fabs(bound) < 1000 ? bound : bound / 1000, text);
    return g_strconcat(text, bound == 0 || fabs(bound) >= 1000 ? "s" : "ms", NULL);
  }
  if (bound == floor(bound) && fabs(bound) < 9e15)
    return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)bound);
  lf_gonumber_format(bound, text);
  return g_strdup(text);
}

static gboolean
check_bounds(const LfOption *option, const char *name, const LfNode *node, double value, GError **error)
{
  if (option->min >= option->max || (value >= option->min && value <= option->max))
    return TRUE;
  g_autofree char *found = lf_node_describe(node), *min = bound_text(option, option->min);
  if (value < option->min)
    return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes at least %s, not %s", name, min,
                          found);
  g_autofree char *max = bound_text(option, option->max);
  return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes at most %s, not %s", name, max, found);
}

static gboolean
set_string(const LfOption *option, const char *name, LfArena *arena, const LfNode *node, const char **slot,
           GError **error)
{
  *slot = lf_option_text(arena, node);
  if (*slot == NULL)
    return wrong_type(option, name, node, error);
  if (node->type == LF_NODE_STRING && memchr(node->text.p, '\0', node->text.len) != NULL)
    return lf_place_error(error, node->place, LF_CONFIG_ERROR_INVALID, "%s holds a NUL byte", name);
  return TRUE;
}

/* A null in the list is an empty text, as in go-ucfg. */
static gboolean
set_strings(const LfOption *option, const char *name, LfArena *arena, const LfNode *node, LfStrings *slot,
            GError **error)
{
  guint n = node->type == LF_NODE_LIST ? node->n : 1;
  const char **items = lf_arena_alloc_n(arena, n, sizeof *items);
  LfPlace *places = lf_arena_alloc_n(arena, n, sizeof *places);
  for (guint i = 0; i < n; i++) {
    const LfNode *item = node->type == LF_NODE_LIST ? node->entries[i].node : node;
    places[i] = item->place;
    if (item->type == LF_NODE_NULL)
      items[i] = "";
    else if (!set_string(option, name, arena, item, &items[i], error))
      return FALSE;
  }
  *slot = (LfStrings){items, places, n};
  return TRUE;
}

static gboolean
set_enum(const LfOption *option, const char *name, const LfNode *node, int *slot, GError **error)
{
  if (node->type != LF_NODE_STRING)
    return wrong_type(option, name, node, error);
  g_autofree char *word = lf_slice_dup(node->text);
  for (int i = 0; option->words[i] != NULL; i++)
    if ((option->flags & LF_OPTION_ANY_CASE ? g_ascii_strcasecmp : strcmp)(word, option->words[i]) == 0) {
      *slot = i;
      return TRUE;
    }
  return wrong_type(option, name, node, error);
}

static gboolean
set_int(const LfOption *option, const char *name, const LfNode *node, gint64 *slot, GError **error)
{
  gboolean ok = option->type == LF_OPTION_INT    ? read_int(node, slot)
                : option->type == LF_OPTION_SIZE ? read_size(node, slot)
                                                 : lf_option_duration(node, slot);
  return ok ? check_bounds(option, name, node, (double)*slot, error) : wrong_type(option, name, node, error);
}

gboolean
lf_option_value_set(const LfOption *option, const char *name, LfArena *arena, const LfNode *node, void *slot,
                    GError **error)
{
  switch (option->type) {
  case LF_OPTION_STRING:
    return set_string(option, name, arena, node, slot, error);
  case LF_OPTION_STRINGS:
    return set_strings(option, name, arena, node, slot, error);
  case LF_OPTION_ENUM:
    return set_enum(option, name, node, slot, error);
  case LF_OPTION_INT:
  case LF_OPTION_SIZE:
  case LF_OPTION_DURATION:
    return set_int(option, name, node, slot, error);
  case LF_OPTION_BOOL:
    return read_bool(node, slot) ? TRUE : wrong_type(option, name, node, error);
  case LF_OPTION_DOUBLE:
    if (!read_double(node, slot) || isnan(*(double *)slot))
      return wrong_type(option, name, node, error);
    return check_bounds(option, name, node, *(double *)slot, error);
  case LF_OPTION_MAP:
  case LF_OPTION_LIST:
    if (node->type != (option->type == LF_OPTION_MAP ? LF_NODE_MAP : LF_NODE_LIST))
      return wrong_type(option, name, node, error);
    G_GNUC_FALLTHROUGH;
  default:
    *(const LfNode **)slot = node;
    return TRUE;
  }
}

/* The value of an option that is not set. */
static void
clear_slot(const LfOption *option, void *slot)
{
  switch (option->type) {
  case LF_OPTION_INT:
  case LF_OPTION_SIZE:
  case LF_OPTION_DURATION:
    *(gint64 *)slot = LF_OPTION_UNSET;
    break;
  case LF_OPTION_ENUM:
    *(int *)slot = LF_OPTION_UNSET;
    break;
  case LF_OPTION_BOOL:
    *(gboolean *)slot = FALSE;
    break;
  case LF_OPTION_DOUBLE:
    *(double *)slot = 0;
    break;
  case LF_OPTION_STRINGS:
    *(LfStrings *)slot = (LfStrings){0};
    break;
  default:
    *(void **)slot = NULL;
  }
}

void
lf_option_value_default(const LfOption *option, LfArena *arena, void *slot)
{
  if (option->fallback == NULL) {
    clear_slot(option, slot);
    return;
  }
  g_autoptr(GError) error = NULL;
  LfNode *node = lf_yaml_read(arena, "default", lf_slice_str(option->fallback), &error);
  if (node == NULL ||
      (node->type != LF_NODE_NULL && !lf_option_value_set(option, option->name, arena, node, slot, &error)))
    g_error("the default of %s: %s", option->name, error->message);
  if (node->type == LF_NODE_NULL)
    clear_slot(option, slot);
}
