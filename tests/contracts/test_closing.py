"""A control table that is being removed: nobody gets in, nobody waits in vain, and several may remove it at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_dynamo_migrator.aws.ledger import ClosingError, Ledger, OutOfTimeError
from pulumi_dynamo_migrator.aws.ledger.closing import CLOSING_FOR, Closing
from pulumi_dynamo_migrator.aws.ledger.rows import Rows
from pulumi_dynamo_migrator.aws.tables import Tables
from pulumi_dynamo_migrator.model.history import Entry
from tests.fakes.doors import FAST
from tests.fakes.ledger import SMALL, HandClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HASTY = replace(FAST, control=0.5)
"""Where somebody waits in vain, half a second is enough."""
TABLES = 6


class Clock(HandClock):
    """With something that happens in the first pause."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def sleep(self, seconds: float) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        super().sleep(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(any_dynamodb: DynamoDBClient, table: str, clock: Clock) -> Ledger:
    return Ledger(any_dynamodb, clock=clock, timing=HASTY, table=table)


@pytest.fixture
def closing(any_dynamodb: DynamoDBClient, ledger: Ledger, clock: Clock) -> Closing:
    """Give the mark of a control table that is there, as somebody else holds it."""
    ledger.control.ensure()
    return Closing(Rows(any_dynamodb, ledger.table, clock=clock, timing=HASTY), clock=clock)


def mark_of(dynamodb: DynamoDBClient, table: str) -> Any:
    key = {"pk": {"S": "control"}, "sk": {"S": "closing"}}
    return dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def is_protected(dynamodb: DynamoDBClient, table: str) -> bool:
    seen = Tables(dynamodb).describe(table)
    return seen is not None and bool(seen.settings.deletion_protection)


def test_whoever_wants_in_is_kept_out_and_told_so(ledger: Ledger, closing: Closing) -> None:
    closing.mark()
    with pytest.raises(ClosingError, match="is being removed"):
        ledger.create(SMALL)
    with pytest.raises(ClosingError, match="is being removed"):
        ledger.acquire(SMALL.id)


def test_whoever_wants_in_waits_for_one_that_only_looks(ledger: Ledger, closing: Closing, clock: Clock) -> None:
    mark = closing.mark()
    clock.meanwhile = lambda: closing.take_back(mark)
    assert ledger.create(SMALL).revision == 1
    mark = closing.mark()
    clock.meanwhile = lambda: closing.take_back(mark)
    assert ledger.acquire(SMALL.id).fence == 1


def test_whoever_wants_in_makes_the_table_anew_once_it_has_gone(
    any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing, clock: Clock
) -> None:
    other = Ledger(any_dynamodb, clock=Clock(), timing=FAST, table=ledger.table)
    closing.mark()
    clock.meanwhile = other.delete_if_empty
    assert ledger.create(SMALL).revision == 1
    assert other.read(SMALL.id) == replace(SMALL, revision=1)


def test_a_stale_mark_keeps_nobody_out(ledger: Ledger, closing: Closing, clock: Clock) -> None:
    closing.remove(closing.mark())
    clock.ahead = CLOSING_FOR + 1
    assert ledger.create(SMALL).revision == 1


def test_nobody_takes_back_the_mark_of_another(any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing) -> None:
    first = closing.mark()
    second = closing.mark()
    closing.take_back(first)
    assert mark_of(any_dynamodb, ledger.table)["token"] == {"S": second.token}
    closing.take_back(second)
    assert mark_of(any_dynamodb, ledger.table) is None


def test_who_was_written_over_looks_again_before_it_removes(closing: Closing) -> None:
    first = closing.mark()
    second = closing.mark()
    assert closing.remove(first) is None
    assert closing.remove(second) is not None


def test_who_comes_to_a_removal_joins_it_and_lets_nobody_in(
    any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing, clock: Clock
) -> None:
    """Whoever removes has looked: what a later one sees in use, the first may not have (a lease that it knows dead)."""
    lease = ledger.acquire("t")
    begun = closing.remove(closing.mark())
    assert begun is not None
    clock.ahead = FAST.lease / 2
    joined = closing.mark()
    assert (joined.joined, joined.at) == (True, begun.at)
    assert not closing.take_back(joined)
    assert not closing.take_back(begun)
    assert not ledger.delete_if_empty()
    left = mark_of(any_dynamodb, ledger.table)
    assert (left["removing"], float(left["at"]["N"])) == ({"BOOL": True}, begun.at)
    ledger.release(lease)
    assert ledger.delete_if_empty()
    assert not ledger.exists()


def test_who_joins_and_comes_too_late_lets_nobody_in(
    any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing, clock: Clock
) -> None:
    closing.remove(closing.mark())
    clock.ahead = CLOSING_FOR / 2 + 1
    with pytest.raises(OutOfTimeError, match="was left"):
        ledger.delete_if_empty()
    assert mark_of(any_dynamodb, ledger.table)["removing"] == {"BOOL": True}


def test_one_that_was_made_anew_is_left_and_protected(
    any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing
) -> None:
    """Another has removed the old one while this one looked, and somebody has made the next."""
    other = Ledger(any_dynamodb, clock=Clock(), timing=FAST, table=ledger.table)
    ledger.release(ledger.acquire("t"))

    def meanwhile(_lease: object) -> bool:
        assert other.delete_if_empty()
        other.create(SMALL)
        return False

    assert not ledger.control.delete_if_empty(meanwhile)
    assert other.read(SMALL.id) == replace(SMALL, revision=1)
    assert is_protected(any_dynamodb, ledger.table)


def test_what_a_killed_removal_left_bare_is_protected_again(
    any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing, clock: Clock
) -> None:
    closing.remove(closing.mark())
    Tables(any_dynamodb).update_deletion_protection(ledger.table, enabled=False)
    clock.ahead = CLOSING_FOR + 1
    Ledger(any_dynamodb, clock=clock, timing=FAST, table=ledger.table).create(SMALL)
    assert is_protected(any_dynamodb, ledger.table)


def test_who_has_slept_removes_nothing(
    any_dynamodb: DynamoDBClient, ledger: Ledger, closing: Closing, clock: Clock
) -> None:
    """It looks at a lease, and then sleeps until its mark keeps nobody out any more."""
    ledger.release(ledger.acquire("t"))

    def sleeps(_lease: object) -> bool:
        clock.ahead = CLOSING_FOR + 1
        ledger.create(SMALL)
        return False

    with pytest.raises(OutOfTimeError, match="was left"):
        ledger.control.delete_if_empty(sleeps)
    assert ledger.read(SMALL.id) == replace(SMALL, revision=1)
    assert mark_of(any_dynamodb, ledger.table) is None


def test_many_that_end_at_once_all_end_and_leave_nothing(any_dynamodb: DynamoDBClient, table: str) -> None:
    """As in a `destroy` of several resources: a thread for each."""

    def ledger() -> Ledger:
        return Ledger(any_dynamodb, clock=Clock(), timing=FAST, table=table)

    def make(number: int) -> Entry:
        return ledger().create(replace(SMALL, id=f"t-{number}", urn=f"urn:{number}"))

    def end(entry: Entry) -> None:
        mine = ledger()
        mine.acquire(entry.id)
        mine.delete(entry)
        mine.delete_if_empty()

    with ThreadPoolExecutor(TABLES) as pool:
        for _ in range(5):
            list(pool.map(end, list(pool.map(make, range(TABLES)))))
            assert not ledger().exists()


def test_whoever_comes_while_others_end_loses_nothing(any_dynamodb: DynamoDBClient, table: str) -> None:
    """Each makes its entry, works under its lease and ends, again and again: always somebody begins while one ends."""

    def live(number: int) -> None:
        mine = Ledger(any_dynamodb, clock=Clock(), timing=FAST, table=table)
        for turn in range(5):
            entry = mine.create(replace(SMALL, id=f"t-{number}-{turn}", urn=f"urn:{number}:{turn}"))
            lease = mine.acquire(entry.id)
            saved = mine.save(replace(entry, error="mine"), lease=lease)
            assert mine.read(entry.id) == saved
            mine.delete(saved)
            mine.delete_if_empty()

    with ThreadPoolExecutor(TABLES) as pool:
        list(pool.map(live, range(TABLES)))
    assert not Ledger(any_dynamodb, clock=Clock(), timing=FAST, table=table).exists()
