"""Exactly once in the file, whenever the process is killed."""
import glob
import os
import random
import time

import pytest

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


def kill_somewhere(place, options, rng, step_bytes):
    """Starts, and kills once the output has grown by a random amount, or at a random moment of the start."""
    running = place.start(*options)
    goal = min(written(place) + rng.uniform(0, 2 * step_bytes), EVENTS * 900)
    soon = time.monotonic() + rng.uniform(0, 0.05)
    early = rng.random() < 0.25
    give_up = time.monotonic() + 20
    while written(place) < goal and not (early and time.monotonic() > soon) and time.monotonic() < give_up:
        time.sleep(0.0005)
    running.kill()
    running.communicate()


@pytest.mark.parametrize("compat", ["9", "7.17"])
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_lose_and_repeat_nothing(fakeaws, place, seed, compat):
    server = fakeaws("--sample", EVENTS, "--accept-old-events", "--page-events", 12)  # many windows
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1", scan_frequency="1s")
    options = ["-E", "quota.filter_log_events=0", "-E", "output.file.rotate_every_kb=300", "-E",
               "output.file.number_of_files=1000", "-E", f"compat.filebeat={compat}"]
    rng = random.Random(seed)
    amounts = set()
    for _ in range(KILLS):
        kill_somewhere(place, options, rng, EVENTS * 1100 / KILLS)
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
    assert len(amounts) > KILLS / 4, "hardly any kill came in the middle of the work"
