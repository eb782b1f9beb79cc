"""What the network tests share: certificates, a TLS server in front of another, and a proxy."""
import http.client
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

PKI = r"""
set -e
key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
ca() { key $1; openssl req -x509 -new -key $1.key -subj "/O=Test/CN=$2" -days 30 -out $1.pem \
    -addext basicConstraints=critical,CA:TRUE; }
leaf() { key $1; openssl req -new -key $1.key -subj "/O=Test/CN=$2" -out $1.csr
  printf '%s\n' 'basicConstraints=CA:FALSE' "$3" >$1.ext
  openssl x509 -req -in $1.csr -CA $4.pem -CAkey $4.key -CAcreateserial -extfile $1.ext -days 30 -out $1.pem; }
ca ca 'Our CA'; ca other 'Other CA'
leaf server server "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,IP:$ADDRESS" ca
leaf wrong wrong "subjectAltName=DNS:a.example,IP:10.0.0.1" ca
leaf nosan 127.0.0.1 keyUsage=digitalSignature ca
leaf client client keyUsage=digitalSignature ca
key expired; openssl req -new -key expired.key -subj /CN=expired -out expired.csr
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
: >index; echo 77 >serial
openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in expired.csr -extfile server.ext \
    -startdate 20200101000000Z -enddate 20210131100000Z -notext -out expired.pem
cat server.pem ca.pem >chain.pem; cp server.key chain.key
openssl pkcs8 -topk8 -in client.key -passout pass:opensesame -out client-encrypted.key
"""


def own_address():
    """An address of this machine that is not loopback, None where there is none: no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            address = s.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


class Pki:
    """A folder of certificates, made with the openssl command."""

    def __init__(self, folder):
        self.folder = str(folder)
        subprocess.run(["sh", "-c", PKI], cwd=self.folder, check=True, capture_output=True,
                       env={**os.environ, "ADDRESS": own_address() or "127.0.0.2"})

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name):
        with open(self.path(name), encoding="ascii") as f:
            return f.read()

    def openssl(self, command):
        """What a shell command in the folder says."""
        return subprocess.run(["sh", "-c", command], cwd=self.folder, check=True, capture_output=True,
                              text=True).stdout.strip()

    def pin(self, name):
        return self.openssl(f"openssl x509 -in {name}.pem -noout -pubkey | openssl pkey -pubin -outform der |"
                            " openssl dgst -sha256 -binary | openssl base64")

    def fingerprint(self, name):
        return self.openssl(f"openssl x509 -in {name}.pem -noout -fingerprint -sha256 | cut -d= -f2 | tr -d :")


class Front(http.server.ThreadingHTTPServer):
    """A server that hands requests on to another one; `redirect` answers with that place instead."""
    daemon_threads = True

    def __init__(self, behind, context=None, address="127.0.0.1", redirect=None):
        if ":" in address:
            self.address_family = socket.AF_INET6
        self.behind, self.context, self.redirect = urllib.parse.urlsplit(behind), context, redirect
        self.connections, self.requests, self.versions, self.lock = 0, [], set(), threading.Lock()
        super().__init__((address, 0), Forward)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, host="127.0.0.1"):
        return f"{'https' if self.context else 'http'}://{host}:{self.server_address[1]}"

    def finish_request(self, request, client_address):
        """In the connection's own thread: a handshake that is not made keeps nobody waiting."""
        if self.context:
            try:
                request.settimeout(20)
                request = self.context.wrap_socket(request, server_side=True)
            except OSError:
                return
        with self.lock:
            self.connections += 1
        try:
            super().finish_request(request, client_address)
        except OSError:
            pass
        finally:
            request.close()

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class Forward(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.requests.append(dict(self.headers))
        if self.server.redirect:
            self.send_response(307)
            self.send_header("Location", self.server.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        upstream = http.client.HTTPConnection(self.server.behind.netloc, timeout=60)
        upstream.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        data = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        upstream.close()

    def log_message(self, *arguments):
        pass


class Funnel(http.server.ThreadingHTTPServer):
    """A proxy that leads to one server, whatever it is asked for; it remembers (method, target, headers)."""
    daemon_threads = True

    def __init__(self, port):
        self.behind, self.seen = ("127.0.0.1", port), []
        super().__init__(("127.0.0.1", 0), FunnelHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class FunnelHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.server.seen.append((self.command, self.path, self.headers))
        self.close_connection = True
        with socket.create_connection(self.server.behind) as there:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=self.pump, args=[there, self.connection], daemon=True)
            back.start()
            self.pump(self.connection, there)
            back.join()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def do_POST(self):
        self.server.seen.append((self.command, self.path, self.headers))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        there = http.client.HTTPConnection(*self.server.behind, timeout=60)
        there.request("POST", urllib.parse.urlsplit(self.path)._replace(scheme="", netloc="").geturl(), body,
                      dict(self.headers))
        answer = there.getresponse()
        data = answer.read()
        self.send_response_only(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        there.close()

    def log_message(self, *arguments):
        pass


def server_context(pki, name="server", client_ca=None, versions=None):
    """A TLS context of a server with that certificate; `client_ca` asks for one of the client's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if versions:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = versions
    context.load_cert_chain(pki.path(name + ".pem"), pki.path(name + ".key"))
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki.path(client_ca + ".pem"))
    return context


def free_port(address="127.0.0.1"):
    with socket.socket() as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    """Waits until somebody listens there."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nobody listens: {process.communicate()}")
            time.sleep(0.02)


class Daemon:
    """Another program that listens on a port."""

    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_for_port(port, self.process)

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=20)


class Tinyproxy(Daemon):
    def __init__(self, folder, user=None, password=None):
        folder, port = str(folder), free_port()
        self.log = os.path.join(folder, "tinyproxy.log")
        config = os.path.join(folder, "tinyproxy.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(f"Port {port}\nListen 127.0.0.1\nTimeout 60\nLogFile \"{self.log}\"\nLogLevel Info\nMaxClients 50\n")
            if user:
                f.write(f"BasicAuth {user} {password}\n")
        super().__init__([shutil.which("tinyproxy") or "/usr/sbin/tinyproxy", "-d", "-c", config], port)

    def seen(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()


class Microsocks(Daemon):
    def __init__(self, user, password):
        port = free_port()
        super().__init__([shutil.which("microsocks"), "-i", "127.0.0.1", "-p", str(port), "-u", user, "-P", password],
                         port)


class Nginx(Daemon):
    """nginx, with TLS and perhaps HTTP/2 in front of a server, or one that answers everything with a status; its log
    tells protocol and connection of each request."""

    def __init__(self, folder, pki=None, behind=None, http2=True, refuse=None):
        folder, port = str(folder), free_port()
        self.log = os.path.join(folder, "access.log")
        config = os.path.join(folder, "nginx.conf")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        if refuse:
            server = f"listen 127.0.0.1:{port}; return {refuse};"
        else:
            server = (f"listen 127.0.0.1:{port} ssl{' http2' if http2 else ''};"
                      f"ssl_certificate {pki.path('server.pem')}; ssl_certificate_key {pki.path('server.key')};"
                      f"location / {{ proxy_pass {behind}; proxy_set_header Host $http_host; }}")
        with open(config, "w", encoding="ascii") as f:
            f.write(f"""daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{ {temporary} log_format told '$server_protocol $connection'; access_log {self.log} told;
server {{ {server} }} }}
""")
        super().__init__([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", config, "-e",
                          os.path.join(folder, "error.log")], port)
        self.url = f"https://127.0.0.1:{port}"

    def told(self):
        with open(self.log, encoding="ascii") as f:
            return [line.split() for line in f]
