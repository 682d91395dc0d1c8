"""What the function door promises, against a real process with real functions."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pulumi_dynamo_migrator.aws.faults import AwsError, TakenError
from pulumi_dynamo_migrator.aws.functions import Functions, ObservedFunction
from pulumi_dynamo_migrator.aws.logs import Logs
from pulumi_dynamo_migrator.aws.mappings import MappingState
from pulumi_dynamo_migrator.aws.policies import TRUST, log_group
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.spec import BillingMode, Settings, Stream, Structure
from pulumi_dynamo_migrator.system import SystemClock
from tests.eventually import eventually
from tests.fakes.doors import FAST, session_on
from tools.embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator

CLOCK = SystemClock()
OURS = {"pulumi-dynamo-migrator:migration": "m1"}
COUNTING = """
import os, boto3
def handler(event, context):
    table = boto3.client("dynamodb")
    for record in event["Records"]:
        table.put_item(TableName="{table}", Item={{"id": {{"S": record["eventID"]}}}})
"""


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code.py", source)
    return buffer.getvalue()


@dataclass
class World:
    functions: Functions
    dynamodb: DynamoDBClient
    role: str
    name: str
    stream: str
    source: str
    sink: str

    def create(self, code: bytes | None = None) -> ObservedFunction:
        return self.functions.create_function(
            self.name,
            self.role,
            zipped=code or zipped(COUNTING.format(table=self.sink)),
            handler="code.handler",
            timeout=10,
            tags=OURS,
            clock=CLOCK,
            timing=FAST,
        )

    def connect(self) -> str:
        seen = self.functions.create_mapping(self.name, self.stream, tags=OURS, clock=CLOCK, timing=FAST)
        return self.functions.wait_enabled(seen.uuid, clock=CLOCK, timing=FAST).uuid

    def put(self, key: str) -> None:
        self.dynamodb.put_item(TableName=self.source, Item={"id": {"S": key}})

    def arrived(self) -> int:
        return self.dynamodb.scan(TableName=self.sink, ConsistentRead=True)["Count"]


@pytest.fixture
def world(aws: EmbeddedAws) -> Iterator[World]:
    session = session_on(aws)
    dynamodb, tables = session.client("dynamodb"), Tables(session.client("dynamodb"))
    name = f"pdm-f-{uuid.uuid4().hex[:8]}"
    structure = Structure("id", None, (("id", "S"),))
    for table, stream in ((name, Stream(True, "NEW_AND_OLD_IMAGES")), (f"{name}-sink", Stream(False))):
        settings = Settings(billing_mode=BillingMode.PAY_PER_REQUEST, stream=stream)
        tables.create(table, structure, settings=settings, tags={})
    arn = tables.wait_active(name, clock=CLOCK, timing=FAST).stream.latest_arn
    assert arn is not None
    role = session.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    functions = Functions(session.client("lambda"))
    yield World(functions, dynamodb, role, name, arn, source=name, sink=f"{name}-sink")
    for mapping in functions.mappings_of(arn):
        functions.delete_mapping(mapping.uuid, clock=CLOCK, timing=FAST)
    functions.delete_function(name)


def test_a_function_is_active_when_it_is_given(world: World) -> None:
    made = world.create()
    assert (made.name, made.state, dict(made.tags)) == (world.name, "Active", OURS)
    assert world.functions.describe(world.name) == made


def test_a_function_that_is_not_there_is_none(world: World) -> None:
    assert world.functions.describe(world.name) is None


def test_creating_twice_gives_the_same_function(world: World) -> None:
    assert world.create() == world.create()


def test_a_strangers_function_is_never_taken_for_ours(world: World) -> None:
    world.create()
    with pytest.raises(TakenError, match="this migration did not make it"):
        world.functions.create_function(
            world.name,
            world.role,
            zipped=zipped(""),
            handler="code.handler",
            timeout=10,
            tags={"pulumi-dynamo-migrator:migration": "m2"},
            clock=CLOCK,
            timing=FAST,
        )


def test_a_function_goes_however_often(world: World) -> None:
    world.create()
    world.functions.delete_function(world.name)
    world.functions.delete_function(world.name)
    assert world.functions.describe(world.name) is None


def test_the_log_of_a_function_goes_however_often(world: World, aws: EmbeddedAws) -> None:
    client = session_on(aws).client("logs")
    client.create_log_group(logGroupName=log_group(world.name))
    for _ in range(2):
        Logs(client).delete(world.name)
    assert client.describe_log_groups(logGroupNamePrefix=log_group(world.name))["logGroups"] == []


def test_connecting_twice_gives_the_same_mapping(world: World) -> None:
    world.create()
    assert world.connect() == world.connect()
    assert world.functions.readers(world.stream) == (world.name,)
    found = world.functions.find_mapping(world.name, world.stream)
    assert found is not None
    assert found.state is MappingState.ENABLED
    assert world.functions.find_mapping("another", world.stream) is None


def test_what_was_written_before_the_mapping_arrives(world: World) -> None:
    world.put("before")
    world.create()
    world.connect()
    world.put("after")

    def all_there() -> None:
        assert world.arrived() == 2

    eventually(all_there, within=20)


def test_a_disabled_mapping_holds_still_and_goes_however_often(world: World) -> None:
    world.create()
    uuid_ = world.connect()
    for _ in range(2):
        world.functions.disable(uuid_, clock=CLOCK, timing=FAST)
    seen = world.functions.describe_mapping(uuid_)
    assert seen is not None
    assert seen.state is MappingState.DISABLED
    for _ in range(2):
        world.functions.delete_mapping(uuid_, clock=CLOCK, timing=FAST)
    assert world.functions.describe_mapping(uuid_) is None
    assert world.functions.readers(world.stream) == ()
    world.functions.disable(uuid_, clock=CLOCK, timing=FAST)


def test_a_mapping_that_is_gone_is_not_waited_for(world: World) -> None:
    with pytest.raises(AwsError, match="no event source mapping"):
        world.functions.wait_enabled(str(uuid.uuid4()), clock=CLOCK, timing=FAST)
