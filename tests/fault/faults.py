"""The faults of a server, of the network and of the clock: one function each, one row each."""
import email.utils
import json
import time
import uuid

from proxy import Answer


def throttled(exchange):
    exchange.fail(400, "ThrottlingException", "Rate exceeded")


def internal_failure(exchange):
    exchange.fail(500, "InternalFailure", "The request processing has failed because of an unknown error")


def unavailable(exchange):
    exchange.fail(503, "ServiceUnavailableException", "The service cannot complete the request.", Retry_After="1")


def cut(exchange):
    """The body ends before its Content-Length."""
    answer = exchange.forward()
    whole = len(answer.body)
    answer.body = answer.body[:exchange.rng.randrange(whole)]
    exchange.send(answer, length=whole)
    exchange.close()


def cut_chunked(exchange):
    """The body ends before its last chunk."""
    answer = exchange.forward()
    body = answer.body[:exchange.rng.randrange(1, len(answer.body) + 1)]
    exchange.raw(exchange.head_of(answer.status, answer.headers, None))
    for i in range(0, len(body), 4000):
        part = body[i:i + 4000]
        exchange.raw(b"%x\r\n%s\r\n" % (len(part), part))
    exchange.close()


def no_json(exchange):
    texts = [b"<html><body>Service Unavailable</body></html>", b"", b"\xff\xfe\x00", b'{"events":[', b'{"events":[]}}',
             exchange.forward().body[:-1]]
    exchange.send(Answer(200, [("Content-Type", "application/x-amz-json-1.1")], exchange.rng.choice(texts)))


def wrong_types(exchange):
    texts = ["[]", "null", "17", '"events"', '{"events":{}}', '{"events":null}', '{"events":"none"}', '{"events":7}',
             '{"events":[],"nextToken":5}', '{"events":[],"nextToken":["a"]}', '{"events":[],"nextToken":{}}']
    exchange.send(Answer(200, [("Content-Type", "application/x-amz-json-1.1")], exchange.rng.choice(texts).encode()))


def missing_fields(exchange):
    texts = ["{}", '{"searchedLogStreams":[]}', '{"nextToken":"abc"}', '{"Events":[]}']
    exchange.send(Answer(200, [("Content-Type", "application/x-amz-json-1.1")], exchange.rng.choice(texts).encode()))


def error_with_200(exchange):
    body = json.dumps({"__type": "InternalFailure", "message": "The request processing has failed"})
    exchange.send(Answer(200, [("Content-Type", "application/x-amz-json-1.1")], body.encode()))


def slow_drip(exchange):
    """A body that trickles, for about half a second."""
    answer = exchange.forward()
    exchange.raw(exchange.head_of(answer.status, answer.headers, len(answer.body)))
    step = max(1, len(answer.body) // 50)
    for i in range(0, len(answer.body), step):
        exchange.raw(answer.body[i:i + step])
        if exchange.proxy.stopping.wait(0.01):
            break


def stalled(exchange):
    """Taken, and never answered; or the answer stops in its middle."""
    if exchange.rng.random() < 0.5:
        answer = exchange.forward()
        exchange.raw(exchange.head_of(answer.status, answer.headers, len(answer.body)))
        exchange.raw(answer.body[:len(answer.body) // 2])
    exchange.proxy.stopping.wait(20)
    exchange.close()


def reset(exchange):
    """The connection is reset before the answer, or in it."""
    if exchange.rng.random() < 0.5:
        answer = exchange.forward()
        exchange.raw(exchange.head_of(answer.status, answer.headers, len(answer.body)))
        exchange.raw(answer.body[:exchange.rng.randrange(len(answer.body))])
    exchange.reset()


def make_token(exchange, request):
    """A token of the proxy's own, which stands for a request."""
    token = "proxy-" + uuid.uuid4().hex
    exchange.memory[token] = request
    return token


def resolve(exchange):
    """The request that is meant, where its token is the proxy's."""
    request = exchange.request
    return exchange.memory.get(request.get("nextToken"), request)


def is_ours(exchange):
    return exchange.request.get("nextToken") in exchange.memory


def empty_pages(exchange):
    """A page without events and with a token, up to three of them before the page itself."""
    request = resolve(exchange)
    if exchange.rng.random() < 0.6:
        exchange.send(json_answer({"events": [], "searchedLogStreams": [], "nextToken": make_token(exchange, request)}))
    else:
        exchange.send(exchange.forward(request))


def duplicated_page(exchange):
    """The same page again with a fresh token."""
    request = resolve(exchange)
    answer = exchange.forward(request)
    if answer.status == 200 and exchange.rng.random() < 0.5:
        page = answer.json
        page["nextToken"] = make_token(exchange, request)
        answer.json = page
    exchange.send(answer)


def token_refused(exchange):
    if "nextToken" in exchange.request and exchange.rng.random() < 0.15:
        exchange.fail(400, "InvalidParameterException", "The specified nextToken is invalid.")
    else:
        exchange.send(exchange.forward())


def json_answer(document):
    answer = Answer(200, [("Content-Type", "application/x-amz-json-1.1"),
                          ("Date", email.utils.formatdate(time.time(), usegmt=True))], b"")
    answer.json = document
    return answer


def clock(exchange):
    """The server's clock jumps, back more than forth; what it takes for signatures stays."""
    answer = exchange.forward()
    date = email.utils.formatdate(time.time() + exchange.rng.choice([-200, -60, -5, 0, 0, 5, 30, 60]), usegmt=True)
    answer.headers = [(n, v) for n, v in answer.headers if n.lower() != "date"] + [("Date", date)]
    exchange.send(answer)


def other_message(exchange):
    """Each event of a page comes twice, the second time with another message."""
    answer = exchange.forward()
    if answer.status == 200:
        page = answer.json
        page["events"] += [dict(event, message="another: " + event["message"]) for event in page["events"]]
        answer.json = page
    exchange.send(answer)


def outside(exchange):
    """The server takes the window for wider than it was asked for, 20 seconds on both sides."""
    request = exchange.request
    request["startTime"] = max(0, request.get("startTime", 0) - 20000)
    request["endTime"] = request["endTime"] + 20000
    exchange.send(exchange.forward(request))


def mixed(exchange):
    """Any of those that need no memory."""
    exchange.rng.choice([throttled, internal_failure, cut, cut_chunked, no_json, wrong_types, missing_fields,
                         error_with_200, slow_drip, reset])(exchange)


class Row:
    """A fault, the share of the calls that it gets, and settings of the module that it needs."""

    def __init__(self, fault, share, **variables):
        self.fault, self.share, self.variables = fault, share, variables


ROWS = {row.fault.__name__: row for row in [
    Row(throttled, 0.3),
    Row(internal_failure, 0.3),
    Row(unavailable, 0.08),
    Row(cut, 0.2),
    Row(cut_chunked, 0.2),
    Row(no_json, 0.2),
    Row(wrong_types, 0.2),
    Row(missing_fields, 0.2),
    Row(error_with_200, 0.2),
    Row(slow_drip, 0.2),
    Row(stalled, 0.06, api_timeout="500ms"),
    Row(reset, 0.2),
    Row(empty_pages, 1),
    Row(duplicated_page, 1),
    Row(token_refused, 1),
    Row(clock, 1),
    Row(other_message, 1),
    Row(outside, 1),
    Row(mixed, 0.3),
]}
