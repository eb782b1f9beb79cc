"""The demo: the events that it delivers, read back, are exactly those that its server holds."""
import collections
import json
import re
import signal
import subprocess
import urllib.request

from conftest import clean_environment


def test_demo_delivers_what_its_server_holds(logferry, tmp_path):
    demo = subprocess.Popen([logferry, "demo", "--events", "2500", "--dir", str(tmp_path / "demo"), "--hold"],
                            env=clean_environment(tmp_path), stdout=subprocess.PIPE, text=True)
    try:
        out = ""
        for line in demo.stdout:
            out += line
            if "until Ctrl-C" in line:
                break
        url = re.search(r"server at (http://127\.0\.0\.1:\d+) holds 2500 events", out).group(1)
        path = re.search(r"^  events +(\S+)$", out, re.M).group(1)
        assert re.search(r"^2500 events from 2 log groups", out, re.M)
        assert "\x1b" not in out, "colours on a pipe"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        held = [json.loads(line) for line in opener.open(url + "/_fakeaws/events").read().decode().splitlines()]
        with open(path, encoding="utf-8") as f:
            delivered = [json.loads(line) for line in f.read().splitlines()]
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=20) == 0
    assert collections.Counter((e["event"]["id"], e["message"]) for e in delivered) == collections.Counter(
        (e["eventId"], e["message"]) for e in held)
    assert all(e["event"]["module"] == "awsfargate" for e in delivered)


def test_wrong_options(logferry, tmp_path):
    for arguments in (["--events", "0"], ["--events", "x"], ["--no-such"], ["word"]):
        done = subprocess.run([logferry, "demo", *arguments], env=clean_environment(tmp_path), capture_output=True,
                              text=True, timeout=20)
        assert done.returncode == 2
        assert done.stderr.startswith("logferry demo: ")
