/* The flags of every command that reads a configuration. */
#include "cmd/flags.h"

#include "config/option/gonumber.h"

typedef enum {
  KIND_SWITCH,         /* gboolean at `offset` */
  KIND_SWITCH_OFF,     /* gboolean at `offset`, the other way round */
  KIND_TEXT,           /* const char * at `offset` */
  KIND_LIST,           /* const char *const * at `offset`, once for each time */
  KIND_DURATION,       /* gint64 at `offset`, milliseconds */
  KIND_IGNORED_SWITCH, /* Filebeat's, changes nothing here: `doc` says what follows */
  KIND_IGNORED_TEXT,
  KIND_REFUSED, /* Filebeat's, and not there: `doc` says why */
} Kind;

typedef struct {
  const char *name;
  Kind kind;
  guint which;
  gsize offset;
  const char *value;
  const char *doc;
  const char *const *words;
} Flag;

#define SOURCE(member) .offset = offsetof(LfFlags, sources.member)
#define AT(member) .offset = offsetof(LfFlags, member)
#define RUN .which = LF_FLAGS_RUN
#define DEAD .which = LF_FLAGS_DEADLETTER

static const char *const environments[] = {"default", "systemd", "container", "macos_service", "windows_service", NULL};

static const char *const formats[] = {"text", "json", NULL};

/* The commands that have flags of their own. */
static const struct {
  guint which;
  const char *name;
} commands[] = {{LF_FLAGS_RUN, "run"}, {LF_FLAGS_DEADLETTER, "deadletter"}};

static const Flag flags[] = {
    {"c", KIND_LIST, SOURCE(files), .value = "FILE", .doc = "a configuration; several are merged (filebeat.yml)"},
    {"E", KIND_LIST, SOURCE(overrides), .value = "KEY=VALUE", .doc = "a setting over the configuration"},
    {"M", KIND_LIST, SOURCE(module_overrides), .value = "MODULE.FILESET.KEY=VALUE",
     .doc = "a setting over a module's block; * stands for all"},
    {"modules", KIND_LIST, SOURCE(modules), .value = "LIST", .doc = "modules to enable, with commas between"},
    {"once", KIND_SWITCH, RUN, AT(once), .doc = "collect up to now, deliver, end"},
    {"once-timeout", KIND_DURATION, RUN, AT(once_timeout_ms), .value = "DURATION",
     .doc = "how long --once may take (10m)"},
    {"reset-state", KIND_LIST, RUN, AT(reset_state), .value = "GROUP", .doc = "forget how far this log group was read"},
    {"all", KIND_SWITCH, DEAD, AT(all), .doc = "every dead letter that the other flags let through"},
    {"group", KIND_TEXT, DEAD, AT(group), .value = "GROUP", .doc = "only those of this log group"},
    {"output", KIND_TEXT, DEAD, AT(output), .value = "NAME", .doc = "only those that this output refused"},
    {"limit", KIND_TEXT, DEAD, AT(limit), .value = "N", .doc = "list: the first N (100); 0 is all"},
    {"format", KIND_TEXT, DEAD, AT(format), .value = "text|json", .words = formats, .doc = "how they are shown (text)"},
    {"path.home", KIND_TEXT, SOURCE(path_home), .value = "DIR", .doc = "the program's folder"},
    {"path.config", KIND_TEXT, SOURCE(path_config), .value = "DIR", .doc = "the folder of configuration files"},
    {"path.data", KIND_TEXT, SOURCE(path_data), .value = "DIR", .doc = "the folder of the state"},
    {"path.logs", KIND_TEXT, SOURCE(path_logs), .value = "DIR", .doc = "the folder of log files"},
    {"e", KIND_SWITCH, SOURCE(to_stderr), .doc = "log to stderr, to no file"},
    {"d", KIND_LIST, SOURCE(selectors), .value = "SELECTORS", .doc = "log debug lines of these parts, * is all"},
    {"v", KIND_SWITCH, SOURCE(verbose), .doc = "log at level info at least"},
    {"strict.perms", KIND_SWITCH_OFF, SOURCE(lax_perms),
     .doc = "refuse configuration files that others may write (true)"},
    {"environment", KIND_TEXT, SOURCE(environment), .value = "WORD", .words = environments,
     .doc = "where the program runs: container and systemd log to stderr"},
    {"help", KIND_SWITCH, AT(help), .doc = "this text"},
    {"h", KIND_SWITCH, AT(help), .doc = NULL},
    {"N", KIND_REFUSED, RUN, .doc = "events cannot be read without being delivered; `test config` reads none"},
    {"setup", KIND_IGNORED_SWITCH,
     .doc = "template and pipelines are loaded at the first connect without it, and there are no dashboards"},
    {"plugin", KIND_IGNORED_TEXT, .value = "FILE", .doc = "there are no plugins"},
    {"httpprof", KIND_IGNORED_TEXT, .value = "ADDRESS", .doc = "there is no profile of Go to show"},
    {"cpuprofile", KIND_IGNORED_TEXT, .value = "FILE", .doc = "there is no profile of Go to write"},
    {"memprofile", KIND_IGNORED_TEXT, .value = "FILE", .doc = "there is no profile of Go to write"},
    {"blockprofile", KIND_IGNORED_TEXT, .value = "FILE", .doc = "there is no profile of Go to write"},
    {"system-wide", KIND_IGNORED_SWITCH, .doc = "it changes nothing"},
    {"configtest", KIND_REFUSED, .doc = "use `logferry test config`"},
    {"version", KIND_REFUSED, .doc = "use `logferry version`"},
};

static gboolean
takes_value(const Flag *flag)
{
  return flag->value != NULL;
}

static const Flag *
find_flag(LfSlice name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
    if (lf_slice_is(name, flags[i].name))
      return &flags[i];
  return NULL;
}

static const char *
command_of(const Flag *flag)
{
  gsize i = 0;
  while (commands[i].which != flag->which)
    i++;
  return commands[i].name;
}

static gboolean
is_offered(const Flag *flag, guint which)
{
  return flag->which == 0 || (flag->which & which) != 0;
}

static gboolean usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
usage_error(GError **error, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_INVALID, "%s", text);
}

/* "-c", "--once": as it is written in messages. */
static const char *
dashes(const char *name)
{
  return name[1] == '\0' ? "-" : "--";
}

static gboolean
unknown_flag(LfSlice name, guint which, GError **error)
{
  const char *names[G_N_ELEMENTS(flags)];
  guint n = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
    if (flags[i].name[1] != '\0' && is_offered(&flags[i], which))
      names[n++] = flags[i].name;
  g_autofree char *word = lf_slice_dup(name);
  const char *near = lf_option_near(word, names, n);
  return usage_error(error, "unknown flag %s%s%s%s%s", dashes(word[0] != '\0' ? word : "--"), word,
                     near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
                     near != NULL ? "?" : " (--help lists the flags)");
}

static GPtrArray *
list_of(LfFlags *out, const Flag *flag)
{
  return out->owned->pdata[flag - flags];
}

static gboolean
apply_switch(LfFlags *out, const Flag *flag, const char *value, GError **error)
{
  gboolean on = TRUE;
  if (value != NULL && !lf_gonumber_bool(lf_slice_str(value), &on))
    return usage_error(error, "%s%s takes true or false, not \"%s\"", dashes(flag->name), flag->name, value);
  if (flag->kind == KIND_IGNORED_SWITCH)
    lf_notes_add(&out->notes, LF_LOG_WARNING, (LfPlace){0}, "the flag %s%s is ignored: %s", dashes(flag->name),
                 flag->name, flag->doc);
  else
    G_STRUCT_MEMBER(gboolean, out, flag->offset) = flag->kind == KIND_SWITCH_OFF ? !on : on;
  return TRUE;
}

static gboolean
check_word(const Flag *flag, const char *value, GError **error)
{
  if (flag->words == NULL)
    return TRUE;
  for (guint i = 0; flag->words[i] != NULL; i++)
    if (g_ascii_strcasecmp(flag->words[i], value) == 0)
      return TRUE;
  g_autofree char *all = g_strjoinv(", ", (char **)flag->words);
  return usage_error(error, "--%s takes one of %s, not \"%s\"", flag->name, all, value);
}

static gboolean
apply_value(LfFlags *out, const Flag *flag, const char *value, GError **error)
{
  switch (flag->kind) {
  case KIND_LIST:
    g_ptr_array_add(list_of(out, flag), (gpointer)value);
    return TRUE;
  case KIND_DURATION:
    return lf_option_duration_text(lf_slice_str(value), &G_STRUCT_MEMBER(gint64, out, flag->offset)) &&
                   G_STRUCT_MEMBER(gint64, out, flag->offset) > 0
               ? TRUE
               : usage_error(error, "--%s takes %s, not \"%s\"", flag->name, lf_option_type_text(LF_OPTION_DURATION),
                             value);
  case KIND_TEXT:
    G_STRUCT_MEMBER(const char *, out, flag->offset) = value;
    return check_word(flag, value, error);
  default:
    lf_notes_add(&out->notes, LF_LOG_WARNING, (LfPlace){0}, "the flag %s%s is ignored: %s", dashes(flag->name),
                 flag->name, flag->doc);
    return TRUE;
  }
}

/* Handles the flag at `*argv`, whose dashes are gone. Steps over its value. */
static gboolean
parse_flag(LfFlags *out, const char *text, const char *const **argv, guint which, GError **error)
{
  const char *equals = strchrnul(text, '=');
  LfSlice name = lf_slice(text, (gsize)(equals - text));
  const Flag *flag = find_flag(name);
  const char *value = *equals == '=' ? equals + 1 : NULL;
  if (flag == NULL)
    return unknown_flag(name, which, error);
  if (!is_offered(flag, which))
    return usage_error(error, "%s%s belongs to the command %s", dashes(flag->name), flag->name, command_of(flag));
  if (flag->kind == KIND_REFUSED)
    return lf_place_error(error, (LfPlace){0}, LF_CONFIG_ERROR_REFUSED, "the flag %s%s is not there in logferry: %s",
                          dashes(flag->name), flag->name, flag->doc);
  if (!takes_value(flag))
    return apply_switch(out, flag, value, error);
  if (value == NULL && (value = *++*argv) == NULL)
    return usage_error(error, "%s%s needs a value: %s", dashes(flag->name), flag->name, flag->value);
  return apply_value(out, flag, value, error);
}

/* Ends each list with NULL and puts it where the sources look for it. */
static void
finish_lists(LfFlags *out)
{
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
    if (flags[i].kind != KIND_LIST)
      continue;
    GPtrArray *list = list_of(out, &flags[i]);
    g_ptr_array_add(list, NULL);
    G_STRUCT_MEMBER(gpointer, out, flags[i].offset) = list->pdata;
  }
}

gboolean
lf_flags_parse(LfFlags *out, const char *const *argv, guint which, GError **error)
{
  *out = (LfFlags){.once_timeout_ms = 10 * 60 * 1000};
  out->owned = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  for (gsize i = 0; i <= G_N_ELEMENTS(flags); i++)
    g_ptr_array_add(out->owned, g_ptr_array_new());
  GPtrArray *rest = out->owned->pdata[G_N_ELEMENTS(flags)];
  gboolean ok = TRUE, ended = FALSE;
  for (; ok && *argv != NULL; argv++) {
    const char *text = *argv;
    if (ended || text[0] != '-' || text[1] == '\0')
      g_ptr_array_add(rest, (gpointer)text);
    else if (strcmp(text, "--") == 0)
      ended = TRUE;
    else
      ok = parse_flag(out, text + (text[1] == '-' ? 2 : 1), &argv, which, error);
    if (*argv == NULL)
      break;
  }
  finish_lists(out);
  g_ptr_array_add(rest, NULL);
  out->rest = (char **)rest->pdata;
  return ok;
}

void
lf_flags_clear(LfFlags *out)
{
  g_clear_pointer(&out->owned, g_ptr_array_unref);
  lf_notes_clear(&out->notes);
}

char *
lf_flags_help(guint which)
{
  LfBuf out = {0};
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
    const Flag *flag = &flags[i];
    if (flag->doc == NULL || !is_offered(flag, which) || flag->kind >= KIND_IGNORED_SWITCH)
      continue;
    g_autofree char *left = g_strdup_printf("%s%s%s%s", dashes(flag->name), flag->name, flag->value != NULL ? " " : "",
                                            flag->value != NULL ? flag->value : "");
    lf_buf_printf(&out, "  %-28s %s\n", left, flag->doc);
  }
  return lf_buf_steal(&out);
}
