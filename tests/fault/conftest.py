"""The fixtures of tests/e2e, and cases that run side by side."""
import concurrent.futures
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import importlib.util  # noqa: E402

_spec = importlib.util.spec_from_file_location("e2e_conftest", os.path.join(sys.path[1], "conftest.py"))
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)
# what `from conftest import …` of tests/e2e means, and the fixtures
Fakeaws, clean_environment, KEY_ID, SECRET = _e2e.Fakeaws, _e2e.clean_environment, _e2e.KEY_ID, _e2e.SECRET
AwsCli = _e2e.AwsCli
logferry, fakeaws, aws, place, bulk = _e2e.logferry, _e2e.fakeaws, _e2e.aws, _e2e.place, _e2e.bulk

AT_ONCE = 6  # cases mostly wait: for retries, for late events


def pytest_collection_finish(session):
    session.selected = list(session.items)


@pytest.fixture(scope="session")
def side_by_side(request, logferry, tmp_path_factory):
    """Runs the function of every selected test that is marked with `case`; the test takes its outcome. Most of a case's time
    is waiting, so they run in a pool, but where pytest itself has several workers."""
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    futures = {}

    def start(item):
        run = item.get_closest_marker("case").kwargs["run"]
        return pool.submit(run, logferry, tmp_path_factory.mktemp("case"), **item.callspec.params)

    for item in request.session.selected:
        if item.get_closest_marker("case") is not None and "PYTEST_XDIST_WORKER" not in os.environ:
            futures[item.nodeid] = start(item)
    yield lambda item: futures.get(item.nodeid) or start(item)
    pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request, side_by_side):
    """The outcome of this test's case; raises what it raised."""
    return lambda: side_by_side(request.node).result(timeout=300)


def pytest_configure(config):
    config.addinivalue_line("markers", "case(run=function): runs beside other cases")
