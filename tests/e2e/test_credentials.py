"""Every way to credentials, from the real program to a server that checks each signature."""
import glob
import json
import os
import re
import subprocess
import threading
import time

import pytest

from collecting import Running, assert_exact, is_sanitized, wait_until
from conftest import KEY_ID, SECRET, clean_environment

ROLE = "arn:aws:iam::123456789012:role/reader"
GROUP = "/ecs/shop-web"


class Collector:
    """A working folder whose configuration holds no keys of its own, and an environment that has nothing but HOME."""

    def __init__(self, place, server):
        self.place, self.server = place, server
        self.environment = clean_environment(place.home, AWS_EC2_METADATA_DISABLED="true",
                                             AWS_ENDPOINT_URL=server.url)

    def configure(self, group=GROUP, **variables):
        self.place.module(None, log_group_name=group, region_name="us-east-1", **variables)

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.place.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def run(self, *arguments, timeout=60, **environment):
        return subprocess.run(self.place.command("-e", "--once", "--once-timeout", "40s", *arguments),
                              env={**self.environment, **environment}, capture_output=True, text=True, timeout=timeout)

    def running(self):
        """A run that goes on."""
        return Running(self.place, environment=self.environment)

    def collects(self, *arguments, **environment):
        """A run that has to succeed and deliver what the server holds."""
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        held = [e for e in self.server.events() if e["group"] == GROUP]
        assert held
        assert_exact(self.place, held)
        return done

    def fails(self, *parts, **environment):
        """A run that has to end with one clear error, soon, and deliver nothing."""
        began = time.monotonic()
        done = self.run(**environment)
        assert done.returncode == 1, done.stderr
        assert time.monotonic() - began < 20
        for part in parts:
            assert part in done.stderr, done.stderr
        assert SECRET not in done.stderr
        assert self.place.lines() == []
        return done


@pytest.fixture
def start(fakeaws, place):
    """start("--imds"): a server with events and a collector for it."""

    def made(*options):
        server = fakeaws("--sample", 400, "--accept-old-events", *options)
        collector = Collector(place, server)
        collector.configure()
        return collector

    return made


KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
CREDENTIALS = f"[keys]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"


def test_role_from_keys(start):
    c = start("--external-id", "e 1")
    c.configure(role_arn=ROLE, external_id="e 1", access_key_id=KEY_ID, secret_access_key=SECRET)
    done = c.collects("-d", "*")
    assert re.search(r"credentials: .*role_arn .*role/reader assumed with access_key_id in the configuration, key ASIA",
                     done.stderr), done.stderr


def test_role_from_environment(start):
    c = start()
    c.configure(role_arn=ROLE, assume_role={"duration": "1h", "expiry_window": "5m"})
    c.collects(**KEYS)


def test_role_from_profile(start):
    c = start()
    c.file(".aws/credentials", CREDENTIALS)
    c.configure(role_arn=ROLE, credential_profile_name="keys")
    c.collects()


def test_shared_file_is_a_directory(start):
    c = start()
    c.file("keys/credentials", CREDENTIALS)
    c.configure(shared_credential_file="~/keys", credential_profile_name="keys")
    c.collects()


def test_source_profile_chain(start):
    c = start("--external-id", "e1")
    c.file(".aws/credentials", CREDENTIALS)
    c.file(".aws/config", f"[profile one]\nrole_arn = {ROLE}\nsource_profile = keys\nexternal_id = e1\n"
                          f"[profile two]\nrole_arn = {ROLE}2\nsource_profile = one\nexternal_id = e1\n"
                          "duration_seconds = 3600\nrole_session_name = shipper\n")
    c.configure(role_arn=ROLE + "3", external_id="e1", credential_profile_name="two")
    c.collects()


def test_web_identity(start):
    c = start("--web-identity-token", "head.body.signature")
    path = c.file("token", "head.body.signature\n")
    c.collects(AWS_WEB_IDENTITY_TOKEN_FILE=path, AWS_ROLE_ARN=ROLE)


@pytest.mark.parametrize("path", ["/v2/credentials/0123", "/v1/credentials"])
def test_container(start, path):
    c = start("--container", "--container-token", "agent-token")
    token = c.file("agent", "agent-token")
    c.collects(AWS_CONTAINER_CREDENTIALS_FULL_URI=c.server.url + path, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token)


def test_instance_metadata(start):
    c = start("--imds")
    c.collects(AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=c.server.url)


def test_role_from_instance_metadata(start):
    c = start("--imds")
    c.file(".aws/config", f"[default]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    c.collects(AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=c.server.url)


def test_credential_process(start):
    c = start()
    script = c.file("bin/my keys", "#!/bin/sh\n"
                    f"echo '{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{SECRET}\"}}'\n", 0o700)
    c.file(".aws/config", f"[default]\ncredential_process = \"{script}\" --for \"me too\"\n")
    c.collects()


def test_metadata_and_agents_are_never_asked_through_a_proxy(start):
    c = start("--container")
    proxy = "http://127.0.0.1:9"  # nobody is there
    c.collects(AWS_CONTAINER_CREDENTIALS_FULL_URI=c.server.url + "/v1/credentials", http_proxy=proxy, HTTP_PROXY=proxy,
               https_proxy=proxy, ALL_PROXY=proxy)


@pytest.mark.parametrize("source", ["role", "container"])
def test_credentials_of_two_seconds_during_six(start, source):
    """The keys change several times while pages are read: nothing is lost, nothing comes twice."""
    c = start("--session-life-ms", 2000, "--container", "--page-events", 4)
    environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": c.server.url + "/v1/credentials"}
    c.configure(api_sleep="200ms", **({"role_arn": ROLE} if source == "role" else {}))
    began = time.monotonic()
    done = c.collects("-E", "quota.filter_log_events=0", "-d", "*", **environment)
    assert time.monotonic() - began > 5
    keys = set(re.findall(r"credentials: .*, key (ASIA\w+)", done.stderr))
    assert len(keys) >= 3, done.stderr


def test_expired_keys_of_a_file_are_replaced_without_a_restart(start, place):
    c = start("--container", "--session-life-ms", 1)
    c.file(".aws/credentials", profile_of(issued_keys(c.server)))
    with c.running() as running:
        running.wait_until(lambda: running.said("have expired"), "the expiry")
        assert place.lines() == []
        c.file(".aws/credentials", f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
        held = [e for e in c.server.events() if e["group"] == GROUP]
        running.wait_until(lambda: len(place.lines()) == len(held), "all events")
        assert_exact(place, held)
        assert running.said("have expired") == 1
        assert running.said("looked at every 10 s")


def issued_keys(server):
    import urllib.request
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(server.url + "/v1/credentials", timeout=10) as answer:
        return json.loads(answer.read())


def profile_of(keys):
    return (f"[default]\naws_access_key_id = {keys['AccessKeyId']}\naws_secret_access_key = {keys['SecretAccessKey']}\n"
            f"aws_session_token = {keys['Token']}\n")


def test_expired_keys_of_the_environment_and_the_configuration(start):
    c = start("--container", "--session-life-ms", 1)
    keys = issued_keys(c.server)
    c.fails("AWS_ACCESS_KEY_ID in the environment: AWS says that these credentials have expired", "restart it",
            AWS_ACCESS_KEY_ID=keys["AccessKeyId"], AWS_SECRET_ACCESS_KEY=keys["SecretAccessKey"],
            AWS_SESSION_TOKEN=keys["Token"])
    c.configure(access_key_id=keys["AccessKeyId"], secret_access_key=keys["SecretAccessKey"],
                session_token=keys["Token"])
    c.fails("access_key_id in the configuration: AWS says that these credentials have expired")


def keys_of(keys):
    """The block's variables for issued keys."""
    return dict(access_key_id=keys["AccessKeyId"], secret_access_key=keys["SecretAccessKey"],
                session_token=keys["Token"])


def test_expired_keys_of_the_configuration_are_replaced_without_a_restart(start):
    """The keys expire in the midst of a collection from two groups; the file is replaced; nothing is lost or comes twice."""
    c = start("--container", "--session-life-ms", 1500, "--page-events", 16)
    held = c.server.events()
    assert {e["group"] for e in held} == {GROUP, "/ecs/shop-orders"}

    def write(keys, more=""):
        c.place.module(None, region_name="us-east-1", log_group_name_prefix="/ecs/shop", api_sleep="150ms", **keys)
        with open(c.place.config, "a", encoding="utf-8") as f:
            f.write(more)

    write(keys_of(issued_keys(c.server)))
    with c.running() as running:
        running.wait_until(lambda: running.said("have expired"), "the expiry")
        early = len(c.place.lines())
        assert 0 < early < len(held)
        write({"access_key_id": KEY_ID}, more="{")  # a file that is being edited
        running.wait_until(lambda: running.said("cannot be loaded again"), "the broken file")
        assert running.said("all stays as it is") == 1
        write({"access_key_id": KEY_ID, "secret_access_key": SECRET})
        running.wait_until(lambda: running.said("new keys are taken over"), "the new keys")
        running.wait_until(lambda: len(c.place.lines()) == len(held), "all events")
        assert_exact(c.place, held)
        errors = [line for line in running.lines if " ERROR " in line]
        assert len(errors) == 2, running.lines  # the expiry, for both groups; the broken file
        assert "filebeat.yml:" in errors[0] and "looked at every 10 s and no restart is needed" in errors[0]
        assert running.said("needs a restart") == 0
        assert not any(SECRET in line for line in running.lines)


def test_a_role_whose_own_keys_expire_in_the_configuration(start):
    c = start("--container", "--session-life-ms", 2000)
    c.configure(role_arn=ROLE, scan_frequency="1s", latency="0s", **keys_of(issued_keys(c.server)))
    with c.running() as running:
        running.wait_until(lambda: running.said("ExpiredToken"), "the expiry")
        c.configure(role_arn=ROLE, scan_frequency="2s", access_key_id=KEY_ID, secret_access_key=SECRET)
        running.wait_until(lambda: running.said("new keys are taken over"), "the new keys")
        assert running.said("needs a restart") == 1  # scan_frequency has changed too
        held = [e for e in c.server.events() if e["group"] == GROUP]
        running.wait_until(lambda: len(c.place.lines()) == len(held), "all events")
        assert_exact(c.place, held)


# What is wrong, and what the one error has to say

def test_missing_and_broken_files(start):
    c = start()
    c.configure(shared_credential_file="~/nowhere")
    c.fails("shared_credential_file: ", "nowhere")
    c.configure()
    c.file(".aws/credentials", "[default]\naws_access_key_id\n")
    c.fails(".aws/credentials:2:")
    c.file(".aws/credentials", CREDENTIALS)
    c.configure(credential_profile_name="gone")
    c.fails("filebeat.yml:", "no keys for profile gone in ")
    c.file(".aws/config", "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = x\nsource_profile = a\n")
    c.configure(credential_profile_name="a")
    c.fails("source_profile goes round in a loop: a -> b -> a")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable_file(start):
    c = start()
    c.file(".aws/credentials", CREDENTIALS, 0)
    c.fails(".aws/credentials", "Permission denied")


@pytest.mark.parametrize("command, said", [
    ("false", "credential_process: it ended with status 1"),
    ("/nonexistent/x", "/nonexistent/x cannot be run"),
    (f"echo {SECRET}", "what it wrote is wrong: it is not a JSON object"),
    (f"sh -c 'echo {SECRET}; echo no ticket >&2; exit 1'", "it said: no ticket"),
    ("yes y", "it wrote more than 65536 bytes and was killed"),
])
def test_bad_process(start, command, said):
    c = start()
    c.file(".aws/config", f"[default]\ncredential_process = {command}\n")
    c.fails(said)


def test_stop_does_not_wait_for_a_process_that_hangs(start):
    c = start()
    begun = os.path.join(c.place.home, "begun")
    c.file(".aws/config", f"[default]\ncredential_process = sh -c 'touch {begun}; exec sleep 300'\n")
    running = subprocess.Popen(c.place.command(), env=c.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: os.path.exists(begun), "the command", running)
    running.terminate()
    running.communicate(timeout=15)
    assert running.returncode == 0


def test_role_that_is_refused(start):
    c = start("--external-id", "right")
    c.configure(role_arn=ROLE, external_id="wrong", access_key_id=KEY_ID, secret_access_key=SECRET)
    c.fails(f"AccessDenied: User: arn:aws:iam::123456789012:user/logferry is not authorized to perform: sts:AssumeRole on "
            f"resource: {ROLE}", "(request id ", f"allows sts:AssumeRole on {ROLE}")
    c.configure(role_arn=ROLE, external_id="right", access_key_id=KEY_ID, secret_access_key="wrong")
    c.fails("SignatureDoesNotMatch: ")


def test_wrong_tokens(start):
    c = start("--web-identity-token", "right", "--container", "--container-token", "right")
    path = c.file("token", "wrong")
    c.fails("InvalidIdentityToken: ", AWS_WEB_IDENTITY_TOKEN_FILE=path, AWS_ROLE_ARN=ROLE)
    c.fails("status 401, AccessDeniedException: ", AWS_CONTAINER_AUTHORIZATION_TOKEN="wrong",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=c.server.url + "/v1/credentials")
    c.fails("is not asked for credentials over http",
            AWS_CONTAINER_CREDENTIALS_FULL_URI="http://example.com/v1/credentials")


class Mute:
    """A server that takes connections and answers with `text`, or never."""

    def __init__(self, text=None):
        import socket
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.text, self.open = text, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.open.append(connection)
            if self.text is not None:
                connection.recv(65536)
                connection.sendall(self.text)
                connection.close()

    def close(self):
        self.socket.close()


@pytest.fixture
def mute():
    made = []

    def start(text=None):
        made.append(Mute(text))
        return made[-1]

    yield start
    for server in made:
        server.close()


def test_services_that_never_answer(start, mute):
    c = start()
    server = mute()
    c.fails("is not answered", "probably a hop limit of 1", AWS_EC2_METADATA_DISABLED="",
            AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url)
    c.fails("no answer: ", AWS_CONTAINER_CREDENTIALS_FULL_URI=server.url + "/x")
    # and no delay for those who have keys
    began = time.monotonic()
    c.collects(AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url, **KEYS)
    assert time.monotonic() - began < 10
    assert len(server.open) <= 5


@pytest.mark.parametrize("body", [
    b"",
    b"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>" + SECRET.encode(),
    b"<a/>",
    b"\0\1\2",
    b"x" * 300000,
])
def test_strange_answers_of_sts(start, mute, body):
    c = start()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
    c.configure(role_arn=ROLE)
    c.fails("role_arn " + ROLE, "AssumeRole at ", AWS_ENDPOINT_URL_STS=mute(answer).url,
            AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=c.server.url, **KEYS)


def test_no_secret_is_ever_shown(start):
    """Logs at every level, errors, `export config` and the state hold no secret, of keys given or issued."""
    c = start("--container", "--session-life-ms", 5000)
    c.configure(role_arn=ROLE)
    keys = issued_keys(c.server)
    secrets = [SECRET, keys["SecretAccessKey"], keys["Token"], "agent-secret-token"]
    texts = [c.collects("-d", "*", "-v", **KEYS)]
    c.configure(role_arn=ROLE, access_key_id=keys["AccessKeyId"], secret_access_key=keys["SecretAccessKey"],
                session_token=keys["Token"])
    texts.append(c.run("-d", "*", "-v", AWS_CONTAINER_AUTHORIZATION_TOKEN="agent-secret-token"))
    texts.append(subprocess.run([c.place.binary, "export", "config", "-c", c.place.config], env=c.environment,
                                capture_output=True, text=True, timeout=30))
    assert texts[-1].returncode == 0 and "access_key_id" in texts[-1].stdout
    everything = [text for done in texts for text in (done.stdout, done.stderr)]
    for path in glob.glob(c.place.home + "/data/**", recursive=True) + glob.glob(c.place.home + "/out/*"):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                everything.append(f.read().decode("latin-1"))
    for secret in secrets:
        assert not any(secret in text for text in everything), secret


def test_no_core_file_and_no_debugger_once_keys_are_held(start):
    c = start()
    running = subprocess.Popen(c.place.command(), env={**c.environment, **KEYS}, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        wait_until(lambda: c.place.lines(), 20)
        if is_sanitized(c.place.binary):
            pytest.skip("sanitizers watch the process in the way that this forbids")
        with open(f"/proc/{running.pid}/limits", encoding="ascii") as f:
            core = [line for line in f if line.startswith("Max core file size")]
        assert core[0].split()[4:6] == ["0", "0"]
        assert os.stat(f"/proc/{running.pid}/environ").st_uid == 0  # what is not dumpable belongs to root
    finally:
        running.terminate()
        running.communicate(timeout=20)


# The same services as another client sees them, and another server as we see it

def assume(aws, server, *more, **environment):
    return aws(server, "sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "cli", *more, **environment)


def test_roles_as_the_cli_sees_them(fakeaws, aws):
    server = fakeaws("--external-id", "e1")
    got = assume(aws, server, "--external-id", "e1")["Credentials"]
    keys = {"AWS_ACCESS_KEY_ID": got["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": got["SecretAccessKey"],
            "AWS_SESSION_TOKEN": got["SessionToken"]}
    who = aws(server, "sts", "get-caller-identity", **keys)
    assert who["Arn"] == "arn:aws:sts::123456789012:assumed-role/reader/cli"
    denied = aws.run(server, "sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "cli")
    assert "(AccessDenied)" in denied.stderr and "not authorized to perform: sts:AssumeRole" in denied.stderr
    chained = aws.run(server, "sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "cli", "--external-id",
                      "e1", "--duration-seconds", "3601", **keys)
    assert "1 hour session limit for roles assumed by role chaining" in chained.stderr
    wrong = aws.run(server, "logs", "describe-log-groups", **{**keys, "AWS_SECRET_ACCESS_KEY": "wrong"})
    assert "(InvalidSignatureException)" in wrong.stderr
    short = fakeaws("--session-life-ms", 1)
    got = assume(aws, short)["Credentials"]
    keys = {"AWS_ACCESS_KEY_ID": got["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": got["SecretAccessKey"],
            "AWS_SESSION_TOKEN": got["SessionToken"]}
    expired = aws.run(short, "logs", "describe-log-groups", **keys)
    assert "(ExpiredTokenException)" in expired.stderr
    expired = aws.run(short, "sts", "get-caller-identity", **keys)
    assert "(ExpiredToken)" in expired.stderr


def test_metadata_and_agents_as_the_cli_sees_them(fakeaws, aws):
    server = fakeaws("--imds", "--container", "--web-identity-token", "head.body.signature")
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    who = aws(server, "sts", "get-caller-identity", **nothing, AWS_EC2_METADATA_DISABLED="false",
              AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url + "/")
    assert ":assumed-role/logferry-instance/" in who["Arn"]
    who = aws(server, "sts", "get-caller-identity", **nothing,
              AWS_CONTAINER_CREDENTIALS_FULL_URI=server.url + "/v1/credentials")
    assert ":assumed-role/logferry-task/" in who["Arn"]
    got = aws(server, "sts", "assume-role-with-web-identity", "--role-arn", ROLE, "--role-session-name", "pod",
              "--web-identity-token", "head.body.signature")
    assert got["AssumedRoleUser"]["Arn"].endswith(":assumed-role/reader/pod")


def test_role_of_moto(place):
    pytest.importorskip("moto")
    pytest.importorskip("boto3")
    pytest.importorskip("flask")
    from test_moto import Moto, delivered, expected
    server = Moto()
    try:
        put = server.fill("/moto/role", ["a"], 50)
        place.module(server, log_group_name="/moto/role", region_name="us-east-1", role_arn=ROLE, external_id="e1")
        done = place.once("-e", "-d", "*", AWS_ENDPOINT_URL_STS=server.url)
        assert re.search(r"credentials: .*role/reader assumed with .*, key ASIA", done.stderr), done.stderr
        assert delivered(place) == expected(put)
    finally:
        server.stop()
