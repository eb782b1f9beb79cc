# Written by tests/lint/sources --write; not by hand.
unit_programs = \
	tests/unit/test_advice \
	tests/unit/test_base \
	tests/unit/test_call \
	tests/unit/test_condition \
	tests/unit/test_config \
	tests/unit/test_cred \
	tests/unit/test_cred_cache \
	tests/unit/test_cred_fake \
	tests/unit/test_cred_providers \
	tests/unit/test_cwl_failure \
	tests/unit/test_cwl_ids \
	tests/unit/test_cwl_options \
	tests/unit/test_cwl_plan \
	tests/unit/test_endpoint \
	tests/unit/test_expand \
	tests/unit/test_fakeaws \
	tests/unit/test_fields \
	tests/unit/test_file_tail \
	tests/unit/test_fileset \
	tests/unit/test_gotmpl \
	tests/unit/test_http \
	tests/unit/test_ini \
	tests/unit/test_json \
	tests/unit/test_manifest \
	tests/unit/test_mapping \
	tests/unit/test_modulesd \
	tests/unit/test_node \
	tests/unit/test_option \
	tests/unit/test_output_es \
	tests/unit/test_output_file \
	tests/unit/test_override \
	tests/unit/test_page \
	tests/unit/test_proxy \
	tests/unit/test_pump \
	tests/unit/test_ratelimit \
	tests/unit/test_regex \
	tests/unit/test_reload \
	tests/unit/test_sigv4 \
	tests/unit/test_ssl \
	tests/unit/test_state \
	tests/unit/test_sts \
	tests/unit/test_text \
	tests/unit/test_timers \
	tests/unit/test_tls \
	tests/unit/test_value \
	tests/unit/test_when
test_libraries = tests/libtest.a
check_LIBRARIES = $(test_libraries)
tests_libtest_a_SOURCES = \
	tests/support/clock.h \
	tests/support/environment.c \
	tests/support/environment.h \
	tests/support/files.c \
	tests/support/files.h \
	tests/support/folder.c \
	tests/support/folder.h \
	tests/support/gotmpl_cases.c \
	tests/support/gotmpl_cases.h \
	tests/support/socket.c \
	tests/support/socket.h \
	tests/support/tls_server.c \
	tests/support/tls_server.h \
	tests/support/tree.c \
	tests/support/tree.h
