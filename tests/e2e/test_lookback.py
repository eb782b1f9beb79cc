"""Late events, groups and streams that come and go, a bounded past: a collector that goes on."""
import email.utils
import http.server
import json
import re
import signal
import threading
import time

import pytest

from collecting import Running, assert_exact, ids_of, wait_until
from test_collect import make, put


def fast(place, server, **more):
    place.module(server, region_name="us-east-1", scan_frequency="250ms", **more)


def now_ms():
    return int(time.time() * 1000)


def metric(log, name):
    """The last value of a number in the metrics lines for all groups."""
    return int(re.findall(rf"log_groups_total=.* {name}=(\d+)", log)[-1])


def test_late_events_are_caught_once(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    put(aws, server, "/g", "s", [(now_ms(), "at its time")])
    fast(place, server, log_group_name="/g")
    with Running(place) as running:
        running.wait_for(server.events, "the first event")
        for late_ms in (2500, 3500, 5000, 9000):  # more than a scan takes
            put(aws, server, "/g", "s", [(now_ms() - late_ms, f"{late_ms} ms late")])
        running.wait_for(server.events, "the late events")
    assert_exact(place, server.events())
    assert metric(running.log, "late") == 4
    assert metric(running.log, "lookback_ms") == 600000
    assert metric(running.log, "lookback_calls") >= 0


def test_late_events_that_came_while_it_was_down(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    put(aws, server, "/g", "s", [(now_ms() - 1000 * i, f"event {i}") for i in range(50, 0, -1)])
    fast(place, server, log_group_name="/g")
    place.once()
    put(aws, server, "/g", "s", [(now_ms() - 40500, "late")])
    place.once()
    assert_exact(place, server.events())


def test_without_looking_back_late_events_are_not_seen(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    put(aws, server, "/g", "s", [(now_ms() - 10000, "at its time")])
    fast(place, server, log_group_name="/g", lookback=0)
    place.once()
    put(aws, server, "/g", "s", [(now_ms() - 20000, "late"), (now_ms() - 15000, "late, too")])
    place.once()
    assert sorted(e["message"] for e in place.events()) == ["at its time"]


def test_look_back_never_reads_before_the_start(fakeaws, place, aws):
    """With start_position end nothing from before the start is delivered, however often the past is read again."""
    server = fakeaws()
    make(aws, server, "/g", "s")
    put(aws, server, "/g", "s", [(now_ms() - 30000, "before"), (now_ms() - 20000, "before, too")])
    fast(place, server, log_group_name="/g", start_position="end")
    with Running(place) as running:
        running.wait_for_calls(server)
        put(aws, server, "/g", "s", [(now_ms(), "after")])
        wait_until(lambda: [e["message"] for e in place.events()] == ["after"], "the event after the start")
    with Running(place) as running:
        running.wait_for_calls(server)
        put(aws, server, "/g", "s", [(now_ms(), "after that")])
        wait_until(lambda: len(place.events()) == 2, "the event after the restart")
    assert sorted(e["message"] for e in place.events()) == ["after", "after that"]


def test_new_gone_and_returned_groups_of_a_prefix(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/p/one", "s")
    put(aws, server, "/p/one", "s", [(now_ms() - 5000, "one")])
    fast(place, server, log_group_name_prefix="/p/", start_position="end")
    with Running(place) as running:
        running.wait_for_calls(server)
        put(aws, server, "/p/one", "s", [(now_ms(), "one goes on")])
        wait_until(lambda: any(e["message"] == "one goes on" for e in place.events()), "the group of the start")
        make(aws, server, "/p/two", "s")
        put(aws, server, "/p/two", "s", [(now_ms() - 5000, "written before it was found")])
        wait_until(lambda: any(e["message"] == "written before it was found" for e in place.events()), "the new group")
        aws(server, "logs", "delete-log-group", "--log-group-name", "/p/one")
        put(aws, server, "/p/two", "s", [(now_ms(), "the other goes on")])
        wait_until(lambda: any(e["message"] == "the other goes on" for e in place.events()), "the other group")
        make(aws, server, "/p/one", "s")
        put(aws, server, "/p/one", "s", [(now_ms(), "one is back")])
        wait_until(lambda: any(e["message"] == "one is back" for e in place.events()), "the group that came back")
    counted = place.ids()
    assert set(counted.values()) == {1}
    assert running.log.count("is new") == 1


def test_a_missing_stream_does_not_stop_the_others(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "a", "b")
    put(aws, server, "/g", "a", [(now_ms(), "a1")])
    put(aws, server, "/g", "b", [(now_ms(), "b1")])
    fast(place, server, log_group_name="/g", log_streams=["a", "later", "b", "never"])
    with Running(place) as running:
        wait_until(lambda: len(place.events()) == 2, "the streams that are there")
        aws(server, "logs", "create-log-stream", "--log-group-name", "/g", "--log-stream-name", "later")
        put(aws, server, "/g", "later", [(now_ms() - 2000, "later1")])
        put(aws, server, "/g", "a", [(now_ms(), "a2")])
        wait_until(lambda: len(place.events()) == 4, "the stream that came later")
    assert set(place.ids().values()) == {1}
    assert running.log.count("the log stream never is not there") == 1
    assert running.log.count("the log stream later is there") == 1


def test_start_and_end_time(fakeaws, place, aws):
    server = fakeaws()
    make(aws, server, "/g", "s")
    base = now_ms() - 3600000
    put(aws, server, "/g", "s", [(base + 1000 * i, f"event {i}") for i in range(100)])
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(base // 1000 + 20)) + "Z"
    end = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(base // 1000 + 60)) + "Z"
    fast(place, server, log_group_name="/g", start_time=stamp, end_time=end)
    done = place.run()  # it ends by itself: everything that was asked for is there
    assert done.returncode == 0, done.stderr
    assert "1 log groups" in done.stderr
    low, high = (base // 1000 + 20) * 1000, (base // 1000 + 60) * 1000
    assert place.ids() == ids_of([e for e in server.events() if low <= e["timestamp"] <= high])


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_of_a_prefix(fakeaws, place, workers):
    server = fakeaws("--sample", 2000, "--accept-old-events")
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1", number_of_workers=workers)
    place.once("-E", "quota.filter_log_events=0")
    assert_exact(place, server.events())


def test_summary_of_each_group(fakeaws, place):
    server = fakeaws("--sample", 1000, "--accept-old-events")
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    done = place.once("-E", "quota.filter_log_events=0", "-e")
    groups = {e["group"] for e in server.events()}
    for group in groups:
        n = sum(e["group"] == group for e in server.events())
        assert re.search(rf"log-group:{group}: {n} read, {n} delivered, 0 repeats, 0 late", done.stderr), done.stderr
        assert re.search(rf"log_group=\S*{group} .* received={n} ", done.stderr), done.stderr


def test_a_huge_group_does_not_starve_a_small_one(fakeaws, place, aws):
    """With a page at a time and a quota the small group has its turn between the pages of the huge one."""
    server = fakeaws("--page-events", 20, "--accept-old-events")
    for name, n in (("/f/huge", 4000), ("/f/small", 60)):
        make(aws, server, name, "s")
        for first in range(0, n, 1000):
            put(aws, server, name, "s", [(now_ms() - 100000 + i, f"event {i}") for i in range(first, min(first + 1000, n))])
    fast(place, server, log_group_name_prefix="/f/")
    with Running(place, "-E", "quota.filter_log_events=20"):
        wait_until(lambda: sum("/f/small" in e["log"]["file"]["path"] for e in place.events()) == 60, "the small group")
        assert sum("/f/huge" in e["log"]["file"]["path"] for e in place.events()) < 2000


def test_a_stuck_output_stops_the_reading(fakeaws, place):
    """Nobody reads the console: calls cease, memory stays, and nothing is lost once somebody does."""
    server = fakeaws("--sample", 60000, "--accept-old-events", "--page-events", 500)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    with open(place.config, encoding="utf-8") as f:
        text = f.read()
    place.write(text.replace("output.file:", "output.console:").replace(f"  path: {place.home}/out\n", "  enabled: true\n"))
    process = place.start("-E", "quota.filter_log_events=0", "-E", "queue.mem.bytes=2MiB")

    def calls():
        return server.counts()["calls"]

    def resident_kib():
        with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    seen = []

    def settled():
        seen.append(calls())
        return len(seen) > 20 and seen[-1] > 0 and len(set(seen[-20:])) == 1

    wait_until(settled, "the calls that go on and on")
    assert seen[-1] < 100  # of more than 120 pages
    before = resident_kib()
    lines = [process.stdout.readline() for _ in range(60000)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert sorted(json.loads(line)["event"]["id"] for line in lines) == sorted(e["eventId"] for e in server.events())
    assert before < 100 * 1024


def test_a_group_that_is_made_while_nothing_runs(fakeaws, place, aws):
    """start_position end is where a prefix was first listed: what is new since then is read from its beginning."""
    server = fakeaws()
    make(aws, server, "/p/old", "s")
    put(aws, server, "/p/old", "s", [(now_ms() - 60000, "before the first start")])
    fast(place, server, log_group_name_prefix="/p/", start_position="end")
    place.once()
    make(aws, server, "/p/new", "s")
    put(aws, server, "/p/new", "s", [(now_ms() - 50000, "while nothing ran")])
    place.once()
    assert [e["message"] for e in place.events()] == ["while nothing ran"]
    place.once("--reset-state", "/p/new")  # as for the first time: from the end
    assert [e["message"] for e in place.events()] == ["while nothing ran"]


def test_end_time_waits_for_what_becomes_visible_late(fakeaws, place, aws):
    server = fakeaws("--visible-after-ms", 1500)
    make(aws, server, "/g", "s")
    end = now_ms() + 4000
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end // 1000)) + f".{end % 1000:03d}Z"
    fast(place, server, log_group_name="/g", end_time=stamp, lookback="4s")
    process = place.start("-e")
    number = 0
    while now_ms() < end + 500:
        put(aws, server, "/g", "s", [(now_ms() + i, f"event {number + i}") for i in range(3)])
        number += 3
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    held = [e for e in server.events() if e["timestamp"] <= end]
    assert held and place.ids() == ids_of(held)


def test_a_server_whose_clock_was_ahead_for_a_while(place):
    """A Date an hour ahead makes a group count as read up to then; it is taken back once the clock is right."""
    held, calls = [], []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def date_time_string(self, timestamp=None):
            return email.utils.formatdate(time.time() + (3600 if 2 < len(calls) <= 6 else 0), usegmt=True)

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            calls.append(asked)
            found = [e for e in list(held) if asked["startTime"] <= e["timestamp"] <= asked["endTime"]]
            body = json.dumps({"events": found}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amzn-RequestId", f"r{len(calls)}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place.write(f"""\
filebeat.inputs:
- type: aws-cloudwatch
  log_group_name: /g
  region_name: us-east-1
  endpoint: http://127.0.0.1:{server.server_address[1]}
  access_key_id: A
  secret_access_key: b
  scan_frequency: 300ms
output.file.path: {place.home}/out
path.data: {place.home}/data
""")
        with Running(place) as running:
            for i in range(40):  # the pace of the flow
                t = now_ms()
                held.append({"eventId": f"e{i}", "timestamp": t, "ingestionTime": t, "logStreamName": "s", "message": "m"})
                time.sleep(0.1)
            wait_until(lambda: set(place.ids()) == {e["eventId"] for e in held}, "all events")
        server.shutdown()
    assert set(place.ids().values()) == {1}
    assert "ahead of AWS's time" in running.log
