"""Signatures of requests with odd bytes are those that botocore makes: same requests, same time, same keys.

botocore differs from AWS's own signing suite in three places, which are left out here and are covered by the suite
(tests/vectors/vec_sigv4.c): it drops the last slash of a path that ends in `/.` or `/..`; it signs an empty parameter
(`a&&b`) as `=`; and it takes the query of a URL as it is encoded there, so that it gets it in the canonical encoding,
while the program gets the same parameters encoded as somebody might. When it presigns it keeps one value a name.
"""
import datetime
import json
import os
import random
import string
import subprocess
import urllib.parse

import pytest

auth = pytest.importorskip("botocore.auth", reason="botocore is not installed")
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

ODD = ["a", "Z", "0", " ", "+", "%", "/", "?", "#", "&", "=", ":", ";", ",", "@", "!", "*", "'", "(", ")", "[", "]", "~",
       "-", "_", ".", "\\", '"', "<", "|", "^", "`", "{", "$", "é", "ß", "日本", "🚚", "\u00a0", "e\u0301", "\x7f", "\t"]
SEGMENTS = ["", ".", "..", "...", "a.b", "..a", "%2e", "%2E%2e", "%252F", "%2F", "%", "a%zz", "a+b", "a%20b", "~x"]
REQUESTS = 600


@pytest.fixture(scope="module")
def signer():
    """Signs a list of requests with the program's own code."""
    path = os.path.join(os.environ.get("LF_TOP_BUILDDIR", "/nonexistent"), "tests/e2e/sign_lines")
    if not os.access(path, os.X_OK):
        pytest.skip("tests/e2e/sign_lines is not built (make check builds it)")

    def run(requests):
        lines = "".join(json.dumps(r) + "\n" for r in requests)
        done = subprocess.run([path], input=lines, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def word(rng, alphabet, most=8):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, most)))


def path_of(rng):
    """A path as it stands in the request line."""
    segments = []
    for _ in range(rng.randint(0, 6)):
        if rng.random() < 0.5:
            segments.append(rng.choice(SEGMENTS))
        else:
            segments.append(urllib.parse.quote(word(rng, ODD), safe=rng.choice(["", "~", "!*'()+", ":@$,;="])))
    while segments and segments[-1] in (".", ".."):
        segments.pop()
    return "/" + "/".join(segments)


def parameters_of(rng):
    names = [word(rng, ODD, 4) or "k" for _ in range(rng.randint(0, 3))]
    found = [(rng.choice(names), rng.choice(["", word(rng, ODD), "1"])) for _ in range(rng.randint(0, 5)) if names]
    rng.shuffle(found)
    return found


def canonical(text):
    return urllib.parse.quote(text, safe="-_.~")


def otherwise(rng, text):
    """The same text in another encoding that means the same: lower-case digits, unreserved characters escaped."""
    out = ""
    for byte in text.encode():
        plain = chr(byte) if chr(byte) in string.ascii_letters + string.digits + "-_.~!*'():@$," else None
        if plain is not None and rng.random() < 0.8:
            out += plain
        else:
            out += rng.choice(["%%%02X", "%%%02x"]) % byte
    return out


def query_of(rng, parameters):
    return "&".join(otherwise(rng, k) + ("" if v == "" and k and rng.random() < 0.5 else "=" + otherwise(rng, v))
                    for k, v in parameters)


def headers_of(rng):
    alphabet = [c for c in ODD if c not in ("\u00a0", "\x7f")]  # botocore folds these bytes as white space, or refuses
    headers = [("Host", rng.choice(["logs.us-east-1.amazonaws.com", "example.com:8443", "127.0.0.1:4566"]))]
    for _ in range(rng.randint(0, 4)):
        name = rng.choice(["X-Amz-Target", "Content-Type", "X-Odd", "x-odd", "Accept", "A", "X-Amz-Meta-é".replace("é", "e")])
        inner = rng.choice([" ", "  ", "   ", "\t", " \t "]).join(word(rng, alphabet, 4) for _ in range(rng.randint(1, 4)))
        headers.append((name, rng.choice(["", " ", "  "]) + inner + rng.choice(["", " ", "   "])))
    if rng.random() < 0.2:
        headers.append(("User-Agent", "is not signed"))
    rng.shuffle(headers)
    return headers


def request_of(rng, presigned=False):
    parameters = list(dict(parameters_of(rng)).items()) if presigned else parameters_of(rng)
    return {
        "method": rng.choice(["GET", "POST", "PUT", "DELETE"]),
        "path": path_of(rng),
        "parameters": parameters,
        "query": query_of(rng, parameters),
        "headers": headers_of(rng),
        "body": "" if presigned else rng.choice(["", "{}", word(rng, ODD, 40), "x" * 5000]),
        "region": rng.choice(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]),
        "service": rng.choice(["logs", "sts"]),
        "time_ms": rng.choice([0, 951782400000, 1795526943000, 4102444799999]) + rng.randint(0, 86400) * 1000,
        "key_id": "AKID" + "".join(rng.choice(string.ascii_uppercase) for _ in range(16)),
        "secret": "".join(rng.choice(string.ascii_letters + string.digits + "/+") for _ in range(40)),
        "token": rng.choice(["", "", "".join(rng.choice(string.ascii_letters + "/+=") for _ in range(300))]),
        "expires": rng.choice([1, 900, 604800]) if presigned else 0,
    }


def botocore_texts(monkeypatch, request):
    """What botocore makes of it: canonical request, string to sign, signature, Authorization."""
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=request["time_ms"])
    monkeypatch.setattr(auth, "get_current_datetime", lambda *a, **k: at)
    query = "&".join(f"{canonical(k)}={canonical(v)}" for k, v in request["parameters"])
    host = next(v for k, v in request["headers"] if k == "Host")
    url = f"https://{host}{request['path']}" + ("?" + query if query else "")
    made = AWSRequest(method=request["method"], url=url, data=request["body"].encode() or None)
    for name, value in request["headers"]:
        made.headers.add_header(name, value)
    keys = Credentials(request["key_id"], request["secret"], request["token"] or None)
    kinds = (auth.SigV4QueryAuth, auth.SigV4Auth)
    kind = kinds[0] if request["expires"] else kinds[1]
    more = {"expires": request["expires"]} if request["expires"] else {}
    seen = {}

    class Watched(kind):
        def canonical_request(self, request):
            seen["canonical_request"] = super().canonical_request(request)
            return seen["canonical_request"]

        def signature(self, string_to_sign, request):
            seen["string_to_sign"] = string_to_sign
            seen["signature"] = super().signature(string_to_sign, request)
            return seen["signature"]

    Watched(keys, request["service"], request["region"], **more).add_auth(made)
    if not request["expires"]:
        seen["authorization"] = made.headers["Authorization"]
    return seen


@pytest.mark.skipif(not hasattr(auth, "get_current_datetime"), reason="this botocore takes its time from elsewhere")
@pytest.mark.parametrize("presigned", [False, True])
def test_same_signatures(signer, monkeypatch, presigned):
    rng = random.Random(20150830 + presigned)
    requests = [request_of(rng, presigned) for _ in range(REQUESTS)]
    ours = signer(requests)
    assert len(ours) == REQUESTS
    for request, own in zip(requests, ours):
        theirs = botocore_texts(monkeypatch, request)
        assert own["canonical_request"] == theirs["canonical_request"], request
        assert own == theirs, request
    # the requests are as odd as they should be
    assert any("//" in r["path"] for r in requests) and any("/../" in r["path"] for r in requests)
    assert any(r["token"] for r in requests) and any("%F0%9F" in r["path"] for r in requests)
    assert any(v == "" for r in requests for _, v in r["parameters"])
    assert presigned or any(len({k for k, _ in r["parameters"]}) < len(r["parameters"]) for r in requests)
