"""output.elasticsearch: what the server holds is what CloudWatch held, each event once, whatever the server answers."""
import base64
import collections
import json
import random
import sqlite3
import time

import pytest

from bulkserver import Answer, BulkServer, error, random_faults, refuse_some
from collecting import ids_of, iso

CONFIG = """\
filebeat.modules:
- module: awsfargate
  log:
    enabled: true
    var.endpoint: {url}
    var.access_key_id: {key}
    var.secret_access_key: {secret}
    var.log_group_name_prefix: /ecs/
    var.region_name: us-east-1
output.elasticsearch:
  hosts: {hosts}
  backoff: {{init: 5ms, max: 40ms}}
{more}
path.data: {home}/data
quota.filter_log_events: 0
"""


@pytest.fixture
def bulk():
    """bulk() starts a server; all are stopped at the end."""
    running = []

    def start(port=0):
        running.append(BulkServer(port))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def configure(place, aws, servers, more=""):
    hosts = json.dumps([s if isinstance(s, str) else s.url for s in servers])
    place.write(CONFIG.format(url=aws.url, key=aws.access_key_id, secret=aws.secret_access_key, hosts=hosts, home=place.home,
                              more="".join(f"  {line}\n" for line in more.splitlines())))


def dead_letters(place):
    with sqlite3.connect(place.home + "/data/logferry.db") as db:
        return db.execute("SELECT event_id, reason, event FROM dead_letters ORDER BY event_id").fetchall()


def assert_all_there(server, held):
    """Each event of CloudWatch is in the server once, with its own text and time."""
    assert server.ids() == ids_of(held)
    assert set(server.writes.values()) <= {1}
    by_id = {e["eventId"]: e for e in held}
    for index in server.docs.values():
        for name, document in index.items():
            assert document["message"] == by_id[name]["message"]
            assert document["@timestamp"] == iso(by_id[name]["timestamp"])
            assert "@metadata" not in document


def test_delivers_once(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 2000), bulk()
    configure(place, aws, [server])
    place.once()
    assert_all_there(server, aws.events())
    assert list(server.docs) == ["filebeat-9.2.2"]
    request = server.requests[0]
    assert request.method == "POST" and request.path == "/_bulk"
    assert request.headers["Content-Type"] == "application/x-ndjson"
    assert request.headers["Content-Encoding"] == "gzip" and len(request.raw) < len(request.body)
    before = dict(server.attempts)
    place.once()
    assert server.attempts == before  # nothing is sent twice
    place.once("--reset-state", "/ecs/shop/orders")
    assert_all_there(server, aws.events())  # sent again: 409 is there already
    assert dead_letters(place) == []
