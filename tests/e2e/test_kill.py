"""Exactly once in the file, whenever the process is killed."""
import os
import random
import time

import pytest

from collecting import assert_exact, ids_of

KILLS = 500 if os.environ.get("LF_FULL") else 20


@pytest.mark.parametrize("compat", ["9", "7.17"])
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_lose_and_repeat_nothing(fakeaws, place, seed, compat):
    slow = 6 if os.environ.get("LF_SANITIZE") else 1
    server = fakeaws("--sample", 8000, "--accept-old-events", "--page-events", 100)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1")
    options = ["-E", "quota.filter_log_events=0", "-E", "output.file.rotate_every_kb=300", "-E",
               "output.file.number_of_files=1000", "-E", f"compat.filebeat={compat}"]
    rng = random.Random(seed)
    amounts = set()
    for _ in range(KILLS):
        running = place.start(*options)
        time.sleep(rng.uniform(0.015, 0.06) * slow)  # the moment is what is random here; nothing is waited for
        running.kill()
        running.communicate()
        amounts.add(sum(1 for _ in place.lines()))
    place.once(*options)
    held = server.events()
    if compat == "9":
        assert_exact(place, held)
    else:
        assert place.ids() == ids_of(held)
    assert len(amounts) > 2, "no kill came in the middle of the work"
