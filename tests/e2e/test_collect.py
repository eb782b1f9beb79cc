"""Collection from the embedded server: exactly what it holds, however it answers."""
import array
import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import termios
import time
import urllib.request

import pytest

from collecting import assert_exact, ids_of, iso, wait_until


def put(aws, server, group, stream, events):
    """Puts (timestamp, message) pairs with the AWS CLI."""
    body = json.dumps([{"timestamp": t, "message": m} for t, m in events])
    aws(server, "logs", "put-log-events", "--log-group-name", group, "--log-stream-name", stream, "--log-events", body)


def make(aws, server, group, *streams):
    aws(server, "logs", "create-log-group", "--log-group-name", group)
    for stream in streams:
        aws(server, "logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", stream)


@pytest.mark.parametrize("options", [
    [],
    ["--page-events", "37"],
    ["--page-events", "50", "--empty-page-every", "2"],
    ["--page-bytes", "20000"],
])
def test_prefix_is_collected_exactly(fakeaws, place, options):
    server = fakeaws("--sample", 3000, "--accept-old-events", *options)
    place.module(server, log_group_name_prefix="/ecs/shop-", region_name="us-east-1")
    place.once("-E", "quota.filter_log_events=0")
    assert_exact(place, server.events())
    assert all(e["aws"]["cloudwatch"]["log_group"].startswith("arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop-")
               for e in place.events())


def test_second_run_goes_on(fakeaws, place, aws):
    server = fakeaws("--sample", 500, "--accept-old-events")
    place.module(server, log_group_name="/ecs/shop-web", region_name="us-east-1")
    place.once()
    held = [e for e in server.events() if e["group"] == "/ecs/shop-web"]
    assert place.ids() == ids_of(held)
    place.once()
    assert place.ids() == ids_of(held)
    aws(server, "logs", "create-log-stream", "--log-group-name", "/ecs/shop-web", "--log-stream-name", "new")
    put(aws, server, "/ecs/shop-web", "new", [(int(time.time() * 1000), "after the first run")])
    place.once()
    held = [e for e in server.events() if e["group"] == "/ecs/shop-web"]
    assert place.ids() == ids_of(held)


def test_event_fields(fakeaws, place, aws):
    server = fakeaws()
    now = int(time.time() * 1000)
    make(aws, server, "/g", "web/nginx/1")
    put(aws, server, "/g", "web/nginx/1", [(now, 'said "hi"\tžluťoučký 🚀')])
    place.module(server, log_group_arn="arn:aws:logs:us-east-1:123456789012:log-group:/g:*")
    place.once("-E", "name=shipper", "-E", "tags=[general]", "-M", "awsfargate.log.var.tags=[own]",
               "-E", "fields.env=test")
    [event] = place.events()
    [held] = server.events()
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/g"
    assert event.pop("agent").keys() == {"id", "name", "type", "version", "ephemeral_id"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["event"].pop("ingested"))
    assert event.pop("@metadata") == {
        "beat": "filebeat", "type": "_doc", "version": "9.2.2", "_id": held["eventId"],
        "pipeline": "filebeat-9.2.2-awsfargate-log-pipeline"}
    assert event == {
        "@timestamp": iso(now),
        "message": 'said "hi"\tžluťoučký 🚀',
        "log": {"file": {"path": arn + "/web/nginx/1"}},
        "event": {"id": held["eventId"], "module": "awsfargate", "dataset": "awsfargate.log"},
        "aws": {"cloudwatch": {"log_group": arn, "log_stream": "web/nginx/1",
                               "ingestion_time": iso(held["ingestionTime"])}},
        "cloud": {"provider": "aws", "region": "us-east-1"},
        "fileset": {"name": "log"}, "service": {"type": "awsfargate"}, "input": {"type": "aws-cloudwatch"},
        "ecs": {"version": "1.12.0"}, "host": {"name": "shipper"},
        "tags": ["general", "own"], "fields": {"env": "test"},
    }


def test_streams_by_name_and_prefix(fakeaws, place, aws):
    server = fakeaws()
    now = int(time.time() * 1000)
    make(aws, server, "/g", "a/1", "a/2", "b/1")
    for i, stream in enumerate(["a/1", "a/2", "b/1"]):
        put(aws, server, "/g", stream, [(now + i, stream)])
    place.module(server, log_group_name="/g", region_name="us-east-1", log_stream_prefix="a/")
    place.once()
    assert sorted(e["message"] for e in place.events()) == ["a/1", "a/2"]
    # another filter has a position of its own
    place.module(server, log_group_name="/g", region_name="us-east-1", log_streams=["b/1", "a/2"])
    place.once()
    assert sorted(e["message"] for e in place.events()) == ["a/1", "a/2", "a/2", "b/1"]


def test_more_than_a_hundred_streams(fakeaws, place, aws):
    server = fakeaws("--accept-old-events", "--sample", 10)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert opener.open(server.url + "/_fakeaws/events").status == 200
    names = [f"s{i}" for i in range(230)]
    make(aws, server, "/many")
    # made by the API itself, three of them with an event
    for name in ("s0", "s150", "s229"):
        aws(server, "logs", "create-log-stream", "--log-group-name", "/many", "--log-stream-name", name)
        put(aws, server, "/many", name, [(int(time.time() * 1000), name)])
    missing_are_made = [n for n in names if n not in ("s0", "s150", "s229")]
    script = server_put_streams(server, "/many", missing_are_made)
    assert script == len(missing_are_made)
    place.module(server, log_group_name="/many", region_name="us-east-1", log_streams=names)
    place.once()
    assert sorted(e["message"] for e in place.events()) == ["s0", "s150", "s229"]


def server_put_streams(server, group, names):
    """Makes streams with botocore where it is there; else the test is skipped."""
    boto3 = pytest.importorskip("boto3")
    client = boto3.client("logs", endpoint_url=server.url, region_name="us-east-1",
                          aws_access_key_id=server.access_key_id, aws_secret_access_key=server.secret_access_key)
    for name in names:
        client.create_log_stream(logGroupName=group, logStreamName=name)
    return len(names)


def test_name_and_arn_share_their_position(fakeaws, place):
    server = fakeaws("--sample", 200, "--accept-old-events")
    held = [e for e in server.events() if e["group"] == "/ecs/shop-web"]
    identity = {"AWS_ENDPOINT_URL_STS": server.url}
    place.module(server, log_group_name="/ecs/shop-web", region_name="us-east-1")
    place.once()
    place.module(server, log_group_arn="arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop-web")
    place.once(**identity)
    assert place.ids() == ids_of(held)
    place.module(server, log_group_name="/ecs/shop-web", region_name="us-east-1")
    place.once(**identity)
    assert place.ids() == ids_of(held)


def test_a_group_by_name_and_by_arn_is_read_once(fakeaws, place):
    """That the two are one group shows only at run time, once the caller's account is known."""
    server = fakeaws("--sample", 200, "--accept-old-events")
    held = [e for e in server.events() if e["group"] == "/ecs/shop-web"]
    common = (f"  endpoint: {server.url}\n  access_key_id: {server.access_key_id}\n"
              f"  secret_access_key: {server.secret_access_key}\n")
    place.write("filebeat.inputs:\n"
                f"- type: aws-cloudwatch\n  log_group_name: /ecs/shop-web\n  region_name: us-east-1\n{common}"
                "- type: aws-cloudwatch\n"
                f"  log_group_arn: arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop-web\n{common}"
                f"output.file:\n  path: {place.home}/out\npath.data: {place.home}/data\n")
    place.run("--once", AWS_ENDPOINT_URL_STS=server.url)  # whichever of them comes first has it
    done = place.run("--once", AWS_ENDPOINT_URL_STS=server.url)
    assert done.returncode == 1
    assert "another input of the configuration reads this log group already, by its name or its ARN" in done.stderr
    assert place.ids() == ids_of(held)


def test_reset_state_reads_again(fakeaws, place):
    server = fakeaws("--sample", 100, "--accept-old-events")
    place.module(server, log_group_name="/ecs/shop-web", region_name="us-east-1")
    place.once()
    once = place.ids()
    place.once("--reset-state", "/ecs/shop-web")
    assert place.ids() == once + once


def test_start_position_end(fakeaws, place, aws):
    server = fakeaws("--accept-old-events")
    now = int(time.time() * 1000)
    make(aws, server, "/g", "s")
    put(aws, server, "/g", "s", [(now - 3600_000, "old"), (now - 1000, "recent")])
    place.module(server, log_group_name="/g", region_name="us-east-1", start_position="end", scan_frequency="5m")
    place.once()
    assert [e["message"] for e in place.events()] == ["recent"]


def test_missing_and_denied_groups_are_named(fakeaws, place):
    server = fakeaws("--sample", 50, "--accept-old-events")
    place.module(server, log_group_name="/not/there", region_name="us-east-1")
    done = place.run("--once")
    assert done.returncode == 1
    assert "log group /not/there: ResourceNotFoundException" in done.stderr
    place.module(server, log_group_name="/ecs/shop-web", region_name="us-east-1")
    done = place.run("--once", "-M", "awsfargate.log.var.access_key_id=AKIDWRONG")
    assert done.returncode == 1
    assert "log group /ecs/shop-web: UnrecognizedClientException" in done.stderr
    assert "wJalrXUtn" not in done.stderr


def test_a_missing_group_is_said_once(fakeaws, place):
    """Each refusal has another request id, which does not make it another complaint."""
    server = fakeaws()
    place.module(server, log_group_name="/not/there", region_name="us-east-1", scan_frequency="1s")
    running = place.start("-e")
    try:
        wait_until(lambda: server.counts()["calls"] >= 3, "the third call", running)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=20)
    finally:
        running.kill()
        running.wait()
    assert err.decode().count("ResourceNotFoundException") == 1, err


def test_throttled_collection_is_exact(fakeaws, place):
    server = fakeaws("--sample", 1000, "--accept-old-events", "--page-events", 100, "--quota", 20)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    place.once("-E", "quota.filter_log_events=200")
    assert_exact(place, server.events())


def test_follows_and_stops_on_sigterm(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    place.module(server, log_group_name="/g", region_name="us-east-1", scan_frequency="200ms")
    running = place.start()
    try:
        for i in range(3):
            put(aws, server, "/g", "s", [(int(time.time() * 1000), f"event {i}")])
        wait_until(lambda: sum(place.ids().values()) >= 3, "three events", running)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=20)
        assert running.returncode == 0, err
    finally:
        running.kill()
        running.wait()
    assert [e["message"] for e in place.events()] == ["event 0", "event 1", "event 2"]


def test_console(fakeaws, place):
    server = fakeaws("--sample", 40, "--accept-old-events")
    place.module(server, log_group_name="/ecs/shop-web", region_name="us-east-1")
    console = ["-E", "output.file.enabled=false", "-E", "output.console.enabled=true"]
    done = place.once(*console)
    held = [e for e in server.events() if e["group"] == "/ecs/shop-web"]
    assert [json.loads(line)["event"]["id"] for line in done.stdout.splitlines()] == [e["eventId"] for e in held]
    done = place.once(*console, "--reset-state", "/ecs/shop-web", "-E",
                      "output.console.codec.format.string=%{[event.id]} %{[no.such]:-} %{+yyyy}")
    year = time.strftime("%Y", time.gmtime())
    assert done.stdout.splitlines() == [f"{e['eventId']} - {year}" for e in held]
    done = place.once(*console, "--reset-state", "/ecs/shop-web", "-E", "output.console.pretty=true")
    assert done.stdout.startswith('{\n  "@timestamp": ')


def test_two_processes_never_share_a_state(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    place.module(server, log_group_name="/g", region_name="us-east-1")
    running = place.start("-e")
    try:
        lock = pathlib.Path(place.home, "data/logferry.lock")
        wait_until(lambda: lock.exists() and lock.read_text(encoding="ascii").strip() == str(running.pid), "the lock", running)
        other = subprocess.Popen(place.command("--once", "-e"), env=place.environment(), stderr=subprocess.PIPE, text=True)
        line = ""
        while "still works with this state" not in line:
            line = other.stderr.readline()
            assert line, "the second process did not wait"
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 0
        _, err = other.communicate(timeout=60)
        assert other.returncode == 0, err
    finally:
        running.kill()
        running.communicate()


def stuck_console(place, server):
    """A run whose console nobody reads, once it has got stuck."""
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    running = place.start("--once", "-e", "-E", "output.file.enabled=false", "-E", "output.console.enabled=true",
                          "-E", "quota.filter_log_events=0")
    held = array.array("i", [0])

    def full():
        fcntl.ioctl(running.stdout, termios.FIONREAD, held)
        return held[0] >= 60000

    wait_until(full, "a full pipe", running)
    return running


def test_a_second_signal_ends_at_once(fakeaws, place):
    running = stuck_console(place, fakeaws("--sample", 20000, "--accept-old-events"))
    running.send_signal(signal.SIGTERM)
    line = ""
    while "stopping" not in line:
        line = running.stderr.readline().decode()
        assert line, "it ended"
    started = time.monotonic()
    while running.poll() is None and time.monotonic() < started + 8:  # the watcher may not be waiting yet
        running.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    assert running.wait(timeout=5) == 1
    running.communicate()


def test_a_stuck_output_is_given_up(fakeaws, place):
    running = stuck_console(place, fakeaws("--sample", 20000, "--accept-old-events"))
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=40) == 1
    out, err = running.communicate()
    assert b"nobody reads" in err


def test_a_file_that_somebody_touches_while_it_is_written(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    place.module(server, log_group_name="/g", region_name="us-east-1", scan_frequency="200ms")
    running = place.start("-E", "compat.filebeat=7.17", "-e")
    path = place.home + "/out/filebeat"

    def deliver(message):
        put(aws, server, "/g", "s", [(int(time.time() * 1000), message)])
        wait_until(lambda: os.path.exists(path) and message in open(path, encoding="utf-8").read(), message, running)

    try:
        deliver("one")
        with open(path, "a", encoding="utf-8") as f:
            f.write("somebody's half line")
        deliver("two")
        assert "somebody's half line\n" in open(path, encoding="utf-8").read()
        os.remove(path)
        deliver("three")
        os.truncate(path, 0)
        deliver("four")
        assert "\0" not in open(path, encoding="utf-8").read()
    finally:
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 0
    for word in (b"lengthened", b"removed or replaced", b"was cut"):
        assert word in err


def test_a_terminal_is_told_where_the_log_is(fakeaws, place):
    place.module(fakeaws("--sample", 10), log_group_name_prefix="/", region_name="us-east-1")
    for more, told in (((), True), (("-e",), False)):
        controller, terminal = os.openpty()
        subprocess.run(place.command("--once", *more), env=place.environment(), stderr=terminal, check=True, timeout=60)
        os.close(terminal)
        assert ("logferry run: the log is in /" in os.read(controller, 65536).decode()) == told
        os.close(controller)
