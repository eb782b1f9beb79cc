"""Dead letters: seen, delivered after all beside a running process or at the next start, dropped."""
import json
import re
import subprocess
import time

import pytest

from api import Api
from collecting import Running, assert_exact, ids_of

FORMAT = 'codec.format.string: "%{[event.id]} %{[aws.no.such.field]}"'


def now_ms():
    return int(time.time() * 1000)


def deadletter(place, *arguments, code=0):
    done = subprocess.run([place.binary, "deadletter", *arguments, "-c", place.config], env=place.environment(),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    return done


def listed(place, *arguments):
    lines = deadletter(place, "list", "--format", "json", "--limit", "0", *arguments).stdout.splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def letters(fakeaws, place):
    """A server with five events in two groups, all of which output.file could not write."""
    server = fakeaws()
    api = Api(server)
    for group, n in (("/a/one", 3), ("/a/two", 2)):
        api.make(group, "s")
        api.put(group, "s", [(now_ms() - 20000 + i, f"event {i} of {group}") for i in range(n)])
    place.module(server, log_group_name_prefix="/a/", region_name="us-east-1", scan_frequency="250ms")
    with open(place.config, encoding="utf-8") as f:
        well = f.read()
    place.write(well.replace("output.file:\n", f"output.file:\n  {FORMAT}\n"))
    done = place.once()
    assert "5 dead letters" in done.stderr
    assert place.lines() == []
    place.write(well)
    return server


def test_list_and_show(letters, place):
    all_of_them = listed(place)
    assert [letter["log_group"] for letter in all_of_them].count("/a/one") == 3
    assert {letter["event_id"] for letter in all_of_them} == {e["eventId"] for e in letters.events()}
    for letter in all_of_them:
        assert letter["output"] == "file" and not letter["replay"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", letter["time"])
        assert letter["reason"] == "codec.format.string: a field of it is missing in the event"
    assert len(listed(place, "--group", "/a/two")) == 2
    assert listed(place, "--output", "console") == []
    done = deadletter(place, "list", "--limit", "2")
    assert len(done.stdout.splitlines()) == 2 and "there are more" in done.stderr
    assert deadletter(place, "list").stdout.count("codec.format.string") == 5
    first = all_of_them[0]
    shown = json.loads(deadletter(place, "show", str(first["id"]), "--format", "json").stdout)
    event = shown["event"]
    assert event["@metadata"]["_id"] == first["event_id"]
    assert event["@metadata"]["pipeline"] == "filebeat-9.2.2-awsfargate-log-pipeline"
    assert event["message"].startswith("event ") and "ingested" in event["event"]
    text = deadletter(place, "show", str(first["id"])).stdout
    assert first["reason"] in text and json.loads(text.split("\n", 1)[1]) == event


def test_the_next_start_delivers_what_is_marked(letters, place):
    shown = {}
    for letter in listed(place):
        shown[letter["event_id"]] = json.loads(
            deadletter(place, "show", str(letter["id"]), "--format", "json").stdout)["event"]
    assert deadletter(place, "replay", "--all").stdout.startswith("5 marked")
    assert deadletter(place, "replay", "--all").stdout.startswith("0 marked")
    assert all(letter["replay"] for letter in listed(place))
    place.once()
    assert listed(place) == []
    assert_exact(place, letters.events())
    for event in place.events():  # not through the pipeline again: event.ingested is the first one's
        assert event == shown[event["event"]["id"]]
    place.once()
    assert_exact(place, letters.events())


def test_a_running_process_delivers_what_is_marked(letters, place):
    one = [letter for letter in listed(place) if letter["log_group"] == "/a/one"]
    with Running(place) as running:
        Api(letters).put("/a/two", "s", [(now_ms(), "it runs")])
        running.wait_until(lambda: any(e["message"] == "it runs" for e in place.events()), "the run")
        assert deadletter(place, "replay", str(one[0]["id"]), str(one[1]["id"])).stdout.startswith("2 marked")
        running.wait_until(lambda: len(place.events()) == 3, "the two that were marked")
        assert deadletter(place, "drop", str(one[2]["id"])).stdout == "1 dropped\n"
        deadletter(place, "replay", "--all", "--group", "/a/two")
        running.wait_until(lambda: len(place.events()) == 5, "the other group's")
        running.wait_until(lambda: listed(place) == [], "their end")
    held = [e for e in letters.events() if e["eventId"] != one[2]["event_id"]]
    assert_exact(place, held)
    assert " dead_replayed=4 " in running.log


def test_what_fails_again_stays(letters, place):
    with open(place.config, encoding="utf-8") as f:
        well = f.read()
    ids = [letter["id"] for letter in listed(place)]
    place.write(well.replace("output.file:\n", "output.file:\n  codec.format.string: \"%{[another.field]}\"\n"))
    deadletter(place, "replay", "--all")
    place.once()
    after = listed(place)
    assert [letter["id"] for letter in after] == ids
    assert not any(letter["replay"] for letter in after)
    assert place.lines() == []


def test_drop(letters, place):
    ids = [str(letter["id"]) for letter in listed(place)]
    assert deadletter(place, "drop", "--all", "--group", "/a/two").stdout == "2 dropped\n"
    assert deadletter(place, "drop", "--all").stdout == "3 dropped\n"
    assert listed(place) == []
    done = deadletter(place, "drop", ids[0], code=1)
    assert f"there is no dead letter {ids[0]}" in done.stderr
    deadletter(place, "show", ids[0], code=1)


@pytest.mark.parametrize("arguments,said", [
    ([], "say list, show ID"), (["list", "7"], "list takes no ids"), (["show"], "say which: show ID"),
    (["drop"], "say which: drop ID…, or drop --all"), (["replay", "1", "--all"], "say which"),
    (["drop", "x"], '"x" is no id'), (["drop", "0"], '"0" is no id'), (["list", "--limit", "x"], "--limit takes a number"),
    (["list", "--format", "xml"], "--format takes one of text, json"), (["list", "--once"], "belongs to the command run"),
    (["list", "--path.data", "/nowhere"], "there is no state"),
])
def test_usage(letters, place, arguments, said):
    assert said in deadletter(place, *arguments, code=2).stderr


def test_elasticsearch(fakeaws, place, bulk):
    """A mapping error, mended in the cluster: replayed by its id, through no pipeline, into the index that it was for."""
    aws, cluster = fakeaws("--sample", 200), bulk()
    bad = {e["eventId"] for e in aws.events()[::10]}
    cluster.judge = lambda action, _: ((400, {"type": "mapper_parsing_exception", "reason": "no"})
                                       if action["_id"] in bad else None)
    place.elasticsearch(aws, [cluster], "pipeline: tail", log_group_name_prefix="/ecs/", region_name="us-east-1",
                        **{"input.index": "own-%{[agent.version]}-%{+yyyy}"})
    place.once()
    assert {letter["event_id"] for letter in listed(place)} == bad
    through = {}
    cluster.judge = lambda action, _: through.update({action["_id"]: action.get("pipeline")})
    deadletter(place, "replay", "--all")
    place.once()
    assert listed(place) == []
    assert cluster.ids() == ids_of(aws.events())
    assert {through[event] for event in bad} == {None}
    assert len(cluster.docs) == 1 and next(iter(cluster.docs)).startswith("own-9.2.2-")


def test_killed_while_it_replays(letters, place, fakeaws):
    """However often it is killed: each once."""
    deadletter(place, "replay", "--all")
    for _ in range(12):
        running = place.start("--once")
        time.sleep(0.004 * (_ + 1))
        running.kill()
        running.communicate()
    place.once()
    assert listed(place) == []
    assert_exact(place, letters.events())


def test_the_log_names_ten(fakeaws, place):
    server = fakeaws("--sample", 300)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    with open(place.config, encoding="utf-8") as f:
        place.write(f.read().replace("output.file:\n", f"output.file:\n  {FORMAT}\n"))
    done = place.once("-e")
    assert done.stderr.count("could not be delivered and is kept as a dead letter") == 10
    assert done.stderr.count("290 more events could not be delivered") == 1


def test_once_says_that_dead_letters_were_deleted(fakeaws, place):
    server = fakeaws("--sample", 100500)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    with open(place.config, encoding="utf-8") as f:
        place.write(f.read().replace("output.file:\n", f"output.file:\n  {FORMAT}\n"))
    done = place.run("--once", "-e")
    assert done.returncode == 1
    deleted = int(re.search(r"(\d+) dead letters were deleted, since", done.stderr).group(1))
    assert deleted + len(listed(place)) == 100500 and deleted > 0
