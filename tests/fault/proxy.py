"""A proxy of faults: stands between the program and its server, and spoils some of the answers."""
import http.client
import json
import random
import socket
import socketserver
import struct
import threading
import urllib.parse

from api import sign

SPOILT_ACTION = "FilterLogEvents"
IN_A_ROW = 3  # a log group's calls are spoilt so often in a row at most: waits between tries grow


class Answer:
    """What the server said."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @json.setter
    def json(self, value):
        self.body = json.dumps(value, ensure_ascii=False).encode()


class Exchange:
    """One request on its way, in the hands of a fault."""

    def __init__(self, proxy, connection, head, headers, body):
        self.proxy, self.connection = proxy, connection
        self.head, self.headers, self.body = head, headers, body
        self.rng, self.memory, self.lock = proxy.rng, proxy.memory, proxy.lock
        target = headers.get("x-amz-target", "")
        self.action = target.partition(".")[2]
        self.is_open = True

    @property
    def request(self):
        return json.loads(self.body or b"{}")

    @property
    def group(self):
        """The log group that it is for, as it is asked for: a name or an ARN; None where it is for none."""
        return self.request.get("logGroupName") or self.request.get("logGroupIdentifier")

    def forward(self, request=None):
        """The server's answer: to the bytes as they came, or to another request, which is signed anew."""
        url = urllib.parse.urlsplit(self.proxy.server.url)
        client = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        method, path, _ = self.head.split(" ", 2)
        try:
            if request is None:
                client.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.raw:
                    if name.lower() not in ("connection", "expect"):
                        client.putheader(name, value)
                client.endheaders(self.body)
            else:
                body = json.dumps(request).encode()
                client.request("POST", "/", body, sign(self.proxy.server, self.action, body))
            answer = client.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            client.close()

    def head_of(self, status, headers, length):
        kept = [(n, v) for n, v in headers if n.lower() not in ("content-length", "connection", "transfer-encoding")]
        kept += [("Transfer-Encoding", "chunked")] if length is None else [("Content-Length", str(length))]
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'x')}"] + [f"{n}: {v}" for n, v in kept]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def send(self, answer, length=None):
        """Sends an answer whole; `length` other than the body's own is a lie."""
        self.raw(self.head_of(answer.status, answer.headers, len(answer.body) if length is None else length))
        self.raw(answer.body)

    def fail(self, status, kind, message, **headers):
        """An error in the words of the JSON protocol."""
        body = json.dumps({"__type": kind, "message": message}).encode()
        more = [(n.replace("_", "-"), v) for n, v in headers.items()]
        self.send(Answer(status, [("Content-Type", "application/x-amz-json-1.1"), *more], body))

    def raw(self, data):
        self.connection.sendall(data)

    def close(self):
        """Ends the connection behind what was sent."""
        self.is_open = False

    def reset(self):
        """Ends it with an RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.is_open = False


class Headers:
    """A request's headers: as they came, and by name."""

    def __init__(self, lines):
        self.raw = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
        self.by_name = {name.lower(): value for name, value in self.raw}

    def get(self, name, otherwise=None):
        return self.by_name.get(name, otherwise)


class Handler(socketserver.StreamRequestHandler):
    """A connection of the program's."""

    def handle(self):
        proxy = self.server.proxy
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while self.exchange(proxy):
                pass
        except (OSError, http.client.HTTPException):
            pass  # the program went away, or was killed

    def exchange(self, proxy):
        head = self.rfile.readline(65536).decode("latin-1").strip()
        if not head:
            return False
        lines = []
        while (line := self.rfile.readline(65536).decode("latin-1").strip()):
            lines.append(line)
        headers = Headers(lines)
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers.get("content-length", "0")))
        exchange = Exchange(proxy, self.connection, head, headers, body)
        proxy.serve(exchange)
        return exchange.is_open


class Proxy:
    """Listens on a port of its own; `fault(exchange)` answers a part of the calls, the others pass as they are. A fault
    that needs to see every call is given share=1."""

    def __init__(self, server, fault, share, seed, action=SPOILT_ACTION):
        self.server, self.fault, self.share, self.action = server, fault, share, action
        self.rng, self.memory, self.lock = random.Random(seed), {}, threading.Lock()
        self.stopping = threading.Event()
        self.calls = self.spoilt = 0
        self.in_a_row = {}
        self.listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True)
        self.listener.daemon_threads = True
        self.listener.block_on_close = False
        self.listener.proxy = self
        self.url = "http://127.0.0.1:%d" % self.listener.server_address[1]
        self.access_key_id, self.secret_access_key = server.access_key_id, server.secret_access_key
        self.region = server.region
        self.thread = threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def serve(self, exchange):
        with self.lock:
            hit = exchange.action == self.action and self.rng.random() < self.share
            if exchange.action == self.action and self.share < 1:
                group = exchange.group
                run = self.in_a_row.get(group, 0)
                hit = hit and run < IN_A_ROW
                self.in_a_row[group] = run + 1 if hit else 0
            self.calls += exchange.action == self.action
            self.spoilt += hit
        if hit:
            self.fault(exchange)
        else:
            exchange.send(exchange.forward())

    def stop(self):
        self.stopping.set()
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()
