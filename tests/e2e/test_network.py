"""TLS settings, proxies and connections, from the real program to real servers: Python's ssl, nginx, tinyproxy."""
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from collecting import assert_exact
from conftest import KEY_ID, SECRET
from network import Front, Microsocks, Nginx, Pki, Tinyproxy, own_address, server_context

GROUP = "/ecs/shop-web"
PASSWORD = "hunt%65r2"  # as it stands in a URL; decoded it is hunter2


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


class Site:
    """A collector and the embedded server, with something between them."""

    def __init__(self, place, server, pki):
        self.place, self.server, self.pki, self.closing = place, server, pki, []

    def front(self, name="server", address="127.0.0.1", tls=True, redirect=None, **context):
        made = Front(self.server.url, server_context(self.pki, name, **context) if tls else None, address, redirect)
        self.closing.append(made)
        return made

    def keep(self, made):
        self.closing.append(made)
        return made

    def configure(self, url, **variables):
        class There:
            access_key_id, secret_access_key = KEY_ID, SECRET
        There.url = url
        self.place.module(There, log_group_name=GROUP, region_name="us-east-1", **variables)

    def ca(self, name="ca"):
        return {"certificate_authorities": [self.pki.path(name + ".pem")]}

    def collects(self, url, environment=None, **variables):
        """A run that has to deliver what the server holds."""
        self.configure(url, **variables)
        done = self.place.run("-e", "--once", "--once-timeout", "40s", **(environment or {}))
        assert done.returncode == 0, done.stderr
        held = [e for e in self.server.events() if e["group"] == GROUP]
        assert held
        assert_exact(self.place, held)
        return done

    def fails(self, url, *words, environment=None, wait="1500ms", **variables):
        """A run that cannot, and says why."""
        self.configure(url, **variables)
        done = self.place.run("-e", "--once", "--once-timeout", wait, **(environment or {}))
        assert done.returncode == 1, done.stderr
        assert self.place.lines() == []
        for word in words:
            assert word in done.stderr, done.stderr
        return done


@pytest.fixture
def site(place, fakeaws, pki):
    made = Site(place, fakeaws("--sample", 400, "--accept-old-events", "--page-events", 50), pki)
    yield made
    for one in reversed(made.closing):
        one.close()


# --- whom the program trusts

def test_own_authority_as_file_and_as_text(site):
    front = site.front()
    site.collects(front.url(), ssl=site.ca())
    assert front.connections == 1 < len(front.requests)  # all calls on one connection


def test_own_authority_in_the_configuration(site):
    front = site.front()
    site.collects(front.url("localhost"), ssl={"certificate_authorities": site.pki.text("ca.pem")})


def test_unknown_authority(site):
    front = site.front()
    done = site.fails(front.url(), "TLS with 127.0.0.1: ", "unknown authority", "CN=Our CA",
                      "ssl.certificate_authorities")
    assert done.stderr.count("unknown authority") == 2  # once when it happens, once when the run ends
    site.fails(front.url(), "unknown authority", ssl=site.ca("other"))
    site.fails(front.url(), "unknown authority", ssl={"enabled": False, **site.ca()})  # https stays https
    assert front.requests == []


def test_environment_names_the_systems_authorities(site):
    front = site.front()
    site.collects(front.url(), environment={"SSL_CERT_FILE": site.pki.path("ca.pem")})


def test_authorities_as_the_aws_tools_have_them(site, tmp_path):
    front = site.front()
    config = tmp_path / "aws-config"
    config.write_text(f"[profile own]\nca_bundle = {site.pki.path('other.pem')}\n")
    site.fails(front.url(), "unknown authority", environment={"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "own"})
    site.fails(front.url(), "unknown authority", environment={"AWS_CA_BUNDLE": site.pki.path("other.pem")})
    site.collects(front.url(), environment={"AWS_CA_BUNDLE": site.pki.path("ca.pem")})
    site.collects(front.url(), environment={"AWS_CA_BUNDLE": site.pki.path("other.pem")}, ssl=site.ca())


def test_expired(site):
    front = site.front("expired")
    site.fails(front.url(), "CN=expired expired on 2021-01-31 10:00:00 UTC", ssl=site.ca())


def test_wrong_host(site):
    front = site.front("wrong")
    site.fails(front.url(), "its certificate is for a.example, 10.0.0.1, not for 127.0.0.1", ssl=site.ca())
    assert front.requests == []
    site.collects(front.url(), ssl={"verification_mode": "certificate", **site.ca()})


def test_no_alternative_name(site):
    front = site.front("nosan")
    site.fails(front.url(), "no alternative name (SAN)", ssl={"verification_mode": "strict", **site.ca()})
    site.collects(front.url(), ssl=site.ca())


def test_no_verification_warns(site):
    front = site.front("expired")
    done = site.collects(front.url(), ssl={"verification_mode": "none"})
    assert "ssl.verification_mode: none lets anybody" in done.stderr


def test_pins(site):
    front = site.front("chain")
    site.fails(front.url(), "none of the pins in ssl.ca_sha256", site.pki.pin("ca"),
               ssl={"ca_sha256": [site.pki.pin("other")], **site.ca()})
    site.fails(front.url(), "ssl.ca_trusted_fingerprint", ssl={"ca_trusted_fingerprint": site.pki.fingerprint("other")})
    site.collects(front.url(), ssl={"ca_sha256": [site.pki.pin("other"), site.pki.pin("ca")],
                                    "ca_trusted_fingerprint": site.pki.fingerprint("ca")})


def test_client_certificates(site):
    front = site.front(client_ca="ca")
    site.fails(front.url(), "asks for a client certificate", "ssl.certificate and ssl.key", wait="10s", ssl=site.ca())
    key = {"certificate": site.pki.path("client.pem"), "key": site.pki.path("client-encrypted.key"), **site.ca()}
    site.configure(front.url(), ssl=key)
    done = site.place.run("--once")
    assert done.returncode == 2 and "the key is encrypted: set ssl.key_passphrase" in done.stderr
    site.collects(front.url(), ssl={"key_passphrase": "opensesame", **key})


def test_client_key_in_the_configuration_is_never_shown(site):
    front = site.front(client_ca="ca")
    key = site.pki.text("client.key")
    site.collects(front.url(), ssl={"certificate": site.pki.text("client.pem"), "key": key, **site.ca()})
    done = subprocess.run([site.place.binary, "export", "config", "-c", site.place.config], capture_output=True, text=True,
                          env=site.place.environment(), timeout=60)
    assert done.returncode == 0, done.stderr
    assert "BEGIN CERTIFICATE" in done.stdout
    for line in key.splitlines()[1:-1]:
        assert line not in done.stdout


def test_old_protocol_only_if_listed(site):
    front = site.front(versions=(ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1))
    site.fails(front.url(), "ssl.supported_protocols (TLSv1.2, TLSv1.3)", ssl=site.ca())
    site.collects(front.url(), ssl={"supported_protocols": ["TLSv1.1", "TLSv1.2"], **site.ca()})


def test_settings_reach_sts(site):
    front = site.front()
    role = {"role_arn": "arn:aws:iam::123456789012:role/reader"}
    environment = {"AWS_ENDPOINT_URL_STS": front.url()}
    site.fails(site.server.url, "TLS with 127.0.0.1: ", "unknown authority", environment=environment, **role)
    site.collects(site.server.url, environment=environment, ssl=site.ca(), **role)
    assert front.requests


@pytest.mark.parametrize("ssl_settings, said", [
    ({"certificate_authorities": ["/nowhere/ca.pem"]}, "ssl.certificate_authorities: /nowhere/ca.pem: "),
    ({"supported_protocols": ["TLSv2"]}, "ssl.supported_protocols does not know \"TLSv2\""),
    ({"cipher_suites": ["NULL"]}, "ssl.cipher_suites does not know \"NULL\""),
    ({"certificate": "/c.pem"}, "ssl.certificate needs ssl.key beside it"),
])
def test_wrong_settings(site, ssl_settings, said):
    site.configure("https://127.0.0.1:1", ssl=ssl_settings)
    done = site.place.run("--once")
    assert done.returncode == 2
    assert said in done.stderr and "filebeat.yml:" in done.stderr


# --- proxies

def has(program):
    return shutil.which(program) or os.access("/usr/sbin/" + program, os.X_OK)


def assert_secret(done):
    for word in ("hunter2", PASSWORD, "scott"):
        assert word not in done.stderr + done.stdout


@pytest.fixture
def away(site):
    """An address of this machine that is not loopback, which no proxy is ever asked for."""
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    return address


@pytest.fixture
def tinyproxy(site, tmp_path):
    if not has("tinyproxy"):
        pytest.skip("tinyproxy is not installed (Debian: tinyproxy)")

    def start(*user):
        return site.keep(Tinyproxy(tmp_path, *user))

    return start


def test_proxy_with_a_password(site, away, tinyproxy):
    proxy, front = tinyproxy("scott", "hunter2"), site.front(address="0.0.0.0")
    url = f"http://scott:{PASSWORD}@127.0.0.1:{proxy.port}"
    done = site.collects(front.url(away), proxy_url=url, ssl=site.ca())
    assert f"CONNECT {away}:{front.server_address[1]}" in proxy.seen()
    assert front.connections == 1 < len(front.requests)
    assert all("Proxy-Authorization" not in r for r in front.requests)
    assert_secret(done)


def test_proxy_for_plain_http(site, away, tinyproxy):
    proxy, front = tinyproxy("scott", "hunter2"), site.front(address="0.0.0.0", tls=False)
    site.collects(front.url(away), proxy_url=f"http://scott:{PASSWORD}@127.0.0.1:{proxy.port}")
    assert f"POST http://{away}:{front.server_address[1]}/" in proxy.seen()


def test_wrong_password(site, away, tinyproxy):
    proxy, front = tinyproxy("scott", "tiger"), site.front(address="0.0.0.0")
    shown = f"the proxy http://127.0.0.1:{proxy.port}"
    done = site.fails(front.url(away), shown + " does not take the user and password", ssl=site.ca(),
                      proxy_url=f"http://scott:{PASSWORD}@127.0.0.1:{proxy.port}")
    assert_secret(done)
    site.fails(front.url(away), shown + " asks for a user and a password", "(status 407)", ssl=site.ca(),
               proxy_url=f"127.0.0.1:{proxy.port}")
    assert front.requests == []


def test_wrong_password_for_plain_http(site, away, tmp_path):
    """tinyproxy hangs up on a body that it does not want; nginx reads it and then answers."""
    if not has("nginx"):
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    proxy, front = site.keep(Nginx(tmp_path, refuse=407)), site.front(address="0.0.0.0", tls=False)
    shown = f"the proxy http://127.0.0.1:{proxy.port}"
    done = site.fails(front.url(away), shown + " does not take the user and password", "(status 407)",
                      proxy_url=f"http://scott:{PASSWORD}@127.0.0.1:{proxy.port}")
    assert_secret(done)
    site.fails(front.url(away), shown + " asks for a user and a password", "(status 407)",
               proxy_url=f"http://127.0.0.1:{proxy.port}")
    assert front.requests == []


def test_proxy_over_tls(site, away, tinyproxy):
    """The proxy itself is spoken to by TLS, by the same settings: its name and its authority are verified too."""
    proxy, front = tinyproxy("scott", "hunter2"), site.front(address="0.0.0.0")
    relay, untrusted = Relay(proxy.port, server_context(site.pki)), Relay(proxy.port, server_context(site.pki, "wrong"))
    site.keep(relay), site.keep(untrusted)
    site.fails(front.url(away), "TLS with 127.0.0.1: its certificate is for a.example, 10.0.0.1", ssl=site.ca(),
               proxy_url=f"https://scott:{PASSWORD}@127.0.0.1:{untrusted.port}")
    assert f"CONNECT {away}" not in proxy.seen()
    site.collects(front.url(away), proxy_url=f"https://scott:{PASSWORD}@localhost:{relay.port}", ssl=site.ca())
    assert relay.connections == 1 and f"CONNECT {away}" in proxy.seen()


class Relay:
    """TLS in front of a port."""

    def __init__(self, port, context):
        self.behind, self.context, self.connections = port, context, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(peer,), daemon=True).start()

    def relay(self, peer):
        try:
            peer = self.context.wrap_socket(peer, server_side=True)
        except OSError:
            return
        self.connections += 1
        behind = socket.create_connection(("127.0.0.1", self.behind))
        threading.Thread(target=self.copy, args=(behind, peer), daemon=True).start()
        self.copy(peer, behind)

    @staticmethod
    def copy(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def test_socks(site, away):
    if not shutil.which("microsocks"):
        pytest.skip("microsocks is not installed (Debian: microsocks)")
    proxy, front = site.keep(Microsocks("scott", "hunter2")), site.front(address="0.0.0.0")
    done = site.fails(front.url(away), f"the proxy socks5://127.0.0.1:{proxy.port} does not take the user and password",
                      ssl=site.ca(), proxy_url=f"socks5://scott:tiger@127.0.0.1:{proxy.port}")
    assert "tiger" not in done.stderr
    site.fails(front.url(away), f"the proxy socks5://127.0.0.1:{proxy.port} asks for a user and a password",
               ssl=site.ca(), proxy_url=f"socks5://127.0.0.1:{proxy.port}")
    assert front.connections == 0
    site.collects(front.url(away), proxy_url=f"socks5://scott:{PASSWORD}@127.0.0.1:{proxy.port}", ssl=site.ca())
    assert front.connections == 1


def test_proxy_of_the_environment(site, away, tinyproxy):
    proxy, front = tinyproxy(), site.front(address="0.0.0.0")
    there = f"http://127.0.0.1:{proxy.port}"
    site.collects(front.url(away), environment={"HTTPS_PROXY": there, "HTTP_PROXY": "http://127.0.0.1:9"}, ssl=site.ca())
    assert f"CONNECT {away}" in proxy.seen()


@pytest.mark.parametrize("excluded", ["{away}", "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,{away}/32", "*", "{away}:{port}"])
def test_no_proxy(site, away, tinyproxy, excluded):
    proxy, front = tinyproxy(), site.front(address="0.0.0.0")
    no = excluded.format(away=away, port=front.server_address[1])
    site.collects(front.url(away), environment={"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": no},
                  ssl=site.ca())
    assert f"CONNECT {away}" not in proxy.seen()


def test_proxy_url_beats_the_environment(site, away, tinyproxy):
    proxy, front = tinyproxy(), site.front(address="0.0.0.0")
    site.collects(front.url(away), environment={"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "*", "ALL_PROXY": "x:1"},
                  ssl=site.ca(), proxy_url=f"http://127.0.0.1:{proxy.port}")
    assert f"CONNECT {away}" in proxy.seen()


def test_loopback_goes_through_no_proxy(site):
    front = site.front()
    site.collects(front.url(), environment={"HTTPS_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"},
                  ssl=site.ca(), proxy_url="http://127.0.0.1:9")


def test_proxy_that_is_not_there(site, away):
    front = site.front(address="0.0.0.0")
    done = site.fails(front.url(away), "through the proxy http://127.0.0.1:9: ", ssl=site.ca(),
                      proxy_url=f"http://scott:{PASSWORD}@127.0.0.1:9", wait="8s")
    assert_secret(done)


@pytest.mark.parametrize("url", ["ftp://u:hunter2@p", "http://u:hunter2@p:x", "http://", "http://u:hunter2%zz@p"])
def test_wrong_proxy_url(site, url):
    site.configure("https://127.0.0.1:1", proxy_url=url)
    done = site.place.run("--once")
    assert done.returncode == 2
    assert "filebeat.yml:" in done.stderr and "proxy_url is wrong: " in done.stderr
    assert_secret(done)


# --- connections

def test_no_redirect_is_followed(site):
    other = site.front(tls=False)
    front = site.front(redirect=other.url() + "/")
    site.fails(front.url(), "status 307", ssl=site.ca())
    assert front.requests and other.connections == 0


def test_ipv6(site):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    front = site.front(address="::1")
    site.collects(front.url("[::1]"), ssl=site.ca())
    assert front.connections == 1


@pytest.mark.parametrize("http2", [True, False])
def test_http2_and_http1(site, tmp_path, http2):
    if not has("nginx"):
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    nginx = site.keep(Nginx(tmp_path, site.pki, site.server.url, http2))
    site.collects(nginx.url, ssl=site.ca())
    told = nginx.told()
    assert {protocol for protocol, _ in told} == {"HTTP/2.0" if http2 else "HTTP/1.1"}
    assert len({connection for _, connection in told}) == 1 < len(told)


@pytest.mark.parametrize("http2", [True, False])
def test_many_groups_at_once(site, tmp_path, http2):
    """Calls that are under way together: streams of one connection, or a few connections that are used again."""
    if not has("nginx"):
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    nginx = site.keep(Nginx(tmp_path, site.pki, site.server.url, http2))

    class There:
        url, access_key_id, secret_access_key = nginx.url, KEY_ID, SECRET
    site.place.module(There, log_group_name_prefix="/", region_name="us-east-1", ssl=site.ca())
    site.place.once()
    held = site.server.events()
    assert len({e["group"] for e in held}) > 1
    assert_exact(site.place, held)
    told = nginx.told()
    assert len({connection for _, connection in told}) <= len({e["group"] for e in held}) < len(told)
