"""Calls of the CloudWatch Logs API, signed by botocore."""
import http.client
import json
import urllib.parse

import pytest

pytest.importorskip("botocore", reason="botocore (pip, or Debian's awscli) signs the tests' own calls")
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402


def sign(server, action, body, keys=None):
    """The headers of a call."""
    request = AWSRequest("POST", server.url + "/", data=body, headers={
        "X-Amz-Target": "Logs_20140328." + action, "Content-Type": "application/x-amz-json-1.1"})
    SigV4Auth(keys or Credentials(server.access_key_id, server.secret_access_key), "logs",
              server.region).add_auth(request)
    return dict(request.headers)


class ApiError(Exception):
    """The server refused: its error's name and its words."""

    def __init__(self, document):
        super().__init__(f"{document.get('__type')}: {document.get('message')}")
        self.type, self.message = document.get("__type"), document.get("message")


class Api:
    """Api(server)("CreateLogGroup", logGroupName="/g"): one connection, for one thread. `keys`: other credentials."""

    def __init__(self, server, keys=None):
        url = urllib.parse.urlsplit(server.url)
        self.server, self.keys = server, keys
        self.client = http.client.HTTPConnection(url.hostname, url.port, timeout=30)

    def __call__(self, action, **parameters):
        body = json.dumps(parameters).encode()
        self.client.request("POST", "/", body, sign(self.server, action, body, self.keys))
        answer = self.client.getresponse()
        text = answer.read()
        document = json.loads(text) if text else None
        if answer.status != 200:
            raise ApiError(document)
        return document

    def make(self, group, *streams, **more):
        self("CreateLogGroup", logGroupName=group, **more)
        for stream in streams:
            self("CreateLogStream", logGroupName=group, logStreamName=stream)

    def put(self, group, stream, events):
        """Puts (timestamp, message) pairs, in the order of time."""
        self("PutLogEvents", logGroupName=group, logStreamName=stream,
             logEvents=[{"timestamp": t, "message": m} for t, m in sorted(events)])

    def close(self):
        self.client.close()
