"""States of a cluster that somebody can mend: one line, waiting, and each event once when it is over. What is the event's own
fault is a dead letter with the server's reason."""
import json
import subprocess
import time

import pytest

from test_bulk import assert_all_there, configure, count

CREATED = {"settings": {"number_of_replicas": 0}}


def setting(index, **settings):
    return ("PUT", f"/{index}/_settings", {name.replace("__", "."): value for name, value in settings.items()})


def cluster(name, value):
    return ("PUT", "/_cluster/settings", {"transient": {name: value}})


# name: (what breaks it, what mends it, options, what the line has to have)
STATES = {
    "closed": ([("PUT", "/held", CREATED), ("POST", "/held/_close", None)], [("POST", "/held/_open", None)], [],
               "index_closed_exception"),
    "write-block": ([("PUT", "/held", CREATED), setting("held", index__blocks__write=True)],
                    [setting("held", index__blocks__write=False)], [], "cluster_block_exception"),
    "flood-stage": ([("PUT", "/held", CREATED), setting("held", index__blocks__read_only_allow_delete=True)],
                    [setting("held", index__blocks__read_only_allow_delete=None)], [], "cluster_block_exception"),
    "cluster-read-only": ([("PUT", "/held", CREATED), cluster("cluster.blocks.read_only", True)],
                          [cluster("cluster.blocks.read_only", None)], [], "cluster_block_exception"),
    "no-auto-create": ([cluster("action.auto_create_index", "false")],
                       [cluster("action.auto_create_index", None), ("PUT", "/held", CREATED)], [],
                       "index_not_found_exception"),
    "require-alias": ([], [("PUT", "/behind", {**CREATED, "aliases": {"held": {}}})], ["parameters: {require_alias: true}"],
                      "index_not_found_exception"),
    "no-write-index": ([("PUT", "/one", {**CREATED, "aliases": {"held": {}}}),
                        ("PUT", "/two", {**CREATED, "aliases": {"held": {}}})],
                       [("POST", "/_aliases", {"actions": [{"add": {"index": "one", "alias": "held",
                                                                    "is_write_index": True}}]})], [],
                       "no write index is defined for alias"),
    "no-pipeline": ([], [("PUT", "/_ingest/pipeline/nowhere", {"processors": []})], ["pipeline: nowhere"],
                    "pipeline with id [nowhere] does not exist"),
    "shard-limit": ([cluster("cluster.max_shards_per_node", 1), ("PUT", "/first", CREATED)],
                    [cluster("cluster.max_shards_per_node", None)], [], "this action would add ["),
}
TEMPLATE_OFF = ("-E", "setup.template.enabled=false", "-E", "setup.ilm.enabled=false")


def wait_for(running, word):
    seen = b""
    while word.encode() not in seen:
        line = running.stderr.readline()
        assert line, seen
        seen += line
    return seen


def wait_for_tries(running, n=3):
    """Reads the log up to so many tries that have failed. Returns: what was read."""
    return b"".join(wait_for(running, "next") for _ in range(n))


def finish(running, node, index, events):
    deadline = time.monotonic() + 40
    while count(node, index) < events and time.monotonic() < deadline:
        time.sleep(0.1)
    running.terminate()
    _, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    return err


@pytest.mark.parametrize("state", STATES)
def test_what_somebody_can_mend(nodes, fakeaws, place, state):
    node, aws = nodes(), fakeaws("--sample", 100)
    broken, mended, options, word = STATES[state]
    for request in broken:
        assert "error" not in node(*request)
    configure(place, aws, node, "index: held", *options)
    running = place.start("-e", "-d", "output", *TEMPLATE_OFF)
    # the whole request is refused, or its events one by one
    said = b"is busy" if state == "cluster-read-only" else b"does not take some events for now"
    try:
        seen = wait_for(running, word)
        assert said in seen
        seen += wait_for_tries(running)
        assert place.dead_letters() == []
        for request in mended:
            assert "error" not in node(*request)
        err = finish(running, node, "held", 100)
    finally:
        running.kill()
        for request in mended:
            node(*request)
    assert b"takes all events again" in err or b"takes events again" in err
    assert (seen + err).count(said) == 1
    assert_all_there(node.documents("held"), aws.events())
    assert place.dead_letters() == []


def test_what_a_strict_mapping_refuses(nodes, fakeaws, place):
    node, aws = nodes(), fakeaws("--sample", 100)
    node("PUT", "/strict", {"mappings": {"dynamic": "strict", "properties": {"message": {"type": "keyword"}}}})
    configure(place, aws, node, "index: strict")
    place.once(*TEMPLATE_OFF)
    letters = place.dead_letters()
    assert {name for name, _, _ in letters} == {e["eventId"] for e in aws.events()}
    assert all(why.startswith("strict_dynamic_mapping_exception: ") for _, why, _ in letters), letters[0]
    assert all(json.loads(event)["message"] for _, _, event in letters)
    assert node.documents("strict") == {}


@pytest.mark.parametrize("index,name", [("UPPER", "upper"), ("_under", None)])
def test_names(nodes, fakeaws, place, index, name):
    node, aws = nodes(), fakeaws("--sample", 50)
    configure(place, aws, node, f"index: {index}")
    done = place.run("--once", "--once-timeout", "3s" if name is None else "60s", "-e", *TEMPLATE_OFF)
    if name is not None:
        assert_all_there(node.documents(name), aws.events())
        return
    assert done.returncode == 1
    assert done.stderr.count("invalid_index_name_exception") == 1, done.stderr
    assert place.dead_letters() == []


def test_a_node_without_a_master(all_nodes, server, fakeaws, place):
    """It is up, and nobody leads it. Then it leads itself."""
    if not server.netty:
        pytest.skip("a node without a transport leads itself")
    node = all_nodes(discovery__type="zen", discovery__seed_hosts="127.0.0.1:1", cluster__initial_master_nodes="another",
                     node__name="alone", discovery__initial_state_timeout="1s")
    aws = fakeaws("--sample", 100)
    configure(place, aws, node, "index: led", "parameters: {timeout: 1s}")
    running = place.start("-e", "-d", "output", *TEMPLATE_OFF)
    try:
        seen = wait_for(running, "503") + wait_for_tries(running)
        checked = subprocess.run([place.binary, "test", "output", "-c", place.config], cwd=place.home,
                                 env=place.environment(), capture_output=True, text=True, timeout=60)
        node.stop()
        node.settings = {"node.name": "alone"}
        node.start()
        err = finish(running, node, "led", 100)
    finally:
        running.kill()
    assert (seen + err).count(b" ERROR ") + (seen + err).count(b" WARN ") <= 3, seen + err
    assert_all_there(node.documents("led"), aws.events())
    assert place.dead_letters() == []
    assert "connection" in checked.stdout and "503" in checked.stdout or checked.returncode == 0, checked.stdout
