/* Commands of two words. */
#include "cmd/word.h"

#include "cmd/cmd.h"

#include <stdio.h>

char *
lf_word_place(LfPlace place)
{
  char *text = lf_place_format(place);
  gsize len = strlen(text);
  if (len >= 2)
    text[len - 2] = '\0';
  return text;
}

/* The names of the words that are there, or of those that are not, with commas between. */
static char *
join_names(const LfWord *words, guint n, gboolean there)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < n; i++)
    if ((words[i].run != NULL) == there)
      g_ptr_array_add(names, (gpointer)words[i].name);
  g_ptr_array_add(names, NULL);
  return g_strjoinv(", ", (char **)names->pdata);
}

static int
refuse(const char *command, const LfWord *words, guint n, const char *found)
{
  g_autofree char *there = join_names(words, n, TRUE), *later = join_names(words, n, FALSE);
  for (guint i = 0; found != NULL && i < n; i++)
    if (strcmp(words[i].name, found) == 0) {
      fprintf(stderr, "logferry %s: %s is not there yet; there is %s\n", command, found, there);
      return LF_EXIT_USAGE;
    }
  g_autofree char *more = later[0] != '\0' ? g_strdup_printf(" (not there yet: %s)", later) : g_strdup("");
  if (found == NULL)
    fprintf(stderr, "logferry %s: say what: %s%s\n", command, there, more);
  else
    fprintf(stderr, "logferry %s: there is no %s; there is %s%s\n", command, found, there, more);
  return LF_EXIT_USAGE;
}

static const LfWord *
find_word(const LfWord *words, guint n, const char *name)
{
  for (guint i = 0; name != NULL && i < n; i++)
    if (words[i].run != NULL && strcmp(words[i].name, name) == 0)
      return &words[i];
  return NULL;
}

int
lf_word_run(const char *command, const LfWord *words, guint n, int argc, char **argv)
{
  g_auto(LfLoaded) loaded = {0};
  g_auto(LfFlags) flags = {0};
  g_autoptr(GError) error = NULL;
  /* the flags are read twice: how much is loaded depends on a word among them */
  gboolean parsed = lf_flags_parse(&flags, (const char *const *)(argv + (argc > 0 ? 1 : 0)), 0, &error);
  const LfWord *word = parsed ? find_word(words, n, flags.rest[0]) : NULL;
  if (parsed && word == NULL && !flags.help)
    return refuse(command, words, n, flags.rest[0]);
  if (word != NULL && flags.rest[1] != NULL) {
    fprintf(stderr, "logferry %s: unexpected argument %s\n", command, flags.rest[1]);
    return LF_EXIT_USAGE;
  }
  int code = lf_load(&loaded, command, argc, argv, 0, word != NULL ? word->needs : 0);
  if (code >= 0)
    return code;
  code = word->run(&loaded);
  fflush(stdout);
  lf_notes_log(&loaded.flags.notes);
  lf_notes_log(&loaded.config->notes);
  return code;
}
