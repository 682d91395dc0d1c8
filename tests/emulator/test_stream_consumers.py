"""What readers find in the streams of a table and of its successor: docs/stream-consumers.md builds on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3
import pytest

from tests.eventually import eventually
from tests.stacks.account import Account
from tools.embedded_aws import EmbeddedAws
from tools.shell_env import ROOT

pytestmark = pytest.mark.emulator

TIMING = {
    "settle": 1,
    "outcome": 0.2,
    "quiet": 0.3,
    "poll": 0.05,
    "poll_cap": 0.2,
    "lag_window": 0.2,
    "fence_proof": 0.5,
    "drain": 1,
}
KIND = "pulumi-python:dynamic/dynamo:MigratedTable"
COPIED = [{"id": "a", "at": 1}, {"id": "b", "at": 2}]
BEFORE = {
    "hash_key": "id",
    "attributes": {"id": "S"},
    "stream_enabled": True,
    "stream_view_type": "NEW_AND_OLD_IMAGES",
}
AFTER: dict[str, Any] = {**BEFORE, "range_key": "at", "attributes": {"id": "S", "at": "N"}}

_numbers = count(1)


@dataclass
class Life:
    """A table with a stream, its `up`s in processes of their own, and one who reads streams."""

    aws: EmbeddedAws
    urn: str = field(default_factory=lambda: f"urn:pulumi:dev::streams::{KIND}::read{next(_numbers)}")
    id: str = ""

    def up(self, asked: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Carry out what is asked; the outputs."""
        told = subprocess.run(
            [sys.executable, str(ROOT / "tests" / "emulator" / "one_up.py"), self.id],
            env={
                **self.aws.environment(),
                "PYTHONPATH": str(ROOT),
                "PULUMI_DYNAMO_MIGRATOR_TIMING": json.dumps(TIMING),
                "PATH": "",
            },
            input=json.dumps({**asked, "migration": {"function_timeout": 1, **options}, "__urn": self.urn}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        self.id, outputs = json.loads(told.stdout)
        assert outputs["error"] is None
        return dict(outputs)

    def events(self, stream: str) -> list[tuple[str, str]]:
        """All that the stream holds, from its beginning: what happened, to which id."""
        told = self.aws.environment()
        client = boto3.client(
            "dynamodbstreams",
            endpoint_url=self.aws.endpoint,
            region_name=told["AWS_DEFAULT_REGION"],
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
        )
        found: list[tuple[str, str]] = []
        for shard in client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
            iterator = client.get_shard_iterator(
                StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            records = client.get_records(ShardIterator=iterator)["Records"]
            found += [(one["eventName"], one["dynamodb"]["Keys"]["id"]["S"]) for one in records]
        return found


def test_after_a_hand_over_late_writes_are_in_both_streams_and_the_copy_in_neither(aws: EmbeddedAws) -> None:
    life, account = Life(aws), Account(aws)
    old = life.up(BEFORE)["name"]
    account.put(old, COPIED)
    told = life.up(AFTER)
    streams, new = told["stream_arns"], told["name"]
    assert told["stream_arn"] == streams["2"]
    assert life.events(streams["1"]) == [("INSERT", "a"), ("INSERT", "b")]
    assert life.events(streams["2"]) == []

    account.put(new, [{"id": "direct", "at": 3}])
    account.put(old, [{"id": "late", "at": 4}])
    account.delete(old, {"id": "a"})
    late = [("INSERT", "late"), ("REMOVE", "a")]

    def carried_over() -> None:
        assert life.events(streams["2"]) == [("INSERT", "direct"), *late]

    eventually(carried_over, within=30)
    assert life.events(streams["1"])[2:] == late


def test_behind_a_fence_the_old_stream_ends_where_the_new_one_begins(fenced_aws: EmbeddedAws) -> None:
    life, account = Life(fenced_aws), Account(fenced_aws)
    old = life.up(BEFORE)["name"]
    account.put(old, COPIED)
    told = life.up(AFTER, fence=True)
    streams = told["stream_arns"]
    with pytest.raises(account.dynamodb.exceptions.ClientError, match="AccessDenied"):
        account.put(old, [{"id": "late", "at": 4}])
    account.put(told["name"], [{"id": "direct", "at": 3}])
    assert life.events(streams["1"]) == [("INSERT", "a"), ("INSERT", "b")]
    assert life.events(streams["2"]) == [("INSERT", "direct")]


def test_a_stream_that_tells_keys_only_feeds_a_successor_behind_a_fence(fenced_aws: EmbeddedAws) -> None:
    life, account = Life(fenced_aws), Account(fenced_aws)
    keys_only = {**AFTER, "stream_view_type": "KEYS_ONLY"}
    old = life.up(keys_only)["name"]
    account.put(old, COPIED)
    indexed = {"local_secondary_indexes": [{"name": "by_n", "range_key": "n"}]}
    told = life.up({**keys_only, **indexed, "attributes": {**AFTER["attributes"], "n": "N"}}, fence=True)
    assert (told["version"], told["phase"]) == (2, "ready")
    assert account.items(told["name"]) == account.items(old) == COPIED
    assert account.describe(old)["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
