# Written by tests/lint/sources --write; not by hand.
vector_programs = \
	tests/vectors/vec_ecs \
	tests/vectors/vec_filebeat \
	tests/vectors/vec_gotmpl \
	tests/vectors/vec_ingest \
	tests/vectors/vec_json \
	tests/vectors/vec_network \
	tests/vectors/vec_regex_go \
	tests/vectors/vec_sigv4
