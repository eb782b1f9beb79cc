/* Beats' conditions: compiled from a map of the configuration, checked for one document after the other. */
#include "processor/condition.h"

#include "config/option/gonumber.h"
#include "config/option/option.h"
#include "processor/network.h"
#include "text/regex.h"
#include "text/regex_go.h"

/* Whether a document meets a condition. LIMIT: a search was given up, so that nothing is known; it fails the whole. */
typedef enum { NO, YES, LIMIT } Verdict;

typedef struct Condition Condition;
typedef struct Field Field;

/* Where a field is looked for. */
typedef enum { OF_DOC, OF_META, OF_TIME, OF_NOTHING } Where;

typedef enum { GTE, GT, LTE, LT, N_BOUNDS } Bound;
static const char *const bounds[N_BOUNDS] = {"gte", "gt", "lte", "lt"};

/* A field and what is asked of it: `text` for contains, `value` for equals, `bound` and `limit` for range. */
struct Field {
  Where where;
  LfSlice name;
  LfValue value;
  LfSlice text;
  LfRegex *regex;
  Bound bound;
  double limit;
  LfNetwork *networks;
  guint n_networks;
};

/* What a check needs. */
typedef struct {
  LfArena *arena;
  const LfValue *doc;
  const LfValue *meta;
} Run;

typedef struct {
  LfArena *arena;
  LfWhen *when;
  LfNotes *notes;
  GError **error;
} Compiler;

typedef struct {
  const char *name;
  /* Whether what stands behind the name counts as set. */
  gboolean (*is_set)(const LfNode *node);
  gboolean (*compile)(Compiler *c, Condition *out, const LfNode *node, guint depth);
  /* Of one field; NULL: `parts` are conditions. */
  gboolean (*read_field)(Compiler *c, Field *field, const LfNode *node);
  Verdict (*check_field)(const Field *field, LfValue *value, const Run *run);
  Verdict (*check)(const Condition *condition, const Run *run);
} Kind;

/* `fields`, all of which have to be met, or conditions below. */
struct Condition {
  const Kind *kind;
  Field *fields;
  guint n_fields;
  guint cap;
  Condition *parts;
  guint n_parts;
};

struct LfWhen {
  Condition root;
  LfPlace place;
  gint warned;
};

static gboolean compile(Compiler *c, Condition *out, const LfNode *map, guint depth);

/* What stands behind a key, as libbeat's MapStr finds it: at each level the whole name that is left goes before its
 * first part. */
static LfValue *
find(const LfValue *at, LfSlice name)
{
  while (at != NULL) {
    LfValue *whole = lf_object_get(at, name);
    const char *dot = memchr(name.p, '.', name.len);
    if (whole != NULL || dot == NULL)
      return whole;
    gsize n = (gsize)(dot - name.p);
    at = lf_object_get(at, lf_slice(name.p, n));
    name = lf_slice(dot + 1, name.len - n - 1);
  }
  return NULL;
}

static LfValue *
get(const Field *f, const Run *run)
{
  static LfValue time = {.type = LF_TYPE_NULL}; /* it is there, and no text and no number in Beats */
  switch (f->where) {
  case OF_TIME:
    return &time;
  case OF_META:
    return run->meta != NULL ? find(run->meta, f->name) : NULL;
  case OF_DOC:
    return find(run->doc, f->name);
  default:
    return NULL;
  }
}

static Verdict
check_equals(const Field *f, LfValue *v, const Run *run)
{
  if (v->type != f->value.type)
    return NO;
  if (v->type == LF_TYPE_STRING)
    return lf_slice_equal(lf_value_text(run->arena, v), lf_slice(f->value.s, f->value.len)) ? YES : NO;
  return (v->type == LF_TYPE_INT ? v->i == f->value.i : !v->b == !f->value.b) ? YES : NO;
}

static gboolean
read_equals(Compiler *c, Field *f, const LfNode *node)
{
  g_autofree char *found = NULL;
  switch (node->type) {
  case LF_NODE_INT:
    f->value = lf_value_int(node->i);
    return TRUE;
  case LF_NODE_STRING:
    f->value = lf_value_string(node->text);
    return TRUE;
  case LF_NODE_BOOL:
    f->value = lf_value_bool(node->b);
    return TRUE;
  default:
    found = lf_node_describe(node);
    return lf_place_error(c->error, node->place, LF_CONFIG_ERROR_INVALID,
                          "equals: %.*s is compared with a text, a whole number, true or false, not with %s",
                          (int)f->name.len, f->name.p, found);
  }
}

/* A list meets it where one of its texts does. */
static Verdict
check_texts(const Field *f, LfValue *v, const Run *run, Verdict (*check)(const Field *f, LfSlice text))
{
  if (v->type == LF_TYPE_STRING)
    return check(f, lf_value_text(run->arena, v));
  for (guint32 i = 0; v->type == LF_TYPE_ARRAY && i < v->array->len; i++) {
    LfValue *item = &v->array->items[i];
    Verdict verdict = item->type == LF_TYPE_STRING ? check(f, lf_value_text(run->arena, item)) : NO;
    if (verdict != NO)
      return verdict;
  }
  return NO;
}

/* The empty text is in none but itself, as in Beats. */
static Verdict
has_text(const Field *f, LfSlice text)
{
  if (f->text.len == 0)
    return text.len == 0 ? YES : NO;
  return text.len >= f->text.len && memmem(text.p, text.len, f->text.p, f->text.len) != NULL ? YES : NO;
}

static Verdict
check_contains(const Field *f, LfValue *v, const Run *run)
{
  return check_texts(f, v, run, has_text);
}

static gboolean
read_text(Compiler *c, Field *f, const LfNode *node, const char *condition)
{
  f->text = node->text;
  if (node->type == LF_NODE_STRING)
    return TRUE;
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(c->error, node->place, LF_CONFIG_ERROR_INVALID, "%s: %.*s takes a text, not %s%s", condition,
                        (int)f->name.len, f->name.p, found,
                        node->type == LF_NODE_INT || node->type == LF_NODE_BOOL ? "; put it into quotes" : "");
}

static gboolean
read_contains(Compiler *c, Field *f, const LfNode *node)
{
  return read_text(c, f, node, "contains");
}

static Verdict
matches(const Field *f, LfSlice text)
{
  switch (lf_regex_match(f->regex, text)) {
  case LF_REGEX_YES:
    return YES;
  case LF_REGEX_LIMIT:
    return LIMIT;
  default:
    return NO;
  }
}

static Verdict
check_regexp(const Field *f, LfValue *v, const Run *run)
{
  return check_texts(f, v, run, matches);
}

static gboolean
read_regexp(Compiler *c, Field *f, const LfNode *node)
{
  g_auto(LfBuf) translated = {0};
  g_autofree char *why = NULL;
  if (!read_text(c, f, node, "regexp"))
    return FALSE;
  if (lf_regex_go_translate(f->text, LF_REGEX_GO_BEATS, &translated, &why))
    f->regex = lf_regex_new(lf_buf_slice(&translated), &why);
  return f->regex != NULL ||
         lf_place_error(c->error, node->place, LF_CONFIG_ERROR_INVALID,
                        "regexp: %.*s: it is no regular expression of Go: %s", (int)f->name.len, f->name.p, why);
}

static Verdict
check_range(const Field *f, LfValue *v, const Run *run)
{
  if (!lf_value_is_number(v))
    return NO;
  double d = lf_value_as_double(v);
  const gboolean outside[N_BOUNDS] = {d<f->limit, d <= f->limit, d> f->limit, d >= f->limit};
  return outside[f->bound] ? NO : YES;
}

/* The last part of the name is the bound. */
static gboolean
read_range(Compiler *c, Field *f, const LfNode *node)
{
  const char *dot = memrchr(f->name.p, '.', f->name.len);
  gsize n = dot != NULL ? (gsize)(dot - f->name.p) : 0;
  LfSlice bound = dot != NULL ? lf_slice(dot + 1, f->name.len - n - 1) : f->name;
  guint i = 0;
  while (i < N_BOUNDS && !lf_slice_is(bound, bounds[i]))
    i++;
  if (i == N_BOUNDS)
    return lf_place_error(
        c->error, node->place, LF_CONFIG_ERROR_INVALID,
        "range: behind the field's name stands one of gt, gte, lt, lte (http.code.gte: 400), not %.*s", (int)bound.len,
        bound.p);
  f->bound = (Bound)i;
  if (dot != NULL)
    f->name.len = n;
  if (node->type == LF_NODE_INT || node->type == LF_NODE_FLOAT) {
    f->limit = node->type == LF_NODE_INT ? (double)node->i : node->d;
    return TRUE;
  }
  if (node->type == LF_NODE_STRING && lf_gonumber_float(node->text, &f->limit))
    return TRUE;
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(c->error, node->place, LF_CONFIG_ERROR_INVALID, "range: %.*s.%s takes a number, not %s",
                        (int)f->name.len, f->name.p, bounds[i], found);
}

static Verdict
is_inside(const Field *f, LfSlice text)
{
  LfIp ip;
  if (!lf_ip_parse(text, &ip))
    return NO;
  for (guint i = 0; i < f->n_networks; i++)
    if (lf_network_contains(&f->networks[i], &ip))
      return YES;
  return NO;
}

static Verdict
check_network(const Field *f, LfValue *v, const Run *run)
{
  return check_texts(f, v, run, is_inside);
}

static gboolean
add_network(Compiler *c, Field *f, const LfNode *node)
{
  if (node->type == LF_NODE_STRING && lf_network_parse(node->text, &f->networks[f->n_networks])) {
    f->n_networks++;
    return TRUE;
  }
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(
      c->error, node->place, LF_CONFIG_ERROR_INVALID,
      "network: %.*s takes a block such as 192.0.2.0/24 or 2001:db8::/32, or a name such as loopback, "
      "private, public, multicast, or a list of them, not %s",
      (int)f->name.len, f->name.p, found);
}

static gboolean
read_network(Compiler *c, Field *f, const LfNode *node)
{
  guint n = node->type == LF_NODE_LIST ? node->n : 1;
  f->networks = lf_arena_alloc_n(c->arena, n, sizeof *f->networks);
  if (node->type != LF_NODE_LIST)
    return add_network(c, f, node);
  for (guint i = 0; i < n; i++)
    if (!add_network(c, f, node->entries[i].node))
      return FALSE;
  return TRUE;
}

static Verdict
check_there(const Field *f, LfValue *v, const Run *run)
{
  return YES;
}

static gboolean
read_name(Compiler *c, Field *f, const LfNode *node)
{
  return TRUE;
}

static Verdict
check_fields(const Condition *condition, const Run *run)
{
  for (guint i = 0; i < condition->n_fields; i++) {
    const Field *f = &condition->fields[i];
    LfValue *v = get(f, run);
    Verdict verdict = v != NULL ? condition->kind->check_field(f, v, run) : NO;
    if (verdict != YES)
      return verdict;
  }
  return YES;
}

static Verdict
check_and(const Condition *condition, const Run *run)
{
  Verdict verdict = YES;
  for (guint i = 0; i < condition->n_parts && verdict == YES; i++)
    verdict = condition->parts[i].kind->check(&condition->parts[i], run);
  return verdict;
}

static Verdict
check_or(const Condition *condition, const Run *run)
{
  Verdict verdict = NO;
  for (guint i = 0; i < condition->n_parts && verdict == NO; i++)
    verdict = condition->parts[i].kind->check(&condition->parts[i], run);
  return verdict;
}

static Verdict
check_not(const Condition *condition, const Run *run)
{
  Verdict verdict = check_and(condition, run);
  return verdict == LIMIT ? LIMIT : verdict == YES ? NO : YES;
}

/* Adds a field; its place in the document is read from its name once the kind has taken what it wants of it. */
static gboolean
add_field(Compiler *c, Condition *out, LfSlice name, const LfNode *node)
{
  if (out->n_fields == out->cap) {
    guint cap = MAX(out->cap * 2, 4);
    out->fields = lf_arena_grow(c->arena, out->fields, out->cap * sizeof(Field), cap * sizeof(Field));
    out->cap = cap;
  }
  Field *f = &out->fields[out->n_fields++];
  *f = (Field){.name = name};
  if (!out->kind->read_field(c, f, node))
    return FALSE;
  f->where = lf_slice_is(f->name, "@timestamp")           ? OF_TIME
             : lf_slice_is(f->name, "@metadata")          ? OF_NOTHING
             : lf_slice_has_prefix(f->name, "@metadata.") ? OF_META
                                                          : OF_DOC;
  if (f->where == OF_META)
    f->name = lf_slice(f->name.p + strlen("@metadata."), f->name.len - strlen("@metadata."));
  return TRUE;
}

/* Fields by their whole names: {a: {b: 1}} is a.b. A list counts its elements, so that it names fields that no event
 * has, but for those of `network`. */
static gboolean
flatten(Compiler *c, Condition *out, LfSlice prefix, const LfNode *node, guint depth)
{
  gboolean list = node->type == LF_NODE_LIST && out->kind->read_field != read_network;
  if (node->type != LF_NODE_MAP && !list)
    return add_field(c, out, prefix, node);
  if (depth > LF_DEPTH_MAX)
    return lf_place_error(c->error, node->place, LF_CONFIG_ERROR_INVALID, "%s: nested too deeply", out->kind->name);
  if (list)
    lf_notes_add(c->notes, LF_LOG_WARNING, node->place,
                 "%s: a list is never met, as in Filebeat: write one condition for each of its values, below or:",
                 out->kind->name);
  for (guint i = 0; i < node->n; i++) {
    const LfNodeEntry *e = &node->entries[i];
    g_autofree char *name = list ? g_strdup_printf("%u", i) : lf_slice_dup(e->key);
    LfSlice full = prefix.len > 0 ? lf_arena_printf(c->arena, "%.*s.%s", (int)prefix.len, prefix.p, name)
                                  : lf_arena_dup(c->arena, lf_slice_str(name));
    if (!flatten(c, out, full, e->node, depth + 1))
      return FALSE;
  }
  return TRUE;
}

static gboolean
wrong_type(Compiler *c, const Condition *out, const LfNode *node, const char *wanted)
{
  g_autofree char *found = lf_node_describe(node);
  return lf_place_error(c->error, node->place, LF_CONFIG_ERROR_INVALID, "%s takes %s, not %s", out->kind->name, wanted,
                        found);
}

static gboolean
compile_fields(Compiler *c, Condition *out, const LfNode *node, guint depth)
{
  if (node->type != LF_NODE_MAP)
    return wrong_type(c, out, node, "fields with what is asked of them");
  return flatten(c, out, (LfSlice){0}, node, depth);
}

/* One name, or a list of them. */
static gboolean
compile_names(Compiler *c, Condition *out, const LfNode *node, guint depth)
{
  const LfNodeEntry one = {.node = (LfNode *)node};
  const LfNodeEntry *entries = node->type == LF_NODE_LIST ? node->entries : &one;
  for (guint i = 0; i < (node->type == LF_NODE_LIST ? node->n : 1); i++) {
    const char *name = lf_option_text(c->arena, entries[i].node);
    if (name == NULL)
      return wrong_type(c, out, entries[i].node, "the names of fields");
    if (!add_field(c, out, lf_slice_str(name), entries[i].node))
      return FALSE;
  }
  return TRUE;
}

/* One condition, or a list of them. */
static gboolean
compile_parts(Compiler *c, Condition *out, const LfNode *node, guint depth)
{
  gboolean list = node->type == LF_NODE_LIST;
  out->parts = lf_arena_alloc_n(c->arena, list ? node->n : 1, sizeof *out->parts);
  memset(out->parts, 0, (list ? node->n : 1) * sizeof *out->parts);
  for (guint i = 0; i < (list ? node->n : 1); i++) {
    out->n_parts++;
    if (!compile(c, &out->parts[i], list ? node->entries[i].node : node, depth + 1))
      return FALSE;
  }
  return TRUE;
}

static gboolean
compile_not(Compiler *c, Condition *out, const LfNode *node, guint depth)
{
  return node->type == LF_NODE_MAP ? compile_parts(c, out, node, depth) : wrong_type(c, out, node, "one condition");
}

static gboolean
is_there(const LfNode *node)
{
  return node->type != LF_NODE_NULL;
}

static gboolean
is_not_empty(const LfNode *node)
{
  return node->type != LF_NODE_NULL && ((node->type != LF_NODE_LIST && node->type != LF_NODE_MAP) || node->n > 0);
}

/* In the order in which Beats look for them. */
static const Kind kinds[] = {
    {"equals", is_there, compile_fields, read_equals, check_equals, check_fields},
    {"contains", is_there, compile_fields, read_contains, check_contains, check_fields},
    {"regexp", is_there, compile_fields, read_regexp, check_regexp, check_fields},
    {"range", is_there, compile_fields, read_range, check_range, check_fields},
    {"has_fields", is_not_empty, compile_names, read_name, check_there, check_fields},
    {"network", is_not_empty, compile_fields, read_network, check_network, check_fields},
    {"or", is_not_empty, compile_parts, NULL, NULL, check_or},
    {"and", is_not_empty, compile_parts, NULL, NULL, check_and},
    {"not", is_there, compile_not, NULL, NULL, check_not},
};

static gboolean
unknown(Compiler *c, const LfNodeEntry *e)
{
  const char *names[G_N_ELEMENTS(kinds)];
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    names[i] = kinds[i].name;
  g_autofree char *word = lf_slice_dup(e->key);
  const char *near = lf_option_near(word, names, G_N_ELEMENTS(names));
  return lf_place_error(c->error, e->place, LF_CONFIG_ERROR_INVALID,
                        "missing or invalid condition: there is no %s%s%s%s; conditions are equals, contains, regexp, "
                        "range, has_fields, network, or, and, not",
                        word, near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                        near != NULL ? "?)" : "");
}

static const Kind *
kind_of(LfSlice name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (lf_slice_is(name, kinds[i].name))
      return &kinds[i];
  return NULL;
}

static gboolean
compile(Compiler *c, Condition *out, const LfNode *map, guint depth)
{
  const LfNodeEntry *used = NULL;
  if (depth > LF_DEPTH_MAX)
    return lf_place_error(c->error, map->place, LF_CONFIG_ERROR_INVALID, "conditions are nested too deeply");
  for (guint i = 0; map->type == LF_NODE_MAP && i < map->n; i++) {
    const LfNodeEntry *e = &map->entries[i];
    const Kind *kind = kind_of(e->key);
    if (kind == NULL)
      return unknown(c, e);
    if (kind->is_set(e->node) && (used == NULL || kind < out->kind)) {
      used = e;
      out->kind = kind;
    }
  }
  if (used == NULL) {
    g_autofree char *found = lf_node_describe(map);
    return lf_place_error(c->error, map->place, LF_CONFIG_ERROR_INVALID,
                          "missing or invalid condition: %s names none of equals, contains, regexp, range, has_fields, "
                          "network, or, and, not",
                          found);
  }
  for (guint i = 0; i < map->n; i++)
    if (&map->entries[i] != used && kind_of(map->entries[i].key)->is_set(map->entries[i].node))
      lf_notes_add(c->notes, LF_LOG_WARNING, map->entries[i].place,
                   "%.*s is ignored, as in Filebeat, which takes one condition of a map (here %s); put them below and:",
                   (int)map->entries[i].key.len, map->entries[i].key.p, out->kind->name);
  return out->kind->compile(c, out, used->node, depth);
}

LfWhen *
lf_when_compile(LfArena *arena, const LfNode *map, LfNotes *notes, GError **error)
{
  Compiler c = {.arena = arena, .when = lf_arena_alloc0(arena, sizeof *c.when), .notes = notes, .error = error};
  c.when->place = map->place;
  if (compile(&c, &c.when->root, map, 0))
    return c.when;
  lf_when_clear(c.when);
  return NULL;
}

static void
clear(Condition *condition)
{
  for (guint i = 0; i < condition->n_fields; i++)
    lf_regex_free(condition->fields[i].regex);
  for (guint i = 0; i < condition->n_parts; i++)
    clear(&condition->parts[i]);
}

void
lf_when_clear(LfWhen *when)
{
  if (when != NULL)
    clear(&when->root);
}

gboolean
lf_when_check(const LfWhen *when, LfArena *arena, const LfValue *doc, const LfValue *meta)
{
  const Run run = {.arena = arena, .doc = doc, .meta = meta};
  Verdict verdict = when->root.kind->check(&when->root, &run);
  if (verdict == LIMIT && g_atomic_int_compare_and_exchange((gint *)&when->warned, 0, 1)) {
    g_autofree char *place = lf_place_format(when->place);
    lf_log_warning("processor",
                   "%sa regular expression takes too long on a text; an event with such a text does not meet the "
                   "condition (this is said once)",
                   place);
  }
  return verdict == YES;
}
