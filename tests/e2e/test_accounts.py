"""Log groups of linked accounts, log classes that cannot be read, events that are visible late."""
import re
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as tree

import pytest

from api import Api, ApiError
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from collecting import Running, assert_exact, ids_of
from test_lookback import fast, metric

MAIN, OTHER, THIRD = "123456789012", "210987654321", "333333333333"


def now_ms():
    return int(time.time() * 1000)


def sts(server, keys=None, **form):
    """The answer of STS as an element tree."""
    body = urllib.parse.urlencode({"Version": "2011-06-15", **form}).encode()
    request = AWSRequest("POST", server.url + "/", data=body,
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(keys or Credentials(server.access_key_id, server.secret_access_key), "sts",
              server.region).add_auth(request)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(server.url + "/", body, dict(request.headers)), timeout=30) as answer:
        return tree.fromstring(answer.read())


def text_of(element, name):
    return next(e.text for e in element.iter() if e.tag.endswith("}" + name))


def keys_of(server, account):
    """Keys of a role in another account."""
    answer = sts(server, Action="AssumeRole", RoleArn=f"arn:aws:iam::{account}:role/reader", RoleSessionName="test")
    return Credentials(*(text_of(answer, n) for n in ("AccessKeyId", "SecretAccessKey", "SessionToken")))


@pytest.fixture
def accounts(fakeaws):
    """A server with groups in three accounts: some names are the same."""
    server = fakeaws("--page-events", "10")
    apis = {MAIN: Api(server), OTHER: Api(server, keys_of(server, OTHER)), THIRD: Api(server, keys_of(server, THIRD))}
    for account, api in apis.items():
        for group in ("/app/same", f"/app/only-{account}", "/else/where"):
            api.make(group, "s")
            api.put(group, "s", [(now_ms() - 60000 + i, f"{account} {group} {i}") for i in range(25)])
    return server, apis


def test_each_account_has_its_own(accounts):
    server, apis = accounts
    assert len({e["eventId"] for e in server.events()}) == len(server.events()) == 3 * 3 * 25
    for account, api in apis.items():
        assert text_of(sts(server, api.keys, Action="GetCallerIdentity"), "Account") == account
        names = [g["logGroupName"] for g in api("DescribeLogGroups")["logGroups"]]
        assert names == sorted(["/app/same", f"/app/only-{account}", "/else/where"])
        events = api("FilterLogEvents", logGroupName="/app/same")["events"]
        assert {e["message"].split()[0] for e in events} == {account}
    # the first account is the monitoring one: it sees the others
    listed = apis[MAIN]("DescribeLogGroups", logGroupNamePrefix="/app/", includeLinkedAccounts=True, limit=50)["logGroups"]
    assert len(listed) == 6 and len({g["arn"] for g in listed}) == 6
    paged, token = [], {}
    while True:
        page = apis[MAIN]("DescribeLogGroups", logGroupNamePrefix="/app/", includeLinkedAccounts=True, limit=4, **token)
        paged += page["logGroups"]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert paged == listed
    assert len(apis[OTHER]("DescribeLogGroups", includeLinkedAccounts=True)["logGroups"]) == 3
    arn = f"arn:aws:logs:us-east-1:{OTHER}:log-group:/app/same"
    events = apis[MAIN]("FilterLogEvents", logGroupIdentifier=arn)["events"]
    assert {e["message"].split()[0] for e in events} == {OTHER}
    with pytest.raises(ApiError, match="AccessDeniedException"):
        apis[THIRD]("FilterLogEvents", logGroupIdentifier=arn)
    with pytest.raises(ApiError, match="AccessDeniedException"):
        apis[MAIN]("FilterLogEvents", logGroupIdentifier="arn:aws:logs:us-east-1:444444444444:log-group:/app/same")
    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        apis[MAIN]("FilterLogEvents", logGroupName=f"/app/only-{OTHER}")


@pytest.mark.parametrize("linked", [True, False])
def test_linked_accounts_of_a_prefix(accounts, place, linked):
    server, _ = accounts
    place.module(server, log_group_name_prefix="/app/", region_name="us-east-1",
                 include_linked_accounts_for_prefix_mode=linked)
    held = [e for e in server.events() if e["group"].startswith("/app/") and (linked or e["account"] == MAIN)]
    for _ in range(2):
        place.once("-E", "quota.filter_log_events=0")
        assert_exact(place, held)
    by_id = {e["eventId"]: e for e in held}
    for event in place.events():
        original = by_id[event["event"]["id"]]
        assert f":{original['account']}:log-group:{original['group']}" in event["aws"]["cloudwatch"]["log_group"]


def test_groups_of_a_role_s_account(accounts, place):
    server, _ = accounts
    place.module(server, log_group_name_prefix="/app/", region_name="us-east-1",
                 role_arn=f"arn:aws:iam::{OTHER}:role/reader")
    place.once(AWS_ENDPOINT_URL_STS=server.url)
    assert_exact(place, [e for e in server.events() if e["group"].startswith("/app/") and e["account"] == OTHER])


@pytest.fixture
def classes(fakeaws):
    server = fakeaws()
    api = Api(server)
    for group, name in (("/c/well", "STANDARD"), ("/c/rare", "INFREQUENT_ACCESS"), ("/c/lambda", "DELIVERY")):
        api.make(group, "s", logGroupClass=name)
        api.put(group, "s", [(now_ms() - 1000, f"in {group}")])
    listed = api("DescribeLogGroups")["logGroups"]
    assert {g["logGroupName"]: g["logGroupClass"] for g in listed} == {
        "/c/well": "STANDARD", "/c/rare": "INFREQUENT_ACCESS", "/c/lambda": "DELIVERY"}
    with pytest.raises(ApiError, match="logGroupClass"):
        api.make("/c/wrong", logGroupClass="FREQUENT")
    return server


def test_a_prefix_skips_a_log_class_that_cannot_be_read(classes, place):
    place.module(classes, log_group_name_prefix="/c/", region_name="us-east-1")
    done = place.once("-e")
    assert [e["message"] for e in place.events()] == ["in /c/well"]
    for group in ("/c/rare", "/c/lambda"):
        said = [line for line in done.stderr.splitlines() if f"log-group:{group}" in line and " WARN " in line]
        assert len(said) == 1 and "is skipped" in said[0] and "log class" in said[0], done.stderr


@pytest.mark.parametrize("named", [{"log_group_name": "/c/rare", "region_name": "us-east-1"},
                                   {"log_group_arn": f"arn:aws:logs:us-east-1:{MAIN}:log-group:/c/rare:*"}])
def test_a_named_group_of_such_a_class_is_not_done(classes, place, named):
    place.module(classes, **named)
    done = place.run("--once")
    assert done.returncode == 1
    assert "is skipped" in done.stderr and "log class" in done.stderr


def test_events_that_are_visible_late(fakeaws, place):
    """Each event is shown 3 s after it was put, in a flow that goes on: each is caught, once."""
    server = fakeaws("--visible-after-ms", "3000")
    api = Api(server)
    api.make("/g", "s")
    fast(place, server, log_group_name="/g", start_position="beginning")
    with Running(place) as running:
        end = time.monotonic() + 4
        number = 0
        while time.monotonic() < end:
            api.put("/g", "s", [(now_ms(), f"event {number}")])
            number += 1
            time.sleep(0.02)  # the pace of the flow
        running.wait_for(server.events, "all of them")
    assert_exact(place, server.events())
    assert place.ids() == ids_of(server.events())
    assert metric(running.log, "late") > number / 2
    assert re.search(r"last_late_ms=[3-9]\d{3} ", running.log), running.log


def test_another_accounts_group_that_is_made_later(accounts, place):
    """Asked for by its ARN, it is not there at the first call: it is looked for again."""
    server, apis = accounts
    fast(place, server, log_group_arn=f"arn:aws:logs:us-east-1:{OTHER}:log-group:/app/later")
    with open(place.config, encoding="utf-8") as f:
        place.write(f.read().replace("    var.region_name: \"us-east-1\"\n", ""))
    environment = place.environment
    place.environment = lambda **more: environment(AWS_ENDPOINT_URL_STS=server.url, **more)
    with Running(place) as running:
        running.wait_for_calls(server)
        apis[OTHER].make("/app/later", "s")
        apis[OTHER].put("/app/later", "s", [(now_ms(), "made later")])
        running.wait_for(lambda: [e for e in server.events() if e["message"] == "made later"], "the group")
