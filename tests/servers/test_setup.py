"""setup.*, pipelines and `ingest.mode` against a real server."""
import json
import os
import subprocess

import pytest

from test_bulk import assert_all_there, configure, needs_data_streams


def leaves(properties, above=""):
    """full name -> type of all fields below; multi-fields too."""
    for name, field in properties.items():
        if "type" in field:
            yield above + name, field["type"]
        yield from leaves(field.get("properties", {}), above + name + ".")
        yield from leaves(field.get("fields", {}), above + name + ".")


def command(place, *arguments):
    return subprocess.run([place.binary, *arguments, "-c", place.config], cwd=place.home, env=place.environment(),
                          capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("compat,stream", [("9", "filebeat-9.2.2"), ("8.1.3", "filebeat-8.1.3"), ("7.17", None)])
def test_the_template_is_taken(nodes, server, fakeaws, place, compat, stream):
    """Each field has in the index the type that the template says; for the server that asks, with what stands in there."""
    node, aws = nodes(), fakeaws("--sample", 300)
    configure(place, aws, node)
    if stream is not None:
        needs_data_streams(server)
    place.once("-E", f"compat.filebeat={compat}")
    index = stream or "filebeat-7.17.29-*"
    assert_all_there(node.documents(index), aws.events())
    exported = json.loads(command(place, "export", "template", "-E", f"compat.filebeat={compat}").stdout)
    want = {name: server.type_of(kind) for name, kind in leaves(exported["template"]["mappings"]["properties"])}
    assert len(want) > 1000
    for held in node("GET", f"/{index}/_mapping").values():
        got = dict(leaves(held["mappings"]["properties"]))
        assert {name: got.get(name, "object") for name in want} == want
        assert held["mappings"]["date_detection"] is False
        assert held["mappings"]["_meta"]["beat"] == "filebeat"
        # nothing of an event was new to it, but for what the ingest node makes of unknown strings
        unknown = {name: kind for name, kind in got.items() if name not in want and kind not in ("object", "nested")}
        assert all(kind == "keyword" for kind in unknown.values()), unknown
    for held in node("GET", f"/{index}/_settings").values():
        settings = held["settings"]["index"]
        assert settings["refresh_interval"] == "5s"
        assert settings["mapping"]["total_fields"]["limit"] == "10000"
        assert settings["query"]["default_field"][-1] == "fields.*"
    found = node("POST", f"/{index}/_search", {"query": {"query_string": {"query": "GET"}}})
    assert "error" not in found and found["hits"]["total"]["value"] > 0
    if stream:
        assert node.streams() == [stream]


def test_fields_of_all_kinds(nodes, server, fakeaws, place):
    node, aws = nodes(), fakeaws("--sample", 20)
    configure(place, aws, node, "index: kinds", "path: ''")
    with open(place.config, "a", encoding="utf-8") as file:
        file.write("""\
setup.template: {name: kinds, pattern: kinds, overwrite: true}
setup.template.settings.index: {number_of_replicas: 0, number_of_shards: 2}
setup.template.append_fields:
- {name: k.wild, type: wildcard}
- {name: k.flat, type: flattened, index: false}
- {name: k.hist, type: histogram}
- {name: k.version, type: version}
- {name: k.big, type: unsigned_long}
- {name: k.half, type: half_float}
- {name: k.scaled, type: scaled_float, scaling_factor: 100}
- {name: k.range, type: ip_range}
- {name: k.nano, type: date_nanos}
- {name: k.constant, type: constant_keyword, value: c}
- {name: k.open, type: constant_keyword}
- {name: k.only, type: match_only_text}
- {name: k.text, type: text, analyzer: simple, multi_fields: [{name: raw}, {name: only, type: match_only_text}]}
- {name: k.alias, type: alias, path: message}
- {name: k.point, type: geo_point}
- {name: k.bytes, type: binary}
- {name: k.off, type: object, enabled: false}
- {name: k.strict, type: object, dynamic: strict}
- {name: k.nested, type: nested, fields: [{name: a, type: short}]}
- {name: k.numbers, type: object, object_type: long}
""")
    place.once()
    held, = node("GET", "/kinds/_mapping").values()
    got = held["mappings"]["properties"]["k"]["properties"]
    kinds = {"wild": "wildcard", "flat": "flattened", "hist": "histogram", "version": "version", "big": "unsigned_long",
             "half": "half_float", "scaled": "scaled_float", "range": "ip_range", "nano": "date_nanos",
             "constant": "constant_keyword", "open": "constant_keyword", "only": "match_only_text", "text": "text",
             "alias": "alias", "point": "geo_point", "bytes": "binary", "off": "object", "strict": "object",
             "nested": "nested", "numbers": "object"}
    want = {name: server.type_of(kind) for name, kind in kinds.items()}
    if server.opensearch and (server.major, server.minor) >= (2, 14):
        want["constant"] = "constant_keyword"  # the one that has a value
    assert {name: field.get("type", "object") for name, field in got.items()} == want
    assert want["hist"] != "object" or got["hist"]["enabled"] is False
    assert got["strict"]["dynamic"] == "strict"
    assert node("GET", "/kinds/_settings").popitem()[1]["settings"]["index"]["number_of_shards"] == "2"


PIPELINE = """\
description: what both engines do
processors:
- set: {field: own.text, value: 'from {{cloud.region}}: {{{message}}}'}
- rename: {field: cloud.provider, target_field: own.provider}
- append: {field: tags, value: [one, '{{event.id}}']}
- set: {field: own.iff, value: 'yes', if: "ctx.cloud.region == 'us-east-1'"}
- set: {field: own.never, value: 'no', if: "ctx.cloud.region == 'nowhere'"}
- remove: {field: [cloud, missing.one], ignore_missing: true}
- fail: {message: 'odd {{event.id}}', ignore_failure: true}
- rename:
    field: not.there
    target_field: x
    on_failure:
    - set: {field: own.why, value: '{{{ _ingest.on_failure_message }}}'}
on_failure:
- set: {field: error.message, value: '{{{ _ingest.on_failure_message }}}'}
"""


def own_module(place, aws, node, mode):
    def write(name, text):
        path = os.path.join(place.home, "module/own", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    write("module.yml", "{}\n")
    write("log/manifest.yml", "module_version: 1.0\nvar: []\ningest_pipeline: ingest/first.yml\n"
                              "input: config/in.yml\n")
    write("log/config/in.yml", f"type: aws-cloudwatch\nlog_group_name_prefix: /ecs/\nregion_name: us-east-1\n"
                               f"endpoint: {aws.url}\naccess_key_id: {aws.access_key_id}\n"
                               f"secret_access_key: {aws.secret_access_key}\n")
    write("log/ingest/first.yml", PIPELINE)
    place.write(f"""\
filebeat.modules: [{{module: own, log.enabled: true}}]
ingest.mode: {mode}
output.elasticsearch: {{hosts: ["{node.url}"], index: "mode-{mode}"}}
setup.template: {{name: modes, pattern: "mode-*"}}
compat.filebeat: 8
name: shipper
path.home: {place.home}
path.data: {place.home}/data-{mode}
""")


def test_remote_is_what_local_is(nodes, server, fakeaws, place):
    """The same events by the cluster's engine and by ours; apart from what differs from run to run."""
    if not server.processors:
        pytest.skip("ingest-common is not among the public packages")
    node, aws = nodes(), fakeaws("--sample", 200)
    documents = {}
    for mode in ("local", "remote"):
        own_module(place, aws, node, mode)
        done = place.once("-e")
        documents[mode] = node.documents(f"mode-{mode}")
        assert len(documents[mode]) == len(aws.events()), done.stderr
    for held in documents.values():
        for document in held.values():
            for name in ("ephemeral_id", "id"):
                document["agent"].pop(name, None)
            document.get("event", {}).pop("ingested", None)
    assert documents["remote"] == documents["local"]
    one = next(iter(documents["local"].values()))
    assert one["own"]["why"] and one["own"]["iff"] == "yes" and "cloud" not in one


def test_a_server_without_data_streams(nodes, server, fakeaws, place):
    """It is said once, with what helps; nothing is sent."""
    if server.data_streams:
        pytest.skip("it has data streams")
    node, aws = nodes(), fakeaws("--sample", 20)
    configure(place, aws, node)
    done = place.run("--once", "--once-timeout", "20s", "-e", "-E", "compat.filebeat=9")
    assert done.returncode == 1
    assert done.stderr.count("has no data streams; take compat.filebeat: 7.17") == 1, done.stderr
    assert done.stderr.count(" ERROR ") == 1, done.stderr
    assert node("GET", "/filebeat-*/_count")["count"] == 0


def test_the_command(nodes, server, fakeaws, place):
    node, aws = nodes(), fakeaws("--sample", 20)
    configure(place, aws, node)
    compat = "8.2.0" if server.data_streams else "7.17.5"
    for _ in range(2):
        done = command(place, "setup", "-E", f"compat.filebeat={compat}")
        assert done.returncode == 0, done.stdout + done.stderr
    assert f"{server.product} {server.version}, cluster logferry-test" in done.stdout
    assert list(node("GET", f"/_ingest/pipeline/filebeat-{compat}-*")) == [f"filebeat-{compat}-awsfargate-log-pipeline"]
    template = node("GET", f"/_index_template/filebeat-{compat}")["index_templates"][0]["index_template"]
    assert ("data_stream" in template) == server.data_streams
    done = command(place, "setup", "--pipelines", "--index-management", "-E", f"compat.filebeat={compat}")
    assert done.returncode == 0 and "loaded again" in done.stdout
    done = command(place, "test", "output")
    assert done.returncode == 0
    steps = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert [name for _, name in steps][:5] == ["name", "connection", "TLS", "authentication", "version"], done.stdout
    assert f"{server.product} {server.version}, cluster logferry-test" in done.stdout
