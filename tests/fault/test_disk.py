"""Disks that fail: the n-th write of the state and of the output's file, for every n, and disks that are full."""
import concurrent.futures
import glob
import os
import resource
import shutil
import subprocess
import sys
import time

import pytest

from api import Api
from collecting import Place, Running, assert_exact
from conftest import Fakeaws, clean_environment

AT_ONCE = 4
EVENTS = 120
LAST_N = 3000  # a run has far fewer operations: a loop that comes here does not end by itself


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The library that makes writes fail, built from failwrite.c."""
    compiler = os.environ.get("CC", "").split() or [shutil.which("cc") or shutil.which("gcc") or "cc"]
    made = str(tmp_path_factory.mktemp("shim") / "failwrite.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "failwrite.c")
    subprocess.run([*compiler, "-O1", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", made, source, "-ldl", "-lpthread"],
                   check=True, env=clean_environment(os.path.dirname(made)))
    return made


@pytest.fixture(scope="module")
def server(logferry):
    running = Fakeaws(logferry, ["--sample", str(EVENTS), "--accept-old-events", "--page-events", "40"])
    yield running
    running.stop()


def configure(place, server):
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1", scan_frequency="250ms",
                 api_sleep="1ms")
    # small files: a rotation is under way now and then
    return ["-E", "quota.filter_log_events=0", "-E", "output.file.rotate_every_kb=40", "-E",
            "output.file.number_of_files=1000"]


def fail_at(shim, logferry, server, home, files, n, code, times):
    """A run whose n-th operation fails, then one without faults. Returns: whether the fault came at all."""
    os.mkdir(home)
    place, mark = Place(logferry, home), os.path.join(home, "mark")
    options = configure(place, server)
    with open(mark, "w", encoding="utf-8"):
        pass
    asan = os.environ.get("ASAN_OPTIONS", "")
    done = place.run("--once", "--once-timeout", "60s", "-e", *options, LD_PRELOAD=shim, FAILWRITE_FILES=files,
                     FAILWRITE_AT=str(n), FAILWRITE_TIMES=str(times), FAILWRITE_ERRNO=code, FAILWRITE_COUNT=mark,
                     **({"ASAN_OPTIONS": asan + ":verify_asan_link_order=0"} if asan else {}))
    hit = not os.path.exists(mark)
    assert done.returncode in (0, 1, 2), f"operation {n}: {done.returncode}\n{done.stderr}"
    assert hit or done.returncode == 0, done.stderr
    if done.returncode != 0:
        assert "logferry run: " in done.stderr  # it says what is wrong
    again = place.run("--once", "--once-timeout", "60s", "-e", *options)
    text = f"operation {n} ({code}) failed: exit {done.returncode}\n{done.stderr}\nthen: {again.stderr}"
    assert again.returncode == 0, text
    try:
        assert_exact(place, server.events())
    except AssertionError as error:
        raise AssertionError(f"{error}\n{text}") from None
    shutil.rmtree(home)
    return hit


@pytest.mark.parametrize("code,times", [("28", 1), ("5", 1), ("short", 1)], ids=["ENOSPC", "EIO", "half"])
@pytest.mark.parametrize("files", ["logferry.db", "/out/"])
def test_every_write_fails_once(shim, logferry, server, tmp_path, files, code, times):
    """Ends by itself at the first n for which nothing failed."""
    if not os.environ.get("LF_FULL") and (code, files) not in [("28", "logferry.db"), ("5", "/out/")]:
        pytest.skip("with --full")
    n, ended = 0, False
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while not ended:
            batch = [pool.submit(fail_at, shim, logferry, server, str(tmp_path / f"run{n + i}"), files, n + i, code, times)
                     for i in range(1, AT_ONCE + 1)]
            hits = [run.result() for run in batch]
            ended = not all(hits)
            n += sum(hits)
            assert n < LAST_N
    print(f"{n} operations failed, one a run")
    assert n >= 10, "hardly anything was written through the shim"


def fill(server):
    """About 1.5 MB of events."""
    api, now = Api(server), int(time.time() * 1000)
    api.make("/ecs/big", "s")
    for i in range(10):
        api.put("/ecs/big", "s", [(now - 60000 + 10 * (100 * i + j), f"{i} {j} {'x' * 1000}") for j in range(100)])
    api.close()


def last_change(place):
    """When one of the output's or the state's files was written, or cut."""
    return max(os.stat(path).st_ctime for name in ("out", "data") for path in glob.glob(f"{place.home}/{name}/*"))


def until_room(server, running, make_room):
    """Waits for the error, makes room, waits for everything."""
    with running:
        running.wait_until(lambda: running.said("ERROR"), "nobody has said that the disk is full")
        said = time.time()
        # it tries again each second, which must not write anything twice
        running.wait_until(lambda: last_change(running.place) > said + 1.2, "it has not tried again")
        make_room()
        running.wait_until(lambda: sum(running.place.ids().values()) >= len(server.events()), "not all was delivered")
    assert running.said("ERROR") < 8, running.log  # a state is said once
    assert_exact(running.place, server.events())


def test_files_at_their_limit(fakeaws, place):
    """As with a quota: no file may grow beyond 400 KB, neither the output's nor the state's; then they may."""
    server = fakeaws("--page-events", "40")
    fill(server)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1", scan_frequency="250ms")
    running = Running(place, "-E", "quota.filter_log_events=0",
                      before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400 * 1024, resource.RLIM_INFINITY)))
    until_room(server, running, lambda: resource.prlimit(
        running.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 700 KB, where one can be mounted."""
    where = str(tmp_path / "disk")
    os.mkdir(where)
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("only root can mount a small file system")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", where], capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield where
    subprocess.run(["umount", "-l", where], check=True)


@pytest.mark.parametrize("full", ["out", "data", "both"])
def test_full_disk(fakeaws, place, small_disk, full):
    server = fakeaws("--page-events", "40")
    fill(server)
    for name in ("out", "data"):
        if full in (name, "both"):
            os.mkdir(f"{small_disk}/{name}")
            os.symlink(f"{small_disk}/{name}", f"{place.home}/{name}")
    if full == "data":  # the state alone does not need that much: something else has taken the room
        with open(f"{small_disk}/other", "wb") as f:
            f.write(b"x" * 540 * 1024)
    place.module(server, log_group_name_prefix="/ecs/", region_name="us-east-1", scan_frequency="250ms")
    running = Running(place, "-E", "quota.filter_log_events=0")
    until_room(server, running, lambda: subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True))
