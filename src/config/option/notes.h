/* Notes: what a configuration says that changes nothing about the events, kept until the log can take it. */
#ifndef LF_CONFIG_OPTION_NOTES_H
#define LF_CONFIG_OPTION_NOTES_H

#include "base/log.h"
#include "base/place.h"

/* One note; `text` begins with the place, where there is one. */
typedef struct {
  LfLogLevel level;
  LfPlace place;
  char *text;
} LfNote;

/* Notes in the order in which they were found, each text once. Starts as {0}; lf_notes_clear frees. */
typedef struct {
  LfNote *items;
  guint n;
  guint cap;
} LfNotes;

/* Frees the notes and makes the list empty. */
void lf_notes_clear(LfNotes *notes);

/* Adds a note of this level (LF_LOG_WARNING, LF_LOG_INFO) unless the same text is there already. `notes` (nullable):
 * without one the note is dropped. */
void lf_notes_add(LfNotes *notes, LfLogLevel level, LfPlace place, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Writes all notes to the log, under the selector "config". */
void lf_notes_log(const LfNotes *notes);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LfNotes, lf_notes_clear)

#endif
