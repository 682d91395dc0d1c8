"""Which AWS calls a file of the package can make, read from its text: nothing of it is run.

Known are methods of boto3's clients, operations of the raw wire by their names, parts of transactions, and PartiQL
texts. Whatever is asked of a client that is none of these is an error: a call must not be missed.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from botocore import xform_name
from botocore.loaders import Loader

from tools.shell_env import ROOT

PACKAGE = ROOT / "pulumi_dynamo_migrator"
REPLICATOR = [PACKAGE / "replicate" / name for name in ("handler.py", "lower.py")]
POLICIES = [PACKAGE / "aws" / name for name in ("operator_policy.py", "policies.py", "fence_policy.py")]
"""They name actions and ask for nothing: what they allow must not count as asked for."""
OPERATOR = [*({*(PACKAGE / "aws").rglob("*.py")} - {*POLICIES}), *REPLICATOR]
"""The files that ask AWS; the operator's ledger goes through the Lambda's own door."""

SERVICES = ("dynamodb", "dynamodbstreams", "lambda", "iam", "logs", "cloudwatch", "sts")
CLIENTS = {
    "DynamoDBClient": "dynamodb",
    "DynamoDBStreamsClient": "dynamodbstreams",
    "LambdaClient": "lambda",
    "IAMClient": "iam",
    "CloudWatchLogsClient": "logs",
    "CloudWatchClient": "cloudwatch",
    "STSClient": "sts",
}
NEEDS_NO_PERMISSION = {"sts:GetCallerIdentity"}
"""STS API reference, GetCallerIdentity."""

ASKED_IN_ADDITION = {
    "iam:PassRole": "CreateFunction gives Lambda a role",
    "iam:TagRole": "CreateRole with tags",
    "lambda:TagResource": "CreateFunction and CreateEventSourceMapping with tags",
    "lambda:ListTags": "GetFunction leaves the tags out where it is denied, and ours would be taken for a stranger's",
}
"""What AWS asks for beside the call itself (Service Authorization Reference, "dependent actions"; API references)."""

PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
PARTIQL = {"INSERT INTO": "PartiQLInsert", "UPDATE": "PartiQLUpdate", "DELETE FROM": "PartiQLDelete"}
NO_CALLS = {"get_paginator", "meta"}
IN_PARTS = {"TransactWriteItems", "BatchExecuteStatement"}
"""Operations that IAM does not know: it looks at what they consist of."""

_VERB = re.compile(r"^(INSERT INTO|UPDATE|DELETE FROM) \"")


@functools.cache
def operations(service: str) -> dict[str, str]:
    """boto3's method -> the API's operation."""
    model = Loader().load_service_model(service, "service-2")
    return {xform_name(name): name for name in model["operations"]}


def actions_of(path: Path) -> set[str]:
    """The IAM actions of every call in the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = [CLIENTS[name] for name in _names(tree) if name in CLIENTS] or list(SERVICES)
    found = {_action(service, name) for method in _asked_of_clients(tree) for service, name in [_call(method, known)]}
    found |= {_action("dynamodb", name) for name in _texts(tree) if name in operations("dynamodb").values()}
    return {one for one in found if one.partition(":")[2] not in IN_PARTS} | set(_parts(tree))


def actions_of_all(paths: Iterable[Path]) -> set[str]:
    """Those of several files."""
    return set[str]().union(*map(actions_of, paths))


def _names(tree: ast.AST) -> Iterator[str]:
    """Names in annotations: what kind of client a door is given."""
    return (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _asked_of_clients(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_client(node.value) and node.attr not in NO_CALLS:
            yield node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_paginator":
            yield ast.literal_eval(node.args[0])


def _is_client(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "client"
    return (isinstance(node, ast.Attribute) and node.attr == "_client") or (
        isinstance(node, ast.Name) and node.id in ("client", "dynamodb")
    )


def _call(method: str, known: list[str]) -> tuple[str, str]:
    """Service and operation: one of the services that the file's clients are of knows the method, and only one."""
    ((service, name),) = {(one, operations(one)[method]) for one in known if method in operations(one)}
    return service, name


def _texts(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _parts(tree: ast.AST) -> Iterator[str]:
    """What transactions and PartiQL statements are allowed as."""
    for node in ast.walk(tree):
        for key in node.keys if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value in PARTS:
                yield f"dynamodb:{PARTS[key.value]}"
    for text in _texts(tree):
        if verb := _VERB.match(text):
            yield f"dynamodb:{PARTIQL[verb[1]]}"


def _action(service: str, operation: str) -> str:
    return f"{'dynamodb' if service == 'dynamodbstreams' else service}:{operation}"
