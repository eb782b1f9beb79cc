"""Fixtures: the program, its fake CloudWatch Logs server, and Debian's AWS CLI."""
import json
import os
import re
import shutil
import signal
import subprocess
import threading

import pytest

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"


def clean_environment(home, **more):
    """An environment in which nothing of the person's own AWS setup is seen."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and not k.lower().endswith("_proxy")}
    kept.update(HOME=str(home), LC_ALL="C.UTF-8", TZ="UTC")
    kept.update(more)
    return kept


@pytest.fixture(scope="session")
def logferry():
    """The path of the binary."""
    path = os.environ.get("LF_BINARY")
    if not path:
        pytest.skip("LF_BINARY is not set")
    if not os.access(path, os.X_OK):
        pytest.fail(f"LF_BINARY={path} cannot be run")
    return path


class Fakeaws:
    """A running `logferry fakeaws`."""

    def __init__(self, binary, options):
        command = [binary, "fakeaws", "--port", "0", "--access-key-id", KEY_ID, "--secret-access-key", SECRET, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # a server that neither speaks nor ends must not hang the tests
        timer = threading.Timer(20, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        if not match:
            self.process.kill()
            raise RuntimeError(f"fakeaws said {line!r}, then {self.process.communicate()[1]!r}")
        self.url = match.group(1)
        self.access_key_id, self.secret_access_key, self.region = KEY_ID, SECRET, REGION

    def ask(self, what):
        """The lines that the server answers below /_fakeaws/."""
        import urllib.request
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + "/_fakeaws/" + what, timeout=30) as answer:
            return [json.loads(line) for line in answer.read().decode().splitlines()]

    def events(self):
        """All events that the server holds, as dictionaries."""
        return self.ask("events")

    def counts(self):
        """How much the server holds, and how many calls it had."""
        return self.ask("counts")[0]

    def stop(self):
        """Stops it; what it wrote to stderr."""
        self.process.send_signal(signal.SIGTERM)
        try:
            _, err = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.returncode == 0, err
        return err


@pytest.fixture
def fakeaws(logferry):
    """fakeaws("--page-events", "7") starts a server with these options; all are stopped at the end."""
    running = []

    def start(*options):
        server = Fakeaws(logferry, [str(o) for o in options])
        running.append(server)
        return server

    yield start
    for server in running:
        if server.process.poll() is None:
            server.stop()


class AwsCli:
    """Runs the AWS CLI against a server."""

    def __init__(self, binary, home):
        self.binary, self.home = binary, home

    def run(self, server, *arguments, **environment):
        """The finished process, whatever came of it."""
        keys = dict(AWS_ACCESS_KEY_ID=server.access_key_id, AWS_SECRET_ACCESS_KEY=server.secret_access_key,
                    AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="", AWS_MAX_ATTEMPTS="1")
        keys.update(environment)
        command = [self.binary, "--endpoint-url", server.url, "--region", server.region, "--output", "json",
                   *map(str, arguments)]
        return subprocess.run(command, env=clean_environment(self.home, **keys), capture_output=True, text=True,
                              timeout=120)

    def __call__(self, server, *arguments, **environment):
        """The answer's JSON (None where there is none) of a call that has to succeed."""
        done = self.run(server, *arguments, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def aws(tmp_path):
    """aws(server, "logs", "describe-log-groups"): Debian's awscli with a clean environment."""
    binary = "/usr/bin/aws" if os.access("/usr/bin/aws", os.X_OK) else shutil.which("aws")
    if not binary:
        pytest.skip("the AWS CLI is not installed (Debian: awscli)")
    return AwsCli(binary, tmp_path)


@pytest.fixture
def bulk():
    """bulk() starts a `_bulk` server; all are stopped at the end."""
    from bulkserver import BulkServer
    running = []

    def start(*options, **more):
        running.append(BulkServer(*options, **more))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def place(logferry, tmp_path):
    """A working folder for one collector."""
    from collecting import Place
    made = Place(logferry, tmp_path)
    yield made
    made.kill_what_runs()
