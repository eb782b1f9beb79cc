/* Option tables: what options there are, their types, defaults and one line of documentation each. */
#ifndef LF_CONFIG_OPTION_OPTION_H
#define LF_CONFIG_OPTION_OPTION_H

#include "base/buf.h"
#include "config/option/notes.h"
#include "value/node.h"

typedef enum {
  LF_OPTION_STRING,   /* const char *, NUL-terminated; a number or a bool is taken by its text, as Filebeat does */
  LF_OPTION_BOOL,     /* gboolean; also the texts "true", "false", … that Go's strconv.ParseBool takes */
  LF_OPTION_INT,      /* gint64 */
  LF_OPTION_DOUBLE,   /* double */
  LF_OPTION_SIZE,     /* gint64, bytes: a number, or one with B, KB, KiB, MB, MiB, GB, GiB, … (go-humanize's units) */
  LF_OPTION_DURATION, /* gint64, milliseconds: Go's time.ParseDuration ("1h2m3.5s", "300ms"), or a number of seconds */
  LF_OPTION_ENUM,     /* int: the index of the word in `words` */
  LF_OPTION_STRINGS,  /* LfStrings: one string or a list of them */
  LF_OPTION_MAP,      /* const LfNode *: a map with any keys */
  LF_OPTION_LIST,     /* const LfNode *: a list of anything */
  LF_OPTION_ANY,      /* const LfNode * */
  LF_OPTION_TABLE,    /* a struct of its own that `table` describes, at `offset`; the name "" puts its rows here */
  LF_OPTION_REFUSED,  /* known to Filebeat, decides what events there are, and is not there yet: an error naming it */
  LF_OPTION_IGNORED,  /* known to Filebeat, decides nothing about events: one warning naming it and what follows */
} LfOptionType;

enum {
  LF_OPTION_REQUIRED = 1, /* it must be set */
  LF_OPTION_SECRET = 2,   /* its value is never shown */
  LF_OPTION_ANY_CASE = 8, /* an ENUM's words are taken in any case */
  LF_OPTION_HIDDEN = 4,   /* left out of documentation and of lists of what is allowed */
};

/* The value of an INT, SIZE, DURATION or ENUM that is not set and has no default. */
enum { LF_OPTION_UNSET = -1 };

typedef struct LfOptionTable LfOptionTable;

/* A row. `name` is dotted. `fallback` is the default as one writes it in YAML, NULL for none: then a number is
 * LF_OPTION_UNSET (a DOUBLE 0), a bool FALSE, the rest NULL or empty. `doc` is one line without a full stop; of a
 * REFUSED or IGNORED row it says what follows, as a clause behind a semicolon. A REFUSED or IGNORED row with a
 * `fallback` takes that one value without a word, since it asks for nothing. `min` and `max` bound numbers (durations
 * in milliseconds, sizes in bytes) where they differ. `words`, ending in NULL, are an ENUM's. */
typedef struct {
  const char *name;
  LfOptionType type;
  guint flags;
  gsize offset;
  const char *fallback;
  const char *doc;
  double min;
  double max;
  const char *const *words;
  const LfOptionTable *table;
} LfOption;

/* `empty_is_unset`: an option that is the empty text counts as not set, whatever its type. `open`: names without a row
 * are no error and left to the caller. */
struct LfOptionTable {
  const LfOption *rows;
  guint n;
  gboolean empty_is_unset;
  gboolean open;
};

/* Initializes a table with an array of rows. */
#define LF_OPTION_TABLE_OF(array) .rows = (array), .n = G_N_ELEMENTS(array)

/* A list of NUL-terminated strings; `places` has as many. */
typedef struct {
  const char *const *items;
  const LfPlace *places;
  guint n;
} LfStrings;

/* An option that a file sets: its row, its full name, where it stands (the value's place). */
typedef struct {
  const LfOption *option;
  const char *name;
  LfPlace place;
} LfOptionSeen;

/* The options that were set, in the order of the file. Starts as {0}; lives in the arena of the reading. */
typedef struct {
  LfOptionSeen *items;
  guint n;
  guint cap;
} LfOptionReport;

/* What a reading needs beside the table. `prefix` is the full dotted name of the map ("output.file"), "" for the
 * root of a configuration. `where` names the map for a person when `prefix` is "" ("this aws-cloudwatch input",
 * nullable). `notes` and `report` are nullable. */
typedef struct {
  LfArena *arena;
  const char *prefix;
  const char *where;
  LfNotes *notes;
  LfOptionReport *report;
} LfOptionContext;

/* Reads `map` (normalized and expanded: config/tree.h, config/expand.h; NULL and a null node are an empty map) into
 * `settings`, the struct that the table describes: first every default, then what is set. A null value is not set, as
 * in Filebeat. Strings and nodes live as long as the arena and the map.
 * Returns: FALSE with LF_CONFIG_ERROR: an unknown name (with what is allowed and what was perhaps meant), a wrong type
 * or value, a REFUSED row (LF_CONFIG_ERROR_REFUSED), a REQUIRED row that is missing (LF_CONFIG_ERROR_MISSING). */
gboolean lf_options_read(const LfOptionTable *table, const LfNode *map, const LfOptionContext *context, void *settings,
                         GError **error);

/* Writes the defaults alone. */
void lf_options_defaults(const LfOptionTable *table, LfArena *arena, void *settings);

/* What was seen of the option with this full name. Returns: (transfer none) (nullable): NULL where it was not set. */
const LfOptionSeen *lf_option_report_get(const LfOptionReport *report, const char *name);

/* The row of this dotted name, sub-tables included. Returns: (transfer none) (nullable). */
const LfOption *lf_options_find(const LfOptionTable *table, const char *name);

/* What a type is called in messages: "a duration such as 30s or 1h30m". For an ENUM use its words. */
const char *lf_option_type_text(LfOptionType type);

typedef void (*LfOptionVisitFn)(const LfOption *option, const char *name, void *data);

/* Calls `visit` for every row in the order of the table, sub-tables in their place, with the full dotted name. */
void lf_options_walk(const LfOptionTable *table, const char *prefix, LfOptionVisitFn visit, void *data);

/* Appends one line a row, for documentation: name, type, default, the doc line; parts are separated by tabs. */
void lf_options_document(const LfOptionTable *table, const char *prefix, LfBuf *out);

/* Appends the options with their defaults as a YAML map; those without a default are commented out. */
void lf_options_print_defaults(const LfOptionTable *table, LfBuf *out);

/* A scalar's text as go-ucfg makes a string of it: true, 16 (from 0x10), 1.5. Returns: (transfer none) (nullable):
 * in the arena, NUL-terminated; NULL for a null, a list or a map. */
const char *lf_option_text(LfArena *arena, const LfNode *node);

/* A duration in milliseconds (rounded down; anything above 0 is at least 1) as LF_OPTION_DURATION reads it. Returns:
 * FALSE where `node` is none, or more than 292 years. */
gboolean lf_option_duration(const LfNode *node, gint64 *out_ms);

/* The same for a text as a flag has it. */
gboolean lf_option_duration_text(LfSlice text, gint64 *out_ms);

/* The one of the `n` words that is within two edits of `word` (insert, delete, replace, swap of neighbours; one edit
 * for words of three letters or less), the nearest first. Returns: (transfer none) (nullable). */
const char *lf_option_near(const char *word, const char *const *words, guint n);

/* The names directly below `path` ("" is the top) of a table, with commas between, but for those that are REFUSED or
 * IGNORED. Returns: (transfer full). */
char *lf_option_allowed(const LfOptionTable *table, const char *path);

/* The name that was perhaps meant by `word` below `path`: a near one there, else a full name anywhere in the table whose
 * last part is near. Returns: (transfer full) (nullable). */
char *lf_option_suggest(const LfOptionTable *table, const char *path, const char *word);

/* Whether a setting of this name (the last part of a dotted one) is a secret wherever it stands: password,
 * secret_access_key, session_token, api_key, key_passphrase, … */
gboolean lf_option_name_is_secret(LfSlice name);

#endif
