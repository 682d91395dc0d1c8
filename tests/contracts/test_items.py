"""What the data path asks of DynamoDB, told once: the fake and the real door over a real process must both keep it."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import msgspec
import pytest

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.policy_door import TablePolicies
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.aws.wire_faults import WireError, fault_of
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key
from pulumi_dynamo_migrator.items import Items, Outcome, WireItem, probe_key
from pulumi_dynamo_migrator.model.timing import Timing
from pulumi_dynamo_migrator.replicate.tombstone import tombstone
from tests.fakes.doors import Server
from tests.fakes.items import FakeItems, FakeTable
from tests.fakes.judges import JUDGES

KEYS = KeySchema(("pk", "sk"), ("S", "N"))
Setup = tuple[Items, str]

ODD: WireItem = {
    "pk": {"S": 'käse\'s "best" \\ {?} 🧀'},
    "sk": {"N": "-12345678901234567890123456789012345678"},
    "it's": {"S": ""},
    'say "hi"': {"B": ""},
    "a.b": {"B": "AAEC/w=="},
    "select": {"SS": ["b", "a"]},
    "#n": {"NS": ["1.5", "-3"]},
    ":v": {"BS": ["AQ==", "Ag=="]},
    "?": {"NULL": True},
    "naïve 日本": {"BOOL": False},
    "deep": {"M": {"l": {"L": [{"M": {}}, {"L": []}, {"S": "x\u0000y\n"}]}, "it's": {"N": "0.1"}}},
}


class _Clock:
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


def _client(server: Server) -> tuple[boto3.Session, Any]:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    return session, session.client("dynamodb", endpoint_url=server.endpoint)


@pytest.fixture(params=["fake", *JUDGES])
def setup(request: pytest.FixtureRequest) -> Iterator[Setup]:
    if request.param == "fake":
        yield FakeItems({"t": FakeTable(KEYS)}), "t"
        return
    session, client = _client(request.getfixturevalue(request.param))
    table = f"items-{uuid.uuid4().hex[:8]}"
    _create(client, table)
    yield _items(session, client), table
    client.delete_table(TableName=table)


def _create(client: Any, table: str) -> None:
    client.create_table(
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": t} for n, t in zip(KEYS.names, KEYS.types, strict=True)
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _items(session: boto3.Session, client: Any) -> DynamoItems:
    return DynamoItems(wire_of(session, client).call, retry=Retry(_Clock(), random=random.random, guard=lambda: None))


def key(number: int, name: str = "k") -> WireItem:
    return {"pk": {"S": f"{name}{number}"}, "sk": {"N": str(number)}}


def insert(setup: Setup, *new: WireItem) -> list[Outcome]:
    items, table = setup
    return [answer.outcome for answer in items.insert_if_absent(table, new, hash_key="pk").answers]


def scan(setup: Setup, *, total: int = 1, limit: int | None = None) -> list[WireItem]:
    items, table = setup
    found: list[WireItem] = []
    for segment in range(total):
        cursor: bytes | None = None
        while True:
            page = items.scan_page(table, segment=segment, total=total, cursor=cursor, limit=limit)
            assert page.count == len(page.raw_items())
            found += page.wire_items()
            cursor = page.cursor
            if cursor is None:
                break
    return found


def test_an_insert_never_writes_over_what_is_there(setup: Setup) -> None:
    assert insert(setup, {**key(1), "v": {"S": "first"}}) == [Outcome.INSERTED]
    assert insert(setup, {**key(1), "v": {"S": "second"}}, key(2)) == [Outcome.PRESENT, Outcome.INSERTED]
    items, table = setup
    assert items.get_item(table, key(1)) == {**key(1), "v": {"S": "first"}}


def test_every_type_and_every_odd_name_survives_an_insert(setup: Setup) -> None:
    assert insert(setup, ODD) == [Outcome.INSERTED]
    (held,) = scan(setup)
    assert equal(held, ODD)


def test_raw_values_of_a_page_can_be_inserted_as_they_are(setup: Setup) -> None:
    items, table = setup
    insert(setup, ODD)
    (page_item,) = items.scan_page(table, segment=0, total=1, cursor=None).raw_items()
    moved = {**page_item, "pk": msgspec.Raw(b'{"S":"elsewhere"}')}
    assert items.insert_if_absent(table, [moved], hash_key="pk").answers[0].outcome is Outcome.INSERTED
    held = items.get_item(table, {"pk": {"S": "elsewhere"}, "sk": ODD["sk"]})
    assert held is not None
    assert equal(held, {**ODD, "pk": {"S": "elsewhere"}})


def test_an_item_with_more_names_than_a_statement_holds_is_inserted_all_the_same(setup: Setup) -> None:
    wide = {**key(1), **{f"attribute-{n:04}-{'x' * 40}": {"N": str(n)} for n in range(200)}}
    assert insert(setup, wide, key(2)) == [Outcome.INSERTED, Outcome.INSERTED]
    assert insert(setup, wide, key(3)) == [Outcome.PRESENT, Outcome.INSERTED]


def test_pages_and_segments_together_give_every_item_once(setup: Setup) -> None:
    for start in range(0, 100, 25):
        insert(setup, *[key(n) for n in range(start, start + 25)])
    for total in (1, 4):
        found = [canonical_key(item, KEYS) for item in scan(setup, total=total, limit=9)]
        assert sorted(found) == sorted(canonical_key(key(n), KEYS) for n in range(100))


def test_a_batch_read_gives_those_that_are_there(setup: Setup) -> None:
    items, table = setup
    for start in range(0, 125, 25):
        insert(setup, *[key(n) for n in range(start, start + 25)])
    found = items.get_items(table, [key(n) for n in range(120, 230)] + [key(n) for n in range(20)])
    assert sorted(canonical_key(item, KEYS) for item in found) == sorted(
        canonical_key(key(n), KEYS) for n in [*range(120, 125), *range(20)]
    )


def test_reading_what_is_not_there_gives_nothing(setup: Setup) -> None:
    items, table = setup
    assert items.get_item(table, key(1)) is None
    assert items.get_items(table, [key(1)]) == []


def test_a_put_on_condition_of_absence_finds_the_key_free_only_once(setup: Setup) -> None:
    items, table = setup
    assert items.put_if_equal(table, {**key(1), "v": {"N": "1"}}, seen=None, hash_key="pk")
    assert not items.put_if_equal(table, {**key(1), "v": {"N": "2"}}, seen=None, hash_key="pk")
    assert items.get_item(table, key(1)) == {**key(1), "v": {"N": "1"}}


def test_a_put_on_condition_of_what_was_seen_is_refused_when_any_attribute_changed(setup: Setup) -> None:
    items, table = setup
    insert(setup, ODD)
    for name in ODD.keys() - {"pk", "sk"}:
        assert not items.put_if_equal(table, key(1), seen={**ODD, name: {"S": "other"}}, hash_key="pk"), name
        changed = {**ODD, "v": {"S": "new"}}
        assert not items.put_if_equal(table, changed, seen={**ODD, name: {"S": "other"}}, hash_key="pk"), name
    assert items.put_if_equal(table, {**ODD, "v": {"S": "new"}}, seen=ODD, hash_key="pk")


def test_a_put_is_refused_when_one_of_its_attributes_has_come_meanwhile(setup: Setup) -> None:
    items, table = setup
    insert(setup, {**key(1), "v": {"N": "1"}, "w": {"N": "2"}})
    older = {**key(1), "v": {"N": "1"}, "w": {"N": "1"}}
    assert not items.put_if_equal(table, older, seen={**key(1), "v": {"N": "1"}}, hash_key="pk")
    assert scan(setup) == [{**key(1), "v": {"N": "1"}, "w": {"N": "2"}}]


@pytest.mark.parametrize("changed", [{"v": {"N": "2"}}, {"w": {"N": "1"}}], ids=["another value", "one more"])
def test_a_delete_is_refused_unless_everything_seen_is_there(setup: Setup, changed: WireItem) -> None:
    items, table = setup
    insert(setup, {**key(1), "v": {"N": "1"}})
    assert not items.delete_if_equal(table, key(1), seen={**key(1), "v": {"N": "1"}, **changed})
    assert items.delete_if_equal(table, key(1), seen={**key(1), "v": {"N": "1.0"}})
    assert items.get_item(table, key(1)) is None
    assert not items.delete_if_equal(table, key(1), seen=key(1))


def test_only_a_tombstone_is_swept(setup: Setup) -> None:
    items, table = setup
    insert(setup, tombstone(key(1)), {**key(2), "v": {"S": "alive"}})
    assert items.delete_if_tombstone(table, key(1))
    assert not items.delete_if_tombstone(table, key(1))
    assert not items.delete_if_tombstone(table, key(2))
    assert scan(setup) == [{**key(2), "v": {"S": "alive"}}]


def test_a_probe_finds_writes_allowed_and_changes_nothing(setup: Setup) -> None:
    items, table = setup
    probe = probe_key(KEYS)
    assert not items.write_denied(table, probe)
    insert(setup, {**probe, "v": {"N": "1"}}, key(1))
    assert not items.write_denied(table, probe)
    held = items.get_item(table, probe)
    assert held is not None
    assert equal(held, {**probe, "v": {"N": "1"}})
    assert len(scan(setup)) == 2


@pytest.mark.parametrize("kinds", [("S", "N"), ("N", "B"), ("B", "S"), ("S",)])
def test_a_probes_key_has_the_types_of_the_table(kinds: tuple[str, ...]) -> None:
    schema = KeySchema(("pk", "sk")[: len(kinds)], kinds)
    probe = probe_key(schema)
    assert canonical_key(probe, schema)
    assert tuple(probe) == schema.names


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.emulator)])
def fenced(request: pytest.FixtureRequest) -> Iterator[Setup]:
    """A table whose resource policy denies every write."""
    if request.param == "fake":
        fake = FakeItems({"t": FakeTable(KEYS)})
        fake.denied.add("t")
        yield fake, "t"
        return
    session, client = _client(request.getfixturevalue("fenced_aws"))
    table = f"items-{uuid.uuid4().hex[:8]}"
    _create(client, table)
    policies = TablePolicies(client, clock=_Clock(), timing=Timing())
    policies.fence(client.describe_table(TableName=table)["Table"]["TableArn"], until=time.time() + 600)
    yield _items(session, client), table
    client.delete_table(TableName=table)


def test_behind_a_fence_a_probe_is_denied_and_so_is_every_write(fenced: Setup) -> None:
    items, table = fenced
    assert items.write_denied(table, probe_key(KEYS))
    attempts: list[Callable[[], object]] = [
        lambda: items.insert_if_absent(table, [key(1)], hash_key="pk"),
        lambda: items.put_if_equal(table, key(1), seen=None, hash_key="pk"),
        lambda: items.delete_if_equal(table, key(1), seen=key(1)),
        lambda: items.delete_if_tombstone(table, key(1)),
    ]
    for attempt in attempts:
        with pytest.raises(WireError) as raised:
            attempt()
        assert raised.value.access_denied
    assert items.get_item(table, key(1)) is None
    assert scan(fenced) == []


@pytest.mark.parametrize(
    "code", ["UnrecognizedClientException", "KMSAccessDeniedException", "InvalidSignatureException"]
)
def test_wrong_credentials_are_no_fence(code: str) -> None:
    def refuse(operation: str, body: bytes, *, at: float) -> bytes:
        raise WireError(code, "no", status=400, kind=fault_of(code, "no", 400), operation=operation)

    items = DynamoItems(refuse, retry=Retry(_Clock(), random=random.random, guard=lambda: None))
    with pytest.raises(WireError, match=code):
        items.write_denied("t", probe_key(KEYS))


def test_an_item_that_dynamodb_refuses_does_not_take_its_neighbours_along(
    server: Server, request: pytest.FixtureRequest
) -> None:
    session, client = _client(server)
    table = f"items-{uuid.uuid4().hex[:8]}"
    client.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    request.addfinalizer(_deleting(client, table))
    items = _items(session, client)
    bad: WireItem = {"pk": {"S": "bad"}, "v": {"S": "x" * 500_000}}
    inserted = items.insert_if_absent(table, [{"pk": {"S": "a"}}, bad, {"pk": {"S": "b"}}], hash_key="pk")
    assert [answer.outcome for answer in inserted.answers][1] is Outcome.REFUSED
    assert "size" in inserted.answers[1].why
    assert len(items.get_items(table, [{"pk": {"S": name}} for name in ("a", "b", "bad")])) == 2


def _deleting(client: Any, table: str) -> Callable[[], None]:
    return lambda: client.delete_table(TableName=table)
