"""Fixtures: a real node of the server that LF_SERVER names, beside those of the end-to-end tests."""
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

_e2e_folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e")
sys.path.insert(0, _e2e_folder)
_spec = importlib.util.spec_from_file_location("e2e_conftest", os.path.join(_e2e_folder, "conftest.py"))
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)
logferry, fakeaws, place, clean_environment = _e2e.logferry, _e2e.fakeaws, _e2e.place, _e2e.clean_environment


class Server:
    """Which server it is, and what it can do that others cannot."""

    def __init__(self):
        self.name, self.version = os.environ["LF_SERVER"], os.environ["LF_SERVER_VERSION"]
        self.opensearch = self.name.startswith("opensearch")
        self.major, self.minor = (int(part) for part in self.version.split(".")[:2])
        # what is not among a server's public packages
        self.processors = self.opensearch and self.major >= 2
        self.data_streams = self.opensearch or self.major >= 8
        self.netty = self.opensearch or self.major < 8
        self.product = "OpenSearch" if self.opensearch else "Elasticsearch"

    def type_of(self, kind):
        """What a field of the template's type `kind` has in an index here."""
        if not self.opensearch:
            return {"constant_keyword": "keyword", "version": "keyword", "wildcard": "keyword", "histogram": "keyword", "unsigned_long": "double",
                    **({} if self.netty else {"match_only_text": "text", "scaled_float": "double"})}.get(kind, kind)
        at_least = {"flattened": ((2, 7), "flat_object", "object"), "wildcard": ((2, 15), "wildcard", "keyword"),
                    "match_only_text": ((2, 12), "match_only_text", "text"),
                    "unsigned_long": ((2, 8), "unsigned_long", "double")}
        if kind in at_least:
            since, new, old = at_least[kind]
            return new if (self.major, self.minor) >= since else old
        return {"version": "keyword", "histogram": "object", "constant_keyword": "keyword"}.get(kind, kind)


class Node:
    """One node; `settings` are the server's. Its data stays over stop() and start()."""

    def __init__(self, folder, settings):
        self.folder, self.settings, self.process, self.port = folder, dict(settings), None, 0
        self.server = Server()
        self.start()

    def start(self):
        home = os.environ["LF_SERVER_PLACE"]
        settings = {**self.settings, "http.port": self.port}
        command = [os.environ["LF_SERVER_JAVA"], "-Xms256m", "-Xmx512m", "-cp", f"{home}/classes:{home}/lib/*",
                   "SearchNode", self.folder, os.environ["LF_SERVER_PLUGINS"],
                   *(f"{name}={value}" for name, value in settings.items())]
        with open(self.folder + ".log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        timer = threading.Timer(120, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            if line.startswith("port "):
                self.port = int(line.split()[1])
                break
        else:
            with open(self.folder + ".log", encoding="utf-8") as log:
                raise RuntimeError("the node did not start: " + log.read()[-3000:])
        timer.cancel()
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(timeout=60)
            self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)
        self.process = None

    def __call__(self, method, path, body=None):
        """The answer's JSON; an error's too."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answer:
            return json.load(answer)

    def streams(self):
        """The names of all data streams."""
        held = self("GET", "/_cluster/state/metadata?filter_path=metadata.data_stream")
        return sorted(held.get("metadata", {}).get("data_stream", {}).get("data_stream", {}))

    def clear(self):
        self("DELETE", "/_data_stream/*")
        if self.streams():  # what deletes them is not among Elasticsearch's public packages
            self.stop()
            shutil.rmtree(self.folder)
            self.start()
            return
        for index in self("GET", "/_all/_settings?expand_wildcards=all"):
            if not index.startswith("."):
                self("DELETE", "/" + index)
        for kind in ("_index_template", "_template", "_component_template", "_ingest/pipeline"):
            self("DELETE", f"/{kind}/*")

    def documents(self, index):
        """id -> document of all that it holds."""
        self("POST", f"/{index}/_refresh")
        found = self("POST", f"/{index}/_search", {"size": 10000, "query": {"match_all": {}}})
        assert found["hits"]["total"]["value"] == len(found["hits"]["hits"]), "more than one page"
        ids = [hit["_id"] for hit in found["hits"]["hits"]]
        assert len(ids) == len(set(ids))
        return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}


@pytest.fixture(scope="session")
def server():
    return Server()


@pytest.fixture(scope="session")
def all_nodes(tmp_path_factory):
    """nodes(setting=value, …) starts a node, or gives the one with these settings; one runs at a time."""
    running = {}

    def start(**settings):
        named = {name.replace("__", "."): value for name, value in settings.items()}
        key = json.dumps(named, sort_keys=True)
        for other, node in running.items():
            if other != key:
                node.stop()
        if key not in running:
            running[key] = Node(str(tmp_path_factory.mktemp("node") / "home"), named)
        elif running[key].process is None:
            running[key].start()
        return running[key]

    yield start
    for node in running.values():
        node.stop()


@pytest.fixture
def nodes(all_nodes):
    """The same; what a test has made in them is gone afterwards."""
    used = []

    def start(**settings):
        node = all_nodes(**settings)
        used.append(node)
        return node

    yield start
    for node in used:
        if node.process is not None:
            node.clear()
