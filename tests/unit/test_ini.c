/* The AWS shared configuration format: what is read, and where errors point. */
#include "aws/ini.h"
#include "support/folder.h"

static LfIni *
parse(const char *text)
{
  g_autoptr(GError) error = NULL;
  LfIni *ini = lf_ini_parse("f", lf_slice_str(text), &error);
  g_assert_no_error(error);
  return ini;
}

static const char *
value_of(const LfIni *ini, const char *section, const char *key)
{
  const LfIniKey *found = lf_ini_key(lf_ini_section(ini, section), key);
  return found != NULL ? found->value : NULL;
}

static void
test_plain(void)
{
  g_autoptr(LfIni) ini = parse("# comment\n"
                               "[default]\n"
                               "aws_access_key_id = AKID\n"
                               "aws_secret_access_key=a/b+c=\n"
                               "; another\n"
                               "\n"
                               "[profile  dev ] # comment\n"
                               "Region\t=\teu-west-1 ; comment\n"
                               "output = a#b\n"
                               "empty =\n"
                               "commented = # all of it\n");
  g_assert_cmpstr(value_of(ini, "default", "aws_access_key_id"), ==, "AKID");
  g_assert_cmpstr(value_of(ini, "default", "aws_secret_access_key"), ==, "a/b+c=");
  g_assert_cmpstr(value_of(ini, "profile dev", "region"), ==, "eu-west-1");
  g_assert_cmpstr(value_of(ini, "profile dev", "output"), ==, "a#b");
  g_assert_cmpstr(value_of(ini, "profile dev", "empty"), ==, "");
  g_assert_cmpstr(value_of(ini, "profile dev", "commented"), ==, "");
  g_assert_null(value_of(ini, "dev", "region"));
  g_assert_null(value_of(ini, "default", "region"));
}

static void
test_places(void)
{
  g_autoptr(LfIni) ini = parse("\xef\xbb\xbf[a]\r\nx = 1\r\n\r\n  y = 2\r\n");
  const LfIniSection *a = lf_ini_section(ini, "a");
  g_assert_nonnull(a);
  g_assert_cmpuint(lf_ini_section_place(a).line, ==, 1);
  const LfIniKey *x = lf_ini_key(a, "x");
  g_assert_cmpstr(x->value, ==,
                  "1\n"
                  "y = 2"); /* deeper than x: more of its value */
  g_assert_cmpuint(x->place.line, ==, 2);
  g_assert_cmpuint(x->place.column, ==, 1);
  g_assert_cmpstr(x->place.file, ==, "f");
}

static void
test_indented_keys(void)
{
  g_autoptr(LfIni) ini = parse("[a]\n  x = 1\n  y = 2\n");
  g_assert_cmpstr(value_of(ini, "a", "x"), ==, "1");
  g_assert_cmpstr(value_of(ini, "a", "y"), ==, "2");
}

static void
test_sub_keys(void)
{
  g_autoptr(LfIni) ini = parse("[a]\ns3 =\n  max_queue = 10\n  # comment\n  Addressing = path\nregion = r\n");
  const LfIniKey *s3 = lf_ini_key(lf_ini_section(ini, "a"), "s3");
  g_assert_cmpuint(s3->n_sub, ==, 2);
  g_assert_cmpstr(s3->sub[0].name, ==, "max_queue");
  g_assert_cmpstr(s3->sub[1].name, ==, "addressing");
  g_assert_cmpstr(s3->sub[1].value, ==, "path");
  g_assert_cmpuint(s3->sub[1].place.line, ==, 5);
  g_assert_cmpstr(value_of(ini, "a", "region"), ==, "r");
  g_assert_null(value_of(ini, "a", "max_queue"));
}

static void
test_last_wins(void)
{
  g_autoptr(LfIni) ini = parse("[a]\nx = 1\nz =\n  q = 1\n[b]\n[a]\nX = 2\ny = 3\nz = 4\n");
  g_assert_cmpstr(value_of(ini, "a", "x"), ==, "2");
  g_assert_cmpstr(value_of(ini, "a", "y"), ==, "3");
  g_assert_cmpuint(lf_ini_key(lf_ini_section(ini, "a"), "z")->n_sub, ==, 0);
  const char *name = NULL;
  g_assert_nonnull(lf_ini_nth(ini, 1, &name));
  g_assert_cmpstr(name, ==, "b");
  g_assert_null(lf_ini_nth(ini, 2, &name));
}

static void
test_errors(void)
{
  static const struct {
    const char *text;
    const char *want;
  } cases[] = {
      {"[a]\nnothing here\n", "f:2:1: neither a [section] nor a key = value nor a comment"},
      {"x = 1\n", "f:1:1: a key before the first [section]"},
      {"[a\n", "f:1:1: a section's name that does not end in ]"},
      {"[a] b\n", "f:1:1: something stands behind the section's ]"},
      {"[ ]\n", "f:1:1: a section without a name"},
      {"[a]\n = 1\n", "f:2:2: neither a [section] nor a key = value nor a comment"},
      {"[a]\ns3 =\n   what\n", "f:3:4: a line below s3 that is no key = value"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(LfIni) ini = lf_ini_parse("f", lf_slice_str(cases[i].text), &error);
    g_assert_null(ini);
    g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, cases[i].want);
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(LfIni) ini = lf_ini_parse("f", LF_SLICE_LIT("[a]\nx = \0\n"), &error);
  g_assert_null(ini);
  g_assert_cmpstr(error->message, ==, "f:2:1: a NUL byte");
}

static void
test_files(void)
{
  g_autofree char *dir = test_folder_new();
  g_autofree char *path = g_build_filename(dir, "config", NULL);
  g_autoptr(GError) error = NULL;
  g_assert_null(lf_ini_load(path, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_MISSING);
  g_clear_error(&error);
  g_assert_null(lf_ini_load(dir, &error));
  g_assert_error(error, LF_CONFIG_ERROR, LF_CONFIG_ERROR_INVALID);
  g_clear_error(&error);

  g_autofree char *large = g_strnfill(LF_INI_FILE_MAX + 1, '#');
  g_assert_true(g_file_set_contents(path, large, LF_INI_FILE_MAX + 1, NULL));
  g_assert_null(lf_ini_load(path, &error));
  g_assert_nonnull(strstr(error->message, "larger than 1048576 bytes"));
  g_clear_error(&error);

  g_assert_true(g_file_set_contents(path, "[a]\nx = 1", -1, NULL));
  g_autoptr(LfIni) ini = lf_ini_load(path, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(value_of(ini, "a", "x"), ==, "1");
  g_assert_cmpstr(lf_ini_key(lf_ini_section(ini, "a"), "x")->place.file, ==, path);
  test_folder_remove(dir);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_test_add_func("/ini/plain", test_plain);
  g_test_add_func("/ini/places", test_places);
  g_test_add_func("/ini/indented-keys", test_indented_keys);
  g_test_add_func("/ini/sub-keys", test_sub_keys);
  g_test_add_func("/ini/last-wins", test_last_wins);
  g_test_add_func("/ini/errors", test_errors);
  g_test_add_func("/ini/files", test_files);
  return g_test_run();
}
