"""The embedded AWS with IAM enforced, and an operator in it who has exactly the policy that our docs print.

What the operator asks goes through the judge, then through the proxy that enforces fences, to the embedded AWS with the
operator's own signature. The Lambda functions ask the embedded AWS directly, as the role that was made for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3

from pulumi_dynamo_migrator.aws.doors import Doors
from pulumi_dynamo_migrator.aws.operator_policy import Operator, operator_policy
from pulumi_dynamo_migrator.aws.policies import TRUST, Place
from pulumi_dynamo_migrator.errors import MigratorError
from pulumi_dynamo_migrator.lifecycle.converge import create, update
from pulumi_dynamo_migrator.lifecycle.remove import delete
from pulumi_dynamo_migrator.lifecycle.work import open_doors
from pulumi_dynamo_migrator.system import SystemClock, timing_from_environment
from tests.emulator.iam_judge import BLIND, Judge
from tests.emulator.iam_needs import ACCOUNT, REGION
from tests.emulator.life import urn_of
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws
from tools.forwarding import Message, Upstream
from tools.policy_proxy import PolicyProxy

USER = "operator"
PLACE = Place("aws", REGION, ACCOUNT)
_ROOT = b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, Signature=0\r\n"

FIRST: dict[str, Any] = {
    "name": "orders",
    "hash_key": "id",
    "attributes": {"id": "S"},
    "migration": {"function_timeout": 1},
    "__urn": urn_of("orders"),
}
"""A table to begin with."""

STREAMED = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}

Bag = Mapping[str, Any]


class Fences(PolicyProxy):
    """The proxy asks about policies in root's name: a request that it has written has no other valid signature."""

    def handle(self, request: Message, upstream: Upstream) -> Message | None:
        """As it was sent, or as root."""
        return super().handle(request, _AsRoot(request, upstream))


class _AsRoot(Upstream):
    def __init__(self, original: Message, upstream: Upstream) -> None:
        self._original, self._upstream = original, upstream

    def ask(self, request: Message) -> Message:
        if request is self._original:
            return self._upstream.ask(request)
        lines = tuple(line for line in request.lines if not line.lower().startswith(b"authorization:"))
        return self._upstream.ask(replace(request, lines=(*lines, _ROOT)))


@dataclass
class World:
    """One operator and all that it may do; `root` is asked by nobody but the test."""

    root: Account
    judge: Judge
    secret: str
    whole: Bag
    id: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def printed(*tables: str, **more: Any) -> dict[str, Any]:
        """The policy for these tables (and `more` of an `Operator`'s fields)."""
        return dict(json.loads(operator_policy(Operator(PLACE, tables or ("*",), **more))))

    def allow(self, *, without: str = "") -> None:
        """Give the operator the printed policy, or all of it but one statement."""
        left = [one for one in self.whole["Statement"] if one["Sid"] != without]
        assert len(left) == len(self.whole["Statement"]) - bool(without), without
        self.judge.document = {**self.whole, "Statement": left}
        self.root.identities.put_user_policy(
            UserName=USER, PolicyName="printed", PolicyDocument=json.dumps(self.judge.document)
        )

    def client(self, service: Any) -> Any:
        """A client of root's."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.judge.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @property
    def configuration(self) -> Bag:
        """The stack configuration of the operator."""
        services = ("dynamodb", "lambda", "iam", "sts", "logs", "cloudwatch")
        return {
            "aws:region": REGION,
            "aws:accessKey": self.judge.key,
            "aws:secretKey": self.secret,
            "aws:endpoints": json.dumps([dict.fromkeys(services, self.judge.endpoint)]),
        }

    def actions(self, sid: str) -> list[str]:
        """What a statement allows."""
        (found,) = (one for one in self.whole["Statement"] if one["Sid"] == sid)
        return list(found["Action"])

    def refused_without(self, sid: str, act: Callable[[], Any]) -> None:
        """Without this statement it stops, at an action of it, and says at which."""
        self.allow(without=sid)
        self.judge.denied.clear()
        told = refusal(act)
        assert told, f"{sid} is not needed: {self.judge.asked}"
        assert any(action in told for action in self.actions(sid)), told
        assert set(self.judge.denied) & set(self.actions(sid))
        self.allow()

    def doors(self) -> Doors:
        """The operator's own doors."""
        return open_doors(self.configuration, {})

    def up(self, bag: Bag) -> dict[str, Any]:
        """What the provider does in one `up`; raises, or gives outputs that say why it stopped."""
        if self.id:
            self.told = dict(update(self.id, bag, configuration=self.configuration))
        else:
            self.id, self.told = create(bag, configuration=self.configuration)
        return self.told

    def succeed(self, bag: Bag) -> None:
        """An `up` that has nothing left to do."""
        assert (self.up(bag)["phase"], self.told["error"]) == ("ready", None)

    def destroy(self, bag: Bag) -> None:
        """`pulumi destroy`."""
        delete(self.id, bag, configuration=self.configuration)

    def older_removals(self, name: str) -> list[Callable[[], object]]:
        """Make what the older library made of this name; how the operator removes mapping, function, role, policy."""
        iam, functions = self.root.identities, self.client("lambda")
        policy = iam.create_policy(PolicyName=name, Path="/dynamodb_migrator/", PolicyDocument=json.dumps(self.whole))
        role = iam.create_role(RoleName=name, Path="/dynamodb_migrator/", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=(arn := policy["Policy"]["Arn"]))
        code = {"ZipFile": b"PK\x05\x06" + bytes(18)}  # an empty archive
        functions.create_function(FunctionName=name, Role=role, Runtime="python3.11", Handler="a.b", Code=code)
        self.root.dynamodb.create_table(TableName=name, **STREAMED)  # type: ignore[arg-type]
        stream = self.root.describe(name)["LatestStreamArn"]
        uuid = functions.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )["UUID"]

        def disconnect() -> None:
            clock, timing = SystemClock(), timing_from_environment()
            self.doors().functions.disable(uuid, clock=clock, timing=timing)
            self.doors().functions.delete_mapping(uuid, clock=clock, timing=timing)

        return [
            disconnect,
            lambda: self.doors().functions.delete_function(name),
            lambda: self.doors().roles.delete(name),
            lambda: self.doors().roles.delete_policy(arn),
        ]


@contextmanager
def world_in(aws: EmbeddedAws, *tables: str, **more: Any) -> Iterator[World]:
    """An emptied account with an operator for these tables (and `more` of an `Operator`'s fields)."""
    aws.reset()
    root = Account(aws)
    root.identities.create_user(UserName=USER)
    made = root.identities.create_access_key(UserName=USER)["AccessKey"]
    blind = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(BLIND), "Resource": "*"}]}
    root.identities.put_user_policy(UserName=USER, PolicyName="blind", PolicyDocument=json.dumps(blind))
    with Fences(aws.endpoint) as fences, Judge(fences.endpoint, made["AccessKeyId"]) as judge:
        world = World(root, judge, made["SecretAccessKey"], World.printed(*tables, **more))
        world.allow()
        yield world


def refusal(act: Callable[[], Any]) -> str:
    """Why something stopped: an `up` may raise it, or save it as an output."""
    try:
        told = act()
    except MigratorError as error:
        return str(error)
    return str(told.get("error") or "") if isinstance(told, Mapping) else ""
