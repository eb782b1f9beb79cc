/* The folder modules.d: files that are read (name.yml) and files that are not (name.yml.disabled). */
#ifndef LF_MODULE_MODULESD_H
#define LF_MODULE_MODULESD_H

#include "base/place.h"

/* One name in the folder. `shipped`: it is not there yet, but comes with the program and can be copied. */
typedef struct {
  char *name;
  gboolean enabled;
  gboolean shipped;
} LfModulesdFile;

/* The folder as it was when it was opened, and as it was changed since. `exists` is FALSE where there is none. `files`
 * are sorted by name. */
typedef struct {
  char *dir;
  char *shipped_dir; /* (nullable) */
  gboolean exists;
  GPtrArray *files; /* (element-type LfModulesdFile) */
} LfModulesd;

/* What a change did. */
typedef enum { LF_MODULESD_RENAMED, LF_MODULESD_COPIED, LF_MODULESD_ALREADY } LfModulesdChange;

/* Looks into the folder (one that is not there is empty) and into `shipped_dir` (nullable), the folder of the files that
 * come with the program. Returns: (transfer full): lf_modulesd_free; NULL with G_FILE_ERROR where the folder cannot be
 * read. */
LfModulesd *lf_modulesd_open(const char *dir, const char *shipped_dir, GError **error);

/* Frees. NULL is allowed. */
void lf_modulesd_free(LfModulesd *modulesd);

/* The file of that name. Returns: (transfer none) (nullable). */
const LfModulesdFile *lf_modulesd_find(const LfModulesd *modulesd, const char *name);

/* Takes the ".disabled" off the file's name; a shipped one that is not there is copied, and the folder made for it. The
 * folder is synced. FALSE with LF_CONFIG_ERROR_MISSING where there is no such file (the text lists what there is), or
 * G_FILE_ERROR. */
gboolean lf_modulesd_enable(LfModulesd *modulesd, const char *name, LfModulesdChange *change, GError **error);

/* Puts ".disabled" behind the file's name. Never over a file that is there. FALSE as lf_modulesd_enable. */
gboolean lf_modulesd_disable(LfModulesd *modulesd, const char *name, LfModulesdChange *change, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LfModulesd, lf_modulesd_free)

#endif
