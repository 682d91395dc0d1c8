"""What AWS looks at before it carries a request out: actions on resources, with the condition keys that matter to us.

From the Service Authorization Reference, for the requests that the package makes; any other is an error, not a
permission. Account and region are those of the embedded AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tools.forwarding import Message
from tools.policy_rules import statements, table_name, writes

ACCOUNT, REGION = "000000000000", "us-east-1"
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/[^/]+/(?P<service>[^/]+)/")


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one resource, and the keys that conditions may ask about."""

    action: str
    resource: str
    keys: tuple[tuple[str, str], ...] = ()


@dataclass
class Known:
    """What a request means that names only an id: learnt from the answers to earlier ones."""

    mappings: dict[str, str] = field(default_factory=dict)
    iterators: dict[str, str] = field(default_factory=dict)

    def learn(self, request: Message, answer: Message) -> None:
        """Keep which function a mapping is of, and which stream an iterator reads."""
        if answer.status == 202 and "/event-source-mappings" in request.path:
            told = answer.json()
            self.mappings[told["UUID"]] = told["FunctionArn"]
        if answer.status == 200 and request.target.endswith((".GetShardIterator", ".GetRecords")):
            asked, told = request.json(), answer.json()
            stream = asked.get("StreamArn") or self.iterators[asked["ShardIterator"]]
            following = told.get("ShardIterator") or told.get("NextShardIterator")
            if following:
                self.iterators[following] = stream


def caller(request: Message) -> tuple[str, str]:
    """Access key and service, as the signature says."""
    scope = _SCOPE.search(request.headers.get(b"authorization", b"").decode())
    assert scope is not None, request.start
    return scope["key"], scope["service"]


def needs(request: Message, known: Known) -> list[Need]:
    """Everything that must be allowed, in the order in which it is looked at."""
    _, service = caller(request)
    if service == "dynamodb":
        return list(_dynamodb(request.target.partition(".")[2], request.json(), known))
    if service == "lambda":
        return list(_lambda(request, known))
    if service == "iam":
        return list(_iam({name: values[0] for name, values in parse_qs(request.body.decode()).items()}))
    if service == "logs":
        group = _arn("logs", f"log-group:{request.json()['logGroupName']}:log-stream:")
        return [Need(f"logs:{request.target.rpartition('.')[2]}", group)]
    if service == "monitoring":
        return [Need(f"cloudwatch:{request.target.rpartition('.')[2]}", "*")]
    assert service == "sts", service
    return []


def _dynamodb(operation: str, asked: Mapping[str, Any], known: Known) -> Iterator[Need]:
    if operation in ("TransactWriteItems", "BatchWriteItem"):
        yield from (Need(f"dynamodb:{one.action}", _table(one.table)) for one in writes(operation, asked))
    elif operation == "BatchExecuteStatement":
        assert all("INSERT" in text for text in statements(operation, asked))
        yield from (Need(f"dynamodb:{one.action}", _table(one.table)) for one in writes(operation, asked))
    elif operation == "BatchGetItem":
        yield from (Need("dynamodb:BatchGetItem", _table(name)) for name in asked["RequestItems"])
    elif operation == "ListBackups":
        yield Need("dynamodb:ListBackups", "*")
    else:
        yield Need(f"dynamodb:{operation}", _resource(asked, known))
    if operation == "CreateTable" and asked.get("Tags"):
        yield Need("dynamodb:TagResource", _table(asked["TableName"]))
    if operation == "CreateTable" and asked.get("ResourcePolicy"):
        yield Need("dynamodb:PutResourcePolicy", _table(asked["TableName"]))


def _resource(asked: Mapping[str, Any], known: Known) -> str:
    if "ShardIterator" in asked:
        return known.iterators[asked["ShardIterator"]]
    given = next((str(asked[name]) for name in ("ResourceArn", "StreamArn", "BackupArn") if name in asked), None)
    return given or _table(asked["TableName"])


def _table(name: str) -> str:
    return _arn("dynamodb", f"table/{table_name(name)}")


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _lambda(request: Message, known: Known) -> Iterator[Need]:
    method = request.start.split()[0].decode()
    kind, *rest = [unquote(part) for part in urlsplit(request.path).path.split("/") if part][1:]
    if kind == "event-source-mappings":
        yield from _mapping(method, rest, request, known)
        return
    asked = request.json() if method == "POST" else {}
    function = _arn("lambda", f"function:{rest[0] if rest else asked['FunctionName']}")
    names = {"POST": "CreateFunction", "GET": "GetFunction", "DELETE": "DeleteFunction"}
    yield Need(f"lambda:{names[method]}", function)
    if asked:
        yield Need("iam:PassRole", asked["Role"], (("iam:PassedToService", "lambda.amazonaws.com"),))
    if asked.get("Tags"):
        yield Need("lambda:TagResource", function)


def _mapping(method: str, rest: list[str], request: Message, known: Known) -> Iterator[Need]:
    """A mapping's own ARN is not known before it is made; what exists is told apart by its function."""
    if method == "GET":
        one = _arn("lambda", f"event-source-mapping:{rest[0]}") if rest else "*"
        yield Need("lambda:GetEventSourceMapping" if rest else "lambda:ListEventSourceMappings", one)
        return
    asked = request.json() if method == "POST" else {}
    function = known.mappings[rest[0]] if rest else _arn("lambda", f"function:{asked['FunctionName']}")
    verb = {"POST": "Create", "PUT": "Update", "DELETE": "Delete"}[method]
    one = _arn("lambda", f"event-source-mapping:{rest[0]}") if rest else "*"
    yield Need(f"lambda:{verb}EventSourceMapping", one, (("lambda:FunctionArn", function),))
    if asked.get("Tags"):
        yield Need("lambda:TagResource", _arn("lambda", "event-source-mapping:new"))


def _iam(asked: Mapping[str, str]) -> Iterator[Need]:
    role = f"arn:aws:iam::{ACCOUNT}:role/{asked['RoleName']}" if "RoleName" in asked else asked["PolicyArn"]
    boundary = asked.get("PermissionsBoundary")
    keys = () if boundary is None else (("iam:PermissionsBoundary", boundary),)
    yield Need(f"iam:{asked['Action']}", role, keys)
    if any(name.startswith("Tags.") for name in asked):
        yield Need("iam:TagRole", role)
