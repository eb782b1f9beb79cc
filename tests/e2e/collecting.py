"""What the collection tests share: a folder with a filebeat.yml, runs of the program in it, and what it delivered."""
import collections
import glob
import json
import os
import subprocess

from conftest import clean_environment

MODULE_BLOCK = """\
filebeat.modules:
- module: awsfargate
  log:
    enabled: true
    var.endpoint: {url}
    var.access_key_id: {key}
    var.secret_access_key: {secret}
{more}
output.file:
  path: {home}/out
path.data: {home}/data
"""


class Place:
    """A working folder for one collector."""

    def __init__(self, binary, home):
        self.binary, self.home = binary, str(home)
        self.config = os.path.join(self.home, "filebeat.yml")

    def write(self, text):
        """Writes filebeat.yml as it stands."""
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.config, 0o600)

    def module(self, server, **variables):
        """Writes a filebeat.yml with the module's block for a server; `log_group_name="/g"` becomes a var."""
        more = "".join(f"    var.{name}: {json.dumps(value)}\n" for name, value in variables.items())
        self.write(MODULE_BLOCK.format(url=server.url, key=server.access_key_id, secret=server.secret_access_key,
                                       more=more, home=self.home))

    def command(self, *arguments):
        return [self.binary, "run", "-c", self.config, *map(str, arguments)]

    def environment(self, **more):
        return clean_environment(self.home, **{"AWS_EC2_METADATA_DISABLED": "true", **more})

    def run(self, *arguments, **environment):
        """A run to its end."""
        return subprocess.run(self.command(*arguments), env=self.environment(**environment), capture_output=True,
                              text=True, timeout=120)

    def start(self, *arguments):
        """A run in the background."""
        return subprocess.Popen(self.command(*arguments), env=self.environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

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
