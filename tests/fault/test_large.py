"""Many log groups with much to read: few of them are in a large window at a time, and each event is delivered once."""
import threading
import time

import pytest

from api import Api
from collecting import Place, Running, assert_exact, wait_until
from conftest import Fakeaws
from proxy import Proxy

GROUPS, EVENTS, PAGE = 24, 3600, 1200
OPTIONS = ("-E", "quota.filter_log_events=0", "-E", "output.file.number_of_files=1000")  # no rotation deletes any


class Watch:
    """Counts the groups that are behind the first page of a window and not at its end."""

    def __init__(self, of=lambda group: ""):
        self.of, self.lock, self.reading = of, threading.Lock(), {}
        self.most, self.calls, self.pages = {}, 0, []

    def __call__(self, exchange):
        request = exchange.request
        group = exchange.group
        reading = self.reading.setdefault(self.of(group), set())
        with self.lock:
            self.calls += 1
            self.pages.append((group, request.get("startTime"), request.get("nextToken")))
            if "nextToken" in request:
                reading.add(group)
                self.most[self.of(group)] = max(self.most.get(self.of(group), 0), len(reading))
        answer = exchange.forward()
        with self.lock:
            if "nextToken" not in answer.json:
                reading.discard(group)
        exchange.send(answer)


@pytest.fixture
def server(logferry):
    running = Fakeaws(logferry, ["--page-events", str(PAGE)])
    api, now = Api(running), int(time.time() * 1000)
    for i in range(GROUPS):
        group = f"/{'ab'[i % 2]}/{i:02}"
        api.make(group, "s")
        for part in range(EVENTS // PAGE):
            api.put(group, "s", [(now - 600000 + 100 * (part * PAGE + k), f"{i} {part} {k}") for k in range(PAGE)])
    api.make("/a/small", "s")
    api.put("/a/small", "s", [(now - 1000, "small")])
    api.close()
    yield running
    running.stop()


def test_few_large_windows_at_a_time(logferry, server, tmp_path):
    watch = Watch()
    proxy, place = Proxy(server, watch, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/", region_name="us-east-1", api_sleep="0s")
    place.once(*OPTIONS)
    proxy.stop()
    assert_exact(place, server.events())
    assert 4 < watch.most[""] <= 8
    # a group that has to wait goes on where it was: no page is asked for twice
    assert len(watch.pages) == len(set(watch.pages))


def test_no_input_has_all_of_them(logferry, server, tmp_path):
    watch = Watch(of=lambda group: group[1])
    proxy, place = Proxy(server, watch, 1, 1), Place(logferry, tmp_path)
    keys = f"  access_key_id: {server.access_key_id}\n  secret_access_key: {server.secret_access_key}\n"
    place.write("filebeat.inputs:\n" + "".join(
        f"- type: aws-cloudwatch\n  log_group_name_prefix: /{name}/\n  region_name: us-east-1\n"
        f"  endpoint: {proxy.url}\n  api_sleep: 0s\n{keys}" for name in "ab") +
        f"output.file:\n  path: {place.home}/out\npath.data: {place.home}/data\n")
    place.once(*OPTIONS)
    proxy.stop()
    assert_exact(place, server.events())
    assert all(2 < most <= 4 for most in watch.most.values()), watch.most


def test_killed_between_large_windows(logferry, server, tmp_path):
    """What waits with a part of a window read is read again, and delivered once."""
    watch = Watch()
    proxy, place = Proxy(server, watch, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/", region_name="us-east-1", api_sleep="0s")
    for calls in (GROUPS, 2 * GROUPS, 3 * GROUPS):
        running = place.start(*OPTIONS)
        end = time.monotonic() + 60
        while watch.calls < calls and running.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        assert watch.calls >= calls and running.poll() is None, "the kill came too late"
        running.kill()
        running.communicate()
    place.once(*OPTIONS)
    proxy.stop()
    assert_exact(place, server.events())


class Repeat:
    """Behind a first page each page begins with the events of the first one once more."""

    def __init__(self):
        self.first, self.repeated = {}, 0

    def __call__(self, exchange):
        request = exchange.request
        group = exchange.group
        answer = exchange.forward()
        if exchange.action == "FilterLogEvents" and "nextToken" not in request:
            self.first[group] = answer.json["events"]
        elif exchange.action == "FilterLogEvents":
            body = answer.json
            body["events"] = self.first[group] + body["events"]
            self.repeated += 1
            answer.json = body
        exchange.send(answer)


def test_a_window_that_waited_knows_what_it_had(logferry, server, tmp_path):
    """The ids of a parked window are there again when it goes on: what the server repeats is left out."""
    repeat = Repeat()
    proxy, place = Proxy(server, repeat, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/", region_name="us-east-1", api_sleep="0s")
    place.once(*OPTIONS)
    proxy.stop()
    assert repeat.repeated >= GROUPS
    assert_exact(place, server.events())


class Hold:
    """Keeps the pages behind each group's first one back until it is opened."""

    def __init__(self):
        self.gate, self.lock, self.begun, self.held = threading.Event(), threading.Lock(), set(), set()

    def __call__(self, exchange):
        request = exchange.request
        group = exchange.group
        if "nextToken" in request and exchange.action == "FilterLogEvents":
            with self.lock:
                self.held.add(group)
            self.gate.wait()
        answer = exchange.forward()
        exchange.send(answer)
        if group:
            with self.lock:
                self.begun.add(group)


def test_late_in_a_window_that_waited(logferry, tmp_path):
    """An event that becomes visible behind a parked window's back is found by looking back, however long it was parked."""
    server, hold = Fakeaws(logferry, ["--page-events", str(PAGE)]), Hold()
    api, now = Api(server), int(time.time() * 1000)
    for i in range(9):
        api.make(f"/g/{i}", "s")
        for part in range(2):
            api.put(f"/g/{i}", "s", [(now - 1000 + part * 500 + k % 500, f"{i} {part} {k}") for k in range(PAGE)])
    proxy, place = Proxy(server, hold, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/g/", region_name="us-east-1", api_sleep="0s", scan_frequency="1s",
                 lookback="3s")
    with Running(place, *OPTIONS) as run:
        wait_until(lambda: len(hold.begun) == 9 and len(hold.held) == 8, "eight read on, one waits", run.process)
        [parked] = hold.begun - hold.held
        seen = time.monotonic()
        api.put(parked.split(":")[-1], "s", [(now - 900, "late")])
        wait_until(lambda: time.monotonic() - seen > 8, "longer than looking back reaches", run.process)
        hold.gate.set()
        wait_until(lambda: any(e["message"] == "late" for e in place.events()), "the late event", run.process)
    proxy.stop()
    api.close()
    assert_exact(place, server.events())
    server.stop()
