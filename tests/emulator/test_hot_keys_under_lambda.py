"""Hot keys, written at full speed through every word, on real tables, with AWS's delivery: nothing may be lost.

Source writers put, update, delete and make anew the same few keys from `open` to `late`; once the outputs have moved,
writers of the new table join. What each table must hold is known from what its writers were told; what was made of each
source record is known from the new table's own stream.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from random import Random
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.conversion.meeting import Meeting
from pulumi_dynamo_migrator.replicate.tombstone import Item, is_tombstone
from pulumi_dynamo_migrator.replicate.word import Word
from tests.emulator.polled_stream import Deliveries, RealStream
from tests.eventually import eventually
from tests.fakes.conversions import ID, ID_PLACE, PER_PLACE, config_of, written
from tests.fakes.poller import Mapping
from tests.fakes.shards import Entry
from tests.fakes.tables import Memory
from tests.soaking import Tally, dose
from tools.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.emulator

WRITES = dose(60)  # of each of two source writers, several times
PLACES = (("x",), ("y",), ("x", "y"), ())
FOLLOWING, SERVED, SHARED, CONTESTED, EXPIRING = "follow", "served", "shared", "contested", "expiring"
GROUPS = {FOLLOWING: 12, SERVED: 2, SHARED: 3, CONTESTED: 3, EXPIRING: 2}
KEYS = [f"{group}-{number}" for group, count in GROUPS.items() for number in range(count)]


class Setting:
    """Tables, streams and a ledger of its own."""

    def __init__(self, aws: EmbeddedAws) -> None:
        chain = written(PER_PLACE, meeting=Meeting.SEPARATE, target=ID_PLACE)
        self.config = config_of(chain, name=f"hot-{uuid.uuid4().hex[:8]}")
        self.dynamodb, self.streams = (self._client(aws, service) for service in ("dynamodb", "dynamodbstreams"))
        self.arn = self._create(self.config.source_table, ID)
        self.target_arn = self._create(self.config.target_table, ID_PLACE)
        self._create(self.config.ledger_table, KeySchema(("pk", "sk"), ("S", "S")))
        self.pk = {"S": f"migration#{self.config.migration_id}"}

    def _client(self, aws: EmbeddedAws, service: str) -> Any:
        return botocore.session.Session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=aws.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=50),
        )

    def _create(self, table: str, keys: KeySchema) -> str:
        answer = self.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in zip(keys.names, keys.types, strict=True)
            ],
            KeySchema=[
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(keys.names, ("HASH", "RANGE"), strict=False)
            ],
        )
        return str(answer["TableDescription"]["LatestStreamArn"])

    def remove(self) -> None:
        for table in (self.config.source_table, self.config.target_table, self.config.ledger_table):
            self.dynamodb.delete_table(TableName=table)
        self.dynamodb.close()
        self.streams.close()

    def stream(self, table: KeySchema, arn: str) -> RealStream:
        stream = RealStream(Memory(table), client=self.streams)
        stream.follow(arn)
        return stream

    def scan(self, table: str) -> list[Item]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def notes(self, kind: str) -> list[Item]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.config.ledger_table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
            ExpressionAttributeValues={":pk": self.pk, ":kind": {"S": f"{kind}#"}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    def tell(self, word: Word, *, dead: Collection[str] = ()) -> None:
        """Say it, and wait until whoever was at work then has ended."""
        item = {"pk": self.pk, "sk": {"S": "word"}, "word": {"S": word.value}}
        self.dynamodb.put_item(TableName=self.config.ledger_table, Item=item)
        working = {note["sk"]["S"] for note in self.notes("reg")}

        def heeded() -> None:
            assert not (working & {note["sk"]["S"] for note in self.notes("reg")}) - set(dead)

        eventually(heeded, within=60)

    def backfill(self) -> None:
        """One pass: what a consistent scan shows, where nothing is."""
        for item in self.scan(self.config.source_table):
            for made in self.config.chain.apply(item):
                try:
                    self.dynamodb.put_item(
                        TableName=self.config.target_table, Item=made, ConditionExpression="attribute_not_exists(id)"
                    )
                except self.dynamodb.exceptions.ConditionalCheckFailedException:
                    continue

    def sweep(self) -> None:
        for item in self.scan(self.config.target_table):
            if is_tombstone(item):
                key = {name: item[name] for name in ID_PLACE.names}
                self.dynamodb.delete_item(TableName=self.config.target_table, Key=key)


class SourceWriter(threading.Thread):
    """Writes some keys of the source, one after the other, and keeps what it was told."""

    def __init__(self, setting: Setting, keys: list[str], seed: int) -> None:
        super().__init__(daemon=True)
        self.setting, self.keys, self.random = setting, keys, Random(seed)
        self.held: dict[str, Item] = {}
        self.done = 0
        self.settled = threading.Event()
        self.settling = threading.Event()  # from now on only the following keys move and are deleted
        self.ending = threading.Event()
        self.numbers = iter(range(10 + seed, 10**9, 10))  # no value twice, and none of the served side's

    def run(self) -> None:
        for name in self.keys:
            self.put(name, ("x",))
        while not self.ending.is_set():
            if self.settling.is_set() and not self.settled.is_set():
                for name in self.keys:
                    self.put(name, ("x",))
                self.settled.set()
            self.write(self.random.choice(self.keys))

    def write(self, name: str) -> None:
        hot = name.startswith(FOLLOWING) or not self.settled.is_set()
        if not hot and name.startswith((SERVED, EXPIRING)):
            return
        if hot and name in self.held and self.random.random() < 0.3:
            self.delete(name)
        else:
            self.put(name, self.random.choice(PLACES) if hot else ("x",))

    def put(self, name: str, places: tuple[str, ...]) -> None:
        number = {"N": str(next(self.numbers))}
        item: Item = {"id": {"S": name}, "a": number, "places": {"L": [{"S": place} for place in places]}}
        self.setting.dynamodb.put_item(TableName=self.setting.config.source_table, Item=item)
        self.held[name] = item
        self.done += 1

    def delete(self, name: str) -> None:
        self.setting.dynamodb.delete_item(TableName=self.setting.config.source_table, Key={"id": {"S": name}})
        del self.held[name]
        self.done += 1


class ServedWriter(threading.Thread):
    """A client of the new table: adds to the shared items, writes the contested ones and those that it has alone."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(daemon=True)
        self.setting = setting
        self.wrote: dict[str, tuple[str, str]] = {}  # name -> attribute, value
        self.count = 0
        self.ending = threading.Event()

    def run(self) -> None:
        names = [name for name in KEYS if name.startswith((SERVED, SHARED, CONTESTED))]
        while not self.ending.is_set():
            name = names[self.count % len(names)]
            attribute = "b" if name.startswith(SHARED) else "a"
            self.count += 1
            value = str(self.count * 10)
            self.setting.dynamodb.update_item(
                TableName=self.setting.config.target_table,
                Key={"id": {"S": name}, "place": {"S": "x"}},
                UpdateExpression="SET #n = :v",
                ExpressionAttributeNames={"#n": attribute},
                ExpressionAttributeValues={":v": {"N": value}},
            )
            self.wrote[name] = (attribute, value)
            self.ending.wait(0.02)


class Race:
    """One migration under fire."""

    def __init__(self, setting: Setting, tally: Tally) -> None:
        self.setting, self.tally = setting, tally
        self.writers = [SourceWriter(setting, KEYS[number::2], number + 1) for number in range(2)]
        self.served = ServedWriter(setting)
        self.flipped = threading.Event()
        self.stream = setting.stream(ID, setting.arn)
        self.stream.expired = self._expired
        self.stream.split(self.stream.shards[0])
        self.lambda_ = Deliveries(
            self.stream,
            setting.config,
            setting.dynamodb,
            mapping=Mapping(batch_size=25, parallelization_factor=2),
            random=Random(7),
            tally=tally,
        )

    def run(self) -> None:
        self.setting.tell(Word.OPEN)
        with self.lambda_:
            self.lambda_.kills = 0.2
            for writer in self.writers:
                writer.start()
            self._written(WRITES // 2)
            self.setting.backfill()
            self._written(2 * WRITES)
            self.lambda_.kills = 0.0
            self._tell(Word.TAIL)
            self.setting.sweep()
            self._written(WRITES)
            self._tell(Word.NOTING)
            self.noting_from = self.lambda_.mark()
            self.lambda_.gives_up = 0.02
            self._settle()
            self._tell(Word.LATE)
            self._serve()
            for writer in self.writers:
                writer.ending.set()
                writer.join()
            self.served.ending.set()
            self.served.join()
            until(self.lambda_.caught_up)

    def _tell(self, word: Word) -> None:
        self.setting.tell(word, dead=self.lambda_.dead)

    def _written(self, more: int) -> None:
        goal = [writer.done + more for writer in self.writers]
        until(lambda: all(writer.done >= enough for writer, enough in zip(self.writers, goal, strict=True)))

    def _settle(self) -> None:
        """Whatever `tail` handled can come no more, and what both sides will write is in the new table."""
        for writer in self.writers:
            writer.settling.set()
            assert writer.settled.wait(60)
        self._written(WRITES // 2)
        mark = self.lambda_.mark()
        until(lambda: self.lambda_.noted(mark))

    def _serve(self) -> None:
        """Both tables are written to; the old one's time to live removes what nobody wrote since."""
        self.flipped.set()
        self.served.start()
        self._written(WRITES // 2)
        for name in KEYS:
            if name.startswith(EXPIRING):
                key = {"id": {"S": name}}
                self.setting.dynamodb.delete_item(TableName=self.setting.config.source_table, Key=key)
        self._written(WRITES)

    def _expired(self, entry: Entry) -> bool:
        return self.flipped.is_set() and str(entry["dynamodb"]["Keys"]["id"]["S"]).startswith(EXPIRING)


@pytest.fixture
def setting(aws: EmbeddedAws) -> Iterator[Setting]:
    made = Setting(aws)
    yield made
    made.remove()


def until(true: Callable[[], bool]) -> None:
    def is_so() -> None:
        assert true()

    eventually(is_so, within=120)


def test_hot_keys_arrive_through_every_word_and_nothing_is_lost(setting: Setting, tally: Tally) -> None:
    race = Race(setting, tally)
    race.run()
    target = {(i["id"]["S"], i["place"]["S"]): i for i in setting.scan(setting.config.target_table)}
    held = {name: item for writer in race.writers for name, item in writer.held.items()}
    lost = [name for name in KEYS if not follows(name, setting, target, held, race.served.wrote)]
    tally.acknowledged(writes=sum(writer.done for writer in race.writers) + race.served.count, lost=len(lost))
    assert not lost
    assert not setting.notes("failing")
    assert not {note["sk"]["S"] for note in setting.notes("reg")} - set(race.lambda_.dead)
    assert conflicts_noted(setting) == conflicts_made(race) != set()


def follows(
    name: str,
    setting: Setting,
    target: dict[tuple[str, str], Item],
    held: dict[str, Item],
    wrote: dict[str, tuple[str, str]],
) -> bool:
    """Whether the new table holds what its own writers were told, and besides that what the source's were told."""
    made = {(i["id"]["S"], i["place"]["S"]): i for i in setting.config.chain.apply(held[name])} if name in held else {}
    if name in wrote:
        attribute, value = wrote[name]
        made[name, "x"] = {**made[name, "x"], attribute: {"N": value}}
    return {key: item for key, item in target.items() if key[0] == name} == made


def conflicts_noted(setting: Setting) -> set[str]:
    return {note["sk"]["S"].split("#")[1] for note in setting.notes("conflict")}


def conflicts_made(race: Race) -> set[str]:
    """The source's writes to contested items that never got into the new table, by the new table's own stream."""
    stream = race.setting.stream(ID_PLACE, race.setting.target_arn)
    while stream.read():
        pass
    arrived: dict[str, list[str]] = {}
    for record in stream.records:
        item = record["dynamodb"].get("NewImage")
        if item is not None and not is_tombstone(item):
            arrived.setdefault(item["id"]["S"], []).append(item["a"]["N"])
    for name in KEYS:
        if name.startswith(CONTESTED):
            sides = "".join("n" if value.endswith("0") else "o" for value in arrived[name])
            assert "no" not in sides, f"an older write replaced a newer one of {name}: {arrived[name]}"
    wanted = [
        (record["eventID"], record["dynamodb"]["NewImage"])
        for record in race.stream.records[race.noting_from :]
        if record["dynamodb"]["Keys"]["id"]["S"].startswith(CONTESTED) and record["eventName"] != "REMOVE"
    ]
    return {event for event, item in wanted if item["places"]["L"] and item["a"]["N"] not in arrived[item["id"]["S"]]}
