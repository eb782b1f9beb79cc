"""What the collection tests share: a folder with a filebeat.yml, runs of the program in it, and what it delivered."""
import collections
import glob
import json
import os
import sqlite3
import subprocess
import threading
import time

from conftest import clean_environment

MODULE_BLOCK = """\
filebeat.modules:
- module: awsfargate
  log:
    enabled: true
{settings}\
{rest}\
path.data: {home}/data
"""


def wait_until(condition, what, process=None, seconds=60):
    """Waits for what happens, and fails where it takes too long, or where the process (if any) ends before."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it took too long: {what}"
        assert process is None or process.poll() is None, f"it ended: {what}"
        time.sleep(0.05)


class Place:
    """A working folder for one collector."""

    def __init__(self, binary, home):
        self.binary, self.home, self.started = binary, str(home), []
        self.config = os.path.join(self.home, "filebeat.yml")

    def write(self, text):
        """Writes filebeat.yml as it stands."""
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.config, 0o600)

    def write_module(self, server, variables, rest):
        """Writes a filebeat.yml with the module's block for a server (without one: neither its address nor keys), then
        `rest`. A variable's name with a dot stands as it is, any other behind `var.`."""
        if server is not None:
            variables = {"endpoint": server.url, "access_key_id": server.access_key_id,
                         "secret_access_key": server.secret_access_key, **variables}
        settings = "".join(f"    {name if '.' in name else 'var.' + name}: {json.dumps(value)}\n"
                           for name, value in variables.items())
        self.write(MODULE_BLOCK.format(settings=settings, rest=rest, home=self.home))

    def module(self, server, **variables):
        """The module with the file output; `log_group_name="/g"` becomes a var."""
        self.write_module(server, variables, f"output.file:\n  path: {self.home}/out\n")

    def elasticsearch(self, server, hosts, output="", more="", backoff="{init: 5ms, max: 40ms}", **variables):
        """The module with output.elasticsearch for `hosts`, URLs or servers that have one. `output` are further lines
        of the output's map, `more` of the file. Without variables the groups of the sample are read."""
        variables = variables or {"log_group_name_prefix": "/ecs/", "region_name": "us-east-1"}
        urls = json.dumps([host if isinstance(host, str) else host.url for host in hosts])
        lines = "".join(f"  {line}\n" for line in output.splitlines())
        self.write_module(server, variables, f"output.elasticsearch:\n  hosts: {urls}\n  backoff: {backoff}\n"
                                             f"{lines}{more}quota.filter_log_events: 0\n")

    def command(self, *arguments):
        return [self.binary, "run", "-c", self.config, *map(str, arguments)]

    def environment(self, **more):
        return clean_environment(self.home, **{"AWS_EC2_METADATA_DISABLED": "true", **more})

    def run(self, *arguments, **environment):
        """A run to its end."""
        return subprocess.run(self.command(*arguments), env=self.environment(**environment), capture_output=True,
                              text=True, timeout=120)

    def start(self, *arguments):
        """A run in the background, to be stopped by the caller."""
        self.started.append(subprocess.Popen(self.command(*arguments), env=self.environment(), stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE))
        return self.started[-1]

    def kill_what_runs(self):
        """Ends what a test that failed has left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def once(self, *arguments, **environment):
        """`run --once` that has to succeed."""
        done = self.run("--once", "--once-timeout", "60s", *arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done

    def lines(self):
        """The delivered lines, the oldest file first. One that is being written is none yet."""
        found = []
        for path in sorted(glob.glob(self.home + "/out/*"), key=os.path.getmtime):
            with open(path, "rb") as f:
                found += [line.decode() for line in f.read().split(b"\n")[:-1]]
        return found

    def events(self):
        return [json.loads(line) for line in self.lines()]

    def ids(self):
        """How often each event id was delivered."""
        return collections.Counter(e["event"]["id"] for e in self.events())

    def dead_letters(self, data="data"):
        """(event id, reason, event) of each, from the state in this folder."""
        with sqlite3.connect(f"{self.home}/{data}/logferry.db") as db:
            return db.execute("SELECT event_id, reason, event FROM dead_letters ORDER BY event_id").fetchall()


class Running:
    """A run in the background, whose log is read meanwhile; at the end it is stopped, and has to end well."""

    def __init__(self, place, *arguments, environment=None, before=None):
        self.place, self.lines = place, []
        self.process = subprocess.Popen(place.command("-e", *arguments), env=environment or place.environment(),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=before)
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join()
            if kind is not None:
                print(self.log)
        assert kind is not None or self.process.returncode == 0, self.log

    @property
    def log(self):
        return "".join(self.lines)

    def said(self, text):
        """How many lines of the log hold `text`."""
        return sum(text in line for line in list(self.lines))

    def wait_until(self, condition, what):
        wait_until(condition, what, self.process)

    def wait_for(self, held, what):
        """Until each of the events was delivered once."""
        self.wait_until(lambda: self.place.ids() == ids_of(held()), what)

    def wait_for_calls(self, server):
        """Until it reads: what is put from now on is of a later time than its start."""
        before = server.counts()["calls"]
        self.wait_until(lambda: server.counts()["calls"] > before, "the first call")


def is_sanitized(binary):
    """Whether sanitizers are in the program: they watch it, and take memory of their own."""
    with open(binary, "rb") as f:
        program = f.read()
    return b"__asan_" in program or b"__tsan_" in program


def ids_of(held):
    """The ids of what a server holds, each once."""
    return collections.Counter(e["eventId"] for e in held)


def assert_exact(place, held):
    """Each event of the server was delivered once, with its own text, time and stream."""
    assert place.ids() == ids_of(held)
    by_id = {e["eventId"]: e for e in held}
    for event in place.events():
        original = by_id[event["event"]["id"]]
        assert event["message"] == original["message"]
        assert event["@metadata"]["_id"] == original["eventId"]
        assert event["aws"]["cloudwatch"]["log_stream"] == original["stream"]
        assert event["@timestamp"] == iso(original["timestamp"])


def iso(milliseconds):
    """2026-11-24T13:29:03.590Z"""
    import datetime
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)
    return at.isoformat(timespec="milliseconds") + "Z"
