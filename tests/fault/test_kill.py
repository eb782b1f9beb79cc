"""Exactly once, whenever the process is killed: in a file, over its rotations, in Elasticsearch, with events that come late."""
import glob
import os
import random
import threading
import time

import pytest

from api import Api
from bulkserver import Answer, random_faults, refuse_some
from collecting import assert_exact, ids_of

KILLS = 500 if os.environ.get("LF_FULL") else 20
EVENTS = 8000


def written(place):
    """Bytes in the output's files."""
    total = 0
    for path in glob.glob(place.home + "/out/*"):
        try:
            total += os.path.getsize(path)
        except FileNotFoundError:  # renamed meanwhile
            pass
    return total


def kill_somewhere(place, options, rng, amount, goal):
    """Starts, and kills once amount() has reached the goal, or at a random moment of the start."""
    running = place.start(*options)
    soon = time.monotonic() + rng.uniform(0, 0.05)
    early = rng.random() < 0.25
    give_up = time.monotonic() + 20
    while amount() < goal and not (early and time.monotonic() > soon) and time.monotonic() < give_up:
        time.sleep(0.0005)
    running.kill()
    running.communicate()


@pytest.mark.parametrize("compat", ["9", "7.17"])
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_lose_and_repeat_nothing(fakeaws, place, seed, compat):
    """A backlog into files that are rotated."""
    server = fakeaws("--sample", EVENTS, "--accept-old-events", "--page-events", 12)  # many windows
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1", scan_frequency="1s")
    options = ["-E", "quota.filter_log_events=0", "-E", "output.file.rotate_every_kb=300", "-E",
               "output.file.number_of_files=1000", "-E", f"compat.filebeat={compat}"]
    rng = random.Random(seed)
    amounts = set()
    for _ in range(KILLS):
        goal = min(written(place) + rng.uniform(0, 2 * EVENTS * 1100 / KILLS), EVENTS * 900)
        kill_somewhere(place, options, rng, lambda: written(place), goal)
        amounts.add(sum(1 for _ in place.lines()))
        if written(place) > EVENTS * 1000 and KILLS > 100:  # all is there: once more from the beginning
            place.once(*options)
            assert place.ids() == ids_of(server.events())
            for path in glob.glob(place.home + "/*/*"):
                os.remove(path)
    place.once(*options)
    held = server.events()
    if compat == "9":
        assert_exact(place, held)
    else:
        assert place.ids() == ids_of(held)
    assert len(amounts) > min(KILLS, 200) / 4, "hardly any kill came in the middle of the work"


class Flow(threading.Thread):
    """Puts events until it is told to stop: at their time, and up to 8 s late."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.api, self.rng, self.done = Api(server), random.Random(seed), threading.Event()
        self.api.make("/flow", "s")
        self.start()

    def run(self):
        number = 0
        while not self.done.wait(0.05):
            now = int(time.time() * 1000)
            late = [self.rng.choice([0, 0, 0, self.rng.randrange(8000)]) for _ in range(self.rng.randrange(1, 30))]
            self.api.put("/flow", "s", [(now - ms, f"event {number} {i}") for i, ms in enumerate(late)])
            number += 1

    def stop(self):
        self.done.set()
        self.join()
        self.api.close()


def test_kills_in_a_steady_flow_with_late_events(fakeaws, place):
    """Looking back, known ids and the frontier, cut off anywhere."""
    server, rng = fakeaws("--page-events", 100), random.Random(1)
    place.module(server, log_group_name="/flow", region_name="us-east-1", scan_frequency="100ms", api_sleep="1ms")
    options = ["-E", "quota.filter_log_events=0", "-E", "output.file.rotate_every_kb=100", "-E",
               "output.file.number_of_files=1000"]
    flow = Flow(server, 1)
    for _ in range(KILLS):
        kill_somewhere(place, options, rng, lambda: written(place), written(place) + rng.uniform(0, 30000))
    flow.stop()
    place.once(*options)  # the first scan of a run looks back as far as can be
    assert_exact(place, server.events())


@pytest.mark.parametrize("faults", [False, True], ids=["well", "faults"])
def test_kills_with_elasticsearch(fakeaws, place, bulk, faults):
    """The server holds each event once, also where its answers were cut, were another's, or never came."""
    server, cluster, rng = fakeaws("--page-events", 50), bulk(), random.Random(2)
    place.elasticsearch(server, [cluster], "bulk_max_size: 20\nworker: 3\ntimeout: 1", log_group_name="/flow",
                        region_name="us-east-1", scan_frequency="100ms", api_sleep="1ms")
    flow = Flow(server, 2)
    if faults:
        cluster.judge = refuse_some(rng, 0.05, 429, "es_rejected_execution_exception")
    for _ in range(KILLS):
        if faults:
            cluster.faults = random_faults(rng, rng.randrange(12))
            if rng.random() < 0.3:
                cluster.faults.append(lambda server, request: Answer(wait=5, close=True))  # stalled: `timeout` is 1 s
        kill_somewhere(place, [], rng, lambda: sum(cluster.writes.values()),
                       sum(cluster.writes.values()) + rng.randrange(1, 60))
    flow.stop()
    cluster.faults = []
    place.once()
    assert cluster.ids() == ids_of(server.events())
    assert set(cluster.writes.values()) == {1}
    assert sum(cluster.attempts.values()) > len(server.events()), "no kill came between a delivery and its commit"
