"""A server, a network and a clock that fail: what is delivered is what the server holds, each event once."""
import os
import random
import signal
import threading
import time

import pytest

from api import Api
from collecting import Place, ids_of, iso
from conftest import Fakeaws
from faults import ROWS
from proxy import Proxy

SEEDS = range(1, 11) if os.environ.get("LF_FULL") else (1, 2)
SLOW = 4 if os.environ.get("LF_SANITIZE") else 1
DEADLINE_S = 60 * SLOW
GROUPS = ("/fault/one", "/fault/two")
FLOW_S = 4
LATE_MS = 8000


def assert_delivered(place, held, fault):
    """Each event once, as it is in the server."""
    counted, wanted = place.ids(), ids_of(held)
    assert counted == wanted, f"{len(wanted - counted)} lost, {len(counted - wanted)} too often, of {len(wanted)}"
    by_id = {e["eventId"]: e for e in held}
    for event in place.events():
        original = by_id[event["event"]["id"]]
        assert event["message"] == original["message"], fault
        assert event["@timestamp"] == iso(original["timestamp"])


def configure(place, proxy, row, **more):
    place.module(proxy, region_name="us-east-1", scan_frequency="250ms", api_sleep="1ms", **{**row.variables, **more})
    return ["-E", "quota.filter_log_events=0"]


def put_flow(server, rng, seconds):
    """Puts events into two groups for a while: most at their time, some up to 8 s late."""
    api = Api(server)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        now = int(time.time() * 1000)
        events = []
        for _ in range(rng.randrange(1, 60)):
            late = rng.randrange(LATE_MS) if rng.random() < 0.2 else 0
            events.append((now - late, f"event {number} {'x' * rng.randrange(200)}"))
            number += 1
        api.put(rng.choice(GROUPS), "s", events)
        time.sleep(rng.uniform(0, 0.1))  # the pace of the flow, nothing waits for it
    api.close()


def steady(logferry, home, name, seed):
    """Events come while it runs."""
    row, rng = ROWS[name], random.Random(seed)
    server = Fakeaws(logferry, ["--page-events", "250"])
    api = Api(server)
    for group in GROUPS:
        api.make(group, "s")
    proxy = Proxy(server, row.fault, row.share, seed)
    place = Place(logferry, home)
    options = configure(place, proxy, row, log_group_name_prefix="/fault/")
    running = place.start("-e", *options)
    log = []
    reader = threading.Thread(target=lambda: log.append(running.stderr.read()))
    reader.start()
    try:
        put_flow(server, rng, FLOW_S)
        held = server.events()
        end = time.monotonic() + DEADLINE_S
        while place.ids() != ids_of(held) and time.monotonic() < end and running.poll() is None:
            time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        reader.join()
        text = b"".join(log).decode(errors="replace")
        try:
            assert running.returncode == 0, text
            assert_delivered(place, held, name)
        except AssertionError as error:
            raise AssertionError(f"{name}, seed {seed}: {error}\n{text[-6000:]}") from None
        assert proxy.spoilt > 0
        return len(held), proxy.calls, proxy.spoilt
    finally:
        running.kill()
        running.wait()
        proxy.stop()
        api.close()
        server.stop()


def backlog(logferry, home, name, seed):
    """Everything is there already, and is collected by --once."""
    row = ROWS[name]
    server = Fakeaws(logferry, ["--page-events", "60", "--sample", "1500", "--seed", str(seed), "--accept-old-events"])
    proxy = Proxy(server, row.fault, row.share, seed)
    place = Place(logferry, home)
    try:
        options = configure(place, proxy, row, log_group_name_prefix="/ecs/")
        done = place.run("--once", "--once-timeout", f"{DEADLINE_S}s", "-e", *options)
        try:
            assert done.returncode == 0
            assert_delivered(place, server.events(), name)
        except AssertionError as error:
            raise AssertionError(f"{name}, seed {seed}: {error}\n{done.stderr[-6000:]}") from None
        assert proxy.spoilt > 0 or row.share * proxy.calls < 5  # of few calls none may have been hit
        return len(server.events()), proxy.calls, proxy.spoilt
    finally:
        proxy.stop()
        server.stop()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ROWS)
@pytest.mark.case(run=steady)
def test_steady_flow(outcome, name, seed):
    print("events, calls, spoilt:", *outcome())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ROWS)
@pytest.mark.case(run=backlog)
def test_backlog(outcome, name, seed):
    print("events, calls, spoilt:", *outcome())
