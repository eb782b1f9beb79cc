/* A folder of the test's own, with files in it. */
#ifndef LF_TESTS_SUPPORT_FOLDER_H
#define LF_TESTS_SUPPORT_FOLDER_H

#include <glib.h>

/* Makes a new, empty folder. Returns: (transfer full): its path; g_free, after test_folder_remove. */
char *test_folder_new(void);

/* Writes a file below the folder, readable by all, and the folders on its way. */
void test_folder_write(const char *folder, const char *below, const char *text);

/* Removes the folder with all that is in it; links are not followed. */
void test_folder_remove(const char *folder);

#endif
