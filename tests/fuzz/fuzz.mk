# Written by tests/lint/sources --write; not by hand.
fuzz_programs = \
	tests/fuzz/fuzz_json
fuzz_tests = \
	tests/fuzz/replay.tap
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_main)
tests_fuzz_fuzz_json_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
