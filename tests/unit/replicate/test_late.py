"""Late mode's decision."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_dynamo_migrator.conversion.keys import KeySchema, canonical_key
from pulumi_dynamo_migrator.replicate.changes import (
    DeleteIfEqual,
    Delta,
    Expectation,
    InsertIfAbsent,
    ReplaceExpired,
    StillHolds,
)
from pulumi_dynamo_migrator.replicate.late import (
    WIDEST_DELTA,
    WIDEST_ITEM,
    Conflict,
    Expiry,
    Fits,
    decide,
    expired,
    wanted,
)
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.rule import Images
from pulumi_dynamo_migrator.replicate.tombstone import Item

KEYS = KeySchema(("id",), ("S",))
NOW = 1_700_000_000.0


def item(name: str = "k", /, **attributes: Any) -> Item:
    return {"id": {"S": name}, **{a: {"N": str(value)} for a, value in attributes.items()}}


def verdict(old: list[Item], new: list[Item], held: list[Item], *, ttl: str | None = None) -> Fits | Conflict:
    want = wanted(Images(Record("e1", {}, None, None, 0), tuple(old), tuple(new)), KEYS)
    return decide(want, {canonical_key(one, KEYS): one for one in held}, Expiry(ttl, NOW))


def test_only_the_attributes_that_changed_are_touched() -> None:
    answer = verdict([item(a=1, b=2, c=3)], [item(a=1, b=4, d=5)], [item(a=9, b=2, c=3, other=7)])
    delta = Delta(
        item(),
        (("b", {"N": "4"}), ("d", {"N": "5"})),
        ("c",),
        (
            Expectation("b", {"N": "2"}, {"N": "4"}),
            Expectation("c", {"N": "3"}, None),
            Expectation("d", None, {"N": "5"}),
        ),
    )
    assert answer == Fits((delta,), ())


def test_a_number_in_another_spelling_has_not_changed() -> None:
    want = wanted(Images(Record("e1", {}, None, None, 0), (item(a="1.0"),), (item(a="1"),)), KEYS)
    assert want.nothing()


@pytest.mark.parametrize("held", [{"a": 1}, {"a": 2}])
def test_an_attribute_with_its_old_or_already_its_new_value_fits(held: dict[str, int]) -> None:
    assert isinstance(verdict([item(a=1)], [item(a=2)], [item(**held)]), Fits)


@pytest.mark.parametrize("held", [[], [item(a=3)], [item()]])
def test_any_other_value_is_a_conflict(held: list[Item]) -> None:
    assert isinstance(verdict([item(a=1)], [item(a=2)], held), Conflict)


def test_an_insert_goes_where_nothing_is() -> None:
    assert verdict([], [item(a=1)], []) == Fits((InsertIfAbsent(item(), item(a=1)),), ())


def test_an_insert_of_what_is_there_changes_nothing_and_keeps_what_was_added() -> None:
    assert verdict([], [item(a=1)], [item(a=1, b=2)]) == Fits((StillHolds(item(), item(a=1)),), ())


def test_an_insert_over_another_item_is_a_conflict() -> None:
    assert isinstance(verdict([], [item(a=1)], [item(a=2)]), Conflict)


def test_an_insert_replaces_an_expired_item() -> None:
    answer = verdict([], [item(a=1)], [item(a=2, until=5 + int(NOW) - 100)], ttl="until")
    assert answer == Fits((ReplaceExpired(item(), item(a=1), "until", {"N": str(int(NOW) - 95)}),), ())


@pytest.mark.parametrize(
    ("until", "gone"), [(NOW - 1, True), (NOW + 1, False), (0, False), (NOW - 6 * 365 * 86_400, False)]
)
def test_time_to_live_counts_as_dynamodb_counts_it(until: float, gone: bool) -> None:
    assert expired({"until": {"N": str(until)}}, "until", NOW) is gone
    assert not expired({"until": {"S": str(until)}}, "until", NOW)
    assert not expired({}, "until", NOW)


def test_a_delete_checks_in_the_transaction_and_follows_it() -> None:
    assert verdict([item(a=1)], [], [item(a=1)]) == Fits(
        (StillHolds(item(), item(a=1)),), (DeleteIfEqual(item(), item(a=1)),)
    )


@pytest.mark.parametrize("held", [[], [item(a=2)], [item(a=1, b=1)]])
def test_a_delete_of_nothing_of_another_or_of_more_is_a_conflict(held: list[Item]) -> None:
    assert isinstance(verdict([item(a=1)], [], held), Conflict)


def test_a_move_is_one_insert_and_one_delete_or_nothing() -> None:
    old, new = item("from", a=1), item("to", a=1)
    assert verdict([old], [new], [old]) == Fits(
        (InsertIfAbsent(item("to"), new), StillHolds(item("from"), old)), (DeleteIfEqual(item("from"), old),)
    )
    assert isinstance(verdict([old], [new], [item("from", a=1, b=1)]), Conflict)
    assert isinstance(verdict([old], [new], [old, item("to", a=2)]), Conflict)


def test_what_no_condition_can_hold_is_a_conflict() -> None:
    wide = {f"a{n}": n for n in range(WIDEST_DELTA + 1)}
    assert isinstance(verdict([item()], [item(**wide)], [item()]), Conflict)
    wide = {f"a{n}": n for n in range(WIDEST_ITEM + 1)}
    assert isinstance(verdict([item(**wide)], [], [item(**wide)]), Conflict)
