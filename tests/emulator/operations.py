"""Which API operation a request to the embedded AWS asks for, and what a refusal looks like in its protocol.

Knows what the package and its replicator ask for, and no more. Forwards nothing.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from tools.forwarding import Message

_LAMBDA: tuple[tuple[str, str, str], ...] = (
    ("POST", r"/functions/?$", "CreateFunction"),
    ("GET", r"/functions/[^/]+$", "GetFunction"),
    ("DELETE", r"/functions/[^/]+$", "DeleteFunction"),
    ("POST", r"/event-source-mappings/?$", "CreateEventSourceMapping"),
    ("GET", r"/event-source-mappings/?$", "ListEventSourceMappings"),
    ("GET", r"/event-source-mappings/[^/]+$", "GetEventSourceMapping"),
    ("PUT", r"/event-source-mappings/[^/]+$", "UpdateEventSourceMapping"),
    ("DELETE", r"/event-source-mappings/[^/]+$", "DeleteEventSourceMapping"),
)

DATA = frozenset(
    {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""DynamoDB's data plane, as far as it is asked."""

READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
"""What may be consistent or not."""

BATCHES = frozenset({"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem"})
"""What may be done in part."""

EFFECTIVE = frozenset(
    {
        "BatchExecuteStatement",
        "BatchWriteItem",
        "CreateBackup",
        "CreateEventSourceMapping",
        "CreateFunction",
        "CreateRole",
        "CreateTable",
        "DeleteEventSourceMapping",
        "DeleteFunction",
        "DeleteItem",
        "DeleteResourcePolicy",
        "DeleteRole",
        "DeleteRolePolicy",
        "DeleteTable",
        "PutItem",
        "PutResourcePolicy",
        "PutRolePolicy",
        "TransactWriteItems",
        "UpdateContinuousBackups",
        "UpdateEventSourceMapping",
        "UpdateItem",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)
"""What changes something: a lost answer to one of these leaves a question."""


def operation_of(request: Message) -> str:
    """The operation: by DynamoDB's header, by the form's Action (IAM, STS), or by Lambda's paths."""
    if request.target:
        return request.target.rpartition(".")[2]
    path = request.path.partition("?")[0]
    method = request.start.split(None, 1)[0].decode()
    for known, pattern, operation in _LAMBDA:
        if known == method and re.search(pattern, path):
            return operation
    return parse_qs(request.body.decode(errors="replace")).get("Action", [path])[0]


def refusal(request: Message, status: int, code: str, text: str = "by the test's faulty proxy") -> Message:
    """An answer that says no, as the service that was asked would say it."""
    if request.target:
        return Message.answer(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": text})
    if b"/2015-03-31/" in request.start:
        answer = Message.answer(status, {"Type": "Service", "message": text}, kind="application/json")
        return Message(answer.start, (*answer.lines, b"x-amzn-ErrorType: %s\r\n" % code.encode()), answer.body)
    told = f"<ErrorResponse><Error><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>".encode()
    lines = (b"Content-Type: text/xml\r\n", b"Content-Length: %d\r\n" % len(told))
    return Message(b"HTTP/1.1 %d .\r\n" % status, lines, told)


def throttled(request: Message, draw: float) -> Message:
    """The answer of a service that is asked too often; `draw` (0 to 1) chooses one where there are several."""
    operation = operation_of(request)
    if b"/2015-03-31/" in request.start:
        return refusal(request, 429, "TooManyRequestsException")
    if not request.target:
        return refusal(request, 400, "Throttling")
    data = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
    control = ("ThrottlingException", "LimitExceededException")
    codes = data if operation in DATA else control
    return refusal(request, 400, codes[int(draw * len(codes)) % len(codes)])
