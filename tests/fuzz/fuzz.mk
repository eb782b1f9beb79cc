# Written by tests/lint/sources --write; not by hand.
fuzz_programs = \
	tests/fuzz/fuzz_expand \
	tests/fuzz/fuzz_fields \
	tests/fuzz/fuzz_gotmpl \
	tests/fuzz/fuzz_ini \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_manifest \
	tests/fuzz/fuzz_override \
	tests/fuzz/fuzz_page \
	tests/fuzz/fuzz_proxy \
	tests/fuzz/fuzz_regex_go \
	tests/fuzz/fuzz_sigv4 \
	tests/fuzz/fuzz_sts \
	tests/fuzz/fuzz_template \
	tests/fuzz/fuzz_yaml
fuzz_tests = \
	tests/fuzz/replay.tap
tests_fuzz_fuzz_expand_SOURCES = tests/fuzz/fuzz_expand.c $(fuzz_main)
tests_fuzz_fuzz_expand_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_expand_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_fields_SOURCES = tests/fuzz/fuzz_fields.c $(fuzz_main)
tests_fuzz_fuzz_fields_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_fields_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_gotmpl_SOURCES = tests/fuzz/fuzz_gotmpl.c $(fuzz_main)
tests_fuzz_fuzz_gotmpl_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_gotmpl_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ini_SOURCES = tests/fuzz/fuzz_ini.c $(fuzz_main)
tests_fuzz_fuzz_ini_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_ini_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_main)
tests_fuzz_fuzz_json_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_manifest_SOURCES = tests/fuzz/fuzz_manifest.c $(fuzz_main)
tests_fuzz_fuzz_manifest_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_manifest_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_override_SOURCES = tests/fuzz/fuzz_override.c $(fuzz_main)
tests_fuzz_fuzz_override_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_override_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_page_SOURCES = tests/fuzz/fuzz_page.c $(fuzz_main)
tests_fuzz_fuzz_page_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_page_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_proxy_SOURCES = tests/fuzz/fuzz_proxy.c $(fuzz_main)
tests_fuzz_fuzz_proxy_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_proxy_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_regex_go_SOURCES = tests/fuzz/fuzz_regex_go.c $(fuzz_main)
tests_fuzz_fuzz_regex_go_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_regex_go_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_sigv4_SOURCES = tests/fuzz/fuzz_sigv4.c $(fuzz_main)
tests_fuzz_fuzz_sigv4_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_sigv4_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_sts_SOURCES = tests/fuzz/fuzz_sts.c $(fuzz_main)
tests_fuzz_fuzz_sts_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_sts_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c $(fuzz_main)
tests_fuzz_fuzz_template_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_template_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz_yaml.c $(fuzz_main)
tests_fuzz_fuzz_yaml_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_yaml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
