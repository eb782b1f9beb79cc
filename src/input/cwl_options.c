/* The options of the aws-cloudwatch input: their table, and the checks between them. */
#include "input/cwl_options.h"

#include "base/clock.h"
#include "config/tree.h"
#include "net/proxy.h"

#define AT(member) .offset = offsetof(LfCwlSettings, member)

/* Years are no times that anyone waits. */
#define MS_MAX 3.2e10

static const char *const start_positions[] = {"beginning", "end", "lastSync", NULL};

static const LfOption rows[] = {
    {"", LF_OPTION_TABLE, AT(common), .table = &lf_input_common_table},
    {"log_group_arn", LF_OPTION_STRINGS, AT(log_group_arn),
     .doc = "the log group's ARN, or a list of them; says region and account too"},
    {"log_group_name", LF_OPTION_STRING, AT(log_group_name), .doc = "one log group's name; needs region_name"},
    {"log_group_name_prefix", LF_OPTION_STRING, AT(log_group_name_prefix),
     .doc = "every log group whose name starts so; needs region_name"},
    {"region_name", LF_OPTION_STRING, AT(region_name), .doc = "the AWS region of a group that is named"},
    {"log_streams", LF_OPTION_STRINGS, AT(log_streams), .doc = "only these log streams"},
    {"log_stream_prefix", LF_OPTION_STRING, AT(log_stream_prefix), .doc = "only log streams whose names start so"},
    {"start_position", LF_OPTION_ENUM, AT(start_position), .fallback = "beginning", .words = start_positions,
     .doc = "where a group without a known position starts"},
    {"scan_frequency", LF_OPTION_DURATION, AT(scan_frequency_ms), .fallback = "60s", .min = 1, .max = MS_MAX,
     .doc = "how long to wait from one look at a group to the next"},
    {"api_sleep", LF_OPTION_DURATION, AT(api_sleep_ms), .min = 0, .max = MS_MAX,
     .doc = "a pause after each page; unset, the account's quota alone limits"},
    {"api_timeout", LF_OPTION_DURATION, AT(api_timeout_ms), .fallback = "120s", .min = 0, .max = MS_MAX,
     .doc = "how long one request may take; 0s is no bound"},
    {"latency", LF_OPTION_DURATION, AT(latency_ms), .fallback = "0s", .min = 0, .max = MS_MAX,
     .doc = "how far behind now to stay"},
    {"lookback", LF_OPTION_DURATION, AT(lookback_ms), .fallback = "10m", .min = 0, .max = 86400000,
     .doc = "how late an event may become visible and still be collected; 0 looks for none"},
    {"start_time", LF_OPTION_STRING, AT(start_time_text),
     .doc = "where a group without a known position starts: RFC 3339, or how long ago, as -2h"},
    {"end_time", LF_OPTION_STRING, AT(end_time_text), .doc = "up to where groups are read; then they are done"},
    {"filter_pattern", LF_OPTION_STRING, AT(filter_pattern),
     .doc = "CloudWatch's filter pattern: only events that match"},
    {"number_of_workers", LF_OPTION_INT, AT(number_of_workers), .min = 1, .max = 1000,
     .doc = "how many log groups of a prefix are read at the same time; unset, the quota alone limits"},
    {"shared_credential_file", LF_OPTION_STRING, AT(shared_credential_file),
     .doc = "a credentials file in place of ~/.aws/credentials"},
    {"credential_profile_name", LF_OPTION_STRING, AT(credential_profile_name),
     .doc = "which section of the credentials file to take"},
    {"access_key_id", LF_OPTION_STRING, AT(access_key_id), .doc = "the first part of a fixed key"},
    {"secret_access_key", LF_OPTION_STRING, LF_OPTION_SECRET, AT(secret_access_key), .doc = "the second part"},
    {"session_token", LF_OPTION_STRING, LF_OPTION_SECRET, AT(session_token),
     .doc = "the third part of a key for a limited time"},
    {"role_arn", LF_OPTION_STRING, AT(role_arn), .doc = "a role to assume with the credentials that are found"},
    {"external_id", LF_OPTION_STRING, AT(external_id), .doc = "what the role's trust policy asks of the caller"},
    {"assume_role.duration", LF_OPTION_DURATION, AT(role_duration_ms), .fallback = "15m", .min = 900000,
     .max = 43200000, .doc = "how long the role's credentials hold, 15m to 12h"},
    {"assume_role.expiry_window", LF_OPTION_DURATION, AT(role_expiry_window_ms), .fallback = "0s", .min = 0,
     .max = 43200000, .doc = "how long before their end they are replaced; a fifth of their life at the least"},
    {"endpoint", LF_OPTION_STRING, AT(endpoint), .doc = "another API domain, or a whole URL taken as it stands"},
    {"proxy_url", LF_OPTION_STRING, AT(proxy_url),
     .doc = "the proxy on the way to AWS (http, https, socks5); unset, the environment's"},
    {"fips_enabled", LF_OPTION_BOOL, AT(fips_enabled), .fallback = "false",
     .doc = "ask AWS's FIPS endpoints; not where endpoint is set"},
    {"ssl", LF_OPTION_TABLE, AT(ssl), .table = &lf_ssl_options},
    {"default_region", LF_OPTION_STRING, AT(default_region),
     .doc = "the region where nothing else says one (a group by its name needs region_name)"},
    {"include_linked_accounts_for_prefix_mode", LF_OPTION_BOOL, AT(include_linked_accounts), .fallback = "false",
     .doc = "a prefix also takes the groups of accounts that are linked to this one"},
};

const LfOptionTable lf_cwl_options = {LF_OPTION_TABLE_OF(rows), .empty_is_unset = TRUE};

gboolean
lf_cwl_is_type(const char *type)
{
  return strcmp(type, "aws-cloudwatch") == 0 || strcmp(type, "awscloudwatch") == 0;
}

/* What a group's or stream's name may be made of (CloudWatch Logs API, CreateLogGroup and CreateLogStream). */
static gboolean
is_group_name(const char *name)
{
  gsize n = strlen(name);
  return n >= 1 && n <= 512 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.#") == n;
}

static gboolean
is_stream_name(const char *name)
{
  return name[0] != '\0' && strpbrk(name, ":*") == NULL && g_utf8_validate(name, -1, NULL) &&
         g_utf8_strlen(name, -1) <= 512;
}

/* Lower-case letters, digits and hyphens, as every region has them: it becomes part of a host's name. */
static gboolean
is_region(const char *name)
{
  gsize n = strlen(name);
  return n >= 1 && n <= 64 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && name[0] != '-' &&
         name[n - 1] != '-';
}

static gboolean
arn_error(LfPlace place, const char *text, GError **error, const char *what)
{
  return lf_place_error(
      error, place, LF_CONFIG_ERROR_INVALID,
      "log_group_arn is \"%.200s\": %s. It is arn:<partition>:logs:<region>:<account>:log-group:<name>", text, what);
}

gboolean
lf_cwl_arn_parse(LfArena *arena, LfPlace place, const char *text, LfCwlArn *out, GError **error)
{
  g_autofree char *cut = g_str_has_suffix(text, ":*") ? g_strndup(text, strlen(text) - 2) : g_strdup(text);
  g_auto(GStrv) parts = g_strsplit(cut, ":", 8);
  guint n = g_strv_length(parts);
  if (n < 1 || strcmp(parts[0], "arn") != 0)
    return arn_error(place, text, error, "it does not begin with arn:");
  if (n >= 3 && strcmp(parts[2], "logs") != 0) {
    g_autofree char *what = g_strdup_printf("it is one of the service \"%.40s\", not of logs", parts[2]);
    return arn_error(place, text, error, what);
  }
  if (n != 7)
    return arn_error(place, text, error, n < 7 ? "parts are missing" : "there are too many parts");
  if (strncmp(parts[1], "aws", 3) != 0 || !is_region(parts[1]))
    return arn_error(place, text, error, "its partition is none of AWS's (aws, aws-cn, aws-us-gov, …)");
  if (!is_region(parts[3]))
    return arn_error(place, text, error, "its region is no region's name");
  if (strlen(parts[4]) != 12 || strspn(parts[4], "0123456789") != 12)
    return arn_error(place, text, error, "its account is not 12 digits");
  if (strcmp(parts[5], "log-group") != 0)
    return arn_error(place, text, error, "it is not one of a log-group");
  if (!is_group_name(parts[6]))
    return arn_error(place, text, error, "its log group's name is not 1 to 512 of a-z A-Z 0-9 _ - / . #");
  const char **slots[] = {&out->arn, &out->partition, &out->region, &out->account, &out->name};
  const char *const values[] = {cut, parts[1], parts[3], parts[4], parts[6]};
  for (gsize i = 0; i < G_N_ELEMENTS(slots); i++)
    *slots[i] = lf_arena_dup(arena, lf_slice_str(values[i])).p;
  out->place = place;
  return TRUE;
}

/* One check over the settings that were read. */
typedef struct {
  LfCwlSettings *s;
  LfArena *arena;
  LfNotes *notes;
  LfPlace block;
  LfOptionReport report;
  GError **error;
} Check;

static LfPlace
place_of(const Check *c, const char *name)
{
  const LfOptionSeen *seen = lf_option_report_get(&c->report, name);
  return seen != NULL ? seen->place : c->block;
}

/* "file:line:column", or "elsewhere". */
static char *
place_text(LfPlace place)
{
  g_autofree char *text = lf_place_format(place);
  return text[0] != '\0' ? g_strndup(text, strlen(text) - 2) : g_strdup("elsewhere");
}

/* Two options that exclude each other: the error stands at the second in the file and names the first's place. */
static gboolean
exclude(Check *c, const char *a, const char *b, const char *why)
{
  LfPlace first = place_of(c, a), second = place_of(c, b);
  if (first.file == second.file &&
      (first.line > second.line || (first.line == second.line && first.column > second.column))) {
    LfPlace other = first;
    const char *name = a;
    first = second, second = other;
    a = b, b = name;
  }
  g_autofree char *where = place_text(first);
  return lf_place_error(c->error, second, LF_CONFIG_ERROR_INVALID, "%s cannot be together with %s (%s): %s", b, a,
                        where, why);
}

static gboolean
read_arns(Check *c)
{
  LfCwlSettings *s = c->s;
  s->arns = lf_arena_alloc_n(c->arena, s->log_group_arn.n, sizeof *s->arns);
  for (guint i = 0; i < s->log_group_arn.n; i++) {
    const char *text = s->log_group_arn.items[i];
    LfCwlArn arn;
    if (text[0] == '\0')
      continue;
    if (!lf_cwl_arn_parse(c->arena, s->log_group_arn.places[i], text, &arn, c->error))
      return FALSE;
    for (guint k = 0; k < s->n_arns; k++)
      if (strcmp(s->arns[k].arn, arn.arn) == 0) {
        g_autofree char *where = place_text(s->arns[k].place);
        return lf_place_error(c->error, arn.place, LF_CONFIG_ERROR_INVALID,
                              "log_group_arn has %s twice; the first is at %s", arn.arn, where);
      }
    s->arns[s->n_arns++] = arn;
  }
  return TRUE;
}

/* What Filebeat documents: the ARN takes precedence over names and region. */
static void
let_arn_win(Check *c)
{
  struct {
    const char *name;
    const char **slot;
  } others[] = {{"log_group_name", &c->s->log_group_name},
                {"log_group_name_prefix", &c->s->log_group_name_prefix},
                {"region_name", &c->s->region_name}};
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    if (*others[i].slot != NULL) {
      g_ptr_array_add(names, (gpointer)others[i].name);
      *others[i].slot = NULL;
    }
  if (names->len == 0)
    return;
  g_ptr_array_add(names, NULL);
  g_autofree char *list = g_strjoinv(" and ", (char **)names->pdata);
  lf_notes_add(c->notes, LF_LOG_INFO, place_of(c, names->pdata[0]), "log_group_arn wins over %s", list);
}

static gboolean
check_group(Check *c)
{
  LfCwlSettings *s = c->s;
  if (!read_arns(c))
    return FALSE;
  if (s->log_group_name != NULL && s->log_group_name_prefix != NULL)
    return exclude(c, "log_group_name", "log_group_name_prefix",
                   "give one group's name, or what many names start with");
  if (s->n_arns > 0) {
    let_arn_win(c);
    return TRUE;
  }
  gboolean prefix = s->log_group_name_prefix != NULL;
  const char *option = prefix ? "log_group_name_prefix" : "log_group_name";
  const char *name = prefix ? s->log_group_name_prefix : s->log_group_name;
  if (name == NULL)
    return lf_place_error(c->error, c->block, LF_CONFIG_ERROR_MISSING,
                          "no log group is given: set log_group_arn, log_group_name or log_group_name_prefix");
  if (!is_group_name(name))
    return lf_place_error(c->error, place_of(c, option), LF_CONFIG_ERROR_INVALID,
                          "%s takes 1 to 512 of a-z A-Z 0-9 _ - / . #, not \"%.200s\"%s", option, name,
                          g_str_has_prefix(name, "arn:") ? "; did you mean log_group_arn?" : "");
  if (s->region_name == NULL)
    return lf_place_error(c->error, place_of(c, option), LF_CONFIG_ERROR_MISSING,
                          "%s needs region_name: add region_name: us-east-1, say", option);
  return is_region(s->region_name) ||
         lf_place_error(c->error, place_of(c, "region_name"), LF_CONFIG_ERROR_INVALID,
                        "region_name takes a region such as us-east-1, not \"%.100s\"", s->region_name);
}

/* Empty names are dropped, and names that are given twice. FilterLogEvents takes names or a prefix, never both. */
static gboolean
check_streams(Check *c)
{
  LfCwlSettings *s = c->s;
  const char **items = lf_arena_alloc_n(c->arena, s->log_streams.n, sizeof *items);
  LfPlace *places = lf_arena_alloc_n(c->arena, s->log_streams.n, sizeof *places);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint n = 0;
  for (guint i = 0; i < s->log_streams.n; i++) {
    const char *name = s->log_streams.items[i];
    if (name[0] == '\0' || !g_hash_table_add(seen, (gpointer)name))
      continue;
    places[n] = s->log_streams.places[i];
    items[n++] = name;
    if (!is_stream_name(name))
      return lf_place_error(c->error, places[n - 1], LF_CONFIG_ERROR_INVALID,
                            "a name in log_streams has at most 512 characters and no : or *, not \"%.200s\"", name);
  }
  s->log_streams = (LfStrings){items, places, n};
  const char *prefix = s->log_stream_prefix;
  if (prefix != NULL && n > 0)
    return exclude(c, "log_streams", "log_stream_prefix", "the API takes names or a prefix");
  return prefix == NULL || is_stream_name(prefix) ||
         lf_place_error(c->error, place_of(c, "log_stream_prefix"), LF_CONFIG_ERROR_INVALID,
                        "log_stream_prefix has at most 512 characters and no : or *, not \"%.200s\"", prefix);
}

static gboolean
check_credentials(Check *c)
{
  const LfCwlSettings *s = c->s;
  gboolean id = s->access_key_id != NULL, secret = s->secret_access_key != NULL;
  if (id != secret)
    return lf_place_error(c->error, place_of(c, id ? "access_key_id" : "secret_access_key"), LF_CONFIG_ERROR_INVALID,
                          "%s needs %s beside it", id ? "access_key_id" : "secret_access_key",
                          id ? "secret_access_key" : "access_key_id");
  if (s->session_token != NULL && !id)
    return lf_place_error(c->error, place_of(c, "session_token"), LF_CONFIG_ERROR_INVALID,
                          "session_token needs access_key_id and secret_access_key beside it");
  return TRUE;
}

/* An IAM role's ARN: arn:<partition>:iam::<12 digits>:role/<path and name>. */
static gboolean
is_role_arn(const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, ":", 7);
  return g_strv_length(parts) == 6 && strcmp(parts[0], "arn") == 0 && strncmp(parts[1], "aws", 3) == 0 &&
         strcmp(parts[2], "iam") == 0 && parts[3][0] == '\0' && strlen(parts[4]) == 12 &&
         strspn(parts[4], "0123456789") == 12 && g_str_has_prefix(parts[5], "role/") && parts[5][5] != '\0';
}

static gboolean
check_role(Check *c)
{
  const LfCwlSettings *s = c->s;
  if (s->role_arn != NULL && !is_role_arn(s->role_arn))
    return lf_place_error(c->error, place_of(c, "role_arn"), LF_CONFIG_ERROR_INVALID,
                          "role_arn is arn:<partition>:iam::<account>:role/<name>, not \"%.200s\"", s->role_arn);
  if (s->external_id != NULL && s->role_arn == NULL)
    lf_notes_add(c->notes, LF_LOG_WARNING, place_of(c, "external_id"), "external_id has no effect without role_arn");
  if (s->role_expiry_window_ms >= s->role_duration_ms)
    return lf_place_error(c->error, place_of(c, "assume_role.expiry_window"), LF_CONFIG_ERROR_INVALID,
                          "assume_role.expiry_window has to be shorter than assume_role.duration");
  return TRUE;
}

/* A time: RFC 3339, or a duration before now. */
static gboolean
read_time(Check *c, const char *name, const char *text, gint64 *out_ms)
{
  gint64 ago_ms;
  *out_ms = LF_OPTION_UNSET;
  if (text == NULL)
    return TRUE;
  if (text[0] == '-' && lf_option_duration_text(lf_slice_str(text + 1), &ago_ms)) {
    gint64 ms = lf_clock_wall_ms(lf_clock_system()) - ago_ms;
    *out_ms = MAX(ms, 0);
    return TRUE;
  }
  g_autoptr(GDateTime) time = strchr(text, 'T') != NULL ? g_date_time_new_from_iso8601(text, NULL) : NULL;
  if (time == NULL || g_date_time_to_unix(time) < 0)
    return lf_place_error(
        c->error, place_of(c, name), LF_CONFIG_ERROR_INVALID,
        "%s is \"%.100s\": write a time as 2026-11-24T08:00:00Z (with its zone), or how long ago as -2h", name, text);
  *out_ms = g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000;
  return TRUE;
}

static gboolean
check_times(Check *c)
{
  LfCwlSettings *s = c->s;
  if (!read_time(c, "start_time", s->start_time_text, &s->start_time_ms) ||
      !read_time(c, "end_time", s->end_time_text, &s->end_time_ms))
    return FALSE;
  gint64 now = lf_clock_wall_ms(lf_clock_system());
  if (s->start_time_ms != LF_OPTION_UNSET && s->start_time_ms > now)
    return lf_place_error(c->error, place_of(c, "start_time"), LF_CONFIG_ERROR_INVALID,
                          "start_time is \"%s\", which is still to come", s->start_time_text);
  if (s->end_time_ms != LF_OPTION_UNSET && s->start_time_ms != LF_OPTION_UNSET && s->end_time_ms < s->start_time_ms)
    return lf_place_error(c->error, place_of(c, "end_time"), LF_CONFIG_ERROR_INVALID, "end_time is before start_time");
  return TRUE;
}

static gboolean
check_prefix(Check *c)
{
  const LfCwlSettings *s = c->s;
  if (s->include_linked_accounts && s->log_group_name_prefix == NULL)
    lf_notes_add(c->notes, LF_LOG_WARNING, place_of(c, "include_linked_accounts_for_prefix_mode"),
                 "include_linked_accounts_for_prefix_mode has no effect without log_group_name_prefix");
  if (s->filter_pattern != NULL && strlen(s->filter_pattern) > 1024)
    return lf_place_error(c->error, place_of(c, "filter_pattern"), LF_CONFIG_ERROR_INVALID,
                          "filter_pattern is longer than the 1024 bytes that CloudWatch Logs takes");
  return TRUE;
}

static gboolean
check_urls(Check *c)
{
  const LfCwlSettings *s = c->s;
  struct {
    const char *name;
    const char *value;
  } all[] = {{"endpoint", s->endpoint}, {"proxy_url", s->proxy_url}};
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    for (const char *p = all[i].value; p != NULL && *p != '\0'; p++)
      if ((guint8)*p <= 0x20 || *p == 0x7f)
        return lf_place_error(c->error, place_of(c, all[i].name), LF_CONFIG_ERROR_INVALID,
                              "%s has white space or a control character in it", all[i].name);
  g_auto(LfProxy) proxy = {0};
  g_autofree char *why = NULL;
  if (s->proxy_url != NULL && !lf_proxy_parse(s->proxy_url, &proxy, &why))
    return lf_place_error(c->error, place_of(c, "proxy_url"), LF_CONFIG_ERROR_INVALID,
                          "proxy_url is wrong: %s. It is http://proxy:3128, or http://user:password@proxy:3128", why);
  return s->default_region == NULL || is_region(s->default_region) ||
         lf_place_error(c->error, place_of(c, "default_region"), LF_CONFIG_ERROR_INVALID,
                        "default_region takes a region such as us-east-1, not \"%.100s\"", s->default_region);
}

gboolean
lf_cwl_options_read(const LfNode *map, LfArena *arena, LfNotes *notes, LfCwlSettings *out, GError **error)
{
  Check c = {.s = out, .arena = arena, .notes = notes, .block = map->place, .error = error};
  LfOptionContext context = {
      .arena = arena, .prefix = "", .where = "the aws-cloudwatch input", .notes = notes, .report = &c.report};
  *out = (LfCwlSettings){0};
  if (!lf_options_read(&lf_cwl_options, lf_ssl_without_disabled(arena, map), &context, out, error))
    return FALSE;
  LfPlace type = place_of(&c, "type");
  if (!lf_cwl_is_type(out->common.type))
    return lf_place_error(error, type, LF_CONFIG_ERROR_INVALID, "type is %s, not aws-cloudwatch", out->common.type);
  if (strcmp(out->common.type, "aws-cloudwatch") != 0) {
    lf_notes_add(notes, LF_LOG_INFO, type, "the input's type awscloudwatch is taken for aws-cloudwatch");
    out->common.type = "aws-cloudwatch";
  }
  return check_group(&c) && check_streams(&c) && check_credentials(&c) && check_role(&c) && check_urls(&c) &&
         check_times(&c) && check_prefix(&c) && lf_ssl_check(&out->ssl, "ssl", &c.report, c.block, notes, error) &&
         lf_input_common_finish(&out->common, arena, error);
}
