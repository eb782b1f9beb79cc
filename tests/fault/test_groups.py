"""Many log groups: some whose calls fail or hang do not stop the others, and a slow network is asked for more at a time."""
import collections
import threading
import time

import pytest

from api import Api
from collecting import Place, Running, assert_exact, is_sanitized, wait_until
from conftest import Fakeaws
from proxy import Proxy


def peak(process):
    """The most memory that it has had so far, kB."""
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


OPTIONS = ("-E", "quota.filter_log_events=0", "-E", "output.file.number_of_files=1000")


@pytest.fixture
def serve(logferry):
    """Starts a server with so many groups of so many events, of that size."""
    running = []

    def start(groups, events=1, size=1):
        server = Fakeaws(logferry, [])
        running.append(server)
        api, now = Api(server), int(time.time() * 1000)
        for i in range(groups):
            api.make(f"/g/{i:03}", "s")
            for first in range(0, events, 500):
                some = range(first, min(first + 500, events))
                api.put(f"/g/{i:03}", "s", [(now - 60000 + k, f"{i} {k} ".ljust(size, "x")) for k in some])
        api.close()
        return server

    yield start
    for server in running:
        server.stop()


@pytest.mark.parametrize("fault,bad", [("hang", 2), ("hang", 4), ("hang", 40), ("fail", 2), ("fail", 70), ("reset", 5)])
def test_groups_in_trouble_stop_no_others(logferry, serve, tmp_path, fault, bad):
    """The first groups of the list never answer, or always fail. Once they do they are read, too."""
    server, healed = serve(bad + 20), threading.Event()

    def spoil(exchange):
        if exchange.action != "FilterLogEvents" or healed.is_set() or int(exchange.group[-3:]) >= bad:
            exchange.send(exchange.forward())
        elif fault == "hang":
            healed.wait()
            exchange.close()
        elif fault == "fail":
            exchange.fail(500, "InternalFailure", "not today")
        else:
            exchange.reset()

    proxy, place = Proxy(server, spoil, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/g/", region_name="us-east-1", api_sleep="0s", scan_frequency="1s")
    with Running(place, *OPTIONS) as run:
        wait_until(lambda: len(place.ids()) == 20, "the others are read", run.process)
        healed.set()
        wait_until(lambda: len(place.ids()) == bad + 20, "all are", run.process)
    proxy.stop()
    assert_exact(place, server.events())


@pytest.mark.parametrize("fault", ["fail", "hang"])
def test_large_windows_in_trouble_stop_no_others(logferry, serve, tmp_path, fault):
    """As many large windows as are read at a time fail, or hang, behind their first page. Once they do not, they are read
    on."""
    server, healed, bad = serve(10, 4000, 500), threading.Event(), set()

    def spoil(exchange):
        with exchange.lock:
            if "nextToken" in exchange.request and len(bad) < 8:
                bad.add(exchange.group)
        if exchange.group not in bad or "nextToken" not in exchange.request or healed.is_set():
            exchange.send(exchange.forward())
        elif fault == "fail":
            exchange.fail(500, "InternalFailure", "not today")
        else:
            healed.wait()
            exchange.send(exchange.forward())

    def read_whole():
        counts = collections.Counter(e["message"].split()[0] for e in place.events())
        return [group for group, n in counts.items() if n == 4000]

    proxy, place = Proxy(server, spoil, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/g/", region_name="us-east-1", api_sleep="0s", scan_frequency="1s")
    with Running(place, *OPTIONS) as run:
        wait_until(lambda: len(read_whole()) == 2, "the others are read", run.process)
        healed.set()
        wait_until(lambda: len(place.ids()) == 40000, "all are", run.process)
    proxy.stop()
    assert_exact(place, server.events())


def test_answers_that_all_come_late_have_room_one_by_one(logferry, serve, tmp_path):
    """Calls that hang keep no room for their pages; when all are answered at once memory stays what it may be."""
    server, healed, hung = serve(28, 2000, 500), threading.Event(), []

    def spoil(exchange):
        if exchange.action != "FilterLogEvents" or healed.is_set() or int(exchange.group[-3:]) >= 24:
            exchange.send(exchange.forward())
            return
        answer = exchange.forward()
        hung.append(answer)
        healed.wait()
        exchange.send(answer)

    proxy, place = Proxy(server, spoil, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/g/", region_name="us-east-1", api_sleep="0s", scan_frequency="1s")
    with Running(place, *OPTIONS) as run:
        wait_until(lambda: len(place.ids()) == 8000 and len(hung) == 24, "the others are read", run.process)
        before = peak(run.process)
        healed.set()
        wait_until(lambda: len(place.ids()) == 56000, "all are", run.process)
        assert peak(run.process) < before + 18 * 1024 or is_sanitized(logferry), (before, peak(run.process))
    proxy.stop()
    assert_exact(place, server.events())


class Slow:
    """A network that takes its time; counts the requests that are under way."""

    def __init__(self, seconds):
        self.seconds, self.lock, self.now, self.most, self.first = seconds, threading.Lock(), 0, 0, 0
        self.answered = threading.Event()

    def __call__(self, exchange):
        listing = exchange.action != "FilterLogEvents"
        with self.lock:
            self.now += not listing
            self.most = max(self.most, self.now)
            if not self.answered.is_set():
                self.first = self.most
        if not listing:
            time.sleep(self.seconds)
            self.answered.set()
        answer = exchange.forward()
        with self.lock:
            self.now -= not listing
        exchange.send(answer)


def test_a_slow_network_is_asked_for_more_at_a_time(logferry, serve, tmp_path):
    server, slow = serve(200), Slow(0.05)
    proxy, place = Proxy(server, slow, 1, 1), Place(logferry, tmp_path)
    place.module(proxy, log_group_name_prefix="/g/", region_name="us-east-1", api_sleep="0s")
    place.once(*OPTIONS, "-E", "queue.mem.bytes=1GiB")  # it is not memory that bounds them
    proxy.stop()
    assert_exact(place, server.events())
    assert slow.first <= 2 and 16 < slow.most <= 64, (slow.first, slow.most)
