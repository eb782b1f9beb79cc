"""`logferry fakeaws`, checked by a client that is not ours."""
import json
import time

GROUP = "/ecs/shop"
STREAM = "web/nginx/0123456789abcdef"
MESSAGES = ["plain", "two\nlines\n\tand a tab", "Zoë 佐藤 📦 \u2028 \"quoted\" \\", '{"json": [1, 2.50]}']


def put(aws, server, messages, start_ms, group=GROUP, stream=STREAM):
    events = [{"timestamp": start_ms + i, "message": m} for i, m in enumerate(messages)]
    return aws(server, "logs", "put-log-events", "--log-group-name", group, "--log-stream-name", stream,
               "--log-events", json.dumps(events))


def create(aws, server, group=GROUP, stream=STREAM):
    aws(server, "logs", "create-log-group", "--log-group-name", group)
    aws(server, "logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", stream)


def test_put_and_filter(aws, fakeaws):
    server = fakeaws()
    now = int(time.time() * 1000)
    create(aws, server)
    assert "rejectedLogEventsInfo" not in put(aws, server, MESSAGES, now)
    events = aws(server, "logs", "filter-log-events", "--log-group-name", GROUP)["events"]
    assert [e["message"] for e in events] == MESSAGES
    assert [e["timestamp"] for e in events] == [now + i for i in range(len(MESSAGES))]
    assert {e["logStreamName"] for e in events} == {STREAM}
    assert len({e["eventId"] for e in events}) == len(MESSAGES)
    assert all(len(e["eventId"]) == 56 and e["eventId"].isdigit() for e in events)
    held = server.events()
    assert [(h["eventId"], h["message"]) for h in held] == [(e["eventId"], e["message"]) for e in events]
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
    groups = aws(server, "logs", "describe-log-groups", "--log-group-name-prefix", "/ecs/")["logGroups"]
    assert [(g["logGroupName"], g["arn"]) for g in groups] == [(GROUP, arn + ":*")]
    streams = aws(server, "logs", "describe-log-streams", "--log-group-name", GROUP)["logStreams"]
    assert [(s["logStreamName"], s["lastEventTimestamp"]) for s in streams] == [(STREAM, now + len(MESSAGES) - 1)]


def test_filter_by_time_stream_and_pattern(aws, fakeaws):
    server = fakeaws("--accept-old-events")
    create(aws, server)
    aws(server, "logs", "create-log-stream", "--log-group-name", GROUP, "--log-stream-name", "app/1")
    put(aws, server, [f"web {i}" for i in range(10)], 1000)
    put(aws, server, [f"app {i} ERROR" for i in range(10)], 1005, stream="app/1")

    def ask(*more):
        answer = aws(server, "logs", "filter-log-events", "--log-group-name", GROUP, *more)
        return [e["message"] for e in answer["events"]]

    assert len(ask()) == 20
    assert ask("--start-time", 1008, "--end-time", 1009) == ["web 8", "app 3 ERROR", "web 9", "app 4 ERROR"]
    assert len(ask("--log-stream-names", "app/1")) == 10
    assert len(ask("--log-stream-name-prefix", "web/")) == 10
    assert len(ask("--filter-pattern", "ERROR")) == 10


def test_paging(aws, fakeaws):
    server = fakeaws("--sample", 500, "--page-events", 40, "--empty-page-every", 3)
    held = [h for h in server.events() if h["group"] == "/ecs/shop-web"]
    assert len(held) > 100
    events = aws(server, "logs", "filter-log-events", "--log-group-name", "/ecs/shop-web")["events"]
    assert [e["eventId"] for e in events] == [h["eventId"] for h in held]
    assert [e["message"] for e in events] == [h["message"] for h in held]


def test_many_groups_and_streams_are_paged(aws, fakeaws):
    server = fakeaws()
    create(aws, server, group="g0")
    aws(server, "logs", "create-log-stream", "--log-group-name", "g0", "--log-stream-name", "z")
    for group in ["g2", "g1"]:
        aws(server, "logs", "create-log-group", "--log-group-name", group)
    groups = aws(server, "logs", "describe-log-groups", "--page-size", 1)["logGroups"]
    assert [g["logGroupName"] for g in groups] == ["g0", "g1", "g2"]
    streams = aws(server, "logs", "describe-log-streams", "--log-group-name", "g0", "--page-size", 1)["logStreams"]
    assert [s["logStreamName"] for s in streams] == [STREAM, "z"]
    aws(server, "logs", "delete-log-group", "--log-group-name", "g1")
    groups = aws(server, "logs", "describe-log-groups")["logGroups"]
    assert [g["logGroupName"] for g in groups] == ["g0", "g2"]


def test_get_log_events(aws, fakeaws):
    server = fakeaws("--accept-old-events")
    create(aws, server)
    put(aws, server, [str(i) for i in range(10)], 1000)

    def ask(*more):
        answer = aws(server, "logs", "get-log-events", "--log-group-name", GROUP, "--log-stream-name", STREAM,
                     "--limit", 4, *more)
        return [e["message"] for e in answer["events"]], answer

    messages, answer = ask("--start-from-head")
    assert messages == ["0", "1", "2", "3"]
    messages, answer = ask("--next-token", answer["nextForwardToken"])
    assert messages == ["4", "5", "6", "7"]
    messages, _ = ask("--next-token", answer["nextBackwardToken"])
    assert messages == ["0", "1", "2", "3"]
    messages, _ = ask()
    assert messages == ["6", "7", "8", "9"]


def test_caller_identity(aws, fakeaws):
    server = fakeaws("--account-id", "000011112222")
    identity = aws(server, "sts", "get-caller-identity")
    assert identity["Account"] == "000011112222"
    assert identity["UserId"] == server.access_key_id


def test_wrong_keys(aws, fakeaws):
    server = fakeaws()
    for environment, logs_error, sts_error in [
        ({"AWS_ACCESS_KEY_ID": "AKIDOTHER"}, "(UnrecognizedClientException)", "(InvalidClientTokenId)"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "(InvalidSignatureException)", "(SignatureDoesNotMatch)"),
    ]:
        done = aws.run(server, "logs", "describe-log-groups", **environment)
        assert done.returncode != 0 and logs_error in done.stderr
        done = aws.run(server, "sts", "get-caller-identity", **environment)
        assert done.returncode != 0 and sts_error in done.stderr


ERRORS = [
    (("filter-log-events", "--log-group-name", "none"), "(ResourceNotFoundException)",
     "The specified log group does not exist."),
    (("create-log-group", "--log-group-name", GROUP), "(ResourceAlreadyExistsException)",
     "The specified log group already exists"),
    (("filter-log-events", "--log-group-name", GROUP, "--log-stream-names", STREAM, "--log-stream-name-prefix", "w"),
     "(InvalidParameterException)", "logStreamNamePrefix"),
    (("filter-log-events", "--log-group-name", GROUP, "--filter-pattern", "{ $.a = 1 }"),
     "(InvalidParameterException)", "{ $.a = 1 }"),
]


def test_errors(aws, fakeaws):
    server = fakeaws()
    create(aws, server)
    for arguments, error, message in ERRORS:
        done = aws.run(server, "logs", *arguments)
        assert done.returncode != 0
        assert error in done.stderr and message in done.stderr
