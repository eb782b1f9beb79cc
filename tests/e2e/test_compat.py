"""compat.filebeat: what the events of each line of Filebeat look like."""
import json
import re
import time

import pytest

from collecting import iso
from test_collect import make, put


@pytest.fixture
def one(aws, fakeaws):
    """A server that holds one event."""
    server = fakeaws()
    at = int(time.time()) * 1000 + 590 - 5000
    make(aws, server, "/g", "web/1")
    put(aws, server, "/g", "web/1", [(at, "hello")])
    [held] = server.events()
    return server, held


def collect(place, server, compat, group):
    place.module(server, **group)
    place.once("-E", f"compat.filebeat={compat}")
    [event] = place.events()
    return event


BY_NAME = {"log_group_name": "/g", "region_name": "us-east-1"}
BY_ARN = {"log_group_arn": "arn:aws:logs:us-east-1:123456789012:log-group:/g"}


def test_7_17(one, place):
    server, held = one
    event = collect(place, server, "7.17", BY_ARN)
    assert "aws" not in event
    assert event["awscloudwatch"] == {"log_group": "/g", "log_stream": "web/1",
                                      "ingestion_time": iso(held["ingestionTime"] // 1000 * 1000)}
    assert event["log.file.path"] == "/g/web/1"
    assert event["@timestamp"] == iso(held["timestamp"] // 1000 * 1000)
    assert event["agent"]["version"] == "7.17.29"
    assert "hostname" in event["agent"]
    assert event["@metadata"]["pipeline"] == "filebeat-7.17.29-awsfargate-log-pipeline"


def test_8(one, place):
    server, held = one
    event = collect(place, server, "8", BY_NAME)
    both = {"log_group": "/g", "log_stream": "web/1", "ingestion_time": iso(held["ingestionTime"])}
    assert event["aws"]["cloudwatch"] == both
    assert event["awscloudwatch"] == both
    assert event["log"]["file"]["path"] == "/g/web/1"
    assert event["@timestamp"] == iso(held["timestamp"])
    assert event["agent"]["version"].startswith("8.")
    assert "hostname" not in event["agent"]


def test_full_version(one, place):
    server, _ = one
    event = collect(place, server, "8.18.1", BY_NAME)
    assert event["agent"]["version"] == "8.18.1"
    assert event["@metadata"]["version"] == "8.18.1"
    assert event["@metadata"]["pipeline"] == "filebeat-8.18.1-awsfargate-log-pipeline"


def test_default_is_9(one, place):
    server, _ = one
    event = collect(place, server, "9", BY_NAME)
    assert "awscloudwatch" not in event
    assert event["agent"]["version"].startswith("9.")
    assert event["agent"]["type"] == event["@metadata"]["beat"] == "filebeat"


def test_file_names(one, place):
    import glob
    server, _ = one
    collect(place, server, "7.17", BY_NAME)
    assert [p.rsplit("/", 1)[1] for p in glob.glob(place.home + "/out/*")] == ["filebeat"]
    place.once("--reset-state", "/g", "-E", f"output.file.path={place.home}/out9")
    [path] = glob.glob(place.home + "/out9/*")
    assert re.fullmatch(r"filebeat-\d{8}\.ndjson", path.rsplit("/", 1)[1])
    with open(path, encoding="utf-8") as f:
        assert json.loads(f.readline())["message"] == "hello"
