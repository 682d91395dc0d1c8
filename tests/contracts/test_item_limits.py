"""validate.py's rules, and DynamoDB's own opinion of them: neither stricter, nor more lenient.

A PartiQL batch with an item beyond a limit may be refused as a whole, after a part of it was stored: its neighbours
must arrive all the same. The embedded AWS takes most of what AWS refuses: it is asked only for what is in the limits.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator

import pytest

from pulumi_dynamo_migrator.aws.items import DynamoItems
from pulumi_dynamo_migrator.aws.retry import Retry
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.aws.wire import wire_of
from pulumi_dynamo_migrator.aws.wire_faults import WireError, WireFault
from pulumi_dynamo_migrator.conversion.canonical import equal
from pulumi_dynamo_migrator.conversion.keys import key_of
from pulumi_dynamo_migrator.conversion.validate import validate
from pulumi_dynamo_migrator.items import Items, Outcome, WireItem
from pulumi_dynamo_migrator.model.spec import BillingMode, GlobalIndex, LocalIndex, Settings, Structure
from pulumi_dynamo_migrator.system import SystemClock
from tests.fakes.doors import FAST, Server, session_on
from tests.fakes.limits import ACCEPTED, GOOD, REFUSED, SHAPE
from tools.dynamodb_local.server import DynamoDbLocal

CLOCK = SystemClock()
KEYS = SHAPE.keys
STRUCTURE = Structure(
    "pk",
    "sk",
    (("at", "B"), ("height", "S"), ("pk", "S"), ("place", "S"), ("sk", "N")),
    local_indexes=(LocalIndex("by_height", "height"),),
    global_indexes=(GlobalIndex("by_place", ("place",), ("at",)),),
)
DEEPER_BY_PARTIQL = "33 levels"
"""DynamoDB Local's PartiQL lets one level more pass than its other calls: there a single put is asked."""

SENDABLE = [kind for kind in REFUSED if "surrogate" not in kind]
"""Half a surrogate pair is no text: it never comes to a request."""

Table = tuple[Items, str]


def table_on(server: Server) -> Iterator[Table]:
    session = session_on(server)
    client = session.client("dynamodb")
    name, tables = f"limits-{uuid.uuid4().hex[:8]}", Tables(client)
    tables.create(name, STRUCTURE, settings=Settings(billing_mode=BillingMode.PAY_PER_REQUEST), tags={})
    tables.wait_active(name, clock=CLOCK, timing=FAST)
    retry = Retry(CLOCK, random=random.random, guard=lambda: None)
    yield DynamoItems(wire_of(session.boto3, client).call, retry=retry), name
    tables.delete(name)


@pytest.fixture(scope="module")
def lenient(server: Server) -> Iterator[Table]:
    yield from table_on(server)


@pytest.fixture(scope="module")
def strict(dynamodb_local: DynamoDbLocal) -> Iterator[Table]:
    yield from table_on(dynamodb_local)


def item_of(extra: WireItem) -> WireItem:
    """An item of its own, unless the extra attributes say which."""
    own = {"pk": {"S": uuid.uuid4().hex}, **extra}
    return {name: value for name, value in {**GOOD, **own}.items() if value is not None}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_is_within_the_limits_is_taken_and_read_back_the_same(lenient: Table, kind: str) -> None:
    items, table = lenient
    item = item_of(ACCEPTED[kind])
    assert [answer.outcome for answer in items.insert_if_absent(table, [item], hash_key="pk").answers] == [
        Outcome.INSERTED
    ]
    held = items.get_item(table, key_of(item, KEYS))
    assert held is not None
    assert equal(held, item)


@pytest.mark.emulator
@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_is_within_the_limits_can_be_seen_and_replaced(strict: Table, kind: str) -> None:
    items, table = strict
    item = item_of(ACCEPTED[kind])
    assert items.put_if_equal(table, item, seen=None, hash_key="pk")
    assert items.put_if_equal(table, {**item, "more": {"S": "x"}}, seen=item, hash_key="pk")


@pytest.mark.emulator
@pytest.mark.parametrize("kind", [kind for kind in SENDABLE if kind != DEEPER_BY_PARTIQL])
def test_what_is_beyond_a_limit_is_refused_and_its_neighbours_arrive(strict: Table, kind: str) -> None:
    items, table = strict
    neighbours = [item_of({}), item_of({})]
    batch = [neighbours[0], item_of(REFUSED[kind][0]), neighbours[1]]
    answers = items.insert_if_absent(table, batch, hash_key="pk").answers
    assert [answer.outcome for answer in answers] == [Outcome.INSERTED, Outcome.REFUSED, Outcome.INSERTED]
    assert answers[1].why
    assert len(items.get_items(table, neighbours)) == 2


@pytest.mark.emulator
@pytest.mark.parametrize("kind", SENDABLE)
def test_what_is_beyond_a_limit_is_refused_by_a_put_too(strict: Table, kind: str) -> None:
    items, table = strict
    with pytest.raises(WireError) as raised:
        items.put_if_equal(table, item_of(REFUSED[kind][0]), seen=None, hash_key="pk")
    assert raised.value.kind is WireFault.REJECTED


@pytest.mark.emulator
def test_entries_of_local_indexes_count_to_an_items_size_which_only_dynamodb_knows(strict: Table) -> None:
    """validate.py lets it pass: the copy keeps it aside, or stops at it, with DynamoDB's own words."""
    items, table = strict
    item = item_of({"height": {"S": "tall"}, "text": {"S": "x" * 210_000}})
    validate(item, SHAPE)
    (answer,) = items.insert_if_absent(table, [item], hash_key="pk").answers
    assert answer.outcome is Outcome.REFUSED
    assert "size" in answer.why
