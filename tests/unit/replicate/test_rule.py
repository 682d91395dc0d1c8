"""Rule R."""

from __future__ import annotations

from pulumi_dynamo_migrator.conversion.keys import KeySchema
from pulumi_dynamo_migrator.replicate.changes import Delete, Put, Tombstone
from pulumi_dynamo_migrator.replicate.record import Record
from pulumi_dynamo_migrator.replicate.rule import Images, changes_of, last_actions
from pulumi_dynamo_migrator.replicate.tombstone import Item

KEYS = KeySchema(("n",), ("N",))
RECORD = Record("e1", {}, None, None, 0)


def at(number: str, value: str = "v") -> Item:
    return {"n": {"N": number}, "v": {"S": value}}


def images(old: list[Item], new: list[Item]) -> Images:
    return Images(RECORD, tuple(old), tuple(new))


def test_what_is_made_no_more_is_deleted_and_what_is_made_is_put() -> None:
    changes = changes_of(images([at("1"), at("2")], [at("2"), at("3")]), KEYS, leave_tombstones=False)
    assert list(changes.values()) == [
        Delete({"n": {"N": "1"}}),
        Put({"n": {"N": "2"}}, at("2")),
        Put({"n": {"N": "3"}}, at("3")),
    ]


def test_while_the_backfill_is_open_a_delete_leaves_a_tombstone() -> None:
    changes = changes_of(images([at("1")], []), KEYS, leave_tombstones=True)
    assert list(changes.values()) == [Tombstone({"n": {"N": "1"}})]


def test_a_number_in_another_spelling_is_the_same_key() -> None:
    changes = changes_of(images([at("5.0")], [at("5")]), KEYS, leave_tombstones=False)
    assert list(changes.values()) == [Put({"n": {"N": "5"}}, at("5"))]


def test_the_last_action_of_a_batch_wins_for_each_key() -> None:
    batch = [
        images([], [at("1", "a")]),
        images([at("1", "a")], [at("2", "b")]),
        images([at("2", "b")], [at("1.0", "c")]),
        images([], [at("3")]),
    ]
    actions = last_actions(batch, KEYS, leave_tombstones=False)
    assert [action.change for action in actions] == [
        Put({"n": {"N": "1.0"}}, at("1.0", "c")),
        Delete({"n": {"N": "2"}}),
        Put({"n": {"N": "3"}}, at("3")),
    ]
