"""output.elasticsearch against a real server: what it holds is what CloudWatch held, each event once."""
import json

import pytest

from collecting import wait_until


def configure(place, aws, node, *output):
    place.elasticsearch(aws, [node], "\n".join(output), f"compat.filebeat: {'9' if node.server.data_streams else '7.17'}\n",
                        backoff="{init: 50ms, max: 500ms}")


def count(node, index):
    node("POST", f"/{index}/_refresh")
    return node("GET", f"/{index}/_count").get("count", 0)


def needs_data_streams(server):
    if not server.data_streams:
        pytest.skip("no data streams without X-Pack")


def assert_all_there(documents, held, but=()):
    assert set(documents) == {e["eventId"] for e in held} - set(but)
    for event in held:
        if event["eventId"] not in but:
            assert documents[event["eventId"]]["message"] == event["message"]


@pytest.mark.parametrize("compat,index", [("9", "filebeat-9.2.2"), ("8", "filebeat-8.19.8"), ("7.17", "filebeat-7.17.29-*")])
def test_bulk_and_what_is_there_already(nodes, server, fakeaws, place, compat, index):
    node, aws = nodes(), fakeaws("--sample", 3000)
    configure(place, aws, node)
    if compat != "7.17":
        needs_data_streams(server)
    place.once("-E", f"compat.filebeat={compat}")
    held = aws.events()
    assert_all_there(node.documents(index), held)
    # all of it once more, from nothing: each is a 409
    place.once("-E", f"compat.filebeat={compat}", "-E", f"path.data={place.home}/again")
    documents = node.documents(index)
    assert_all_there(documents, held)
    versions = node("POST", f"/{index}/_search", {"size": 10000, "version": True, "_source": False})["hits"]["hits"]
    assert {hit["_version"] for hit in versions} == {1}
    assert place.dead_letters() == []


def test_a_data_stream(nodes, server, fakeaws, place):
    node, aws = nodes(), fakeaws("--sample", 500)
    needs_data_streams(server)
    made = node("PUT", "/_index_template/streams", {"index_patterns": ["stream-*"], "data_stream": {}})
    assert made == {"acknowledged": True}
    configure(place, aws, node, "index: stream-1")
    place.once()
    assert_all_there(node.documents("stream-1"), aws.events())
    assert node.streams() == ["stream-1"]


def test_a_mapping_error_is_a_dead_letter(nodes, server, fakeaws, place):
    """Of one body the events for one index are refused, and those for the other are taken."""
    node, aws = nodes(), fakeaws("--sample", 1000)
    held = aws.events()
    group = held[0]["group"]
    node("PUT", "/refuses", {"mappings": {"properties": {"message": {"type": "date"}}}})
    root, name = "aws.cloudwatch", "arn:aws:logs:us-east-1:123456789012:log-group:" + group
    if not server.data_streams:  # compat.filebeat 7.17
        root, name = "awscloudwatch", group
    configure(place, aws, node, "indices:", f"- index: '%{{[{root}.log_group]}}'",
              f"  mappings: {{{json.dumps(name)}: takes}}", "  default: refuses")
    place.once()
    bad = {e["eventId"] for e in held if e["group"] != group}
    letters = place.dead_letters()
    assert bad and {name for name, _, _ in letters} == bad and len(letters) == len(bad)
    for name, why, event in letters:
        kind = "mapper" if server.opensearch or server.major < 8 else "document"
        assert why.startswith(f"{kind}_parsing_exception: ") and "failed to parse field [message] of type [date]" in why
        assert "(illegal_argument_exception: failed to parse date field" in why
        assert json.loads(event)["message"]
    assert node.documents("refuses") == {}
    assert_all_there(node.documents("takes"), held, bad)


def test_a_queue_that_is_full(nodes, fakeaws, place):
    node = nodes(thread_pool__write__queue_size=1, thread_pool__write__size=1, node__processors=1)
    aws = fakeaws("--sample", 4000, "--page-events", 100)
    configure(place, aws, node, "bulk_max_size: 20", "worker: 32", "index: queue")
    done = place.once("-e")
    assert_all_there(node.documents("queue"), aws.events())
    stats = node("GET", "/_nodes/stats/thread_pool")["nodes"]
    assert sum(n["thread_pool"]["write"]["rejected"] for n in stats.values()) > 0
    assert place.dead_letters() == []
    assert 1 <= done.stderr.count("does not take some events for now: status 429") + done.stderr.count("is busy") <= 3


def test_a_body_that_is_too_large(nodes, fakeaws, place):
    node, aws = nodes(http__max_content_length="20kb"), fakeaws("--sample", 1000)
    off = ("-E", "setup.template.enabled=false")  # a template is larger than what this node takes
    configure(place, aws, node, "index: small", "compression_level: 0")
    place.once(*off)
    assert_all_there(node.documents("small"), aws.events())
    configure(place, aws, node, "index: small2", "compression_level: 1")
    place.once("-E", f"path.data={place.home}/packed", *off)
    assert_all_there(node.documents("small2"), aws.events())
    assert place.dead_letters() == []


def test_an_index_that_is_not_allowed(nodes, fakeaws, place):
    """At run time: one line, and waiting; once somebody mends it, it goes on."""
    node, aws = nodes(), fakeaws("--sample", 100)
    node("PUT", "/blocked", {"settings": {"index.blocks.write": True}})
    configure(place, aws, node, "index: blocked")
    running = place.start("-e")
    seen = b""
    while b"does not take some events for now" not in seen:
        line = running.stderr.readline()
        assert line, seen
        seen += line
    assert b"cluster_block_exception" in seen
    node("PUT", "/blocked/_settings", {"index.blocks.write": False})
    wait_until(lambda: len(node.documents("blocked")) >= 100, "all events", running)
    running.terminate()
    _, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert b"takes all events again" in err
    assert_all_there(node.documents("blocked"), aws.events())
    configure(place, aws, node, "index: 'no,t'")
    done = place.run("--once", "--once-timeout", "2s", "-e", "-E", f"path.data={place.home}/bad")
    assert done.returncode == 1
    assert done.stderr.count("invalid_index_name_exception") == 1


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_node_that_goes_down_and_comes_back(nodes, fakeaws, place, how):
    node = nodes(node__name="comes-and-goes")
    aws = fakeaws("--sample", 6000, "--page-events", 20, "--accept-old-events")
    index = f"down-{how}"
    node("PUT", f"/{index}", {"settings": {"number_of_replicas": 0, "index.translog.durability": "request"}})
    configure(place, aws, node, f"index: {index}", "bulk_max_size: 20", "worker: 1")
    running = place.start("-e")
    while count(node, index) < 200:
        assert running.poll() is None
    getattr(node, how)()
    seen = b""
    while b"cannot be reached" not in seen and b"fails" not in seen and b"busy" not in seen:
        line = running.stderr.readline()
        assert line, seen
        seen += line
    node.start()
    held = aws.events()
    wait_until(lambda: count(node, index) >= len(held), "all events", running)
    running.terminate()
    running.communicate(timeout=30)
    assert running.returncode == 0
    assert_all_there(node.documents(index), held)
    assert place.dead_letters() == []
