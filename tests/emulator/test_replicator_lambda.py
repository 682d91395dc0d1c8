"""The replicator's zip in a real Lambda process behind a real stream."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from pulumi_dynamo_migrator.conversion.chain import Chain
from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.bundle import HANDLER, bundle
from pulumi_dynamo_migrator.replicate.config import BOTH_IMAGES
from pulumi_dynamo_migrator.replicate.tombstone import Item, is_tombstone
from pulumi_dynamo_migrator.replicate.word import Word
from tests.eventually import eventually
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, PLACED_ONLY, config_of, written
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator


class Replicator:
    """A source with a stream, a successor, a ledger, and the function between them."""

    def __init__(self, aws: EmbeddedAws, chain: Chain, *, view: str = BOTH_IMAGES) -> None:
        self.name = f"replicator-{uuid.uuid4().hex[:8]}"
        self.config = config_of(chain, name=self.name, view=view)
        session = botocore.session.Session()
        self.clients: dict[str, Any] = {
            service: session.create_client(
                service,
                region_name="us-east-1",
                endpoint_url=aws.endpoint,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            for service in ("dynamodb", "lambda")
        }
        self.dynamodb = self.clients["dynamodb"]
        stream = self._create(self.config.source_table, ID, streamed=True)["LatestStreamArn"]
        self._create(self.config.target_table, chain.target.keys)
        self._create(self.config.ledger_table, KeySchema(("pk", "sk"), ("S", "S")))
        self.tell(Word.OPEN)
        self.clients["lambda"].create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/any",
            Handler=HANDLER,
            Code={"ZipFile": bundle(self.config)},
            Timeout=60,
        )
        mapping = self.clients["lambda"].create_event_source_mapping(
            EventSourceArn=stream, FunctionName=self.name, StartingPosition="TRIM_HORIZON"
        )
        self.mapping = mapping["UUID"]

    def remove(self) -> None:
        self.clients["lambda"].delete_event_source_mapping(UUID=self.mapping)
        self.clients["lambda"].delete_function(FunctionName=self.name)
        for table in (self.config.source_table, self.config.target_table, self.config.ledger_table):
            self.dynamodb.delete_table(TableName=table)
        for client in self.clients.values():
            client.close()

    def tell(self, word: Word) -> None:
        item = {"pk": {"S": self.pk}, "sk": {"S": "word"}, "word": {"S": word.value}}
        self.dynamodb.put_item(TableName=self.config.ledger_table, Item=item)

    def write(self, a: int, *places: str) -> None:
        item = {"id": {"S": "1"}, "a": {"N": str(a)}, "places": {"L": [{"S": place} for place in places]}}
        self.dynamodb.put_item(TableName=self.config.source_table, Item=item)

    def delete(self) -> None:
        self.dynamodb.delete_item(TableName=self.config.source_table, Key={"id": {"S": "1"}})

    def serve(self, a: int, place: str) -> None:
        item = {"id": {"S": "1"}, "place": {"S": place}, "a": {"N": str(a)}}
        self.dynamodb.put_item(TableName=self.config.target_table, Item=item)

    def held(self) -> dict[str, str]:
        """The last part of the key -> a, or "deleted"."""
        last = self.config.target.keys.names[-1]
        items: list[Item] = self.dynamodb.scan(TableName=self.config.target_table, ConsistentRead=True)["Items"]
        return {i[last]["S"]: "deleted" if is_tombstone(i) else i["a"]["N"] for i in items}

    def notes(self, kind: str) -> list[str]:
        answer = self.dynamodb.query(
            TableName=self.config.ledger_table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": {"S": self.pk}, ":kind": {"S": f"{kind}#"}},
            ConsistentRead=True,
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    @property
    def pk(self) -> str:
        return f"migration#{self.config.migration_id}"

    def _create(self, table: str, keys: KeySchema, *, streamed: bool = False) -> dict[str, Any]:
        stream = {"StreamEnabled": True, "StreamViewType": self.config.view} if streamed else {"StreamEnabled": False}
        answer = self.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=stream,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in zip(keys.names, keys.types, strict=True)
            ],
            KeySchema=[
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(keys.names, ("HASH", "RANGE"), strict=False)
            ],
        )
        description: dict[str, Any] = answer["TableDescription"]
        return description


@pytest.fixture
def replicator(aws: EmbeddedAws) -> Iterator[Replicator]:
    made = Replicator(aws, written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE))
    yield made
    made.remove()


@pytest.fixture
def by_key(aws: EmbeddedAws) -> Iterator[Replicator]:
    """A replicator behind a stream that tells keys only; items keep theirs, and those without places are dropped."""
    made = Replicator(aws, written(PLACED_ONLY, meeting=Meeting.SEPARATE), view="KEYS_ONLY")
    yield made
    made.remove()


def holds(replicator: Replicator, **expected: str) -> None:
    def does() -> None:
        assert replicator.held() == expected

    eventually(does, within=30)


def notes(replicator: Replicator, kind: str, expected: int) -> None:
    def are() -> None:
        assert len(replicator.notes(kind)) == expected

    eventually(are, within=30)


def test_writes_arrive_through_every_word(replicator: Replicator) -> None:
    replicator.write(1, "x", "y")
    holds(replicator, x="1", y="1")
    replicator.write(2, "y")
    holds(replicator, x="deleted", y="2")
    replicator.tell(Word.TAIL)
    replicator.write(3, "x")
    holds(replicator, x="3")
    replicator.tell(Word.NOTING)
    replicator.write(4, "x", "z")
    holds(replicator, x="4", z="4")
    replicator.tell(Word.LATE)
    replicator.write(5, "z")
    holds(replicator, z="5")
    replicator.delete()
    holds(replicator)
    assert not replicator.notes("conflict")
    notes(replicator, "reg", 0)


def test_what_the_served_table_has_changed_stays_and_the_conflict_is_kept(replicator: Replicator) -> None:
    replicator.write(1, "x")
    holds(replicator, x="1")
    replicator.tell(Word.LATE)
    replicator.serve(9, "x")
    replicator.write(2, "x")
    notes(replicator, "conflict", 2)
    assert replicator.held() == {"x": "9"}


def test_an_item_error_stands_in_the_ledger_until_the_item_is_mended(replicator: Replicator) -> None:
    replicator.write(-1, "x")
    notes(replicator, "failing", 1)
    assert replicator.notes("failed") == ['failed#["S:1"]']
    replicator.write(2, "x")
    holds(replicator, x="2")
    for kind in ("failed", "failing", "reg"):
        notes(replicator, kind, 0)


def test_without_images_what_the_source_holds_arrives(by_key: Replicator) -> None:
    by_key.write(1, "x")
    holds(by_key, **{"1": "1"})
    by_key.write(2)
    holds(by_key, **{"1": "deleted"})
    by_key.write(3, "y")
    holds(by_key, **{"1": "3"})
    by_key.tell(Word.TAIL)
    by_key.delete()
    holds(by_key)
    by_key.write(4, "x", "y")
    holds(by_key, **{"1": "4"})
    notes(by_key, "reg", 0)
    assert not by_key.notes("failing") + by_key.notes("failed")


def test_without_images_an_item_error_stands_until_the_item_is_mended(by_key: Replicator) -> None:
    by_key.write(-1, "x")
    notes(by_key, "failing", 1)
    assert by_key.notes("failed") == ['failed#["S:1"]']
    by_key.write(2, "x")
    holds(by_key, **{"1": "2"})
    for kind in ("failed", "failing", "reg"):
        notes(by_key, kind, 0)


def test_without_images_nothing_is_handed_over(by_key: Replicator) -> None:
    by_key.tell(Word.NOTING)
    by_key.write(1, "x")
    notes(by_key, "failing", 1)
    assert by_key.held() == {}
    by_key.tell(Word.TAIL)
    holds(by_key, **{"1": "1"})
    notes(by_key, "failing", 0)
