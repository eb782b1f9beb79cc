"""setup.*: what is loaded into a cluster, when, and what the events say then; `setup`, `export template`, `test output`."""
import json
import os
import re
import subprocess

import pytest

from bulkserver import ELASTICSEARCH, OPENSEARCH, Answer, error
from collecting import ids_of

def configure(place, aws, server, more="", output=""):
    place.elasticsearch(aws, [server], output, f"{more}path.config: {place.home}\n")


def write(place, name, text):
    with open(os.path.join(place.home, name), "w", encoding="utf-8") as file:
        file.write(text)


def run(place, *arguments):
    """Another command beside `run`, with the place's configuration."""
    return subprocess.run([place.binary, *arguments, "--path.home", place.home, "--path.config", place.home],
                          cwd=place.home, env=place.environment(), capture_output=True, text=True, timeout=60)


def asked(server):
    return [(r.method, r.target) for r in server.setups]


def test_a_data_stream_with_a_lifecycle(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 300), bulk()
    configure(place, aws, server)
    done = place.once("-e")
    assert server.ids() == ids_of(aws.events())
    assert list(server.docs) == ["filebeat-9.2.2"]
    assert asked(server) == [("GET", "/"), ("GET", "/_ilm/policy/filebeat"), ("PUT", "/_ilm/policy/filebeat"),
                             ("GET", "/_index_template/filebeat-9.2.2"), ("PUT", "/_index_template/filebeat-9.2.2")]
    assert server.kept["/_ilm/policy/filebeat"] == {"policy": {"phases": {"hot": {"actions": {"rollover": {
        "max_primary_shard_size": "50gb", "max_age": "30d"}}}}}}
    template = server.kept["/_index_template/filebeat-9.2.2"]
    assert template["index_patterns"] == ["filebeat-9.2.2"]
    assert template["data_stream"] == {} and template["priority"] == 150
    assert template["template"]["settings"]["index"]["lifecycle"] == {"name": "filebeat"}
    assert done.stderr.count("setup: template: filebeat-9.2.2 loaded") == 1
    # what is there stays
    server.setups.clear()
    place.once("-E", f"path.data={place.home}/again")
    assert [method for method, _ in asked(server)] == ["GET", "GET", "GET"]


def test_a_write_alias(fakeaws, place, bulk):
    """compat.filebeat 7.17 with a lifecycle: the alias first, whatever `index` says."""
    aws, server = fakeaws("--sample", 300), bulk()
    server.info = {**ELASTICSEARCH, "version": {"number": "7.17.29", "build_flavor": "default"}}
    configure(place, aws, server, "setup.template: {name: other, pattern: other-*}\n", "index: other")
    place.once("-E", "compat.filebeat=7.17")
    assert server.ids() == ids_of(aws.events())
    assert list(server.docs) == ["filebeat-7.17.29"]
    assert asked(server)[-2:] == [("GET", "/_alias/filebeat-7.17.29"),
                                  ("PUT", "/%3Cfilebeat-7.17.29-%7Bnow%2Fd%7D-000001%3E")]
    assert server.kept["/<filebeat-7.17.29-{now/d}-000001>"] == {
        "aliases": {"filebeat-7.17.29": {"is_write_index": True}}}
    template = server.kept["/_index_template/filebeat-7.17.29"]
    assert template["index_patterns"] == ["filebeat-7.17.29-*"] and "data_stream" not in template
    assert template["template"]["settings"]["index"]["lifecycle"] == {
        "name": "filebeat", "rollover_alias": "filebeat-7.17.29"}


def test_opensearch_has_no_lifecycle(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 200), bulk()
    server.info = OPENSEARCH
    configure(place, aws, server)
    done = place.once("-e", "-E", "compat.filebeat=7.17")
    assert all(re.fullmatch(r"filebeat-7\.17\.29-\d{4}\.\d\d\.\d\d", index) for index in server.docs)
    assert server.ids() == ids_of(aws.events())
    assert asked(server) == [("GET", "/"), ("GET", "/_index_template/filebeat-7.17.29"),
                             ("PUT", "/_index_template/filebeat-7.17.29")]
    assert done.stderr.count("OpenSearch has no index lifecycle management") == 1
    text = json.dumps(server.kept["/_index_template/filebeat-7.17.29"])
    assert "flattened" not in text and "flat_object" in text and "constant_keyword" not in text


NO_HANDLER = Answer(400, {"error": "no handler found for uri [/_ilm/policy/filebeat] and method [GET]"})
A_DOCUMENT = error(404, "index_not_found_exception", "no such index [_ilm]")


@pytest.mark.parametrize("number,compat,answer", [("7.17.29", "7.17", A_DOCUMENT), ("8.19.8", "8", NO_HANDLER)])
def test_an_elasticsearch_without_xpack(fakeaws, place, bulk, number, compat, answer):
    """`auto` looks at what the server has, not at what its version should have."""
    aws, server = fakeaws("--sample", 100), bulk()
    server.info = {**ELASTICSEARCH, "version": {"number": number, "build_flavor": "unknown"}}
    server.setup_faults = [lambda *_: None, lambda *_: answer]
    configure(place, aws, server)
    done = place.once("-e", "-E", f"compat.filebeat={compat}")
    assert server.ids() == ids_of(aws.events())
    assert done.stderr.count("policy: none: Elasticsearch without X-Pack has no index lifecycle management") == 1
    template, = (body["template"] for path, body in server.kept.items() if path.startswith("/_index_template/"))
    assert "lifecycle" not in template["settings"]["index"]
    assert all(re.fullmatch(r"filebeat-8\.19\.8|filebeat-7\.17\.29-\d{4}\.\d\d\.\d\d", name) for name in server.docs)
    server.setup_faults = [lambda *_: None, lambda *_: answer]
    done = run(place, "setup", "-c", "filebeat.yml", "-E", "setup.ilm.enabled=true")
    assert done.returncode == 1
    assert f"setup.ilm.enabled is true, and Elasticsearch {number} has no index lifecycle management" in \
        re.sub(r"\s+", " ", done.stdout)


def test_data_streams_that_a_server_does_not_have(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    server.info = {**ELASTICSEARCH, "version": {"number": "7.17.29", "build_flavor": "unknown"}}
    unknown = {"error": {"type": "illegal_argument_exception", "reason": "composable template [x] is invalid",
                         "caused_by": {"type": "x_content_parse_exception",
                                       "reason": "[index_template] unknown field [data_stream]"}}, "status": 400}
    server.setup_faults = [lambda *_: None, lambda *_: A_DOCUMENT, lambda *_: None, lambda *_: Answer(400, unknown)]
    configure(place, aws, server)
    done = run(place, "setup", "-c", "filebeat.yml")
    assert done.returncode == 1
    assert "Elasticsearch 7.17.29 has no data streams; take compat.filebeat: 7.17: the index template " \
        "filebeat-9.2.2: status 400" in re.sub(r"\s+", " ", done.stdout)


def test_a_lifecycle_that_cannot_be(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    server.info = OPENSEARCH
    configure(place, aws, server, "setup.ilm.enabled: true\n")
    done = run(place, "setup", "-c", "filebeat.yml")
    assert done.returncode == 1
    assert "setup.ilm.enabled is true, and OpenSearch 2.19.1 has no index lifecycle management" in \
        re.sub(r"\s+", " ", done.stdout)


def test_nothing_is_asked_where_nothing_is_wanted(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 50), bulk()
    configure(place, aws, server, "setup.template.enabled: false\nsetup.ilm.enabled: false\n")
    place.once()
    assert server.ids() == ids_of(aws.events())
    assert server.setups == []


def test_a_setup_that_fails_is_tried_again(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 100), bulk()
    configure(place, aws, server)
    server.setup_faults = [
        lambda *_: Answer(503), lambda *_: Answer(close=True), lambda *_: Answer(200, b"<html>"), None, None,
        lambda *_: error(403, "security_exception", "action [cluster:admin/ilm/put] is unauthorized")]
    server.setup_faults = [f or (lambda *_: None) for f in server.setup_faults]
    done = place.once("-e")
    assert server.ids() == ids_of(aws.events()) and set(server.writes.values()) == {1}
    assert done.stderr.count("at the first connect: setup: ") == 1
    assert "the first connect has worked" in done.stderr


def test_settings_of_the_template(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 50), bulk()
    write(place, "fields.yml", "- key: own\n  fields:\n  - {name: message, type: text}\n  - name: own\n    type: group\n"
                                   "    fields: [{name: a, type: ip}]\n")
    configure(place, aws, server, """\
setup.template:
  name: "own-%{[agent.version]}"
  pattern: "own-%{[agent.version]}"
  priority: 200
  fields: fields.yml
  settings:
    index.number_of_shards: 1
    index.codec: best_compression
    _source.enabled: true
  append_fields:
  - {name: own.b, type: object, object_type: long}
setup.ilm: {policy_name: mine, check_exists: false}
""", 'index: "own-%{[agent.version]}"')
    place.once()
    assert list(server.docs) == ["own-9.2.2"]
    template = server.kept["/_index_template/own-9.2.2"]
    index = template["template"]["settings"]["index"]
    assert template["priority"] == 200 and template["index_patterns"] == ["own-9.2.2"]
    assert index["number_of_shards"] == 1 and index["codec"] == "best_compression"
    assert index["lifecycle"] == {"name": "mine"} and "/_ilm/policy/mine" not in server.kept
    assert index["query"]["default_field"] == ["message", "fields.*"]
    mappings = template["template"]["mappings"]
    assert mappings["_source"] == {"enabled": True}
    assert mappings["properties"] == {"message": {"type": "text", "norms": False}, "own": {"properties": {
        "a": {"type": "ip"}, "b": {"type": "object"}}}}
    assert mappings["dynamic_templates"][0] == {"own.b": {
        "mapping": {"type": "long"}, "match_mapping_type": "long", "path_match": "own.b.*"}}


@pytest.mark.parametrize("kind,path", [("legacy", "/_template/filebeat-9.2.2"),
                                       ("component", "/_component_template/filebeat-9.2.2")])
def test_other_types_of_templates(fakeaws, place, bulk, kind, path):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, server, f"setup.template.type: {kind}\n")
    place.once()
    body = server.kept[path]
    if kind == "legacy":
        assert body["index_patterns"] == ["filebeat-9.2.2"] and body["order"] == 1 and "mappings" in body
    else:
        assert list(body) == ["template"]


def test_a_template_of_json(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    own = {"index_patterns": ["x"], "priority": 7, "template": {}}
    write(place, "own.json", json.dumps(own))
    configure(place, aws, server, "setup.template.json: {enabled: true, path: own.json, name: mine}\n")
    place.once()
    assert server.kept["/_index_template/mine"] == own


def test_remote_pipelines(fakeaws, place, bulk):
    """Nothing is applied here, each event names its pipeline, and the pipelines are there before the events."""
    aws, server = fakeaws("--sample", 300), bulk()
    configure(place, aws, server, "ingest.mode: remote\n")
    actions = []
    server.judge = lambda action, _document: actions.append(action)
    place.once()
    assert server.ids() == ids_of(aws.events())
    name = "filebeat-9.2.2-awsfargate-log-pipeline"
    assert {a["pipeline"] for a in actions} == {name}
    assert [p["set"]["field"] for p in server.kept["/_ingest/pipeline/" + name]["processors"]] == ["event.ingested"]
    server.setups.clear()
    place.once("-E", "filebeat.overwrite_pipelines=true", "-E", f"path.data={place.home}/again")
    assert ("PUT", "/_ingest/pipeline/" + name) in asked(server)


def own_module(place, aws, server, mode):
    """A module of the user's own, with a pipeline in a pipeline."""
    for folder in ("config", "ingest", "_meta"):
        os.makedirs(f"{place.home}/module/own/log/{folder}", exist_ok=True)
    os.makedirs(f"{place.home}/module/own/_meta", exist_ok=True)
    write(place, "module/own/module.yml", "{}\n")
    write(place, "module/own/_meta/fields.yml", "- key: own\n  fields:\n  - name: own\n    type: group\n    fields:\n")
    write(place, "module/own/log/_meta/fields.yml", "- name: marked\n  type: boolean\n")
    write(place, "module/own/log/manifest.yml",
          "module_version: 1.0\nvar:\n- name: endpoint\ningest_pipeline: [ingest/a.yml, ingest/b.yml]\n"
          "input: config/in.yml\n")
    write(place, "module/own/log/config/in.yml", f"""\
type: aws-cloudwatch
log_group_name_prefix: /ecs/
region_name: us-east-1
endpoint: {aws.url}
access_key_id: {aws.access_key_id}
secret_access_key: {aws.secret_access_key}
""")
    write(place, "module/own/log/ingest/a.yml", "processors:\n- set: {field: own.marked, value: true}\n")
    write(place, "module/own/log/ingest/b.yml", "processors:\n- remove: {field: message}\n")
    place.write(f"""\
filebeat.modules:
- module: own
  log.enabled: true
ingest.mode: {mode}
output.elasticsearch.hosts: ["{server.url}"]
path.home: {place.home}
path.data: {place.home}/data-{mode}
""")


@pytest.mark.parametrize("mode", ["local", "remote"])
def test_where_a_pipeline_runs(fakeaws, place, bulk, mode):
    aws, server = fakeaws("--sample", 50), bulk()
    own_module(place, aws, server, mode)
    actions = []
    server.judge = lambda action, _document: actions.append(action)
    place.once()
    assert server.ids() == ids_of(aws.events())
    local = mode == "local"
    assert {a.get("pipeline") for a in actions} == {None if local else "filebeat-9.2.2-own-log-a"}
    assert all(("own" in d) == local for held in server.docs.values() for d in held.values())
    assert [path for path in server.kept if path.startswith("/_ingest")] == ([] if local else [
        "/_ingest/pipeline/filebeat-9.2.2-own-log-a", "/_ingest/pipeline/filebeat-9.2.2-own-log-b"])
    mapped = server.kept["/_index_template/filebeat-9.2.2"]["template"]["mappings"]["properties"]
    assert mapped["own"] == {"properties": {"marked": {"type": "boolean"}}}


def test_remote_a_pipeline_gives_other_ids(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 100), bulk()
    configure(place, aws, server, "ingest.mode: remote\n")

    def renamed(server_, request):
        answer = server_.serve(request)
        whole = json.loads(answer.body)
        for item in whole["items"]:
            item["create"]["_id"] = "other-" + item["create"]["_id"]
        return Answer(200, whole)

    server.faults = [renamed] * 20
    place.once()
    assert server.ids() == ids_of(aws.events()) and set(server.attempts.values()) == {1}


def test_remote_an_input_s_own_pipeline(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 50), bulk()
    place.write(f"""\
filebeat.inputs:
- type: aws-cloudwatch
  log_group_name_prefix: /ecs/
  region_name: us-east-1
  endpoint: {aws.url}
  access_key_id: {aws.access_key_id}
  secret_access_key: {aws.secret_access_key}
  pipeline: "p-%{{[cloud.region]}}"
ingest.mode: remote
output.elasticsearch.hosts: ["{server.url}"]
path.data: {place.home}/data
""")
    actions = []
    server.judge = lambda action, _document: actions.append(action)
    place.once()
    assert {a["pipeline"] for a in actions} == {"p-us-east-1"}


def test_the_command(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, server)
    pipeline = "/_ingest/pipeline/filebeat-9.2.2-awsfargate-log-pipeline"
    done = run(place, "setup", "-c", "filebeat.yml", "--index-management")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "filebeat-9.2.2 loaded" in done.stdout and pipeline not in server.kept
    done = run(place, "setup", "--pipelines", "-c", "filebeat.yml")
    assert done.returncode == 0 and list(server.kept)[-1] == pipeline
    done = run(place, "setup", "-c", "filebeat.yml")
    assert done.returncode == 0
    assert re.sub(r"[^\n\w ]", "", done.stdout).count("loaded again") == 2 and "filebeat is there" in done.stdout
    done = run(place, "setup", "-c", "filebeat.yml", "--dashboards")
    assert done.returncode == 2 and "--dashboards" in done.stderr
    server.stop()
    assert run(place, "setup", "-c", "filebeat.yml").returncode == 1


def test_export_template_is_what_is_loaded(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, server)
    place.once()
    done = run(place, "export", "template", "-c", "filebeat.yml")
    assert json.loads(done.stdout) == server.kept["/_index_template/filebeat-9.2.2"]


@pytest.mark.parametrize("more,why", [
    ("setup.template.enable: false\n", "filebeat.yml:13:1: setup.template.enable is no option"),
    ("setup.ilm.enabled: perhaps\n", "filebeat.yml:13:20: setup.ilm.enabled takes auto, true or false"),
    ("setup.template.name: 'x-%{[message]}'\n", "setup.template.name: \"x-%{[message]}\" can have agent.version"),
    ("setup.template.append_fields: [{name: a, type: txt}]\n", "filebeat.yml:13:48: a: there is no type txt"),
    ("setup.template.json: {enabled: true}\n", "filebeat.yml:13:32: setup.template.json.enabled needs"),
    ("ingest.mode: far\n", "filebeat.yml:13:14: ingest.mode takes local or remote"),
    ("ingest.mode: remote\noutput.elasticsearch.enabled: false\noutput.console: {}\n",
     "filebeat.yml:13:14: ingest.mode: remote needs output.elasticsearch"),
])
def test_what_is_wrong_is_named(fakeaws, place, bulk, more, why):
    configure(place, fakeaws("--sample", 5), bulk(), more)
    done = run(place, "test", "config", "-c", "filebeat.yml")
    assert done.returncode == 2 and why in done.stderr, done.stderr


def test_test_output(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, server)
    done = run(place, "test", "output", "-c", "filebeat.yml")
    assert done.returncode == 0 and "All is well" in done.stdout
    for text in ("127.0.0.1 port", "plain http", "none is configured", "Elasticsearch 9.2.2, cluster c"):
        assert text in done.stdout, done.stdout
    server.setup_faults = [lambda *_: error(401, "security_exception", "missing credentials")]
    done = run(place, "test", "output", "-c", "filebeat.yml", "-E", "output.elasticsearch.api_key=id:geheim")
    assert done.returncode == 1 and "an API key: status 401 (security_exception: missing credentials)" in \
        re.sub(r"\s+", " ", done.stdout) and "geheim" not in done.stdout
    server.setup_faults = [lambda *_: Answer(200, b"<html>")]
    done = run(place, "test", "output", "-c", "filebeat.yml")
    assert done.returncode == 1 and "neither Elasticsearch nor OpenSearch" in re.sub(r"\s+", " ", done.stdout)
    server.stop()
    done = run(place, "test", "output", "-c", "filebeat.yml")
    assert done.returncode == 1 and "connection" in done.stdout
    done = run(place, "test", "output", "-c", "filebeat.yml", "-E", "output.elasticsearch.hosts=nowhere.invalid")
    assert done.returncode == 1 and "the name has no address" in done.stdout


def test_test_output_of_a_file(fakeaws, place, bulk):
    configure(place, fakeaws("--sample", 5), bulk())
    off = ["-c", "filebeat.yml", "-E", "output.elasticsearch.enabled=false"]
    done = run(place, "test", "output", *off, "-E", f"output.file.path={place.home}/a/b")
    assert done.returncode == 0 and "to be made" in done.stdout and "free" in done.stdout
    assert not os.path.exists(place.home + "/a")
    write(place, "plain", "x")
    done = run(place, "test", "output", *off, "-E", f"output.file.path={place.home}/plain/b")
    assert done.returncode == 1 and "is no folder" in done.stdout
    done = run(place, "test", "output", *off, "-E", "output.console.enabled=true")
    assert done.returncode == 0 and "a pipe" in done.stdout
