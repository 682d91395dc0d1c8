"""A proxy in front of the embedded AWS that enforces what the embedded AWS only stores: a table's resource policy.

    with PolicyProxy(aws.endpoint) as proxy:
        boto3.client("dynamodb", endpoint_url=proxy.endpoint, ...)

It enforces policies that were put through it, on item requests that come through it: what asks the embedded AWS
directly (the Lambda functions in it do) is not denied anything. A denied request is answered as AWS answers it, and
does not reach the embedded AWS. As long as no policy was put, it only forwards.

As a command, `policy_proxy.py ENDPOINT PORT`: until its standard input ends. Needs the standard library alone.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.forwarding import Forwarder, Message, Upstream
from tools.policy_rules import WRITING, Write, denies, statements, table_name, writes, written_by

SERVICE = "DynamoDB_20120810."
INVALID = "com.amazon.coral.validate#ValidationException"
DENIED = "com.amazon.coral.service#AccessDeniedException"


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as the embedded AWS knows it: one that is made again under the same name has another id."""

    arn: str
    id: str


class PolicyProxy(Forwarder):
    """Forwards to `endpoint`, but for writes that a resource policy denies at this time."""

    def __init__(self, endpoint: str, *, port: int = 0, now: Callable[[], float] = time.time) -> None:
        super().__init__(endpoint, port=port)
        self._now = now
        self._watched: dict[str, _Table] = {}  # by ARN
        self._names: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """Deny, or forward; what changes policies is forwarded and remembered."""
        target = request.target
        if not target.startswith(SERVICE):
            return upstream.ask(request)
        operation = target.removeprefix(SERVICE)
        if operation == "PutResourcePolicy":
            return self._put(request, upstream)
        if operation == "CreateTable":
            return self._created(request, upstream)
        if not self._names or operation not in WRITING:
            return upstream.ask(request)
        if operation == "BatchExecuteStatement":
            return self._batch(request, upstream)
        for write in writes(operation, request.json()):
            refusal = self._refusal(write, request, upstream)
            if refusal is not None:
                return Message.answer(400, {"__type": DENIED, "Message": refusal})
        return upstream.ask(request)

    def _put(self, request: Message, upstream: Upstream) -> Message:
        """From now on the table's policy is asked for at each write. One that cannot be judged is not taken."""
        asked = request.json()
        arn = asked.get("ResourceArn", "")
        try:
            denies(asked.get("Policy", "{}"), action="PutItem", table_arn=arn, now=self._now())
        except (NotImplementedError, ValueError, KeyError) as error:
            return Message.answer(400, {"__type": INVALID, "message": f"the policy proxy: {error}"})
        answer = upstream.ask(request)
        if answer.status == 200 and "/stream/" not in arn:
            self._watch(_described(table_name(arn), request, upstream))
        return answer

    def _created(self, request: Message, upstream: Upstream) -> Message:
        """A policy ends with its table on AWS; the embedded AWS keeps it for the next one of that name."""
        answer = upstream.ask(request)
        if answer.status == 200:
            table = _table(answer.json()["TableDescription"])
            _ask("DeleteResourcePolicy", {"ResourceArn": table.arn}, request, upstream)
            policy = request.json().get("ResourcePolicy")
            if policy is not None:
                _ask("PutResourcePolicy", {"ResourceArn": table.arn, "Policy": policy}, request, upstream)
                self._watch(table)
        return answer

    def _batch(self, request: Message, upstream: Upstream) -> Message:
        """Each statement of a batch has an answer of its own: what is allowed goes on, in a smaller batch."""
        asked = request.json()
        refusals = [
            None if write is None else self._refusal(write, request, upstream)
            for write in map(written_by, statements("BatchExecuteStatement", asked))
        ]
        if not any(refusals):
            return upstream.ask(request)
        allowed = [one for one, refusal in zip(asked["Statements"], refusals, strict=True) if refusal is None]
        told: dict[str, Any] = {"Responses": []}
        if allowed:
            answer = upstream.ask(request.asking(_encoded({**asked, "Statements": allowed})))
            if answer.status != 200:
                return answer
            told = answer.json()
        answers = iter(told["Responses"])
        merged = [
            next(answers) if refusal is None else {"Error": {"Code": "AccessDenied", "Message": refusal}}
            for refusal in refusals
        ]
        return Message.answer(200, {**told, "Responses": merged})

    def _refusal(self, write: Write, request: Message, upstream: Upstream) -> str | None:
        """AWS's sentence when the write is denied now."""
        if write.table not in self._names:
            return None
        table = _described(write.table, request, upstream)
        policy = None if table is None else self._policy(table, request, upstream)
        if table is None or policy is None:
            return None
        if not denies(policy, action=write.action, table_arn=table.arn, now=self._now()):
            return None
        return (
            f"User: arn:aws:iam::{table.arn.split(':')[4]}:user/test is not authorized to perform: "
            f"dynamodb:{write.action} on resource: {table.arn} with an explicit deny in a resource-based policy"
        )

    def _policy(self, table: _Table, request: Message, upstream: Upstream) -> str | None:
        """The policy as the embedded AWS has it now; a table that has lost it is not watched any longer."""
        watched = self._watched.get(table.arn)
        if watched is None:
            return None
        found = _ask("GetResourcePolicy", {"ResourceArn": table.arn}, request, upstream) if table == watched else None
        if found is None:
            self._forget(watched)
            return None
        policy: str = found["Policy"]
        return policy

    def _watch(self, table: _Table | None) -> None:
        if table is not None:
            with self._lock:
                self._watched[table.arn] = table
                self._names = _names(self._watched)

    def _forget(self, table: _Table) -> None:
        with self._lock:
            if self._watched.get(table.arn) == table:
                del self._watched[table.arn]
                self._names = _names(self._watched)


def _names(arns: Iterable[str]) -> frozenset[str]:
    return frozenset(map(table_name, arns))


def _table(described: Mapping[str, Any]) -> _Table:
    return _Table(described["TableArn"], described["TableId"])


def _described(name: str, request: Message, upstream: Upstream) -> _Table | None:
    told = _ask("DescribeTable", {"TableName": name}, request, upstream)
    return None if told is None else _table(told["Table"])


def _ask(operation: str, asked: Mapping[str, Any], request: Message, upstream: Upstream) -> Any:
    """Ask in the name of whoever sent the request (region and account are in its signature); None when refused."""
    answer = upstream.ask(request.asking(_encoded(asked), target=SERVICE + operation))
    return answer.json() if answer.status == 200 else None


def _encoded(asked: Mapping[str, Any]) -> bytes:
    return json.dumps(asked).encode()


def main(arguments: list[str]) -> int:
    """Serve until whoever started it has gone."""
    endpoint, port = arguments
    with PolicyProxy(endpoint, port=int(port)):
        sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
