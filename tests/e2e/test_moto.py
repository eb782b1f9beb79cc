"""The same collection from moto, a CloudWatch Logs server that is not ours."""
import collections
import re
import subprocess
import sys
import threading
import time

import pytest

from collecting import iso

moto = pytest.importorskip("moto")
boto3 = pytest.importorskip("boto3")
pytest.importorskip("flask")

ACCOUNT = "123456789012"


class Moto:
    """A moto server and a client for it."""

    def __init__(self):
        code = ("from moto.server import ThreadedMotoServer; import sys\n"
                "s = ThreadedMotoServer(ip_address='127.0.0.1', port=0)\n"
                "s.start()\n"
                "print('port', s.get_host_and_port()[1], flush=True)\n"
                "sys.stdin.read()\n")
        self.process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        timer = threading.Timer(60, self.process.kill)
        timer.start()
        port = None
        for line in self.process.stdout:  # it says other things first
            port = re.fullmatch(r"port (\d+)\n", line)
            if port:
                break
        timer.cancel()
        assert port, "moto did not start"
        self.url = f"http://127.0.0.1:{port.group(1)}"
        self.access_key_id, self.secret_access_key, self.region = "AKIAMOTO", "secret", "us-east-1"
        self.logs = boto3.client("logs", endpoint_url=self.url, region_name=self.region,
                                 aws_access_key_id=self.access_key_id, aws_secret_access_key=self.secret_access_key)

    def fill(self, group, streams, events):
        """`events` a stream; returns what was put: (stream, time, message)."""
        self.logs.create_log_group(logGroupName=group)
        put = []
        now = int(time.time() * 1000) - events * 10
        for stream in streams:
            self.logs.create_log_stream(logGroupName=group, logStreamName=stream)
            batch = [{"timestamp": now + i * 10, "message": f'{stream} {i} "quoted" žluťoučký\t🚀'} for i in range(events)]
            self.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)
            put += [(stream, e["timestamp"], e["message"]) for e in batch]
        return collections.Counter(put)

    def stop(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def server():
    started = Moto()
    yield started
    started.stop()


def delivered(place):
    return collections.Counter(
        (e["aws"]["cloudwatch"]["log_stream"], e["@timestamp"], e["message"]) for e in place.events())


def expected(put):
    return collections.Counter({(stream, iso(at), message): n for (stream, at, message), n in put.items()})


def test_by_name(server, place):
    put = server.fill("/moto/name", ["a", "b", "c"], 300)
    place.module(server, log_group_name="/moto/name", region_name="us-east-1")
    place.once()
    assert delivered(place) == expected(put)
    place.once()
    assert delivered(place) == expected(put)


def test_by_arn(server, place):
    put = server.fill("/moto/arn", ["a", "b"], 50)
    place.module(server, log_group_arn=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/moto/arn:*")
    place.once(AWS_ENDPOINT_URL_STS=server.url)
    assert delivered(place) == expected(put)
    assert {e["aws"]["cloudwatch"]["log_group"] for e in place.events()} == {
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/moto/arn"}


def test_an_arn_of_another_account_is_never_a_group_of_the_same_name(server, place):
    server.fill("/moto/foreign", ["a"], 5)
    place.module(server, log_group_arn="arn:aws:logs:us-east-1:999999999999:log-group:/moto/foreign")
    done = place.run("--once", AWS_ENDPOINT_URL_STS=server.url)
    assert done.returncode == 1
    assert "999999999999" in done.stderr
    assert place.lines() == []


def test_by_prefix(server, place):
    put = server.fill("/moto/prefix/one", ["x/1", "y/1"], 20) + server.fill("/moto/prefix/two", ["x/2"], 20)
    place.module(server, log_group_name_prefix="/moto/prefix/", region_name="us-east-1")
    place.once()
    assert delivered(place) == expected(put)


def test_by_streams(server, place):
    put = server.fill("/moto/streams", ["x/1", "y/1", "x/2"], 20)
    place.module(server, log_group_name="/moto/streams", region_name="us-east-1", log_streams=["x/1", "x/2"])
    place.once()
    assert delivered(place) == expected(collections.Counter({k: n for k, n in put.items() if k[0].startswith("x/")}))


def test_large_pages(server, place):
    put = server.fill("/moto/large", ["s"], 10000)
    place.module(server, log_group_name="/moto/large", region_name="us-east-1")
    place.once()
    assert delivered(place) == expected(put)
