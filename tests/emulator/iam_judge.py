"""A second opinion on who may do what: a proxy that knows AWS's resources better than the embedded AWS does.

The embedded AWS, started with AUTH=true, judges every request by its caller's policies; but of some it does not see
the resource, or a condition's keys (`BLIND`), and of others only a part (`iam:PassRole` and the like). Those the proxy
judges alone. Where both can, they must agree: `disagreements` says where they did not.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from tests.emulator.iam_needs import ACCOUNT, Known, Need, caller, needs
from tools.forwarding import Forwarder, Message, Upstream

BLIND = (
    "dynamodb:BatchExecuteStatement",  # PartiQLInsert is unknown to it
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "dynamodb:ListTagsOfResource",
    "dynamodb:GetResourcePolicy",
    "dynamodb:PutResourcePolicy",
    "dynamodb:DeleteResourcePolicy",
    "dynamodb:DescribeStream",
    "dynamodb:GetShardIterator",
    "dynamodb:GetRecords",
    "dynamodb:DescribeBackup",
    "lambda:CreateFunction",
    "lambda:CreateEventSourceMapping",
    "lambda:ListEventSourceMappings",  # GetEventSourceMapping is this to it; PUT and DELETE it lets pass
)
"""What the embedded AWS judges without the resource, or under another name: a caller needs all of it on "*" there."""

_UNSEEN = {
    *BLIND,
    "dynamodb:PartiQLInsert",
    "lambda:GetEventSourceMapping",
    "lambda:UpdateEventSourceMapping",
    "lambda:DeleteEventSourceMapping",
    "lambda:TagResource",
    "iam:PassRole",
    "iam:TagRole",
}


def allows(document: Mapping[str, Any], need: Need) -> bool:
    """Whether a statement of the policy allows it. Deny statements are none of ours."""
    return any(_covers(statement, need) for statement in document["Statement"])


def _covers(statement: Mapping[str, Any], need: Need) -> bool:
    assert statement["Effect"] == "Allow"
    return (
        any(fnmatchcase(need.action.lower(), one.lower()) for one in _list(statement["Action"]))
        and any(fnmatchcase(need.resource, one) for one in _list(statement["Resource"]))
        and all(
            key in dict(need.keys) and any(fnmatchcase(dict(need.keys)[key], one) for one in _list(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in _known(operator, keys).items()
        )
    )


def _known(operator: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    assert operator in ("StringEquals", "ArnLike"), operator
    return keys


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Judge(Forwarder):
    """Judges what `key` asks by `document`; forwards, or denies as AWS does. Whoever else asks is let through."""

    def __init__(self, endpoint: str, key: str) -> None:
        super().__init__(endpoint)
        self.key = key
        self.document: Mapping[str, Any] = {"Statement": []}
        self.asked: set[str] = set()
        self.denied: list[str] = []
        self.disagreements: list[str] = []
        self._known = Known()
        self._lock = threading.Lock()

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """Deny what only we can see; of the rest see whether the embedded AWS says the same."""
        if caller(request)[0] != self.key:
            return self._learnt(request, upstream.ask(request))
        with self._lock:
            wanted = needs(request, self._known)
        self.asked |= {need.action for need in wanted}
        denied = next((need for need in wanted if not allows(self.document, need)), None)
        self.denied += [] if denied is None else [denied.action]
        if denied is not None and denied.action in _UNSEEN:
            return _denial(denied, caller(request)[1])
        answer = upstream.ask(request)
        if (denied is not None) is not _denied(answer):
            self.disagreements.append(f"{request.start!r} {request.target} {wanted} {denied}: {answer.body[:200]!r}")
        return self._learnt(request, answer)

    def _learnt(self, request: Message, answer: Message) -> Message:
        with self._lock:
            self._known.learn(request, answer)
        return answer


def _denied(answer: Message) -> bool:
    """A fence is a resource policy's Deny: none of the caller's own policies is asked about it."""
    return answer.status in (400, 403) and b"AccessDenied" in answer.body and b"resource-based" not in answer.body


def _denial(need: Need, service: str) -> Message:
    """AWS's own sentence, in the protocol of the service that was asked."""
    text = (
        f"User: arn:aws:iam::{ACCOUNT}:user/operator is not authorized to perform: {need.action} on resource: "
        f"{need.resource} because no identity-based policy allows the {need.action} action"
    )
    if service == "iam":
        body = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{text}</Message></Error></ErrorResponse>"
        lines = (b"Content-Type: text/xml\r\n", b"Content-Length: %d\r\n" % len(body))
        return Message(b"HTTP/1.1 403 .\r\n", lines, body.encode())
    answer = Message.answer(403, {"__type": "AccessDeniedException", "message": text})
    return replace(answer, lines=(*answer.lines, b"X-Amzn-ErrorType: AccessDeniedException\r\n"))
