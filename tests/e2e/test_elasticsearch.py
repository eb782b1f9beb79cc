"""output.elasticsearch: what the server holds is what CloudWatch held, each event once, whatever the server answers."""
import base64
import collections
import datetime
import email.utils
import hashlib
import json
import random
import re
import time

import pytest

from api import Api
from bulkserver import Answer, error, random_faults, refuse_some
from collecting import Running, ids_of, iso, wait_until
from network import Funnel, Pki, server_context

NO_SETUP = "setup.template.enabled: false\nsetup.ilm.enabled: false\n"


def configure(place, aws, servers, output=""):
    place.elasticsearch(aws, servers, output, NO_SETUP)


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
    assert place.dead_letters() == []
    done = place.once("-e", "-E", f"path.data={place.home}/again")  # from nothing: all of it is there already
    assert_all_there(server, aws.events())
    assert set(server.attempts.values()) == {2}
    assert " delivered=2000 dropped=0 dead=0" in done.stderr


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("servers", [1, 3])
def test_faults_lose_and_repeat_nothing(fakeaws, place, bulk, seed, servers):
    aws = fakeaws("--sample", 3000, "--page-events", 100)
    running = [bulk() for _ in range(servers)]
    rng = random.Random(seed)
    for server in running:
        server.faults = random_faults(rng, 40 // servers)
        server.docs, server.writes, server.raw = running[0].docs, running[0].writes, running[0].raw  # one cluster
        server.lock = running[0].lock
        server.judge = refuse_some(rng, 0.05, rng.choice([429, 503]), "es_rejected_execution_exception")
    configure(place, aws, running, "bulk_max_size: 75\nworker: 2")
    done = place.once("-e")
    assert_all_there(running[0], aws.events())
    assert sum(len(server.faults) for server in running) < (1 if servers == 1 else 20)
    assert place.dead_letters() == []
    assert len(done.stderr.splitlines()) < 200  # each state once, no flood
    # a 429 or a 503 of an event is sent again alone: less than everything twice
    assert sum(sum(s.attempts.values()) for s in running) < 3000 * 4


def test_refused_events_are_sent_again_alone(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 1000), bulk()
    refused = collections.Counter()

    def judge(action, _document):
        name = action["_id"]
        refused[name] += 1
        if int(name) % 3 == 0 and refused[name] <= 2:
            return (429 if int(name) % 2 else 503), {"type": "es_rejected_execution_exception", "reason": "queue is full"}
        return None

    server.judge = judge
    configure(place, aws, [server])
    done = place.once("-e")
    assert_all_there(server, aws.events())
    for name, times in server.attempts.items():
        assert times == (3 if int(name) % 3 == 0 else 1)
    assert done.stderr.count("does not take some events for now") == 1
    assert done.stderr.count("takes all events again") == 1


def test_refused_for_ever_is_a_dead_letter(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 500), bulk()
    reason = {"type": "mapper_parsing_exception", "reason": "failed to parse field [aws.x] of type [long]",
              "caused_by": {"type": "illegal_argument_exception", "reason": "For input string: \"<é>\""}}
    server.judge = lambda action, _document: (400, reason) if int(action["_id"]) % 7 == 0 else None
    configure(place, aws, [server])
    done = place.once("-e")
    held = {e["eventId"]: e for e in aws.events()}
    bad = {name for name in held if int(name) % 7 == 0}
    assert bad and set(server.ids()) == set(held) - bad
    letters = place.dead_letters()
    assert {name for name, _, _ in letters} == bad and len(letters) == len(bad)
    for name, why, event in letters:
        assert why == ("mapper_parsing_exception: failed to parse field [aws.x] of type [long] "
                       "(illegal_argument_exception: For input string: \"<é>\")")
        assert json.loads(event)["message"] == held[name]["message"]
        assert server.attempts[name] == 1  # never a loop
    assert f"delivered={len(held) - len(bad)} dropped=0 dead={len(bad)}" in done.stderr


@pytest.mark.parametrize("status", [400, 500])
def test_an_event_that_spoils_its_request_stops_no_others(fakeaws, place, bulk, status):
    """A request with one event fails each time, alone. What comes behind it is delivered; with 400 it is to blame then."""
    aws, server = fakeaws(), bulk()
    api = Api(aws)
    api.make("/g/a", "s")
    api.put("/g/a", "s", [(int(time.time() * 1000), "POISON")])

    def spoil(server, request):
        if b"POISON" not in request.body:
            return server.serve(request)
        return error(status, "illegal_argument_exception", "spoilt")

    server.faults = [spoil] * 10000
    place.elasticsearch(aws, [server], "", NO_SETUP, log_group_name_prefix="/g/", region_name="us-east-1",
                        scan_frequency="1s", api_sleep="0s")
    with Running(place) as run:
        wait_until(lambda: len(server.requests) > 2, "it is refused", run.process)
        api.put("/g/a", "s", [(int(time.time() * 1000), "GOOD")])
        wait_until(lambda: sum(server.ids().values()) == 1, "the other is delivered", run.process)
        if status == 400:
            wait_until(lambda: len(place.dead_letters()) == 1, "it is a dead letter", run.process)
        server.faults = []
        wait_until(lambda: sum(server.ids().values()) == (1 if status == 400 else 2), "all are", run.process)
    api.close()


def test_a_body_that_is_too_large_is_halved(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 1000), bulk()
    held = aws.events()
    server.max_bytes = 6000
    configure(place, aws, [server])
    place.once()
    assert_all_there(server, held)
    longest = max(len(raw) for raw in server.raw.values())
    fresh = bulk()
    fresh.max_bytes = longest + 50  # with its action line the longest is too large, alone
    configure(place, aws, [fresh])
    place.once("-E", f"path.data={place.home}/data2")
    letters = place.dead_letters("data2")
    assert letters and all("status 413" in why for _, why, _ in letters)
    assert set(fresh.ids()) == {e["eventId"] for e in held} - {name for name, _, _ in letters}
    assert all(len(server.raw[name]) > longest - 60 for name, _, _ in letters)


def test_too_large_for_all_is_no_fault_of_an_event(fakeaws, place, bulk):
    """A proxy answers 413 to whatever comes, for a while: no event dies of it."""
    aws, server = fakeaws("--sample", 60), bulk()
    server.faults = [lambda *_: Answer(413, b"too large")] * 200
    configure(place, aws, [server])
    place.once()
    assert not server.faults
    assert min(sum(1 for _ in request.events()) for request in server.requests[:200]) == 1
    assert_all_there(server, aws.events())
    assert place.dead_letters() == []


def test_bodies_become_larger_again(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 30000), bulk()
    server.max_bytes = 18000
    lifted = []

    def judge(_action, _document):
        if not lifted and len(server.writes) >= 10000:
            server.max_bytes = None
            lifted.append(len(server.requests))

    server.judge = judge
    configure(place, aws, [server], "bulk_max_bytes: 64KiB\ncompression_level: 0")
    place.once()
    assert_all_there(server, aws.events())
    assert place.dead_letters() == []
    sizes = [len(request.body) for request in server.requests[lifted[0]:]]
    assert max(sizes[:100]) <= 33 * 1024 and max(sizes) > 20 * 1024


@pytest.mark.parametrize("status,kind,said", [
    (401, "security_exception", "refuses the credentials"),
    (403, "security_exception", "refuses the credentials"),
    (403, "cluster_block_exception", "is busy"),  # a cluster that is read-only, whoever asks
    (404, "resource_not_found_exception", "refuses the request"),
    (400, "illegal_argument_exception", "refuses the request"),
    (429, "circuit_breaking_exception", "is busy"),
    (503, "cluster_block_exception", "is busy"),
    (502, "x", "fails"),
])
def test_a_state_that_can_be_mended_is_waited_for(fakeaws, place, bulk, status, kind, said):
    aws, server = fakeaws("--sample", 300), bulk()
    server.faults = [lambda _server, _request: error(status, kind, "why it is")] * 8
    configure(place, aws, [server])
    done = place.once("-e")
    assert_all_there(server, aws.events())
    assert done.stderr.count(said) == 1 and done.stderr.count("takes events again") == 1
    assert f"status {status} ({kind}: why it is)" in done.stderr
    assert place.dead_letters() == []


@pytest.mark.parametrize("status,failure", [
    (403, {"type": "cluster_block_exception", "reason": "index [x] blocked by: [FORBIDDEN/12/read-only];"}),
    (404, {"type": "index_not_found_exception", "reason": "no such index [x]"}),
    (400, {"type": "invalid_index_name_exception", "reason": "Invalid index name [x], must not"}),
    (400, {"type": "illegal_argument_exception", "reason": "pipeline with id [p] does not exist"}),
])
def test_a_state_of_the_index_is_no_fault_of_an_event(fakeaws, place, bulk, status, failure):
    aws, server = fakeaws("--sample", 300), bulk()
    until = 1200
    server.judge = lambda _action, _document: (status, failure) if sum(server.attempts.values()) < until else None
    configure(place, aws, [server])
    done = place.once("-e")
    assert_all_there(server, aws.events())
    assert done.stderr.count("does not take some events for now") == 1
    assert place.dead_letters() == []


@pytest.mark.parametrize("size", [100, 1600])
def test_one_event_that_spoils_its_request(fakeaws, place, bulk, size):
    """A server that refuses the whole request because of one event: the others are delivered, that one is kept."""
    aws, server = fakeaws("--sample", 300), bulk()
    bad = sorted(e["eventId"] for e in aws.events())[100]

    def fault(_server, request):
        server.faults.append(fault)
        if any(action["_id"] == bad for action, _, _ in request.events()):
            return error(400, "x_content_parse_exception", "unexpected byte")
        return None

    server.faults = [fault]
    configure(place, aws, [server], f"bulk_max_size: {size}")
    place.once()
    assert set(server.ids()) == {e["eventId"] for e in aws.events()} - {bad}
    [(name, why, _)] = place.dead_letters()
    assert name == bad and why == "status 400 (x_content_parse_exception: unexpected byte)"


def test_a_host_that_is_down_is_set_aside(fakeaws, place, bulk):
    aws = fakeaws("--sample", 1000, "--page-events", 50)
    one, two = bulk(), bulk()
    down = bulk()
    down.stop()
    two.docs, two.writes = one.docs, one.writes
    configure(place, aws, [down, one, two], "bulk_max_size: 50")
    done = place.once("-e")
    assert_all_there(one, aws.events())
    assert len(one.requests) >= 2 and len(two.requests) >= 2  # load is shared
    assert done.stderr.count("cannot be reached") == 1


def test_without_loadbalance_one_host_at_a_time(fakeaws, place, bulk):
    aws = fakeaws("--sample", 600, "--page-events", 50)
    one, two = bulk(), bulk()
    two.docs, two.writes = one.docs, one.writes
    configure(place, aws, [one, two], "bulk_max_size: 50\nloadbalance: false")
    one.faults = [lambda *_: None] * 4 + [lambda *_: Answer(502)]
    place.once()
    assert_all_there(one, aws.events())
    assert len(one.requests) == 5 and len(two.requests) >= 6


def test_a_server_that_comes_later(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 300), bulk()
    server.stop()
    configure(place, aws, [server])
    running = place.start("-e")
    seen = b""
    while b"cannot be reached" not in seen:
        line = running.stderr.readline()
        assert line, seen
        seen += line
    server.start()
    wait_until(lambda: server.ids() == ids_of(aws.events()), "all events", running)
    running.terminate()
    _, err = running.communicate(timeout=30)
    assert running.returncode == 0
    assert err.count(b"takes events again") == 1
    assert_all_there(server, aws.events())


def test_stopped_while_nothing_is_taken(fakeaws, place, bulk):
    """What is not acknowledged comes again, and is not there twice."""
    aws, server = fakeaws("--sample", 400, "--page-events", 50), bulk()
    configure(place, aws, [server], "bulk_max_size: 50")
    whole = [lambda *_: None] * 3

    def lost(server_, request):
        server_.serve(request)
        server.faults.append(lost)
        return Answer(503)

    server.faults = whole + [lost]
    done = place.run("--once", "--once-timeout", "1s", "-e", "-E", "filebeat.shutdown_timeout=200ms")
    assert done.returncode == 1
    assert "events undelivered, which come again at the next start" in done.stderr
    server.faults = []
    place.once()
    assert_all_there(server, aws.events())
    assert place.dead_letters() == []


def test_stopped_while_the_first_connect_is_not_answered(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 100), bulk()
    server.setup_faults = [lambda *_: Answer(200, {}, wait=60)] * 10
    configure(place, aws, [server])
    running = place.start("-e", "-E", "filebeat.shutdown_timeout=300ms", "-E", "setup.template.enabled=true")
    wait_until(lambda: server.setups, "the first connect", running)
    began = time.monotonic()
    running.terminate()
    _, err = running.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert running.returncode == 1
    assert b"events undelivered, which come again at the next start" in err
    assert len(server.setups) == 1


def test_kills_lose_and_repeat_nothing(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 4000, "--page-events", 40), bulk()
    configure(place, aws, [server], "bulk_max_size: 64\nworker: 2\ncompression_level: 0")
    rng = random.Random(7)
    for _ in range(12):
        running = place.start()
        goal = sum(server.attempts.values()) + rng.randrange(1, 700)
        deadline = time.monotonic() + 10
        while sum(server.attempts.values()) < goal and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
            if sum(server.writes.values()) == 4000:
                break
        running.kill()
        running.communicate()
    place.once()
    assert_all_there(server, aws.events())


def test_slow_answers_overlap(fakeaws, place, bulk):
    """With four workers four requests are under way at a time."""
    aws, server = fakeaws("--sample", 800, "--page-events", 50), bulk()
    under_way, most = [0], [0]

    def slow(server_, request):
        server.faults.append(slow)
        with server.lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.1)
        answer = server_.serve(request)
        with server.lock:
            under_way[0] -= 1
        return answer

    server.faults = [slow] * 4
    configure(place, aws, [server], "bulk_max_size: 50\nworkers: 4")
    place.once()
    assert_all_there(server, aws.events())
    assert most[0] == 4


@pytest.mark.parametrize("more,header", [
    ("username: u\npassword: geheim", "Basic " + base64.b64encode(b"u:geheim").decode()),
    ("api_key: id:geheim", "ApiKey " + base64.b64encode(b"id:geheim").decode()),
    ("headers: {Authorization: Bearer geheim, X-Scope-OrgID: 7}", "Bearer geheim"),
])
def test_authentication(fakeaws, place, bulk, more, header):
    aws, server = fakeaws("--sample", 50), bulk()
    server.faults = [lambda *_: error(401, "security_exception", "no")]
    configure(place, aws, [server], more)
    done = place.once("-e", "-d", "*")
    assert {r.headers["Authorization"] for r in server.requests} == {header}
    if "Scope" in more:
        assert server.requests[0].headers["X-Scope-OrgID"] == "7"
    assert "geheim" not in done.stderr and header.split()[1] not in done.stderr
    assert_all_there(server, aws.events())


def test_user_in_the_url_path_and_parameters(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 50), bulk()
    configure(place, aws, [server.url.replace("http://", "http://me:ge%40heim@") + "/es/"],
              "path: /other\nparameters: {refresh: true, routing: 'a b&c'}")
    done = place.once("-e")
    request = server.requests[0]
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"me:ge@heim").decode()
    assert request.path == "/es/_bulk"
    assert request.query["refresh"] == ["true"] and request.query["routing"] == ["a b&c"]
    assert "heim" not in done.stderr + done.stdout


def test_host_and_port_take_protocol_and_path(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 50), bulk()
    configure(place, aws, [f"127.0.0.1:{server.port}"], "path: es\nprotocol: http")
    place.once()
    assert server.requests[0].path == "/es/_bulk"


@pytest.mark.parametrize("compat,more,index", [
    ("9", "", "filebeat-9.2.2"),
    ("8", "", "filebeat-8.19.8"),
    ("7.17", "", "filebeat-7.17.29-{day}"),
    ("9", "index: 'Logs-%{[fileset.name]}-%{+yyyy.MM}'", "logs-log-{month}"),
    ("9", "indices: [{index: '%{[event.module]}', mappings: {awsfargate: Fargate}, default: rest}]", "fargate"),
    ("9", "indices: [{index: '%{[no.such]}'}, {index: '%{[event.module]}', mappings: {a: b}, default: Rest}]", "rest"),
    ("9", "indices: [{index: '%{[no.such]}'}]", "filebeat-9.2.2"),
])
def test_index(fakeaws, place, bulk, compat, more, index):
    aws, server = fakeaws("--sample", 300), bulk()
    configure(place, aws, [server], more)
    place.once("-E", f"compat.filebeat={compat}")
    assert server.ids() == ids_of(aws.events())
    for name, held in server.docs.items():
        for document in held.values():
            day = document["@timestamp"][:10].replace("-", ".")
            assert name == index.format(day=day, month=day[:7])


RULES = """\
index: rest
indices:
- index: 'errors-%{+yyyy.MM}'
  when.regexp.message: '(?i)\\b(error|5\\d\\d)\\b'
- index: first
  when:
    and:
    - contains.message: 'a'
    - not.range.awscloudwatch: {ingestion_time.gte: 0}
    - or:
      - equals: {fileset.name: nope}
      - has_fields: [event.module, '@metadata._id']
pipelines:
- pipeline: of-errors
  when.contains: {message: ERROR}
"""


def test_conditions_of_indices_and_pipelines(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 400), bulk()
    configure(place, aws, [server], RULES)
    place.once()
    assert server.ids() == ids_of(aws.events())
    found = collections.Counter()
    for request in server.requests:
        for action, document, _ in request.events():
            message = document["message"]
            error_of = re.search(r"(?i)\b(error|5\d\d)\b", message, re.ASCII)
            index = f"errors-{document['@timestamp'][:7].replace('-', '.')}" if error_of else "first" if "a" in message else "rest"
            assert action["_index"] == index, document
            assert action.get("pipeline") == ("of-errors" if "ERROR" in message else None), document
            found[index[:5]] += 1
            found[action.get("pipeline")] += 1
    assert found["error"] > 10 and found["first"] > 10 and found["of-errors"] > 10, found


def test_a_second_condition_of_a_map_is_ignored_with_a_word(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, [server], "indices:\n- index: x\n  when: {range: {n.gt: 1}, has_fields: [no], equals.event.module: awsfargate}")
    done = place.once("-e")
    assert list(server.docs) == ["x"]
    for name in ("range", "has_fields"):
        assert done.stderr.count(f"{name} is ignored, as in Filebeat, which takes one condition of a map (here equals)") == 1


@pytest.fixture
def funnel():
    """funnel(server) starts a proxy that leads to it."""
    running = []

    def start(server):
        running.append(Funnel(server.port))
        return running[-1]

    yield start
    for proxy in running:
        proxy.close()


HEADERS = "proxy_headers: {X-Team: geheim-7, X-Number: 12, X-Empty: '', User-Agent: mine, Proxy-Authorization: Bearer geheim}"


def test_proxy_headers_go_to_the_proxy_alone(fakeaws, place, bulk, funnel, pki):
    aws, server = fakeaws("--sample", 300), bulk(context=server_context(pki))
    proxy = funnel(server)
    tls = f"ssl: {{verification_mode: certificate, certificate_authorities: ['{pki.path('ca.pem')}']}}\nheaders: {{X-Own: mine}}"
    configure(place, aws, ["https://es.invalid:9200"], f"proxy_url: {proxy.url}\n{HEADERS}\n{tls}")
    done = place.once("-e", "-d", "*")
    assert_all_there(server, aws.events())
    assert proxy.seen and {seen[:2] for seen in proxy.seen} == {("CONNECT", "es.invalid:9200")}
    for _, _, headers in proxy.seen:
        assert headers.get_all("X-Team") == ["geheim-7"] and headers["X-Number"] == "12" and headers["X-Empty"] == ""
        assert headers.get_all("User-Agent") == ["mine"] and headers["Proxy-Authorization"] == "Bearer geheim"
        assert headers["X-Own"] is None
    for request in server.requests:
        assert request.headers["X-Own"] == "mine" and request.headers["User-Agent"].startswith("logferry/")
        assert not {"X-Team", "X-Number", "X-Empty", "Proxy-Authorization"} & set(request.headers)
    assert "geheim" not in done.stderr + done.stdout


def test_the_user_of_the_proxys_url_goes_over_a_header(fakeaws, place, bulk, funnel, pki):
    aws, server = fakeaws("--sample", 20), bulk(context=server_context(pki))
    proxy = funnel(server)
    url = proxy.url.replace("http://", "http://scott:geheim@")
    configure(place, aws, ["https://es.invalid:9200"], f"proxy_url: {url}\n{HEADERS}\nssl.verification_mode: none")
    place.once()
    basic = "Basic " + base64.b64encode(b"scott:geheim").decode()
    assert [seen[2].get_all("Proxy-Authorization") for seen in proxy.seen] == [[basic]] * len(proxy.seen)


def test_proxy_headers_are_for_connect_alone(fakeaws, place, bulk, funnel):
    aws, server = fakeaws("--sample", 20), bulk()
    proxy = funnel(server)
    configure(place, aws, ["http://es.invalid:9200"], f"proxy_url: {proxy.url}\n{HEADERS}")
    place.once()
    assert_all_there(server, aws.events())
    assert proxy.seen[0][:2] == ("POST", "http://es.invalid:9200" + server.requests[0].target)
    for _, _, headers in proxy.seen:
        assert not {"X-Team", "X-Number", "X-Empty", "Proxy-Authorization"} & set(headers)


def test_a_missing_field_of_the_index(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, [server], "index: 'a-%{[no.such]}'")
    place.once()
    assert server.ids() == {}
    letters = place.dead_letters()
    assert len(letters) == 20 and {why for _, why, _ in letters} == {"index: a field of it is missing in the event"}


def test_pipelines_of_the_cluster_only_where_they_are_set(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, [server])
    place.once()
    assert {action.get("pipeline") for action, _, _ in server.requests[0].events()} == {None}
    other = bulk()
    configure(place, aws, [other], "pipeline: Mine-%{[event.module]}")
    done = place.once("-e", "-E", f"path.data={place.home}/data2")
    assert {action.get("pipeline") for action, _, _ in other.requests[0].events()} == {"mine-awsfargate"}
    assert done.stderr.count("must not be applied again") == 1


def test_document_id_false(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 100), bulk()
    configure(place, aws, [server], "document_id: false")
    done = place.once("-e")
    assert all("_id" not in action for action, _, _ in server.requests[0].events())
    assert sum(server.ids().values()) == 100
    assert "document_id is false" in done.stderr


def test_a_dead_letter_has_its_id_though_none_is_sent(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 400), bulk()
    held = {e["eventId"]: e for e in aws.events()}
    texts = collections.Counter(e["message"] for e in held.values())
    bad = {name for name, e in held.items() if int(name) % 5 == 0 and texts[e["message"]] == 1}
    refused = {held[name]["message"] for name in bad}
    tries = collections.Counter()

    def judge(_action, document):
        tries[document["message"]] += 1
        if tries[document["message"]] == 1 and len(tries) % 3 == 0:
            return 429, {"type": "es_rejected_execution_exception", "reason": "not now"}
        return (400, {"type": "x", "reason": "r"}) if document["message"] in refused else None

    server.judge = judge
    configure(place, aws, [server], "document_id: false\nbulk_max_size: 70")
    place.once()
    letters = place.dead_letters()
    assert bad and sorted(name for name, _, _ in letters) == sorted(bad)
    assert all(json.loads(event)["message"] == held[name]["message"] for name, _, event in letters)


@pytest.mark.parametrize("compat,more,events,packed", [
    ("9", "", 1600, True), ("8.11.0", "", 50, False), ("8.12.0", "", 1600, True), ("7.17", "", 50, False),
    ("9", "bulk_max_size: 333\ncompression_level: 0", 333, False), ("9", "preset: latency\nbulk_max_size: 7", 50, True),
    ("9", "preset: custom\nbulk_max_size: 7", 7, True), ("9", "bulk_max_size: 0", None, True),
])
def test_sizes(fakeaws, place, bulk, compat, more, events, packed):
    aws, server = fakeaws("--sample", 8000), bulk()  # pages of more than 1600 events
    configure(place, aws, [server], more)
    place.once("-E", f"compat.filebeat={compat}")
    sizes = [sum(1 for _ in r.events()) for r in server.requests]
    assert max(sizes) == events or (events is None and max(sizes) > 1600)
    assert all((r.headers["Content-Encoding"] == "gzip") == packed for r in server.requests)


def test_bytes_of_a_request(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 500), bulk()
    configure(place, aws, [server], "bulk_max_bytes: 20KiB\nbulk_max_size: 0")
    place.once()
    assert_all_there(server, aws.events())
    sizes = [len(r.body) for r in server.requests]
    assert max(sizes) <= 20 * 1024 and sorted(sizes)[len(sizes) // 2] > 15 * 1024


def test_a_body_larger_than_what_may_wait(fakeaws, place, bulk):
    """What is being filled leaves before it is full, where there is room for no more."""
    aws, server = fakeaws("--sample", 8000), bulk()
    configure(place, aws, [server], "bulk_max_bytes: 90MiB\nbulk_max_size: 0\ncompression_level: 0")
    place.once()
    assert_all_there(server, aws.events())
    assert 1 < len(server.requests) and max(len(r.body) for r in server.requests) < 8 * 1024 * 1024


@pytest.mark.parametrize("size,least,most", [("", 40, 40), ("bulk_max_size: 30", 40, 30), ("bulk_max_size: 0", 40, 40), ("", 1, 500)])
def test_events_of_a_request(fakeaws, place, bulk, size, least, most):
    """The smaller of bulk_max_size and queue.mem.flush.min_events is the most; 1 is no limit."""
    aws, server = fakeaws("--sample", 500), bulk()
    configure(place, aws, [server], size)
    place.once("-E", f"queue.mem.flush.min_events={least}", "-E", "queue.mem.flush.timeout=5s")
    assert_all_there(server, aws.events())
    sizes = [len(list(request.events())) for request in server.requests]
    assert max(sizes) <= most and (most == 500 or max(sizes) == most), sizes


def test_escape_html(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 500), bulk()
    configure(place, aws, [server], "escape_html: true")
    place.once()
    assert_all_there(server, aws.events())
    whole = b"".join(server.raw.values())
    assert b"\\u0026" in whole and not set(b"<>&") & set(whole)


@pytest.mark.parametrize("text,said", [
    ("output.elasticsearch: {}", "needs hosts"),
    ("output.elasticsearch: {hosts: ['ftp://x']}", "another scheme"),
    ("output.elasticsearch: {hosts: ['http://u:geheim@']}", "names no host"),
    ("output.elasticsearch: {hosts: ['http://h/?x=y']}", "belongs into `parameters`"),
    ("output.elasticsearch: {hosts: ['http://u:geheim@h:99999']}", "is no URL"),
    ("output.elasticsearch: {hosts: [h], api_key: 'a:b', username: u}", "take one of them"),
    ("output.elasticsearch: {hosts: [h], headers: {'a b': c}}", "cannot be set as a header"),
    ("output.elasticsearch: {hosts: [h], headers: {X-A: \"a\\nEvil: b\"}}", "takes one line of text"),
    ("output.elasticsearch: {hosts: [h], kerberos: {enabled: true}}", "kerberos"),
    ("output.elasticsearch: {hosts: [h], proxy_headers: {'a b': geheim}}", "proxy_headers: a b cannot be set as a header"),
    ("output.elasticsearch: {hosts: [h], proxy_headers: {Host: geheim}}", "proxy_headers: Host cannot be set as a header"),
    ("output.elasticsearch: {hosts: [h], proxy_headers: {A: \"geheim\\r\\nEvil: b\"}}", "proxy_headers: A takes one line"),
    ("output.elasticsearch: {hosts: [h], proxy_headers: {A: [geheim]}}", "proxy_headers: A takes one line of text"),
    ("output.elasticsearch: {hosts: [h], parameters: {filter_path: x}}", "filter_path"),
    ("output.elasticsearch: {hosts: [h], aws.service: es}", "aws.service needs aws.region"),
    ("output.elasticsearch: {hosts: [h], aws.service: es, aws.region: r, api_key: 'a:b'}", "without username"),
    ("output.elasticsearch: {hosts: [h], index: '%{[a'}", "is not closed"),
    ("output.elasticsearch: {hosts: [h], indices: [{index: x, when.equal: {a: b}}]}", "did you mean equals?"),
    ("output.elasticsearch: {hosts: [h], indices: [{index: x, when: {}}]}", "missing or invalid condition"),
    ("output.elasticsearch: {hosts: [h], pipelines: [{pipeline: x, when.regexp.m: 'a**'}]}", "no regular expression of Go"),
    ("output.elasticsearch: {hosts: [h], indices: [x]}", "indices takes maps"),
    ("output.elasticsearch: {hosts: [h], compression_level: 10}", "compression_level"),
    ("output.elasticsearch: {hosts: [h], backoff: {init: 2s, max: 1s}}", "backoff.max"),
    ("output.elasticsearch: {hosts: [h], preset: fast}", "preset"),
])
def test_what_is_wrong_is_named(place, text, said):
    place.write("filebeat.modules:\n- module: awsfargate\n  log:\n    enabled: true\n    var.log_group_name: g\n"
                "    var.region_name: us-east-1\n" + text + "\npath.data: " + place.home + "/data\n")
    done = place.run("--once")
    assert done.returncode == 2, done.stderr
    assert said in done.stderr and "filebeat.yml:7:" in done.stderr, done.stderr
    assert "geheim" not in done.stderr


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


def test_tls_with_a_client_certificate(fakeaws, place, bulk, pki):
    aws, server = fakeaws("--sample", 300), bulk(context=server_context(pki, client_ca="ca"))
    configure(place, aws, [server], f"ssl: {{certificate_authorities: ['{pki.path('ca.pem')}'], "
                                    f"certificate: '{pki.path('client.pem')}', key: '{pki.path('client.key')}'}}")
    place.once()
    assert_all_there(server, aws.events())


def test_a_server_that_is_not_trusted_is_waited_for(fakeaws, place, bulk, pki):
    aws, server = fakeaws("--sample", 20), bulk(context=server_context(pki))
    configure(place, aws, [server], f"ssl.certificate_authorities: ['{pki.path('other.pem')}']\nusername: u\npassword: geheim")
    done = place.run("--once", "--once-timeout", "1s", "-e", "-E", "filebeat.shutdown_timeout=100ms")
    assert done.returncode == 1 and server.requests == []
    assert done.stderr.count("nothing is lost, it is tried again") == 1 and "certificate" in done.stderr
    configure(place, aws, [server], "ssl.verification_mode: none")
    place.once()
    assert_all_there(server, aws.events())


def test_a_certificate_that_is_not_there_is_an_error_at_the_start(fakeaws, place, bulk):
    aws = fakeaws("--sample", 20)
    configure(place, aws, [bulk()], "ssl: {certificate: /no/such.pem, key: /no/such.key}")
    done = place.run("--once")
    assert done.returncode == 2 and "/no/such.pem" in done.stderr and "filebeat.yml:" in done.stderr


SIGNER = ("AKIDOPENSEARCH", "geheim/EXAMPLEKEY")


def assert_signed(request, url, service, token=None):
    """botocore comes to the same signature, over the bytes that were sent."""
    auth_module = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    auth = auth_module.SigV4Auth(Credentials(*SIGNER, token), service, "eu-central-1")
    claim = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\S+)",
                         request.headers["Authorization"])
    time_of = request.headers["X-Amz-Date"]
    assert claim.group(1) == f"{SIGNER[0]}/{time_of[:8]}/eu-central-1/{service}/aws4_request"
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(request.raw).hexdigest()
    names = claim.group(2).split(";")
    assert {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names)
    assert request.headers["X-Amz-Security-Token"] == token and (("x-amz-security-token" in names) == (token is not None))
    signed = AWSRequest(method=request.method, url=url + request.target, data=request.raw,
                        headers={name: request.headers[name] for name in names})
    signed.context["timestamp"] = time_of
    text = auth.string_to_sign(signed, auth.canonical_request(signed))
    assert auth.signature(text, signed) == claim.group(3)


@pytest.mark.parametrize("service", ["es", "aoss"])
@pytest.mark.parametrize("more", ["", "compression_level: 0", "path: /a/b\nparameters: {routing: 'a b+c/d'}"])
@pytest.mark.parametrize("token", [None, "token+/="])
def test_signed_for_aws(fakeaws, place, bulk, service, more, token):
    aws, server = fakeaws("--sample", 200), bulk()
    keys = f"aws: {{service: {service}, region: eu-central-1, access_key_id: {SIGNER[0]}, secret_access_key: {SIGNER[1]}"
    configure(place, aws, [server], keys + (f", session_token: '{token}'" if token else "") + "}\n" + more)
    done = place.once("-e", "-d", "*")
    assert_all_there(server, aws.events())
    for request in server.requests:
        assert_signed(request, server.url, service, token)
    assert "geheim" not in done.stderr


def test_keys_for_aws_from_the_environment_and_a_wrong_clock(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 200), bulk()
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)

    def too_early(_server, _request):
        return Answer(403, {"message": "Signature expired: 20150830T123600Z is now earlier than …"},
                      {"Date": email.utils.format_datetime(later, usegmt=True)})

    server.faults = [too_early]
    configure(place, aws, [server], "aws: {service: es, region: eu-central-1}")
    done = place.once("-e", AWS_ACCESS_KEY_ID=SIGNER[0], AWS_SECRET_ACCESS_KEY=SIGNER[1])
    assert_all_there(server, aws.events())
    assert server.requests[1].headers["X-Amz-Date"][:11] == later.strftime("%Y%m%dT%H")
    assert_signed(server.requests[1], server.url, "es")
    assert "clock is" in done.stderr


def test_region_for_aws_is_where_the_aws_tools_have_it(fakeaws, place, bulk):
    """The environment's, else the instance's."""
    aws, server = fakeaws("--sample", 50, "--imds", "--region", "eu-central-1"), bulk()
    keys = {"AWS_ACCESS_KEY_ID": SIGNER[0], "AWS_SECRET_ACCESS_KEY": SIGNER[1]}
    configure(place, aws, [server], "aws: {service: es}")
    with open(place.config, encoding="utf-8") as f:
        place.write(f.read().replace("us-east-1", "eu-central-1"))
    place.once(**keys, AWS_REGION="eu-central-1")
    assert_signed(server.requests[-1], server.url, "es")
    test = place.run("-E", "path.data=" + place.home + "/other", "--once", "--once-timeout", "20s", **keys,
                     AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=aws.url)
    assert test.returncode == 0, test.stderr
    assert_signed(server.requests[-1], server.url, "es")


def test_without_credentials_for_aws_it_waits(fakeaws, place, bulk):
    aws, server = fakeaws("--sample", 20), bulk()
    configure(place, aws, [server], "aws: {service: es, region: eu-central-1}")
    done = place.run("--once", "--once-timeout", "1s", "-e", "-E", "filebeat.shutdown_timeout=200ms")
    assert done.returncode == 1 and server.requests == []
    assert done.stderr.count("no credentials to sign with") == 1


def test_cloud_id(place):
    place.write("filebeat.inputs: [{type: aws-cloudwatch, log_group_name: g, region_name: us-east-1}]\n"
                f"path.data: {place.home}/data\n")
    import subprocess

    def export(*more):
        return subprocess.run([place.binary, "export", "config", "-c", place.config, *more], env=place.environment(),
                              capture_output=True, text=True, timeout=30)

    def cloud_id(text):
        return "cloud.id=label:" + base64.b64encode(text.encode()).decode()

    for text, url in [("eu.aws.found.io$abc$def", "https://abc.eu.aws.found.io:443"),
                      ("eu.aws.found.io:9243$abc$def", "https://abc.eu.aws.found.io:9243"),
                      ("eu.aws.found.io:9243$abc:9244$def$x", "https://abc.eu.aws.found.io:9244")]:
        done = export("-E", cloud_id(text), "-E", "cloud.auth=elastic:geheim:1")
        assert done.returncode == 0, done.stderr
        assert f"- {url}\n" in done.stdout and "username: elastic" in done.stdout and "geheim" not in done.stdout
    for bad in ("cloud.id=x", "cloud.id=a:b:####", cloud_id("a$b"), cloud_id("a/x$b$c"), cloud_id("a@evil$b$c"),
                "cloud.auth=elastic:geheim"):
        done = export("-E", bad)
        assert done.returncode == 2 and "cloud." in done.stderr and "geheim" not in done.stderr
    done = export("-E", cloud_id("a$b$c"), "-E", "output.console.enabled=true")
    assert done.returncode == 2 and "output.console is enabled too" in done.stderr


@pytest.mark.parametrize("slow", [0, 0.3])
def test_refused_events_hold_up_their_own_group_alone(fakeaws, place, bulk, slow):
    """However many of one group wait for their next try, another group's are delivered meanwhile; also where an answer
    takes longer than such a wait, so that some are always due."""
    aws, server = fakeaws(), bulk()
    api, now = Api(aws), int(time.time() * 1000)
    for group in ("/g/a", "/g/b"):
        api.make(group, "s")
    for part in range(0, 4000, 500):
        api.put("/g/a", "s", [(now - 60000 + part + k, f"A{part + k} " + "x" * 1000) for k in range(500)])
    refused = set()

    def judge(_action, document):
        if not document["message"].startswith("A"):
            return None
        refused.add(document["event"]["id"])
        return 429, {"type": "es_rejected_execution_exception", "reason": "not now"}

    def serve_slowly(server, request):
        answer = server.serve(request)
        answer.wait = slow
        return answer

    server.judge = judge
    server.faults = [serve_slowly] * 10000 if slow else []
    backoff = "backoff: {init: 100ms, max: 100ms}\n" if slow else ""
    place.elasticsearch(aws, [server], backoff + "compression_level: 0", NO_SETUP, log_group_name_prefix="/g/",
                        region_name="us-east-1", scan_frequency="1s", api_sleep="0s")
    with Running(place) as run:
        wait_until(lambda: len(refused) == 4000, "all of them are refused", run.process)
        api.put("/g/b", "s", [(int(time.time() * 1000), "B")])
        wait_until(lambda: sum(server.ids().values()) == 1, "the other group's event", run.process, 20)
        server.judge = None
        wait_until(lambda: sum(server.ids().values()) == 4001, "all of them", run.process)
    api.close()
    assert_all_there(server, aws.events())
