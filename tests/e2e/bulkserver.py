"""A `_bulk` server whose faults are scripted: it remembers what it holds, and how often it was asked for what. It also
keeps templates, pipelines, lifecycle policies and aliases, as far as `setup` asks for them."""
import collections
import json
import random
import socket
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


ELASTICSEARCH = {"name": "n", "cluster_name": "c", "version": {"number": "9.2.2", "build_flavor": "default"},
                 "tagline": "You Know, for Search"}
OPENSEARCH = {"name": "n", "cluster_name": "c", "version": {"distribution": "opensearch", "number": "2.19.1"},
              "tagline": "The OpenSearch Project: https://opensearch.org/"}


class Request:
    """One request as it came; `body` is unpacked."""

    def __init__(self, handler, body):
        self.method, self.target = handler.command, handler.path
        self.path, self.query = urlsplit(handler.path).path, parse_qs(urlsplit(handler.path).query)
        self.headers, self.raw = handler.headers, body
        self.body = body
        if handler.headers.get("Content-Encoding") == "gzip":
            unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            self.body = unpacker.decompress(body) + unpacker.flush()
            assert unpacker.eof and not unpacker.unused_data

    def events(self):
        """(action, document, its bytes) for each event."""
        lines = self.body.split(b"\n")
        assert lines.pop() == b"", "a _bulk body ends with a line feed"
        assert len(lines) % 2 == 0
        for action, document in zip(lines[::2], lines[1::2]):
            operation = json.loads(action)
            assert list(operation) == ["create"], operation
            yield operation["create"], json.loads(document), document


class Answer:
    """What goes back: `cut` leaves bytes away that Content-Length promises, `wait` comes first."""

    def __init__(self, status=200, body=b"", headers=(), cut=0, wait=0.0, close=False):
        self.status, self.headers, self.cut, self.wait, self.close = status, dict(headers), cut, wait, close
        self.body = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()


def error(status, kind, reason, **more):
    """An answer with Elasticsearch's error document."""
    return Answer(status, {"error": {"root_cause": [], "type": kind, "reason": reason}, "status": status}, **more)


class BulkServer:
    """`faults` are functions (server, request) -> Answer or None (then the request is served), one a request, in their
    order, of `_bulk` alone; `setup_faults` the same for all others. `judge` (nullable) is a function (action, document) -> None or (status, error) for an event that is refused."""

    def __init__(self, port=0, context=None):
        self.lock = threading.Lock()
        self.docs = collections.defaultdict(dict)  # index -> id -> document
        self.raw = {}  # id -> the document's bytes
        self.writes = collections.Counter()  # id -> times that it was stored
        self.attempts = collections.Counter()  # id -> times that it was sent
        self.requests = []  # of _bulk
        self.setups = []  # all others
        self.kept = {}  # path -> body of what was PUT
        self.info = ELASTICSEARCH
        self.setup_faults = []
        self.faults, self.judge, self.max_bytes, self.no_ids = [], None, None, False
        self.port, self.context = port, context
        self.httpd = None
        self.start()

    def start(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = server.answer(Request(self, body))
                time.sleep(answer.wait)
                if answer.close:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body[:len(answer.body) - answer.cut])
                if answer.cut:
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_HEAD = serve

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass  # a client that was killed

        self.httpd = Server(("127.0.0.1", self.port), Handler)
        self.port = self.httpd.server_address[1]
        self.url = f"http{'s' if self.context else ''}://127.0.0.1:{self.port}"
        if self.context is not None:
            self.httpd.socket = self.context.wrap_socket(self.httpd.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Goes down: nobody listens any more."""
        if self.httpd is not None:
            self.httpd.shutdown()
            self.httpd.server_close()
            self.httpd = None

    def answer(self, request):
        with self.lock:
            bulk = request.path.rsplit("/", 1)[-1] == "_bulk"
            (self.requests if bulk else self.setups).append(request)
            faults = self.faults if bulk else self.setup_faults
            fault = faults.pop(0) if faults else None
        answer = fault(self, request) if fault is not None else None
        return answer if answer is not None else self.serve(request)

    def serve(self, request):
        """As Elasticsearch does it."""
        if request.path.rsplit("/", 1)[-1] != "_bulk":
            return self.serve_setup(request)
        if self.max_bytes is not None and len(request.body) > self.max_bytes:
            return Answer(413)
        with self.lock:
            items = [self.store(*event) for event in request.events()]
        filtered = [{"create": {k: v for k, v in item.items() if k in ("_id", "status", "error")}} for item in items]
        return Answer(200, {"errors": any("error" in item for item in items), "items": filtered})

    def serve_setup(self, request):
        path = unquote(request.path)
        if path == "/" and request.method == "GET":
            return Answer(200, self.info)
        known = path.startswith(("/_index_template/", "/_template/", "/_component_template/", "/_ingest/pipeline/",
                                 "/_ilm/policy/", "/_alias/", "/<"))
        if known and request.method == "PUT":
            body = json.loads(request.body)
            with self.lock:
                self.kept[path] = body
                for alias in body.get("aliases", {}):
                    self.kept["/_alias/" + alias] = path
            return Answer(200, {"acknowledged": True})
        if known and request.method == "GET" and path in self.kept:
            return Answer(200, {})
        return error(404, "resource_not_found_exception", "no such thing")

    def store(self, action, document, raw):
        index = action["_index"]
        name = action.get("_id")
        if name is None:
            name = f"auto-{sum(self.writes.values())}"
        self.attempts[name] += 1
        refused = self.judge(action, document) if self.judge is not None else None
        if refused is not None:
            return {"_index": index, "_id": name, "status": refused[0], "error": refused[1]}
        if name in self.docs[index]:
            return {"_index": index, "_id": name, "status": 409,
                    "error": {"type": "version_conflict_engine_exception",
                              "reason": f"[{name}]: version conflict, document already exists (current version [1])"}}
        self.docs[index][name] = document
        self.raw[name] = raw
        self.writes[name] += 1
        return {"_index": index, "_id": name, "status": 201}

    def ids(self):
        """How often each id is held, over all indices."""
        with self.lock:
            return collections.Counter(name for held in self.docs.values() for name in held)


def refuse_some(rng, share, status, kind):
    """A judge that refuses a share of the events at random, each time anew."""
    def judge(_action, _document):
        return (status, {"type": kind, "reason": "not now"}) if rng.random() < share else None
    return judge


def random_faults(rng, n):
    """`n` faults of all kinds."""
    def stored(change):
        def fault(server, request):
            return change(server.serve(request))
        return fault

    def loses(answer):
        return Answer(close=True) if answer else None

    def cut(answer):
        answer.cut = len(answer.body) // 2
        return answer

    def fewer(answer):
        whole = json.loads(answer.body)
        return Answer(200, {**whole, "items": whole["items"][:len(whole["items"]) // 2]})

    def strangers(answer):
        whole = json.loads(answer.body)
        for item in whole.get("items", []):
            item["create"]["_id"] = "9" + item["create"]["_id"][1:]
        return Answer(200, whole)

    def other_operations(answer):
        return Answer(200, answer.body.replace(b'"create"', b'"index"'))

    kinds = [
        lambda server, request: Answer(503, b"<html>busy</html>"),
        lambda server, request: Answer(500, b""),
        lambda server, request: error(429, "es_rejected_execution_exception", "rejected"),
        lambda server, request: error(401, "security_exception", "missing authentication credentials"),
        lambda server, request: error(403, "security_exception", "not authorized"),
        lambda server, request: Answer(301, b"", {"Location": "http://127.0.0.1:1/"}),
        lambda server, request: Answer(200, b"not json"),
        lambda server, request: Answer(200, {"items": []}),
        lambda server, request: Answer(200, {}),
        lambda server, request: Answer(close=True),
        stored(loses), stored(cut), stored(fewer), stored(strangers), stored(other_operations),
    ]
    return [rng.choice(kinds) for _ in range(n)]


__all__ = ["ELASTICSEARCH", "OPENSEARCH", "Answer", "BulkServer", "error", "random", "random_faults", "refuse_some"]
