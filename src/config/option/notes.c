/* Notes of a configuration, kept until the log can take them. */
#include "config/option/notes.h"

#include <stdarg.h>
#include <string.h>

void
lf_notes_clear(LfNotes *notes)
{
  for (guint i = 0; i < notes->n; i++)
    g_free(notes->items[i].text);
  g_free(notes->items);
  *notes = (LfNotes){0};
}

void
lf_notes_add(LfNotes *notes, LfLogLevel level, LfPlace place, const char *format, ...)
{
  if (notes == NULL)
    return;
  va_list ap;
  va_start(ap, format);
  g_autofree char *text = g_strdup_vprintf(format, ap);
  va_end(ap);
  g_autofree char *where = lf_place_format(place);
  g_autofree char *whole = g_strconcat(where, text, NULL);
  for (guint i = 0; i < notes->n; i++)
    if (strcmp(notes->items[i].text, whole) == 0)
      return;
  if (notes->n == notes->cap) {
    notes->cap = MAX(notes->cap * 2, 8);
    notes->items = g_renew(LfNote, notes->items, notes->cap);
  }
  notes->items[notes->n++] = (LfNote){level, place, g_steal_pointer(&whole)};
}

void
lf_notes_log(const LfNotes *notes)
{
  for (guint i = 0; i < notes->n; i++)
    lf_log(notes->items[i].level, "config", "%s", notes->items[i].text);
}
