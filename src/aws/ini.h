/* The files ~/.aws/config and ~/.aws/credentials: sections of `key = value`. */
#ifndef LF_AWS_INI_H
#define LF_AWS_INI_H

#include "base/place.h"
#include "base/slice.h"

/* The largest file that is read, in bytes. */
enum { LF_INI_FILE_MAX = 1024 * 1024 };

typedef struct LfIni LfIni;
typedef struct LfIniSection LfIniSection;

/* `name` is in lower case; `value` is trimmed. A key with `sub = value` lines below it, indented deeper than
 * it is, has an empty value and `n_sub` of them; below a key with a value such lines continue it, with a newline between. */
typedef struct LfIniKey LfIniKey;
struct LfIniKey {
  char *name;
  char *value;
  LfPlace place;
  LfIniKey *sub;
  gsize n_sub;
};

/* Reads the text of a file, as the AWS SDKs and Tools Reference Guide ("Shared config and credentials files") has it:
 * `[name]`, `[profile name]`, `[sso-session name]`, comments from `#` or `;` at the start of a line or behind white
 * space, CRLF, a byte order mark. Of equal keys in a section, and in sections of equal name, the last wins. Keys have
 * any case.
 * `file`: how the file is called in places and errors.
 * Returns: (transfer full): free with lf_ini_free; NULL with LF_CONFIG_ERROR that begins with file:line:column. */
LfIni *lf_ini_parse(const char *file, LfSlice text, GError **error);

/* Reads a file of at most LF_INI_FILE_MAX bytes.
 * Returns: (transfer full): as lf_ini_parse; NULL with LF_CONFIG_ERROR_MISSING where there is no such file. */
LfIni *lf_ini_load(const char *path, GError **error);

/* Frees the file. NULL is allowed. */
void lf_ini_free(LfIni *ini);

/* The section of that name: what stands between the brackets, with the white space in it reduced to one space.
 * Returns: (transfer none) (nullable). */
const LfIniSection *lf_ini_section(const LfIni *ini, const char *name);

/* Where the section was first opened. */
LfPlace lf_ini_section_place(const LfIniSection *section);

/* The key in the section. Returns: (transfer none) (nullable): NULL also where `section` is NULL. */
const LfIniKey *lf_ini_key(const LfIniSection *section, const char *name);

/* The sections, in their order. Returns: (transfer none) (nullable): NULL at the end. */
const LfIniSection *lf_ini_nth(const LfIni *ini, gsize n, const char **name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfIni, lf_ini_free)

#endif
