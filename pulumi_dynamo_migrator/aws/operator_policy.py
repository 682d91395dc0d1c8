"""The policy of whoever runs `pulumi up`, as text: one statement a purpose, each on the least that it is about. Pure.

The actions are the calls that the doors make, and a few that AWS asks for in addition (a test compares both with the
code). Where an action has no resource of its own, "*" is all that IAM takes: ListBackups, ListEventSourceMappings,
GetMetricStatistics, and the writing actions on mappings, which are told apart by their function (Service Authorization
Reference: DynamoDB, Lambda, CloudWatch).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pulumi_dynamo_migrator.aws.older_library import METADATA
from pulumi_dynamo_migrator.aws.policies import Place, Statement
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.model.names import CONTROL_TABLE

HELPERS = "pdm-*"
"""What names of our functions and roles begin with: `names.helper_name`."""

OLDER = "dynamodb_migrator"
"""What names of the older library's functions, roles and policies begin with, and the path of the last two."""

_NAME = re.compile(r"^[a-zA-Z0-9_.*?-]{1,255}\Z")
_ROLE = re.compile(r"^[\w+=,.@/-]{1,576}\Z", re.ASCII)  # a path of 512 and a name of 64 characters (IAM, CreateRole)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is to be allowed what. Any of `place` and of the base names in `tables` may hold IAM's `*` and `?`.

    `fences`: also what is done behind a fence (a fenced cut-over, going back, retiring); `script`: the program is a
    script, which asks once what the older library has applied; `older_library`: what that library made may be removed.
    `role` and `permissions_boundary` are those of `Migration(...)`; `kms_keys` the ARNs of the tables' own keys.
    """

    place: Place
    tables: tuple[str, ...] = ("*",)
    fences: bool = True
    script: bool = False
    older_library: bool = False
    role: str | None = None
    permissions_boundary: str | None = None
    kms_keys: tuple[str, ...] = ()

    def on_tables(self, below: str = "") -> list[str]:
        """The ARNs of every version of the tables, or of what is below them."""
        names = [name for base in self.tables for name in ((base,) if base == "*" else (base, f"{base}_V*"))]
        return [self.place.table(name) + below for name in names]

    def functions(self, names: str = HELPERS) -> str:
        """The ARN of functions."""
        return self.place.arn("lambda", f"function:{names}")

    def iam(self, kind: str, names: str) -> str:
        """The ARN of roles or policies: IAM has no regions."""
        return f"arn:{self.place.partition}:iam::{self.place.account}:{kind}/{names}"

    @property
    def roles(self) -> str:
        """The replicator's roles: ours, or the one that was given."""
        return self.iam("role", self.role or HELPERS)


def operator_policy(who: Operator) -> str:
    """The policy document."""
    for name in who.tables:
        if not _NAME.match(name):
            raise MigratorError(
                f"{name!r} is no base name of tables.", now="give names, with * or ? for a part of them."
            )
    if who.role is not None and not _ROLE.match(who.role):
        raise MigratorError(f"{who.role!r} is no name of a role.", now="give its name, with its path if it has one.")
    return json.dumps({"Version": "2012-10-17", "Statement": list(_statements(who))}, indent=2)


def _statements(who: Operator) -> Iterator[Statement]:
    yield from _on_tables(who)
    yield from _on_replicators(who)
    yield from _on_roles(who)
    if who.fences:
        yield from _behind_fences(who)
    if who.script or who.older_library:
        yield _allow("ReadOlderLibrary", "dynamodb", ["GetItem"], who.place.table(METADATA))
    if who.older_library:
        yield from _older_library(who)
    if who.kms_keys:
        yield _keys(who)


_SEE = ["DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups", "ListTagsOfResource"]
_SEE_ATTACHED = ["DescribeKinesisStreamingDestination", "DescribeContributorInsights"]
_CHANGE = ["CreateTable", "UpdateTable", "DeleteTable", "UpdateTimeToLive", "UpdateContinuousBackups", "TagResource"]
_LEDGER_ITEMS = ["GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]


def _on_tables(who: Operator) -> Iterator[Statement]:
    """`ConditionCheckItem` and `PartiQLInsert` are what a part of a transaction, and an INSERT, are allowed as."""
    ledger = [*_SEE, *_CHANGE, *_LEDGER_ITEMS, "ConditionCheckItem"]
    yield _allow("KeepLedger", "dynamodb", ledger, who.place.table(CONTROL_TABLE))
    yield _allow("SeeTables", "dynamodb", [*_SEE, "GetResourcePolicy", *_SEE_ATTACHED], who.on_tables())
    yield _allow("ChangeTables", "dynamodb", [*_CHANGE, "UntagResource"], who.on_tables())
    items = ["Scan", "GetItem", "BatchGetItem", "PutItem", "DeleteItem", "PartiQLInsert"]
    yield _allow("CopyItems", "dynamodb", items, who.on_tables())
    yield _allow("FollowStreams", "dynamodb", ["DescribeStream"], who.on_tables("/stream/*"))


def _on_replicators(who: Operator) -> Iterator[Statement]:
    """GetFunction shows tags only to whoever may ListTags (Lambda API reference): by them we know our own."""
    functions = ["CreateFunction", "GetFunction", "ListTags", "DeleteFunction"]
    yield _allow("MakeReplicators", "lambda", functions, who.functions())
    tagged = [who.functions(), who.place.arn("lambda", "event-source-mapping:*")]
    yield _allow("TagReplicators", "lambda", ["TagResource"], tagged)
    connect = ["CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"]
    yield _of_functions(_allow("ConnectReplicators", "lambda", connect, "*"), who.functions())
    yield _allow("SeeStreamReaders", "lambda", ["ListEventSourceMappings", "GetEventSourceMapping"], "*")
    # CloudWatch Logs looks at log-group:NAME:log-stream: for this action; the star at the end covers that too.
    groups = who.place.arn("logs", f"log-group:/aws/lambda/{HELPERS}")
    yield _allow("RemoveLogs", "logs", ["DeleteLogGroup"], groups)


def _on_roles(who: Operator) -> Iterator[Statement]:
    if who.role is not None:
        yield _allow("SeeRole", "iam", ["GetRole"], who.roles)
    elif who.permissions_boundary is None:
        yield _allow("MakeRoles", "iam", [*_GRANT, *_REST_OF_ROLES], who.roles)
    else:
        bound = {"StringEquals": {"iam:PermissionsBoundary": who.permissions_boundary}}
        yield {**_allow("MakeRoles", "iam", _GRANT, who.roles), "Condition": bound}
        yield _allow("KeepRoles", "iam", _REST_OF_ROLES, who.roles)
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    yield {**_allow("PassRoles", "iam", ["PassRole"], who.roles), "Condition": to_lambda}


_GRANT = ["CreateRole", "PutRolePolicy"]
_STRIP = ["ListRolePolicies", "DeleteRolePolicy", "ListAttachedRolePolicies", "DetachRolePolicy", "DeleteRole"]
_REST_OF_ROLES = ["TagRole", "GetRole", *_STRIP]


def _behind_fences(who: Operator) -> Iterator[Statement]:
    """Writing policies is allowed with lifting a fence or not at all: who can only put one up leaves it behind."""
    yield _allow("DenyWrites", "dynamodb", ["PutResourcePolicy", "DeleteResourcePolicy"], who.on_tables())
    yield _allow("HearWriters", "dynamodb", ["GetShardIterator", "GetRecords"], who.on_tables("/stream/*"))
    yield _allow("BackUp", "dynamodb", ["CreateBackup"], who.on_tables())
    yield _allow("AwaitBackups", "dynamodb", ["DescribeBackup"], who.on_tables("/backup/*"))
    yield _allow("FindBackups", "dynamodb", ["ListBackups"], "*")
    yield _allow("CountWrites", "cloudwatch", ["GetMetricStatistics"], "*")


def _older_library(who: Operator) -> Iterator[Statement]:
    """That library made its roles and policies below a path of its own, which is part of their ARNs."""
    functions = who.functions(f"{OLDER}*")
    yield _allow("RemoveOlderFunctions", "lambda", ["DeleteFunction"], functions)
    mappings = ["UpdateEventSourceMapping", "DeleteEventSourceMapping"]
    yield _of_functions(_allow("DisconnectOlderFunctions", "lambda", mappings, "*"), functions)
    yield _allow("RemoveOlderRoles", "iam", _STRIP, who.iam("role", f"{OLDER}*"))
    policies = ["ListPolicyVersions", "DeletePolicyVersion", "DeletePolicy"]
    yield _allow("RemoveOlderPolicies", "iam", policies, who.iam("policy", f"{OLDER}*"))


def _keys(who: Operator) -> Statement:
    """DynamoDB asks KMS in the name of whoever makes, reads or writes the table, and for a grant of its own
    (Developer Guide, "DynamoDB encryption at rest: usage notes"); only through DynamoDB is it allowed."""
    actions = ["CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*"]
    through = {"StringLike": {"kms:ViaService": f"dynamodb.{who.place.region}.*"}}
    return {**_allow("UseKeys", "kms", actions, list(who.kms_keys)), "Condition": through}


def _of_functions(statement: Statement, functions: str) -> Statement:
    return {**statement, "Condition": {"ArnLike": {"lambda:FunctionArn": functions}}}


def _allow(sid: str, service: str, actions: Iterable[str], resource: str | list[str]) -> Statement:
    one = resource[0] if isinstance(resource, list) and len(resource) == 1 else resource
    return {"Sid": sid, "Effect": "Allow", "Action": [f"{service}:{name}" for name in actions], "Resource": one}
