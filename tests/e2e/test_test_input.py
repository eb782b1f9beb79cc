"""`logferry test input`: what it says step by step, where it stops, and what it advises."""
import http.server
import json
import os
import pty
import re
import select
import socket
import ssl
import subprocess
import threading
import time

import pytest

from conftest import KEY_ID, SECRET, clean_environment

KEYS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
GROUP = "/ecs/shop-web"
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:" + GROUP


class Tester:
    """A configuration and `test input` on it; `steps` are (mark, name, text, advice)."""

    __test__ = False  # pytest takes the name for a test's

    def __init__(self, place):
        self.place = place

    def configure(self, *inputs):
        text = "filebeat.inputs:\n"
        for options in inputs:
            text += "- type: aws-cloudwatch\n"
            text += "".join(f"  {name}: {json.dumps(value)}\n" for name, value in options.items())
        self.place.write(text)

    def command(self, *arguments):
        return [self.place.binary, "test", "input", "-c", self.place.config, *arguments]

    def environment(self, **more):
        return clean_environment(self.place.home, **{"AWS_EC2_METADATA_DISABLED": "true", **more})

    def run(self, *arguments, **environment):
        began = time.monotonic()
        done = subprocess.run(self.command(*arguments), env=self.environment(**environment), capture_output=True,
                              text=True, timeout=120)
        assert time.monotonic() - began < 60
        assert SECRET not in done.stdout + done.stderr and KEY_ID not in done.stdout + done.stderr
        return done

    def steps(self, code, *arguments, **environment):
        done = self.run(*arguments, **environment)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stderr == ""
        return self.parse(done.stdout)

    @staticmethod
    def parse(text):
        found = []
        for line in text.splitlines():
            step = re.match(r"  (✓|✗|!|-) (\w+(?: \w+)?) +(.*)", line)
            advice = re.match(r" +→ (.*)", line)
            if step:
                found.append([*step.groups(), ""])
            elif advice:
                found[-1][3] = advice.group(1)
            elif line.startswith("   "):
                found[-1][2] += "\n" + line.strip()
        return found


@pytest.fixture
def tester(place):
    made = Tester(place)
    made.configure({"log_group_name": GROUP, "region_name": "us-east-1"})
    return made


def marks(steps):
    return [(mark, name) for mark, name, _, _ in steps]


WAY = [("✓", "region"), ("✓", "endpoint"), ("✓", "name"), ("✓", "connection")]


def test_all_is_well(fakeaws, tester):
    server = fakeaws("--sample", 400, "--accept-old-events")
    tester.configure({"log_group_arn": ARN + ":*"}, {"log_group_name_prefix": "/ecs/shop", "region_name": "us-east-1"})
    steps = tester.steps(0, AWS_ENDPOINT_URL=server.url, **KEYS)
    head = [("✓", "credentials"), *WAY, ("✓", "identity")]
    assert marks(steps) == [*head, ("✓", "log group"), ("✓", "clock"),
                            *head, ("✓", "log groups"), ("✓", "log group"), ("✓", "log group"), ("✓", "clock")]
    texts = {name: text for _, name, text, _ in steps[:8]}
    assert texts["credentials"] == "AWS_ACCESS_KEY_ID in the environment, key ****************MPLE"
    assert texts["identity"] == "account 123456789012, arn:aws:iam::123456789012:user/logferry"
    assert texts["endpoint"].startswith(server.url)
    assert texts["log group"].startswith(f"{ARN} answers")
    assert steps[14][2] == "2 names begin with /ecs/shop"


@pytest.mark.parametrize("way", ["profile", "role", "container", "imds", "configuration"])
def test_ways_to_credentials(fakeaws, tester, way):
    server = fakeaws("--sample", 400, "--accept-old-events", "--imds", "--container")
    home = tester.place.home
    options = {"log_group_name": GROUP, "region_name": "us-east-1"}
    environment = {"AWS_ENDPOINT_URL": server.url}
    who, source = "assumed-role/", ""
    if way == "profile":
        os.mkdir(home + "/.aws")
        with open(home + "/.aws/credentials", "w", encoding="utf-8") as f:
            f.write(f"[p]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
        options["credential_profile_name"] = "p"
        who, source = "user/logferry", f"{home}/.aws/credentials:2:1: profile p"
    elif way == "role":
        options["role_arn"] = "arn:aws:iam::123456789012:role/reader"
        environment.update(KEYS)
        who, source = "assumed-role/reader/", "role/reader assumed with AWS_ACCESS_KEY_ID in the environment"
    elif way == "container":
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url + "/v1/credentials"
    elif way == "imds":
        environment.update(AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url)
    else:
        options.update(access_key_id=KEY_ID, secret_access_key=SECRET)
        who, source = "user/logferry", "access_key_id in the configuration"
    tester.configure(options)
    steps = tester.steps(0, **environment)
    assert marks(steps) == [("✓", "credentials"), *WAY, ("✓", "identity"), ("✓", "log group"), ("✓", "clock")]
    assert source in steps[0][2]
    assert who in steps[5][2]
    assert ("until 20" in steps[0][2]) == (who.startswith("assumed-role"))


def test_no_credentials_and_what_can_still_be_tried(fakeaws, tester):
    server = fakeaws()
    steps = tester.steps(1, AWS_ENDPOINT_URL=server.url)
    assert marks(steps)[:7] == [("✗", "credentials"), *WAY, ("-", "identity"), ("-", "log group")]
    assert "- AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment: not set" in steps[0][2]


def test_wrong_and_unknown_keys(fakeaws, tester):
    server = fakeaws("--sample", 10)
    for keys, code, advice in ((dict(KEYS, AWS_SECRET_ACCESS_KEY="x"), "SignatureDoesNotMatch", "secret access key"),
                               (dict(KEYS, AWS_ACCESS_KEY_ID="AKIAZZZZZZZZZZZZZZZZ"), "InvalidClientTokenId",
                                "AWS does not know this key")):
        steps = tester.steps(1, AWS_ENDPOINT_URL=server.url, **keys)
        assert marks(steps)[5:] == [("✗", "identity"), ("-", "log group"), ("✓", "clock")]
        assert steps[5][2].startswith(code) and "request id" in steps[5][2] and "\n" not in steps[5][2]
        assert advice in steps[5][3]


def test_groups_that_are_not_there(fakeaws, tester):
    server = fakeaws("--sample", 10)
    tester.configure({"log_group_name": "/gone", "region_name": "us-east-1"},
                     {"log_group_name_prefix": "/gone", "region_name": "us-east-1"},
                     {"log_group_name": GROUP, "region_name": "us-east-1", "log_streams": ["nobody"]})
    steps = tester.steps(1, AWS_ENDPOINT_URL=server.url, **KEYS)
    bad = [step for step in steps if step[0] == "✗"]
    assert [step[1] for step in bad] == ["log group", "log groups", "log group"]
    assert "ResourceNotFoundException" in bad[0][2] and "the account, which is 123456789012" in bad[0][3]
    assert bad[1][2] == "no name begins with /gone"
    assert bad[2][3] == "check log_streams"


class Denying(http.server.BaseHTTPRequestHandler):
    """Knows the caller and allows him nothing, in AWS's words."""
    actions = []

    def do_GET(self):
        self.answer(404, "{}")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers.get("X-Amz-Target", "").split(".")[-1]
        if not action:
            self.answer(200, '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                             "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/x</Arn>"
                             "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
            return
        self.actions.append(action)
        resource = "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/app:log-stream:"
        self.answer(400, json.dumps({
            "__type": "AccessDeniedException",
            "message": f"User: arn:aws:iam::123456789012:user/x is not authorized to perform: logs:{action} on "
                       f"resource: {resource} because no identity-based policy allows the logs:{action} action"}))

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", "0a1b2c3d")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve():
    running = []

    def start(handler, wrap=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if wrap:
            server.socket = wrap(server.socket)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server.server_address[1]

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


LACKS = "the policy of arn:aws:iam::123456789012:user/x lacks logs:FilterLogEvents on " \
        "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/app:*"


def test_missing_policy_actions(serve, tester):
    url = f"http://127.0.0.1:{serve(Denying)}"
    Denying.actions.clear()
    tester.configure({"log_group_name": "/ecs/app", "region_name": "eu-central-1"})
    steps = tester.steps(1, AWS_ENDPOINT_URL=url, **KEYS)
    assert steps[6][:2] == ["✗", "log group"] and steps[6][3] == LACKS
    assert "(request id 0a1b2c3d)" in steps[6][2]
    assert Denying.actions == ["FilterLogEvents"]  # a named group is never described
    tester.configure({"log_group_name_prefix": "/ecs", "region_name": "eu-central-1"})
    steps = tester.steps(1, AWS_ENDPOINT_URL=url, **KEYS)
    assert steps[6][3] == "the policy of arn:aws:iam::123456789012:user/x lacks logs:DescribeLogGroups on *"


def test_missing_policy_actions_of_a_run(serve, tester):
    url = f"http://127.0.0.1:{serve(Denying)}"
    block = "\noutput.console.enabled: true\npath.data: " + tester.place.home + "/data\n"
    for option, said in (("log_group_name", LACKS),
                         ("log_group_name_prefix", "lacks logs:DescribeLogGroups on *")):
        tester.place.write("filebeat.inputs:\n- type: aws-cloudwatch\n  region_name: eu-central-1\n"
                           f"  {option}: /ecs/app\n" + block)
        done = subprocess.run(tester.place.command("-e", "--once"), env=tester.environment(AWS_ENDPOINT_URL=url, **KEYS),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "(request id 0a1b2c3d): the policy of arn:aws:iam::123456789012:user/x " in done.stderr
        assert said in done.stderr


def test_ways_that_end_early(tester):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    steps = tester.steps(1, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", **KEYS)
    assert marks(steps)[3:] == [("✓", "name"), ("✗", "connection"), ("!", "identity"), ("-", "log group"),
                                ("-", "clock")]
    assert "security group" in steps[4][3]
    steps = tester.steps(1, AWS_ENDPOINT_URL="https://nowhere.invalid", **KEYS)
    assert marks(steps)[3:5] == [("✗", "name"), ("-", "connection")]
    assert "nowhere.invalid" in steps[3][2]


def test_tls(serve, tester, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out",
                    tmp_path / "c", "-days", "2", "-subj", "/CN=x", "-addext", "subjectAltName=DNS:x"], check=True,
                   capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c", tmp_path / "k")
    port = serve(Denying, lambda s: context.wrap_socket(s, server_side=True))
    steps = tester.steps(1, AWS_ENDPOINT_URL=f"https://127.0.0.1:{port}", **KEYS)
    assert marks(steps)[4:6] == [("✓", "connection"), ("✗", "TLS")]
    assert "unknown authority" in steps[5][2] and "ssl.certificate_authorities" in steps[5][2]


@pytest.mark.parametrize("cut", [False, True])
def test_a_port_where_nobody_speaks_tls(tester, cut):
    import struct
    kept = []

    def serve(server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connection.recv(65536)
            if cut:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            else:
                connection.sendall(b"HTTP/1.0 400 What\r\n\r\n")
                kept.append(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=[server], daemon=True).start()
        steps = tester.steps(1, AWS_ENDPOINT_URL=f"https://127.0.0.1:{server.getsockname()[1]}", **KEYS)
    assert marks(steps)[4:6] == [("✓", "connection"), ("✗", "TLS")]
    assert "is it the right port, and https?" in steps[5][2] or cut, steps[5]
    assert steps[5][2].startswith("TLS with 127.0.0.1: ") or "reset" in steps[5][2], steps[5]


class Proxy(Denying):
    """A proxy that connects nobody."""
    status = 407

    def do_CONNECT(self):
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_proxies(serve, tester):
    closed = type("Closed", (Proxy,), {"status": 403})
    asks, refuses = (f"http://127.0.0.1:{serve(handler)}" for handler in (Proxy, closed))
    for proxy, said in ((asks, "write them into its URL (proxy_url)"), (refuses, "does not connect to logs.invalid")):
        steps = tester.steps(1, AWS_ENDPOINT_URL="https://logs.invalid", https_proxy=proxy, **KEYS)
        assert marks(steps)[3:6] == [("✓", "name"), ("✓", "connection"), ("✗", "proxy")]
        assert steps[4][2].startswith("to the proxy at 127.0.0.1 port ") and said in steps[5][2], steps
    steps = tester.steps(1, AWS_ENDPOINT_URL="http://logs.invalid", http_proxy=asks, **KEYS)
    assert any(step[:2] == ["✗", "answer"] and "asks for a user and a password" in step[2] for step in steps), steps
    steps = tester.steps(1, AWS_ENDPOINT_URL="https://logs.invalid", https_proxy="http://proxy.invalid:3128", **KEYS)
    assert steps[3][:2] == ["✗", "name"] and "proxy.invalid" in steps[3][2]


def test_a_metadata_service_that_never_answers(tester):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        steps = tester.steps(1, AWS_EC2_METADATA_DISABLED="", AWS_ENDPOINT_URL="http://127.0.0.1:9",
                             AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{mute.getsockname()[1]}")
    assert "probably a hop limit of 1" in steps[0][2]


def test_words_where_the_locale_has_no_ticks(fakeaws, tester):
    server = fakeaws("--sample", 10)
    done = tester.run(AWS_ENDPOINT_URL=server.url, LC_ALL="C", **KEYS)
    assert done.returncode == 0 and done.stdout.isascii()
    assert "  ok      credentials  AWS_ACCESS_KEY_ID" in done.stdout
    done = tester.run(AWS_ENDPOINT_URL=server.url, LC_ALL="C")
    assert done.returncode == 1 and done.stdout.isascii()
    assert "  FAILED  credentials" in done.stdout and "  skipped identity" in done.stdout


def on_terminal(command, environment, columns):
    """The output on a terminal of this width."""
    import fcntl
    import struct
    import termios
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(command[0], command, environment)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    text = b""
    while select.select([fd], [], [], 60)[0]:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.waitpid(pid, 0)
    return text.decode()


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_narrow_terminals_and_colours(tester, columns):
    # the wait for the credentials gives the terminal time to get its width
    command = ["/bin/sh", "-c", "until [ \"$(stty size)\" = \"40 $COLUMNS_WANTED\" ]; do :; done; exec \"$0\" \"$@\"",
               *tester.command()]
    environment = tester.environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", TERM="xterm",
                                     COLUMNS_WANTED=str(columns))
    text = on_terminal(command, environment, columns)
    assert "\x1b[31m✗\x1b[0m" in text
    for line in re.sub(r"\x1b\[\d*m", "", text).split("\r\n"):
        assert len(line) <= columns or max(map(len, line.split()), default=0) > columns - 30, line
    assert "\x1b" not in on_terminal(command, dict(environment, NO_COLOR="1"), columns)


def test_a_warning_for_a_wrong_clock(serve, tester):
    class Late(Denying):
        def date_time_string(self, timestamp=None):
            return super().date_time_string(time.time() + 3600)

    tester.configure({"log_group_name": "/ecs/app", "region_name": "eu-central-1"})
    steps = tester.steps(1, AWS_ENDPOINT_URL=f"http://127.0.0.1:{serve(Late)}", **KEYS)
    assert steps[-1][:2] == ["!", "clock"]
    assert re.fullmatch(r"3(599|600|601) s behind the server's", steps[-1][2])


def test_usage_and_configuration_errors(tester):
    for arguments, words in ((["--frob"], "unknown flag --frob"), (["more"], "unexpected argument more")):
        done = tester.run(*arguments)
        assert (done.returncode, done.stdout) == (2, "") and words in done.stderr
    tester.configure({"log_group_name": GROUP})
    done = tester.run()
    assert (done.returncode, done.stdout) == (2, "") and "filebeat.yml:3:" in done.stderr
    os.remove(tester.place.config)
    done = tester.run()
    assert (done.returncode, done.stdout) == (2, "") and "there is no configuration" in done.stderr
