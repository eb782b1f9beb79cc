# Written by tests/lint/sources --write; not by hand.
unit_programs = \
	tests/unit/test_base \
	tests/unit/test_json \
	tests/unit/test_value
test_libraries =
noinst_HEADERS =
